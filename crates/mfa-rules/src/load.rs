//! TEMPORARY: stands in for the loading of rule sets.

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::outcome::OnError;
use crate::rule_set::{AppliesTo, Rule, RuleSet};
use crate::tree::{Block, Script};
use std::path::Path;

/// A rule set that cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompileError {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl RuleSet {
    /// The name of the rule set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The revision: `sha256:…`.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Loads.
    pub fn load(path: &Path) -> Result<Self, CompileError> {
        if !path.exists() {
            return Err(CompileError {
                diagnostics: vec![Diagnostic::error(
                    Code::UnreadableFile,
                    path.display().to_string(),
                    "the file does not exist",
                )],
            });
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.clone().into_owned(),
            revision: "sha256:0123456789abcdef0123456789abcdef".to_owned(),
            rules: vec![Rule {
                name: name.into_owned(),
                enabled: true,
                on_error: OnError::Deny,
                applies_to: AppliesTo::default(),
                script: Script {
                    patterns: Default::default(),
                    body: Block::default(),
                    slots: 0,
                    functions: Vec::new(),
                },
            }],
            configuration: serde_json::Map::new(),
            secrets: std::collections::BTreeMap::new(),
            limits: Limits::DEFAULT,
        })
    }
}
