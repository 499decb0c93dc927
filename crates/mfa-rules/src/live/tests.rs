//! Replacing rules while others decide by them.

use super::{LivePolicy, Reload};
use crate::loader::Loader;
use crate::login::Login;
use crate::outcome::Decision;
use crate::policy::Policy;
use crate::rule_set::RuleSet;
use crate::secret::Secret;
use chrono::DateTime;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::TempDir;

const REQUIRES: &str = r#"require_mfa("any");"#;
const DENIES: &str = r#"deny("closed");"#;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a file can be written");
}

/// A live policy of the rules in a folder.
fn live(folder: &TempDir) -> LivePolicy {
    LivePolicy::load(Loader::new(), folder.path()).expect("the rules can be used")
}

fn login() -> Login<'static> {
    Login::new(DateTime::UNIX_EPOCH)
}

fn decision(live: &LivePolicy) -> Decision {
    live.current().decide(&login()).decision()
}

fn revision(live: &LivePolicy) -> String {
    live.current().rules().revision().to_owned()
}

/// The codes of a refusal; none for any other reload.
fn refused(reload: &Reload) -> Vec<&'static str> {
    match reload {
        Reload::Refused(refusal) => {
            let diagnostics = refusal.error.diagnostics().iter();
            diagnostics.map(|problem| problem.code.as_str()).collect()
        }
        Reload::Unchanged { .. } | Reload::Replaced { .. } => Vec::new(),
    }
}

#[test]
fn a_good_set_replaces_and_the_same_one_does_not() {
    let folder = folder(&[("a.rhai", REQUIRES)]);
    let live = live(&folder);
    let first = revision(&live);
    assert_eq!(
        live.reload(),
        Reload::Unchanged {
            revision: first.clone()
        }
    );
    write(folder.path(), "a.rhai", DENIES);
    let reload = live.reload();
    let second = revision(&live);
    assert_ne!(first, second);
    assert_eq!(
        reload,
        Reload::Replaced {
            from: first,
            to: second,
            warnings: Vec::new()
        }
    );
    assert_eq!(decision(&live), Decision::Denied);
}

#[test]
fn rules_without_the_manifest_that_those_before_them_had_are_refused() {
    let folder = folder(&[]);
    let manifest = "version: 1\nrules:\n- file: a.rhai\n- { file: b.rhai, enabled: false }\n";
    write(folder.path(), "ruleset.yaml", manifest);
    write(folder.path(), "a.rhai", REQUIRES);
    write(folder.path(), "b.rhai", "skip_mfa();");
    let live = LivePolicy::load(Loader::new(), folder.path()).expect("the rules can be used");
    fs::remove_file(folder.path().join("ruleset.yaml")).expect("it can be removed");
    assert_eq!(refused(&live.reload()), ["missing-manifest"]);
    assert_eq!(decision(&live), Decision::Required);
    write(folder.path(), "ruleset.yaml", manifest);
    assert!(matches!(live.reload(), Reload::Unchanged { .. }));
    assert!(live.last_refusal().is_none());
}

