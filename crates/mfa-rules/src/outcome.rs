//! What a decision gives: the [`Outcome`].

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::meter::Spent;
use crate::multifactor::Multifactor;
use crate::parse::token_at;
use crate::rule_set::{LANGUAGE_VERSION, RuleSet};
use crate::source::Position;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;
use smallvec::SmallVec;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

/// Whether the login needs a second factor.
///
/// Deliberately exhaustive: whoever matches on it should look again when there is a new answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The rules ask for no second factor.
    NotRequired,
    /// The login needs a second factor.
    Required,
    /// The login is refused.
    Denied,
}

/// The OAuth error code of a denial.
///
/// `unauthorized` is that of Auth0's `UnauthorizedError`; everything else is `access_denied`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialError {
    /// `unauthorized`: the rule denied the login.
    Unauthorized,
    /// `access_denied`: the rule said so, threw a text, or failed.
    AccessDenied,
}

impl DenialError {
    /// OAuth's name: `unauthorized` or `access_denied`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::AccessDenied => "access_denied",
        }
    }
}

impl fmt::Display for DenialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why and by whom a login was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Denial {
    /// OAuth's `error`.
    pub error: DenialError,
    /// OAuth's `error_description`.
    pub error_description: String,
    /// The rule that denied; `None` when the login could not be read.
    pub rule: Option<String>,
}

/// What happens when a rule fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The login is denied with `access_denied`, as Auth0 does.
    #[default]
    Deny,
    /// The login needs a second factor with any provider, without remembering the browser, and
    /// later rules still run.
    Challenge,
}

/// A rule that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleError {
    /// The rule; `None` when the login could not be read.
    pub rule: Option<String>,
    /// The stable code.
    pub code: Code,
    /// What went wrong.
    pub message: String,
    /// The line in the rule, from 1; `None` in a native rule.
    pub line: Option<u32>,
    /// The column in the rule, from 1; `None` in a native rule.
    pub column: Option<u32>,
    /// The failure outcome that was applied.
    pub applied: OnError,
}

/// How far a rule came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    /// It ran to its end.
    Ran,
    /// It does not apply to this login.
    NotApplicable,
    /// It failed; see the errors.
    Failed,
    /// It denied the login.
    Denied,
    /// A rule before it ended the run.
    NotReached,
    /// The rule set says that it does not run.
    Disabled,
}

/// What one rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleReport<'o> {
    /// The name of the rule.
    pub name: &'o str,
    /// How far it came.
    pub status: RuleStatus,
    /// The top-level keys of `user` and `context` that it wrote: `multifactor`, `idToken`, `user`.
    pub effects: &'o [&'static str],
}

/// Who decided, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DecidedBy<'o> {
    /// The name of the rule.
    pub rule: &'o str,
    /// The place in the rule, when the decision was made at one.
    #[serde(flatten)]
    pub position: Option<Position>,
}

/// What one rule spent on a login.
///
/// Operations and memory are what the [limits](crate::Limits) of the rule set count, and the same
/// for equal logins. A rule that panicked spent nothing that could be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleCost<'o> {
    /// The name of the rule.
    pub rule: &'o str,
    /// The operations.
    pub operations: u64,
    /// The bytes of the values that it built.
    pub memory: usize,
    /// How long it ran. To measure it takes some ten nanoseconds itself, which are part of it.
    pub time: Duration,
}

/// What one rule read, wrote and printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleTrace {
    /// The name of the rule.
    pub name: String,
    /// What it read of `user`, `context`, `configuration` and the facts, each path once, in order.
    pub reads: Vec<TraceRead>,
    /// What it assigned, in order.
    pub writes: Vec<TraceWrite>,
    /// What it printed, a line each.
    pub printed: Vec<String>,
    /// What it did, step by step: the first 10,000 steps, and nothing unless
    /// [`Observe::and_steps`](crate::Observe::and_steps) asked for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<TraceStep>,
}

/// Something that a rule did on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TraceStep {
    /// Where: of an expression with an operator this is the operator, as in every message; of a branch
    /// it is what it depends on.
    #[serde(flatten)]
    pub position: Position,
    /// What.
    #[serde(flatten)]
    pub kind: TraceStepKind,
}

