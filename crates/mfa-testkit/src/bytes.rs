//! Choices made from bytes.

/// A source of choices that reads bytes from the front.
///
/// When the bytes are used up, every choice is the first one: generators put their simplest
/// choice first, so that they end, and so that shrinking the bytes simplifies what is generated.
#[derive(Debug, Clone)]
pub(crate) struct Bytes<'b> {
    rest: &'b [u8],
}

impl<'b> Bytes<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether there is nothing left to choose with.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes that are left.
    pub(crate) fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// How many bytes there are left.
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// The next byte, 0 at the end.
    pub(crate) fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `bound`, which is at most 256; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()).checked_rem(bound).unwrap_or(0)
    }

    /// Whether one of `percent` in a hundred came up. Never at the end of the bytes.
    pub(crate) fn chance(&mut self, percent: u8) -> bool {
        let byte = u32::from(self.byte());
        // Zero is the simplest byte, so it is the last to be taken for a yes.
        byte.wrapping_add(255).wrapping_rem(256).wrapping_mul(100)
            < u32::from(percent).wrapping_mul(256)
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        let index = self.below(choices.len());
        choices.get(index).cloned()
    }

    /// One of `choices`, of which there is at least one.
    pub(crate) fn text(&mut self, choices: &[&'static str]) -> &'static str {
        self.pick(choices).unwrap_or("")
    }

    /// Eight bytes as an integer.
    pub(crate) fn long(&mut self) -> i64 {
        let mut long = 0_i64;
        for _ in 0..8 {
            long = long.wrapping_shl(8) | i64::from(self.byte());
        }
        long
    }

    /// The bytes of a part of its own: `length` bytes from the front, or as many as there are.
    pub(crate) fn split(&mut self, length: usize) -> Self {
        let (front, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        Self { rest: front }
    }
}

/// Bytes that look random and are always the same.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let [_, _, _, byte, ..] = state.to_le_bytes();
            byte
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn used_up_bytes_choose_the_first() {
        let mut bytes = Bytes::new(&[]);
        assert_eq!(bytes.pick(&["simple", "odd"]), Some("simple"));
        assert!(!bytes.chance(99));
        assert_eq!(bytes.below(0), 0);
    }

    #[test]
    fn a_chance_of_a_quarter_comes_up_in_a_quarter_of_the_bytes() {
        let yes = (0..=255)
            .filter(|byte| Bytes::new(&[*byte]).chance(25))
            .count();
        assert_eq!(yes, 64);
    }
}
