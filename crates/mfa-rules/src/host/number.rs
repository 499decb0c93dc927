//! Host functions on numbers, and `range`.

use super::arguments::{any, integer, number, wrong};
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::meter::Meter;
use crate::operators::{as_float, order};
use crate::value::{Array, Value};
use std::cmp::Ordering;
use std::rc::Rc;

type Outcome<'a> = Result<Value<'a>, Stop<'a>>;

pub(super) const FAMILY: Family = Family {
    title: "Numbers",
    about: "Integers have 64 bits and a sign, and what does not fit is a failure. Floats have 64 bits.",
    functions: &[
        HostFunction {
            name: "abs",
            forms: &[Form {
                signature: "number.abs() -> number",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: abs,
            about: "The number without its sign. From Rhai.",
            example: &[("abs(-2)", "2"), ("(-2.5).abs()", "2.5")],
        },
        HostFunction {
            name: "min",
            forms: &[Form {
                signature: "min(a, b)",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: min,
            about: "The smaller one of two numbers, two texts or two characters. Of an integer and a float, it is a float. From Rhai.",
            example: &[("min(1, 2)", "1"), ("min(2, 1.5)", "1.5")],
        },
        HostFunction {
            name: "max",
            forms: &[Form {
                signature: "max(a, b)",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: max,
            about: "The larger one of two numbers, two texts or two characters. Of an integer and a float, it is a float. From Rhai.",
            example: &[("max(1, 2)", "2"), ("max(\"a\", \"b\")", "\"b\"")],
        },
        HostFunction {
            name: "floor",
            forms: &[Form {
                signature: "float.floor() -> float",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: floor,
            about: "The next whole number below, as a float. An integer is a failure. From Rhai.",
            example: &[("1.5.floor()", "1.0")],
        },
        HostFunction {
            name: "ceiling",
            forms: &[Form {
                signature: "float.ceiling() -> float",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: ceiling,
            about: "The next whole number above, as a float. An integer is a failure. From Rhai.",
            example: &[("1.5.ceiling()", "2.0")],
        },
        HostFunction {
            name: "round",
            forms: &[Form {
                signature: "float.round() -> float",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: round,
            about: "The nearest whole number, a half away from zero, as a float. An integer is a failure. From Rhai.",
            example: &[("2.5.round()", "3.0")],
        },
        HostFunction {
            name: "to_int",
            forms: &[Form {
                signature: "value.to_int() -> integer",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: to_int,
            about: "A float without its fraction, as an integer; the number of a character; an integer as it is. A float that is too large is a failure; NaN is 0. From Rhai.",
            example: &[("2.9.to_int()", "2"), ("'a'.to_int()", "97")],
        },
        HostFunction {
            name: "to_float",
            forms: &[Form {
                signature: "number.to_float() -> float",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: to_float,
            about: "The number as a float. From Rhai.",
            example: &[("2.to_float()", "2.0")],
        },
        HostFunction {
            name: "range",
            forms: &[
                Form {
                    signature: "range(start, end) -> range",
                    arguments: 2,
                },
                Form {
                    signature: "range(start, end, step) -> array",
                    arguments: 3,
                },
                Form {
                    signature: "range(range, step) -> array",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: range,
            about: "The integers from `start` to before `end`. With a step, which may be negative and is not 0, every so many, also of floats, as an array. From Rhai, which gives a sequence of its own there.",
            example: &[
                ("range(1, 3)", "1..3"),
                ("range(0, 10, 4)", "[0, 4, 8]"),
                ("range(3, 0, -1)", "[3, 2, 1]"),
            ],
        },
    ],
};

fn abs<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    match any("abs", arguments, 0)? {
        Value::Int(value) => value.checked_abs().map(Value::Int).ok_or_else(|| {
            Failure::new(
                Code::Arithmetic,
                format!("`abs({value})` is too large for an integer"),
            )
            .into()
        }),
        Value::Float(value) => Ok(Value::Float(value.abs())),
        other => Err(wrong("abs", "a number", 0, other).into()),
    }
}

fn min<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    choose("min", Ordering::Less, host.meter(), arguments)
}

fn max<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    choose("max", Ordering::Greater, host.meter(), arguments)
}

/// The first of two values when it is `wanted` of the second, or equal to it; else the second.
fn choose<'a>(
    name: &str,
    wanted: Ordering,
    meter: &mut Meter,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    let (left, right) = (any(name, arguments, 0)?, any(name, arguments, 1)?);
    let is_chosen = |ordering: Ordering| ordering == wanted || ordering.is_eq();
    match (left, right) {
        (Value::Int(_), Value::Int(_))
        | (Value::Text(_), Value::Text(_))
        | (Value::Char(_), Value::Char(_)) => {
            let first = order(left, right, meter)?.is_some_and(is_chosen);
            Ok(if first { left.clone() } else { right.clone() })
        }
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            let (left, right) = (number(name, arguments, 0)?, number(name, arguments, 1)?);
            let first = left.partial_cmp(&right).is_some_and(is_chosen);
            Ok(Value::Float(if first { left } else { right }))
        }
        (Value::Int(_) | Value::Float(_), other) => Err(wrong(name, "a number", 1, other).into()),
        (Value::Text(_), other) => Err(wrong(name, "a text", 1, other).into()),
        (Value::Char(_), other) => Err(wrong(name, "a character", 1, other).into()),
        (other, _) => Err(wrong(name, "a number or a text", 0, other).into()),
    }
}

fn floor<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    Ok(Value::Float(float("floor", arguments)?.floor()))
}

fn ceiling<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    Ok(Value::Float(float("ceiling", arguments)?.ceil()))
}

fn round<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    Ok(Value::Float(float("round", arguments)?.round()))
}

fn to_int<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    match any("to_int", arguments, 0)? {
        Value::Int(value) => Ok(Value::Int(*value)),
        Value::Char(value) => Ok(Value::Int(i64::from(u32::from(*value)))),
        Value::Float(value) if *value > as_float(i64::MAX) || *value < as_float(i64::MIN) => {
            Err(Failure::new(
                Code::Arithmetic,
                format!("`to_int({value:e})` is too large for an integer"),
            )
            .into())
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the bounds are checked above"
        )]
        Value::Float(value) => Ok(Value::Int(value.trunc() as i64)),
        other => Err(wrong("to_int", "a number or a character", 0, other).into()),
    }
}

fn to_float<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    Ok(Value::Float(number("to_float", arguments, 0)?))
}

fn range<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "range";
    match any(name, arguments, 0)? {
        Value::Range(range) if arguments.len() == 2 && !range.inclusive => {
            let (start, end) = (range.start, range.end);
            let step = integer(name, arguments, 1)?;
            integers(start, end, step, host.meter())
        }
        Value::Float(start) if arguments.len() == 3 => {
            let (start, end, step) = (*start, float_at(arguments, 1)?, float_at(arguments, 2)?);
            floats(start, end, step, host.meter())
        }
        _ => {
            let (start, end) = (integer(name, arguments, 0)?, integer(name, arguments, 1)?);
            if arguments.len() == 3 {
                let step = integer(name, arguments, 2)?;
                return integers(start, end, step, host.meter());
            }
            let (start, end) = (Value::Int(start), Value::Int(end));
            Ok(crate::operators::range(&start, &end, false, host.meter())?)
        }
    }
}

/// Every so many integers. A step in the wrong direction, or one that overflows, gives none.
fn integers<'a>(start: i64, end: i64, step: i64, meter: &mut Meter) -> Outcome<'a> {
    if step == 0 {
        return Err(no_step().into());
    }
    let mut items = Array::new(Vec::new(), meter)?;
    let mut next = Some(start);
    while let Some(item) = next
        && (if step > 0 { item < end } else { item > end })
    {
        next = item.checked_add(step);
        // Rhai gives up an element behind which there is no integer.
        if next.is_some() {
            items.insert(usize::MAX, Value::Int(item), meter)?;
        }
    }
    Ok(Value::Array(Rc::new(items)))
}

/// The same for floats.
#[expect(
    clippy::float_cmp,
    reason = "a step that changes nothing would never end"
)]
fn floats<'a>(start: f64, end: f64, step: f64, meter: &mut Meter) -> Outcome<'a> {
    if start + step == start {
        return Err(no_step().into());
    }
    let mut items = Array::new(Vec::new(), meter)?;
    let mut item = start;
    let is_up = start + step > start;
    while if is_up { item < end } else { item > end } {
        items.insert(usize::MAX, Value::Float(item), meter)?;
        item += step;
    }
    Ok(Value::Array(Rc::new(items)))
}

fn no_step() -> Failure {
    Failure::new(Code::Arithmetic, "the step of `range` is 0")
}

fn float(name: &str, arguments: &[Value<'_>]) -> Result<f64, Failure> {
    match any(name, arguments, 0)? {
        Value::Float(value) => Ok(*value),
        other => Err(wrong(name, "a float", 0, other)),
    }
}

fn float_at(arguments: &[Value<'_>], index: usize) -> Result<f64, Failure> {
    match any("range", arguments, index)? {
        Value::Float(value) => Ok(*value),
        other => Err(wrong("range", "a float", index, other)),
    }
}
