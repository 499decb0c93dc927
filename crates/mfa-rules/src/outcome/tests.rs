//! Tests of the outcome.

use super::{
    Decision, Denial, DenialError, OnError, Outcome, Report, RuleError, RuleStatus, RuleTrace,
};
use crate::codes::Code;
use crate::limits::Limits;
use crate::multifactor::Multifactor;
use crate::read_set::ReadSet;
use crate::rule_set::{AppliesTo, Rule, RuleBody, RuleSet};
use crate::source::Position;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

fn now() -> DateTime<Utc> {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

fn rule(name: &str, enabled: bool) -> Rule {
    Rule {
        name: name.to_owned(),
        file: format!("{name}.rhai"),
        enabled,
        on_error: OnError::Deny,
        applies_to: AppliesTo::default(),
        body: RuleBody::Script(Arc::default()),
    }
}

fn rule_set() -> RuleSet {
    RuleSet {
        name: "acme".to_owned(),
        revision: "sha256:00".to_owned(),
        has_manifest: false,
        rules: vec![
            rule("a", true),
            rule("b", false),
            rule("c", true),
            rule("d", true),
            rule("e", false),
        ]
        .into(),
        configuration: serde_json::Map::new(),
        secrets: BTreeMap::new(),
        limits: Limits::DEFAULT,
        warnings: Vec::new(),
        reads: ReadSet::everything().into(),
        facts: Vec::new(),
        index: None,
    }
}

fn quiet(rule_set: &RuleSet) -> Outcome<'_> {
    let mut outcome = Outcome::new(rule_set, now());
    outcome.reached = 5;
    outcome
}

