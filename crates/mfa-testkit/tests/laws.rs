//! Laws that hold for every rule and every login.

#![expect(clippy::panic, reason = "a test reports by panicking")]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "times of tests are near each other"
)]

mod cases;

use cases::cases;
use chrono::{DateTime, TimeDelta, Utc};
use mfa_cli::{LineOptions, Time, decide_lines};
use mfa_rules::{
    AcrValues, Audience, Challenge, ChallengeFacts, Decision, DecisionLog, Grant, Limits, Login,
    Mask, Multifactor, Observe, Outcome, Policy, Prompt, Remember, RememberedBrowser,
    RiskConfidence, RuleSet, TenantPolicy,
};
use mfa_testkit::agree::{Verdict, agree};
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::noise;
use mfa_testkit::plain::plain_rule;
use mfa_testkit::sets::GeneratedSet;
use mfa_testkit::ways::{agree_in_a_set, agree_under_limits};
use mfa_testkit::{fuzz, hostile, reads};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{
    Just, Strategy, any, prop_assert, prop_assert_eq, prop_assume, prop_oneof, proptest,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    #![proptest_config(cases(400))]

    /// A rule does the same, and spends the same, by the shortcuts of its plan and by its tree, also
    /// where a limit is reached.
    #[test]
    fn both_ways_through_a_rule_agree(
        rule in vec(any::<u8>(), 0..300),
        login in vec(any::<u8>(), 0..200),
    ) {
        let rule = GeneratedRule::from_bytes(&rule);
        let login = GeneratedLogin::from_bytes(&login);
        if let Err(difference) = agree_under_limits(&rule.source, &login) {
            prop_assert!(false, "{}\n{difference}", rule.source);
        }
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    /// The same for the rules that policies mostly consist of, about several logins.
    #[test]
    fn both_ways_through_a_plain_rule_agree(
        rule in vec(any::<u8>(), 0..120),
        logins in vec(vec(any::<u8>(), 0..200), 1..4),
    ) {
        let rule = plain_rule(&rule);
        for login in logins {
            let login = GeneratedLogin::from_bytes(&login);
            if let Err(difference) = agree_under_limits(&rule, &login) {
                prop_assert!(false, "{rule}\n{difference}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// The same for sets of rules, which meet what earlier ones asked for and changed; and an index
    /// of the rules changes nothing in what is decided.
    #[test]
    fn both_ways_through_a_rule_set_agree(
        rules in vec(any::<u8>(), 0..1200),
        logins in vec(vec(any::<u8>(), 0..250), 1..4),
        operations in 1_u64..250,
        memory in 1_usize..4000,
    ) {
        let set = GeneratedSet::from_bytes(&rules);
        let limits = Limits::DEFAULT;
        for limits in [limits, limits.with_operations(operations), limits.with_memory(memory)] {
            let Ok(rules) = set.compile(limits) else {
                continue;
            };
            for login in &logins {
                let login = GeneratedLogin::from_bytes(login);
                if let Err(difference) = agree_in_a_set(&rules, &login) {
                    prop_assert!(false, "{set}\n{difference}");
                }
            }
        }
    }
}

/// Most generated sets have several rules, so that the law above is about something.
#[test]
fn most_generated_sets_have_several_rules() {
    let sets = (0..200).map(|seed| GeneratedSet::from_bytes(&noise(seed, 700)));
    let several = sets.filter(|set| set.len() > 2 && set.compile(Limits::DEFAULT).is_ok());
    let several = several.count();
    assert!(several > 140, "{several}");
}

/// Most plain rules are rules, so that the law above is about something.
#[test]
fn most_plain_rules_compile() {
    let compiles = |seed| RuleSet::from_source("plain", plain_rule(&noise(seed, 100))).is_ok();
    let rules = (0..500).filter(|seed| compiles(*seed)).count();
    assert!(rules > 400, "{rules}");
}

/// The time of a challenge, and what else is known of the login.
fn facts() -> impl Strategy<Value = ChallengeFacts> {
    let grant = prop_oneof![
        Just(Grant::Interactive),
        Just(Grant::Password),
        Just(Grant::RefreshToken),
        Just(Grant::Other),
    ];
    let policy = prop_oneof![
        Just(TenantPolicy::Never),
        Just(TenantPolicy::Adaptive(RiskConfidence::Low)),
        Just(TenantPolicy::Adaptive(RiskConfidence::High)),
        Just(TenantPolicy::Always),
    ];
    let audience = prop_oneof![Just(Audience::Mfa), Just(Audience::Other)];
    let acr_values = prop_oneof![Just(AcrValues::MultiFactor), Just(AcrValues::Other)];
    let prompt = prop_oneof![Just(Prompt::None), Just(Prompt::Allowed)];
    let hours = || -24_i64..24 * 32;
    let browser = option::of((hours(), hours()));
    let facts = (grant, policy, audience, acr_values, prompt, browser);
    facts.prop_map(|(grant, policy, audience, acr_values, prompt, browser)| {
        let facts = ChallengeFacts::new(grant, challenged_at())
            .policy(policy)
            .audience(audience)
            .acr_values(acr_values)
            .prompt(prompt);
        let ago = |hours| challenged_at() - TimeDelta::hours(hours);
        match browser {
            Some((granted, used)) => facts.remembered(RememberedBrowser {
                granted_at: ago(granted),
                last_used_at: ago(used),
            }),
            None => facts,
        }
    })
}

fn challenged_at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

proptest! {
    #![proptest_config(cases(300))]

    /// What the rules ask for is challenged whatever else is known of the login, unless they allow
    /// that a browser is remembered; and who is denied stays denied.
    #[test]
    fn what_is_required_is_challenged(
        rule in vec(any::<u8>(), 0..500),
        of_login in vec(any::<u8>(), 0..200),
        facts in vec(facts(), 8),
    ) {
        let source = GeneratedRule::from_bytes(&rule).source;
        let generated = GeneratedLogin::from_bytes(&of_login);
        if let Ok(rules) = RuleSet::from_source("generated", source.as_str()) {
            let outcome = rules.decide(&login(&generated));
            let remember = outcome.multifactor().map(Multifactor::remember_browser);
            for facts in facts {
                match (outcome.decision(), outcome.challenge(&facts)) {
                    (Decision::Denied, challenge) => {
                        prop_assert!(matches!(challenge, Challenge::Denied(_)), "{source}");
                    }
                    (_, Challenge::Denied(_)) => prop_assert!(false, "{source}"),
                    (Decision::Required, Challenge::NotNeeded) => {
                        prop_assert_eq!(remember, Some(Remember::Browser), "{}", source);
                    }
                    _ => {}
                }
            }
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

    /// From the record of a decision, `mfa decide --logins` comes to the same outcome.
    #[test]
    fn a_record_decides_again_the_same(
        rule in vec(any::<u8>(), 0..500),
        of_login in vec(any::<u8>(), 0..200),
        nanoseconds in 0_i64..2_000_000_000,
    ) {
        let source = GeneratedRule::from_bytes(&rule).source;
        let mut generated = GeneratedLogin::from_bytes(&of_login);
        let later = generated.now.checked_add_signed(TimeDelta::nanoseconds(nanoseconds));
        generated.now = later.unwrap_or(generated.now);
        if let Ok(rules) = RuleSet::from_source("generated", source.as_str()) {
            let rules = Arc::new(rules);
            let (first, record) = decide_and_record(&rules, &login(&generated), Mask::default());
            let again = decide_again(&rules, &record);
            prop_assert_eq!(first, again, "{}\n{}", source, record);
            let record: Json = serde_json::from_str(&record)?;
            let mut asked_for = generated.facts.clone();
            asked_for.retain(|name, _| rules.facts().iter().any(|fact| fact.name == *name));
            prop_assert_eq!(&record["facts"], &Json::Object(asked_for));
        }
    }

    /// A masked value is nowhere in a record, whatever the rules make of it.
    #[test]
    fn a_masked_value_is_nowhere_in_a_record(
        rule in vec(any::<u8>(), 0..500),
        of_login in vec(any::<u8>(), 0..200),
    ) {
        const VALUE: &str = "7bbd1c";
        let (mut generated, mut pointers) = (GeneratedLogin::from_bytes(&of_login), Vec::new());
        for (root, json) in [("user", &mut generated.user), ("context", &mut generated.context)] {
            if let Json::Object(members) = json {
                for (name, member) in members.iter_mut().filter(|(name, _)| *name != "multifactor") {
                    put(VALUE, member);
                    let name = name.replace('~', "~0").replace('/', "~1");
                    pointers.push(format!("/{root}/{name}"));
                }
            }
        }
        let mask = Mask::new(&pointers).map(Mask::and_messages);
        let mask = mask.unwrap_or_else(|error| panic!("{error}"));
        let generated_rule = GeneratedRule::from_bytes(&rule).source;
        for source in QUOTING.into_iter().chain([generated_rule.as_str()]) {
            if let Ok(rules) = RuleSet::from_source("generated", source) {
                let (_, record) = decide_and_record(&Arc::new(rules), &login(&generated), mask.clone());
                prop_assert!(!record.contains(VALUE), "{source}\n{record}");
            }
        }
    }

    /// What no rule can look at, by the read set, decides nothing: whether it is left out or another.
    #[test]
    fn a_login_cut_down_to_the_read_set_has_the_same_outcome(
        rules in vec(any::<u8>(), 0..700),
        of_login in vec(any::<u8>(), 0..200),
        noise in vec(any::<u8>(), 0..100),
    ) {
        if let Err(unsound) = reads::cut_down(&rules, &of_login, &noise) {
            prop_assert!(false, "{unsound}");
        }
    }

    /// Any bytes at all leave the engine standing.
    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..600)) {
        fuzz::rule_source(&bytes);
    }

    /// Any text is a case file or is refused, also one that nearly is one.
    #[test]
    fn any_text_is_a_case_file_or_is_refused(
        bytes in vec(prop_oneof![4 => 0_u8..21, 1 => any::<u8>()], 0..60),
    ) {
        fuzz::case_files(&bytes);
    }
}

/// Rules that put what they see wherever they can.
const QUOTING: [&str; 3] = [
    r#"context.multifactor = #{ provider: "duo", username: `${user}`, host: `${context}` };
       context.idToken = #{ user: user };"#,
    "deny(`${user} ${context}`);",
    "ip_in_range(\"192.0.2.1\", `${user} ${context}`);",
];

/// Puts a text into all texts of a value, and in the place of all that is no text.
fn put(text: &str, json: &mut Json) {
    match json {
        Json::String(old) => old.push_str(text),
        Json::Array(items) => items.iter_mut().for_each(|item| put(text, item)),
        Json::Object(members) => members.values_mut().for_each(|member| put(text, member)),
        other => *other = Json::from(text),
    }
}

/// The outcome, and the line in the decision log.
fn decide_and_record(rules: &Arc<RuleSet>, login: &Login<'_>, mask: Mask) -> (Json, String) {
    let log = Arc::new(DecisionLog::new(Vec::new()).with_mask(mask));
    let policy = Policy::new(Arc::clone(rules)).with_observer(log.clone());
    let outcome = as_json(&policy.decide(login));
    drop(policy);
    let written = Arc::into_inner(log).map(DecisionLog::into_inner);
    let line = String::from_utf8(written.unwrap_or_default());
    (outcome, line.unwrap_or_else(|error| panic!("{error}")))
}

/// The outcome of the line.
fn decide_again(rules: &RuleSet, line: &str) -> Json {
    let options = LineOptions {
        time: Time::Otherwise(chrono::DateTime::UNIX_EPOCH),
        configuration: serde_json::Map::new(),
        observe: Observe::decision(),
    };
    let mut outcome = Vec::new();
    let read = decide_lines(rules, line.as_bytes(), &mut outcome, &options, |_| {});
    let summary = read.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((summary.lines, summary.masked), (1, 0));
    let mut outcome: Json =
        serde_json::from_slice(&outcome).unwrap_or_else(|error| panic!("{error}"));
    if let Json::Object(members) = &mut outcome {
        // What the command adds for a login that cannot be read.
        members.remove("input_error");
    }
    outcome
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
