//! Every way in which a rule can go wrong, in every place where it can: whatever surrounds it, what
//! cannot be caught stays a failure, and no failure becomes "no second factor needed".
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that fails may panic"
)]

mod failure_rows;

use failure_rows::{ROWS, Row};
use mfa_rules::{
    Decision, Limits, Login, Observe, OnError, Outcome, Provider, Remember, RuleSet, RuleSource,
    RuleStatus, Secret,
};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::panic;
use std::sync::Once;
use std::thread;
use std::time::Duration;

/// Where a statement that goes wrong stands. `{}` is the statement.
const PLACES: &[(&str, Surrounded, &str)] = &[
    ("alone", Surrounded::Bare, "{}"),
    ("with a return behind it", Surrounded::Bare, "{}\nreturn;"),
    ("in a block", Surrounded::Bare, "if true { {\n{}\n} }"),
    ("in a loop", Surrounded::Bare, "for i in 0..1 {\n{}\n}"),
    (
        "in a switch",
        Surrounded::Bare,
        "switch 1 { 1 => {\n{}\n} }",
    ),
    (
        "in a closure",
        Surrounded::Bare,
        "[1].map(|x| {\n{}\n();\n});",
    ),
    (
        "in a handler",
        Surrounded::Bare,
        "try { throw 1; } catch {\n{}\n}",
    ),
    ("in try", Surrounded::Caught, "try {\n{}\n} catch { }"),
    (
        "in try, with a return behind it",
        Surrounded::Caught,
        "try {\n{}\n} catch { }\nreturn;",
    ),
    (
        "in try in try",
        Surrounded::Caught,
        "try { try {\n{}\n} catch { } } catch { }",
    ),
    (
        "in try, thrown on and caught",
        Surrounded::Caught,
        "try { try {\n{}\n} catch { throw; } } catch { }",
    ),
    (
        "in a closure in try",
        Surrounded::Caught,
        "try { [1].map(|x| {\n{}\n();\n}); } catch { }",
    ),
    (
        "in closures in try",
        Surrounded::Caught,
        "try { [1].some(|x| { [2].filter(|y| {\n{}\n();\ntrue }); true }); } catch { }",
    ),
    (
        "in a comparator in try",
        Surrounded::Caught,
        "try { let a = [2, 1]; a.sort(|x, y| {\n{}\n0 }); } catch { }",
    ),
    (
        "in a comparator of dedup in try",
        Surrounded::Caught,
        "try { let a = [2, 1]; a.dedup(|x, y| {\n{}\ntrue }); } catch { }",
    ),
    (
        "in a reducer in try",
        Surrounded::Caught,
        "try { [2, 1].reduce(|x, y| {\n{}\n();\n}, 0); } catch { }",
    ),
    (
        "in try in a closure",
        Surrounded::Caught,
        "[1].map(|x| { try {\n{}\n();\n} catch { } });",
    ),
    (
        "in a called closure in try",
        Surrounded::Caught,
        "let f = || {\n{}\n();\n}; try { f.call(); } catch { }",
    ),
    (
        "in a function in try",
        Surrounded::CaughtInFunction,
        "fn f(user, context, configuration) {\n{}\n();\n}\ntry { f(user, context, configuration); } catch { }",
    ),
    (
        "in a function in a comparator in try",
        Surrounded::CaughtInFunction,
        "fn f(user, context, configuration) {\n{}\n();\n0 }\ntry { let a = [2, 1]; a.sort(|x, y| f(user, context, configuration)); } catch { }",
    ),
    (
        "in a function",
        Surrounded::InFunction,
        "fn f(user, context, configuration) {\n{}\n();\n}\nf(user, context, configuration);",
    ),
];

/// What stands around a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Surrounded {
    Bare,
    Caught,
    InFunction,
    CaughtInFunction,
}

/// What every rule writes before it goes wrong.
const WRITES: &str = "user.nickname = \"written\";\nuser.added = 1;\ncontext.idToken.role = \"written\";\nrequire_mfa(\"duo\");\n";

