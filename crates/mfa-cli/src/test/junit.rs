//! The results as `JUnit` XML, in the form that Jenkins, GitLab and the like read.

use super::suite::{CaseReport, FileReport, Suite};
use mfa_rules::Style;
use std::fmt::Write;
use std::time::Duration;

/// Writes the results as `JUnit` XML.
pub(super) fn render(suite: &Suite) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let failures = suite.failed.saturating_add(suite.survived);
    let tests = suite.passed.saturating_add(failures);
    let errors = suite.unusable.saturating_add(suite.untested.len());
    let _ = writeln!(
        xml,
        "<testsuites name=\"mfa test\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\" time=\"{}\">",
        tests.saturating_add(errors),
        failures,
        seconds(suite.files.iter().map(elapsed).sum())
    );
    for file in &suite.files {
        file_suite(&mut xml, file);
    }
    for rule in &suite.untested {
        let rule = attribute(&rule.display().to_string());
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{rule}\" tests=\"1\" failures=\"0\" errors=\"1\" time=\"0.000000\">\n    \
             <testcase name=\"has cases\" classname=\"{rule}\" time=\"0.000000\">\n      \
             <error message=\"the rule has no cases\" type=\"no-cases\"/>\n    \
             </testcase>\n  </testsuite>"
        );
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn file_suite(xml: &mut String, file: &FileReport) {
    let survivors = file.survivors.len();
    let failures = file.cases.iter().filter(|case| !case.passed).count();
    let failures = failures.saturating_add(survivors);
    let errors = usize::from(!file.diagnostics.is_empty());
    let name = attribute(&file.file);
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{}\">",
        file.cases
            .len()
            .saturating_add(errors)
            .saturating_add(survivors),
        seconds(elapsed(file))
    );
    if !file.diagnostics.is_empty() {
        let shown = file
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.display(Style::Plain).to_string());
        let shown: Vec<String> = shown.collect();
        let first = file.diagnostics.first();
        let message = first.map_or("", |diagnostic| diagnostic.message.as_str());
        let code = first.map_or("", |diagnostic| diagnostic.code.as_str());
        let _ = writeln!(
            xml,
            "    <testcase name=\"can be used\" classname=\"{name}\" time=\"0.000000\">\n      \
             <error message=\"{}\" type=\"{code}\">{}</error>\n    </testcase>",
            attribute(message),
            text(&shown.join("\n\n"))
        );
    }
    for case in &file.cases {
        test_case(xml, &name, case);
    }
    for survivor in &file.survivors {
        let survivor = attribute(&survivor.to_string());
        let _ = writeln!(
            xml,
            "    <testcase name=\"{survivor}\" classname=\"{name}\" time=\"0.000000\">\n      \
             <failure message=\"{survivor}\" type=\"survived\"/>\n    </testcase>"
        );
    }
    xml.push_str("  </testsuite>\n");
}

fn test_case(xml: &mut String, class: &str, case: &CaseReport) {
    let _ = write!(
        xml,
        "    <testcase name=\"{}\" classname=\"{class}\" time=\"{}\"",
        attribute(&case.name),
        seconds(case.elapsed)
    );
    if case.passed {
        xml.push_str("/>\n");
        return;
    }
    let _ = writeln!(
        xml,
        ">\n      <failure message=\"{}\" type=\"mismatch\">{}</failure>\n    </testcase>",
        attribute(&super::github::differences(case).join("; ")),
        text(&super::github::details(case))
    );
}

fn elapsed(file: &FileReport) -> Duration {
    file.cases.iter().map(|case| case.elapsed).sum()
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.6}", elapsed.as_secs_f64())
}

/// The value of an attribute, in double quotes.
fn attribute(value: &str) -> String {
    text(value)
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}

/// Text that stands for itself. What XML 1.0 §2.2 has no characters for is replaced.
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control < ' ' || control == '\u{7f}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
