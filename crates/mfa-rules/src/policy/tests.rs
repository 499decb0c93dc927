use super::{Decided, Difference, Policy, SeenLogin};
use crate::entrance::sealed::Read;
use crate::login::Login;
use crate::observe::Observe;
use crate::outcome::{Decision, Outcome};
use crate::read_set::{Paths, ReadPart, ReadSet};
use crate::rule_set::RuleSet;
use crate::secret::Secret;
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

/// A form of login whose member `user.broken` cannot be read.
struct Form {
    user: Json,
    broken: fn() -> String,
    reads: RefCell<Vec<ReadSet>>,
}

impl Read for Form {
    fn time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn read<T>(&self, reads: &ReadSet, then: impl FnOnce(Result<&Login<'_>, String>) -> T) -> T {
        self.reads.borrow_mut().push(reads.clone());
        if reads.user().member("broken").is_some() && self.user.get("broken").is_some() {
            return then(Err((self.broken)()));
        }
        let user = reads.user().project(&self.user);
        then(Ok(&Login::new(self.time()).user(&user)))
    }
}

fn form(user: Json) -> Form {
    Form {
        user,
        broken: || "`broken` is broken".to_owned(),
        reads: RefCell::default(),
    }
}

fn reads(user: &[&str]) -> ReadSet {
    let mut reads = ReadSet::default();
    for name in user {
        reads.user.add([*name], ReadPart::Whole);
    }
    reads
}

/// A rule set that looks at these members of `user`.
fn rules(source: &str, looks_at: &[&str]) -> Arc<RuleSet> {
    let mut rules = RuleSet::from_source("rule", source).unwrap();
    rules.reads = Arc::new(reads(looks_at));
    Arc::new(rules)
}

/// What an observer has seen of a decision.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    login: Option<SeenLogin>,
    shadow: Option<(Json, Vec<Difference>)>,
}

/// The outcome, and what an observer has seen.
fn watch(policy: &Policy, login: &impl Read) -> (Json, Seen) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let by_observer = Arc::clone(&seen);
    let policy = policy
        .clone()
        .with_observer(Arc::new(move |decided: &Decided<'_>| {
            by_observer.lock().unwrap().push(Seen {
                login: decided.login(),
                shadow: decided
                    .shadow()
                    .map(|shadow| (json!(shadow.outcome()), shadow.differences().to_vec())),
            });
        }));
    let outcome = json!(policy.decide(login));
    let [seen] = &seen.lock().unwrap()[..] else {
        panic!("one decision is seen once");
    };
    (outcome, seen.clone())
}

const CURRENT: &str = r#"if user.name == "ann" { require_mfa("any"); }"#;
const CANDIDATE: &str = r#"if user.broken == 1 { skip_mfa(); } else { deny("no"); }"#;

#[test]
fn a_login_is_read_once_for_both_rule_sets() {
    let policy =
        Policy::new(rules(CURRENT, &["name"])).with_shadow(rules(CANDIDATE, &["age", "broken"]));
    let form = form(json!({ "name": "ann", "age": 7, "mail": "a" }));
    let (outcome, seen) = watch(&policy, &form);
    assert_eq!(outcome["decision"], "required");
    let both = reads(&["age", "broken", "name"]);
    assert_eq!(form.reads.into_inner(), [both]);
    let (shadow, differences) = seen.shadow.unwrap();
    assert_eq!(shadow["decision"], "denied");
    assert_eq!(
        differences,
        [
            Difference::Decision,
            Difference::Multifactor,
            Difference::Denied
        ]
    );
    // What either can look at is seen, and nothing else.
    assert_eq!(
        seen.login.unwrap().user,
        Some(json!({ "name": "ann", "age": 7 }))
    );
}

#[test]
fn a_part_that_only_the_candidate_looks_at_cannot_deny_the_login() {
    let current = rules(CURRENT, &["name"]);
    let policy = Policy::new(Arc::clone(&current)).with_shadow(rules(CANDIDATE, &["broken"]));
    let says_so: fn() -> String = || "`broken` is broken".to_owned();
    let panics: fn() -> String = || panic!("a panic for testing");
    for (broken, message) in [
        (says_so, "`broken` is broken"),
        (panics, "what the candidate looks at cannot be read"),
    ] {
        let form = Form {
            broken,
            ..form(json!({ "name": "ann", "broken": 1 }))
        };
        let (outcome, seen) = watch(&policy, &form);
        let (both, own) = (reads(&["broken", "name"]), reads(&["name"]));
        assert_eq!(form.reads.take(), [both, own]);
        assert_eq!(outcome, json!(current.decide(&form)));
        assert_eq!(outcome["decision"], "required");
        let (shadow, _) = seen.shadow.unwrap();
        assert_eq!(shadow["errors"][0]["code"], "input");
        assert_eq!(shadow["errors"][0]["message"], message);
        assert_eq!(seen.login.unwrap().user, Some(json!({ "name": "ann" })));
    }
}

