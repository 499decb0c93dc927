//! Text from rules and logins, made harmless for a terminal.

use serde_json::Value as Json;

/// Characters of a value that are shown.
const LONGEST_VALUE: usize = 120;

/// `text` on one line, without anything that a terminal would act on or that would show text in
/// another order than it has.
pub(crate) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if acts_on_a_terminal(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// `value` as JSON on one line, escaped as by [`text`], and cut off where it gets long.
pub(crate) fn value(value: &Json) -> String {
    value_within(value, LONGEST_VALUE)
}

/// `value` as JSON on one line, escaped as by [`text`], and cut off after so many characters.
pub(crate) fn value_within(value: &Json, longest: usize) -> String {
    let json = text(&value.to_string());
    match json.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", json.get(..end).unwrap_or_default()),
        None => json,
    }
}

/// `1 line`, `2 lines`, `no lines`.
pub(crate) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

fn acts_on_a_terminal(character: char) -> bool {
    let reorders = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let breaks_lines = matches!(character, '\u{2028}' | '\u{2029}');
    character.is_control() || reorders || breaks_lines
}

#[cfg(test)]
mod tests {
    use super::{text, value};
    use serde_json::json;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(text("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(text("a\nb\r\tc\u{7f}\u{9b}"), "a\\nb\\r\\tc\\u{7f}\\u{9b}");
        assert_eq!(
            text("\u{202e}x\u{2066}\u{2028}"),
            "\\u{202e}x\\u{2066}\\u{2028}"
        );
        assert_eq!(text("größe ✓"), "größe ✓");
    }

    #[test]
    fn a_long_value_is_cut_off() {
        assert_eq!(
            value(&json!("é".repeat(118))),
            format!("\"{}\"", "é".repeat(118))
        );
        assert_eq!(
            value(&json!("é".repeat(119))),
            format!("\"{}…", "é".repeat(119))
        );
    }
}
