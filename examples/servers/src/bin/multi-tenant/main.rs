//! A service that decides by the rules of many tenants, for an auth server in front of it.
//!
//! Each tenant is a JSON file here, `TENANT.json` in a folder, with its rules and its
//! configuration: what is a row of a database elsewhere. `tenant.rs` is about one tenant, and
//! this file about all of them.
//!
//! ```console
//! $ ADMIN_TOKEN=secret cargo run -p mfa-example-servers --bin multi-tenant -- \
//!       --tenants examples/servers/tenants
//! listening on http://127.0.0.1:8080
//! $ curl http://127.0.0.1:8080/tenants/acme/decide --json '{"context": {"clientID": "payroll"}}'
//! {"version":1,"decision":"required",…}
//! ```

#![expect(
    clippy::print_stderr,
    reason = "standard error is the log of this server"
)]

mod tenant;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use chrono::Utc;
use clap::Parser;
use mfa_example_servers::{Administrator, serve};
use mfa_rules::{Login, Policy, RuleCache, TenantError, Tenants};
use serde::Deserialize;
use serde_json::{Value, json};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tenant::{LoadError, Tenant, TenantId, TenantStore};
use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;

/// A service that decides by the rules of many tenants.
///
/// The environment variable `ADMIN_TOKEN` is the token of administrators. Without it there are none.
#[derive(Parser)]
struct Args {
    /// The folder with a file for each tenant.
    #[arg(long)]
    tenants: PathBuf,
    /// Where to listen: only where the auth server, and nobody else, can reach it.
    #[arg(long, default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// How many bytes the policies of tenants may take.
    #[arg(long, default_value_t = 256 << 20)]
    policy_bytes: u64,
    /// How many bytes the compiled rules may take, which tenants share.
    #[arg(long, default_value_t = 64 << 20)]
    rule_bytes: u64,
}

/// What all logins share.
struct Server {
    tenants: Tenants<TenantId>,
    store: TenantStore,
}

/// What the auth server knows of a login. It has looked up both in its own stores.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    #[serde(default)]
    user: Value,
    #[serde(default)]
    context: Value,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let rules = RuleCache::new(args.rule_bytes);
    let server = Arc::new(Server {
        tenants: Tenants::new(&rules, args.policy_bytes),
        store: TenantStore::new(args.tenants),
    });
    let administrator = Administrator::new(std::env::var("ADMIN_TOKEN").ok().as_deref());

    let for_administrators = Router::new()
        .route("/tenants/{id}", put(change))
        .route_layer(from_fn_with_state(administrator, Administrator::only));
    let routes = Router::new()
        .route("/tenants/{id}/decide", post(decide))
        .route("/figures", get(figures))
        .merge(for_administrators)
        .with_state(server);
    Runtime::new()?.block_on(serve(args.bind, routes))?;
    Ok(())
}

/// Decides about a login of a tenant: 200 with the outcome, and everything else is a denial.
async fn decide(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    Json(request): Json<LoginRequest>,
) -> Response {
    let policy = match policy_of(server, &id).await {
        Ok(policy) => policy,
        Err(denied) => return denied,
    };
    let login = Login::new(Utc::now())
        .user(&request.user)
        .context(&request.context);
    // It takes microseconds and waits for nothing, so it stays on this thread.
    Json(policy.decide(&login)).into_response()
}

/// The policy of a tenant, or why its login is denied. There is no other policy for it.
async fn policy_of(server: Arc<Server>, id: &str) -> Result<Arc<Policy>, Response> {
    let unknown = || denied(StatusCode::NOT_FOUND, "there is no such tenant");
    let id = TenantId::parse(id).ok_or_else(unknown)?;
    if let Some(policy) = server.tenants.loaded(&id) {
        return Ok(policy);
    }
    // Loading reads a file and compiles, and waits for others who load the same tenant.
    let loading = spawn_blocking(move || {
        let load = || server.store.read(&id).map(|tenant| tenant.rules(&id));
        match server.tenants.get_or_load(&id, load) {
            Ok(policy) => Ok(policy),
            // Anybody can ask for any name, so it is not for the log.
            Err(TenantError::Load(error)) if error.is_unknown() => Err(Absent::Unknown),
            Err(error) => {
                eprintln!("{id}: {error}");
                Err(Absent::Unusable)
            }
        }
    });
    match loading.await.unwrap_or(Err(Absent::Unusable)) {
        Ok(policy) => Ok(policy),
        Err(Absent::Unknown) => Err(unknown()),
        Err(Absent::Unusable) => Err(denied(
            StatusCode::SERVICE_UNAVAILABLE,
            "the rules of the tenant cannot be used",
        )),
    }
}

/// Why a tenant has no policy.
enum Absent {
    Unknown,
    /// The operator finds out why in the log.
    Unusable,
}

fn denied(status: StatusCode, description: &str) -> Response {
    let body = json!({ "error": "access_denied", "error_description": description });
    (status, Json(body)).into_response()
}

/// Changes the rules and the configuration of a tenant, or makes a tenant.
///
/// What does not compile is refused with everything that is wrong with it, is not written, and the
/// rules that were there keep deciding.
async fn change(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    Json(tenant): Json<Tenant>,
) -> Response {
    let Some(id) = TenantId::parse(&id) else {
        let body = json!({ "error": "a tenant is named by letters a to z, digits and `-`" });
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    };
    let changing = spawn_blocking(move || {
        // Changes of one tenant run one after the other here, so what is written last also decides.
        server.tenants.refresh(&id, || {
            let rules = tenant.rules(&id).cache(server.tenants.rules()).compile();
            let rules = rules.map_err(LoadError::Broken)?;
            server.store.write(&id, &tenant)?;
            Ok::<_, LoadError>(rules)
        })
    });
    match changing.await {
        Ok(Ok(policy)) => Json(json!({ "revision": policy.rules().revision() })).into_response(),
        Ok(Err(TenantError::Load(ref error))) if let LoadError::Broken(error) = &**error => {
            let body = json!({ "error": "the rules do not compile", "problems": error });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
        Ok(Err(error)) => {
            eprintln!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What the caches did so far, for metrics: `fill_time_us` of `rules` is the time of compiling, and
/// `weight` is memory in bytes.
async fn figures(State(server): State<Arc<Server>>) -> Json<Value> {
    let tenants = server.tenants.figures();
    let rules = server.tenants.rules().figures();
    Json(json!({ "tenants": tenants, "rules": rules }))
}
