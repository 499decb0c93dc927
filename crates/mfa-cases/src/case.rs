//! One case: a login, and what the outcome shall be.

use crate::compare::{Members, Mismatch, compare};
use chrono::{DateTime, Utc};
use mfa_rules::{Diagnostic, Login, Observe, Outcome, RuleSet};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::time::{Duration, Instant};

/// One case: a login, and what the outcome shall be.
#[derive(Debug, Clone)]
pub struct Case {
    pub(crate) name: String,
    /// From 1.
    pub(crate) line: u32,
    pub(crate) login: CaseLogin,
    pub(crate) expect: Map<String, Json>,
}

/// The login of a case.
#[derive(Debug, Clone)]
pub(crate) struct CaseLogin {
    pub(crate) now: DateTime<Utc>,
    /// `user`, `context`, `configuration` and `facts`, as far as they are there.
    pub(crate) parts: Map<String, Json>,
}

/// What running a case gave.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseResult {
    /// What differs from what was expected; nothing when the case passed.
    pub mismatches: Vec<Mismatch>,
    /// The line that decided, when one did.
    pub decided_at: Option<DecidedAt>,
    /// The rules that failed, each with the line that it failed in.
    pub failures: Vec<Diagnostic>,
    /// Why the login could not be read, when it could not.
    pub input_error: Option<String>,
    /// How long the decision took.
    pub elapsed: Duration,
}

/// The line that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DecidedAt {
    /// The name of the rule.
    pub rule: String,
    /// The line in it, from 1.
    pub line: u32,
    /// The text of the line.
    pub text: String,
}

impl CaseResult {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl Case {
    /// The name. That of an entry of a `vary` ends with the value that was set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line of the case file, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Decides about the login of the case, and compares.
    pub fn run(&self, rules: &RuleSet) -> CaseResult {
        let none = Map::new();
        let object = |name: &str| match self.login.parts.get(name) {
            Some(Json::Object(members)) => members,
            _ => &none,
        };
        let mut login = Login::new(self.login.now)
            .configuration(object("configuration"))
            .facts(object("facts"));
        if let Some(user) = self.login.parts.get("user") {
            login = login.user(user);
        }
        if let Some(context) = self.login.parts.get("context") {
            login = login.context(context);
        }
        let observe = if self.expect.contains_key("user") || self.expect.contains_key("context") {
            Observe::decision().and_full()
        } else {
            Observe::decision()
        };
        let start = Instant::now();
        let outcome = rules.decide_observed(&login, observe);
        let elapsed = start.elapsed();
        CaseResult {
            mismatches: self.mismatches(&outcome),
            decided_at: decided_at(&outcome),
            failures: outcome.diagnostics(),
            input_error: outcome.input_error().map(str::to_owned),
            elapsed,
        }
    }

    fn mismatches(&self, outcome: &Outcome<'_>) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        for (key, expected) in &self.expect {
            let actual = actual(outcome, key);
            let members = match key.as_str() {
                "changes" => Members::All,
                _ => Members::Named,
            };
            let path = format!("/{key}");
            compare(&path, expected, Some(&actual), members, &mut mismatches);
        }
        mismatches
    }
}

/// What came out, under the name that `expect` has for it.
fn actual(outcome: &Outcome<'_>, key: &str) -> Json {
    match key {
        "decision" => json!(outcome.decision()),
        "multifactor" => json!(outcome.multifactor()),
        "denied" => json!(outcome.denied()),
        "errors" => outcome
            .errors()
            .iter()
            .map(|error| json!(error.code))
            .collect(),
        "decided_by" => json!(outcome.decided_by().map(|decided| decided.rule)),
        "changes" => json!(outcome.changes()),
        "user" => json!(outcome.user()),
        "context" => json!(outcome.context()),
        _ => Json::Null,
    }
}

fn decided_at(outcome: &Outcome<'_>) -> Option<DecidedAt> {
    let decided = outcome.decided_by()?;
    let line = decided.position?.line;
    let source = outcome.rule_set().rule_source(decided.rule)?;
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    Some(DecidedAt {
        rule: decided.rule.to_owned(),
        line,
        text: source.lines().nth(index)?.trim_end().to_owned(),
    })
}
