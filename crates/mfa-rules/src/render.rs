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

/// Several diagnostics with a style, to be written with `{}`. See [`Diagnostic::display_all`].
#[derive(Debug, Clone, Copy)]
pub struct RenderedAll<'d> {
    diagnostics: &'d [Diagnostic],
    style: Style,
}

impl Diagnostic {
    /// The human form of several, with an empty line between two of them. It ends without a line
    /// break.
    pub fn display_all(diagnostics: &[Self], style: Style) -> RenderedAll<'_> {
        RenderedAll { diagnostics, style }
    }

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

impl fmt::Display for RenderedAll<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.display(self.style).fmt(f)?;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::Style;
    use crate::codes::Code;
    use crate::diagnostic::Diagnostic;
    use crate::source::{Position, Span};

    fn diagnostic(text: &str, line: u32, column: u32, length: u32) -> Diagnostic {
        let span = Span {
            start: Position::new(line, column),
            length,
        };
        Diagnostic::error(
            Code::UnknownFunction,
            "acme/a.rhai",
            "no function is named `foo`",
        )
        .with_span(text, span)
    }

    fn plain(diagnostic: &Diagnostic) -> String {
        diagnostic.display(Style::Plain).to_string()
    }

    /// The last two lines: excerpt and underline.
    fn excerpt(text: &str, column: u32, length: u32) -> String {
        let rendered = plain(&diagnostic(text, 1, column, length));
        let lines: Vec<&str> = rendered.lines().collect();
        let [.., line, underline] = lines.as_slice() else {
            panic!("{rendered}");
        };
        format!("{line}\n{underline}")
    }

    #[test]
    fn a_diagnostic_is_shown_with_its_place_and_help() {
        let diagnostic =
            diagnostic("let a = 1;\n  foo(a);\n", 2, 3, 3).with_help("write `for`\nor nothing");
        assert_eq!(
            plain(&diagnostic),
            "\
error[unknown-function]: no function is named `foo`
 --> acme/a.rhai:2:3
  |
2 |   foo(a);
  |   ^^^
help: write `for`
      or nothing"
        );
    }

    #[test]
    fn the_gutter_is_as_wide_as_the_line_number() {
        let text = format!("{}foo()", "\n".repeat(99));
        assert_eq!(
            plain(&diagnostic(&text, 100, 1, 3).into_warning()),
            "\
warning[unknown-function]: no function is named `foo`
   --> acme/a.rhai:100:1
    |
100 | foo()
    | ^^^"
        );
    }

    #[test]
    fn a_diagnostic_without_a_place_has_no_excerpt() {
        let diagnostic = Diagnostic::error(Code::UnlistedRule, "acme/b.rhai", "this never runs")
            .with_help("name it");
        assert_eq!(
            plain(&diagnostic),
            "error[unlisted-rule]: this never runs\n --> acme/b.rhai\nhelp: name it"
        );
    }

    #[test]
    fn colours_are_only_there_when_asked_for() {
        let diagnostic = diagnostic("foo()", 1, 1, 3).with_help("h");
        assert!(!plain(&diagnostic).contains('\u{1b}'));
        assert_eq!(
            diagnostic.display(Style::Colored).to_string(),
            "\u{1b}[1;31merror[unknown-function]\u{1b}[0m\u{1b}[1m: no function is named `foo`\u{1b}[0m\n \
             \u{1b}[1;34m-->\u{1b}[0m acme/a.rhai:1:1\n  \
             \u{1b}[1;34m|\u{1b}[0m\n\
             \u{1b}[1;34m1 |\u{1b}[0m foo()\n  \
             \u{1b}[1;34m|\u{1b}[0m \u{1b}[1;31m^^^\u{1b}[0m\n\
             \u{1b}[1;34mhelp\u{1b}[0m: h"
        );
    }

    #[test]
    fn the_underline_fits_tabs_and_wide_characters() {
        assert_eq!(excerpt("\tfoo()", 2, 3), "1 |     foo()\n  |     ^^^");
        assert_eq!(
            excerpt("\"日本\" foo()", 6, 3),
            "1 | \"日本\" foo()\n  |        ^^^"
        );
        assert_eq!(excerpt("\"日本\"", 1, 4), "1 | \"日本\"\n  | ^^^^^^");
        assert_eq!(excerpt("e\u{301} foo", 4, 3), "1 | e\u{301} foo\n  |   ^^^");
    }

    #[test]
    fn a_place_behind_the_end_of_the_line_is_marked_there() {
        assert_eq!(excerpt("foo(", 5, 1), "1 | foo(\n  |     ^");
        assert_eq!(excerpt("foo(", 99, 9), "1 | foo(\n  |     ^");
    }

    #[test]
    fn an_underline_ends_with_its_line() {
        assert_eq!(excerpt("foo(", 1, 99), "1 | foo(\n  | ^^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let (a, b) = ("a".repeat(200), "b".repeat(200));
        assert_eq!(
            excerpt(&format!("{a}foo{b}"), 201, 3),
            format!(
                "1 | …{}foo{}…\n  | {}^^^",
                "a".repeat(30),
                "b".repeat(66),
                " ".repeat(31)
            )
        );
        assert_eq!(
            excerpt(&format!("foo{b}"), 1, 3),
            format!("1 | foo{}…\n  | ^^^", "b".repeat(97))
        );
        assert_eq!(
            excerpt(&format!("{a}foo"), 201, 3),
            format!("1 | …{}foo\n  | {}^^^", "a".repeat(30), " ".repeat(31))
        );
        assert_eq!(
            excerpt(&b, 1, 200),
            format!("1 | {}…\n  | {}", "b".repeat(100), "^".repeat(100))
        );
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let mut diagnostic = diagnostic("\u{1b}[31m\u{202e}foo\u{7}", 1, 7, 3);
        diagnostic.message = "no function is named `\u{1b}[2J`\nat all".to_owned();
        diagnostic.file = "a\u{9b}.rhai".to_owned();
        diagnostic.help = Some("write `\u{7f}`".to_owned());
        assert_eq!(
            plain(&diagnostic),
            "\
error[unknown-function]: no function is named `\\u{1b}[2J`\\u{a}at all
 --> a\\u{9b}.rhai:1:7
  |
1 | \\u{1b}[31m\\u{202e}foo\\u{7}
  |                   ^^^
help: write `\\u{7f}`"
        );
    }
}
