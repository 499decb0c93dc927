//! `country-change`.

use super::reading::{is_truthy, optional_property, property};
use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use mfa_rules::Provider;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    _configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let metadata = property(&login.user, "app_metadata")?;
    let last = optional_property(metadata, "last_location")?;
    let request = property(&login.context, "request")?.ok_or(Denied::FAILED)?;
    let country = optional_property(property(request, "geoip")?, "country_code")?;
    let is_same = last.is_some_and(is_truthy) && country == last;
    if !is_same {
        effects.ask_for(Provider::Any);
    }
    Ok(())
}
