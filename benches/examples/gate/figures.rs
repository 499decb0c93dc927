//! The figures, and when they are not as committed.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

/// How many times as bad as committed a ratio may be.
const TOLERATED: f64 = 2.0;

/// What decisions about a kind of login allocate, each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Allocated {
    /// The most often.
    pub(crate) count: u64,
    /// The most bytes, all together.
    pub(crate) bytes: u64,
}

impl fmt::Display for Allocated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.count, self.bytes)
    }
}

/// All figures, by what they are of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// What decisions allocate, by kind of login.
    pub(crate) allocations: BTreeMap<String, Allocated>,
    /// How many times as long one thing takes as another. Less is better.
    pub(crate) ratios: BTreeMap<String, f64>,
}

impl Figures {
    /// Reads the committed file.
    pub(crate) fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The file to commit.
    pub(crate) fn to_text(&self) -> serde_json::Result<String> {
        let mut rounded = self.clone();
        for ratio in rounded.ratios.values_mut() {
            *ratio = (*ratio * 1_000.0).round() / 1_000.0;
        }
        Ok(format!("{}\n", serde_json::to_string_pretty(&rounded)?))
    }

    /// Whether nothing but allocations can be a problem.
    pub(crate) fn has_good_ratios(&self, committed: &Self) -> bool {
        compare(&self.ratios, &committed.ratios, ratio_problem).is_empty()
    }

    /// Takes the better of two measurements of each ratio.
    pub(crate) fn keep_best_ratios(&mut self, others: BTreeMap<String, f64>) {
        for (name, other) in others {
            let own = self.ratios.entry(name).or_insert(other);
            *own = own.min(other);
        }
    }

    /// What is not as committed, each with why.
    pub(crate) fn problems(&self, committed: &Self) -> Vec<String> {
        let allocations = compare(
            &self.allocations,
            &committed.allocations,
            |measured, committed| {
                (measured != committed)
                    .then(|| format!("{measured} are allocated, and {committed} are committed"))
            },
        );
        let ratios = compare(&self.ratios, &committed.ratios, ratio_problem);
        [allocations, ratios].concat()
    }

    /// Ratios that became so much better that the committed ones would let a regression pass.
    pub(crate) fn improved(&self, committed: &Self) -> Vec<&str> {
        let ratios = self.ratios.iter().filter(|(name, measured)| {
            let committed = committed.ratios.get(*name);
            committed.is_some_and(|committed| **measured * TOLERATED < *committed)
        });
        ratios.map(|(name, _)| name.as_str()).collect()
    }

    /// What was measured beside what is committed.
    pub(crate) fn table(&self, committed: &Self) -> String {
        let mut table = String::from("allocations of one decision: measured, committed\n");
        for (name, measured) in &self.allocations {
            let committed = committed.allocations.get(name);
            let committed = committed.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            let measured = measured.to_string();
            let _ = writeln!(table, "  {name:<62} {measured:<20} {committed}");
        }
        table.push_str("ratios: measured, committed, from where on it fails\n");
        for (name, measured) in &self.ratios {
            let committed = committed.ratios.get(name).copied().unwrap_or(f64::NAN);
            let bound = committed * TOLERATED;
            let _ = writeln!(
                table,
                "  {name:<62} {measured:<10.3} {committed:<9.3} {bound:.3}"
            );
        }
        table
    }
}

fn ratio_problem(measured: f64, committed: f64) -> Option<String> {
    let is_good = measured <= committed * TOLERATED;
    (!is_good).then(|| {
        format!("takes {measured:.3} times as long, and {committed:.3} times is committed")
    })
}

