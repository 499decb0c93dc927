//! What was typed. What is to be done about it is the commands' business.

use crate::time;
use chrono::{DateTime, Utc};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

const EXIT_STATUS: &str = "\
Exit status:
  0   done
  1   done, and a problem was found
  2   could not be done: wrong usage, an unreadable file, a rule that does not compile";

const DECIDE: &str = "\
A login is a user and a context, each a JSON object with Auth0's field names. One that is left out \
or null counts as missing. The facts that the rules ask for are a JSON object too; `mfa check` \
reports which these are. A user, a context or facts that cannot be read deny the login.

With --logins, each line is one login, an object of `user`, `context`, `facts`, `now` and \
`configuration`, each of which may be left out, and one outcome is written per line, in the same order. A line that \
cannot be read, which includes an empty one and one of more than 16 MiB, gives a denied outcome \
with a member `input_error`, and the run goes on; the exit status is then 1. The lines of a decision \
log can be decided again: their member `decided` is left aside.

With --watch, it decides again whenever a file of the rule set or of the login has changed, until it \
is interrupted, and says on standard error what has changed. Whatever is wrong with the files is \
shown, and waited on.

The time that the rules see is --now, else the line's `now`, else the clock, read once.";

const DECIDE_EXIT_STATUS: &str = "\
Exit status:
  0   done
  1   done, and a login could not be read
  2   could not be done: wrong usage, an unreadable file, a rule that does not compile
  10  with --exit-code: the login needs a second factor
  11  with --exit-code: the login is denied";

const CHECK_EXIT_STATUS: &str = "\
Exit status:
  0   no error was found; there may be warnings
  1   an error was found
  2   could not be done: wrong usage, an unreadable file";

const TEST: &str = "\
A case file says what a rule shall decide about which login. That of `NAME.rhai` is \
`NAME.test.yaml` beside it; `ruleset.test.yaml` tests the rule set of its folder.";

const TEST_EXIT_STATUS: &str = "\
Exit status:
  0   every case passed
  1   a case failed, no case ran, with --require-cases a rule has none, or with --mutate no case
      noticed a change
  2   could not be done: wrong usage, a case file that cannot be read, a rule that does not compile";

const BENCH: &str = "\
Each line of --logins is one login, as for `mfa decide --logins`. All are read into values first, up \
to 128 MiB of lines, and then decided about again and again on one thread: as values, and as JSON text \
of which only what the rules look at is read.

It reports how long single decisions take, the clock's own cost told apart, what part of that each rule \
has, and what the logins cost in operations and memory, which are the same in every run: the most \
expensive ones, and how near to its limit a rule comes.

The time that the rules see is --now, else the line's `now`, else the clock, read once.";

const BENCH_EXIT_STATUS: &str = "\
Exit status:
  0   done
  1   done, and a login could not be read, which is left out
  2   could not be done: wrong usage, an unreadable file, a rule that does not compile, no login";

/// Decides by rules whether a login needs a second factor, and checks such rules.
#[derive(Debug, Clone, Parser)]
#[command(name = "mfa", version, after_help = EXIT_STATUS)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Decide whether a login needs a second factor
    #[command(long_about = format!("Decides whether a login needs a second factor.\n\n{DECIDE}"), after_help = DECIDE_EXIT_STATUS)]
    Decide(Box<DecideArgs>),
    /// Report what is wrong with a rule set
    #[command(
        long_about = "Reports everything that is wrong with a rule set, without running a rule.",
        after_help = CHECK_EXIT_STATUS
    )]
    Check(CheckArgs),
    /// Run the cases of rules
    #[command(long_about = format!("Runs the cases of rules.\n\n{TEST}"), after_help = TEST_EXIT_STATUS)]
    Test(TestArgs),
    /// Measure how long decisions about your logins take, and what they cost
    #[command(long_about = format!("Measures how long decisions about logins take, and what they cost.\n\n{BENCH}"), after_help = BENCH_EXIT_STATUS)]
    Bench(BenchArgs),
    /// Explain the code of an error or a warning
    Explain(ExplainArgs),
}

/// The arguments of `mfa decide`.
#[derive(Debug, Clone, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that may be given with the others"
)]
pub struct DecideArgs {
    /// The rule set: its folder, or a single rule
    #[arg(long, value_name = "DIR|FILE")]
    pub rules: PathBuf,

    /// The profile of the user, as JSON; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    pub user: Option<Source>,

