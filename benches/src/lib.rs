//! What the benches measure, and what they measure it against.
//!
//! Most of it decides by the rule `rules/clients-with-mfa.rhai`: the engine, the same decision
//! written in Rust, and Rhai's own evaluator. Ten rules of the gallery have [`TWINS`] in Rust. The
//! tests hold that all of them agree, so a bench never compares different answers.

mod clients;
mod dice;
mod gallery;
mod invocation;
mod logins;
mod rhai_engine;
mod rounds;
mod rust;
mod twins;
mod verdict;

pub use clients::{NamedBy, client_rule_set, logins_of_clients, logins_of_other_clients};
pub use gallery::{
    GalleryLogin, Variety, gallery_configuration, gallery_logins, gallery_rule_set, with_claims,
};
pub use invocation::Invocation;
pub use logins::{LoginDocument, logins};
pub use rhai_engine::{RhaiEngine, rhai_parser};
pub use rounds::{Way, interleaved, time_each};
pub use rust::decide;
pub use twins::{Change, Decided, Denied, Effects, SecondFactor, TWINS, Twin, decide_by_twins};
pub use verdict::{Verdict, assert_same_verdicts};

use chrono::{DateTime, Utc};
use mfa_rules::{CompileError, Login, Outcome, RuleSet};
use serde_json::{Map, Value as Json, json};

/// The rule.
pub const SEED_RULE: &str = include_str!("../../rules/clients-with-mfa.rhai");

/// A rule of a hundred lines, with what larger rules consist of: functions, closures, loops,
/// patterns, times and networks.
pub const LARGER_RULE: &str = include_str!("larger.rhai");

/// A rule that looks at what a client sends by several patterns.
pub const PATTERNS_RULE: &str = include_str!("patterns.rhai");

/// The second factor that an implementation of the rule asks for; `None` when it asks for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whether the browser may be remembered.
    pub remember_browser: bool,
}

/// The configuration of the rule: the clients that ask for a second factor.
pub fn configuration() -> Map<String, Json> {
    let clients = json!(["payroll", "admin-console", "vault", "billing"]);
    Map::from_iter([("CLIENTS_WITH_MFA".to_owned(), clients)])
}

/// The rule, compiled.
///
/// # Errors
///
/// When the rule does not compile.
pub fn seed_rule_set() -> Result<RuleSet, CompileError> {
    RuleSet::builder()
        .rule(("clients-with-mfa", SEED_RULE))
        .configuration(configuration())
        .compile()
}

/// The decision of the engine.
pub fn decide_by_engine<'r>(
    rule_set: &'r RuleSet,
    login: &LoginDocument,
    now: DateTime<Utc>,
) -> Outcome<'r> {
    let login = Login::new(now).user(&login.user).context(&login.context);
    rule_set.decide(&login)
}

#[cfg(test)]
mod tests {
    use super::{
        Asked, RhaiEngine, configuration, decide, decide_by_engine, logins, seed_rule_set,
    };
    use chrono::DateTime;
    use mfa_rules::{Decision, Provider, Remember, RuleSet};

    #[test]
    fn all_implementations_agree_on_every_login() {
        let rule_set = seed_rule_set().unwrap();
        let rhai = RhaiEngine::new(&configuration()).unwrap();
        let (mut asked_for, mut not_asked_for) = (0, 0);
        for login in logins() {
            let outcome = decide_by_engine(&rule_set, &login, DateTime::UNIX_EPOCH);
            assert_ne!(outcome.decision(), Decision::Denied);
            let engine = outcome.multifactor().map(|multifactor| {
                assert_eq!(multifactor.provider(), Provider::Guardian);
                let remember_browser = multifactor.remember_browser() == Remember::Browser;
                Asked { remember_browser }
            });
            let rust = decide(&configuration(), &login.user, &login.context);
            assert_eq!(engine, rust, "{}", login.context);
            assert_eq!(engine, rhai.decide(&login).unwrap(), "{}", login.context);
            match engine {
                Some(_) => asked_for += 1,
                None => not_asked_for += 1,
            }
        }
        assert!(asked_for >= 64, "{asked_for}");
        assert!(not_asked_for >= 64, "{not_asked_for}");
    }

    #[test]
    fn logins_differ_and_have_a_realistic_size() {
        let texts: Vec<String> = logins()
            .iter()
            .map(|login| format!("{}{}", login.user, login.context))
            .collect();
        for (index, text) in texts.iter().enumerate() {
            assert!((2800..3600).contains(&text.len()), "{}", text.len());
            assert!(!texts[..index].contains(text));
        }
    }

    #[test]
    fn the_larger_rule_compiles() {
        let rule_set = RuleSet::from_source("larger", super::LARGER_RULE).unwrap();
        assert!(rule_set.warnings().is_empty());
        assert!(super::LARGER_RULE.lines().count() >= 90);
    }
}
