//! Rules with what is said of each, in a file that is compared to the letter.
//!
//! A case stands behind `=== ` and its title: the rule, a line `---`, and what is said of it. With
//! `MFA_BLESS=1` in the environment the file is written anew.

use std::fmt::Write;
use std::path::Path;

/// Compares what `said` gives for each rule of `tests/NAME/cases.txt`, each line behind a line break,
/// with what stands there.
pub(crate) fn check(name: &str, said: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
        .join("cases.txt");
    let expected = std::fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    let (head, cases) = expected.split_once("=== ").unwrap();
    actual.push_str(head);
    for case in cases.split("\n=== ") {
        let (title, rest) = case.split_once('\n').unwrap();
        let source = rest.split("\n---").next().unwrap();
        writeln!(actual, "=== {title}\n{source}\n---{}", said(source)).unwrap();
    }
    if std::env::var_os("MFA_BLESS").is_some() {
        std::fs::write(&path, &actual).unwrap();
        return;
    }
    assert!(actual.trim_end() == expected.trim_end(), "{actual}");
}
