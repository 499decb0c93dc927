//! What can be wrong with a `multifactor`, in words, before a rule runs and when it has run.

use super::Provider;
use crate::nearest::nearest;
use crate::value::Value;
use std::fmt;

/// What is wrong with a `multifactor`: what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// What is known about a value in a map literal before the rule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literal<'s> {
    /// A text.
    Text(&'s str),
    /// `true` or `false`.
    Bool,
    /// A value of another type, as [`Value::type_name`] calls it.
    Other(&'static str),
    /// Something that is computed.
    Computed,
}

/// What is wrong with a map literal that a rule assigns to `context.multifactor` or gives to
/// `require_mfa` as options: the index of the entry, and the problem.
///
/// A missing provider is not reported: a later assignment may add it.
pub(crate) fn check_literal(entries: &[(&str, Literal<'_>)]) -> Vec<(usize, Problem)> {
    let problem = |key: &str, value: Literal<'_>| {
        if !KEYS.contains(&key) {
            return Some(Problem::unknown_key(key));
        }
        let wanted = wanted_type(key);
        let found = match value {
            Literal::Computed => return None,
            Literal::Text(name) if key == "provider" => return check_provider(name),
            Literal::Text(_) => "text",
            Literal::Bool => "boolean",
            Literal::Other(name) => name,
        };
        let fits = found == wanted.trim_start_matches("a ");
        (!fits).then(|| Problem::wrong_type_name(key, wanted, found))
    };
    entries
        .iter()
        .enumerate()
        .filter_map(|(index, &(key, value))| Some((index, problem(key, value)?)))
        .collect()
}

/// What is wrong with the name of a provider, `none` being one.
pub(crate) fn check_provider(name: &str) -> Option<Problem> {
    ProviderName::parse(name).err()
}

/// A provider as a rule names it.
pub(super) enum ProviderName {
    Provider(Provider),
    /// `none`: an earlier request is taken back.
    None,
}

impl ProviderName {
    pub(super) fn parse(name: &str) -> Result<Self, Problem> {
        if name == "none" {
            return Ok(Self::None);
        }
        Provider::ALL
            .iter()
            .copied()
            .find(|provider| provider.as_str() == name)
            .map(Self::Provider)
            .ok_or_else(|| Problem::unknown_provider(name))
    }
}

pub(super) const EXAMPLE: &str = "write `#{ provider: \"any\" }`";

const PROVIDERS: &[&str] = &["any", "guardian", "google-authenticator", "duo", "none"];

pub(super) const KEYS: &[&str] = &[
    "provider",
    "allowRememberBrowser",
    "ignoreCookie",
    "issuer",
    "key",
    "ikey",
    "skey",
    "host",
    "username",
    "admin",
];

fn wanted_type(key: &str) -> &'static str {
    match key {
        "allowRememberBrowser" | "ignoreCookie" => "a boolean",
        "admin" => "a map",
        _ => "a text",
    }
}

impl Problem {
    pub(super) fn missing_provider() -> Self {
        Self {
            message: "`context.multifactor` has no `provider`".to_owned(),
            help: Some(providers()),
        }
    }

    fn unknown_provider(name: &str) -> Self {
        Self {
            message: format!("no second-factor provider is named `{}`", shortened(name)),
            help: Some(
                nearest(name, PROVIDERS.iter().copied()).map_or_else(providers, did_you_mean),
            ),
        }
    }

    pub(super) fn unknown_key(key: &str) -> Self {
        // These are too far from the right name to be found by their letters.
        let help = match key {
            "rememberBrowser" | "remember_browser" | "remember" | "allow_remember_browser" => {
                Some(did_you_mean("allowRememberBrowser"))
            }
            "providerOptions" => Some(
                "Duo's fields stand beside `provider`: `ikey`, `skey`, `host`, `username`"
                    .to_owned(),
            ),
            _ => nearest(key, KEYS.iter().copied()).map(did_you_mean),
        };
        Self {
            message: format!("`context.multifactor` has no field `{}`", shortened(key)),
            help: help.or_else(|| Some(format!("its fields are {}", listed(KEYS)))),
        }
    }

    pub(super) fn wrong_type(path: &str, wanted: &str, value: &Value<'_>) -> Self {
        Self::wrong_type_name(path, wanted, value.type_name())
    }

    fn wrong_type_name(path: &str, wanted: &str, found: &str) -> Self {
        Self {
            message: format!(
                "`{path}` in `context.multifactor` must be {wanted}, not {}",
                with_article(found)
            ),
            help: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

fn providers() -> String {
    format!("the providers are {}", listed(PROVIDERS))
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A name that a rule made up may be long; a message is not.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

pub(super) fn described(value: &Value<'_>) -> String {
    with_article(value.type_name())
}

fn with_article(type_name: &str) -> String {
    match type_name {
        "()" => "`()`".to_owned(),
        "integer" | "array" => format!("an {type_name}"),
        _ => format!("a {type_name}"),
    }
}
