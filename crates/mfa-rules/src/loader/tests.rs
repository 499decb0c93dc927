//! Loading and checking folders and files.

use super::Loader;
use crate::codes::Code;
use crate::limits::Limits;
use crate::rule_set::{RuleSet, stand_in};
use crate::secret::Secret;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        write(folder.path(), name, text.as_bytes());
    }
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
    fs::write(path, bytes).expect("a file can be written");
}

/// A loader with the one environment variable `SET`.
fn loader() -> Loader {
    Loader::new().environment(|name| match name {
        "SET" => Some(Secret::new("hunter2".to_owned())),
        "EMPTY" => Some(Secret::new(String::new())),
        _ => None,
    })
}

fn load(path: &Path) -> RuleSet {
    match loader().load_with(path, &stand_in::compile) {
        Ok(rule_set) => rule_set,
        Err(error) => panic!("{error}"),
    }
}

/// What is wrong, the folder written as `DIR`.
fn problems(path: &Path, folder: &Path) -> String {
    let error = loader()
        .load_with(path, &stand_in::compile)
        .expect_err("the set cannot be used");
    let shown = folder.display().to_string();
    error.to_string().replace(&shown, "DIR")
}

fn problems_in(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    problems(folder.path(), folder.path())
}

#[test]
fn a_folder_without_a_manifest_has_its_rules_by_name() {
    let folder = folder(&[
        ("b.rhai", "1"),
        ("a.rhai", "1"),
        ("A.rhai", "1"),
        ("README.md", "x"),
        (".hidden.rhai", "broken"),
        ("other/set/ruleset.yaml", ""),
        ("other/set/c.rhai", "broken"),
    ]);
    let rule_set = load(folder.path());
    assert_eq!(rule_set.rule_names().collect::<Vec<_>>(), ["A", "a", "b"]);
    let name = folder.path().file_name().expect("a name");
    assert_eq!(rule_set.name(), name.to_string_lossy());
    assert_eq!(rule_set.warnings(), []);
}

#[test]
fn a_rule_below_a_folder_without_a_manifest_is_warned_about() {
    let folder = folder(&[("a.rhai", "1"), ("sub/b.rhai", "broken")]);
    let rule_set = load(folder.path());
    assert_eq!(rule_set.rule_names().collect::<Vec<_>>(), ["a"]);
    let warnings: Vec<_> = rule_set.warnings().iter().map(|w| &*w.message).collect();
    assert_eq!(
        warnings,
        ["this rule never runs: without a manifest, the rules are those of the folder itself"]
    );
}

#[test]
fn a_manifest_names_the_rules_in_their_order() {
    let folder = folder(&[
        (
            "ruleset.yaml",
            "name: acme\nversion: 1\nrules:\n\
             - file: office/b.rhai\n- {file: ./a.rhai, enabled: false}\n\
             configuration: {K: v}\nsecrets: {S: {env: SET}, F: {file: secret.txt}}\n\
             limits: {calls: 3}\n",
        ),
        ("a.rhai", "1"),
        ("office/b.rhai", "odd"),
        ("secret.txt", "hunter3\r\n"),
    ]);
    let rule_set = load(folder.path());
    assert_eq!(rule_set.name(), "acme");
    assert_eq!(rule_set.rule_names().collect::<Vec<_>>(), ["office/b", "a"]);
    assert_eq!(rule_set.secrets["S"].expose(), "hunter2");
    assert_eq!(rule_set.secrets["F"].expose(), "hunter3");
    assert_eq!(rule_set.limits(), &Limits::DEFAULT.with_calls(3));
    assert_eq!(rule_set.configuration()["K"], "v");
    assert_eq!(rule_set.warnings().len(), 1);
}

