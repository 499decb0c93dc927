//! Many logins: one line in, one line out.

mod reader;
mod record;

use self::reader::{Line, Lines};
use crate::{read, time};
use chrono::{DateTime, Utc};
use mfa_rules::{JsonError, Login, Observe, Outcome, RuleSet, read_json};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::fmt;
use std::io::{self, BufWriter, Read, Write};

/// How to decide about the logins of a stream.
#[derive(Debug, Clone)]
pub struct LineOptions {
    /// The time of the logins.
    pub time: Time,
    /// Configuration for every login. What a line brings wins over it, per key.
    pub configuration: Map<String, Json>,
    /// What the outcomes keep.
    pub observe: Observe,
}

/// The time of the logins of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// This one, whatever a line says.
    Given(DateTime<Utc>),
    /// What the line says, else this one.
    Otherwise(DateTime<Utc>),
}

/// What became of a stream of logins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// How many lines there were.
    pub lines: u64,
    /// How many of them could not be read.
    pub unreadable: u64,
    /// The number of the first line that could not be read, from 1, and why.
    pub first_unreadable: Option<(u64, String)>,
    /// How many of them are records of a decision log that have masked values.
    pub masked: u64,
}

/// Why a stream of logins was not decided to its end.
#[derive(Debug)]
pub enum LinesError {
    /// The logins cannot be read.
    Read(io::Error),
    /// The outcomes cannot be written.
    Write(io::Error),
}

impl fmt::Display for LinesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "the logins cannot be read: {error}"),
            Self::Write(error) => write!(f, "the outcomes cannot be written: {error}"),
        }
    }
}

impl std::error::Error for LinesError {}

/// Decides about each line of `input`, and writes an outcome per line to `output`, in order.
///
/// A line that cannot be read gives a denied outcome with a member `input_error`. At most one line
/// is in memory, and of that at most 16 MiB. Outcomes are written through before the next read from
/// `input`, so a program at the other end of both can wait for the answer to its line.
///
/// A record of a decision log is such a line too: the login in it is decided about again.
///
/// `progress` is told now and then how many lines there were.
///
/// # Errors
///
/// When `input` cannot be read or `output` cannot be written.
///
/// ```
/// use mfa_cli::{LineOptions, Time, decide_lines};
/// use mfa_rules::{Observe, RuleSet};
///
/// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
/// let options = LineOptions {
///     time: Time::Given("2026-01-05T09:00:00Z".parse()?),
///     configuration: serde_json::Map::new(),
///     observe: Observe::decision(),
/// };
/// let mut outcomes = Vec::new();
/// let summary = decide_lines(&rules, &b"{}\n{"[..], &mut outcomes, &options, |_| {})?;
/// assert_eq!((summary.lines, summary.unreadable), (2, 1));
/// assert!(outcomes.starts_with(br#"{"version":1,"decision":"required""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide_lines(
    rule_set: &RuleSet,
    input: impl Read,
    output: impl Write,
    options: &LineOptions,
    mut progress: impl FnMut(u64),
) -> Result<Summary, LinesError> {
    let mut lines = Lines::new(input);
    let mut output = BufWriter::new(output);
    let mut summary = Summary::default();
    while let Some(line) = lines.next(|| output.flush())? {
        summary.lines = summary.lines.saturating_add(1);
        decide_line(rule_set, &line, options, |outcome, is_masked| {
            summary.masked = summary.masked.saturating_add(is_masked.into());
            if let Some(message) = outcome.input_error() {
                summary.unreadable = summary.unreadable.saturating_add(1);
                let number = summary.lines;
                summary
                    .first_unreadable
                    .get_or_insert_with(|| (number, message.to_owned()));
            }
            write_line(&mut output, outcome)
        })
        .map_err(LinesError::Write)?;
        progress(summary.lines);
    }
    output.flush().map_err(LinesError::Write)?;
    Ok(summary)
}

