//! Texts of JSON values, as other programs might write them, and with damage.

use crate::bytes::Bytes;
use serde_json::{Map, Value as Json};

/// Keys that no rule looks for; the first ones are how `serde_json` marks what is no object.
const JUNK_KEYS: &[&str] = &[
    "junk",
    "$serde_json::private::Number",
    "$serde_json::private::RawValue",
    "__proto__",
    "\u{0}\"\\",
    "ключ",
];

/// Values of members that no rule looks at.
const JUNK_VALUES: &[&str] = &[
    "null",
    r#""12""#,
    r#""[1]""#,
    "[[],{}]",
    "-0.0e+10",
    r#"{"a":{"b":[1,{"c":"\ud83d\ude00"}]}}"#,
    "18446744073709551616",
    r#""\u0000\b\f\/""#,
];

/// What damage puts in: what is refused, and what is only odd.
pub(crate) const FRAGMENTS: &[&[u8]] = &[
    b"\"\\ud800\"",
    b"\"\\udc00\\ud800\"",
    b"\\u0061",
    b"\"\x01\"",
    b"\"\n\"",
    b"\"",
    b"\\",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"1e999",
    b"-1e999",
    b"1e-999",
    b"01",
    b"-0",
    b"1.",
    b".5",
    b"+1",
    b"NaN",
    b"Infinity",
    b"nul",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"[1,]",
    b"{\"a\":1,}",
    b"{\"$serde_json::private::Number\":\"1\"}",
    b"{\"$serde_json::private::Number\":\"x\"}",
    b"{\"$serde_json::private::RawValue\":\"{\\\"a\\\":1}\"}",
    b"{\"$serde_json::private::RawValue\":\"{\"}",
    b"\0",
    b" ",
    b"\x0c",
    b"/**/",
    b"true",
    b"{}{}",
];

/// A text that `serde_json` reads as `json`, when there is no junk in it.
///
/// The order of the members, white space and escapes are chosen by `choices`, and so are earlier
/// members with the same names, which do not count. With `junk`, objects have members that no rule
/// looks for.
pub(crate) fn write(json: &Json, junk: bool, choices: &mut Bytes<'_>) -> String {
    let mut writer = Writer {
        text: String::new(),
        junk,
        choices,
    };
    writer.space();
    writer.value(json);
    writer.space();
    writer.text
}

struct Writer<'w, 'b> {
    text: String,
    junk: bool,
    choices: &'w mut Bytes<'b>,
}

impl Writer<'_, '_> {
    fn space(&mut self) {
        if self.choices.chance(15) {
            let space = self.choices.text(&[" ", "\n", "\t", "\r\n", "    "]);
            self.text.push_str(space);
        }
    }

    fn value(&mut self, json: &Json) {
        match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => self.text.push_str(&json.to_string()),
            Json::String(text) => self.string(text),
            Json::Array(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index);
                    self.value(item);
                    self.space();
                }
                self.space();
                self.text.push(']');
            }
            Json::Object(members) => self.object(members),
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text.push(',');
        }
        self.space();
    }

    fn object(&mut self, members: &Map<String, Json>) {
        let mut entries: Vec<(&str, String)> = Vec::new();
        for (name, value) in members {
            let entry = (name.as_str(), self.apart(value));
            let place = if self.choices.chance(30) {
                self.choices.below(entries.len().saturating_add(1))
            } else {
                entries.len()
            };
            entries.insert(place, entry);
            if self.choices.chance(10) {
                let earlier = self.choices.below(place.saturating_add(1));
                let stale = stale(value, self.choices);
                entries.insert(earlier, (name, self.apart(&stale)));
            }
        }
        if self.junk && self.choices.chance(30) {
            let key = self.choices.text(JUNK_KEYS);
            if !members.contains_key(key) {
                let place = self.choices.below(entries.len().saturating_add(1));
                let value = self.choices.text(JUNK_VALUES).to_owned();
                entries.insert(place, (key, value));
            }
        }
        self.text.push('{');
        for (index, (name, value)) in entries.iter().enumerate() {
            self.separate(index);
            self.string(name);
            self.space();
            self.text.push(':');
            self.space();
            self.text.push_str(value);
            self.space();
        }
        self.text.push('}');
    }

    /// The text of a value, to be put somewhere else.
    fn apart(&mut self, json: &Json) -> String {
        let before = std::mem::take(&mut self.text);
        self.value(json);
        std::mem::replace(&mut self.text, before)
    }

    fn string(&mut self, text: &str) {
        let escapes = self.choices.chance(20);
        self.text.push('"');
        for character in text.chars() {
            let must = matches!(character, '"' | '\\' | '\0'..='\u{1f}');
            let is_escaped = must || (escapes && self.choices.chance(50));
            if !is_escaped {
                self.text.push(character);
                continue;
            }
            let short = match character {
                '"' | '\\' | '/' => Some(character),
                '\u{8}' => Some('b'),
                '\u{c}' => Some('f'),
                '\n' => Some('n'),
                '\r' => Some('r'),
                '\t' => Some('t'),
                _ => None,
            };
            match short {
                Some(short) if !self.choices.chance(30) => {
                    self.text.push('\\');
                    self.text.push(short);
                }
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let escape = if self.choices.chance(50) {
                            format!("\\u{unit:04X}")
                        } else {
                            format!("\\u{unit:04x}")
                        };
                        self.text.push_str(&escape);
                    }
                }
            }
        }
        self.text.push('"');
    }
}

