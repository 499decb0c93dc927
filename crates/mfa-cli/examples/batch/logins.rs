//! Different logins of about 3 kB, with Auth0's fields.

use mfa_benches::{LoginDocument, logins};
use serde_json::{Value as Json, json};

/// So many lines, no two of them equal, of which about three in eight need a second factor.
pub(crate) fn lines(count: usize) -> impl Iterator<Item = String> {
    let documents = logins();
    (0..count).filter_map(move |number| {
        let LoginDocument { user, context } = documents.get(number % documents.len())?;
        let mut user = user.clone();
        user["user_id"] = json!(format!("auth0|{number:024x}"));
        // Not even the structure is always the same.
        if let Some(groups) = user["groups"].as_array_mut() {
            groups.truncate(number % 7);
        }
        Some(line(&user, context))
    })
}

/// Written as text, because `serde_json`'s maps would put `context` first.
fn line(user: &Json, context: &Json) -> String {
    format!(r#"{{"user":{user},"context":{context},"now":"2026-01-05T09:00:00Z"}}"#)
}
