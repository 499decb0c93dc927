//! Running case files: in parallel, with results in a stable order.

use super::discover::Found;
use crate::args::TestArgs;
use crate::exit::Exit;
use mfa_cases::{CaseFile, DecidedAt, Mismatch};
use mfa_rules::{Diagnostic, Loader, Mutation, RuleSet};
use regex::Regex;
use serde::{Serialize, Serializer};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What running the case files gave.
#[derive(Debug, Serialize)]
pub(crate) struct Suite {
    pub(crate) files: Vec<FileReport>,
    /// Rules without cases, when they are asked for.
    #[serde(serialize_with = "as_texts")]
    pub(crate) untested: Vec<PathBuf>,
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Case files, and rules that they test, that cannot be used.
    pub(crate) unusable: usize,
    /// How many changes were made in rules, and how many of them no case noticed.
    pub(crate) mutants: usize,
    pub(crate) survived: usize,
    /// Whether that no case ran is a failure.
    #[serde(skip)]
    needs_cases: bool,
}

/// What running one case file gave.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport {
    pub(crate) file: String,
    /// What is wrong with the file, or with the rules that it tests.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) cases: Vec<CaseReport>,
    /// How many changes were made in the rules.
    pub(crate) mutants: usize,
    /// The changes that no case noticed.
    pub(crate) survivors: Vec<Survivor>,
}

/// A change that no case noticed.
#[derive(Debug, Serialize)]
pub(crate) struct Survivor {
    #[serde(flatten)]
    pub(crate) mutation: Mutation,
    /// The line of the rule that was changed.
    pub(crate) text: String,
}

/// What running one case gave.
#[derive(Debug, Serialize)]
pub(crate) struct CaseReport {
    pub(crate) name: String,
    pub(crate) line: u32,
    pub(crate) passed: bool,
    pub(crate) mismatches: Vec<Mismatch>,
    pub(crate) decided_at: Option<DecidedAt>,
    /// The rules that failed.
    pub(crate) failures: Vec<Diagnostic>,
    pub(crate) input_error: Option<String>,
    #[serde(rename = "elapsed_us", serialize_with = "as_microseconds")]
    pub(crate) elapsed: Duration,
}

impl Suite {
    pub(crate) fn run(found: Found, filter: Option<&Regex>, args: &TestArgs) -> Self {
        let paths: Vec<PathBuf> = found.files.into_iter().collect();
        let files = in_parallel(&paths, |path| FileReport::run(path, filter, args.mutate));
        let cases = || files.iter().flat_map(|file| &file.cases);
        let untested = if args.require_cases {
            found.untested.into_iter().collect()
        } else {
            Vec::new()
        };
        Self {
            passed: cases().filter(|case| case.passed).count(),
            failed: cases().filter(|case| !case.passed).count(),
            unusable: files
                .iter()
                .filter(|file| !file.diagnostics.is_empty())
                .count(),
            mutants: files.iter().map(|file| file.mutants).sum(),
            survived: files.iter().map(|file| file.survivors.len()).sum(),
            untested,
            needs_cases: !args.allow_no_cases,
            files,
        }
    }

    /// Whether no case ran although there should be some. When a file cannot be used, that is why.
    pub(crate) fn lacks_cases(&self) -> bool {
        self.needs_cases && self.passed == 0 && self.failed == 0 && self.unusable == 0
    }

    /// The exit status: what cannot be used first, then what failed.
    pub(crate) fn exit(&self) -> Exit {
        if self.unusable > 0 {
            Exit::NotDone
        } else if self.failed > 0
            || self.survived > 0
            || !self.untested.is_empty()
            || self.lacks_cases()
        {
            Exit::ProblemFound
        } else {
            Exit::Done
        }
    }
}

impl FileReport {
    fn run(path: &Path, filter: Option<&Regex>, mutate: bool) -> Self {
        let file = path.display().to_string();
        let unusable = |diagnostics| Self {
            file: file.clone(),
            diagnostics,
            cases: Vec::new(),
            mutants: 0,
            survivors: Vec::new(),
        };
        let file_cases = match CaseFile::read(path) {
            Ok(cases) => cases,
            Err(error) => return unusable(error.diagnostics().to_vec()),
        };
        let rules = match file_cases.load(&Loader::new()) {
            Ok(rules) => rules,
            Err(error) => return unusable(error.into_diagnostics()),
        };
        let chosen = file_cases
            .cases()
            .iter()
            .filter(|case| filter.is_none_or(|filter| filter.is_match(case.name())));
        let cases = chosen.map(|case| {
            let result = case.run(&rules);
            CaseReport {
                name: case.name().to_owned(),
                line: case.line(),
                passed: result.passed(),
                mismatches: result.mismatches,
                decided_at: result.decided_at,
                failures: result.failures,
                input_error: result.input_error,
                elapsed: result.elapsed,
            }
        });
        let mut report = Self {
            cases: cases.collect(),
            diagnostics: Vec::new(),
            file,
            mutants: 0,
            survivors: Vec::new(),
        };
        // When a case fails anyway, every change seems to be noticed.
        if mutate && report.cases.iter().all(|case| case.passed) {
            let mutated = file_cases.mutate(&rules);
            let survivors = mutated.survivors.into_iter();
            report.mutants = mutated.mutants;
            report.survivors = survivors
                .map(|mutation| Survivor::new(mutation, &rules))
                .collect();
        }
        report
    }
}

impl fmt::Display for Survivor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, line {}, column {}: no case notices that {}: {}",
            self.mutation.rule,
            self.mutation.position.line,
            self.mutation.position.column,
            self.mutation.change,
            self.text
        )
    }
}

impl Survivor {
    fn new(mutation: Mutation, rules: &RuleSet) -> Self {
        let line = usize::try_from(mutation.position.line).unwrap_or(usize::MAX);
        let text = rules
            .rule_source(&mutation.rule)
            .and_then(|source| source.lines().nth(line.saturating_sub(1)))
            .map(|line| line.trim().to_owned());
        Self {
            mutation,
            text: text.unwrap_or_default(),
        }
    }
}

/// Calls `work` on each of `items` with as many threads as there are processors; the results have
/// the order of the items.
pub(super) fn in_parallel<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(items.len()))
            .map(|_| {
                scope.spawn(|| {
                    let mut results = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else {
                            return results;
                        };
                        results.push((index, work(item)));
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(results) => results,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn as_texts<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.display().to_string()))
}

fn as_microseconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
}
