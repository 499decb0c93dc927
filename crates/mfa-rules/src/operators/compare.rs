//! Equality, order, and the matching of `switch`.

use super::{MAX_RECURSION, as_float, secret, symbol};
use crate::codes::Code;
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::meter::Meter;
use crate::tree::{BinaryOperator, CasePattern, Literal};
use crate::value::{ArrayRef, MapRef, Value};
use std::cmp::Ordering;

/// Bytes that are compared without spending: less work than one step of evaluation.
const FREE_BYTES: usize = 64;

/// Bytes that are compared between two readings of the clock.
const PIECE: usize = 64 << 10;

/// `left == right`. Values of different types differ; numbers and texts with characters compare
/// across types. Functions cannot be compared, nor can the two kinds of range with each other.
///
/// # Errors
///
/// A secret, and nesting beyond [`MAX_RECURSION`] levels, are failures that cannot be caught.
pub(crate) fn equals(
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    equals_at(left, right, 0, meter)
}

/// `left != right`. It is not always the opposite of `==`: nothing is equal to NaN, and nothing
/// differs from it either, because Rhai compares floats by their relative distance.
pub(super) fn differs(
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    match (float_of(left), float_of(right)) {
        (Some(left_float), Some(right_float)) if !both_integers(left, right) => {
            Ok(distance(left_float, right_float) > f64::EPSILON)
        }
        _ if are_ranges_of_different_kinds(left, right) => Ok(true),
        _ => equals(left, right, meter).map(|equal| !equal),
    }
}

/// `<`, `<=`, `>` and `>=`.
pub(super) fn ordered(
    operator: BinaryOperator,
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    if !both_integers(left, right)
        && let (Some(left), Some(right)) = (float_of(left), float_of(right))
    {
        // SECURITY: to Rhai nothing is above or below infinity and NaN, so a text such as `inf`
        // that a login brings would be below every limit.
        if !left.is_finite() || !right.is_finite() {
            return Err(Failure::new(
                Code::Arithmetic,
                "a number that is not finite is neither above nor below another",
            ));
        }
        return Ok(ordered_floats(operator, left, right));
    }
    let ordering = order(left, right, meter)?.ok_or_else(|| not_ordered(operator, left, right))?;
    Ok(match operator {
        BinaryOperator::Less => ordering.is_lt(),
        BinaryOperator::LessOrEqual => ordering.is_le(),
        BinaryOperator::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    })
}

/// The order of two integers, two texts or characters, or two times; `None` for anything else.
pub(crate) fn order(
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &mut Meter,
) -> Result<Option<Ordering>, Failure> {
    Ok(match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => {
            let (left, right) = (left.as_str(), right.as_str());
            Some(order_of_texts(left, right, meter)?)
        }
        (Value::Char(left), Value::Char(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Char(right)) => {
            Some(left.as_str().cmp(right.encode_utf8(&mut [0; 4])))
        }
        (Value::Char(left), Value::Text(right)) => {
            Some((*left.encode_utf8(&mut [0; 4])).cmp(right.as_str()))
        }
        _ => None,
    })
}

/// Whether a value is what a case of a `switch` names. A literal matches only its own type; a range
/// takes floats too.
pub(crate) fn switch_matches(pattern: &CasePattern, value: &Value<'_>) -> bool {
    match pattern {
        CasePattern::Literal(literal) => match (literal, value) {
            (Literal::Unit, Value::Unit) => true,
            (Literal::Bool(literal), Value::Bool(value)) => literal == value,
            (Literal::Int(literal), Value::Int(value)) => literal == value,
            // By its bits: 0.0 is not -0.0, and NaN is itself.
            (Literal::Float(literal), Value::Float(value)) => literal.to_bits() == value.to_bits(),
            (Literal::Char(literal), Value::Char(value)) => literal == value,
            (Literal::Text(literal), Value::Text(value)) => **literal == *value.as_str(),
            _ => false,
        },
        CasePattern::Range {
            start,
            end,
            inclusive,
        } => match value {
            Value::Int(value) if *inclusive => (start..=end).contains(&value),
            Value::Int(value) => (start..end).contains(&value),
            Value::Float(value) if *inclusive => {
                (as_float(*start)..=as_float(*end)).contains(value)
            }
            Value::Float(value) => (as_float(*start)..as_float(*end)).contains(value),
            // A range as a value is matched by the same range.
            Value::Range(value) => {
                (value.start, value.end, value.inclusive) == (*start, *end, *inclusive)
            }
            _ => false,
        },
    }
}

/// Equality of an element of an array: there, the two kinds of range differ without a failure.
pub(crate) fn element_equals(
    element: &Value<'_>,
    other: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    element_equals_at(element, other, 0, meter)
}

fn element_equals_at(
    element: &Value<'_>,
    other: &Value<'_>,
    depth: u16,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    meter.spend(1)?;
    if are_ranges_of_different_kinds(element, other) {
        return Ok(false);
    }
    equals_at(element, other, depth, meter)
}

