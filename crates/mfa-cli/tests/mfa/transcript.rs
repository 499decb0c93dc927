//! Transcripts: files with commands and everything that they write, compared to the letter.
//!
//! A command stands in a line `$ mfa …`, its words separated by blanks, with `< FILE` for standard
//! input. After it come standard output, standard error after a line `[stderr]` if there is any,
//! and `[exit N]`. Lines with `#` between commands are comments. Paths are relative to
//! `tests/fixtures`. With `MFA_BLESS=1` in the environment the files are written anew.

use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the commands of `transcripts/NAME.txt` and compares what they write.
pub(crate) fn check(name: &str) {
    let file = tests().join("transcripts").join(name).with_extension("txt");
    let expected = fs::read_to_string(&file).unwrap();
    let mut actual = String::new();
    let mut is_output = false;
    for line in expected.lines() {
        if let Some(command) = line.strip_prefix("$ mfa ") {
            writeln!(actual, "{line}").unwrap();
            actual.push_str(&run(command));
            is_output = true;
        } else if !is_output {
            writeln!(actual, "{line}").unwrap();
        } else if line.starts_with("[exit ") {
            is_output = false;
        }
    }
    if std::env::var_os("MFA_BLESS").is_some() {
        fs::write(&file, actual).unwrap();
        return;
    }
    assert!(
        actual == expected,
        "expected:\n{expected}\n\nactual:\n{actual}"
    );
}

/// The binary, in the folder of the fixtures.
pub(crate) fn mfa() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mfa"));
    command
        .current_dir(tests().join("fixtures"))
        .env_remove("COLUMNS")
        .env_remove("ACME_SECRET");
    command
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn run(command: &str) -> String {
    let (arguments, input) = match command.split_once(" < ") {
        Some((arguments, file)) => {
            let file = File::open(tests().join("fixtures").join(file)).unwrap();
            (arguments, Stdio::from(file))
        }
        None => (command, Stdio::null()),
    };
    let output = mfa()
        .args(arguments.split_whitespace())
        .stdin(input)
        .output()
        .unwrap();
    transcript(&output)
}

fn transcript(output: &Output) -> String {
    let mut transcript = without_versions(std::str::from_utf8(&output.stdout).unwrap());
    let messages = without_versions(std::str::from_utf8(&output.stderr).unwrap());
    if !messages.is_empty() {
        write!(transcript, "[stderr]\n{messages}").unwrap();
    }
    assert!(transcript.is_empty() || transcript.ends_with('\n'));
    writeln!(transcript, "[exit {}]", output.status.code().unwrap()).unwrap();
    transcript
}

/// The digits of revisions change with every byte of a fixture, and the version with each release.
fn without_versions(text: &str) -> String {
    let text = text.replace(concat!('"', env!("CARGO_PKG_VERSION"), '"'), "\"…\"");
    let mut parts = text.split("sha256:");
    let mut result = parts.next().unwrap().to_owned();
    for part in parts {
        result.push_str("sha256:…");
        result.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
    }
    result
}
