//! What a decision can look at of a login.

use crate::read_set::{ReadPart, ReadSet};
use crate::rule_set::{Rule, RuleBody, RuleSet};
use serde::Serialize;

/// What one rule of a set can look at of a login: in its text, and to see if it applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleReads {
    /// The name of the rule.
    pub name: String,
    /// Whether it runs. What a disabled rule could look at is not part of
    /// [`RuleSet::read_set`].
    pub enabled: bool,
    /// What it can look at.
    pub reads: ReadSet,
}

impl RuleSet {
    /// What the enabled rules can look at of a login, and what [the engine
    /// itself](ReadSet::of_engine) looks at.
    ///
    /// A login that was cut down to the set has the same outcome as the whole one, but for
    /// what [`Observe`](crate::Observe) adds.
    ///
    /// ```
    /// use mfa_rules::RuleSet;
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::from_source(
    ///     "flagged",
    ///     r#"
    ///         let metadata = user.app_metadata ?? #{};
    ///         if truthy(metadata.use_mfa) { require_mfa("any"); }
    ///     "#,
    /// )?;
    /// let user = json!({ "email": "a@example.com", "app_metadata": { "use_mfa": true, "plan": 1 } });
    /// let reads = rules.read_set();
    /// assert_eq!(reads.user().project(&user), json!({ "app_metadata": { "use_mfa": true } }));
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn read_set(&self) -> &ReadSet {
        &self.reads
    }

    /// What each rule can look at of a login, in their order, disabled ones too.
    ///
    /// ```
    /// use mfa_rules::RuleSet;
    ///
    /// let rules = RuleSet::from_source("verified", r#"
    ///     if user.email_verified != true { deny("verify your address first"); }
    /// "#)?;
    /// let reads: Vec<_> = rules.rule_reads().collect();
    /// assert_eq!(reads[0].name, "verified");
    /// assert_eq!(reads[0].reads.user().paths()[0].path, "/email_verified");
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn rule_reads(&self) -> impl ExactSizeIterator<Item = RuleReads> {
        self.rules.iter().map(|rule| RuleReads {
            name: rule.name.clone(),
            enabled: rule.enabled,
            reads: of_rule(rule),
        })
    }
}

impl ReadSet {
    /// What the engine itself looks at, whatever the rules are: `context.multifactor`, which counts
    /// as a request of an earlier rule.
    pub fn of_engine() -> Self {
        let mut reads = Self::default();
        reads.context.add(["multifactor"], ReadPart::Whole);
        reads
    }
}

/// What the enabled rules can look at, and what the engine itself looks at.
pub(crate) fn reads_of(rules: &[Rule]) -> ReadSet {
    let mut reads = ReadSet::of_engine();
    for rule in rules.iter().filter(|rule| rule.enabled) {
        reads = reads.union(&of_rule(rule));
    }
    reads
}

fn of_rule(rule: &Rule) -> ReadSet {
    let reads = match &rule.body {
        RuleBody::Script(compiled) => compiled.reads.clone(),
        RuleBody::Native(native) => native.reads().clone(),
    };
    reads.union(&rule.applies_to.reads())
}
