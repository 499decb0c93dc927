//! Looking things up in rule text that Rhai's syntax tree does not hold.

use crate::source::{Position, Span};

/// Rule text by places.
///
/// Every step of a chain is looked up, so a lookup must not cost the length of the text.
#[derive(Debug, Clone)]
pub(super) struct RuleText<'s> {
    text: &'s str,
    /// Where each character begins, in bytes.
    characters: Vec<usize>,
    /// The index of the first character of each line.
    lines: Vec<usize>,
}

impl<'s> RuleText<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        let characters = text.char_indices().map(|(at, _)| at).collect();
        let breaks = text.chars().enumerate().filter(|(_, c)| *c == '\n');
        let after = breaks.map(|(index, _)| index.saturating_add(1));
        Self {
            text,
            characters,
            lines: std::iter::once(0).chain(after).collect(),
        }
    }

    pub(super) fn as_str(&self) -> &'s str {
        self.text
    }

    /// The text from `position` on, which may go beyond the end of its line.
    fn from(&self, position: Position) -> &'s str {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let column = usize::try_from(position.column).unwrap_or(usize::MAX);
        let place = self
            .lines
            .get(line.saturating_sub(1))
            .map(|start| start.saturating_add(column.saturating_sub(1)))
            .and_then(|index| self.characters.get(index));
        place
            .and_then(|place| self.text.get(*place..))
            .unwrap_or_default()
    }

    /// Whether a question mark stands at `position`: the start of `?.` or `?[`.
    pub(super) fn is_optional(&self, position: Position) -> bool {
        self.from(position).starts_with('?')
    }

    /// Whether the keyword `in` stands at `position`, and no function's name.
    pub(super) fn is_in_operator(&self, position: Position) -> bool {
        self.from(position)
            .strip_prefix("in")
            .is_some_and(|rest| !rest.starts_with(is_word))
    }

    /// Whether something like `{ name: value }` stands in the line of `position` or the one before.
    pub(super) fn has_bare_braces(&self, position: Position) -> bool {
        let last = usize::try_from(position.line).unwrap_or(usize::MAX);
        let lines = self.text.lines().skip(last.saturating_sub(2)).take(2);
        lines
            .flat_map(|line| {
                line.match_indices('{')
                    .map(move |(at, _)| line.split_at(at))
            })
            .any(|(before, brace)| {
                let name = brace.trim_start_matches('{').trim_start();
                let word = name
                    .trim_start_matches(['"', '\''])
                    .trim_start_matches(is_word);
                let after = word.trim_start_matches(['"', '\'']).trim_start();
                !before.ends_with(['#', '$'])
                    && word.len() < name.len()
                    && after.starts_with(':')
                    && !after.starts_with("::")
            })
    }

    /// Where a block comment begins that is behind the last token and has no end.
    ///
    /// Rhai takes the end of the text for its end: a rule that was cut off would compile.
    pub(super) fn unclosed_comment(&self, last_token: Option<Position>) -> Option<Position> {
        let mut position = last_token.map_or(Position::START, |last| {
            let token = self.token(last);
            Position::new(last.line, last.column.saturating_add(token.length))
        });
        let start = usize::try_from(position.line).ok()?.checked_sub(1)?;
        let mut open: Option<Position> = None;
        let mut depth: usize = 0;
        for line in self.text.lines().skip(start) {
            let before = usize::try_from(position.column).ok()?.checked_sub(1)?;
            let mut characters = line.chars().skip(before).peekable();
            while let Some(character) = characters.next() {
                match (character, characters.peek()) {
                    ('/', Some('/')) if depth == 0 => break,
                    ('/', Some('*')) => {
                        if depth == 0 {
                            open = Some(position);
                        }
                        depth = depth.saturating_add(1);
                        characters.next();
                        position.column = position.column.saturating_add(1);
                    }
                    ('*', Some('/')) => {
                        depth = depth.saturating_sub(1);
                        characters.next();
                        position.column = position.column.saturating_add(1);
                    }
                    _ => {}
                }
                position.column = position.column.saturating_add(1);
            }
            position = Position::new(position.line.saturating_add(1), 1);
        }
        open.filter(|_| depth > 0)
    }

    /// Where the key of a map stands whose value is at `value`, when it is in the same line.
    pub(super) fn key_before(&self, key: &str, value: Position) -> Option<Position> {
        let index = usize::try_from(value.line).ok()?.checked_sub(1)?;
        let line = self.text.lines().nth(index)?;
        let before = usize::try_from(value.column).ok()?.checked_sub(1)?;
        let end = line
            .char_indices()
            .nth(before)
            .map_or(line.len(), |(at, _)| at);
        let start = line.get(..end)?.rfind(key)?;
        let column = line.get(..start)?.chars().count().checked_add(1)?;
        Some(Position::new(value.line, u32::try_from(column).ok()?))
    }

    /// The token that starts at `position`, as far as its end can be told.
    pub(super) fn token(&self, position: Position) -> Span {
        let rest = self.from(position);
        let end = rest.find('\n').unwrap_or(rest.len());
        let rest = rest.get(..end).unwrap_or(rest);
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
