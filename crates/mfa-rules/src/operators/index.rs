//! Reading `value[index]` and `value.name`.

use crate::codes::Code;
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::meter::Meter;
use crate::value::{Range, Text, Value};

/// The bits of an integer.
const BITS: usize = 64;

/// `value[index]`: an element of an array or a character of a text, from the end when the index is
/// negative; a part of a text, or a field of bits, for a range; a member of a map; a bit of an
/// integer. A member that is not there is `()`.
pub(crate) fn index<'a>(
    value: &Value<'a>,
    index: &Value<'a>,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    if let Value::Secret(_) = index {
        return Err(Failure::uncatchable(
            Code::SecretUse,
            "a secret cannot be an index",
        ));
    }
    if let Some(items) = value.as_array() {
        let Value::Int(index) = index else {
            return Err(wrong_index("an array", "an integer", index));
        };
        return array_index(items.len(), *index)
            .and_then(|index| items.get(index))
            .ok_or_else(|| out_of_bounds(*index, "an array", items.len(), "elements"));
    }
    if let Some(members) = value.as_map() {
        let key = index
            .as_text()
            .ok_or_else(|| wrong_index("a map", "a text", index))?;
        meter.spend_key(key)?;
        return Ok(members.get(key).unwrap_or_default());
    }
    match (value, index) {
        (Value::Text(text), Value::Int(index)) => character(text.as_str(), *index, meter),
        (Value::Text(text), Value::Range(range)) => slice(text, range, meter),
        (Value::Text(_), _) => Err(wrong_index("a text", "an integer or a range", index)),
        (Value::Int(value), Value::Int(index)) => bit(*value, *index),
        (Value::Int(value), Value::Range(range)) => bits(*value, range),
        (Value::Int(_), _) => Err(wrong_index("an integer", "an integer or a range", index)),
        (Value::Unit, _) => Err(Failure::new(
            Code::MissingProperty,
            "`()` has no elements: what is before the `[` is missing",
        )),
        (Value::Secret(_), _) => Err(Failure::uncatchable(
            Code::SecretUse,
            "a secret has no elements",
        )),
        _ => Err(Failure::new(
            Code::Type,
            format!("{} has no elements", with_article(value)),
        )),
    }
}

/// `value.name`: a member of a map, `()` when it is not there; of other types the few properties
/// that Rhai gives them.
pub(crate) fn property<'a>(
    value: &Value<'a>,
    name: &str,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    if let Some(members) = value.as_map() {
        meter.spend_key(name)?;
        return Ok(members.get(name).unwrap_or_default());
    }
    match (value, name) {
        (Value::Text(text), "len") => {
            meter.spend_bytes(text.as_str().len())?;
            return Ok(length(text.as_str().chars().count()));
        }
        (Value::Text(text), "is_empty") => return Ok(Value::Bool(text.as_str().is_empty())),
        (Value::Range(range), "start") => return Ok(Value::Int(range.start)),
        (Value::Range(range), "end") => return Ok(Value::Int(range.end)),
        (Value::Range(range), "is_inclusive") => return Ok(Value::Bool(range.inclusive)),
        (Value::Range(range), "is_exclusive") => return Ok(Value::Bool(!range.inclusive)),
        (Value::Range(range), "is_empty") => return Ok(Value::Bool(is_empty_range(range))),
        (Value::Float(value), "floor") => return Ok(Value::Float(value.floor())),
        (Value::Float(value), "ceiling") => return Ok(Value::Float(value.ceil())),
        (Value::Float(value), "round") => return Ok(Value::Float(value.round())),
        _ => {}
    }
    match (value.as_array(), name) {
        (Some(items), "len") => return Ok(length(items.len())),
        (Some(items), "is_empty") => return Ok(Value::Bool(items.len() == 0)),
        _ => {}
    }
    Err(match value {
        Value::Unit => Failure::new(
            Code::MissingProperty,
            format!(
                "`()` has no property `{name}`: what is before the `.` is missing, which `?.` would allow"
            ),
        ),
        Value::Secret(_) => Failure::uncatchable(
            Code::SecretUse,
            format!("a secret has no property `{name}`"),
        ),
        _ => Failure::new(
            Code::Type,
            format!("{} has no property `{name}`", with_article(value)),
        ),
    })
}

/// The place in an array of `length` elements that an index of a rule means; `None` when there is
/// no such place.
pub(crate) fn array_index(length: usize, index: i64) -> Option<usize> {
    let from_end = || length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    let place = if index < 0 {
        from_end()?
    } else {
        usize::try_from(index).ok()?
    };
    (place < length).then_some(place)
}

/// The place in an array of `length` elements at which a function starts, brought within bounds.
pub(crate) fn array_offset(length: usize, start: i64) -> usize {
    if start < 0 {
        let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
        return length.saturating_sub(back);
    }
    usize::try_from(start).unwrap_or(usize::MAX).min(length)
}