    /// The context of the login, as JSON; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    pub context: Option<Source>,

    /// The facts that the rules ask for, a JSON object with each under its name; `-` is standard
    /// input
    #[arg(long, value_name = "FILE|-")]
    pub facts: Option<Source>,

    /// Configuration, a JSON object; it wins over the rule set's, and a line's wins over it
    #[arg(long, value_name = "FILE|-")]
    pub configuration: Option<Source>,

    /// The time of the login, for example 2026-01-05T09:00:00Z, or in seconds or milliseconds since
    /// 1970
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_negative_numbers = true)]
    pub now: Option<DateTime<Utc>>,

    /// Many logins, one per line as JSON, each giving one line of output; `-` is standard input
    #[arg(long, value_name = "FILE.ndjson|-", conflicts_with_all = ["user", "context", "facts", "exit_code"])]
    pub logins: Option<Source>,

    /// How to write the outcome. `json` is one line per login [default: human; json with --logins]
    #[arg(long, value_name = "human|json", hide_possible_values = true)]
    pub format: Option<Format>,

    /// Add what each rule read, assigned and printed
    #[arg(long)]
    pub trace: bool,

    /// Add the user and the context as the rules left them
    #[arg(long)]
    pub full: bool,

    /// Exit with 10 when a second factor is required, and with 11 when the login is denied
    #[arg(long)]
    pub exit_code: bool,

    /// Decide again whenever a file has changed, until interrupted
    #[arg(long, conflicts_with_all = ["logins", "exit_code"])]
    pub watch: bool,
}

/// The arguments of `mfa check`.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckArgs {
    /// The rule set: its folder, or a single rule
    #[arg(value_name = "PATH")]
    pub path: PathBuf,

    /// How to write what was found. `sarif` is for code scanning services [default: human]
    #[arg(
        hide_default_value = true,
        long,
        value_name = "human|json|sarif",
        hide_possible_values = true,
        default_value = "human"
    )]
    pub format: CheckFormat,

    /// Add which parts of a login the rules can see, personal data among them, and which rule sees
    /// them
    #[arg(long)]
    pub reads: bool,
}

/// The arguments of `mfa test`.
#[derive(Debug, Clone, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct TestArgs {
    /// Case files, rules, folders with everything below them, or patterns such as
    /// `rules/**/*.test.yaml` [default: this folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Run only the cases whose name this regular expression matches
    #[arg(long, value_name = "REGEX")]
    pub run: Option<String>,

    /// How to write the results [default: human]
    #[arg(
        hide_default_value = true,
        long,
        value_name = "human|json|junit|github",
        hide_possible_values = true,
        default_value = "human"
    )]
    pub format: TestFormat,

    /// Also change the rules, one condition or constant at a time, and fail when no case notices
    #[arg(long)]
    pub mutate: bool,

    /// Fail when a rule has no cases
    #[arg(long)]
    pub require_cases: bool,

    /// Succeed when there is nothing to run
    #[arg(long)]
    pub allow_no_cases: bool,

    /// Show the slowest cases, by default ten
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "10")]
    pub slowest: Option<usize>,

    /// Run again whenever a rule or a case file has changed, until interrupted
    #[arg(long)]
    pub watch: bool,
}

/// How the results of `mfa test` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For reading.
    Human,
    /// For programs.
    Json,
    /// `JUnit` XML.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
}

/// The arguments of `mfa bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct BenchArgs {
    /// The rule set: its folder, or a single rule
    #[arg(long, value_name = "DIR|FILE")]
    pub rules: PathBuf,

    /// The logins, one per line as JSON; `-` is standard input
    #[arg(long, value_name = "FILE.ndjson|-")]
    pub logins: Source,

    /// Configuration, a JSON object; it wins over the rule set's, and a line's wins over it
    #[arg(long, value_name = "FILE|-")]
    pub configuration: Option<Source>,

    /// Facts, a JSON object with each under its name, for the lines that do not bring them
    #[arg(long, value_name = "FILE|-")]
    pub facts: Option<Source>,

    /// The time of the logins, for example 2026-01-05T09:00:00Z, or in seconds or milliseconds since
    /// 1970
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_negative_numbers = true)]
    pub now: Option<DateTime<Utc>>,

    /// How long to measure; each login is measured at least once [default: 3]
    #[arg(
        hide_default_value = true,
        long,
        value_name = "SECONDS",
        value_parser = time::seconds,
        default_value = "3"
    )]
    pub seconds: Duration,

    /// How to write the results [default: human]
    #[arg(
        hide_default_value = true,
        long,
        value_name = "human|json",
        hide_possible_values = true,
        default_value = "human"
    )]
    pub format: Format,
}

