//! A login handler that asks the rules before it lets somebody in.
//!
//! The web framework around it is left out: what matters is what goes in and what becomes of the
//! outcome. Run it with `cargo run -p mfa-rules --example embed`.

#![expect(
    clippy::print_stdout,
    reason = "what the example prints is what it shows"
)]

use chrono::{DateTime, Utc};
use mfa_rules::{Decision, Denial, Login, Multifactor, Provider, Remember, RuleSet, RuleSource};
use serde_json::{Value as Json, json};
use std::error::Error;

/// The rules of this server. Where they can change, they come from `RuleSet::load`.
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
    /// The profile, from the user store.
    user: Json,
    client: &'static str,
    /// `redirect-callback` when the user comes back from where a rule sent them.
    protocol: &'static str,
    ip: &'static str,
    /// The server's clock, read once. The rules see this time and no other.
    at: DateTime<Utc>,
}

/// What the server answers.
#[derive(Debug, PartialEq)]
enum Response {
    /// The tokens, with the claims that `Outcome::changes` holds.
    LoggedIn,
    /// The user is sent on. When they come back, the rules decide again.
    SentOn { url: String },
    /// `mfa_required`: the login goes on with a second factor.
    SecondFactor {
        provider: &'static str,
        may_be_remembered: bool,
    },
    /// OAuth's error.
    Refused { error: &'static str, why: String },
}

fn log_in(rules: &RuleSet, request: &LoginRequest) -> Response {
    let context = json!({
        "clientID": request.client,
        "protocol": request.protocol,
        "request": { "ip": request.ip },
    });
    let login = Login::new(request.at).user(&request.user).context(&context);
    let outcome = rules.decide(&login);
    for error in outcome.errors() {
        // For the operator's log. The user only sees what `denied` says.
        println!(
            "rule {:?} failed: {}: {}",
            error.rule, error.code, error.message
        );
    }
    match (outcome.decision(), outcome.redirect()) {
        (Decision::Denied, _) => refused(outcome.denied()),
        (_, Some(redirect)) => sent_on(redirect),
        (Decision::Required, None) => second_factor(outcome.multifactor()),
        (Decision::NotRequired, None) => Response::LoggedIn,
    }
}

/// The second factor of an outcome, which is there exactly when one is required.
fn second_factor(multifactor: Option<&Multifactor>) -> Response {
    let provider = multifactor.map_or(Provider::Any, Multifactor::provider);
    let remember = multifactor.map_or(Remember::Never, Multifactor::remember_browser);
    Response::SecondFactor {
        provider: provider.as_str(),
        may_be_remembered: remember == Remember::Browser,
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

/// The denial of an outcome, which is there exactly when the login is denied.
fn refused(denied: Option<&Denial>) -> Response {
    Response::Refused {
        error: denied.map_or("access_denied", |denied| denied.error.as_str()),
        why: denied.map_or_else(String::new, |denied| denied.error_description.clone()),
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

    let flagged = json!({ "user_id": "auth0|1", "app_metadata": { "use_mfa": true } });
    let plain = json!({ "user_id": "auth0|2" });
    let new = json!({ "user_id": "auth0|4", "app_metadata": { "accepted_terms": false } });
    let odd = json!({ "user_id": "auth0|3", "app_metadata": "none" });
    let request = |user: &Json, client, ip| LoginRequest {
        user: user.clone(),
        client,
        protocol: "oidc-basic-profile",
        ip,
        at: DateTime::UNIX_EPOCH,
    };

    let from_home = log_in(&rules, &request(&plain, "payroll", "203.0.113.7"));
    let why = "payroll is only open to the office".to_owned();
    let error = "unauthorized";
    assert_eq!(from_home, Response::Refused { error, why });

    let in_office = log_in(&rules, &request(&flagged, "payroll", "192.0.2.10"));
    let expected = Response::SecondFactor {
        provider: "guardian",
        may_be_remembered: false,
    };
    assert_eq!(in_office, expected);

    let wiki = log_in(&rules, &request(&plain, "wiki", "203.0.113.7"));
    assert_eq!(wiki, Response::LoggedIn);

    let first = log_in(&rules, &request(&new, "wiki", "203.0.113.7"));
    let url = "https://acme.example/terms".to_owned();
    assert_eq!(first, Response::SentOn { url });

    let mut back = request(&new, "wiki", "203.0.113.7");
    back.protocol = "redirect-callback";
    let back = log_in(&rules, &back);
    assert_eq!(back, Response::LoggedIn);

    // A profile that no rule was written for: the rule fails, and nobody gets in by that.
    let failed = log_in(&rules, &request(&odd, "wiki", "203.0.113.7"));
    let why = "the login could not be evaluated".to_owned();
    let error = "access_denied";
    assert_eq!(failed, Response::Refused { error, why });

    for response in [from_home, in_office, wiki, first, back, failed] {
        println!("{response:?}");
    }
    Ok(())
}
