//! Compares many generated rules and prints one small rule for each kind of disagreement:
//! `cargo run -p mfa-testkit --example survey -- FIRST_SEED COUNT`.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a tool for developers"
)]

use mfa_testkit::agree::{Disagreement, Verdict, agree};
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::noise;
use std::collections::BTreeMap;

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse::<u64>().ok());
    let first = numbers.next().unwrap_or(0);
    let count = numbers.next().unwrap_or(2000);
    let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
    let mut examples: BTreeMap<String, (u64, Vec<u8>, Vec<u8>)> = BTreeMap::new();
    for seed in first..first + count {
        let rule = noise(seed, 60 + usize::try_from(seed % 500).unwrap_or(0));
        let login = noise(seed + 1_000_000_000, 200);
        match compare(&rule, &login) {
            Ok(verdict) => *verdicts.entry(format!("{verdict:?}")).or_default() += 1,
            Err(disagreement) => {
                let example = examples
                    .entry(disagreement.kind())
                    .or_insert((0, rule, login));
                example.0 += 1;
            }
        }
    }
    println!("{verdicts:#?}");
    for (kind, (count, rule, login)) in examples {
        let same = |rule: &[u8], login: &[u8]| {
            compare(rule, login).is_err_and(|disagreement| disagreement.kind() == kind)
        };
        let rule = shrink(rule, |rule| same(rule, &login));
        let login = shrink(login, |login| same(&rule, login));
        if let Err(disagreement) = compare(&rule, &login) {
            println!("=== {count} times: {kind}\n{disagreement}\n");
        }
    }
}

fn compare(rule: &[u8], login: &[u8]) -> Result<Verdict, Box<Disagreement>> {
    agree(
        &GeneratedRule::from_bytes(rule),
        &GeneratedLogin::from_bytes(login),
    )
}

/// Removes and zeroes bytes as long as `holds`.
fn shrink(mut bytes: Vec<u8>, holds: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut chunk = bytes.len() / 2;
    while chunk > 0 {
        let mut start = 0;
        while start < bytes.len() {
            let end = (start + chunk).min(bytes.len());
            let mut without = bytes.clone();
            without.drain(start..end);
            let mut zeroed = bytes.clone();
            zeroed[start..end].fill(0);
            if holds(&without) {
                bytes = without;
            } else {
                if zeroed != bytes && holds(&zeroed) {
                    bytes = zeroed;
                }
                start += chunk;
            }
        }
        chunk /= 2;
    }
    bytes
}
