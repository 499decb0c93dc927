//! Laws that hold for every rule and every login.

#![expect(clippy::panic, reason = "a test reports by panicking")]

use mfa_rules::{Decision, Login, Observe, Outcome, RuleSet};
use mfa_testkit::agree::{Verdict, agree};
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::noise;
use mfa_testkit::{fuzz, hostile};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_assume, proptest};
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How often each law is tried, each time on the same rules and logins. With `MFA_CASES` it is so
/// many times as often, and on others each time.
fn cases(normally: u32) -> ProptestConfig {
    let factor = std::env::var("MFA_CASES").ok();
    let factor: Option<u32> = factor.and_then(|factor| factor.parse().ok());
    let rng_seed = match factor {
        Some(_) => RngSeed::Random,
        None => RngSeed::Fixed(1),
    };
    let factor = factor.unwrap_or(1);
    ProptestConfig {
        cases: normally.saturating_mul(factor),
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 4000,
        max_global_rejects: u32::MAX,
        rng_seed,
        ..ProptestConfig::default()
    }
}

fn login(generated: &GeneratedLogin) -> Login<'_> {
    generated.login()
}

fn as_json(outcome: &Outcome<'_>) -> Json {
    serde_json::to_value(outcome).unwrap_or_else(|error| panic!("{error}"))
}

proptest! {
    #![proptest_config(cases(2000))]

    /// A rule does on the engine what it does on Rhai's own evaluator.
    #[test]
    fn engine_and_oracle_agree(
        rule in vec(any::<u8>(), 0..700),
        login in vec(any::<u8>(), 0..200),
    ) {
        let rule = GeneratedRule::from_bytes(&rule);
        let login = GeneratedLogin::from_bytes(&login);
        if let Err(disagreement) = agree(&rule, &login) {
            prop_assert!(false, "{disagreement}");
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// Nothing that goes wrong decides that no second factor is needed.
    #[test]
    fn no_error_comes_with_not_required(
        rule in vec(any::<u8>(), 0..500),
        of_login in vec(any::<u8>(), 0..200),
    ) {
        let generated = GeneratedLogin::from_bytes(&of_login);
        for source in [GeneratedRule::from_bytes(&rule).source, hostile::text(&rule)] {
            if let Ok(rules) = RuleSet::from_source("generated", source.as_str()) {
                let outcome = rules.decide(&login(&generated));
                prop_assert!(
                    outcome.errors().is_empty() || outcome.decision() != Decision::NotRequired,
                    "{source}"
                );
            }
        }
    }

    /// The same rule and the same login always give the same outcome.
    #[test]
    fn equal_logins_have_equal_outcomes(
        rule in vec(any::<u8>(), 0..500),
        of_login in vec(any::<u8>(), 0..200),
    ) {
        let source = GeneratedRule::from_bytes(&rule).source;
        let generated = GeneratedLogin::from_bytes(&of_login);
        let again = GeneratedLogin::from_bytes(&of_login);
        let observe = Observe::decision().and_full().and_trace();
        if let Ok(rules) = RuleSet::from_source("generated", source.as_str()) {
            let first = as_json(&rules.decide_observed(&login(&generated), observe));
            let second = as_json(&rules.decide_observed(&login(&again), observe));
            prop_assert_eq!(&first, &second);
            // What is observed changes nothing.
            let decided = rules.decide(&login(&generated));
            prop_assert_eq!(&first["decision"], &as_json(&decided)["decision"]);
            prop_assert_eq!(&first["errors"], &as_json(&decided)["errors"]);
        }
    }

    /// A member of the login that the rule does not mention changes nothing in its outcome.
    #[test]
    fn an_unrelated_member_changes_nothing(
        rule in vec(any::<u8>(), 0..500),
        of_login in vec(any::<u8>(), 0..200),
    ) {
        let source = GeneratedRule::from_bytes(&rule).source;
        // A rule that looks at the whole of `user` or `context` looks at the member too.
        prop_assume!(!uses_a_root_as_a_whole(&source));
        let plain = GeneratedLogin::from_bytes(&of_login);
        let mut more = plain.clone();
        for root in [&mut more.user, &mut more.context] {
            if let Json::Object(members) = root {
                members.insert("unrelated".to_owned(), json!({ "a": [1, "x", null] }));
            }
        }
        if let Ok(rules) = RuleSet::from_source("generated", source.as_str()) {
            let first = as_json(&rules.decide(&login(&plain)));
            let second = as_json(&rules.decide(&login(&more)));
            prop_assert_eq!(first, second, "{}", source);
        }
    }

    /// Any bytes at all leave the engine standing.
    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..600)) {
        fuzz::rule_source(&bytes);
    }
}

/// The comparison means something: most rules are compared, and most do something.
#[test]
fn most_generated_rules_are_compared_and_have_an_effect() {
    let mut compared = 0_u32;
    let mut effects = 0_u32;
    let mut ran = 0_u32;
    let (mut asking, mut missing) = (0_u32, 0_u32);
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    let total = 400;
    for seed in 0..total {
        let rule = GeneratedRule::from_bytes(&noise(u64::from(seed), 500));
        let login = GeneratedLogin::from_bytes(&noise(u64::from(seed) + 1_000_000, 200));
        match agree(&rule, &login) {
            Ok(Verdict::Agreed { effect, ended }) => {
                ran += u32::from(ended == "ran");
                asking += u32::from(rule.source.contains("fact("));
                missing += u32::from(ended == "missing-fact");
                compared += 1;
                effects += u32::from(effect);
            }
            Ok(Verdict::NotComparable(reason)) => *reasons.entry(reason).or_default() += 1,
            Err(disagreement) => panic!("{disagreement}"),
        }
    }
    assert!(
        compared * 100 >= total * 80,
        "{compared} compared; {reasons:?}"
    );
    assert!(effects * 100 >= total * 60, "{effects} with an effect");
    assert!(ran * 100 >= total * 40, "{ran} ran to their end");
    assert!(asking * 100 >= total * 30, "{asking} ask for a fact");
    assert!(missing > 0, "no rule misses a fact");
}

/// Whether `user` or `context` stands somewhere without a member behind it.
fn uses_a_root_as_a_whole(source: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    ["user", "context"].iter().any(|root| {
        source.match_indices(root).any(|(at, _)| {
            let (before, rest) = source.split_at(at);
            let after = rest.trim_start_matches(root);
            let is_name = before.ends_with(|last| is_word(last) || last == '.' || last == '"')
                || after.starts_with(is_word);
            let is_method = ["keys(", "values(", "len(", "contains("]
                .iter()
                .any(|method| after.trim_start_matches(['?', '.']).starts_with(method));
            !is_name && (is_method || !after.starts_with(['.', '[', '?']))
        })
    })
}
