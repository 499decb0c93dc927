//! What is observed of a rule step by step.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what these tests take for granted is part of what they assert"
)]

use mfa_rules::{Login, Observe, RuleSet, TraceStep, TraceStepKind};
use serde_json::{Value as Json, json};

/// The steps of a rule, a line each.
fn steps(rule: &str, user: &Json, context: &Json) -> Vec<String> {
    let rules = RuleSet::from_source("observed", rule).unwrap();
    let now = "2026-01-05T09:00:00Z".parse().unwrap();
    let login = Login::new(now).user(user).context(context);
    let outcome = rules.decide_observed(&login, Observe::decision().and_steps());
    let decided = json!(rules.decide(&login));
    let mut observed = json!(outcome);
    observed.as_object_mut().unwrap().remove("trace");
    assert_eq!(observed, decided, "what is observed changes nothing");
    outcome.traces().unwrap()[0]
        .steps
        .iter()
        .map(line)
        .collect()
}

fn line(step: &TraceStep) -> String {
    let place = format!("{}:{}", step.position.line, step.position.column);
    match &step.kind {
        TraceStepKind::Statement => format!("{place} statement"),
        TraceStepKind::Condition { holds } => format!("{place} condition {holds}"),
        TraceStepKind::Branch { to: None } => format!("{place} to nothing"),
        TraceStepKind::Branch { to: Some(to) } => format!("{place} to {}:{}", to.line, to.column),
        TraceStepKind::Comparison {
            operator,
            left,
            right,
            holds,
        } => format!("{place} {left} {operator} {right} {holds}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_statement_condition_branch_and_comparison_is_reported() {
    let rule = r#"let level = user?.level ?? 1;
if context.clientID in ["a", "b"] && level > 3 {
    require_mfa("any");
} else if truthy(user.flag) {
    deny("no");
}"#;
    let context = json!({ "clientID": "b" });
    assert_eq!(
        steps(rule, &json!({ "level": 7 }), &context),
        [
            "1:1 statement",
            "2:1 statement",
            r#"2:21 "b" in "array of 2" true"#,
            "2:21 condition true",
            "2:44 7 > 3 true",
            "2:44 condition true",
            "2:35 condition true",
            "2:35 to 3:5",
            "3:5 statement",
        ]
    );
    assert_eq!(
        steps(rule, &json!({ "flag": 0 }), &context),
        [
            "1:1 statement",
            "2:1 statement",
            r#"2:21 "b" in "array of 2" true"#,
            "2:21 condition true",
            "2:44 1 > 3 false",
            "2:44 condition false",
            "2:35 condition false",
            "2:35 to 4:8",
            "4:8 statement",
            "4:11 condition false",
            "4:11 to nothing",
        ]
    );
}

#[test]
fn what_happens_in_closures_loops_and_cases_is_reported() {
    let rule = r#"let found = user.groups.some(|group| group == "admin");
for number in 0..2 { user.last = number; }
switch user.plan { "free" => (), "paid" if found => require_mfa("any"), _ => () }"#;
    let user = json!({ "groups": ["staff", "admin"], "plan": "paid" });
    assert_eq!(
        steps(rule, &user, &json!({})),
        [
            "1:1 statement",
            "1:44 statement",
            r#"1:44 "staff" == "admin" false"#,
            "1:44 statement",
            r#"1:44 "admin" == "admin" true"#,
            "2:1 statement",
            "2:32 statement",
            "2:32 statement",
            "3:1 statement",
            "3:44 condition true",
            "3:8 to 3:53",
            "3:53 statement",
        ]
    );
}

#[test]
fn a_step_is_written_with_its_place_and_kind() {
    let step = |rule: &str| {
        let rules = RuleSet::from_source("observed", rule).unwrap();
        let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap());
        let outcome = rules.decide_observed(&login, Observe::decision().and_steps());
        json!(outcome)["trace"][0]["steps"].clone()
    };
    assert_eq!(
        step("if 1 == 2 { print(1); }"),
        json!([
            { "line": 1, "column": 1, "kind": "statement" },
            { "line": 1, "column": 6, "kind": "comparison", "operator": "==", "left": 1, "right": 2, "holds": false },
            { "line": 1, "column": 6, "kind": "condition", "holds": false },
            { "line": 1, "column": 6, "kind": "branch", "to": null },
        ])
    );
}

#[test]
fn steps_are_bounded_and_are_kept_only_when_they_are_asked_for() {
    let rule = "let n = 0; while n < 6000 { n += 1; }";
    assert_eq!(steps(rule, &json!({}), &json!({})).len(), 10_000);
    let rules = RuleSet::from_source("observed", rule).unwrap();
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap());
    let outcome = rules.decide_observed(&login, Observe::decision().and_trace());
    assert_eq!(outcome.traces().unwrap()[0].steps, []);
    assert!(json!(outcome)["trace"][0].get("steps").is_none());
}
