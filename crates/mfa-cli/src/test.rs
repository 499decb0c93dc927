//! `mfa test`.

mod discover;
mod github;
mod human;
mod junit;
mod suite;
mod watch;

use crate::args::{TestArgs, TestFormat};
use crate::escape;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::streams::Streams;
use regex::Regex;
use serde::Serialize;
use suite::Suite;

/// The version of the JSON that is written.
const FORMAT_VERSION: u32 = 1;

/// Runs the cases.
pub(crate) fn run(args: &TestArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    let filter = args.run.as_deref().map(pattern).transpose()?;
    if args.watch {
        return watch::run(args, filter.as_ref(), streams);
    }
    once(args, filter.as_ref(), streams)
}

fn once(
    args: &TestArgs,
    filter: Option<&Regex>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Problem> {
    let found = discover::find(&args.paths)?;
    let suite = Suite::run(found, filter, args);
    let report = match args.format {
        TestFormat::Human => human::render(&suite, args.slowest, streams.output_colour),
        TestFormat::Json => json(&suite)?,
        TestFormat::Junit => junit::render(&suite),
        TestFormat::Github => github::render(&suite),
    };
    streams.write(&report)?;
    Ok(suite.exit())
}

fn pattern(text: &str) -> Result<Regex, Problem> {
    Regex::new(text).map_err(|error| Problem::Message {
        message: format!(
            "`--run {}` is no regular expression: {}",
            escape::text(text),
            escape::text(&last_line(&error.to_string()))
        ),
        help: Some("a name that stands for itself needs no other characters than letters, digits, blanks and hyphens".to_owned()),
    })
}

fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn json(suite: &Suite) -> Result<String, Problem> {
    #[derive(Serialize)]
    struct Versioned<'s> {
        version: u32,
        #[serde(flatten)]
        suite: &'s Suite,
    }
    serde_json::to_string(&Versioned {
        version: FORMAT_VERSION,
        suite,
    })
    .map(|json| json + "\n")
    .map_err(|error| Problem::new(format!("the result cannot be written: {error}")))
}
