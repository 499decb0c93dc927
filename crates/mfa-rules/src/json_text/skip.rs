//! JSON text that is checked and skipped: from a place in it to the place behind.
//!
//! Every function takes the text from some place on, and gives what is left of it behind what it
//! skips; `None` when that is no JSON, or when it is left to `serde_json` to say.
// SECURITY: what `serde_json` refuses when it reads a text into a value is never skipped here. It may
// happen the other way round, where that is simpler: nothing is decided by a `None`.

/// Skips white space.
#[inline]
pub(super) fn space(text: &[u8]) -> &[u8] {
    match text {
        [0..=b' ', ..] => longer_space(text),
        _ => text,
    }
}

fn longer_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Skips a value.
#[inline]
pub(super) fn value(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'"', ..] => string(text),
        [b'{' | b'[', ..] => container(text),
        _ => literal(text).or_else(|| number(text)),
    }
}

/// Skips a string.
#[inline]
pub(super) fn string(text: &[u8]) -> Option<&[u8]> {
    let [b'"', inside @ ..] = text else {
        return None;
    };
    match plain(inside) {
        [b'"', behind @ ..] => Some(behind),
        rest => escaped(rest),
    }
}

/// Skips what stands for itself in a string: up to a quote, a backslash or a control character.
#[inline]
pub(super) fn plain(mut text: &[u8]) -> &[u8] {
    while let Some((word, behind)) = text.split_first_chunk() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            // INVARIANT: the bit is the highest of its byte, and the byte is in the word.
            return text.get(byte(special)..).unwrap_or_default();
        }
        text = behind;
    }
    plain_bytes(text)
}

/// [`plain`], for the last bytes of a text.
fn plain_bytes(mut text: &[u8]) -> &[u8] {
    while let [0x20..=0x21 | 0x23..=0x5b | 0x5d..=0xff, rest @ ..] = text {
        text = rest;
    }
    text
}

/// The highest bit of each byte that is a quote, a backslash or a control character; above the first
/// such byte, other bits may be set too.
///
/// All eight bytes are looked at together. A byte of which 1 is subtracted borrows from the next
/// one, and sets its own highest bit, if it was 0.
fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x80 * ONES;
    // `^ 2` puts the quote, which is 0x22, beside the control characters, which are below 0x20.
    let quote_or_control = (word ^ (0x02 * ONES)).wrapping_sub(0x21 * ONES);
    let backslash = (word ^ (0x5c * ONES)).wrapping_sub(ONES);
    (quote_or_control | backslash) & HIGHEST & !word
}

/// The number of the byte that the lowest bit is in.
fn byte(bits: u64) -> usize {
    (bits.trailing_zeros() / u8::BITS) as usize
}

/// Skips the rest of a string in which something does not stand for itself, from there.
#[cold]
pub(super) fn escaped(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', b'u', hex @ ..] => unicode(hex)?,
            #[rustfmt::skip]
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', behind @ ..] => behind,
            _ => return None,
        };
        rest = plain(rest);
    }
}

/// Skips the digits of an escaped character, and its second half when it has one.
fn unicode(hex: &[u8]) -> Option<&[u8]> {
    match unit(hex)? {
        (0xd800..=0xdbff, [b'\\', b'u', second @ ..]) => match unit(second)? {
            (0xdc00..=0xdfff, behind) => Some(behind),
            _ => None,
        },
        (0xd800..=0xdfff, _) => None,
        (_, behind) => Some(behind),
    }
}

fn unit(hex: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, behind) = hex.split_first_chunk::<4>()?;
    let unit = digits.iter().try_fold(0_u32, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | digit)
    })?;
    Some((unit, behind))
}

/// Skips `true`, `false` or `null`.
#[inline]
pub(super) fn literal(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b't', b'r', b'u', b'e', behind @ ..]
        | [b'f', b'a', b'l', b's', b'e', behind @ ..]
        | [b'n', b'u', b'l', b'l', behind @ ..] => Some(behind),
        _ => None,
    }
}

