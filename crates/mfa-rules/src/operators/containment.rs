//! `needle in haystack`, and the function `contains`.

use super::compare::element_equals;
use crate::codes::Code;
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::meter::Meter;
use crate::value::Value;

/// Whether `haystack` contains `needle`: a text a text or a character, an array an equal element, a
/// map a key, a range an integer.
///
/// # Errors
///
/// Anything else is a failure: a key that is no text, and a haystack that is `()`, are mistakes.
pub(crate) fn contains(
    haystack: &Value<'_>,
    needle: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    if let (Value::Secret(_), _) | (_, Value::Secret(_)) = (haystack, needle) {
        return Err(Failure::uncatchable(
            Code::SecretUse,
            "a secret cannot be searched, nor can it be searched for",
        ));
    }
    if let Some(items) = haystack.as_array() {
        for item in items.iter() {
            if element_equals(&item, needle, meter)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(members) = haystack.as_map() {
        let key = needle
            .as_text()
            .ok_or_else(|| mismatch("the keys of a map are texts", needle))?;
        meter.spend_text(key.len())?;
        return Ok(members.contains(key));
    }
    match (haystack, needle) {
        (Value::Text(text), Value::Text(part)) => {
            let (text, part) = (text.as_str(), part.as_str());
            meter.spend_text(text.len())?;
            meter.spend_text(part.len())?;
            Ok(text.contains(part))
        }
        (Value::Text(text), Value::Char(part)) => {
            meter.spend_text(text.as_str().len())?;
            Ok(text.as_str().contains(*part))
        }
        (Value::Text(_), _) => Err(mismatch("a text consists of texts and characters", needle)),
        (Value::Range(range), Value::Int(needle)) if range.inclusive => {
            Ok((range.start..=range.end).contains(needle))
        }
        (Value::Range(range), Value::Int(needle)) => Ok((range.start..range.end).contains(needle)),
        (Value::Range(_), _) => Err(mismatch("a range consists of integers", needle)),
        _ => Err(Failure::new(
            Code::Type,
            format!(
                "nothing can be in {}: it is no text, array, map or range",
                with_article(haystack)
            ),
        )),
    }
}

fn mismatch(what: &str, needle: &Value<'_>) -> Failure {
    Failure::new(
        Code::Type,
        format!("{what}, and {} is looked for", with_article(needle)),
    )
}
