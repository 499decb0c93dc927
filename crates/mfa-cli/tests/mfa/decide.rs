//! What `mfa decide` decides, and how it ends.

use crate::transcript::mfa;
use serde_json::{Value as Json, json};
use std::process::Output;

/// Decides by the rule set `acme`.
fn decide(arguments: &str) -> Output {
    mfa()
        .args(["decide", "--rules", "acme", "--format", "json"])
        .args(arguments.split_whitespace())
        .output()
        .unwrap()
}

fn outcomes(output: &Output) -> Vec<Json> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let outcomes = text.lines().map(serde_json::from_str);
    outcomes.collect::<Result<_, _>>().unwrap()
}

/// The decision, the provider, and the exit status.
fn check(arguments: &str, decision: &str, provider: Option<&str>, exit: i32) {
    let output = decide(arguments);
    let [outcome] = outcomes(&output).try_into().unwrap();
    assert_eq!(outcome["decision"], json!(decision), "{arguments}");
    assert_eq!(
        outcome["multifactor"]["provider"],
        json!(provider),
        "{arguments}"
    );
    assert_eq!(output.status.code(), Some(exit), "{arguments}");
}

#[test]
fn the_exit_status_follows_the_decision_only_when_asked_to() {
    let required = "--user ann.json --context app-1.json";
    check(required, "required", Some("guardian"), 0);
    check(
        &format!("{required} --exit-code"),
        "required",
        Some("guardian"),
        10,
    );
    let denied = "--user eve.json --context intranet.json";
    check(denied, "denied", None, 0);
    check(&format!("{denied} --exit-code"), "denied", None, 11);
    let neither = "--user ann.json --context intranet.json";
    check(&format!("{neither} --exit-code"), "not_required", None, 0);
}

#[test]
fn a_failed_rule_with_challenge_asks_for_any_provider() {
    let output = decide("--user no-metadata.json --context app-1.json");
    let [outcome] = outcomes(&output).try_into().unwrap();
    assert_eq!(
        outcome["multifactor"],
        json!({ "provider": "any", "allowRememberBrowser": false })
    );
    assert_eq!(outcome["errors"][0]["rule"], json!("last-login"));
    assert_eq!(outcome["errors"][0]["line"], json!(2));
    assert_eq!(outcome["errors"][0]["applied"], json!("challenge"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn configuration_of_the_line_wins_over_the_flag_and_the_flag_over_the_rule_set() {
    let required = "--user ann.json --context app-1.json";
    check(required, "required", Some("guardian"), 0);
    check(
        &format!("{required} --configuration nobody.json"),
        "not_required",
        None,
        0,
    );
    let user = r#"{"app_metadata":{"use_mfa":true,"logins":1}}"#;
    let context = r#"{"clientID":"app-1"}"#;
    let folder = tempfile::tempdir().unwrap();
    let logins = folder.path().join("logins.ndjson");
    let line = format!(
        r#"{{"user":{user},"context":{context},"configuration":{{"CLIENTS_WITH_MFA":["app-1"]}}}}"#
    );
    std::fs::write(&logins, line).unwrap();
    let logins = logins.to_str().unwrap();
    check(
        &format!("--configuration nobody.json --logins {logins}"),
        "required",
        Some("guardian"),
        0,
    );
}

#[test]
fn outcomes_have_the_order_of_the_lines() {
    let output = decide("--logins logins.ndjson");
    let decisions: Vec<_> = outcomes(&output)
        .iter()
        .map(|outcome| (outcome["decision"].clone(), outcome["now"].clone()))
        .collect();
    assert_eq!(
        decisions[..2],
        [
            (json!("required"), json!("2026-01-05T09:00:00Z")),
            (json!("not_required"), json!("2026-01-05T09:00:00.250Z")),
        ]
    );
    assert_eq!(decisions[2].0, json!("denied"));
    // A login without a user: the rule that reads its metadata fails.
    assert_eq!(decisions[3].0, json!("required"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_no_rule_touches_keeps_its_value_and_order() {
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context.json");
    let text = r#"{"z":1.50,"clientID":"other","a":{"y":[],"b":{}},"n":9007199254740993}"#;
    std::fs::write(&context, text).unwrap();
    let context = context.to_str().unwrap();
    let output = decide(&format!("--user ann.json --context {context} --full"));
    let text = String::from_utf8(output.stdout).unwrap();
    let user = r#""user":{"user_id":"auth0|1","email":"ann@acme.example","app_metadata":{"use_mfa":true,"logins":101},"nickname":"regular"}"#;
    assert!(text.contains(user), "{text}");
    let expected =
        r#""context":{"z":1.5,"clientID":"other","a":{"y":[],"b":{}},"n":9007199254740993}"#;
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_secret_is_masked_wherever_it_is_written() {
    for format in ["human", "json"] {
        let output = mfa()
            .args(["decide", "--rules", "secret", "--trace", "--full"])
            .args(["--format", format])
            .env("ACME_SECRET", "the secret key")
            .output()
            .unwrap();
        let written = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(written.contains(r#""***""#), "{written}");
        assert!(!written.contains("the secret key"), "{written}");
        assert_eq!(output.status.code(), Some(0));
    }
}
