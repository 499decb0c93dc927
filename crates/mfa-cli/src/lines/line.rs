//! A line: the login that stands in it, and the decision about that.

use super::blocks::Line;
use super::members::Members;
use super::{LineOptions, record};
use crate::{read, time};
use chrono::{DateTime, Utc};
use mfa_rules::{JsonError, JsonLogin, Login, Outcome, RuleSet, read_json};
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
    let as_texts = match line {
        Line::Whole(text) => Members::of(text),
        Line::TooLong => None,
    };
    as_texts
        .and_then(|members| decide_texts(rule_set, &members, options))
        .unwrap_or_else(|| decide_values(rule_set, line, options))
}

/// Decides about the texts of a line's members, of which only what the rules look at is taken out.
///
/// `None` when something is wrong with the login, which is for [`decide_values`] to say, and when
/// its configuration has to be put together.
fn decide_texts<'r>(
    rule_set: &'r RuleSet,
    members: &Members<'_>,
    options: &LineOptions,
) -> Option<Decided<'r>> {
    let read = |text: Option<&[u8]>| text.map_or(Some(Json::Null), |text| read_json(text).ok());
    let decided = read(members.decided)?;
    record::check(&decided).ok()?;
    let own_time = own_time(&read(members.now)?, &decided).ok()?;
    let mut login = JsonLogin::new(options.time.or(own_time));
    login = match members.configuration {
        None | Some(b"null") => login.configuration_values(&options.configuration),
        Some(own) if options.configuration.is_empty() => login.configuration(own),
        Some(_) => return None,
    };
    if let Some(user) = members.user {
        login = login.user(user);
    }
    if let Some(context) = members.context {
        login = login.context(context);
    }
    if let Some(facts) = members.facts {
        login = login.facts(facts);
    }
    let outcome = rule_set.decide_observed(&login, options.observe);
    let is_readable = outcome.input_error().is_none();
    is_readable.then_some(Decided {
        outcome,
        is_masked: record::has_masked_values(&decided),
    })
}

/// Decides about a line, of which everything is read into values.
fn decide_values<'r>(rule_set: &'r RuleSet, line: &Line<'_>, options: &LineOptions) -> Decided<'r> {
    let mut values = LoginLine::default();
    let read = values.read(line);
    let now = options.time.or(values.now);
    let outcome = match read {
        Ok(()) => {
            values.add_configuration(&options.configuration);
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

/// What stands in a line.
#[derive(Default)]
pub(crate) struct LoginLine {
    pub(crate) user: Option<Json>,
    pub(crate) context: Option<Json>,
    pub(crate) facts: Map<String, Json>,
    pub(crate) configuration: Map<String, Json>,
    pub(crate) now: Option<DateTime<Utc>>,
    /// Whether it is a record with masked values.
    pub(crate) is_masked: bool,
}

impl LoginLine {
    /// Reads a line. After an error, what was read before it stands.
    pub(crate) fn read(&mut self, line: &Line<'_>) -> Result<(), String> {
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

    /// Adds configuration to that of the line, if it has any, which wins, per key.
    pub(crate) fn add_configuration(&mut self, configuration: &Map<String, Json>) {
        if !self.configuration.is_empty() {
            add(configuration, &mut self.configuration);
        }
    }

    /// Adds facts to those of the line, which win, each by its name.
    pub(crate) fn add_facts(&mut self, facts: &Map<String, Json>) {
        add(facts, &mut self.facts);
    }

    /// The configuration of the line, or `configuration` when it has none.
    pub(crate) fn configuration_or<'a>(
        &'a self,
        configuration: &'a Map<String, Json>,
    ) -> &'a Map<String, Json> {
        if self.configuration.is_empty() {
            configuration
        } else {
            &self.configuration
        }
    }

    /// The login at the time `now`, with `configuration` when the line has none.
    pub(crate) fn login<'a>(
        &'a self,
        now: DateTime<Utc>,
        configuration: &'a Map<String, Json>,
    ) -> Login<'a> {
        let mut login = Login::new(now)
            .facts(&self.facts)
            .configuration(self.configuration_or(configuration));
        if let Some(user) = &self.user {
            login = login.user(user);
        }
        if let Some(context) = &self.context {
            login = login.context(context);
        }
        login
    }
}

