//! What a login is answered, in the form of OAuth (RFC 6749 §5.2).

use crate::store::User;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mfa_rules::{Challenge, DenialError, Multifactor, Outcome, Remember};
use serde_json::{Map, Value, json};

/// OAuth's `error` and `error_description`.
pub(crate) struct Refusal<'a>(pub(crate) &'a str, pub(crate) &'a str);

pub(crate) fn refused(status: StatusCode, Refusal(error, description): Refusal<'_>) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}

/// The answer to a login that was decided.
pub(crate) fn to_login(
    outcome: &Outcome<'_>,
    challenge: &Challenge,
    user: &User,
    client_id: &str,
) -> Response {
    for error in outcome.errors() {
        // For the operator. The user only sees what `denied` says.
        let rule = error.rule.as_deref().unwrap_or("the login");
        eprintln!("{rule} failed: {}: {}", error.code, error.message);
    }
    // Which challenge it is says everything, and the compiler that none is forgotten.
    match challenge {
        Challenge::Denied(denial) => {
            let status = match denial.error {
                DenialError::Unauthorized => StatusCode::UNAUTHORIZED,
                DenialError::AccessDenied => StatusCode::FORBIDDEN,
            };
            let refusal = Refusal(denial.error.as_str(), &denial.error_description);
            refused(status, refusal)
        }
        // SECURITY: this server sends nobody anywhere, and what a rule asks for is not dropped.
        _ if outcome.redirect().is_some() => {
            eprintln!("a rule asks for a redirect, which this server does not know");
            let refusal = Refusal("access_denied", "the login could not be completed");
            refused(StatusCode::FORBIDDEN, refusal)
        }
        Challenge::LoginRequired { .. } => {
            let (error, description) = challenge.error().unwrap_or_default();
            refused(StatusCode::UNAUTHORIZED, Refusal(error, description))
        }
        Challenge::Show { multifactor, .. } | Challenge::MfaRequired { multifactor, .. } => {
            second_factor(multifactor)
        }
        Challenge::NotNeeded => Json(json!({
            "session": "stub: random, and kept by the server",
            "claims": claims(outcome, user, client_id),
        }))
        .into_response(),
    }
}

/// Nothing is issued but a token by which this login, and no other, goes on.
fn second_factor(multifactor: &Multifactor) -> Response {
    let body = json!({
        "error": "mfa_required",
        "error_description": "Multifactor authentication required",
        "mfa_token": "stub: random, short-lived, and good for one login",
        "provider": multifactor.provider().as_str(),
        "browser_may_be_remembered": multifactor.remember_browser() == Remember::Browser,
    });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// The claims of the ID token: the server's own, and those of the rules.
fn claims(outcome: &Outcome<'_>, user: &User, client_id: &str) -> Map<String, Value> {
    let mut claims = Map::new();
    for (pointer, value) in outcome.changes() {
        match pointer.strip_prefix("/context/idToken") {
            // The whole map was assigned, in place of what was there.
            Some("") => claims = value.as_object().cloned().unwrap_or_default(),
            Some(claim) if claim.starts_with('/') => {
                let name = claim.strip_prefix('/').unwrap_or(claim);
                // RFC 6901 §4, in this order.
                let name = name.replace("~1", "/").replace("~0", "~");
                claims.insert(name, value.clone());
            }
            _ => eprintln!("{pointer} was assigned, which this server does nothing with"),
        }
    }
    // SECURITY: rules name their claims by URLs, and so none is `sub`, `aud` or another of the
    // server's own. A claim that was removed is `null`.
    claims.retain(|name, value| {
        !value.is_null() && (name.starts_with("https://") || name.starts_with("http://"))
    });
    claims.insert("sub".to_owned(), json!(user.id));
    claims.insert("aud".to_owned(), json!(client_id));
    claims
}
