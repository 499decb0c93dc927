//! The results for reading.

use super::suite::{CaseReport, FileReport, Suite, Survivor};
use crate::colour::{Colour, Role};
use crate::escape::{self, counted};
use mfa_cases::Mismatch;
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Writes the results for reading.
pub(super) fn render(suite: &Suite, slowest: Option<usize>, colour: Colour) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    let _ = Page { suite, colour }.write(&mut text, slowest);
    text
}

struct Page<'s> {
    suite: &'s Suite,
    colour: Colour,
}

impl Page<'_> {
    fn write(&self, to: &mut String, slowest: Option<usize>) -> fmt::Result {
        for file in &self.suite.files {
            for diagnostic in &file.diagnostics {
                writeln!(to, "{}\n", diagnostic.display(self.colour.style()))?;
            }
            for case in file.cases.iter().filter(|case| !case.passed) {
                self.failed(to, file, case)?;
            }
            for survivor in &file.survivors {
                self.survivor(to, survivor)?;
            }
        }
        for rule in &self.suite.untested {
            let rule = escape::text(&rule.display().to_string());
            let untested = self.colour.paint(Role::Refusal, "NO CASES");
            writeln!(to, "{untested} {rule}")?;
        }
        if let Some(count) = slowest {
            self.slowest(to, count)?;
        }
        self.summary(to)
    }

    fn failed(&self, to: &mut String, file: &FileReport, case: &CaseReport) -> fmt::Result {
        let fail = self.colour.paint(Role::Refusal, "FAIL");
        let place = escape::text(&file.file);
        let name = self.colour.paint(Role::Heading, escape::text(&case.name));
        writeln!(to, "{fail} {place}:{} {name}", case.line)?;
        self.table(to, &case.mismatches)?;
        match &case.decided_at {
            Some(decided) => writeln!(
                to,
                "  decided by {}, line {}: {}",
                escape::text(&decided.rule),
                decided.line,
                escape::text(decided.text.trim_start())
            )?,
            None if case.failures.is_empty() && case.input_error.is_none() => {
                writeln!(to, "  no rule decided")?;
            }
            None => {}
        }
        if let Some(error) = &case.input_error {
            writeln!(to, "  the login cannot be read: {}", escape::text(error))?;
        }
        for failure in &case.failures {
            writeln!(to)?;
            let failure = failure.display(self.colour.style()).to_string();
            for line in failure.lines() {
                writeln!(to, "  {line}")?;
            }
        }
        writeln!(to)
    }

    fn survivor(&self, to: &mut String, survivor: &Survivor) -> fmt::Result {
        let mutation = &survivor.mutation;
        writeln!(
            to,
            "{} {}, line {}, column {}: no case notices that {}\n  {}\n",
            self.colour.paint(Role::Refusal, "SURVIVED"),
            escape::text(&mutation.rule),
            mutation.position.line,
            mutation.position.column,
            escape::text(&mutation.change),
            escape::text(&survivor.text)
        )
    }

    /// What differs, expected and actual side by side.
    fn table(&self, to: &mut String, mismatches: &[Mismatch]) -> fmt::Result {
        let rows: Vec<[String; 3]> = mismatches.iter().map(row).collect();
        let width = |column: usize, least: &str| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.width())
                .chain([least.width()])
                .max()
                .unwrap_or_default()
        };
        let (first, second) = (width(0, ""), width(1, "expected"));
        let head = format!("  {:first$}  {:second$}  actual", "", "expected");
        writeln!(to, "{}", self.colour.paint(Role::Aside, head))?;
        for [path, expected, actual] in &rows {
            let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.width()));
            writeln!(
                to,
                "  {path}{}  {}{}  {}",
                pad(path, first),
                self.colour.paint(Role::Pass, expected),
                pad(expected, second),
                self.colour.paint(Role::Refusal, actual)
            )?;
        }
        Ok(())
    }

    fn slowest(&self, to: &mut String, count: usize) -> fmt::Result {
        let mut cases: Vec<(&FileReport, &CaseReport)> = self
            .suite
            .files
            .iter()
            .flat_map(|file| file.cases.iter().map(move |case| (file, case)))
            .collect();
        cases.sort_by_key(|(_, case)| std::cmp::Reverse(case.elapsed));
        for (file, case) in cases.into_iter().take(count) {
            writeln!(
                to,
                "SLOW {:>9.1} us  {}:{} {}",
                case.elapsed.as_secs_f64() * 1e6,
                escape::text(&file.file),
                case.line,
                escape::text(&case.name)
            )?;
        }
        Ok(())
    }

    fn summary(&self, to: &mut String) -> fmt::Result {
        let suite = self.suite;
        let cases = suite.passed.saturating_add(suite.failed);
        let mut parts = Vec::new();
        if suite.unusable > 0 {
            parts.push(counted(suite.unusable, "unusable file"));
        }
        if suite.failed > 0 {
            parts.push(format!("{} failed", suite.failed));
        }
        if suite.survived > 0 {
            parts.push(format!("{} survived", counted(suite.survived, "change")));
        }
        if !suite.untested.is_empty() {
            parts.push(format!(
                "{} without cases",
                counted(suite.untested.len(), "rule")
            ));
        }
        let is_good = parts.is_empty() && !suite.lacks_cases();
        parts.push(format!("{} passed", suite.passed));
        if suite.mutants > 0 {
            let noticed = suite.mutants.saturating_sub(suite.survived);
            parts.push(format!("{} noticed", counted(noticed, "change")));
        }
        if suite.lacks_cases() {
            parts.push("nothing was tested (allow it with --allow-no-cases)".to_owned());
        }
        let role = if is_good { Role::Pass } else { Role::Refusal };
        writeln!(
            to,
            "{} in {}: {}",
            counted(cases, "case"),
            counted(suite.files.len(), "file"),
            self.colour.paint(role, parts.join(", "))
        )
    }
}

fn row(mismatch: &Mismatch) -> [String; 3] {
    let path = mismatch.path.trim_start_matches('/');
    let actual = mismatch
        .actual
        .as_ref()
        .map_or_else(|| "nothing".to_owned(), escape::value);
    [
        escape::text(path),
        escape::value(&mismatch.expected),
        actual,
    ]
}
