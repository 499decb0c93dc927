//! Two texts that grow together: the rule and its twin.

/// A piece of a rule, and of its twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) rule: String,
    pub(super) twin: String,
}

impl Code {
    /// A piece in which rule and twin do not differ.
    pub(super) fn same(text: &str) -> Self {
        Self::differing(text, text)
    }

    /// Pieces with commas between them.
    pub(super) fn list(pieces: &[Self]) -> Self {
        let texts =
            |text: fn(&Self) -> &str| pieces.iter().map(text).collect::<Vec<_>>().join(", ");
        Self {
            rule: texts(|piece| &piece.rule),
            twin: texts(|piece| &piece.twin),
        }
    }

    pub(super) fn differing(rule: &str, twin: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            twin: twin.to_owned(),
        }
    }
}

/// What can be put into [`code!`].
pub(super) trait Piece {
    fn rule(&self) -> &str;
    fn twin(&self) -> &str;
}

impl Piece for Code {
    fn rule(&self) -> &str {
        &self.rule
    }

    fn twin(&self) -> &str {
        &self.twin
    }
}

impl Piece for str {
    fn rule(&self) -> &str {
        self
    }

    fn twin(&self) -> &str {
        self
    }
}

impl Piece for String {
    fn rule(&self) -> &str {
        self
    }

    fn twin(&self) -> &str {
        self
    }
}

impl<P: Piece + ?Sized> Piece for &P {
    fn rule(&self) -> &str {
        (**self).rule()
    }

    fn twin(&self) -> &str {
        (**self).twin()
    }
}

/// `format!` for both texts at once; with two formats, the second is that of the twin.
macro_rules! code {
    ($format:literal $(, $piece:expr)* $(,)?) => {
        $crate::grammar::code::Code {
            rule: format!($format $(, $crate::grammar::code::Piece::rule(&$piece))*),
            twin: format!($format $(, $crate::grammar::code::Piece::twin(&$piece))*),
        }
    };
    ($rule:literal | $twin:literal $(, $piece:expr)* $(,)?) => {
        $crate::grammar::code::Code {
            rule: format!($rule $(, $crate::grammar::code::Piece::rule(&$piece))*),
            twin: format!($twin $(, $crate::grammar::code::Piece::twin(&$piece))*),
        }
    };
}

pub(super) use code;
