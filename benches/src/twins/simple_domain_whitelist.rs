//! `simple-domain-whitelist`.

use super::reading::{is_listed, is_truthy, property};
use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    _effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let email = property(&login.user, "email")?.filter(|email| is_truthy(email));
    let is_verified = property(&login.user, "email_verified")?.is_some_and(is_truthy);
    let Some(email) = email.filter(|_| is_verified) else {
        return Err(Denied::unauthorized("Access denied."));
    };
    let email = email.as_str().ok_or(Denied::FAILED)?;
    let domain = email.rsplit('@').next().unwrap_or(email).to_lowercase();
    let domains = configuration.get("ALLOWED_DOMAINS");
    if is_listed(domains, &["example.com", "example.org"], &domain)? {
        Ok(())
    } else {
        Err(Denied::unauthorized("Access denied."))
    }
}
