//! `check-last-password-reset`.

use super::reading::{is_truthy, property, time_of};
use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    _effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let most_days = configuration
        .get("PASSWORD_AGE_DAYS")
        .and_then(Json::as_f64);
    let most_days = most_days.unwrap_or(30.0);
    let reset = property(&login.user, "last_password_reset")?;
    let created = property(&login.user, "created_at")?;
    let set_at = match reset {
        Some(reset) if is_truthy(reset) => Some(reset),
        _ => created,
    };
    if set_at.is_none() {
        return Ok(());
    }
    let is_young = time_of(set_at).is_some_and(|since| {
        let age = login.now.signed_duration_since(since);
        age.as_seconds_f64() / 86_400.0 <= most_days
    });
    if is_young {
        Ok(())
    } else {
        Err(Denied::unauthorized("please change your password"))
    }
}
