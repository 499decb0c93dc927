//! The pages say what they must, and their examples are what they claim.

use super::Code;
use crate::diagnostic::Severity;
use crate::limits::Limits;
use crate::login::Login;
use crate::manifest;
use crate::rule_set::RuleSet;
use crate::secret::Secret;
use chrono::DateTime;
use serde_json::json;
use std::time::Duration;

/// The text and the fenced block of the section with this heading.
fn section(code: Code, heading: &str) -> (&'static str, &'static str) {
    let page = code.page();
    let (_, section) = page
        .split_once(&format!("\n## {heading}\n\n"))
        .unwrap_or_else(|| panic!("{code} has no section `{heading}`"));
    let section = section.split("\n## ").next().unwrap_or(section);
    let (_, fenced) = section
        .split_once("```")
        .unwrap_or_else(|| panic!("{code}: `{heading}` shows nothing"));
    let (_, fenced) = fenced.split_once('\n').expect("a block has a first line");
    let (block, _) = fenced.split_once("\n```").expect("a block is closed");
    (section, block)
}

#[test]
fn every_page_says_what_the_code_means_shows_it_and_what_to_write_instead() {
    for code in Code::ALL.iter().copied() {
        let page = code.page();
        let rest = page
            .strip_prefix(&format!("# {code}\n\n"))
            .unwrap_or_else(|| panic!("{code} has another title"));
        let (meaning, _) = rest.split_once("\n\n## ").expect("there are sections");
        assert!(meaning.ends_with('.'), "{code}");
        for sentence in meaning.lines() {
            assert!(sentence.ends_with(['.', '?']), "{code}: {sentence}");
            assert!(!sentence.contains(". "), "{code}: {sentence}");
        }
        let (_, example) = section(code, "Example");
        let (_, instead) = section(code, "Write instead");
        assert!(!example.is_empty() && !instead.is_empty(), "{code}");
        assert_ne!(example, instead, "{code}");
        assert!((8..=25).contains(&page.lines().count()), "{code}");
    }
}

#[test]
fn the_manifests_on_the_pages_are_what_they_claim() {
    let codes = [
        Code::ManifestSyntax,
        Code::ManifestKey,
        Code::ManifestValue,
        Code::NoEnabledRule,
        Code::LimitCeiling,
    ];
    for code in codes {
        let problems = |heading| -> Vec<Code> {
            let (_, manifest) = section(code, heading);
            let (_, diagnostics) = manifest::read("ruleset.yaml", manifest, &Limits::HIGHEST);
            diagnostics.iter().map(|problem| problem.code).collect()
        };
        let mut shown = problems("Example");
        shown.dedup();
        assert_eq!(shown, [code]);
        assert_eq!(problems("Write instead"), [], "{code}");
    }
}

#[test]
fn the_facts_on_the_page_are_unused_as_it_claims() {
    let warnings = |heading| -> Vec<Code> {
        let (_, manifest) = section(Code::UnusedFact, heading);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name, text| {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        };
        write("ruleset.yaml", manifest);
        write(
            "risky-logins.rhai",
            "if fact(\"risk_score\") > 70 { require_mfa(\"any\"); }",
        );
        let rule_set = RuleSet::load(folder.path()).unwrap_or_else(|error| panic!("{error}"));
        rule_set
            .warnings()
            .iter()
            .map(|warning| warning.code)
            .collect()
    };
    assert_eq!(warnings("Example"), [Code::UnusedFact]);
    assert_eq!(warnings("Write instead"), []);
}

#[test]
fn the_ceiling_on_its_page_is_the_highest() {
    let Limits {
        operations,
        deadline,
        memory,
        text,
        elements,
        calls,
        trace,
    } = Limits::HIGHEST;
    let thousands = |number: u64| {
        let digits = number.to_string();
        let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
        let groups = groups.into_iter().map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join(",")
    };
    let sentence = format!(
        "No ceiling is above {} operations, {} seconds, {} MiB of memory, {} KiB of text, \
         {} elements, {calls} calls and {} KiB of trace.",
        thousands(operations),
        deadline.as_secs(),
        memory >> 20,
        text >> 10,
        thousands(elements as u64),
        trace >> 10,
    );
    assert!(Code::LimitCeiling.page().contains(&sentence), "{sentence}");
}

