//! What a rule has spent of its [`Limits`], counted where it is spent.

use crate::codes::Code;
use crate::failure::Failure;
use crate::limits::Limits;
use std::time::{Duration, Instant};

/// Operations between two readings of the clock. An operation is at most about a microsecond of work.
const OPERATIONS_PER_CLOCK_READING: u64 = 1024;

/// Operations after which the time of a rule starts.
const OPERATIONS_BEFORE_CLOCK: u64 = 64;

/// Bytes of bulk work (copied, compared, searched) that count as one operation.
const BYTES_PER_OPERATION: usize = 64;

/// Bytes of a new value that count as one operation: few enough that memory is used up before the
/// operations are.
const ALLOCATED_BYTES_PER_OPERATION: usize = 256;
/// Bytes that a value takes beside what is in it: the count of its holders, and what the allocator
/// keeps and rounds up.
pub(crate) const OVERHEAD: usize = 32;

/// What is left of the limits of one rule in one decision.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    operations: u64,
    memory: usize,
    /// When the clock was read first. Most rules end before that.
    started: Option<Instant>,
    next_clock_reading: u64,
}

/// What had been spent at some time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    operations: u64,
    memory: usize,
    next_clock_reading: u64,
}

/// Whether looking up a key is free.
pub(crate) const fn is_short_key(key: &str) -> bool {
    key.len() <= BYTES_PER_OPERATION
}

/// How long something takes that somebody watches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// What a rule has spent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) operations: u64,
    /// Bytes of the values that it built.
    pub(crate) memory: usize,
}

