//! How fast `mfa decide --logins` is, beside a bare loop that reads the same file with `serde_json`
//! into borrowed structs of the fields that the rule looks at, and writes lines of the same size.
//!
//! Both read the file themselves, and take as many threads as there are processors. Rounds of both
//! alternate, so that what else the machine does meets both.
//!
//! ```console
//! $ cargo run --release -p mfa-cli --example batch
//! $ cargo run --release -p mfa-cli --example batch -- LOGINS ROUNDS
//! ```

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the example prints what it measures, and a wrong index ends it"
)]

mod bare;
mod logins;

use mfa_cli::{Args, Colour, Exit, Streams};
use serde_json::Value as Json;
use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The configuration: half of the clients.
const CLIENTS_WITH_MFA: [&str; 4] = ["payroll", "admin-console", "vault", "billing"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let count: usize = numbers.next().unwrap_or(Ok(20_000))?;
    let rounds = numbers.next().unwrap_or(Ok(15))?;
    let folder = tempfile::tempdir()?;
    let batch = Batch::new(folder.path(), count)?;
    let size = batch.check()?;
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);

    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let decided = time(|| batch.decide(&mut io::sink()))?;
        let read = time(|| bare::read(&batch.logins, size, threads).map_err(Into::into))?;
        ours.push(decided.as_secs_f64());
        bare.push(read.as_secs_f64());
        ratios.push(read.as_secs_f64() / decided.as_secs_f64());
    }
    let bytes = fs::metadata(&batch.logins)?.len();
    println!("{count} logins, {bytes} bytes, {threads} threads, medians of {rounds} rounds");
    println!("| | logins per second | MB per second |");
    println!("| --- | --- | --- |");
    for (name, times) in [("`mfa decide --logins`", ours), ("bare loop", bare)] {
        let seconds = median(times);
        let logins_per_second = count as f64 / seconds;
        let megabytes_per_second = bytes as f64 / seconds / 1e6;
        println!("| {name} | {logins_per_second:.0} | {megabytes_per_second:.0} |");
    }
    println!("throughput beside the bare loop: {:.2}", median(ratios));
    Ok(())
}

/// The files of a run.
struct Batch {
    rules: PathBuf,
    logins: PathBuf,
    configuration: PathBuf,
}

impl Batch {
    fn new(folder: &Path, count: usize) -> io::Result<Self> {
        let batch = Self {
            rules: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/clients-with-mfa.rhai"),
            logins: folder.join("logins.ndjson"),
            configuration: folder.join("configuration.json"),
        };
        let configuration = serde_json::json!({ "CLIENTS_WITH_MFA": CLIENTS_WITH_MFA });
        fs::write(&batch.configuration, configuration.to_string())?;
        let mut logins = BufWriter::new(File::create(&batch.logins)?);
        for line in logins::lines(count) {
            writeln!(logins, "{line}")?;
        }
        logins.flush()?;
        Ok(batch)
    }

    /// Runs the command.
    fn decide(&self, output: &mut dyn Write) -> Result<(), Box<dyn Error>> {
        let typed: [&OsString; 9] = [
            &"mfa".into(),
            &"decide".into(),
            &"--rules".into(),
            &self.rules.clone().into(),
            &"--logins".into(),
            &self.logins.clone().into(),
            &"--configuration".into(),
            &self.configuration.clone().into(),
            &"--now=2026-01-05T09:00:00Z".into(),
        ];
        let args = Args::read(typed.into_iter().cloned())?;
        let exit = mfa_cli::run(
            &args,
            &mut Streams {
                input: Box::new(io::empty()),
                output,
                messages: &mut io::stderr(),
                output_colour: Colour::Plain,
                message_colour: Colour::Plain,
                shows_progress: false,
            },
        );
        match exit {
            Exit::Done => Ok(()),
            exit => Err(format!("the command ended with {exit:?}").into()),
        }
    }

    /// Checks that both ways see the same in the logins, and gives the size of an outcome.
    fn check(&self) -> Result<usize, Box<dyn Error>> {
        let mut outcomes = Vec::new();
        self.decide(&mut outcomes)?;
        let mut required = 0_usize;
        let mut lines = 0_usize;
        for outcome in outcomes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let outcome: Json = serde_json::from_slice(outcome)?;
            required += usize::from(outcome["decision"] == "required");
            lines += 1;
        }
        let size = outcomes.len() / lines.max(1);
        let found = bare::read(&self.logins, size, NonZeroUsize::MIN)?;
        if (found.lines, found.required) != (lines, required) {
            return Err(format!("{found:?} is not {lines} lines, {required} required").into());
        }
        Ok(size)
    }
}

fn time<T>(work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
