//! The reference of the outcome shows what the command writes.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn outcomes_in_the_reference_are_what_the_command_writes() {
    let blocks = blocks();
    let mut checked = 0;
    for (index, (language, text)) in blocks.iter().enumerate() {
        if language != "console" {
            continue;
        }
        let arguments = text.trim().strip_prefix("$ mfa ").unwrap();
        let input = if arguments.ends_with("--logins -") {
            &blocks[index - 1].1
        } else {
            ""
        };
        let (_, expected) = &blocks[index + 1];
        let written = run(arguments, input);
        assert_eq!(documents(&written), documents(expected), "{arguments}");
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[test]
fn every_member_that_the_reference_shows_is_described_in_it() {
    let mut names = BTreeSet::new();
    for (language, text) in blocks() {
        if language != "console" {
            for document in documents(&text) {
                if document.get("version").is_some() {
                    let members = document.as_object().unwrap();
                    names.extend(members.keys().cloned());
                }
            }
        }
    }
    assert!(names.len() > 15, "only {names:?} were found");
    let page = page();
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    for name in names {
        let quoted = format!("`{name}`");
        let is_described = rows.iter().any(|row| {
            let cell = row.split('|').nth(1).unwrap_or_default();
            cell.split(',').any(|member| member.trim() == quoted)
        });
        assert!(is_described, "no row is about {quoted}");
    }
}

fn run(arguments: &str, input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mfa"))
        .current_dir(root())
        // The example of a secret that is missing.
        .env_remove("ACME_SECRET")
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// The JSON documents of a text, one after the other.
fn documents(text: &str) -> Vec<Json> {
    let documents = serde_json::Deserializer::from_str(text).into_iter();
    documents.collect::<Result<_, _>>().unwrap()
}

/// The fenced blocks of the page: language and text.
fn blocks() -> Vec<(String, String)> {
    let page = page();
    let mut parts = page.split("```");
    let mut blocks = Vec::new();
    // Between two fences is a block, between two blocks is prose.
    while let (Some(_), Some(block)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').unwrap();
        blocks.push((language.to_owned(), text.to_owned()));
    }
    blocks
}

fn page() -> String {
    fs::read_to_string(root().join("docs/outcome.md")).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
