//! Ours: `RuleSet::decide`, with all limits on, which is the default.

use crate::logins::{Input, Login};
use crate::peers::Made;
use chrono::DateTime;
use mfa_benches::seed_rule_set;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use mfa_rules::{Decision, JsonLogin, Outcome, Remember, RuleSet};

pub(super) fn ready(input: &Input) -> Made<'_> {
    let rules = seed_rule_set()?;
    let logins = &input.logins;
    Ok(Box::new(Ready { rules, logins }))
}

pub(super) fn text(input: &Input) -> Made<'_> {
    let rules = seed_rule_set()?;
    let logins = input.texts();
    Ok(Box::new(FromText { rules, logins }))
}

/// The values are those of `serde_json`, which a server has of a login.
struct Ready<'i> {
    rules: RuleSet,
    logins: &'i [Login],
}

impl Contestant for Ready<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(self.logins, |login| {
            let login = mfa_rules::Login::new(DateTime::UNIX_EPOCH)
                .user(&login.user)
                .context(&login.context);
            answer(&self.rules.decide(&login))
        })
    }
}

struct FromText<'i> {
    rules: RuleSet,
    logins: Vec<&'i Text>,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            let login = JsonLogin::new(DateTime::UNIX_EPOCH)
                .user(&login.user)
                .context(&login.context);
            answer(&self.rules.decide(&login))
        })
    }
}

fn answer(outcome: &Outcome<'_>) -> Result<Answer, Failure> {
    match outcome.decision() {
        Decision::Denied => Err("the login is denied".into()),
        Decision::Required | Decision::NotRequired => {
            Ok(outcome.multifactor().map(|multifactor| Asked {
                remember_browser: multifactor.remember_browser() == Remember::Browser,
            }))
        }
    }
}
