//! How the commands read and write: bounded, streaming, and never in colour where nobody looks.

use crate::transcript::mfa;
use mfa_rules::Code;
use serde_json::{Value as Json, json};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

fn decide_lines(more: &[&str]) -> Command {
    let mut command = mfa();
    command
        .args(["decide", "--rules", "acme", "--logins", "-"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The outcomes for `input`, and the exit status.
fn outcomes(command: &mut Command, input: impl Read + Send) -> (Vec<Json>, Option<i32>) {
    let mut child = command.spawn().unwrap();
    let outcomes = std::thread::scope(|scope| {
        let mut stdin = child.stdin.take().unwrap();
        let mut input = input;
        scope.spawn(move || std::io::copy(&mut input, &mut stdin).unwrap());
        let stdout = BufReader::new(child.stdout.take().unwrap());
        stdout
            .lines()
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
            .collect()
    });
    (outcomes, child.wait().unwrap().code())
}

#[test]
fn a_line_beyond_the_limit_is_denied_and_the_next_one_is_read() {
    let long = std::io::repeat(b' ').take((16 << 20) + 1);
    let input = long.chain(&b"\n{\"user\":7}\n"[..]);
    let (outcomes, exit) = outcomes(&mut decide_lines(&[]), input);
    let errors: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome["input_error"].as_str().unwrap())
        .collect();
    assert_eq!(
        errors,
        [
            "the line is longer than 16 MiB",
            "`user` must be an object, not a number"
        ]
    );
    assert_eq!(exit, Some(1));
}

#[test]
fn a_document_beyond_the_limit_is_denied_without_being_read_to_its_end() {
    let mut child = mfa()
        .args(["decide", "--rules", "acme", "--format", "json"])
        .args(["--user", "-"])
        .stdin(OpenOptions::new().read(true).open("/dev/zero").unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let outcome: Json = serde_json::from_reader(child.stdout.take().unwrap()).unwrap();
    assert_eq!(outcome["decision"], json!("denied"));
    assert_eq!(
        outcome["input_error"],
        json!("`user` is longer than 16 MiB")
    );
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn deep_nesting_is_denied() {
    let line = format!("{{\"user\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let (outcomes, _) = outcomes(&mut decide_lines(&[]), line.as_bytes());
    assert_eq!(outcomes[0]["decision"], json!("denied"));
    assert_eq!(
        outcomes[0]["input_error"],
        json!("the line is not JSON: recursion limit exceeded, column 135")
    );
}

#[test]
fn a_line_is_answered_before_the_next_one_comes() {
    let mut child = decide_lines(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for user in [1, 2] {
        writeln!(stdin, r#"{{"user":{user},"now":{user}}}"#).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        let answer: Json = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["now"], json!(format!("1970-01-01T00:00:0{user}Z")));
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn the_time_given_wins_over_the_line_and_the_line_over_the_clock() {
    let line = &b"{\"user\":1,\"now\":1767603600}\n{\"user\":1}\n{\"user\":2}\n"[..];
    let times = |more: &[&str]| -> Vec<String> {
        let (outcomes, _) = outcomes(&mut decide_lines(more), line);
        let times = outcomes.iter().map(|outcome| outcome["now"].as_str());
        times.map(|time| time.unwrap().to_owned()).collect()
    };
    assert_eq!(
        times(&["--now", "2026-02-03T04:05:06Z"]),
        ["2026-02-03T04:05:06Z"; 3]
    );
    let times = times(&[]);
    assert_eq!(times[0], "2026-01-05T09:00:00Z");
    assert_ne!(times[1], times[0]);
    assert_eq!(times[1], times[2], "the clock is read once");
}

fn wait_with_closed_output(command: &mut Command) -> (Option<i32>, String) {
    let mut child: Child = command.spawn().unwrap();
    drop(child.stdout.take());
    if let Some(mut stdin) = child.stdin.take() {
        // It may stop reading at any time.
        let _ = stdin.write_all("{\"user\":1}\n".repeat(10_000).as_bytes());
    }
    let output = child.wait_with_output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), messages)
}

#[test]
fn a_closed_pipe_is_success() {
    let closed = wait_with_closed_output(&mut decide_lines(&[]));
    assert_eq!(closed, (Some(0), String::new()));
    let mut explain = mfa();
    explain.arg("explain");
    explain.stdout(Stdio::piped()).stderr(Stdio::piped());
    assert_eq!(
        wait_with_closed_output(&mut explain),
        (Some(0), String::new())
    );
}

#[test]
fn a_closed_pipe_does_not_hide_a_denial() {
    let mut decide = mfa();
    decide
        .args(["decide", "--rules", "acme", "--exit-code"])
        .args(["--user", "array.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    assert_eq!(
        wait_with_closed_output(&mut decide),
        (Some(11), String::new())
    );
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let single = ["--user", "array.json", "--format", "json"];
    let many = ["--logins", "unreadable.ndjson"];
    for arguments in [&single[..], &many[..]] {
        let output = mfa()
            .args(["decide", "--rules", "acme"])
            .args(arguments)
            .stdout(full())
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: the result cannot be written: No space left on device (os error 28)\n"
        );
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    for arguments in [
        &["decide", "--rules", "acme", "--user", "array.json"][..],
        &["check", "broken"],
        &["decide", "--rules", "broken"],
    ] {
        let output = mfa().args(arguments).output().unwrap();
        let written = [output.stdout, output.stderr].concat();
        assert!(!written.is_empty() && !written.contains(&0x1b));
    }
}

#[test]
fn explain_prints_the_page_of_every_code() {
    let stdout = |arguments: &[&str]| {
        let output = mfa().arg("explain").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    for code in [Code::Input, Code::Multifactor] {
        assert_eq!(
            stdout(&[code.as_str()]),
            format!("{}\n", code.page().trim_end())
        );
    }
    let list = stdout(&[]);
    assert!(list.lines().all(|line| line.chars().count() <= 100));
    // What begins with more blanks goes on with the line before, and what has none is a heading.
    let entries = list.lines().filter_map(|line| line.strip_prefix("  "));
    let listed: Vec<_> = entries
        .filter(|entry| !entry.starts_with(' '))
        .map(|entry| entry.split_whitespace().next().unwrap())
        .collect();
    let all: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, all);
    let headings: Vec<_> = list.lines().filter(|line| !line.starts_with(' ')).collect();
    let mut groups: Vec<_> = Code::ALL.iter().map(|code| code.group()).collect();
    groups.dedup();
    assert_eq!(headings.join("\n"), groups.join("\n\n"));
}
