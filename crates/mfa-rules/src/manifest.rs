//! The manifest of a rule set, `ruleset.yaml`.
//!
//! Everything in it is checked, and all problems are reported at once. What could be read in spite
//! of problems is kept, so that the rules it names can be checked as well; a rule set is never
//! made of it then.

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::folder::is_rule;
use crate::limits::{Limits, objection};
use crate::outcome::OnError;
use crate::quote::quote;
use crate::rule_set::AppliesTo;
use crate::source::{Position, Span};
use crate::yaml::{Checker, Codes, Member, Node, Value};
use serde_json::Value as Json;

/// The file name of a manifest.
pub(crate) const FILE_NAME: &str = "ruleset.yaml";

/// The most bytes that a manifest may have.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// The version of the file's format.
const FORMAT_VERSION: u64 = 1;

/// The end of the name of a rule file.
pub(crate) const RULE_SUFFIX: &str = ".rhai";

/// The codes of what is wrong with it.
const CODES: Codes = Codes {
    syntax: Code::ManifestSyntax,
    key: Code::ManifestKey,
    value: Code::ManifestValue,
};

const KEYS: &[&str] = &[
    "name",
    "version",
    "rules",
    "configuration",
    "secrets",
    "facts",
    "limits",
];
const RULE_KEYS: &[&str] = &["file", "native", "on_error", "enabled", "applies_to"];
const ON_ERROR: &[&str] = &["deny", "challenge"];
const APPLIES_TO_KEYS: &[&str] = &["clientID", "connection", "protocol", "organization"];
const SECRET_KEYS: &[&str] = &["env", "file"];

/// What a manifest says.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) name: Option<String>,
    pub(crate) rules: Vec<Entry>,
    /// Whether nothing stands in `rules` that is not among these.
    pub(crate) all_rules_read: bool,
    pub(crate) configuration: serde_json::Map<String, Json>,
    pub(crate) secrets: Vec<SecretEntry>,
    /// `None` when it cannot be told which there are.
    pub(crate) facts: Option<Vec<FactEntry>>,
    pub(crate) limits: Limits,
}

/// A rule that a manifest names.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) origin: RuleOrigin,
    pub(crate) on_error: OnError,
    pub(crate) enabled: bool,
    pub(crate) applies_to: AppliesTo,
}

/// Where a rule comes from.
#[derive(Debug)]
pub(crate) enum RuleOrigin {
    /// A rule file in the folder of the rule set.
    File(Located),
    /// A native rule of the program that loads the set, by its name.
    Native(Located),
}

/// A secret that a manifest names.
#[derive(Debug)]
pub(crate) struct SecretEntry {
    pub(crate) name: String,
    pub(crate) origin: SecretOrigin,
}

/// A fact that a manifest declares.
#[derive(Debug)]
pub(crate) struct FactEntry {
    pub(crate) name: Located,
    /// Empty when it cannot be read.
    pub(crate) description: String,
}

/// Where a secret comes from.
#[derive(Debug)]
pub(crate) enum SecretOrigin {
    /// An environment variable.
    Environment(Located),
    /// A file in the folder of the rule set.
    File(Located),
}

/// A text with its place in the manifest.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Reads a manifest. It is `None` when there is nothing in it to go by.
pub(crate) fn read(
    file: &str,
    text: &str,
    ceiling: &Limits,
) -> (Option<Manifest>, Vec<Diagnostic>) {
    let mut reader = Checker::new(file, text, CODES);
    let manifest = reader
        .document()
        .and_then(|root| manifest(&root, ceiling, &mut reader));
    if manifest.is_none() && reader.is_content() {
        reader.report(
            Code::ManifestSyntax,
            Span::at(Position::START),
            "the manifest is empty",
            Some("write `version: 1` and `rules` with the rules in their order"),
        );
    }
    (manifest, reader.into_diagnostics())
}

fn manifest(root: &Node, ceiling: &Limits, reader: &mut Checker<'_>) -> Option<Manifest> {
    let members = reader.map(root, "the manifest", KEYS)?;
    version(root, reader);
    let name = member(members, "name").and_then(|name| reader.text(&name.value, "`name`"));
    let (rules, all_rules_read) = rules(root, reader);
    let configuration = member(members, "configuration")
        .and_then(|member| reader.any_map(&member.value, "`configuration`"))
        .unwrap_or_default();
    let secrets = member(members, "secrets").map_or_else(Vec::new, |member| {
        secrets(&member.value, configuration, reader)
    });
    let facts = match member(members, "facts") {
        Some(member) => facts(&member.value, reader),
        None => Some(Vec::new()),
    };
    let limits = member(members, "limits")
        .map_or_else(Vec::new, |member| limits(&member.value, ceiling, reader));
    let mut effective = Limits::DEFAULT.capped_by(ceiling);
    for (name, value) in limits {
        effective.set(name, value);
    }
    Some(Manifest {
        name,
        rules,
        all_rules_read,
        configuration: configuration
            .iter()
            .map(|member| (member.key.clone(), member.value.to_json()))
            .collect(),
        secrets,
        facts,
        limits: effective,
    })
}

