//! The second step: whether a [`Challenge`] is then shown.
//!
//! Rules say what a login needs. Whether somebody is asked for it also depends on what no rule owns:
//! the tenant's policy, a browser that is remembered, and what the application asked for.

mod facts;

pub use facts::{
    AcrValues, Audience, ChallengeFacts, Grant, Prompt, RememberedBrowser, RiskConfidence,
    TenantPolicy,
};

use crate::multifactor::{Multifactor, Remember};
use crate::outcome::{Denial, Outcome};
use serde::Serialize;

/// What becomes of a login once the rules have decided. See [`Outcome::challenge`].
///
/// Deliberately exhaustive: whoever matches on it should look again when there is a new answer.
///
/// It is serialized for logs, with the answer as `challenge`:
/// `{"challenge":"show","multifactor":{…},"reason":"policy"}`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "challenge", rename_all = "snake_case")]
pub enum Challenge {
    /// The login goes on: nobody asks for a second factor, or who asks is content with the
    /// remembered browser.
    NotNeeded,
    /// The user is asked for the second factor, in the browser.
    Show {
        /// Which one, and whether this browser may be remembered afterwards:
        /// [`Multifactor::remember_browser`].
        ///
        /// Where it may, Auth0 remembers it without a question for Google Authenticator and Duo,
        /// and leaves the choice to the user otherwise.
        multifactor: Multifactor,
        /// Who asks.
        reason: ChallengeReason,
    },
    /// A second factor is needed, and the application said `prompt=none`: it gets the OAuth error
    /// `login_required` (OpenID Connect Core §3.1.2.6), and has to try again without.
    LoginRequired {
        /// Who asks.
        reason: ChallengeReason,
    },
    /// A second factor is needed, and there is no browser: the application gets the OAuth error
    /// `mfa_required` with an `mfa_token`, and goes on with the MFA API.
    ///
    /// The error is Auth0's, in the form of RFC 6749 §5.2. Auth0 sends it with status 403.
    MfaRequired {
        /// Which one. Nothing is remembered where there is no browser.
        multifactor: Multifactor,
        /// Who asks.
        reason: ChallengeReason,
    },
    /// The login is refused, whatever else is asked for.
    Denied(Denial),
}

/// Who asks for a second factor. When more than one does, the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeReason {
    /// A rule, or the failure of one.
    Rules,
    /// The tenant's policy.
    Policy,
    /// The audience: the tokens are for the MFA API.
    ///
    /// Auth0 lets a user who has no factor yet in without one here, so that the first can be added.
    /// This reason says that nobody else asks.
    Audience,
}

/// What the application is told of a second factor that cannot be asked for.
const MULTIFACTOR_REQUIRED: &str = "Multifactor authentication required";

impl Challenge {
    /// The OAuth error and its description, when the application gets one.
    ///
    /// ```
    /// use mfa_rules::{ChallengeFacts, Grant, Login, RuleSet};
    ///
    /// let now = "2026-01-05T09:00:00Z".parse()?;
    /// let rules = RuleSet::from_source("all", r#"require_mfa("any");"#)?;
    /// let outcome = rules.decide(&Login::new(now));
    /// let challenge = outcome.challenge(&ChallengeFacts::new(Grant::Password, now));
    /// let error = Some(("mfa_required", "Multifactor authentication required"));
    /// assert_eq!(challenge.error(), error);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn error(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::NotNeeded | Self::Show { .. } => None,
            Self::LoginRequired { .. } => Some(("login_required", MULTIFACTOR_REQUIRED)),
            Self::MfaRequired { .. } => Some(("mfa_required", MULTIFACTOR_REQUIRED)),
            Self::Denied(denial) => Some((denial.error.as_str(), &denial.error_description)),
        }
    }
}

