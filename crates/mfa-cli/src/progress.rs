//! When to show how far long work is.

use std::time::{Duration, Instant};

/// How often progress is shown.
const INTERVAL: Duration = Duration::from_millis(200);

/// When to show progress.
pub(crate) struct Progress {
    last: Instant,
    is_wanted: bool,
    was_shown: bool,
}

impl Progress {
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self {
            last: Instant::now(),
            is_wanted,
            was_shown: false,
        }
    }

    /// Whether to show it now, which is then taken as done.
    pub(crate) fn is_due(&mut self) -> bool {
        let is_due = self.is_wanted && self.last.elapsed() >= INTERVAL;
        if is_due {
            self.last = Instant::now();
            self.was_shown = true;
        }
        is_due
    }

    /// What takes away what was shown.
    pub(crate) fn cleared(&self) -> &'static str {
        if self.was_shown { "\r\x1b[K" } else { "" }
    }
}
