//! The login server, over a socket.

use crate::server::{ADMIN_TOKEN, Answer, Server, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use mfa_cli::{LineOptions, Time, decide_lines};
use mfa_rules::{Observe, RuleSet};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The example's rules and store in a folder of their own, and a server that decides by them.
struct Example {
    folder: TempDir,
    server: Server,
}

impl Example {
    fn start() -> Self {
        Self::start_with(Some(ADMIN_TOKEN), |_| {})
    }

    /// `prepare` gets the folder before the server starts. With a folder `candidate` in it, that is
    /// the shadow.
    fn start_with(token: Option<&str>, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let example = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir(path.join("rules")).unwrap();
        for file in fs::read_dir(example.join("rules")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), path.join("rules").join(file.file_name())).unwrap();
        }
        fs::copy(example.join("store.json"), path.join("store.json")).unwrap();
        prepare(path);
        let mut arguments = vec![
            "--rules".into(),
            path.join("rules"),
            "--store".into(),
            path.join("store.json"),
            "--decision-log".into(),
            path.join("decisions.ndjson"),
        ];
        let candidate = path.join("candidate");
        if candidate.exists() {
            arguments.extend([PathBuf::from("--shadow"), candidate]);
        }
        let server = Server::start(env!("CARGO_BIN_EXE_axum-login"), token, arguments);
        Self { folder, server }
    }

    fn rules(&self) -> PathBuf {
        self.folder.path().join("rules")
    }

    fn log_in(&self, login: &Value) -> Answer {
        self.server.post("/login", login)
    }

    fn log_in_with(&self, header: (&str, &str), login: &Value) -> Answer {
        self.server.send("POST", "/login", &[header], Some(login))
    }

    fn health(&self) -> Value {
        let (status, health) = self.server.get("/health");
        assert_eq!(status, 200);
        health
    }

    /// The decision log when it has `count` lines.
    fn log(&self, count: usize) -> Vec<Value> {
        let file = self.folder.path().join("decisions.ndjson");
        eventually("the line in the decision log", || {
            let text = fs::read_to_string(&file).ok()?;
            let is_whole = text.ends_with('\n') && text.lines().count() == count;
            is_whole.then(|| {
                let lines = text.lines().map(serde_json::from_str);
                lines.collect::<Result<_, _>>().unwrap()
            })
        })
    }
}

fn ada(client_id: &str) -> Value {
    json!({ "client_id": client_id, "connection": "staff", "user_id": "auth0|ada" })
}

fn bob(client_id: &str) -> Value {
    json!({ "client_id": client_id, "connection": "partners", "user_id": "auth0|bob" })
}

fn with_query(mut login: Value, query: Value) -> Value {
    login["query"] = query;
    login
}

fn refused(error: &str, description: &str) -> Value {
    json!({ "error": error, "error_description": description })
}

fn mfa_required(provider: &str, may_be_remembered: bool) -> Value {
    json!({
        "error": "mfa_required",
        "error_description": "Multifactor authentication required",
        "mfa_token": "stub: random, short-lived, and good for one login",
        "provider": provider,
        "browser_may_be_remembered": may_be_remembered,
    })
}

