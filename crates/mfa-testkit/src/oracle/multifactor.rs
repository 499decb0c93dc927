//! Whether what a rule left in `context.multifactor` is a request for a second factor.
//!
//! Written from the facts about the field, not from the engine.

use rhai::{Dynamic, Map};

const PROVIDERS: &[&str] = &["any", "guardian", "google-authenticator", "duo", "none"];

/// Whether `context.multifactor` is absent, `()`, or a well-formed request.
pub(super) fn is_valid(context: &Dynamic) -> bool {
    let Some(context) = context.read_lock::<Map>() else {
        return false;
    };
    let multifactor = context
        .get("multifactor")
        .cloned()
        .unwrap_or_default()
        .flatten();
    if multifactor.is_unit() {
        return true;
    }
    let Some(request) = multifactor.read_lock::<Map>() else {
        return false;
    };
    let provider = request
        .get("provider")
        .cloned()
        .unwrap_or_default()
        .flatten();
    let known = provider
        .into_immutable_string()
        .is_ok_and(|provider| PROVIDERS.contains(&provider.as_str()));
    known
        && request
            .iter()
            .all(|(key, value)| is_valid_field(key, value))
}

fn is_valid_field(key: &str, value: &Dynamic) -> bool {
    let value = value.clone().flatten();
    match key {
        "provider" | "issuer" | "key" | "ikey" | "skey" | "host" | "username" => value.is_string(),
        "allowRememberBrowser" | "ignoreCookie" => value.is_bool(),
        "admin" => value.is_map(),
        _ => false,
    }
}
