//! TEMPORARY: stands in for the file of this name that evaluates rules.

use crate::login::Login;
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::rule_set::RuleSet;
use chrono::{DateTime, Utc};

impl RuleSet {
    /// Decides about a login.
    pub fn decide<'r>(&'r self, login: &Login<'_>) -> Outcome<'r> {
        self.decide_observed(login, Observe::decision())
    }

    /// Decides about a login, and keeps what `observe` asks for.
    pub fn decide_observed<'r>(&'r self, login: &Login<'_>, observe: Observe) -> Outcome<'r> {
        let _ = observe;
        match login.check_input() {
            Ok(_) => self.deny_input("rules cannot be evaluated yet", login.now),
            Err(message) => self.deny_input(&message, login.now),
        }
    }

    /// The outcome for a login that the caller could not read: denied, with [`Code::Input`].
    ///
    /// [`Code::Input`]: crate::Code::Input
    pub fn deny_input<'r>(&'r self, message: &str, now: DateTime<Utc>) -> Outcome<'r> {
        Outcome::input_denied(self, message, now)
    }
}
