//! Multifactor rules to start from, each with its cases: Auth0's templates and the snippets of its
//! documentation, in Rhai.
//!
//! The texts are part of the program, so that a command can list the rules and write them where
//! somebody wants them:
//!
//! ```
//! let rule = mfa_gallery::find("check-last-password-reset").expect("it is in the gallery");
//! assert_eq!(rule.title, "A password that is too old");
//! assert_eq!(rule.configuration[0].names, ["PASSWORD_AGE_DAYS"]);
//! assert_eq!(rule.file_name(), "check-last-password-reset.rhai");
//! assert!(rule.script.ends_with("}\n"));
//! assert!(rule.cases.contains("please change your password"));
//! ```
//!
//! This crate decides nothing and reads no file. What the rules do is tested with `mfa-cases`.

mod header;

pub use header::{Category, Fact, Setting};

use std::sync::LazyLock;

/// Where and why a rule differs from its original, in Markdown.
pub const BEHAVIOUR: &str = include_str!("../BEHAVIOUR.md");

/// A rule of the gallery. Everything but the texts comes from the comment at its head.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GalleryRule {
    /// The name, which is that of the file without `.rhai`, and that of the original if it has one.
    pub name: &'static str,
    /// A few words without a final period.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What it is about.
    pub category: Category,
    /// The configuration that it reads, in the order of the comment.
    pub configuration: Vec<Setting>,
    /// The facts that it asks for, which a server has to fetch before the decision.
    pub facts: Vec<Fact>,
    /// The paths of the login that it reads: `context.clientID`.
    pub reads: Vec<&'static str>,
    /// Where the original is.
    pub source: &'static str,
    /// The rule.
    pub script: &'static str,
    /// Its cases.
    pub cases: &'static str,
}

impl GalleryRule {
    /// The name of the rule's file.
    pub fn file_name(&self) -> String {
        format!("{}.rhai", self.name)
    }

    /// The name of the file with its cases, which stands beside it.
    pub fn case_file_name(&self) -> String {
        format!("{}.test.yaml", self.name)
    }
}

/// All rules, by name.
///
/// ```
/// let names: Vec<&str> = mfa_gallery::rules().iter().map(|rule| rule.name).collect();
/// assert!(names.contains(&"guardian-multifactor-ip-range"));
/// assert!(names.is_sorted());
/// ```
pub fn rules() -> &'static [GalleryRule] {
    static RULES: LazyLock<Vec<GalleryRule>> = LazyLock::new(|| {
        let rules = TEXTS
            .iter()
            .filter_map(|[name, script, cases]| header::read(name, script, cases));
        rules.collect()
    });
    &RULES
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static GalleryRule> {
    rules().iter().find(|rule| rule.name == name)
}

/// The name, the rule and the cases of each.
macro_rules! texts {
    ($($name:literal,)*) => {
        &[$([
            $name,
            include_str!(concat!("../", $name, ".rhai")),
            include_str!(concat!("../", $name, ".test.yaml")),
        ],)*]
    };
}

const TEXTS: &[[&str; 3]] = texts![
    "access-on-weekdays-only-for-an-app",
    "active-directory-groups",
    "adaptive-mfa",
    "check-domains-against-connection-aliases",
    "check-last-password-reset",
    "client-metadata-policy",
    "clients-with-mfa",
    "country-change",
    "device-fingerprint",
    "disable-resource-owner",
    "disable-social-signup",
    "dropbox-whitelist",
    "duo-multifactor",
    "duo-with-username",
    "email-verified",
    "flagged-users",
    "fraud-prevention-with-minfraud",
    "google-authenticator-by-connection",
    "google-authenticator-with-issuer",
    "guardian-for-select-clients",
    "guardian-for-select-users",
    "guardian-multifactor",
    "guardian-multifactor-authorization-extension",
    "guardian-multifactor-ip-range",
    "guardian-multifactor-stepup-authentication",
    "ip-address-allowlist",
    "ip-address-blocklist",
    "mfa",
    "mfa-older-than-hours",
    "mfa-require-enrollment",
    "organization-policy",
    "require-mfa-once-per-session",
    "seczetta-get-risk-score",
    "simple-domain-whitelist",
    "simple-user-whitelist",
    "simple-user-whitelist-for-app",
    "simple-whitelist-on-a-connection",
    "skip-for-refresh-tokens",
    "step-up-by-acr-values",
    "step-up-by-scope",
];

#[cfg(test)]
mod tests {
    use super::{TEXTS, find, rules};

    #[test]
    fn the_comment_of_every_rule_can_be_read() {
        for [name, ..] in TEXTS {
            assert!(find(name).is_some(), "{name}");
        }
        assert_eq!(rules().len(), TEXTS.len());
    }
}
