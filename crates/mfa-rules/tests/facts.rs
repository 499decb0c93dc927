//! Facts: what a server fetches before the decision, because rules reach nothing but the login.
#![cfg(test)]

use mfa_rules::{
    AppliesTo, Code, CompileError, Decision, Diagnostic, Loader, Login, NeededFact, Observe,
    OnError, Outcome, RuleSet, RuleSource, Style,
};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};
use std::fs;
use tempfile::TempDir;

fn login(facts: &Json) -> Login<'_> {
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap());
    match facts {
        Json::Object(facts) => login.facts(facts),
        _ => login,
    }
}

fn rule(source: &str, on_error: OnError) -> RuleSet {
    let rule = RuleSource::new("rule", source).on_error(on_error);
    RuleSet::builder().rule(rule).compile().unwrap()
}

/// Each error as `code line:column message`.
fn errors(outcome: &Outcome<'_>) -> Vec<String> {
    let errors = outcome.errors().iter().map(|error| {
        let (line, column) = (error.line.unwrap(), error.column.unwrap());
        format!("{} {line}:{column} {}", error.code, error.message)
    });
    errors.collect()
}

fn problems(result: Result<RuleSet, CompileError>) -> String {
    result.expect_err("it does not compile").to_string()
}

/// Diagnostics as they are read.
fn shown(diagnostics: &[Diagnostic]) -> Vec<String> {
    let shown = diagnostics.iter();
    shown
        .map(|diagnostic| diagnostic.display(Style::Plain).to_string())
        .collect()
}

/// What a set needs, as `name: description (rules)`.
fn needed<'f>(facts: impl IntoIterator<Item = &'f NeededFact>) -> Vec<String> {
    let facts = facts.into_iter().map(|fact| {
        let description = fact.description.as_deref().unwrap_or("-");
        format!("{}: {description} ({})", fact.name, fact.rules.join(", "))
    });
    facts.collect()
}

/// A rule of each kind that goes on without a second factor unless the fact says otherwise.
const ASKING: &[&str] = &[
    "if fact(\"risk\") > 70 { require_mfa(\"any\"); }",
    "if (fact(\"risk\") ?? 0) > 70 { require_mfa(\"any\"); }",
    "if truthy(fact(\"risk\")) { require_mfa(\"any\"); }",
    "if fact(\"risk\") == true { require_mfa(\"any\"); }",
    "if fact(\"risk\")?.score == 90 { require_mfa(\"any\"); }",
    "let risk = `${fact(\"risk\")}`; if risk.len() > 99 { require_mfa(\"any\"); }",
    "if [1].some(|x| fact(\"risk\") == x) { require_mfa(\"any\"); }",
    "fn risky() { fact(\"risk\") == 1 } if risky() { require_mfa(\"any\"); }",
    "fn risk() { fact(\"risk\") } let get = || risk(); if get.call() == 1 { require_mfa(\"any\"); }",
    "let a = [2, 1]; a.sort(|x, y| { if fact(\"risk\") == 1 { x - y } else { y - x } });",
    "switch fact(\"risk\") { 90 => require_mfa(\"any\"), _ => () }",
    "for part in [fact(\"risk\")] { if part == 90 { require_mfa(\"any\"); } }",
    "user.risk = fact(\"risk\");",
    "try { fact(\"risk\"); } catch { throw; }",
];

#[test]
fn an_absent_fact_never_means_that_no_second_factor_is_needed() {
    let user = json!({ "user_id": "auth0|1" });
    for facts in [json!(()), json!({}), json!({ "Risk": 1, "risk ": 1 })] {
        for source in ASKING {
            for (on_error, decision) in [
                (OnError::Deny, Decision::Denied),
                (OnError::Challenge, Decision::Required),
            ] {
                let rules = rule(source, on_error);
                let outcome = rules.decide(&login(&facts).user(&user));
                assert_eq!(outcome.decision(), decision, "{source}");
                let codes: Vec<Code> = outcome.errors().iter().map(|error| error.code).collect();
                assert_eq!(codes, [Code::MissingFact], "{source}");
                assert!(outcome.changes().is_empty(), "{source}");
            }
        }
    }
}

