//! `clients-with-mfa`: the rule that the other benches decide by.

use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use crate::rust;
use mfa_rules::Provider;
use serde_json::{Map, Value as Json};

#[expect(clippy::unnecessary_wraps, reason = "another twin may deny")]
pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    if rust::decide(configuration, &login.user, &login.context).is_some() {
        effects.ask_for(Provider::Guardian);
    }
    Ok(())
}
