//! Host functions that work on several of texts, arrays, maps and ranges.

use super::arguments::{self, any, any_mut, integer, text_or_character, wrong};
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, callbacks};
use crate::failure::{Failure, Stop};
use crate::format::Builder;
use crate::meter::Meter;
use crate::operators::{
    self, array_index, array_offset, element_equals, is_empty_range, length, remove_part,
};
use crate::value::{Array, Map, Text, Value};
use std::rc::Rc;

type Outcome<'a> = Result<Value<'a>, Stop<'a>>;

pub(super) const FAMILY: Family = Family {
    title: "Texts, arrays and maps",
    about: "What works on several types. Indices count from 0, and from the end when they are negative; those of a text count characters, not bytes.",
    functions: &[
        HostFunction {
            name: "len",
            forms: &[
                Form {
                    signature: "text.len() -> integer",
                    arguments: 1,
                },
                Form {
                    signature: "array.len() -> integer",
                    arguments: 1,
                },
                Form {
                    signature: "map.len() -> integer",
                    arguments: 1,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: len,
            about: "The number of characters of a text, of elements of an array, of members of a map. From Rhai.",
            example: &[("\"héllo\".len()", "5"), ("[1, 2].len()", "2")],
        },
        HostFunction {
            name: "is_empty",
            forms: &[
                Form {
                    signature: "text.is_empty() -> boolean",
                    arguments: 1,
                },
                Form {
                    signature: "array.is_empty() -> boolean",
                    arguments: 1,
                },
                Form {
                    signature: "map.is_empty() -> boolean",
                    arguments: 1,
                },
                Form {
                    signature: "range.is_empty() -> boolean",
                    arguments: 1,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: is_empty,
            about: "Whether nothing is in it. `()` is a failure: use `truthy` for what may be missing. From Rhai.",
            example: &[("[].is_empty()", "true"), ("#{ a: 1 }.is_empty()", "false")],
        },
        HostFunction {
            name: "contains",
            forms: &[
                Form {
                    signature: "text.contains(part) -> boolean",
                    arguments: 2,
                },
                Form {
                    signature: "array.contains(value) -> boolean",
                    arguments: 2,
                },
                Form {
                    signature: "map.contains(key) -> boolean",
                    arguments: 2,
                },
                Form {
                    signature: "range.contains(integer) -> boolean",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: contains,
            about: "Whether a text contains a text or a character, an array an element that is equal, a map a key, a range an integer. The same as `value in collection`. A key that is no text is a failure. From Rhai.",
            example: &[
                ("[\"app-1\", \"app-2\"].contains(\"app-1\")", "true"),
                ("\"guardian\".contains(\"duo\")", "false"),
            ],
        },
        HostFunction {
            name: "index_of",
            forms: &[
                Form {
                    signature: "text.index_of(part) -> integer",
                    arguments: 2,
                },
                Form {
                    signature: "text.index_of(part, start) -> integer",
                    arguments: 3,
                },
                Form {
                    signature: "array.index_of(value) -> integer",
                    arguments: 2,
                },
                Form {
                    signature: "array.index_of(predicate) -> integer",
                    arguments: 2,
                },
                Form {
                    signature: "array.index_of(value_or_predicate, start) -> integer",
                    arguments: 3,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: index_of,
            about: "Where the first occurrence of a text or a character, or the first element that is equal or for which the predicate is true, stands; -1 when there is none. The predicate gets the element, and its index when it takes two arguments. From Rhai.",
            example: &[
                ("\"ada@example.com\".index_of(\"@\")", "3"),
                ("[1, 2, 3].index_of(|x| x > 1)", "1"),
            ],
        },
        HostFunction {
            name: "get",
            forms: &[
                Form {
                    signature: "array.get(index)",
                    arguments: 2,
                },
                Form {
                    signature: "map.get(key)",
                    arguments: 2,
                },
                Form {
                    signature: "text.get(index) -> character",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: get,
            about: "An element, a member or a character, and `()` when there is none. From Rhai.",
            example: &[
                ("[1, 2].get(5)", "()"),
                ("#{ a: 1 }.get(\"a\")", "1"),
                ("\"abc\".get(-1)", "c"),
            ],
        },
        HostFunction {
            name: "set",
            forms: &[
                Form {
                    signature: "array.set(index, value)",
                    arguments: 3,
                },
                Form {
                    signature: "map.set(key, value)",
                    arguments: 3,
                },
                Form {
                    signature: "text.set(index, character)",
                    arguments: 3,
                },
            ],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: set,
            about: "Changes an element, a member or a character in place. An index that does not exist changes nothing; a key that does not exist is added. From Rhai.",
            example: &[("let m = #{}; m.set(\"a\", 1); m", "#{\"a\": 1}")],
        },
        HostFunction {
            name: "remove",
            forms: &[
                Form {
                    signature: "array.remove(index)",
                    arguments: 2,
                },
                Form {
                    signature: "map.remove(key)",
                    arguments: 2,
                },
                Form {
                    signature: "text.remove(part)",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Changed,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: remove,
            about: "Removes an element or a member and gives it, `()` when there is none. From a text, it removes every occurrence of a text or a character and gives `()`. From Rhai.",
            example: &[
                ("let a = [1, 2]; a.remove(0)", "1"),
                ("let m = #{ a: 1 }; m.remove(\"a\"); m", "#{}"),
            ],
        },
        HostFunction {
            name: "clear",
            forms: &[
                Form {
                    signature: "text.clear()",
                    arguments: 1,
                },
                Form {
                    signature: "array.clear()",
                    arguments: 1,
                },
                Form {
                    signature: "map.clear()",
                    arguments: 1,
                },
            ],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: clear,
            about: "Empties it in place. From Rhai.",
            example: &[("let a = [1, 2]; a.clear(); a", "[]")],
        },
        HostFunction {
            name: "map",
            forms: &[
                Form {
                    signature: "array.map(function) -> array",
                    arguments: 2,
                },
                Form {
                    signature: "map.map(function) -> map",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: map,
            about: "What the function gives for each element, in a new array; for each member, in a new map. For an element, the function gets it and its index; for a member, the key and the value. It may take fewer arguments. From Rhai.",
            example: &[
                ("[1, 2].map(|x| x * 2)", "[2, 4]"),
                ("#{ a: 1 }.map(|key, value| value + 1)", "#{\"a\": 2}"),
            ],
        },
        HostFunction {
            name: "filter",
            forms: &[
                Form {
                    signature: "array.filter(predicate) -> array",
                    arguments: 2,
                },
                Form {
                    signature: "map.filter(predicate) -> map",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Calls,
            body: filter,
            about: "A new array of the elements, or a new map of the members, for which the predicate is true. It gets the element and its index, or the key and the value, and may take fewer arguments. A predicate that gives no boolean is a failure, where Rhai takes it for false. From Rhai.",
            example: &[
                ("[1, 2, 3].filter(|x| x > 1)", "[2, 3]"),
                (
                    "#{ a: 1, b: 2 }.filter(|key, value| value > 1)",
                    "#{\"b\": 2}",
                ),
            ],
        },
    ],
};

fn len<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let receiver = any("len", arguments, 0)?;
    if let Some(items) = receiver.as_array() {
        return Ok(length(items.len()));
    }
    if let Some(members) = receiver.as_map() {
        return Ok(length(members.len()));
    }
    let Some(text) = receiver.as_text() else {
        return Err(wrong("len", "a text, an array or a map", 0, receiver).into());
    };
    host.meter().spend_bytes(text.len())?;
    Ok(length(text.chars().count()))
}

fn is_empty<'a>(_: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let receiver = any("is_empty", arguments, 0)?;
    let is_empty = match receiver {
        Value::Text(text) => text.as_str().is_empty(),
        Value::Range(range) => is_empty_range(range),
        _ => match (receiver.as_array(), receiver.as_map()) {
            (Some(items), _) => items.len() == 0,
            (_, Some(members)) => members.len() == 0,
            _ => {
                let needed = "a text, an array, a map or a range";
                return Err(wrong("is_empty", needed, 0, receiver).into());
            }
        },
    };
    Ok(Value::Bool(is_empty))
}

fn contains<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let haystack = any("contains", arguments, 0)?;
    let needle = any("contains", arguments, 1)?;
    Ok(Value::Bool(operators::contains(
        haystack,
        needle,
        host.meter(),
    )?))
}

fn index_of<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "index_of";
    let receiver = any(name, arguments, 0)?;
    let start = match arguments.get(2) {
        Some(_) => integer(name, arguments, 2)?,
        None => 0,
    };
    if let Value::Text(text) = receiver {
        let mut buffer = [0; 4];
        let part = text_or_character(name, arguments, 1, &mut buffer)?;
        return Ok(text_index(text.as_str(), part, start, host.meter())?);
    }
    let items = receiver
        .as_array()
        .ok_or_else(|| wrong(name, "a text or an array", 0, receiver))?;
    let needle = any(name, arguments, 1)?;
    for index in array_offset(items.len(), start)..items.len() {
        let Some(item) = items.get(index) else {
            break;
        };
        let found = match needle {
            Value::Function(function) => callbacks::predicate(name, host, function, item, index)?,
            _ => element_equals(&item, needle, host.meter())?,
        };
        if found {
            return Ok(length(index));
        }
    }
    Ok(Value::Int(-1))
}

/// Where `part` first stands in `text`, at the character `start` or behind it.
fn text_index<'a>(
    text: &str,
    part: &str,
    start: i64,
    meter: &mut Meter,
) -> Result<Value<'a>, Failure> {
    meter.spend_text(text.len())?;
    meter.spend_text(text.len().max(part.len()))?;
    let count = text.chars().count();
    let start = array_offset(count, start);
    if text.is_empty() || (start > 0 && start >= count) {
        return Ok(Value::Int(-1));
    }
    let rest = operators::characters(text, start, count);
    let found = rest.find(part).and_then(|place| rest.get(..place));
    Ok(match found {
        Some(before) => length(start.saturating_add(before.chars().count())),
        None => Value::Int(-1),
    })
}

fn get<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "get";
    let receiver = any(name, arguments, 0)?;
    if let Some(members) = receiver.as_map() {
        let key = arguments::text(name, arguments, 1)?;
        host.meter().spend_key(key)?;
        return Ok(members.get(key).unwrap_or_default());
    }
    if let Some(items) = receiver.as_array() {
        let index = array_start(items.len(), integer(name, arguments, 1)?);
        return Ok(index.and_then(|index| items.get(index)).unwrap_or_default());
    }
    let Some(text) = receiver.as_text() else {
        return Err(wrong(name, "a text, an array or a map", 0, receiver).into());
    };
    let index = integer(name, arguments, 1)?;
    host.meter().spend_text(text.len())?;
    let place = array_index(text.chars().count(), index);
    Ok(place
        .and_then(|place| text.chars().nth(place))
        .map_or(Value::Unit, Value::Char))
}

fn set<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "set";
    let receiver = any(name, arguments, 0)?;
    if receiver.as_map().is_some() {
        let key = key(name, arguments, 1)?;
        let value = any(name, arguments, 2)?.clone();
        if let Some(map) = any_mut(name, arguments, 0)?.map_mut(host.meter())? {
            map.set(key, value, host.meter())?;
        }
        return Ok(Value::Unit);
    }
    if let Some(items) = receiver.as_array() {
        let index = array_start(items.len(), integer(name, arguments, 1)?);
        let value = any(name, arguments, 2)?.clone();
        if let (Some(index), Some(array)) =
            (index, any_mut(name, arguments, 0)?.array_mut(host.meter())?)
        {
            array.settle(value.depth())?;
            if let Some(place) = array.items_mut().get_mut(index) {
                *place = value;
            }
        }
        return Ok(Value::Unit);
    }
    let Some(text) = receiver.as_text() else {
        return Err(wrong(name, "a text, an array or a map", 0, receiver).into());
    };
    let index = integer(name, arguments, 1)?;
    let character = match any(name, arguments, 2)? {
        Value::Char(character) => *character,
        other => return Err(wrong(name, "a character", 2, other).into()),
    };
    host.meter().spend_text(text.len())?;
    if let Some(place) = array_index(text.chars().count(), index) {
        let before = operators::characters(text, 0, place);
        let after = operators::characters(text, place.saturating_add(1), usize::MAX);
        let mut changed = Builder::new();
        changed.push(before, host.meter())?;
        changed.push(character.encode_utf8(&mut [0; 4]), host.meter())?;
        changed.push(after, host.meter())?;
        let changed = changed.finish(host.meter())?;
        *any_mut(name, arguments, 0)? = changed;
    }
    Ok(Value::Unit)
}

fn remove<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "remove";
    let receiver = any(name, arguments, 0)?;
    if receiver.as_map().is_some() {
        let key = key(name, arguments, 1)?;
        let Some(map) = any_mut(name, arguments, 0)?.map_mut(host.meter())? else {
            return Ok(Value::Unit);
        };
        return Ok(map.remove(key.as_str(), host.meter())?.unwrap_or_default());
    }
    if let Some(items) = receiver.as_array() {
        let count = items.len();
        let Some(index) = array_index(count, integer(name, arguments, 1)?) else {
            return Ok(Value::Unit);
        };
        let moved = count
            .saturating_sub(index)
            .saturating_mul(size_of::<Value<'a>>());
        host.meter().spend_bytes(moved)?;
        let array = any_mut(name, arguments, 0)?.array_mut(host.meter())?;
        return Ok(array.map_or(Value::Unit, |array| array.items_mut().remove(index)));
    }
    let Value::Text(text) = receiver else {
        return Err(wrong(name, "a text, an array or a map", 0, receiver).into());
    };
    let mut buffer = [0; 4];
    let part = text_or_character(name, arguments, 1, &mut buffer)?;
    if part.is_empty() {
        return Ok(Value::Unit);
    }
    let rest = remove_part(text, part, host.meter())?;
    *any_mut(name, arguments, 0)? = rest;
    Ok(Value::Unit)
}

fn clear<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let receiver = any_mut("clear", arguments, 0)?;
    *receiver = if receiver.as_text().is_some() {
        Value::text("")
    } else if receiver.as_array().is_some() {
        Value::new_array(Vec::new(), host.meter())?
    } else if receiver.as_map().is_some() {
        host.meter().allocate(size_of::<Map<'a>>())?;
        Value::Map(Rc::new(Map::default()))
    } else {
        return Err(wrong("clear", "a text, an array or a map", 0, receiver).into());
    };
    Ok(Value::Unit)
}

fn map<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "map";
    let receiver = any(name, arguments, 0)?;
    if receiver.as_array().is_none() && receiver.as_map().is_none() {
        return Err(wrong(name, "an array or a map", 0, receiver).into());
    }
    let function = arguments::function(name, arguments, 1)?;
    if let Some(items) = receiver.as_array() {
        let mut results = Array::new(Vec::new(), host.meter())?;
        for (index, item) in items.iter().enumerate() {
            let given = [item, callbacks::position(index)];
            let result = callbacks::call(name, host, function, given, 0)?;
            results.insert(usize::MAX, result, host.meter())?;
        }
        return Ok(Value::Array(Rc::new(results)));
    }
    let mut results = Map::default();
    for (key, value) in arguments::map(name, arguments, 0)?.entries(host.meter())? {
        let given = [Value::Text(key.clone()), value];
        let result = callbacks::call(name, host, function, given, 1)?;
        results.set(key, result, host.meter())?;
    }
    Ok(Value::Map(Rc::new(results)))
}

fn filter<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "filter";
    let receiver = any(name, arguments, 0)?;
    if receiver.as_array().is_none() && receiver.as_map().is_none() {
        return Err(wrong(name, "an array or a map", 0, receiver).into());
    }
    let function = arguments::function(name, arguments, 1)?;
    if let Some(items) = receiver.as_array() {
        let mut kept = Array::new(Vec::new(), host.meter())?;
        for (index, item) in items.iter().enumerate() {
            if callbacks::predicate(name, host, function, item.clone(), index)? {
                kept.insert(usize::MAX, item, host.meter())?;
            }
        }
        return Ok(Value::Array(Rc::new(kept)));
    }
    let mut kept = Map::default();
    for (key, value) in arguments::map(name, arguments, 0)?.entries(host.meter())? {
        let given = [Value::Text(key.clone()), value.clone()];
        let result = callbacks::call(name, host, function, given, 1)?;
        if callbacks::boolean(name, &result)? {
            kept.set(key, value, host.meter())?;
        }
    }
    Ok(Value::Map(Rc::new(kept)))
}

/// The place that `get` and `set` mean: one before the beginning is the first.
fn array_start(count: usize, index: i64) -> Option<usize> {
    let place = array_offset(count, index);
    (place < count).then_some(place)
}

fn key<'a>(name: &str, arguments: &[Value<'a>], index: usize) -> Result<Text<'a>, Failure> {
    match any(name, arguments, index)? {
        Value::Text(key) => Ok(key.clone()),
        other => Err(wrong(name, "a text", index, other)),
    }
}
