//! What rules can look at.
//!
//! `reads/cases.txt` holds rules and their read sets, to the letter. After a change,
//! `MFA_BLESS=1 cargo test -p mfa-rules --test reads` writes it anew; read the difference before it
//! is committed: a path that is missing is looked at by the rule and left out of the login.

#![cfg(test)]

mod written;

use mfa_rules::{AppliesTo, Login, Paths, ReadPart, RuleSet, RuleSource};
use serde_json::json;
use std::fmt::Write;

#[test]
fn every_rule_has_its_read_set() {
    written::check("reads", reads);
}

/// The paths of a rule, a line each; `*` is for all that is below.
fn reads(source: &str) -> String {
    let rules = RuleSet::from_source("rule", source).unwrap_or_else(|error| panic!("{error}"));
    let rule = rules.rule_reads().next().unwrap().reads;
    let mut text = String::new();
    for (name, paths) in [
        ("user", rule.user()),
        ("context", rule.context()),
        ("configuration", rule.configuration()),
    ] {
        for path in paths.paths() {
            let whole = match path.part {
                ReadPart::Whole => " *",
                ReadPart::Shape => "",
            };
            write!(text, "\n{name}{}{whole}", path.path).unwrap();
        }
    }
    text
}

fn shapes(paths: &Paths) -> Vec<String> {
    let paths = paths.paths().into_iter();
    paths
        .map(|path| format!("{} {:?}", path.path, path.part))
        .collect()
}

#[test]
fn a_set_looks_at_what_its_enabled_rules_look_at_and_at_an_earlier_request() {
    let rules = RuleSet::builder()
        .rule(("first", "if user.a == 1 { deny(\"no\"); }"))
        .rule(("second", "if user.b == 1 { deny(\"no\"); }"))
        .rule(RuleSource::new("third", "if user.c == 1 { deny(\"no\"); }").disabled())
        .compile()
        .unwrap();
    assert_eq!(shapes(rules.read_set().user()), ["/a Shape", "/b Shape"]);
    assert_eq!(shapes(rules.read_set().context()), ["/multifactor Whole"]);
    let rule: Vec<_> = rules.rule_reads().collect();
    assert_eq!((rule[2].name.as_str(), rule[2].enabled), ("third", false));
    assert_eq!(shapes(rule[2].reads.user()), ["/c Shape"]);
}

#[test]
fn a_rule_looks_at_what_says_to_which_logins_it_applies() {
    let to = |applies_to| {
        let rules = RuleSet::builder()
            .rule(RuleSource::new("rule", "require_mfa(\"any\");").applies_to(applies_to))
            .compile()
            .unwrap();
        shapes(rules.read_set().context())
    };
    let applies_to = AppliesTo::default;
    assert_eq!(to(applies_to()), ["/multifactor Whole"]);
    assert_eq!(
        to(applies_to().clients(["a"])),
        ["/clientID Shape", "/multifactor Whole"]
    );
    assert_eq!(
        to(applies_to().connections(["a"]).protocols(["samlp"])),
        ["/connection Shape", "/multifactor Whole", "/protocol Shape"]
    );
    assert_eq!(
        to(applies_to().organizations(["a"])),
        [
            "/multifactor Whole",
            "/organization/id Shape",
            "/organization/name Shape"
        ]
    );
}

#[test]
fn a_rule_with_more_paths_than_are_kept_looks_at_more() {
    let mut source = String::new();
    for number in 0..1000 {
        writeln!(source, "if user.a{number:04}.b == 1 {{ deny(\"no\"); }}").unwrap();
    }
    let rules = RuleSet::from_source("many", source).unwrap();
    assert!(rules.read_set().user().is_whole());
    let deep = format!("if user{} == 1 {{ deny(\"no\"); }}", ".a".repeat(30));
    let rules = RuleSet::from_source("deep", deep).unwrap();
    let paths = rules.read_set().user().paths();
    assert_eq!(paths.len(), 1);
    assert_eq!(paths[0].path, "/a".repeat(8));
    assert_eq!(paths[0].part, ReadPart::Whole);
}

/// A rule in which every name can be the value of every variable, as long as a rule may be.
#[test]
fn a_rule_that_takes_too_long_to_analyse_looks_at_everything() {
    let mut source = String::from("let v0 = user;\n");
    let mut number = 1_usize;
    while source.len() < 50_000 {
        let from = number * 7 % (number.min(60)) + number.saturating_sub(60);
        writeln!(
            source,
            "let v{number} = v{from}?.m{} ?? v{};",
            number % 97,
            number - 1
        )
        .unwrap();
        number += 1;
    }
    writeln!(source, "if v{} == 1 {{ deny(\"no\"); }}", number - 1).unwrap();
    let rules = RuleSet::from_source("tangled", source).unwrap();
    assert!(rules.read_set().user().is_whole());
}

/// What a limit is reached by is the same, too: the length of an array that is only written into,
/// by a name that arrays do not have, is of no matter.
#[test]
fn a_write_into_an_array_by_name_costs_the_same_however_long_the_array_is() {
    let rules = RuleSet::from_source("rule", "user.list.name = 1;").unwrap();
    let now = "2026-01-05T09:00:00Z".parse().unwrap();
    let user = json!({ "list": vec![1; 1_000_000] });
    let cut = rules.read_set().user().project(&user);
    assert_eq!(cut, json!({ "list": [] }));
    for user in [&user, &cut] {
        let outcome = rules.decide(&Login::new(now).user(user));
        assert_eq!(
            outcome.errors()[0].message,
            "an array has no property \"name\" that could be written"
        );
    }
}

/// A redirect that comes in with a login and that no rule assigns is none of the rules'.
#[test]
fn a_redirect_that_no_rule_assigns_is_not_in_the_outcome() {
    let rules = RuleSet::from_source("rule", "user.seen = true;").unwrap();
    let now = "2026-01-05T09:00:00Z".parse().unwrap();
    // It is a float in a rule, and would differ from what was there.
    let context = json!({ "redirect": u64::MAX });
    let outcome = rules.decide(&Login::new(now).user(&json!({})).context(&context));
    assert_eq!(outcome.changes().len(), 1);
    assert_eq!(outcome.redirect(), None);
}