#[test]
fn an_absent_fact_is_named_where_it_is_asked_for() {
    let rules = rule(
        "let limit = 70;\nif fact(\"risk_score\") > limit { }",
        OnError::Deny,
    );
    let outcome = rules.decide(&login(&json!({})));
    assert_eq!(
        errors(&outcome),
        ["missing-fact 2:4 the fact `risk_score` did not come with the login"]
    );
}

#[test]
fn a_rule_that_catches_an_absent_fact_decides_itself() {
    let source = "try { if fact(\"risk\") > 70 { require_mfa(\"any\"); } }\n\
                  catch (e) { if e.code != \"missing-fact\" { throw; } user.why = e.message; }";
    let rules = rule(source, OnError::Deny);
    let user = json!({});
    let absent = json!({});
    let outcome = rules.decide(&login(&absent).user(&user));
    assert_eq!(errors(&outcome), [""; 0]);
    assert_eq!(outcome.decision(), Decision::NotRequired);
    assert_eq!(
        outcome.changes()["/user/why"],
        "the fact `risk` did not come with the login"
    );
    let odd = json!({ "risk": "high" });
    let outcome = rules.decide(&login(&odd).user(&user));
    assert_eq!(outcome.decision(), Decision::Denied);
}

#[test]
fn a_fact_is_what_came_with_the_login_whatever_its_type() {
    let rules = rule("debug(fact(\"risk\"));", OnError::Deny);
    for (value, shown) in [
        (json!(null), "()"),
        (json!(false), "false"),
        (json!(0), "0"),
        (json!(-1.5), "-1.5"),
        (json!(u64::MAX), "1.8446744073709552e19"),
        (json!(""), "\"\""),
        (json!([1, null]), "[1, ()]"),
        (json!({ "a": {} }), "#{\"a\": #{}}"),
    ] {
        let facts = json!({ "risk": value });
        let outcome = rules.decide_observed(&login(&facts), Observe::decision().and_trace());
        assert_eq!(outcome.traces().unwrap()[0].printed, [shown], "{facts}");
    }
}

#[test]
fn a_fact_of_another_type_than_the_rule_expects_is_a_failure() {
    for (on_error, decision) in [
        (OnError::Deny, Decision::Denied),
        (OnError::Challenge, Decision::Required),
    ] {
        let rules = rule("if fact(\"risk\") > 70 { require_mfa(\"any\"); }", on_error);
        for value in [
            json!(null),
            json!(true),
            json!("90"),
            json!([90]),
            json!({ "score": 90 }),
        ] {
            let facts = json!({ "risk": value });
            let outcome = rules.decide(&login(&facts));
            assert_eq!(outcome.decision(), decision, "{facts}");
            assert_eq!(outcome.errors()[0].code, Code::Type, "{facts}");
        }
    }
}

#[test]
fn a_whole_fact_can_be_stored_and_then_changed_like_any_member() {
    let source =
        "user.device = fact(\"device\"); user.device.seen = true; user.again = fact(\"device\");";
    let rules = rule(source, OnError::Deny);
    let user = json!({});
    let facts = json!({ "device": { "id": 7 } });
    let outcome = rules.decide(&login(&facts).user(&user));
    assert_eq!(
        Json::Object(outcome.changes().clone()),
        json!({ "/user/device": { "id": 7, "seen": true }, "/user/again": { "id": 7 } })
    );
    assert_eq!(facts, json!({ "device": { "id": 7 } }));
}

#[test]
fn facts_are_no_part_of_the_context() {
    let rules = rule(
        "user.got = [context.risk, context.facts, user.risk, configuration.risk];",
        OnError::Deny,
    );
    let (user, context) = (json!({}), json!({}));
    let facts = json!({ "risk": 90, "facts": 1, "multifactor": { "provider": "any" } });
    let outcome = rules.decide(&login(&facts).user(&user).context(&context));
    assert_eq!(
        outcome.changes()["/user/got"],
        json!([null, null, null, null])
    );
    assert_eq!(outcome.decision(), Decision::NotRequired);
    let members = json!({ "risk": 90 });
    let rules = rule("print(fact(\"risk\"));", OnError::Deny);
    let configuration = members.as_object().unwrap();
    let login = login(&facts).user(&members).context(&members);
    let outcome = rules.decide(
        &login
            .configuration(configuration)
            .facts(&Map::new())
            .clone(),
    );
    assert_eq!(outcome.errors()[0].code, Code::MissingFact);
}

