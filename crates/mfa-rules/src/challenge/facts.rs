//! What a challenge depends on that no rule owns: the [`ChallengeFacts`].

use crate::multifactor::Remember;
use chrono::{DateTime, TimeDelta, Utc};

/// What is known of a login besides what its rules say, for
/// [`Outcome::challenge`](crate::Outcome::challenge).
///
/// How the login came in and its time are always given. A fact that is left out counts as the one
/// that asks most, so that forgetting one never takes a challenge away:
///
/// | fact | left out |
/// | --- | --- |
/// | [`policy`](Self::policy) | [`TenantPolicy::Adaptive`] with [`RiskConfidence::Low`] |
/// | [`audience`](Self::audience) | [`Audience::Mfa`] |
/// | [`acr_values`](Self::acr_values) | [`AcrValues::MultiFactor`] |
/// | [`remembered`](Self::remembered) | the browser is not remembered |
/// | [`prompt`](Self::prompt) | [`Prompt::Allowed`] |
///
/// ```
/// use mfa_rules::{AcrValues, Audience, ChallengeFacts, Grant, Prompt, TenantPolicy};
///
/// // The parameters of an authorization request, as they came in.
/// let (audience, acr_values, prompt) = (Some("https://api.acme.example"), None, None);
/// let facts = ChallengeFacts::new(Grant::Interactive, "2026-01-05T09:00:00Z".parse()?)
///     .policy(TenantPolicy::Never)
///     .audience(Audience::requested(audience, "https://acme.example/mfa/"))
///     .acr_values(AcrValues::requested(acr_values))
///     .prompt(Prompt::requested(prompt));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChallengeFacts {
    pub(super) grant: Grant,
    now: DateTime<Utc>,
    pub(super) policy: TenantPolicy,
    pub(super) audience: Audience,
    pub(super) acr_values: AcrValues,
    remembered: Option<RememberedBrowser>,
    pub(super) prompt: Prompt,
}

impl ChallengeFacts {
    /// The facts of a login that came in by `grant`, at the time `now`; everything else is left
    /// out.
    pub const fn new(grant: Grant, now: DateTime<Utc>) -> Self {
        Self {
            grant,
            now,
            policy: TenantPolicy::Adaptive(RiskConfidence::Low),
            audience: Audience::Mfa,
            acr_values: AcrValues::MultiFactor,
            remembered: None,
            prompt: Prompt::Allowed,
        }
    }

    /// What the tenant asks for, whatever its rules say.
    ///
    /// Default: [`TenantPolicy::Adaptive`] with [`RiskConfidence::Low`], which challenges every login.
    /// A server whose rules alone decide says [`TenantPolicy::Never`].
    #[must_use]
    pub const fn policy(mut self, policy: TenantPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// What the tokens are for.
    ///
    /// Default: [`Audience::Mfa`].
    #[must_use]
    pub const fn audience(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// Whether the application asks for a second factor that has just been passed.
    ///
    /// Default: [`AcrValues::MultiFactor`], because a remembered browser counts only when it is
    /// known that the application is content with one.
    #[must_use]
    pub const fn acr_values(mut self, acr_values: AcrValues) -> Self {
        self.acr_values = acr_values;
        self
    }

    /// What the browser's cookie says.
    ///
    /// Default: the browser is not remembered.
    ///
    /// # Security
    ///
    /// The cookie has to be the server's own: signed, or the key of a record in its store. It has
    /// to be of this user, and not revoked.
    #[must_use]
    pub const fn remembered(mut self, browser: RememberedBrowser) -> Self {
        self.remembered = Some(browser);
        self
    }

    /// Whether the server may show anything.
    ///
    /// Default: [`Prompt::Allowed`].
    #[must_use]
    pub const fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = prompt;
        self
    }

    /// Whether who is content with a remembered browser has one.
    pub(super) fn browser_is_remembered(&self) -> bool {
        self.grant == Grant::Interactive
            && self.acr_values == AcrValues::Other
            && self
                .remembered
                .is_some_and(|browser| browser.is_valid_at(self.now))
    }
}

/// How a login comes in, which says what can be answered when it needs a second factor.
///
/// Rules run for all of these. They do not run for the client credentials grant, where nobody
/// logs in, and which therefore is not among them. Source: Auth0 docs, *Context Object Properties
/// in Rules*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grant {
    /// The user is at the login page in a browser: authorization code, implicit, hybrid and device
    /// flows, SAML and WS-Federation.
    Interactive,
    /// The application hands the user's password in, at the token endpoint.
    Password,
    /// The application exchanges a refresh token.
    RefreshToken,
    /// Another exchange without a browser: JWT bearer, delegation, WS-Trust.
    Other,
}