/// What `problem` says about each figure, and which figures are only on one side.
fn compare<T: Copy>(
    measured: &BTreeMap<String, T>,
    committed: &BTreeMap<String, T>,
    problem: impl Fn(T, T) -> Option<String>,
) -> Vec<String> {
    let names: BTreeSet<&String> = measured.keys().chain(committed.keys()).collect();
    let problems = names.into_iter().filter_map(|name| {
        let problem = match (measured.get(name), committed.get(name)) {
            (Some(&measured), Some(&committed)) => problem(measured, committed)?,
            (Some(_), None) => "is not committed".to_owned(),
            (None, _) => "is committed, and was not measured".to_owned(),
        };
        Some(format!("{name}: {problem}"))
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use super::{Allocated, Figures};

    const COMMITTED: &str = include_str!("../../gate.json");

    fn figures(count: u64, bytes: u64, ratio: f64) -> Figures {
        Figures {
            allocations: [("required".to_owned(), Allocated { count, bytes })].into(),
            ratios: [("engine to Rust".to_owned(), ratio)].into(),
        }
    }

    #[track_caller]
    fn check(measured: &Figures, problems: &[&str]) {
        assert_eq!(measured.problems(&figures(4, 200, 3.0)), problems);
    }

    #[test]
    fn what_is_as_committed_passes() {
        check(&figures(4, 200, 3.0), &[]);
    }

    #[test]
    fn allocations_are_exact() {
        check(
            &figures(5, 200, 3.0),
            &["required: 5 of 200 bytes are allocated, and 4 of 200 bytes are committed"],
        );
        check(
            &figures(3, 200, 3.0),
            &["required: 3 of 200 bytes are allocated, and 4 of 200 bytes are committed"],
        );
        check(
            &figures(4, 208, 3.0),
            &["required: 4 of 208 bytes are allocated, and 4 of 200 bytes are committed"],
        );
    }

    #[test]
    fn a_ratio_may_be_twice_as_bad_and_as_good_as_it_likes() {
        check(&figures(4, 200, 0.1), &[]);
        check(&figures(4, 200, 6.0), &[]);
        check(
            &figures(4, 200, 6.001),
            &["engine to Rust: takes 6.001 times as long, and 3.000 times is committed"],
        );
        check(
            &figures(4, 200, f64::NAN),
            &["engine to Rust: takes NaN times as long, and 3.000 times is committed"],
        );
    }

    #[test]
    fn a_ratio_that_is_less_than_half_of_the_committed_one_has_improved() {
        let committed = figures(4, 200, 3.0);
        assert_eq!(figures(4, 200, 1.5).improved(&committed), [""; 0]);
        let improved = figures(4, 200, 1.499);
        assert_eq!(improved.improved(&committed), ["engine to Rust"]);
        assert_eq!(improved.improved(&Figures::default()), [""; 0]);
    }

    #[test]
    fn what_is_only_on_one_side_fails() {
        check(
            &Figures::default(),
            &[
                "required: is committed, and was not measured",
                "engine to Rust: is committed, and was not measured",
            ],
        );
        assert_eq!(
            figures(4, 200, 3.0).problems(&Figures::default()),
            [
                "required: is not committed",
                "engine to Rust: is not committed"
            ]
        );
    }

    #[test]
    fn a_ratio_that_is_too_bad_can_be_measured_again() {
        let committed = figures(4, 200, 3.0);
        let mut measured = figures(4, 200, 7.0);
        assert!(!measured.has_good_ratios(&committed));
        measured.keep_best_ratios(figures(4, 200, 8.0).ratios);
        assert!(!measured.has_good_ratios(&committed));
        measured.keep_best_ratios(figures(4, 200, 5.0).ratios);
        assert!(measured.has_good_ratios(&committed));
        // A second look does not make an allocation go away.
        let allocates = figures(5, 200, 3.0);
        assert!(allocates.has_good_ratios(&committed));
        assert_eq!(allocates.problems(&committed).len(), 1);
    }

    #[test]
    fn the_committed_file_is_what_is_written() {
        let committed = Figures::read(COMMITTED).unwrap();
        assert_eq!(committed.to_text().unwrap(), COMMITTED);
        assert!(!committed.allocations.is_empty());
        assert!(!committed.ratios.is_empty());
    }
}
