//! Reading JSON documents from files and standard input.

use crate::args::Source;
use crate::problem::Problem;
use crate::streams::Streams;
use crate::{escape, json};
use serde_json::{Map, Value as Json};
use std::fs::File;
use std::io::{self, Read};

/// The longest document, and the longest line of `--logins`, in bytes.
pub(crate) const LONGEST: usize = 16 << 20;

/// Reads a document.
///
/// That it is no JSON is for the caller to judge, hence the inner result.
pub(crate) fn document(
    source: &Source,
    streams: &mut Streams<'_>,
) -> Result<Result<Json, String>, Problem> {
    let bytes = match source {
        Source::Standard => bytes(&mut *streams.input),
        Source::File(path) => File::open(path).and_then(bytes),
    };
    let bytes = bytes.map_err(|error| unreadable(source, &error))?;
    if bytes.len() > LONGEST {
        return Ok(Err("longer than 16 MiB".to_owned()));
    }
    Ok(json::parse(&bytes).map_err(json::JsonError::with_line))
}

/// The facts of a login; none when they are `null`.
pub(crate) fn facts(json: Json) -> Result<Map<String, Json>, String> {
    match json {
        Json::Null => Ok(Map::new()),
        Json::Object(facts) => Ok(facts),
        _ => Err("`facts` must be an object".to_owned()),
    }
}

/// The problem that `source` cannot be read.
pub(crate) fn unreadable(source: &Source, error: &io::Error) -> Problem {
    let source = escape::text(&source.to_string());
    Problem::new(format!("cannot read {source}: {error}"))
}

/// All bytes, but hardly more than the longest document has.
fn bytes(input: impl Read) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    input.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
