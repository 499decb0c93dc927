//! What somebody wrote, as it is shown in a message.

/// Characters of the text that a message shows.
const SHOWN: usize = 60;

/// `text` in backticks, on one line and at most 60 characters of it.
///
/// Control characters are escaped, so that what a login brings cannot forge a line of a log.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        if character.is_control() || is_line_or_direction(character) {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// Whether a character is no control character and yet breaks a line or turns the direction of
/// what follows.
fn is_line_or_direction(character: char) -> bool {
    matches!(
        character,
        '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_short_text_is_shown_whole() {
        assert_eq!(quote("10.0.0.0/8"), "`10.0.0.0/8`");
        assert_eq!(quote(""), "``");
        assert_eq!(quote(&"ä".repeat(60)), format!("`{}`", "ä".repeat(60)));
    }

    #[test]
    fn a_long_text_is_cut_off() {
        assert_eq!(quote(&"ä".repeat(61)), format!("`{}…`", "ä".repeat(60)));
    }

    #[test]
    fn what_could_forge_a_line_is_escaped() {
        assert_eq!(
            quote("a\nb\u{1b}[2J\u{202e}c"),
            "`a\\nb\\u{1b}[2J\\u{202e}c`"
        );
    }
}
