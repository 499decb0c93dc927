//! The command line `mfa`, as a library, so that its parts can be tested and fuzzed.

mod args;
mod bench;
mod check;
mod colour;
mod decide;
mod escape;
mod exit;
mod explain;
mod human;
mod lines;
mod problem;
mod progress;
mod read;
mod reads;
mod sarif;
mod streams;
mod test;
mod time;
mod watch;

pub use args::{
    Args, BenchArgs, CheckArgs, CheckFormat, Command, DecideArgs, ExplainArgs, Format, Source,
    TestArgs, TestFormat,
};
pub use colour::Colour;
pub use exit::Exit;
pub use human::render;
pub use lines::{LineOptions, LinesError, Summary, Time, decide_lines, decide_lines_in_parallel};
pub use streams::Streams;

/// Does what the arguments ask for.
pub fn run(args: &Args, streams: &mut Streams<'_>) -> Exit {
    let result = match &args.command {
        Command::Decide(args) => decide::run(args, streams),
        Command::Check(args) => check::run(args, streams),
        Command::Test(args) => test::run(args, streams),
        Command::Bench(args) => bench::run(args, streams),
        Command::Explain(args) => explain::run(args, streams),
    };
    result.unwrap_or_else(|problem| problem.report(streams))
}
