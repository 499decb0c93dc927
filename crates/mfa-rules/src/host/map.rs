//! Host functions on maps.

use super::arguments::{any, any_mut, map};
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver};
use crate::failure::Stop;
use crate::operators::mix_in;
use crate::value::{Array, Value};
use std::rc::Rc;

type Outcome<'a> = Result<Value<'a>, Stop<'a>>;

pub(super) const FAMILY: Family = Family {
    title: "Maps",
    about: "Members come in the order of their keys. See also the functions on texts, arrays and maps.",
    functions: &[
        HostFunction {
            name: "keys",
            forms: &[Form {
                signature: "map.keys() -> array",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: keys,
            about: "The keys, in order. From Rhai.",
            example: &[("#{ b: 1, a: 2 }.keys()", "[\"a\", \"b\"]")],
        },
        HostFunction {
            name: "values",
            forms: &[Form {
                signature: "map.values() -> array",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: values,
            about: "The values, in the order of their keys. From Rhai.",
            example: &[("#{ b: 1, a: 2 }.values()", "[2, 1]")],
        },
        HostFunction {
            name: "mixin",
            forms: &[Form {
                signature: "map.mixin(other)",
                arguments: 2,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: mixin,
            about: "Puts the members of another map into the map, over those with the same key. The same as `map += other`. From Rhai.",
            example: &[(
                "let m = #{ a: 1, b: 2 }; m.mixin(#{ b: 3 }); m",
                "#{\"a\": 1, \"b\": 3}",
            )],
        },
    ],
};

fn keys<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let members = map("keys", arguments, 0)?;
    host.meter().check_elements(members.len())?;
    let keys = members.keys(host.meter())?;
    let mut items = Array::new(Vec::new(), host.meter())?;
    for key in keys {
        items.insert(usize::MAX, Value::Text(key), host.meter())?;
    }
    Ok(Value::Array(Rc::new(items)))
}

fn values<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let members = map("values", arguments, 0)?;
    host.meter().check_elements(members.len())?;
    let members = members.entries(host.meter())?;
    let mut items = Array::new(Vec::new(), host.meter())?;
    for (_, value) in members {
        items.insert(usize::MAX, value, host.meter())?;
    }
    Ok(Value::Array(Rc::new(items)))
}

fn mixin<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    map("mixin", arguments, 0)?;
    map("mixin", arguments, 1)?;
    let other = any("mixin", arguments, 1)?.clone();
    mix_in(any_mut("mixin", arguments, 0)?, &other, host.meter())?;
    Ok(Value::Unit)
}
