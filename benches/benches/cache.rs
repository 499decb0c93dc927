//! What a set costs whose rules are there already, and a decision by the key of a tenant.

use chrono::DateTime;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mfa_benches::{LARGER_RULE, SEED_RULE, configuration, decide_by_engine, logins};
use mfa_rules::{Login, RuleCache, RuleSet, RuleSetBuilder, Tenants};
use serde_json::json;
use std::convert::Infallible;
use std::hint::black_box;

const TENANTS: usize = 1_000;

fn rules() -> RuleSetBuilder {
    RuleSet::builder()
        .rule(("clients-with-mfa", SEED_RULE))
        .rule(("larger", LARGER_RULE))
        .configuration(configuration())
}

/// A set of two rules, one small and one large.
fn rule_set(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("make a rule set");
    group.bench_function("without a cache", |bencher| {
        bencher.iter(|| black_box(rules()).compile());
    });
    group.bench_function("rules not in the cache", |bencher| {
        let cache = RuleCache::default();
        let mut number = 0_u64;
        let unknown = || {
            number = number.wrapping_add(1);
            RuleSet::builder()
                .rule(("clients-with-mfa", format!("{SEED_RULE}// {number}")))
                .rule(("larger", format!("{LARGER_RULE}// {number}")))
                .configuration(configuration())
        };
        let compile = |rules: RuleSetBuilder| rules.cache(&cache).compile();
        bencher.iter_batched(unknown, compile, BatchSize::SmallInput);
    });
    let cache = RuleCache::default();
    assert!(rules().cache(&cache).compile().is_ok());
    group.bench_function("rules in the cache", |bencher| {
        bencher.iter(|| black_box(rules()).cache(&cache).compile());
    });
    assert_eq!(cache.figures().fills, 2);
    group.finish();
}

/// A decision by the seed's rule, of one of a thousand tenants.
fn tenants(criterion: &mut Criterion) {
    let load = |tenant: &str| {
        let configuration = [
            configuration(),
            [("TENANT".to_owned(), json!(tenant))].into_iter().collect(),
        ];
        let builder = RuleSet::builder().rule(("clients-with-mfa", SEED_RULE));
        Ok::<_, Infallible>(builder.configuration(configuration.into_iter().flatten().collect()))
    };
    let tenants: Tenants<String> = Tenants::new(&RuleCache::default(), 1 << 30);
    let keys: Vec<String> = (0..TENANTS).map(|key| format!("tenant-{key}")).collect();
    for key in &keys {
        assert!(tenants.get_or_load(key, || load(key)).is_ok());
    }
    let logins = logins();
    let now = DateTime::UNIX_EPOCH;

    let mut group = criterion.benchmark_group("tenants");
    let mut next = keys.iter().cycle();
    group.bench_function("policy of a tenant", |bencher| {
        bencher.iter(|| {
            let key = next.next()?;
            tenants.get_or_load(black_box(key), || load(key)).ok()
        });
    });
    let mut next = keys.iter().cycle().zip(logins.iter().cycle());
    group.bench_function("policy of a tenant, and a decision", |bencher| {
        bencher.iter(|| {
            let (key, login) = next.next()?;
            let policy = tenants.get_or_load(black_box(key), || load(key)).ok()?;
            let login = Login::new(now).user(&login.user).context(&login.context);
            Some(policy.decide(&login).decision())
        });
    });
    let policy = keys.first().and_then(|key| tenants.loaded(key.as_str()));
    let mut next = logins.iter().cycle();
    group.bench_function("a decision alone", |bencher| {
        bencher.iter(|| {
            let login = black_box(next.next()?);
            let rules = policy.as_ref()?.rules();
            Some(decide_by_engine(rules, login, now).decision())
        });
    });
    group.bench_function("load a tenant", |bencher| {
        bencher.iter(|| {
            let key = black_box("tenant-0");
            tenants.refresh(key, || load(key)).is_ok()
        });
    });
    group.finish();
}

criterion_group!(benches, rule_set, tenants);
criterion_main!(benches);
