//! The service for many tenants, over a socket.

use crate::server::{ADMIN_TOKEN, Answer, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::thread;
use tempfile::TempDir;

/// A folder of tenants and a server that decides by their rules.
struct Example {
    folder: TempDir,
    server: Server,
}

impl Example {
    fn start(tenants: &[(&str, Value)], policy_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, tenant) in tenants {
            let file = folder.path().join(format!("{name}.json"));
            fs::write(file, tenant.to_string()).unwrap();
        }
        Self::start_in(folder, policy_bytes)
    }

    fn start_in(folder: TempDir, policy_bytes: u64) -> Self {
        let path = folder.path().display().to_string();
        let bytes = policy_bytes.to_string();
        let arguments = ["--tenants", &path, "--policy-bytes", &bytes];
        let binary = env!("CARGO_BIN_EXE_multi-tenant");
        let server = Server::start(binary, Some(ADMIN_TOKEN), arguments);
        Self { folder, server }
    }

    fn decide(&self, tenant: &str, client_id: &str) -> Answer {
        let login = json!({ "context": { "clientID": client_id } });
        self.server
            .post(&format!("/tenants/{tenant}/decide"), &login)
    }

    /// The decision, which has to be by the rules of this tenant.
    fn decision(&self, tenant: &str, client_id: &str) -> Value {
        let (status, outcome) = self.decide(tenant, client_id);
        assert_eq!(
            (status, &outcome["rule_set"]["name"]),
            (200, &json!(tenant))
        );
        outcome["decision"].clone()
    }

    fn change(&self, tenant: &str, body: &Value) -> Answer {
        let administrator = format!("Bearer {ADMIN_TOKEN}");
        let headers = [("authorization", administrator.as_str())];
        let path = format!("/tenants/{tenant}");
        self.server.send("PUT", &path, &headers, Some(body))
    }

    fn file(&self, tenant: &str) -> String {
        fs::read_to_string(self.folder.path().join(format!("{tenant}.json"))).unwrap()
    }

    fn figures(&self) -> Value {
        self.server.get("/figures").1
    }
}

/// A tenant with the rule that many have, and a client of its own.
fn tenant(client: &str) -> Value {
    let source = r#"if context.clientID in configuration.CLIENTS { require_mfa("any"); }"#;
    json!({
        "rules": [{ "name": "clients-with-mfa", "source": source }],
        "configuration": { "CLIENTS": [client] },
    })
}

const ROOM_ENOUGH: u64 = 64 << 20;

#[test]
fn the_rules_of_one_tenant_never_decide_for_another() {
    let tenants = [("acme", tenant("payroll")), ("globex", tenant("vault"))];
    let example = Example::start(&tenants, ROOM_ENOUGH);
    for _ in 0..2 {
        assert_eq!(example.decision("acme", "payroll"), "required");
        assert_eq!(example.decision("acme", "vault"), "not_required");
        assert_eq!(example.decision("globex", "vault"), "required");
        assert_eq!(example.decision("globex", "payroll"), "not_required");
    }
    let figures = example.figures();
    assert_eq!(figures["tenants"]["hits"], 6);
    assert_eq!(figures["tenants"]["misses"], 2);
    assert_eq!(figures["tenants"]["entries"], 2);
    // They have the same rule.
    assert_eq!(figures["rules"]["fills"], 1);
    assert!(figures["rules"]["fill_time_us"].is_u64());
    assert!(figures["tenants"]["weight"].as_u64().unwrap() > 0);
}

#[test]
fn what_names_no_tenant_is_denied() {
    let example = Example::start(&[("acme", tenant("payroll"))], ROOM_ENOUGH);
    fs::write(
        example.folder.path().join("Upper.json"),
        tenant("x").to_string(),
    )
    .unwrap();
    let body = json!({ "error": "access_denied", "error_description": "there is no such tenant" });
    for name in [
        "unknown",
        "..%2Facme",
        "%2e%2e",
        "acme.json",
        "Upper",
        "a%00",
    ] {
        assert_eq!(
            example.decide(name, "payroll"),
            (404, body.clone()),
            "{name}"
        );
    }
    let long = "a".repeat(64);
    assert_eq!(example.decide(&long, "payroll"), (404, body));
    assert_eq!(example.change("..%2Facme", &tenant("x")).0, 404);
}

