//! What the generators and the oracle promise each other.

use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::oracle::{self, Ended};
use std::collections::BTreeMap;

/// Bytes that look random and are always the same.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

#[test]
fn stats() {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let mut messages: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..2000 {
        let rule = GeneratedRule::from_bytes(&noise(seed, 600));
        let login = GeneratedLogin::from_bytes(&noise(seed + 1_000_000, 300));
        if let Err(error) = oracle::parse(&rule.source) {
            panic!("{error}\n{rule}");
        }
        match oracle::run(&rule.twin, &login) {
            Ok(run) => {
                let key = match &run.ended {
                    Ended::Denied { error, .. } => format!("denied {error:?}"),
                    Ended::Failed { code, .. } => format!("failed {code}"),
                    other => format!("{other:?}"),
                };
                if key == "failed type" {
                    let message = run.message.unwrap_or_default();
                    let message = message
                        .split(" (line")
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    *messages.entry(message).or_default() += 1;
                }
                *ends.entry(key).or_default() += 1;
            }
            Err(error) => panic!("{error}\n{rule}\n{}", rule.twin),
        }
    }
    println!("{ends:#?}");
    let mut messages: Vec<_> = messages.into_iter().collect();
    messages.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (message, count) in messages.iter().take(40) {
        println!("{count} {message}");
    }
    for seed in 0..0 {
        let rule = GeneratedRule::from_bytes(&noise(seed, 600));
        println!("{rule}\n{}", rule.twin);
    }
}
