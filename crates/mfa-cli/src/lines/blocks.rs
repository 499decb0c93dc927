//! Blocks of whole lines, read from a stream.

use crate::read::LONGEST;
use memchr::{memchr_iter, memrchr};
use std::io::{self, ErrorKind, Read};

/// Bytes that are read at once: enough to be worth a turn of a thread, and few enough that a small
/// file gives work to all of them.
const STEP: usize = 128 << 10;

/// Reads blocks of whole lines.
pub(crate) struct Blocks<R> {
    input: R,
    /// What was read behind the last whole line.
    rest: Vec<u8>,
    is_at_end: bool,
}

/// Some lines, and room to read more of them.
#[derive(Default)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    /// How many of the bytes are lines.
    length: usize,
}

/// A line, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'l> {
    Whole(&'l [u8]),
    /// Longer than a line may be.
    TooLong,
}

impl Line<'_> {
    /// How many bytes of it are kept.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Whole(line) => line.len(),
            Self::TooLong => 0,
        }
    }
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            rest: Vec::new(),
            is_at_end: false,
        }
    }

    /// Reads the next lines into `block`, at least one; `false` after the last one.
    ///
    /// The input is waited for only while there is no whole line: what comes slowly, line by line,
    /// comes out line by line. A line break at the end begins no further line. Of a line that is too
    /// long hardly more is kept than shows that it is.
    pub(crate) fn next(&mut self, block: &mut Block) -> io::Result<bool> {
        let bytes = &mut block.bytes;
        let mut filled = self.rest.len();
        if bytes.len() < filled {
            bytes.resize(filled, 0);
        }
        if let Some(begin) = bytes.get_mut(..filled) {
            begin.copy_from_slice(&self.rest);
        }
        self.rest.clear();
        loop {
            if self.is_at_end {
                block.length = filled;
                return Ok(filled > 0);
            }
            let read = self.read(bytes, filled)?;
            let end = filled.saturating_add(read);
            self.is_at_end = read == 0;
            let new = bytes.get(filled..end).unwrap_or_default();
            if let Some(last) = memrchr(b'\n', new) {
                block.length = filled.saturating_add(last).saturating_add(1);
                let rest = bytes.get(block.length..end).unwrap_or_default();
                self.rest.extend_from_slice(rest);
                return Ok(true);
            }
            filled = end.min(LONGEST.saturating_add(1));
        }
    }

    /// Reads some bytes behind the first `filled` ones: how many; 0 at the end.
    fn read(&mut self, bytes: &mut Vec<u8>, filled: usize) -> io::Result<usize> {
        let end = filled.saturating_add(STEP);
        if bytes.len() < end {
            // More than is needed now, so that a long line is not moved at each step.
            let longest = LONGEST.saturating_add(1).saturating_add(STEP);
            bytes.resize(end.saturating_mul(2).min(longest), 0);
        }
        let room = bytes.get_mut(filled..end).unwrap_or_default();
        loop {
            match self.input.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

impl Block {
    /// The lines, in their order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let text = self.bytes.get(..self.length).unwrap_or_default();
        let has_end = text.ends_with(b"\n");
        let last = (!has_end).then_some(text.len());
        let mut begin = 0;
        memchr_iter(b'\n', text).chain(last).map(move |end| {
            let line = text.get(begin..end).unwrap_or_default();
            begin = end.saturating_add(1);
            if line.len() > LONGEST {
                Line::TooLong
            } else {
                Line::Whole(line)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Blocks, Line, STEP};
    use crate::read::LONGEST;
    use std::io::{self, Read};

    /// The length of each line, `None` for one that is too long, by block.
    fn blocks(input: impl Read) -> Vec<Vec<Option<usize>>> {
        let mut blocks = Blocks::new(input);
        let mut block = Block::default();
        let mut lengths = Vec::new();
        while blocks.next(&mut block).unwrap() {
            let lines = block.lines().map(|line| match line {
                Line::Whole(bytes) => Some(bytes.len()),
                Line::TooLong => None,
            });
            lengths.push(lines.collect());
            assert!(block.bytes.len() <= LONGEST + 1 + STEP);
            assert!(blocks.rest.len() <= STEP);
        }
        lengths
    }

    fn lengths(input: impl Read) -> Vec<Option<usize>> {
        blocks(input).concat()
    }

    /// Gives as much at a time as each of the sizes says, over and over.
    struct Bits<'b> {
        bytes: &'b [u8],
        sizes: Vec<usize>,
    }

    impl Read for Bits<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.sizes.rotate_left(1);
            let size = self.sizes[0].min(buffer.len());
            self.bytes.read(&mut buffer[..size])
        }
    }

    #[test]
    fn a_line_ends_at_a_line_break_or_at_the_end() {
        assert_eq!(lengths(&b""[..]), []);
        assert_eq!(lengths(&b"a"[..]), [Some(1)]);
        assert_eq!(lengths(&b"a\n"[..]), [Some(1)]);
        assert_eq!(lengths(&b"a\n\nbc"[..]), [Some(1), Some(0), Some(2)]);
        assert_eq!(lengths(&b"\n\n"[..]), [Some(0), Some(0)]);
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        let of = |length: usize| std::io::repeat(b'x').take(u64::try_from(length).unwrap());
        assert_eq!(lengths(of(LONGEST)), [Some(LONGEST)]);
        assert_eq!(lengths(of(LONGEST + 1)), [None]);
        assert_eq!(
            lengths(of(LONGEST).chain(&b"\nab\n"[..])),
            [Some(LONGEST), Some(2)]
        );
        assert_eq!(
            lengths(of(LONGEST + 1).chain(&b"\nab"[..])),
            [None, Some(2)]
        );
        assert_eq!(
            lengths(of(3 * LONGEST).chain(&b"\nab"[..])),
            [None, Some(2)]
        );
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let text: Vec<u8> = (0..2_000_usize)
            .flat_map(|line| [vec![b'x'; line * line % 1_009], vec![b'\n']].concat())
            .collect();
        let expected = (0..2_000_usize).map(|line| Some(line * line % 1_009));
        let expected: Vec<_> = expected.collect();
        for sizes in [vec![1], vec![7, 1_000, 3], vec![usize::MAX], vec![STEP - 1]] {
            let bits = Bits {
                bytes: &text,
                sizes,
            };
            assert_eq!(lengths(bits), expected);
        }
    }

    #[test]
    fn whole_lines_do_not_wait_for_the_next_one() {
        let bits = Bits {
            bytes: b"a\nb\ncd\ne",
            // The last size is the first one that is used.
            sizes: vec![3, 1, 2],
        };
        let expected: [&[Option<usize>]; 4] = [&[Some(1)], &[Some(1)], &[Some(2)], &[Some(1)]];
        assert_eq!(blocks(bits), expected);
    }
}
