//! What the rules changed in `user` and `context`, as JSON.

use super::{Json, Login, MASK, Session, Value, format};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::value::Map;

/// Keys of `context` that the outcome has members of its own for.
const APART: &[&str] = &["multifactor", "redirect"];

/// What the rules assigned outside of `multifactor` and `redirect`: JSON Pointer (RFC 6901) to
/// value, `null` for what was removed.
pub(super) fn changes(session: &Session<'_>, login: &Login<'_>) -> serde_json::Map<String, Json> {
    let mut changes = serde_json::Map::new();
    collect("/user", &session.user, login.user, &[], &mut changes);
    collect(
        "/context",
        &session.context,
        login.context,
        APART,
        &mut changes,
    );
    changes
}

/// What the rules assigned to `context.redirect`.
pub(super) fn redirect(session: &Session<'_>, login: &Login<'_>) -> Option<Json> {
    let key = "redirect";
    let now = session.context.as_map()?.get(key)?;
    let before = login.context.and_then(|context| context.get(key));
    match whole(&now) {
        Json::Null => None,
        now if before == Some(&now) => None,
        now => Some(now),
    }
}

/// A value with everything in it. Members that came in keep their order; new ones follow.
pub(super) fn whole(value: &Value<'_>) -> Json {
    match value {
        Value::Json(json) => return (*json).clone(),
        Value::Map(map) => return Json::Object(members(map)),
        _ => {}
    }
    if let Some(items) = value.as_array() {
        return items.iter().map(|item| whole(&item)).collect();
    }
    // What rules may store was checked when it was stored; it is no rule's work to write it out.
    let mut meter = Meter::new(Limits {
        operations: u64::MAX,
        deadline: std::time::Duration::MAX,
        memory: usize::MAX,
        text: usize::MAX,
        elements: usize::MAX,
        ..Limits::HIGHEST
    });
    let mut masked = |_: &crate::secret::Secret| Ok(Json::String(MASK.to_owned()));
    format::to_json(value, &mut masked, &mut meter).unwrap_or(Json::Null)
}

fn members(map: &Map<'_>) -> serde_json::Map<String, Json> {
    let came_in = map.base().into_iter().flat_map(serde_json::Map::keys);
    let mut members: serde_json::Map<String, Json> = came_in
        .filter_map(|key| Some((key.clone(), whole(&map.get(key)?))))
        .collect();
    for (key, value) in map.changes() {
        if let Some(value) = value
            && !members.contains_key(key.as_str())
        {
            members.insert(key.as_str().to_owned(), whole(value));
        }
    }
    members
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
        // A context that was absent, or is new.
        (Value::Map(map), _) if !apart.is_empty() && map.base().is_none() => {
            for (key, value) in map.changes() {
                if let Some(value) = value
                    && !apart.contains(&key.as_str())
                {
                    let key = key.as_str().replace('~', "~0").replace('/', "~1");
                    collect(&format!("{pointer}/{key}"), value, None, &[], changes);
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