const BLOCKLIST: &str = "if context.clientID == \"blocked\" { deny(\"blocked\"); }";

/// Rules that would like to undo what a failure decided.
const UNDOING: &[&str] = &[
    "skip_mfa();",
    "context.multifactor = ();",
    "context.multifactor = #{ provider: \"none\" };",
    "context.remove(\"multifactor\");",
    "require_mfa(\"any\"); skip_mfa();",
    "try { throw 1; } catch { skip_mfa(); } return;",
];

/// A rule, and where it goes wrong.
struct Rule {
    source: String,
    line: u32,
    column: u32,
}

impl Rule {
    /// The `«` in the text marks the place, and is taken out.
    fn new(row: &Row, place: &str) -> Self {
        let (head, body) = row.source.split_once("---\n").unwrap_or(("", row.source));
        let marked = format!("{head}{WRITES}{}", place.replace("{}", body));
        let (before, after) = marked.split_once('«').unwrap();
        let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        Self {
            source: format!("{before}{after}"),
            line: u32::try_from(line).unwrap(),
            column: u32::try_from(column).unwrap(),
        }
    }
}

/// Keeps the panics that rules ask for from being written, with a backtrace each.
fn silence_panics_of_rules() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            if information.payload_as_str() != Some("a rule asked for a panic") {
                hook(information);
            }
        }));
    });
}

fn set(row: &Row, source: &str, on_error: OnError, later: &[&str]) -> RuleSet {
    silence_panics_of_rules();
    let mut limits = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
    (row.limits)(&mut limits);
    let later = later.iter().enumerate();
    RuleSet::builder()
        .rule(RuleSource::new("first", source).on_error(on_error))
        .rules(later.map(|(index, source)| (format!("later-{index}"), (*source).to_owned())))
        .configuration(serde_json::Map::from_iter([(
            "LIST".to_owned(),
            json!(["a"]),
        )]))
        .secret("KEY", Secret::new("s3cret".to_owned()))
        .limits(limits)
        .compile()
        .unwrap_or_else(|error| panic!("{}: {source}\n{error:?}", row.name))
}

fn user() -> Json {
    json!({ "user_id": "auth0|1", "nickname": "ada", "groups": ["b", "a"], "app_metadata": { "level": 1 }, "nothing": null })
}

fn context(client: &str) -> Json {
    json!({ "clientID": client, "idToken": { "role": "user" }, "key": "clientID", "ip": "nonsense" })
}

/// Decides about a login of a client, and gives what there is to check.
fn decide<'r>(rules: &'r RuleSet, client: &str) -> Outcome<'r> {
    let (user, context) = (user(), context(client));
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap());
    let login = login.user(&user).context(&context);
    rules.decide_observed(&login, Observe::decision().and_full())
}

fn statuses(outcome: &Outcome<'_>) -> Vec<RuleStatus> {
    outcome.rules().map(|rule| rule.status).collect()
}

/// Calls `check` for each row at each place where it fits: with the name, the rule, and whether it
/// must fail.
fn for_each_rule(check: impl Fn(&str, &Row, &Rule, bool)) {
    for row in ROWS {
        for (name, surrounded, place) in PLACES {
            let in_function = matches!(
                surrounded,
                Surrounded::InFunction | Surrounded::CaughtInFunction
            );
            if in_function && !row.in_function {
                continue;
            }
            // What is checked when the rule ends happens at no place that could be caught.
            if row.at_end && !matches!(surrounded, Surrounded::Bare) {
                continue;
            }
            let caught = matches!(
                surrounded,
                Surrounded::Caught | Surrounded::CaughtInFunction
            );
            let fails = !(caught && row.catchable);
            check(
                &format!("{} {name}", row.name),
                row,
                &Rule::new(row, place),
                fails,
            );
        }
    }
}

