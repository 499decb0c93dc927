//! Where a quoted text ends, which the parser does not say in flow style: there it goes on to the
//! next token.

use std::str::Lines;

/// Goes through a text to its quoted texts, in their order.
pub(super) struct Quoted<'t> {
    lines: Lines<'t>,
    /// The line that it is in, from 1; 0 before the first one.
    line: usize,
    /// The column that it is at, from 0.
    column: usize,
    /// What is left of the line.
    rest: &'t str,
}

impl<'t> Quoted<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lines: text.lines(),
            line: 0,
            column: 0,
            rest: "",
        }
    }

    /// How many characters the quoted text has that begins in this line, counted from 1, and column,
    /// counted from 0, its quotes included. `None` when it does not end in this line.
    pub(super) fn length(&mut self, line: usize, column: usize) -> Option<usize> {
        self.go(line, column)?;
        let mut characters = (1usize..).zip(self.rest.chars()).peekable();
        let (_, quote) = characters
            .next()
            .filter(|(_, quote)| "\"'".contains(*quote))?;
        while let Some((length, character)) = characters.next() {
            let is_escape = match quote {
                '"' => character == '\\',
                // Two of them stand for one.
                _ => {
                    character == quote && characters.peek().is_some_and(|(_, next)| *next == quote)
                }
            };
            if is_escape {
                characters.next();
            } else if character == quote {
                return Some(length);
            }
        }
        None
    }

    /// Goes to a place. `None` when it is behind, or not there.
    fn go(&mut self, line: usize, column: usize) -> Option<()> {
        while self.line < line {
            self.rest = self.lines.next()?;
            self.line = self.line.saturating_add(1);
            self.column = 0;
        }
        let ahead = column
            .checked_sub(self.column)
            .filter(|_| self.line == line)?;
        let mut characters = self.rest.chars();
        for _ in 0..ahead {
            characters.next()?;
        }
        self.rest = characters.as_str();
        self.column = column;
        Some(())
    }
}