#[test]
fn what_nobody_asks_for_changes_nothing() {
    let rules = rule("require_mfa(\"any\");", OnError::Deny);
    let facts = json!({ "risk": 90 });
    let with = serde_json::to_value(rules.decide(&login(&facts))).unwrap();
    let without = serde_json::to_value(rules.decide(&login(&json!(())))).unwrap();
    assert_eq!(with, without);
}

#[test]
fn a_trace_shows_the_facts_that_were_read() {
    let source = "let risk = fact(\"risk\");\nprint(fact(\"a \\\"b\\\"\"));\nlet again = fact(\"risk\");\nlet device = fact(\"device\");";
    let rules = rule(source, OnError::Deny);
    let facts = json!({ "risk": 82, "a \"b\"": null, "device": { "id": 7 } });
    let outcome = rules.decide_observed(&login(&facts), Observe::decision().and_trace());
    let traces = outcome.traces().unwrap();
    let reads = traces[0].reads.iter();
    let reads: Vec<_> = reads
        .map(|read| (read.path.as_str(), read.value.clone(), read.line))
        .collect();
    assert_eq!(
        reads,
        [
            ("fact(\"risk\")", json!(82), 1),
            ("fact(\"a \\\"b\\\"\")", json!(null), 2),
            ("fact(\"device\")", json!("map of 1"), 4),
        ]
    );
}

/// A set of three rules, one of which is disabled and one for a single application.
fn acme() -> mfa_rules::RuleSetBuilder {
    RuleSet::builder()
        .name("acme")
        .rule((
            "risky",
            "fn risk() { fact(\"risk\") }\nif [1].some(|x| fact(\"device\") == x) || risk() > 1 { require_mfa(\"any\"); }",
        ))
        .rule(
            RuleSource::new("payroll", "print(fact(\"risk\")); print(fact(\"shift\"));")
                .applies_to(AppliesTo::default().clients(["payroll"])),
        )
        .rule(RuleSource::new("later", "print(fact(\"velocity\")); print(fact(\"shift\"));").disabled())
}

#[test]
fn a_set_knows_what_its_enabled_rules_need() {
    let rules = acme().compile().unwrap();
    assert_eq!(
        needed(rules.facts()),
        [
            "device: - (risky)",
            "risk: - (risky, payroll)",
            "shift: - (payroll)"
        ]
    );
    assert_eq!(
        serde_json::to_value(&rules.facts()[1]).unwrap(),
        json!({ "name": "risk", "description": null, "rules": ["risky", "payroll"] })
    );
    assert_eq!(rules.warnings(), []);
}

#[test]
fn a_context_needs_what_the_rules_ask_for_that_apply_to_it() {
    let rules = acme().compile().unwrap();
    let names = |context: Json| -> Vec<String> {
        let facts = rules.facts_for_context(&context);
        facts.iter().map(|fact| fact.name.clone()).collect()
    };
    assert_eq!(
        names(json!({ "clientID": "payroll" })),
        ["device", "risk", "shift"]
    );
    assert_eq!(names(json!({ "clientID": "wiki" })), ["device", "risk"]);
    // The rule runs on a client of an odd type.
    assert_eq!(names(json!({ "clientID": 1 })), ["device", "risk", "shift"]);
    for context in [json!({}), json!(null), json!("payroll"), json!([])] {
        assert_eq!(names(context), ["device", "risk"]);
    }
}

/// A context of an embedder's own type, with a member that goes wrong when it is serialized.
#[derive(serde::Serialize)]
struct Typed<C, O> {
    #[serde(rename = "clientID")]
    client: C,
    other: O,
}

struct Broken;

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("broken"))
    }
}

#[test]
fn a_context_of_any_type_needs_the_facts_of_the_same_as_a_value() {
    let rules = acme().compile().unwrap();
    let other = Broken;
    let wiki = Typed {
        client: "wiki",
        other,
    };
    let names: Vec<&str> = rules
        .facts_for_context(&wiki)
        .into_iter()
        .map(|fact| &*fact.name)
        .collect();
    assert_eq!(names, ["device", "risk"]);
}

#[test]
fn a_context_that_cannot_be_serialized_needs_all_facts() {
    let rules = acme().compile().unwrap();
    let broken = Typed {
        client: Broken,
        other: (),
    };
    let all: Vec<_> = rules.facts().iter().collect();
    assert_eq!(rules.facts_for_context(&broken), all);
}