impl Outcome<'_> {
    /// Whether a challenge is then shown.
    ///
    /// It is a pure function of the outcome and of `facts`:
    ///
    /// 1. A denied login is denied.
    /// 2. The rules, the tenant's policy and the audience each ask for a second factor or not, and
    ///    none takes back what another asks for: a rule's `skip_mfa()` does not lower the policy.
    /// 3. Who allows that browsers are remembered is content with one that is
    ///    ([`RememberedBrowser::is_valid_at`]), unless `acr_values` asks for multifactor
    ///    authentication: a rule with `allowRememberBrowser`, and [`TenantPolicy::Always`].
    ///    A rule without it, [`TenantPolicy::Adaptive`] and the MFA API are not.
    /// 4. When nobody is left, the login goes on. `acr_values` by itself asks for nothing.
    /// 5. Otherwise the rules say which second factor, or any. The browser may be remembered
    ///    afterwards when all who ask allow it.
    /// 6. The way in which the login came in says how it is asked for: in the browser, by
    ///    `login_required` or by `mfa_required`.
    ///
    /// `docs/challenge.md` of the repository has a table of cases.
    ///
    /// A redirect that the rules ask for ([`Outcome::redirect`]) is another matter: it comes first,
    /// and the rules run again after it.
    ///
    /// # Security
    ///
    /// - A failure is never [`Challenge::NotNeeded`] unless a browser is remembered, and never by a
    ///   failed rule: what a failure asks for does not allow remembering.
    /// - An application that asks by `acr_values` has to look at `acr` or `amr` in the ID token:
    ///   when neither rules nor policy ask for a second factor, there was none.
    ///
    /// Sources: Auth0 docs, *Customize MFA for Universal Login*, *Configure Step-Up
    /// Authentication for Web Apps*, *Customize Adaptive MFA*, *Manage Authenticator Factors using
    /// the MFA API*.
    ///
    /// ```
    /// use mfa_rules::{
    ///     AcrValues, Audience, Challenge, ChallengeFacts, Grant, Login, RememberedBrowser, RuleSet,
    ///     TenantPolicy,
    /// };
    ///
    /// let now = "2026-01-05T09:00:00Z".parse()?;
    /// let rule = r#"require_mfa("any", #{ allowRememberBrowser: true });"#;
    /// let rules = RuleSet::from_source("remembering", rule)?;
    /// let outcome = rules.decide(&Login::new(now));
    ///
    /// let facts = ChallengeFacts::new(Grant::Interactive, now)
    ///     .policy(TenantPolicy::Never)
    ///     .audience(Audience::Other)
    ///     .acr_values(AcrValues::Other);
    /// assert!(matches!(outcome.challenge(&facts), Challenge::Show { .. }));
    ///
    /// let browser = RememberedBrowser {
    ///     granted_at: "2025-12-20T09:00:00Z".parse()?,
    ///     last_used_at: "2026-01-04T09:00:00Z".parse()?,
    /// };
    /// let facts = facts.remembered(browser);
    /// assert!(matches!(outcome.challenge(&facts), Challenge::NotNeeded));
    ///
    /// let step_up = facts.acr_values(AcrValues::requested([AcrValues::MULTI_FACTOR_URL]));
    /// assert!(matches!(outcome.challenge(&step_up), Challenge::Show { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn challenge(&self, facts: &ChallengeFacts) -> Challenge {
        if let Some(denial) = self.denied() {
            return Challenge::Denied(denial.clone());
        }
        let rules = self.multifactor();
        // SECURITY: whatever made this outcome, no remembered browser makes up for a failure.
        let rules_ask = rules.map(|multifactor| match self.errors() {
            [] => multifactor.remember_browser(),
            _ => Remember::Never,
        });
        let asking = Asking([
            (ChallengeReason::Rules, rules_ask),
            (ChallengeReason::Policy, facts.policy.asks()),
            (ChallengeReason::Audience, facts.audience.asks()),
        ]);
        let Some(reason) = asking.first_not_content(facts.browser_is_remembered()) else {
            // INVARIANT: this is the only place where `NotNeeded` is made.
            return Challenge::NotNeeded;
        };
        let multifactor = rules.cloned().unwrap_or(Multifactor::ANY);
        match (facts.grant, facts.prompt) {
            (Grant::Interactive, Prompt::Allowed) => Challenge::Show {
                multifactor: match asking.remember_afterwards() {
                    Remember::Browser => multifactor,
                    Remember::Never => multifactor.without_remembering(),
                },
                reason,
            },
            (Grant::Interactive, Prompt::None) => Challenge::LoginRequired { reason },
            (Grant::Password | Grant::RefreshToken | Grant::Other, _) => Challenge::MfaRequired {
                multifactor: multifactor.without_remembering(),
                reason,
            },
        }
    }
}

/// Who may ask for a second factor, and what whoever does allows.
struct Asking([(ChallengeReason, Option<Remember>); 3]);

impl Asking {
    /// The first who asks and is not content with what is known of the browser.
    fn first_not_content(&self, browser_is_remembered: bool) -> Option<ChallengeReason> {
        let content = browser_is_remembered.then_some(Remember::Browser);
        let mut asking = self.0.iter();
        let (reason, _) = asking.find(|(_, asks)| asks.is_some() && *asks != content)?;
        Some(*reason)
    }

    /// Whether all who ask allow that the browser is remembered.
    fn remember_afterwards(&self) -> Remember {
        if self
            .0
            .iter()
            .any(|(_, asks)| *asks == Some(Remember::Never))
        {
            Remember::Never
        } else {
            Remember::Browser
        }
    }
}

#[cfg(test)]
mod tests;
