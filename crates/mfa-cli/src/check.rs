//! `mfa check`.

use crate::args::{CheckArgs, CheckFormat};
use crate::colour::{Colour, Role};
use crate::escape::counted;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::reads::Reads;
use crate::sarif;
use crate::streams::Streams;
use crate::{escape, human};
use mfa_rules::{CheckReport, Loader, NeededFact};
use serde::Serialize;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The version of the JSON that is written.
const FORMAT_VERSION: u32 = 1;

/// Reports what is wrong with a rule set.
pub(crate) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    // Nothing can be said about what is not there; everything else is a finding.
    if let Err(error) = std::fs::metadata(&args.path) {
        let path = escape::text(&args.path.display().to_string());
        return Err(Problem::new(format!("cannot read {path}: {error}")));
    }
    let report = Loader::new().check(&args.path);
    let reads = match &report.reads {
        Some(rules) if args.reads => Some(Reads::new(rules)),
        _ => None,
    };
    let colour = streams.output_colour;
    let text = match args.format {
        CheckFormat::Human => {
            let reads = reads.as_ref().map(|reads| reads.human(colour));
            human(&report, colour) + reads.as_deref().unwrap_or_default()
        }
        CheckFormat::Json if args.reads => json(&report, Some(&reads))?,
        CheckFormat::Json => json(&report, None)?,
        CheckFormat::Sarif => {
            let folder = std::env::current_dir().ok();
            line(&sarif::log(&report, folder.as_deref()))?
        }
    };
    streams.write(&text)?;
    Ok(if report.is_sound() {
        Exit::Done
    } else {
        Exit::ProblemFound
    })
}

fn human(report: &CheckReport, colour: Colour) -> String {
    let mut text = String::new();
    for diagnostic in &report.diagnostics {
        let _ = writeln!(text, "{}\n", diagnostic.display(colour.style()));
    }
    write_facts(
        &mut text,
        report.facts.as_deref().unwrap_or_default(),
        colour,
    );
    let (role, verdict) = match (report.errors(), report.warnings()) {
        (0, 0) => (Role::Pass, "nothing to report".to_owned()),
        (0, warnings) => (Role::Challenge, counted(warnings, "warning")),
        (errors, 0) => (Role::Refusal, counted(errors, "error")),
        (errors, warnings) => (
            Role::Refusal,
            format!(
                "{}, {}",
                counted(errors, "error"),
                counted(warnings, "warning")
            ),
        ),
    };
    let name = escape::text(&report.name);
    let rules = counted(report.rules.len(), "rule");
    let _ = writeln!(text, "{name}, {rules}: {}", colour.paint(role, verdict));
    if !report.diagnostics.is_empty() {
        text.push_str("`mfa explain CODE` tells more about each\n");
    }
    text
}

/// What a server has to fetch for the rules.
fn write_facts(text: &mut String, facts: &[NeededFact], colour: Colour) {
    if facts.is_empty() {
        return;
    }
    let heading = colour.paint(Role::Heading, "facts that the rules ask for");
    let _ = writeln!(text, "{heading}");
    let names = facts.iter().map(|fact| escape::text(&fact.name));
    let names: Vec<String> = names.collect();
    let width = names.iter().map(|name| name.width()).max();
    for (name, fact) in names.iter().zip(facts) {
        let pad = human::padding(name, width.unwrap_or_default());
        let rules = escape::text(&fact.rules.join(", "));
        let _ = write!(text, "  {name}{pad}  in {rules}");
        if let Some(description) = &fact.description {
            let _ = write!(text, ": {}", escape::text(description));
        }
        text.push('\n');
    }
    text.push('\n');
}

/// `reads` is there when it was asked for, and `null` when the rules cannot be used.
fn json(report: &CheckReport, reads: Option<&Option<Reads<'_>>>) -> Result<String, Problem> {
    #[derive(Serialize)]
    struct Versioned<'r> {
        version: u32,
        #[serde(flatten)]
        report: &'r CheckReport,
        #[serde(skip_serializing_if = "Option::is_none")]
        reads: Option<&'r Option<Reads<'r>>>,
    }
    line(&Versioned {
        version: FORMAT_VERSION,
        report,
        reads,
    })
}

/// JSON in one line.
fn line(result: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(result)
        .map(|json| json + "\n")
        .map_err(|error| Problem::new(format!("the result cannot be written: {error}")))
}
