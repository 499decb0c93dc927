//! Rules in Rust beside scripts: what they see and say, and how a rule set has them.
#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic"
)]

mod native_rule;

use mfa_rules::{
    AppliesTo, Decision, DenialError, Loader, Login, Observe, OnError, Provider, ReadPart, ReadSet,
    Remember, RuleFailure, RuleLogin, RuleSet, RuleSource, RuleStatus, Secret, Setting,
};
use native_rule::{
    Native, Run, asking, compiled, decided, native, now, reading, script, silence, user,
};
use serde_json::json;
use std::fs;
use std::sync::Arc;

fn skip(login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
    login.skip()
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
    assert_eq!(multifactor.host().map(Setting::expose), Some("api.example"));
    assert_eq!(multifactor.skey().map(Setting::expose), Some("s3cret"));
    let decided_by = outcome.decided_by().unwrap();
    assert_eq!((decided_by.rule, decided_by.position), ("native", None));
    assert!(!serde_json::to_string(&outcome).unwrap().contains("s3cret"));

    let skips = Native {
        name: "skips",
        ..native(skip)
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
        RuleSource::native(native(skip)),
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

/// What rules declare is enough for them: a login that is cut down to it is decided the same.
#[test]
fn a_login_of_which_only_the_read_set_was_loaded_is_decided_the_same() {
    let reads = || {
        ReadSet::nothing()
            .and_user(&["app_metadata", "use_mfa"], ReadPart::Shape)
            .and_user(&["identities"], ReadPart::Shape)
            .and_context(&["idToken"], ReadPart::Shape)
            .and_context(&["redirect"], ReadPart::Whole)
    };
    let runs: [Run; 8] = [
        |login| login.user(&["app_metadata", "use_mfa"]).map(drop),
        |login| login.user(&["app_metadata", "devices"]).map(drop),
        |login| login.user(&["app_metadata"]).map(drop),
        |login| login.user(&["identities"]).map(drop),
        |login| login.set_user(&["identities"], json!([])),
        |login| login.set_user(&["app_metadata", "use_mfa"], json!(true)),
        |login| login.set_context(&["idToken"], json!({})),
        |login| login.set_context(&["redirect"], json!({ "url": "https://acme.example" })),
    ];
    let context = json!({
        "idToken": { "level": 1 },
        "redirect": { "url": "https://acme.example" },
        "multifactor": { "provider": "any" },
    });
    for identities in [json!(null), json!([{ "provider": "x" }]), json!({ "x": 1 })] {
        let mut user = user();
        user["identities"] = identities;
        for (index, run) in runs.into_iter().enumerate() {
            let rules = compiled([RuleSource::native(reading(reads(), run))]);
            let reads = rules.read_set();
            let (cut_user, cut_context) = (
                reads.user().project(&user),
                reads.context().project(&context),
            );
            let decide = |user, context| {
                let outcome = rules.decide(&Login::new(now()).user(user).context(context));
                serde_json::to_value(&outcome).unwrap()
            };
            let cut = decide(&cut_user, &cut_context);
            assert_eq!(cut, decide(&user, &context), "run {index} on {user}");
        }
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
            facts: &[],
            run: |_| Ok(()),
        })
    };
    let asks = |name, facts| {
        let rule = Native {
            name,
            ..asking(facts, |_| Ok(()))
        };
        RuleSource::native(rule)
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
        revision(vec![asks("a", &["x"])]),
        revision(vec![asks("a", &["x", "y"])]),
        revision(vec![asks("a", &["xy"])]),
        revision(vec![asks("b", &["x"])]),
        revision(vec![asks("a", &["x"]), asks("b", &[])]),
        revision(vec![asks("a", &[]), asks("b", &["x"])]),
    ];
    let count = revisions.len();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), count);
    assert_eq!(
        revision(vec![asks("a", &["y", "x", "y"])]),
        revision(vec![asks("a", &["x", "y"])])
    );
}

#[test]
fn a_native_rule_gets_the_facts_as_they_came() {
    let rules = compiled([RuleSource::native(asking(&["risk", "device"], |login| {
        assert!(login.fact("device")?.is_null());
        assert_eq!(login.fact("risk")?, &json!({ "score": 82 }));
        login.require(Provider::Any, Remember::Never)
    }))]);
    let facts = json!({ "risk": { "score": 82 }, "device": null, "other": 1 });
    let login = Login::new(now()).facts(facts.as_object().unwrap());
    let outcome = rules.decide_observed(&login, Observe::decision().and_trace());
    assert_eq!(outcome.errors(), []);
    assert_eq!(outcome.decision(), Decision::Required);
    assert_eq!(
        serde_json::to_value(&outcome.traces().unwrap()[0].reads).unwrap(),
        json!([
            { "path": "fact(\"device\")", "value": null, "line": 0 },
            { "path": "fact(\"risk\")", "value": "map of 1", "line": 0 },
        ])
    );
}

#[test]
fn what_a_native_rule_asks_for_is_needed_and_must_be_declared() {
    let risky = || RuleSource::native(asking(&["velocity", "risk", "risk"], |_| Ok(())));
    let set = || {
        RuleSet::builder()
            .rule(risky().applies_to(AppliesTo::default().clients(["app-1"])))
            .rule(("script", "print(fact(\"risk\"));"))
            .rule(
                RuleSource::native(Native {
                    name: "off",
                    ..asking(&["off"], |_| Ok(()))
                })
                .disabled(),
            )
    };
    let rules = set().compile().unwrap();
    let needed = rules.facts().iter();
    let needed: Vec<_> = needed
        .map(|fact| (&*fact.name, fact.rules.join(" ")))
        .collect();
    assert_eq!(
        needed,
        [
            ("risk", "native script".to_owned()),
            ("velocity", "native".to_owned())
        ]
    );
    for (client, names) in [("app-1", &["risk", "velocity"][..]), ("app-2", &["risk"])] {
        let context = json!({ "clientID": client });
        let needed = rules.facts_for_context(&context);
        let needed: Vec<_> = needed.iter().map(|fact| &*fact.name).collect();
        assert_eq!(needed, names);
    }
    let error = set()
        .fact("risk", "0 to 100")
        .fact("offs", "a boolean")
        .compile();
    assert_eq!(
        error.expect_err("it is refused").to_string(),
        "\
error[unknown-fact]: the rule set declares no fact `velocity`
 --> native
help: add it to the `facts` of the rule set, with what it is

error[unknown-fact]: the rule set declares no fact `off`
 --> off
help: did you mean `offs`?"
    );
    let manifest =
        "version: 1\nrules: [{ native: native }, { file: a.rhai }]\nfacts: { risk: 0 to 100 }\n";
    let loader = Loader::new().native_rule(Arc::new(asking(&["risk"], |_| Ok(()))));
    let rules = load(manifest, &loader).unwrap();
    assert_eq!(rules.facts()[0].description.as_deref(), Some("0 to 100"));
    assert_eq!(rules.warnings(), []);
    let loader = Loader::new().native_rule(Arc::new(asking(&["rusk"], |_| Ok(()))));
    assert_eq!(
        load(manifest, &loader).expect_err("it is refused"),
        "error[unknown-fact]: the rule set declares no fact `rusk`\n --> native\n\
         help: did you mean `risk`?"
    );
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
