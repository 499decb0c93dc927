//! Calling the functions that host functions are given.

use super::Host;
use super::arguments::with_article;
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::value::{Function, Value};
use std::cmp::Ordering;

/// Calls `function` with as many of `arguments` as it takes, which are at least `least`.
pub(super) fn call<'a, const N: usize>(
    name: &str,
    host: &mut (dyn Host<'a> + '_),
    function: &Function<'a>,
    arguments: [Value<'a>; N],
    least: usize,
) -> Result<Value<'a>, Stop<'a>> {
    let takes = function.parameters;
    if !(least..=N).contains(&takes) {
        let given = if least == N {
            N.to_string()
        } else {
            format!("{least} to {N}")
        };
        return Err(Failure::new(
            Code::ArgumentCount,
            format!("the function given to `{name}` takes {takes} arguments, and gets {given}"),
        )
        .into());
    }
    host.meter().spend(1)?;
    host.call(function, arguments.into_iter().take(takes).collect())
}

/// Calls a predicate with an element and its index.
///
/// Rhai takes anything but `true` for false. A predicate that gives no boolean is a mistake that
/// must not become "no match", so it is a failure.
pub(super) fn predicate<'a>(
    name: &str,
    host: &mut (dyn Host<'a> + '_),
    function: &Function<'a>,
    item: Value<'a>,
    index: usize,
) -> Result<bool, Stop<'a>> {
    let result = call(name, host, function, [item, position(index)], 0)?;
    boolean(name, &result)
}

/// What a predicate gave.
pub(super) fn boolean<'a>(name: &str, result: &Value<'a>) -> Result<bool, Stop<'a>> {
    match result {
        Value::Bool(result) => Ok(*result),
        other => Err(wrong_result(name, "a boolean", other)),
    }
}

/// Calls a comparator: negative or `true` when `left` comes first.
pub(super) fn comparator<'a>(
    name: &str,
    host: &mut (dyn Host<'a> + '_),
    function: &Function<'a>,
    left: Value<'a>,
    right: Value<'a>,
) -> Result<Ordering, Stop<'a>> {
    match call(name, host, function, [left, right], 2)? {
        Value::Int(result) => Ok(result.cmp(&0)),
        Value::Bool(true) => Ok(Ordering::Less),
        Value::Bool(false) => Ok(Ordering::Greater),
        other => Err(wrong_result(name, "an integer or a boolean", &other)),
    }
}

/// An index, as an argument.
pub(super) fn position<'a>(index: usize) -> Value<'a> {
    Value::Int(i64::try_from(index).unwrap_or(i64::MAX))
}

fn wrong_result<'a>(name: &str, needed: &str, got: &Value<'a>) -> Stop<'a> {
    let message = format!(
        "the function given to `{name}` must give {needed}, and gave {}",
        with_article(got)
    );
    match got {
        Value::Secret(_) => Failure::uncatchable(Code::SecretUse, message),
        _ => Failure::new(Code::Type, message),
    }
    .into()
}
