//! Invariants of the source tree that no type can hold.

#![cfg(test)]

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
    let users = naming(&["rhai::"]);
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
fn what_needs_no_challenge_is_made_in_one_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let named: Vec<String> = sources(&source)
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .flat_map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().map(str::trim).filter(|line| {
                let is_pattern = line.contains("NotNeeded |") || line.contains("NotNeeded =>");
                line.contains("NotNeeded") && !line.starts_with("//") && !is_pattern
            });
            let file = path.strip_prefix(&source).unwrap().display().to_string();
            code.map(|line| format!("{file}: {line}"))
                .collect::<Vec<_>>()
        })
        .collect();
    let definition = "challenge.rs: NotNeeded,";
    let use_of_it = "challenge.rs: return Challenge::NotNeeded;";
    assert_eq!(named, [definition, use_of_it]);
}

#[test]
fn only_the_meter_and_what_measures_read_a_clock() {
    let clocks = ["SystemTime", "Instant::now", "Utc::now", "Local::now"];
    // How long compiling, loading or a decision took, no rule comes to know.
    assert_eq!(
        naming(&clocks),
        ["cache/figures.rs", "meter.rs", "policy/watched.rs"]
    );
}

/// Who watches gets the decision to look at: nothing in it can be changed or taken.
#[test]
fn what_watches_gets_nothing_that_it_could_change() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy");
    let text = |name: &str| fs::read_to_string(source.join(name)).unwrap();
    let observer = text("observer.rs");
    assert!(observer.contains("fn decided(&self, decided: &Decided<'_>);"));
    let (_, decided) = observer.split_once("pub struct Decided<'d> {\n").unwrap();
    let (fields, _) = decided.split_once("\n}\n").unwrap();
    assert!(fields.contains("outcome: &'d Outcome<'d>"), "{fields}");
    let watching = [text("watched.rs"), text("shadow.rs"), observer.clone()].concat();
    for what in ["&mut Outcome", "mut outcome", "Cell<", "Mutex<Outcome"] {
        assert!(!watching.contains(what), "{what}");
    }
}

#[test]
fn only_the_loader_reads_files_and_the_environment() {
    let outside = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net::Tcp",
        "std::net::Udp",
    ];
    assert_eq!(
        naming(&outside),
        // The watcher looks where links lead, and reads nothing.
        [
            "folder.rs",
            "live/way.rs",
            "loader/assembly.rs",
            "loader.rs"
        ]
    );
}

#[test]
fn no_thread_waits_for_another_to_decide() {
    fn shared_by_threads<T: Send + Sync>() {}
    shared_by_threads::<mfa_rules::RuleSet>();
    let locks = ["Mutex", "RwLock", "Atomic", "thread_local!"];
    // One is for reloads among themselves. The parser's is its own: Rhai wants to share what takes
    // note of tokens. A decision log writes a line at a time, for who has asked for it, when the
    // decision stands. Caches stand before a decision, which is made by a rule set that does not
    // know of them.
    assert_eq!(
        naming(&locks),
        [
            "cache/figures.rs",
            "cache/tenants.rs",
            "live.rs",
            "parse/parser.rs",
            "policy/decision_log.rs"
        ]
    );
}

#[test]
fn a_decision_does_not_know_of_caches() {
    let users = naming(&["cache::", "RuleCache", "moka"]);
    assert_eq!(
        users,
        [
            "cache/tenants.rs",
            "cache.rs",
            "lib.rs",
            "loader.rs",
            "rule_set/builder.rs"
        ]
    );
}

#[test]
fn no_feature_of_serde_json_reaches_embedders() {
    for manifest in ["Cargo.toml", "../../Cargo.toml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
        let text = fs::read_to_string(path).unwrap();
        for feature in ["preserve_order", "arbitrary_precision"] {
            assert!(!text.contains(feature), "{manifest} has {feature}");
        }
    }
}

/// The files of the library whose code, tests aside, has one of the texts in it.
fn naming(texts: &[&str]) -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&source)
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            code.lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| texts.iter().any(|text| line.contains(text)))
        })
        .map(|path| path.strip_prefix(&source).unwrap().display().to_string())
        // The oracle of unit tests, which only they compile.
        .filter(|path| path != "oracle.rs")
        .collect()
}

#[test]
fn no_file_grows_a_second_subject() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&source) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 700, "{} has {lines} lines", path.display());
    }
}
