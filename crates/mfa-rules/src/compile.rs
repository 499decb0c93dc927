//! From the text of a rule to its tree.

use crate::diagnostic::Diagnostic;
use crate::tree::Script;

/// What compiling one rule gave.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The rule; `None` when there is an error among the diagnostics.
    pub(crate) script: Option<Script>,
    /// Errors and warnings, in the order of the text.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Compiles the text of a rule. `file` is what the diagnostics name.
pub(crate) fn compile(_file: &str, _source: &str) -> Compiled {
    // TEMPORARY: an empty rule, until there is a parser.
    Compiled {
        script: Some(Script {
            body: crate::tree::Block::default(),
            slots: 0,
            functions: Vec::new(),
        }),
        diagnostics: Vec::new(),
    }
}
