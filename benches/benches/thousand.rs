//! What a decision costs by a set of which each rule is for another client: by ten rules and by a
//! thousand, by a client that one of them is for, and by one that none is for.

#![expect(
    clippy::expect_used,
    reason = "a bench without its rules has nothing to measure"
)]

use chrono::DateTime;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mfa_benches::{
    NamedBy, client_rule_set, decide_by_engine, logins_of_clients, logins_of_other_clients,
};
use mfa_rules::Decision;
use std::hint::black_box;

fn bench(criterion: &mut Criterion) {
    for named_by in NamedBy::ALL {
        let mut group = criterion.benchmark_group(format!("rules by {}", named_by.name()));
        for count in [10, 1_000] {
            let rules = client_rule_set(named_by, count).expect("the rules compile");
            for (name, logins, most_required) in [
                ("a client of theirs", logins_of_clients(count), 256),
                ("another client", logins_of_other_clients(), 0),
            ] {
                let decide = |login| decide_by_engine(&rules, login, DateTime::UNIX_EPOCH);
                let outcomes = logins.iter().map(decide);
                let required = outcomes
                    .filter(|outcome| outcome.decision() == Decision::Required)
                    .count();
                assert!(required <= most_required && (required > 64 || most_required == 0));
                let mut next = logins.iter().cycle();
                group.bench_function(BenchmarkId::new(name, count), |bencher| {
                    bencher.iter(|| {
                        let login = next.next().map(black_box);
                        login.map(|login| decide(login).decision())
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
