//! A set of rules, compiled and validated as a whole.

mod applies_to;
mod builder;
mod draft;
mod facts;
mod index;
mod revision;

pub use applies_to::AppliesTo;
pub use builder::{RuleSetBuilder, RuleSource};
#[cfg(feature = "cache")]
pub(crate) use draft::has_errors;
#[cfg(test)]
pub(crate) use draft::stand_in;
pub(crate) use draft::{Compile, Draft, DraftBody, DraftRule, compile_only};
pub use facts::NeededFact;
pub(crate) use facts::{DeclaredFact, DeclaredFacts};
pub(crate) use index::RuleIndex;

use crate::compile::CompiledRule;
use crate::compile_error::CompileError;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::loader::Loader;
use crate::outcome::OnError;
use crate::plugin::Function;
use crate::plugin::rule::Native;
use crate::read_set::ReadSet;
use crate::secret::{Secret, same_secrets};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The version of the rule language that this crate reads.
pub const LANGUAGE_VERSION: u32 = 1;

/// A set of rules, compiled and validated as a whole: immutable, and one for all threads.
#[derive(Clone)]
pub struct RuleSet {
    pub(crate) name: String,
    /// `sha256:…`
    pub(crate) revision: String,
    /// Whether a manifest says which rules there are.
    pub(crate) has_manifest: bool,
    /// Sets that were made with one cache share them.
    pub(crate) rules: Arc<[Rule]>,
    pub(crate) configuration: serde_json::Map<String, Json>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// Per rule.
    pub(crate) limits: Limits,
    pub(crate) warnings: Vec<Diagnostic>,
    /// What the enabled rules can look at.
    pub(crate) reads: Arc<ReadSet>,
    /// What the enabled rules need to have fetched, by name.
    pub(crate) facts: Vec<NeededFact>,
    /// Which rules can do anything for which clients, when there are many.
    pub(crate) index: Option<Arc<RuleIndex>>,
}

/// One rule of a set.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The file name without `.rhai`, or what a native rule calls itself.
    pub(crate) name: String,
    /// The file, as it was named; of a native rule its name.
    pub(crate) file: String,
    pub(crate) enabled: bool,
    pub(crate) on_error: OnError,
    pub(crate) applies_to: AppliesTo,
    pub(crate) body: RuleBody,
}

/// What runs.
#[derive(Debug, Clone)]
pub(crate) enum RuleBody {
    Script(Arc<CompiledRule>),
    Native(Native),
}

impl RuleBody {
    /// The functions of an embedder that it calls.
    pub(crate) fn functions(&self) -> &[Arc<Function>] {
        match self {
            Self::Script(compiled) => &compiled.script.plugins,
            Self::Native(_) => &[],
        }
    }
}

impl Rule {
    /// The names of the facts that it asks for; some may be there more than once.
    pub(crate) fn facts(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match &self.body {
            RuleBody::Script(compiled) => {
                Box::new(compiled.script.facts.iter().map(|fact| &*fact.name))
            }
            RuleBody::Native(native) => Box::new(native.facts().iter().map(String::as_str)),
        }
    }

    /// The script, when it is one.
    pub(crate) fn script(&self) -> Option<&CompiledRule> {
        match &self.body {
            RuleBody::Script(compiled) => Some(compiled),
            RuleBody::Native(_) => None,
        }
    }
}

impl RuleSet {
    /// Compiles a set of one rule. `name` is that of the rule and of the set.
    ///
    /// ```
    /// use mfa_rules::{Decision, Login, RuleSet};
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::from_source(
    ///     "listed-clients",
    ///     r#"if context.clientID in ["app-1", "app-2"] { require_mfa("any"); }"#,
    /// )?;
    /// let context = json!({ "clientID": "app-1" });
    /// let now = "2026-01-05T09:00:00Z".parse()?;
    /// let outcome = rules.decide(&Login::new(now).context(&context));
    /// assert_eq!(outcome.decision(), Decision::Required);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rule.
    pub fn from_source(
        name: impl Into<String>,
        source: impl Into<String>,
    ) -> Result<Self, CompileError> {
        let name = name.into();
        Self::builder()
            .name(name.clone())
            .rule((name, source.into()))
            .compile()
    }

    /// A builder for a set whose rules and settings come from somewhere else than from files.
    pub fn builder() -> RuleSetBuilder {
        RuleSetBuilder::default()
    }

    /// Loads a rule set: a folder, with or without `ruleset.yaml`, or a single `.rhai` file.
    ///
    /// Secrets come from the environment and from files in the folder. For another source, or for
    /// a ceiling on the limits that a manifest may set, use a [`Loader`].
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the manifest and the rules, a missing secret included.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, CompileError> {
        Loader::new().load(path)
    }

    /// Whether the other set is the same in everything that decides or is shown.
    ///
    /// SECURITY: the values of secrets are not in the revision, and must count: a secret that is
    /// replaced because others know it has to go.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.revision == other.revision
            && same_secrets(&self.secrets, &other.secrets)
            && self.name == other.name
            && self.warnings == other.warnings
    }

    /// The name, for logs: that in the manifest, else that of the folder or of the rule.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The revision: `sha256:` and a hash over everything that decides, in hexadecimal.
    ///
    /// That is the manifest, the rules with their paths and order, the configuration, the limits,
    /// the names of the secrets, the facts that are declared, and the version of the rule language;
    /// of native rules their names and versions and what they declare to need, and of the functions
    /// of an embedder that the rules call their names and versions, arguments and costs. The values
    /// of secrets are not in it: a hash of a short secret could be guessed.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The names of all rules in their order, disabled ones too.
    pub fn rule_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }

    /// The text of the rule of this name, for whoever shows a place in it; a rule in Rust has none.
    pub fn rule_source(&self, name: &str) -> Option<&str> {
        let rule = self.rules.iter().find(|rule| rule.name == name)?;
        Some(&rule.script()?.source)
    }

    /// What is probably not meant, although the set can be used.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The configuration of the set, without secrets.
    pub fn configuration(&self) -> &serde_json::Map<String, Json> {
        &self.configuration
    }

    /// The names of the secrets, in order.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }

    /// What each rule may spend on one login.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet")
            .field("name", &self.name)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
