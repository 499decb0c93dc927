//! Many durations, of which any percentile can be told.

use std::time::Duration;

/// Durations below so many nanoseconds are counted, each by its own; longer ones are kept one by one,
/// because there is no time for many of them.
const COUNTED: usize = 1 << 16;

/// Durations, to the nanosecond.
#[derive(Debug, Clone)]
pub(super) struct Latencies {
    /// How many durations have as many nanoseconds as the index.
    counts: Vec<u64>,
    longer: Vec<u64>,
    number: u64,
}

/// A part of a whole, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PerMille(pub(super) u64);

impl PerMille {
    pub(super) const P50: Self = Self(500);
    pub(super) const P90: Self = Self(900);
    pub(super) const P99: Self = Self(990);
    pub(super) const P99_9: Self = Self(999);
    pub(super) const ALL: Self = Self(1000);

    /// How many of `number` values, in ascending order, are this part of them: at least one, and not
    /// less than the part.
    fn rank(self, number: u64) -> u64 {
        number.saturating_mul(self.0).div_ceil(1000).max(1)
    }

    /// The lowest of the values that this part of them does not exceed; `None` when there is none.
    pub(super) fn of(self, ascending: &[u64]) -> Option<u64> {
        let number = u64::try_from(ascending.len()).ok()?;
        let index = self.rank(number).saturating_sub(1);
        ascending.get(usize::try_from(index).ok()?).copied()
    }
}

impl Latencies {
    pub(super) fn new() -> Self {
        Self {
            counts: vec![0; COUNTED],
            longer: Vec::new(),
            number: 0,
        }
    }

    pub(super) fn add(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let index = usize::try_from(nanoseconds).unwrap_or(usize::MAX);
        match self.counts.get_mut(index) {
            Some(count) => *count = count.saturating_add(1),
            None => self.longer.push(nanoseconds),
        }
        self.number = self.number.saturating_add(1);
    }

    /// How many durations there are.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The durations that these parts of all do not exceed, in nanoseconds.
    pub(super) fn percentiles<const N: usize>(&self, parts: [PerMille; N]) -> [u64; N] {
        let mut longer = self.longer.clone();
        longer.sort_unstable();
        parts.map(|part| self.percentile(part, &longer))
    }

    fn percentile(&self, part: PerMille, longer: &[u64]) -> u64 {
        let mut left = part.rank(self.number);
        for (nanoseconds, count) in (0_u64..).zip(&self.counts) {
            if *count >= left {
                return nanoseconds;
            }
            left = left.saturating_sub(*count);
        }
        let index = usize::try_from(left.saturating_sub(1)).unwrap_or(usize::MAX);
        longer.get(index).or(longer.last()).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Latencies, PerMille};
    use std::time::Duration;

    const PARTS: [PerMille; 5] = [
        PerMille::P50,
        PerMille::P90,
        PerMille::P99,
        PerMille::P99_9,
        PerMille::ALL,
    ];

    fn percentiles(nanoseconds: &[u64]) -> [u64; 5] {
        let mut latencies = Latencies::new();
        for nanoseconds in nanoseconds {
            latencies.add(Duration::from_nanos(*nanoseconds));
        }
        latencies.percentiles(PARTS)
    }

    #[test]
    fn a_percentile_is_the_lowest_value_that_so_many_do_not_exceed() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(percentiles(&hundred), [50, 90, 99, 100, 100]);
        let thousand: Vec<u64> = (1..=1000).collect();
        assert_eq!(percentiles(&thousand), [500, 900, 990, 999, 1000]);
        assert_eq!(percentiles(&[7]), [7; 5]);
        assert_eq!(percentiles(&[7, 9]), [7, 9, 9, 9, 9]);
        assert_eq!(percentiles(&[7, 9, 8]), [8, 9, 9, 9, 9]);
        assert_eq!(percentiles(&[3, 3, 3, 1]), [3; 5]);
        assert_eq!(percentiles(&[]), [0; 5]);
    }

    #[test]
    fn long_durations_are_as_exact_as_short_ones() {
        let long = 3_000_000_001;
        assert_eq!(
            percentiles(&[long, 5, 65_535]),
            [65_535, long, long, long, long]
        );
        assert_eq!(
            percentiles(&[65_536, long, 65_537]),
            [65_537, long, long, long, long]
        );
        let mut values: Vec<u64> = (0..10_000)
            .map(|value| value * 37_123 % 1_000_003)
            .collect();
        let found = percentiles(&values);
        values.sort_unstable();
        assert_eq!(found, PARTS.map(|part| part.of(&values).unwrap()));
        assert_eq!(found[4], *values.last().unwrap());
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(PerMille::P50.of(&[]), None);
    }
}