/// Whether nothing is in the range.
pub(crate) fn is_empty_range(range: &Range) -> bool {
    if range.inclusive {
        range.start > range.end
    } else {
        range.start >= range.end
    }
}

/// A number of elements, as a value.
pub(crate) fn length<'a>(count: usize) -> Value<'a> {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The part of `text` of `count` characters from the character `start` on.
pub(crate) fn characters(text: &str, start: usize, count: usize) -> &str {
    let place = |text: &str, index: usize| {
        text.char_indices()
            .nth(index)
            .map_or(text.len(), |(place, _)| place)
    };
    let rest = text.get(place(text, start)..).unwrap_or_default();
    rest.get(..place(rest, count)).unwrap_or_default()
}

/// `part`, which lies in `text`, as a text of its own: borrowed when `text` is.
pub(crate) fn part_of<'a>(
    text: &Text<'a>,
    part: impl FnOnce(&str) -> &str,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    match text {
        // A borrowed part lives as long as the text that it is a part of.
        Text::Borrowed(text) => Ok(Value::text(borrowed_part(text, part))),
        Text::Owned(text) => {
            let part = part(text);
            if part.len() == text.len() {
                return Ok(Value::Text(Text::Owned(text.clone())));
            }
            Value::new_text(part, meter)
        }
    }
}

fn borrowed_part(text: &str, part: impl FnOnce(&str) -> &str) -> &str {
    part(text)
}

fn character<'a>(text: &str, index: i64, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    meter.spend_text(text.len())?;
    let place = usize::try_from(index.unsigned_abs()).ok();
    let found = if index < 0 {
        place
            .and_then(|place| place.checked_sub(1))
            .and_then(|place| text.chars().rev().nth(place))
    } else {
        place.and_then(|place| text.chars().nth(place))
    };
    found
        .map(Value::Char)
        .ok_or_else(|| out_of_bounds(index, "a text", text.chars().count(), "characters"))
}

fn slice<'a>(text: &Text<'a>, range: &Range, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    let whole = text.as_str();
    if whole.is_empty() {
        return Ok(Value::text(""));
    }
    meter.spend_text(whole.len())?;
    let count = whole.chars().count();
    let start = bound(count, range.start)
        .ok_or_else(|| out_of_bounds(range.start, "a text", count, "characters"))?;
    let end = bound(count, range.end).unwrap_or(0);
    let is_whole = if range.inclusive {
        start == 0 && end >= count.saturating_sub(1)
    } else {
        start == 0 && end >= count
    };
    let take = match range.inclusive {
        _ if is_whole => count,
        // Rhai gives nothing for `text[i..=i]`.
        true if end > start => end.saturating_sub(start).saturating_add(1),
        true => 0,
        false => end.saturating_sub(start),
    };
    part_of(text, |text| characters(text, start, take), meter)
}

/// A bound of a range: from the end when it is negative, and then it must be there.
fn bound(count: usize, index: i64) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => array_index(count, index),
    }
}

fn bit<'a>(value: i64, index: i64) -> Result<Value<'a>, Failure> {
    let place =
        array_index(BITS, index).ok_or_else(|| out_of_bounds(index, "an integer", BITS, "bits"))?;
    Ok(Value::Bool(shifted(value, place) & 1 != 0))
}

fn bits<'a>(value: i64, range: &Range) -> Result<Value<'a>, Failure> {
    let last = if range.inclusive { BITS - 1 } else { BITS };
    let in_bounds = |index: i64, highest: usize| {
        usize::try_from(index)
            .ok()
            .filter(|index| *index <= highest)
            .ok_or_else(|| out_of_bounds(index, "an integer", BITS, "bits"))
    };
    let start = in_bounds(range.start, BITS - 1)?;
    let end = if range.end == i64::MAX {
        last
    } else {
        in_bounds(range.end, last)?
    };
    let behind = end.saturating_add(usize::from(range.inclusive));
    let width = behind.saturating_sub(start);
    if width == 0 {
        return Ok(Value::Int(0));
    }
    // The field keeps the sign of the integer when it reaches its highest bit.
    let field = shifted(value, start);
    if start.saturating_add(width) >= BITS {
        return Ok(Value::Int(field));
    }
    let outside = BITS.saturating_sub(width);
    let mask = u64::MAX
        .checked_shr(u32::try_from(outside).unwrap_or(0))
        .unwrap_or(0);
    Ok(Value::Int(field & mask.cast_signed()))
}

fn shifted(value: i64, distance: usize) -> i64 {
    u32::try_from(distance)
        .ok()
        .and_then(|distance| value.checked_shr(distance))
        .unwrap_or(0)
}

fn out_of_bounds(index: i64, what: &str, count: usize, of: &str) -> Failure {
    Failure::new(
        Code::Index,
        format!("index {index} is outside {what} of {count} {of}"),
    )
}

fn wrong_index(what: &str, needed: &str, got: &Value<'_>) -> Failure {
    Failure::new(
        Code::Type,
        format!(
            "the index of {what} is {needed}, and not {}",
            with_article(got)
        ),
    )
}
