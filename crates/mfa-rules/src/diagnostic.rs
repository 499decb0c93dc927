//! What is wrong with a rule or a rule set, as plain data; it is rendered at the edge.

use crate::codes::Code;
use crate::source::Span;
use serde::Serialize;

/// How much a [`Diagnostic`] weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The rule set works, but something in it is probably not meant.
    Warning,
    /// The rule set cannot be used.
    Error,
}

/// Bytes that a line may have to be quoted: each problem quotes its own, and there may be many.
const LONGEST_EXCERPT: usize = 4 << 10;

/// One problem in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// Whether the rule set can be used all the same.
    pub severity: Severity,
    /// What is wrong: lower-case, one sentence, no final period.
    pub message: String,
    /// The file, as it was named.
    pub file: String,
    /// Where in the file, when it is a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The line of the file that `span` is in, without its line break.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error in `file`, without a place.
    pub fn error(code: Code, file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            file: file.into(),
            span: None,
            excerpt: None,
            help: None,
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn into_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at `span` of `text`, from which the excerpt is taken.
    #[must_use]
    pub fn with_span(mut self, text: &str, span: Span) -> Self {
        let line = usize::try_from(span.start.line).unwrap_or(usize::MAX);
        self.span = Some(span);
        self.excerpt = text
            .lines()
            .nth(line.saturating_sub(1))
            .filter(|line| line.len() <= LONGEST_EXCERPT)
            .map(|line| line.trim_end().to_owned());
        self
    }
}
