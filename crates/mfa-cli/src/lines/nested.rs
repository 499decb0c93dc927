//! Where an array or an object ends.

use wide::u8x16;

/// Bytes that are looked at together.
const TOGETHER: usize = 64;

/// How deep arrays and objects may be in each other. It is less than `serde_json` allows, so that
/// whether a text is too deep is for that to say.
const DEEPEST: u32 = 100;

/// The length of the array or object with which `text` begins, by its brackets alone; `None` when it
/// has no end, and when it is deeply nested.
///
/// It finds quotes and brackets by 64 bytes at once, because a branch for each of them would take
/// longer than all the rest (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019).
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let mut scan = Scan::default();
    let (blocks, rest) = text.as_chunks::<TOGETHER>();
    let mut last = [b' '; TOGETHER];
    last.get_mut(..rest.len())?.copy_from_slice(rest);
    let mut length = 0_usize;
    for block in blocks.iter().chain([&last]) {
        match scan.block(block) {
            Found::End(end) => return length.checked_add(end),
            Found::NoEnd => length = length.checked_add(TOGETHER)?,
            Found::TooDeep => return None,
        }
    }
    None
}

/// What is found in a block of bytes.
enum Found {
    /// So many bytes of it belong to the array or object.
    End(usize),
    /// All of them do.
    NoEnd,
    TooDeep,
}

/// What is known before a block of bytes.
#[derive(Default)]
struct Scan {
    /// How many arrays and objects are open.
    depth: u32,
    /// All bits when the block begins within a text, else none.
    is_text: u64,
    /// 1 when the block begins behind a backslash that escapes.
    is_escaped: u64,
}

impl Scan {
    fn block(&mut self, block: &[u8; TOGETHER]) -> Found {
        let marks = Marks::of(block);
        let quotes = marks.quotes & !self.escaped(marks.backslashes);
        let texts = up_to_each(quotes) ^ self.is_text;
        // Whether the last byte is within a text, for every bit.
        self.is_text = 0_u64.wrapping_sub(texts >> 63);
        let opening = marks.opening & !texts;
        let closing = marks.closing & !texts;
        if opening | closing == 0 {
            return Found::NoEnd;
        }
        let opened = self.depth.saturating_add(opening.count_ones());
        if opened > DEEPEST {
            return Found::TooDeep;
        }
        if closing.count_ones() >= self.depth
            && let Some(end) = self.end(opening, closing)
        {
            return Found::End(end);
        }
        self.depth = opened.saturating_sub(closing.count_ones());
        Found::NoEnd
    }

    /// How many bytes of a block come up to the bracket that closes everything.
    fn end(&self, opening: u64, closing: u64) -> Option<usize> {
        let mut left = closing;
        let mut closed = 0_u32;
        while left != 0 {
            let index = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            closed = closed.saturating_add(1);
            let before = opening & !(u64::MAX << index);
            if self.depth.saturating_add(before.count_ones()) <= closed {
                return usize::try_from(index).ok()?.checked_add(1);
            }
        }
        None
    }

    /// The bytes behind a backslash that is itself not behind one.
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.is_escaped;
        let mut escaping = backslashes & !escaped;
        self.is_escaped = 0;
        while escaping != 0 {
            let first = escaping & escaping.wrapping_neg();
            let next = first << 1;
            self.is_escaped |= first >> 63;
            escaped |= next;
            escaping &= !(first | next);
        }
        escaped
    }
}

/// Where in a block some bytes are: the lowest bit is the first byte.
#[derive(Default)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

impl Marks {
    fn of(block: &[u8; TOGETHER]) -> Self {
        let mut marks = Self::default();
        let (parts, _) = block.as_chunks::<16>();
        for part in parts {
            let bytes = u8x16::from(*part);
            // `[` and `{`, and `]` and `}`, differ by this bit.
            let brackets = bytes | u8x16::splat(0x20);
            let append = |marks: u64, bytes: u8x16, byte: u8| {
                let found = bytes.simd_eq(u8x16::splat(byte)).to_bitmask();
                marks >> 16 | u64::from(found) << 48
            };
            marks.quotes = append(marks.quotes, bytes, b'"');
            marks.backslashes = append(marks.backslashes, bytes, b'\\');
            marks.opening = append(marks.opening, brackets, b'{');
            marks.closing = append(marks.closing, brackets, b'}');
        }
        marks
    }
}

/// Each bit is whether the number of bits up to it, itself included, is odd.
fn up_to_each(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32]
        .into_iter()
        .fold(bits, |bits, distance| bits ^ bits << distance)
}

#[cfg(test)]
mod tests {
    use super::length;

    /// Byte by byte.
    fn plainly(text: &[u8]) -> Option<usize> {
        let (mut depth, mut is_text, mut escapes) = (0_u32, false, false);
        for (index, byte) in text.iter().enumerate() {
            let is_escaped = std::mem::take(&mut escapes);
            match byte {
                b'\\' => escapes = !is_escaped,
                b'"' => is_text ^= !is_escaped,
                _ if is_text => {}
                b'{' | b'[' => depth = depth.checked_add(1)?,
                b'}' | b']' if depth <= 1 => return index.checked_add(1),
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        None
    }

    #[test]
    fn an_object_ends_at_its_bracket() {
        for (text, expected) in [
            ("{}", Some(2)),
            ("[[],{}] ", Some(7)),
            (r#"{"}":"\"}"}]"#, Some(11)),
            (r#"{"a\\":[]},"#, Some(10)),
            ("{", None),
            (r#"{"}"#, None),
        ] {
            assert_eq!(length(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn bytes_together_are_as_bytes_one_by_one() {
        let mut bits: u64 = 1;
        let mut ended = 0;
        for _ in 0..200_000 {
            // A generator of numbers (Knuth, volume 2, 3.3.4): any will do.
            let mut next = |below: usize| {
                bits = bits
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                usize::try_from(bits >> 33).unwrap() % below
            };
            let kinds = [&b"{[\"\\x]}"[..], b"{\"\"xxxxxxxxxx}", b"[\\\"", b"{}[]"];
            let kind = kinds[next(kinds.len())];
            let mut text = vec![b'{'];
            text.extend((0..next(300)).map(|_| kind[next(kind.len())]));
            let expected = plainly(&text);
            let found = length(&text);
            ended += usize::from(found.is_some());
            // It may leave alone what is deeply nested.
            let opened = text.iter().filter(|byte| b"{[".contains(byte)).count();
            if found.is_some() || opened <= 100 {
                let text = String::from_utf8_lossy(&text);
                assert_eq!(found, expected, "{text}");
            }
        }
        assert!(ended > 50_000, "only {ended} texts had an end");
    }

    #[test]
    fn what_is_deeply_nested_is_left_alone() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert_eq!(length(nested(100).as_bytes()), Some(200));
        assert_eq!(length(nested(101).as_bytes()), None);
    }
}
