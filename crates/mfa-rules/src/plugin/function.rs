//! Host functions that an embedder adds.

use crate::host;
use crate::parse;
use crate::quote::quote;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// A host function that an embedder adds, for [`Functions`].
///
/// A rule calls it as every other host function: `device_reputation(user.device)` and
/// `user.device.device_reputation()` are the same call. It gets and gives plain JSON. Of what a
/// rule passes, `()` is `null`, a character is a text of one, and a time is a text in RFC 3339; a
/// range, a function and a number that is not finite are a failure with [`Code::Type`], and a
/// secret is one with [`Code::SecretUse`], which nothing catches.
///
/// Arguments and result are spent: each costs operations and memory by its size, so that a rule
/// which passes a large part of the login again and again reaches a limit. Neither may be nested
/// more than 64 levels deep.
///
/// ```
/// use mfa_rules::{Decision, Function, FunctionError, Functions, Login, RuleSet};
/// use serde_json::{Value, json};
///
/// let reputation = Function::new("device_reputation", |arguments| match arguments {
///     [Value::String(device)] => Ok(json!(if device == "known" { 90 } else { 10 })),
///     _ => Err(FunctionError::new("the device is no text")),
/// })
/// .argument("device", "The device, as `context.device` names it.")
/// .about("How far a device can be trusted, from 0 to 100.")
/// .cost(50);
/// let rules = RuleSet::builder()
///     .rule(("devices", r#"if context.device.device_reputation() < 50 { require_mfa("any"); }"#))
///     .functions(Functions::new().with(reputation)?)
///     .compile()?;
///
/// let context = json!({ "device": "new" });
/// let login = Login::new("2026-01-05T09:00:00Z".parse()?).context(&context);
/// assert_eq!(rules.decide(&login).decision(), Decision::Required);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A function shall give the same for the same arguments, look at nothing that can change under a
/// decision, and come back at once: it cannot be interrupted, and a rule whose time is over fails
/// when the function has come back. What needs a network is fetched before the decision and put
/// into the login.
///
/// [`Code::Type`]: crate::Code::Type
/// [`Code::SecretUse`]: crate::Code::SecretUse
#[must_use]
pub struct Function {
    name: String,
    version: u32,
    about: String,
    arguments: Vec<Argument>,
    cost: u64,
    body: Box<Body>,
}

type Body = dyn Fn(&[Json]) -> Result<Json, FunctionError> + Send + Sync;

/// A documented argument.
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) optional: bool,
}

