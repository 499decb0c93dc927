//! The outcome of texts is that of their values.

use super::JsonLogin;
use crate::{Decision, Login, Observe, RuleSet};
use chrono::DateTime;
use serde_json::{Value as Json, json};

const RULE: &str = r#"
if truthy(user?.app_metadata?.use_mfa) { require_mfa("guardian"); }
if context.clientID == configuration.BLOCKED { deny("blocked"); }
context.idToken = #{ groups: user?.groups };
"#;

fn input_error(login: &JsonLogin<'_>) -> String {
    let rules = RuleSet::from_source("rule", RULE).unwrap();
    let outcome = rules.decide(login);
    assert_eq!(outcome.decision(), Decision::Denied);
    outcome.input_error().unwrap().to_owned()
}

#[test]
fn texts_decide_as_their_values_do() {
    let rules = RuleSet::from_source("rule", RULE).unwrap();
    let users = [
        "null",
        "{}",
        r#"{"app_metadata":{"use_mfa":true},"groups":["a",{"b":1}]}"#,
        r#"{"app_metadata":{"use_mfa":true},"app_metadata":{}}"#,
        r#"{"app_metadata":5}"#,
        "[]",
        "1.5",
        r#""x""#,
    ];
    let contexts = [
        "null",
        r#"{"clientID":"x"}"#,
        r#"{"clientID":"y","multifactor":{"provider":"duo"}}"#,
        r#"{"multifactor":{"provider":"duo","x":1}}"#,
        "false",
    ];
    let configurations = [
        "null",
        r#"{"BLOCKED":"x"}"#,
        r#"{"BLOCKED":"x","BLOCKED":"y"}"#,
    ];
    for user in users {
        for context in contexts {
            for configuration in configurations {
                let now = DateTime::UNIX_EPOCH;
                let value = |text| serde_json::from_str::<Json>(text).unwrap();
                let (user_value, context_value) = (value(user), value(context));
                let configuration_value = value(configuration);
                let mut login = Login::new(now).user(&user_value).context(&context_value);
                if let Some(members) = configuration_value.as_object() {
                    login = login.configuration(members);
                }
                let texts = JsonLogin::new(now)
                    .user(user)
                    .context(context.as_bytes())
                    .configuration(configuration)
                    .facts("{}");
                assert_eq!(
                    json!(rules.decide(&texts)),
                    json!(rules.decide(&login)),
                    "{user} {context} {configuration}"
                );
                if let Some(members) = configuration_value.as_object() {
                    assert_eq!(
                        json!(rules.decide(&texts.configuration_values(members))),
                        json!(rules.decide(&login)),
                        "{user} {context}, {configuration} as values"
                    );
                }
            }
        }
    }
}

#[test]
fn texts_that_are_left_out_are_nothing() {
    let rules = RuleSet::from_source("rule", RULE).unwrap();
    let now = DateTime::UNIX_EPOCH;
    let outcome = rules.decide(&JsonLogin::new(now));
    assert_eq!(json!(outcome), json!(rules.decide(&Login::new(now))));
    assert_eq!(outcome.input_error(), None);
}

#[test]
fn a_text_that_is_no_json_is_an_input_error_that_names_it() {
    let login = JsonLogin::new(DateTime::UNIX_EPOCH)
        .user("{}")
        .context("{}");
    for (login, expected) in [
        (
            login.user(""),
            "`user` is not JSON: EOF while parsing a value, line 1, column 0",
        ),
        (
            login.user("{\"unread\": \"\\ud800\"}"),
            "`user` is not JSON: unexpected end of hex escape, line 1, column 19",
        ),
        (
            login.context(b"{\"a\": \"\xff\"}"),
            "`context` is not UTF-8 from byte 8 on",
        ),
        (
            login.context("{\n}x"),
            "`context` is not JSON: trailing characters, line 2, column 2",
        ),
        (
            login.configuration("{\"a\": 01}"),
            "`configuration` is not JSON: invalid number, line 1, column 8",
        ),
        (
            login.facts("{\"a\": [1,]}"),
            "`facts` is not JSON: trailing comma, line 1, column 10",
        ),
        (
            login.user("{").context("["),
            "`user` is not JSON: EOF while parsing an object, line 1, column 1",
        ),
    ] {
        assert_eq!(input_error(&login), expected);
    }
}

