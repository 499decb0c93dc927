//! The law of the lines that `mfa decide --logins` reads.

mod cases;

use cases::cases;
use mfa_rules::RuleSet;
use mfa_testkit::entrances::{LoginTexts, without_deadline};
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::lines::{line, members_that_do_not_count_change_nothing, with_damage};
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::noise;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use serde_json::Value as Json;

/// A rule that shows the user and the configuration in its changes.
const SHOWING: &str = "context.idToken = #{ user: user, ranges: configuration.RANGES };";

/// The rule that bytes stand for, when it compiles, and one that shows the login.
fn rule_sets(rule: &[u8]) -> Vec<RuleSet> {
    let generated = GeneratedRule::from_bytes(rule).source;
    let sources = [&generated, SHOWING];
    sources.into_iter().filter_map(without_deadline).collect()
}

proptest! {
    #![proptest_config(cases(300))]

    /// Whether the members of a line are taken apart or read into values, the outcome is the same.
    #[test]
    fn members_taken_apart_decide_as_values(
        rule in vec(any::<u8>(), 0..400),
        login in vec(any::<u8>(), 0..200),
        choices in vec(any::<u8>(), 0..600),
        damage in vec(any::<u8>(), 1..40),
    ) {
        let rule_sets = rule_sets(&rule);
        let texts = LoginTexts::of(&GeneratedLogin::from_bytes(&login), &choices);
        let plain = line(&texts);
        for line in [
            &plain,
            &line(&texts.damaged(&damage)),
            &with_damage(&plain, &damage),
        ] {
            for rules in &rule_sets {
                let checked = members_that_do_not_count_change_nothing(rules, line);
                prop_assert_eq!(checked, Ok(()));
            }
        }
    }
}

/// The law means something: damage makes some lines unreadable, and others not.
#[test]
fn damage_makes_some_lines_unreadable() {
    let is_json = |line: &[u8]| serde_json::from_slice::<Json>(line).is_ok();
    let mut whole = 0;
    let mut refused = 0;
    for seed in 0..400 {
        let login = GeneratedLogin::from_bytes(&noise(seed, 200));
        let line = line(&LoginTexts::of(&login, &noise(seed + 1_000_000, 600)));
        whole += u32::from(is_json(&line));
        refused += u32::from(!is_json(&with_damage(&line, &noise(seed + 2_000_000, 40))));
    }
    assert!((100..380).contains(&refused), "{refused} refused");
    assert!(whole > 300, "{whole} of 400 were JSON before the damage");
}
