//! `mfa decide`.

mod watch;

use crate::args::{DecideArgs, Format, Source};
use crate::escape::counted;
use crate::exit::Exit;
use crate::lines::{LineOptions, LinesError, Summary, Time, decide_lines_in_parallel, write_line};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::streams::{Streams, unless_closed};
use crate::{escape, human, read};
use mfa_rules::{Decision, Login, Observe, Outcome, RuleSet};
use serde_json::Value as Json;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

/// Decides about one login or many.
pub(crate) fn run(args: &DecideArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    if args.watch {
        return watch::run(args, streams);
    }
    let rule_set = RuleSet::load(&args.rules)?;
    match &args.logins {
        Some(logins) => many(rule_set, logins, args, streams),
        None => one(&rule_set, args, streams),
    }
}

fn options(args: &DecideArgs, streams: &mut Streams<'_>) -> Result<LineOptions, Problem> {
    Ok(LineOptions {
        time: Time::given_or_now(args.now),
        configuration: read::object("configuration", args.configuration.as_ref(), streams)?,
        observe: observe(args),
    })
}

fn hint_at_warnings(rule_set: &RuleSet, args: &DecideArgs, streams: &mut Streams<'_>) {
    let warnings = rule_set.warnings().len();
    if warnings > 0 {
        let path = args.rules.display().to_string();
        streams.tell(&format!(
            "{}; `mfa check {}` tells more\n",
            counted(warnings, "warning"),
            escape::text(&path)
        ));
    }
}

fn observe(args: &DecideArgs) -> Observe {
    let mut observe = Observe::decision();
    if args.trace {
        observe = observe.and_trace();
    }
    if args.full {
        observe = observe.and_full();
    }
    observe
}

/// Decides about one login.
fn one(rule_set: &RuleSet, args: &DecideArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    if args.format != Some(Format::Json) {
        hint_at_warnings(rule_set, args, streams);
    }
    let options = options(args, streams)?;
    let (Time::Given(now) | Time::Otherwise(now)) = options.time;
    let user = document("user", args.user.as_ref(), streams)?;
    let context = document("context", args.context.as_ref(), streams)?;
    let facts = document("facts", args.facts.as_ref(), streams)?.and_then(read::facts);
    let outcome = match (&user, &context, &facts) {
        (Ok(user), Ok(context), Ok(facts)) => {
            let login = Login::new(now)
                .user(user)
                .context(context)
                .facts(facts)
                .configuration(&options.configuration);
            rule_set.decide_observed(&login, options.observe)
        }
        (Err(message), _, _) | (_, Err(message), _) | (_, _, Err(message)) => {
            rule_set.deny_input(message, now)
        }
    };
    show(&outcome, args, streams)?;
    Ok(exit(&outcome, args))
}

/// A part of the login; `null` when it is left out.
fn document(
    name: &str,
    source: Option<&Source>,
    streams: &mut Streams<'_>,
) -> Result<Result<Json, String>, Problem> {
    match source {
        None => Ok(Ok(Json::Null)),
        Some(source) => Ok(
            read::document(source, streams)?.map_err(|message| format!("`{name}` is {message}"))
        ),
    }
}

fn show(
    outcome: &Outcome<'_>,
    args: &DecideArgs,
    streams: &mut Streams<'_>,
) -> Result<(), Problem> {
    match args.format.unwrap_or(Format::Human) {
        Format::Human => streams.write(&human::render(outcome, streams.output_colour)),
        Format::Json => {
            let mut line = Vec::new();
            let written = write_line(&mut line, outcome)
                .and_then(|()| streams.output.write_all(&line))
                .and_then(|()| streams.output.flush());
            unless_closed(written)
        }
    }
}

fn exit(outcome: &Outcome<'_>, args: &DecideArgs) -> Exit {
    match outcome.decision() {
        Decision::Denied if args.exit_code => Exit::Denied,
        Decision::Required if args.exit_code => Exit::Required,
        _ if outcome.input_error().is_some() => Exit::ProblemFound,
        _ => Exit::Done,
    }
}

/// Decides about each line of `logins`.
fn many(
    rule_set: RuleSet,
    logins: &Source,
    args: &DecideArgs,
    streams: &mut Streams<'_>,
) -> Result<Exit, Problem> {
    let options = options(args, streams)?;
    let input: Box<dyn Read + Send> = match logins {
        Source::Standard => std::mem::replace(&mut streams.input, Box::new(io::empty())),
        Source::File(path) => {
            let file = File::open(path).map_err(|error| read::unreadable(logins, &error))?;
            Box::new(file)
        }
    };
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut progress = Progress::new(streams.shows_progress);
    let messages = &mut *streams.messages;
    let show = |lines| {
        if progress.is_due() {
            let _ = write!(messages, "\r{lines} logins decided");
        }
    };
    let rule_set = Arc::new(rule_set);
    let output = &mut *streams.output;
    let decided = decide_lines_in_parallel(&rule_set, input, output, &options, threads, show);
    streams.tell(progress.cleared());
    match decided {
        Ok(summary) => Ok(conclude(&summary, streams)),
        Err(LinesError::Read(error)) => Err(read::unreadable(logins, &error)),
        Err(LinesError::Write(error)) => unless_closed(Err(error)).map(|()| Exit::Done),
    }
}

fn conclude(summary: &Summary, streams: &mut Streams<'_>) -> Exit {
    tell_masked(summary.masked, summary.lines, streams);
    let Some((line, message)) = &summary.first_unreadable else {
        return Exit::Done;
    };
    let are = if summary.unreadable == 1 { "is" } else { "are" };
    streams.tell(&format!(
        "{} of {} could not be read and {are} denied; the first is line {line}: {}\n",
        summary.unreadable,
        counted(summary.lines, "line"),
        escape::text(message)
    ));
    Exit::ProblemFound
}

/// Says of how many lines it may not be known what was decided.
pub(crate) fn tell_masked(masked: u64, lines: u64, streams: &mut Streams<'_>) {
    if masked == 0 {
        return;
    }
    let have = if masked == 1 { "has" } else { "have" };
    streams.tell(&format!(
        "{masked} of {} {have} masked values: a decision that looks at one may differ from what was \
         decided\n",
        counted(lines, "line"),
    ));
}
