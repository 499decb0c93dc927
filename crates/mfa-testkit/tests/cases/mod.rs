//! How laws are tried.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

/// How often each law is tried, each time on the same rules and logins. With `MFA_CASES` it is so
/// many times as often, and on others each time.
pub(crate) fn cases(normally: u32) -> ProptestConfig {
    let factor = std::env::var("MFA_CASES").ok();
    let factor: Option<u32> = factor.and_then(|factor| factor.parse().ok());
    let rng_seed = match factor {
        Some(_) => RngSeed::Random,
        None => RngSeed::Fixed(1),
    };
    let factor = factor.unwrap_or(1);
    ProptestConfig {
        cases: normally.saturating_mul(factor),
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 4000,
        max_global_rejects: u32::MAX,
        rng_seed,
        ..ProptestConfig::default()
    }
}
