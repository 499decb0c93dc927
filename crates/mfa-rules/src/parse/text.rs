//! Looking things up in rule text that Rhai's syntax tree does not hold.

use crate::source::{Position, Span};

/// Rule text by lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleText<'s> {
    text: &'s str,
}

impl<'s> RuleText<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self { text }
    }

    pub(super) fn as_str(self) -> &'s str {
        self.text
    }

    /// The text from `position` to the end of its line.
    pub(super) fn rest_of_line(self, position: Position) -> &'s str {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let column = usize::try_from(position.column).unwrap_or(usize::MAX);
        let Some(line) = self.text.split('\n').nth(line.saturating_sub(1)) else {
            return "";
        };
        let mut characters = line.chars();
        if let Some(before) = column.checked_sub(2) {
            characters.nth(before);
        }
        characters.as_str()
    }

    /// Whether a question mark stands at `position`: the start of `?.` or `?[`.
    pub(super) fn is_optional(self, position: Position) -> bool {
        self.rest_of_line(position).starts_with('?')
    }

    /// Whether the keyword `in` stands at `position`, and no function's name.
    pub(super) fn is_in_operator(self, position: Position) -> bool {
        self.rest_of_line(position)
            .strip_prefix("in")
            .is_some_and(|rest| !rest.starts_with(is_word))
    }

    /// The token that starts at `position`, as far as its end can be told.
    pub(super) fn token(self, position: Position) -> Span {
        let rest = self.rest_of_line(position);
        let length = match rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => {
                let mut escaped = false;
                let mut length: usize = 1;
                for character in rest.chars().skip(1) {
                    length = length.saturating_add(1);
                    if escaped {
                        escaped = false;
                    } else if character == '\\' {
                        escaped = true;
                    } else if character == quote {
                        break;
                    }
                }
                length
            }
            Some(first) if is_word(first) => rest.chars().take_while(|c| is_word(*c)).count(),
            None | Some('(' | ')' | '[' | ']' | '{' | '}' | ';' | ',') => 1,
            Some('#') => 2,
            Some(_) => rest
                .chars()
                .take_while(|c| "=!<>+-*/%&|^?.:~@".contains(*c))
                .count(),
        };
        Span {
            start: position,
            length: u32::try_from(length.max(1)).unwrap_or(1),
        }
    }
}

/// The token of `text` that starts at `position`, as far as its end can be told.
pub(crate) fn token_at(text: &str, position: Position) -> Span {
    RuleText::new(text).token(position)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