/// Adds members where there are none with their names.
fn add(members: &Map<String, Json>, to: &mut Map<String, Json>) {
    for (name, value) in members {
        to.entry(name).or_insert_with(|| value.clone());
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

#[cfg(test)]
mod tests {
    use super::{decide_texts, decide_values};
    use crate::lines::blocks::Line;
    use crate::lines::members::Members;
    use crate::lines::{LineOptions, Time};
    use chrono::DateTime;
    use mfa_rules::{Observe, RuleSet};
    use serde_json::{Map, Value as Json, json};

    const RULE: &str = r#"
        if user?.flag == true { require_mfa(configuration.PROVIDER ?? "any"); }
        if fact("risk_score") > 70 { deny("risk"); }
        context.idToken = #{ at: now().to_string(), own: configuration.OWN };
    "#;

    /// The outcome of the texts, which is also that of the values; `None` when only these decide.
    fn by_texts(line: &str, configuration: &Json) -> Option<Json> {
        let rules = RuleSet::from_source("rule", RULE).unwrap();
        let options = LineOptions {
            time: Time::Otherwise(DateTime::UNIX_EPOCH),
            configuration: configuration.as_object().cloned().unwrap_or_else(Map::new),
            observe: Observe::decision(),
        };
        let members = Members::of(line.as_bytes())?;
        let texts = decide_texts(&rules, &members, &options)?;
        let values = decide_values(&rules, &Line::Whole(line.as_bytes()), &options);
        assert_eq!(json!(texts.outcome), json!(values.outcome), "{line}");
        assert_eq!(texts.is_masked, values.is_masked, "{line}");
        Some(json!(texts.outcome))
    }

    #[test]
    fn texts_decide_about_a_plain_line() {
        let flag =
            r#"{"user":{"flag":true},"context":{},"facts":{"risk_score":1},"now":"2026-01-05"}"#;
        let outcome = by_texts(flag, &json!({ "PROVIDER": "duo" })).unwrap();
        assert_eq!(outcome["multifactor"]["provider"], "duo");
        assert_eq!(outcome["now"], "2026-01-05T00:00:00Z");
        let outcome = by_texts("{}", &Json::Null).unwrap();
        assert_eq!(outcome["errors"][0]["code"], "missing-fact");
        assert_eq!(outcome["now"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn texts_decide_about_a_record() {
        let now = r#""facts":{"risk_score":1},"now":"2016-12-31T23:59:60Z""#;
        let record = format!(r#"{{{now},"decided":{{"version":1,"masked":["/user"]}}}}"#);
        let outcome = by_texts(&record, &Json::Null).unwrap();
        assert_eq!(outcome["now"], "2016-12-31T23:59:60Z");
        // That is a time of records alone.
        assert_eq!(by_texts(&format!("{{{now}}}"), &Json::Null), None);
    }

    #[test]
    fn texts_decide_with_the_configuration_of_the_line_alone() {
        let line =
            r#"{"user":{"flag":true},"facts":{"risk_score":1},"configuration":{"PROVIDER":"duo"}}"#;
        let outcome = by_texts(line, &Json::Null).unwrap();
        assert_eq!(outcome["multifactor"]["provider"], "duo");
        assert_eq!(by_texts(line, &json!({ "OWN": 1 })), None);
        let none = line.replace(r#"{"PROVIDER":"duo"}"#, "null");
        let outcome = by_texts(&none, &json!({ "OWN": 1 })).unwrap();
        assert_eq!(outcome["multifactor"]["provider"], "any");
        assert_eq!(outcome["changes"]["/context/idToken"]["own"], 1);
    }

    #[test]
    fn texts_decide_about_nothing_that_is_wrong() {
        for line in [
            r#"{"user":[]}"#,
            r#"{"user":{"flag":01}}"#,
            r#"{"context":{"multifactor":true}}"#,
            r#"{"facts":[]}"#,
            r#"{"configuration":1}"#,
            r#"{"now":"tomorrow"}"#,
            r#"{"now":}"#,
            r#"{"decided":1}"#,
            r#"{"decided":{"version":2}}"#,
            r#"{"decided":{"version":1,"errors":[{"code":"input"}]}}"#,
        ] {
            assert_eq!(by_texts(line, &Json::Null), None, "{line}");
        }
    }
}
