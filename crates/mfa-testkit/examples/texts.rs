//! Reads many JSON texts, in any spelling and with damage, as `serde_json` does, and counts them:
//! `cargo run --release -p mfa-testkit --example texts -- FIRST_SEED COUNT`.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a tool for developers"
)]

use mfa_testkit::{fuzz, noise, texts};
use serde_json::Value as Json;

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse::<u64>().ok());
    let first = numbers.next().unwrap_or(0);
    let count = numbers.next().unwrap_or(100_000);
    let (mut read, mut refused) = (0_u64, 0_u64);
    for seed in first..first + count {
        let length = 40 + usize::try_from(seed % 600).unwrap_or(0);
        let mut bytes = noise(seed, length);
        // Noise as it is would hardly ever be JSON.
        if let (Some(kind), Ok(chosen)) = (bytes.first_mut(), u8::try_from(seed % 3)) {
            *kind = 1 + chosen;
        }
        // It panics where something differs.
        fuzz::json_text(&bytes);
        match serde_json::from_slice::<Json>(&texts::from_bytes(&bytes)) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
    }
    println!("{read} texts are read, and {refused} are refused, as `serde_json` does it");
}
