//! Logins as values of an embedder's own types.

use super::sealed;
use crate::caught::caught;
use crate::login::Login;
use crate::projection::serialize_projected;
use crate::read_set::{Paths, ReadSet};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// A login whose user and context are values of any types that are [`Serialize`].
///
/// The outcome is the same as that of a [`Login`] with what [`serde_json::to_value`] makes of the
/// values. But only what the rules look at is taken out of them: fields that no rule looks at are
/// never serialized, and neither are the elements of an array of which a rule looks at nothing more
/// than that it is one. So what would go wrong when they are serialized does not go wrong here.
///
/// What goes wrong in a field that is serialized is an input error, and the login is denied: an
/// error of its `Serialize`, a map with keys that JSON cannot have, an integer beyond 64 bits, a
/// panic.
///
/// ```
/// use mfa_rules::{Decision, RuleSet, TypedLogin};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Profile {
///     user_id: u64,
///     app_metadata: Metadata,
/// }
///
/// #[derive(Serialize)]
/// struct Metadata {
///     use_mfa: bool,
/// }
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Context<'a> {
///     #[serde(rename = "clientID")]
///     client_id: &'a str,
/// }
///
/// let rules = RuleSet::from_source(
///     "flagged-users",
///     r#"if truthy(user?.app_metadata?.use_mfa) { require_mfa("guardian"); }"#,
/// )?;
/// let user = Profile { user_id: 1, app_metadata: Metadata { use_mfa: true } };
/// let context = Context { client_id: "payroll" };
///
/// let now = "2026-01-05T09:00:00Z".parse()?;
/// let login = TypedLogin::new(now).user(&user).context(&context);
/// assert_eq!(rules.decide(&login).decision(), Decision::Required);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A panic is caught only where panics unwind. A value that contains itself without an end overflows
/// the stack, as it does with `serde_json`, and the process ends.
#[derive(Debug)]
pub struct TypedLogin<'a, U: ?Sized = (), C: ?Sized = ()> {
    user: &'a U,
    context: &'a C,
    configuration: Option<&'a Map<String, Json>>,
    facts: Option<&'a Map<String, Json>>,
    now: DateTime<Utc>,
}

impl TypedLogin<'_> {
    /// A login at the time `now`, without a user and with an empty context.
    pub const fn new(now: DateTime<Utc>) -> Self {
        Self {
            user: &(),
            context: &(),
            configuration: None,
            facts: None,
            now,
        }
    }
}

impl<'a, U: ?Sized, C: ?Sized> TypedLogin<'a, U, C> {
    /// Sets the profile of the user: what serializes as an object, with Auth0's field names.
    ///
    /// Default: none, as is what serializes as `null`; see [`Login::user`].
    #[must_use]
    pub const fn user<T: ?Sized>(self, user: &'a T) -> TypedLogin<'a, T, C> {
        TypedLogin {
            user,
            context: self.context,
            configuration: self.configuration,
            facts: self.facts,
            now: self.now,
        }
    }

    /// Sets the context of the login: what serializes as an object, with Auth0's field names.
    ///
    /// Default: an empty one, as is what serializes as `null`; see [`Login::context`].
    #[must_use]
    pub const fn context<T: ?Sized>(self, context: &'a T) -> TypedLogin<'a, U, T> {
        TypedLogin {
            user: self.user,
            context,
            configuration: self.configuration,
            facts: self.facts,
            now: self.now,
        }
    }

    /// Sets configuration that comes with the login.
    ///
    /// Default: none; see [`Login::configuration`].
    #[must_use]
    pub const fn configuration(self, configuration: &'a Map<String, Json>) -> Self {
        Self {
            configuration: Some(configuration),
            ..self
        }
    }

    /// Sets the facts that the server has fetched for the rules: each a member by its name.
    ///
    /// Default: none; see [`Login::facts`].
    #[must_use]
    pub const fn facts(self, facts: &'a Map<String, Json>) -> Self {
        Self {
            facts: Some(facts),
            ..self
        }
    }

    /// The time of the login.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

impl<U: ?Sized, C: ?Sized> Clone for TypedLogin<'_, U, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U: ?Sized, C: ?Sized> Copy for TypedLogin<'_, U, C> {}

impl<U: Serialize + ?Sized, C: Serialize + ?Sized> sealed::Read for TypedLogin<'_, U, C> {
    fn time(&self) -> DateTime<Utc> {
        self.now
    }

    fn read<T>(&self, reads: &ReadSet, then: impl FnOnce(Result<&Login<'_>, String>) -> T) -> T {
        let user = serialized_part("user", self.user, &reads.user);
        let context = user.and_then(|user| {
            let context = serialized_part("context", self.context, &reads.context)?;
            Ok((user, context))
        });
        match context {
            Ok((user, context)) => then(Ok(&Login {
                user: Some(&user),
                context: Some(&context),
                configuration: self.configuration,
                facts: self.facts,
                now: self.now,
            })),
            Err(message) => then(Err(message)),
        }
    }
}

/// Serializes a part of the login, as far as it is looked at.
// SECURITY: `Serialize` is code of the embedder's. Whatever it does, there is a value or an error.
pub(crate) fn serialized_part<T: Serialize + ?Sized>(
    name: &str,
    value: &T,
    paths: &Paths,
) -> Result<Json, String> {
    match caught(|| serialize_projected(value, paths)) {
        Ok(Ok(json)) => Ok(json),
        Ok(Err(error)) => Err(format!("`{name}` cannot be serialized: {error}")),
        Err(_) => Err(format!("`{name}` cannot be serialized: it panicked")),
    }
}

#[cfg(test)]
mod tests;
