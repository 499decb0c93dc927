//! Rust by hand that reads no more of the text than the policy needs, into borrowed structs.

#![expect(
    clippy::unnecessary_wraps,
    reason = "everybody is made by functions of one type"
)]

use crate::logins::Input;
use crate::peers::Made;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) fn text(input: &Input) -> Made<'_> {
    Ok(Box::new(FromText {
        clients: input.clients(),
        logins: input.texts(),
    }))
}

struct FromText<'i> {
    clients: Vec<&'i str>,
    logins: Vec<&'i Text>,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            let user = serde_json::from_str(&login.user)?;
            let context = serde_json::from_str(&login.context)?;
            Ok(self.decide(&user, &context))
        })
    }
}

impl FromText<'_> {
    fn decide(&self, user: &User, context: &Context<'_>) -> Answer {
        let is_flagged = || {
            let metadata = user.app_metadata.as_ref()?;
            metadata.use_mfa.as_ref().map(|&Truthy(flag)| flag)
        };
        let is_listed = self.clients.contains(&&*context.client_id);
        (is_listed && is_flagged() == Some(true)).then_some(Asked {
            remember_browser: false,
        })
    }
}

#[derive(Deserialize)]
struct User {
    app_metadata: Option<AppMetadata>,
}

#[derive(Deserialize)]
struct AppMetadata {
    use_mfa: Option<Truthy>,
}

#[derive(Deserialize)]
struct Context<'t> {
    #[serde(rename = "clientID", borrow)]
    client_id: Cow<'t, str>,
}

/// Whether a value is what JavaScript takes for true (ECMA-262, `ToBoolean`), and nothing else of it.
struct Truthy(bool);

impl<'t> Deserialize<'t> for Truthy {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TruthyVisitor)
    }
}

struct TruthyVisitor;

impl<'t> Visitor<'t> for TruthyVisitor {
    type Value = Truthy;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Truthy, E> {
        Ok(Truthy(false))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Truthy, E> {
        Ok(Truthy(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Truthy, E> {
        Ok(Truthy(value != 0))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Truthy, E> {
        Ok(Truthy(value != 0))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Truthy, E> {
        Ok(Truthy(value != 0.0))
    }

    fn visit_str<E>(self, value: &str) -> Result<Truthy, E> {
        Ok(Truthy(!value.is_empty()))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Truthy, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Truthy(true))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<Truthy, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Truthy(true))
    }
}
