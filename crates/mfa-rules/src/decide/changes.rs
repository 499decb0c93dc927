//! What the rules changed in `user` and `context`, as JSON.

use super::{Json, Login, MASK, Session, Value};
use crate::eval::incoming_context;
use crate::value::{ArrayRef, Map};

/// Keys of `context` that the outcome has members of its own for.
const APART: &[&str] = &["multifactor", "redirect"];

/// How deeply what is written out may be nested: more than the deepest text that `serde_json` reads
/// and the deepest value that a rule may store in it.
const DEEPEST: u16 = 256;

/// What the rules assigned outside of `multifactor` and `redirect`: JSON Pointer (RFC 6901) to
/// value, `null` for what was removed.
pub(super) fn changes(session: &Session<'_>, login: &Login<'_>) -> serde_json::Map<String, Json> {
    let mut changes = serde_json::Map::new();
    collect("/user", &session.user, login.user, &[], &mut changes);
    collect(
        "/context",
        session.context_but_multifactor(),
        Some(incoming_context(login)),
        APART,
        &mut changes,
    );
    changes
}

/// What the rules assigned to `context.redirect`.
pub(super) fn redirect(session: &Session<'_>) -> Option<Json> {
    let key = "redirect";
    let Value::Map(context) = session.context_but_multifactor() else {
        return None;
    };
    if !context.changes_member(key) {
        return None;
    }
    match whole(&context.get(key)?) {
        Json::Null => None,
        now => Some(now),
    }
}

/// A value with everything in it.
///
/// Members that no rule has touched keep their order. What is nested more than [`DEEPEST`] levels
/// deep is left out: no rule can have built it, and whoever handles the outcome could not either.
pub(super) fn whole(value: &Value<'_>) -> Json {
    written(value, 0)
}

fn written(value: &Value<'_>, depth: u16) -> Json {
    if depth > DEEPEST {
        return Json::Null;
    }
    let inner = depth.saturating_add(1);
    match value {
        Value::Json(json) => copied(json, depth),
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Float(value) => Json::from(*value),
        Value::Char(value) => Json::String(value.to_string()),
        Value::Text(text) => Json::String(text.as_str().to_owned()),
        Value::Secret(_) => Json::String(MASK.to_owned()),
        Value::Array(_) => {
            let items = value.as_array().into_iter().flat_map(ArrayRef::iter);
            items.map(|item| written(&item, inner)).collect()
        }
        Value::Map(map) => {
            let kept = map.base().into_iter().flatten();
            let kept = kept.filter_map(|(key, json)| {
                if map.changes_member(key) {
                    let value = map.get(key)?;
                    return Some((key.clone(), written(&value, inner)));
                }
                Some((key.clone(), copied(json, inner)))
            });
            let mut members: serde_json::Map<String, Json> = kept.collect();
            for (key, value) in map.changes() {
                if let Some(value) = value
                    && !members.contains_key(key.as_str())
                {
                    members.insert(key.as_str().to_owned(), written(value, inner));
                }
            }
            Json::Object(members)
        }
        // The last four cannot be stored.
        Value::Unit | Value::Range(_) | Value::Time(_) | Value::Function(_) | Value::Cell(_) => {
            Json::Null
        }
    }
}

fn copied(json: &Json, depth: u16) -> Json {
    if depth > DEEPEST {
        return Json::Null;
    }
    let inner = depth.saturating_add(1);
    match json {
        Json::Array(items) => items.iter().map(|item| copied(item, inner)).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), copied(member, inner)))
            .collect(),
        scalar => scalar.clone(),
    }
}

/// Collects where `value` differs from what the login had at this place.
fn collect(
    pointer: &str,
    value: &Value<'_>,
    before: Option<&Json>,
    apart: &[&str],
    changes: &mut serde_json::Map<String, Json>,
) {
    match (value, before) {
        (Value::Json(now), Some(before)) if std::ptr::eq(*now, before) => {}
        (Value::Map(map), Some(Json::Object(members))) if is_over(map, members) => {
            for (key, value) in map.changes() {
                if apart.contains(&key.as_str()) {
                    continue;
                }
                let key = key.as_str();
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                match value {
                    Some(value) => collect(&pointer, value, members.get(key), &[], changes),
                    None => {
                        changes.insert(pointer, Json::Null);
                    }
                }
            }
        }
        (Value::Unit, None) if apart.is_empty() && pointer == "/user" => {}
        (value, before) => {
            let now = whole(value);
            if before != Some(&now) {
                changes.insert(pointer.to_owned(), now);
            }
        }
    }
}

fn is_over(map: &Map<'_>, members: &serde_json::Map<String, Json>) -> bool {
    map.base().is_some_and(|base| std::ptr::eq(base, members))
}
