//! `rules/clients-with-mfa.rhai`: which logins need a second factor.
#![cfg(test)]

use mfa_rules::{Decision, Login, Outcome, Provider, Remember, RuleSet};
use serde_json::{Map, Value, json};
use std::path::Path;

fn rules() -> RuleSet {
    let file = "../../rules/clients-with-mfa.rhai";
    RuleSet::load(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn clients() -> Map<String, Value> {
    let mut configuration = Map::new();
    configuration.insert("CLIENTS_WITH_MFA".to_owned(), json!(["app-1", "app-2"]));
    configuration
}

fn decide<'r>(
    rules: &'r RuleSet,
    user: &Value,
    client: &str,
    configuration: &Map<String, Value>,
) -> Outcome<'r> {
    let context = json!({ "clientID": client });
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap())
        .user(user)
        .context(&context)
        .configuration(configuration);
    rules.decide(&login)
}

#[test]
fn what_javascript_takes_for_true_asks_for_guardian() {
    let rules = rules();
    for flag in [
        json!(true),
        json!(1),
        json!(-0.5),
        json!("yes"),
        json!([]),
        json!({}),
    ] {
        let user = json!({ "app_metadata": { "use_mfa": flag } });
        let outcome = decide(&rules, &user, "app-2", &clients());
        assert_eq!(outcome.decision(), Decision::Required, "{flag}");
        let multifactor = outcome.multifactor().unwrap();
        assert_eq!(multifactor.provider(), Provider::Guardian);
        assert_eq!(multifactor.remember_browser(), Remember::Never);
    }
}

#[test]
fn what_javascript_takes_for_false_asks_for_nothing() {
    let rules = rules();
    for user in [
        json!({ "app_metadata": { "use_mfa": false } }),
        json!({ "app_metadata": { "use_mfa": 0 } }),
        json!({ "app_metadata": { "use_mfa": "" } }),
        json!({ "app_metadata": { "use_mfa": null } }),
        json!({ "app_metadata": {} }),
        json!({ "app_metadata": null }),
        json!({}),
        json!(null),
    ] {
        let outcome = decide(&rules, &user, "app-1", &clients());
        assert_eq!(outcome.decision(), Decision::NotRequired, "{user}");
        assert!(outcome.errors().is_empty(), "{user}");
    }
}

#[test]
fn a_login_without_a_user_asks_for_nothing() {
    let rules = rules();
    let context = json!({ "clientID": "app-1" });
    let configuration = clients();
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap())
        .context(&context)
        .configuration(&configuration);
    assert_eq!(rules.decide(&login).decision(), Decision::NotRequired);
}

#[test]
fn a_client_that_is_not_listed_asks_for_nothing() {
    let rules = rules();
    let user = json!({ "app_metadata": { "use_mfa": true } });
    let outcome = decide(&rules, &user, "app-3", &clients());
    assert_eq!(outcome.decision(), Decision::NotRequired);
}

#[test]
fn without_configuration_the_list_in_the_rule_counts() {
    let rules = rules();
    let user = json!({ "app_metadata": { "use_mfa": true } });
    let listed = decide(&rules, &user, "REPLACE_WITH_YOUR_CLIENT_ID", &Map::new());
    assert_eq!(listed.decision(), Decision::Required);
    let other = decide(&rules, &user, "app-1", &Map::new());
    assert_eq!(other.decision(), Decision::NotRequired);
}