#[test]
fn a_failure_with_deny_denies_and_ends_the_run() {
    check_everywhere(OnError::Deny, |name, outcome, _| {
        assert_eq!(outcome.decision(), Decision::Denied, "{name}");
        let denied = outcome.denied().unwrap();
        assert_eq!(denied.error.as_str(), "access_denied", "{name}");
        assert_eq!(
            denied.error_description, "the login could not be evaluated",
            "{name}"
        );
        let expected = [RuleStatus::Failed, RuleStatus::NotReached];
        assert_eq!(statuses(outcome), expected, "{name}");
    });
}

#[test]
fn a_failure_with_challenge_requires_a_second_factor_and_later_rules_still_run() {
    check_everywhere(OnError::Challenge, |name, outcome, client| {
        if client == "blocked" {
            assert_eq!(outcome.decision(), Decision::Denied, "{name}");
            let denied = outcome.denied().unwrap();
            assert_eq!(denied.error_description, "blocked", "{name}");
            let expected = [RuleStatus::Failed, RuleStatus::Denied];
            assert_eq!(statuses(outcome), expected, "{name}");
        } else {
            assert_floor(name, outcome, Provider::Any);
            let expected = [RuleStatus::Failed, RuleStatus::Ran];
            assert_eq!(statuses(outcome), expected, "{name}");
        }
    });
}

