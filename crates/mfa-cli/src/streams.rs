//! Where a command reads and writes.

use crate::colour::Colour;
use crate::problem::Problem;
use std::io::{self, ErrorKind, Read, Write};

/// Where a command reads and writes, so that a test can take the place of the terminal.
pub struct Streams<'s> {
    /// Standard input. It may be read by another thread.
    pub input: Box<dyn Read + Send>,
    /// Results.
    pub output: &'s mut dyn Write,
    /// Everything else.
    pub messages: &'s mut dyn Write,
    /// Whether results are coloured.
    pub output_colour: Colour,
    /// Whether everything else is coloured.
    pub message_colour: Colour,
    /// Whether long work says how far it is.
    pub shows_progress: bool,
}

impl Streams<'_> {
    /// Writes a result. That nobody reads it any more is no problem.
    pub(crate) fn write(&mut self, result: &str) -> Result<(), Problem> {
        let written = self.output.write_all(result.as_bytes());
        unless_closed(written.and_then(|()| self.output.flush()))
    }

    /// Writes a message. There is nowhere to complain about what goes wrong with it.
    pub(crate) fn tell(&mut self, message: &str) {
        let _ = self.messages.write_all(message.as_bytes());
        let _ = self.messages.flush();
    }
}

/// What is wrong with having written, a closed pipe being all right.
pub(crate) fn unless_closed(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Problem::new(format!(
            "the result cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}
