//! The results as workflow commands of GitHub Actions, which show them at the lines of a change.

use super::suite::{CaseReport, Suite};
use crate::escape::{self, counted};
use serde_json::Value as Json;
use std::fmt::Write;

/// Writes the results as workflow commands.
pub(super) fn render(suite: &Suite) -> String {
    let mut commands = String::new();
    for file in &suite.files {
        for diagnostic in &file.diagnostics {
            let line = diagnostic.span.map_or(1, |span| span.start.line);
            let column = diagnostic.span.map_or(1, |span| span.start.column);
            let help = diagnostic
                .help
                .as_ref()
                .map(|help| format!("\nhelp: {help}"));
            let _ = writeln!(
                commands,
                "::error file={},line={line},col={column},title={}::{}",
                property(&diagnostic.file),
                property(diagnostic.code.as_str()),
                data(&format!(
                    "{}{}",
                    diagnostic.message,
                    help.unwrap_or_default()
                ))
            );
        }
        for case in file.cases.iter().filter(|case| !case.passed) {
            let _ = writeln!(
                commands,
                "::error file={},line={},title={}::{}",
                property(&file.file),
                case.line,
                property(&case.name),
                data(&details(case))
            );
        }
        for survivor in &file.survivors {
            let _ = writeln!(
                commands,
                "::error file={},title=no case notices::{}",
                property(&file.file),
                data(&survivor.to_string())
            );
        }
    }
    for rule in &suite.untested {
        let _ = writeln!(
            commands,
            "::error file={},title=no cases::the rule has no cases",
            property(&rule.display().to_string())
        );
    }
    if suite.lacks_cases() {
        commands.push_str("::error title=no cases::nothing was tested\n");
    }
    let _ = writeln!(
        commands,
        "{} passed, {} failed",
        counted(suite.passed, "case"),
        suite.failed
    );
    commands
}

/// What differs, a text for each.
pub(super) fn differences(case: &CaseReport) -> Vec<String> {
    let shown = |value: &Option<Json>| {
        value
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), escape::value)
    };
    let differences = case.mismatches.iter().map(|mismatch| {
        format!(
            "{}: expected {}, got {}",
            escape::text(&mismatch.place()),
            shown(&mismatch.expected),
            shown(&mismatch.actual)
        )
    });
    differences.collect()
}

/// What differs and what led to it, on several lines.
pub(super) fn details(case: &CaseReport) -> String {
    let mut text = differences(case).join("\n");
    if let Some(decided) = &case.decided_at {
        let _ = write!(
            text,
            "\ndecided by {}, line {}: {}",
            decided.rule,
            decided.line,
            decided.text.trim_start()
        );
    }
    if let Some(error) = &case.input_error {
        let _ = write!(text, "\nthe login cannot be read: {error}");
    }
    for failure in &case.failures {
        let line = failure.span.map_or(0, |span| span.start.line);
        let _ = write!(
            text,
            "\n{} failed in line {line}: {} [{}]",
            failure.file, failure.message, failure.code
        );
    }
    text
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of one of its properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
