//! Rules in Rust that run beside scripts.

use crate::codes::Code;
use crate::failure::{Denied, Failure};
use crate::host::fact::missing_fact;
use crate::host::outcome::shortened;
use crate::multifactor::{Provider, Remember};
use crate::outcome::DenialError;
use crate::plugin::json::take_apart;
use crate::quote::quote;
use crate::read_set::{Paths, ReadPart, ReadSet};
use crate::secret::Secret;
use crate::tree::Root;
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// A rule in Rust that runs beside scripts, in its place among them, under the same failure rules.
///
/// It sees the login as the rules before it left it, and says what it wants with the methods of
/// [`RuleLogin`]. An `Err` and a panic are failures of the rule: its writes are undone, and its
/// [`OnError`](crate::OnError) is applied.
///
/// ```
/// use mfa_rules::{
///     Decision, Login, NativeRule, Provider, ReadPart, ReadSet, Remember, RuleFailure, RuleLogin,
///     RuleSet,
/// };
/// use serde_json::json;
///
/// /// Asks for a second factor on devices that the user has not used before.
/// struct DeviceCheck;
///
/// impl NativeRule for DeviceCheck {
///     fn name(&self) -> &str {
///         "device-check"
///     }
///
///     fn reads(&self) -> ReadSet {
///         ReadSet::nothing()
///             .and_user(&["app_metadata", "devices"], ReadPart::Whole)
///             .and_context(&["device"], ReadPart::Shape)
///     }
///
///     fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
///         let Some(device) = login.context(&["device"])? else {
///             return Err(RuleFailure::new("the login names no device"));
///         };
///         let devices = login.user(&["app_metadata", "devices"])?;
///         let known = devices.is_some_and(|devices| {
///             devices.as_array().is_some_and(|devices| devices.contains(&device))
///         });
///         if !known {
///             login.require(Provider::Guardian, Remember::Never)?;
///         }
///         Ok(())
///     }
/// }
///
/// let rules = RuleSet::builder().native_rule(DeviceCheck).compile()?;
/// let context = json!({ "device": "new" });
/// let login = Login::new("2026-01-05T09:00:00Z".parse()?).context(&context);
/// assert_eq!(rules.decide(&login).decision(), Decision::Required);
///
/// let nameless = Login::new("2026-01-05T09:00:00Z".parse()?);
/// assert_eq!(rules.decide(&nameless).decision(), Decision::Denied);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A rule set serves all threads, and so does the rule: what it keeps between decisions makes equal
/// logins differ. It cannot be interrupted; one that comes back after the deadline has failed.
pub trait NativeRule: Send + Sync {
    /// The name: of the rule in outcomes, and that by which a manifest names it.
    fn name(&self) -> &str;

    /// The version, a part of the revision of every rule set that has the rule.
    ///
    /// Default: 1. Raise it whenever the same login may be decided differently.
    fn version(&self) -> u32 {
        1
    }

    /// What the rule can look at of a login, and what it writes.
    ///
    /// Default: everything, which is always right; a server then loads every field that it has, and
    /// hands it over. What is read or written and not declared is a failure of the rule with
    /// [`Code::UndeclaredRead`](crate::Code::UndeclaredRead). `context.multifactor` need not be
    /// declared.
    fn reads(&self) -> ReadSet {
        ReadSet::everything()
    }

    /// The names of the facts that the rule asks for, with [`RuleLogin::fact`]: what a server has
    /// to fetch before it decides, as [`RuleSet::facts`] says.
    ///
    /// Default: none. A set that declares facts declares these too, or it does not compile, with
    /// [`Code::UnknownFact`](crate::Code::UnknownFact).
    ///
    /// [`RuleSet::facts`]: crate::RuleSet::facts
    fn facts(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Runs the rule on a login.
    ///
    /// # Errors
    ///
    /// What the rule cannot decide about: it has failed then. What a method of `login` fails with
    /// is passed on with `?`; the rule has failed also when it is not.
    fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure>;
}

/// A native rule as a part of a rule set. What it says of itself is asked once.
#[derive(Clone)]
pub(crate) struct Native {
    rule: Arc<dyn NativeRule>,
    name: String,
    version: u32,
    reads: ReadSet,
    facts: BTreeSet<String>,
}

impl Native {
    pub(crate) fn new(rule: Arc<dyn NativeRule>) -> Self {
        let name = rule.name().to_owned();
        let version = rule.version();
        let mut reads = rule.reads();
        // Every decision looks at what is asked for already.
        reads.context.add(["multifactor"], ReadPart::Whole);
        let facts = rule.facts().into_iter().map(str::to_owned).collect();
        Self {
            rule,
            name,
            version,
            reads,
            facts,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// What it can look at.
    pub(crate) fn reads(&self) -> &ReadSet {
        &self.reads
    }

    /// The facts that it asks for.
    pub(crate) fn facts(&self) -> &BTreeSet<String> {
        &self.facts
    }

    /// What tells the rule from every other one that is alive at the same time.
    #[cfg(feature = "cache")]
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.rule).addr()
    }