#[test]
fn a_tenant_whose_file_is_broken_is_denied_until_it_is_not() {
    let mut broken = tenant("payroll");
    broken["rules"][0]["source"] = json!("require_mfa(");
    let example = Example::start(&[("acme", broken), ("globex", json!(1))], ROOM_ENOUGH);
    let body = json!({
        "error": "access_denied",
        "error_description": "the rules of the tenant cannot be used",
    });
    assert_eq!(example.decide("acme", "payroll"), (503, body.clone()));
    assert_eq!(example.decide("globex", "payroll"), (503, body));
    assert_eq!(example.change("acme", &tenant("payroll")).0, 200);
    assert_eq!(example.decision("acme", "payroll"), "required");
}

#[test]
fn a_change_decides_at_once_and_also_after_a_restart() {
    let example = Example::start(&[("acme", tenant("payroll"))], ROOM_ENOUGH);
    assert_eq!(example.decision("acme", "payroll"), "required");
    let (status, changed) = example.change("acme", &tenant("vault"));
    assert_eq!(status, 200);
    assert_eq!(example.decision("acme", "payroll"), "not_required");
    let (_, outcome) = example.decide("acme", "vault");
    assert_eq!(outcome["decision"], "required");
    assert_eq!(outcome["rule_set"]["revision"], changed["revision"]);
    assert_eq!(example.change("new", &tenant("wiki")).0, 200);

    let Example { folder, server } = example;
    drop(server);
    let again = Example::start_in(folder, ROOM_ENOUGH);
    assert_eq!(again.decision("acme", "vault"), "required");
    assert_eq!(again.decision("new", "wiki"), "required");
}

#[test]
fn a_broken_change_is_refused_and_the_last_good_rules_keep_deciding() {
    let example = Example::start(&[("acme", tenant("payroll"))], ROOM_ENOUGH);
    assert_eq!(example.decision("acme", "payroll"), "required");
    let before = example.file("acme");
    let mut broken = tenant("payroll");
    broken["rules"][0]["source"] = json!("user = 1;\nrequire_mfas(1);");
    let (status, body) = example.change("acme", &broken);
    assert_eq!(
        (status, &body["error"]),
        (422, &json!("the rules do not compile"))
    );
    let problems = body["problems"].as_array().unwrap().iter();
    let problems: Vec<_> = problems
        .map(|problem| (problem["code"].as_str(), &problem["span"]["line"]))
        .collect();
    assert_eq!(
        problems,
        [
            (Some("replaced-root"), &json!(1)),
            (Some("unknown-function"), &json!(2))
        ]
    );
    let no_rules = json!({ "rules": [] });
    let (status, body) = example.change("acme", &no_rules);
    assert_eq!(
        (status, &body["problems"][0]["code"]),
        (422, &json!("no-enabled-rule"))
    );
    assert_eq!(example.change("acme", &json!({ "rule": [] })).0, 422);

    assert_eq!(example.file("acme"), before);
    assert_eq!(example.decision("acme", "payroll"), "required");
}

#[test]
fn only_an_administrator_changes_a_tenant() {
    let example = Example::start(&[("acme", tenant("payroll"))], ROOM_ENOUGH);
    let before = example.file("acme");
    for token in ["", "Bearer ", "Bearer wrong"] {
        let headers = [("authorization", token)];
        let body = tenant("vault");
        let path = "/tenants/acme";
        let (status, _) = example.server.send("PUT", path, &headers, Some(&body));
        assert_eq!(status, 401);
    }
    assert_eq!(example.file("acme"), before);
}

#[test]
fn eviction_while_logins_run_changes_no_decision() {
    let names: Vec<String> = (0..20).map(|number| format!("tenant-{number}")).collect();
    let tenants: Vec<(&str, Value)> = names
        .iter()
        .map(|name| (name.as_str(), tenant(&format!("client-of-{name}"))))
        .collect();
    let bound = 8 << 10;
    let example = Example::start(&tenants, bound);
    thread::scope(|scope| {
        for first in 0..4 {
            let (example, names) = (&example, &names);
            scope.spawn(move || {
                for name in names.iter().cycle().skip(first * 5).take(60) {
                    let own = format!("client-of-{name}");
                    assert_eq!(example.decision(name, &own), "required");
                    assert_eq!(example.decision(name, "another"), "not_required");
                }
            });
        }
    });
    let figures = &example.figures()["tenants"];
    assert!(figures["evictions"].as_u64().unwrap() > 0, "{figures}");
    assert!(figures["weight"].as_u64().unwrap() <= bound, "{figures}");
}

#[test]
fn the_tenants_of_the_example_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    for file in fs::read_dir(example).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let example = Example::start_in(folder, ROOM_ENOUGH);
    assert_eq!(example.decision("acme", "payroll"), "required");
    assert_eq!(example.decision("globex", "payroll"), "denied");
}
