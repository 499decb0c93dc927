//! What fuzzing once found stays found: each file of `regressions` is given to its target.

#![expect(clippy::panic, reason = "a test reports by panicking")]

use mfa_testkit::fuzz;
use std::fs;
use std::path::Path;

/// Gives every file of `regressions/target` to `body`, and counts them.
fn replay(target: &str, body: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("regressions")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap_or_else(|error| panic!("{error}")).path())
        .collect();
    files.sort();
    for file in &files {
        body(&fs::read(file).unwrap_or_else(|error| panic!("{error}")));
    }
    files.len()
}

#[test]
fn rule_sources_are_survived() {
    assert_ne!(replay("rule_source", fuzz::rule_source), 0);
}

#[test]
fn engine_and_oracle_agree() {
    assert_ne!(replay("oracle", fuzz::oracle), 0);
}

#[test]
fn login_lines_are_answered() {
    assert_ne!(replay("login_lines", fuzz::login_lines), 0);
}

#[test]
fn entrances_give_the_same_outcome() {
    assert_ne!(replay("entrances", fuzz::entrances), 0);
}

#[test]
fn json_texts_are_read_as_serde_json_reads_them() {
    assert_ne!(replay("json_text", fuzz::json_text), 0);
}

#[test]
fn case_files_are_read_or_refused() {
    assert_ne!(replay("case_files", fuzz::case_files), 0);
}
