//! Arithmetic on numbers: every overflow is a failure, floats follow IEEE 754.

use super::symbol;
use crate::codes::Code;
use crate::failure::Failure;
use crate::tree::BinaryOperator;

/// An operator on two integers.
pub(super) fn integers(operator: BinaryOperator, left: i64, right: i64) -> Result<i64, Failure> {
    let result = match operator {
        BinaryOperator::Add => left.checked_add(right),
        BinaryOperator::Subtract => left.checked_sub(right),
        BinaryOperator::Multiply => left.checked_mul(right),
        BinaryOperator::Divide | BinaryOperator::Modulo if right == 0 => {
            return Err(Failure::new(
                Code::Arithmetic,
                format!("`{left} {} 0` divides by zero", symbol(operator)),
            ));
        }
        BinaryOperator::Divide => left.checked_div(right),
        BinaryOperator::Modulo => left.checked_rem(right),
        BinaryOperator::Power if right < 0 => {
            return Err(Failure::new(
                Code::Arithmetic,
                format!("an integer has no negative power: `{left} ** {right}`"),
            ));
        }
        BinaryOperator::Power => u32::try_from(right)
            .ok()
            .and_then(|right| left.checked_pow(right)),
        BinaryOperator::ShiftLeft => Some(shift_left(left, right)),
        BinaryOperator::ShiftRight => Some(shift_right(left, right)),
        BinaryOperator::BitAnd => Some(left & right),
        BinaryOperator::BitOr => Some(left | right),
        BinaryOperator::BitXor => Some(left ^ right),
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => None,
    };
    result.ok_or_else(|| {
        Failure::new(
            Code::Arithmetic,
            format!(
                "`{left} {} {right}` is too large for an integer",
                symbol(operator)
            ),
        )
    })
}

/// An operator on two floats, when there is one.
pub(super) fn floats(operator: BinaryOperator, left: f64, right: f64) -> Option<f64> {
    match operator {
        BinaryOperator::Add => Some(left + right),
        BinaryOperator::Subtract => Some(left - right),
        BinaryOperator::Multiply => Some(left * right),
        BinaryOperator::Divide => Some(left / right),
        BinaryOperator::Modulo => Some(left % right),
        BinaryOperator::Power => Some(left.powf(right)),
        _ => None,
    }
}

/// The float nearest to an integer.
#[expect(clippy::cast_precision_loss, reason = "Rhai converts in the same way")]
pub(crate) fn as_float(value: i64) -> f64 {
    value as f64
}

/// Shifting out all bits leaves 0; a negative distance shifts the other way.
fn shift_left(value: i64, distance: i64) -> i64 {
    if distance < 0 {
        return shift_right(value, distance.saturating_neg());
    }
    u32::try_from(distance)
        .ok()
        .and_then(|distance| value.checked_shl(distance))
        .unwrap_or(0)
}

/// Shifting out all bits leaves the sign; a negative distance shifts the other way.
fn shift_right(value: i64, distance: i64) -> i64 {
    if distance < 0 {
        return shift_left(value, distance.saturating_neg());
    }
    u32::try_from(distance)
        .ok()
        .and_then(|distance| value.checked_shr(distance))
        .unwrap_or(if value < 0 { -1 } else { 0 })
}
