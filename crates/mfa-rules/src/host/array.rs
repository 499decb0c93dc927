//! Host functions on arrays.

use super::arguments::{any, any_mut, array, function, integer, wrong};
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, callbacks};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::host::arguments::with_article;
use crate::meter::Meter;
use crate::operators::{array_offset, element_equals, order};
use crate::value::{ArrayRef, Value};
use std::cmp::Ordering;

type Outcome<'a> = Result<Value<'a>, Stop<'a>>;

pub(super) const FAMILY: Family = Family {
    title: "Arrays",
    about: "A predicate gets an element, and its index when it takes two arguments; it must give a boolean, where Rhai takes anything else for false. What fails in a function that is given fails the whole call. See also the functions on texts, arrays and maps.",
    functions: &[
        HostFunction {
            name: "push",
            forms: &[Form {
                signature: "array.push(value)",
                arguments: 2,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: push,
            about: "Appends an element, in place. From Rhai.",
            example: &[("let a = [1]; a.push(2); a", "[1, 2]")],
        },
        HostFunction {
            name: "pop",
            forms: &[Form {
                signature: "array.pop()",
                arguments: 1,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: pop,
            about: "Removes the last element and gives it, `()` when there is none. From Rhai.",
            example: &[("let a = [1, 2]; a.pop()", "2")],
        },
        HostFunction {
            name: "insert",
            forms: &[Form {
                signature: "array.insert(index, value)",
                arguments: 3,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: insert,
            about: "Puts an element before the one at `index`, in place; behind the end, it is appended. From Rhai.",
            example: &[("let a = [1, 3]; a.insert(1, 2); a", "[1, 2, 3]")],
        },
        HostFunction {
            name: "reverse",
            forms: &[Form {
                signature: "array.reverse()",
                arguments: 1,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: reverse,
            about: "Reverses the order, in place. From Rhai.",
            example: &[("let a = [1, 2]; a.reverse(); a", "[2, 1]")],
        },
        HostFunction {
            name: "reduce",
            forms: &[
                Form {
                    signature: "array.reduce(function)",
                    arguments: 2,
                },
                Form {
                    signature: "array.reduce(function, initial)",
                    arguments: 3,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: reduce,
            about: "Calls the function with what it gave before, an element and its index, from the first element to the last, and gives what it gave last. It starts with `initial`, or `()`. The function may take fewer arguments. From Rhai.",
            example: &[("[1, 2, 3].reduce(|sum, x| sum + x, 0)", "6")],
        },
        HostFunction {
            name: "some",
            forms: &[Form {
                signature: "array.some(predicate) -> boolean",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: some,
            about: "Whether the predicate is true for an element. From Rhai.",
            example: &[("[1, 2].some(|x| x > 1)", "true")],
        },
        HostFunction {
            name: "all",
            forms: &[Form {
                signature: "array.all(predicate) -> boolean",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: all,
            about: "Whether the predicate is true for every element: also of an empty array. From Rhai.",
            example: &[("[1, 2].all(|x| x > 1)", "false")],
        },
        HostFunction {
            name: "find",
            forms: &[
                Form {
                    signature: "array.find(predicate)",
                    arguments: 2,
                },
                Form {
                    signature: "array.find(predicate, start)",
                    arguments: 3,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: find,
            about: "The first element for which the predicate is true, `()` when there is none. From Rhai.",
            example: &[("[1, 2, 3].find(|x| x > 1)", "2")],
        },
        HostFunction {
            name: "sort",
            forms: &[
                Form {
                    signature: "array.sort()",
                    arguments: 1,
                },
                Form {
                    signature: "array.sort(comparator)",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Calls,
            body: sort,
            about: "Sorts in place; equal elements keep their order. Without a comparator, all elements must be integers, floats, characters, texts, booleans or times, and of the same type. A comparator gets two elements, and gives a negative integer or `true` when the first of them comes first. Anything but an integer or a boolean is a failure, and what fails in it fails the call, where Rhai goes on. From Rhai.",
            example: &[
                ("let a = [2, 1]; a.sort(); a", "[1, 2]"),
                ("let a = [1, 2]; a.sort(|x, y| y - x); a", "[2, 1]"),
            ],
        },
        HostFunction {
            name: "dedup",
            forms: &[
                Form {
                    signature: "array.dedup()",
                    arguments: 1,
                },
                Form {
                    signature: "array.dedup(comparator)",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Calls,
            body: dedup,
            about: "Removes, in place, every element that is equal to the one before it; or for which the comparator, given the one before it and the element, is true. It must give a boolean. From Rhai.",
            example: &[("let a = [1, 1, 2, 1]; a.dedup(); a", "[1, 2, 1]")],
        },
    ],
};

fn push<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let value = any("push", arguments, 1)?.clone();
    array("push", arguments, 0)?;
    if let Some(array) = any_mut("push", arguments, 0)?.array_mut(host.meter())? {
        array.insert(usize::MAX, value, host.meter())?;
    }
    Ok(Value::Unit)
}

fn pop<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    array("pop", arguments, 0)?;
    let array = any_mut("pop", arguments, 0)?.array_mut(host.meter())?;
    Ok(array
        .and_then(|array| array.items_mut().pop())
        .unwrap_or_default())
}

fn insert<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let count = array("insert", arguments, 0)?.len();
    let index = array_offset(count, integer("insert", arguments, 1)?);
    let value = any("insert", arguments, 2)?.clone();
    if let Some(array) = any_mut("insert", arguments, 0)?.array_mut(host.meter())? {
        array.insert(index, value, host.meter())?;
    }
    Ok(Value::Unit)
}

fn reverse<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let count = array("reverse", arguments, 0)?.len();
    host.meter()
        .spend_bytes(count.saturating_mul(size_of::<Value<'a>>()))?;
    if let Some(array) = any_mut("reverse", arguments, 0)?.array_mut(host.meter())? {
        array.items_mut().reverse();
    }
    Ok(Value::Unit)
}

fn reduce<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let items = array("reduce", arguments, 0)?;
    let reducer = function("reduce", arguments, 1)?;
    let mut result = arguments.get(2).cloned().unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        let given = [result, item, callbacks::position(index)];
        result = callbacks::call("reduce", host, reducer, given, 1)?;
    }
    Ok(result)
}

fn some<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let items = array("some", arguments, 0)?;
    let predicate = function("some", arguments, 1)?;
    for (index, item) in items.iter().enumerate() {
        if callbacks::predicate("some", host, predicate, item, index)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn all<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let items = array("all", arguments, 0)?;
    let predicate = function("all", arguments, 1)?;
    for (index, item) in items.iter().enumerate() {
        if !callbacks::predicate("all", host, predicate, item, index)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn find<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let items = array("find", arguments, 0)?;
    let predicate = function("find", arguments, 1)?;
    let start = match arguments.get(2) {
        Some(_) => integer("find", arguments, 2)?,
        None => 0,
    };
    for index in array_offset(items.len(), start)..items.len() {
        let Some(item) = items.get(index) else {
            break;
        };
        if callbacks::predicate("find", host, predicate, item.clone(), index)? {
            return Ok(item);
        }
    }
    Ok(Value::Unit)
}

fn sort<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let items = array("sort", arguments, 0)?;
    if arguments.len() > 1 {
        function("sort", arguments, 1)?;
    }
    if items.len() <= 1 {
        return Ok(Value::Unit);
    }
    let order = if arguments.len() > 1 {
        let comparator = function("sort", arguments, 1)?;
        sorted(
            items,
            host,
            |host| host.meter(),
            |left, right, host| {
                callbacks::comparator("sort", host, comparator, left.clone(), right.clone())
            },
        )?
    } else {
        sortable(items, host.meter())?;
        sorted(
            items,
            host.meter(),
            |meter| meter,
            |left, right, meter| Ok(natural_order(left, right, meter)?),
        )?
    };
    keep(host.meter(), arguments, "sort", &order)?;
    Ok(Value::Unit)
}

fn dedup<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let items = array("dedup", arguments, 0)?;
    if arguments.len() > 1 {
        function("dedup", arguments, 1)?;
    }
    if items.len() <= 1 {
        return Ok(Value::Unit);
    }
    host.meter()
        .allocate(items.len().saturating_mul(size_of::<usize>()))?;
    let mut kept = Vec::with_capacity(items.len());
    let mut last: Option<Value<'a>> = None;
    for (index, item) in items.iter().enumerate() {
        let repeats = match (&last, arguments.get(1)) {
            (None, _) => false,
            (Some(last), None) => element_equals(last, &item, host.meter())?,
            (Some(last), Some(_)) => {
                let comparator = function("dedup", arguments, 1)?;
                let given = [last.clone(), item.clone()];
                let result = callbacks::call("dedup", host, comparator, given, 2)?;
                callbacks::boolean("dedup", &result)?
            }
        };
        if !repeats {
            kept.push(index);
            last = Some(item);
        }
    }
    keep(host.meter(), arguments, "dedup", &kept)?;
    Ok(Value::Unit)
}

/// Makes the receiver what `order` names of its elements.
fn keep<'a>(
    meter: &mut Meter,
    arguments: &mut [Value<'a>],
    name: &str,
    order: &[usize],
) -> Result<(), Failure> {
    if let Some(array) = any_mut(name, arguments, 0)?.array_mut(meter)? {
        meter.allocate(order.len().saturating_mul(size_of::<Value<'a>>()))?;
        let items = array.items_mut();
        *items = order
            .iter()
            .filter_map(|index| items.get(*index).cloned())
            .collect();
    }
    Ok(())
}

/// The indices of the elements in order, by a stable merge sort.
///
/// A comparator of a rule may fail, contradict itself or cost much; the sort of the standard
/// library can stop for a failure only by a panic, and panics for a contradiction.
fn sorted<'a, C: ?Sized>(
    items: ArrayRef<'_, 'a>,
    comparing: &mut C,
    meter: impl Fn(&mut C) -> &mut Meter,
    mut compare: impl FnMut(&Value<'a>, &Value<'a>, &mut C) -> Result<Ordering, Stop<'a>>,
) -> Result<Vec<usize>, Stop<'a>> {
    let count = items.len();
    meter(comparing).allocate(count.saturating_mul(size_of::<usize>()).saturating_mul(2))?;
    let mut order: Vec<usize> = (0..count).collect();
    let mut width = 1_usize;
    while width < count {
        let mut merged = Vec::with_capacity(count);
        for run in order.chunks(width.saturating_mul(2)) {
            let (left, right) = run.split_at(width.min(run.len()));
            let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
            while let (Some(&&first), Some(&&second)) = (left.peek(), right.peek()) {
                meter(comparing).spend(1)?;
                let (Some(earlier), Some(later)) = (items.get(first), items.get(second)) else {
                    break;
                };
                // Only a later element that is smaller overtakes: what is equal keeps its order.
                if compare(&later, &earlier, comparing)?.is_lt() {
                    merged.extend(right.next());
                } else {
                    merged.extend(left.next());
                }
            }
            merged.extend(left);
            merged.extend(right);
        }
        order = merged;
        width = width.saturating_mul(2);
    }
    Ok(order)
}

/// Whether the elements can be sorted without a comparator.
fn sortable(items: ArrayRef<'_, '_>, meter: &mut Meter) -> Result<(), Failure> {
    let first = items.get(0).unwrap_or_default();
    if let Value::Secret(_) = first {
        return Err(wrong("sort", "an array without secrets", 0, &first));
    }
    for item in items.iter() {
        meter.spend(1)?;
        if item.type_name() != first.type_name() {
            return Err(Failure::new(
                Code::Type,
                "`sort` needs a comparator for elements of different types",
            ));
        }
    }
    match first {
        Value::Unit
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Char(_)
        | Value::Text(_)
        | Value::Time(_) => Ok(()),
        _ => Err(Failure::new(
            Code::Type,
            format!(
                "`sort` needs a comparator: {} has no order",
                with_article(&first)
            ),
        )),
    }
}

/// The order of two elements of the same type.
fn natural_order(
    left: &Value<'_>,
    right: &Value<'_>,
    meter: &mut Meter,
) -> Result<Ordering, Failure> {
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Float(left), Value::Float(right)) => {
            left.partial_cmp(right).unwrap_or(Ordering::Equal)
        }
        _ => order(left, right, meter)?.unwrap_or(Ordering::Equal),
    })
}