/// Skips a number that is in the range of numbers, however `serde_json` computes it.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<&[u8]> {
    // With an exponent of two digits this is still less than the largest number.
    const LONGEST: usize = 200;
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let behind = match unsigned {
        [b'0', behind @ ..] => behind,
        [b'1'..=b'9', rest @ ..] => digits(rest),
        _ => return None,
    };
    let behind = match behind {
        [b'.', b'0'..=b'9', rest @ ..] => digits(rest),
        [b'.', ..] => return None,
        _ => behind,
    };
    if unsigned.len() > behind.len().saturating_add(LONGEST) {
        return None;
    }
    match behind {
        [b'e' | b'E', rest @ ..] => exponent(rest),
        _ => Some(behind),
    }
}

#[inline]
fn digits(mut text: &[u8]) -> &[u8] {
    while let [b'0'..=b'9', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Skips an exponent of one or two digits.
fn exponent(text: &[u8]) -> Option<&[u8]> {
    let unsigned = match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    match unsigned {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => None,
        [b'0'..=b'9', b'0'..=b'9', behind @ ..] | [b'0'..=b'9', behind @ ..] => Some(behind),
        _ => None,
    }
}

/// Skips the colon behind a key, and gives where the value begins.
#[inline]
pub(super) fn colon(text: &[u8]) -> Option<&[u8]> {
    match space(text) {
        [b':', rest @ ..] => Some(space(rest)),
        _ => None,
    }
}

/// Whether the text begins with a key that may be for `serde_json` to understand, when it is the
/// first one of an object.
#[inline]
pub(super) fn may_be_private(key: &[u8]) -> bool {
    matches!(key, [b'"', b'\\', ..] | [b'"', b'$', b's' | b'\\', ..])
}

/// What comes behind a member of an object.
pub(super) enum Next<'t> {
    /// Another member. The text begins with its key.
    Key(&'t [u8]),
    /// The end of the object. The text is behind it.
    End(&'t [u8]),
}

/// Skips what separates the members of an object.
#[inline]
pub(super) fn next_key(text: &[u8]) -> Option<Next<'_>> {
    match space(text) {
        [b',', rest @ ..] => Some(Next::Key(space(rest))),
        [b'}', behind @ ..] => Some(Next::End(behind)),
        _ => None,
    }
}

/// How deep the array or object may be nested that [`container`] skips.
pub(super) const DEEPEST: u32 = u64::BITS - 1;

/// Skips an array or an object, from its opening bracket.
fn container(mut text: &[u8]) -> Option<&[u8]> {
    // For each array or object that is open a bit, the innermost lowest, which is set for an object;
    // and above them one that is always set.
    let mut open = 1_u64;
    loop {
        match text {
            [b'"', ..] => text = string(text)?,
            [b'{' | b'[', ..] if open >> DEEPEST != 0 => return None,
            [b'{', inside @ ..] => {
                open = open << 1 | 1;
                text = space(inside);
                if may_be_private(text) {
                    return None;
                }
                if !matches!(text, [b'}', ..]) {
                    text = colon(string(text)?)?;
                    continue;
                }
            }
            [b'[', inside @ ..] => {
                open <<= 1;
                text = space(inside);
                if !matches!(text, [b']', ..]) {
                    continue;
                }
            }
            _ => text = literal(text).or_else(|| number(text))?,
        }
        // Behind a value, or before the end of what is empty.
        loop {
            if open & 1 == 1 {
                match next_key(text)? {
                    Next::Key(key) => {
                        text = colon(string(key)?)?;
                        break;
                    }
                    Next::End(behind) => text = behind,
                }
            } else {
                match space(text) {
                    [b',', rest @ ..] => {
                        text = space(rest);
                        break;
                    }
                    [b']', behind @ ..] => text = behind,
                    _ => return None,
                }
            }
            open >>= 1;
            if open == 1 {
                return Some(text);
            }
        }
    }
}
