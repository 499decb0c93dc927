//! The outcome of typed values is that of what `serde_json` makes of them.

use super::TypedLogin;
use crate::{Decision, Login, RuleSet};
use chrono::DateTime;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeMap;

const RULE: &str = r#"
if truthy(user?.app_metadata?.use_mfa) { require_mfa("guardian"); }
if context.clientID == configuration.BLOCKED { deny("blocked"); }
"#;

#[derive(Serialize)]
struct Profile {
    user_id: &'static str,
    app_metadata: Option<BTreeMap<&'static str, bool>>,
}

#[derive(Serialize)]
#[serde(tag = "protocol")]
enum Context {
    #[serde(rename = "samlp", rename_all = "camelCase")]
    Saml {
        #[serde(rename = "clientID")]
        client_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        multifactor: Option<Multifactor>,
    },
}

#[derive(Serialize)]
struct Multifactor {
    provider: &'static str,
}

#[test]
fn typed_values_decide_as_their_json_does() {
    let rules = RuleSet::from_source("rule", RULE).unwrap();
    let now = DateTime::UNIX_EPOCH;
    let configuration = json!({ "BLOCKED": "app-2" });
    let configuration = configuration.as_object().unwrap();
    for app_metadata in [None, Some(BTreeMap::from([("use_mfa", true)]))] {
        let user_id = "auth0|1";
        let user = Profile {
            user_id,
            app_metadata,
        };
        for client_id in ["app-1", "app-2"] {
            for multifactor in [None, Some("duo"), Some("malformed")] {
                let multifactor = multifactor.map(|provider| Multifactor { provider });
                let context = Context::Saml {
                    client_id,
                    multifactor,
                };
                let (user_json, context_json) = (json!(user), json!(context));
                let login = Login::new(now).user(&user_json).context(&context_json);
                let typed = TypedLogin::new(now).user(&user).context(&context);
                assert_eq!(json!(rules.decide(&typed)), json!(rules.decide(&login)));
                let login = login.configuration(configuration);
                let typed = typed.configuration(configuration).facts(configuration);
                assert_eq!(json!(rules.decide(&typed)), json!(rules.decide(&login)));
            }
        }
    }
}

#[test]
fn values_that_are_left_out_are_nothing() {
    let rules = RuleSet::from_source("rule", RULE).unwrap();
    let now = DateTime::UNIX_EPOCH;
    let left_out = TypedLogin::new(now);
    let none = left_out.user(&None::<Profile>).context(&None::<Context>);
    let expected = json!(rules.decide(&Login::new(now)));
    assert_eq!(json!(rules.decide(&left_out)), expected);
    assert_eq!(json!(rules.decide(&none)), expected);
    assert_eq!(none.now(), now);
}

struct Refusing;

impl Serialize for Refusing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("the database is gone"))
    }
}

struct Panicking;

impl Serialize for Panicking {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("as it does")
    }
}

/// Every error of a value that is looked at denies, with what is wrong with it.
#[test]
fn what_cannot_be_serialized_is_an_input_error() {
    fn check<T: Serialize>(wrong: T, expected: &str) {
        let rules = RuleSet::from_source("rule", RULE).unwrap();
        let inner = BTreeMap::from([("clientID", &wrong), ("app_metadata", &wrong)]);
        let login = TypedLogin::new(DateTime::UNIX_EPOCH);
        for name in ["user", "context"] {
            let message = match name {
                "user" => rules
                    .decide(&login.user(&inner))
                    .input_error()
                    .map(str::to_owned),
                _ => rules
                    .decide(&login.context(&inner))
                    .input_error()
                    .map(str::to_owned),
            };
            let expected = format!("`{name}` cannot be serialized: {expected}");
            assert_eq!(message.as_deref(), Some(&*expected));
        }
        let outcome = rules.decide(&login.user(&wrong));
        assert_eq!(outcome.decision(), Decision::Denied);
    }
    check(Refusing, "the database is gone");
    check(Panicking, "it panicked");
    check(BTreeMap::from([(Some("a"), 1)]), "key must be a string");
}

#[test]
fn a_value_of_no_object_is_an_input_error() {
    let rules = RuleSet::from_source("rule", RULE).unwrap();
    let login = TypedLogin::new(DateTime::UNIX_EPOCH).user(&["a", "b"]);
    let outcome = rules.decide(&login);
    assert_eq!(outcome.decision(), Decision::Denied);
    assert_eq!(
        outcome.input_error(),
        Some("`user` must be an object, not an array")
    );
}