impl Function {
    /// A function without arguments, version 1, that costs one operation.
    ///
    /// `body` gets as many arguments as were declared, optional ones that the rule left out not
    /// included. A panic in it is a failure of the rule with [`Code::Panic`](crate::Code::Panic),
    /// which nothing catches.
    pub fn new(
        name: impl Into<String>,
        body: impl Fn(&[Json]) -> Result<Json, FunctionError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            version: 1,
            about: String::new(),
            arguments: Vec::new(),
            cost: 1,
            body: Box::new(body),
        }
    }

    /// Declares the next argument. `about` is for [`Functions::reference`].
    ///
    /// A call with another number of arguments than were declared does not compile.
    pub fn argument(mut self, name: impl Into<String>, about: impl Into<String>) -> Self {
        self.arguments.push(Argument {
            name: name.into(),
            about: about.into(),
            optional: false,
        });
        self
    }

    /// Declares the next argument, which a rule may leave out. No required one may follow.
    pub fn optional_argument(mut self, name: impl Into<String>, about: impl Into<String>) -> Self {
        self.arguments.push(Argument {
            name: name.into(),
            about: about.into(),
            optional: true,
        });
        self
    }

    /// What the function does, in Markdown, for [`Functions::reference`].
    ///
    /// Default: nothing.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// How many operations a call takes, spent before it. See [`Limits`](crate::Limits).
    ///
    /// Default: 1, about a microsecond of work. It must not be 0.
    pub fn cost(mut self, operations: u64) -> Self {
        self.cost = operations;
        self
    }

    /// The version, a part of the revision of every rule set that uses the function.
    ///
    /// Default: 1. Raise it whenever the same arguments may give something else, so that a log of
    /// decisions tells what decided.
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn operations(&self) -> u64 {
        self.cost
    }

    pub(crate) fn call(&self, arguments: &[Json]) -> Result<Json, FunctionError> {
        (self.body)(arguments)
    }

    /// Whether it can be called with this number of arguments.
    pub(crate) fn takes(&self, arguments: usize) -> bool {
        (self.required()..=self.arguments.len()).contains(&arguments)
    }

    /// The forms in which it is called, the shortest first.
    pub(crate) fn signatures(&self) -> Vec<String> {
        let names: Vec<&str> = self
            .arguments
            .iter()
            .map(|argument| argument.name.as_str())
            .collect();
        (self.required()..=names.len())
            .filter_map(|count| names.get(..count))
            .map(|names| format!("{}({})", self.name, names.join(", ")))
            .collect()
    }

    /// What a revision has of it: name, version, required and possible arguments, cost.
    pub(crate) fn identity(&self) -> (&str, [u64; 4]) {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let required = count(self.required());
        let possible = count(self.arguments.len());
        let version = u64::from(self.version);
        (&self.name, [version, required, possible, self.cost])
    }

    pub(super) fn about_text(&self) -> &str {
        &self.about
    }

    pub(super) fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    pub(super) fn version_number(&self) -> u32 {
        self.version
    }

    fn required(&self) -> usize {
        let arguments = self.arguments.iter();
        arguments.filter(|argument| !argument.optional).count()
    }

    fn check(&self) -> Result<(), RegistrationError> {
        let name = || self.name.clone();
        if !is_name(&self.name) {
            return Err(RegistrationError::Name(name()));
        }
        if host::lookup(&self.name).is_some() {
            return Err(RegistrationError::OfTheEngine(name()));
        }
        if !parse::can_name_a_function(&self.name) {
            return Err(RegistrationError::Reserved(name()));
        }
        if self.cost == 0 {
            return Err(RegistrationError::Cost(name()));
        }
        let from_optional = self
            .arguments
            .iter()
            .skip_while(|argument| !argument.optional);
        let behind_optional = { from_optional }.find(|argument| !argument.optional);
        match behind_optional {
            Some(argument) => Err(RegistrationError::Arguments {
                function: name(),
                argument: argument.name.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// Whatever the function is: a panic in it is caught where it is called.
impl RefUnwindSafe for Function {}
impl UnwindSafe for Function {}

/// Its name and version.
impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// Why a [`Function`] gave no result: a failure with
/// [`Code::Function`](crate::Code::Function), which a rule may catch.
///
/// # Security
///
/// The message is in [`Outcome::errors`](crate::Outcome::errors), and a rule that catches it can
/// read it: it must not hold anything secret. What is beyond 4,096 bytes of it is cut off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FunctionError(String);

impl FunctionError {
    /// An error with this message: lower-case, no period at the end.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// The host functions that an embedder adds, by name. It is cheap to clone.
///
/// A rule set uses those that it was compiled with. One that names a function which is not among
/// them does not compile.
///
/// ```
/// use mfa_rules::{Function, Functions};
/// use serde_json::json;
///
/// let functions = Functions::new().with(Function::new("is_holiday", |_| Ok(json!(false))))?;
/// assert_eq!(functions.names().collect::<Vec<_>>(), ["is_holiday"]);
///
/// let twice = functions.with(Function::new("is_holiday", |_| Ok(json!(true))));
/// let error = twice.map_err(|error| error.to_string());
/// assert_eq!(error.err().as_deref(), Some("a function named `is_holiday` is registered already"));
/// # Ok::<(), mfa_rules::RegistrationError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Functions {
    table: Arc<BTreeMap<String, Arc<Function>>>,
}

impl Functions {
    /// What tells this registry from every other one that is alive at the same time.
    #[cfg(feature = "cache")]
    pub(crate) fn identity(&self) -> usize {
        if self.table.is_empty() {
            return 0;
        }
        Arc::as_ptr(&self.table).addr()
    }

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, and `function`.
    ///
    /// # Errors
    ///
    /// When rules could not call the function, or would no longer call what they mean: see
    /// [`RegistrationError`].
    pub fn with(mut self, function: Function) -> Result<Self, RegistrationError> {
        function.check()?;
        match Arc::make_mut(&mut self.table).entry(function.name.clone()) {
            Entry::Occupied(entry) => Err(RegistrationError::Twice(entry.key().clone())),
            Entry::Vacant(entry) => {
                entry.insert(Arc::new(function));
                Ok(self)
            }
        }
    }

    /// The names of the functions, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.table.keys().map(String::as_str)
    }

    pub(crate) fn lookup(&self, name: &str) -> Option<&Arc<Function>> {
        self.table.get(name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Function> {
        self.table.values().map(Arc::as_ref)
    }
}

/// Why a [`Function`] cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The name is none: it has other characters than ASCII letters, digits and underscores,
    /// begins with none of the letters, or is longer than 64 bytes.
    #[error(
        "{} cannot be the name of a function: it must begin with a letter, and have nothing but up to 64 letters, digits and underscores",
        quote(.0)
    )]
    Name(String),
    /// The name is a word of the language.
    #[error("`{0}` cannot be the name of a function: it is a word of the rule language")]
    Reserved(String),
    /// The engine has a host function of this name.
    #[error("`{0}` is a host function of the engine, and cannot be replaced")]
    OfTheEngine(String),
    /// A function of this name is registered already.
    #[error("a function named `{0}` is registered already")]
    Twice(String),
    /// The declared cost is 0.
    #[error("the cost of `{0}` must be at least 1 operation")]
    Cost(String),
    /// A required argument is declared behind an optional one.
    #[error(
        "the argument `{argument}` of `{function}` is required, and stands behind an optional one"
    )]
    Arguments {
        /// The name of the function.
        function: String,
        /// The name of the argument.
        argument: String,
    },
}

