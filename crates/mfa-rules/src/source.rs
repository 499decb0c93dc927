//! Rule text, and where something stands in it.

use serde::{Deserialize, Serialize};

/// A place in a text: line and column, both counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place of what a native rule does: there is none.
    pub(crate) const NOWHERE: Self = Self { line: 0, column: 0 };

    /// The place at `line` and `column`, both counted from 1.
    pub const fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }

    /// The same, when there is such a place.
    pub(crate) fn known(self) -> Option<Self> {
        (self != Self::NOWHERE).then_some(self)
    }
}

/// A stretch of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Where it starts.
    #[serde(flatten)]
    pub start: Position,
    /// How many characters it covers, at least 1.
    pub length: u32,
}

impl Span {
    /// One character at `start`.
    pub const fn at(start: Position) -> Self {
        Self { start, length: 1 }
    }
}