fn equals_at(
    left: &Value<'_>,
    right: &Value<'_>,
    depth: u16,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    match (left, right) {
        (Value::Secret(_), _) | (_, Value::Secret(_)) => Err(secret("==")),
        (Value::Text(left), Value::Text(right)) => {
            let (left, right) = (left.as_str(), right.as_str());
            Ok(left.len() == right.len() && order_of_texts(left, right, meter)?.is_eq())
        }
        (Value::Unit, Value::Unit) => Ok(true),
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::Int(left), Value::Int(right)) => Ok(left == right),
        (Value::Char(left), Value::Char(right)) => Ok(left == right),
        (Value::Time(left), Value::Time(right)) => Ok(left == right),
        (Value::Text(text), Value::Char(character))
        | (Value::Char(character), Value::Text(text)) => {
            Ok(text.as_str() == &*character.encode_utf8(&mut [0; 4]))
        }
        _ if are_ranges_of_different_kinds(left, right) => Err(Failure::new(
            Code::Type,
            "a range with `..` cannot be compared with one with `..=`",
        )),
        (Value::Range(left), Value::Range(right)) => Ok(left == right),
        (Value::Function(_), Value::Function(_)) => {
            Err(Failure::new(Code::Type, "two functions cannot be compared"))
        }
        (
            Value::Array(_) | Value::Map(_) | Value::Json(_),
            Value::Array(_) | Value::Map(_) | Value::Json(_),
        ) => match (left.as_array(), right.as_array()) {
            (Some(left), Some(right)) => arrays_equal(left, right, deeper(depth)?, meter),
            (None, None) => match (left.as_map(), right.as_map()) {
                (Some(left), Some(right)) => maps_equal(left, right, deeper(depth)?, meter),
                _ => Ok(false),
            },
            _ => Ok(false),
        },
        _ => match (float_of(left), float_of(right)) {
            (Some(left), Some(right)) => Ok(distance(left, right) <= f64::EPSILON),
            _ => Ok(false),
        },
    }
}

fn arrays_equal(
    left: ArrayRef<'_, '_>,
    right: ArrayRef<'_, '_>,
    depth: u16,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (left, right) in left.iter().zip(right.iter()) {
        if !element_equals_at(&left, &right, depth, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps_equal(
    left: MapRef<'_, '_>,
    right: MapRef<'_, '_>,
    depth: u16,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    if left.len() != right.len() {
        return Ok(false);
    }
    // The members of the login need no order: nothing in them can fail to be compared.
    if let (MapRef::Json(left), MapRef::Json(right)) = (left, right) {
        for (key, left) in left {
            meter.spend_bytes(key.len())?;
            let Some(right) = right.get(key) else {
                return Ok(false);
            };
            let (left, right) = (Value::from_json(left), Value::from_json(right));
            if !equals_at(&left, &right, depth, meter)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    for (key, left) in left.entries(meter)? {
        meter.spend_bytes(key.as_str().len())?;
        let Some(right) = right.get(key.as_str()) else {
            return Ok(false);
        };
        if !equals_at(&left, &right, depth, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The next level of nesting.
pub(crate) fn deeper(depth: u16) -> Result<u16, Failure> {
    let depth = depth.saturating_add(1);
    if depth > MAX_RECURSION {
        return Err(Failure::uncatchable(
            Code::Depth,
            format!("a value is nested more than {MAX_RECURSION} levels deep"),
        ));
    }
    Ok(depth)
}

/// How far two floats are apart, relative to the larger one; absolute when one of them is 0.
/// Two infinities are at no distance that could be compared.
fn distance(left: f64, right: f64) -> f64 {
    let scale = scale(left, right);
    if scale == 0.0 {
        return 0.0;
    }
    (left - right).abs() / scale
}

fn ordered_floats(operator: BinaryOperator, left: f64, right: f64) -> bool {
    let scale = scale(left, right);
    let lead = |ahead: f64, behind: f64| {
        if scale == 0.0 {
            0.0
        } else {
            (ahead - behind) / scale
        }
    };
    match operator {
        BinaryOperator::Less => lead(right, left) > f64::EPSILON,
        BinaryOperator::LessOrEqual => lead(right, left) > -f64::EPSILON,
        BinaryOperator::Greater => lead(left, right) > f64::EPSILON,
        _ => lead(left, right) > -f64::EPSILON,
    }
}

/// What a difference is divided by. It is 0 for NaN and 0, which Rhai takes for equal.
fn scale(left: f64, right: f64) -> f64 {
    if left * right == 0.0 {
        1.0
    } else {
        left.abs().max(right.abs())
    }
}

fn are_ranges_of_different_kinds(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Range(left), Value::Range(right)) => left.inclusive != right.inclusive,
        _ => false,
    }
}

fn float_of(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(value) => Some(as_float(*value)),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

fn both_integers(left: &Value<'_>, right: &Value<'_>) -> bool {
    matches!((left, right), (Value::Int(_), Value::Int(_)))
}

/// The order of two texts. Long ones are compared piece by piece, so that the clock can be read.
fn order_of_texts(left: &str, right: &str, meter: &mut Meter) -> Result<Ordering, Failure> {
    if left.len().min(right.len()) <= FREE_BYTES {
        return Ok(left.cmp(right));
    }
    let pieces = left.as_bytes().chunks(PIECE);
    for (left, right) in pieces.zip(right.as_bytes().chunks(PIECE)) {
        meter.spend_bytes(left.len().min(right.len()))?;
        let ordering = left.cmp(right);
        if ordering.is_ne() {
            return Ok(ordering);
        }
    }
    Ok(left.len().cmp(&right.len()))
}

fn not_ordered(operator: BinaryOperator, left: &Value<'_>, right: &Value<'_>) -> Failure {
    let operator = symbol(operator);
    if matches!(left, Value::Secret(_)) || matches!(right, Value::Secret(_)) {
        return secret(operator);
    }
    Failure::new(
        Code::Type,
        format!(
            "`{operator}` compares two numbers, two texts or two times, and got {} and {}",
            with_article(left),
            with_article(right)
        ),
    )
}