    /// Whether it is the same rule, and says the same of itself.
    #[cfg(feature = "cache")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let Self {
            rule,
            name,
            version,
            reads,
            facts,
        } = self;
        Arc::ptr_eq(rule, &other.rule)
            && *name == other.name
            && *version == other.version
            && *reads == other.reads
            && *facts == other.facts
    }

    pub(crate) fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
        self.rule.run(login)
    }
}

/// Whatever the rule is: a panic in it is caught where it is run.
impl RefUnwindSafe for Native {}
impl UnwindSafe for Native {}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// Why a [`NativeRule`] fails.
///
/// # Security
///
/// The message is in [`Outcome::errors`](crate::Outcome::errors), for operators: it must hold
/// neither a secret nor a whole user. What is beyond 4,096 bytes of it is cut off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleFailure(String);

impl RuleFailure {
    /// A failure with this message, lower-case, without a period at the end.
    /// Its code is [`Code::NativeRule`](crate::Code::NativeRule).
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(crate) fn into_failure(self) -> Failure {
        Failure::uncatchable(Code::NativeRule, shortened(&self.0))
    }
}

/// The login that a [`NativeRule`] runs on, as the rules before it left it.
///
/// Values are read and written at paths: the names of the members on the way. What a method fails
/// with is a failure of the rule, also when the rule goes on as if nothing had happened, because
/// neither a value that could not be read nor a write that was refused may pass unnoticed.
pub struct RuleLogin<'l> {
    access: &'l mut (dyn Access<'l> + 'l),
    reads: &'l ReadSet,
    facts: &'l BTreeSet<String>,
    verdict: Option<Verdict>,
}

/// What nothing that a native rule does can change any more.
#[derive(Debug)]
pub(crate) enum Verdict {
    Denied(Denied),
    Failed(Failure),
}

/// What the evaluator does for a native rule.
pub(crate) trait Access<'l> {
    fn now(&self) -> DateTime<Utc>;

    /// What is at a path, as far as it is declared.
    fn read(
        &mut self,
        root: Root,
        path: &[&str],
        declared: &'l Paths,
    ) -> Result<Option<Cow<'l, Json>>, Failure>;

    /// The fact of this name, when it came with the login.
    fn fact(&mut self, name: &str) -> Result<Option<&'l Json>, Failure>;

    fn secret(&mut self, name: &str) -> Option<&'l Secret>;

    /// Assigns what is at a path, as far as it is declared.
    fn put(
        &mut self,
        root: Root,
        path: &[&str],
        declared: &'l Paths,
        written: Written<'_>,
    ) -> Result<(), Failure>;

    fn print(&mut self, line: &str);
}

/// What a native rule assigns.
pub(crate) enum Written<'w> {
    Json(Json),
    /// The secret of this name.
    Secret(&'w str),
}

impl<'l> RuleLogin<'l> {
    pub(crate) fn new(access: &'l mut (dyn Access<'l> + 'l), native: &'l Native) -> Self {
        Self {
            access,
            reads: &native.reads,
            facts: &native.facts,
            verdict: None,
        }
    }

    pub(crate) fn into_verdict(self) -> Option<Verdict> {
        self.verdict
    }

    /// The time of the login. There is no other clock in a decision.
    pub fn now(&self) -> DateTime<Utc> {
        self.access.now()
    }