/// What a rule did on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceStepKind {
    /// A statement begins.
    Statement,
    /// What must be a boolean was one: the condition of an `if`, of a loop or of a case, or an
    /// operand of `&&` or `||`.
    Condition {
        /// Whether it held.
        holds: bool,
    },
    /// An `if` or a `switch` goes on.
    Branch {
        /// Where it goes on: at the first statement of a block, or at what a case gives. `None`
        /// when there is nothing: an empty block, no `else`, no case that matches.
        to: Option<Position>,
    },
    /// Two values were compared, or one was looked for in the other.
    Comparison {
        /// `==`, `!=`, `<`, `<=`, `>`, `>=` or `in`.
        operator: &'static str,
        /// The value on the left; an array or a map only as its size, a secret as `"***"`.
        left: serde_json::Value,
        /// The value on the right.
        right: serde_json::Value,
        /// Whether it held.
        holds: bool,
    },
}

/// A path that a rule read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TraceRead {
    /// For example `user.app_metadata.use_mfa` or `fact("risk_score")`.
    pub path: String,
    /// What was there; a secret is `"***"`, an array or a map only its size.
    pub value: serde_json::Value,
    /// The line of the first reading; 0 in a native rule.
    pub line: u32,
}

/// An assignment of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TraceWrite {
    /// For example `context.multifactor`.
    pub path: String,
    /// What was assigned; a secret is `"***"`.
    pub value: serde_json::Value,
    /// The line of the assignment; 0 in a native rule.
    pub line: u32,
}

/// The outcome of a decision.
///
/// It borrows the rule set for the names of its rules. It is serialized as version 1 of the
/// outcome's format, which `docs/outcome.md` of the repository describes; a secret is `"***"` there.
#[derive(Debug, Clone)]
pub struct Outcome<'r> {
    /// The rule set that decided.
    pub(crate) rule_set: &'r RuleSet,
    pub(crate) now: DateTime<Utc>,
    pub(crate) multifactor: Option<Multifactor>,
    /// How many rules of the set were reached: the rest is `not_reached`.
    pub(crate) reached: usize,
    /// The rules, by ascending index, that did something else than to run without an effect. A
    /// rule that is disabled, does not apply or was not reached is not among them.
    pub(crate) reports: SmallVec<[Report; 1]>,
    /// The rules, by ascending index, that are only for some logins, and for this one.
    pub(crate) applied: SmallVec<[usize; 2]>,
    /// The rule, by index, that made the decision, and where.
    pub(crate) decided: Option<(usize, Option<Position>)>,
    /// What most logins do not come to: it is apart, so that every outcome is small.
    details: Option<Box<Details>>,
}

/// What one rule did, when it did something.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// Its index in the set.
    pub(crate) rule: usize,
    pub(crate) status: RuleStatus,
    pub(crate) effects: SmallVec<[&'static str; 2]>,
}

/// The parts of an outcome that are seldom there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details {
    pub(crate) denied: Option<Denial>,
    pub(crate) redirect: Option<Json>,
    pub(crate) errors: Vec<RuleError>,
    /// JSON Pointer to value; a removed member is `null`.
    pub(crate) changes: serde_json::Map<String, Json>,
    /// Only when they were asked for.
    pub(crate) traces: Option<Vec<RuleTrace>>,
    /// By the index of the rule, only when they were asked for.
    pub(crate) costs: Option<Vec<(usize, Spent, Duration)>>,
    /// `user` and `context` as the rules left them, only when they were asked for.
    pub(crate) full: Option<(Json, Json)>,
}

/// The version of the serialized form.
const FORMAT_VERSION: u32 = 1;

/// What the application is told of a failure. The details are only in the errors, because this
/// text reaches the user's browser.
const FAILURE_DESCRIPTION: &str = "the login could not be evaluated";

impl<'r> Outcome<'r> {
    /// The outcome before any rule has run.
    pub(crate) fn new(rule_set: &'r RuleSet, now: DateTime<Utc>) -> Self {
        Self {
            rule_set,
            now,
            multifactor: None,
            reached: 0,
            reports: SmallVec::new(),
            applied: SmallVec::new(),
            decided: None,
            details: None,
        }
    }

