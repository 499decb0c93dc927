//! What a decision gives: the [`Outcome`].

use crate::codes::Code;
use crate::multifactor::Multifactor;
use crate::rule_set::RuleSet;
use crate::source::Position;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

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
    /// The line in the rule, from 1.
    pub line: Option<u32>,
    /// The column in the rule, from 1.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleReport {
    /// The name of the rule.
    pub name: String,
    /// How far it came.
    pub status: RuleStatus,
    /// The top-level keys of `user` and `context` that it wrote: `multifactor`, `idToken`, `user`.
    pub effects: Vec<String>,
}

/// Who decided, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DecidedBy {
    /// The name of the rule.
    pub rule: String,
    /// The place in the rule, when the decision was made at one.
    #[serde(flatten)]
    pub position: Option<Position>,
}

/// What one rule read, wrote and printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleTrace {
    /// The name of the rule.
    pub name: String,
    /// What it read of `user`, `context` and `configuration`, each path once, in order.
    pub reads: Vec<TraceRead>,
    /// What it assigned, in order.
    pub writes: Vec<TraceWrite>,
    /// What it printed, a line each.
    pub printed: Vec<String>,
}

/// A path that a rule read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TraceRead {
    /// For example `user.app_metadata.use_mfa`.
    pub path: String,
    /// What was there; a secret is `"***"`, an array or a map only its size.
    pub value: serde_json::Value,
    /// The line of the first reading.
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
    /// The line of the assignment.
    pub line: u32,
}

/// The outcome of a decision.
///
/// It borrows the rule set for the names of its rules.
#[derive(Debug, Clone)]
pub struct Outcome<'r> {
    /// The rule set that decided.
    pub(crate) rule_set: &'r RuleSet,
    pub(crate) now: DateTime<Utc>,
    pub(crate) multifactor: Option<Multifactor>,
    pub(crate) denied: Option<Denial>,
    pub(crate) redirect: Option<Json>,
    pub(crate) errors: Vec<RuleError>,
    /// How many rules of the set were reached: the rest is `not_reached`.
    pub(crate) reached: usize,
    /// The rules, by index, that did something else than to run without an effect.
    /// A rule that is disabled or was not reached is not among them.
    pub(crate) reports: Vec<(usize, RuleStatus, Vec<String>)>,
    /// JSON Pointer to value; a removed member is `null`.
    pub(crate) changes: serde_json::Map<String, Json>,
    /// The rule, by index, that made the decision, and where.
    pub(crate) decided: Option<(usize, Option<Position>)>,
    /// Only when they were asked for.
    pub(crate) traces: Option<Vec<RuleTrace>>,
    /// `user` and `context` as the rules left them, only when they were asked for.
    pub(crate) full: Option<(Json, Json)>,
}
