//! One tenant: its name, its rules and configuration, and where they are kept.

use mfa_rules::{CompileError, Limits, RuleSet, RuleSetBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use tempfile::NamedTempFile;

/// The longest name of a tenant, that of a label of a host name.
const LONGEST_NAME: usize = 63;

/// The name of a tenant, which is also that of its file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TenantId(String);

impl TenantId {
    /// A name out of a path, `None` for what names no tenant.
    // SECURITY: no name leads out of the folder of tenants, and no two of them are one file.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let is_name = (1..=LONGEST_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        is_name.then(|| Self(name.to_owned()))
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a tenant has set.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tenant {
    rules: Vec<Rule>,
    #[serde(default)]
    configuration: Map<String, Value>,
}

/// A rule of a tenant, or one that many have. Equal texts are compiled once.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    source: String,
}

impl Tenant {
    /// The rules, which are compiled by whom they are given to.
    pub(crate) fn rules(&self, id: &TenantId) -> RuleSetBuilder {
        let rules = self.rules.iter();
        RuleSet::builder()
            .name(id.to_string())
            .rules(rules.map(|rule| (rule.name.clone(), rule.source.clone())))
            .configuration(self.configuration.clone())
            // Tenants write rules, and the limits are ours.
            .ceiling(Limits::DEFAULT)
    }
}

/// Why there are no rules of a tenant.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// There is no such tenant.
    Unknown,
    /// What is to be its rules does not compile.
    Broken(CompileError),
    /// The file cannot be read or written, or is no tenant.
    File(io::Error),
}

impl LoadError {
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such tenant"),
            Self::Broken(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

/// All tenants, each a file in a folder.
pub(crate) struct TenantStore {
    folder: PathBuf,
}

impl TenantStore {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn read(&self, id: &TenantId) -> Result<Tenant, LoadError> {
        let text = fs::read_to_string(self.file(id)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => LoadError::Unknown,
            _ => LoadError::File(error),
        })?;
        serde_json::from_str(&text).map_err(|error| LoadError::File(error.into()))
    }

    /// Replaces the file in one step, so that nobody reads half of it.
    pub(crate) fn write(&self, id: &TenantId, tenant: &Tenant) -> Result<(), LoadError> {
        let write = || {
            let file = NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer_pretty(&file, tenant)?;
            file.as_file().sync_all()?;
            file.persist(self.file(id))?;
            Ok(())
        };
        write().map_err(LoadError::File)
    }

    fn file(&self, id: &TenantId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}