/// What is fetched for a context is all that the rules ask for which run on it.
#[test]
fn no_rule_misses_a_fact_that_was_fetched_for_the_context() {
    let rules = acme().compile().unwrap();
    for client in [json!("payroll"), json!("wiki"), json!(null), json!(1)] {
        let context = json!({ "clientID": client });
        let fetched: Map<String, Json> = rules
            .facts_for_context(&context)
            .into_iter()
            .map(|fact| (fact.name.clone(), json!(0)))
            .collect();
        let outcome = rules.decide(&login(&json!(())).context(&context).facts(&fetched));
        assert_eq!(errors(&outcome), [""; 0], "{client}");
    }
}

#[test]
fn a_builder_that_declares_a_fact_takes_no_other() {
    let rules = acme()
        .fact("risk", "0 to 100")
        .fact("device", "an id")
        .fact("shift", "a boolean")
        .fact("velocity", "km/h");
    let rules = rules.compile().unwrap();
    assert_eq!(
        needed(rules.facts()),
        [
            "device: an id (risky)",
            "risk: 0 to 100 (risky, payroll)",
            "shift: a boolean (payroll)"
        ]
    );
    let warnings = shown(rules.warnings());
    assert_eq!(
        warnings,
        [
            "warning[unused-fact]: no enabled rule asks for the fact `velocity`\n --> acme\n\
          help: remove it from the `facts`, or enable the rule that asks for it"
        ]
    );
    let misspelt = acme().fact("risks", "0 to 100").fact("shift", "a boolean");
    assert_eq!(
        problems(misspelt.compile()),
        "\
error[unknown-fact]: the rule set declares no fact `risk`
 --> risky:1:18
  |
1 | fn risk() { fact(\"risk\") }
  |                  ^^^^^^
help: did you mean `risks`?

error[unknown-fact]: the rule set declares no fact `device`
 --> risky:2:22
  |
2 | if [1].some(|x| fact(\"device\") == x) || risk() > 1 { require_mfa(\"any\"); }
  |                      ^^^^^^^^
help: add it to the `facts` of the rule set, with what it is

error[unknown-fact]: the rule set declares no fact `risk`
 --> payroll:1:12
  |
1 | print(fact(\"risk\")); print(fact(\"shift\"));
  |            ^^^^^^
help: did you mean `risks`?

error[unknown-fact]: the rule set declares no fact `velocity`
 --> later:1:12
  |
1 | print(fact(\"velocity\")); print(fact(\"shift\"));
  |            ^^^^^^^^^^
help: add it to the `facts` of the rule set, with what it is"
    );
}

#[test]
fn a_fact_without_a_name_or_a_description_is_refused() {
    let nameless = RuleSet::builder()
        .rule(("a", "print(1);"))
        .fact(" ", "a blank")
        .fact("risk", "");
    assert_eq!(
        problems(nameless.compile()),
        "\
error[manifest-value]: the name of a fact may not be empty
 --> a
help: name the fact

error[manifest-value]: the description of the fact `risk` may not be empty
 --> a
help: say what it is, with type and unit"
    );
}

#[test]
fn the_facts_that_a_builder_declares_are_in_the_revision() {
    let set = || RuleSet::builder().rule(("a", "print(fact(\"x\"));"));
    let sets = [
        set(),
        set().fact("x", "y"),
        set().fact("x", "yz"),
        set().fact("x", "y").fact("z", "a"),
        set().fact("x", "y").fact("za", "b"),
    ];
    let mut revisions: Vec<String> = sets
        .into_iter()
        .map(|set| set.compile().unwrap().revision().to_owned())
        .collect();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), 5);
}

const MANIFEST: &str = "\
version: 1
rules:
  - file: risky.rhai
  - { file: later.rhai, enabled: false }
facts:
  risk_score: 0 to 100, from the fraud service
  velocity: km/h since the last login
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What is wrong with the folder, which is written as `DIR`.
fn problems_in(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let path = folder.path().display().to_string();
    let report = Loader::new().check(folder.path());
    assert_eq!(report.facts.is_some(), report.is_sound());
    shown(&report.diagnostics)
        .join("\n\n")
        .replace(&path, "DIR")
}

#[test]
fn a_fact_that_the_manifest_does_not_declare_does_not_compile() {
    let problems = problems_in(&[
        ("ruleset.yaml", MANIFEST),
        ("risky.rhai", "print(fact(\"riskscore\"));"),
        (
            "later.rhai",
            "print(fact(\"known_device\")); print(fact(\"velocity\"));",
        ),
    ]);
    assert_eq!(
        problems,
        "\
error[unknown-fact]: the rule set declares no fact `riskscore`
 --> DIR/risky.rhai:1:12
  |
1 | print(fact(\"riskscore\"));
  |            ^^^^^^^^^^^
help: did you mean `risk_score`?

error[unknown-fact]: the rule set declares no fact `known_device`
 --> DIR/later.rhai:1:12
  |
1 | print(fact(\"known_device\")); print(fact(\"velocity\"));
  |            ^^^^^^^^^^^^^^
help: add it to the `facts` of the rule set, with what it is"
    );
}

#[test]
fn a_manifest_without_facts_declares_none() {
    let problems = problems_in(&[
        ("ruleset.yaml", "version: 1\nrules: [{ file: a.rhai }]\n"),
        ("a.rhai", "print(fact(\"risk_score\"));"),
    ]);
    assert_eq!(
        problems,
        "\
error[unknown-fact]: the rule set declares no fact `risk_score`
 --> DIR/a.rhai:1:12
  |
1 | print(fact(\"risk_score\"));
  |            ^^^^^^^^^^^^
help: add it to the `facts` of the rule set, with what it is"
    );
}

#[test]
fn a_fact_that_only_a_disabled_rule_asks_for_is_not_needed_and_reported() {
    let files = [
        ("ruleset.yaml", MANIFEST),
        ("risky.rhai", "a == 1;\nprint(fact(\"risk_score\"));"),
        ("later.rhai", "print(fact(\"velocity\"));"),
    ];
    let broken = problems_in(&files);
    assert!(broken.starts_with("error[unknown-variable]"), "{broken}");
    assert!(!broken.contains("unused-fact"), "{broken}");
    let mut files = files;
    files[1].1 = "1 == 1;\nprint(fact(\"risk_score\"));";
    // What is in the manifest comes before what is in the rules.
    assert_eq!(
        problems_in(&files),
        "\
warning[unused-fact]: no enabled rule asks for the fact `velocity`
 --> DIR/ruleset.yaml:7:3
  |
7 |   velocity: km/h since the last login
  |   ^^^^^^^^
help: remove it from the `facts`, or enable the rule that asks for it

warning[no-effect]: this statement computes a value and does nothing with it
 --> DIR/risky.rhai:1:3
  |
1 | 1 == 1;
  |   ^^
help: write `=` to assign"
    );
    let folder = folder(&files);
    let rules = RuleSet::load(folder.path()).unwrap();
    assert_eq!(
        needed(rules.facts()),
        ["risk_score: 0 to 100, from the fraud service (risky)"]
    );
    let report = Loader::new().check(folder.path());
    assert_eq!(report.facts.as_deref(), Some(rules.facts()));
}

#[test]
fn what_cannot_be_read_of_the_facts_is_reported_once() {
    let problems = problems_in(&[
        (
            "ruleset.yaml",
            "version: 1\nrules: [{ file: a.rhai }]\nfacts: [risk_score]\n",
        ),
        ("a.rhai", "print(fact(\"risk_score\"));"),
    ]);
    assert_eq!(
        problems,
        "\
error[manifest-value]: `facts` must be a map, and is a list
 --> DIR/ruleset.yaml:3:8
  |
3 | facts: [risk_score]
  |        ^
help: write `NAME: DESCRIPTION` for each fact"
    );
}

#[test]
fn without_a_manifest_the_rules_say_which_facts_there_are() {
    let folder = folder(&[
        ("a.rhai", "print(fact(\"x\"));"),
        ("b.rhai", "print(fact(\"y\"));"),
    ]);
    let rules = RuleSet::load(folder.path()).unwrap();
    assert_eq!(needed(rules.facts()), ["x: - (a)", "y: - (b)"]);
    let rules = RuleSet::load(folder.path().join("a.rhai")).unwrap();
    assert_eq!(needed(rules.facts()), ["x: - (a)"]);
    let rules = RuleSet::from_source("c", "print(fact(\"z\"));").unwrap();
    assert_eq!(needed(rules.facts()), ["z: - (c)"]);
    assert_eq!(rules.warnings(), []);
}
