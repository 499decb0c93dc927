//! Reading manifests: what they say, and what is wrong with them.

use super::{Entry, Manifest, RuleOrigin, SecretOrigin, read};
use crate::limits::Limits;
use crate::outcome::OnError;
use crate::rule_set::AppliesTo;
use std::time::Duration;

/// Each problem as `line:column+length code: message (help)`.
fn problems(text: &str) -> String {
    let (_, diagnostics) = read("ruleset.yaml", text, &Limits::DEFAULT);
    let lines = diagnostics.iter().map(|diagnostic| {
        let span = diagnostic.span.expect("every problem has a place");
        let help = diagnostic.help.as_ref();
        format!(
            "{}:{}+{} {}: {}{}\n",
            span.start.line,
            span.start.column,
            span.length,
            diagnostic.code,
            diagnostic.message,
            help.map_or_else(String::new, |help| format!(" ({help})")),
        )
    });
    lines.collect()
}

/// The problems of a manifest that has `text` besides what every manifest must have.
fn problems_beside(text: &str) -> String {
    problems(&format!("version: 1\nrules: [{{file: a.rhai}}]\n{text}"))
}

/// The problems of a manifest whose rule has `text` besides its file.
fn problems_of_rule(text: &str) -> String {
    problems(&format!("version: 1\nrules:\n- file: a.rhai\n  {text}\n"))
}

fn sound(text: &str) -> Manifest {
    assert_eq!(problems(text), "");
    let (manifest, _) = read("ruleset.yaml", text, &Limits::DEFAULT);
    manifest.expect("there is a manifest")
}

const COMPLETE: &str = "\
name: acme-login
version: 1
rules:
  - file: clients-with-mfa.rhai
    on_error: challenge
    applies_to: { clientID: [app-1, app-2], organization: org_1 }
  - file: ./office/weekday-access.rhai
    enabled: false
configuration:
  CLIENTS_WITH_MFA: [app-1, app-2]
  nested: { deep: [1, 2.5, no, ~] }
secrets:
  DUO_SKEY: { env: DUO_SKEY }
  HMAC: { file: secrets/hmac }
facts:
  risk_score: 0 to 100, from the fraud service
  known device: whether the user has logged in from it before
limits: { operations: 1000, deadline_ms: 20 }
";

fn file(entry: &Entry) -> &str {
    match &entry.origin {
        RuleOrigin::File(file) => &file.text,
        RuleOrigin::Native(name) => panic!("{} is a native rule", name.text),
    }
}

#[test]
fn a_complete_manifest_is_read() {
    let manifest = sound(COMPLETE);
    assert_eq!(manifest.name.as_deref(), Some("acme-login"));
    assert!(manifest.all_rules_read);
    let [first, second] = manifest.rules.as_slice() else {
        panic!("{:?}", manifest.rules);
    };
    assert_eq!(file(first), "clients-with-mfa.rhai");
    assert_eq!(first.on_error, OnError::Challenge);
    assert!(first.enabled);
    assert_eq!(
        first.applies_to,
        AppliesTo::default()
            .clients(["app-1", "app-2"])
            .organizations(["org_1"])
    );
    assert_eq!(file(second), "./office/weekday-access.rhai");
    assert_eq!(second.on_error, OnError::Deny);
    assert!(!second.enabled);
    assert_eq!(second.applies_to, AppliesTo::default());
    assert_eq!(
        serde_json::Value::Object(manifest.configuration),
        serde_json::json!({
            "CLIENTS_WITH_MFA": ["app-1", "app-2"],
            "nested": { "deep": [1, 2.5, "no", null] },
        })
    );
    let origins: Vec<_> = manifest
        .secrets
        .iter()
        .map(|secret| match &secret.origin {
            SecretOrigin::Environment(variable) => (&*secret.name, "env", &*variable.text),
            SecretOrigin::File(path) => (&*secret.name, "file", &*path.text),
        })
        .collect();
    assert_eq!(
        origins,
        [
            ("DUO_SKEY", "env", "DUO_SKEY"),
            ("HMAC", "file", "secrets/hmac")
        ]
    );
    let facts = manifest.facts.expect("facts are declared");
    let facts: Vec<_> = facts
        .iter()
        .map(|fact| (&*fact.name.text, &*fact.description))
        .collect();
    assert_eq!(
        facts,
        [
            ("risk_score", "0 to 100, from the fraud service"),
            (
                "known device",
                "whether the user has logged in from it before"
            )
        ]
    );
    let limits = Limits::DEFAULT
        .with_operations(1000)
        .with_deadline(Duration::from_millis(20));
    assert_eq!(manifest.limits, limits);
}

