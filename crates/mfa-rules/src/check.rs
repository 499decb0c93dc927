//! What is wrong with a rule set, as `mfa check` reports it.

use crate::decide::RuleReads;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule_set::NeededFact;
use serde::Serialize;

/// What checking a rule set gave. See [`Loader::check`](crate::Loader::check).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// The name of the set.
    pub name: String,
    /// The revision of the set; `None` when there is an error.
    pub revision: Option<String>,
    /// The rules that could be read, in their order.
    pub rules: Vec<CheckedRule>,
    /// The facts that the enabled rules ask for; `None` when there is an error.
    pub facts: Option<Vec<NeededFact>>,
    /// All errors and warnings: first those of the manifest, then those of each rule in order.
    pub diagnostics: Vec<Diagnostic>,
    /// What each rule can look at of a login; `None` when there is an error. It is not serialized:
    /// `mfa check --reads` writes it in a form of its own.
    #[serde(skip)]
    pub reads: Option<Vec<RuleReads>>,
}

/// One rule of a [`CheckReport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckedRule {
    /// The name of the rule.
    pub name: String,
    /// Its file, as its diagnostics name it.
    pub file: String,
    /// How many errors are in it.
    pub errors: usize,
    /// How many warnings are in it.
    pub warnings: usize,
}

impl CheckReport {
    /// Whether the set can be used: there may be warnings, but no error.
    pub fn is_sound(&self) -> bool {
        self.errors() == 0
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        count(self.diagnostics.iter(), Severity::Error)
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        count(self.diagnostics.iter(), Severity::Warning)
    }
}

impl CheckedRule {
    pub(crate) fn new(name: String, file: String, diagnostics: &[Diagnostic]) -> Self {
        let own = |severity| {
            let own = diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.file == file);
            count(own, severity)
        };
        Self {
            errors: own(Severity::Error),
            warnings: own(Severity::Warning),
            name,
            file,
        }
    }
}

fn count<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, severity: Severity) -> usize {
    diagnostics
        .filter(|diagnostic| diagnostic.severity == severity)
        .count()
}