    /// What is at `path` of `user`; `None` when it is missing or `null`.
    ///
    /// # Errors
    ///
    /// The path is not declared, something on the way is neither a map nor missing, or there is a
    /// secret in what is there.
    pub fn user(&mut self, path: &[&str]) -> Result<Option<Cow<'l, Json>>, RuleFailure> {
        let declared = &self.reads.user;
        self.attempt(|access| access.read(Root::User, path, declared))
    }

    /// What is at `path` of `context`; `None` when it is missing or `null`.
    ///
    /// # Errors
    ///
    /// As for [`RuleLogin::user`].
    pub fn context(&mut self, path: &[&str]) -> Result<Option<Cow<'l, Json>>, RuleFailure> {
        let declared = &self.reads.context;
        self.attempt(|access| access.read(Root::Context, path, declared))
    }

    /// What is at `path` of `configuration`; `None` when it is missing or `null`. Secrets are not
    /// part of it: see [`RuleLogin::secret`].
    ///
    /// # Errors
    ///
    /// As for [`RuleLogin::user`].
    pub fn configuration(&mut self, path: &[&str]) -> Result<Option<Cow<'l, Json>>, RuleFailure> {
        let declared = &self.reads.configuration;
        self.attempt(|access| access.read(Root::Configuration, path, declared))
    }

    /// The fact `name`, as it came with the login. `null` is the answer "there is none": the server
    /// has looked, and found nothing.
    ///
    /// ```
    /// use mfa_rules::{
    ///     Decision, Login, NativeRule, Provider, Remember, RuleFailure, RuleLogin, RuleSet,
    /// };
    /// use serde_json::json;
    ///
    /// /// Asks for a second factor unless the device is known.
    /// struct UnknownDevices;
    ///
    /// impl NativeRule for UnknownDevices {
    ///     fn name(&self) -> &str {
    ///         "unknown-devices"
    ///     }
    ///
    ///     fn facts(&self) -> Vec<&str> {
    ///         vec!["known_device"]
    ///     }
    ///
    ///     fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
    ///         if login.fact("known_device")?.is_null() {
    ///             login.require(Provider::Any, Remember::Never)?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let rules = RuleSet::builder().native_rule(UnknownDevices).compile()?;
    /// assert_eq!(rules.facts()[0].name, "known_device");
    ///
    /// let facts = json!({ "known_device": null });
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?);
    /// let outcome = rules.decide(&login.facts(facts.as_object().ok_or("it is no object")?));
    /// assert_eq!(outcome.decision(), Decision::Required);
    /// assert_eq!(rules.decide(&login).decision(), Decision::Denied);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The fact did not come with the login: [`Code::MissingFact`](crate::Code::MissingFact). Or it
    /// is not among [`NativeRule::facts`]: [`Code::UndeclaredRead`](crate::Code::UndeclaredRead).
    pub fn fact(&mut self, name: &str) -> Result<&'l Json, RuleFailure> {
        let declared = self.facts;
        self.attempt(|access| {
            if !declared.contains(name) {
                let name = quote(name);
                return Err(Failure::uncatchable(
                    Code::UndeclaredRead,
                    format!("the native rule asks for the fact {name}, and does not declare it"),
                ));
            }
            access.fact(name)?.ok_or_else(|| missing_fact(name))
        })
    }

    /// A secret of the rule set, by its name; `None` when it has none of this name.
    pub fn secret(&mut self, name: &str) -> Option<&'l Secret> {
        self.access.secret(name)
    }

    /// Asks for a second factor, as `require_mfa` in a script does. Of all requests of the rules
    /// the last one counts.
    ///
    /// Further fields of `context.multifactor` are set behind it, with [`RuleLogin::set_context`]
    /// and [`RuleLogin::set_secret`]: `["multifactor", "host"]`.
    ///
    /// # Errors
    ///
    /// A limit of the rule is reached.
    pub fn require(&mut self, provider: Provider, remember: Remember) -> Result<(), RuleFailure> {
        self.set_context(
            &["multifactor"],
            json!({ "provider": provider, "allowRememberBrowser": remember }),
        )
    }

    /// Takes an earlier request of the rules for a second factor back, as `skip_mfa` in a script
    /// does. A challenge that stands because a rule failed remains.
    ///
    /// # Errors
    ///
    /// A limit of the rule is reached.
    pub fn skip(&mut self) -> Result<(), RuleFailure> {
        self.set_context(&["multifactor"], Json::Null)
    }

    /// Denies the login. Nothing that the rule does afterwards undoes it, and no later rule runs.
    /// It holds also when the rule has failed before: a denial is the stricter of both.
    ///
    /// `message` becomes OAuth's `error_description`; what is beyond 4,096 bytes is cut off.
    ///
    /// ```
    /// # use mfa_rules::{DenialError, RuleFailure, RuleLogin};
    /// fn run(login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
    ///     if login.user(&["blocked"])?.is_some() {
    ///         return login.deny(DenialError::Unauthorized, "the account is blocked");
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = run;
    /// ```
    ///
    /// # Errors
    ///
    /// Always, so that `return login.deny(…)` or `?` leaves the rule.
    pub fn deny(
        &mut self,
        error: DenialError,
        message: impl AsRef<str>,
    ) -> Result<(), RuleFailure> {
        if !matches!(self.verdict, Some(Verdict::Denied(_))) {
            self.verdict = Some(Verdict::Denied(Denied {
                error,
                description: shortened(message.as_ref()),
                position: None,
            }));
        }
        Err(denied())
    }

    /// Assigns what is at `path` of `user`. Later rules see it; nothing stores it.
    ///
    /// ```
    /// # use mfa_rules::{RuleFailure, RuleLogin};
    /// # use serde_json::json;
    /// fn run(login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
    ///     login.set_user(&["risk"], json!(0.7))
    /// }
    /// # let _ = run;
    /// ```
    ///
    /// # Errors
    ///
    /// What a script could not assign either: something on the way is missing or no map, `user` as
    /// a whole. And a path that is not declared, because the outcome tells what changed.
    pub fn set_user(&mut self, path: &[&str], value: Json) -> Result<(), RuleFailure> {
        self.write(Root::User, path, Written::Json(value))
    }

    /// Assigns what is at `path` of `context`.
    ///
    /// # Errors
    ///
    /// As for [`RuleLogin::set_user`], and a key of `context` that no rule may write.
    pub fn set_context(&mut self, path: &[&str], value: Json) -> Result<(), RuleFailure> {
        self.write(Root::Context, path, Written::Json(value))
    }

    /// Puts the secret `name` of the rule set at `path` of `context`, below `multifactor`.
    ///
    /// # Errors
    ///
    /// As for [`RuleLogin::set_context`], a secret that the set does not have, and every place that
    /// no secret may be put at.
    pub fn set_secret(&mut self, path: &[&str], name: &str) -> Result<(), RuleFailure> {
        self.write(Root::Context, path, Written::Secret(name))
    }

    /// Appends a line to the trace of the rule, as `print` in a script does.
    pub fn print(&mut self, line: impl AsRef<str>) {
        self.access.print(line.as_ref());
    }

    fn write(
        &mut self,
        root: Root,
        path: &[&str],
        mut written: Written<'_>,
    ) -> Result<(), RuleFailure> {
        let declared = match root {
            Root::User => &self.reads.user,
            _ => &self.reads.context,
        };
        if let (Err(failure), Written::Json(json)) = (self.standing(), &mut written) {
            take_apart(std::mem::take(json));
            return Err(failure);
        }
        self.attempt(|access| access.put(root, path, declared, written))
    }

    /// Does something, unless the rule has denied or failed already; and takes note when it fails.
    fn attempt<T>(
        &mut self,
        what: impl FnOnce(&mut (dyn Access<'l> + 'l)) -> Result<T, Failure>,
    ) -> Result<T, RuleFailure> {
        self.standing()?;
        what(self.access).map_err(|failure| {
            let told = RuleFailure(failure.message.clone());
            self.verdict = Some(Verdict::Failed(failure));
            told
        })
    }

    /// Whether the rule has neither denied nor failed.
    fn standing(&self) -> Result<(), RuleFailure> {
        match &self.verdict {
            Some(Verdict::Denied(_)) => Err(denied()),
            Some(Verdict::Failed(failure)) => Err(RuleFailure(failure.message.clone())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for RuleLogin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleLogin").finish_non_exhaustive()
    }
}

fn denied() -> RuleFailure {
    RuleFailure::new("the rule has denied the login")
}
