//! JSON text: reading it, whole or as far as rules look at it, and why it cannot be read.

mod direct;
mod projected;
mod skip;

use self::projected::Projected;
use crate::read_set::Paths;
use serde::de::DeserializeSeed;
use serde_json::Value as Json;
use std::fmt;

/// With which names begin that `serde_json` gives to what is no object and no struct: to numbers and
/// to raw texts, with features that any crate of an embedder may switch on.
pub(crate) const PRIVATE: &str = "$serde_json::private::";

/// Reads a JSON text, with an error in the words of this crate.
///
/// It reads what `serde_json` reads, and gives the same value.
///
/// ```
/// use mfa_rules::read_json;
/// use serde_json::json;
///
/// assert_eq!(read_json(br#"{ "clientID": "payroll" }"#)?, json!({ "clientID": "payroll" }));
/// let error = read_json(b"{ clientID }").unwrap_err();
/// assert_eq!(error.to_string(), "not JSON: key must be a string, line 1, column 3");
/// # Ok::<(), mfa_rules::JsonError>(())
/// ```
///
/// # Errors
///
/// What is wrong with the text, and where.
pub fn read_json(text: impl AsRef<[u8]>) -> Result<Json, JsonError> {
    Ok(serde_json::from_str(utf8(text.as_ref())?)?)
}

/// Reads a JSON text as [`read_json`] does, and gives the part of its value that `paths` ask for.
///
/// The rest is read too, because a text is refused for what is wrong anywhere in it, but no value
/// is built of it.
///
/// Most texts are read by our own reader, which gives up where a text is wrong or unusual. Then
/// `serde_json` reads it anew, and says what is in it, or what is wrong.
pub(crate) fn read_projected(text: &[u8], paths: &Paths) -> Result<Json, JsonError> {
    let text = utf8(text)?;
    if !paths.is_whole()
        && let Some(json) = direct::read(text, paths)
    {
        return Ok(json);
    }
    read_by_serde_json(text, paths)
}

/// [`read_projected`], by `serde_json` alone.
pub(crate) fn read_by_serde_json(text: &str, paths: &Paths) -> Result<Json, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let json = Projected(paths).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

/// SECURITY: what is skipped inside of a text is not checked for UTF-8 by `serde_json`.
fn utf8(text: &[u8]) -> Result<&str, JsonError> {
    std::str::from_utf8(text).map_err(|error| JsonError {
        message: format!(
            "not UTF-8 from byte {} on",
            error.valid_up_to().saturating_add(1)
        ),
        place: None,
    })
}

/// Why a text is not JSON.
///
/// Written out, it continues a sentence: the text is "not JSON: expected value, line 1, column 3".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    message: String,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
}

impl JsonError {
    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line, from 1; `None` when the text is not UTF-8.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column in bytes, from 1, or 0 where a line begins; `None` when the text is not UTF-8.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message);
        Self {
            message: format!("not JSON: {message}"),
            place: Some((error.line(), error.column())),
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.place {
            Some((line, column)) => write!(f, ", line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for JsonError {}

#[cfg(test)]
mod tests;
