//! The command line `mfa`.

use mfa_cli::{Args, Colour, Streams};
use std::io::{self, IsTerminal};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let mut streams = Streams {
        input: Box::new(io::stdin()),
        output: &mut io::stdout().lock(),
        messages: &mut io::stderr().lock(),
        output_colour: Colour::on(io::stdout().is_terminal()),
        message_colour: Colour::on(io::stderr().is_terminal()),
        // On a terminal that also shows the results they would be torn apart.
        shows_progress: io::stderr().is_terminal() && !io::stdout().is_terminal(),
    };
    mfa_cli::run(&args, &mut streams).into()
}
