//! Building rule sets, and their revisions.

use super::{AppliesTo, RuleSet, RuleSetBuilder, RuleSource, stand_in};
use crate::limits::Limits;
use crate::outcome::OnError;
use crate::secret::Secret;
use serde_json::json;
use std::time::Duration;

fn build(builder: RuleSetBuilder) -> RuleSet {
    match builder.compile_with(&stand_in::compile) {
        Ok(rule_set) => rule_set,
        Err(error) => panic!("{error}"),
    }
}

fn problems(builder: RuleSetBuilder) -> String {
    let error = builder.compile_with(&stand_in::compile);
    error.expect_err("the set cannot be used").to_string()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn configuration(json: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_value(json).expect("an object")
}

#[test]
fn a_set_has_its_rules_in_order() {
    let rule_set = build(
        RuleSet::builder()
            .name("acme")
            .rule(("b", "1"))
            .rules([
                RuleSource::new("a", "2").on_error(OnError::Challenge),
                RuleSource::new("c", "3").disabled(),
            ])
            .configuration(configuration(json!({"K": 1})))
            .secret("S", secret("x"))
            .limits(Limits::DEFAULT.with_operations(9)),
    );
    assert_eq!(rule_set.name(), "acme");
    assert_eq!(rule_set.rule_names().collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!(rule_set.configuration(), &configuration(json!({"K": 1})));
    assert_eq!(rule_set.secret_names().collect::<Vec<_>>(), ["S"]);
    assert_eq!(rule_set.limits().operations, 9);
    assert_eq!(rule_set.warnings(), []);
    let run: Vec<_> = rule_set
        .rules
        .iter()
        .map(|rule| (rule.enabled, rule.on_error))
        .collect();
    assert_eq!(
        run,
        [
            (true, OnError::Deny),
            (true, OnError::Challenge),
            (false, OnError::Deny)
        ]
    );
}

#[test]
fn a_set_without_a_name_has_that_of_its_only_rule() {
    assert_eq!(build(RuleSet::builder().rule(("a", "1"))).name(), "a");
    let two = RuleSet::builder().rule(("a", "1")).rule(("b", "2"));
    assert_eq!(build(two).name(), "rules");
}

#[test]
fn warnings_do_not_hinder_and_are_kept() {
    let rule_set = build(RuleSet::builder().rule(("a", "odd")));
    let messages: Vec<_> = rule_set.warnings().iter().map(|w| &*w.message).collect();
    assert_eq!(messages, ["`odd` is meant so"]);
}

#[test]
fn a_rule_without_script_and_without_error_is_an_error() {
    assert_eq!(
        problems(RuleSet::builder().rule(("a", "1")).rule(("b", "lost"))),
        "error[syntax]: the rule could not be compiled\n --> b\n\
         help: this is a fault of the engine; please report it with the rule"
    );
}

#[test]
fn a_rule_with_script_and_error_is_an_error() {
    assert_eq!(
        problems(RuleSet::builder().rule(("a", "contradictory"))),
        "error[syntax]: `contradictory` is meant so\n --> a:1:1\n  |\n1 | contradictory\n  | ^"
    );
}

#[test]
fn a_disabled_rule_must_compile() {
    let builder = RuleSet::builder()
        .rule(("a", "1"))
        .rule(RuleSource::new("b", "broken").disabled());
    assert_eq!(
        problems(builder),
        "error[syntax]: `broken` is meant so\n --> b:1:1\n  |\n1 | broken\n  | ^"
    );
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let builder = RuleSet::builder()
        .name("acme")
        .rule(RuleSource::new("a", "1").disabled())
        .rule(
            RuleSource::new("a", "broken")
                .disabled()
                .applies_to(AppliesTo::default().protocols([""; 0])),
        )
        .configuration(configuration(json!({"S": 1})))
        .secret("S", secret(""))
        .limits(
            Limits::DEFAULT
                .with_operations(11)
                .with_deadline(Duration::ZERO),
        )
        .ceiling(Limits::DEFAULT.with_operations(10));
    assert_eq!(
        problems(builder),
        "\
error[duplicate-rule]: the rule `a` is there twice
 --> acme
help: remove one of them, or give it another name

error[manifest-value]: `protocol` is an empty list, so the rule would never run
 --> a
help: name a value, or disable the rule

error[no-enabled-rule]: no rule of the set is enabled, so every login would pass
 --> acme
help: add a rule, or enable one

error[missing-secret]: the secret `S` is empty
 --> acme
help: give its value

error[manifest-value]: `S` is both a secret and a configuration value
 --> acme
help: remove one of them, or give it another name

error[limit-ceiling]: the limit `operations` is 11, and the ceiling is 10
 --> acme
help: write 10 or less

error[manifest-value]: the limit `deadline_ms` must be at least 1
 --> acme
help: leave the limit out to have its default

error[syntax]: `broken` is meant so
 --> a:1:1
  |
1 | broken
  | ^"
    );
}

#[test]
fn a_set_without_rules_is_refused() {
    assert_eq!(
        problems(RuleSet::builder()),
        "error[no-enabled-rule]: no rule of the set is enabled, so every login would pass\n \
         --> rules\nhelp: add a rule, or enable one"
    );
}

#[test]
fn no_ceiling_is_above_the_highest() {
    let limits = Limits::HIGHEST.with_calls(Limits::HIGHEST.calls + 1);
    let builder = RuleSet::builder()
        .rule(("a", "1"))
        .limits(limits)
        .ceiling(limits);
    assert_eq!(
        problems(builder),
        "error[limit-ceiling]: the limit `calls` is 65, and the ceiling is 64\n --> a\n\
         help: write 64 or less"
    );
}

#[test]
fn default_limits_yield_to_a_low_ceiling() {
    let builder = RuleSet::builder()
        .rule(("a", "1"))
        .ceiling(Limits::HIGHEST.with_calls(3));
    assert_eq!(build(builder).limits(), &Limits::DEFAULT.with_calls(3));
}

#[test]
fn the_revision_is_a_sha256_and_stays_the_same() {
    let revision = |source| {
        build(RuleSet::builder().rule(("a", source)))
            .revision()
            .to_owned()
    };
    assert_eq!(
        revision("1"),
        "sha256:e9c3fcd54be4fe07c9ffe8391ee8a91971aeeb8daab126adc0085aa0e2edddd6"
    );
    assert_ne!(revision("1"), revision("2"));
}

/// Whatever decides is in the revision: each of these sets has another one.
#[test]
fn sets_that_decide_differently_have_different_revisions() {
    let rule = || RuleSource::new("a", "1");
    let one = || RuleSet::builder().rule(rule());
    let with = |json| one().configuration(configuration(json));
    let applying = |applies_to| RuleSet::builder().rule(rule().applies_to(applies_to));
    let sets = [
        one(),
        RuleSet::builder().rule(("b", "1")),
        RuleSet::builder().rule(("a", "11")),
        RuleSet::builder().rule(("a1", "1")),
        RuleSet::builder().rule(rule().on_error(OnError::Challenge)),
        one().rule(("b", "2")),
        one().rule(RuleSource::new("b", "2").disabled()),
        RuleSet::builder().rule(("b", "2")).rule(rule()),
        applying(AppliesTo::default().clients(["x"])),
        applying(AppliesTo::default().clients(["x", "y"])),
        applying(AppliesTo::default().clients(["xy"])),
        applying(AppliesTo::default().connections(["x"])),
        applying(AppliesTo::default().protocols(["x"])),
        applying(AppliesTo::default().organizations(["x"])),
        with(json!({"K": 1})),
        with(json!({"K": 1.0})),
        with(json!({"K": "1"})),
        with(json!({"K": null})),
        with(json!({"K": true})),
        with(json!({"K": false})),
        with(json!({"K": []})),
        with(json!({"K": {}})),
        with(json!({"K": [1]})),
        with(json!({"K": [[1]]})),
        with(json!({"K": [], "L": {}})),
        with(json!({"K": {"L": {}}})),
        one().secret("K", secret("1")),
        one().limits(Limits::DEFAULT.with_operations(1)),
        one().limits(Limits::DEFAULT.with_trace(1)),
    ];
    let mut revisions: Vec<String> = sets
        .into_iter()
        .map(|set| build(set).revision().to_owned())
        .collect();
    let count = revisions.len();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), count);
}

#[test]
fn what_does_not_decide_is_not_in_the_revision() {
    let one = || RuleSet::builder().rule(("a", "1")).secret("K", secret("1"));
    let revision = build(one()).revision;
    assert_eq!(build(one().name("other")).revision, revision);
    assert_eq!(build(one().secret("K", secret("2"))).revision, revision);
    assert_eq!(build(one().ceiling(Limits::DEFAULT)).revision, revision);
}

#[test]
fn debug_output_shows_no_configuration_and_no_secret() {
    let rule_set = build(
        RuleSet::builder()
            .rule(("a", "1"))
            .configuration(configuration(json!({"K": "hunter1"})))
            .secret("S", secret("hunter2")),
    );
    assert!(!format!("{rule_set:?}").contains("hunter"));
}
