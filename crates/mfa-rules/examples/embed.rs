//! A login handler that asks the rules before it lets somebody in.
//!
//! The web framework around it is left out: what matters is what goes in and what becomes of the
//! outcome. `docs/servers.md` tells more of what is around it: a log of decisions, candidates,
//! reloading. Run it with `cargo run -p mfa-rules --example embed`.

#![expect(
    clippy::print_stdout,
    reason = "what the example prints is what it shows"
)]

use chrono::{DateTime, Utc};
use mfa_rules::{
    Audience, Challenge, ChallengeFacts, Decided, Grant, LivePolicy, Multifactor, Policy, Prompt,
    Remember, RuleSet, RuleSource, TenantPolicy, TypedLogin,
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::error::Error;
use std::sync::Arc;

/// The rules of this server. Where they are in files, they come from `LivePolicy::load`.
const RULES: [(&str, &str); 3] = [
    (
        "office-network",
        r#"
            let ip = context.request?.ip;
            if context.clientID == "payroll" && !ip_in_range(ip, configuration.OFFICE) {
                deny("payroll is only open to the office");
            }
        "#,
    ),
    (
        "flagged-users",
        r#"
            if truthy(user?.app_metadata?.use_mfa) {
                require_mfa("guardian");
            }
        "#,
    ),
    (
        "terms",
        r#"
            if user?.app_metadata?.accepted_terms == false && context.protocol != "redirect-callback" {
                context.redirect = #{ url: "https://acme.example/terms" };
            }
        "#,
    ),
];

/// What the server knows when the password was right.
struct LoginRequest {
    /// The profile, from the user store. It may also be a type of the server's own.
    user: Json,
    context: Context,
    /// The parameters of the authorization request.
    audience: Option<&'static str>,
    prompt: Option<&'static str>,
    /// The server's clock, read once. The rules see this time and no other.
    at: DateTime<Utc>,
}

/// The context, of which only that is read which the rules look at.
#[derive(Clone, Serialize)]
struct Context {
    #[serde(rename = "clientID")]
    client: &'static str,
    /// `redirect-callback` when the user comes back from where a rule sent them.
    protocol: &'static str,
    request: Connection,
}

#[derive(Clone, Serialize)]
struct Connection {
    ip: &'static str,
}

/// What the server answers.
#[derive(Debug, PartialEq)]
enum Response {
    /// The tokens, with the claims that `Outcome::changes` holds.
    LoggedIn,
    /// The user is sent on. When they come back, the rules decide again.
    SentOn { url: String },
    /// The login goes on with a second factor.
    SecondFactor {
        provider: &'static str,
        may_be_remembered: bool,
    },
    /// OAuth's error.
    Refused { error: String, why: String },
}

fn log_in(live: &LivePolicy, request: &LoginRequest) -> Response {
    // All that one login needs is asked of one `current`: of one revision of the rules.
    let policy = live.current();
    let login = TypedLogin::new(request.at)
        .user(&request.user)
        .context(&request.context);
    let outcome = policy.decide(&login);

    // What no rule owns. A fact that is left out counts as the one that asks most: here the browser
    // is not remembered.
    let facts = ChallengeFacts::new(Grant::Interactive, request.at)
        .policy(TenantPolicy::Never)
        .audience(Audience::requested(
            request.audience,
            "https://acme.example/mfa/",
        ))
        .prompt(Prompt::requested(request.prompt));
    let challenge = outcome.challenge(&facts);
    match (&challenge, outcome.redirect()) {
        (Challenge::Denied(_), _) => refused(challenge.error()),
        (_, Some(_)) if request.prompt == Some("none") => {
            refused(Some(("interaction_required", "the user has to be sent on")))
        }
        (_, Some(redirect)) => sent_on(redirect),
        (Challenge::NotNeeded, None) => Response::LoggedIn,
        (Challenge::Show { multifactor, .. }, None) => second_factor(multifactor),
        (Challenge::LoginRequired { .. } | Challenge::MfaRequired { .. }, None) => {
            refused(challenge.error())
        }
    }
}

fn second_factor(multifactor: &Multifactor) -> Response {
    Response::SecondFactor {
        provider: multifactor.provider().as_str(),
        may_be_remembered: multifactor.remember_browser() == Remember::Browser,
    }
}

/// Where a rule sends the user. The engine does not look into it, so it may be anything.
fn sent_on(redirect: &Json) -> Response {
    match redirect.get("url").and_then(Json::as_str) {
        Some(url) => Response::SentOn {
            url: url.to_owned(),
        },
        None => refused(None),
    }
}

fn refused(error: Option<(&str, &str)>) -> Response {
    let (error, why) = error.unwrap_or(("access_denied", "the login could not be evaluated"));
    Response::Refused {
        error: error.to_owned(),
        why: why.to_owned(),
    }
}

/// For the operator's log. The user only sees what a denial says.
fn log_failures(decided: &Decided<'_>) {
    for error in decided.outcome().errors() {
        println!(
            "rule {:?} failed: {}: {}",
            error.rule, error.code, error.message
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // Once, when the server starts: a rule set with a mistake in it is refused here.
    let office = json!(["192.0.2.0/24", "2001:db8::/32"]);
    let rules = RuleSet::builder()
        .name("acme-login")
        .rules(RULES.map(RuleSource::from))
        .configuration([("OFFICE".to_owned(), office)].into_iter().collect())
        .compile()?;
    let live = LivePolicy::new(rules)
        .with_policy(|rules| Policy::new(rules).with_observer(Arc::new(log_failures)));

    let flagged = json!({ "user_id": "auth0|1", "app_metadata": { "use_mfa": true } });
    let plain = json!({ "user_id": "auth0|2" });
    let new = json!({ "user_id": "auth0|4", "app_metadata": { "accepted_terms": false } });
    let odd = json!({ "user_id": "auth0|3", "app_metadata": "none" });
    let request = |user: &Json, client, ip| LoginRequest {
        user: user.clone(),
        context: Context {
            client,
            protocol: "oidc-basic-profile",
            request: Connection { ip },
        },
        audience: Some("https://api.acme.example"),
        prompt: None,
        at: DateTime::UNIX_EPOCH,
    };
    let refused = |error, why| refused(Some((error, why)));

    let from_home = log_in(&live, &request(&plain, "payroll", "203.0.113.7"));
    let expected = refused("unauthorized", "payroll is only open to the office");
    assert_eq!(from_home, expected);

    let in_office = log_in(&live, &request(&flagged, "payroll", "192.0.2.10"));
    let expected = Response::SecondFactor {
        provider: "guardian",
        may_be_remembered: false,
    };
    assert_eq!(in_office, expected);

    let mut silent = request(&flagged, "payroll", "192.0.2.10");
    silent.prompt = Some("none");
    let silent = log_in(&live, &silent);
    let expected = refused("login_required", "Multifactor authentication required");
    assert_eq!(silent, expected);

    let wiki = log_in(&live, &request(&plain, "wiki", "203.0.113.7"));
    assert_eq!(wiki, Response::LoggedIn);

    let first = log_in(&live, &request(&new, "wiki", "203.0.113.7"));
    let url = "https://acme.example/terms".to_owned();
    assert_eq!(first, Response::SentOn { url });

    let mut back = request(&new, "wiki", "203.0.113.7");
    back.context.protocol = "redirect-callback";
    let back = log_in(&live, &back);
    assert_eq!(back, Response::LoggedIn);

    // A profile that no rule was written for: the rule fails, and nobody gets in by that.
    let failed = log_in(&live, &request(&odd, "wiki", "203.0.113.7"));
    let expected = refused("access_denied", "the login could not be evaluated");
    assert_eq!(failed, expected);

    for response in [from_home, in_office, silent, wiki, first, back, failed] {
        println!("{response:?}");
    }
    Ok(())
}
