//! Rules are reloaded when their files change: real files, and the operating system's notifications.
//!
//! A test does something to the files and waits for what it is told of it. How long it waits only
//! matters when it fails.

#![cfg(test)]

use mfa_rules::{Decision, LivePolicy, Loader, Login, Reload, RuleSet, Secret, Watch, WatchError};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);

const REQUIRES: &str = r#"require_mfa("any");"#;
const DENIES: &str = r#"deny("closed");"#;

/// Rules that are watched.
struct Watched {
    live: Arc<LivePolicy>,
    told: Receiver<Result<Reload, WatchError>>,
    watch: Watch,
}

impl Watched {
    fn at(path: &Path) -> Self {
        let live = LivePolicy::load(Loader::new(), path).unwrap();
        let live = Arc::new(live);
        let (tell, told) = channel();
        let watch = live.watch(move |reload| tell.send(reload).unwrap());
        Self {
            live,
            told,
            watch: watch.unwrap(),
        }
    }

    fn next(&self) -> Reload {
        let told = self.told.recv_timeout(PATIENCE);
        told.expect("a change is told").expect("it can be watched")
    }

    /// Waits until the rules decide so.
    fn until(&self, expected: Decision) {
        while decision(&self.live) != expected {
            self.next();
        }
    }

    /// Waits until the rules are refused with this code.
    fn until_refused(&self, code: &str) {
        loop {
            if let Reload::Refused(refusal) = self.next()
                && refusal.error.diagnostics()[0].code.as_str() == code
            {
                break;
            }
        }
    }
}

fn decision(live: &LivePolicy) -> Decision {
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap());
    live.current().decide(&login).decision()
}

/// A temporary folder with a rule in its folder `rules`.
fn folder() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let rules = outer.path().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("a.rhai"), REQUIRES).unwrap();
    (outer, rules)
}

#[test]
fn a_file_that_is_written_is_seen_and_a_broken_one_refused() {
    let (_outer, rules) = folder();
    let watched = Watched::at(&rules);
    fs::write(rules.join("a.rhai"), DENIES).unwrap();
    watched.until(Decision::Denied);
    fs::write(rules.join("a.rhai"), "deny(").unwrap();
    watched.until_refused("syntax");
    assert_eq!(decision(&watched.live), Decision::Denied);
    fs::write(rules.join("a.rhai"), REQUIRES).unwrap();
    watched.until(Decision::Required);
}

#[test]
fn a_change_that_is_taken_back_ends_the_refusal() {
    let (_outer, rules) = folder();
    let watched = Watched::at(&rules);
    fs::write(rules.join("a.rhai"), "deny(").unwrap();
    watched.until_refused("syntax");
    fs::write(rules.join("a.rhai"), REQUIRES).unwrap();
    while !matches!(watched.next(), Reload::Unchanged { .. }) {}
    assert_eq!(watched.live.last_refusal(), None);
}

#[test]
fn what_changed_before_watching_began_is_seen() {
    let (_outer, rules) = folder();
    let live = Arc::new(LivePolicy::load(Loader::new(), &rules).unwrap());
    fs::write(rules.join("a.rhai"), DENIES).unwrap();
    let (tell, told) = channel();
    let _watch = live.watch(move |reload| tell.send(reload).unwrap());
    let reload = told.recv_timeout(PATIENCE).unwrap().unwrap();
    assert!(matches!(reload, Reload::Replaced { .. }), "{reload}");
    assert_eq!(decision(&live), Decision::Denied);
}

#[test]
fn a_file_that_an_editor_renames_over_is_seen() {
    let (outer, rules) = folder();
    let watched = Watched::at(&rules);
    for (text, expected) in [(DENIES, Decision::Denied), (REQUIRES, Decision::Required)] {
        let new = outer.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, rules.join("a.rhai")).unwrap();
        watched.until(expected);
    }
}

#[test]
fn a_single_file_is_watched() {
    let (_outer, rules) = folder();
    let rule = rules.join("a.rhai");
    let watched = Watched::at(&rule);
    fs::remove_file(&rule).unwrap();
    watched.until_refused("unreadable-file");
    fs::write(&rule, DENIES).unwrap();
    watched.until(Decision::Denied);
}

