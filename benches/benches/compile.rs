//! What compiling a rule costs, checks included, and how much of it is the work of Rhai's parser.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use mfa_benches::{LARGER_RULE, SEED_RULE, rhai_parser};
use mfa_rules::{Code, RuleSet};
use std::hint::black_box;
use std::time::Duration;

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

/// Every rule of the gallery, and the same text by Rhai's parser alone.
fn gallery(criterion: &mut Criterion) {
    let parser = rhai_parser();
    let mut group = criterion.benchmark_group("compile the gallery");
    for rule in mfa_gallery::rules() {
        let name = rule.name;
        assert!(RuleSet::from_source(name, rule.script).is_ok(), "{name}");
        assert!(parser.compile(rule.script).is_ok(), "{name}");
        group.bench_function(BenchmarkId::new("engine", name), |bencher| {
            bencher.iter(|| RuleSet::from_source(name, black_box(rule.script)));
        });
        group.bench_function(BenchmarkId::new("Rhai's parser alone", name), |bencher| {
            bencher.iter(|| parser.compile(black_box(rule.script)));
        });
    }
    group.finish();
}

criterion_group!(benches, compile);
criterion_group! {
    name = gallery_benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20);
    targets = gallery
}

fn main() {
    benches();
    gallery_benches();
    Criterion::default().configure_from_args().final_summary();
}
