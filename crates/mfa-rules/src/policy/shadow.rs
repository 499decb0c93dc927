//! A candidate that decides beside the current rule set, and in what it differs.

use crate::login::Login;
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::read_set::ReadSet;
use crate::rule_set::RuleSet;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A rule set that decides for the observers alone.
#[derive(Debug)]
pub(super) struct Shadow {
    rules: Arc<RuleSet>,
    /// What it or the current rule set can look at, so that a login is read once for both.
    reads: ReadSet,
}

/// What a [shadow](crate::Policy::with_shadow) would have decided about a login, and in what that
/// differs from what was decided.
#[derive(Debug)]
pub struct ShadowReport<'d> {
    pub(super) outcome: Outcome<'d>,
    pub(super) elapsed: Duration,
    pub(super) differences: Vec<Difference>,
}

/// In what two outcomes for the same login differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// [`Outcome::decision`].
    Decision,
    /// [`Outcome::multifactor`], as it is serialized: two secrets count as equal.
    Multifactor,
    /// [`Outcome::denied`], the name of the rule included.
    Denied,
    /// [`Outcome::redirect`].
    Redirect,
    /// [`Outcome::changes`].
    Changes,
    /// [`Outcome::errors`], but for the line and the column: those move with every edit.
    Errors,
}

impl Shadow {
    pub(super) fn new(current: &RuleSet, candidate: Arc<RuleSet>) -> Self {
        let reads = current.read_set().clone().union(candidate.read_set());
        Self {
            rules: candidate,
            reads,
        }
    }

    pub(super) fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    pub(super) fn reads(&self) -> &ReadSet {
        &self.reads
    }

    /// What the candidate comes to, `Err` being why it could not read the login.
    pub(super) fn decide(
        &self,
        login: Result<&Login<'_>, &str>,
        current: &Outcome<'_>,
    ) -> Outcome<'_> {
        match login {
            Ok(login) => self.rules.decide_values(login, Observe::decision()),
            Err(message) => self.rules.deny_input(message, current.now()),
        }
    }
}

impl<'d> ShadowReport<'d> {
    /// The outcome of the candidate.
    pub fn outcome(&self) -> &Outcome<'d> {
        &self.outcome
    }

    /// How long the candidate took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// In what its outcome differs from the current one, in the order of the enum; empty when both
    /// come to the same.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl Difference {
    /// All differences.
    pub const ALL: &'static [Self] = &[
        Self::Decision,
        Self::Multifactor,
        Self::Denied,
        Self::Redirect,
        Self::Changes,
        Self::Errors,
    ];

    /// The name in a decision log, which is that of the member in an outcome's JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Multifactor => "multifactor",
            Self::Denied => "denied",
            Self::Redirect => "redirect",
            Self::Changes => "changes",
            Self::Errors => "errors",
        }
    }

    /// In what the outcomes differ.
    pub(super) fn between(one: &Outcome<'_>, other: &Outcome<'_>) -> Vec<Self> {
        let differs = |difference: &&Self| match difference {
            Self::Decision => one.decision() != other.decision(),
            Self::Multifactor => multifactor(one) != multifactor(other),
            Self::Denied => one.denied() != other.denied(),
            Self::Redirect => one.redirect() != other.redirect(),
            Self::Changes => one.changes() != other.changes(),
            Self::Errors => !errors(one).eq(errors(other)),
        };
        Self::ALL.iter().filter(differs).copied().collect()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The second factor without its secrets.
fn multifactor(outcome: &Outcome<'_>) -> Option<serde_json::Value> {
    serde_json::to_value(outcome.multifactor()?).ok()
}

/// The errors without their places.
fn errors<'o>(outcome: &'o Outcome<'_>) -> impl Iterator<Item = impl PartialEq + 'o> {
    outcome
        .errors()
        .iter()
        .map(|error| (&error.rule, error.code, &error.message, error.applied))
}
