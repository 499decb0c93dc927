//! The revision of a rule set: a hash over everything in it that decides.

use super::{Draft, DraftBody, LANGUAGE_VERSION};
use crate::outcome::OnError;
use crate::read_set::Paths;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a native rule has where a script has the length of its text. No text is so long.
const NATIVE: u64 = u64::MAX;

/// The revision of a rule set before the functions that its rules call are known.
///
/// Each part is preceded by its length or count, so that no two sets give the same bytes.
pub(super) fn of(draft: &Draft) -> Revision {
    let Draft {
        // The name only appears in logs. In a manifest it is part of the text.
        name: _,
        manifest,
        rules,
        configuration,
        secrets,
        limits,
        functions: _,
        facts,
    } = draft;
    let mut parts = Parts(Sha256::new());
    parts.text("mfa-rules rule set");
    parts.number(u64::from(LANGUAGE_VERSION));
    parts.optional(manifest.as_deref());
    parts.count(rules.len());
    for rule in rules {
        parts.text(&rule.name);
        match &rule.body {
            DraftBody::Script(source) => parts.text(source),
            DraftBody::Native(native) => {
                parts.number(NATIVE);
                parts.number(u64::from(native.version()));
                let reads = native.reads();
                for paths in [reads.user(), reads.context(), reads.configuration()] {
                    parts.paths(paths);
                }
            }
        }
        parts.number(u64::from(rule.enabled));
        parts.number(match rule.on_error {
            OnError::Deny => 0,
            OnError::Challenge => 1,
        });
        for (_, list) in rule.applies_to.lists() {
            parts.number(u64::from(list.is_some()));
            let list = list.unwrap_or_default();
            parts.count(list.len());
            for value in list {
                parts.text(value);
            }
        }
    }
    parts.object(configuration);
    parts.count(secrets.len());
    for name in secrets.keys() {
        parts.text(name);
    }
    for (_, limit) in limits.entries() {
        parts.number(limit);
    }
    // The facts of a manifest are part of its text. Sets without facts have nothing here, so that
    // their revisions are those of versions that knew no facts.
    if let (None, Some(facts)) = (manifest, facts) {
        parts.text("facts");
        parts.count(facts.len());
        for (name, fact) in facts {
            parts.text(name);
            parts.text(&fact.description);
        }
    }
    // As above, sets without them have nothing here.
    let natives = rules.iter().filter_map(|rule| match &rule.body {
        DraftBody::Native(native) if !native.facts().is_empty() => Some(native),
        _ => None,
    });
    let natives: Vec<_> = natives.collect();
    if !natives.is_empty() {
        parts.text("facts of native rules");
        parts.count(natives.len());
        for native in natives {
            parts.text(native.name());
            parts.count(native.facts().len());
            for name in native.facts() {
                parts.text(name);
            }
        }
    }
    Revision(parts)
}

/// A revision that is being made.
pub(super) struct Revision(Parts);

impl Revision {
    /// The revision, `sha256:` and hexadecimal digits, with the functions of an embedder that the
    /// rules call: their names, and the numbers that tell them apart.
    ///
    /// They stand at the end, and only when there are any: what is before has a definite end.
    pub(super) fn with_functions(self, functions: &BTreeMap<String, [u64; 4]>) -> String {
        let Self(mut parts) = self;
        if !functions.is_empty() {
            parts.text("functions");
            parts.count(functions.len());
            for (name, numbers) in functions {
                parts.text(name);
                for number in numbers {
                    parts.number(*number);
                }
            }
        }
        parts.finish()
    }
}

/// What goes into the hash.
struct Parts(Sha256);

impl Parts {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text);
    }

    fn paths(&mut self, paths: &Paths) {
        self.number(u64::from(paths.is_whole()));
        self.count(paths.members().len());
        for (name, member) in paths.members() {
            self.text(name);
            self.paths(member);
        }
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(u64::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    /// Members in the order of their keys, whatever order the embedder's `serde_json` keeps.
    fn object(&mut self, members: &serde_json::Map<String, Json>) {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by_key(|(key, _)| *key);
        self.count(members.len());
        for (key, value) in members {
            self.text(key);
            self.json(value);
        }
    }

    fn json(&mut self, value: &Json) {
        match value {
            Json::Null => self.number(0),
            Json::Bool(value) => {
                self.number(1);
                self.number(u64::from(*value));
            }
            Json::Number(number) => {
                self.number(2);
                self.text(&number.to_string());
            }
            Json::String(text) => {
                self.number(3);
                self.text(text);
            }
            Json::Array(items) => {
                self.number(4);
                self.count(items.len());
                for item in items {
                    self.json(item);
                }
            }
            Json::Object(members) => {
                self.number(5);
                self.object(members);
            }
        }
    }

    fn finish(self) -> String {
        // There may be many sets: the text takes no more than it has.
        let mut revision = String::with_capacity("sha256:".len().saturating_add(64));
        revision.push_str("sha256:");
        for byte in self.0.finalize() {
            // Writing to a `String` cannot fail.
            let _ = write!(revision, "{byte:02x}");
        }
        revision
    }
}