#[test]
fn whatever_becomes_of_the_files_the_last_good_set_keeps_deciding() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm, &[&str]); 10] = [
        (
            "the folder is gone",
            |path| fs::remove_dir_all(path).expect("it can be removed"),
            &["unreadable-file"],
        ),
        (
            "the folder is empty",
            |path| {
                fs::remove_dir_all(path).expect("it can be removed");
                fs::create_dir(path).expect("it can be made");
            },
            &["no-enabled-rule"],
        ),
        (
            "the folder is a file",
            |path| {
                fs::remove_dir_all(path).expect("it can be removed");
                fs::write(path, REQUIRES).expect("it can be written");
            },
            &["unreadable-file"],
        ),
        (
            "the manifest is empty",
            |path| write(path, "ruleset.yaml", ""),
            &["manifest-syntax"],
        ),
        (
            "the manifest is half written",
            |path| {
                let half = "version: 1\nrules: [{file: a.rhai}, {fi";
                write(path, "ruleset.yaml", half);
            },
            &["manifest-syntax"],
        ),
        (
            "the manifest ends after a rule",
            |path| write(path, "ruleset.yaml", "version: 1\nrules:\n- file: a.rhai\n"),
            &["unlisted-rule"],
        ),
        (
            "a rule is empty",
            |path| write(path, "b.rhai", ""),
            &["no-statements"],
        ),
        (
            "a rule is half written",
            |path| write(path, "b.rhai", r#"require_mfa("an"#),
            &["syntax"],
        ),
        (
            "a rule is gone",
            |path| fs::remove_file(path.join("b.rhai")).expect("it can be removed"),
            &["missing-rule"],
        ),
        (
            "a secret is gone",
            |path| fs::remove_file(path.join("key")).expect("it can be removed"),
            &["missing-secret"],
        ),
    ];
    for (harm, does, codes) in harms {
        let outer = folder(&[]);
        let path = outer.path().join("rules");
        let put = || {
            let _ = fs::remove_file(&path);
            fs::create_dir_all(&path).expect("it can be made");
            write(
                &path,
                "ruleset.yaml",
                "version: 1\nrules:\n- file: a.rhai\n- file: b.rhai\nsecrets: {K: {file: key}}\n",
            );
            write(&path, "a.rhai", "if context.a == 1 { deny(\"a\"); }");
            write(&path, "b.rhai", REQUIRES);
            write(&path, "key", "hunter2");
        };
        put();
        let live = LivePolicy::load(Loader::new(), &path).expect("the rules can be used");
        let kept = revision(&live);
        does(&path);
        assert_eq!(refused(&live.reload()), codes, "{harm}");
        assert_eq!(refused(&live.reload()), codes, "{harm}");
        assert_eq!(decision(&live), Decision::Required, "{harm}");
        let refusal = live.last_refusal().expect("it was refused");
        assert_eq!((&refusal.kept, refusal.attempts), (&kept, 2), "{harm}");
        assert!(
            LivePolicy::load(Loader::new(), &path).is_err(),
            "{harm}, and a server starts"
        );
        put();
        assert_eq!(
            live.reload(),
            Reload::Unchanged { revision: kept },
            "{harm}"
        );
        assert_eq!(live.last_refusal(), None, "{harm}");
    }
}

#[test]
fn a_set_that_replaces_ends_the_refusal() {
    let folder = folder(&[("a.rhai", REQUIRES)]);
    let live = live(&folder);
    write(folder.path(), "a.rhai", "require_mfa(");
    assert_eq!(refused(&live.reload()), ["syntax"]);
    write(folder.path(), "a.rhai", DENIES);
    assert!(matches!(live.reload(), Reload::Replaced { .. }));
    assert_eq!(live.last_refusal(), None);
}

#[test]
fn a_secret_that_is_replaced_is_used_although_the_revision_is_the_same() {
    let folder = folder(&[
        (
            "ruleset.yaml",
            "version: 1\nrules: [{file: a.rhai}]\nsecrets: {K: {file: key}}\n",
        ),
        (
            "a.rhai",
            "if hmac_sha256_hex(configuration.K, \"x\").starts_with(\"9569674d\") { deny(\"old\"); }",
        ),
        ("key", "old"),
    ]);
    let live = live(&folder);
    let before = live.current().decide(&login()).decision();
    write(folder.path(), "key", "new");
    let reload = live.reload();
    let same = revision(&live);
    assert_eq!(
        reload.to_string(),
        format!("the secrets or the name of the rules were replaced: {same}")
    );
    assert_eq!(before, Decision::Denied);
    assert_eq!(decision(&live), Decision::NotRequired);
}

