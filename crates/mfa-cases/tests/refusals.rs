//! Case files with mistakes, and what their author is told about them.
//!
//! `refusals/cases.txt` holds case files and the diagnostics that they give, to the letter. After a
//! change of wording, `MFA_BLESS=1 cargo test -p mfa-cases --test refusals` writes it anew; read the
//! difference before it is committed.

#![cfg(test)]

use mfa_cases::{CaseFile, CaseFileError, Target};
use proptest::collection::vec;
use proptest::sample::select;
use proptest::{prop_assert, proptest};
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[test]
fn every_mistake_is_reported_where_it_is_and_with_what_to_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals/cases.txt");
    let expected = fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    let (head, cases) = expected.split_once("=== ").unwrap();
    actual.push_str(head);
    for case in cases.split("\n=== ") {
        let (title, rest) = case.split_once('\n').unwrap();
        let text = rest.split("\n---").next().unwrap();
        writeln!(actual, "=== {title}\n{text}\n---{}", report(text)).unwrap();
    }
    if std::env::var_os("MFA_BLESS").is_some() {
        fs::write(&path, &actual).unwrap();
        return;
    }
    assert!(actual.trim_end() == expected.trim_end(), "{actual}");
}

/// The diagnostics of a case file, a line each, with their help; else its cases.
fn report(text: &str) -> String {
    match CaseFile::parse("rule.test.yaml", text) {
        Ok(file) => {
            let names = file
                .cases()
                .iter()
                .map(|case| format!("\n{}: {}", case.line(), case.name()));
            names.collect()
        }
        Err(error) => diagnostics(&error),
    }
}

fn diagnostics(error: &CaseFileError) -> String {
    let mut report = String::new();
    for diagnostic in error.diagnostics() {
        let place = diagnostic.span.map_or_else(String::new, |span| {
            format!("{}:{}+{} ", span.start.line, span.start.column, span.length)
        });
        let code = diagnostic.code;
        write!(report, "\n{place}{code}: {}", diagnostic.message).unwrap();
        if let Some(help) = &diagnostic.help {
            write!(report, "\n    {help}").unwrap();
        }
    }
    report
}

/// A case with this at the end, whatever `what` begins with.
fn a_case_with(what: &str) -> String {
    format!("cases:\n  - name: a\n    expect: {{ decision: required }}\n{what}")
}

#[test]
fn line_ends_a_byte_order_mark_and_comments_do_not_matter() {
    let text = a_case_with("");
    let crlf = text.replace('\n', "\r\n");
    let marked = format!("\u{feff}{text}");
    let commented = format!("# A comment\n{text}# Another\n");
    for (text, line) in [(&text, 2), (&crlf, 2), (&marked, 2), (&commented, 3)] {
        let file = CaseFile::parse("rule.test.yaml", text).unwrap();
        assert_eq!(file.cases().len(), 1);
        assert_eq!(file.cases()[0].line(), line, "{text:?}");
    }
}

#[test]
fn json_can_be_pasted_in() {
    let text = r#"{
	"cases": [
		{ "name": "with \"quotes\", a slash\/, caf\u00e9 and \ud83d\ude00",
		  "user": { "email": "a\/b@example.com", "name": "\ud83d\ude00", "tab": "\t" },
		  "expect": { "decision": "required" } }
	]
}
"#;
    let file = CaseFile::parse("rule.test.yaml", text).unwrap();
    assert_eq!(
        file.cases()[0].name(),
        "with \"quotes\", a slash/, café and 😀"
    );
}

#[test]
fn an_escape_that_is_half_a_character_is_reported() {
    for escape in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\u0041"] {
        let text = format!("cases: [{{ name: \"{escape}\", expect: {{ decision: required }} }}]");
        let error = CaseFile::parse("rule.test.yaml", &text).unwrap_err();
        let report = diagnostics(&error);
        assert!(report.contains("case-syntax"), "{escape}: {report}");
    }
}

#[test]
fn tabs_in_front_are_reported() {
    let error = CaseFile::parse("rule.test.yaml", "cases:\n\t- name: a\n").unwrap_err();
    assert!(diagnostics(&error).contains("case-syntax"), "{error}");
}

#[test]
fn what_is_nested_too_deeply_is_reported() {
    let deep = |depth: usize| {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        a_case_with(&format!("    user: {{ groups: {value} }}\n"))
    };
    CaseFile::parse("rule.test.yaml", &deep(20)).unwrap();
    for depth in [200, 100_000] {
        let error = CaseFile::parse("rule.test.yaml", &deep(depth)).unwrap_err();
        assert!(diagnostics(&error).contains("case-syntax"), "{depth}");
    }
}

#[test]
fn a_file_that_is_no_text_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.test.yaml");
    fs::write(&path, b"cases: \xff\n").unwrap();
    let error = CaseFile::read(&path).unwrap_err();
    assert_eq!(
        diagnostics(&error),
        "\nnot-utf8: the case file is not UTF-8"
    );
}

