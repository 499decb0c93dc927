//! The logins of a run, as documents and as texts, and what each comes to.

use crate::peers::rust::asked;
use mfa_benches::{configuration, decide, logins};
use mfa_peers_harness::{Answer, Text};
use serde_json::{Map, Value as Json};

/// A login, and the decision that everybody has to come to.
pub(crate) struct Login {
    /// The profile of the user.
    pub(crate) user: Json,
    /// The context of the login.
    pub(crate) context: Json,
    /// The same as JSON text.
    pub(crate) text: Text,
    /// What hand-written Rust decides about it.
    pub(crate) expected: Answer,
}

/// What a policy decides about, and by.
pub(crate) struct Input {
    /// The configuration of the policy.
    pub(crate) configuration: Map<String, Json>,
    /// Different logins.
    pub(crate) logins: Vec<Login>,
}

impl Input {
    /// The logins of `mfa-benches`.
    pub(crate) fn new() -> Self {
        let configuration = configuration();
        let logins = logins().into_iter().map(|login| Login {
            expected: asked(decide(&configuration, &login.user, &login.context)),
            text: Text {
                user: login.user.to_string(),
                context: login.context.to_string(),
            },
            user: login.user,
            context: login.context,
        });
        Self {
            logins: logins.collect(),
            configuration,
        }
    }

    /// The logins as texts.
    pub(crate) fn texts(&self) -> Vec<&Text> {
        self.logins.iter().map(|login| &login.text).collect()
    }

    /// The clients that ask for a second factor.
    pub(crate) fn clients(&self) -> Vec<&str> {
        let clients = self.configuration.get("CLIENTS_WITH_MFA");
        let clients = clients.and_then(Json::as_array).into_iter().flatten();
        clients.filter_map(Json::as_str).collect()
    }
}