#[test]
fn each_outcome_has_its_status() {
    let example = Example::start();
    let (status, body) = example.log_in(&bob("wiki"));
    let claims = json!({
        "aud": "wiki",
        "sub": "auth0|bob",
        "https://acme.example/roles": ["reader"],
    });
    let session = "stub: random, and kept by the server";
    assert_eq!(
        (status, body),
        (200, json!({ "session": session, "claims": claims }))
    );
    assert_eq!(
        example.log_in(&ada("wiki")),
        (403, mfa_required("any", true))
    );
    assert_eq!(
        example.server.post("/oauth/token", &ada("wiki")),
        (403, mfa_required("any", false))
    );
    assert_eq!(
        example.log_in(&bob("payroll")),
        (403, mfa_required("guardian", false))
    );
    assert_eq!(
        example.log_in(&bob("admin-console")),
        (
            401,
            refused("unauthorized", "the admin console is for staff")
        )
    );
    let silent = with_query(ada("wiki"), json!({ "prompt": "none" }));
    assert_eq!(
        example.log_in(&silent),
        (
            401,
            refused("login_required", "Multifactor authentication required")
        )
    );
    let silent = with_query(bob("wiki"), json!({ "prompt": "none" }));
    assert_eq!(example.log_in(&silent).0, 200);
    let audience = json!({ "audience": "https://acme.example/mfa/" });
    assert_eq!(
        example.log_in(&with_query(bob("wiki"), audience)),
        (403, mfa_required("any", false))
    );
}

#[test]
fn what_no_rule_has_decided_lets_nobody_in() {
    let example = Example::start();
    let invalid = refused("invalid_request", "the request cannot be read");
    for body in [json!({}), json!(1), json!({ "user": { "admin": true } })] {
        assert_eq!(example.log_in(&body), (400, invalid.clone()));
    }
    assert_eq!(
        example.log_in(&ada("unknown")),
        (
            401,
            refused("invalid_client", "there is no such application")
        )
    );
    // Bob has no account in the connection of staff.
    let mut login = bob("wiki");
    login["connection"] = json!("staff");
    assert_eq!(
        example.log_in(&login),
        (403, refused("invalid_grant", "wrong user or password"))
    );
}

#[test]
fn a_rule_that_fails_denies_and_shows_nothing_of_why() {
    let example = Example::start_with(Some(ADMIN_TOKEN), |folder| {
        fs::write(
            folder.join("rules/roles.rhai"),
            "user.app_metadata.a.b.c = 1;",
        )
        .unwrap();
    });
    assert_eq!(
        example.log_in(&bob("wiki")),
        (
            403,
            refused("access_denied", "the login could not be evaluated")
        )
    );
}

#[test]
fn a_redirect_that_the_server_does_not_know_is_not_dropped() {
    let example = Example::start_with(Some(ADMIN_TOKEN), |folder| {
        let rule = r#"context.redirect = #{ url: "https://acme.example/terms" };"#;
        fs::write(folder.join("rules/roles.rhai"), rule).unwrap();
    });
    assert_eq!(
        example.log_in(&bob("wiki")),
        (
            403,
            refused("access_denied", "the login could not be completed")
        )
    );
}

#[test]
fn rules_set_claims_and_none_of_the_servers_own() {
    let example = Example::start_with(Some(ADMIN_TOKEN), |folder| {
        let rule = r#"context.idToken = #{
            sub: "auth0|ada",
            "https://acme.example/a~b": 1,
            "https://acme.example/none": (),
        };"#;
        fs::write(folder.join("rules/roles.rhai"), rule).unwrap();
    });
    let (status, body) = example.log_in(&bob("wiki"));
    let claims = json!({ "sub": "auth0|bob", "aud": "wiki", "https://acme.example/a~b": 1 });
    assert_eq!((status, &body["claims"]), (200, &claims));
}

