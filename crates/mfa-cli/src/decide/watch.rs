//! `mfa decide --watch`.

use super::by;
use crate::args::{DecideArgs, Source};
use crate::colour::Role;
use crate::escape;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::read::LONGEST;
use crate::streams::Streams;
use mfa_rules::{CompileError, LivePolicy, Loader, Reload, Watch};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::channel;

/// Decides, and again after each change, until nobody reads what is written.
pub(super) fn run(args: &DecideArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    let mut files = Files::new(args);
    let (tell, told) = channel();
    // Watched first and read then, so that a change in between is seen.
    let _watch = Watch::files(files.paths(), move |change| {
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
        input: &mut *streams.input,
        output: &mut output,
        messages: &mut *streams.messages,
        output_colour: streams.output_colour,
        message_colour: streams.message_colour,
        shows_progress: false,
    };
    files.changed();
    tell_aside("watching, until Ctrl-C is pressed", &mut streams);
    files.decide(args, &mut streams);
    while !is_closed.get() {
        match told.recv() {
            Ok(Ok(())) => {
                let changed = files.changed();
                if !changed.is_empty() {
                    let changed = escape::text(&changed.join(", "));
                    tell_aside(&format!("changed: {changed}"), &mut streams);
                    files.decide(args, &mut streams);
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

/// The files that a decision is made of.
struct Files {
    rules: PathBuf,
    /// The rules that could be used last. `None` until some could be.
    live: Option<LivePolicy>,
    /// What is wrong with the rules as they are.
    error: Option<CompileError>,
    inputs: Vec<Input>,
}

/// A part of the login.
struct Input {
    path: PathBuf,
    /// What was in it, or why it could not be read; `None` before that is known.
    read: Option<Result<Vec<u8>, ErrorKind>>,
}

impl Files {
    fn new(args: &DecideArgs) -> Self {
        let sources = [&args.user, &args.context, &args.configuration];
        let inputs = sources.into_iter().filter_map(|source| match source {
            Some(Source::File(path)) => Some(Input {
                path: path.clone(),
                read: None,
            }),
            Some(Source::Standard) | None => None,
        });
        Self {
            rules: args.rules.clone(),
            live: None,
            error: None,
            inputs: inputs.collect(),
        }
    }

    fn paths(&self) -> Vec<PathBuf> {
        let inputs = self.inputs.iter().map(|input| input.path.clone());
        inputs.chain([self.rules.clone()]).collect()
    }

    /// Reads everything, and gives the names of what is not as it was read before.
    fn changed(&mut self) -> Vec<String> {
        let mut changed = Vec::new();
        if self.rules_changed() {
            changed.push(self.rules.display().to_string());
        }
        for input in &mut self.inputs {
            let read = Some(read(&input.path));
            if input.read != read {
                input.read = read;
                changed.push(input.path.display().to_string());
            }
        }
        changed
    }

    fn rules_changed(&mut self) -> bool {
        let (is_other, error) = match &self.live {
            None => match LivePolicy::load(Loader::new(), &self.rules) {
                Ok(live) => {
                    self.live = Some(live);
                    (true, None)
                }
                Err(error) => (false, Some(error)),
            },
            Some(live) => match live.reload() {
                Reload::Unchanged { .. } => (false, None),
                Reload::Replaced { .. } => (true, None),
                Reload::Refused(refusal) => (false, Some(refusal.error.clone())),
            },
        };
        let has_changed = is_other || error != self.error;
        self.error = error;
        has_changed
    }

    /// Decides, or shows why that is not possible. Rules that could be used before are no answer
    /// for somebody who has just changed them.
    fn decide(&self, args: &DecideArgs, streams: &mut Streams<'_>) {
        let decided = match (&self.error, &self.live) {
            (Some(error), _) => Err(Problem::from(error.clone())),
            (None, Some(live)) => by(live.current().rules(), args, streams).map(|_| ()),
            (None, None) => Ok(()),
        };
        if let Err(problem) = decided {
            problem.tell(streams);
        }
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, ErrorKind> {
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| error.kind())?;
    Ok(bytes)
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
