//! What a decision by the seed's rule costs over ready `serde_json::Value`s, beside two other ways
//! to make the same decision.
//!
//! Every iteration takes the next of 256 logins, because a processor learns one that is repeated.

use chrono::{DateTime, Utc};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mfa_benches::{
    Asked, LoginDocument, RhaiEngine, configuration, decide, decide_by_engine, logins,
    seed_rule_set,
};
use mfa_rules::{Decision, Provider, Remember, RuleSet};
use std::hint::black_box;

/// A kind of login, and whether one of them is of that kind.
type Kind = (&'static str, fn(bool) -> bool);

const KINDS: [Kind; 3] = [
    ("required", |asked| asked),
    ("not required", |asked| !asked),
    ("mixed", |_| true),
];

fn bench(criterion: &mut Criterion) {
    #[expect(
        clippy::expect_used,
        reason = "a bench without its rule has nothing to measure"
    )]
    let rule_set = seed_rule_set().expect("the rule compiles");
    #[expect(
        clippy::expect_used,
        reason = "a bench without its baseline has nothing to measure"
    )]
    let rhai = RhaiEngine::new(&configuration()).expect("the rule compiles");
    let configuration = configuration();
    let now = DateTime::UNIX_EPOCH;
    let mut group = criterion.benchmark_group("decide");
    for (kind, is_of_kind) in KINDS {
        let logins: Vec<LoginDocument> = logins()
            .into_iter()
            .filter(|login| {
                is_of_kind(decide(&configuration, &login.user, &login.context).is_some())
            })
            .collect();
        assert!(logins.len() >= 64, "{kind}: {}", logins.len());
        for login in &logins {
            let rust = decide(&configuration, &login.user, &login.context);
            assert_eq!(rust, by_engine(&rule_set, login, now), "{}", login.context);
            assert_eq!(Some(rust), rhai.decide(login).ok(), "{}", login.context);
        }

        let mut next = logins.iter().cycle();
        group.bench_function(BenchmarkId::new("engine", kind), |bencher| {
            bencher.iter(|| {
                let login = next.next();
                login.map(|login| decide_by_engine(&rule_set, black_box(login), now).decision())
            });
        });
        let mut next = logins.iter().cycle();
        group.bench_function(BenchmarkId::new("hand-written Rust", kind), |bencher| {
            bencher.iter(|| {
                let login = next.next().map(black_box);
                login.map(|login| decide(black_box(&configuration), &login.user, &login.context))
            });
        });
        let mut next = logins.iter().cycle();
        group.bench_function(BenchmarkId::new("Rhai, login converted", kind), |bencher| {
            bencher.iter(|| {
                let login = next.next();
                login.map(|login| rhai.decide(black_box(login)))
            });
        });
    }
    group.finish();
}

/// The decision of the engine in the terms of the others.
fn by_engine(rule_set: &RuleSet, login: &LoginDocument, now: DateTime<Utc>) -> Option<Asked> {
    let outcome = decide_by_engine(rule_set, login, now);
    assert_ne!(outcome.decision(), Decision::Denied);
    let multifactor = outcome.multifactor()?;
    assert_eq!(multifactor.provider(), Provider::Guardian);
    Some(Asked {
        remember_browser: multifactor.remember_browser() == Remember::Browser,
    })
}

criterion_group!(benches, bench);
criterion_main!(benches);
