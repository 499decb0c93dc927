//! Rust by hand over `serde_json::Value`: [`mfa_benches::decide`].

#![expect(
    clippy::unnecessary_wraps,
    reason = "everybody is made by functions of one type"
)]

use crate::logins::{Input, Login};
use crate::peers::Made;
use mfa_benches::decide;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use serde_json::{Map, Value as Json};

pub(super) fn ready(input: &Input) -> Made<'_> {
    Ok(Box::new(Ready {
        configuration: &input.configuration,
        logins: &input.logins,
    }))
}

pub(super) fn text(input: &Input) -> Made<'_> {
    Ok(Box::new(FromText {
        configuration: &input.configuration,
        logins: input.texts(),
    }))
}

struct Ready<'i> {
    configuration: &'i Map<String, Json>,
    logins: &'i [Login],
}

impl Contestant for Ready<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(self.logins, |login| {
            let decision = decide(self.configuration, &login.user, &login.context);
            Ok(asked(decision))
        })
    }
}

struct FromText<'i> {
    configuration: &'i Map<String, Json>,
    logins: Vec<&'i Text>,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            let user = serde_json::from_str(&login.user)?;
            let context = serde_json::from_str(&login.context)?;
            Ok(asked(decide(self.configuration, &user, &context)))
        })
    }
}

/// The answer in the terms of everybody.
pub(crate) fn asked(decision: Option<mfa_benches::Asked>) -> Answer {
    decision.map(|asked| Asked {
        remember_browser: asked.remember_browser,
    })
}
