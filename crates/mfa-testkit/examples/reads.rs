//! Cuts many logins down to the read sets of many rules, and prints the first rules for which that
//! changes the outcome: `cargo run -p mfa-testkit --example reads -- FIRST_SEED COUNT`.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a tool for developers"
)]

use mfa_testkit::noise;
use mfa_testkit::reads::{Unsound, cut_down};

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse::<u64>().ok());
    let first = numbers.next().unwrap_or(0);
    let count = numbers.next().unwrap_or(2000);
    let (mut compared, mut cut, mut effects, mut unsound) = (0_u64, 0_u64, 0_u64, 0_u64);
    for seed in first..first + count {
        let rule = noise(seed, 60 + usize::try_from(seed % 500).unwrap_or(0));
        let login = noise(seed + 1_000_000_000, 200);
        let changes = noise(seed + 2_000_000_000, 200);
        match cut_down(&rule, &login, &changes) {
            Ok(None) => {}
            Ok(Some(sound)) => {
                compared += 1;
                cut += u64::from(sound.cut);
                effects += u64::from(sound.effect);
            }
            Err(_) => {
                unsound += 1;
                if unsound <= 3 {
                    print(seed, smallest(&rule, &login, &changes));
                }
            }
        }
    }
    println!("{compared} compared, {cut} cut down, {effects} with an effect, {unsound} unsound");
}

/// The same with as few bytes of the rule as it takes.
fn smallest(rule: &[u8], login: &[u8], changes: &[u8]) -> Option<Box<Unsound>> {
    let mut rule = rule.to_vec();
    let mut chunk = rule.len() / 2;
    while chunk > 0 {
        let mut start = 0;
        while start < rule.len() {
            let mut without = rule.clone();
            without.drain(start..(start + chunk).min(rule.len()));
            if cut_down(&without, login, changes).is_err() {
                rule = without;
            } else {
                start += chunk;
            }
        }
        chunk /= 2;
    }
    cut_down(&rule, login, changes).err()
}

fn print(seed: u64, unsound: Option<Box<Unsound>>) {
    if let Some(unsound) = unsound {
        println!("=== seed {seed}: {unsound}\n");
    }
}
