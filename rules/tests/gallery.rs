//! The rules of the gallery do what their cases say, and the documents about them are current.

#![cfg(test)]

use mfa_cases::CaseFile;
use mfa_gallery::{BEHAVIOUR, Category, GalleryRule, find, rules};
use mfa_rules::{Loader, Paths, RuleSet};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Before and after the table in the README.
const TABLE: [&str; 2] = ["<!-- rules -->\n", "<!-- /rules -->\n"];

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the files in the folder that end so, without that end.
fn names(end: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files
        .filter_map(|file| file.strip_suffix(end).map(str::to_owned))
        .collect()
}

fn cases(rule: &GalleryRule) -> CaseFile {
    let file = folder().join(rule.case_file_name());
    CaseFile::parse(&file, rule.cases).unwrap_or_else(|error| panic!("{error}"))
}

fn load(rule: &GalleryRule) -> RuleSet {
    RuleSet::load(folder().join(rule.file_name())).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_file_is_in_the_gallery() {
    let listed: BTreeSet<String> = rules().iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(names(".rhai"), listed);
    assert_eq!(names(".test.yaml"), listed);
    for rule in rules() {
        let file = fs::read_to_string(folder().join(rule.file_name())).unwrap();
        assert!(file == rule.script, "{}", rule.name);
    }
}

#[test]
fn every_case_passes() {
    for rule in rules() {
        let cases = cases(rule);
        let set = cases.load(&Loader::new()).unwrap();
        for case in cases.cases() {
            let result = case.run(&set);
            assert!(
                result.passed(),
                "{}: {}: {:?}",
                rule.name,
                case.name(),
                result.mismatches
            );
        }
    }
}

#[test]
fn no_change_of_a_rule_goes_unnoticed() {
    for rule in rules() {
        let cases = cases(rule);
        let report = cases.mutate(&load(rule));
        assert!(report.mutants > 0, "{}", rule.name);
        assert_eq!(report.survivors, [], "{}", rule.name);
    }
}

#[test]
fn comments_say_which_configuration_is_read() {
    for rule in rules() {
        let stated = rule.configuration.iter().flat_map(|setting| &setting.names);
        let stated: BTreeSet<&str> = stated.copied().collect();
        let mut read = BTreeSet::new();
        for behind in rule.script.split("configuration.").skip(1) {
            let is_other = |next: char| !next.is_ascii_alphanumeric() && next != '_';
            read.extend(behind.split(is_other).next());
        }
        assert_eq!(stated, read, "{}", rule.name);
    }
}

#[test]
fn comments_say_which_facts_are_asked_for() {
    for rule in rules() {
        let stated: BTreeSet<&str> = rule.facts.iter().map(|fact| fact.name).collect();
        let set = load(rule);
        let asked: BTreeSet<&str> = set.facts().iter().map(|fact| fact.name.as_str()).collect();
        assert_eq!(stated, asked, "{}", rule.name);
        for fact in &rule.facts {
            assert!(fact.description.contains("; null when"), "{}", rule.name);
        }
    }
}

#[test]
fn comments_say_what_of_a_login_is_read() {
    for rule in rules() {
        let set = load(rule);
        let paths = |part: &str, paths: &Paths| -> Vec<String> {
            let paths = paths.paths().into_iter();
            let paths = paths.map(|read| format!("{part}{}", read.path.replace('/', ".")));
            paths.collect()
        };
        let read = set.read_set();
        let mut read = [paths("user", read.user()), paths("context", read.context())].concat();
        // Every decision looks at what is asked for already.
        read.retain(|path| path != "context.multifactor");
        let read: BTreeSet<&str> = read.iter().map(String::as_str).collect();
        let stated: BTreeSet<&str> = rule.reads.iter().copied().collect();
        assert_eq!(stated, read, "{}", rule.name);
    }
}

#[test]
fn comments_are_written_as_sentences_and_titles() {
    for rule in rules() {
        let name = rule.name;
        assert!(!rule.title.ends_with('.'), "{name}");
        assert!(rule.summary.ends_with('.'), "{name}");
        assert!(rule.title.starts_with(char::is_uppercase), "{name}");
        assert!(rule.summary.starts_with(char::is_uppercase), "{name}");
        assert!(rule.title.chars().count() <= 60, "{name}");
    }
}

#[test]
fn every_rule_has_a_title_of_its_own() {
    let titles: BTreeSet<&str> = rules().iter().map(|rule| rule.title).collect();
    assert_eq!(titles.len(), rules().len());
}

/// The first cells of the rows of a document's tables.
fn first_cells(document: &str) -> impl Iterator<Item = &str> {
    let rows = document.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|row| row.split('|').nth(1)).map(str::trim)
}

#[test]
fn the_page_of_differences_names_rules_of_the_gallery() {
    let mut lines = 0;
    for cell in first_cells(BEHAVIOUR) {
        if cell == "rule" || cell == "---" {
            continue;
        }
        for name in cell.split(", ") {
            let name = name
                .strip_prefix('`')
                .and_then(|name| name.strip_suffix('`'));
            let name = name.unwrap_or_else(|| panic!("`{cell}` is no name of a rule"));
            assert!(find(name).is_some(), "{name}");
        }
        lines += 1;
    }
    assert!(lines > 20, "{lines}");
}

#[test]
fn the_readme_says_how_a_server_comes_by_each_fact() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for rule in rules() {
        for fact in &rule.facts {
            let row = format!("| `{}` | `{}` |", fact.name, rule.name);
            assert!(readme.contains(&row), "{row}");
        }
    }
}

#[test]
fn the_table_of_the_readme_is_current() {
    let file: PathBuf = folder().join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let (before, rest) = readme.split_once(TABLE[0]).unwrap();
    let (_, after) = rest.split_once(TABLE[1]).unwrap();
    let current = format!("{before}{}{}{}{after}", TABLE[0], table(), TABLE[1]);
    if std::env::var_os("UPDATE_GALLERY").is_some() {
        fs::write(&file, &current).unwrap();
        return;
    }
    assert!(
        readme == current,
        "the table in rules/README.md is not what the rules say; write it anew with\n\
         UPDATE_GALLERY=1 cargo test -p mfa-gallery the_table_of_the_readme_is_current"
    );
}

fn table() -> String {
    let mut table = String::new();
    for (category, heading) in [
        (Category::Multifactor, "They ask for a second factor"),
        (Category::AccessControl, "They deny logins"),
    ] {
        write!(table, "\n### {heading}\n\n| rule | what it does | configuration | facts |\n| --- | --- | --- | --- |\n").unwrap();
        for rule in rules().iter().filter(|rule| rule.category == category) {
            let settings = rule.configuration.iter();
            let settings = settings.flat_map(|setting| &setting.names).copied();
            let facts = rule.facts.iter().map(|fact| fact.name);
            writeln!(
                table,
                "| [`{}`]({}) | {} | {} | {} |",
                rule.name,
                rule.file_name(),
                rule.summary,
                in_code(settings),
                in_code(facts)
            )
            .unwrap();
        }
    }
    table.push('\n');
    table
}

fn in_code<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
