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

#[cfg(test)]
mod tests {
    use super::parse;

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
                let read = parse(text.as_bytes()).unwrap().as_f64().unwrap();
                assert_eq!(read.to_bits(), bits, "{text}");
            }
        }
    }
}
