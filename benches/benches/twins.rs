//! How many times as long as its twin in Rust a rule takes: measured in turn, as a table.

#![expect(
    clippy::expect_used,
    reason = "a bench without its rules has nothing to measure"
)]
#![expect(clippy::print_stdout, reason = "what is printed is the result")]

use mfa_benches::{
    GalleryLogin, Invocation, TWINS, Twin, Variety, Way, assert_same_verdicts, decide_by_twins,
    gallery_configuration, gallery_logins, gallery_rule_set, interleaved, with_claims,
};
use serde_json::{Map, Value as Json};
use std::hint::black_box;

const ROUNDS: usize = 201;

fn main() {
    let invocation = Invocation::of_this_process();
    if !invocation.wants("twins") {
        return;
    }
    let rounds = invocation.rounds(ROUNDS);
    let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 256).collect();
    let configuration = gallery_configuration();
    println!("| rule | engine | hand-written Rust | times as long |");
    println!("| --- | --- | --- | --- |");
    for twin in TWINS {
        let name = format!("`{}`", twin.rule);
        row(&name, &[twin], &configuration, &logins, rounds);
    }
    row("all ten", &TWINS, &configuration, &logins, rounds);
    let configuration = with_claims(configuration);
    row(
        "all ten, with claims",
        &TWINS,
        &configuration,
        &logins,
        rounds,
    );
}

fn row(
    name: &str,
    twins: &[Twin],
    configuration: &Map<String, Json>,
    logins: &[GalleryLogin],
    rounds: usize,
) {
    let names = twins.iter().map(|twin| twin.rule);
    let rules = gallery_rule_set(names, configuration.clone()).expect("the rules compile");
    assert_same_verdicts(&rules, twins, configuration, logins);
    let engine = Way::new(logins, |login| {
        black_box(rules.decide(&login.borrowed()).decision());
    });
    let by_hand = Way::new(logins, |login| {
        black_box(decide_by_twins(twins, black_box(configuration), login));
    });
    let [engine, by_hand] = interleaved(rounds, [engine, by_hand]);
    let ratio = engine / by_hand;
    println!("| {name} | {engine:.0} ns | {by_hand:.0} ns | {ratio:.1} |");
}