/// What an earlier member had, that a later one with the same name replaces.
pub(crate) fn stale(json: &Json, choices: &mut Bytes<'_>) -> Json {
    match (choices.below(4), json) {
        (0 | 1, Json::Object(members)) => {
            let stale = members.keys().map(|name| (name.clone(), Json::Bool(true)));
            stale.chain([("stale".to_owned(), Json::Null)]).collect()
        }
        (0, _) => Json::Null,
        (1, _) => Json::from("stale"),
        (2, _) => serde_json::json!({ "stale": { "stale": 1 } }),
        _ => serde_json::json!([1, "stale"]),
    }
}

/// The text with some of its bytes changed, left out or put in.
pub(crate) fn damaged(text: &[u8], choices: &mut Bytes<'_>) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=choices.below(3) {
        let place = choices.below(256).saturating_mul(256);
        let place = place.saturating_add(choices.below(256));
        let place = place.checked_rem(bytes.len().max(1)).unwrap_or(0);
        let fragment = choices.pick(FRAGMENTS).unwrap_or_default();
        match choices.below(7) {
            0 => flip(&mut bytes, place, choices),
            1 => bytes.truncate(place),
            2 => drop(bytes.splice(place..place, fragment.iter().copied())),
            3 => {
                let end = place.saturating_add(choices.below(8)).min(bytes.len());
                drop(bytes.splice(place..end, fragment.iter().copied()));
            }
            4 => bytes.extend_from_slice(fragment),
            5 => replace_value(&mut bytes, place, fragment),
            _ => {
                let depth = 120_usize.saturating_add(choices.below(12));
                let pairs = [("[", "]"), ("{\"a\":", "}")];
                let (open, close) = choices.pick(&pairs).unwrap_or_default();
                let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                replace_value(&mut bytes, place, nested.as_bytes());
            }
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], place: usize, choices: &mut Bytes<'_>) {
    let bit = choices.below(8);
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1_u8
            .checked_shl(u32::try_from(bit).unwrap_or(0))
            .unwrap_or(1);
    }
}

/// Puts `value` in place of the scalar that begins behind the next colon.
fn replace_value(bytes: &mut Vec<u8>, place: usize, value: &[u8]) {
    let rest = bytes.iter().enumerate().skip(place);
    let Some((colon, _)) = rest.clone().find(|(_, byte)| **byte == b':') else {
        return;
    };
    let start = colon.saturating_add(1);
    let mut behind = bytes.iter().enumerate().skip(start);
    let end = behind.find(|(_, byte)| b",}]".contains(byte));
    let end = end.map_or(bytes.len(), |(end, _)| end);
    drop(bytes.splice(start..end, value.iter().copied()));
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::bytes::{Bytes, noise};
    use crate::logins::GeneratedLogin;
    use serde_json::{Value as Json, json};

    #[test]
    fn a_text_without_junk_is_read_as_its_value() {
        for seed in 0..200 {
            let login = GeneratedLogin::from_bytes(&noise(seed, 120));
            for json in [&login.user, &login.context] {
                let bytes = noise(seed.wrapping_add(7000), 2000);
                let text = write(json, false, &mut Bytes::new(&bytes));
                let plain: Json = serde_json::from_str(&json.to_string()).unwrap();
                assert_eq!(
                    serde_json::from_str::<Json>(&text).unwrap(),
                    plain,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn used_up_bytes_write_the_plain_text() {
        let json = json!({ "a": [1, "\n\"é"], "b": {} });
        let text = write(&json, true, &mut Bytes::new(&[]));
        assert_eq!(text, r#"{"a":[1,"\n\"é"],"b":{}}"#);
    }
}