#[test]
fn a_file_that_is_too_large_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.test.yaml");
    let comment = format!("{}# {}\n", a_case_with(""), "x".repeat(4 << 20));
    fs::write(&path, comment).unwrap();
    let error = CaseFile::read(&path).unwrap_err();
    assert_eq!(
        diagnostics(&error),
        "\nunreadable-file: the case file is larger than 4 MiB"
    );
}

#[test]
fn what_is_no_file_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let error = CaseFile::read(folder.path()).unwrap_err();
    assert_eq!(diagnostics(&error), "\nunreadable-file: this is no file");
    let error = CaseFile::read(folder.path().join("none.test.yaml")).unwrap_err();
    let report = diagnostics(&error);
    assert!(
        report.starts_with("\nunreadable-file: the case file cannot be read: "),
        "{report}"
    );
}

#[test]
fn more_cases_than_a_file_may_have_are_reported() {
    let values = vec!["1"; 10_001].join(", ");
    let text = format!(
        "cases:\n  - name: a\n    expect: {{ decision: required }}\n    vary: [{{ set: /user/a, to: [{values}] }}]\n"
    );
    let error = CaseFile::parse("rule.test.yaml", &text).unwrap_err();
    let report = diagnostics(&error);
    assert!(
        report.ends_with(
            "case-value: a case file has at most 10000 cases\n    divide it into several"
        ),
        "{report}"
    );
}

#[test]
fn a_name_that_names_no_rule_is_reported() {
    let text = a_case_with("");
    let error = CaseFile::parse("cases.yaml", &text).unwrap_err();
    assert_eq!(
        diagnostics(&error),
        "\n1:1+1 case-value: the name of the file does not say which rule the cases test, because it does not end in `.test.yaml`\n    write `rule` with the file of the rule"
    );
}

#[test]
fn the_target_is_beside_the_file() {
    let target = |path: &str, rule: &str| {
        let text = format!("{rule}{}", a_case_with(""));
        CaseFile::parse(path, &text).unwrap().target().clone()
    };
    let rule = |path: &str| Target::Rule(path.into());
    let set = |path: &str| Target::RuleSet(path.into());
    assert_eq!(target("a/b.test.yaml", ""), rule("a/b.rhai"));
    assert_eq!(target("b.test.yaml", ""), rule("b.rhai"));
    assert_eq!(target("a/b.test.yaml", "rule: c.rhai\n"), rule("a/c.rhai"));
    assert_eq!(target("a/x.yaml", "rule: c.rhai\n"), rule("a/c.rhai"));
    assert_eq!(target("a/ruleset.test.yaml", ""), set("a"));
    assert_eq!(target("ruleset.test.yaml", ""), set("."));
    let named = target("a/ruleset.test.yaml", "rule: c.rhai\n");
    assert_eq!(named, rule("a/c.rhai"));
}

#[test]
fn a_rule_that_is_not_there_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.test.yaml");
    fs::write(&path, a_case_with("")).unwrap();
    let error = CaseFile::read(&path).unwrap_err();
    assert_eq!(
        diagnostics(&error),
        "\nunreadable-file: the rule `rule.rhai`, which the cases test, is not there\n    name the file after the rule, or write `rule` with the rule's file"
    );
    fs::write(folder.path().join("rule.rhai"), "require_mfa(\"any\");").unwrap();
    CaseFile::read(&path).unwrap();
}

proptest! {
    /// Any text is a case file or is refused with what is wrong with it.
    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}", name in "[a-z./\\\\]{0,20}") {
        match CaseFile::parse(&name, &text) {
            Ok(file) => prop_assert!(!file.cases().is_empty()),
            Err(error) => prop_assert!(!error.diagnostics().is_empty()),
        }
    }

    /// Neither do indicators and keys in any order make the reader panic.
    #[test]
    fn any_mixture_of_yaml_is_read_or_refused(
        pieces in vec(select(PIECES), 0..40),
    ) {
        match CaseFile::parse("rule.test.yaml", &pieces.concat()) {
            Ok(file) => prop_assert!(!file.cases().is_empty()),
            Err(error) => prop_assert!(!error.diagnostics().is_empty()),
        }
    }
}

const PIECES: &[&str] = &[
    "cases: ",
    "name: a",
    "expect: ",
    "vary: ",
    "set: /user",
    "to: ",
    "decision: required",
    "user: ",
    "now: ",
    "{ ",
    " }",
    "[",
    "]",
    ", ",
    "\n",
    "  ",
    "    ",
    "- ",
    ": ",
    "~",
    "\"",
    "'",
    "#",
    "|\n",
    "&a ",
    "*a",
    "!",
    "\t",
    "\r\n",
    "---\n",
    "...\n",
    "\u{feff}",
    "\u{85}",
    "é",
    "\\ud83d",
    "? ",
    "<<: ",
];