#[test]
fn a_remembered_browser_is_that_of_its_user_and_only_where_a_rule_allows_it() {
    let days_ago = |days| -> DateTime<Utc> { Utc::now() - TimeDelta::days(days) };
    let example = Example::start_with(Some(ADMIN_TOKEN), |folder| {
        let path = folder.join("store.json");
        let mut store: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let browser = |user: &str, granted, used| json!({ "user_id": user, "granted_at": days_ago(granted), "last_used_at": days_ago(used) });
        store["remembered_browsers"] = json!({
            "of-ada": browser("auth0|ada", 3, 1),
            "of-ada-long-ago": browser("auth0|ada", 31, 1),
            "of-bob": browser("auth0|bob", 3, 1),
        });
        fs::write(&path, store.to_string()).unwrap();
    });
    let with = |browser, login: &Value| example.log_in_with(("x-browser", browser), login).0;
    assert_eq!(with("of-ada", &ada("wiki")), 200);
    assert_eq!(with("of-ada-long-ago", &ada("wiki")), 403);
    assert_eq!(with("of-bob", &ada("wiki")), 403);
    assert_eq!(with("unknown", &ada("wiki")), 403);
    let silent = with_query(ada("wiki"), json!({ "prompt": "none" }));
    assert_eq!(with("of-ada", &silent), 200);
    let step_up = json!({ "acr_values": mfa_rules::AcrValues::MULTI_FACTOR_URL });
    assert_eq!(with("of-ada", &with_query(ada("wiki"), step_up)), 403);
    // The rule of payroll asks for Guardian each time.
    assert_eq!(with("of-bob", &bob("payroll")), 403);
    let token = |browser| {
        let headers = [("x-browser", browser)];
        example
            .server
            .send("POST", "/oauth/token", &headers, Some(&ada("wiki")))
    };
    assert_eq!(token("of-ada").0, 403);
}

#[test]
fn a_fact_is_fetched_for_the_applications_whose_rules_ask_for_it() {
    let example = Example::start();
    let device = ("x-device", "laptop-of-bob");
    assert_eq!(example.log_in_with(device, &bob("payroll")).0, 200);
    assert_eq!(example.log_in_with(device, &bob("wiki")).0, 200);
    let log = example.log(2);
    assert_eq!(log[0]["facts"], json!({ "known_device": true }));
    assert_eq!(log[1]["facts"], json!({}));
}

#[test]
fn a_fact_that_nobody_can_fetch_lets_nobody_in() {
    let example = Example::start_with(Some(ADMIN_TOKEN), |folder| {
        let rules = folder.join("rules");
        fs::remove_file(rules.join("ruleset.yaml")).unwrap();
        fs::write(
            rules.join("risk.rhai"),
            r#"if fact("risk") > 70 { require_mfa("any"); }"#,
        )
        .unwrap();
        fs::remove_file(rules.join("staff-only.rhai")).unwrap();
    });
    assert_eq!(
        example.log_in(&bob("wiki")),
        (
            403,
            refused("access_denied", "the login could not be evaluated")
        )
    );
}

