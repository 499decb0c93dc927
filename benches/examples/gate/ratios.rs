//! How many times as long one thing takes as another, measured in turn in this process.

use chrono::DateTime;
use mfa_benches::{
    GalleryLogin, LoginDocument, NamedBy, RhaiEngine, TWINS, Variety, Way, assert_same_verdicts,
    client_rule_set, configuration, decide, decide_by_engine, decide_by_twins,
    gallery_configuration, gallery_logins, gallery_rule_set, interleaved, logins,
    logins_of_clients, logins_of_other_clients, seed_rule_set,
};
use mfa_rules::{Decision, RuleSet};
use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;

const ROUNDS: usize = 101;

/// Rounds in which a thousand rules take part.
const LONG_ROUNDS: usize = 25;

/// Measures everything.
pub(crate) fn measure() -> Result<BTreeMap<String, f64>, Box<dyn Error>> {
    let mut ratios = BTreeMap::new();
    seed(&mut ratios)?;
    ten(&mut ratios)?;
    thousand(&mut ratios)?;
    Ok(ratios)
}

fn by_engine<'w>(rules: &'w RuleSet, logins: &'w [LoginDocument]) -> Way<'w> {
    Way::new(logins, |login| {
        let outcome = decide_by_engine(rules, login, DateTime::UNIX_EPOCH);
        black_box(outcome.decision());
    })
}

fn seed(ratios: &mut BTreeMap<String, f64>) -> Result<(), Box<dyn Error>> {
    let configuration = configuration();
    let rules = seed_rule_set()?;
    let rhai = RhaiEngine::new(&configuration)?;
    let logins = logins();
    for login in &logins {
        let outcome = decide_by_engine(&rules, login, DateTime::UNIX_EPOCH);
        let engine = outcome.decision() == Decision::Required;
        let by_hand = decide(&configuration, &login.user, &login.context).is_some();
        let by_rhai = rhai.decide(login)?.is_some();
        if (engine, engine) != (by_hand, by_rhai) {
            return Err(format!("they do not agree on {}", login.context).into());
        }
    }
    let by_hand = Way::new(&logins, |login| {
        black_box(decide(&configuration, &login.user, &login.context));
    });
    let by_rhai = Way::new(&logins, |login| {
        let _ = black_box(rhai.decide(login));
    });
    let engine = || by_engine(&rules, &logins);
    // Rhai takes long: whoever came behind it would find the machine as Rhai left it.
    let [by_engine, by_hand] = interleaved(ROUNDS, [engine(), by_hand]);
    ratios.insert(
        "seed's rule, engine to hand-written Rust".to_owned(),
        by_engine / by_hand,
    );
    let [by_engine, by_rhai] = interleaved(ROUNDS, [engine(), by_rhai]);
    ratios.insert(
        "seed's rule, engine to plain Rhai".to_owned(),
        by_engine / by_rhai,
    );
    Ok(())
}

fn ten(ratios: &mut BTreeMap<String, f64>) -> Result<(), Box<dyn Error>> {
    let configuration = gallery_configuration();
    let rules = gallery_rule_set(TWINS.iter().map(|twin| twin.rule), configuration.clone())?;
    let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 256).collect();
    assert_same_verdicts(&rules, &TWINS, &configuration, &logins);
    let engine = Way::new(&logins, |login| {
        black_box(rules.decide(&login.borrowed()).decision());
    });
    let by_hand = Way::new(&logins, |login| {
        black_box(decide_by_twins(&TWINS, &configuration, login));
    });
    let [engine, by_hand] = interleaved(ROUNDS, [engine, by_hand]);
    ratios.insert(
        "ten rules, engine to hand-written Rust".to_owned(),
        engine / by_hand,
    );
    Ok(())
}

fn thousand(ratios: &mut BTreeMap<String, f64>) -> Result<(), Box<dyn Error>> {
    let others = logins_of_other_clients();
    let (of_ten, of_thousand) = (logins_of_clients(10), logins_of_clients(1_000));
    for named_by in NamedBy::ALL {
        let ten = client_rule_set(named_by, 10)?;
        let thousand = client_rule_set(named_by, 1_000)?;
        let few = |logins| by_engine(&ten, logins);
        let many = |logins| by_engine(&thousand, logins);
        let [ten, thousand, ten_of_others, thousand_of_others] = interleaved(
            LONG_ROUNDS,
            [
                few(&of_ten),
                many(&of_thousand),
                few(&others),
                many(&others),
            ],
        );
        let name = named_by.name();
        ratios.insert(
            format!("rules by {name}, a thousand to ten"),
            thousand / ten,
        );
        ratios.insert(
            format!("rules by {name}, a thousand to ten, another client"),
            thousand_of_others / ten_of_others,
        );
    }
    Ok(())
}
