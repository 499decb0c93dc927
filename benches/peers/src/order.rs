//! In which order logins are decided about.

/// The numbers of all logins, shuffled anew for each pass: a processor learns an order that comes
/// back.
pub(crate) struct Order {
    numbers: Vec<usize>,
    state: u64,
}

impl Order {
    /// For as many logins.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            numbers: (0..count).collect(),
            state: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Another order (Fisher and Yates).
    pub(crate) fn next(&mut self) -> &[usize] {
        for place in (1..self.numbers.len()).rev() {
            let other = self.below(place.saturating_add(1));
            self.numbers.swap(place, other);
        }
        &self.numbers
    }

    /// A number below a bound, by Marsaglia's xorshift: the same in every run.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let number = self.state.checked_rem(bound).unwrap_or_default();
        usize::try_from(number).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn each_order_has_every_login_once_and_is_another_one() {
        let mut order = Order::new(256);
        let first = order.next().to_vec();
        let second = order.next().to_vec();
        assert_ne!(first, second);
        for mut numbers in [first, second] {
            numbers.sort_unstable();
            assert_eq!(numbers, (0..256).collect::<Vec<usize>>());
        }
    }
}
