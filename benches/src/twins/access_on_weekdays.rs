//! `access-on-weekdays-only-for-an-app`.

use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use chrono::{Datelike, Weekday};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    _effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let app = configuration.get("WEEKDAY_APP").and_then(Json::as_str);
    let app = app.unwrap_or("TheAppToCheckAccessTo");
    if login.context.get("clientName").and_then(Json::as_str) != Some(app) {
        return Ok(());
    }
    let zone = configuration
        .get("WEEKDAY_TIME_ZONE")
        .and_then(Json::as_str);
    let zone: Tz = match zone {
        Some(zone) => zone.parse().map_err(|_| Denied::FAILED)?,
        None => Tz::UTC,
    };
    match login.now.with_timezone(&zone).weekday() {
        Weekday::Sat | Weekday::Sun => Err(Denied::unauthorized(
            "This app is available during the week",
        )),
        _ => Ok(()),
    }
}
