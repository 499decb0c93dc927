//! Host functions that an embedder adds: what goes in and comes out, what it costs, and that no way
//! in which one can go wrong becomes "no second factor needed".
#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails may panic"
)]

use chrono::{DateTime, Utc};
use mfa_rules::{
    Decision, Function, FunctionError, Functions, Limits, Login, Observe, OnError, RuleSet,
    RuleSetBuilder, RuleSource, Secret,
};
use serde_json::{Value as Json, json};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn now() -> DateTime<Utc> {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

/// Limits that no test reaches by being slow.
fn patient() -> Limits {
    Limits::DEFAULT.with_deadline(Duration::from_secs(10))
}

/// What the rules of these tests may call.
fn functions() -> Functions {
    // Gives its arguments as an array.
    let echo = Function::new("echo", |arguments| Ok(Json::Array(arguments.to_vec())))
        .argument("first", "Anything.")
        .optional_argument("second", "Anything.");
    let device_reputation = Function::new("device_reputation", |arguments| match arguments {
        [Json::Object(device)] => Ok(device.get("reputation").cloned().unwrap_or_default()),
        _ => Err(FunctionError::new("the device is no map")),
    })
    .argument("device", "The device.");
    let nothing = Function::new("nothing", |_| Ok(Json::Null));
    let broken = Function::new("broken", |_| Err(FunctionError::new("it is broken")))
        .argument("any", "Anything.");
    let panics = Function::new("panics", |_| panic!("as it is meant"));
    let dear = Function::new("dear", |_| Ok(Json::Null)).cost(1_000);
    let deep = Function::new("deep", |_| {
        Ok((0..10_000).fold(Json::Null, |inner, _| Json::Array(vec![inner])))
    });
    let huge = Function::new("huge", |_| Ok(json!(vec!["x".repeat(60_000); 200])));
    let long = Function::new("long", |_| Ok(json!("x".repeat(100_000))));
    let wide = Function::new("wide", |_| Ok(json!(vec![0; 20_000])));
    let all = [
        echo,
        device_reputation,
        nothing,
        broken,
        panics,
        dear,
        deep,
        huge,
        long,
        wide,
    ];
    all.into_iter()
        .fold(Functions::new(), |all, one| all.with(one).unwrap())
}

fn builder(rule: &str) -> RuleSetBuilder {
    RuleSet::builder()
        .rule(("rule", rule))
        .functions(functions())
        .limits(patient())
        .secret("KEY", Secret::new("s3cret".to_owned()))
}

fn rules(rule: &str) -> RuleSet {
    let compiled = builder(rule).compile();
    compiled.unwrap_or_else(|error| panic!("{rule}\n{error}"))
}

/// What a rule prints about a user.
fn printed_about(user: &Json, rule: &str) -> Vec<String> {
    let rules = rules(rule);
    let login = Login::new(now()).user(user);
    let outcome = rules.decide_observed(&login, Observe::decision().and_trace());
    assert_eq!(outcome.errors(), [], "{rule}");
    let traces = outcome.traces().unwrap().iter();
    traces.flat_map(|trace| trace.printed.clone()).collect()
}

fn printed(rule: &str) -> Vec<String> {
    printed_about(&Json::Null, rule)
}

/// How a rule fails: code and message. Whatever is declared, the login gets no further without a
/// second factor.
fn failure(rule: &str) -> (String, String) {
    silence();
    let user = json!({ "groups": vec!["g"; 30_000], "deep": nested(65) });
    let login = Login::new(now()).user(&user);
    for (on_error, decision) in [
        (OnError::Deny, Decision::Denied),
        (OnError::Challenge, Decision::Required),
    ] {
        let rules = RuleSet::builder()
            .rule(RuleSource::new("rule", format!("user.written = 1; {rule}")).on_error(on_error))
            .rule(("after", "context.idToken = #{ seen: user.written };"))
            .functions(functions())
            .secret("KEY", Secret::new("s3cret".to_owned()))
            .limits(patient())
            .compile()
            .unwrap_or_else(|error| panic!("{rule}\n{error}"));
        let outcome = rules.decide(&login);
        assert_eq!(outcome.decision(), decision, "{rule}");
        let seen = outcome.changes().get("/context/idToken");
        let expected = (on_error == OnError::Challenge).then(|| json!({ "seen": null }));
        assert_eq!(seen, expected.as_ref(), "{rule}");
    }
    let rules = rules(rule);
    let outcome = rules.decide(&login);
    let [error] = outcome.errors() else {
        panic!("{rule}: {:?}", outcome.errors());
    };
    assert_eq!(error.line, Some(1), "{rule}");
    (error.code.to_string(), error.message.clone())
}

fn nested(levels: usize) -> Json {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
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

/// What does not compile: the problems as text.
fn refused(rule: &str) -> String {
    builder(rule)
        .compile()
        .expect_err("it does not compile")
        .to_string()
}

#[test]
fn a_function_is_called_in_both_styles_and_inside_of_closures() {
    let user = json!({ "devices": [{ "reputation": 10 }, { "reputation": 90 }, {}] });
    for rule in [
        "debug(user.devices.map(|d| device_reputation(d)));",
        "debug(user.devices.map(|d| d.device_reputation()));",
        "debug(user.devices.map(|d| [d].map(|e| e.device_reputation())[0]));",
        "fn of(d) { device_reputation(d) } debug(user.devices.map(|d| of(d)));",
    ] {
        assert_eq!(printed_about(&user, rule), ["[10, 90, ()]"], "{rule}");
    }
    let direct = "debug(user.devices[1].device_reputation() - 1);";
    assert_eq!(printed_about(&user, direct), ["89"]);
    let optional = "debug(user?.device?.device_reputation());";
    assert_eq!(printed_about(&user, optional), ["()"]);
}

#[test]
fn what_goes_in_comes_out() {
    let user = json!({ "a": [1, -2.5, "ü", null, true], "ключ": { "": {} } });
    assert_eq!(
        printed_about(&user, "debug(echo(user) == [user]);"),
        ["true"]
    );
    assert_eq!(
        printed("debug(echo(#{ a: 'c', b: (), c: now() }, [1.0, 2]));"),
        [r#"[#{"a": "c", "b": (), "c": "2026-01-05T09:00:00Z"}, [1.0, 2]]"#]
    );
    assert_eq!(printed("debug(nothing());"), ["()"]);
    // What was written over the login is part of it.
    assert_eq!(
        printed_about(
            &json!({ "x": { "kept": 1, "gone": 2 } }),
            "user.x.added = 3; user.x.remove(\"gone\"); debug(echo(user.x));"
        ),
        [r#"[#{"added": 3, "kept": 1}]"#]
    );
}

#[test]
fn the_result_is_the_rules_own() {
    let rule = "let r = echo(user.x); r[0].a = 2; r.push(1); debug(r); debug(user.x);";
    assert_eq!(
        printed_about(&json!({ "x": { "a": 1 } }), rule),
        [
            r#"[#{"a": 2}, 1]"#,
            r#"{"a": 1}"#.replace('{', "#{").as_str()
        ]
    );
}

#[test]
fn what_json_cannot_hold_is_a_failure() {
    let needs = "`echo` needs a value that JSON can hold as its";
    for (rule, message) in [
        (
            "echo(0..1);",
            format!("{needs} first argument, and got a range"),
        ),
        (
            "echo(1, [#{ a: |x| x }]);",
            format!("{needs} second argument, and got a function"),
        ),
        (
            "echo(0.0 / 0.0);",
            format!("{needs} first argument, and got a number that is not finite"),
        ),
        (
            "let a = [1]; a.sort(|x, y| 0); [1].map(|x| x.echo(1..=2));",
            format!("{needs} second argument, and got a range"),
        ),
    ] {
        assert_eq!(failure(rule), ("type".to_owned(), message), "{rule}");
    }
    assert_eq!(
        printed("try { echo(0..1); } catch (e) { print(e.code); }"),
        ["type"]
    );
}

#[test]
fn a_secret_reaches_no_function_and_nothing_catches_that() {
    for rule in [
        "echo(configuration.KEY);",
        "configuration.KEY.echo();",
        "try { echo([#{ a: configuration.KEY }]); } catch { }",
        "try { configuration.echo(); } catch { }",
        "try { let a = [2, 1]; a.sort(|x, y| { echo(configuration.KEY); 0 }); } catch { }",
    ] {
        let message =
            "`echo` needs a value without secrets as its first argument, and got a secret";
        let expected = ("secret-use".to_owned(), message.to_owned());
        assert_eq!(failure(rule), expected, "{rule}");
    }
}

#[test]
fn an_error_can_be_caught_and_is_a_failure_when_it_is_not() {
    let expected = (
        "function".to_owned(),
        "`broken` failed: it is broken".to_owned(),
    );
    for rule in [
        "broken(1);",
        "1.broken();",
        "[1].map(|x| broken(x));",
        "let a = [2, 1]; a.sort(|x, y| broken(x));",
        "if broken(1) == () { require_mfa(\"any\"); }",
        "require_mfa(\"any\", broken(1));",
    ] {
        assert_eq!(failure(rule), expected, "{rule}");
    }
    assert_eq!(
        printed("try { broken(1); } catch (e) { print(e.code); print(e.message); }"),
        ["function", "`broken` failed: it is broken"]
    );
}

#[test]
fn a_long_message_is_cut() {
    let wordy = Function::new("wordy", |_| Err(FunctionError::new("ü".repeat(100_000))));
    let rules = RuleSet::builder()
        .rule(("rule", "wordy();"))
        .functions(Functions::new().with(wordy).unwrap())
        .compile()
        .unwrap();
    let outcome = rules.decide(&Login::new(now()));
    assert!(
        outcome
            .errors()
            .iter()
            .all(|error| error.message.len() < 4_200)
    );
    assert_eq!(outcome.decision(), Decision::Denied);
}

#[test]
fn a_panic_is_a_failure_that_nothing_catches() {
    for rule in [
        "panics();",
        "try { panics(); } catch { }",
        "try { [1].map(|x| panics()); } catch { }",
        "try { let a = [2, 1]; a.sort(|x, y| { panics(); 0 }); } catch { }",
        "try { user.x = [1].map(|x| { panics() }); } catch { }",
    ] {
        let message = "the function `panics` panicked".to_owned();
        assert_eq!(failure(rule), ("panic".to_owned(), message), "{rule}");
    }
}

#[test]
fn the_engine_is_usable_after_a_panic() {
    silence();
    let rules =
        rules("user.list.push(1); if user.list.len() > 2 { panics(); } require_mfa(\"any\");");
    let decide = |list: Json| {
        let user = json!({ "list": list });
        let outcome = rules.decide(&Login::new(now()).user(&user));
        (
            outcome.decision(),
            outcome.changes().get("/user/list").cloned(),
        )
    };
    assert_eq!(decide(json!([1, 2])), (Decision::Denied, None));
    assert_eq!(decide(json!([])), (Decision::Required, Some(json!([1]))));
    assert_eq!(decide(json!([1, 2])), (Decision::Denied, None));
}

#[test]
fn the_declared_cost_is_spent_before_the_call() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let counted = Function::new("counted", |_| {
        CALLS.fetch_add(1, Ordering::Relaxed);
        Ok(Json::Null)
    });
    let rules = RuleSet::builder()
        .rule(("rule", "loop { try { counted(); } catch { } }"))
        .functions(Functions::new().with(counted.cost(10_000)).unwrap())
        .limits(patient())
        .compile()
        .unwrap();
    let outcome = rules.decide(&Login::new(now()));
    assert_eq!(outcome.decision(), Decision::Denied);
    assert_eq!(CALLS.load(Ordering::Relaxed), 4);
}

#[test]
fn every_limit_holds_and_nothing_catches_it() {
    for (rule, code) in [
        ("loop { dear(); }", "operations"),
        ("try { loop { nothing(); } } catch { }", "operations"),
        ("[1, 2].map(|x| loop { x.echo(); });", "operations"),
        ("loop { echo(user.groups); }", "operations"),
        ("try { huge(); } catch { }", "memory"),
        ("try { long(); } catch { }", "size"),
        ("try { wide(); } catch { }", "size"),
        ("try { deep(); } catch { }", "depth"),
        ("try { [1].map(|x| deep()); } catch { }", "depth"),
        ("try { echo(user.deep); } catch { }", "depth"),
    ] {
        assert_eq!(failure(rule).0, code, "{rule}");
    }
}

#[test]
fn a_large_part_of_the_login_costs_by_its_size() {
    let user = json!({ "groups": vec!["g"; 1_000] });
    let login = Login::new(now()).user(&user);
    let decide = |operations| {
        let limits = patient().with_operations(operations);
        let rules = builder("echo(user.groups); require_mfa(\"any\");").limits(limits);
        let rules = rules.compile().unwrap();
        rules.decide(&login).decision()
    };
    assert_eq!(decide(2_000), Decision::Denied);
    assert_eq!(decide(20_000), Decision::Required);
}

#[test]
fn a_function_that_takes_too_long_is_the_last_thing_that_a_rule_does() {
    let slow = Function::new("slow", |_| {
        std::thread::yield_now();
        Ok(Json::Null)
    });
    let rules = RuleSet::builder()
        .rule(("rule", "slow();"))
        .functions(Functions::new().with(slow).unwrap())
        .limits(Limits::DEFAULT.with_deadline(Duration::from_nanos(1)))
        .compile()
        .unwrap();
    let outcome = rules.decide(&Login::new(now()));
    let codes: Vec<&str> = outcome.errors().iter().map(|e| e.code.as_str()).collect();
    assert_eq!(codes, ["deadline"]);
    assert_eq!(outcome.decision(), Decision::Denied);
}

#[test]
fn a_wrong_number_of_arguments_does_not_compile() {
    assert_eq!(
        refused("device_reputation();"),
        "error[argument-count]: `device_reputation` cannot be called with no arguments\n \
         --> rule:1:1\n  |\n1 | device_reputation();\n  | ^^^^^^^^^^^^^^^^^\n\
         help: it is called as `device_reputation(device)`"
    );
    let problems = refused("1.echo(2, 3);");
    assert!(
        problems.starts_with("error[argument-count]: `echo` cannot be called with 3 arguments")
            && problems.ends_with("help: it is called as `echo(first)` or `echo(first, second)`"),
        "{problems}"
    );
}

#[test]
fn a_misspelt_name_is_put_right() {
    let problems = refused("device_repuation(user);");
    assert!(
        problems.ends_with("help: did you mean `device_reputation`?"),
        "{problems}"
    );
    let without = RuleSet::from_source("rule", "device_reputation(user);");
    let problems = without.expect_err("it is not there").to_string();
    assert!(
        problems.starts_with("error[unknown-function]: no function is named `device_reputation`"),
        "{problems}"
    );
}

#[test]
fn a_script_function_does_not_take_the_name() {
    assert_eq!(
        refused("fn echo(x) { x }\nif echo(1) == 1 { require_mfa(\"any\"); }"),
        "error[host-function-name]: `echo` is the name of a host function\n \
         --> rule:1:4\n  |\n1 | fn echo(x) { x }\n  |    ^^^^\n\
         help: give the function another name"
    );
}

#[test]
fn a_rule_keeps_the_functions_that_it_was_compiled_with() {
    let set = |answer: &'static str| {
        let asked = Function::new("asked", move |_| Ok(json!(answer)));
        RuleSet::builder()
            .rule(("rule", "if asked() == \"yes\" { require_mfa(\"any\"); }"))
            .functions(Functions::new().with(asked).unwrap())
            .limits(patient())
            .compile()
            .unwrap()
    };
    let (yes, no) = (set("yes"), set("no"));
    for _ in 0..2 {
        let login = Login::new(now());
        assert_eq!(yes.decide(&login).decision(), Decision::Required);
        assert_eq!(no.decide(&login).decision(), Decision::NotRequired);
    }
}

#[test]
fn the_functions_that_rules_call_are_in_the_revision() {
    let revision = |rule: &str, function: Option<Function>| {
        let functions = function.map(|function| Functions::new().with(function).unwrap());
        let builder = RuleSet::builder().rule(("rule", rule));
        let builder = builder.functions(functions.unwrap_or_default());
        builder.compile().unwrap().revision().to_owned()
    };
    let f = |name| Function::new(name, |_| Ok(Json::Null));
    let call = "f(1);";
    let mut revisions = vec![
        revision(call, Some(f("f").argument("a", ""))),
        revision(call, Some(f("f").argument("a", "").version(2))),
        revision(call, Some(f("f").argument("a", "").cost(2))),
        revision(call, Some(f("f").optional_argument("a", ""))),
        revision(
            call,
            Some(f("f").argument("a", "").optional_argument("b", "")),
        ),
        revision("g(1);", Some(f("g").argument("a", ""))),
    ];
    let count = revisions.len();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), count);
    // What documents a function, and one that no rule calls, decide nothing.
    assert_eq!(
        revision(call, Some(f("f").argument("a", ""))),
        revision(call, Some(f("f").argument("b", "More.").about("More.")))
    );
    let plain = "require_mfa(\"any\");";
    assert_eq!(revision(plain, None), revision(plain, Some(f("f"))));
}

#[test]
fn a_loader_gives_its_functions_to_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "if echo(1) == [1] { require_mfa(\"any\"); }";
    std::fs::write(folder.path().join("rule.rhai"), rule).unwrap();
    let loader = mfa_rules::Loader::new().functions(functions());
    let rules = loader.load(folder.path()).unwrap();
    assert_eq!(
        rules.decide(&Login::new(now())).decision(),
        Decision::Required
    );
    assert!(loader.check(folder.path()).is_sound());
    assert!(!mfa_rules::Loader::new().check(folder.path()).is_sound());
}

#[test]
fn a_rule_set_with_functions_is_for_all_threads() {
    fn shared<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}
    shared::<RuleSet>();
    shared::<Functions>();
    let rules = rules("if echo(user.id) == [user.id] { require_mfa(\"any\"); }");
    std::thread::scope(|scope| {
        for id in 0..4 {
            let rules = &rules;
            scope.spawn(move || {
                let user = json!({ "id": id });
                for _ in 0..50 {
                    let outcome = rules.decide(&Login::new(now()).user(&user));
                    assert_eq!(outcome.decision(), Decision::Required);
                }
            });
        }
    });
}
