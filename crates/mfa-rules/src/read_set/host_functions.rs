//! What host functions look at of their arguments.

use super::origin::Built;

/// What a host function looks at, and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looks {
    /// How many of its arguments, from the first on, it looks into when they are arrays or maps.
    /// Of those behind, only the type matters, and the value when it is neither.
    pub(super) into: Arguments,
    /// What it gives. It holds nothing of an argument that it does not look into.
    pub(super) gives: Built,
}

/// Arguments of a host function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    None,
    First,
    Second,
    All,
}

impl Arguments {
    pub(super) fn has(self, index: usize) -> bool {
        match self {
            Self::None => false,
            Self::First => index == 0,
            Self::Second => index == 1,
            Self::All => true,
        }
    }
}

/// What the host function of this name looks at: everything, unless it is listed here.
///
/// SECURITY: a function that is listed and looks at more makes the read set too small, and then a
/// login that was read as far as the read set goes is decided otherwise than the whole login. The
/// functions `get` and `contains` are in the analysis itself.
pub(super) fn looks(name: &str) -> Looks {
    let (into, gives) = match name {
        "truthy" | "is_array" | "is_string" | "is_number" | "is_bool" | "is_map" | "is_missing"
        | "starts_with" | "ends_with" | "sub_string" | "to_upper" | "to_lower" | "parse_int"
        | "parse_float" | "matches" | "email_domain" | "ip_equal" | "is_ip" | "now"
        | "parse_time" | "weekday" | "hour" | "date" | "days_between" | "hours_between"
        | "minutes_between" | "distance_km" | "sha1_hex" | "sha256_hex" | "md5_hex"
        | "hmac_sha256_hex" | "base64" | "abs" | "min" | "max" | "floor" | "ceiling" | "round"
        | "to_int" | "to_float" => (Arguments::None, Built::Scalar),
        "split" | "range" => (Arguments::None, Built::Flat),
        "has_word" | "len" | "is_empty" => (Arguments::First, Built::Scalar),
        "ip_in_range" => (Arguments::Second, Built::Scalar),
        "keys" => (Arguments::All, Built::Flat),
        "index_of" | "some" | "all" | "to_string" | "print" | "debug" => {
            (Arguments::All, Built::Scalar)
        }
        _ => (Arguments::All, Built::Any),
    };
    Looks { into, gives }
}

#[cfg(test)]
mod tests {
    use super::looks;
    use crate::host;
    use crate::host::test_host::TestHost;
    use crate::read_set::origin::Built;
    use crate::value::Value;
    use serde_json::{Value as Json, json};

    /// What a call gives or fails with, as text, and the operations that it takes.
    fn call<'a>(name: &str, arguments: &[Value<'a>]) -> (String, u64, Option<Value<'a>>) {
        let mut host = TestHost::new();
        let result = host.call(name, arguments.to_vec());
        let text = format!("{result:?}");
        (text, host.meter.operations(), result.ok())
    }

    /// Calls every function that does not deny in every form, with these arguments in all places
    /// but `place`, where `odd` stands.
    fn each_call<'a>(
        fill: &'a Json,
        odd: &'a Json,
        mut check: impl FnMut(&str, usize, Vec<Value<'a>>),
    ) {
        for function in host::all() {
            for form in function.forms {
                for place in 0..form.arguments {
                    let arguments = (0..form.arguments)
                        .map(|index| Value::from_json(if index == place { odd } else { fill }));
                    check(function.name, place, arguments.collect());
                }
            }
        }
    }

    #[test]
    fn a_function_looks_into_no_argument_that_it_is_not_said_to_look_into() {
        let fills = [
            json!("a"),
            json!(1),
            json!(1.5),
            json!(null),
            json!(["a"]),
            json!({ "a": 1 }),
        ];
        let pairs = [
            (json!([]), json!(["a", 1, { "b": [2] }])),
            (
                json!({}),
                json!({ "a": 1, "len": [2], "error": "unauthorized" }),
            ),
        ];
        let mut compared = 0;
        for fill in &fills {
            for (empty, full) in &pairs {
                each_call(fill, empty, |name, place, arguments| {
                    if looks(name).into.has(place) || matches!(name, "get" | "contains") {
                        return;
                    }
                    let mut others = arguments.clone();
                    others[place] = Value::from_json(full);
                    let (text, operations, _) = call(name, &arguments);
                    let other = call(name, &others);
                    assert_eq!((text, operations), (other.0, other.1), "{name}, {place}");
                    compared += 1;
                });
            }
        }
        assert!(compared > 500, "{compared}");
    }

    #[test]
    fn a_function_gives_no_array_and_no_map_when_it_is_said_to_give_none() {
        let odd = [json!(["a"]), json!({ "a": [1] }), json!("a b"), json!(2)];
        for fill in &odd {
            for odd in &odd {
                each_call(fill, odd, |name, _, arguments| {
                    let gives = looks(name).gives;
                    let (_, _, Some(value)) = call(name, &arguments) else {
                        return;
                    };
                    let is_container = value.as_array().is_some() || value.as_map().is_some();
                    assert!(gives != Built::Scalar || !is_container, "{name}: {value:?}");
                    let inner = value
                        .as_array()
                        .into_iter()
                        .flat_map(crate::value::ArrayRef::iter);
                    for item in inner {
                        let is_container = item.as_array().is_some() || item.as_map().is_some();
                        assert!(gives != Built::Flat || !is_container, "{name}: {value:?}");
                    }
                });
            }
        }
    }
}
