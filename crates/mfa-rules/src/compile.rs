//! From the text of a rule to its tree.

use crate::caught::caught;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::parse;
use crate::plan;
use crate::plugin::Functions;
use crate::read_set::{self, ReadSet};
use crate::tree::Script;
use std::sync::{Arc, LazyLock};

/// How many bytes the text of a rule may have. Rhai's positions end at 65,535.
pub(crate) const MAX_SOURCE: usize = 60_000;

/// What compiling one rule gave.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The rule; `None` when there is an error among the diagnostics.
    pub(crate) rule: Option<Arc<CompiledRule>>,
    /// Errors and warnings, in the order of the text.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A rule that was compiled. Rule sets share it.
#[derive(Debug, Default)]
pub(crate) struct CompiledRule {
    /// The text, for whoever is shown where the rule failed.
    pub(crate) source: Box<str>,
    pub(crate) script: Script,
    /// What it can look at of a login.
    pub(crate) reads: ReadSet,
}

impl CompiledRule {
    pub(crate) fn new(source: &str, mut script: Script) -> Self {
        let reads = read_set::reads(&script);
        plan::lower(&mut script);
        Self {
            source: source.into(),
            reads,
            script,
        }
    }
}

/// Compiles the text of a rule, which may call `functions`. `file` is what the diagnostics name.
///
/// A panic while compiling, which no known text causes, is reported as a limit.
pub(crate) fn compile(file: &str, source: &str, functions: &Functions) -> Compiled {
    if source.len() > MAX_SOURCE {
        return refused(Diagnostic::error(
            Code::SourceLimit,
            file,
            format!("the rule is longer than {MAX_SOURCE} bytes"),
        ));
    }
    if let Err(advice) = *CANARY {
        return refused(Diagnostic::error(Code::Unsupported, file, advice));
    }
    caught(|| parse::translate(file, source, functions)).unwrap_or_else(|_| {
        refused(Diagnostic::error(
            Code::SourceLimit,
            file,
            "the rule cannot be compiled",
        ))
    })
}

fn refused(diagnostic: Diagnostic) -> Compiled {
    Compiled {
        rule: None,
        diagnostics: vec![diagnostic],
    }
}

/// Whether the Rhai that was linked is the one that rules are written for.
static CANARY: LazyLock<Result<(), &'static str>> = LazyLock::new(parse::check_canary);
