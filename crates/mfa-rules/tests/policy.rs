//! What watches a policy cannot change what it decides, and what it writes can be decided again.

#![cfg(test)]

use mfa_rules::{
    Decided, DecisionLog, Login, Mask, OnError, Outcome, Policy, RuleSet, RuleSource, Secret,
};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const NOW: &str = "2026-01-05T09:00:00Z";

fn rules(source: &str) -> Arc<RuleSet> {
    Arc::new(RuleSet::from_source("rule", source).unwrap())
}

fn bytes(outcome: &Outcome<'_>) -> Vec<u8> {
    serde_json::to_vec(outcome).unwrap()
}

/// Rules that come to each kind of outcome.
fn current() -> Vec<Arc<RuleSet>> {
    let failing = RuleSource::new("failing", "let a = user.none.at_all;");
    let challenge = RuleSet::builder().rule(failing.on_error(OnError::Challenge));
    vec![
        rules("let nothing = user;"),
        rules(r#"require_mfa("duo", #{ username: user.email });"#),
        rules(r#"deny("not " + user.email);"#),
        rules("user.seen = true; context.redirect = #{ url: \"https://a.example\" };"),
        Arc::new(challenge.compile().unwrap()),
        rules("panic_for_testing();"),
        rules("loop { }"),
    ]
}

/// Candidates in each kind of trouble.
fn candidates() -> Vec<Arc<RuleSet>> {
    let late = RuleSet::builder()
        .rule(("late", "loop { }"))
        .limits(mfa_rules::Limits::HIGHEST.with_deadline(Duration::from_millis(1)))
        .compile()
        .unwrap();
    vec![
        rules("panic_for_testing();"),
        rules("loop { }"),
        Arc::new(late),
        rules(r#"let text = "x"; while true { text += text; }"#),
        rules("fn deeper(n) { deeper(n + 1) } deeper(0);"),
        rules(r#"throw "no";"#),
        rules("user.a.b.c = 1;"),
        rules("context.multifactor = #{ provider: configuration.none };"),
    ]
}

#[test]
fn a_shadow_in_trouble_and_a_panicking_observer_leave_the_outcome_as_it_is() {
    let users = [
        json!({ "email": "ann@acme.example" }),
        json!(null),
        json!(7),
    ];
    for current in current() {
        for user in &users {
            let login = Login::new(NOW.parse().unwrap()).user(user);
            let expected = bytes(&current.decide(&login));
            for candidate in candidates() {
                let told = Arc::new(AtomicU64::new(0));
                let by_observer = Arc::clone(&told);
                let policy = Policy::new(Arc::clone(&current))
                    .with_shadow(Arc::clone(&candidate))
                    .with_observer(Arc::new(|_: &Decided<'_>| panic!("an observer")))
                    .with_observer(Arc::new(move |decided: &Decided<'_>| {
                        let shadow = decided.shadow().unwrap();
                        assert_eq!(shadow.outcome().rule_set().revision(), candidate.revision());
                        assert!(
                            !shadow.outcome().errors().is_empty()
                                || shadow.outcome().denied().is_some()
                        );
                        by_observer.fetch_add(1, Ordering::Relaxed);
                    }))
                    .with_observer(Arc::new(DecisionLog::new(io::sink())));
                assert_eq!(bytes(&policy.decide(&login)), expected);
                assert_eq!(told.load(Ordering::Relaxed), 1);
            }
        }
    }
}

#[test]
fn the_time_of_a_shadow_is_its_own() {
    let times = Arc::new(Mutex::new(None));
    let by_observer = Arc::clone(&times);
    let policy = Policy::new(rules("let nothing = ();"))
        .with_shadow(rules("loop { }"))
        .with_observer(Arc::new(move |decided: &Decided<'_>| {
            let shadow = decided.shadow().unwrap();
            *by_observer.lock().unwrap() = Some((decided.elapsed(), shadow.elapsed()));
        }));
    let started = Instant::now();
    policy.decide(&Login::new(NOW.parse().unwrap()));
    let total = started.elapsed();
    let (own, shadow) = times.lock().unwrap().unwrap();
    assert!(own > Duration::ZERO && shadow > Duration::ZERO);
    // They lie beside each other in the time of the call.
    assert!(own + shadow <= total, "{own:?} {shadow:?} {total:?}");
}

/// A writer that several holders share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lines(&self) -> Vec<Json> {
        let written = self.0.lock().unwrap().clone();
        let text = String::from_utf8(written).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[test]
fn decisions_of_all_threads_are_observed_and_logged() {
    let written = Shared::default();
    let log = Arc::new(DecisionLog::new(written.clone()));
    let counts = Arc::new(Mutex::new(BTreeMap::<String, u64>::new()));
    let by_observer = Arc::clone(&counts);
    let policy = Policy::new(rules("if user.admin { require_mfa(\"any\"); }"))
        .with_shadow(rules("if !user.admin { require_mfa(\"any\"); }"))
        .with_observer(log.clone())
        .with_observer(Arc::new(move |decided: &Decided<'_>| {
            let decision = json!(decided.outcome().decision()).to_string();
            *by_observer.lock().unwrap().entry(decision).or_default() += 1;
        }));
    thread::scope(|scope| {
        for number in 0..4 {
            let policy = &policy;
            scope.spawn(move || {
                for round in 0..100 {
                    let user = json!({ "admin": round % 2 == 0, "id": number * 1_000 + round });
                    policy.decide(&Login::new(NOW.parse().unwrap()).user(&user));
                }
            });
        }
    });
    let lines = written.lines();
    assert_eq!((lines.len(), log.failures()), (400, 0));
    for line in lines {
        let is_admin = line["user"]["admin"] == true;
        let (decision, shadow) = if is_admin {
            ("required", "not_required")
        } else {
            ("not_required", "required")
        };
        assert_eq!(line["decided"]["decision"], decision);
        assert_eq!(line["decided"]["shadow"]["decision"], shadow);
    }
    let counts = counts.lock().unwrap().clone();
    let expected = [("\"not_required\"", 200), ("\"required\"", 200)];
    assert_eq!(
        counts,
        expected
            .map(|(name, count)| (name.to_owned(), count))
            .into()
    );
}

/// The only line that a log has for a decision, with durations of 0.
fn record(policy: Policy, mask: Mask, login: &Login<'_>) -> String {
    let written = Shared::default();
    let log = DecisionLog::new(written.clone()).with_mask(mask);
    let policy = policy.with_observer(Arc::new(log));
    policy.decide(login);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.matches('\n').count(), 1);
    let mut parts = text.trim_end().split("\"elapsed_us\":");
    let mut line = parts.next().unwrap().to_owned();
    for part in parts {
        line.push_str("\"elapsed_us\":0");
        line.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    }
    line
}

#[test]
fn a_record_has_the_login_and_the_decision() {
    let rules = RuleSet::builder()
        .name("acme")
        .rule(("asking", "if user.email != configuration.OF_THE_LOGIN && fact(\"risk\") == 3 {\n  require_mfa(\"duo\", #{ skey: configuration.SKEY, username: user.email });\n}"))
        .rule(RuleSource::new("failing", "user.a.b;").on_error(OnError::Challenge))
        .configuration(json!({ "OF_THE_SET": "not shown" }).as_object().unwrap().clone())
        .secret("SKEY", Secret::new("the secret key".to_owned()))
        .compile()
        .unwrap();
    let candidate = RuleSet::builder()
        .name("acme, next")
        .rule(("asking", "deny(\"closed\");"))
        .compile()
        .unwrap();
    let revisions = [rules.revision().to_owned(), candidate.revision().to_owned()];
    let user = json!({ "email": "ann@acme.example", "age": 40 });
    let context = json!({ "clientID": "app-1" });
    let configuration = json!({ "OF_THE_LOGIN": 1.50, "SKEY": "not the secret" });
    let facts = json!({ "risk": 3, "ssn": "123-45" });
    let login = Login::new("2026-01-05T09:00:00.123456789Z".parse().unwrap())
        .user(&user)
        .context(&context)
        .configuration(configuration.as_object().unwrap())
        .facts(facts.as_object().unwrap());
    let policy = Policy::new(rules).with_shadow(Arc::new(candidate));
    let line = record(policy, Mask::default(), &login);
    let [current, next] = revisions;
    let written: Json = serde_json::from_str(&line).unwrap();
    let rule_set = |name, revision| json!({ "name": name, "revision": revision, "language": 1 });
    assert_eq!(
        written,
        json!({
            "user": { "email": "ann@acme.example" },
            "context": {},
            "configuration": { "OF_THE_LOGIN": 1.5 },
            "facts": { "risk": 3 },
            "now": "2026-01-05T09:00:00.123456789Z",
            "decided": {
                "version": 1,
                "decision": "required",
                "multifactor": {
                    "provider": "duo",
                    "allowRememberBrowser": false,
                    "skey": "***",
                    "username": "ann@acme.example",
                },
                "denied": null,
                "errors": [{
                    "rule": "failing",
                    "code": "missing-property",
                    "message": "`()` has no property `b`: what is before the `.` is missing, \
                                which `?.` would allow",
                    "line": 1,
                    "column": 8,
                    "applied": "challenge",
                }],
                "decided_by": { "rule": "failing", "line": 1, "column": 8 },
                "rule_set": rule_set("acme", current),
                "elapsed_us": 0,
                "masked": [],
                "shadow": {
                    "rule_set": rule_set("acme, next", next),
                    "decision": "denied",
                    "differences": ["decision", "multifactor", "denied", "errors"],
                    "elapsed_us": 0,
                },
            },
        })
    );
    assert!(!line.contains("secret key") && !line.contains("not the secret"));
}

#[test]
fn the_record_in_the_reference_is_what_is_written() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/servers.md")).unwrap();
    let (_, block) = page.split_once("```json\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let mut expected: Json = serde_json::from_str(block).unwrap();
    expected["decided"]["elapsed_us"] = json!(0);
    let rules = RuleSet::load(root.join("rules/clients-with-mfa.rhai")).unwrap();
    let login = Login::new(expected["now"].as_str().unwrap().parse().unwrap())
        .user(&expected["user"])
        .context(&expected["context"])
        .configuration(expected["configuration"].as_object().unwrap());
    let line = record(Policy::new(rules), Mask::default(), &login);
    assert_eq!(serde_json::from_str::<Json>(&line).unwrap(), expected);
    for name in expected["decided"].as_object().unwrap().keys() {
        assert!(
            page.contains(&format!("`{name}`")),
            "{name} is not described"
        );
    }
}

#[test]
fn a_masked_value_is_nowhere_in_the_line() {
    let source = r#"
        context.idToken["https://acme.example/email"] = user.email;
        user.copy = #{ of: [user.email, user.identities] };
        context.redirect = #{ url: "https://acme.example/" + user.email };
        require_mfa("duo", #{ username: user.email.to_upper(), host: context.request.ip });
        print(user.email);
        print(configuration.LIST[0] + context.request.query.login_hint);
        print(fact("risk"));
    "#;
    let user = json!({
        "user_id": "auth0|1",
        "email": "ann@acme.example",
        "identities": [{ "provider": "x", "access_token": "tok-1" }, { "access_token": "tok-2" }],
    });
    let request = json!({ "ip": "192.0.2.7", "query": { "login_hint": "hint" } });
    let context = json!({ "request": request, "idToken": {} });
    let configuration = json!({ "LIST": ["conf-1"] });
    let facts = json!({ "risk": { "why": "reason-1" } });
    let login = Login::new(NOW.parse().unwrap())
        .user(&user)
        .context(&context)
        .configuration(configuration.as_object().unwrap())
        .facts(facts.as_object().unwrap());
    let pointers = [
        "/user/email",
        "/user/identities/*/access_token",
        "/user/phone_number",
        "/context/request",
        "/configuration/LIST/0",
        "/facts/risk",
    ];
    let policy = Policy::new(rules(source)).with_shadow(rules("let nothing = user.email;"));
    let line = record(policy, Mask::new(pointers).unwrap(), &login);
    for value in [
        "ann@",
        "ANN@",
        "tok-",
        "192.0.2.7",
        "hint",
        "conf-1",
        "reason-1",
    ] {
        assert!(!line.contains(value), "{value} is in {line}");
    }
    let written: Json = serde_json::from_str(&line).unwrap();
    assert_eq!(
        written["user"],
        json!({
            "email": "***",
            "identities": [
                { "provider": "x", "access_token": "***" },
                { "access_token": "***" },
            ],
        })
    );
    assert_eq!(
        written["context"],
        json!({ "request": "***", "idToken": {} })
    );
    assert_eq!(written["configuration"], json!({ "LIST": ["***"] }));
    assert_eq!(written["facts"], json!({ "risk": "***" }));
    let decided = &written["decided"];
    assert_eq!(
        decided["masked"],
        json!([
            "/configuration/LIST/0",
            "/context/request",
            "/facts/risk",
            "/user/email",
            "/user/identities/*/access_token",
        ])
    );
    assert_eq!(
        decided["multifactor"],
        json!({ "provider": "duo", "allowRememberBrowser": false, "host": "***", "username": "***" })
    );
}

#[test]
fn messages_are_masked_when_that_is_asked_for() {
    let user = json!({ "email": "ann@acme.example" });
    let login = Login::new(NOW.parse().unwrap()).user(&user);
    for source in [
        "deny(user.email);",
        "throw user.email;",
        "ip_in_range(\"192.0.2.1\", user.email);",
    ] {
        let mask = Mask::new(["/user/email"]).unwrap();
        let line = record(Policy::new(rules(source)), mask.clone(), &login);
        assert!(line.contains("ann@"), "{line}");
        let line = record(Policy::new(rules(source)), mask.and_messages(), &login);
        assert!(!line.contains("ann@"), "{line}");
        let written: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(written["decided"]["denied"]["error_description"], "***");
    }
}

#[test]
fn a_part_that_is_too_deep_is_masked_as_a_whole() {
    let deep = (0..10_000).fold(json!(1), |inner, _| Json::Array(vec![inner]));
    // Dropping it would overflow the stack.
    let user: &Json = Box::leak(Box::new(Json::Object(
        [("deep".to_owned(), deep)].into_iter().collect(),
    )));
    let login = Login::new(NOW.parse().unwrap()).user(user);
    let line = record(
        Policy::new(rules("user.deep.len();")),
        Mask::default(),
        &login,
    );
    let written: Json = serde_json::from_str(&line).unwrap();
    assert_eq!(written["user"], "***");
    assert_eq!(written["decided"]["masked"], json!(["/user"]));
}

/// A writer that does what it is told, write by write, and then takes everything.
struct Told {
    orders: VecDeque<Order>,
    written: Shared,
}

#[derive(Clone, Copy)]
enum Order {
    Take(usize),
    Fail(ErrorKind),
    Panic,
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.orders.pop_front().unwrap_or(Order::Take(usize::MAX)) {
            Order::Take(most) => self.written.write(&bytes[..bytes.len().min(most)]),
            Order::Fail(kind) => Err(kind.into()),
            Order::Panic => panic!("a writer"),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::StorageFull.into())
    }
}

/// The lines of three decisions, and how many failures were counted.
fn told(orders: &[Order]) -> (Vec<String>, u64) {
    let written = Shared::default();
    let log = Arc::new(DecisionLog::new(Told {
        orders: orders.iter().copied().collect(),
        written: written.clone(),
    }));
    let policy = Policy::new(rules("let nothing = ();")).with_observer(log.clone());
    for second in 0..3 {
        let now = format!("2026-01-05T09:00:0{second}Z");
        policy.decide(&Login::new(now.parse().unwrap()));
    }
    assert_eq!(log.flush().unwrap_err().kind(), ErrorKind::StorageFull);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let lines = text
        .lines()
        .map(|line| match serde_json::from_str::<Json>(line) {
            Ok(record) => {
                let now = record["now"].as_str().unwrap();
                now.trim_start_matches("2026-01-05T09:00:").replace('Z', "")
            }
            Err(_) => line.to_owned(),
        });
    (lines.collect(), log.failures())
}

#[test]
fn a_line_that_cannot_be_written_is_counted_and_takes_no_other_with_it() {
    use Order::{Fail, Panic, Take};
    let full = Fail(ErrorKind::StorageFull);
    let again = Fail(ErrorKind::Interrupted);
    let cases: [(&[Order], &[&str], u64); 9] = [
        (&[], &["00", "01", "02"], 0),
        (&[Take(5), again, Take(5)], &["00", "01", "02"], 0),
        (&[again, again], &["00", "01", "02"], 0),
        (&[full], &["01", "02"], 1),
        (&[Take(0)], &["01", "02"], 1),
        (&[Take(usize::MAX), full, full], &["00"], 2),
        (&[Take(5), full], &["{\"now", "01", "02"], 1),
        (&[Take(5), full, full], &["{\"now", "02"], 2),
        (&[Take(5), Panic], &["{\"now", "01", "02"], 1),
    ];
    for (index, (orders, lines, failures)) in cases.into_iter().enumerate() {
        let expected = lines.iter().map(|&line| line.to_owned()).collect();
        assert_eq!(told(orders), (expected, failures), "{index}");
    }
}