/// Decides with each row at each place, before a blocklist.
///
/// What fails is reported with its code at its place, and its writes are undone; `check` looks at
/// the rest. What was caught runs on.
fn check_everywhere(on_error: OnError, check: impl Fn(&str, &Outcome<'_>, &str)) {
    let problems = RefCell::new(Vec::new());
    for_each_rule(|name, row, rule, fails| {
        let rules = set(row, &rule.source, on_error, &[BLOCKLIST]);
        for client in ["app-1", "blocked"] {
            let outcome = decide(&rules, client);
            if !fails {
                runs_on(name, &outcome, client);
                continue;
            }
            let errors = outcome.errors().iter();
            let found: Vec<_> = errors
                .map(|error| (error.code.as_str(), error.line, error.column))
                .collect();
            let expected = [(row.code, Some(rule.line), Some(rule.column))];
            if found != expected {
                problems.borrow_mut().push(format!(
                    "{name}: {found:?} instead of {expected:?}, {:?}\n{}",
                    outcome.errors(),
                    rule.source
                ));
                continue;
            }
            let error = &outcome.errors()[0];
            assert_eq!(error.rule.as_deref(), Some("first"), "{name}");
            assert_eq!(error.applied, on_error, "{name}");
            assert!(!error.message.contains("s3cret"), "{name}");
            assert_undone(name, &outcome, client);
            check(name, &outcome, client);
        }
    });
    let problems = problems.take();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn assert_undone(name: &str, outcome: &Outcome<'_>, client: &str) {
    assert!(outcome.changes().is_empty(), "{name}: {outcome:?}");
    assert_eq!(outcome.user(), Some(&user()), "{name}");
    assert_eq!(outcome.context(), Some(&context(client)), "{name}");
    let effects: Vec<_> = outcome.rules().map(|rule| rule.effects.len()).collect();
    assert_eq!(effects, [0, 0], "{name}");
}

/// A rule that caught what went wrong runs to its end, with all that it wrote.
fn runs_on(name: &str, outcome: &Outcome<'_>, client: &str) {
    let (decision, last) = match client {
        "blocked" => (Decision::Denied, RuleStatus::Denied),
        _ => (Decision::Required, RuleStatus::Ran),
    };
    assert_eq!(outcome.errors(), [], "{name}");
    assert_eq!(outcome.decision(), decision, "{name}");
    assert_eq!(statuses(outcome), [RuleStatus::Ran, last], "{name}");
    assert_eq!(outcome.changes()["/user/nickname"], "written", "{name}");
    assert_eq!(
        outcome.changes()["/context/idToken/role"],
        "written",
        "{name}"
    );
}

fn assert_floor(name: &str, outcome: &Outcome<'_>, provider: Provider) {
    assert_eq!(outcome.decision(), Decision::Required, "{name}");
    let multifactor = outcome.multifactor().unwrap();
    assert_eq!(multifactor.provider(), provider, "{name}");
    assert_eq!(multifactor.remember_browser(), Remember::Never, "{name}");
}

#[test]
fn a_later_rule_does_not_lower_what_a_failure_decided() {
    for row in ROWS {
        let rule = Rule::new(row, "{}");
        for undoing in UNDOING {
            let later = [*undoing, BLOCKLIST];
            let rules = set(row, &rule.source, OnError::Challenge, &later);
            let name = format!("{} then {undoing}", row.name);
            assert_floor(&name, &decide(&rules, "app-1"), Provider::Any);
            assert_eq!(
                decide(&rules, "blocked").decision(),
                Decision::Denied,
                "{name}"
            );
            let rules = set(row, &rule.source, OnError::Deny, &later);
            assert_eq!(
                decide(&rules, "app-1").decision(),
                Decision::Denied,
                "{name}"
            );
        }
    }
}

#[test]
fn a_later_rule_may_choose_the_provider_and_nothing_else() {
    for row in ROWS {
        let rule = Rule::new(row, "{}");
        for later in [
            "require_mfa(\"guardian\", #{ allowRememberBrowser: true });",
            "context.multifactor = #{ provider: \"guardian\" };",
        ] {
            let rules = set(row, &rule.source, OnError::Challenge, &[later]);
            assert_floor(row.name, &decide(&rules, "app-1"), Provider::Guardian);
        }
    }
}

#[test]
fn an_earlier_request_is_not_lowered_by_a_failure() {
    for row in ROWS {
        let rule = Rule::new(row, "{}");
        let mut limits = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
        (row.limits)(&mut limits);
        let rules = RuleSet::builder()
            .rule((
                "earlier",
                "context.multifactor = #{ provider: \"guardian\" };",
            ))
            .rule(RuleSource::new("second", rule.source).on_error(OnError::Challenge))
            .secret("KEY", Secret::new("s3cret".to_owned()))
            .limits(limits)
            .compile()
            .unwrap();
        assert_floor(row.name, &decide(&rules, "app-1"), Provider::Guardian);
    }
}

#[test]
fn two_failures_are_both_reported_and_a_second_one_with_deny_denies() {
    for row in ROWS {
        let rule = Rule::new(row, "{}");
        let mut limits = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
        (row.limits)(&mut limits);
        let rules = RuleSet::builder()
            .rule(RuleSource::new("first", rule.source.clone()).on_error(OnError::Challenge))
            .rule(RuleSource::new("second", rule.source).on_error(OnError::Deny))
            .secret("KEY", Secret::new("s3cret".to_owned()))
            .limits(limits)
            .compile()
            .unwrap();
        let outcome = decide(&rules, "app-1");
        assert_eq!(outcome.decision(), Decision::Denied, "{}", row.name);
        let codes: Vec<_> = outcome
            .errors()
            .iter()
            .map(|error| error.code.as_str())
            .collect();
        assert_eq!(codes, [row.code, row.code]);
    }
}

#[test]
fn a_denial_cannot_be_caught_and_nothing_undoes_it() {
    for body in [
        "deny(\"no\");",
        "deny(#{ error: \"unauthorized\", message: \"no\" });",
    ] {
        for (name, _, place) in PLACES {
            for on_error in [OnError::Deny, OnError::Challenge] {
                let source = place.replace("{}", body);
                let rules = RuleSet::builder()
                    .rule(RuleSource::new("first", source).on_error(on_error))
                    .rule(("later", "skip_mfa();"))
                    .compile()
                    .unwrap();
                let outcome = decide(&rules, "app-1");
                assert_eq!(outcome.decision(), Decision::Denied, "{name}");
                let denied = outcome.denied().unwrap();
                assert_eq!(denied.error.as_str(), "unauthorized", "{name}");
                assert_eq!(denied.error_description, "no", "{name}");
                assert_eq!(denied.rule.as_deref(), Some("first"), "{name}");
                let expected = [RuleStatus::Denied, RuleStatus::NotReached];
                assert_eq!(statuses(&outcome), expected, "{name}");
                assert_eq!(outcome.errors(), [], "{name}");
            }
        }
    }
}

#[test]
fn an_uncaught_throw_of_a_text_denies_whatever_the_failure_outcome() {
    for on_error in [OnError::Deny, OnError::Challenge] {
        let rules = RuleSet::builder()
            .rule(
                RuleSource::new("first", "try { throw 1; } catch { throw \"no\"; }")
                    .on_error(on_error),
            )
            .rule(("later", "skip_mfa();"))
            .compile()
            .unwrap();
        let outcome = decide(&rules, "app-1");
        let denied = outcome.denied().unwrap();
        assert_eq!(
            (denied.error.as_str(), &*denied.error_description),
            ("access_denied", "no")
        );
        assert_eq!(
            statuses(&outcome),
            [RuleStatus::Denied, RuleStatus::NotReached]
        );
    }
}

#[test]
fn the_text_of_a_throw_is_cut_off() {
    let rules = RuleSet::from_source("first", "throw user.user_id;").unwrap();
    let user = json!({ "user_id": "ä".repeat(1 << 20) });
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap()).user(&user);
    let outcome = rules.decide(&login);
    assert_eq!(
        outcome.denied().unwrap().error_description,
        "ä".repeat(2048)
    );
}

#[test]
fn the_deadline_cannot_be_caught() {
    for (name, _, place) in PLACES {
        let source = place.replace("{}", "loop { }");
        let limits = Limits::HIGHEST.with_deadline(Duration::from_millis(1));
        let rules = RuleSet::builder()
            .rule(RuleSource::new("first", source).on_error(OnError::Challenge))
            .rule(("later", "skip_mfa();"))
            .limits(limits)
            .compile()
            .unwrap();
        let outcome = decide(&rules, "app-1");
        assert_floor(name, &outcome, Provider::Any);
        assert_eq!(outcome.errors()[0].code.as_str(), "deadline", "{name}");
        assert_eq!(
            outcome.errors()[0].message,
            "the rule took longer than 1 ms",
            "{name}"
        );
    }
}

#[test]
fn a_panic_leaves_the_engine_usable() {
    silence_panics_of_rules();
    let rules = RuleSet::builder()
        .rule(RuleSource::new(
            "first",
            "if context.clientID == \"bad\" { panic_for_testing(); }",
        ))
        .rule(("second", "require_mfa(\"any\");"))
        .compile()
        .unwrap();
    for _ in 0..3 {
        assert_eq!(decide(&rules, "bad").decision(), Decision::Denied);
        assert_eq!(decide(&rules, "good").decision(), Decision::Required);
    }
}

#[test]
fn the_same_login_gives_the_same_outcome_on_all_threads() {
    fn is_shared<T: Send + Sync>(value: &T) -> &T {
        value
    }
    let json = |outcome: &Outcome<'_>| serde_json::to_string(outcome).unwrap();
    for row in ROWS {
        let rule = Rule::new(row, "{}");
        let rules = set(row, &rule.source, OnError::Challenge, &[BLOCKLIST]);
        let rules = is_shared(&rules);
        let first = json(&decide(rules, "app-1"));
        assert_eq!(json(&decide(rules, "app-1")), first, "{}", row.name);
        if row.code == "operations" {
            continue;
        }
        thread::scope(|scope| {
            let again = || assert_eq!(json(&decide(rules, "app-1")), first, "{}", row.name);
            for _ in 0..8 {
                scope.spawn(again);
            }
        });
    }
}
