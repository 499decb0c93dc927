//! What single decisions cost: the median of a million, and what the slowest in a hundred and in a
//! thousand take at least.
//!
//! Each is timed alone, so each includes what it takes to read the clock twice, which is measured
//! in the same way.

#![expect(
    clippy::expect_used,
    reason = "a bench without its rules has nothing to measure"
)]
#![expect(clippy::print_stdout, reason = "what is printed is the result")]

use mfa_benches::{
    GalleryLogin, Invocation, TWINS, Variety, assert_same_verdicts, decide_by_twins,
    gallery_configuration, gallery_logins, gallery_rule_set,
};
use std::hint::black_box;
use std::time::Instant;

const DECISIONS: usize = 1_000_000;

/// What is told of all times, in thousandths of their number.
const THOUSANDTHS: [usize; 3] = [500, 990, 999];

fn main() {
    let invocation = Invocation::of_this_process();
    if !invocation.wants("percentiles") {
        return;
    }
    let decisions = invocation.rounds(DECISIONS);
    let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 256).collect();
    println!("| nanoseconds | p50 | p99 | p99.9 | most |");
    println!("| --- | --- | --- | --- | --- |");
    row("nothing but the clock", decisions, &logins, |login| {
        black_box(login);
    });
    let configuration = gallery_configuration();
    for (name, twins) in [
        ("one rule", TWINS.get(..1)),
        ("ten rules", Some(&TWINS[..])),
    ] {
        let twins = twins.expect("there are ten");
        let rules = twins.iter().map(|twin| twin.rule);
        let rules = gallery_rule_set(rules, configuration.clone()).expect("the rules compile");
        assert_same_verdicts(&rules, twins, &configuration, &logins);
        row(&format!("engine, {name}"), decisions, &logins, |login| {
            black_box(rules.decide(&login.borrowed()).decision());
        });
        row(
            &format!("hand-written Rust, {name}"),
            decisions,
            &logins,
            |login| {
                black_box(decide_by_twins(twins, &configuration, login));
            },
        );
    }
}

fn row(name: &str, decisions: usize, logins: &[GalleryLogin], decide: impl Fn(&GalleryLogin)) {
    // The first time around finds empty caches.
    logins.iter().for_each(&decide);
    let mut times: Vec<u64> = logins
        .iter()
        .cycle()
        .take(decisions)
        .map(|login| {
            let begun = Instant::now();
            decide(black_box(login));
            let time = begun.elapsed().as_nanos();
            u64::try_from(time).unwrap_or(u64::MAX)
        })
        .collect();
    times.sort_unstable();
    let at = |thousandths: usize| {
        let index = times.len().saturating_mul(thousandths) / 1_000;
        times.get(index).copied().unwrap_or_default()
    };
    let [median, p99, p999] = THOUSANDTHS.map(at);
    let most = times.last().copied().unwrap_or_default();
    println!("| {name} | {median} | {p99} | {p999} | {most} |");
}
