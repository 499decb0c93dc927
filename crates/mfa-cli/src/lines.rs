//! Many logins: one line in, one line out.

mod blocks;
mod line;
mod members;
mod nested;
mod parallel;
mod record;

pub use self::parallel::decide_lines_in_parallel;

pub(crate) use self::blocks::{Block, Blocks};
pub(crate) use self::line::LoginLine;
use chrono::{DateTime, SubsecRound, Utc};
use mfa_rules::{Observe, Outcome, RuleSet};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::fmt;
use std::io::{self, Read, Write};

/// Digits of a second that the clock is read to.
const MILLISECONDS: u16 = 3;

/// The size of written outcomes from which on they are handed over, in bytes.
const PORTION: usize = 256 << 10;

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

impl Time {
    /// The time that was given, else what the line says, else the clock, which is read now.
    pub(crate) fn given_or_now(given: Option<DateTime<Utc>>) -> Self {
        given.map_or_else(
            || Self::Otherwise(Utc::now().trunc_subsecs(MILLISECONDS)),
            Self::Given,
        )
    }

    /// The time of a login with, perhaps, a time of its own.
    pub(crate) fn or(self, own: Option<DateTime<Utc>>) -> DateTime<Utc> {
        match self {
            Self::Given(time) => time,
            Self::Otherwise(time) => own.unwrap_or(time),
        }
    }
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
/// A line that cannot be read gives a denied outcome with a member `input_error`. No more than a few
/// lines are in memory, and of each at most 16 MiB. Outcomes are written through before the next read
/// from `input`, so a program at the other end of both can wait for the answer to its line.
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
    let mut output = output;
    let mut blocks = Blocks::new(input);
    let mut block = Block::default();
    let mut portion = Portion::default();
    let mut summary = Summary::default();
    while blocks.next(&mut block).map_err(LinesError::Read)? {
        portion = decide_block(rule_set, &block, options, portion, |portion| {
            portion.write(&mut output)?;
            summary.add(&portion.summary);
            progress(summary.lines);
            Ok(portion.emptied())
        })
        .map_err(LinesError::Write)?;
    }
    Ok(summary)
}

/// Outcomes of some lines, ready to be written, and what they come to.
#[derive(Default)]
struct Portion {
    text: Vec<u8>,
    summary: Summary,
}

impl Portion {
    fn write(&self, mut output: impl Write) -> io::Result<()> {
        output.write_all(&self.text)?;
        output.flush()
    }

    /// An empty portion with the same memory, unless that is more than most need.
    fn emptied(mut self) -> Self {
        self.text.clear();
        self.text.shrink_to(PORTION.saturating_mul(2));
        Self {
            text: self.text,
            summary: Summary::default(),
        }
    }
}

/// Decides about the lines of a block.
///
/// Outcomes are put into `portion` and handed over in their order, whenever there are enough of them
/// and at the end. What comes back is a portion to be filled again.
///
/// # Errors
///
/// Those of handing over, which end it.
fn decide_block(
    rule_set: &RuleSet,
    block: &Block,
    options: &LineOptions,
    mut portion: Portion,
    mut hand_over: impl FnMut(Portion) -> io::Result<Portion>,
) -> io::Result<Portion> {
    for line in block.lines() {
        let decided = line::decide(rule_set, &line, options);
        let outcome = &decided.outcome;
        let unreadable = outcome.input_error();
        portion.summary.add(&Summary {
            lines: 1,
            unreadable: unreadable.is_some().into(),
            first_unreadable: unreadable.map(|message| (1, message.to_owned())),
            masked: decided.is_masked.into(),
        });
        write_line(&mut portion.text, outcome)?;
        if portion.text.len() >= PORTION {
            portion = hand_over(portion)?;
        }
    }
    hand_over(portion)
}

impl Summary {
    /// Adds what came after.
    fn add(&mut self, later: &Self) {
        if self.first_unreadable.is_none() {
            let first = later.first_unreadable.clone();
            self.first_unreadable =
                first.map(|(line, message)| (line.saturating_add(self.lines), message));
        }
        self.lines = self.lines.saturating_add(later.lines);
        self.unreadable = self.unreadable.saturating_add(later.unreadable);
        self.masked = self.masked.saturating_add(later.masked);
    }
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