#[test]
fn a_new_rule_in_a_new_folder_is_seen_and_so_is_a_secret() {
    let (_outer, rules) = folder();
    let manifest = |files: &str| {
        let text = format!("version: 1\nrules: [{files}]\nsecrets: {{K: {{file: keys/k}}}}\n");
        fs::write(rules.join("ruleset.yaml"), text).unwrap();
    };
    manifest("{file: a.rhai}");
    fs::create_dir(rules.join("keys")).unwrap();
    fs::write(rules.join("keys/k"), "old").unwrap();
    let watched = Watched::at(&rules);
    manifest("{file: sub/b.rhai}, {file: a.rhai}");
    watched.until_refused("missing-rule");
    fs::create_dir(rules.join("sub")).unwrap();
    fs::write(rules.join("sub/b.rhai"), DENIES).unwrap();
    watched.until(Decision::Denied);
    fs::write(rules.join("keys/k"), "new").unwrap();
    let Reload::Replaced { from, to, .. } = watched.next() else {
        panic!("the secret is not used");
    };
    assert_eq!(from, to);
    fs::remove_file(rules.join("keys/k")).unwrap();
    watched.until_refused("missing-secret");
}

#[test]
fn a_folder_that_is_removed_and_comes_back_is_seen() {
    let (outer, rules) = folder();
    let watched = Watched::at(&rules);
    for (text, expected) in [(DENIES, Decision::Denied), (REQUIRES, Decision::Required)] {
        fs::remove_dir_all(&rules).unwrap();
        watched.until_refused("unreadable-file");
        let new = outer.path().join("new");
        fs::create_dir(&new).unwrap();
        fs::write(new.join("a.rhai"), text).unwrap();
        fs::rename(&new, &rules).unwrap();
        watched.until(expected);
    }
    // The folder that is there now is watched, and not the one that was there first.
    fs::write(rules.join("a.rhai"), DENIES).unwrap();
    watched.until(Decision::Denied);
}

#[test]
fn a_folder_above_that_is_replaced_is_seen() {
    let outer = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let rules = outer.path().join(name).join("acme/rules");
        fs::create_dir_all(&rules).unwrap();
        fs::write(rules.join("a.rhai"), text).unwrap();
    };
    put("srv", REQUIRES);
    put("new", DENIES);
    let watched = Watched::at(&outer.path().join("srv/acme/rules"));
    fs::rename(outer.path().join("srv"), outer.path().join("old")).unwrap();
    watched.until_refused("unreadable-file");
    fs::rename(outer.path().join("new"), outer.path().join("srv")).unwrap();
    watched.until(Decision::Denied);
}

#[cfg(unix)]
mod links {
    use super::{DENIES, REQUIRES, Watched};
    use mfa_rules::Decision;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    /// Replaces a link in one step.
    fn swap(link: &Path, target: &str) {
        let next = link.with_file_name("next");
        symlink(target, &next).unwrap();
        fs::rename(&next, link).unwrap();
    }

    #[test]
    fn a_config_map_that_is_swapped_is_seen() {
        let outer = tempfile::tempdir().unwrap();
        let mount = outer.path();
        let release = |name: &str, text: &str| {
            fs::create_dir(mount.join(name)).unwrap();
            fs::write(mount.join(name).join("a.rhai"), text).unwrap();
        };
        release("..1", REQUIRES);
        symlink("..1", mount.join("..data")).unwrap();
        symlink("..data/a.rhai", mount.join("a.rhai")).unwrap();
        let watched = Watched::at(mount);
        for (name, text, expected) in [
            ("..2", DENIES, Decision::Denied),
            ("..3", REQUIRES, Decision::Required),
        ] {
            release(name, text);
            swap(&mount.join("..data"), name);
            watched.until(expected);
        }
    }

