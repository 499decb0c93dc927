//! How `cargo bench` calls a bench that has a `main` of its own.

/// What a bench is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    times: bool,
    filters: Vec<String>,
}

impl Invocation {
    /// Reads the arguments of this process.
    pub fn of_this_process() -> Self {
        Self::read(std::env::args().skip(1))
    }

    /// Reads arguments as Criterion does: `--bench`, without `--test`, means that it is timed, and
    /// what is no option is a part of a name.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Self {
        let (options, filters): (Vec<String>, Vec<String>) = arguments
            .into_iter()
            .partition(|argument| argument.starts_with('-'));
        let has = |option: &str| options.iter().any(|given| given == option);
        Self {
            times: has("--bench") && !has("--test"),
            filters,
        }
    }

    /// How often something is done: `count` times, and hardly ever when nothing is timed.
    pub fn rounds(&self, count: usize) -> usize {
        if self.times { count } else { 2 }
    }

    /// Whether a bench of this name is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(&**filter))
    }
}

#[cfg(test)]
mod tests {
    use super::Invocation;

    fn read(arguments: &str) -> Invocation {
        Invocation::read(arguments.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn only_cargo_bench_times() {
        assert_eq!(read("--bench").rounds(100), 100);
        assert_eq!(read("--bench --test").rounds(100), 2);
        assert_eq!(read("--test").rounds(100), 2);
        assert_eq!(read("").rounds(100), 2);
    }

    #[test]
    fn what_is_no_option_is_a_part_of_a_name() {
        assert!(read("--bench").wants("threads"));
        assert!(read("--bench read").wants("threads"));
        assert!(!read("--bench decide").wants("threads"));
    }
}
