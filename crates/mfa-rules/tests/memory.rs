//! What `RuleSet::memory` estimates is near what is really allocated.

#![cfg(test)]

use allocation_counter::measure;
use mfa_rules::{AppliesTo, Login, RuleSet, RuleSetBuilder, RuleSource, Secret};
use serde_json::{Map, Value as Json, json};

const SEED_RULE: &str = include_str!("../../../rules/clients-with-mfa.rhai");
const LARGER_RULE: &str = include_str!("../../../benches/src/larger.rhai");

/// Checks that the estimate for a set is between half and twice of what it allocated, when it was
/// made and after it decided about logins with each of `emails`.
#[track_caller]
fn check(make: impl Fn() -> RuleSetBuilder, emails: &[String]) {
    // What is only made once in a process is not the set's.
    drop(make().compile());
    let mut made = None;
    let compiling = measure(|| made = make().compile().ok());
    let rules = made.expect("the set compiles");
    let users: Vec<Json> = emails
        .iter()
        .map(|email| json!({ "email": email }))
        .collect();
    let deciding = measure(|| {
        for user in &users {
            let now = chrono::DateTime::UNIX_EPOCH;
            drop(rules.decide(&Login::new(now).user(user)));
        }
    });
    let itself = i64::try_from(size_of::<RuleSet>()).unwrap();
    let compiled = compiling.bytes_current + itself;
    let used = compiled + deciding.bytes_current;
    let estimate = i64::try_from(rules.memory().total()).unwrap();
    println!(
        "{compiled} {used} {estimate} {}",
        estimate as f64 / used as f64
    );
    for real in [compiled, used] {
        assert!(
            estimate <= real * 2 && real <= estimate * 2,
            "estimated {estimate}, compiled {compiled}, used {used}"
        );
    }
}

fn rule(source: impl Into<String>) -> RuleSetBuilder {
    RuleSet::builder().rule(("rule", source.into()))
}

fn with_configuration(configuration: Map<String, Json>) -> RuleSetBuilder {
    rule(SEED_RULE).configuration(configuration)
}

/// A hundred addresses, no two of which a pattern goes through alike.
fn emails() -> Vec<String> {
    let kinds = ["ada.lovelace", "Ωμέγα μμμ", "x", "\u{1f600}-\u{e9}t\u{e9}"];
    (0..100)
        .map(|number| {
            let kind = kinds[number % kinds.len()];
            format!("{}{number}@example.com", kind.repeat(number % 9))
        })
        .collect()
}

#[test]
fn of_small_rules() {
    check(|| rule("require_mfa(\"any\");"), &[]);
    check(|| rule(SEED_RULE), &[]);
}

#[test]
fn of_large_rules() {
    check(|| rule(LARGER_RULE), &emails());
    let statements = |count| "if user.a == 1 { require_mfa(\"any\"); }\n".repeat(count);
    check(|| rule(statements(1_000)), &[]);
    check(
        || {
            let cases =
                (0..500).map(|case| format!("\"{case}\" | {case} if true => print({case}),"));
            rule(format!("switch user.a {{ {} }}", cases.collect::<String>()))
        },
        &[],
    );
}

#[test]
fn of_many_rules() {
    let rules = || {
        (0..200).map(|number| {
            let name = format!("rule-{number}");
            let clients = [format!("client-{number}"), "everybody".to_owned()];
            RuleSource::new(name, format!("{SEED_RULE}\nprint({number});"))
                .applies_to(AppliesTo::default().clients(clients))
        })
    };
    check(|| RuleSet::builder().rules(rules()), &[]);
}

#[test]
fn of_patterns() {
    check(|| rule("matches(user.email, `abc|def`);"), &emails());
    check(
        || rule(r"matches(user.email, `\w+\s\p{Greek}{3}@`);"),
        &emails(),
    );
    check(
        || {
            let patterns = (0..20).map(|number| {
                format!("if matches(user.email, `^[a-z.]+{number}@example\\.com$`) {{ print(1); }}")
            });
            rule(patterns.collect::<Vec<_>>().join("\n"))
        },
        &emails(),
    );
}

#[test]
fn of_settings() {
    let Json::Object(small) = json!({ "A": ["payroll", "admin"], "B": { "x": [1, 2, 3] } }) else {
        unreachable!("it is an object");
    };
    check(
        || with_configuration(small.clone()).secret("S", Secret::new("x".repeat(40))),
        &[],
    );
    let clients = || (0..1_000).map(|number| (format!("KEY_{number}"), json!(number.to_string())));
    check(|| with_configuration(clients().collect()), &[]);
    check(
        || {
            let mut members = Map::new();
            for (name, value) in clients() {
                members.insert(name, value);
            }
            with_configuration(members)
        },
        &[],
    );
}

#[test]
fn of_warnings() {
    // FILL
}
