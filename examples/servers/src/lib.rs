//! What both example servers need around their rules: who is an administrator, and being served.

use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Who may change rules: whoever sends the token that the server was started with, as
/// `Authorization: Bearer …`.
///
/// A server has its own way to know its administrators, and an address of its own for them.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// Of the token. Digests are compared, so that how long that takes says nothing of the token.
    digest: Option<[u8; 32]>,
}

impl Administrator {
    /// An administrator with this token; without one, or with an empty one, nobody is.
    pub fn new(token: Option<&str>) -> Self {
        let token = token.filter(|token| !token.is_empty());

        Self {
            digest: token.map(digest),
        }
    }

    /// Lets a request pass that an administrator sends, and answers every other, before anything
    /// of it is read.
    pub async fn only(State(this): State<Self>, request: Request, next: Next) -> Response {
        if this.has_sent(request.headers()) {
            return next.run(request).await;
        }
        let body = json!({ "error": "unauthorized", "error_description": "administrators only" });
        (StatusCode::UNAUTHORIZED, Json(body)).into_response()
    }

    fn has_sent(&self, headers: &HeaderMap) -> bool {
        let authorization = headers.get(header::AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
        // SECURITY: a server without a token has no administrator, whatever is sent.
        matches!((token, self.digest), (Some(token), Some(expected)) if digest(token) == expected)
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Serves until the process ends, and says on standard output where: `listening on http://…`.
///
/// # Errors
///
/// When `address` cannot be listened on.
pub async fn serve(address: SocketAddr, routes: Router) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    // With port 0 the system has chosen one.
    writeln!(
        io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await
}

#[cfg(test)]
mod tests {
    use super::Administrator;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn an_administrator_sends_the_token_and_without_one_there_is_none() {
        let cases = [
            (Some("secret"), "Bearer secret", true),
            (Some("secret"), "Bearer secrets", false),
            (Some("secret"), "secret", false),
            (Some(""), "Bearer ", false),
            (None, "Bearer ", false),
        ];
        for (token, sent, is_administrator) in cases {
            let headers = (header::AUTHORIZATION, HeaderValue::from_static(sent));
            let headers = HeaderMap::from_iter([headers]);
            let administrator = Administrator::new(token);
            assert_eq!(administrator.has_sent(&headers), is_administrator, "{sent}");
            assert!(!administrator.has_sent(&HeaderMap::new()));
        }
    }
}
