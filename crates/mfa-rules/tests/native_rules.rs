//! Rules in Rust beside scripts: what they see and say, and that no way in which one can go wrong
//! becomes "no second factor needed".
#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails may panic"
)]

use chrono::{DateTime, Utc};
use mfa_rules::{
    AppliesTo, Decision, DenialError, Limits, Loader, Login, NativeRule, Observe, OnError, Outcome,
    Provider, ReadPart, ReadSet, Remember, RuleFailure, RuleLogin, RuleSet, RuleSource, RuleStatus,
    Secret,
};
use serde_json::{Value as Json, json};
use std::fs;
use std::sync::{Arc, Once};
use std::time::Duration;

type Run = fn(&mut RuleLogin<'_>) -> Result<(), RuleFailure>;

/// A native rule made of its parts.
struct Native {
    name: &'static str,
    version: u32,
    reads: ReadSet,
    run: Run,
}

impl NativeRule for Native {
    fn name(&self) -> &str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn reads(&self) -> ReadSet {
        self.reads.clone()
    }

    fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
        (self.run)(login)
    }
}

fn native(run: Run) -> Native {
    Native {
        name: "native",
        version: 1,
        reads: ReadSet::everything(),
        run,
    }
}

fn reading(reads: ReadSet, run: Run) -> Native {
    Native {
        reads,
        ..native(run)
    }
}

fn now() -> DateTime<Utc> {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

fn user() -> Json {
    json!({
        "user_id": "auth0|1",
        "app_metadata": { "use_mfa": true, "devices": ["a", "b"], "nothing": null },
        "name": "Ada",
    })
}

fn context() -> Json {
    json!({ "clientID": "app-1", "request": { "ip": "10.0.0.1" }, "idToken": {} })
}

fn compiled(rules: impl IntoIterator<Item = RuleSource>) -> RuleSet {
    RuleSet::builder()
        .rules(rules)
        .secret("DUO_SKEY", Secret::new("s3cret".to_owned()))
        .configuration(json!({ "CLIENTS": ["app-1"] }).as_object().unwrap().clone())
        .limits(Limits::DEFAULT.with_deadline(Duration::from_secs(10)))
        .compile()
        .unwrap_or_else(|error| panic!("{error}"))
}

fn script(name: &str, source: &str) -> RuleSource {
    RuleSource::new(name, source)
}

fn decided<'r>(rules: &'r RuleSet, observe: Observe) -> Outcome<'r> {
    let (user, context) = (user(), context());
    let login = Login::new(now()).user(&user).context(&context);
    rules.decide_observed(&login, observe)
}

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

/// Keeps the panics that are meant out of the output.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some("as it is meant") {
                hook(panic);
            }
        }));
    });
}

fn says(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[test]
fn each_rule_sees_what_the_ones_before_it_left() {
    let rules = compiled([
        script(
            "first",
            "user.steps = [1]; user.app_metadata.use_mfa = false;",
        ),
        RuleSource::native(native(|login| {
            let steps = login.user(&["steps"])?.unwrap().into_owned();
            assert_eq!(steps, json!([1]));
            assert_eq!(
                login.user(&["app_metadata"])?.as_deref(),
                Some(&json!({ "use_mfa": false, "devices": ["a", "b"], "nothing": null }))
            );
            login.set_user(&["steps"], json!([1, 2]))?;
            login.set_context(&["idToken", "level"], json!(1.5))
        })),
        script(
            "last",
            "user.steps.push(3); context.idToken.level += 1; if user.steps == [1, 2, 3] { require_mfa(\"any\"); }",
        ),
    ]);
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.errors(), []);
    assert_eq!(outcome.decision(), Decision::Required);
    assert_eq!(
        outcome.changes().get("/user/steps"),
        Some(&json!([1, 2, 3]))
    );
    assert_eq!(
        outcome.changes().get("/context/idToken/level"),
        Some(&json!(2.5))
    );
    let reports: Vec<_> = outcome.rules().map(|r| (r.name, r.status)).collect();
    assert_eq!(
        reports,
        [
            ("first", RuleStatus::Ran),
            ("native", RuleStatus::Ran),
            ("last", RuleStatus::Ran)
        ]
    );
}

