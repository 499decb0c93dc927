use super::{Denied, TWINS, Twin};
use crate::gallery::{
    GalleryLogin, Variety, gallery_configuration, gallery_logins, gallery_rule_set, with_claims,
};
use crate::verdict::{Verdict, assert_same_verdicts};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Ways in which a rule can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Required,
    Denied,
    Failed,
    Changed,
    Nothing,
}

impl Way {
    fn of(verdict: &Verdict) -> Self {
        match (&verdict.denied, verdict.second_factor) {
            (Some(denied), _) if *denied == Denied::FAILED => Self::Failed,
            (Some(_), _) => Self::Denied,
            (None, Some(_)) => Self::Required,
            (None, None) if !verdict.changes.is_empty() => Self::Changed,
            (None, None) => Self::Nothing,
        }
    }
}

static LOGINS: LazyLock<Vec<GalleryLogin>> =
    LazyLock::new(|| gallery_logins(Variety::Every, 4_096).collect());

/// How often twins decide in each way.
fn ways(
    twins: &[Twin],
    configuration: &Map<String, Json>,
    logins: &[GalleryLogin],
) -> BTreeMap<Way, usize> {
    let mut ways = BTreeMap::new();
    for login in logins {
        let verdict = Verdict::of_twins(twins, configuration, login);
        let times: &mut usize = ways.entry(Way::of(&verdict)).or_default();
        *times = times.saturating_add(1);
    }
    ways
}

/// Holds that engine and twins agree, and gives how often they decide in each way.
fn agree(twins: &[Twin]) -> BTreeMap<Way, usize> {
    let configuration = with_claims(gallery_configuration());
    let names = twins.iter().map(|twin| twin.rule);
    let rules = gallery_rule_set(names, configuration.clone()).unwrap();
    assert_eq!(rules.rule_names().len(), twins.len());
    assert_same_verdicts(&rules, twins, &configuration, &LOGINS);
    ways(twins, &configuration, &LOGINS)
}

#[test]
fn each_twin_decides_as_its_rule_in_each_way_often() {
    use Way::{Changed, Denied, Failed, Nothing, Required};
    let expected = [
        ("clients-with-mfa", vec![Required, Nothing]),
        ("guardian-multifactor-ip-range", vec![Required, Nothing]),
        ("step-up-by-acr-values", vec![Required, Nothing]),
        ("mfa-older-than-hours", vec![Required, Nothing]),
        ("country-change", vec![Required, Nothing]),
        (
            "seczetta-get-risk-score",
            vec![Required, Denied, Changed, Nothing],
        ),
        ("access-on-weekdays-only-for-an-app", vec![Denied, Nothing]),
        ("check-last-password-reset", vec![Denied, Nothing]),
        ("active-directory-groups", vec![Denied, Changed, Nothing]),
        ("simple-domain-whitelist", vec![Denied, Nothing]),
    ];
    assert_eq!(expected.len(), TWINS.len());
    for (twin, (rule, expected)) in TWINS.into_iter().zip(expected) {
        assert_eq!(twin.rule, rule);
        let decided = agree(&[twin]);
        let often = decided.iter().filter(|(_, times)| **times >= 128);
        let often: Vec<Way> = often.map(|(way, _)| *way).collect();
        assert_eq!(often, expected, "{rule}: {decided:?}");
        // These look at nothing that is damaged in such a way that a rule fails.
        let cannot_fail = ["clients-with-mfa", "access-on-weekdays-only-for-an-app"];
        let fails = decided.get(&Failed).is_some_and(|times| *times >= 4);
        assert_eq!(fails, !cannot_fail.contains(&rule), "{rule}: {decided:?}");
    }
}

#[test]
fn all_twins_in_a_row_decide_as_their_rules_in_one_set() {
    let decided = agree(&TWINS);
    for way in [Way::Required, Way::Denied, Way::Failed] {
        let times = decided.get(&way).copied().unwrap_or_default();
        assert!(times >= 64, "{decided:?}");
    }
}

#[test]
fn usual_logins_mostly_go_through_all_twins() {
    let logins: Vec<_> = gallery_logins(Variety::Usual, 1_024).collect();
    let decided = ways(&TWINS, &gallery_configuration(), &logins);
    assert_eq!(decided.get(&Way::Failed), None);
    assert!((64..256).contains(&decided[&Way::Denied]), "{decided:?}");
    assert!(decided[&Way::Required] >= 256, "{decided:?}");
    assert!(decided[&Way::Nothing] >= 256, "{decided:?}");
}