#[test]
fn a_login_that_cannot_be_read_is_denied_and_seen_without_its_parts() {
    let current = rules(CURRENT, &["broken"]);
    for policy in [
        Policy::new(Arc::clone(&current)),
        Policy::new(Arc::clone(&current)).with_shadow(rules(CANDIDATE, &["broken"])),
    ] {
        let form = form(json!({ "broken": 1 }));
        let (outcome, seen) = watch(&policy, &form);
        assert_eq!(outcome, json!(current.decide(&form)));
        assert_eq!(outcome["errors"][0]["message"], "`broken` is broken");
        assert_eq!(seen.login, None);
        if policy.shadow().is_some() {
            let (_, differences) = seen.shadow.unwrap();
            assert_eq!(differences, []);
        }
    }
}

#[test]
fn nobody_reads_for_a_candidate_that_nobody_watches() {
    let policy = Policy::new(rules(CURRENT, &["name"])).with_shadow(rules(CANDIDATE, &["broken"]));
    let form = form(json!({ "name": "ann", "broken": 1 }));
    assert_eq!(policy.decide(&form).decision(), Decision::Required);
    assert_eq!(form.reads.into_inner(), [reads(&["name"])]);
}

#[test]
fn a_full_outcome_takes_everything_and_observers_still_see_what_rules_can() {
    let policy = Policy::new(rules(CURRENT, &["name"]));
    let seen = Arc::new(Mutex::new(None));
    let by_observer = Arc::clone(&seen);
    let policy = policy.with_observer(Arc::new(move |decided: &Decided<'_>| {
        *by_observer.lock().unwrap() = decided.login().and_then(|login| login.user);
    }));
    let form = form(json!({ "name": "ann", "age": 7 }));
    let outcome = policy.decide_observed(&form, Observe::decision().and_full());
    assert_eq!(outcome.user(), Some(&json!({ "name": "ann", "age": 7 })));
    assert_eq!(*seen.lock().unwrap(), Some(json!({ "name": "ann" })));
}

#[test]
fn configuration_is_seen_without_what_a_secret_hides_and_facts_that_are_asked_for() {
    let rules = RuleSet::builder()
        .rule((
            "rule",
            "let nothing = configuration; let risk = fact(\"risk\");",
        ))
        .secret("KEY", Secret::new("of the set".to_owned()))
        .compile()
        .unwrap();
    let given = json!({ "KEY": "of the login", "LIST": [1] });
    let facts = json!({ "risk": { "score": 3 }, "candidate": 1, "ssn": "123-45" });
    let login = Login::new(DateTime::UNIX_EPOCH)
        .configuration(given.as_object().unwrap())
        .facts(facts.as_object().unwrap());
    let candidate =
        RuleSet::from_source("candidate", "let nothing = fact(\"candidate\");").unwrap();
    let policy = Policy::new(rules);
    let (_, seen) = watch(&policy.clone().with_shadow(Arc::new(candidate)), &login);
    let both = json!({ "risk": { "score": 3 }, "candidate": 1 });
    assert_eq!(seen.login.unwrap().facts, Some(both));
    let (_, seen) = watch(&policy, &login);
    let seen = seen.login.unwrap();
    assert_eq!(seen.configuration, Some(json!({ "LIST": [1] })));
    assert_eq!(seen.facts, Some(json!({ "risk": { "score": 3 } })));
    assert_eq!((seen.user, seen.context), (None, None));
}

/// Arrays in each other.
fn nested(levels: usize) -> Json {
    (1..levels).fold(json!([]), |inner, _| Json::Array(vec![inner]))
}

