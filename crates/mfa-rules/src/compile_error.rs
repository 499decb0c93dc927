//! Why a rule or a rule set cannot be used.

use crate::diagnostic::Diagnostic;
use crate::render::Style;
use serde::Serialize;
use std::fmt;

/// A rule or a rule set cannot be used: everything that is wrong with it, at once.
///
/// Written with `{}` it is the human form of all problems, without colours; for colours, write
/// each of [`CompileError::diagnostics`] with [`Diagnostic::display`].
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CompileError {
    diagnostics: Vec<Diagnostic>,
}

impl CompileError {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }

    /// Errors and warnings: first those of the manifest, then those of each rule in order.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The same, taken over.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

/// The human form as well: it is what `main` prints when it returns the error.
impl fmt::Debug for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Diagnostic::display_all(&self.diagnostics, Style::Plain).fmt(f)
    }
}

impl std::error::Error for CompileError {}
