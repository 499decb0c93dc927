//! How twins read a login and the configuration.

use super::Denied;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value as Json;

pub(super) use crate::rust::is_truthy;

/// A member of an object, as `value.name` in a rule. Anything but an object has none.
pub(super) fn property<'l>(value: &'l Json, name: &str) -> Result<Option<&'l Json>, Denied> {
    match value {
        Json::Object(members) => Ok(members.get(name)),
        _ => Err(Denied::FAILED),
    }
}

/// A member of an object that may not be there, as `value?.name`.
pub(super) fn optional_property<'l>(
    value: Option<&'l Json>,
    name: &str,
) -> Result<Option<&'l Json>, Denied> {
    match value {
        None | Some(Json::Null) => Ok(None),
        Some(value) => property(value, name),
    }
}

/// Whether an element is this text.
pub(super) fn is_text(element: &Json, text: &str) -> bool {
    element.as_str() == Some(text)
}

/// Whether a text is in a list of the configuration, which is an array or a text with commas.
pub(super) fn is_listed(
    list: Option<&Json>,
    default: &[&str],
    wanted: &str,
) -> Result<bool, Denied> {
    match list {
        None | Some(Json::Null) => Ok(default.contains(&wanted)),
        Some(Json::Array(elements)) => Ok(elements.iter().any(|element| is_text(element, wanted))),
        Some(Json::String(text)) => {
            let mut parts = text.split(',').map(str::trim);
            Ok(parts.any(|part| !part.is_empty() && part == wanted))
        }
        Some(_) => Err(Denied::FAILED),
    }
}

/// A date as servers write it: RFC 3339, a day alone, seconds or milliseconds since 1970.
pub(super) fn time_of(value: Option<&Json>) -> Option<DateTime<Utc>> {
    match value? {
        Json::String(text) if text.len() == 10 => {
            let day: NaiveDate = text.parse().ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc())
        }
        Json::String(text) => Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()),
        Json::Number(number) => {
            let epoch = number.as_i64()?;
            let is_seconds = epoch.unsigned_abs() < 100_000_000_000;
            if is_seconds {
                DateTime::from_timestamp(epoch, 0)
            } else {
                DateTime::from_timestamp_millis(epoch)
            }
        }
        _ => None,
    }
}
