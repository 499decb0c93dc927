//! What a decision by each rule of the gallery costs, and by ten of them together, beside their
//! twins in Rust.
//!
//! Every iteration takes the next of 256 logins, because a processor learns one that is repeated.

#![expect(
    clippy::expect_used,
    reason = "a bench without its rules has nothing to measure"
)]

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};
use mfa_benches::{
    GalleryLogin, TWINS, Twin, Variety, assert_same_verdicts, decide_by_twins,
    gallery_configuration, gallery_logins, gallery_rule_set, with_claims,
};
use mfa_rules::RuleSet;
use serde_json::{Map, Value as Json};
use std::hint::black_box;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50)
        .configure_from_args();
    let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 256).collect();
    each_rule(&mut criterion, &logins);
    ten_rules(&mut criterion, &logins);
    criterion.final_summary();
}

fn each_rule(criterion: &mut Criterion, logins: &[GalleryLogin]) {
    let mut group = criterion.benchmark_group("gallery");
    let configuration = gallery_configuration();
    for rule in mfa_gallery::rules() {
        let rules = gallery_rule_set([rule.name], configuration.clone());
        let rules = rules.expect("the rule compiles");
        let twins: Vec<Twin> = TWINS
            .into_iter()
            .filter(|twin| twin.rule == rule.name)
            .collect();
        if !twins.is_empty() {
            assert_same_verdicts(&rules, &twins, &configuration, logins);
            by_twins(&mut group, rule.name, &twins, &configuration, logins);
        }
        by_engine(&mut group, rule.name, &rules, logins);
    }
    group.finish();
}

fn ten_rules(criterion: &mut Criterion, logins: &[GalleryLogin]) {
    let mut group = criterion.benchmark_group("ten rules");
    let configuration = gallery_configuration();
    for (name, configuration) in [
        ("no claims", configuration.clone()),
        ("with claims", with_claims(configuration)),
    ] {
        let rules = TWINS.iter().map(|twin| twin.rule);
        let rules = gallery_rule_set(rules, configuration.clone()).expect("the rules compile");
        assert_same_verdicts(&rules, &TWINS, &configuration, logins);
        by_engine(&mut group, name, &rules, logins);
        by_twins(&mut group, name, &TWINS, &configuration, logins);
    }
    group.finish();
}

fn by_engine(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    rules: &RuleSet,
    logins: &[GalleryLogin],
) {
    let mut next = logins.iter().cycle();
    group.bench_function(BenchmarkId::new("engine", name), |bencher| {
        bencher.iter(|| {
            let login = next.next().map(black_box);
            login.map(|login| rules.decide(&login.borrowed()).decision())
        });
    });
}

fn by_twins(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    twins: &[Twin],
    configuration: &Map<String, Json>,
    logins: &[GalleryLogin],
) {
    let mut next = logins.iter().cycle();
    group.bench_function(BenchmarkId::new("hand-written Rust", name), |bencher| {
        bencher.iter(|| {
            let login = next.next().map(black_box)?;
            Some(decide_by_twins(twins, black_box(configuration), login))
        });
    });
}
