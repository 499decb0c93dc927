//! The transcript in the README is what the command writes.

use mfa_cases::CaseFile;
use mfa_rules::Loader;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_first_command_of_the_readme_writes_what_stands_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, transcript) = readme.split_once("```console\n").unwrap();
    check(&root, transcript);
}

#[test]
fn the_command_of_the_readme_that_tests_a_rule_writes_what_stands_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, section) = readme.split_once("### Test your rules\n").unwrap();
    let (_, transcript) = section.split_once("```console\n").unwrap();
    check(&root, transcript);
}

/// Runs the command in the first line of a transcript, and compares what it writes.
fn check(root: &Path, transcript: &str) {
    let (transcript, _) = transcript.split_once("```\n").unwrap();
    let (command, expected) = transcript.split_once('\n').unwrap();
    let arguments = command
        .strip_prefix("$ cargo run -p mfa-cli -- ")
        .expect("the command runs the binary");
    let output = Command::new(env!("CARGO_BIN_EXE_mfa"))
        .current_dir(root)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    assert_eq!(std::str::from_utf8(&output.stderr), Ok(""));
    assert_eq!(std::str::from_utf8(&output.stdout), Ok(expected));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn cases_in_the_documents_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for document in ["README.md", "docs/cases.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let blocks = text.split("```yml\n").skip(1);
        let blocks: Vec<&str> = blocks
            .map(|block| block.split("```").next().unwrap())
            .collect();
        assert_eq!(blocks.len(), 1, "{document}");
        for block in blocks {
            let file = CaseFile::parse(root.join("rules/clients-with-mfa.test.yaml"), block);
            let file = file.unwrap_or_else(|error| panic!("{document}: {error}"));
            let rules = file.load(&Loader::new()).unwrap();
            for case in file.cases() {
                let result = case.run(&rules);
                assert!(result.passed(), "{document}: {}", case.name());
            }
        }
    }
}

#[test]
fn the_second_command_of_the_readme_is_what_continuous_integration_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut blocks = readme.split("```console\n$ ").skip(1);
    let (command, _) = blocks.nth(1).unwrap().split_once('\n').unwrap();
    let script = fs::read_to_string(root.join(".ci/run")).unwrap();
    let is_run = script.lines().any(|line| {
        line.strip_prefix(command)
            .is_some_and(|rest| rest.starts_with(" 2>&1 | tee"))
    });
    assert!(is_run, "`{command}` is not in .ci/run");
}
