//! `mfa decide --watch`.

use super::one;
use crate::args::{DecideArgs, Source};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::read::LONGEST;
use crate::streams::Streams;
use crate::watch::{self, Again};
use mfa_rules::{CompileError, LivePolicy, Loader, Reload};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

/// Decides, and again after each change, until nobody reads what is written.
pub(super) fn run(args: &DecideArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    watch::run(&mut Files::new(args), streams)
}

/// The files that a decision is made of.
struct Files<'a> {
    args: &'a DecideArgs,
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

impl<'a> Files<'a> {
    fn new(args: &'a DecideArgs) -> Self {
        let sources = [&args.user, &args.context, &args.facts, &args.configuration];
        let inputs = sources.into_iter().filter_map(|source| match source {
            Some(Source::File(path)) => Some(Input {
                path: path.clone(),
                read: None,
            }),
            Some(Source::Standard) | None => None,
        });
        Self {
            args,
            rules: args.rules.clone(),
            live: None,
            error: None,
            inputs: inputs.collect(),
        }
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
}

impl Again for Files<'_> {
    fn paths(&self) -> Vec<PathBuf> {
        let inputs = self.inputs.iter().map(|input| input.path.clone());
        inputs.chain([self.rules.clone()]).collect()
    }

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

    // Rules that could be used before are no answer for somebody who has just changed them.
    fn run(&mut self, streams: &mut Streams<'_>) {
        let decided = match (&self.error, &self.live) {
            (Some(error), _) => Err(Problem::from(error.clone())),
            (None, Some(live)) => one(live.current().rules(), self.args, streams).map(|_| ()),
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
