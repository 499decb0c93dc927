//! `mfa decide --watch` and `mfa test --watch`, on real files.

use crate::transcript::mfa;
use serde_json::{Value as Json, json};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// How long an answer may take. It only matters when there is none.
const PATIENCE: Duration = Duration::from_mins(1);

const REQUIRES: &str = "if user?.flag == true { require_mfa(\"any\"); }";
const DENIES: &str = "deny(\"closed\");";

/// The program, and what it writes.
struct Watching {
    program: Child,
    outcomes: Receiver<String>,
    messages: Receiver<String>,
    folder: TempDir,
}

impl Watching {
    fn of(files: &[(&str, &str)], arguments: &[&str]) -> Self {
        let decide = ["decide", "--watch", "--rules", "rules"];
        let now = ["--now", "2026-01-05T09:00:00Z"];
        Self::command(files, &[&decide, &now[..], arguments].concat())
    }

    fn command(files: &[(&str, &str)], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("rules")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut program = mfa()
            .current_dir(folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            outcomes: lines(program.stdout.take().unwrap()),
            messages: lines(program.stderr.take().unwrap()),
            program,
            folder,
        }
    }

    /// Replaces a file in one step, so that nobody sees it half written.
    fn put(&self, name: &str, text: &str) {
        let new = self.folder.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.folder.path().join(name)).unwrap();
    }

    fn message(&self) -> String {
        self.messages.recv_timeout(PATIENCE).expect("a message")
    }

    fn outcome(&self) -> String {
        self.outcomes.recv_timeout(PATIENCE).expect("an outcome")
    }

    fn decision(&self) -> Json {
        let outcome: Json = serde_json::from_str(&self.outcome()).unwrap();
        outcome["decision"].clone()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The lines that a program writes, as they come.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { return };
            if send.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn a_change_of_a_rule_or_of_the_login_is_decided_again() {
    let files = [
        ("rules/a.rhai", REQUIRES),
        ("user.json", "{\"flag\":false}"),
    ];
    let watching = Watching::of(&files, &["--user", "user.json", "--format", "json"]);
    assert_eq!(watching.message(), "--- watching, until Ctrl-C is pressed");
    assert_eq!(watching.decision(), json!("not_required"));
    watching.put("user.json", "{\"flag\":true}");
    assert_eq!(watching.message(), "--- changed: user.json");
    assert_eq!(watching.decision(), json!("required"));
    watching.put("rules/a.rhai", DENIES);
    assert_eq!(watching.message(), "--- changed: rules");
    assert_eq!(watching.decision(), json!("denied"));
}

#[test]
fn a_change_of_what_came_with_the_login_is_decided_again() {
    let asking = "if fact(\"risk\") > configuration.LIMIT { require_mfa(\"any\"); }";
    let files = [
        ("rules/a.rhai", asking),
        ("context.json", "{}"),
        ("facts.json", "{\"risk\":82}"),
        ("configuration.json", "{\"LIMIT\":90}"),
    ];
    let arguments = "--context context.json --facts facts.json \
                     --configuration configuration.json --format json";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let watching = Watching::of(&files, &arguments);
    watching.message();
    assert_eq!(watching.decision(), json!("not_required"));
    watching.put("facts.json", "{\"risk\":95}");
    assert_eq!(watching.message(), "--- changed: facts.json");
    assert_eq!(watching.decision(), json!("required"));
    watching.put("configuration.json", "{\"LIMIT\":99}");
    assert_eq!(watching.message(), "--- changed: configuration.json");
    assert_eq!(watching.decision(), json!("not_required"));
    watching.put("facts.json", "{}");
    assert_eq!(watching.message(), "--- changed: facts.json");
    assert_eq!(watching.decision(), json!("denied"));
    watching.put("context.json", "[]");
    assert_eq!(watching.message(), "--- changed: context.json");
    assert_eq!(watching.decision(), json!("denied"));
}

#[test]
fn broken_rules_are_shown_and_waited_on() {
    let watching = Watching::of(&[("rules/a.rhai", REQUIRES)], &[]);
    assert_eq!(watching.message(), "--- watching, until Ctrl-C is pressed");
    assert_eq!(watching.outcome(), "no second factor required");
    watching.put("rules/a.rhai", "denny(\"closed\");");
    let messages: Vec<String> = (0..9).map(|_| watching.message()).collect();
    assert_eq!(
        messages.join("\n"),
        "\
--- changed: rules
error[unknown-function]: no function is named `denny`
 --> rules/a.rhai:1:1
  |
1 | denny(\"closed\");
  | ^^^^^
help: did you mean `deny`?

error: the rule set cannot be used"
    );
    watching.put("rules/a.rhai", DENIES);
    assert_eq!(watching.message(), "--- changed: rules");
    while watching.outcome() != "denied: unauthorized, \"closed\"" {}
}

#[test]
fn what_is_not_there_yet_is_waited_for() {
    let watching = Watching::of(&[], &["--user", "user.json", "--format", "json"]);
    let messages: Vec<String> = (0..5).map(|_| watching.message()).collect();
    assert_eq!(
        messages.join("\n"),
        "\
--- watching, until Ctrl-C is pressed
error[no-enabled-rule]: there is neither a `ruleset.yaml` nor a `.rhai` file in this folder
 --> rules
help: name the folder that has the rules in it
"
    );
    assert_eq!(watching.message(), "error: the rule set cannot be used");
    watching.put("rules/a.rhai", REQUIRES);
    assert_eq!(watching.message(), "--- changed: rules");
    assert_eq!(
        watching.message(),
        "error: cannot read user.json: No such file or directory (os error 2)"
    );
    watching.put("user.json", "{\"flag\":true}");
    assert_eq!(watching.message(), "--- changed: user.json");
    assert_eq!(watching.decision(), json!("required"));
}

#[test]
fn a_file_that_is_written_without_a_change_is_not_decided_again() {
    let files = [("rules/a.rhai", REQUIRES), ("user.json", "{}")];
    let watching = Watching::of(&files, &["--user", "user.json", "--format", "json"]);
    watching.message();
    assert_eq!(watching.decision(), json!("not_required"));
    watching.put("user.json", "{}");
    watching.put("rules/a.rhai", REQUIRES);
    watching.put("rules/notes.txt", "not a rule");
    watching.put("user.json", "{\"flag\":true}");
    assert_eq!(watching.message(), "--- changed: user.json");
    assert_eq!(watching.decision(), json!("required"));
}

#[test]
fn watching_ends_when_nobody_reads_the_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let rule = folder.path().join("a.rhai");
    fs::write(&rule, REQUIRES).unwrap();
    let mut program = mfa()
        .args(["decide", "--watch", "--rules"])
        .arg(&rule)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let messages = lines(program.stderr.take().unwrap());
    drop(program.stdout.take());
    // The pipe may have been open for as long as the first outcome takes.
    let _ = messages.recv_timeout(PATIENCE);
    write_anew(&rule, DENIES);
    assert_eq!(program.wait().unwrap().code(), Some(0));
}

fn write_anew(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

#[test]
fn cases_are_run_again_after_a_change_of_them_or_of_their_rule() {
    let cases = |decision: &str| {
        format!(
            "cases:\n  - name: a\n    user: {{ flag: true }}\n    expect: {{ decision: {decision} }}\n"
        )
    };
    let files = [
        ("rules/a.rhai", REQUIRES),
        ("rules/a.test.yaml", &cases("required")),
    ];
    let watching = Watching::command(&files, &["test", "--watch", "rules", "--format", "github"]);
    assert_eq!(watching.message(), "--- watching, until Ctrl-C is pressed");
    assert_eq!(watching.outcome(), "1 case passed, 0 failed");
    watching.put("rules/a.rhai", DENIES);
    assert_eq!(watching.message(), "--- changed: rules/a.rhai");
    assert!(
        watching
            .outcome()
            .starts_with("::error file=rules/a.test.yaml,line=2")
    );
    assert_eq!(watching.outcome(), "no cases passed, 1 failed");
    watching.put("rules/a.test.yaml", &cases("denied"));
    assert_eq!(watching.message(), "--- changed: rules/a.test.yaml");
    assert_eq!(watching.outcome(), "1 case passed, 0 failed");
    watching.put("rules/b.test.yaml", "cases:\n");
    assert_eq!(watching.message(), "--- changed: rules/b.test.yaml");
    assert!(
        watching
            .outcome()
            .starts_with("::error file=rules/b.test.yaml")
    );
}

#[test]
fn cases_that_are_not_there_yet_are_waited_for() {
    let arguments = ["test", "--watch", "rules/a.rhai"];
    let watching = Watching::command(&[], &arguments);
    assert_eq!(watching.message(), "--- watching, until Ctrl-C is pressed");
    assert_eq!(
        watching.message(),
        "error: there is no file or folder rules/a.rhai"
    );
    watching.put(
        "rules/a.test.yaml",
        "cases: [{ name: a, expect: { decision: denied } }]",
    );
    assert_eq!(watching.message(), "--- changed: rules/a.test.yaml");
    assert_eq!(
        watching.message(),
        "error: there is no file or folder rules/a.rhai"
    );
    watching.put("rules/a.rhai", DENIES);
    assert_eq!(watching.message(), "--- changed: rules/a.rhai");
    assert_eq!(watching.outcome(), "1 case in 1 file: 1 passed");
}