impl Grant {
    /// What Auth0's `context.protocol` says.
    ///
    /// A protocol that is not known counts as [`Grant::Other`]: without a browser, none is
    /// remembered.
    ///
    /// ```
    /// use mfa_rules::Grant;
    ///
    /// assert_eq!(Grant::from_protocol("oidc-basic-profile"), Grant::Interactive);
    /// assert_eq!(Grant::from_protocol("oauth2-refresh-token"), Grant::RefreshToken);
    /// assert_eq!(Grant::from_protocol("carrier-pigeon"), Grant::Other);
    /// ```
    pub fn from_protocol(protocol: &str) -> Self {
        match protocol {
            "oidc-basic-profile"
            | "oidc-implicit-profile"
            | "oidc-hybrid-profile"
            | "oauth2-device-code"
            | "redirect-callback"
            | "samlp"
            | "wsfed" => Self::Interactive,
            "oauth2-password" | "oauth2-resource-owner" => Self::Password,
            "oauth2-refresh-token" => Self::RefreshToken,
            _ => Self::Other,
        }
    }
}

/// What the tenant asks for, whatever its rules say.
///
/// Source: Auth0 docs, *Enable Multi-Factor Authentication*, *Customize Adaptive MFA*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TenantPolicy {
    /// Nothing: the rules alone decide.
    Never,
    /// A second factor when the risk is high, that is, when the confidence is
    /// [`RiskConfidence::Low`]. It then ignores that a browser is remembered.
    Adaptive(RiskConfidence),
    /// A second factor, unless the browser is remembered.
    Always,
}

impl TenantPolicy {
    /// Whether the policy asks for a second factor, and if so, whether a remembered browser is
    /// enough.
    pub(super) const fn asks(self) -> Option<Remember> {
        match self {
            Self::Never
            | Self::Adaptive(
                RiskConfidence::Medium | RiskConfidence::High | RiskConfidence::Neutral,
            ) => None,
            Self::Adaptive(RiskConfidence::Low) => Some(Remember::Never),
            Self::Always => Some(Remember::Browser),
        }
    }
}

/// How sure an assessment of the risk is that the login is the user's: `confidence` of Auth0's
/// `riskAssessment`, the overall one.
///
/// It has no order: Auth0 says that these must not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RiskConfidence {
    /// It probably is somebody else, or nothing is known.
    Low,
    /// In between.
    Medium,
    /// It probably is the user.
    High,
    /// The assessments say nothing in either direction.
    Neutral,
}

impl RiskConfidence {
    /// The confidence that an assessment gave, `None` when there is no assessment.
    ///
    /// Whatever cannot be assessed is [`RiskConfidence::Low`], and so is a word that is not known.
    /// Source: Auth0 docs, *Customize Adaptive MFA*.
    ///
    /// ```
    /// use mfa_rules::RiskConfidence;
    ///
    /// assert_eq!(RiskConfidence::assessed(Some("high")), RiskConfidence::High);
    /// assert_eq!(RiskConfidence::assessed(Some("HIGH")), RiskConfidence::Low);
    /// assert_eq!(RiskConfidence::assessed(None), RiskConfidence::Low);
    /// ```
    pub fn assessed(confidence: Option<&str>) -> Self {
        match confidence {
            Some("medium") => Self::Medium,
            Some("high") => Self::High,
            Some("neutral") => Self::Neutral,
            _ => Self::Low,
        }
    }
}

/// A browser in which this user has passed a second factor before, and which was remembered for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RememberedBrowser {
    /// When the second factor was passed.
    pub granted_at: DateTime<Utc>,
    /// When the browser was last used for a login since; [`granted_at`](Self::granted_at) when it
    /// was not.
    pub last_used_at: DateTime<Utc>,
}

impl RememberedBrowser {
    /// How long a browser is remembered after its second factor: 30 days.
    pub const LIFETIME: TimeDelta = TimeDelta::days(30);

    /// How long a browser is remembered after it was last used: 7 days.
    pub const INACTIVITY: TimeDelta = TimeDelta::days(7);

    /// Whether the browser is remembered at the time `now`: less than 30 days after it was granted,
    /// and less than 7 days after it was last used.
    ///
    /// # Security
    ///
    /// Times that cannot be are of a clock that went backwards or of a forged record, and the
    /// browser is not remembered then: times after `now`, or a use before the grant.
    ///
    /// Source: Auth0 docs, *Customize MFA for Universal Login*.
    ///
    /// ```
    /// use mfa_rules::RememberedBrowser;
    ///
    /// let browser = RememberedBrowser {
    ///     granted_at: "2026-01-01T09:00:00Z".parse()?,
    ///     last_used_at: "2026-01-05T09:00:00Z".parse()?,
    /// };
    /// assert!(browser.is_valid_at("2026-01-12T08:59:59Z".parse()?));
    /// assert!(!browser.is_valid_at("2026-01-12T09:00:00Z".parse()?));
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        let is_in_order = self.granted_at <= self.last_used_at && self.last_used_at <= now;
        is_in_order
            && now.signed_duration_since(self.granted_at) < Self::LIFETIME
            && now.signed_duration_since(self.last_used_at) < Self::INACTIVITY
    }
}

