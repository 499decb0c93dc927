//! Rules written by hand, on logins that were cut down to what they can look at.

use mfa_rules::RuleSet;
use mfa_testkit::noise;
use mfa_testkit::reads::cut_down_written;
use std::path::Path;

#[test]
fn the_rules_with_known_read_sets_decide_alike_about_what_they_can_see() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mfa-rules/tests/reads/cases.txt");
    let cases = std::fs::read_to_string(path).unwrap_or_default();
    let (mut rules, mut effects) = (0, 0);
    for case in cases.split("\n=== ").skip(1) {
        let (title, rest) = case.split_once('\n').unwrap_or_default();
        let source = rest.split("\n---").next().unwrap_or_default();
        let Ok(set) = RuleSet::from_source("rule", source) else {
            panic!("{title} does not compile");
        };
        rules += 1;
        for seed in 0..60 {
            match cut_down_written(&set, &noise(seed, 200), &noise(seed + 1000, 200)) {
                Ok(sound) => effects += u32::from(sound.effect),
                Err(unsound) => panic!("{title}: {unsound}"),
            }
        }
    }
    assert!(rules > 50, "only {rules} rules were found");
    assert!(effects > 500, "only {effects} logins were not just let in");
}