fn version(root: &Node, reader: &mut Checker<'_>) {
    let Some(member) = root.member("version") else {
        reader.report(
            Code::ManifestValue,
            Span::at(root.span.start),
            "the manifest has no `version`",
            Some("write `version: 1`, the version of this file's format"),
        );
        return;
    };
    let is_known = matches!(
        &member.value.value,
        Value::Number(number) if number.as_u64() == Some(FORMAT_VERSION)
    );
    if !is_known {
        reader.report(
            Code::ManifestValue,
            member.value.span,
            format!("`version` must be {FORMAT_VERSION}"),
            Some("it is the version of this file's format, not that of your rules"),
        );
    }
}

/// The rules, and whether these are all that the manifest names.
fn rules(root: &Node, reader: &mut Checker<'_>) -> (Vec<Entry>, bool) {
    let Some(member) = root.member("rules") else {
        reader.report(
            Code::ManifestValue,
            Span::at(root.span.start),
            "the manifest has no `rules`",
            Some("name the rule files in their order, or write `rules: []` when there are none"),
        );
        return (Vec::new(), false);
    };
    let Value::List(nodes) = &member.value.value else {
        reader.wrong_kind(
            &member.value,
            "`rules`",
            "a list",
            "write `- file: NAME.rhai` for each rule, or `rules: []` when there are none",
        );
        return (Vec::new(), false);
    };
    let entries: Vec<Entry> = nodes.iter().filter_map(|node| rule(node, reader)).collect();
    let all_read = entries.len() == nodes.len();
    if all_read && !entries.is_empty() && !entries.iter().any(|rule| rule.enabled) {
        reader.report(
            Code::NoEnabledRule,
            member.key_span,
            "no rule of the set is enabled, so every login would pass",
            Some("enable a rule, or write `rules: []` when there shall be none"),
        );
    }
    (entries, all_read)
}

fn rule(node: &Node, reader: &mut Checker<'_>) -> Option<Entry> {
    if matches!(node.value, Value::Text(_)) {
        reader.report(
            Code::ManifestValue,
            node.span,
            "a rule must be a map with `file`, and is a text",
            Some(format!("write `- file: NAME{RULE_SUFFIX}`")),
        );
        return None;
    }
    let members = reader.map(node, "a rule", RULE_KEYS)?;
    let on_error = match member(members, "on_error") {
        Some(member) => on_error(&member.value, reader),
        None => OnError::Deny,
    };
    let enabled = member(members, "enabled")
        .and_then(|member| reader.truth(&member.value, "`enabled`"))
        .unwrap_or(true);
    let applies_to = member(members, "applies_to")
        .map(|member| applies_to(&member.value, reader))
        .unwrap_or_default();
    let origin = match (member(members, "file"), member(members, "native")) {
        (Some(file), None) => rule_file(file, reader)?,
        (None, Some(native)) => {
            let text = reader.text(&native.value, "`native`")?;
            let span = native.value.span;
            RuleOrigin::Native(Located { text, span })
        }
        (Some(_), Some(native)) => {
            reader.report(
                Code::ManifestValue,
                native.key_span,
                "the rule has both `file` and `native`",
                Some("remove one of them, or write two rules"),
            );
            return None;
        }
        (None, None) => {
            reader.report(
                Code::ManifestValue,
                Span::at(node.span.start),
                "the rule has no `file`",
                Some("write `file: NAME.rhai`"),
            );
            return None;
        }
    };
    Some(Entry {
        origin,
        on_error,
        enabled,
        applies_to,
    })
}

fn rule_file(file: &Member, reader: &mut Checker<'_>) -> Option<RuleOrigin> {
    let text = reader.text(&file.value, "`file`")?;
    let span = file.value.span;
    if text.contains('\\') {
        reader.report(
            Code::ManifestValue,
            span,
            "`file` may not have a backslash in it",
            Some("separate folders by `/`"),
        );
        return None;
    }
    if !is_rule(text.as_ref()) {
        reader.report(
            Code::ManifestValue,
            span,
            format!(
                "{} is no rule file: its name does not end in `{RULE_SUFFIX}`",
                quote(&text)
            ),
            Some(format!("write `NAME{RULE_SUFFIX}`")),
        );
        return None;
    }
    Some(RuleOrigin::File(Located { text, span }))
}

fn on_error(node: &Node, reader: &mut Checker<'_>) -> OnError {
    match reader.one_of(node, "`on_error`", ON_ERROR) {
        Some("challenge") => OnError::Challenge,
        _ => OnError::Deny,
    }
}