#[test]
fn a_single_file_is_a_set_of_one() {
    let folder = folder(&[
        ("ruleset.yaml", "no"),
        ("a.rhai", "1"),
        ("b.rhai", "broken"),
    ]);
    let rule_set = load(&folder.path().join("a.rhai"));
    assert_eq!(rule_set.name(), "a");
    assert_eq!(rule_set.rule_names().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn the_same_rule_has_the_same_revision_however_it_came_in() {
    let folder = folder(&[("a.rhai", "\u{feff}1")]);
    let built = RuleSet::builder()
        .rule(("a", "1"))
        .compile_with(&stand_in::compile)
        .expect("it compiles");
    assert_eq!(load(folder.path()).revision(), built.revision());
    let single = load(&folder.path().join("a.rhai"));
    assert_eq!(single.revision(), built.revision());
}

#[test]
fn the_manifest_and_the_paths_are_in_the_revision() {
    let revision = |manifest: &str, rule: &str| {
        let folder = folder(&[("ruleset.yaml", manifest), (rule, "1")]);
        load(folder.path()).revision().to_owned()
    };
    let one = revision("version: 1\nrules: [{file: a.rhai}]", "a.rhai");
    assert_ne!(
        one,
        revision("version: 1\nrules: [{file: b.rhai}]", "b.rhai")
    );
    assert_ne!(
        one,
        revision("version: 1\nrules: [{file: a.rhai}] #", "a.rhai")
    );
    assert_eq!(
        one,
        revision("version: 1\nrules: [{file: a.rhai}]", "a.rhai")
    );
}

#[test]
fn a_set_may_say_that_it_has_no_rules() {
    let folder = folder(&[("ruleset.yaml", "version: 1\nrules: []\n")]);
    assert_eq!(load(folder.path()).rule_names().len(), 0);
}

#[test]
fn what_cannot_be_a_rule_set_is_refused() {
    let folder = folder(&[
        ("notes.txt", "x"),
        ("empty/notes.txt", "x"),
        ("ruleset.yaml", "x"),
    ]);
    let of = |name: &str| problems(&folder.path().join(name), folder.path());
    assert_eq!(
        of("gone"),
        "\
error[unreadable-file]: there is no such file or folder
 --> DIR/gone"
    );
    assert_eq!(
        of("empty"),
        "\
error[no-enabled-rule]: there is neither a `ruleset.yaml` nor a `.rhai` file in this folder
 --> DIR/empty
help: name the folder that has the rules in it"
    );
    assert_eq!(
        of("notes.txt"),
        "\
error[unreadable-file]: this is no rule: its name does not end in `.rhai`
 --> DIR/notes.txt
help: name a rule file, or the folder of a rule set"
    );
    assert_eq!(
        of("ruleset.yaml"),
        "\
error[unreadable-file]: this is no rule: its name does not end in `.rhai`
 --> DIR/ruleset.yaml
help: name a rule file, or the folder of a rule set"
    );
}

#[test]
fn a_misnamed_manifest_is_refused() {
    for name in [
        "ruleset.yml",
        "Ruleset.yaml",
        "rule-set.yaml",
        "rulesets.json",
    ] {
        assert_eq!(
            problems_in(&[(name, "version: 1"), ("a.rhai", "1")]),
            format!(
                "error[manifest-name]: `{name}` is not read: a manifest is named `ruleset.yaml`\n \
                 --> DIR/{name}\nhelp: rename the file, or remove it"
            )
        );
    }
}

#[test]
fn a_rule_that_the_manifest_does_not_name_is_refused_and_compiled() {
    assert_eq!(
        problems_in(&[
            ("ruleset.yaml", "version: 1\nrules: [{file: a.rhai}]"),
            ("a.rhai", "1"),
            ("b.rhai", "broken"),
            ("sub/C.RHAI", "1"),
        ]),
        "\
error[unlisted-rule]: this rule never runs: the manifest does not name it
 --> DIR/b.rhai
help: add `- file: b.rhai` to `rules`, with `enabled: false` if it shall not run

error[unlisted-rule]: this rule never runs: the manifest does not name it
 --> DIR/sub/C.RHAI
help: add `- file: sub/C.RHAI` to `rules`, with `enabled: false` if it shall not run

error[syntax]: `broken` is meant so
 --> DIR/b.rhai:1:1
  |
1 | broken
  | ^"
    );
}

#[test]
fn paths_in_the_manifest_are_checked() {
    assert_eq!(
        problems_in(&[
            (
                "ruleset.yaml",
                "version: 1\nrules:\n- file: clients.rhai\n- file: ../b.rhai\n\
                 - file: /etc/b.rhai\n- file: nothing-like-it.rhai\n\
                 - file: client.rhai\n- file: ./client.rhai\n",
            ),
            ("client.rhai", "1"),
        ]),
        "\
error[missing-rule]: there is no file `clients.rhai`
 --> DIR/ruleset.yaml:3:9
  |
3 | - file: clients.rhai
  |         ^^^^^^^^^^^^
help: write `client.rhai`

error[outside-folder]: `../b.rhai` leads out of the folder of the rule set
 --> DIR/ruleset.yaml:4:9
  |
4 | - file: ../b.rhai
  |         ^^^^^^^^^
help: move the file into the folder, and write its path without `..` from there

error[outside-folder]: `/etc/b.rhai` leads out of the folder of the rule set
 --> DIR/ruleset.yaml:5:9
  |
5 | - file: /etc/b.rhai
  |         ^^^^^^^^^^^
help: move the file into the folder, and write its path without `..` from there

error[missing-rule]: there is no file `nothing-like-it.rhai`
 --> DIR/ruleset.yaml:6:9
  |
6 | - file: nothing-like-it.rhai
  |         ^^^^^^^^^^^^^^^^^^^^

error[duplicate-rule]: the rule `client.rhai` is named twice
 --> DIR/ruleset.yaml:8:9
  |
8 | - file: ./client.rhai
  |         ^^^^^^^^^^^^^
help: remove one of the entries"
    );
}

#[test]
fn secrets_are_checked() {
    assert_eq!(
        problems_in(&[
            (
                "ruleset.yaml",
                "version: 1\nrules: [{file: a.rhai}]\nsecrets:\n\
                 \x20 a: {env: UNSET}\n  b: {env: EMPTY}\n  c: {file: gone}\n  d: {file: empty}\n\
                 \x20 e: {file: ../out}\n  f: {file: a.rhai/x}\n  g: {file: .}\n",
            ),
            ("a.rhai", "1"),
            ("empty", "\n"),
        ]),
        "\
error[missing-secret]: the secret `a` is missing: the environment variable `UNSET` is not set
 --> DIR/ruleset.yaml:4:12
  |
4 |   a: {env: UNSET}
  |            ^^^^^
help: set the variable for the process that decides

error[missing-secret]: the secret `b` is empty
 --> DIR/ruleset.yaml:5:12
  |
5 |   b: {env: EMPTY}
  |            ^^^^^

error[missing-secret]: the secret `c` is missing: there is no file `gone`
 --> DIR/ruleset.yaml:6:13
  |
6 |   c: {file: gone}
  |             ^^^^

error[missing-secret]: the secret `d` is empty
 --> DIR/ruleset.yaml:7:13
  |
7 |   d: {file: empty}
  |             ^^^^^

error[outside-folder]: `../out` leads out of the folder of the rule set
 --> DIR/ruleset.yaml:8:13
  |
8 |   e: {file: ../out}
  |             ^^^^^^
help: move the file into the folder, and write its path without `..` from there

error[missing-secret]: the secret `f` is missing: there is no file `a.rhai/x`
 --> DIR/ruleset.yaml:9:13
  |
9 |   f: {file: a.rhai/x}
  |             ^^^^^^^^

error[unreadable-file]: the secret `g` cannot be had: this is no regular file
  --> DIR/ruleset.yaml:10:13
   |
10 |   g: {file: .}
   |             ^"
    );
}

#[test]
fn checking_takes_an_absent_secret_for_a_warning() {
    let files = [
        (
            "ruleset.yaml",
            "version: 1\nrules: [{file: a.rhai}]\nsecrets: {S: {env: UNSET}, T: {file: gone}}\n",
        ),
        ("a.rhai", "odd"),
    ];
    let folder = folder(&files);
    let report = loader().check_with(folder.path(), &stand_in::compile);
    assert!(report.is_sound());
    assert_eq!((report.errors(), report.warnings()), (0, 3));
    let rules: Vec<_> = report
        .rules
        .iter()
        .map(|rule| (&*rule.name, rule.errors, rule.warnings))
        .collect();
    assert_eq!(rules, [("a", 0, 1)]);
    let complete = Loader::new().environment(|_| Some(Secret::new("s".to_owned())));
    write(folder.path(), "gone", b"t");
    let loaded = complete
        .load_with(folder.path(), &stand_in::compile)
        .expect("the secrets are there");
    assert_eq!(report.revision.as_deref(), Some(loaded.revision()));
}

#[test]
fn checking_compiles_every_rule_even_when_the_manifest_is_broken() {
    for manifest in [
        "version: 1\nrules: [",
        "- a",
        "",
        "version: 2\nrules: [{file: a.rhai}]",
        "version: 1\nrules: [{fil: a.rhai}]",
    ] {
        let folder = folder(&[("ruleset.yaml", manifest), ("a.rhai", "broken")]);
        let report = loader().check_with(folder.path(), &stand_in::compile);
        assert!(!report.is_sound());
        assert_eq!(report.revision, None);
        let messages: Vec<_> = report.diagnostics.iter().map(|d| &*d.message).collect();
        assert!(messages.contains(&"`broken` is meant so"), "{messages:?}");
        assert!(messages.len() > 1, "{messages:?}");
    }
}

#[test]
fn a_report_is_written_as_json() {
    let folder = folder(&[("a.rhai", "broken")]);
    let report = loader().check_with(&folder.path().join("a.rhai"), &stand_in::compile);
    let file = folder.path().join("a.rhai").display().to_string();
    assert_eq!(
        serde_json::to_value(report).expect("it can be written"),
        serde_json::json!({
            "name": "a",
            "revision": null,
            "rules": [{ "name": "a", "file": file, "errors": 1, "warnings": 0 }],
            "facts": null,
            "diagnostics": [{
                "code": "syntax",
                "severity": "error",
                "message": "`broken` is meant so",
                "file": file,
                "span": { "line": 1, "column": 1, "length": 1 },
                "excerpt": "broken",
            }],
        })
    );
}

#[test]
fn files_are_read_within_bounds() {
    let rule = |bytes: &[u8]| {
        let folder = folder(&[]);
        write(folder.path(), "a.rhai", bytes);
        let loaded = loader().load_with(folder.path(), &stand_in::compile);
        let shown = folder.path().display().to_string();
        loaded.map_or_else(
            |error| error.to_string().replace(&shown, "DIR"),
            |_| String::new(),
        )
    };
    assert_eq!(rule(&vec![b'1'; 60_000]), "");
    assert_eq!(
        rule(&vec![b'1'; 60_001]),
        "\
error[source-limit]: the rule is longer than 60000 bytes
 --> DIR/a.rhai
help: divide it into several rules, or move data to `configuration`"
    );
    assert_eq!(
        rule(b"let a = 1;\n\"\xc3\xa4 \xe4\";\n"),
        "\
error[not-utf8]: the file is not UTF-8 from here on
 --> DIR/a.rhai:2:4
  |
2 | \"ä �\";
  |    ^
help: save the file as UTF-8"
    );
    let large = format!("version: 1\nrules: []\n{}", "#".repeat(1 << 20));
    assert_eq!(
        problems_in(&[("ruleset.yaml", &large)]),
        "\
error[unreadable-file]: the manifest is larger than 1 MiB
 --> DIR/ruleset.yaml"
    );
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let folder = folder(&[("a.rhai/x", "1")]);
    assert_eq!(
        problems(folder.path(), folder.path()),
        "\
error[unreadable-file]: this is no regular file
 --> DIR/a.rhai"
    );
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_refused_and_not_waited_for() {
    let folder = folder(&[]);
    let pipe = folder.path().join("a.rhai");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    let refused = "error[unreadable-file]: this is no regular file\n --> DIR/a.rhai";
    assert_eq!(problems(folder.path(), folder.path()), refused);
    assert_eq!(problems(&pipe, folder.path()), refused);
}

#[cfg(unix)]
#[test]
fn symbolic_links_may_not_lead_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let outer = folder(&[
        ("out.rhai", "1"),
        ("set/.data/a.rhai", "1"),
        (
            "set/ruleset.yaml",
            "version: 1\nrules: [{file: a.rhai}, {file: b.rhai}]",
        ),
    ]);
    let set = outer.path().join("set");
    symlink(".data/a.rhai", set.join("a.rhai")).expect("a link can be made");
    symlink("../out.rhai", set.join("b.rhai")).expect("a link can be made");
    assert_eq!(
        problems(&set, &set),
        "\
error[outside-folder]: `b.rhai` leads out of the folder of the rule set
 --> DIR/ruleset.yaml:2:32
  |
2 | rules: [{file: a.rhai}, {file: b.rhai}]
  |                                ^^^^^^
help: move the file into the folder, and write its path without `..` from there"
    );
    fs::remove_file(set.join("ruleset.yaml")).expect("a file can be removed");
    assert_eq!(
        problems(&set, &set),
        "\
error[outside-folder]: `b.rhai` leads out of the folder of the rule set
 --> DIR/b.rhai
help: move the file into the folder, and write its path without `..` from there"
    );
    fs::remove_file(set.join("b.rhai")).expect("a file can be removed");
    assert_eq!(load(&set).rule_names().collect::<Vec<_>>(), ["a"]);
    symlink("loop.rhai", set.join("loop.rhai")).expect("a link can be made");
    assert_eq!(problems(&set, &set), "\
error[unreadable-file]: `loop.rhai` cannot be read: filesystem loop or indirection limit (e.g. symlink loop)
 --> DIR/loop.rhai");
}

/// The manifest of the sets that change while they are read. Its secret is read after the manifest
/// and before the rules, so whoever gives its value can come in between.
const WITH_SECRET: &str =
    "version: 1\nrules: [{file: a.rhai}]\nsecrets: {S: {env: S}}\nconfiguration: {K: old}\n";

/// A loader that does something in the middle of each reading, told how many came before it.
fn interrupted(between: impl Fn(usize) + Send + Sync + 'static) -> Loader {
    let readings = AtomicUsize::new(0);
    Loader::new().environment(move |_| {
        between(readings.fetch_add(1, Ordering::Relaxed));
        Some(Secret::new("hunter2".to_owned()))
    })
}

#[test]
fn a_set_that_is_replaced_while_it_is_read_is_never_half_of_each() {
    let folder = folder(&[("ruleset.yaml", WITH_SECRET), ("a.rhai", "1")]);
    let path = folder.path().to_owned();
    let loader = interrupted(move |readings| {
        if readings == 0 {
            let manifest = WITH_SECRET.replace("old", "new");
            write(&path, "ruleset.yaml", manifest.as_bytes());
            write(&path, "a.rhai", b"2");
        }
    });
    let rule_set = loader
        .load_with(folder.path(), &stand_in::compile)
        .expect("it settles");
    let untouched = loader
        .load_with(folder.path(), &stand_in::compile)
        .expect("nothing changes it any more");
    assert_eq!(rule_set.configuration()["K"], "new");
    assert_eq!(rule_set.revision(), untouched.revision());
}

#[test]
fn a_secret_that_changes_while_a_set_is_read_is_the_later_one() {
    let folder = folder(&[
        (
            "ruleset.yaml",
            "version: 1\nrules: [{file: a.rhai}]\nsecrets: {F: {file: f}, S: {env: S}}\n",
        ),
        ("a.rhai", "1"),
        ("f", "old"),
    ]);
    let path = folder.path().to_owned();
    let loader = interrupted(move |readings| {
        if readings == 0 {
            write(&path, "f", b"new");
        }
    });
    let rule_set = loader
        .load_with(folder.path(), &stand_in::compile)
        .expect("it settles");
    assert_eq!(rule_set.secrets["F"].expose(), "new");
}

#[test]
fn what_is_wrong_only_while_a_set_is_replaced_is_not_reported() {
    let folder = folder(&[("ruleset.yaml", WITH_SECRET), ("a.rhai", "1")]);
    let path = folder.path().to_owned();
    let loader = interrupted(move |readings| match readings {
        0 => fs::remove_file(path.join("a.rhai")).expect("a file can be removed"),
        1 => write(&path, "a.rhai", b"2"),
        _ => {}
    });
    let loaded = loader.load_with(folder.path(), &stand_in::compile);
    assert_eq!(loaded.map_err(|error| error.to_string()).err(), None);
}

#[test]
fn a_folder_that_never_settles_is_refused() {
    let folder = folder(&[("ruleset.yaml", WITH_SECRET), ("a.rhai", "1")]);
    let path = folder.path().to_owned();
    let restless = || {
        let path = path.clone();
        interrupted(move |readings| write(&path, "a.rhai", readings.to_string().as_bytes()))
    };
    let refused = "\
error[unstable-folder]: the files changed while they were read, each of 8 times
 --> DIR
help: wait until they are written, and replace the folder as a whole: by renaming, or by a link to it";
    let shown = path.display().to_string();
    let error = restless()
        .load_with(&path, &stand_in::compile)
        .expect_err("it never settles");
    assert_eq!(error.to_string().replace(&shown, "DIR"), refused);
    let report = restless().check_with(&path, &stand_in::compile);
    assert_eq!(report.revision, None);
    let codes: Vec<_> = report.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::UnstableFolder]);
}