#[test]
fn a_code_is_read_from_its_name() {
    for code in Code::ALL {
        assert_eq!(code.as_str().parse(), Ok(*code));
    }
    let unknown = "no-such-code"
        .parse::<Code>()
        .map_err(|error| error.to_string());
    assert_eq!(unknown, Err("no code is named `no-such-code`".to_owned()));
}

/// The errors of a rule, by code.
fn errors(rule: &str) -> Vec<Code> {
    let compiled = RuleSet::builder()
        .rule(("rule", rule))
        .fact("risk_score", "0 to 100, from the fraud service")
        .compile();
    let errors = match compiled {
        Ok(_) => Vec::new(),
        Err(error) => error.into_diagnostics(),
    };
    let errors = errors.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn the_rules_on_the_pages_that_do_not_compile_do_so_for_the_reason_they_show() {
    let codes = [
        Code::Syntax,
        Code::Unsupported,
        Code::UnknownVariable,
        Code::UnknownFunction,
        Code::ArgumentCount,
        Code::ReservedName,
        Code::HostFunctionName,
        Code::LostWrite,
        Code::ReplacedRoot,
        Code::ContextKey,
        Code::ConfigurationWrite,
        Code::ConstantWrite,
        Code::ReturnValue,
        Code::NoStatements,
        Code::NoResult,
        Code::UnknownFact,
        Code::Multifactor,
    ];
    for code in codes {
        let (_, example) = section(code, "Example");
        let mut shown = errors(example);
        shown.dedup();
        assert_eq!(shown, [code], "{example}");
        let (_, instead) = section(code, "Write instead");
        assert_eq!(errors(instead), [], "{code}: {instead}");
    }
}

#[test]
fn the_rules_on_the_pages_that_fail_do_so_for_the_reason_they_show() {
    let many: Vec<String> = (0..9_000).map(|group| format!("group-{group}")).collect();
    let user = json!({
        "user_id": "auth0|1",
        "nickname": "x",
        "blocked": true,
        "app_metadata": { "use_mfa": "yes", "failures": 1 },
        "logins_count": 0,
        "identities": [{}],
        "groups": many,
    });
    let stranger = json!({ "identities": [] });
    let context = json!({ "clientID": "app-1", "request": { "ip": "10.0.0.1" }, "idToken": {} });
    let facts = json!({ "risk_score": 10 });
    let codes = [
        (Code::Thrown, &user),
        (Code::Type, &user),
        (Code::MissingProperty, &stranger),
        (Code::Index, &stranger),
        (Code::Arithmetic, &user),
        (Code::Argument, &user),
        (Code::MissingFact, &user),
        (Code::Operations, &user),
        (Code::Memory, &user),
        (Code::Size, &user),
        (Code::Depth, &user),
        (Code::Outcome, &user),
        (Code::LoginWrite, &user),
        (Code::SecretUse, &user),
    ];
    for (code, user) in codes {
        // Work in bulk counts as operations, so that these are used up first by default.
        let operations = match code {
            Code::Memory => 1_000_000,
            _ => Limits::DEFAULT.operations,
        };
        let failures = |heading| -> Vec<Code> {
            let (_, rule) = section(code, heading);
            let rule_set = RuleSet::builder()
                .rule(("rule", rule))
                .secret("SIGNING_KEY", Secret::new("key".to_owned()))
                .limits(
                    Limits::DEFAULT
                        .with_operations(operations)
                        .with_deadline(Duration::from_secs(10)),
                )
                .compile()
                .unwrap_or_else(|error| panic!("{code}: {error}"));
            let now = DateTime::from_timestamp(0, 0).expect("a time");
            let login = Login::new(now)
                .user(user)
                .context(&context)
                .facts(facts.as_object().expect("an object"));
            let outcome = rule_set.decide(&login);
            outcome.errors().iter().map(|error| error.code).collect()
        };
        let (_, example) = section(code, "Example");
        assert_eq!(failures("Example"), [code], "{example}");
        assert_eq!(failures("Write instead"), [], "{code}");
    }
}
