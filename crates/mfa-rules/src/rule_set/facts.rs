//! The facts that a rule set declares, and those that its rules need.

use super::{Rule, RuleBody, RuleSet};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::entrance::serialized_part;
use crate::nearest::nearest;
use crate::quote::quote;
use crate::read_set::ReadSet;
use crate::value::Value;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many facts that are not declared are reported of one rule.
const MOST_UNKNOWN: usize = 50;

/// A fact that the rules of a set need: what a server fetches before it decides.
///
/// See [`RuleSet::facts`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NeededFact {
    /// The name: what stands between the parentheses of `fact("…")`, and the member of
    /// [`Login::facts`](crate::Login::facts).
    pub name: String,
    /// What it is, with type and unit, as the rule set says; `None` when the set declares no facts.
    pub description: Option<String>,
    /// The enabled rules that ask for it, in their order.
    pub rules: Vec<String>,
}

impl RuleSet {
    /// The facts that the enabled rules ask for, by name: what a server has to fetch, because
    /// rules reach nothing but the login.
    ///
    /// A fact among these that does not come with a login is a failure of each rule that asks for
    /// it. What does come, and is not among these, is not looked at.
    ///
    /// ```
    /// use mfa_rules::{Code, Decision, Login, RuleSet};
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::builder()
    ///     .rule(("risky-logins", r#"if fact("risk_score") > 70 { require_mfa("any"); }"#))
    ///     .fact("risk_score", "0 to 100, from the fraud service")
    ///     .compile()?;
    /// let [risk_score] = rules.facts() else { return Err("one fact is needed".into()) };
    /// assert_eq!(risk_score.name, "risk_score");
    /// assert_eq!(risk_score.rules, ["risky-logins"]);
    ///
    /// let fetched = json!({ "risk_score": 82 });
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?);
    /// let outcome = rules.decide(&login.facts(fetched.as_object().ok_or("it is no object")?));
    /// assert_eq!(outcome.decision(), Decision::Required);
    ///
    /// let outcome = rules.decide(&login);
    /// assert_eq!(outcome.decision(), Decision::Denied);
    /// assert_eq!(outcome.errors()[0].code, Code::MissingFact);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn facts(&self) -> &[NeededFact] {
        &self.facts
    }

    /// The facts that the rules ask for which apply to logins with this context: enough for such a
    /// login, and often fewer than [`RuleSet::facts`].
    ///
    /// Which these are depends on `applies_to` alone, and so on `clientID`, `connection`,
    /// `protocol` and `organization` of the context, of which nothing else is read. What is no
    /// object counts as an empty one. The context is that of any form of a login, a
    /// [`serde_json::Value`] or a type of the embedder's own.
    ///
    /// When it cannot be serialized, as far as it is read, these are all facts: then the login is
    /// denied, unless what it is decided by can be.
    ///
    /// ```
    /// use mfa_rules::{AppliesTo, RuleSet, RuleSource};
    /// use serde_json::json;
    ///
    /// let source = r#"if fact("risk_score") > 70 { require_mfa("any"); }"#;
    /// let payroll = AppliesTo::default().clients(["payroll"]);
    /// let rules = RuleSet::builder()
    ///     .rule(RuleSource::new("risky-logins", source).applies_to(payroll))
    ///     .compile()?;
    /// assert_eq!(rules.facts_for_context(&json!({ "clientID": "payroll" })).len(), 1);
    /// assert_eq!(rules.facts_for_context(&json!({ "clientID": "wiki" })).len(), 0);
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn facts_for_context(&self, context: &(impl Serialize + ?Sized)) -> Vec<&NeededFact> {
        let asking = || {
            let rules = self.rules.iter().filter(|rule| rule.enabled);
            rules.filter(|rule| rule.facts().next().is_some())
        };
        let reads = asking().fold(ReadSet::default(), |reads, rule| {
            reads.union(&rule.applies_to.reads())
        });
        let Ok(context) = serialized_part("context", context, reads.context()) else {
            return self.facts.iter().collect();
        };
        let context = Value::from_json(&context);
        let names: BTreeSet<&str> = asking()
            .filter(|rule| rule.applies_to.matches(&context))
            .flat_map(Rule::facts)
            .collect();
        let facts = self.facts.iter();
        facts
            .filter(|fact| names.contains(fact.name.as_str()))
            .collect()
    }
}

/// The facts that a rule set declares, by name.
pub(crate) type DeclaredFacts = BTreeMap<String, DeclaredFact>;

/// A fact that a rule set declares.
#[derive(Debug)]
pub(crate) struct DeclaredFact {
    pub(crate) description: String,
    /// What is reported when no enabled rule asks for it.
    unused: Diagnostic,
}

impl DeclaredFact {
    /// A fact named `name`, declared in `file`; `at` puts the report of it at its place.
    pub(crate) fn new(
        name: &str,
        description: String,
        file: &str,
        at: impl FnOnce(Diagnostic) -> Diagnostic,
    ) -> Self {
        let message = format!("no enabled rule asks for the fact {}", quote(name));
        let unused = Diagnostic::error(Code::UnusedFact, file, message)
            .with_help("remove it from the `facts`, or enable the rule that asks for it")
            .into_warning();
        Self {
            description,
            unused: at(unused),
        }
    }
}

/// The facts that a rule asks for although the set does not declare them.
pub(super) fn undeclared(
    file: &str,
    body: &RuleBody,
    declared: Option<&DeclaredFacts>,
) -> Vec<Diagnostic> {
    let Some(declared) = declared else {
        return Vec::new();
    };
    let report = |name: &str| {
        let known = declared.keys().map(String::as_str);
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean {}?", quote(near)),
            None => "add it to the `facts` of the rule set, with what it is".to_owned(),
        };
        let message = format!("the rule set declares no fact {}", quote(name));
        Diagnostic::error(Code::UnknownFact, file, message).with_help(help)
    };
    match body {
        RuleBody::Script(rule) => {
            let asked = rule.script.facts.iter();
            let unknown = asked.filter(|fact| !declared.contains_key(&*fact.name));
            let unknown = unknown.take(MOST_UNKNOWN);
            unknown
                .map(|fact| report(&fact.name).with_span(&rule.source, fact.span))
                .collect()
        }
        RuleBody::Native(native) => {
            let asked = native.facts().iter();
            let unknown = asked.filter(|name| !declared.contains_key(*name));
            unknown
                .take(MOST_UNKNOWN)
                .map(|name| report(name))
                .collect()
        }
    }
}

/// The facts that the enabled ones of `rules` ask for.
pub(super) fn needed(rules: &[Rule], declared: Option<&DeclaredFacts>) -> Vec<NeededFact> {
    let mut needed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.enabled) {
        let names: BTreeSet<&str> = rule.facts().collect();
        for name in names {
            needed.entry(name).or_default().push(rule.name.clone());
        }
    }
    let facts = needed.into_iter().map(|(name, rules)| NeededFact {
        name: name.to_owned(),
        description: declared
            .and_then(|declared| declared.get(name))
            .map(|fact| fact.description.clone()),
        rules,
    });
    facts.collect()
}

/// The reports of facts that are declared and not needed.
pub(super) fn unused(declared: Option<&DeclaredFacts>, needed: &[NeededFact]) -> Vec<Diagnostic> {
    let declared = declared.into_iter().flatten();
    let unused = declared.filter(|(name, _)| !needed.iter().any(|fact| fact.name == **name));
    unused.map(|(_, fact)| fact.unused.clone()).collect()
}
