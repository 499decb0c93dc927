//! Which rules of a set can do anything for a login of this client.
//!
//! A set with a rule for each of a thousand clients shall not ask a thousand times which client it
//! is. A rule is found by the client when `applies_to` names clients, or when the first thing that it
//! does is to ask for the client, so that for any other it ends without having done, spent or failed
//! anything: `if context.clientID in […] { … }` as its last statement, or `if` and `return` as its
//! first. Everything else runs for every login, and the order stays.

use crate::limits::Limits;
use crate::member::member;
use crate::memory::{Heap, sum};
use crate::plan::{Branch, Operand, Path, Step, Test};
use crate::rule_set::{Rule, RuleBody};
use crate::tree::Root;
use serde_json::Value as Json;
use std::collections::HashMap;

/// So many rules of single clients are worth an index.
const FEWEST: usize = 8;

/// The longest list of clients that a rule may ask for, to be found by it.
const LONGEST: usize = 1000;

/// Operations that asking for the client never takes.
const ENOUGH_OPERATIONS: u64 = 4000;

/// Bytes that the variables of a rule with steps never take.
const ENOUGH_MEMORY: usize = 1024;

/// The rules of a set by the clients that they are for.
#[derive(Debug, Clone)]
pub(crate) struct RuleIndex {
    /// The rules that run for every client, by ascending index in the set.
    always: Box<[usize]>,
    by_client: HashMap<Box<str>, Box<[usize]>>,
}

impl RuleIndex {
    /// The index of a set, when it is worth having one.
    pub(crate) fn of(rules: &[Rule], limits: &Limits) -> Option<Self> {
        let mut always = Vec::new();
        let mut by_client: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut found: usize = 0;
        for (index, rule) in rules.iter().enumerate() {
            if !rule.enabled {
                continue;
            }
            let Some(clients) = clients_of(rule, limits) else {
                always.push(index);
                continue;
            };
            found = found.saturating_add(1);
            for client in clients {
                let rules = by_client.entry(client.into()).or_default();
                if rules.last() != Some(&index) {
                    rules.push(index);
                }
            }
        }
        let by_client = by_client.into_iter();
        (found >= FEWEST).then(|| Self {
            always: always.into(),
            by_client: by_client
                .map(|(client, rules)| (client, rules.into()))
                .collect(),
        })
    }

    /// The rules that can do anything for a login with this context, in their order; `None` when it
    /// takes a look at each: an odd client is none that a rule could be found by.
    pub(crate) fn candidates(
        &self,
        context: Option<&Json>,
    ) -> Option<impl Iterator<Item = usize> + '_> {
        let client = match context {
            Some(Json::Object(members)) => member(members, "clientID"),
            _ => None,
        };
        let named = match client {
            None | Some(Json::Null) => None,
            Some(Json::String(client)) => self.by_client.get(client.as_str()),
            Some(_) => return None,
        };
        let mut named = named.map_or(&[][..], |rules| rules).iter().peekable();
        let mut always = self.always.iter().peekable();
        Some(std::iter::from_fn(move || {
            let next = match (named.peek(), always.peek()) {
                (Some(named_one), Some(other)) if named_one < other => named.next(),
                (_, Some(_)) => always.next(),
                _ => named.next(),
            };
            next.copied()
        }))
    }
}

impl Heap for RuleIndex {
    fn heap(&self) -> usize {
        let Self { always, by_client } = self;
        sum([always.heap(), by_client.heap()])
    }
}

/// The clients that a rule is for; `None` when it can do something for others too.
fn clients_of<'r>(rule: &'r Rule, limits: &Limits) -> Option<Vec<&'r str>> {
    if let Some(clients) = &rule.applies_to.clients {
        return Some(clients.iter().map(String::as_str).collect());
    }
    let RuleBody::Script(compiled) = &rule.body else {
        return None;
    };
    // SECURITY: a rule that would reach a limit on the way has failed, and must be run to fail. And
    // what does not apply is told from what ran without an effect.
    let is_enough = limits.operations >= ENOUGH_OPERATIONS && limits.memory >= ENOUGH_MEMORY;
    if !is_enough || !rule.applies_to.is_everything() {
        return None;
    }
    let steps = &*compiled.script.steps;
    let is_all = steps.len() == compiled.script.body.statements.len();
    let clients = match steps {
        [Step::If(branch)] if is_all && branch.otherwise.is_empty() => {
            asked_for_first(&branch.condition)
        }
        [Step::If(branch), ..] => left_out(branch),
        _ => None,
    };
    clients.filter(|clients| clients.len() <= LONGEST)
}