#[test]
fn what_became_of_a_reload_is_written_for_the_log() {
    let folder = folder(&[("a.rhai", REQUIRES)]);
    let live = live(&folder);
    let first = revision(&live);
    let shown = |reload: &Reload| {
        let text = reload.to_string();
        text.replace(&folder.path().display().to_string(), "DIR")
    };
    assert_eq!(
        shown(&live.reload()),
        format!("the rules are unchanged: {first}")
    );
    write(folder.path(), "a.rhai", "1 == 2; deny(\"closed\");");
    let replaced = shown(&live.reload());
    let second = revision(&live);
    assert_eq!(
        replaced,
        format!(
            "\
the rules were replaced: {first} by {second}

warning[no-effect]: this statement computes a value and does nothing with it
 --> DIR/a.rhai:1:3
  |
1 | 1 == 2; deny(\"closed\");
  |   ^^
help: write `=` to assign"
        )
    );
    write(folder.path(), "a.rhai", "denny(\"closed\");");
    assert_eq!(
        shown(&live.reload()),
        format!(
            "\
the new rules were refused, and {second} keeps deciding

error[unknown-function]: no function is named `denny`
 --> DIR/a.rhai:1:1
  |
1 | denny(\"closed\");
  | ^^^^^
help: did you mean `deny`?"
        )
    );
}

#[test]
fn rules_from_elsewhere_are_offered() {
    let compile = |source| RuleSet::from_source("rule", source);
    let live = LivePolicy::new(compile(REQUIRES).expect("it compiles"));
    assert_eq!(live.path(), None);
    let first = revision(&live);
    assert_eq!(refused(&live.offer(compile("deny("))), ["syntax"]);
    assert_eq!(
        live.reload(),
        Reload::Unchanged { revision: first },
        "there is nothing to read"
    );
    assert!(live.last_refusal().is_some(), "nothing better was offered");
    live.replace(compile(DENIES).expect("it compiles"));
    assert_eq!(live.last_refusal(), None);
    assert_eq!(decision(&live), Decision::Denied);
}

#[test]
fn each_set_gets_its_policy_from_the_function_of_the_embedder() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let folder = folder(&[("a.rhai", REQUIRES)]);
    let live = live(&folder).with_policy(move |rules| {
        counted.fetch_add(1, Ordering::Relaxed);
        Policy::new(rules)
    });
    assert_eq!(made.load(Ordering::Relaxed), 1);
    live.reload();
    assert_eq!(made.load(Ordering::Relaxed), 1, "nothing was new");
    write(folder.path(), "a.rhai", DENIES);
    live.reload();
    assert_eq!(made.load(Ordering::Relaxed), 2);
}

#[test]
fn a_panic_of_the_embedder_refuses_the_new_rules() {
    let panics = Arc::new(AtomicBool::new(false));
    let panicking = Arc::clone(&panics);
    let folder = folder(&[
        (
            "ruleset.yaml",
            "name: acme\nversion: 1\nrules: [{file: a.rhai}]\nsecrets: {K: {env: K}}\n",
        ),
        ("a.rhai", REQUIRES),
    ]);
    let loader = Loader::new().environment(move |_| {
        assert!(!panicking.load(Ordering::Relaxed), "this panic is meant");
        Some(Secret::new("hunter2".to_owned()))
    });
    let panicking = Arc::clone(&panics);
    let live = LivePolicy::load(loader, folder.path())
        .expect("the rules can be used")
        .with_policy(move |rules| {
            assert!(!panicking.load(Ordering::Relaxed), "this panic is meant");
            Policy::new(rules)
        });
    panics.store(true, Ordering::Relaxed);
    let refused_as = |reload: Reload, shown: &str| match reload {
        Reload::Refused(refusal) => assert_eq!(
            refusal.error.to_string(),
            format!(
                "error[panic]: the rule set could not be taken: a function of the server panicked\n \
                 --> {shown}\nhelp: the server's log has the message of the panic"
            )
        ),
        other => panic!("{other}"),
    };
    refused_as(live.reload(), &folder.path().display().to_string());
    let other = RuleSet::from_source("other", DENIES).expect("it compiles");
    refused_as(live.replace(other), "other");
    assert_eq!(decision(&live), Decision::Required);
    panics.store(false, Ordering::Relaxed);
    assert!(matches!(live.reload(), Reload::Unchanged { .. }));
}

#[test]
fn what_is_current_stays_what_it_is() {
    let folder = folder(&[("a.rhai", REQUIRES)]);
    let live = live(&folder);
    let current = live.current();
    let policy = live.current().into_arc();
    write(folder.path(), "a.rhai", DENIES);
    live.reload();
    assert_eq!(current.decide(&login()).decision(), Decision::Required);
    assert_eq!(policy.decide(&login()).decision(), Decision::Required);
    assert_eq!(decision(&live), Decision::Denied);
}

/// A reload that is held up in the middle of its reading.
#[test]
fn nobody_waits_for_a_reload_to_decide() {
    fn shared_by_threads<T: Send + Sync>() {}
    shared_by_threads::<LivePolicy>();
    let folder = folder(&[
        (
            "ruleset.yaml",
            "version: 1\nrules: [{file: a.rhai}]\nsecrets: {K: {env: K}}\n",
        ),
        ("a.rhai", REQUIRES),
    ]);
    let (reading, is_reading) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let is_held = Arc::new(AtomicBool::new(false));
    let holds = Arc::clone(&is_held);
    let loader = Loader::new().environment(move |_| {
        if holds.swap(false, Ordering::Relaxed) {
            reading.send(()).expect("somebody waits for it");
            // It ends when the other end is dropped, too.
            let _ = may_go_on.lock().expect("no panic").recv();
        }
        Some(Secret::new("hunter2".to_owned()))
    });
    let live = LivePolicy::load(loader, folder.path()).expect("the rules can be used");
    is_held.store(true, Ordering::Relaxed);
    write(folder.path(), "a.rhai", DENIES);
    thread::scope(|scope| {
        let reload = scope.spawn(|| live.reload());
        is_reading.recv().expect("the reload has begun");
        assert_eq!(decision(&live), Decision::Required);
        assert_eq!(live.last_refusal(), None);
        drop(go_on);
        let reload = reload.join().expect("no panic");
        assert!(matches!(reload, Reload::Replaced { .. }));
    });
    assert_eq!(decision(&live), Decision::Denied);
}

/// Threads decide all the time while another one reloads: a set that denies, one that is half
/// written, one that requires, one whose only rule is gone, and so on.
#[test]
fn each_decision_is_by_one_whole_revision_however_often_the_rules_are_replaced() {
    const RELOADS: usize = 120;
    const DECIDERS: usize = 3;
    let folder = folder(&[("a.rhai", REQUIRES)]);
    let live = live(&folder);
    let requiring = revision(&live);
    let denying = RuleSet::from_source("a", DENIES).expect("it compiles");
    let denying = denying.revision().to_owned();
    let is_over = AtomicBool::new(false);
    let decided = AtomicUsize::new(0);
    let decide_until_over = || {
        while !is_over.load(Ordering::Relaxed) {
            let current = live.current();
            let outcome = current.decide(&login());
            let json = serde_json::to_value(&outcome).expect("it can be written");
            let by = json["rule_set"]["revision"].as_str().expect("a revision");
            let expected = if by == requiring {
                Decision::Required
            } else {
                assert_eq!(by, denying);
                Decision::Denied
            };
            assert_eq!(outcome.decision(), expected);
            decided.fetch_add(1, Ordering::Relaxed);
        }
    };
    let became = thread::scope(|scope| {
        let deciders: Vec<_> = (0..DECIDERS)
            .map(|_| scope.spawn(decide_until_over))
            .collect();
        let mut became = Vec::with_capacity(RELOADS);
        for reload in 0..RELOADS {
            match reload % 4 {
                0 => write(folder.path(), "a.rhai", DENIES),
                1 => write(folder.path(), "a.rhai", "require_mfa("),
                2 => write(folder.path(), "a.rhai", REQUIRES),
                _ => fs::remove_file(folder.path().join("a.rhai")).expect("it can be removed"),
            }
            became.push(live.reload());
            // One decision more than there are threads, so that one began after the reload.
            let enough = decided.load(Ordering::Relaxed) + DECIDERS + 1;
            while decided.load(Ordering::Relaxed) < enough
                && !deciders.iter().any(thread::ScopedJoinHandle::is_finished)
            {
                thread::yield_now();
            }
        }
        is_over.store(true, Ordering::Relaxed);
        became
    });
    for (reload, became) in became.into_iter().enumerate() {
        match (reload % 4, became) {
            (0, Reload::Replaced { from, to, .. }) => {
                assert_eq!((from, to), (requiring.clone(), denying.clone()));
            }
            (2, Reload::Replaced { from, to, .. }) => {
                assert_eq!((from, to), (denying.clone(), requiring.clone()));
            }
            (1, Reload::Refused(refusal)) => {
                assert_eq!((&refusal.kept, refusal.attempts), (&denying, 1));
            }
            (3, Reload::Refused(refusal)) => {
                assert_eq!((&refusal.kept, refusal.attempts), (&requiring, 1));
            }
            (_, became) => panic!("reload {reload}: {became}"),
        }
    }
}