/// Bytes of the name of a function.
const LONGEST_NAME: usize = 64;

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{Function, Functions, RegistrationError};
    use crate::host;
    use serde_json::Value as Json;

    fn refused(name: &str) -> Option<RegistrationError> {
        let function = Function::new(name, |_| Ok(Json::Null));
        Functions::new().with(function).err()
    }

    #[test]
    fn a_name_that_a_rule_cannot_write_is_refused() {
        for name in [
            "", "1st", "_x", "a b", "a-b", "a.b", "größe", "a();b", "a\n", "ｆ",
        ] {
            assert_eq!(
                refused(name),
                Some(RegistrationError::Name(name.to_owned())),
                "{name}"
            );
        }
        let longest = "a".repeat(64);
        assert_eq!(refused(&longest), None);
        assert!(refused(&format!("{longest}a")).is_some());
        assert_eq!(
            RegistrationError::Name("a\nb".to_owned()).to_string(),
            "`a\\nb` cannot be the name of a function: it must begin with a letter, and have \
             nothing but up to 64 letters, digits and underscores"
        );
    }

    #[test]
    fn a_word_of_the_language_is_refused() {
        let words = [
            "if",
            "else",
            "switch",
            "do",
            "while",
            "until",
            "loop",
            "for",
            "in",
            "let",
            "const",
            "fn",
            "return",
            "throw",
            "try",
            "catch",
            "break",
            "continue",
            "true",
            "false",
            "null",
            "nil",
            "this",
            "import",
            "export",
            "as",
            "global",
            "private",
            "eval",
            "Fn",
            "call",
            "curry",
            "type_of",
            "is_shared",
            "is_def_var",
            "is_def_fn",
            "var",
            "static",
            "new",
            "use",
            "module",
            "match",
            "async",
            "await",
            "yield",
            "user",
            "context",
            "configuration",
        ];
        for word in words {
            assert_eq!(
                refused(word),
                Some(RegistrationError::Reserved(word.to_owned())),
                "{word}"
            );
        }
    }

    #[test]
    fn no_host_function_of_the_engine_is_replaced() {
        for function in host::all() {
            let name = function.name.to_owned();
            assert_eq!(refused(&name), Some(RegistrationError::OfTheEngine(name)));
        }
    }

    #[test]
    fn a_call_that_costs_nothing_is_refused() {
        let free = Function::new("free", |_| Ok(Json::Null)).cost(0);
        let error = Functions::new().with(free).expect_err("it is refused");
        assert_eq!(
            error.to_string(),
            "the cost of `free` must be at least 1 operation"
        );
    }

    #[test]
    fn a_required_argument_behind_an_optional_one_is_refused() {
        let function = Function::new("odd", |_| Ok(Json::Null))
            .argument("a", "")
            .optional_argument("b", "")
            .argument("c", "");
        let error = Functions::new().with(function).expect_err("it is refused");
        assert_eq!(
            error.to_string(),
            "the argument `c` of `odd` is required, and stands behind an optional one"
        );
    }

    #[test]
    fn a_clone_does_not_get_what_is_added_to_the_other() {
        let one = Functions::new();
        let two = one.clone().with(Function::new("two", |_| Ok(Json::Null)));
        assert_eq!(one.names().len(), 0);
        assert_eq!(two.expect("it is registered").names().len(), 1);
    }
}
