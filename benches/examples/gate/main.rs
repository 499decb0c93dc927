//! The gate of continuous integration: what a decision allocates is what the committed file says,
//! and no ratio is more than twice as bad as there. No time is compared with a time of another day
//! or machine.
//!
//! ```console
//! $ cargo run --release -p mfa-benches --example gate
//! $ cargo run --release -p mfa-benches --example gate -- --update
//! ```
//!
//! It exits with 0 when all holds, with 1 when something does not, and with 2 when it could not
//! measure. `--update` writes the file anew.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for developers"
)]

mod allocations;
mod figures;
mod ratios;

use figures::Figures;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

/// How often ratios are measured, when they are too bad: something else may have had the machine.
const ATTEMPTS: usize = 3;

fn main() -> ExitCode {
    match run(env::args().skip(1).collect::<Vec<_>>().as_slice()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Measures, and says whether all is as committed.
fn run(arguments: &[String]) -> Result<bool, Box<dyn Error>> {
    let updates = match arguments {
        [] => false,
        [update] if update == "--update" => true,
        _ => return Err("usage: gate [--update]".into()),
    };
    if cfg!(debug_assertions) {
        return Err("only an optimized build can be measured: cargo run --release".into());
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("gate.json");
    let mut measured = Figures {
        allocations: allocations::measure()?,
        ratios: ratios::measure()?,
    };
    if updates {
        let text = measured.to_text()?;
        print!("{text}");
        fs::write(&file, text)?;
        return Ok(true);
    }
    let committed = Figures::read(&fs::read_to_string(&file)?)?;
    for _ in 1..ATTEMPTS {
        if measured.has_good_ratios(&committed) {
            break;
        }
        println!("a ratio is too bad, and is measured again");
        measured.keep_best_ratios(ratios::measure()?);
    }
    print!("{}", measured.table(&committed));
    for improved in measured.improved(&committed) {
        println!("less than half of what is committed, which should follow: {improved}");
    }
    let problems = measured.problems(&committed);
    for problem in &problems {
        println!("fails: {problem}");
    }
    if !problems.is_empty() {
        println!(
            "when that is meant, write benches/gate.json anew:\n\
             cargo run --release -p mfa-benches --example gate -- --update"
        );
    }
    Ok(problems.is_empty())
}
