//! The rules of the gallery: the configuration that they run with, and logins for them.

mod login;

pub use login::{GalleryLogin, Variety, gallery_logins};

use mfa_rules::{CompileError, RuleSet};
use serde_json::{Map, Value as Json, json};

/// A value for everything that a rule of the gallery reads of its configuration, but for
/// [`with_claims`].
pub fn gallery_configuration() -> Map<String, Json> {
    let settings = [
        ("ALLOWED_ADDRESSES", json!("10.1.0.1, 10.1.0.2, 10.1.0.3")),
        ("ALLOWED_DOMAINS", json!("acme.example, example.com")),
        ("ALLOWED_GROUP", json!("staff")),
        (
            "ALLOWED_USERS",
            json!(["ada@acme.example", "max@acme.example"]),
        ),
        ("APP_WITH_WHITELIST", json!("Acme vault")),
        (
            "BLOCKED_ADDRESSES",
            json!(["203.0.113.7", "203.0.113.11", "203.0.113.13", "2001:db8::7"]),
        ),
        ("CLIENTS_WITHOUT_SIGNUP", json!(["payroll", "vault"])),
        (
            "CLIENTS_WITH_MFA",
            json!(["payroll", "admin-console", "vault", "billing"]),
        ),
        ("CONNECTIONS_WITHOUT_MFA", json!(["corporate", "partners"])),
        (
            "CONNECTION_WITH_WHITELIST",
            json!("Username-Password-Authentication"),
        ),
        (
            "CORPORATE_NETWORK",
            json!(["10.0.0.0/8", "192.168.1.134/26", "2001:db8:100::/40"]),
        ),
        ("DUO_HOST", json!("api-1.duosecurity.com")),
        ("DUO_IKEY", json!("DIXXXXXXXXXXXXXXXXXX")),
        ("DUO_SKEY", json!("a key that the benches do not hide")),
        ("GROUPS_WITH_MFA", json!(["admins", "finance"])),
        ("ISSUER", json!("Acme")),
        ("MFA_HOURS", json!(12)),
        ("MINFRAUD_PERCENT", json!(20)),
        ("PASSWORD_AGE_DAYS", json!(90)),
        ("SECZETTA_ALLOWABLE_RISK", json!("40")),
        ("SECZETTA_AUTHENTICATE_ON_ERROR", json!("true")),
        ("SECZETTA_MAXIMUM_ALLOWED_RISK", json!(70)),
        ("STEP_UP_SCOPES", json!("transfer:funds, delete:users")),
        ("USERS_WITH_MFA", json!("auth0|1, auth0|2, auth0|3")),
        ("WEEKDAY_APP", json!("Acme payroll")),
        ("WEEKDAY_TIME_ZONE", json!("Europe/Berlin")),
    ];
    settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A configuration by which `seczetta-get-risk-score` also gives each token a claim.
pub fn with_claims(mut configuration: Map<String, Json>) -> Map<String, Json> {
    let claim = json!("https://acme.example/risk~score");
    configuration.insert("SECZETTA_RISK_KEY".to_owned(), claim);
    configuration
}

/// The rules of these names in this order, as one set. A name that is not in the gallery is passed
/// over.
///
/// # Errors
///
/// When a rule does not compile, or none is left.
pub fn gallery_rule_set<'n>(
    names: impl IntoIterator<Item = &'n str>,
    configuration: Map<String, Json>,
) -> Result<RuleSet, CompileError> {
    let rules = names.into_iter().filter_map(mfa_gallery::find);
    RuleSet::builder()
        .rules(rules.map(|rule| (rule.name, rule.script)))
        .configuration(configuration)
        .compile()
}

#[cfg(test)]
mod tests {
    use super::{Variety, gallery_configuration, gallery_logins, gallery_rule_set, with_claims};
    use mfa_rules::Decision;
    use std::collections::BTreeSet;

    #[test]
    fn every_setting_of_the_gallery_has_a_value_and_no_other() {
        let configuration = with_claims(gallery_configuration());
        let given: BTreeSet<&str> = configuration.keys().map(String::as_str).collect();
        let settings = mfa_gallery::rules().iter().flat_map(|r| &r.configuration);
        let read: BTreeSet<&str> = settings
            .flat_map(|setting| &setting.names)
            .copied()
            .collect();
        assert_eq!(given, read);
    }

    #[test]
    fn no_rule_of_the_gallery_fails_on_usual_logins() {
        let logins: Vec<_> = gallery_logins(Variety::Usual, 512).collect();
        for rule in mfa_gallery::rules() {
            let rules = gallery_rule_set([rule.name], gallery_configuration()).unwrap();
            for login in &logins {
                let outcome = rules.decide(&login.borrowed());
                assert!(outcome.errors().is_empty(), "{outcome:?}");
            }
        }
    }

    #[test]
    fn rules_of_the_gallery_decide_in_more_than_one_way() {
        let logins: Vec<_> = gallery_logins(Variety::Every, 512).collect();
        let mut one_way = Vec::new();
        for rule in mfa_gallery::rules() {
            let rules = gallery_rule_set([rule.name], gallery_configuration()).unwrap();
            let outcomes = logins.iter().map(|login| rules.decide(&login.borrowed()));
            let sound = outcomes.filter(|outcome| outcome.errors().is_empty());
            let decisions: Vec<Decision> = sound.map(|outcome| outcome.decision()).collect();
            let first = |decision: &&Decision| **decision == decisions[0];
            let as_first = decisions.iter().filter(first).count();
            if !(16..=decisions.len() - 16).contains(&as_first) {
                one_way.push(rule.name);
            }
        }
        // They ask whoever comes.
        assert_eq!(one_way, ["guardian-multifactor", "mfa"]);
    }
}