impl Meter {
    /// A full meter. Its time starts when the first few operations are spent, unless
    /// [`Meter::start`] starts it: a few microseconds are less than reading the clock is worth.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            operations: 0,
            memory: 0,
            started: None,
            next_clock_reading: OPERATIONS_BEFORE_CLOCK,
        }
    }

    /// As new, but for its time, which goes on: what was spent was for nothing.
    // SECURITY: a rule that is tried in one way and then runs in another has one deadline.
    pub(crate) fn begin_again(&mut self) {
        self.operations = 0;
        self.memory = 0;
        self.next_clock_reading = OPERATIONS_BEFORE_CLOCK;
    }

    /// Starts the time, before work that spends nothing.
    pub(crate) fn start(&mut self) {
        self.started.get_or_insert_with(Instant::now);
    }

    /// The limits that it counts against.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What has been spent so far.
    pub(crate) fn spent(&self) -> Spent {
        Spent {
            operations: self.operations,
            memory: self.memory,
        }
    }

    /// The operations spent so far.
    #[cfg(test)]
    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    /// Spends `operations`.
    ///
    /// # Errors
    ///
    /// A failure that cannot be caught, when the operations or the time are used up.
    #[inline]
    pub(crate) fn spend(&mut self, operations: u64) -> Result<(), Failure> {
        self.operations = self.operations.saturating_add(operations);
        if self.operations >= self.next_clock_reading || self.operations > self.limits.operations {
            return self.check();
        }
        Ok(())
    }

    #[cold]
    fn check(&mut self) -> Result<(), Failure> {
        if self.operations > self.limits.operations {
            return Err(Failure::uncatchable(
                Code::Operations,
                format!(
                    "the rule used more than {} operations",
                    self.limits.operations
                ),
            ));
        }
        self.read_clock()
    }

    /// Spends the operations of work on `bytes` bytes, at least one.
    pub(crate) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Failure> {
        let operations = u64::try_from(bytes / BYTES_PER_OPERATION).unwrap_or(u64::MAX);
        self.spend(operations.saturating_add(1))
    }

    /// Spends the operations of going through a text of `bytes` bytes, character by character.
    ///
    /// # Errors
    ///
    /// Besides those of [`Meter::spend`], a text of the login that is too long: nothing could read
    /// the clock in the middle of it.
    pub(crate) fn spend_text(&mut self, bytes: usize) -> Result<(), Failure> {
        if bytes > Limits::HIGHEST.text {
            return Err(Failure::uncatchable(
                Code::Size,
                format!(
                    "a text of {bytes} bytes is too long to be gone through, the longest has {}",
                    Limits::HIGHEST.text
                ),
            ));
        }
        self.spend_bytes(bytes)
    }

    /// What has been spent until now, to go back to.
    #[inline]
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            operations: self.operations,
            memory: self.memory,
            next_clock_reading: self.next_clock_reading,
        }
    }

    /// Takes back what was spent since, because it was for nothing.
    // SECURITY: the clock is read again where it was, or a deadline would be forgotten.
    #[inline]
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.operations = mark.operations;
        self.memory = mark.memory;
        self.next_clock_reading = mark.next_clock_reading;
    }

    /// Counts a few operations. [`Meter::is_settled`] must be asked afterwards.
    #[inline]
    pub(crate) fn tally(&mut self, operations: u64) {
        // A rule is too short for more than 2^64 of them.
        self.operations = self.operations.wrapping_add(operations);
    }

    /// Whether what was counted is within the limit, and the clock need not be read.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.operations < self.next_clock_reading && self.operations <= self.limits.operations
    }

    /// Spends the operations of looking up a key. A short one is part of the step that needs it.
    #[inline]
    pub(crate) fn spend_key(&mut self, key: &str) -> Result<(), Failure> {
        if is_short_key(key) {
            return Ok(());
        }
        self.spend_text(key.len())
    }

    /// Spends the memory of a new value of `bytes` bytes, and the operations of writing it.
    #[inline]
    pub(crate) fn allocate(&mut self, bytes: usize) -> Result<(), Failure> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > self.limits.memory {
            return Err(self.out_of_memory());
        }
        let operations = u64::try_from(bytes / ALLOCATED_BYTES_PER_OPERATION).unwrap_or(u64::MAX);
        self.spend(operations.saturating_add(1))
    }

    #[cold]
    fn out_of_memory(&self) -> Failure {
        Failure::uncatchable(
            Code::Memory,
            format!(
                "the rule built more than {} bytes of values",
                self.limits.memory
            ),
        )
    }

    /// Checks that a text of `bytes` bytes may be built, and spends it.
    pub(crate) fn allocate_text(&mut self, bytes: usize) -> Result<(), Failure> {
        if bytes > self.limits.text {
            return Err(Failure::uncatchable(
                Code::Size,
                format!("a text became longer than {} bytes", self.limits.text),
            ));
        }
        self.allocate(bytes.saturating_add(OVERHEAD))
    }

    /// Checks that an array or map may have `elements` elements. It spends nothing.
    pub(crate) fn check_elements(&self, elements: usize) -> Result<(), Failure> {
        if elements > self.limits.elements {
            return Err(Failure::uncatchable(
                Code::Size,
                format!(
                    "an array or a map grew beyond {} elements",
                    self.limits.elements
                ),
            ));
        }
        Ok(())
    }

    /// Checks that there is time left, whatever was spent: for work that spends nothing.
    pub(crate) fn check_time(&mut self) -> Result<(), Failure> {
        self.read_clock()
    }

    #[cold]
    fn read_clock(&mut self) -> Result<(), Failure> {
        self.next_clock_reading = self.operations.saturating_add(OPERATIONS_PER_CLOCK_READING);
        let started = *self.started.get_or_insert_with(Instant::now);
        if started.elapsed() > self.limits.deadline {
            return Err(Failure::uncatchable(
                Code::Deadline,
                format!(
                    "the rule took longer than {} ms",
                    self.limits.deadline.as_millis()
                ),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Meter, OPERATIONS_BEFORE_CLOCK};
    use crate::codes::Code;
    use crate::limits::Limits;
    use std::time::Duration;

    #[test]
    fn who_begins_again_has_no_new_deadline() {
        let limits = Limits::DEFAULT.with_deadline(Duration::from_nanos(1));
        let mut meter = Meter::new(limits);
        meter.start();
        std::thread::yield_now();
        meter.begin_again();
        assert_eq!(meter.operations(), 0);
        let failure = meter.spend(OPERATIONS_BEFORE_CLOCK).unwrap_err();
        assert_eq!(failure.code, Code::Deadline);
    }

    #[test]
    fn what_is_rewound_is_spent_again_and_the_clock_is_read_again() {
        let limits = Limits::DEFAULT.with_deadline(Duration::ZERO);
        let mut meter = Meter::new(limits);
        let mark = meter.mark();
        assert!(meter.spend(OPERATIONS_BEFORE_CLOCK).is_err());
        meter.rewind(mark);
        assert_eq!(meter.operations(), 0);
        assert!(meter.spend(OPERATIONS_BEFORE_CLOCK).is_err());
    }
}
