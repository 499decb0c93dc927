//! Native rules for tests, made of their parts, and the login that they run on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::must_use_candidate,
    dead_code,
    unreachable_pub,
    reason = "it is for tests, which do not all need all of it"
)]

use chrono::{DateTime, Utc};
use mfa_rules::{
    Limits, Login, NativeRule, Observe, Outcome, ReadSet, RuleFailure, RuleLogin, RuleSet,
    RuleSource, Secret,
};
use serde_json::{Value as Json, json};
use std::sync::Once;
use std::time::Duration;

pub type Run = fn(&mut RuleLogin<'_>) -> Result<(), RuleFailure>;

/// A native rule made of its parts.
pub struct Native {
    pub name: &'static str,
    pub version: u32,
    pub reads: ReadSet,
    pub facts: &'static [&'static str],
    pub run: Run,
}

impl NativeRule for Native {
    fn name(&self) -> &str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn reads(&self) -> ReadSet {
        self.reads.clone()
    }

    fn facts(&self) -> Vec<&str> {
        self.facts.to_vec()
    }

    fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
        (self.run)(login)
    }
}

pub fn native(run: Run) -> Native {
    Native {
        name: "native",
        version: 1,
        reads: ReadSet::everything(),
        facts: &[],
        run,
    }
}

pub fn asking(facts: &'static [&'static str], run: Run) -> Native {
    Native {
        facts,
        ..native(run)
    }
}

pub fn reading(reads: ReadSet, run: Run) -> Native {
    Native {
        reads,
        ..native(run)
    }
}

pub fn now() -> DateTime<Utc> {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

pub fn user() -> Json {
    json!({
        "user_id": "auth0|1",
        "app_metadata": { "use_mfa": true, "devices": ["a", "b"], "nothing": null },
        "name": "Ada",
    })
}

pub fn context() -> Json {
    json!({ "clientID": "app-1", "request": { "ip": "10.0.0.1" }, "idToken": {} })
}

pub fn compiled(rules: impl IntoIterator<Item = RuleSource>) -> RuleSet {
    RuleSet::builder()
        .rules(rules)
        .secret("DUO_SKEY", Secret::new("s3cret".to_owned()))
        .configuration(json!({ "CLIENTS": ["app-1"] }).as_object().unwrap().clone())
        .limits(Limits::DEFAULT.with_deadline(Duration::from_secs(10)))
        .compile()
        .unwrap_or_else(|error| panic!("{error}"))
}

pub fn script(name: &str, source: &str) -> RuleSource {
    RuleSource::new(name, source)
}

pub fn decided(rules: &RuleSet, observe: Observe) -> Outcome<'_> {
    let (user, context) = (user(), context());
    let login = Login::new(now()).user(&user).context(&context);
    rules.decide_observed(&login, observe)
}

/// Keeps the panics that are meant out of the output.
pub fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some("as it is meant") {
                hook(panic);
            }
        }));
    });
}
