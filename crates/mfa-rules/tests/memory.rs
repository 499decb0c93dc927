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
    let compiled = compiling.bytes_current.saturating_add(itself());
    let used = compiled.saturating_add(deciding.bytes_current);
    let estimate = rules.memory().total();
    assert_near(estimate, compiled);
    assert_near(estimate, used);
}

/// The set itself, which is not allocated.
fn itself() -> i64 {
    i64::try_from(size_of::<RuleSet>()).unwrap()
}

#[track_caller]
fn assert_near(estimate: impl TryInto<i64>, real: i64) {
    let estimate = estimate.try_into().ok().expect("it fits");
    assert!(
        estimate <= real.saturating_mul(2) && real <= estimate.saturating_mul(2),
        "estimated {estimate}, really {real}"
    );
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
    kinds
        .iter()
        .cycle()
        .zip(0..100_usize)
        .map(|(kind, number)| format!("{}{number}@example.com", kind.repeat(number.min(9))))
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
    let small = Map::from_iter([
        ("A".to_owned(), json!(["payroll", "admin"])),
        ("B".to_owned(), json!({ "x": [1, 2, 3] })),
    ]);
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
    let statements = || (0..40).map(|number| format!("user.a == {number};\n"));
    check(|| rule(statements().collect::<String>() + "print(1);"), &[]);
}

/// Sets that share their rules take, each for itself, what `own` says.
#[cfg(feature = "cache")]
#[test]
fn of_sets_that_share_rules() {
    use mfa_rules::RuleCache;

    let cache = RuleCache::default();
    let make = || {
        let rules = (0..10).map(|number| (format!("rule-{number}"), SEED_RULE));
        let set = RuleSet::builder().rules(rules).cache(&cache);
        set.compile().expect("the set compiles")
    };
    let first = make();
    drop(make());
    let mut made = None;
    let shared = measure(|| made = Some(make())).bytes_current;
    let real = shared + i64::try_from(size_of::<RuleSet>()).unwrap();
    let own = i64::try_from(first.memory().own).unwrap();
    assert!(
        own <= real * 2 && real <= own * 2,
        "estimated {own}, {real}"
    );
    // What is shared would be some thousand bytes more.
    assert!(i64::try_from(first.memory().rules).unwrap() > real * 4);
    drop(made);
}

/// What a cache says that its entries weigh is what it takes, itself included.
#[cfg(feature = "cache")]
#[test]
fn of_caches() {
    use mfa_rules::{CacheFigures, RuleCache, Tenants};
    use std::convert::Infallible;

    #[track_caller]
    fn check(figures: CacheFigures, real: i64) {
        assert_eq!(figures.entries, 2_000);
        assert_near(figures.weight, real);
    }

    fn tenant(number: i32) -> RuleSetBuilder {
        let mut configuration = Map::new();
        configuration.insert("A".to_owned(), json!(number));
        with_configuration(configuration)
    }

    let rules = RuleCache::default();
    let compiling = measure(|| {
        for number in 0..2_000 {
            let set = rule(format!("print({number});")).cache(&rules).compile();
            assert!(set.is_ok());
        }
    });
    check(rules.figures(), compiling.bytes_current);

    let tenants = Tenants::new(&rules, 1 << 30);
    drop(tenant(0).cache(&rules).compile());
    let loading = measure(|| {
        for number in 0..2_000 {
            let load = || Ok::<_, Infallible>(tenant(number));
            assert!(tenants.get_or_load(&number, load).is_ok());
        }
    });
    check(tenants.figures(), loading.bytes_current);
}