/// The clients for which a condition can hold, when it asks for the client before all else.
fn asked_for_first(condition: &Test) -> Option<Vec<&str>> {
    match condition {
        Test::IsText {
            path,
            text,
            negated: false,
        } if is_client(path) => Some(vec![text]),
        Test::In(containment) => match (&containment.needle, &containment.list) {
            (Operand::Path(path), Operand::List(list)) if is_client(path) => {
                list.as_array()?.iter().map(Json::as_str).collect()
            }
            _ => None,
        },
        Test::All(conditions) => asked_for_first(conditions.first()?),
        Test::Any(conditions) => {
            let clients = conditions.iter().map(asked_for_first_alone);
            Some(clients.collect::<Option<Vec<_>>>()?.concat())
        }
        _ => None,
    }
}

/// The same, of a condition that asks for nothing else.
fn asked_for_first_alone(condition: &Test) -> Option<Vec<&str>> {
    match condition {
        Test::IsText { .. } | Test::In(_) => asked_for_first(condition),
        _ => None,
    }
}

/// The clients for which a rule does not return at once.
fn left_out(branch: &Branch) -> Option<Vec<&str>> {
    if !matches!(*branch.then, [Step::Return]) || !branch.otherwise.is_empty() {
        return None;
    }
    match &branch.condition {
        Test::Not(condition) => asked_for_first_alone(condition),
        Test::IsText {
            path,
            text,
            negated: true,
        } if is_client(path) => Some(vec![text]),
        _ => None,
    }
}

/// Whether it is `context.clientID`, which no rule can write.
fn is_client(path: &Path) -> bool {
    let is_name = |path: &Path| matches!(&*path.steps, [step] if *step.name == *"clientID");
    path.root == Root::Context && is_name(path)
}

#[cfg(test)]
mod tests {
    use crate::limits::Limits;
    use crate::login::Login;
    use crate::observe::Observe;
    use crate::outcome::OnError;
    use crate::rule_set::{AppliesTo, RuleSet, RuleSource};
    use serde_json::{Value as Json, json};