    #[test]
    fn a_link_in_the_middle_of_the_path_that_is_swapped_is_seen() {
        let outer = tempfile::tempdir().unwrap();
        let release = |name: &str, text: &str| {
            let rules = outer.path().join("releases").join(name).join("rules");
            fs::create_dir_all(&rules).unwrap();
            fs::write(rules.join("a.rhai"), text).unwrap();
        };
        release("1", REQUIRES);
        release("2", DENIES);
        let current = outer.path().join("current");
        symlink("releases/1", &current).unwrap();
        let watched = Watched::at(&current.join("rules"));
        swap(&current, "releases/2");
        watched.until(Decision::Denied);
        release("3", REQUIRES);
        swap(&current, "releases/3");
        watched.until(Decision::Required);
        let rule = outer.path().join("releases/3/rules/a.rhai");
        fs::write(rule, DENIES).unwrap();
        watched.until(Decision::Denied);
    }
}

#[test]
fn nothing_is_told_when_watching_has_ended() {
    let (_outer, rules) = folder();
    let Watched { live, told, watch } = Watched::at(&rules);
    fs::write(rules.join("a.rhai"), DENIES).unwrap();
    drop(watch);
    // The sender is gone with the thread, so that this ends.
    for reload in &told {
        reload.unwrap();
    }
    assert_eq!(Arc::strong_count(&live), 1);
}

#[test]
fn watching_may_be_ended_by_what_it_calls_and_survives_its_panic() {
    let (_outer, rules) = folder();
    let live = Arc::new(LivePolicy::load(Loader::new(), &rules).unwrap());
    let (tell, told) = channel();
    let (give, given) = channel::<Watch>();
    let mut calls = 0;
    let watch = live.watch(move |reload| {
        calls += 1;
        tell.send(reload).unwrap();
        assert_ne!(calls, 1, "this panic is meant");
        drop(given.recv().unwrap());
    });
    fs::write(rules.join("a.rhai"), DENIES).unwrap();
    told.recv_timeout(PATIENCE).unwrap().unwrap();
    fs::write(rules.join("a.rhai"), "deny(").unwrap();
    told.recv_timeout(PATIENCE).unwrap().unwrap();
    give.send(watch.unwrap()).unwrap();
    assert!(told.recv_timeout(PATIENCE).is_err(), "the thread has ended");
}

#[test]
fn polling_sees_what_changes_and_tells_it_once() {
    let (_outer, rules) = folder();
    let manifest = "version: 1\nrules: [{file: a.rhai}]\nsecrets: {K: {env: K}}\n";
    fs::write(rules.join("ruleset.yaml"), manifest).unwrap();
    let (read, is_read) = channel();
    let loader = Loader::new().environment(move |_| {
        read.send(()).unwrap();
        Some(Secret::new("hunter2".to_owned()))
    });
    let live = Arc::new(LivePolicy::load(loader, &rules).unwrap());
    fs::write(rules.join("a.rhai"), "deny(").unwrap();
    let (tell, told) = channel();
    let watch = live.poll(Duration::ZERO, move |reload| tell.send(reload).unwrap());
    let reload = told.recv_timeout(PATIENCE).unwrap().unwrap();
    assert!(matches!(reload, Reload::Refused(_)), "{reload}");
    while is_read.try_recv().is_ok() {}
    // No reload reads more often than eight times, so that this is another one, refused as well.
    for _ in 0..8 {
        is_read.recv_timeout(PATIENCE).unwrap();
    }
    fs::write(rules.join("a.rhai"), DENIES).unwrap();
    // It may also find a file that is only half written, which is something else to be told.
    while decision(&live) != Decision::Denied {
        let reload = told.recv_timeout(PATIENCE).unwrap().unwrap();
        if let Reload::Refused(refusal) = reload {
            assert_eq!(
                refusal.error.diagnostics()[0].code.as_str(),
                "no-statements"
            );
        }
    }
    drop(watch);
}

#[test]
fn rules_that_do_not_come_from_files_cannot_be_watched() {
    let rules = RuleSet::from_source("rule", REQUIRES).unwrap();
    let live = Arc::new(LivePolicy::new(rules));
    let errors = [
        live.watch(|_| {}).unwrap_err(),
        live.poll(PATIENCE, |_| {}).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            error.to_string(),
            "the rules were not loaded from files, so there is nothing to watch"
        );
    }
}
