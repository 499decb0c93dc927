//! `mfa check`.

use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::streams::Streams;

pub(crate) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    let _ = (args, streams);
    Err(Problem::new("not yet"))
}
