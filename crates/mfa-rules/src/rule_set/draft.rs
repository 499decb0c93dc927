//! A rule set before its rules are compiled.

use super::facts::{self, DeclaredFacts};
use super::{AppliesTo, Rule, RuleBody, RuleIndex, RuleSet, revision};
use crate::codes::Code;
use crate::compile::Compiled;
use crate::decide;
use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::Limits;
use crate::outcome::OnError;
use crate::plugin::Functions;
use crate::plugin::rule::Native;
use crate::secret::Secret;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What compiles a rule: [`crate::compile::compile`], or something simple in a test.
pub(crate) type Compile<'c> = &'c dyn Fn(&str, &str, &Functions) -> Compiled;

/// A rule set before its rules are compiled.
pub(crate) struct Draft {
    pub(crate) name: String,
    /// The text of the manifest, when there is one.
    pub(crate) manifest: Option<String>,
    pub(crate) rules: Vec<DraftRule>,
    pub(crate) configuration: serde_json::Map<String, Json>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) limits: Limits,
    pub(crate) functions: Functions,
    /// `None` when the set says nothing about facts: then the rules may ask for any.
    pub(crate) facts: Option<DeclaredFacts>,
}

/// A rule before it is compiled.
pub(crate) struct DraftRule {
    pub(crate) name: String,
    /// What diagnostics name.
    pub(crate) file: String,
    pub(crate) body: DraftBody,
    pub(crate) enabled: bool,
    pub(crate) on_error: OnError,
    pub(crate) applies_to: AppliesTo,
}

/// What of a rule is known before it is compiled.
#[derive(Debug, Clone)]
pub(crate) enum DraftBody {
    /// The text of a script.
    Script(String),
    Native(Native),
}

impl Draft {
    /// The revision that the set will have, but for the functions of an embedder that its rules
    /// call.
    pub(crate) fn revision(&self) -> String {
        revision::of(self).with_functions(&BTreeMap::new())
    }

    /// Compiles all rules, whatever is wrong already.
    ///
    /// SECURITY: there is a rule set only when no diagnostic is an error, the ones that are given
    /// included, and every rule has a script.
    pub(crate) fn compile(
        self,
        mut diagnostics: Vec<Diagnostic>,
        compile: Compile<'_>,
    ) -> (Option<RuleSet>, Vec<Diagnostic>) {
        let revision = revision::of(&self);
        let mut functions = BTreeMap::new();
        let expected = self.rules.len();
        let declared = self.facts.as_ref();
        let mut rules = Vec::with_capacity(expected);
        let mut problems = Vec::new();
        for draft in self.rules {
            let body = match draft.body {
                DraftBody::Native(native) => Some(RuleBody::Native(native)),
                DraftBody::Script(source) => {
                    let compiled = compile(&draft.file, &source, &self.functions);
                    let compiled = checked(&draft.file, compiled);
                    problems.extend(compiled.diagnostics);
                    compiled.rule.map(RuleBody::Script)
                }
            };
            if let Some(body) = body {
                problems.extend(facts::undeclared(&draft.file, &body, declared));
                for function in body.functions() {
                    let (name, identity) = function.identity();
                    functions.insert(name.to_owned(), identity);
                }
                rules.push(Rule {
                    name: draft.name,
                    file: draft.file,
                    enabled: draft.enabled,
                    on_error: draft.on_error,
                    applies_to: draft.applies_to,
                    body,
                });
            }
        }
        let is_sound =
            rules.len() == expected && !has_errors(&diagnostics) && !has_errors(&problems);
        let needed = facts::needed(&rules, declared);
        if is_sound {
            diagnostics.extend(facts::unused(declared, &needed));
        }
        diagnostics.extend(problems);
        let rule_set = is_sound.then(|| RuleSet {
            name: self.name,
            has_manifest: self.manifest.is_some(),
            revision: revision.with_functions(&functions),
            index: RuleIndex::of(&rules, &self.limits).map(Arc::new),
            reads: Arc::new(decide::reads_of(&rules)),
            rules: rules.into(),
            configuration: self.configuration,
            secrets: self.secrets,
            limits: self.limits,
            warnings: diagnostics.clone(),
            facts: needed,
        });
        (rule_set, diagnostics)
    }
}

/// The diagnostics of a rule that is not part of the set.
pub(crate) fn compile_only(
    file: &str,
    source: &str,
    functions: &Functions,
    compile: Compile<'_>,
) -> Vec<Diagnostic> {
    checked(file, compile(file, source, functions)).diagnostics
}

/// SECURITY: a rule without a script and without an error must not vanish from its set.
fn checked(file: &str, mut compiled: Compiled) -> Compiled {
    if compiled.rule.is_none() && !has_errors(&compiled.diagnostics) {
        compiled.diagnostics.push(
            Diagnostic::error(Code::Syntax, file, "the rule could not be compiled")
                .with_help("this is a fault of the engine; please report it with the rule"),
        );
    }
    compiled
}

pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}

#[cfg(test)]
pub(crate) mod stand_in {
    //! A compiler for tests of what happens around compiling.

    use super::Compiled;
    use crate::codes::Code;
    use crate::diagnostic::Diagnostic;
    use crate::plugin::Functions;
    use crate::source::{Position, Span};
    use std::sync::Arc;

    /// Gives an empty script, with a warning for `odd`; an error for `broken`; and neither script
    /// nor error for `lost`.
    pub(crate) fn compile(file: &str, source: &str, _: &Functions) -> Compiled {
        let problem = Diagnostic::error(Code::Syntax, file, format!("`{source}` is meant so"))
            .with_span(source, Span::at(Position::START));
        let (has_script, diagnostics) = match source {
            "odd" => (true, vec![problem.into_warning()]),
            "broken" => (false, vec![problem]),
            "contradictory" => (true, vec![problem]),
            "lost" => (false, Vec::new()),
            _ => (true, Vec::new()),
        };
        Compiled {
            rule: has_script.then(Arc::default),
            diagnostics,
        }
    }
}