/// Writes an outcome as one line of JSON.
pub(crate) fn write_line(mut output: impl Write, outcome: &Outcome<'_>) -> io::Result<()> {
    #[derive(Serialize)]
    struct WithInputError<'o> {
        #[serde(flatten)]
        outcome: &'o Outcome<'o>,
        input_error: &'o str,
    }
    match outcome.input_error() {
        None => serde_json::to_writer(&mut output, outcome)?,
        Some(input_error) => serde_json::to_writer(
            &mut output,
            &WithInputError {
                outcome,
                input_error,
            },
        )?,
    }
    output.write_all(b"\n")
}

/// What stands in a line.
#[derive(Default)]
struct LoginLine {
    user: Option<Json>,
    context: Option<Json>,
    facts: Map<String, Json>,
    configuration: Option<Map<String, Json>>,
    now: Option<DateTime<Utc>>,
    /// Whether it is a record with masked values.
    is_masked: bool,
}

/// Decides about a line. `then` is also told whether the line has masked values.
fn decide_line<T>(
    rule_set: &RuleSet,
    line: &Line<'_>,
    options: &LineOptions,
    then: impl FnOnce(&Outcome<'_>, bool) -> T,
) -> T {
    let mut login_line = LoginLine::default();
    let read = login_line.read(line);
    let now = match options.time {
        Time::Given(time) => time,
        Time::Otherwise(time) => login_line.now.unwrap_or(time),
    };
    if let Err(message) = read {
        return then(&rule_set.deny_input(&message, now), login_line.is_masked);
    }
    let configuration = match login_line.configuration {
        None => None,
        Some(own) => {
            let mut both = options.configuration.clone();
            both.extend(own);
            Some(both)
        }
    };
    let mut login = Login::new(now)
        .facts(&login_line.facts)
        .configuration(configuration.as_ref().unwrap_or(&options.configuration));
    if let Some(user) = &login_line.user {
        login = login.user(user);
    }
    if let Some(context) = &login_line.context {
        login = login.context(context);
    }
    let outcome = rule_set.decide_observed(&login, options.observe);
    then(&outcome, login_line.is_masked)
}

impl LoginLine {
    /// Reads a line. After an error, what was read before it stands.
    fn read(&mut self, line: &Line<'_>) -> Result<(), String> {
        let bytes = match line {
            Line::Whole(bytes) => bytes,
            Line::TooLong => return Err("the line is longer than 16 MiB".to_owned()),
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err("the line is empty".to_owned());
        }
        let Json::Object(mut members) =
            read_json(bytes).map_err(|error| format!("the line is {}", without_line(&error)))?
        else {
            return Err("the line must be an object".to_owned());
        };
        let decided = members.shift_remove("decided").unwrap_or_default();
        // The time first: what is wrong with the rest is reported at the login's own time.
        let now = members.shift_remove("now").unwrap_or_default();
        if !now.is_null() {
            let as_recorded = record::time(&now).filter(|_| !decided.is_null());
            let time = as_recorded.map_or_else(|| time::parse_json(&now), Ok);
            self.now = Some(time.map_err(|error| format!("`now` {error}"))?);
        }
        self.is_masked = record::has_masked_values(&decided);
        record::check(&decided)?;
        self.user = members.shift_remove("user");
        self.context = members.shift_remove("context");
        self.facts = read::facts(members.shift_remove("facts").unwrap_or_default())?;
        self.configuration = match members.shift_remove("configuration") {
            None | Some(Json::Null) => None,
            Some(Json::Object(configuration)) => Some(configuration),
            Some(_) => return Err("`configuration` must be an object".to_owned()),
        };
        match members.keys().next() {
            None => Ok(()),
            Some(unknown) => Err(format!(
                "a line has no member `{}`; its members are `user`, `context`, `facts`, `now` \
                 and `configuration`",
                unknown.chars().take(64).collect::<String>()
            )),
        }
    }
}

/// What is wrong with a text that is one line.
fn without_line(error: &JsonError) -> String {
    match error.column() {
        Some(column) => format!("{}, column {column}", error.message()),
        None => error.message().to_owned(),
    }
}
