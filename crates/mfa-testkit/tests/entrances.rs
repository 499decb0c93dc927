//! Laws of the entrances: whatever form a login has, its outcome is the same.
//!
//! They hold whatever features `serde_json` was built with: `.ci/run` tries them also with those that
//! change what it hands over.

mod cases;

use cases::cases;
use mfa_rules::RuleSet;
use mfa_testkit::entrances::{
    LoginTexts, texts_decide_as_values, typed_values_decide_as_values,
    what_is_read_is_what_is_asked_for, without_deadline,
};
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::{fuzz, noise};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};

/// A rule that shows all of the login, in its trace and in its changes.
const SHOWING: &str = r#"
print(`${user} ${context} ${configuration}`);
let facts = [];
try { facts.push(fact("device")); } catch {}
try { facts.push(fact("velocity")); } catch {}
try { facts.push(fact("attempts")); } catch {}
print(facts);
context.idToken = #{ user: user, request: context?.request, ranges: configuration.RANGES, facts: facts };
if truthy(user?.app_metadata?.use_mfa) { require_mfa("duo"); }
"#;

/// The rule that bytes stand for, when it compiles, and one that shows all of the login.
fn rule_sets(rule: &[u8]) -> Vec<(String, RuleSet)> {
    let generated = GeneratedRule::from_bytes(rule).source;
    [generated, SHOWING.to_owned()]
        .into_iter()
        .filter_map(|source| {
            let rules = without_deadline(&source)?;
            Some((source, rules))
        })
        .collect()
}

proptest! {
    #![proptest_config(cases(300))]

    /// A login has the same outcome as values, as texts and as typed values.
    #[test]
    fn every_entrance_gives_the_same_outcome(
        rule in vec(any::<u8>(), 0..500),
        login in vec(any::<u8>(), 0..200),
        choices in vec(any::<u8>(), 0..900),
        seed in any::<u64>(),
    ) {
        let login = GeneratedLogin::from_bytes(&login);
        let texts = LoginTexts::of(&login, &choices);
        for (source, rules) in rule_sets(&rule) {
            let decided = texts_decide_as_values(&rules, &texts);
            prop_assert_eq!(decided, Ok(()), "{}", source);
            let decided = typed_values_decide_as_values(&rules, &login, seed);
            prop_assert_eq!(decided, Ok(()), "{}", source);
        }
    }

    /// A text with damage is read or refused as `serde_json` does it, and what is read of it gives
    /// the same outcome.
    #[test]
    fn damaged_texts_are_read_as_serde_json_reads_them(
        rule in vec(any::<u8>(), 0..300),
        login in vec(any::<u8>(), 0..200),
        choices in vec(any::<u8>(), 0..600),
        damage in vec(any::<u8>(), 1..40),
    ) {
        let login = GeneratedLogin::from_bytes(&login);
        let texts = LoginTexts::of(&login, &choices).damaged(&damage);
        for (source, rules) in rule_sets(&rule) {
            let decided = texts_decide_as_values(&rules, &texts);
            prop_assert_eq!(decided, Ok(()), "{}", source);
        }
    }

    /// What is read of a text or a typed value is its projection, and a text is refused for what is
    /// wrong where nobody looks.
    #[test]
    fn what_is_read_is_the_projection(
        login in vec(any::<u8>(), 0..200),
        choices in vec(any::<u8>(), 0..600),
        damage in vec(any::<u8>(), 1..40),
        paths in vec(any::<u8>(), 0..120),
    ) {
        let login = GeneratedLogin::from_bytes(&login);
        let texts = LoginTexts::of(&login, &choices);
        let damaged = texts.clone().damaged(&damage);
        for text in [&texts.user, &texts.context, &damaged.user, &damaged.context] {
            prop_assert_eq!(what_is_read_is_what_is_asked_for(text, &paths), Ok(()));
        }
    }

    /// Any bytes at all are read as `serde_json` reads them.
    #[test]
    fn any_bytes_are_read_as_serde_json_reads_them(bytes in vec(any::<u8>(), 0..900)) {
        fuzz::entrances(&bytes);
        fuzz::json_text(&bytes);
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    /// Texts in any spelling are read as `serde_json` reads them.
    #[test]
    fn any_spelling_is_read_as_serde_json_reads_it(
        kind in 1_u8..4,
        bytes in vec(any::<u8>(), 1..700),
    ) {
        fuzz::json_text(&[&[kind], &*bytes].concat());
    }
}

/// The laws mean something: damage is refused often, and often it is not.
#[test]
fn damage_is_refused_and_is_not() {
    let mut refused = 0;
    let mut whole = 0;
    for seed in 0..400 {
        let login = GeneratedLogin::from_bytes(&noise(seed, 200));
        let texts = LoginTexts::of(&login, &noise(seed + 1_000_000, 600));
        whole += u32::from(texts.are_json());
        let damaged = texts.damaged(&noise(seed + 2_000_000, 40));
        refused += u32::from(!damaged.are_json());
    }
    assert!((100..380).contains(&refused), "{refused} refused");
    // With `arbitrary_precision` the key of a member that no rule looks at can make it a bad number.
    assert!(whole > 200, "{whole} of 400 were JSON before the damage");
}
