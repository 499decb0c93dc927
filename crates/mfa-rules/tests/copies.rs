//! A write to a copy of the login is lost, whatever way the copy took: the rule does not compile,
//! or it fails when it runs and cannot catch that.
#![cfg(test)]

use mfa_rules::{Code, Decision, Login, RuleSet};
use serde_json::json;

/// Writes to a copy of `context` or `user`, of a part of them, or of a fact. Functions stand before `//`.
const COPIES: &[&str] = &[
    "for c in [context] { c[k] = 1; }",
    "let c = [context]; c[0][k] = 1;",
    "let c = [context][0]; c[k] = 1;",
    "let c = #{ x: context }; c.x[k] = 1;",
    "let put = |x, k| { x[k] = 1; }; put.call(context, k);",
    "[context].map(|c| { c[k] = 1; });",
    "[context].map(|c| { c += #{ a: 1 }; });",
    "[context].map(|c| { c.set(k, 1); });",
    "[context].map(|c| { c.remove(k); });",
    "fn put(x, k) { x[k] = 1; } fn twice(x, k) { put(x, k); } // twice(context, k);",
    "fn inner(c, k) { c[k] = 1; } fn outer(context, k) { inner(context, k); } // outer(context, k);",
    "fn id(x) { x } // let c = id(context); c[k] = 1;",
    "let f = || context; let c = f.call(); c[k] = 1;",
    "let c = context.get(\"request\"); c[k] = 1;",
    "let c = [context].find(|c| true); c[k] = 1;",
    "let list = [context]; let c = list.pop(); c[k] = 1;",
    "let c = { let d = context; d }; c[k] = 1;",
    "let c = loop { break context; }; c[k] = 1;",
    "let c = (); let f = || { c = context; }; f.call(); c[k] = 1;",
    "let c = context; c += #{ multifactor: #{ provider: \"any\" } };",
    "fn ask(c) { c += #{ multifactor: #{ provider: \"any\" } }; } // ask(context);",
    "fn ask(c, m) { c.mixin(m); } // let m = #{ multifactor: #{ provider: \"any\" } }; ask(context, m);",
    "let c = context.request; c[k] = 1;",
    "let c = user.identities[0]; c[k] = 1;",
    "let c = user.identities.filter(|i| true)[0]; c[k] = 1;",
    "let c = fact(\"device\"); c[k] = 1;",
    "let c = fact(\"device\") ?? #{}; c[k] = 1;",
    "let c = fact(\"device\").owner; c[k] = 1;",
    "let c = [fact(\"device\")][0]; c[k] = 1;",
    "for c in [fact(\"device\")] { c[k] = 1; }",
    "fn put(x, k) { x[k] = 1; } // put(fact(\"device\"), k);",
    "let c = fact(\"device\"); c += #{ multifactor: #{ provider: \"any\" } };",
    "let c = fact(\"device\"); let f = || c; let d = f.call(); d[k] = 1;",
];

fn ends_closed(source: &str, context: &serde_json::Value) {
    let rules = match RuleSet::from_source("rule", source) {
        Ok(rules) => rules,
        Err(refused) => {
            let codes = refused.diagnostics().iter().map(|problem| problem.code);
            assert!(codes.eq([Code::LostWrite]), "{source}\n{refused}");
            return;
        }
    };
    let user = json!({ "identities": [{ "provider": "auth0" }] });
    let facts = json!({ "device": { "known": true, "owner": { "id": 1 } } });
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap())
        .user(&user)
        .context(context)
        .facts(facts.as_object().unwrap());
    let outcome = rules.decide(&login);
    assert_eq!(outcome.decision(), Decision::Denied, "{source}");
    let codes: Vec<&str> = outcome
        .errors()
        .iter()
        .map(|error| error.code.as_str())
        .collect();
    assert_eq!(codes, ["lost-write"], "{source}");
}

#[test]
fn a_write_to_a_copy_never_passes_unnoticed() {
    let context = json!({ "clientID": "app-1", "request": { "ip": "203.0.113.7" } });
    for copy in COPIES {
        let (functions, statements) = copy.split_once(" // ").unwrap_or(("", copy));
        for statements in [
            statements.to_owned(),
            format!("try {{ {statements} }} catch {{ }}"),
        ] {
            let key = "let k = \"multi\" + \"factor\";";
            ends_closed(&format!("{functions} {key} {statements}"), &context);
        }
    }
}

#[test]
fn a_login_without_a_context_is_no_exception() {
    let source = "for c in [context] { c[\"a\" + \"b\"] = 1; }";
    ends_closed(source, &json!(null));
}

#[test]
fn what_a_rule_made_itself_may_be_written() {
    for source in [
        "let m = #{}; m += user.identities[0]; m.seen = true; user.last = m;",
        "let m = user.identities[0] + #{ a: 1 }; m.seen = true; user.last = m;",
        "let groups = user.identities; groups.push(1); user.count = groups.len();",
        "let name = user.identities[0].provider; name.trim(); user.name = name;",
    ] {
        let rules = RuleSet::from_source("rule", source).unwrap();
        let user = json!({ "identities": [{ "provider": " auth0 " }] });
        let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap()).user(&user);
        let outcome = rules.decide(&login);
        assert!(
            outcome.errors().is_empty(),
            "{source}: {:?}",
            outcome.errors()
        );
        assert_eq!(outcome.changes().len(), 1, "{source}");
    }
}

/// As in Rhai, where no other operator than `+=` with a map changes one.
#[test]
fn an_operator_that_changes_no_map_is_no_write_to_a_copy() {
    let user = json!({ "a": { "b": 1 } });
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap()).user(&user);
    for (source, code) in [
        ("let m = [user.a][0]; m -= 1;", Some(Code::Type)),
        ("let m = [user.a][0]; m %= m;", Some(Code::Type)),
        ("let m = [user.a][0]; m += 1;", Some(Code::Type)),
        ("let m = [user.a][0]; try { m -= 1; } catch {}", None),
        ("let m = [user.a][0]; m += \"!\"; print(m);", None),
        (
            "let m = [user.a][0]; m += #{ c: 1 };",
            Some(Code::LostWrite),
        ),
        (
            "let m = [user.a][0]; try { m += m; } catch {}",
            Some(Code::LostWrite),
        ),
    ] {
        let rules = RuleSet::from_source("rule", source).unwrap();
        let outcome = rules.decide(&login);
        let found = outcome.errors().first().map(|error| error.code);
        assert_eq!(found, code, "{source}: {:?}", outcome.errors());
    }
}
