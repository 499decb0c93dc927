//! The login that is decided about.

use crate::multifactor::Multifactor;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// A login: the user, the context, the time, and the configuration and the facts that come with it.
///
/// It borrows; nothing is copied or converted.
///
/// ```
/// use mfa_rules::Login;
/// use serde_json::json;
///
/// let user = json!({ "user_id": "auth0|1" });
/// let context = json!({ "clientID": "app-1" });
/// let now = "2026-01-05T09:00:00Z".parse()?;
/// let login = Login::new(now).user(&user).context(&context);
/// assert_eq!(login.now(), now);
/// # Ok::<(), chrono::ParseError>(())
/// ```
///
/// A server reads its clock once for each login:
///
/// ```
/// use mfa_rules::Login;
/// use std::time::SystemTime;
///
/// let login = Login::new(SystemTime::now().into());
/// # let _ = login;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    pub(crate) user: Option<&'a Json>,
    pub(crate) context: Option<&'a Json>,
    pub(crate) configuration: Option<&'a serde_json::Map<String, Json>>,
    pub(crate) facts: Option<&'a serde_json::Map<String, Json>>,
    pub(crate) now: DateTime<Utc>,
}

impl<'a> Login<'a> {
    /// A login at the time `now`, without a user and with an empty context.
    pub const fn new(now: DateTime<Utc>) -> Self {
        Self {
            user: None,
            context: None,
            configuration: None,
            facts: None,
            now,
        }
    }

    /// Sets the profile of the user: an object, with Auth0's field names.
    ///
    /// Default: none, which is `()` in a rule, as JSON's `null` is. Anything else that is no object
    /// is an input error, and the login is denied.
    #[must_use]
    pub const fn user(self, user: &'a Json) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// Sets the context of the login: an object, with Auth0's field names.
    ///
    /// Default: an empty one, as for JSON's `null`. Anything else that is no object is an input
    /// error, and the login is denied. A `multifactor` in it counts as an earlier rule's; a
    /// malformed one is an input error.
    #[must_use]
    pub const fn context(self, context: &'a Json) -> Self {
        Self {
            context: Some(context),
            ..self
        }
    }

    /// Sets configuration that comes with the login.
    ///
    /// Default: none. Each key of it wins over the same key of the rule set's configuration, and
    /// never over one of its secrets.
    ///
    /// ```
    /// use mfa_rules::Login;
    /// use serde_json::json;
    ///
    /// let json = json!({ "CLIENTS_WITH_MFA": ["payroll"] });
    /// let configuration = json.as_object().ok_or("it is no object")?;
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?).configuration(configuration);
    /// # let _ = login;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn configuration(self, configuration: &'a serde_json::Map<String, Json>) -> Self {
        Self {
            configuration: Some(configuration),
            ..self
        }
    }

    /// Sets the facts that the server has fetched for the rules: each a member by its name.
    ///
    /// Default: none. A rule that asks for a fact which is not among them fails with
    /// [`Code::MissingFact`]. `null` is `()` in a rule, and says that there is none.
    ///
    /// [`RuleSet::facts`] says which facts rules ask for; any other is not looked at.
    ///
    /// # Security
    ///
    /// Leave out what could not be fetched. A default in its place, `0` for a risk score, would
    /// decide as if the answer had been known.
    ///
    /// ```
    /// use mfa_rules::{Decision, Login, RuleSet};
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::from_source(
    ///     "risky-logins",
    ///     r#"if fact("risk_score") > 70 { require_mfa("any"); }"#,
    /// )?;
    /// let json = json!({ "risk_score": 82 });
    /// let facts = json.as_object().ok_or("it is no object")?;
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?).facts(facts);
    /// assert_eq!(rules.decide(&login).decision(), Decision::Required);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`Code::MissingFact`]: crate::Code::MissingFact
    /// [`RuleSet::facts`]: crate::RuleSet::facts
    #[must_use]
    pub const fn facts(self, facts: &'a serde_json::Map<String, Json>) -> Self {
        Self {
            facts: Some(facts),
            ..self
        }
    }

    /// The time of the login.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Checks that rules can run on the login, and gives the second factor that it comes with.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words: the message of an error with [`Code::Input`].
    ///
    /// [`Code::Input`]: crate::Code::Input
    pub(crate) fn check_input(&self) -> Result<Option<Multifactor>, String> {
        object("user", self.user)?;
        match object("context", self.context)?.and_then(|context| context.get("multifactor")) {
            Some(multifactor) => Multifactor::from_json(multifactor),
            None => Ok(None),
        }
    }
}

/// The members of an object; `None` when it is absent or `null`.
pub(crate) fn object<'a>(
    name: &str,
    json: Option<&'a Json>,
) -> Result<Option<&'a serde_json::Map<String, Json>>, String> {
    let found = match json {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Object(members)) => return Ok(Some(members)),
        Some(Json::Bool(_)) => "a boolean",
        Some(Json::Number(_)) => "a number",
        Some(Json::String(_)) => "a text",
        Some(Json::Array(_)) => "an array",
    };
    Err(format!("`{name}` must be an object, not {found}"))
}

#[cfg(test)]
mod tests {
    use super::Login;
    use chrono::DateTime;
    use serde_json::{Value as Json, json};

    fn check(user: &Json, context: &Json) -> Result<Option<Json>, String> {
        let login = Login::new(DateTime::UNIX_EPOCH).user(user).context(context);
        let multifactor = login.check_input()?;
        Ok(multifactor.map(|multifactor| json!(multifactor)))
    }

    #[test]
    fn absent_and_null_count_as_nothing() {
        assert_eq!(check(&Json::Null, &Json::Null), Ok(None));
        let login = Login::new(DateTime::UNIX_EPOCH);
        assert!(matches!(login.check_input(), Ok(None)));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let no_object = [
            (json!(true), "a boolean"),
            (json!(1), "a number"),
            (json!(""), "a text"),
            (json!([]), "an array"),
        ];
        for (json, found) in no_object {
            assert_eq!(
                check(&json, &Json::Null),
                Err(format!("`user` must be an object, not {found}"))
            );
            assert_eq!(
                check(&Json::Null, &json),
                Err(format!("`context` must be an object, not {found}"))
            );
        }
    }

    #[test]
    fn a_second_factor_that_comes_in_is_read() {
        assert_eq!(
            check(&json!({}), &json!({ "multifactor": { "provider": "duo" } })),
            Ok(Some(
                json!({ "provider": "duo", "allowRememberBrowser": true })
            ))
        );
        assert_eq!(check(&json!({}), &json!({ "multifactor": null })), Ok(None));
    }

    #[test]
    fn a_malformed_second_factor_that_comes_in_is_refused() {
        assert_eq!(
            check(&json!({}), &json!({ "multifactor": true })),
            Err("`context.multifactor` must be an object, not a boolean".to_owned())
        );
        assert_eq!(
            check(&json!({}), &json!({ "multifactor": {} })),
            Err(
                "`context.multifactor` has no `provider`; the providers are `any`, `guardian`, \
                 `google-authenticator`, `duo`, `none`"
                    .to_owned()
            )
        );
    }
}
