//! Loading rule sets from files.

mod assembly;

#[cfg(feature = "cache")]
use crate::cache::RuleCache;
use crate::check::{CheckReport, CheckedRule};
use crate::compile::compile;
use crate::compile_error::CompileError;
use crate::limits::Limits;
use crate::plugin::rule::Native;
use crate::plugin::{Functions, NativeRule};
use crate::rule_set::{Compile, RuleSet};
use crate::secret::Secret;
use assembly::AbsentSecrets;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Loads rule sets from files, and checks them, with options.
///
/// ```no_run
/// use mfa_rules::{Limits, Loader};
///
/// let rule_set = Loader::new()
///     .ceiling(Limits::DEFAULT)
///     .load("/etc/acme/rules")?;
/// # Ok::<(), mfa_rules::CompileError>(())
/// ```
#[must_use]
pub struct Loader {
    ceiling: Limits,
    environment: Box<Environment>,
    functions: Functions,
    natives: Vec<Native>,
    #[cfg(feature = "cache")]
    cache: Option<RuleCache>,
}

/// The value of an environment variable.
type Environment = dyn Fn(&str) -> Option<Secret> + Send + Sync;

impl Loader {
    /// A loader with every default.
    pub fn new() -> Self {
        Self {
            ceiling: Limits::HIGHEST,
            environment: Box::new(|name| std::env::var(name).ok().map(Secret::new)),
            functions: Functions::default(),
            natives: Vec::new(),
            #[cfg(feature = "cache")]
            cache: None,
        }
    }

    /// The limits above which a manifest's are refused.
    ///
    /// Default: [`Limits::HIGHEST`], above which no ceiling can be. Set a lower one when the people
    /// who write manifests are not those who run the server.
    pub fn ceiling(mut self, ceiling: Limits) -> Self {
        self.ceiling = ceiling.capped_by(&Limits::HIGHEST);
        self
    }

    /// Where secrets with `env` come from, by the name of the variable.
    ///
    /// Default: the environment of the process. Set another one when the people who write manifests
    /// may not use every variable that the server has, or in tests.
    pub fn environment(
        mut self,
        environment: impl Fn(&str) -> Option<Secret> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Box::new(environment);
        self
    }

    /// The host functions that rules may call besides those of the engine.
    ///
    /// Default: none.
    pub fn functions(mut self, functions: Functions) -> Self {
        self.functions = functions;
        self
    }

    /// Where compiled rules are shared with other sets.
    ///
    /// Default: nowhere; every set compiles its rules, each time that it is loaded.
    #[cfg(feature = "cache")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
    pub fn cache(mut self, cache: &RuleCache) -> Self {
        self.cache = Some(cache.clone());
        self
    }

    /// Adds a native rule that manifests may name, as `- native: NAME`. One that a manifest does
    /// not name does not run.
    ///
    /// Default: none. It is an `Arc` because servers load a rule set again and again.
    ///
    /// ```
    /// use mfa_rules::{Loader, NativeRule, RuleFailure, RuleLogin};
    /// use std::sync::Arc;
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
    /// let folder = tempfile::tempdir()?;
    /// let manifest = "version: 1\nrules:\n  - native: device-check\n";
    /// std::fs::write(folder.path().join("ruleset.yaml"), manifest)?;
    /// let rules = Loader::new().native_rule(Arc::new(DeviceCheck)).load(folder.path())?;
    /// assert_eq!(rules.rule_names().collect::<Vec<_>>(), ["device-check"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn native_rule(mut self, rule: Arc<dyn NativeRule>) -> Self {
        self.natives.push(Native::new(rule));
        self
    }

    /// Loads a rule set: a folder, with or without `ruleset.yaml`, or a single `.rhai` file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the manifest and the rules, a missing secret included.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<RuleSet, CompileError> {
        #[cfg(feature = "cache")]
        if let Some(cache) = &self.cache {
            return cache.rule_set(&compile, |compile| self.load_with(path.as_ref(), compile));
        }
        self.load_with(path.as_ref(), &compile)
    }

    /// Everything that is wrong with a rule set, without a rule set that could decide.
    ///
    /// It differs from [`Loader::load`] in that an absent secret is only a warning: whoever checks
    /// rules need not have the secrets.
    pub fn check(&self, path: impl AsRef<Path>) -> CheckReport {
        self.check_with(path.as_ref(), &compile)
    }

    pub(crate) fn load_with(
        &self,
        path: &Path,
        compile: Compile<'_>,
    ) -> Result<RuleSet, CompileError> {
        let assembly = self.assemble(path, AbsentSecrets::Refuse);
        let (rule_set, diagnostics) = assembly.compile(compile);
        rule_set.ok_or_else(|| CompileError::new(diagnostics))
    }

    pub(crate) fn check_with(&self, path: &Path, compile: Compile<'_>) -> CheckReport {
        let assembly = self.assemble(path, AbsentSecrets::Warn);
        let name = assembly.draft.name.clone();
        let rules = assembly.draft.rules.iter();
        let rules: Vec<(String, String)> = rules
            .map(|rule| (rule.name.clone(), rule.file.clone()))
            .collect();
        let (rule_set, diagnostics) = assembly.compile(compile);
        let rules = rules
            .into_iter()
            .map(|(name, file)| CheckedRule::new(name, file, &diagnostics));
        let reads = rule_set
            .as_ref()
            .map(|rule_set| rule_set.rule_reads().collect());
        let (revision, facts) = rule_set
            .map(|rule_set| (rule_set.revision, rule_set.facts))
            .unzip();
        CheckReport {
            name,
            reads,
            revision,
            facts,
            rules: rules.collect(),
            diagnostics,
        }
    }
}

impl Default for Loader {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader")
            .field("ceiling", &self.ceiling)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
