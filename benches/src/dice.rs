//! Numbers that look random and are the same in every run.

/// A sequence of numbers (`SplitMix64`), which depends on what it starts from alone.
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of this number.
    pub(crate) fn new(number: u64) -> Self {
        // Neighbours would begin with the numbers of each other.
        Self(number.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or_default()
    }

    /// Whether it is this one of `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these; the default when there is none.
    pub(crate) fn one_of<T: Clone + Default>(&mut self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).unwrap_or_default();
        let index = usize::try_from(self.below(count)).unwrap_or_default();
        choices.get(index).cloned().unwrap_or_default()
    }
}
