//! No way in which a rule in Rust can go wrong becomes "no second factor needed".
#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic"
)]

mod native_rule;

use mfa_rules::{
    Decision, DenialError, Limits, Login, Observe, OnError, Provider, ReadPart, ReadSet, Remember,
    RuleFailure, RuleSet, RuleSource, RuleStatus,
};
use native_rule::{Native, Run, asking, compiled, decided, native, now, reading, script, silence};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// How a native rule fails: code and message. Whatever is declared, the login gets no further
/// without a second factor, and what the rule wrote is undone.
fn failure(make: impl Fn() -> Native) -> (String, String) {
    silence();
    for (on_error, decision) in [
        (OnError::Deny, Decision::Denied),
        (OnError::Challenge, Decision::Required),
    ] {
        let rules = compiled([
            script("before", "user.name = \"Eve\";"),
            RuleSource::native(make()).on_error(on_error),
            script("after", "context.idToken.seen = user.name;"),
        ]);
        let outcome = decided(&rules, Observe::decision());
        assert_eq!(outcome.decision(), decision);
        let seen = outcome.changes().get("/context/idToken/seen");
        let expected = (on_error == OnError::Challenge).then(|| json!("Eve"));
        assert_eq!(seen, expected.as_ref());
        let changed: Vec<&String> = outcome.changes().keys().collect();
        assert!(
            changed
                .iter()
                .all(|key| ["/user/name", "/context/idToken/seen"].contains(&key.as_str())),
            "{changed:?}"
        );
        let decided_by = outcome.decided_by().unwrap();
        assert_eq!((decided_by.rule, decided_by.position), ("native", None));
    }
    let rules = compiled([RuleSource::native(make())]);
    let outcome = decided(&rules, Observe::decision());
    let [error] = outcome.errors() else {
        panic!("{:?}", outcome.errors());
    };
    assert_eq!((error.line, error.column), (None, None));
    let [diagnostic] = &outcome.diagnostics()[..] else {
        panic!("there is one failure");
    };
    assert_eq!((&*diagnostic.file, diagnostic.span), ("native", None));
    (error.code.to_string(), error.message.clone())
}