    /// A set of these rules among many that are for other clients.
    fn among_many(rules: &[&str], limits: Limits) -> RuleSet {
        let mut builder = RuleSet::builder().limits(limits);
        for index in 0..20 {
            let source =
                format!(r#"if context.clientID == "other-{index}" {{ require_mfa("duo"); }}"#);
            builder = builder.rule((format!("other-{index}"), source));
            if let Some(rule) = rules.get(index) {
                let rule = RuleSource::new(format!("rule-{index}"), *rule);
                builder = builder.rule(rule.on_error(OnError::Challenge));
            }
        }
        builder.compile().unwrap()
    }

    /// The names of the rules that are run for a client.
    fn run_for<'s>(rules: &'s RuleSet, context: &Json) -> Option<Vec<&'s str>> {
        let candidates = rules.index.as_ref()?.candidates(Some(context))?;
        Some(
            candidates
                .map(|index| rules.rules[index].name.as_str())
                .collect(),
        )
    }

    #[test]
    fn a_rule_that_asks_for_the_client_first_is_run_for_that_client_alone() {
        for rule in [
            r#"if context.clientID == "a" { require_mfa("any"); }"#,
            r#"if context.clientID in ["a", "b"] && truthy(user.name) { require_mfa("any"); }"#,
            r#"if context.clientID == "a" || context.clientID in ["b"] { deny("no"); }"#,
            r#"if context.clientID != "a" { return; } require_mfa("any");"#,
            r#"if !(context.clientID in ["a"]) { return; } deny(user.name);"#,
        ] {
            let rules = among_many(&[rule], Limits::DEFAULT);
            assert_eq!(
                run_for(&rules, &json!({ "clientID": "a" })),
                Some(vec!["rule-0"]),
                "{rule}"
            );
            assert_eq!(
                run_for(&rules, &json!({ "clientID": "c" })),
                Some(vec![]),
                "{rule}"
            );
            assert_eq!(run_for(&rules, &json!({})), Some(vec![]), "{rule}");
        }
    }

    #[test]
    fn a_rule_that_does_anything_else_first_is_run_for_every_client() {
        for rule in [
            r#"if truthy(user.a.b) && context.clientID == "a" { require_mfa("any"); }"#,
            r#"if context.clientID == "a" { require_mfa("any"); } else { deny("no"); }"#,
            r#"if context.clientID == "a" { require_mfa("any"); } deny("no");"#,
            r#"if context.clientID != "a" { deny("no"); }"#,
            r#"if !(context.clientID in ["a", ()]) { return; } deny("no");"#,
            r#"if context.clientID == "a" || user.name == "a" { require_mfa("any"); }"#,
            r#"if context.clientID == user.name { require_mfa("any"); }"#,
            r#"if context.client == "a" { require_mfa("any"); }"#,
            r#"if user.clientID == "a" { require_mfa("any"); }"#,
            r#"let f = user.a.b; if context.clientID == "a" { require_mfa("any"); }"#,
        ] {
            let rules = among_many(&[rule], Limits::DEFAULT);
            let run = run_for(&rules, &json!({ "clientID": "c" }));
            assert_eq!(run, Some(vec!["rule-0"]), "{rule}");
        }
    }

    #[test]
    fn an_odd_client_is_for_every_rule_to_see() {
        let rules = among_many(&[], Limits::DEFAULT);
        for odd in [json!(1), json!(["other-1"]), json!({}), json!(true)] {
            assert_eq!(run_for(&rules, &json!({ "clientID": odd })), None);
        }
    }

    #[test]
    fn a_limit_that_asking_would_reach_is_reached() {
        let limits = Limits::DEFAULT.with_operations(1);
        let rules = among_many(&[r#"if context.clientID == "a" { deny("no"); }"#], limits);
        let context = json!({ "clientID": "c" });
        let outcome = rules.decide(&Login::new(chrono::DateTime::UNIX_EPOCH).context(&context));
        assert!(!outcome.errors().is_empty());
    }

    #[test]
    fn a_limit_that_the_variables_would_reach_is_reached() {
        for rule in [
            r#"if context.clientID == "a" { let name = user.name; deny(name); }"#,
            r#"if context.clientID != "a" { return; } let name = user.name; deny(name);"#,
        ] {
            let rules = among_many(&[rule], Limits::DEFAULT.with_memory(1));
            let context = json!({ "clientID": "c" });
            let login = Login::new(chrono::DateTime::UNIX_EPOCH).context(&context);
            assert!(!rules.decide(&login).errors().is_empty(), "{rule}");
        }
    }

    #[test]
    fn an_index_changes_nothing_in_the_outcome() {
        let mut builder = RuleSet::builder();
        for index in 0..30 {
            let client = format!("client-{}", index % 7);
            let rule = match index % 5 {
                0 => format!(r#"if context.clientID == "{client}" {{ user.last = {index}; }}"#),
                1 => format!(r#"if context.clientID == "{client}" {{ require_mfa("any"); }}"#),
                2 => format!(
                    r#"if context.clientID in ["{client}"] && user.n == {index} {{ deny("{index}"); }}"#
                ),
                3 => format!(
                    r#"if context.clientID != "{client}" {{ return; }} if user.n.x {{ deny("x"); }}"#
                ),
                _ => "user.seen = (user.seen ?? 0) + 1;".to_owned(),
            };
            let mut rule =
                RuleSource::new(format!("rule-{index}"), rule).on_error(OnError::Challenge);
            if index % 6 == 0 {
                rule = rule.applies_to(AppliesTo::default().clients([client]));
            }
            builder = builder.rule(rule);
        }
        let rules = builder.compile().unwrap();
        assert!(rules.index.is_some());
        let without = RuleSet {
            index: None,
            ..rules.clone()
        };
        let clients = (0..9).map(|client| json!(format!("client-{client}")));
        for client in clients.chain([json!(null), json!(1), json!(["client-1"])]) {
            for n in [json!(2), json!(7), json!(null), json!({ "x": true })] {
                let (user, context) = (json!({ "n": n }), json!({ "clientID": client }));
                let now = chrono::DateTime::UNIX_EPOCH;
                let login = Login::new(now).user(&user).context(&context);
                let observe = Observe::decision().and_full();
                let with = json!(rules.decide_observed(&login, observe));
                assert_eq!(with, json!(without.decide_observed(&login, observe)));
                let traced = rules.decide_observed(&login, observe.and_trace());
                assert_eq!(with["rules"], json!(traced)["rules"]);
            }
        }
    }
}