#[test]
fn broken_rules_are_refused_and_good_ones_decide() {
    let example = Example::start();
    let before = example.health();
    assert_eq!(
        (&before["refused"], &before["lost_log_lines"]),
        (&json!(null), &json!(0))
    );
    let rule = example.rules().join("staff-only.rhai");

    fs::write(&rule, "deny(").unwrap();
    let refused_at = eventually("the refusal", || {
        let health = example.health();
        let code = &health["refused"]["problems"][0]["code"];
        (code == "syntax").then_some(health)
    });
    assert_eq!(refused_at["revision"], before["revision"]);
    let problems = &refused_at["refused"]["problems"];
    let file = problems[0]["file"].as_str().unwrap();
    assert!(file.ends_with("staff-only.rhai"), "{file}");
    let staff_only = refused("unauthorized", "the admin console is for staff");
    assert_eq!(example.log_in(&bob("admin-console")), (401, staff_only));

    fs::write(&rule, r#"throw "maintenance";"#).unwrap();
    let replaced = eventually("the new revision", || {
        let health = example.health();
        (health["revision"] != before["revision"]).then_some(health)
    });
    assert_eq!(replaced["refused"], json!(null));
    let maintenance = refused("access_denied", "maintenance");
    assert_eq!(example.log_in(&bob("admin-console")), (403, maintenance));
}

#[test]
fn an_administrator_reloads_and_nobody_else() {
    let example = Example::start();
    let reload = |headers: &[(&str, &str)]| example.server.send("POST", "/reload", headers, None);
    let administrator = format!("Bearer {ADMIN_TOKEN}");
    let (status, body) = reload(&[("authorization", &administrator)]);
    assert_eq!((status, &body["reload"]), (200, &json!("unchanged")));
    let revision = body["revision"].clone();

    let manifest = example.rules().join("ruleset.yaml");
    fs::write(&manifest, "version: 1\nrules: 1\n").unwrap();
    let (status, body) = reload(&[("authorization", &administrator)]);
    assert_eq!((status, &body["reload"]), (422, &json!("refused")));
    assert_eq!(body["kept"], revision);
    assert_eq!(body["error"][0]["code"], "manifest-value");
    assert_eq!(body["problems"][0]["span"]["line"], 2);

    let unauthorized = (401, refused("unauthorized", "administrators only"));
    assert_eq!(reload(&[]), unauthorized);
    assert_eq!(reload(&[("authorization", "Bearer ")]), unauthorized);
    assert_eq!(reload(&[("authorization", ADMIN_TOKEN)]), unauthorized);

    for token in [None, Some("")] {
        let nobody = Example::start_with(token, |_| {});
        let headers = [("authorization", "Bearer ")];
        let answer = nobody.server.send("POST", "/reload", &headers, None);
        assert_eq!(answer, unauthorized);
    }
}

#[test]
fn what_is_logged_is_masked_and_decides_again_the_same() {
    let example = Example::start();
    let logins = [
        bob("wiki"),
        ada("wiki"),
        bob("payroll"),
        bob("admin-console"),
    ];
    for login in &logins {
        example.log_in(login);
    }
    let log = example.log(logins.len());
    let decided = log.iter().map(|line| &line["decided"]["decision"]);
    let decided: Vec<&Value> = decided.collect();
    assert_eq!(decided, ["not_required", "required", "required", "denied"]);
    assert_eq!(log[3]["user"]["email"], "***");
    let text = fs::read_to_string(example.folder.path().join("decisions.ndjson")).unwrap();
    assert!(!text.contains("@acme.example") && !text.contains("Lovelace"));

    let rules = RuleSet::load(example.rules()).unwrap();
    let options = LineOptions {
        time: Time::Otherwise(DateTime::UNIX_EPOCH),
        configuration: Map::new(),
        observe: Observe::decision(),
    };
    let mut outcomes = Vec::new();
    let summary = decide_lines(&rules, text.as_bytes(), &mut outcomes, &options, |_| {}).unwrap();
    assert_eq!((summary.lines, summary.unreadable), (4, 0));
    let outcomes = String::from_utf8(outcomes).unwrap();
    for (line, outcome) in log.iter().zip(outcomes.lines()) {
        let outcome: Value = serde_json::from_str(outcome).unwrap();
        for member in ["decision", "multifactor", "denied", "errors", "rule_set"] {
            assert_eq!(outcome[member], line["decided"][member], "{member}");
        }
        assert_eq!(outcome["now"], line["now"]);
    }
}

#[test]
fn a_candidate_is_logged_and_decides_nothing() {
    let example = Example::start_with(Some(ADMIN_TOKEN), |folder| {
        fs::create_dir(folder.join("candidate")).unwrap();
        let rule = r#"deny("closed");"#;
        fs::write(folder.join("candidate/closed.rhai"), rule).unwrap();
    });
    assert_eq!(example.log_in(&bob("wiki")).0, 200);
    let log = example.log(1);
    assert_eq!(log[0]["decided"]["shadow"]["decision"], "denied");

    // It is still there when the rules are others.
    let before = example.health();
    fs::write(example.rules().join("roles.rhai"), "skip_mfa();").unwrap();
    eventually("the new revision", || {
        (example.health()["revision"] != before["revision"]).then_some(())
    });
    assert_eq!(example.log_in(&bob("wiki")).0, 200);
    let log = example.log(2);
    assert_eq!(log[1]["decided"]["shadow"]["decision"], "denied");
}