#[test]
fn what_no_rule_has_touched_is_lent_and_not_copied() {
    let rules = compiled([
        script("first", "user.app_metadata.use_mfa = false;"),
        RuleSource::native(native(|login| {
            for path in [&["app_metadata", "devices"][..], &["name"]] {
                let found = login.user(path)?;
                assert!(matches!(found, Some(std::borrow::Cow::Borrowed(_))));
            }
            Ok(())
        })),
    ]);
    assert_eq!(decided(&rules, Observe::decision()).errors(), []);
}

#[test]
fn what_is_missing_or_null_is_none() {
    let rules = compiled([RuleSource::native(native(|login| {
        assert_eq!(login.user(&["absent"])?, None);
        assert_eq!(login.user(&["absent", "below"])?, None);
        assert_eq!(login.user(&["app_metadata", "nothing"])?, None);
        assert_eq!(login.user(&["app_metadata", "nothing", "below"])?, None);
        assert_eq!(login.context(&["organization", "id"])?, None);
        assert_eq!(login.configuration(&["ABSENT"])?, None);
        assert_eq!(login.now(), now());
        Ok(())
    }))]);
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.errors(), []);
    let login = Login::new(now());
    let rules = compiled([RuleSource::native(native(|login| {
        assert_eq!(login.user(&[])?, None);
        assert_eq!(login.user(&["x"])?, None);
        assert_eq!(login.context(&[])?.as_deref(), Some(&json!({})));
        Ok(())
    }))]);
    assert_eq!(rules.decide(&login).errors(), []);
}

#[test]
fn a_second_factor_is_asked_for_and_taken_back() {
    let asks = || {
        RuleSource::native(native(|login| {
            login.require(Provider::Duo, Remember::Browser)?;
            login.set_context(&["multifactor", "host"], json!("api.example"))?;
            login.set_secret(&["multifactor", "skey"], "DUO_SKEY")
        }))
    };
    let rules = compiled([asks()]);
    let outcome = decided(&rules, Observe::decision());
    let multifactor = outcome.multifactor().unwrap();
    assert_eq!(multifactor.provider(), Provider::Duo);
    assert_eq!(multifactor.remember_browser(), Remember::Browser);
    assert_eq!(
        multifactor.host().map(|host| host.expose()),
        Some("api.example")
    );
    assert_eq!(multifactor.skey().map(|key| key.expose()), Some("s3cret"));
    let decided_by = outcome.decided_by().unwrap();
    assert_eq!((decided_by.rule, decided_by.position), ("native", None));
    assert!(!serde_json::to_string(&outcome).unwrap().contains("s3cret"));

    let skips = Native {
        name: "skips",
        ..native(|login| login.skip())
    };
    let rules = compiled([asks(), RuleSource::native(skips)]);
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.decision(), Decision::NotRequired);
    assert_eq!(outcome.errors(), []);
}

#[test]
fn a_failed_rules_challenge_is_not_taken_back() {
    let rules = compiled([
        script("fails", "throw 1;").on_error(OnError::Challenge),
        RuleSource::native(native(|login| login.skip())),
    ]);
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.decision(), Decision::Required);
}

