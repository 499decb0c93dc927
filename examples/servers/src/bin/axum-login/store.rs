//! What a server knows by itself of its users, applications and browsers. A file stands for the
//! databases here.

use chrono::{DateTime, Utc};
use mfa_rules::{RememberedBrowser, TenantPolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fs;
use std::future::{Future, ready};
use std::path::Path;

/// The databases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    applications: HashMap<String, Application>,
    users: HashMap<String, User>,
    /// From which devices a user has logged in before, by the user's id.
    devices: HashMap<String, BTreeSet<String>>,
    /// By the key in the browser's cookie, which is random and cannot be guessed.
    remembered_browsers: HashMap<String, Browser>,
}

/// An application that users log in to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    pub(crate) name: String,
    policy: Policy,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Policy {
    Never,
    Always,
}

/// A user as the server has it, which is what the rules see: the names of the fields are Auth0's.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    #[serde(rename = "user_id")]
    pub(crate) id: String,
    name: String,
    email: String,
    email_verified: bool,
    identities: Vec<Identity>,
    app_metadata: Map<String, Value>,
    /// Rules find it in the context.
    #[serde(skip_serializing)]
    pub(crate) logins_count: u64,
}

/// An account of a user.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Identity {
    connection: String,
    provider: String,
    is_social: bool,
    #[serde(rename = "user_id")]
    user_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Browser {
    user_id: String,
    granted_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
}

impl Store {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    pub(crate) fn application(&self, client_id: &str) -> Option<&Application> {
        self.applications.get(client_id)
    }

    /// The user, when there is an account of theirs in the connection.
    pub(crate) fn user(&self, user_id: &str, connection: &str) -> Option<&User> {
        let user = self.users.get(user_id)?;
        let mut identities = user.identities.iter();
        identities
            .any(|identity| identity.connection == connection)
            .then_some(user)
    }

    /// The browser with this key, when it is remembered for this user. The same browser says
    /// nothing about another one.
    pub(crate) fn remembered(&self, key: &str, user: &User) -> Option<RememberedBrowser> {
        let browser = self.remembered_browsers.get(key)?;
        (browser.user_id == user.id).then_some(RememberedBrowser {
            granted_at: browser.granted_at,
            last_used_at: browser.last_used_at,
        })
    }

    /// What the rules ask for under this name, or `None` when it cannot be found out.
    ///
    /// It takes its time in a server that asks a database or a service.
    pub(crate) fn fact(
        &self,
        name: &str,
        user: &User,
        device: Option<&str>,
    ) -> impl Future<Output = Option<Value>> + Send + use<> {
        ready(match name {
            "known_device" => {
                let known = self.devices.get(&user.id).zip(device);
                Some(Value::Bool(
                    known.is_some_and(|(known, device)| known.contains(device)),
                ))
            }
            // SECURITY: what nobody has looked for is left out, and never `null`, which would say
            // that there is nothing. A rule that asks for it then fails.
            _ => None,
        })
    }
}

impl Application {
    /// What the tenant asks for, whatever its rules say.
    pub(crate) fn policy(&self) -> TenantPolicy {
        match self.policy {
            Policy::Never => TenantPolicy::Never,
            Policy::Always => TenantPolicy::Always,
        }
    }
}
