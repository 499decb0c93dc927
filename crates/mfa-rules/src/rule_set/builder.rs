//! Rule sets that do not come from files.

use super::draft::Compile;
use super::{AppliesTo, DeclaredFact, DeclaredFacts, Draft, DraftBody, DraftRule, RuleSet};
#[cfg(feature = "cache")]
use crate::cache::RuleCache;
use crate::codes::Code;
use crate::compile::compile;
use crate::compile_error::CompileError;
use crate::diagnostic::Diagnostic;
use crate::limits::{Limits, objection};
use crate::outcome::OnError;
use crate::plugin::rule::Native;
use crate::plugin::{Functions, NativeRule};
use crate::quote::quote;
use crate::secret::Secret;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Builds a [`RuleSet`] whose rules and settings come from somewhere else than from files.
///
/// ```
/// use mfa_rules::{OnError, RuleSet, RuleSource};
///
/// let rule_set = RuleSet::builder()
///     .name("acme-login")
///     .rule(("clients-with-mfa", r#"require_mfa("guardian");"#))
///     .rule(RuleSource::new("weekdays", "if now().weekday() == 0 { deny(\"closed\"); }")
///         .on_error(OnError::Challenge))
///     .compile()?;
/// assert_eq!(rule_set.rule_names().len(), 2);
/// # Ok::<(), mfa_rules::CompileError>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct RuleSetBuilder {
    name: Option<String>,
    rules: Vec<RuleSource>,
    configuration: serde_json::Map<String, Json>,
    secrets: BTreeMap<String, Secret>,
    facts: BTreeMap<String, String>,
    limits: Limits,
    ceiling: Option<Limits>,
    functions: Functions,
    #[cfg(feature = "cache")]
    cache: Option<RuleCache>,
}

/// A rule for a [`RuleSetBuilder`]: its name, its text, and how it is run.
///
/// A pair of name and text is one as well, with every default.
#[derive(Debug, Clone)]
#[must_use]
pub struct RuleSource {
    name: String,
    body: DraftBody,
    enabled: bool,
    on_error: OnError,
    applies_to: AppliesTo,
}

impl RuleSource {
    /// A rule that is enabled, applies to every login, and denies the login when it fails.
    pub fn new(name: impl Into<String>, source: impl Into<String>) -> Self {
        Self::of(name.into(), DraftBody::Script(source.into()))
    }

    /// A rule in Rust, which has its own name, with the same defaults.
    ///
    /// ```
    /// use mfa_rules::{NativeRule, OnError, RuleFailure, RuleLogin, RuleSet, RuleSource};
    ///
    /// struct DeviceCheck;
    ///
    /// impl NativeRule for DeviceCheck {
    ///     fn name(&self) -> &str {
    ///         "device-check"
    ///     }
    ///
    ///     fn run(&self, _: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let rules = RuleSet::builder()
    ///     .rule(("first", r#"require_mfa("any");"#))
    ///     .rule(RuleSource::native(DeviceCheck).on_error(OnError::Challenge))
    ///     .compile()?;
    /// assert_eq!(rules.rule_names().collect::<Vec<_>>(), ["first", "device-check"]);
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn native(rule: impl NativeRule + 'static) -> Self {
        let native = Native::new(Arc::new(rule));
        Self::of(native.name().to_owned(), DraftBody::Native(native))
    }

    fn of(name: String, body: DraftBody) -> Self {
        Self {
            name,
            body,
            enabled: true,
            on_error: OnError::default(),
            applies_to: AppliesTo::default(),
        }
    }

    /// What happens when the rule fails.
    ///
    /// Default: [`OnError::Deny`], as Auth0 does.
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// To which logins the rule applies.
    ///
    /// Default: to all.
    pub fn applies_to(mut self, applies_to: AppliesTo) -> Self {
        self.applies_to = applies_to;
        self
    }

    /// The same rule, compiled but never run.
    ///
    /// Default: enabled.
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }
}

impl<N: Into<String>, S: Into<String>> From<(N, S)> for RuleSource {
    fn from((name, source): (N, S)) -> Self {
        Self::new(name, source)
    }
}

