//! What one rule may spend.

use serde::Serialize;
use std::time::Duration;

/// What one rule may spend on one login.
///
/// Limits apply to what a rule does and builds, not to the size of the login.
/// Reaching one is a failure of the rule, with the failure outcome that is declared for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// Steps of evaluation. Work in bulk (comparing, copying, searching) counts by its size.
    ///
    /// Default: 50,000.
    pub operations: u64,
    /// Time by the clock. It is read by elapsed work, so a rule may overrun it by up to 10 ms.
    ///
    /// Default: 50 ms.
    pub deadline: Duration,
    /// Bytes that the rule may build in all, whether they are still in use or not.
    ///
    /// Default: 8 MiB.
    pub memory: usize,
    /// Bytes of one text.
    ///
    /// Default: 64 KiB.
    pub text: usize,
    /// Elements of one array or members of one map that the rule builds.
    ///
    /// Default: 10,000.
    pub elements: usize,
    /// Calls of functions and closures inside each other.
    ///
    /// Default: 32.
    pub calls: usize,
    /// Bytes that `print` and `debug` may write to the trace.
    ///
    /// Default: 16 KiB. What is beyond is cut off, and is no failure.
    pub trace: usize,
}

impl Limits {
    /// The default limits of a rule.
    pub const DEFAULT: Self = Self {
        operations: 50_000,
        deadline: Duration::from_millis(50),
        memory: 8 << 20,
        text: 64 << 10,
        elements: 10_000,
        calls: 32,
        trace: 16 << 10,
    };

    /// The highest limits that a ceiling may allow.
    ///
    /// Above these, the bounds on memory and stack that the engine promises could not be kept.
    pub const HIGHEST: Self = Self {
        operations: 10_000_000,
        deadline: Duration::from_secs(10),
        memory: 16 << 20,
        text: 1 << 20,
        elements: 100_000,
        calls: 64,
        trace: 256 << 10,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
