//! `mfa-older-than-hours`.

use super::reading::{is_text, optional_property, property, time_of};
use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use chrono::TimeDelta;
use mfa_rules::Provider;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let most_hours = configuration.get("MFA_HOURS").and_then(Json::as_f64);
    let most_hours = most_hours.unwrap_or(12.0);
    let authentication = property(&login.context, "authentication")?;
    let methods = match optional_property(authentication, "methods")? {
        None | Some(Json::Null) => &[],
        Some(Json::Array(methods)) => methods.as_slice(),
        Some(_) => return Err(Denied::FAILED),
    };
    let mut is_fresh = false;
    for method in methods {
        let is_second_factor = property(method, "name")?.is_some_and(|name| is_text(name, "mfa"));
        if !is_second_factor {
            continue;
        }
        is_fresh = time_of(property(method, "timestamp")?).is_some_and(|done_at| {
            let age = login.now.signed_duration_since(done_at);
            age >= TimeDelta::zero() && age.as_seconds_f64() / 3_600.0 <= most_hours
        });
        if is_fresh {
            break;
        }
    }
    if !is_fresh {
        effects.ask_for(Provider::Any);
    }
    Ok(())
}