impl RuleSetBuilder {
    /// The name of the set, for logs.
    ///
    /// Default: the name of its rule when there is one rule, else `rules`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Appends a rule. Rules run in the order in which they are appended.
    pub fn rule(mut self, rule: impl Into<RuleSource>) -> Self {
        self.rules.push(rule.into());
        self
    }

    /// Appends a rule in Rust, with every default; see [`RuleSource::native`].
    pub fn native_rule(self, rule: impl NativeRule + 'static) -> Self {
        self.rule(RuleSource::native(rule))
    }

    /// The host functions that the rules may call besides those of the engine.
    ///
    /// Default: none.
    pub fn functions(mut self, functions: Functions) -> Self {
        self.functions = functions;
        self
    }

    /// Appends rules in their order.
    pub fn rules(mut self, rules: impl IntoIterator<Item = impl Into<RuleSource>>) -> Self {
        self.rules.extend(rules.into_iter().map(Into::into));
        self
    }

    /// The values that rules read as `configuration`.
    ///
    /// Default: none.
    ///
    /// ```
    /// use mfa_rules::RuleSet;
    /// use serde_json::{Value, json};
    ///
    /// let Value::Object(configuration) = json!({ "CLIENTS_WITH_MFA": ["payroll"] }) else {
    ///     return Err("it is no object".into());
    /// };
    /// let rules = RuleSet::builder()
    ///     .rule(("demo", r#"if context.clientID in configuration.CLIENTS_WITH_MFA { require_mfa("any"); }"#))
    ///     .configuration(configuration)
    ///     .compile()?;
    /// assert!(rules.configuration().contains_key("CLIENTS_WITH_MFA"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn configuration(mut self, configuration: serde_json::Map<String, Json>) -> Self {
        self.configuration = configuration;
        self
    }

    /// Adds a secret, which rules read as `configuration.NAME` and can do little else with than to
    /// hand it to Duo or to an HMAC. A secret of the same name is replaced.
    pub fn secret(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.secrets.insert(name.into(), secret);
        self
    }

    /// Declares a fact that rules may ask for as `fact("NAME")`, and says what it is, with type and
    /// unit. A fact of the same name is replaced.
    ///
    /// Default: none is declared, and rules may ask for any. As soon as one is declared, a rule that
    /// asks for another does not compile, so that a misspelt name is found before the first login.
    ///
    /// ```
    /// use mfa_rules::{Code, RuleSet};
    ///
    /// let misspelt = RuleSet::builder()
    ///     .rule(("risky", r#"if fact("risk") > 70 { require_mfa("any"); }"#))
    ///     .fact("risk_score", "0 to 100, from the fraud service")
    ///     .compile();
    /// let codes = misspelt.map_err(|error| error.diagnostics()[0].code);
    /// assert_eq!(codes.err(), Some(Code::UnknownFact));
    /// ```
    pub fn fact(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.facts.insert(name.into(), description.into());
        self
    }

    /// What each rule may spend on one login.
    ///
    /// Default: [`Limits::DEFAULT`], as far as the ceiling allows.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The limits above which [`RuleSetBuilder::compile`] refuses the set.
    ///
    /// Default: [`Limits::HIGHEST`], above which no ceiling can be.
    pub fn ceiling(mut self, ceiling: Limits) -> Self {
        self.ceiling = Some(ceiling);
        self
    }

    /// Where compiled rules are shared with other sets.
    ///
    /// Default: nowhere; every set compiles its rules. A second cache takes the place of the first.
    #[cfg(feature = "cache")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
    pub fn cache(mut self, cache: &RuleCache) -> Self {
        self.cache = Some(cache.clone());
        self
    }

    /// Compiles and validates the set.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once: rules that do not compile, no enabled rule, two rules of
    /// one name, an empty secret, a fact without a name or a description, a limit that is zero or above the ceiling.
    pub fn compile(self) -> Result<RuleSet, CompileError> {
        #[cfg(feature = "cache")]
        if let Some(cache) = self.cache.clone() {
            return cache.rule_set(&compile, |compile| self.compile_with(compile));
        }
        self.compile_with(&compile)
    }

    pub(crate) fn compile_with(self, compile: Compile<'_>) -> Result<RuleSet, CompileError> {
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| match self.rules.as_slice() {
                [rule] => rule.name.clone(),
                _ => "rules".to_owned(),
            });
        let ceiling = self
            .ceiling
            .unwrap_or(Limits::HIGHEST)
            .capped_by(&Limits::HIGHEST);
        let diagnostics = self.objections(&name, &ceiling);
        let limits = if self.limits == Limits::DEFAULT {
            Limits::DEFAULT.capped_by(&ceiling)
        } else {
            self.limits
        };
        let rules = self.rules.into_iter().map(|rule| DraftRule {
            file: rule.name.clone(),
            name: rule.name,
            body: rule.body,
            enabled: rule.enabled,
            on_error: rule.on_error,
            applies_to: rule.applies_to,
        });
        let facts = self.facts.into_iter().map(|(fact, description)| {
            let declared = DeclaredFact::new(&fact, description, &name, |unused| unused);
            (fact, declared)
        });
        let facts: DeclaredFacts = facts.collect();
        let draft = Draft {
            facts: (!facts.is_empty()).then_some(facts),
            name,
            manifest: None,
            rules: rules.collect(),
            configuration: self.configuration,
            secrets: self.secrets,
            limits,
            functions: self.functions,
        };
        let (rule_set, diagnostics) = draft.compile(diagnostics, compile);
        rule_set.ok_or_else(|| CompileError::new(diagnostics))
    }

    /// What is wrong with the set, its rules' texts aside.
    fn objections(&self, set: &str, ceiling: &Limits) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut object = |code, file: &str, message: String, help: &str| {
            diagnostics.push(Diagnostic::error(code, file, message).with_help(help));
        };
        let mut seen = BTreeSet::new();
        for rule in &self.rules {
            let name = &rule.name;
            if name.is_empty() {
                object(
                    Code::ManifestValue,
                    set,
                    "the name of a rule is empty".to_owned(),
                    "name the rule",
                );
            }
            if !seen.insert(name) {
                object(
                    Code::DuplicateRule,
                    set,
                    format!("the rule `{name}` is there twice"),
                    "remove one of them, or give it another name",
                );
            }
            for (key, list) in rule.applies_to.lists() {
                if list.is_some_and(<[String]>::is_empty) {
                    object(
                        Code::ManifestValue,
                        name,
                        format!("`{key}` is an empty list, so the rule would never run"),
                        "name a value, or disable the rule",
                    );
                }
            }
        }
        if !self.rules.iter().any(|rule| rule.enabled) {
            object(
                Code::NoEnabledRule,
                set,
                "no rule of the set is enabled, so every login would pass".to_owned(),
                "add a rule, or enable one",
            );
        }
        for (name, secret) in &self.secrets {
            if secret.expose().is_empty() {
                object(
                    Code::MissingSecret,
                    set,
                    format!("the secret `{name}` is empty"),
                    "give its value",
                );
            }
            if self.configuration.contains_key(name) {
                object(
                    Code::ManifestValue,
                    set,
                    format!("`{name}` is both a secret and a configuration value"),
                    "remove one of them, or give it another name",
                );
            }
        }
        for (name, description) in &self.facts {
            if name.trim().is_empty() {
                object(
                    Code::ManifestValue,
                    set,
                    "the name of a fact may not be empty".to_owned(),
                    "name the fact",
                );
            } else if description.trim().is_empty() {
                object(
                    Code::ManifestValue,
                    set,
                    format!(
                        "the description of the fact {} may not be empty",
                        quote(name)
                    ),
                    "say what it is, with type and unit",
                );
            }
        }
        if self.limits != Limits::DEFAULT {
            for (name, value) in self.limits.entries() {
                if let Some((code, message, help)) = objection(name, value, ceiling) {
                    object(code, set, message, &help);
                }
            }
        }
        diagnostics
    }
}
