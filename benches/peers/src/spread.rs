//! What is in the middle of measured values, and how far they lie apart.

/// Of values of all rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// A tenth of them is below.
    pub(crate) low: f64,
    /// Half of them is below.
    pub(crate) median: f64,
    /// A tenth of them is above.
    pub(crate) high: f64,
}

impl Spread {
    /// Takes the nearest of the values for each: nothing is interpolated. Of no values, it is not a
    /// number.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let last = values.len().saturating_sub(1);
        let at = |tenths: usize| {
            let index = last.saturating_mul(tenths).saturating_add(5) / 10;
            values.get(index).copied().unwrap_or(f64::NAN)
        };
        Self {
            low: at(1),
            median: at(5),
            high: at(9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn a_tenth_lies_beyond_each_end() {
        let values = (0..=30_u32).rev().map(f64::from).collect();
        let expected = Spread {
            low: 3.0,
            median: 15.0,
            high: 27.0,
        };
        assert_eq!(Spread::of(values), expected);
    }

    #[test]
    fn one_value_is_all_three() {
        let expected = Spread {
            low: 7.0,
            median: 7.0,
            high: 7.0,
        };
        assert_eq!(Spread::of(vec![7.0]), expected);
    }
}
