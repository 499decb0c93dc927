//! What a decision comes to, in words that the engine and the twins share.

use crate::gallery::GalleryLogin;
use crate::twins::{Change, Decided, Denied, SecondFactor, Twin, decide_by_twins};
use mfa_rules::{Outcome, RuleSet};
use serde_json::{Map, Value as Json, json};

/// A decision, whoever made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The second factor that is required.
    pub second_factor: Option<SecondFactor>,
    /// Why the login is denied.
    pub denied: Option<Denied>,
    /// What is not as it was in the login: JSON Pointer to value.
    pub changes: Map<String, Json>,
}

impl Verdict {
    /// What an outcome of the engine comes to.
    pub fn of_outcome(outcome: &Outcome<'_>) -> Self {
        Self {
            second_factor: outcome.multifactor().map(|asked| SecondFactor {
                provider: asked.provider(),
                remember: asked.remember_browser(),
            }),
            denied: outcome.denied().map(|denial| Denied {
                error: denial.error,
                description: denial.error_description.clone().into(),
            }),
            changes: outcome.changes().clone(),
        }
    }

    /// What twins decide.
    pub fn of_twins(
        twins: &[Twin],
        configuration: &Map<String, Json>,
        login: &GalleryLogin,
    ) -> Self {
        let Decided { effects, denied } = decide_by_twins(twins, configuration, login);
        let mut changes = Map::new();
        for change in &effects.changes {
            match change {
                Change::Claim { name, value } => {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    for token in ["idToken", "accessToken"] {
                        changes.insert(format!("/context/{token}/{name}"), (*value).clone());
                    }
                }
                Change::Group(group) => {
                    changes.insert("/user/groups".to_owned(), json!([group]));
                }
            }
        }
        Self {
            second_factor: effects.second_factor.filter(|_| denied.is_none()),
            denied,
            changes,
        }
    }
}

/// Holds that a rule set and twins decide the same about each of these logins.
///
/// # Panics
///
/// When they do not.
pub fn assert_same_verdicts(
    rules: &RuleSet,
    twins: &[Twin],
    configuration: &Map<String, Json>,
    logins: &[GalleryLogin],
) {
    for login in logins {
        let engine = Verdict::of_outcome(&rules.decide(&login.borrowed()));
        let by_hand = Verdict::of_twins(twins, configuration, login);
        assert_eq!(engine, by_hand, "{login:#?}");
    }
}
