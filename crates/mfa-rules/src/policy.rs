//! What decides in a server: a rule set, and who watches it.

mod decision_log;
mod mask;
mod observer;
mod record;
mod shadow;
mod watched;

pub use decision_log::DecisionLog;
pub use mask::{Mask, MaskError};
pub use observer::{Decided, Observer, SeenLogin};
pub use record::DecisionRecord;
pub use shadow::{Difference, ShadowReport};

use self::shadow::Shadow;
use crate::entrance::LoginSource;
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::rule_set::RuleSet;
use std::fmt;
use std::sync::Arc;

/// What decides in a server: a rule set, and who watches it.
///
/// It decides as its [`RuleSet`] does. [Observers](Observer) are told of each decision when it
/// stands, and cannot change it; a [shadow](Self::with_shadow) is another rule set, which decides
/// beside the first one and only for the observers.
///
/// ```
/// use mfa_rules::{Decided, Decision, Login, Policy, RuleSet};
/// use std::sync::{Arc, mpsc};
///
/// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
/// let (sender, decisions) = mpsc::channel();
/// let policy = Policy::new(rules).with_observer(Arc::new(move |decided: &Decided<'_>| {
///     let _ = sender.send(decided.outcome().decision());
/// }));
///
/// let outcome = policy.decide(&Login::new("2026-01-05T09:00:00Z".parse()?));
/// assert_eq!(outcome.decision(), Decision::Required);
/// assert_eq!(decisions.recv()?, Decision::Required);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Policy {
    rules: Arc<RuleSet>,
    observers: Vec<Arc<dyn Observer>>,
    shadow: Option<Arc<Shadow>>,
}

impl Policy {
    /// A policy that nobody watches.
    pub fn new(rules: impl Into<Arc<RuleSet>>) -> Self {
        Self {
            rules: rules.into(),
            observers: Vec::new(),
            shadow: None,
        }
    }

    /// Adds who is told of each decision, after those that were added before.
    ///
    /// Default: nobody; then a decision takes as long as that of the [`RuleSet`], and no clock is
    /// read for it.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets a candidate: a rule set that decides about the same logins, for the observers alone.
    ///
    /// It runs when the current outcome is there, and each observer finds in
    /// [`Decided::shadow`] what it would have decided, and in what that differs. Nothing of it
    /// reaches the outcome: not its failures, its panics, its limits, nor a part of the login that
    /// only it looks at and that cannot be read. But [`Policy::decide`] returns only when it has
    /// run, so its time is added to that of the login, up to the deadline of each of its rules.
    ///
    /// Default: none. Without an observer nobody would see it, and it does not run.
    ///
    /// ```
    /// use mfa_rules::{Decided, Decision, Difference, Login, Policy, RuleSet};
    /// use std::sync::{Arc, mpsc};
    ///
    /// let current = RuleSet::from_source("current", "let nothing = ();")?;
    /// let candidate = RuleSet::from_source("candidate", r#"deny("closed");"#)?;
    /// let (sender, reports) = mpsc::channel();
    /// let policy = Policy::new(current)
    ///     .with_shadow(Arc::new(candidate))
    ///     .with_observer(Arc::new(move |decided: &Decided<'_>| {
    ///         let shadow = decided.shadow().map(|shadow| {
    ///             (shadow.outcome().decision(), shadow.differences().to_vec())
    ///         });
    ///         let _ = sender.send(shadow);
    ///     }));
    ///
    /// let outcome = policy.decide(&Login::new("2026-01-05T09:00:00Z".parse()?));
    /// assert_eq!(outcome.decision(), Decision::NotRequired);
    /// let differences = vec![Difference::Decision, Difference::Denied];
    /// assert_eq!(reports.recv()?, Some((Decision::Denied, differences)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_shadow(mut self, candidate: Arc<RuleSet>) -> Self {
        self.shadow = Some(Arc::new(Shadow::new(&self.rules, candidate)));
        self
    }

    /// Ends the trial of a candidate.
    #[must_use]
    pub fn without_shadow(mut self) -> Self {
        self.shadow = None;
        self
    }

    /// Puts another rule set into the place of the current one: the same observers, and the same
    /// shadow.
    #[must_use]
    pub fn with_rules(mut self, rules: impl Into<Arc<RuleSet>>) -> Self {
        self.rules = rules.into();
        match self.shadow.take() {
            Some(shadow) => self.with_shadow(Arc::clone(shadow.rules())),
            None => self,
        }
    }

    /// The rule set that decides.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// The candidate that decides beside it, for the observers.
    pub fn shadow(&self) -> Option<&Arc<RuleSet>> {
        self.shadow.as_deref().map(Shadow::rules)
    }

    /// Decides about a login, as [`RuleSet::decide`] does.
    pub fn decide(&self, login: &impl LoginSource) -> Outcome<'_> {
        self.decide_observed(login, Observe::decision())
    }

    /// Decides about a login, and keeps what `observe` asks for, as [`RuleSet::decide_observed`]
    /// does.
    pub fn decide_observed(&self, login: &impl LoginSource, observe: Observe) -> Outcome<'_> {
        if self.observers.is_empty() {
            return self.rules.decide_observed(login, observe);
        }
        self.decide_watched(login, observe)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("rules", &self.rules)
            .field("observers", &self.observers.len())
            .field("shadow", &self.shadow())
            .finish()
    }
}

#[cfg(test)]
mod tests;
