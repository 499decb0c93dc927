//! What compiling a rule costs, checks included.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mfa_benches::{LARGER_RULE, SEED_RULE};
use mfa_rules::{Code, RuleSet};
use std::hint::black_box;

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for (name, source) in [("seed rule", SEED_RULE), ("larger rule", LARGER_RULE)] {
        assert!(RuleSet::from_source(name, source).is_ok(), "{name}");
        let bytes = u64::try_from(source.len()).unwrap_or_default();
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(name, |bencher| {
            bencher.iter(|| RuleSet::from_source("rule", black_box(source)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("refuse");
    let lost = "let c = context;\nc.multifactor = #{ provider: \"any\" };";
    let refused = RuleSet::from_source("rule", lost).err();
    let codes: Vec<Code> = refused.map_or_else(Vec::new, |refused| {
        let diagnostics = refused.diagnostics().iter();
        diagnostics.map(|diagnostic| diagnostic.code).collect()
    });
    assert_eq!(codes, [Code::LostWrite]);
    group.bench_function("a write that would be lost", |bencher| {
        bencher.iter(|| RuleSet::from_source("rule", black_box(lost)));
    });
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