#[test]
fn configuration_has_no_secrets_and_they_have_a_way_of_their_own() {
    let rules = compiled([RuleSource::native(native(|login| {
        assert_eq!(login.configuration(&["DUO_SKEY"])?, None);
        assert_eq!(
            login.configuration(&[])?.as_deref(),
            Some(&json!({ "CLIENTS": ["app-1"], "OWN": 1 }))
        );
        assert_eq!(login.secret("DUO_SKEY").map(Secret::expose), Some("s3cret"));
        assert!(login.secret("CLIENTS").is_none());
        Ok(())
    }))]);
    let configuration = json!({ "OWN": 1, "DUO_SKEY": "of the login" });
    let login = Login::new(now()).configuration(configuration.as_object().unwrap());
    assert_eq!(rules.decide(&login).errors(), []);
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
            "`sms` is no provider; the providers are `any`, `guardian`, `google-authenticator`, `duo`, `none`",
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

#[test]
fn the_trace_has_what_a_native_rule_read_wrote_and_printed() {
    let rules = compiled([RuleSource::native(native(|login| {
        let name = login.user(&["name"])?.unwrap();
        login.user(&["name"])?;
        login.print(format!("hello {}", name.as_str().unwrap()));
        login.set_user(&["name"], json!("Eve"))?;
        login.require(Provider::Any, Remember::Never)
    }))]);
    let outcome = decided(&rules, Observe::decision().and_trace());
    let [trace] = outcome.traces().unwrap() else {
        panic!("there is one rule");
    };
    assert_eq!(
        serde_json::to_value(trace).unwrap(),
        json!({
            "name": "native",
            "reads": [{ "path": "user.name", "value": "Ada", "line": 0 }],
            "writes": [
                { "path": "user.name", "value": "Eve", "line": 0 },
                {
                    "path": "context.multifactor",
                    "value": { "provider": "any", "allowRememberBrowser": false },
                    "line": 0
                },
            ],
            "printed": ["hello Ada"],
        })
    );
    let effects: Vec<_> = outcome.rules().map(|rule| rule.effects).collect();
    assert_eq!(effects, [["user", "multifactor"]]);
}

#[test]
fn a_native_rule_applies_and_is_enabled_like_a_script() {
    let denies = || RuleSource::native(native(|login| login.deny(DenialError::Unauthorized, "no")));
    let other = AppliesTo::default().clients(["app-2"]);
    for rule in [denies().applies_to(other), denies().disabled()] {
        let rules = compiled([rule, script("last", "print(\"here\");")]);
        let outcome = decided(&rules, Observe::decision());
        assert_eq!(outcome.decision(), Decision::NotRequired);
        assert_eq!(outcome.errors(), []);
    }
}

#[test]
fn what_is_declared_is_in_the_read_set() {
    let reads = || ReadSet::nothing().and_user(&["risk"], ReadPart::Shape);
    let rule = || RuleSource::native(reading(reads(), |_| Ok(())));
    let rules = compiled([rule().applies_to(AppliesTo::default().organizations(["acme"]))]);
    assert_eq!(
        serde_json::to_value(rules.read_set()).unwrap(),
        json!({
            "user": [{ "path": "/risk", "part": "shape" }],
            "context": [
                { "path": "/multifactor", "part": "whole" },
                { "path": "/organization/id", "part": "shape" },
                { "path": "/organization/name", "part": "shape" },
            ],
            "configuration": [],
        })
    );
    // A rule that never runs reads nothing.
    let rules = compiled([rule().disabled(), script("a", "require_mfa(\"any\");")]);
    let only_script = compiled([script("a", "require_mfa(\"any\");")]);
    assert_eq!(rules.read_set(), only_script.read_set());
}

#[test]
fn name_version_reads_and_place_are_in_the_revision() {
    let revision = |rules: Vec<RuleSource>| compiled(rules).revision().to_owned();
    let with = |name, version, reads| {
        RuleSource::native(Native {
            name,
            version,
            reads,
            run: |_| Ok(()),
        })
    };
    let narrow = ReadSet::nothing;
    let last = || script("last", "require_mfa(\"any\");");
    let mut revisions = vec![
        revision(vec![last()]),
        revision(vec![with("a", 1, narrow())]),
        revision(vec![with("a", 1, narrow()), last()]),
        revision(vec![last(), with("a", 1, narrow())]),
        revision(vec![with("b", 1, narrow()), last()]),
        revision(vec![with("a", 2, narrow()), last()]),
        revision(vec![with("a", 1, ReadSet::everything()), last()]),
        revision(vec![
            with("a", 1, narrow().and_user(&["x"], ReadPart::Shape)),
            last(),
        ]),
        revision(vec![
            with("a", 1, narrow().and_context(&["x"], ReadPart::Shape)),
            last(),
        ]),
        revision(vec![
            with("a", 1, narrow()).on_error(OnError::Challenge),
            last(),
        ]),
        revision(vec![with("a", 1, narrow()).disabled(), last()]),
        revision(vec![script("a", ";1;"), last()]),
    ];
    let count = revisions.len();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), count);
}

#[test]
fn two_rules_do_not_share_a_name() {
    let error = RuleSet::builder()
        .rule(("native", "require_mfa(\"any\");"))
        .native_rule(native(|_| Ok(())))
        .compile()
        .expect_err("it is refused");
    assert_eq!(
        error.to_string(),
        "error[duplicate-rule]: the rule `native` is there twice\n --> rules\n\
         help: remove one of them, or give it another name"
    );
}

/// Loads a folder with this manifest and a rule file `a.rhai`.
fn load(manifest: &str, loader: &Loader) -> Result<RuleSet, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ruleset.yaml"), manifest).unwrap();
    fs::write(folder.path().join("a.rhai"), "require_mfa(\"guardian\");").unwrap();
    let path = folder.path().display().to_string();
    let loaded = loader.load(folder.path());
    loaded.map_err(|error| error.to_string().replace(&path, "acme"))
}

