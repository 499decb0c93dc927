//! Parsing JSON, with messages in our words.

use serde_json::Value as Json;

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    message: String,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
}

/// Reads JSON.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError {
        message: format!(
            "not UTF-8 from byte {} on",
            error.valid_up_to().saturating_add(1)
        ),
        place: None,
    })?;
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message);
        JsonError {
            message: format!("not JSON: {message}"),
            place: Some((error.line(), error.column())),
        }
    })
}

impl JsonError {
    /// The message for a document.
    pub(crate) fn with_line(self) -> String {
        match self.place {
            Some((line, column)) => format!("{}, line {line}, column {column}", self.message),
            None => self.message,
        }
    }

    /// The message for what is on one line.
    pub(crate) fn without_line(self) -> String {
        match self.place {
            Some((_, column)) => format!("{}, column {column}", self.message),
            None => self.message,
        }
    }
}
