//! `mfa explain`.

use crate::args::ExplainArgs;
use crate::escape;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::streams::Streams;
use mfa_rules::Code;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Prints the page of a code, or lists all codes.
pub(crate) fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> Result<Exit, Problem> {
    match &args.code {
        None => streams.write(&list())?,
        Some(name) => {
            let name = bare(name);
            let code: Code = name.parse().map_err(|_| unknown(name))?;
            streams.write(&format!("{}\n", code.page().trim_end()))?;
        }
    }
    Ok(Exit::Done)
}

/// The name in what was copied: `error[lost-write]` and `[lost-write]` are `lost-write`.
fn bare(copied: &str) -> &str {
    let behind = copied.split_once('[').map_or(copied, |(_, behind)| behind);
    let name = behind.split_once(']').map_or(behind, |(name, _)| name);
    name.trim()
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

/// All codes by their groups, each with what it means.
fn list() -> String {
    let codes = Code::ALL;
    let width = codes.iter().map(|code| code.as_str().len()).max();
    let indent = width.unwrap_or_default().saturating_add(2);
    let mut list = String::new();
    for group in codes.chunk_by(|code, next| code.group() == next.group()) {
        if let Some(code) = group.first() {
            let separator = if list.is_empty() { "" } else { "\n" };
            let _ = writeln!(list, "{separator}{}", code.group());
        }
        for code in group {
            let mut margin = format!("  {code:indent$}", code = code.as_str());
            for line in lines(summary(code.page()), WIDTH.saturating_sub(margin.len())) {
                let _ = writeln!(list, "{margin}{line}");
                margin = " ".repeat(margin.len());
            }
        }
    }
    list
}

/// The columns of a line in the list.
const WIDTH: usize = 100;

/// The text in lines of so many columns, as far as its words are not longer.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width().saturating_add(word.width()) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The first line of a page after its heading.
fn summary(page: &str) -> &str {
    page.lines()
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default()
}
