//! What decides in a server: a rule set, and who watches it.

use crate::entrance::LoginSource;
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::rule_set::RuleSet;
use std::sync::Arc;

/// What decides in a server: a rule set, and who watches it.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Arc<RuleSet>,
}

impl Policy {
    /// A policy that nobody watches.
    pub fn new(rules: impl Into<Arc<RuleSet>>) -> Self {
        Self {
            rules: rules.into(),
        }
    }

    /// The rule set that decides.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Decides about a login, as [`RuleSet::decide`] does.
    pub fn decide(&self, login: &impl LoginSource) -> Outcome<'_> {
        self.decide_observed(login, Observe::decision())
    }

    /// Decides about a login, and keeps what `observe` asks for, as [`RuleSet::decide_observed`]
    /// does.
    pub fn decide_observed(&self, login: &impl LoginSource, observe: Observe) -> Outcome<'_> {
        self.rules.decide_observed(login, observe)
    }
}