/// The arguments of `mfa explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// The code, for example `unknown-function`; without one, all codes are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// How the findings of `mfa check` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For reading.
    Human,
    /// For programs.
    Json,
    /// For code scanning services: SARIF 2.1.0.
    Sarif,
}

/// How an outcome is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading.
    Human,
    /// For programs.
    Json,
}

/// Where something is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input: `-`.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Args {
    /// Reads what was typed, the name of the program first.
    ///
    /// # Errors
    ///
    /// Wrong usage, and what was asked for when that is help or the version.
    pub fn read(typed: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let typed: Vec<OsString> = typed.into_iter().collect();
        let args = Self::try_parse_from(&typed).map_err(|error| with_advice(error, &typed))?;
        args.check()?;
        Ok(args)
    }

    /// Checks what the argument parser cannot.
    fn check(&self) -> Result<(), clap::Error> {
        let args = match &self.command {
            Command::Decide(args) => args,
            Command::Bench(args) => return args.check(),
            _ => return Ok(()),
        };
        let sources = [
            ("--user", args.user.as_ref()),
            ("--context", args.context.as_ref()),
            ("--facts", args.facts.as_ref()),
            ("--configuration", args.configuration.as_ref()),
            ("--logins", args.logins.as_ref()),
        ];
        let standard = standard_input("decide", sources)?;
        if let (true, Some(name)) = (args.watch, standard) {
            return Err(conflict(
                "decide",
                format!(
                    "the argument '--watch' cannot be used with '{name} -', which can be read only \
                     once"
                ),
            ));
        }
        if args.logins.is_some() && args.format == Some(Format::Human) {
            return Err(conflict(
                "decide",
                "the argument '--logins' cannot be used with '--format human'".to_owned(),
            ));
        }
        Ok(())
    }
}

impl BenchArgs {
    /// Checks what the argument parser cannot.
    fn check(&self) -> Result<(), clap::Error> {
        let sources = [
            ("--configuration", self.configuration.as_ref()),
            ("--facts", self.facts.as_ref()),
            ("--logins", Some(&self.logins)),
        ];
        standard_input("bench", sources).map(|_| ())
    }
}

/// The name of the argument that reads standard input, which two cannot.
fn standard_input<'n, const N: usize>(
    command: &str,
    sources: [(&'n str, Option<&Source>); N],
) -> Result<Option<&'n str>, clap::Error> {
    let mut standard = sources
        .iter()
        .filter(|(_, source)| *source == Some(&Source::Standard));
    let first = standard.next().map(|(name, _)| *name);
    if let (Some(first), Some((second, _))) = (first, standard.next()) {
        return Err(conflict(
            command,
            format!("the arguments '{first} -' and '{second} -' cannot both read standard input"),
        ));
    }
    Ok(first)
}

/// The error, with what to write for `--rules`, when a command that needs them has none.
fn with_advice(mut error: clap::Error, typed: &[OsString]) -> clap::Error {
    let example = match typed.get(1).and_then(|command| command.to_str()) {
        Some("decide") => "mfa decide --rules rules --user user.json --context context.json",
        Some("bench") => "mfa bench --rules rules --logins logins.ndjson",
        _ => return error,
    };
    let is_rules = |argument: &OsString| argument.to_string_lossy().starts_with("--rules");
    if typed.iter().any(is_rules) {
        return error;
    }
    let advice = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(path)))
            if !path.starts_with('-') =>
        {
            format!("write '--rules {path}'")
        }
        (ErrorKind::MissingRequiredArgument, _) => format!("for example: {example}"),
        _ => return error,
    };
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![advice.into()]),
    );
    error
}

fn conflict(name: &str, message: String) -> clap::Error {
    let mut command = Args::command();
    command.build();
    match command.find_subcommand_mut(name) {
        Some(command) => command.error(ErrorKind::ArgumentConflict, message),
        None => command.error(ErrorKind::ArgumentConflict, message),
    }
}

impl From<OsString> for Source {
    fn from(argument: OsString) -> Self {
        if argument == "-" {
            Self::Standard
        } else {
            Self::File(argument.into())
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("standard input"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