fn report(rule: usize, status: RuleStatus, effects: &[&'static str]) -> Report {
    Report {
        rule,
        status,
        effects: effects.into(),
    }
}

#[test]
fn denied_beats_required_and_required_beats_not_required() {
    let rule_set = rule_set();
    let mut outcome = quiet(&rule_set);
    assert_eq!(outcome.decision(), Decision::NotRequired);
    outcome.multifactor = Some(Multifactor::FLOOR);
    assert_eq!(outcome.decision(), Decision::Required);
    outcome.details_mut().denied = Some(Denial::of_failure(None));
    assert_eq!(outcome.decision(), Decision::Denied);
}

#[test]
fn a_denied_login_is_asked_for_nothing_and_goes_nowhere() {
    let rule_set = rule_set();
    let mut outcome = quiet(&rule_set);
    outcome.multifactor = Some(Multifactor::FLOOR);
    outcome.details_mut().redirect = Some(json!({ "url": "https://acme.example" }));
    assert!(outcome.multifactor().is_some() && outcome.redirect().is_some());
    outcome.details_mut().denied = Some(Denial::of_failure(None));
    assert!(outcome.multifactor().is_none() && outcome.redirect().is_none());
    let json = json!(outcome);
    assert_eq!(json["multifactor"], json!(null));
    assert_eq!(json["redirect"], json!(null));
}

#[test]
fn a_failure_never_leaves_a_login_without_a_second_factor() {
    let rule_set = rule_set();
    let mut outcome = Outcome::input_denied(&rule_set, "`user` must be an object", now());
    outcome.details_mut().denied = None;
    assert_eq!(outcome.decision(), Decision::Required);
    assert_eq!(
        json!(outcome.multifactor()),
        json!({ "provider": "any", "allowRememberBrowser": false })
    );
}

#[test]
fn every_rule_has_a_report() {
    let mut rule_set = rule_set();
    let rules = Arc::make_mut(&mut rule_set.rules);
    for rule in &mut rules[..2] {
        rule.applies_to = AppliesTo::default().clients(["app-1"]);
    }
    let mut outcome = quiet(&rule_set);
    outcome.reached = 3;
    outcome
        .reports
        .push(report(2, RuleStatus::Denied, &["user"]));
    let reports: Vec<_> = outcome
        .rules()
        .map(|report| (report.name, report.status, report.effects.len()))
        .collect();
    assert_eq!(
        reports,
        [
            ("a", RuleStatus::NotApplicable, 0),
            ("b", RuleStatus::Disabled, 0),
            ("c", RuleStatus::Denied, 1),
            ("d", RuleStatus::NotReached, 0),
            ("e", RuleStatus::Disabled, 0),
        ]
    );
    outcome.applied.push(0);
    let first = outcome.rules().next().unwrap();
    assert_eq!(first.status, RuleStatus::Ran);
}

#[test]
fn a_rule_without_a_report_ran() {
    let rule_set = rule_set();
    let outcome = quiet(&rule_set);
    let ran = outcome
        .rules()
        .filter(|rule| rule.status == RuleStatus::Ran);
    assert_eq!(ran.count(), 3);
}

#[test]
fn the_serialized_form_has_a_fixed_order() {
    let rule_set = rule_set();
    let mut outcome = quiet(&rule_set);
    outcome.multifactor = Some(Multifactor::FLOOR);
    outcome.details_mut().errors.push(RuleError {
        rule: Some("a".to_owned()),
        code: Code::MissingProperty,
        message: "no `x`".to_owned(),
        line: Some(2),
        column: None,
        applied: OnError::Challenge,
    });
    outcome.reports.push(report(0, RuleStatus::Failed, &[]));
    outcome.reached = 1;
    outcome
        .details_mut()
        .changes
        .insert("/user/a".to_owned(), json!(1));
    outcome.details_mut().full = Some((json!({ "a": 1 }), json!({})));
    outcome.details_mut().traces = Some(vec![RuleTrace {
        name: "a".to_owned(),
        ..RuleTrace::default()
    }]);
    assert_eq!(
        serde_json::to_string(&outcome).unwrap(),
        concat!(
            r#"{"version":1,"decision":"required","#,
            r#""multifactor":{"provider":"any","allowRememberBrowser":false},"#,
            r#""denied":null,"redirect":null,"#,
            r#""errors":[{"rule":"a","code":"missing-property","message":"no `x`","line":2,"#,
            r#""column":null,"applied":"challenge"}],"#,
            r#""rules":[{"name":"a","status":"failed","effects":[]},"#,
            r#"{"name":"b","status":"disabled","effects":[]},"#,
            r#"{"name":"c","status":"not_reached","effects":[]},"#,
            r#"{"name":"d","status":"not_reached","effects":[]},"#,
            r#"{"name":"e","status":"disabled","effects":[]}],"#,
            r#""changes":{"/user/a":1},"now":"2026-01-05T09:00:00Z","#,
            r#""rule_set":{"name":"acme","revision":"sha256:00","language":1},"#,
            r#""user":{"a":1},"context":{},"#,
            r#""trace":[{"name":"a","reads":[],"writes":[],"printed":[]}]}"#,
        )
    );
}

#[test]
fn a_denial_is_serialized_with_its_rule() {
    let rule_set = rule_set();
    let mut outcome = quiet(&rule_set);
    outcome.details_mut().denied = Some(Denial {
        error: DenialError::Unauthorized,
        error_description: "not today".to_owned(),
        rule: Some("c".to_owned()),
    });
    outcome.decided = Some((2, Some(Position::new(3, 1))));
    assert_eq!(
        serde_json::to_string(&outcome.denied()).unwrap(),
        r#"{"error":"unauthorized","error_description":"not today","rule":"c"}"#
    );
    assert_eq!(
        json!(outcome.decided_by()),
        json!({ "rule": "c", "line": 3, "column": 1 })
    );
}

#[test]
fn a_login_that_cannot_be_read_is_denied() {
    let rule_set = rule_set();
    let outcome = Outcome::input_denied(&rule_set, "`user` must be an object", now());
    assert_eq!(outcome.decision(), Decision::Denied);
    assert_eq!(outcome.input_error(), Some("`user` must be an object"));
    assert_eq!(outcome.decided_by(), None);
    let json = json!(outcome);
    assert_eq!(
        json["denied"],
        json!({
            "error": "access_denied",
            "error_description": "the login could not be evaluated",
            "rule": null,
        })
    );
    assert_eq!(json["errors"][0]["code"], json!("input"));
    assert_eq!(json["rules"][0]["status"], json!("not_reached"));
}

#[test]
fn fractions_of_a_second_are_written_when_there_are_any() {
    let rule_set = rule_set();
    let mut outcome = quiet(&rule_set);
    for time in ["2026-01-05T09:00:00Z", "2026-01-05T09:00:00.250Z"] {
        outcome.now = time.parse().unwrap();
        assert_eq!(json!(outcome)["now"], json!(time));
    }
}