fn says(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[test]
fn an_error_is_a_failure() {
    let make = || {
        native(|login| {
            login.set_user(&["name"], json!("Mallory"))?;
            login.require(Provider::Any, Remember::Browser)?;
            Err(RuleFailure::new("it cannot be told"))
        })
    };
    assert_eq!(failure(make), says("native-rule", "it cannot be told"));
}

#[test]
fn a_panic_is_a_failure() {
    let make = || {
        native(|login| {
            login.set_user(&["name"], json!("Mallory"))?;
            login.skip()?;
            panic!("as it is meant")
        })
    };
    assert_eq!(failure(make), says("panic", "the native rule panicked"));
}

#[test]
fn what_the_script_may_not_write_a_native_rule_may_not_either() {
    let cases: [(Run, &str, &str); 9] = [
        (
            |login| login.set_context(&["clientID"], json!("other")),
            "context-key",
            "a rule cannot write `context.clientID`, only `multifactor`, `idToken`, `accessToken`, `samlConfiguration`, `redirect`, `primaryUser` and `jwtConfiguration`",
        ),
        (
            |login| login.set_context(&[], json!({})),
            "replaced-root",
            "`user` and `context` cannot be replaced as a whole",
        ),
        (
            |login| login.set_user(&[], json!({})),
            "replaced-root",
            "`user` and `context` cannot be replaced as a whole",
        ),
        (
            |login| login.set_user(&["absent", "below"], json!(1)),
            "missing-property",
            "`below` cannot be written, because what it is in is missing",
        ),
        (
            |login| login.set_user(&["name", "below"], json!(1)),
            "type",
            "nothing can be written inside of a text",
        ),
        (
            |login| login.set_secret(&["idToken", "key"], "DUO_SKEY"),
            "secret-use",
            "a secret can only be put into `context.multifactor`",
        ),
        (
            |login| login.set_secret(&["multifactor"], "ABSENT"),
            "missing-secret",
            "the rule set has no secret `ABSENT`",
        ),
        (
            |login| login.set_context(&["multifactor"], json!({ "provider": "sms" })),
            "multifactor",
            "no second-factor provider is named `sms`; the providers are `any`, `guardian`, `google-authenticator`, `duo`, `none`",
        ),
        (
            |login| login.set_context(&["multifactor"], json!(true)),
            "multifactor",
            "`context.multifactor` must be a map, not a boolean; write `#{ provider: \"any\" }`",
        ),
    ];
    for (run, code, message) in cases {
        assert_eq!(failure(|| native(run)), says(code, message));
    }
}

#[test]
fn what_cannot_be_read_is_a_failure() {
    let cases: [(Run, &str, &str); 4] = [
        (
            |login| login.user(&["name", "first"]).map(drop),
            "type",
            "`user.name` is a text, which has no member `first`",
        ),
        (
            |login| login.user(&["app_metadata", "devices", "0"]).map(drop),
            "type",
            "`user.app_metadata.devices` is an array, which has no member `0`",
        ),
        (
            |login| login.configuration(&["CLIENTS", "x", "y"]).map(drop),
            "type",
            "`configuration.CLIENTS` is an array, which has no member `x`",
        ),
        (
            |login| {
                login.require(Provider::Duo, Remember::Never)?;
                login.set_secret(&["multifactor", "skey"], "DUO_SKEY")?;
                login.context(&["multifactor"]).map(drop)
            },
            "secret-use",
            "there is a secret in `context.multifactor`",
        ),
    ];
    for (run, code, message) in cases {
        assert_eq!(failure(|| native(run)), says(code, message));
    }
}

#[test]
fn what_failed_has_failed_also_when_the_rule_goes_on() {
    let cases: [(Run, &str); 3] = [
        (
            |login| {
                let _ = login.set_context(&["clientID"], json!("x"));
                Ok(())
            },
            "context-key",
        ),
        (
            |login| {
                let _ = login.user(&["name", "first"]);
                login.set_user(&["name"], json!("Mallory")).or(Ok(()))
            },
            "type",
        ),
        (
            |login| {
                let _ = login.user(&["name", "first"]);
                panic!("as it is meant")
            },
            "type",
        ),
    ];
    for (run, code) in cases {
        assert_eq!(failure(|| native(run)).0, code);
    }
}

#[test]
fn what_is_not_declared_is_a_failure_and_never_just_missing() {
    let narrow = || {
        ReadSet::nothing()
            .and_user(&["app_metadata", "use_mfa"], ReadPart::Shape)
            .and_user(&["app_metadata", "nothing"], ReadPart::Shape)
            .and_context(&["idToken"], ReadPart::Shape)
            .and_context(&["request"], ReadPart::Whole)
    };
    let cases: [(Run, &str); 9] = [
        (
            |login| login.user(&["app_metadata", "nothing", "x"]).map(drop),
            "the native rule reads `user.app_metadata.nothing.x`, and does not declare it",
        ),
        (
            |login| login.user(&["name"]).map(drop),
            "the native rule reads `user.name`, and does not declare it",
        ),
        (
            |login| login.user(&["absent", "below"]).map(drop),
            "the native rule reads `user.absent.below`, and does not declare it",
        ),
        (
            |login| login.user(&["app_metadata"]).map(drop),
            "the native rule reads all of `user.app_metadata`, and declares only its shape",
        ),
        (
            |login| login.user(&[]).map(drop),
            "the native rule reads all of `user`, and declares only its shape",
        ),
        (
            |login| login.configuration(&["CLIENTS"]).map(drop),
            "the native rule reads `configuration.CLIENTS`, and does not declare it",
        ),
        (
            |login| login.set_user(&["name"], json!("Mallory")),
            "the native rule writes `user.name`, and does not declare it",
        ),
        (
            |login| login.set_context(&["idToken"], json!({})),
            "the native rule replaces all of `context.idToken`, and declares only its shape",
        ),
        (
            |login| login.set_context(&["idToken", "x"], json!(1)),
            "the native rule writes `context.idToken.x`, and does not declare it",
        ),
    ];
    for (run, message) in cases {
        assert_eq!(
            failure(|| reading(narrow(), run)),
            says("undeclared-read", message)
        );
    }
    let rules = compiled([RuleSource::native(reading(narrow(), |login| {
        assert_eq!(
            login.user(&["app_metadata", "use_mfa"])?.as_deref(),
            Some(&json!(true))
        );
        assert_eq!(
            login.context(&["request", "ip"])?.as_deref(),
            Some(&json!("10.0.0.1"))
        );
        login.require(Provider::Any, Remember::Never)
    }))]);
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.errors(), []);
    assert_eq!(outcome.decision(), Decision::Required);
}