    /// The parts that are seldom there, to be set.
    pub(crate) fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }

    /// The outcome for a login that cannot be read.
    pub(crate) fn input_denied(rule_set: &'r RuleSet, message: &str, now: DateTime<Utc>) -> Self {
        let mut outcome = Self::new(rule_set, now);
        *outcome.details_mut() = Details {
            denied: Some(Denial::of_failure(None)),
            errors: vec![RuleError {
                rule: None,
                code: Code::Input,
                message: message.to_owned(),
                line: None,
                column: None,
                applied: OnError::Deny,
            }],
            ..Details::default()
        };
        outcome
    }

    /// The decision: denied beats required, and required beats not required.
    pub fn decision(&self) -> Decision {
        // INVARIANT: this is the only place where `NotRequired` is made.
        match (self.denied(), self.asked_for()) {
            (Some(_), _) => Decision::Denied,
            (None, Some(_)) => Decision::Required,
            (None, None) => Decision::NotRequired,
        }
    }

    /// The second factor that the login needs: `Some` exactly when the decision is
    /// [`Decision::Required`].
    pub fn multifactor(&self) -> Option<&Multifactor> {
        self.asked_for().filter(|_| self.denied().is_none())
    }

    /// The second factor that the rules or a failure ask for, whether the login is denied or not.
    fn asked_for(&self) -> Option<&Multifactor> {
        static FLOOR: Multifactor = Multifactor::FLOOR;
        // SECURITY: whatever made this outcome, a failure never leaves "not required".
        let floor = (!self.errors().is_empty()).then_some(&FLOOR);
        self.multifactor.as_ref().or(floor)
    }

    /// Why and by whom the login was denied: `Some` exactly when the decision is
    /// [`Decision::Denied`].
    pub fn denied(&self) -> Option<&Denial> {
        self.details.as_ref()?.denied.as_ref()
    }

    /// What the rules assigned to `context.redirect`; `None` when the login was denied, because
    /// it goes nowhere then.
    ///
    /// The engine does not look into it: Auth0's rules assign an object with a `url`. It says
    /// nothing about the second factor, which [`Outcome::decision`] does.
    pub fn redirect(&self) -> Option<&Json> {
        let details = self.details.as_ref()?;
        details
            .redirect
            .as_ref()
            .filter(|_| details.denied.is_none())
    }

    /// The rules that failed, in their order.
    pub fn errors(&self) -> &[RuleError] {
        self.details.as_ref().map_or(&[], |details| &details.errors)
    }

    /// The rules that failed, as diagnostics with the lines that they failed in.
    ///
    /// A failure that no rule is to blame for, that of a login that cannot be read, is not among
    /// them: see [`Outcome::input_error`].
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.errors()
            .iter()
            .filter_map(|error| {
                let name = error.rule.as_deref()?;
                let rule = self.rule_set.rules.iter().find(|rule| rule.name == name)?;
                let diagnostic = Diagnostic::error(error.code, &*rule.file, &*error.message);
                Some(match (rule.script(), error.line, error.column) {
                    (Some(script), Some(line), Some(column)) => {
                        let span = token_at(&script.source, Position::new(line, column));
                        diagnostic.with_span(&script.source, span)
                    }
                    _ => diagnostic,
                })
            })
            .collect()
    }

    /// Why the login could not be read, when it could not.
    pub fn input_error(&self) -> Option<&str> {
        let error = self
            .errors()
            .iter()
            .find(|error| error.code == Code::Input)?;
        Some(&error.message)
    }

    /// What each rule of the set did, in their order, also those that did not run.
    pub fn rules(&self) -> impl Iterator<Item = RuleReport<'_>> {
        let mut reports = self.reports.iter().peekable();
        let mut applied = self.applied.iter().peekable();
        self.rule_set
            .rules
            .iter()
            .enumerate()
            .map(move |(index, rule)| {
                let applies = applied.next_if(|&&applied| applied == index).is_some();
                let report = reports.next_if(|report| report.rule == index);
                let status = match report {
                    Some(report) => report.status,
                    None if !rule.enabled => RuleStatus::Disabled,
                    None if index >= self.reached => RuleStatus::NotReached,
                    None if !applies && !rule.applies_to.is_everything() => {
                        RuleStatus::NotApplicable
                    }
                    None => RuleStatus::Ran,
                };
                RuleReport {
                    name: &rule.name,
                    status,
                    effects: report.map_or(&[], |report| &report.effects),
                }
            })
    }

    /// What the rules assigned outside `multifactor` and `redirect`, as JSON Pointer (RFC 6901) to
    /// value: `/context/idToken/…`, `/user/…`. A member that they removed is `null`.
    ///
    /// Nothing is applied by the engine: what becomes of claims and the rest is the server's work.
    pub fn changes(&self) -> &serde_json::Map<String, Json> {
        static NONE: LazyLock<serde_json::Map<String, Json>> = LazyLock::new(serde_json::Map::new);
        self.details
            .as_ref()
            .map_or(&*NONE, |details| &details.changes)
    }

    /// The time that the rules saw.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The rule that made the decision, and where. `None` when no rule did: nothing was asked for,
    /// the second factor came in with the login, or the login could not be read.
    pub fn decided_by(&self) -> Option<DecidedBy<'_>> {
        let (index, position) = self.decided?;
        Some(DecidedBy {
            rule: &self.rule_set.rules.get(index)?.name,
            position,
        })
    }

    /// What each rule that ran read, assigned and printed; `None` unless it was asked for.
    pub fn traces(&self) -> Option<&[RuleTrace]> {
        self.details.as_ref()?.traces.as_deref()
    }

    /// What each rule that ran spent, in their order; nothing unless
    /// [`Observe::and_costs`](crate::Observe::and_costs) asked for it.
    ///
    /// ```
    /// use mfa_rules::{Login, Observe, RuleSet};
    ///
    /// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?);
    /// let outcome = rules.decide_observed(&login, Observe::decision().and_costs());
    /// let costs: Vec<_> = outcome.costs().collect();
    /// assert_eq!(costs[0].rule, "always");
    /// assert!(costs[0].operations > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn costs(&self) -> impl Iterator<Item = RuleCost<'_>> {
        let details = self.details.iter();
        let costs = details.flat_map(|details| details.costs.iter().flatten());
        costs.filter_map(|(index, spent, time)| {
            Some(RuleCost {
                rule: &self.rule_set.rules.get(*index)?.name,
                operations: spent.operations,
                memory: spent.memory,
                time: *time,
            })
        })
    }

    /// `user` as the rules left it; `None` unless it was asked for.
    pub fn user(&self) -> Option<&Json> {
        self.full().map(|(user, _)| user)
    }

    /// `context` as the rules left it; `None` unless it was asked for.
    pub fn context(&self) -> Option<&Json> {
        self.full().map(|(_, context)| context)
    }

    fn full(&self) -> Option<&(Json, Json)> {
        self.details.as_ref()?.full.as_ref()
    }

    /// The rule set that decided.
    pub fn rule_set(&self) -> &'r RuleSet {
        self.rule_set
    }
}

impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &FORMAT_VERSION)?;
        map.serialize_entry("decision", &self.decision())?;
        map.serialize_entry("multifactor", &self.multifactor())?;
        map.serialize_entry("denied", &self.denied())?;
        map.serialize_entry("redirect", &self.redirect())?;
        map.serialize_entry("errors", self.errors())?;
        map.serialize_entry("rules", &Reports(self))?;
        map.serialize_entry("changes", self.changes())?;
        map.serialize_entry(
            "now",
            &self.now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        )?;
        map.serialize_entry(
            "rule_set",
            &RuleSetId {
                name: &self.rule_set.name,
                revision: &self.rule_set.revision,
                language: LANGUAGE_VERSION,
            },
        )?;
        if let Some((user, context)) = self.full() {
            map.serialize_entry("user", user)?;
            map.serialize_entry("context", context)?;
        }
        if let Some(traces) = self.traces() {
            map.serialize_entry("trace", traces)?;
        }
        map.end()
    }
}

/// The reports of an outcome, written without being collected.
struct Reports<'o>(&'o Outcome<'o>);

impl Serialize for Reports<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reports = serializer.serialize_seq(Some(self.0.rule_set.rules.len()))?;
        for report in self.0.rules() {
            reports.serialize_element(&report)?;
        }
        reports.end()
    }
}

#[derive(Serialize)]
struct RuleSetId<'o> {
    name: &'o str,
    revision: &'o str,
    language: u32,
}

impl Denial {
    /// The denial by a failure: of `rule`, or of reading the login.
    pub(crate) fn of_failure(rule: Option<String>) -> Self {
        Self {
            error: DenialError::AccessDenied,
            error_description: FAILURE_DESCRIPTION.to_owned(),
            rule,
        }
    }
}

#[cfg(test)]
mod tests;
