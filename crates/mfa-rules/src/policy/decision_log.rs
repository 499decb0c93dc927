//! Decisions as lines of a writer.

use super::mask::Mask;
use super::observer::{Decided, Observer};
use super::record::DecisionRecord;
use crate::caught::caught;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An [`Observer`] that writes each decision to a writer, as a line of JSON: a [`DecisionRecord`].
///
/// Each line is handed over with one `write`, so that of several processes which append to one file
/// each has lines of its own, as long as the file takes a line at once. Nothing is flushed but by
/// [`DecisionLog::flush`].
///
/// A line that cannot be written is lost and [counted](Self::failures); the decision stands, and the
/// next line is tried again.
///
/// A login waits until its line is written, and until those of other threads before it are: where
/// the writer can be slow, send [records](DecisionRecord) to a thread of its own.
///
/// ```
/// use mfa_rules::{DecisionLog, Login, Mask, Policy, RuleSet};
/// use std::sync::Arc;
///
/// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
/// let log = Arc::new(DecisionLog::new(Vec::new()).with_mask(Mask::new(["/user/email"])?));
/// let policy = Policy::new(rules).with_observer(log.clone());
/// policy.decide(&Login::new("2026-01-05T09:00:00Z".parse()?));
/// drop(policy);
///
/// assert_eq!(log.failures(), 0);
/// let written = Arc::into_inner(log).map(DecisionLog::into_inner).unwrap_or_default();
/// let line = String::from_utf8(written)?;
/// assert!(line.starts_with(
///     r#"{"now":"2026-01-05T09:00:00Z","decided":{"version":1,"decision":"required""#
/// ));
/// assert!(line.ends_with("}\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DecisionLog<W> {
    mask: Mask,
    lines: Mutex<Lines<W>>,
    failures: AtomicU64,
}

struct Lines<W> {
    writer: W,
    /// Whether the last line broke off in its middle.
    is_torn: bool,
}

impl<W: Write + Send> DecisionLog<W> {
    /// A log that writes to `writer`, and masks nothing.
    pub fn new(writer: W) -> Self {
        Self {
            mask: Mask::default(),
            lines: Mutex::new(Lines {
                writer,
                is_torn: false,
            }),
            failures: AtomicU64::new(0),
        }
    }

    /// Sets what is not shown of the logins. Default: everything that the rules can look at is.
    #[must_use]
    pub fn with_mask(self, mask: Mask) -> Self {
        Self { mask, ..self }
    }

    /// How many lines could not be written. It waits for nothing.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Flushes the writer.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn flush(&self) -> io::Result<()> {
        self.lines().writer.flush()
    }

    /// The writer, when the log is no longer needed.
    pub fn into_inner(self) -> W {
        let lines = self.lines.into_inner();
        lines.unwrap_or_else(PoisonError::into_inner).writer
    }

    fn lines(&self) -> MutexGuard<'_, Lines<W>> {
        // A writer that has panicked is tried again, as one that has failed.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, record: &DecisionRecord) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.lines().write(line)
    }
}

impl<W: Write + Send> Observer for DecisionLog<W> {
    fn decided(&self, decided: &Decided<'_>) {
        let record = DecisionRecord::new(decided, &self.mask);
        // A writer that panics has lost the line as well.
        if !matches!(caught(|| self.write(&record)), Ok(Ok(()))) {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<W> fmt::Debug for DecisionLog<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecisionLog")
            .field("mask", &self.mask)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

impl<W: Write> Lines<W> {
    /// Writes a line. Behind one that broke off it begins with a line break, so that only one is
    /// lost.
    fn write(&mut self, mut line: Vec<u8>) -> io::Result<()> {
        if self.is_torn {
            line.insert(0, b'\n');
        }
        let mut rest = line.as_slice();
        while !rest.is_empty() {
            // A panic in the writer leaves it as if the line had broken off.
            let was_torn = std::mem::replace(&mut self.is_torn, true);
            match self.writer.write(rest) {
                Ok(written) if written > 0 => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => self.is_torn = was_torn,
                failed => {
                    let is_begun = rest.len() < line.len();
                    self.is_torn = is_begun || was_torn;
                    return Err(failed.err().unwrap_or(ErrorKind::WriteZero.into()));
                }
            }
        }
        self.is_torn = false;
        Ok(())
    }
}
