//! Why the evaluation of a rule ends early.

use crate::codes::Code;
use crate::source::Position;
use crate::value::Value;

/// Something went wrong in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Where, as soon as it is known: the innermost place wins.
    pub(crate) position: Option<Position>,
    /// Whether `try` may catch it.
    pub(crate) catchable: bool,
}

impl Failure {
    /// A script error: `try` may catch it.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            position: None,
            catchable: true,
        }
    }

    /// A failure that no `try` catches.
    pub(crate) fn uncatchable(code: Code, message: impl Into<String>) -> Self {
        Self {
            catchable: false,
            ..Self::new(code, message)
        }
    }

    /// The same, at `position` unless an inner place is known already.
    pub(crate) fn at(mut self, position: Position) -> Self {
        self.position.get_or_insert(position);
        self
    }
}

/// Why an expression or a statement gives no value.
#[derive(Debug)]
pub(crate) enum Stop<'a> {
    /// Something went wrong.
    Failure(Box<Failure>),
    /// The rule's own `throw`.
    Thrown(Box<Thrown<'a>>),
    /// `deny` was called: the run ends, and nothing catches it.
    Denied(Box<Denied>),
    /// `break`, with its value.
    Break(Value<'a>),
    /// `continue`.
    Continue,
    /// `return`, with its value.
    Return(Value<'a>),
}

/// A value thrown by the rule.
#[derive(Debug)]
pub(crate) struct Thrown<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) position: Position,
    /// How many calls were under way: `throw;` throws on only in the call that caught.
    pub(crate) calls: usize,
}

/// The arguments of `deny`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied {
    /// `unauthorized` or `access_denied`.
    pub(crate) error: crate::outcome::DenialError,
    pub(crate) description: String,
    pub(crate) position: Option<Position>,
}

impl Stop<'_> {
    /// The same, a failure without a place being put at `position`.
    pub(crate) fn at(self, position: Position) -> Self {
        match self {
            Self::Failure(failure) => Self::Failure(Box::new(failure.at(position))),
            Self::Denied(mut denied) => {
                denied.position.get_or_insert(position);
                Self::Denied(denied)
            }
            other => other,
        }
    }
}

impl From<Failure> for Stop<'_> {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}