#[test]
fn a_part_is_seen_as_deep_as_it_can_be_read_back() {
    let readable = |part: &Json| {
        let text = format!("{{\"user\":{part}}}");
        serde_json::from_str::<Json>(&text).is_ok()
    };
    let policy = Policy::new(rules("let nothing = user;", &[]));
    let mut whole = RuleSet::from_source("rule", "let nothing = user;").unwrap();
    Arc::make_mut(&mut whole.reads).user = Paths::everything();
    let whole = Policy::new(whole);
    for (levels, is_too_deep) in [(125, false), (126, true), (10_000, true)] {
        // Dropping the deepest would overflow the stack.
        let user: &Json = Box::leak(Box::new(Json::Object(
            [("deep".to_owned(), nested(levels))].into_iter().collect(),
        )));
        let login = Login::new(DateTime::UNIX_EPOCH).user(user);
        let (_, seen) = watch(&whole, &login);
        let seen = seen.login.unwrap();
        if is_too_deep {
            assert_eq!(
                (seen.user, seen.too_deep),
                (Some(json!("***")), vec!["/user"])
            );
        } else {
            assert_eq!((seen.user.as_ref(), seen.too_deep), (Some(user), vec![]));
        }
        if levels < 1_000 {
            assert_eq!(readable(user), !is_too_deep, "{levels}");
        }
        // What no rule looks at may be as deep as it likes.
        let (_, seen) = watch(&policy, &login);
        assert_eq!(seen.login.unwrap().user, Some(json!({})));
    }
}

#[test]
fn configuration_and_facts_are_seen_as_deep_as_the_rest() {
    let source = "let nothing = configuration; let deep = fact(\"deep\");";
    let policy = Policy::new(RuleSet::from_source("rule", source).unwrap());
    for (levels, is_too_deep) in [(125, false), (126, true)] {
        let members = Json::Object([("deep".to_owned(), nested(levels))].into_iter().collect());
        let members = members.as_object().unwrap();
        let login = Login::new(DateTime::UNIX_EPOCH)
            .configuration(members)
            .facts(members);
        let (_, seen) = watch(&policy, &login);
        let expected: &[&str] = if is_too_deep {
            &["/configuration", "/facts"]
        } else {
            &[]
        };
        assert_eq!(seen.login.unwrap().too_deep, expected, "{levels}");
    }
}

#[test]
fn every_difference_is_found_and_named() {
    let set = |source: &str| RuleSet::from_source("rule", source).unwrap();
    let challenge = |source: &str| {
        let rule = crate::RuleSource::new("rule", source).on_error(crate::OnError::Challenge);
        RuleSet::builder().rule(rule).compile().unwrap()
    };
    let guardian = set(r#"require_mfa("guardian");"#);
    let cases = [
        (set("let a = 1;"), set("let a = 2;"), &[][..]),
        (
            set("let a = 1;"),
            set(r#"require_mfa("any");"#),
            &[Difference::Decision, Difference::Multifactor],
        ),
        (
            guardian,
            set(r#"require_mfa("guardian", #{ allowRememberBrowser: true });"#),
            &[Difference::Multifactor],
        ),
        (
            set(r#"deny("a");"#),
            set(r#"deny("b");"#),
            &[Difference::Denied],
        ),
        (
            set("let a = 1;"),
            set(r#"context.redirect = #{ url: "https://a.example" };"#),
            &[Difference::Redirect],
        ),
        (
            set("user.a = 1;"),
            set("user.a = 2;"),
            &[Difference::Changes],
        ),
        (
            challenge("let a = user.a.b;"),
            challenge("let a = user.a.c;"),
            &[Difference::Errors],
        ),
        // The same error in another line.
        (
            challenge("let a = user.a.b;"),
            challenge("\n  let a = user.a.b;"),
            &[],
        ),
    ];
    let user = json!({ "a": null });
    let login = Login::new(DateTime::UNIX_EPOCH).user(&user);
    for (current, candidate, expected) in &cases {
        let outcomes: [Outcome<'_>; 2] = [current.decide(&login), candidate.decide(&login)];
        let [one, other] = &outcomes;
        assert_eq!(
            Difference::between(one, other),
            *expected,
            "{}",
            json!(outcomes)
        );
    }
    for difference in Difference::ALL {
        assert_eq!(json!(difference), difference.as_str());
    }
}

#[test]
fn another_rule_set_keeps_those_who_watch() {
    let policy = Policy::new(rules(CURRENT, &["name"])).with_shadow(rules(CANDIDATE, &["broken"]));
    let policy = policy.with_rules(rules(r#"deny("closed");"#, &["age"]));
    let form = form(json!({ "name": "ann" }));
    let (outcome, seen) = watch(&policy, &form);
    assert_eq!(outcome["decision"], "denied");
    assert!(seen.shadow.is_some());
    assert_eq!(form.reads.take(), [reads(&["age", "broken"])]);
    let (_, seen) = watch(&policy.without_shadow(), &form);
    assert!(seen.shadow.is_none());
}
