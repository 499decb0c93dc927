//! The member `decided` of a line, which makes it a record of a decision log.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// The version of the records that are read.
const VERSION: u64 = 1;

/// The time of a record. It can be one that no text for rules has: a leap second, or a year that has
/// not four digits.
pub(super) fn time(now: &Json) -> Option<DateTime<Utc>> {
    now.as_str()?.parse().ok()
}

/// Whether values of the login were masked.
pub(super) fn has_masked_values(decided: &Json) -> bool {
    let masked = decided.get("masked").and_then(Json::as_array);
    masked.is_some_and(|masked| !masked.is_empty())
}

/// Checks that the login beside `decided` can be decided about again.
///
/// # Errors
///
/// Why it cannot, in words. A login that could not be read is not in the record: without it, the
/// line would be that of somebody else.
pub(super) fn check(decided: &Json) -> Result<(), String> {
    let decided = match decided {
        Json::Null => return Ok(()),
        Json::Object(decided) => decided,
        _ => return Err("`decided` must be an object".to_owned()),
    };
    match decided.get("version").unwrap_or(&Json::Null) {
        version if version.as_u64() == Some(VERSION) => {}
        Json::Null => return Err("`decided` has no `version`".to_owned()),
        version => {
            let version: String = version.to_string().chars().take(64).collect();
            return Err(format!(
                "`decided` has the version {version}, and only version {VERSION} can be read"
            ));
        }
    }
    let errors = decided.get("errors").and_then(Json::as_array);
    let unreadable = errors
        .into_iter()
        .flatten()
        .find(|error| error["code"] == "input");
    match unreadable {
        None => Ok(()),
        Some(error) => Err(error["message"]
            .as_str()
            .unwrap_or("the login could not be read")
            .to_owned()),
    }
}
