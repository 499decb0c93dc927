//! JSON texts in any spelling, of which most are well-formed.

use crate::bytes::Bytes;
use crate::json_text::{FRAGMENTS, damaged, write};
use crate::logins::GeneratedLogin;

/// What strings consist of: each of a length of its own, and what is beside a quote, a backslash or
/// a control character in the order of bytes.
const PIECES: &[&str] = &[
    "a",
    "abcdefg",
    "0123456789abcdef",
    " ",
    "!",
    "#",
    "[",
    "]",
    "\u{7f}",
    "é",
    "\u{0800}€",
    "😀",
    "\u{10ffff}",
    r#"\""#,
    r"\\",
    r"\/",
    r"\b\f\n\r\t",
    r"\u0000",
    r"\u00e9\uFFFF",
    r"\ud83d\ude00",
];

/// What is refused in a string, or almost.
const WRONG_PIECES: &[&str] = &[
    r"\ud800",
    r"\udc00",
    r"\ud83d\ud83d",
    r"\ud83d\u0041",
    r"\ud83dx",
    r"\u12g4",
    r"\u+123",
    r"\U0041",
    r"\x41",
    r"\'",
    "\u{1f}",
    "\n",
    "\t",
    "\0",
    "\"",
    "\\",
];

/// Keys that come up again and again, in several spellings.
const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "",
    r"\u0061",
    r"\u0062",
    "ab",
    r"a\u0062",
    "a key of some length",
    "$oid",
    "$s",
    "$serde_json::private::Number",
    "$serde_json::private::RawValue",
    r"\u0024serde_json::private::Number",
    r"$serde_json::private::Numb\u0065r",
    r"$\u0073erde_json::private::RawValue",
];

/// The names that paths have: those of [`KEYS`], some of them.
pub(crate) const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "",
    "ab",
    "a key of some length",
    "$oid",
    "$serde_json::private::Number",
];

