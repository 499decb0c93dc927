//! What one rule may spend.

use crate::codes::Code;
use serde::Serialize;
use std::time::Duration;

/// What one rule may spend on one login.
///
/// Limits apply to what a rule does and builds. The login itself is never copied and has no limit,
/// but what a rule does with it counts: one that goes through 80,000 groups reaches the default
/// limit on operations. Reaching a limit is a failure of the rule, with the failure outcome that is
/// declared for it. [`RuleSetBuilder::limits`](crate::RuleSetBuilder::limits) or `limits` in
/// `ruleset.yaml` raise them, up to [`Limits::HIGHEST`].
///
/// ```
/// use mfa_rules::Limits;
/// use std::time::Duration;
///
/// let limits = Limits::DEFAULT
///     .with_operations(10_000)
///     .with_deadline(Duration::from_millis(20));
/// assert_eq!(limits.operations, 10_000);
/// assert_eq!(limits.memory, Limits::DEFAULT.memory);
/// ```
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

    /// The highest limits that a ceiling may allow: 10,000,000 operations, a deadline of 10 s,
    /// 14 MiB of values, texts of 256 KiB, 100,000 elements, 64 calls inside each other, and 256 KiB
    /// of printed text.
    ///
    /// Above these, the bounds on memory and stack that the engine promises could not be kept.
    pub const HIGHEST: Self = Self {
        operations: 10_000_000,
        deadline: Duration::from_secs(10),
        memory: 14 << 20,
        text: 256 << 10,
        elements: 100_000,
        calls: 64,
        trace: 256 << 10,
    };

    /// The same with `operations` steps of evaluation.
    ///
    /// Default: 50,000. What needs more is most likely a loop that does not end.
    #[must_use]
    pub const fn with_operations(mut self, operations: u64) -> Self {
        self.operations = operations;
        self
    }

    /// The same with this time by the clock.
    ///
    /// Default: 50 ms, which a person who logs in does not notice.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same with `bytes` of values that the rule may build.
    ///
    /// Default: 8 MiB, half of what the engine promises for one rule.
    #[must_use]
    pub const fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// The same with `bytes` for one text.
    ///
    /// Default: 64 KiB, more than the headers of a request or a token have.
    #[must_use]
    pub const fn with_text(mut self, bytes: usize) -> Self {
        self.text = bytes;
        self
    }

    /// The same with `elements` for one array or map that the rule builds.
    ///
    /// Default: 10,000, more than a user has groups.
    #[must_use]
    pub const fn with_elements(mut self, elements: usize) -> Self {
        self.elements = elements;
        self
    }

    /// The same with `calls` of functions and closures inside each other.
    ///
    /// Default: 32, which keeps the evaluation of any rule on a stack of 2 MB.
    #[must_use]
    pub const fn with_calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    /// The same with `bytes` of printed text in the trace.
    ///
    /// Default: 16 KiB, some hundred lines to read.
    #[must_use]
    pub const fn with_trace(mut self, bytes: usize) -> Self {
        self.trace = bytes;
        self
    }

    /// In each field the lower of both.
    #[must_use]
    pub(crate) fn capped_by(self, ceiling: &Self) -> Self {
        Self {
            operations: self.operations.min(ceiling.operations),
            deadline: self.deadline.min(ceiling.deadline),
            memory: self.memory.min(ceiling.memory),
            text: self.text.min(ceiling.text),
            elements: self.elements.min(ceiling.elements),
            calls: self.calls.min(ceiling.calls),
            trace: self.trace.min(ceiling.trace),
        }
    }

    /// The limits by the names that they have in a manifest.
    pub(crate) fn entries(&self) -> [(&'static str, u64); 7] {
        let milliseconds = self.deadline.as_nanos().div_ceil(1_000_000);
        [
            ("operations", self.operations),
            (
                "deadline_ms",
                u64::try_from(milliseconds).unwrap_or(u64::MAX),
            ),
            ("memory_bytes", wide(self.memory)),
            ("text_bytes", wide(self.text)),
            ("elements", wide(self.elements)),
            ("calls", wide(self.calls)),
            ("trace_bytes", wide(self.trace)),
        ]
    }

    /// Sets a limit by the name that it has in a manifest. A name that none has sets nothing.
    pub(crate) fn set(&mut self, name: &str, value: u64) {
        match name {
            "operations" => self.operations = value,
            "deadline_ms" => self.deadline = Duration::from_millis(value),
            "memory_bytes" => self.memory = narrow(value),
            "text_bytes" => self.text = narrow(value),
            "elements" => self.elements = narrow(value),
            "calls" => self.calls = narrow(value),
            "trace_bytes" => self.trace = narrow(value),
            _ => {}
        }
    }
}

/// What is wrong with the value of a limit: code, message and help; `None` when it can be used.
pub(crate) fn objection(
    name: &str,
    value: u64,
    ceiling: &Limits,
) -> Option<(Code, String, String)> {
    let (_, highest) = ceiling.entries().into_iter().find(|(of, _)| *of == name)?;
    if value == 0 {
        return Some((
            Code::ManifestValue,
            format!("the limit `{name}` must be at least 1"),
            "leave the limit out to have its default".to_owned(),
        ));
    }
    (value > highest).then(|| {
        (
            Code::LimitCeiling,
            format!("the limit `{name}` is {value}, and the ceiling is {highest}"),
            format!("write {highest} or less"),
        )
    })
}

fn wide(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn narrow(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, objection};
    use crate::codes::Code;
    use std::time::Duration;

    #[test]
    fn every_limit_has_a_name_and_is_set_by_it() {
        for (index, (name, _)) in Limits::DEFAULT.entries().into_iter().enumerate() {
            let mut limits = Limits::DEFAULT;
            limits.set(name, 7);
            for (other, (_, value)) in limits.entries().into_iter().enumerate() {
                assert_eq!(value == 7, other == index, "{name}");
            }
        }
    }

    #[test]
    fn setters_change_one_limit_each() {
        let limits = Limits::DEFAULT
            .with_operations(1)
            .with_deadline(Duration::from_millis(2))
            .with_memory(3)
            .with_text(4)
            .with_elements(5)
            .with_calls(6)
            .with_trace(7);
        let values = limits.entries().map(|(_, value)| value);
        assert_eq!(values, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn the_default_is_below_the_highest() {
        assert_eq!(Limits::DEFAULT.capped_by(&Limits::HIGHEST), Limits::DEFAULT);
        assert_eq!(Limits::HIGHEST.capped_by(&Limits::DEFAULT), Limits::DEFAULT);
    }

    #[test]
    fn zero_and_what_is_above_the_ceiling_are_refused() {
        let code = |value| objection("calls", value, &Limits::DEFAULT).map(|(code, ..)| code);
        assert_eq!(code(0), Some(Code::ManifestValue));
        assert_eq!(code(1), None);
        assert_eq!(code(32), None);
        assert_eq!(code(33), Some(Code::LimitCeiling));
    }

    #[test]
    fn a_deadline_of_a_fraction_of_a_millisecond_is_not_zero() {
        let limits = Limits::DEFAULT.with_deadline(Duration::from_micros(1));
        assert_eq!(limits.entries()[1], ("deadline_ms", 1));
    }
}
