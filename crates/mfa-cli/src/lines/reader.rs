//! Lines of bounded length.

use super::LinesError;
use crate::read::LONGEST;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;

/// Reads lines one by one.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
}

/// A line, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    Whole(&'l [u8]),
    /// Longer than a line may be; the rest of it was skipped.
    TooLong,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER, input),
            line: Vec::new(),
        }
    }

    /// The next line; `None` after the last one. A line break at the end begins no further line.
    ///
    /// `before_reading` runs whenever the input is about to be waited for.
    pub(super) fn next(
        &mut self,
        mut before_reading: impl FnMut() -> io::Result<()>,
    ) -> Result<Option<Line<'_>>, LinesError> {
        self.line.clear();
        let mut is_begun = false;
        let mut is_too_long = false;
        loop {
            if self.input.buffer().is_empty() {
                before_reading().map_err(LinesError::Write)?;
            }
            let bytes = match self.input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(LinesError::Read(error)),
            };
            let is_at_end = bytes.is_empty();
            if is_at_end && !is_begun {
                return Ok(None);
            }
            is_begun = true;
            let line_break = bytes.iter().position(|&byte| byte == b'\n');
            let part = line_break.map_or(bytes, |end| bytes.get(..end).unwrap_or_default());
            is_too_long |= part.len() > LONGEST.saturating_sub(self.line.len());
            if !is_too_long {
                self.line.extend_from_slice(part);
            }
            let taken = part.len().saturating_add(usize::from(line_break.is_some()));
            self.input.consume(taken);
            if is_at_end || line_break.is_some() {
                return Ok(Some(if is_too_long {
                    Line::TooLong
                } else {
                    Line::Whole(&self.line)
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines};
    use crate::read::LONGEST;
    use std::io::Read;

    /// The length of each line, `None` for one that is too long.
    fn lengths(input: impl Read) -> Vec<Option<usize>> {
        let mut lines = Lines::new(input);
        let mut lengths = Vec::new();
        while let Some(line) = lines.next(|| Ok(())).unwrap() {
            lengths.push(match line {
                Line::Whole(bytes) => Some(bytes.len()),
                Line::TooLong => None,
            });
        }
        lengths
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
    fn what_is_due_is_done_before_waiting_for_input() {
        let mut lines = Lines::new((&b"a\nb"[..]).chain(&b"c\n"[..]));
        let mut waits = Vec::new();
        loop {
            let mut count = 0;
            let line = lines.next(|| {
                count += 1;
                Ok(())
            });
            let is_last = line.unwrap().is_none();
            waits.push(count);
            if is_last {
                break;
            }
        }
        assert_eq!(waits, [1, 1, 1]);
    }
}
