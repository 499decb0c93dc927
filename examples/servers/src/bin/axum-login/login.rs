//! A login, from the request to the answer.

use crate::Server;
use crate::answer::{self, Refusal};
use crate::store::User;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::Utc;
use mfa_rules::{AcrValues, Audience, ChallengeFacts, Grant, Prompt, RuleSet, TypedLogin};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The audience of this server's own MFA API.
const MFA_API: &str = "https://acme.example/mfa/";

/// What the client sends: its word, of which the rules see only what is named below.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    client_id: String,
    connection: String,
    /// Who has shown the password. A real server has it from the step before this one, in its own
    /// session of the login, and never from the client: whoever copies this replaces it.
    user_id: String,
    #[serde(default)]
    query: Query,
}

/// Parameters of the authorization request.
#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
struct Query {
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr_values: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
}

/// The context of the login, which the rules see: the names of the fields are Auth0's.
///
/// It is made by the server from what it knows. A context that a client can fill would let the
/// client decide.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    #[serde(rename = "clientID")]
    client_id: &'a str,
    client_name: &'a str,
    connection: &'a str,
    protocol: &'static str,
    stats: Stats,
    request: RequestContext<'a>,
    /// Empty rather than absent, so that rules can assign single claims.
    id_token: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    logins_count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    query: &'a Query,
}

/// `POST /login`, for the login page of the server: the user is there and can be asked.
pub(crate) async fn at_login_page(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    request: Result<Json<LoginRequest>, JsonRejection>,
) -> Response {
    log_in(&server, "oidc-basic-profile", peer, &headers, request).await
}

/// `POST /oauth/token`, for applications that hand the password in: there is nobody to ask.
pub(crate) async fn at_token_endpoint(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    request: Result<Json<LoginRequest>, JsonRejection>,
) -> Response {
    log_in(&server, "oauth2-password", peer, &headers, request).await
}

/// SECURITY: `protocol` says whether there is a browser, so it is the route's and not the client's.
async fn log_in(
    server: &Server,
    protocol: &'static str,
    peer: SocketAddr,
    headers: &HeaderMap,
    request: Result<Json<LoginRequest>, JsonRejection>,
) -> Response {
    let Ok(Json(request)) = request else {
        let refusal = Refusal("invalid_request", "the request cannot be read");
        return answer::refused(StatusCode::BAD_REQUEST, refusal);
    };
    let Some(application) = server.store.application(&request.client_id) else {
        let refusal = Refusal("invalid_client", "there is no such application");
        return answer::refused(StatusCode::UNAUTHORIZED, refusal);
    };
    let Some(user) = server.store.user(&request.user_id, &request.connection) else {
        let refusal = Refusal("invalid_grant", "wrong user or password");
        return answer::refused(StatusCode::FORBIDDEN, refusal);
    };
    let context = Context {
        client_id: &request.client_id,
        client_name: &application.name,
        connection: &request.connection,
        protocol,
        stats: Stats {
            logins_count: user.logins_count,
        },
        request: RequestContext {
            // Behind a proxy it is the proxy's: then it is what the proxy says, and it alone.
            ip: peer.ip().to_canonical(),
            user_agent: text(headers, "user-agent"),
            query: &request.query,
        },
        id_token: Map::new(),
    };

    // The clock is read once, and so is which rules decide: all of this login is by one revision.
    let now = Utc::now();
    // Facts may take a while to come, and what is kept for longer is better an `Arc`.
    let policy = server.live.current().into_arc();
    let facts = facts(server, policy.rules(), user, &context, headers).await;
    let login = TypedLogin::new(now)
        .user(user)
        .context(&context)
        .facts(&facts);
    // It takes microseconds and waits for nothing, so it stays on this thread. How long it can take
    // is bounded by the deadline of each rule.
    let outcome = policy.decide(&login);

    let query = &request.query;
    let mut challenge_facts = ChallengeFacts::new(Grant::from_protocol(protocol), now)
        .policy(application.policy())
        .audience(Audience::requested(query.audience.as_deref(), MFA_API))
        .acr_values(AcrValues::requested(query.acr_values.as_deref()))
        .prompt(Prompt::requested(query.prompt.as_deref()));
    let browser = text(headers, "x-browser");
    if let Some(browser) = browser.and_then(|key| server.store.remembered(key, user)) {
        challenge_facts = challenge_facts.remembered(browser);
    }
    let challenge = outcome.challenge(&challenge_facts);
    answer::to_login(&outcome, &challenge, user, &request.client_id)
}

/// What the rules that apply to this login ask for, and nothing else: each is a question to
/// somebody.
async fn facts(
    server: &Server,
    rules: &RuleSet,
    user: &User,
    context: &Context<'_>,
    headers: &HeaderMap,
) -> Map<String, Value> {
    let mut facts = Map::new();
    for needed in rules.facts_for_context(context) {
        let device = text(headers, "x-device");
        if let Some(fact) = server.store.fact(&needed.name, user, device).await {
            facts.insert(needed.name.clone(), fact);
        }
    }
    facts
}

/// A header. Device and browser are cookies in a real server.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
