//! Logins as JSON text.

use super::sealed;
use crate::json_text::read_projected;
use crate::login::{Login, object};
use crate::read_set::{Paths, ReadSet};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

/// A login whose parts are JSON texts, each a document.
///
/// Only what the rules look at is taken out of the texts: no value is built of the rest. The outcome
/// is the same as that of a [`Login`] with the values that `serde_json` reads from the texts. Of
/// members with the same name, the last one counts.
///
/// A text that `serde_json` would not read is an input error, and the login is denied, also when
/// what is wrong with the text is where no rule looks.
///
/// It borrows; texts are read when it is decided about, each time anew.
///
/// ```
/// use mfa_rules::{Decision, JsonLogin, RuleSet};
///
/// let rules = RuleSet::from_source(
///     "flagged-users",
///     r#"if truthy(user?.app_metadata?.use_mfa) { require_mfa("guardian"); }"#,
/// )?;
/// let user = r#"{ "user_id": "auth0|1", "app_metadata": { "use_mfa": true } }"#;
/// let body: &[u8] = br#"{ "clientID": "payroll" }"#;
///
/// let login = JsonLogin::new("2026-01-05T09:00:00Z".parse()?).user(user).context(body);
/// assert_eq!(rules.decide(&login).decision(), Decision::Required);
///
/// let outcome = rules.decide(&login.user("{ user_id }"));
/// assert_eq!(outcome.decision(), Decision::Denied);
/// assert_eq!(
///     outcome.input_error(),
///     Some("`user` is not JSON: key must be a string, line 1, column 3")
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct JsonLogin<'a> {
    user: Option<&'a [u8]>,
    context: Option<&'a [u8]>,
    configuration: Option<Configuration<'a>>,
    facts: Option<&'a [u8]>,
    now: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy)]
enum Configuration<'a> {
    Text(&'a [u8]),
    Values(&'a Map<String, Json>),
}

impl<'a> JsonLogin<'a> {
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

    /// Sets the profile of the user: the text of an object, with Auth0's field names.
    ///
    /// Default: none, which is the same as `null`; see [`Login::user`].
    #[must_use]
    pub fn user<T: AsRef<[u8]> + ?Sized>(self, text: &'a T) -> Self {
        Self {
            user: Some(text.as_ref()),
            ..self
        }
    }

    /// Sets the context of the login: the text of an object, with Auth0's field names.
    ///
    /// Default: an empty one, which is the same as `null`; see [`Login::context`].
    #[must_use]
    pub fn context<T: AsRef<[u8]> + ?Sized>(self, text: &'a T) -> Self {
        Self {
            context: Some(text.as_ref()),
            ..self
        }
    }

    /// Sets configuration that comes with the login: the text of an object or of `null`.
    ///
    /// Default: none, which is the same as `null`; see [`Login::configuration`]. Anything else is
    /// an input error, and the login is denied.
    #[must_use]
    pub fn configuration<T: AsRef<[u8]> + ?Sized>(self, text: &'a T) -> Self {
        Self {
            configuration: Some(Configuration::Text(text.as_ref())),
            ..self
        }
    }

    /// Sets configuration that comes with the login, as values: that of a tenant, which is read once
    /// and not for each login.
    ///
    /// Default: none; see [`Login::configuration`]. It takes the place of a text that was set before.
    ///
    /// ```
    /// use mfa_rules::{Decision, JsonLogin, RuleSet};
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::from_source(
    ///     "listed-clients",
    ///     r#"if context.clientID in configuration.CLIENTS { require_mfa("any"); }"#,
    /// )?;
    /// let json = json!({ "CLIENTS": ["payroll"] });
    /// let configuration = json.as_object().ok_or("it is no object")?;
    /// let login = JsonLogin::new("2026-01-05T09:00:00Z".parse()?)
    ///     .context(r#"{ "clientID": "payroll" }"#)
    ///     .configuration_values(configuration);
    /// assert_eq!(rules.decide(&login).decision(), Decision::Required);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn configuration_values(self, configuration: &'a Map<String, Json>) -> Self {
        Self {
            configuration: Some(Configuration::Values(configuration)),
            ..self
        }
    }

    /// Sets the facts that the server has fetched for the rules: the text of an object or of `null`.
    ///
    /// Default: none, which is the same as `null`; see [`Login::facts`]. Anything else is an input
    /// error, and the login is denied.
    #[must_use]
    pub fn facts<T: AsRef<[u8]> + ?Sized>(self, text: &'a T) -> Self {
        Self {
            facts: Some(text.as_ref()),
            ..self
        }
    }

    /// The time of the login.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn configuration_text(&self) -> Option<&'a [u8]> {
        match self.configuration {
            Some(Configuration::Text(text)) => Some(text),
            Some(Configuration::Values(_)) | None => None,
        }
    }

    fn values(&self, reads: &ReadSet) -> Result<Values, String> {
        Ok(Values {
            user: part("user", self.user, &reads.user)?,
            context: part("context", self.context, &reads.context)?,
            configuration: part(
                "configuration",
                self.configuration_text(),
                &reads.configuration,
            )?,
            facts: part("facts", self.facts, &Paths::everything())?,
        })
    }
}

impl sealed::Read for JsonLogin<'_> {
    fn time(&self) -> DateTime<Utc> {
        self.now
    }

    fn read<T>(&self, reads: &ReadSet, then: impl FnOnce(Result<&Login<'_>, String>) -> T) -> T {
        match self.values(reads) {
            Ok(values) => match values.login(self.now) {
                Ok(mut login) => {
                    if let Some(Configuration::Values(configuration)) = self.configuration {
                        login = login.configuration(configuration);
                    }
                    then(Ok(&login))
                }
                Err(message) => then(Err(message)),
            },
            Err(message) => then(Err(message)),
        }
    }
}

/// What was read of the texts.
struct Values {
    user: Option<Json>,
    context: Option<Json>,
    configuration: Option<Json>,
    facts: Option<Json>,
}

impl Values {
    fn login(&self, now: DateTime<Utc>) -> Result<Login<'_>, String> {
        Ok(Login {
            user: self.user.as_ref(),
            context: self.context.as_ref(),
            configuration: object("configuration", self.configuration.as_ref())?,
            facts: object("facts", self.facts.as_ref())?,
            now,
        })
    }
}

fn part(name: &str, text: Option<&[u8]>, paths: &Paths) -> Result<Option<Json>, String> {
    let read = text.map(|text| read_projected(text, paths)).transpose();
    read.map_err(|error| format!("`{name}` is {error}"))
}

#[cfg(test)]
mod tests;
