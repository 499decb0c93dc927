//! `active-directory-groups`.

use super::reading::{is_text, is_truthy, property};
use super::{Change, Denied, Effects};
use crate::gallery::GalleryLogin;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let allowed = configuration.get("ALLOWED_GROUP").and_then(Json::as_str);
    let allowed = allowed.unwrap_or("group1");
    let Some(groups) = property(&login.user, "groups")?.filter(|groups| is_truthy(groups)) else {
        return Ok(());
    };
    let is_member = match groups {
        Json::Array(groups) => groups.iter().any(|group| is_text(group, allowed)),
        Json::String(group) => {
            effects.changes.push(Change::Group(group));
            group == allowed
        }
        _ => return Err(Denied::FAILED),
    };
    if is_member {
        Ok(())
    } else {
        Err(Denied::unauthorized("Access denied."))
    }
}