/// The text that bytes stand for, by the first of them: the others as they are, or a text that they
/// choose, which may have damage, or the text of a login with damage.
pub fn from_bytes(bytes: &[u8]) -> Vec<u8> {
    let (kind, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let mut choices = Bytes::new(rest);
    let mut of_damage = choices.split(usize::from(kind % 4 > 1).saturating_mul(16));
    match kind % 4 {
        0 => rest.to_vec(),
        1 => any(&mut choices),
        2 => damaged(&any(&mut choices), &mut of_damage),
        _ => {
            let mut of_login = choices.split(rest.len() / 4);
            let login = GeneratedLogin::generate(&mut of_login);
            let text = write(&login.user, true, &mut choices);
            damaged(text.as_bytes(), &mut of_damage)
        }
    }
}

/// A text, chosen by `choices`.
fn any(choices: &mut Bytes<'_>) -> Vec<u8> {
    let mistakes = choices.chance(40);
    let mut writer = Writer {
        text: Vec::new(),
        mistakes,
        choices,
    };
    writer.space();
    writer.value(0);
    writer.space();
    if writer.errs(5) {
        writer.mistake();
    }
    writer.text
}

struct Writer<'w, 'b> {
    text: Vec<u8>,
    /// Whether it may be made that the text is no JSON.
    mistakes: bool,
    choices: &'w mut Bytes<'b>,
}

impl Writer<'_, '_> {
    fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn one_of(&mut self, choices: &[&'static str]) {
        let text = self.choices.text(choices);
        self.push(text);
    }

    /// One of `right`, or with mistakes one of `wrong` too.
    fn one_or_wrong(&mut self, right: &[&'static str], wrong: &[&'static str]) {
        if self.errs(10) {
            self.one_of(wrong);
        } else {
            self.one_of(right);
        }
    }

    /// Whether a mistake is to be made, when one of `percent` in a hundred comes up.
    fn errs(&mut self, percent: u8) -> bool {
        self.mistakes && self.choices.chance(percent)
    }

    fn mistake(&mut self) {
        let fragment = self.choices.pick(FRAGMENTS).unwrap_or_default();
        self.text.extend_from_slice(fragment);
    }

    fn space(&mut self) {
        if self.choices.chance(25) {
            self.one_or_wrong(
                &[" ", "\n", "\r\n\t", "\n        ", "  \n "],
                &["\u{b}", "\u{a0}", "\u{c}", "/**/"],
            );
        }
    }

    fn value(&mut self, depth: usize) {
        match self.choices.below(if depth < 7 { 32 } else { 12 }) {
            0..=2 => self.one_of(&["null", "true", "false"]),
            3..=6 => self.number(),
            7..=11 => self.string(),
            12..=21 => self.object(depth),
            22..=28 => self.array(depth),
            29 | 30 => self.nested(depth),
            _ if self.mistakes => self.mistake(),
            _ => self.string(),
        }
    }

    fn array(&mut self, depth: usize) {
        self.push("[");
        for index in 0..self.choices.below(5) {
            self.separate(index);
            self.value(depth.saturating_add(1));
            self.space();
        }
        self.space();
        self.push("]");
    }

    fn object(&mut self, depth: usize) {
        self.push("{");
        for index in 0..self.choices.below(6) {
            self.separate(index);
            if self.choices.chance(70) {
                self.push("\"");
                self.one_of(KEYS);
                self.push("\"");
            } else {
                self.string();
            }
            self.space();
            let colon = if self.errs(2) { ";" } else { ":" };
            self.push(colon);
            self.space();
            self.value(depth.saturating_add(1));
            self.space();
        }
        self.space();
        self.push("}");
    }

    fn separate(&mut self, index: usize) {
        if index > 0 && !self.errs(2) {
            self.push(",");
        }
        self.space();
    }

    /// A value in many arrays and objects, about as many as some reader bears.
    fn nested(&mut self, depth: usize) {
        let around = self.choices.pick(&[0_usize, 60, 124]).unwrap_or_default();
        let count = around.saturating_add(self.choices.below(8));
        let mut closing = Vec::new();
        for _ in 0..count {
            let brackets: &[(&str, &str)] = &[("[", "]"), ("{\"a\":", "}"), ("{\"b\": ", " }")];
            let (open, close) = self.choices.pick(brackets).unwrap_or_default();
            self.push(open);
            closing.push(close);
        }
        self.value(depth.saturating_add(3));
        while let Some(close) = closing.pop() {
            self.push(close);
        }
    }

    fn number(&mut self) {
        self.one_or_wrong(&["", "", "", "-"], &["+", "--", "."]);
        self.one_or_wrong(
            &[
                "0",
                "1",
                "42",
                "9007199254740993",
                "18446744073709551615",
                "18446744073709551616",
                "123456789012345678901234567890",
            ],
            &["", "00", "01", "0x1"],
        );
        let fractions = ["", "", "", ".0", ".5", ".000000000000000000000001"];
        self.one_or_wrong(&fractions, &[".", ".e1", ".5."]);
        let exponents = [
            "", "", "", "e1", "E+9", "e-9", "e99", "e-99", "e100", "e277", "e-400", "e007",
        ];
        self.one_or_wrong(&exponents, &["e", "e+", "e309", "E99999999999", "e1.5"]);
    }

    fn string(&mut self) {
        self.push("\"");
        for _ in 0..self.choices.below(7) {
            self.one_or_wrong(PIECES, WRONG_PIECES);
        }
        self.push("\"");
    }
}

#[cfg(test)]
mod tests {
    use super::any;
    use crate::bytes::{Bytes, noise};
    use serde_json::Value as Json;

    /// Neither is rare: what is read, and what is refused.
    #[test]
    fn many_texts_are_well_formed_and_many_are_not() {
        let texts = (0..2000).map(|seed| any(&mut Bytes::new(&noise(seed, 300))));
        let objects = texts.filter(|text| text.contains(&b'{'));
        let (read, refused): (Vec<_>, Vec<_>) =
            objects.partition(|text| serde_json::from_slice::<Json>(text).is_ok());
        assert!(read.len() > 400, "{} are read", read.len());
        assert!(refused.len() > 200, "{} are refused", refused.len());
    }
}
