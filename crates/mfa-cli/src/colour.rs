//! Colours on a terminal.

use mfa_rules::Style;
use std::fmt;

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// It is.
    Ansi,
    /// It is not.
    Plain,
}

/// The role of a piece of text, which has one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A decision or status that lets a login pass.
    Pass,
    /// A decision that asks for more.
    Challenge,
    /// A decision or error that refuses.
    Refusal,
    /// What is less important than the rest.
    Aside,
    /// A heading.
    Heading,
}

impl Colour {
    /// Colour on a terminal, unless the environment speaks against it: `NO_COLOR` not empty, or
    /// `TERM=dumb`.
    pub fn on(is_terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        if is_terminal && !refused {
            Self::Ansi
        } else {
            Self::Plain
        }
    }

    /// The same for diagnostics.
    pub(crate) fn style(self) -> Style {
        match self {
            Self::Ansi => Style::Colored,
            Self::Plain => Style::Plain,
        }
    }

    /// `text` in the look of `role`.
    pub(crate) fn paint<T: fmt::Display>(self, role: Role, text: T) -> Painted<T> {
        Painted {
            code: match (self, role) {
                (Self::Plain, _) => None,
                (Self::Ansi, Role::Pass) => Some("1;32"),
                (Self::Ansi, Role::Challenge) => Some("1;33"),
                (Self::Ansi, Role::Refusal) => Some("1;31"),
                (Self::Ansi, Role::Aside) => Some("2"),
                (Self::Ansi, Role::Heading) => Some("1"),
            },
            text,
        }
    }
}

/// A piece of text in its look.
#[derive(Debug)]
pub(crate) struct Painted<T> {
    code: Option<&'static str>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "\x1b[{code}m{}\x1b[0m", self.text),
            None => self.text.fmt(f),
        }
    }
}
