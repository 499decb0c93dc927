//! What it costs to watch decisions: a policy without an observer, with one, with a shadow, with a
//! decision log.
//!
//! Every iteration takes the next of 256 logins, because a processor learns one that is repeated.

use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use mfa_benches::{LoginDocument, logins, seed_rule_set};
use mfa_rules::{Decided, DecisionLog, Login, Mask, Observe, Outcome, Policy, RuleSet};
use std::hint::black_box;
use std::io;
use std::sync::Arc;

fn bench(criterion: &mut Criterion) {
    #[expect(
        clippy::expect_used,
        reason = "a bench without its rule has nothing to measure"
    )]
    let rules = Arc::new(seed_rule_set().expect("the rule compiles"));
    #[expect(
        clippy::expect_used,
        reason = "a bench without its mask has nothing to measure"
    )]
    let mask = Mask::new(["/user/email", "/context/request/ip"]).expect("they are pointers");
    let policy = || Policy::new(Arc::clone(&rules));
    let observed = || {
        policy().with_observer(Arc::new(|decided: &Decided<'_>| {
            black_box((decided.outcome().decision(), decided.elapsed()));
        }))
    };
    let log = || DecisionLog::new(io::sink());
    let policies = [
        ("nobody", policy()),
        ("an observer", observed()),
        (
            "an observer, a shadow",
            observed().with_shadow(Arc::clone(&rules)),
        ),
        ("a decision log", policy().with_observer(Arc::new(log()))),
        (
            "a decision log with masks",
            policy().with_observer(Arc::new(log().with_mask(mask))),
        ),
    ];
    let logins = logins();
    let mut group = criterion.benchmark_group("observe");
    let mut next = logins.iter().cycle();
    group.bench_function("the rule set alone", |bencher| {
        bencher.iter(|| {
            let login = next.next();
            login.map(|login| decide(&rules, black_box(login)).decision())
        });
    });
    for (name, policy) in &policies {
        for login in &logins {
            let alone = format!("{:?}", decide(&rules, login));
            let watched = format!("{:?}", policy.decide(&borrowed(login)));
            assert_eq!(alone, watched, "{name}");
        }
        let mut next = logins.iter().cycle();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let login = next.next();
                login.map(|login| policy.decide(&borrowed(black_box(login))).decision())
            });
        });
    }
    group.finish();
}

fn decide<'r>(rules: &'r RuleSet, login: &LoginDocument) -> Outcome<'r> {
    rules.decide_observed(&borrowed(login), Observe::decision())
}

fn borrowed(login: &LoginDocument) -> Login<'_> {
    Login::new(DateTime::UNIX_EPOCH)
        .user(&login.user)
        .context(&login.context)
}

criterion_group!(benches, bench);
criterion_main!(benches);
