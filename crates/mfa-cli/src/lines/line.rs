//! A line: the login that stands in it, and the decision about that.

use super::blocks::Line;
use super::{LineOptions, Time, record};
use crate::{read, time};
use chrono::{DateTime, Utc};
use mfa_rules::{JsonError, Login, Outcome, RuleSet, read_json};
use serde_json::{Map, Value as Json};

/// A decision about a line.
pub(super) struct Decided<'r> {
    pub(super) outcome: Outcome<'r>,
    /// Whether the line is a record with masked values.
    pub(super) is_masked: bool,
}

/// Decides about a line.
pub(super) fn decide<'r>(
    rule_set: &'r RuleSet,
    line: &Line<'_>,
    options: &LineOptions,
) -> Decided<'r> {
    let mut values = Values::default();
    let read = values.read(line);
    let now = options.time.or(values.now);
    let outcome = match read {
        Ok(()) => {
            let login = values.login(now, &options.configuration);
            rule_set.decide_observed(&login, options.observe)
        }
        Err(message) => rule_set.deny_input(&message, now),
    };
    Decided {
        outcome,
        is_masked: values.is_masked,
    }
}

impl Time {
    /// The time of a login with, perhaps, a time of its own.
    fn or(self, own: Option<DateTime<Utc>>) -> DateTime<Utc> {
        match self {
            Self::Given(time) => time,
            Self::Otherwise(time) => own.unwrap_or(time),
        }
    }
}

/// What stands in a line.
#[derive(Default)]
struct Values {
    user: Option<Json>,
    context: Option<Json>,
    facts: Map<String, Json>,
    configuration: Map<String, Json>,
    now: Option<DateTime<Utc>>,
    is_masked: bool,
}

impl Values {
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
        self.now = own_time(&members.shift_remove("now").unwrap_or_default(), &decided)?;
        self.is_masked = record::has_masked_values(&decided);
        record::check(&decided)?;
        self.user = members.shift_remove("user");
        self.context = members.shift_remove("context");
        self.facts = read::facts(members.shift_remove("facts").unwrap_or_default())?;
        self.configuration = match members.shift_remove("configuration") {
            None | Some(Json::Null) => Map::new(),
            Some(Json::Object(configuration)) => configuration,
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

    /// The login at the time `now`. The configuration of the line wins over `configuration`, per key.
    fn login<'a>(
        &'a mut self,
        now: DateTime<Utc>,
        configuration: &'a Map<String, Json>,
    ) -> Login<'a> {
        if !self.configuration.is_empty() {
            for (key, value) in configuration {
                let own = self.configuration.entry(key);
                own.or_insert_with(|| value.clone());
            }
        }
        let mut login = Login::new(now).facts(&self.facts);
        login = login.configuration(if self.configuration.is_empty() {
            configuration
        } else {
            &self.configuration
        });
        if let Some(user) = &self.user {
            login = login.user(user);
        }
        if let Some(context) = &self.context {
            login = login.context(context);
        }
        login
    }
}

/// The time that a line has; `None` when it has none.
fn own_time(now: &Json, decided: &Json) -> Result<Option<DateTime<Utc>>, String> {
    if now.is_null() {
        return Ok(None);
    }
    let as_recorded = record::time(now).filter(|_| !decided.is_null());
    let time = as_recorded.map_or_else(|| time::parse_json(now), Ok);
    time.map(Some).map_err(|error| format!("`now` {error}"))
}

/// What is wrong with a text that is one line.
fn without_line(error: &JsonError) -> String {
    match error.column() {
        Some(column) => format!("{}, column {column}", error.message()),
        None => error.message().to_owned(),
    }
}
