//! The human form of a [`Diagnostic`].

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;
use std::fmt;
use unicode_width::UnicodeWidthChar;

/// How many columns of an excerpt are shown at most; a longer line is cut around the span.
const WIDEST: usize = 100;

/// How many columns are kept before the span when a line is cut.
const BEFORE: usize = 30;

/// What a tab is shown as: its width in an editor is unknown, and the underline must fit.
const TAB: &str = "    ";

/// Whether a rendered text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Text alone, for files and pipes.
    #[default]
    Plain,
    /// With ANSI escape sequences, for terminals.
    Colored,
}

/// A diagnostic with a style, to be written with `{}`. See [`Diagnostic::display`].
#[derive(Debug, Clone, Copy)]
pub struct Rendered<'d> {
    diagnostic: &'d Diagnostic,
    style: Style,
}

impl Diagnostic {
    /// The human form: message, place, excerpt with underline, help. It ends without a line break.
    ///
    /// # Security
    ///
    /// Control characters, and those that change the direction of text, are written as escapes: a
    /// rule file cannot send commands to the terminal, nor make its line look different from what
    /// it is.
    pub fn display(&self, style: Style) -> Rendered<'_> {
        Rendered {
            diagnostic: self,
            style,
        }
    }
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic {
            code,
            severity,
            message,
            file,
            span,
            excerpt,
            help,
        } = self.diagnostic;
        let paint = Paint::new(self.style, *severity);
        let word = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Paint {
            strong,
            quiet,
            mark,
            end,
        } = paint;
        write!(f, "{mark}{word}[{code}]{end}{strong}: ")?;
        write!(f, "{}{end}", escaped(message))?;
        let line = span.map_or(0, |span| span.start.line);
        let gutter = line.to_string().len();
        write!(f, "\n{:gutter$}{quiet}-->{end} {}", "", escaped(file))?;
        if let Some(span) = span {
            write!(f, ":{}:{}", span.start.line, span.start.column)?;
        }
        if let (Some(span), Some(excerpt)) = (span, excerpt) {
            let Excerpt {
                text,
                indent,
                width,
            } = Excerpt::new(excerpt, *span);
            write!(f, "\n{:gutter$} {quiet}|{end}", "")?;
            write!(f, "\n{quiet}{line} |{end} {text}")?;
            write!(
                f,
                "\n{:gutter$} {quiet}|{end} {:indent$}{mark}{}{end}",
                "",
                "",
                "^".repeat(width)
            )?;
        }
        if let Some(help) = help {
            write!(f, "\n{quiet}help{end}: ")?;
            for (index, line) in help.lines().enumerate() {
                if index > 0 {
                    f.write_str("\n      ")?;
                }
                f.write_str(&escaped(line))?;
            }
        }
        Ok(())
    }
}

/// The escape sequences of a style; all empty when it is plain.
struct Paint {
    strong: &'static str,
    quiet: &'static str,
    mark: &'static str,
    end: &'static str,
}

impl Paint {
    fn new(style: Style, severity: Severity) -> Self {
        match (style, severity) {
            (Style::Plain, _) => Self {
                strong: "",
                quiet: "",
                mark: "",
                end: "",
            },
            (Style::Colored, Severity::Error) => Self::colored("\u{1b}[1;31m"),
            (Style::Colored, Severity::Warning) => Self::colored("\u{1b}[1;33m"),
        }
    }

    fn colored(mark: &'static str) -> Self {
        Self {
            strong: "\u{1b}[1m",
            quiet: "\u{1b}[1;34m",
            mark,
            end: "\u{1b}[0m",
        }
    }
}

/// A line as it is shown, and where its underline goes.
struct Excerpt {
    text: String,
    /// Columns before the underline.
    indent: usize,
    /// Columns of the underline.
    width: usize,
}

impl Excerpt {
    fn new(line: &str, span: Span) -> Self {
        let first = usize::try_from(span.start.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let length = usize::try_from(span.length).unwrap_or(usize::MAX);
        let last = first.saturating_add(length);
        let characters: Vec<(String, usize)> = line.chars().map(shown).collect();
        let width = |range: std::ops::Range<usize>| -> usize {
            let range = range.start.min(characters.len())..range.end.min(characters.len());
            let shown = characters.get(range).unwrap_or_default();
            shown.iter().map(|(_, width)| width).sum()
        };
        let start = if width(0..characters.len()) <= WIDEST {
            0
        } else {
            let from = (0..first.min(characters.len()))
                .rev()
                .take_while(|from| width(*from..first) <= BEFORE)
                .last();
            from.unwrap_or(first.min(characters.len()))
        };
        let mut text = String::new();
        let mut columns = 0usize;
        let mut indent = 0usize;
        let mut underlined = 0usize;
        if start > 0 {
            text.push('…');
            columns = 1;
        }
        let mut cut = false;
        for (index, (character, width)) in characters.iter().enumerate().skip(start) {
            if columns.saturating_add(*width) > WIDEST {
                cut = true;
                break;
            }
            if index == first {
                indent = columns;
            }
            if (first..last).contains(&index) {
                underlined = underlined.saturating_add(*width);
            }
            text.push_str(character);
            columns = columns.saturating_add(*width);
        }
        if first >= characters.len() {
            // The place is behind the end of the line: something is missing there.
            indent = columns;
        }
        if cut {
            text.push('…');
        }
        Self {
            text,
            indent,
            width: underlined.max(1),
        }
    }
}

/// A character as it is shown, with its width in columns.
fn shown(character: char) -> (String, usize) {
    if character == '\t' {
        return (TAB.to_owned(), TAB.len());
    }
    if is_deceptive(character) {
        let escape: String = character.escape_unicode().collect();
        let width = escape.len();
        return (escape, width);
    }
    (character.to_string(), character.width().unwrap_or(0))
}

/// A text for the terminal, on one line.
fn escaped(text: &str) -> String {
    text.chars().map(|character| shown(character).0).collect()
}

/// Whether a terminal would act on the character, or show text in another order or not at all.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
