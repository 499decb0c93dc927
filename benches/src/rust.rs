//! The rule in Rust: what an engineer would write by hand over a `serde_json::Value`.

use crate::Asked;
use serde_json::{Map, Value as Json};

/// Decides as the rule does, truthiness included.
pub fn decide(configuration: &Map<String, Json>, user: &Json, context: &Json) -> Option<Asked> {
    let client = context.get("clientID").and_then(Json::as_str)?;
    let is_listed = match configuration.get("CLIENTS_WITH_MFA") {
        Some(Json::Array(clients)) => clients.iter().any(|listed| listed.as_str() == Some(client)),
        _ => client == "REPLACE_WITH_YOUR_CLIENT_ID",
    };
    let is_flagged = || {
        user.get("app_metadata")
            .and_then(|metadata| metadata.get("use_mfa"))
            .is_some_and(is_truthy)
    };
    (is_listed && is_flagged()).then_some(Asked {
        remember_browser: false,
    })
}

/// What JavaScript takes for true (ECMA-262, `ToBoolean`).
pub(crate) fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(_) | Json::Object(_) => true,
    }
}
