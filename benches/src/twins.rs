//! Ten rules of the gallery in Rust: what an engineer would write by hand over
//! `serde_json::Value`s, with the same decisions, and the crates that the engine uses.
//!
//! They are the floor. A twin knows no limits and tells nobody what it did; it gives what is asked
//! for and changed, or a denial. It reads the configuration at each login, as a rule does, because
//! configuration may come with a login.

mod access_on_weekdays;
mod active_directory_groups;
mod check_last_password_reset;
mod clients_with_mfa;
mod country_change;
mod guardian_ip_range;
mod mfa_older_than_hours;
mod reading;
mod risk_score;
mod simple_domain_whitelist;
mod step_up_by_acr_values;

use crate::gallery::GalleryLogin;
use mfa_rules::{DenialError, Provider, Remember};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// A second factor that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactor {
    /// Which one.
    pub provider: Provider,
    /// Whether the browser may be remembered.
    pub remember: Remember,
}

/// Why a login is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// OAuth's error.
    pub error: DenialError,
    /// What the user is told.
    pub description: Cow<'static, str>,
}

impl Denied {
    /// What the login says cannot be worked with.
    const FAILED: Self = Self {
        error: DenialError::AccessDenied,
        description: Cow::Borrowed("the login could not be evaluated"),
    };

    fn unauthorized(description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error: DenialError::Unauthorized,
            description: description.into(),
        }
    }
}

/// Something that is not as it was in the login.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change<'l> {
    /// A claim of both tokens.
    Claim {
        /// Its name.
        name: &'l str,
        /// Its value.
        value: &'l Json,
    },
    /// The groups of the user are a list of this one.
    Group(&'l str),
}

/// What twins have asked for and changed so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects<'l> {
    /// What the last one asked for that did.
    pub second_factor: Option<SecondFactor>,
    /// What they changed, in order.
    pub changes: Vec<Change<'l>>,
}

impl Effects<'_> {
    fn ask_for(&mut self, provider: Provider) {
        self.second_factor = Some(SecondFactor {
            provider,
            remember: Remember::Never,
        });
    }
}

/// What decides as a rule of the gallery does.
type Decide = for<'l> fn(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied>;

/// A rule of the gallery in Rust.
#[derive(Debug, Clone, Copy)]
pub struct Twin {
    /// The name of the rule.
    pub rule: &'static str,
    decide: Decide,
}

impl Twin {
    fn decide<'l>(
        &self,
        configuration: &'l Map<String, Json>,
        login: &'l GalleryLogin,
        effects: &mut Effects<'l>,
    ) -> Result<(), Denied> {
        (self.decide)(configuration, login, effects)
    }
}

/// All twins. Those that deny often stand behind the others, so that most logins go through all.
pub const TWINS: [Twin; 10] = [
    Twin {
        rule: "clients-with-mfa",
        decide: clients_with_mfa::decide,
    },
    Twin {
        rule: "guardian-multifactor-ip-range",
        decide: guardian_ip_range::decide,
    },
    Twin {
        rule: "step-up-by-acr-values",
        decide: step_up_by_acr_values::decide,
    },
    Twin {
        rule: "mfa-older-than-hours",
        decide: mfa_older_than_hours::decide,
    },
    Twin {
        rule: "country-change",
        decide: country_change::decide,
    },
    Twin {
        rule: "seczetta-get-risk-score",
        decide: risk_score::decide,
    },
    Twin {
        rule: "access-on-weekdays-only-for-an-app",
        decide: access_on_weekdays::decide,
    },
    Twin {
        rule: "check-last-password-reset",
        decide: check_last_password_reset::decide,
    },
    Twin {
        rule: "active-directory-groups",
        decide: active_directory_groups::decide,
    },
    Twin {
        rule: "simple-domain-whitelist",
        decide: simple_domain_whitelist::decide,
    },
];

/// What several twins came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided<'l> {
    /// What they asked for and changed until the end, or until one of them denied the login.
    pub effects: Effects<'l>,
    /// Why the login is denied.
    pub denied: Option<Denied>,
}

/// Decides about a login by several twins, one after the other, as the rules of a set do.
pub fn decide_by_twins<'l>(
    twins: &[Twin],
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
) -> Decided<'l> {
    let mut effects = Effects::default();
    let denied = twins
        .iter()
        .find_map(|twin| twin.decide(configuration, login, &mut effects).err());
    Decided { effects, denied }
}

#[cfg(test)]
mod tests;
