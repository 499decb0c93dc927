//! The members of a line, taken apart without reading what is in them.

use super::nested;

/// The texts of the members of a line; `None` for one that is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Members<'l> {
    pub(super) user: Option<&'l [u8]>,
    pub(super) context: Option<&'l [u8]>,
    pub(super) facts: Option<&'l [u8]>,
    pub(super) configuration: Option<&'l [u8]>,
    pub(super) now: Option<&'l [u8]>,
    pub(super) decided: Option<&'l [u8]>,
}

impl<'l> Members<'l> {
    /// Takes a line apart that is written plainly: an object of members that a line may have, each
    /// at most once, with names without escapes, and not deeply nested.
    ///
    /// `None` for every other line. What is in the members is not looked into.
    // INVARIANT: when it gives members, the line is JSON exactly when each of their texts is, and has
    // these members then.
    pub(super) fn of(line: &'l [u8]) -> Option<Self> {
        let mut members = Self::default();
        let mut cursor = Cursor { rest: line };
        cursor.take(b'{')?;
        if cursor.take(b'}').is_none() {
            loop {
                cursor.take(b'"')?;
                let name = cursor.until(b'"')?;
                cursor.take(b':')?;
                let place = members.place(name)?;
                let value = cursor.value()?;
                if place.replace(value).is_some() {
                    return None;
                }
                if cursor.take(b',').is_none() {
                    break;
                }
            }
            cursor.take(b'}')?;
        }
        cursor.is_at_end().then_some(members)
    }

    fn place(&mut self, name: &[u8]) -> Option<&mut Option<&'l [u8]>> {
        Some(match name {
            b"user" => &mut self.user,
            b"context" => &mut self.context,
            b"facts" => &mut self.facts,
            b"configuration" => &mut self.configuration,
            b"now" => &mut self.now,
            b"decided" => &mut self.decided,
            _ => return None,
        })
    }
}

/// A place in a line.
struct Cursor<'l> {
    rest: &'l [u8],
}

impl<'l> Cursor<'l> {
    /// Goes behind white space and `byte`, when that comes next.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn skip_blanks(&mut self) {
        while let Some((first, rest)) = self.rest.split_first()
            && is_blank(*first)
        {
            self.rest = rest;
        }
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty()
    }

    /// What comes before the next `byte`; goes behind that.
    fn until(&mut self, byte: u8) -> Option<&'l [u8]> {
        let length = self.rest.iter().position(|next| *next == byte)?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix(&[byte])?;
        Some(text)
    }

    /// The text of a value; goes behind it.
    fn value(&mut self) -> Option<&'l [u8]> {
        self.skip_blanks();
        let length = match self.rest.first()? {
            b'{' | b'[' => nested::length(self.rest)?,
            b'"' => text_length(self.rest)?,
            _ => self
                .rest
                .iter()
                .position(|byte| matches!(byte, b',' | b'}') || is_blank(*byte))?,
        };
        let (value, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(value)
    }
}

/// White space of JSON (RFC 8259 §2).
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The length of the text with which `text` begins, quotes included.
fn text_length(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end?.checked_add(2)
}

#[cfg(test)]
mod tests {
    use super::Members;

    fn texts(line: &str) -> Option<[Option<&str>; 6]> {
        let members = Members::of(line.as_bytes())?;
        let texts = [
            members.user,
            members.context,
            members.facts,
            members.configuration,
            members.now,
            members.decided,
        ];
        Some(texts.map(|text| text.map(|text| std::str::from_utf8(text).unwrap())))
    }

    #[test]
    fn members_are_found_in_any_order_and_between_white_space() {
        assert_eq!(texts("{}"), Some([None; 6]));
        assert_eq!(texts(" \t{ \r} \n"), Some([None; 6]));
        assert_eq!(
            texts(r#"{"user":{"a":["}"]},"context":null,"now":"\"}\\"}"#),
            Some([
                Some(r#"{"a":["}"]}"#),
                Some("null"),
                None,
                None,
                Some(r#""\"}\\""#),
                None
            ])
        );
        assert_eq!(
            texts(r#" { "decided" : [ ] , "facts":1 ,"configuration": {"b" : "," } , "now":-1e3}"#),
            Some([
                None,
                None,
                Some("1"),
                Some(r#"{"b" : "," }"#),
                Some("-1e3"),
                Some("[ ]")
            ])
        );
    }

    #[test]
    fn what_is_in_a_member_is_not_looked_into() {
        let junk = texts(r#"{"user":{]:"\x"},"now":nonsense,"facts":"#);
        assert_eq!(junk, None);
        let junk = texts(r#"{"user":{:"\x"],"now":nonsense}"#).unwrap();
        assert_eq!((junk[0], junk[4]), (Some(r#"{:"\x"]"#), Some("nonsense")));
    }

    #[test]
    fn every_other_line_is_left_alone() {
        for line in [
            "",
            " ",
            "[]",
            "1",
            "{",
            "{}{}",
            "{} x",
            r#"{"user"}"#,
            r#"{"user":}"#,
            r#"{"user":1"#,
            r#"{"user":1,}"#,
            r#"{"user":1 "now":2}"#,
            r#"{"user":"x}"#,
            r#"{"user":{"a":1}"#,
            r#"{,"user":1}"#,
            "{user:1}",
            r#"{"usr":1}"#,
            r#"{"us\u0065r":1}"#,
            r#"{"user":1,"user":1}"#,
            "{\u{a0}}",
        ] {
            let found = texts(line);
            let is_empty_value = line == r#"{"user":}"#;
            assert_eq!(found.is_some(), is_empty_value, "{line}: {found:?}");
        }
        let deep = format!("{{\"user\":{}{}}}", "[".repeat(101), "]".repeat(101));
        assert_eq!(texts(&deep), None);
    }
}
