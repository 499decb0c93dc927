//! The results for reading.

use super::suite::{CaseReport, FileReport, Suite, Survivor};
use crate::colour::{Colour, Role};
use crate::escape::{self, counted};
use crate::exit::Exit;
use mfa_cases::Mismatch;
use serde_json::Value as Json;
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Columns that an expected value may have in a table of differences. The actual one is the last
/// of its line and may have as many as it wants.
const WIDEST_EXPECTED: usize = 48;

/// Characters of a value that are shown: enough to see where two long ones differ.
const LONGEST_VALUE: usize = 1000;

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
        self.differences(to, &case.mismatches)?;
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

    /// What differs: side by side, and what is too long for that below.
    fn differences(&self, to: &mut String, mismatches: &[Mismatch]) -> fmt::Result {
        let rows = mismatches.iter().map(Row::new);
        let (narrow, wide): (Vec<Row>, Vec<Row>) =
            rows.partition(|row| row.expected.width() <= WIDEST_EXPECTED);
        if !narrow.is_empty() {
            self.table(to, &narrow)?;
        }
        wide.iter().try_for_each(|row| self.below(to, row))
    }

    fn table(&self, to: &mut String, rows: &[Row]) -> fmt::Result {
        let widest = |cell: fn(&Row) -> &str, least: &str| {
            let widths = rows.iter().map(|row| cell(row).width());
            widths.chain([least.width()]).max().unwrap_or_default()
        };
        let first = widest(|row| &row.place, "");
        let second = widest(|row| &row.expected, "expected");
        let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.width()));
        let head = format!(
            "  {}  expected{}  actual",
            pad("", first),
            pad("expected", second)
        );
        writeln!(to, "{}", self.colour.paint(Role::Aside, head))?;
        for row in rows {
            writeln!(
                to,
                "  {}{}  {}{}  {}",
                row.place,
                pad(&row.place, first),
                self.colour.paint(Role::Pass, &row.expected),
                pad(&row.expected, second),
                self.colour.paint(Role::Refusal, &row.actual)
            )?;
        }
        Ok(())
    }

    /// A difference in three lines.
    fn below(&self, to: &mut String, row: &Row) -> fmt::Result {
        writeln!(
            to,
            "  {}\n    {}  {}\n    {}    {}",
            row.place,
            self.colour.paint(Role::Aside, "expected"),
            self.colour.paint(Role::Pass, &row.expected),
            self.colour.paint(Role::Aside, "actual"),
            self.colour.paint(Role::Refusal, &row.actual)
        )
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
        let is_good = suite.exit() == Exit::Done;
        if cases > 0 {
            parts.push(format!("{} passed", suite.passed));
        }
        if suite.mutants > 0 {
            let noticed = suite.mutants.saturating_sub(suite.survived);
            parts.push(format!("{} noticed", counted(noticed, "change")));
        }
        if suite.lacks_cases() {
            parts.push("nothing was tested (allow it with --allow-no-cases)".to_owned());
        }
        if parts.is_empty() {
            parts.push("nothing to run".to_owned());
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

/// A difference as texts.
struct Row {
    place: String,
    expected: String,
    actual: String,
}

impl Row {
    fn new(mismatch: &Mismatch) -> Self {
        let shown = |value: &Option<Json>| match value {
            Some(value) => escape::value_within(value, LONGEST_VALUE),
            None => "nothing".to_owned(),
        };
        Self {
            place: escape::text(&mismatch.place()),
            expected: shown(&mismatch.expected),
            actual: shown(&mismatch.actual),
        }
    }
}
