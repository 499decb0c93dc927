//! `step-up-by-acr-values`.

use super::reading::{is_listed, is_text, property};
use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use mfa_rules::Provider;
use serde_json::{Map, Value as Json};

const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let request = property(&login.context, "request")?.ok_or(Denied::FAILED)?;
    let query = property(request, "query")?.ok_or(Denied::FAILED)?;
    let is_requested = match property(query, "acr_values")? {
        None | Some(Json::Null) => false,
        Some(Json::String(values)) => values.split(' ').any(|value| value == MULTI_FACTOR),
        Some(Json::Array(values)) => values.iter().any(|value| is_text(value, MULTI_FACTOR)),
        Some(_) => return Err(Denied::FAILED),
    };
    if !is_requested {
        return Ok(());
    }
    let clients = configuration.get("CLIENTS_WITH_MFA");
    let client = login.context.get("clientID").and_then(Json::as_str);
    let default = ["REPLACE_WITH_YOUR_CLIENT_ID"];
    if client.is_some_and(|client| is_listed(clients, &default, client) == Ok(true)) {
        effects.ask_for(Provider::Any);
    }
    Ok(())
}
