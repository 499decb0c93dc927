//! Invariants of the source tree that no type can hold.

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn rhai_is_used_by_the_parser_and_by_tests_alone() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let users: Vec<String> = sources(&source)
        .into_iter()
        .filter(|path| fs::read_to_string(path).unwrap().contains("rhai::"))
        .map(|path| path.strip_prefix(&source).unwrap().display().to_string())
        // The oracle of unit tests, which only they compile.
        .filter(|path| path != "oracle.rs")
        .collect();
    assert!(!users.is_empty());
    for user in users {
        assert!(user.starts_with("parse/"), "{user} uses Rhai");
    }
}

#[test]
fn what_needs_no_second_factor_is_made_in_one_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let made: Vec<String> = sources(&source)
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .flat_map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            code.lines()
                .filter(|line| line.contains("=> Decision::NotRequired"))
                .map(|line| format!("{}: {}", path.display(), line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(made.len(), 1, "{made:#?}");
}

#[test]
fn no_file_grows_a_second_subject() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&source) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 700, "{} has {lines} lines", path.display());
    }
}
