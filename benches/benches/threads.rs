//! How many decisions two threads make that share one engine, beside one thread.
//!
//! The two take turns, and the hand-written Rust, which shares nothing but what it reads, says what
//! this machine can give to two threads at the moment.

#![expect(
    clippy::expect_used,
    reason = "a bench without its rules has nothing to measure"
)]
#![expect(clippy::print_stdout, reason = "what is printed is the result")]

use mfa_benches::{
    GalleryLogin, Invocation, NamedBy, PATTERNS_RULE, TWINS, Variety, Way, client_rule_set,
    decide_by_twins, gallery_configuration, gallery_logins, gallery_rule_set, interleaved,
    seed_rule_set, time_each,
};
use mfa_rules::{CompileError, RuleSet};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

const ROUNDS: usize = 101;

/// How long each thread is busy in a round, about.
const NANOSECONDS: f64 = 5e6;

type Compile<'c> = &'c dyn Fn() -> Result<RuleSet, CompileError>;

fn main() {
    let invocation = Invocation::of_this_process();
    if !invocation.wants("threads") {
        return;
    }
    let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 256).collect();
    println!("| decisions by | one thread | two threads | times as many |");
    println!("| --- | --- | --- | --- |");
    let configuration = gallery_configuration();
    measure(
        &invocation,
        "hand-written Rust, ten rules",
        &logins,
        |login| {
            black_box(decide_by_twins(&TWINS, &configuration, login));
        },
    );
    let ten = || gallery_rule_set(TWINS.iter().map(|twin| twin.rule), configuration.clone());
    let thousand = || client_rule_set(NamedBy::AppliesTo, 1_000);
    let patterns = || RuleSet::from_source("patterns", PATTERNS_RULE);
    let sets: [(&str, Compile<'_>); 4] = [
        ("the seed's rule", &seed_rule_set),
        ("ten rules", &ten),
        ("a thousand rules", &thousand),
        ("a rule with patterns", &patterns),
    ];
    for (name, compile) in sets {
        let rules = compile().expect("the rules compile");
        for login in &logins {
            assert!(rules.decide(&login.borrowed()).errors().is_empty());
        }
        measure(&invocation, name, &logins, |login| {
            black_box(rules.decide(&login.borrowed()).decision());
        });
    }
}

fn measure(
    invocation: &Invocation,
    name: &str,
    logins: &[GalleryLogin],
    decide: impl Fn(&GalleryLogin) + Sync,
) {
    let passes = passes(time_each(logins, &decide) * 256.0);
    let passes = u32::try_from(invocation.rounds(passes)).unwrap_or(1);
    let decide = &decide;
    let by = |threads| Way::timing_itself(move || time(threads, passes, logins, decide));
    let [one, two] = interleaved(invocation.rounds(ROUNDS), [by(1), by(2)]);
    println!(
        "| {name} | {:.2} million/s | {:.2} million/s | {:.2} |",
        1e3 / one,
        2e3 / two,
        2.0 * one / two
    );
}

/// How often a thread has to go through the logins to be busy for a while.
fn passes(nanoseconds: f64) -> usize {
    (1..1_000_usize)
        .zip(1_u32..)
        .find(|(_, passes)| f64::from(*passes) * nanoseconds >= NANOSECONDS)
        .map_or(1_000, |(passes, _)| passes)
}

/// The nanoseconds per decision of the slowest of the threads, which begin together.
fn time(
    threads: usize,
    passes: u32,
    logins: &[GalleryLogin],
    decide: &(impl Fn(&GalleryLogin) + Sync),
) -> f64 {
    let begin = Barrier::new(threads);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    begin.wait();
                    let times = (0..passes).map(|_| time_each(logins, decide));
                    times.sum::<f64>() / f64::from(passes)
                })
            })
            .collect();
        let times = threads.into_iter().map(thread::ScopedJoinHandle::join);
        times
            .map(|time| time.expect("deciding does not panic"))
            .fold(0.0, f64::max)
    })
}