#[test]
fn the_same_manifest_as_json_is_read() {
    let json = r#"{"version": 1, "rules": [{"file": "a.rhai"}], "name": "\ud83d\ude00"}"#;
    assert_eq!(sound(json).name.as_deref(), Some("😀"));
}

#[test]
fn no_rules_may_be_said() {
    assert!(sound("version: 1\nrules: []\n").rules.is_empty());
}

#[test]
fn the_default_limits_are_capped_by_the_ceiling() {
    let ceiling = Limits::HIGHEST.with_operations(10);
    let (manifest, diagnostics) = read("ruleset.yaml", "version: 1\nrules: []\n", &ceiling);
    assert_eq!(diagnostics, []);
    let limits = manifest.expect("there is a manifest").limits;
    assert_eq!(limits, Limits::DEFAULT.with_operations(10));
}

#[test]
fn problems_of_the_whole_are_reported() {
    let cases = [
        (
            "",
            "1:1+1 manifest-syntax: the manifest is empty (write `version: 1` and `rules` with the rules in their order)\n",
        ),
        (
            "# nothing\n",
            "1:1+1 manifest-syntax: the manifest is empty (write `version: 1` and `rules` with the rules in their order)\n",
        ),
        (
            "just text",
            "1:1+9 manifest-value: the manifest must be a map, and is a text\n",
        ),
        (
            "- file: a.rhai",
            "1:1+1 manifest-value: the manifest must be a map, and is a list\n",
        ),
        (
            "name: x",
            "1:1+1 manifest-value: the manifest has no `version` (write `version: 1`, the version of this file's format)\n1:1+1 manifest-value: the manifest has no `rules` (name the rule files in their order, or write `rules: []` when there are none)\n",
        ),
        (
            "version: 2\nrules: []",
            "1:10+1 manifest-value: `version` must be 1 (it is the version of this file's format, not that of your rules)\n",
        ),
        (
            "version: '1'\nrules: []",
            "1:10+3 manifest-value: `version` must be 1 (it is the version of this file's format, not that of your rules)\n",
        ),
        (
            "version: 1\nrules:",
            "2:6+1 manifest-value: `rules` must be a list, and is nothing (write `- file: NAME.rhai` for each rule, or `rules: []` when there are none)\n",
        ),
        (
            "version: 1\nrules: a.rhai",
            "2:8+6 manifest-value: `rules` must be a list, and is a text (write `- file: NAME.rhai` for each rule, or `rules: []` when there are none)\n",
        ),
        (
            "version: 1\nrulez: []\nsomething: 1",
            "1:1+1 manifest-value: the manifest has no `rules` (name the rule files in their order, or write `rules: []` when there are none)\n2:1+5 manifest-key: the manifest has no key `rulez` (write `rules`)\n3:1+9 manifest-key: the manifest has no key `something` (the keys of the manifest are `name`, `version`, `rules`, `configuration`, `secrets`, `facts` and `limits`)\n",
        ),
        (
            "version: 1\nrules: [",
            "2:9+1 manifest-syntax: a value or a closing bracket is missing before this (add what is missing)\n",
        ),
        (
            "version: 1\nrules: []\nversion: 1",
            "3:1+7 manifest-syntax: the key `version` is there twice (remove one of them)\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(text), expected, "{text}");
    }
}

#[test]
fn problems_beside_the_rules_are_reported() {
    let cases = [
        (
            "name: 12",
            "3:7+2 manifest-value: `name` must be a text, and is a number (put it in quotes)\n",
        ),
        (
            "name: ''",
            "3:7+2 manifest-value: `name` may not be empty\n",
        ),
        (
            "name: \"a\\nb\"",
            "3:7+6 manifest-value: `name` may have no control characters and line breaks\n",
        ),
        (
            "name: [a]",
            "3:7+1 manifest-value: `name` must be a text, and is a list\n",
        ),
        (
            "configuration: [a]",
            "3:16+1 manifest-value: `configuration` must be a map, and is a list\n",
        ),
        (
            "configuration: {a: .inf}",
            "3:20+4 manifest-syntax: `.inf` is no number that JSON has (put it in quotes when it is meant as text)\n",
        ),
        (
            "secrets: {a: hunter2}",
            "3:14+7 manifest-value: the secret `a` is written into the manifest (write `{ env: VARIABLE }` or `{ file: PATH }`, and replace the secret: it has been seen)\n",
        ),
        (
            "secrets: {a: {}}",
            "3:14+1 manifest-value: the secret `a` has neither `env` nor `file` (write `{ env: VARIABLE }` or `{ file: PATH }`)\n",
        ),
        (
            "secrets: {a: {env: A, file: b}}",
            "3:23+4 manifest-value: the secret `a` has both `env` and `file` (remove one of them)\n",
        ),
        (
            "secrets: {a: {enb: A}}",
            "3:14+1 manifest-value: the secret `a` has neither `env` nor `file` (write `{ env: VARIABLE }` or `{ file: PATH }`)\n3:15+3 manifest-key: a secret has no key `enb` (write `env`)\n",
        ),
        (
            "secrets: {a: {env: ''}}",
            "3:20+2 manifest-value: `env` may not be empty\n",
        ),
        (
            "secrets: {a: {env: 'A=B'}}",
            "3:20+5 manifest-value: `env` must be the name of an environment variable\n",
        ),
        (
            "secrets: {a: }",
            "3:12+1 manifest-value: a secret must be a map, and is nothing\n",
        ),
        (
            "configuration: {a: 1}\nsecrets: {a: {env: A}}",
            "4:11+1 manifest-value: `a` is both a secret and a configuration value (remove one of them, or give it another name)\n",
        ),
        (
            "limits: {operations: 0}",
            "3:22+1 manifest-value: the limit `operations` must be at least 1 (leave the limit out to have its default)\n",
        ),
        (
            "limits: {operations: -1}",
            "3:22+2 manifest-value: the limit `operations` must be a whole number of at least 1\n",
        ),
        (
            "limits: {operations: 1.5}",
            "3:22+3 manifest-value: the limit `operations` must be a whole number of at least 1\n",
        ),
        (
            "limits: {operations: many}",
            "3:22+4 manifest-value: the limit `operations` must be a whole number, and is a text\n",
        ),
        (
            "limits: {operations: 50001}",
            "3:22+5 limit-ceiling: the limit `operations` is 50001, and the ceiling is 50000 (write 50000 or less)\n",
        ),
        (
            "limits: {deadline: 10}",
            "3:10+8 manifest-key: `limits` has no key `deadline` (the keys of `limits` are `operations`, `deadline_ms`, `memory_bytes`, `text_bytes`, `elements`, `calls` and `trace_bytes`)\n",
        ),
        (
            "limits: 10",
            "3:9+2 manifest-value: `limits` must be a map, and is a number\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problems_beside(text), expected, "{text}");
    }
}

#[test]
fn problems_of_a_rule_are_reported() {
    let cases = [
        (
            "on_eror: deny",
            "4:3+7 manifest-key: a rule has no key `on_eror` (write `on_error`)\n",
        ),
        (
            "on_error: chalenge",
            "4:13+8 manifest-value: `on_error` must be `deny` or `challenge`, and is `chalenge` (write `challenge`)\n",
        ),
        (
            "on_error: skip",
            "4:13+4 manifest-value: `on_error` must be `deny` or `challenge`, and is `skip`\n",
        ),
        (
            "on_error: true",
            "4:13+4 manifest-value: `on_error` must be `deny` or `challenge`, and is a truth value\n",
        ),
        (
            "enabled: no",
            "4:12+2 manifest-value: `enabled` must be `true` or `false`, and is a text (write `false`, without quotes)\n",
        ),
        (
            "enabled: 'false'",
            "4:12+7 manifest-value: `enabled` must be `true` or `false`, and is a text (remove the quotes)\n",
        ),
        (
            "enabled: 0",
            "4:12+1 manifest-value: `enabled` must be `true` or `false`, and is a number\n",
        ),
        (
            "enabled: false",
            "2:1+5 no-enabled-rule: no rule of the set is enabled, so every login would pass (enable a rule, or write `rules: []` when there shall be none)\n",
        ),
        (
            "applies_to: {clientId: app-1}",
            "4:16+8 manifest-key: `applies_to` has no key `clientId` (write `clientID`)\n",
        ),
        (
            "applies_to: {audience: a}",
            "4:16+8 manifest-key: `applies_to` has no key `audience` (the keys of `applies_to` are `clientID`, `connection`, `protocol` and `organization`)\n",
        ),
        (
            "applies_to: {clientID: []}",
            "4:26+1 manifest-value: `clientID` is an empty list, so the rule would never run (name a value, or write `enabled: false`)\n",
        ),
        (
            "applies_to: {clientID: 12}",
            "4:26+2 manifest-value: `clientID` must be a text or a list of texts, and is a number (put it in quotes)\n",
        ),
        (
            "applies_to: {clientID: [a, 12, '']}",
            "4:30+2 manifest-value: each value of `clientID` must be a text, and is a number (put it in quotes)\n4:34+2 manifest-value: each value of `clientID` may not be empty\n",
        ),
        (
            "applies_to: {clientID: {a: b}}",
            "4:26+1 manifest-value: `clientID` must be a text or a list of texts, and is a map\n",
        ),
        (
            "applies_to: app-1",
            "4:15+5 manifest-value: `applies_to` must be a map, and is a text\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problems_of_rule(text), expected, "{text}");
    }
}

#[test]
fn problems_of_a_rule_file_are_reported() {
    let cases = [
        (
            "a.rhai",
            "3:3+6 manifest-value: a rule must be a map with `file`, and is a text (write `- file: NAME.rhai`)\n",
        ),
        (
            "{on_error: deny}",
            "3:3+1 manifest-value: the rule has no `file` (write `file: NAME.rhai`)\n",
        ),
        (
            "{file: a}",
            "3:10+1 manifest-value: `a` is no rule file: its name does not end in `.rhai` (write `NAME.rhai`)\n",
        ),
        (
            "{file: 'sub\\a.rhai'}",
            "3:10+12 manifest-value: `file` may not have a backslash in it (separate folders by `/`)\n",
        ),
        (
            "{file: 12}",
            "3:10+2 manifest-value: `file` must be a text, and is a number (put it in quotes)\n",
        ),
        (
            "{file: }",
            "3:8+1 manifest-value: `file` must be a text, and is nothing\n",
        ),
        (
            "[a.rhai]",
            "3:3+1 manifest-value: a rule must be a map, and is a list\n",
        ),
    ];
    for (rule, expected) in cases {
        let text = format!("version: 1\nrules:\n- {rule}\n");
        assert_eq!(problems(&text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_with_facts_is_reported() {
    let cases = [
        (
            "[risk_score]",
            "3:8+1 manifest-value: `facts` must be a map, and is a list (write `NAME: DESCRIPTION` for each fact)\n",
        ),
        (
            "risk_score",
            "3:8+10 manifest-value: `facts` must be a map, and is a text (write `NAME: DESCRIPTION` for each fact)\n",
        ),
        (
            "~",
            "3:8+1 manifest-value: `facts` must be a map, and is nothing (write `NAME: DESCRIPTION` for each fact)\n",
        ),
        (
            "{ risk_score: 100 }",
            "3:22+3 manifest-value: the description of the fact `risk_score` must be a text, and is a number (put it in quotes)\n",
        ),
        (
            "{ risk_score: ~ }",
            "3:22+1 manifest-value: the description of the fact `risk_score` must be a text, and is nothing\n",
        ),
        (
            "{ risk_score: \" \"}",
            "3:22+3 manifest-value: the description of the fact `risk_score` may not be empty\n",
        ),
        (
            "{ \" \": a blank }",
            "3:10+3 manifest-value: the name of a fact may not be empty (name the fact, as rules do in `fact(\"NAME\")`)\n",
        ),
        (
            "{ a: b, a: c }",
            "3:16+1 manifest-syntax: the key `a` is there twice (remove one of them)\n",
        ),
    ];
    for (facts, expected) in cases {
        assert_eq!(problems_beside(&format!("facts: {facts}\n")), expected);
    }
}

#[test]
fn a_manifest_without_facts_declares_none_and_one_with_unreadable_facts_leaves_it_open() {
    let declared = |text: &str| {
        let text = format!("version: 1\nrules: []\n{text}");
        let (manifest, _) = read("ruleset.yaml", &text, &Limits::DEFAULT);
        let facts = manifest.expect("there is something to go by").facts;
        facts.map(|facts| facts.len())
    };
    assert_eq!(declared(""), Some(0));
    assert_eq!(declared("facts: {}\n"), Some(0));
    assert_eq!(declared("facts: { a: 1 }\n"), Some(1));
    assert_eq!(declared("facts: [a]\n"), None);
}

#[test]
fn all_problems_are_reported_in_the_order_of_the_text() {
    let text = "nmae: x\nrules:\n- file: a.rhai\n  enabled: no\nversion: 2\nlimits: {calls: 0}\n";
    assert_eq!(
        problems(text),
        "1:1+4 manifest-key: the manifest has no key `nmae` (write `name`)\n\
         4:12+2 manifest-value: `enabled` must be `true` or `false`, and is a text (write `false`, without quotes)\n\
         5:10+1 manifest-value: `version` must be 1 (it is the version of this file's format, not that of your rules)\n\
         6:17+1 manifest-value: the limit `calls` must be at least 1 (leave the limit out to have its default)\n"
    );
}

#[test]
fn a_rule_that_cannot_be_read_is_not_passed_over_in_silence() {
    let (manifest, _) = read(
        "ruleset.yaml",
        "version: 1\nrules: [{file: a.rhai}, {fil: b.rhai}]",
        &Limits::DEFAULT,
    );
    let manifest = manifest.expect("there is something to go by");
    assert_eq!(manifest.rules.len(), 1);
    assert!(!manifest.all_rules_read);
}

#[test]
fn reporting_ends_after_a_hundred_problems() {
    let keys: Vec<String> = (0..1000).map(|key| format!("k{key}: 1\n")).collect();
    assert_eq!(problems(&keys.concat()).lines().count(), 100);
}
