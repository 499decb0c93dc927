//! What a cache did so far.

use serde::{Serialize, Serializer};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a [`RuleCache`](crate::RuleCache) or [`Tenants`](crate::Tenants) did so far, and what is in
/// it: plain numbers, for a server's metrics.
///
/// Every question is either a hit or a miss, so `hits + misses` is how often the cache was asked.
/// All but `entries` and `weight` only grow. Threads that ask at the same time may be counted while
/// the others are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CacheFigures {
    /// Questions for what was there.
    pub hits: u64,
    /// Questions for what was not there, and was then made or waited for.
    pub misses: u64,
    /// How often something was made, by compiling or loading; those that failed are among them.
    ///
    /// Fewer than misses when some of them waited for the same.
    pub fills: u64,
    /// How many of the fills failed, or panicked. What failed is not kept.
    pub failures: u64,
    /// The time that all fills took. As JSON it is `fill_time_us`, in microseconds.
    #[serde(rename = "fill_time_us", serialize_with = "microseconds")]
    pub fill_time: Duration,
    /// How many entries were given up because there was no room.
    pub evictions: u64,
    /// How many entries there are.
    pub entries: u64,
    /// About how many bytes the entries take. It is what the bound of the cache applies to.
    pub weight: u64,
}

fn microseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// What is counted while a cache is used.
#[derive(Debug, Default)]
pub(super) struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    fills: AtomicU64,
    failures: AtomicU64,
    fill_nanoseconds: AtomicU64,
    evictions: AtomicU64,
}

impl Counters {
    pub(super) fn hit(&self) {
        add(&self.hits, 1);
    }

    pub(super) fn miss(&self) {
        add(&self.misses, 1);
    }

    pub(super) fn evicted(&self) {
        add(&self.evictions, 1);
    }

    /// Makes something, which is a failure unless `is_sound` says otherwise.
    pub(super) fn filling<T>(
        &self,
        make: impl FnOnce() -> T,
        is_sound: impl FnOnce(&T) -> bool,
    ) -> T {
        let mut fill = Fill {
            counters: self,
            begun: Instant::now(),
            is_sound: false,
        };
        let made = make();
        fill.is_sound = is_sound(&made);
        made
    }

    pub(super) fn figures(&self, entries: u64, weight: u64) -> CacheFigures {
        let nanoseconds = self.fill_nanoseconds.load(Ordering::Relaxed);
        CacheFigures {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            fills: self.fills.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            fill_time: Duration::from_nanos(nanoseconds),
            evictions: self.evictions.load(Ordering::Relaxed),
            entries,
            weight,
        }
    }
}

/// Something that is being made. It is counted when it ends, by a panic too.
struct Fill<'c> {
    counters: &'c Counters,
    begun: Instant,
    is_sound: bool,
}

impl Drop for Fill<'_> {
    fn drop(&mut self) {
        let nanoseconds = self.begun.elapsed().as_nanos();
        let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
        add(&self.counters.fills, 1);
        add(&self.counters.failures, u64::from(!self.is_sound));
        add(&self.counters.fill_nanoseconds, nanoseconds);
    }
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
