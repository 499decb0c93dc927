//! What a host function takes out of its arguments, and the one message for an argument that is
//! of the wrong type.
//!
//! The receiver of a method is its first argument.

use crate::codes::Code;
use crate::failure::Failure;
use crate::value::{ArrayRef, Function, MapRef, Value};
use chrono::{DateTime, Utc};

/// The argument itself.
pub(crate) fn any<'v, 'a>(
    function: &str,
    arguments: &'v [Value<'a>],
    index: usize,
) -> Result<&'v Value<'a>, Failure> {
    arguments.get(index).ok_or_else(|| missing(function, index))
}

/// The argument itself, to be changed in place.
pub(crate) fn any_mut<'v, 'a>(
    function: &str,
    arguments: &'v mut [Value<'a>],
    index: usize,
) -> Result<&'v mut Value<'a>, Failure> {
    arguments
        .get_mut(index)
        .ok_or_else(|| missing(function, index))
}

/// A text.
pub(crate) fn text<'v>(
    function: &str,
    arguments: &'v [Value<'_>],
    index: usize,
) -> Result<&'v str, Failure> {
    let value = any(function, arguments, index)?;
    value
        .as_text()
        .ok_or_else(|| wrong(function, "a text", index, value))
}

/// A text or a character, a character being written into `buffer`.
pub(crate) fn text_or_character<'v>(
    function: &str,
    arguments: &'v [Value<'_>],
    index: usize,
    buffer: &'v mut [u8; 4],
) -> Result<&'v str, Failure> {
    match any(function, arguments, index)? {
        Value::Text(text) => Ok(text.as_str()),
        Value::Char(character) => Ok(character.encode_utf8(buffer)),
        other => Err(wrong(function, "a text or a character", index, other)),
    }
}

/// An integer.
pub(crate) fn integer(
    function: &str,
    arguments: &[Value<'_>],
    index: usize,
) -> Result<i64, Failure> {
    match any(function, arguments, index)? {
        Value::Int(value) => Ok(*value),
        other => Err(wrong(function, "an integer", index, other)),
    }
}

/// An integer or a float, as a float.
pub(crate) fn number(
    function: &str,
    arguments: &[Value<'_>],
    index: usize,
) -> Result<f64, Failure> {
    match any(function, arguments, index)? {
        #[expect(clippy::cast_precision_loss, reason = "as in Rhai")]
        Value::Int(value) => Ok(*value as f64),
        Value::Float(value) => Ok(*value),
        other => Err(wrong(function, "a number", index, other)),
    }
}

/// An array.
pub(crate) fn array<'v, 'a>(
    function: &str,
    arguments: &'v [Value<'a>],
    index: usize,
) -> Result<ArrayRef<'v, 'a>, Failure> {
    let value = any(function, arguments, index)?;
    value
        .as_array()
        .ok_or_else(|| wrong(function, "an array", index, value))
}

/// A map.
pub(crate) fn map<'v, 'a>(
    function: &str,
    arguments: &'v [Value<'a>],
    index: usize,
) -> Result<MapRef<'v, 'a>, Failure> {
    let value = any(function, arguments, index)?;
    value
        .as_map()
        .ok_or_else(|| wrong(function, "a map", index, value))
}

/// A time.
pub(crate) fn time(
    function: &str,
    arguments: &[Value<'_>],
    index: usize,
) -> Result<DateTime<Utc>, Failure> {
    match any(function, arguments, index)? {
        Value::Time(value) => Ok(*value),
        other => Err(wrong(function, "a time", index, other)),
    }
}

/// A function value.
pub(crate) fn function<'v, 'a>(
    function: &str,
    arguments: &'v [Value<'a>],
    index: usize,
) -> Result<&'v Function<'a>, Failure> {
    match any(function, arguments, index)? {
        Value::Function(value) => Ok(value),
        other => Err(wrong(function, "a function", index, other)),
    }
}

/// The failure for an argument of the wrong type. `needed` comes with its article: `a text`.
///
/// A secret in the wrong place is a misuse of the secret, which nothing catches.
pub(crate) fn wrong(function: &str, needed: &str, index: usize, got: &Value<'_>) -> Failure {
    let message = wrong_kind(function, needed, index, with_article(got));
    match got {
        Value::Secret(_) => Failure::uncatchable(Code::SecretUse, message),
        _ => Failure::new(Code::Type, message),
    }
}

/// The message for an argument that is something else than what is needed.
pub(crate) fn wrong_kind(function: &str, needed: &str, index: usize, found: &str) -> String {
    format!(
        "`{function}` needs {needed} as its {} argument, and got {found}",
        ordinal(index)
    )
}

/// The type of a value with its article: `an integer`.
pub(crate) fn with_article(value: &Value<'_>) -> &'static str {
    match value.type_name() {
        "()" => "`()`",
        "boolean" => "a boolean",
        "integer" => "an integer",
        "float" => "a float",
        "character" => "a character",
        "text" => "a text",
        "array" => "an array",
        "map" => "a map",
        "range" => "a range",
        "time" => "a time",
        "function" => "a function",
        "secret" => "a secret",
        _ => "something else",
    }
}

fn missing(function: &str, index: usize) -> Failure {
    Failure::new(
        Code::ArgumentCount,
        format!("`{function}` needs a {} argument", ordinal(index)),
    )
}

fn ordinal(index: usize) -> &'static str {
    match index {
        0 => "first",
        1 => "second",
        2 => "third",
        3 => "fourth",
        4 => "fifth",
        _ => "last",
    }
}

#[cfg(test)]
mod tests {
    use super::{array, integer, number, text};
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::secret::Secret;
    use crate::value::Value;

    #[test]
    fn an_argument_of_the_wrong_type_names_function_place_and_type() {
        let arguments = [Value::text("ab"), Value::Int(1)];
        assert_eq!(text("starts_with", &arguments, 0), Ok("ab"));
        assert_eq!(
            text("starts_with", &arguments, 1),
            Err(Failure::new(
                Code::Type,
                "`starts_with` needs a text as its second argument, and got an integer"
            ))
        );
        assert_eq!(
            array("push", &[Value::Unit], 0).map(|_| ()),
            Err(Failure::new(
                Code::Type,
                "`push` needs an array as its first argument, and got `()`"
            ))
        );
    }

    #[test]
    fn a_number_is_an_integer_or_a_float() {
        assert_eq!(number("abs", &[Value::Int(2)], 0), Ok(2.0));
        assert_eq!(number("abs", &[Value::Float(2.5)], 0), Ok(2.5));
        assert_eq!(
            integer("range", &[Value::Float(2.5)], 0),
            Err(Failure::new(
                Code::Type,
                "`range` needs an integer as its first argument, and got a float"
            ))
        );
    }

    #[test]
    fn a_secret_as_an_argument_cannot_be_caught() {
        let secret = Secret::new("s3cret".to_owned());
        assert_eq!(
            text("contains", &[Value::Secret(&secret)], 0),
            Err(Failure::uncatchable(
                Code::SecretUse,
                "`contains` needs a text as its first argument, and got a secret"
            ))
        );
    }

    #[test]
    fn an_argument_that_is_not_there_is_counted() {
        assert_eq!(
            text("contains", &[], 1),
            Err(Failure::new(
                Code::ArgumentCount,
                "`contains` needs a second argument"
            ))
        );
    }
}
