//! `mfa bench`.

mod costs;
mod human;
mod latencies;
mod logins;
mod report;
mod timing;

use self::costs::Costs;
use self::logins::{Defaults, ReadError, Unreadable};
use self::report::Report;
use self::timing::Timing;
use crate::args::{BenchArgs, Format, Source};
use crate::decide::tell_masked;
use crate::escape::{self, counted};
use crate::exit::Exit;
use crate::lines::Time;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::read;
use crate::streams::Streams;
use mfa_rules::{Observe, RuleSet};
use std::fs::File;
use std::io::Read;

/// Measures what decisions about logins take.
pub(crate) fn run(args: &BenchArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    let rule_set = RuleSet::load(&args.rules)?;
    let defaults = Defaults {
        time: Time::given_or_now(args.now),
        configuration: read::object("configuration", args.configuration.as_ref(), streams)?,
        facts: read::object("facts", args.facts.as_ref(), streams)?,
    };
    let mut progress = Progress::new(streams.shows_progress);
    let measured = measure(&rule_set, args, &defaults, &mut progress, streams);
    streams.tell(progress.cleared());
    let report = measured?;
    let lines = report
        .logins
        .saturating_add(u64::try_from(report.unreadable.len()).unwrap_or(u64::MAX));
    let text = match args.format {
        Format::Human => human::render(&report, streams.output_colour),
        Format::Json => serde_json::to_string(&report)
            .map(|json| json + "\n")
            .map_err(|error| Problem::new(format!("the result cannot be written: {error}")))?,
    };
    streams.write(&text)?;
    tell_masked(report.masked, lines, streams);
    let Some(first) = report.unreadable.first() else {
        return Ok(Exit::Done);
    };
    let count = report.unreadable.len();
    let are = if count == 1 { "is" } else { "are" };
    streams.tell(&format!(
        "{count} of {} could not be read and {are} left out; {}\n",
        counted(lines, "line"),
        first.shown()
    ));
    Ok(Exit::ProblemFound)
}

fn measure(
    rule_set: &RuleSet,
    args: &BenchArgs,
    defaults: &Defaults,
    progress: &mut Progress,
    streams: &mut Streams<'_>,
) -> Result<Report, Problem> {
    let mut file;
    let input: &mut dyn Read = match &args.logins {
        Source::Standard => &mut streams.input,
        Source::File(path) => {
            file = File::open(path).map_err(|error| read::unreadable(&args.logins, &error))?;
            &mut file
        }
    };
    let messages = &mut *streams.messages;
    let mut logins = Vec::new();
    let mut unreadable = Vec::new();
    let mut costs = Costs::new(rule_set);
    let read = logins::read(input, defaults, |login| {
        let observe = Observe::decision().and_costs();
        match login {
            Err(line) => unreadable.push(line),
            Ok(login) => {
                let outcome = rule_set.decide_observed(&login.as_values(defaults), observe);
                if let Some(message) = outcome.input_error() {
                    unreadable.push(Unreadable::new(login.line, message));
                } else {
                    costs.take_in(login.line, &outcome);
                    logins.push(login);
                }
            }
        }
        if progress.is_due() {
            let _ = write!(messages, "\r{} logins read", logins.len());
        }
    });
    let source = escape::text(&args.logins.to_string());
    read.map_err(|error| match error {
        ReadError::Io(error) => read::unreadable(&args.logins, &error),
        ReadError::TooMuch => ReadError::too_much(&source),
    })?;
    if logins.is_empty() {
        return Err(match unreadable.first() {
            None => Problem::new(format!("{source} has no logins")),
            Some(first) => Problem::new(format!(
                "no line of {source} can be read; {}",
                first.shown()
            )),
        });
    }
    let seconds = args.seconds;
    let timing = Timing::measure(rule_set, &logins, defaults, seconds, |elapsed| {
        if progress.is_due() {
            let _ = write!(
                messages,
                "\r\x1b[Kmeasuring, {:.0} of {:.0} s",
                elapsed.as_secs_f64(),
                seconds.as_secs_f64()
            );
        }
    });
    let masked = logins.iter().filter(|login| login.is_masked()).count();
    let masked = u64::try_from(masked).unwrap_or(u64::MAX);
    Ok(Report::new(rule_set, unreadable, masked, &costs, &timing))
}