#[test]
fn a_text_of_no_object_is_an_input_error_that_names_it() {
    let login = JsonLogin::new(DateTime::UNIX_EPOCH);
    for (text, found) in [
        ("true", "a boolean"),
        ("1", "a number"),
        ("\"\"", "a text"),
        ("[{}]", "an array"),
    ] {
        for (name, login) in [
            ("user", login.user(text)),
            ("context", login.context(text)),
            ("configuration", login.configuration(text)),
            ("facts", login.facts(text)),
        ] {
            let expected = format!("`{name}` must be an object, not {found}");
            assert_eq!(input_error(&login), expected);
        }
    }
}

/// What rules see of numbers does not depend on the features of `serde_json`.
#[test]
fn a_number_is_the_same_in_a_rule_whatever_features_serde_json_has() {
    let rules = RuleSet::from_source("rule", "debug(user.n);").unwrap();
    for (text, shown) in [
        ("0", "0"),
        ("-0", "-0.0"),
        ("-0.0", "-0.0"),
        ("1", "1"),
        ("1.0", "1.0"),
        ("1e2", "100.0"),
        ("1E+2", "100.0"),
        ("0e999", "0.0"),
        ("1e-999", "0.0"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9.223372036854776e18"),
        ("-9223372036854775809", "-9.223372036854776e18"),
        ("18446744073709551616", "1.8446744073709552e19"),
    ] {
        let text = format!(r#"{{"n":{text}}}"#);
        let login = JsonLogin::new(DateTime::UNIX_EPOCH).user(&text);
        let outcome = rules.decide_observed(&login, Observe::decision().and_trace());
        assert_eq!(outcome.traces().unwrap()[0].printed, [shown], "{text}");
    }
}

/// With `arbitrary_precision`, `serde_json` reads what is beyond all floats, and else refuses it.
#[test]
fn a_number_out_of_range_never_means_that_no_second_factor_is_needed() {
    let asking = [
        (r#"if user.risk > 5 { require_mfa("any"); }"#, "1e999"),
        (r#"if !(user.risk <= 5) { require_mfa("any"); }"#, "1e999"),
        (r#"if user.trust < 5 { require_mfa("any"); }"#, "-1e999"),
        (r#"if !(user.trust >= 5) { require_mfa("any"); }"#, "-1e999"),
        (
            r#"if user.risks.some(|risk| risk > 5) { require_mfa("any"); }"#,
            "1e999",
        ),
        (
            r#"if user.risk.to_int() != 5 { require_mfa("any"); }"#,
            "1e999",
        ),
        (r#"if truthy(user.risk) { require_mfa("any"); }"#, "1e999"),
    ];
    for (source, number) in asking {
        let rules = RuleSet::from_source("rule", source).unwrap();
        let text = format!(r#"{{"risk":{number},"trust":{number},"risks":[{number}]}}"#);
        let texts = JsonLogin::new(DateTime::UNIX_EPOCH).user(&text);
        assert_ne!(
            rules.decide(&texts).decision(),
            Decision::NotRequired,
            "{source}"
        );
        if let Ok(user) = serde_json::from_str::<Json>(&text) {
            let values = Login::new(DateTime::UNIX_EPOCH).user(&user);
            let (values, texts) = (rules.decide(&values), rules.decide(&texts));
            assert_eq!(json!(values), json!(texts));
            assert_ne!(values.decision(), Decision::NotRequired, "{source}");
        }
    }
}
