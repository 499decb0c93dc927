//! Compares what a decision costs with what people would use instead: `README.md`.

mod chart;
mod lockfile;
mod logins;
mod machine;
mod measure;
mod native;
mod order;
mod peers;
mod report;
mod spread;

use logins::Input;
use machine::Machine;
use measure::Field;
use mfa_peers_harness::Failure;
use std::env;
use std::fs::write;
use std::process::ExitCode;

/// How many rounds a run has whose results are kept.
const ROUNDS: usize = 61;

const USAGE: &str = "\
Usage: mfa-peers [--check | --rounds N]

Measures everybody, prints the results, and writes results.md and results.svg.

  --check      only asserts that everybody decides the same about every login
  --rounds N   measures in another number of rounds, and writes nothing";

/// What is to be done.
#[derive(Clone, Copy)]
enum Task {
    Check,
    Measure(usize),
    MeasureAndWrite,
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program for the command line"
)]
fn main() -> ExitCode {
    let Some(task) = task(env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(task) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn task(mut arguments: impl Iterator<Item = String>) -> Option<Task> {
    let task = match arguments.next().as_deref() {
        None => Task::MeasureAndWrite,
        Some("--check") => Task::Check,
        Some("--rounds") => match arguments.next()?.parse().ok()? {
            0 => return None,
            rounds => Task::Measure(rounds),
        },
        Some(_) => return None,
    };
    arguments.next().is_none().then_some(task)
}

fn run(task: Task) -> Result<String, Failure> {
    if serde_json_keeps_order() {
        return Err(
            "serde_json has `preserve_order`: build this package without the others".into(),
        );
    }
    let machine = Machine::new();
    let input = Input::new();
    let mut field = Field::new(peers::PEERS, &input)?;
    field.agree()?;
    let rounds = match task {
        Task::Check => {
            let count = input.logins.len();
            return Ok(format!("everybody decides the same about {count} logins"));
        }
        Task::Measure(rounds) => rounds,
        Task::MeasureAndWrite => ROUNDS,
    };
    for _ in 0..rounds {
        field.round()?;
    }
    let rows = report::rows(&field);
    let document = report::markdown(&rows, &machine, rounds);
    if let Task::MeasureAndWrite = task {
        let folder = env!("CARGO_MANIFEST_DIR");
        write(format!("{folder}/results.md"), &document)?;
        write(format!("{folder}/results.svg"), chart::svg(&rows))?;
    }
    Ok(document)
}

/// Whether somebody in the program switched on what makes the maps of `serde_json` slower.
fn serde_json_keeps_order() -> bool {
    let object = serde_json::json!({ "b": 0, "a": 0 });
    object.to_string().starts_with("{\"b\"")
}
