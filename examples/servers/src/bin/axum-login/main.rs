//! A login server that asks rules whether a login needs a second factor.
//!
//! `login.rs` is what a login goes through, and `answer.rs` what it is told: these two are to be
//! copied. `store.rs` stands for the databases of a server that has some.
//!
//! ```console
//! $ cargo run -p mfa-example-servers --bin axum-login -- \
//!       --rules examples/servers/rules --store examples/servers/store.json
//! listening on http://127.0.0.1:8080
//! $ curl http://127.0.0.1:8080/login --json \
//!       '{"client_id": "wiki", "connection": "staff", "user_id": "auth0|ada"}'
//! {…,"error":"mfa_required",…}
//! ```

#![expect(
    clippy::print_stderr,
    reason = "standard error is the log of this server"
)]

mod answer;
mod log_file;
mod login;
mod store;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clap::Parser;
use log_file::LogFile;
use mfa_example_servers::{Administrator, serve};
use mfa_rules::{CompileError, DecisionLog, LivePolicy, Loader, Mask, Policy, Reload};
use serde_json::{Value, json};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use store::Store;
use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;

/// What the decision log does not show. Which these are is for whoever knows who reads the log.
const MASKED: [&str; 3] = ["/user/email", "/user/name", "/context/request/ip"];

/// A login server that asks rules whether a login needs a second factor.
///
/// The environment variable `ADMIN_TOKEN` is the token of administrators. Without it there are none.
#[derive(Parser)]
struct Args {
    /// The folder with the rules. They are read again whenever it changes.
    #[arg(long)]
    rules: PathBuf,
    /// The users and applications, as JSON.
    #[arg(long)]
    store: PathBuf,
    /// Where to listen. With port 0 the system chooses one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// A file to which each decision is appended, as a line of JSON.
    #[arg(long)]
    decision_log: Option<PathBuf>,
    /// A folder with rules to try beside the others, for the decision log alone.
    #[arg(long, requires = "decision_log")]
    shadow: Option<PathBuf>,
}

/// What all logins share.
struct Server {
    live: Arc<LivePolicy>,
    log: Option<Arc<DecisionLog<LogFile>>>,
    store: Store,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let log = match &args.decision_log {
        Some(path) => {
            let mask = Mask::new(MASKED)?;
            Some(Arc::new(
                DecisionLog::new(LogFile::open(path)?).with_mask(mask),
            ))
        }
        None => None,
    };
    // Rules that cannot be used end the server here. Later they are refused, and these stay.
    let live = Arc::new(live_policy(&args, log.clone())?);
    let watch = live.watch(|reload| match reload {
        Ok(reload) => eprintln!("{reload}"),
        Err(error) => eprintln!("{error}"),
    })?;
    let server = Arc::new(Server {
        live,
        log,
        store: Store::read(&args.store)?,
    });
    let administrator = Administrator::new(std::env::var("ADMIN_TOKEN").ok().as_deref());

    let for_administrators = Router::new()
        .route("/reload", post(reload))
        .route_layer(from_fn_with_state(administrator, Administrator::only));
    let routes = Router::new()
        .route("/login", post(login::at_login_page))
        .route("/oauth/token", post(login::at_token_endpoint))
        .route("/health", get(health))
        .merge(for_administrators)
        .with_state(server);
    Runtime::new()?.block_on(serve(args.bind, routes))?;
    // Watching ends when this is dropped.
    drop(watch);
    Ok(())
}

/// The rules, and what every revision of them is watched by.
fn live_policy(
    args: &Args,
    log: Option<Arc<DecisionLog<LogFile>>>,
) -> Result<LivePolicy, CompileError> {
    let candidate = args.shadow.as_ref().map(|path| Loader::new().load(path));
    let candidate = candidate.transpose()?.map(Arc::new);
    let live = LivePolicy::load(Loader::new(), &args.rules)?;
    Ok(live.with_policy(move |rules| {
        let mut policy = Policy::new(rules);
        if let Some(log) = &log {
            policy = policy.with_observer(Arc::clone(log) as _);
        }
        if let Some(candidate) = &candidate {
            policy = policy.with_shadow(Arc::clone(candidate));
        }
        policy
    }))
}

/// Which rules decide, and whether they are those in the folder.
///
/// It is 200 as long as the server decides, also by rules that are no longer those in the folder:
/// a balancer that took the server out for that would take out all of them.
async fn health(State(server): State<Arc<Server>>) -> Json<Value> {
    let rules = Arc::clone(server.live.current().rules());
    let refused = server.live.last_refusal().map(|refusal| {
        // No messages, which quote the rules: whoever may see those reads the log.
        let problems = refusal.error.diagnostics().iter();
        let problems =
            problems.map(|problem| json!({ "code": problem.code, "file": problem.file }));
        json!({ "attempts": refusal.attempts, "problems": problems.collect::<Vec<_>>() })
    });
    Json(json!({
        "rules": rules.name(),
        "revision": rules.revision(),
        "refused": refused,
        "lost_log_lines": server.log.as_ref().map_or(0, |log| log.failures()),
    }))
}

/// Reads the rules again, for an administrator who does not want to wait for the watcher.
async fn reload(State(server): State<Arc<Server>>) -> Response {
    // It reads files and compiles, which is nothing for a thread that serves others.
    let live = Arc::clone(&server.live);
    let Ok(reload) = spawn_blocking(move || live.reload()).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    eprintln!("{reload}");
    let status = match reload {
        Reload::Unchanged { .. } | Reload::Replaced { .. } => StatusCode::OK,
        Reload::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Json(reload)).into_response()
}
