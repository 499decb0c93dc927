//! The escapes of JSON that YAML does not have: surrogate pairs such as `\ud83d\ude00`.
//!
//! Whether such a pair is an escape depends on where it stands: in double quotes it is, elsewhere
//! it is text. Only the parser knows. So each pair is replaced, before parsing, by one character
//! that may stand everywhere and that the text does not have, and in each value it is replaced
//! again by what it means or by what was written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The length of `\ud83d\ude00`, in characters and in bytes.
const PAIR: usize = 12;

/// The characters that can stand for a pair: the private use planes.
const STAND_INS: [std::ops::RangeInclusive<u32>; 2] = [0xF_0000..=0xF_FFFD, 0x10_0000..=0x10_FFFD];

/// A text in which each surrogate pair is one character.
pub(super) struct Rewritten<'t> {
    text: Cow<'t, str>,
    /// What a character stands for: as it was written, and the character that is meant.
    pairs: BTreeMap<char, (&'t str, char)>,
    /// The columns of the replaced pairs in the new text, from 0, by line.
    columns: BTreeMap<usize, Vec<usize>>,
}

impl<'t> Rewritten<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut rewritten = Self {
            text: Cow::Borrowed(text),
            pairs: BTreeMap::new(),
            columns: BTreeMap::new(),
        };
        if text.contains(r"\ud") || text.contains(r"\uD") {
            rewritten.replace(text);
        }
        rewritten
    }

    /// What the parser reads.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A value from double quotes, with the pairs decoded.
    pub(super) fn decoded(&self, value: &str) -> String {
        if self.pairs.is_empty() {
            return value.to_owned();
        }
        let decoded = value.chars().map(|character| {
            self.pairs
                .get(&character)
                .map_or(character, |(_, meant)| *meant)
        });
        decoded.collect()
    }

    /// A value from elsewhere, with the pairs as they were written.
    pub(super) fn restored(&self, value: &str) -> String {
        if self.pairs.is_empty() {
            return value.to_owned();
        }
        let mut restored = String::with_capacity(value.len());
        for character in value.chars() {
            match self.pairs.get(&character) {
                Some((written, _)) => restored.push_str(written),
                None => restored.push(character),
            }
        }
        restored
    }

    /// The column, from 0, that a column of the new text has in the text as it was written.
    pub(super) fn column(&self, line: usize, column: usize) -> usize {
        let replaced = self.columns.get(&line).map_or(0, |columns| {
            columns.partition_point(|before| *before < column)
        });
        column.saturating_add(replaced.saturating_mul(PAIR.saturating_sub(1)))
    }

    fn replace(&mut self, text: &'t str) {
        let taken = taken(text);
        let mut free = STAND_INS
            .into_iter()
            .flatten()
            .filter_map(char::from_u32)
            .filter(|character| !taken.contains(character));
        let mut stand_ins: HashMap<&'t str, char> = HashMap::new();
        let mut new = String::with_capacity(text.len());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let mut rest = line;
            let mut column = 0usize;
            let mut escaped = false;
            while let Some(character) = rest.chars().next() {
                let pair = if escaped { None } else { pair(rest) };
                let stand_in = pair.and_then(|(written, meant)| {
                    let stand_in = match stand_ins.get(written) {
                        Some(stand_in) => *stand_in,
                        None => free.next()?,
                    };
                    stand_ins.insert(written, stand_in);
                    self.pairs.insert(stand_in, (written, meant));
                    Some(stand_in)
                });
                let width = if let Some(stand_in) = stand_in {
                    let columns = self.columns.entry(index.saturating_add(1)).or_default();
                    columns.push(column);
                    new.push(stand_in);
                    PAIR
                } else {
                    new.push(character);
                    escaped = character == '\\' && !escaped;
                    character.len_utf8()
                };
                rest = rest.get(width..).unwrap_or_default();
                column = column.saturating_add(1);
            }
        }
        self.text = Cow::Owned(new);
    }
}

/// The surrogate pair that `text` starts with, and the character that it means.
fn pair(text: &str) -> Option<(&str, char)> {
    let written = text.get(..PAIR)?;
    let high = unit(written.get(..6)?)?;
    let low = unit(written.get(6..)?)?;
    if !(0xD800..0xDC00).contains(&high) {
        return None;
    }
    let meant = char::decode_utf16([high, low]).next()?.ok()?;
    Some((written, meant))
}

/// The number of an escape such as `\ud83d`.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix(r"\u")?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// The characters that a text has, or could get through an escape with eight digits.
fn taken(text: &str) -> BTreeSet<char> {
    let written = text.chars().filter(|character| *character >= '\u{f0000}');
    let escaped = text.split(r"\U").skip(1).filter_map(|after| {
        let digits = after.get(..8)?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    });
    written.chain(escaped).collect()
}