fn applies_to(node: &Node, reader: &mut Checker<'_>) -> AppliesTo {
    let mut applies_to = AppliesTo::default();
    let Some(members) = reader.map(node, "`applies_to`", APPLIES_TO_KEYS) else {
        return applies_to;
    };
    for member in members {
        let field = match member.key.as_str() {
            "clientID" => &mut applies_to.clients,
            "connection" => &mut applies_to.connections,
            "protocol" => &mut applies_to.protocols,
            "organization" => &mut applies_to.organizations,
            _ => continue,
        };
        *field = reader.texts(&member.value, &format!("`{}`", member.key));
    }
    applies_to
}

fn secrets(node: &Node, configuration: &[Member], reader: &mut Checker<'_>) -> Vec<SecretEntry> {
    let Some(members) = reader.any_map(node, "`secrets`") else {
        return Vec::new();
    };
    let mut secrets = Vec::new();
    for secret in members {
        let name = &secret.key;
        if member(configuration, name).is_some() {
            reader.report(
                Code::ManifestValue,
                secret.key_span,
                format!("{} is both a secret and a configuration value", quote(name)),
                Some("remove one of them, or give it another name"),
            );
        }
        if let Some(origin) = secret_origin(&secret.value, name, reader) {
            secrets.push(SecretEntry {
                name: name.clone(),
                origin,
            });
        }
    }
    secrets
}

fn secret_origin(node: &Node, name: &str, reader: &mut Checker<'_>) -> Option<SecretOrigin> {
    let advice = "write `{ env: VARIABLE }` or `{ file: PATH }`";
    if matches!(
        node.value,
        Value::Text(_) | Value::Number(_) | Value::Bool(_)
    ) {
        reader.report(
            Code::ManifestValue,
            node.span,
            format!("the secret {} is written into the manifest", quote(name)),
            Some(format!(
                "{advice}, and replace the secret: it has been seen"
            )),
        );
        reader.conceal();
        return None;
    }
    let members = reader.map(node, "a secret", SECRET_KEYS)?;
    match (member(members, "env"), member(members, "file")) {
        (Some(variable), None) => {
            let text = reader.text(&variable.value, "`env`")?;
            if text.contains(['=', '\0']) {
                reader.report(
                    Code::ManifestValue,
                    variable.value.span,
                    "`env` must be the name of an environment variable",
                    None::<&str>,
                );
                return None;
            }
            let span = variable.value.span;
            Some(SecretOrigin::Environment(Located { text, span }))
        }
        (None, Some(path)) => {
            let text = reader.text(&path.value, "`file`")?;
            let span = path.value.span;
            Some(SecretOrigin::File(Located { text, span }))
        }
        (Some(_), Some(path)) => {
            reader.report(
                Code::ManifestValue,
                path.key_span,
                format!("the secret {} has both `env` and `file`", quote(name)),
                Some("remove one of them"),
            );
            None
        }
        (None, None) => {
            reader.report(
                Code::ManifestValue,
                node.span,
                format!("the secret {} has neither `env` nor `file`", quote(name)),
                Some(advice),
            );
            None
        }
    }
}

fn facts(node: &Node, reader: &mut Checker<'_>) -> Option<Vec<FactEntry>> {
    let Value::Map(members) = &node.value else {
        let help = "write `NAME: DESCRIPTION` for each fact";
        reader.wrong_kind(node, "`facts`", "a map", help);
        return None;
    };
    let mut facts = Vec::new();
    for fact in members {
        let name = &fact.key;
        if name.trim().is_empty() {
            reader.report(
                Code::ManifestValue,
                fact.key_span,
                "the name of a fact may not be empty",
                Some("name the fact, as rules do in `fact(\"NAME\")`"),
            );
            continue;
        }
        let what = format!("the description of the fact {}", quote(name));
        facts.push(FactEntry {
            name: Located {
                text: name.clone(),
                span: fact.key_span,
            },
            description: reader.text(&fact.value, &what).unwrap_or_default(),
        });
    }
    Some(facts)
}

fn limits(node: &Node, ceiling: &Limits, reader: &mut Checker<'_>) -> Vec<(&'static str, u64)> {
    let names = Limits::DEFAULT.entries().map(|(name, _)| name);
    let Some(members) = reader.map(node, "`limits`", &names) else {
        return Vec::new();
    };
    let mut limits = Vec::new();
    for member in members {
        let Some(name) = names.into_iter().find(|name| *name == member.key) else {
            continue;
        };
        let Some(value) = reader.limit(&member.value, name) else {
            continue;
        };
        match objection(name, value, ceiling) {
            None => limits.push((name, value)),
            Some((code, message, help)) => {
                reader.report(code, member.value.span, message, Some(help));
            }
        }
    }
    limits
}

fn member<'n>(members: &'n [Member], key: &str) -> Option<&'n Member> {
    members.iter().find(|member| member.key == key)
}

#[cfg(test)]
mod tests;
