//! The operators on values, with Rhai's meaning.
//!
//! The one departure: `<`, `<=`, `>` and `>=` need two numbers, two texts or characters, or two
//! times. Rhai answers false for anything else, which hides a mistake behind "no second factor".

mod arithmetic;
mod compare;
mod containment;
mod index;

pub(crate) use arithmetic::as_float;
pub(crate) use compare::{deeper, element_equals, equals, order, switch_matches};
pub(crate) use containment::contains;
pub(crate) use index::{
    array_index, array_offset, characters, index, is_empty_range, length, part_of, property,
};

use crate::codes::Code;
use crate::failure::Failure;
use crate::format::Builder;
use crate::host::arguments::with_article;
use crate::meter::{Meter, OVERHEAD};
use crate::tree::BinaryOperator;
use crate::value::{Array, ArrayRef, Range, Text, Value};
use std::rc::Rc;

/// How deeply nested values are compared and written; those of the login may be nested deeper than
/// a rule could build them.
pub(crate) const MAX_RECURSION: u16 = 128;

/// `left operator right`.
pub(crate) fn binary<'a>(
    operator: BinaryOperator,
    left: &Value<'a>,
    right: &Value<'a>,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    match operator {
        BinaryOperator::Equal => equals(left, right, meter).map(Value::Bool),
        BinaryOperator::NotEqual => compare::differs(left, right, meter).map(Value::Bool),
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => {
            compare::ordered(operator, left, right, meter).map(Value::Bool)
        }
        BinaryOperator::Add => {
            let mut sum = compute(operator, left, right, meter)?;
            if let Some(map) = sum.map_mut(meter)? {
                map.make_new();
            }
            Ok(sum)
        }
        _ => compute(operator, left, right, meter),
    }
}

/// `place operator= right`.
///
/// It differs from `place = place operator right` in two cases, as in Rhai: whatever is added to an
/// array becomes an element of it, and an empty text added to a character leaves a character.
pub(crate) fn compound<'a>(
    operator: BinaryOperator,
    place: &mut Value<'a>,
    right: Value<'a>,
    meter: &mut Meter,
) -> Result<(), Failure> {
    if operator == BinaryOperator::Add {
        if place.as_array().is_some() {
            return append(place, right, meter);
        }
        if place.as_map().is_some() && right.as_map().is_some() {
            return mix_in(place, &right, meter);
        }
        if let (Value::Char(_), Some("")) = (&*place, right.as_text()) {
            return Ok(());
        }
    }
    *place = binary(operator, place, &right, meter)?;
    Ok(())
}

/// `-value`.
pub(crate) fn negate<'a>(value: &Value<'a>) -> Result<Value<'a>, Failure> {
    match value {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(|| {
            Failure::new(
                Code::Arithmetic,
                format!("the negative of `{value}` is too large for an integer"),
            )
        }),
        Value::Float(value) => Ok(Value::Float(-value)),
        _ => Err(unsupported_unary("-", "a number", value)),
    }
}

/// `!value`.
pub(crate) fn not<'a>(value: &Value<'a>) -> Result<Value<'a>, Failure> {
    match value {
        Value::Bool(value) => Ok(Value::Bool(!value)),
        _ => Err(unsupported_unary("!", "a boolean", value)),
    }
}

/// `+value`.
pub(crate) fn plus<'a>(value: &Value<'a>) -> Result<Value<'a>, Failure> {
    match value {
        Value::Int(_) | Value::Float(_) => Ok(value.clone()),
        _ => Err(unsupported_unary("+", "a number", value)),
    }
}

/// `start..end`, or `start..=end` when `inclusive`. `()` is a bound that was left out.
pub(crate) fn range<'a>(
    start: &Value<'a>,
    end: &Value<'a>,
    inclusive: bool,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    meter.allocate(size_of::<Range>().saturating_add(OVERHEAD))?;
    let (start, end) = match (start, end) {
        (Value::Int(start), Value::Int(end)) => (*start, *end),
        (Value::Int(start), Value::Unit) => (*start, i64::MAX),
        (Value::Unit, Value::Int(end)) => (0, *end),
        _ => {
            let operator = if inclusive { "..=" } else { ".." };
            return Err(unsupported(operator, start, end));
        }
    };
    Ok(Value::Range(Rc::new(Range {
        start,
        end,
        inclusive,
    })))
}

/// Puts the members of `right` into the map in `place`. Both are maps.
pub(crate) fn mix_in<'a>(
    place: &mut Value<'a>,
    right: &Value<'a>,
    meter: &mut Meter,
) -> Result<(), Failure> {
    let Some(members) = right.as_map() else {
        return Err(unsupported("+", place, right));
    };
    if members.len() == 0 {
        return Ok(());
    }
    let members = members.entries(meter)?;
    if let Some(map) = place.map_mut(meter)? {
        for (key, value) in members {
            map.set(key, value, meter)?;
        }
    }
    Ok(())
}

/// The name of an operator, as it is written.
pub(crate) fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Power => "**",
        BinaryOperator::ShiftLeft => "<<",
        BinaryOperator::ShiftRight => ">>",
        BinaryOperator::BitAnd => "&",
        BinaryOperator::BitOr => "|",
        BinaryOperator::BitXor => "^",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
    }
}

