//! `mfa explain`.

use crate::args::ExplainArgs;
use crate::escape;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::streams::Streams;
use mfa_rules::Code;
use std::fmt::Write;

/// Prints the page of a code, or lists all codes.
pub(crate) fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    match &args.code {
        None => streams.write(&list())?,
        Some(name) => {
            let code: Code = name.parse().map_err(|_| unknown(name))?;
            streams.write(&format!("{}\n", code.page().trim_end()))?;
        }
    }
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Problem {
    Problem::Message {
        message: format!("no code is named `{}`", escape::text(name)),
        help: Some(match Code::nearest(name) {
            Some(code) => format!("did you mean `{code}`?"),
            None => "`mfa explain` lists all codes".to_owned(),
        }),
    }
}

/// All codes, each with what it means.
fn list() -> String {
    let codes = Code::ALL;
    let width = codes.iter().map(|code| code.as_str().len()).max();
    let width = width.unwrap_or_default();
    let mut list = String::new();
    for code in codes {
        let _ = writeln!(list, "{:width$}  {}", code.as_str(), summary(code.page()));
    }
    list
}

/// The first line of a page after its heading.
fn summary(page: &str) -> &str {
    page.lines()
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default()
}
