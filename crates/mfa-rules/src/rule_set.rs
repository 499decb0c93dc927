//! A set of rules, compiled and validated as a whole.

use crate::limits::Limits;
use crate::outcome::OnError;
use crate::secret::Secret;
use crate::tree::Script;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;

/// A set of rules, compiled and validated as a whole: immutable, and one for all threads.
pub struct RuleSet {
    pub(crate) name: String,
    /// `sha256:…`
    pub(crate) revision: String,
    pub(crate) rules: Vec<Rule>,
    pub(crate) configuration: serde_json::Map<String, Json>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// Per rule.
    pub(crate) limits: Limits,
}

/// One rule of a set.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The file name without `.rhai`.
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) on_error: OnError,
    pub(crate) applies_to: AppliesTo,
    pub(crate) script: Script,
}

/// To which logins a rule applies. Each list that is there must have the login's value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AppliesTo {
    /// `context.clientID`.
    pub(crate) clients: Option<Vec<String>>,
    /// `context.connection`.
    pub(crate) connections: Option<Vec<String>>,
    /// `context.protocol`.
    pub(crate) protocols: Option<Vec<String>>,
    /// `context.organization.id` or `context.organization.name`.
    pub(crate) organizations: Option<Vec<String>>,
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet")
            .field("name", &self.name)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