fn compute<'a>(
    operator: BinaryOperator,
    left: &Value<'a>,
    right: &Value<'a>,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => {
            return arithmetic::integers(operator, *left, *right).map(Value::Int);
        }
        (Value::Float(_) | Value::Int(_), Value::Float(_) | Value::Int(_)) => {
            let result = arithmetic::floats(operator, as_number(left), as_number(right));
            return result
                .map(Value::Float)
                .ok_or_else(|| unsupported(symbol(operator), left, right));
        }
        (Value::Bool(left), Value::Bool(right)) => match operator {
            BinaryOperator::BitAnd => return Ok(Value::Bool(left & right)),
            BinaryOperator::BitOr => return Ok(Value::Bool(left | right)),
            BinaryOperator::BitXor => return Ok(Value::Bool(left ^ right)),
            _ => {}
        },
        _ => {}
    }
    match operator {
        BinaryOperator::Add => add(left, right, meter),
        BinaryOperator::Subtract => subtract(left, right, meter),
        _ => Err(unsupported(symbol(operator), left, right)),
    }
}

/// `+` on anything but two numbers.
fn add<'a>(left: &Value<'a>, right: &Value<'a>, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    match (left, right) {
        (Value::Secret(_), _) | (_, Value::Secret(_)) => Err(unsupported("+", left, right)),
        (Value::Text(_), Value::Unit) => Ok(left.clone()),
        (Value::Unit, Value::Text(_)) => Ok(right.clone()),
        (Value::Text(_), _) | (_, Value::Text(_)) | (Value::Char(_), Value::Char(_)) => {
            let mut text = Builder::new();
            text.display(left, meter)?;
            text.display(right, meter)?;
            text.finish(meter)
        }
        _ if left.as_array().is_some() && right.as_array().is_some() => {
            let mut sum = left.clone();
            append(&mut sum, right.clone(), meter)?;
            Ok(sum)
        }
        _ if left.as_map().is_some() && right.as_map().is_some() => {
            let mut sum = left.clone();
            mix_in(&mut sum, right, meter)?;
            Ok(sum)
        }
        _ => Err(unsupported("+", left, right)),
    }
}

/// `text - part`: the text without the part, wherever it is.
fn subtract<'a>(
    left: &Value<'a>,
    right: &Value<'a>,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    match (left, right) {
        (Value::Text(text), Value::Text(part)) => {
            if part.as_str().is_empty() {
                return Ok(left.clone());
            }
            if text.as_str().is_empty() {
                return Ok(right.clone());
            }
            remove_part(text, part.as_str(), meter)
        }
        (Value::Text(text), Value::Char(part)) => {
            remove_part(text, part.encode_utf8(&mut [0; 4]), meter)
        }
        _ => Err(unsupported("-", left, right)),
    }
}

/// The text without every occurrence of `part`, which is not empty.
pub(crate) fn remove_part<'a>(
    text: &Text<'a>,
    part: &str,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    meter.spend_text(text.as_str().len())?;
    meter.spend_text(part.len())?;
    let mut rest = Builder::new();
    for piece in text.as_str().split(part) {
        rest.push(piece, meter)?;
    }
    rest.finish(meter)
}

/// Appends to the array in `place` the elements of an array, or anything else as an element.
fn append<'a>(place: &mut Value<'a>, right: Value<'a>, meter: &mut Meter) -> Result<(), Failure> {
    let added: Option<Vec<Value<'a>>> = match right.as_array() {
        None => None,
        Some(items) if items.len() == 0 => return Ok(()),
        Some(items) => {
            let before = place.as_array().map_or(0, ArrayRef::len);
            meter.check_elements(before.saturating_add(items.len()))?;
            meter.allocate(items.len().saturating_mul(size_of::<Value<'a>>()))?;
            Some(items.iter().collect())
        }
    };
    let Some(array): Option<&mut Array<'a>> = place.array_mut(meter)? else {
        return Ok(());
    };
    match added {
        Some(items) => {
            let depth = items.iter().map(Value::depth).max().unwrap_or(0);
            array.items_mut().extend(items);
            array.settle(depth)
        }
        None => array.insert(usize::MAX, right, meter),
    }
}

fn as_number(value: &Value<'_>) -> f64 {
    match value {
        Value::Int(value) => as_float(*value),
        Value::Float(value) => *value,
        _ => f64::NAN,
    }
}

/// The failure for an operator on types that it does not take.
fn unsupported(operator: &str, left: &Value<'_>, right: &Value<'_>) -> Failure {
    if matches!(left, Value::Secret(_)) || matches!(right, Value::Secret(_)) {
        return secret(operator);
    }
    Failure::new(
        Code::Type,
        format!(
            "`{operator}` does not work on {} and {}",
            with_article(left),
            with_article(right)
        ),
    )
}

fn unsupported_unary(operator: &str, needed: &str, value: &Value<'_>) -> Failure {
    if matches!(value, Value::Secret(_)) {
        return secret(operator);
    }
    Failure::new(
        Code::Type,
        format!(
            "`{operator}` needs {needed}, and got {}",
            with_article(value)
        ),
    )
}

fn secret(operator: &str) -> Failure {
    Failure::uncatchable(
        Code::SecretUse,
        format!("a secret cannot be used with `{operator}`"),
    )
}

#[cfg(test)]
mod tests;
