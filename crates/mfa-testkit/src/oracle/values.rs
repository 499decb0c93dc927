//! Between JSON, Rhai's values and plain values.

use mfa_rules::testing::PlainValue;
use rhai::{Array, Dynamic, ImmutableString, Map};
use serde_json::{Number, Value as Json};
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

/// An instant in the oracle.
pub(super) use chrono::{DateTime, Utc};

/// A value that the rule threw, to be told from the errors of Rhai's own functions.
#[derive(Debug, Clone)]
pub(super) struct Thrown(pub(super) Dynamic);

/// The failure of a host function.
#[derive(Debug, Clone)]
pub(super) struct HostFailure {
    pub(super) code: &'static str,
}

/// `null` is `()`, an integer outside 64-bit signed is a float.
pub(super) fn from_json(json: &Json) -> Dynamic {
    match json {
        Json::Null => Dynamic::UNIT,
        Json::Bool(value) => Dynamic::from_bool(*value),
        Json::Number(number) => number.as_i64().map_or_else(
            || Dynamic::from_float(number.as_f64().unwrap_or(f64::NAN)),
            Dynamic::from_int,
        ),
        Json::String(text) => Dynamic::from(text.clone()),
        Json::Array(items) => Dynamic::from_array(items.iter().map(from_json).collect()),
        Json::Object(members) => Dynamic::from_map(
            members
                .iter()
                .map(|(key, member)| (key.as_str().into(), from_json(member)))
                .collect(),
        ),
    }
}

/// `None` when JSON cannot hold the value.
pub(super) fn to_json(value: &Dynamic) -> Option<Json> {
    plain_to_json(&to_plain(value))
}

fn plain_to_json(value: &PlainValue) -> Option<Json> {
    Some(match value {
        PlainValue::Unit => Json::Null,
        PlainValue::Bool(value) => Json::Bool(*value),
        PlainValue::Int(value) => Json::from(*value),
        PlainValue::Float(value) => Json::Number(Number::from_f64(*value)?),
        PlainValue::Char(value) => Json::String(value.to_string()),
        PlainValue::Text(text) => Json::String(text.clone()),
        PlainValue::Array(items) => Json::Array(
            items
                .iter()
                .map(plain_to_json)
                .collect::<Option<Vec<Json>>>()?,
        ),
        PlainValue::Map(members) => {
            let mut object = serde_json::Map::new();
            for (key, member) in members {
                object.insert(key.clone(), plain_to_json(member)?);
            }
            Json::Object(object)
        }
        _ => return None,
    })
}

pub(super) fn to_plain(value: &Dynamic) -> PlainValue {
    let value = value.clone().flatten();
    if let Ok(value) = value.as_bool() {
        return PlainValue::Bool(value);
    }
    if let Ok(value) = value.as_int() {
        return PlainValue::Int(value);
    }
    if let Ok(value) = value.as_float() {
        return PlainValue::Float(value);
    }
    if let Ok(value) = value.as_char() {
        return PlainValue::Char(value);
    }
    if value.is_unit() {
        return PlainValue::Unit;
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return PlainValue::Text(text.to_string());
    }
    if let Some(items) = value.read_lock::<Array>() {
        return PlainValue::Array(items.iter().map(to_plain).collect());
    }
    if let Some(members) = value.read_lock::<Map>() {
        return PlainValue::Map(
            members
                .iter()
                .map(|(key, member)| (key.to_string(), to_plain(member)))
                .collect(),
        );
    }
    if let Some(range) = value.read_lock::<Range<i64>>() {
        return PlainValue::Range {
            start: range.start,
            end: range.end,
            inclusive: false,
        };
    }
    if let Some(range) = value.read_lock::<RangeInclusive<i64>>() {
        return PlainValue::Range {
            start: *range.start(),
            end: *range.end(),
            inclusive: true,
        };
    }
    if let Some(time) = value.read_lock::<DateTime<Utc>>() {
        return PlainValue::Time(*time);
    }
    PlainValue::Function
}

pub(super) fn from_plain(value: PlainValue) -> Dynamic {
    match value {
        PlainValue::Bool(value) => Dynamic::from_bool(value),
        PlainValue::Int(value) => Dynamic::from_int(value),
        PlainValue::Float(value) => Dynamic::from_float(value),
        PlainValue::Char(value) => Dynamic::from_char(value),
        PlainValue::Text(text) | PlainValue::Secret(text) => Dynamic::from(text),
        PlainValue::Array(items) => {
            Dynamic::from_array(items.into_iter().map(from_plain).collect())
        }
        PlainValue::Map(members) => Dynamic::from_map(from_members(members)),
        PlainValue::Range {
            start,
            end,
            inclusive: false,
        } => Dynamic::from(start..end),
        PlainValue::Range { start, end, .. } => Dynamic::from(start..=end),
        PlainValue::Time(time) => Dynamic::from(time),
        PlainValue::Unit | PlainValue::Function => Dynamic::UNIT,
    }
}

fn from_members(members: BTreeMap<String, PlainValue>) -> Map {
    members
        .into_iter()
        .map(|(key, member)| (key.into(), from_plain(member)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{from_json, to_json};
    use serde_json::json;

    #[test]
    fn json_comes_back_from_rhai() {
        let json = json!({ "a": [1, 2.5, "ü", null, true], "b": { "": {} } });
        assert_eq!(to_json(&from_json(&json)), Some(json));
    }

    #[test]
    fn large_integers_become_floats() {
        assert_eq!(
            to_json(&from_json(&json!(u64::MAX))),
            Some(json!(18_446_744_073_709_551_615.0))
        );
    }
}
