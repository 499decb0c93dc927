//! The core schema of YAML 1.2 for what is not quoted, and the parser's words in ours.

use super::Value;
use crate::quote::quote;
use serde_json::Number;

/// What a scalar without quotes is (YAML 1.2.2 §10.3.2).
///
/// # Errors
///
/// A message, when it is a number that JSON does not have.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if is_infinity_or_nan(text) {
        return Err(format!("{} is no number that JSON has", quote(text)));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return Ok(radix(text, digits, 16)?.unwrap_or_else(|| as_text(text)));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return Ok(radix(text, digits, 8)?.unwrap_or_else(|| as_text(text)));
    }
    if is_integer(text) {
        if let Ok(integer) = text.parse::<i64>() {
            return Ok(Value::Number(integer.into()));
        }
        if let Ok(integer) = text.parse::<u64>() {
            return Ok(Value::Number(integer.into()));
        }
    } else if !is_float(text) {
        return Ok(as_text(text));
    }
    text.parse()
        .ok()
        .and_then(Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| format!("the number {} is too large", quote(text)))
}

/// What the parser says, in words for somebody who does not know its insides, with advice.
pub(super) fn explain(info: &str) -> (String, Option<&'static str>) {
    let known = EXPLANATIONS
        .iter()
        .find(|(theirs, ..)| info.contains(theirs));
    match known {
        Some((_, ours, help)) => ((*ours).to_owned(), Some(*help)),
        None => ("this cannot be read as YAML".to_owned(), None),
    }
}

/// A part of the parser's message, what we say, and what to do. The first that fits is taken.
const EXPLANATIONS: &[(&str, &str, &str)] = &[
    (
        "invalid Unicode character escape code",
        "the text that starts here has an escape that is no character",
        "write the character itself, or `\\U` and its number with eight digits",
    ),
    (
        "unknown escape character",
        "the text that starts here has an escape that does not exist",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "expected hexadecimal number",
        "the text that starts here has an escape without its digits",
        "write `\\u` with four hexadecimal digits",
    ),
    (
        "quoted scalar, found unexpected",
        "the text that starts here has no closing quote",
        "add the quote",
    ),
    (
        "invalid trailing content",
        "something follows the closing quote",
        "put all of it inside the quotes, or escape the quotes inside",
    ),
    ("tab", "a tab may not stand here", "indent with spaces"),
    (
        "',' or '}'",
        "a `,` or the closing `}` is missing before this",
        "add what is missing",
    ),
    (
        "',' or ']'",
        "a `,` or the closing `]` is missing before this",
        "add what is missing",
    ),
    (
        "found unknown anchor",
        "aliases are not allowed",
        "write the value out, or put a text that starts with `*` in quotes",
    ),
    (
        "while scanning an anchor or alias",
        "anchors and aliases are not allowed",
        "put a text that starts with `*` or `&` in quotes",
    ),
    (
        "recursion limit",
        "lists and maps are nested too deeply",
        "nest less",
    ),
    (
        "mapping values are not allowed",
        "a `:` may not stand here",
        "put a text that has `: ` in it in quotes, or start a new line",
    ),
    (
        "unexpected character",
        "a text may not start with this character",
        "put the text in quotes",
    ),
    (
        "simple key",
        "a key must be followed by `:` on the same line",
        "add the `:`, or indent this line as the lines around it",
    ),
    (
        "expected key",
        "a key with `:` must stand here",
        "indent this line as the lines around it",
    ),
    (
        "block collection",
        "a `-` must stand here",
        "indent this line as the lines around it",
    ),
    (
        "invalid indentation",
        "the indentation of this line fits no line above",
        "indent it as the lines around it",
    ),
    (
        "expected node content",
        "a value or a closing bracket is missing before this",
        "add what is missing",
    ),
    (
        "<document start>",
        "the indentation of this line fits no line above",
        "indent it as the lines around it",
    ),
    (
        "byte order mark",
        "a byte order mark may not stand here",
        "remove it",
    ),
];

fn as_text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[-+]? [0-9]+`
fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    !digits.is_empty() && all_digits(digits)
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let text = unsigned(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    has_digits && all_digits(whole) && all_digits(fraction) && exponent.is_none_or(is_integer)
}

fn is_infinity_or_nan(text: &str) -> bool {
    matches!(unsigned(text), ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// `0x` or `0o` with digits; `None` when it is a text after all.
fn radix(text: &str, digits: &str, radix: u32) -> Result<Option<Value>, String> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Ok(None);
    }
    u64::from_str_radix(digits, radix)
        .map(|integer| Some(Value::Number(integer.into())))
        .map_err(|_| format!("the number {} is too large", quote(text)))
}
