//! Takes values of the wanted kind out of a file, and reports those of another.

use super::{Member, Node, Value};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::nearest::nearest;
use crate::quote::quote;
use crate::source::Span;

/// After so many problems no more are reported: the first ones are enough to work on.
const MAX_PROBLEMS: usize = 100;

/// A file while it is read: what is wrong with it is collected.
#[derive(Debug)]
pub struct Checker<'t> {
    file: &'t str,
    text: &'t str,
    codes: Codes,
    diagnostics: Vec<Diagnostic>,
}

/// The codes that problems of a kind of file have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    /// It is not the YAML that it may be.
    pub syntax: Code,
    /// A key does not exist.
    pub key: Code,
    /// A value is of the wrong kind, or out of range.
    pub value: Code,
}

impl<'t> Checker<'t> {
    /// Nothing is reported so far. `file` is what diagnostics name, and `text` what they quote.
    pub fn new(file: &'t str, text: &'t str, codes: Codes) -> Self {
        Self {
            file,
            text,
            codes,
            diagnostics: Vec::new(),
        }
    }

    /// Reads the text, and reports where it is not the YAML that it may be. What could be read of
    /// it all the same must not be acted upon.
    pub fn document(&mut self) -> Option<Node> {
        let document = super::read(self.text);
        for problem in document.problems {
            self.report(
                self.codes.syntax,
                problem.span,
                problem.message,
                problem.help,
            );
        }
        document.root
    }

    /// Whether nothing was reported so far.
    pub fn is_content(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// What was reported, in the order of the text.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|diagnostic| diagnostic.span.map(|span| span.start));
        self.diagnostics
    }

    /// Reports a problem, unless there were too many already.
    pub fn report(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: Option<impl Into<String>>,
    ) {
        if self.diagnostics.len() >= MAX_PROBLEMS {
            return;
        }
        let mut diagnostic = Diagnostic::error(code, self.file, message).with_span(self.text, span);
        diagnostic.help = help.map(Into::into);
        self.diagnostics.push(diagnostic);
    }

    /// Leaves the line out of the problem that was reported last: a secret stands in it.
    pub(crate) fn conceal(&mut self) {
        if let Some(diagnostic) = self.diagnostics.last_mut() {
            diagnostic.excerpt = None;
        }
    }

    /// Reports that `node`, which is `what`, is not `wanted`.
    pub fn wrong_kind(&mut self, node: &Node, what: &str, wanted: &str, help: &str) {
        self.report(
            self.codes.value,
            node.span,
            format!("{what} must be {wanted}, and is {}", node.kind()),
            (!help.is_empty()).then_some(help),
        );
    }

    /// The members of a map, whatever their keys.
    pub fn any_map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Member]> {
        if let Value::Map(members) = &node.value {
            return Some(members);
        }
        self.wrong_kind(node, what, "a map", "");
        None
    }

    /// The members of a map that may only have `keys`.
    pub fn map<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Option<&'n [Member]> {
        let members = self.any_map(node, what)?;
        for member in members {
            let key = member.key.as_str();
            if !keys.contains(&key) {
                let help = match nearest(key, keys.iter().copied()) {
                    Some(near) => format!("write `{near}`"),
                    None => format!("the keys of {what} are {}", list_of(keys, "and")),
                };
                self.report(
                    self.codes.key,
                    member.key_span,
                    format!("{what} has no key {}", quote(key)),
                    Some(help),
                );
            }
        }
        Some(members)
    }

    /// A text that is not empty and has no control characters.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let Value::Text(text) = &node.value else {
            let help = match node.value {
                Value::Number(_) | Value::Bool(_) => "put it in quotes",
                _ => "",
            };
            self.wrong_kind(node, what, "a text", help);
            return None;
        };
        if text.trim().is_empty() {
            self.report(
                self.codes.value,
                node.span,
                format!("{what} may not be empty"),
                None::<&str>,
            );
            return None;
        }
        if text.chars().any(char::is_control) {
            self.report(
                self.codes.value,
                node.span,
                format!("{what} may have no control characters and line breaks"),
                None::<&str>,
            );
            return None;
        }
        Some(text.clone())
    }

    /// A text, or a list of texts that is not empty.
    pub(crate) fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let Value::List(nodes) = &node.value else {
            if matches!(node.value, Value::Text(_)) {
                return self.text(node, what).map(|text| vec![text]);
            }
            let help = match node.value {
                Value::Number(_) | Value::Bool(_) => "put it in quotes",
                _ => "",
            };
            self.wrong_kind(node, what, "a text or a list of texts", help);
            return None;
        };
        if nodes.is_empty() {
            self.report(
                self.codes.value,
                node.span,
                format!("{what} is an empty list, so the rule would never run"),
                Some("name a value, or write `enabled: false`"),
            );
            return None;
        }
        let what = format!("each value of {what}");
        let texts: Vec<_> = nodes.iter().map(|node| self.text(node, &what)).collect();
        texts.into_iter().collect()
    }

    /// `true` or `false`.
    pub fn truth(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        let help = match &node.value {
            Value::Text(text) => match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" => "write `true`, without quotes",
                "no" | "off" | "n" => "write `false`, without quotes",
                "true" | "false" => "remove the quotes",
                _ => "",
            },
            _ => "",
        };
        self.wrong_kind(node, what, "`true` or `false`", help);
        None
    }

    /// One of a few texts.
    pub fn one_of<'k>(&mut self, node: &Node, what: &str, known: &[&'k str]) -> Option<&'k str> {
        let wanted = list_of(known, "or");
        let Value::Text(text) = &node.value else {
            self.wrong_kind(node, what, &wanted, "");
            return None;
        };
        let found = known.iter().copied().find(|known| known == text);
        if found.is_none() {
            self.report(
                self.codes.value,
                node.span,
                format!("{what} must be {wanted}, and is {}", quote(text)),
                nearest(text, known.iter().copied()).map(|near| format!("write `{near}`")),
            );
        }
        found
    }

    /// The value of a limit: a whole number that is not negative.
    pub(crate) fn limit(&mut self, node: &Node, name: &str) -> Option<u64> {
        if let Value::Number(number) = &node.value {
            if let Some(value) = number.as_u64() {
                return Some(value);
            }
            self.report(
                self.codes.value,
                node.span,
                format!("the limit `{name}` must be a whole number of at least 1"),
                None::<&str>,
            );
            return None;
        }
        let what = format!("the limit `{name}`");
        self.wrong_kind(node, &what, "a whole number", "");
        None
    }
}

/// Names in a row: `a`, `b` and `c`.
fn list_of(names: &[&str], before_last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} {before_last} {last}", first.join(", ")),
        None => String::new(),
    }
}