#[test]
fn a_manifest_names_native_rules_in_their_place() {
    silence();
    let loader = Loader::new()
        .native_rule(Arc::new(native(|_| panic!("as it is meant"))))
        .native_rule(Arc::new(Native {
            name: "not-used",
            ..native(|login| login.deny(DenialError::Unauthorized, "no"))
        }));
    let manifest = "\
version: 1
rules:
  - native: native
    on_error: challenge
    applies_to: { clientID: app-1 }
  - file: a.rhai
";
    let rules = load(manifest, &loader).unwrap();
    assert_eq!(rules.rule_names().collect::<Vec<_>>(), ["native", "a"]);
    let outcome = decided(&rules, Observe::decision());
    assert_eq!(outcome.decision(), Decision::Required);
    let multifactor = outcome.multifactor().unwrap();
    assert_eq!(multifactor.provider(), Provider::Guardian);
    assert_eq!(multifactor.remember_browser(), Remember::Never);
    let disabled = manifest.replace("on_error: challenge", "enabled: false");
    let rules = load(&disabled, &loader).unwrap();
    assert_eq!(decided(&rules, Observe::decision()).errors(), []);
}

#[test]
fn what_is_wrong_with_a_native_entry_is_said() {
    let one = || Loader::new().native_rule(Arc::new(native(|_| Ok(()))));
    let refused = |rules: &str, loader: &Loader| {
        let manifest = format!("version: 1\nrules:\n{rules}\n");
        load(&manifest, loader).expect_err("it is refused")
    };
    let only = |problem: String| problem.split("\n\nerror").next().unwrap().to_owned();
    assert_eq!(
        refused("  - native: nativ\n  - file: a.rhai", &one()),
        "error[unknown-native-rule]: there is no native rule `nativ`\n --> acme/ruleset.yaml:3:13\n  \
         |\n3 |   - native: nativ\n  |             ^^^^^\nhelp: write `native`"
    );
    assert_eq!(
        refused("  - native: native\n  - file: a.rhai", &Loader::new()),
        "error[unknown-native-rule]: there is no native rule `native`\n --> acme/ruleset.yaml:3:13\n  \
         |\n3 |   - native: native\n  |             ^^^^^^\n\
         help: native rules are a part of the server that decides, and this program has none; the rest of the set is checked"
    );
    assert_eq!(
        refused(
            "  - native: native\n  - native: native\n  - file: a.rhai",
            &one()
        ),
        "error[duplicate-rule]: there is a rule named `native` already\n --> acme/ruleset.yaml:4:13\n  \
         |\n4 |   - native: native\n  |             ^^^^^^\n\
         help: remove one of the entries, or rename the rule file"
    );
    let named_a = || {
        Loader::new().native_rule(Arc::new(Native {
            name: "a",
            ..native(|_| Ok(()))
        }))
    };
    for rules in [
        "  - native: a\n  - file: a.rhai",
        "  - file: a.rhai\n  - native: a",
    ] {
        let problem = refused(rules, &named_a());
        assert!(
            problem.starts_with("error[duplicate-rule]: there is a rule named `a` already"),
            "{problem}"
        );
    }
    let twice = named_a().native_rule(Arc::new(Native {
        name: "a",
        ..native(|_| Ok(()))
    }));
    assert!(
        refused("  - native: a", &twice)
            .starts_with("error[duplicate-rule]: two native rules have the name `a`"),
    );
    assert_eq!(
        only(refused("  - { native: native, file: a.rhai }", &one())),
        "error[manifest-value]: the rule has both `file` and `native`\n --> acme/ruleset.yaml:3:7\n  \
         |\n3 |   - { native: native, file: a.rhai }\n  |       ^^^^^^\n\
         help: remove one of them, or write two rules"
    );
    assert!(
        only(refused("  - native: [native]", &one()))
            .starts_with("error[manifest-value]: `native` must be a text, and is a list"),
    );
}

#[test]
fn a_set_with_a_native_rule_that_is_not_there_is_checked_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "version: 1\nrules:\n  - native: device-check\n  - file: a.rhai\n";
    fs::write(folder.path().join("ruleset.yaml"), manifest).unwrap();
    fs::write(folder.path().join("a.rhai"), "require_mfa(\"guardien\");").unwrap();
    let report = Loader::new().check(folder.path());
    let codes: Vec<&str> = report.diagnostics.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["unknown-native-rule", "multifactor"]);
    assert_eq!(report.revision, None);
}