/// Whether the application asks for a second factor that is passed now: the parameter `acr_values`
/// of an authorization request, or SAML's `RequestedAuthnContext`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AcrValues {
    /// [`AcrValues::MULTI_FACTOR_URL`] is among them: no remembered browser is enough.
    MultiFactor,
    /// It is not among them, or there are none.
    Other,
}

impl AcrValues {
    /// The policy by which applications ask for multifactor authentication, and which the ID token
    /// of a login with it has as `acr`.
    pub const MULTI_FACTOR_URL: &'static str =
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

    /// The values of the parameters named `acr_values`, each a list with blanks in between (OpenID
    /// Connect Core §3.1.2.1), or of SAML's `AuthnContextClassRef`.
    ///
    /// Auth0's rule template compares the whole parameter, and so misses a list of more than one.
    ///
    /// ```
    /// use mfa_rules::AcrValues;
    ///
    /// let list = format!("urn:acme:bronze {}", AcrValues::MULTI_FACTOR_URL);
    /// assert_eq!(AcrValues::requested(Some(&*list)), AcrValues::MultiFactor);
    /// assert_eq!(AcrValues::requested(["urn:acme:bronze"]), AcrValues::Other);
    /// assert_eq!(AcrValues::requested(None), AcrValues::Other);
    /// ```
    pub fn requested<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut words = values.into_iter().flat_map(str::split_whitespace);
        if words.any(|word| word == Self::MULTI_FACTOR_URL) {
            Self::MultiFactor
        } else {
            Self::Other
        }
    }
}

/// What the tokens of a login are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The server's own MFA API, `https://…/mfa/`, by which a user's factors are added and removed.
    Mfa,
    /// Anything else, or nothing in particular.
    Other,
}

impl Audience {
    /// The values of the parameters named `audience`, each of which may be a list with blanks in
    /// between, for a server whose MFA API is the audience `mfa_api`.
    ///
    /// A slash at the end makes no difference, nor does the case of letters: what a server may take
    /// for its MFA API is its MFA API.
    ///
    /// ```
    /// use mfa_rules::Audience;
    ///
    /// let mfa_api = "https://acme.example/mfa/";
    /// assert_eq!(Audience::requested(Some("https://acme.example/mfa/"), mfa_api), Audience::Mfa);
    /// assert_eq!(Audience::requested(Some("https://api.acme.example"), mfa_api), Audience::Other);
    /// let both = "https://api.acme.example https://acme.example/mfa/";
    /// assert_eq!(Audience::requested(Some(both), mfa_api), Audience::Mfa);
    /// assert_eq!(Audience::requested(None, mfa_api), Audience::Other);
    /// ```
    pub fn requested<'v>(values: impl IntoIterator<Item = &'v str>, mfa_api: &str) -> Self {
        let mfa_api = mfa_api.trim().trim_end_matches('/');
        let mut urls = values.into_iter().flat_map(str::split_whitespace);
        if urls.any(|url| url.trim_end_matches('/').eq_ignore_ascii_case(mfa_api)) {
            Self::Mfa
        } else {
            Self::Other
        }
    }

    /// Whether the audience asks for a second factor, and if so, whether a remembered browser is
    /// enough.
    pub(super) const fn asks(self) -> Option<Remember> {
        match self {
            Self::Mfa => Some(Remember::Never),
            Self::Other => None,
        }
    }
}

/// Whether the server may show anything to the user: the parameter `prompt` of an authorization
/// request (OpenID Connect Core §3.1.2.1), or SAML's `IsPassive`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prompt {
    /// It may.
    Allowed,
    /// `prompt=none`: it may not.
    None,
}

impl Prompt {
    /// The values of the parameters named `prompt`, each a list with blanks in between.
    ///
    /// `none` beside something else is an error of the request by OpenID Connect; here it still
    /// means that nothing is shown.
    ///
    /// ```
    /// use mfa_rules::Prompt;
    ///
    /// assert_eq!(Prompt::requested(Some("none")), Prompt::None);
    /// assert_eq!(Prompt::requested(Some("login consent")), Prompt::Allowed);
    /// assert_eq!(Prompt::requested(None), Prompt::Allowed);
    /// ```
    pub fn requested<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut words = values.into_iter().flat_map(str::split_whitespace);
        if words.any(|word| word == "none") {
            Self::None
        } else {
            Self::Allowed
        }
    }
}
