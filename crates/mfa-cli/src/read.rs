//! Reading JSON documents from files and standard input.

use crate::args::Source;
use crate::escape;
use crate::problem::Problem;
use crate::streams::Streams;
use mfa_rules::read_json;
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
        Source::Standard => bytes(&mut streams.input),
        Source::File(path) => File::open(path).and_then(bytes),
    };
    let bytes = bytes.map_err(|error| unreadable(source, &error))?;
    if bytes.len() > LONGEST {
        return Ok(Err("longer than 16 MiB".to_owned()));
    }
    Ok(read_json(&bytes).map_err(|error| error.to_string()))
}

/// The members of an object that was given; none when nothing was.
///
/// It is the operator's, not a login's, so nothing is done when it is malformed.
pub(crate) fn object(
    name: &str,
    source: Option<&Source>,
    streams: &mut Streams<'_>,
) -> Result<Map<String, Json>, Problem> {
    let Some(source) = source else {
        return Ok(Map::new());
    };
    let message = match document(source, streams)? {
        Ok(Json::Object(members)) => return Ok(members),
        Ok(_) => "it must be a JSON object".to_owned(),
        Err(message) => format!("it is {message}"),
    };
    let source = escape::text(&source.to_string());
    Err(Problem::new(format!(
        "the {name} in {source} cannot be used: {message}"
    )))
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

#[cfg(test)]
mod tests {
    use mfa_rules::read_json;

    #[test]
    fn a_number_is_read_back_to_the_last_bit() {
        let mut bits: u64 = 1;
        for _ in 0..20_000 {
            // A generator of numbers (Knuth, volume 2, 3.3.4): any will do.
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(bits);
            if number.is_finite() {
                let text = serde_json::to_string(&number).unwrap();
                let read = read_json(text.as_bytes()).unwrap().as_f64().unwrap();
                assert_eq!(read.to_bits(), bits, "{text}");
            }
        }
    }
}
