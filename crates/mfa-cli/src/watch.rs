//! Commands with `--watch`: once, and again after each change.

use crate::colour::Role;
use crate::escape;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::streams::Streams;
use mfa_rules::Watch;
use std::cell::Cell;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::mpsc::channel;

/// What is done again.
pub(crate) trait Again {
    /// The files and folders that it is made of.
    fn paths(&self) -> Vec<PathBuf>;

    /// Reads everything, and gives the names of what is not as it was read before.
    fn changed(&mut self) -> Vec<String>;

    /// Does it with what was read, or shows why that is not possible.
    fn run(&mut self, streams: &mut Streams<'_>);
}

/// Does it, and again after each change, until nobody reads what is written.
pub(crate) fn run(again: &mut dyn Again, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    let (tell, told) = channel();
    // Watched first and read then, so that a change in between is seen.
    let _watch = Watch::files(again.paths(), move |change| {
        // Nobody listens any more when the program ends.
        let _ = tell.send(change);
    })
    .map_err(|error| Problem::new(error.to_string()))?;
    let is_closed = Cell::new(false);
    let mut output = Output {
        output: &mut *streams.output,
        is_closed: &is_closed,
    };
    let mut streams = Streams {
        input: std::mem::replace(&mut streams.input, Box::new(io::empty())),
        output: &mut output,
        messages: &mut *streams.messages,
        output_colour: streams.output_colour,
        message_colour: streams.message_colour,
        shows_progress: false,
    };
    again.changed();
    tell_aside("watching, until Ctrl-C is pressed", &mut streams);
    again.run(&mut streams);
    while !is_closed.get() {
        match told.recv() {
            Ok(Ok(())) => {
                let changed = again.changed();
                if !changed.is_empty() {
                    let changed = escape::text(&changed.join(", "));
                    tell_aside(&format!("changed: {changed}"), &mut streams);
                    again.run(&mut streams);
                }
            }
            Ok(Err(error)) => Problem::new(error.to_string()).tell(&mut streams),
            Err(_) => break,
        }
    }
    Ok(Exit::Done)
}

/// Writes what is neither a result nor a problem.
fn tell_aside(text: &str, streams: &mut Streams<'_>) {
    let line = format!("--- {text}");
    let line = streams.message_colour.paint(Role::Aside, line);
    streams.tell(&format!("{line}\n"));
}

/// The output, and whether somebody still reads it.
struct Output<'o> {
    output: &'o mut dyn Write,
    is_closed: &'o Cell<bool>,
}

impl Output<'_> {
    fn noted<T>(&self, written: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &written
            && error.kind() == ErrorKind::BrokenPipe
        {
            self.is_closed.set(true);
        }
        written
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes);
        self.noted(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.output.flush();
        self.noted(flushed)
    }
}