/// The login of these tests comes without facts.
#[test]
fn an_absent_fact_is_a_failure_and_never_just_missing() {
    let asks: Run = |login| login.fact("risk").map(drop);
    let asks_on: Run = |login| {
        let _ = login.fact("risk");
        login.skip()
    };
    for run in [asks, asks_on] {
        assert_eq!(
            failure(|| asking(&["other", "risk"], run)),
            says(
                "missing-fact",
                "the fact `risk` did not come with the login"
            )
        );
        for facts in [&[][..], &["Risk", "risk_score", ""]] {
            assert_eq!(
                failure(|| asking(facts, run)),
                says(
                    "undeclared-read",
                    "the native rule asks for the fact `risk`, and does not declare it"
                )
            );
        }
    }
    let endless: Run = |login| {
        loop {
            login.fact("risk")?;
        }
    };
    let rules = compiled([RuleSource::native(asking(&["risk"], endless))]);
    let facts = json!({ "risk": 1 });
    let login = Login::new(now()).facts(facts.as_object().unwrap());
    let outcome = rules.decide(&login);
    assert_eq!(
        outcome.errors().first().unwrap().code.as_str(),
        "operations"
    );
}

#[test]
fn limits_hold_for_what_is_written() {
    let deep = || {
        native(|login| {
            let deep = (0..10_000).fold(Json::Null, |inner, _| Json::Array(vec![inner]));
            login.set_user(&["x"], deep)
        })
    };
    assert_eq!(failure(deep).0, "depth");
    let deep_after_failure = || {
        native(|login| {
            let deep = || (0..100_000).fold(Json::Null, |inner, _| Json::Array(vec![inner]));
            let _ = login.set_user(&[], deep());
            login.set_user(&["x"], deep())
        })
    };
    assert_eq!(failure(deep_after_failure).0, "depth");
    let long = || native(|login| login.set_user(&["x"], json!("x".repeat(100_000))));
    assert_eq!(failure(long).0, "size");
    let many = || {
        native(|login| {
            loop {
                login.set_user(&["x"], json!(vec!["x"; 100]))?;
            }
        })
    };
    assert_eq!(failure(many).0, "operations");
}

#[test]
fn a_native_rule_that_comes_back_too_late_has_failed() {
    let rules = RuleSet::builder()
        .native_rule(native(|_| {
            std::thread::yield_now();
            Ok(())
        }))
        .limits(Limits::DEFAULT.with_deadline(Duration::from_nanos(1)))
        .compile()
        .unwrap();
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.decision(), Decision::Denied);
    assert_eq!(outcome.errors().first().unwrap().code.as_str(), "deadline");
}

#[test]
fn a_denial_ends_the_run_and_nothing_undoes_it() {
    silence();
    let runs: [Run; 5] = [
        |login| login.deny(DenialError::AccessDenied, "no"),
        |login| {
            let _ = login.deny(DenialError::AccessDenied, "no");
            let _ = login.deny(DenialError::Unauthorized, "other");
            assert!(login.skip().is_err());
            Ok(())
        },
        |login| {
            let _ = login.deny(DenialError::AccessDenied, "no");
            Err(RuleFailure::new("something else"))
        },
        |login| {
            let _ = login.deny(DenialError::AccessDenied, "no");
            panic!("as it is meant")
        },
        |login| {
            let _ = login.user(&["name", "first"]);
            login.deny(DenialError::AccessDenied, "no")
        },
    ];
    for run in runs {
        let rules = compiled([
            RuleSource::native(native(run)).on_error(OnError::Challenge),
            script("after", "require_mfa(\"any\");"),
        ]);
        let outcome = decided(&rules, Observe::decision());
        assert_eq!(outcome.decision(), Decision::Denied);
        let denied = outcome.denied().unwrap();
        assert_eq!(denied.error, DenialError::AccessDenied);
        assert_eq!(denied.error_description, "no");
        assert_eq!(denied.rule.as_deref(), Some("native"));
        assert_eq!(outcome.errors(), []);
        let last = outcome.rules().last().unwrap();
        assert_eq!(last.status, RuleStatus::NotReached);
    }
}
