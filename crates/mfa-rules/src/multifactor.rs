//! `context.multifactor`: the second factor that a rule asks for.
//!
//! A rule assigns a map; [`Multifactor`] is that map, checked. The fields are those of Auth0's
//! `context.multifactor` in rules, where Duo's are flat.

mod problem;

pub(crate) use problem::{Literal, Problem, check_literal, check_provider};

use self::problem::{EXAMPLE, KEYS, ProviderName, described};
use crate::codes::Code;
use crate::failure::Failure;
use crate::meter::Meter;
use crate::secret::Secret;
use crate::value::{MapRef, Text, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use std::fmt;

/// The second factor that the rules ask for.
///
/// It is serialized with Auth0's names: `{"provider":"guardian","allowRememberBrowser":false}`,
/// and then the other fields that were given, a [`Secret`] as `"***"`.
#[derive(Clone)]
pub struct Multifactor {
    provider: Provider,
    remember_browser: Remember,
    /// What is hardly ever given does not make every outcome larger.
    settings: Option<Box<Settings>>,
}

/// Which second factor a rule asks for.
///
/// Deliberately exhaustive, for the same reason as [`Decision`](crate::Decision).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Any factor that the user may use.
    Any,
    /// Push, SMS or one-time password.
    Guardian,
    /// One-time password only.
    GoogleAuthenticator,
    /// Duo.
    Duo,
}

/// Whether a browser that has passed the second factor may skip it later: the field
/// `allowRememberBrowser`, or its old inverse `ignoreCookie`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remember {
    /// The browser may be remembered. The default of what a rule assigns.
    Browser,
    /// Every login is challenged.
    Never,
}

/// The value of a field of `context.multifactor`.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// A text that the rule gave.
    Text(String),
    /// A secret of the rule set.
    Secret(Secret),
}

/// The keys of Duo's admin API: the field `admin`.
#[derive(Clone, Default, Serialize)]
pub struct DuoAdmin {
    #[serde(skip_serializing_if = "Option::is_none")]
    ikey: Option<Setting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skey: Option<Setting>,
}

/// The fields that only one provider has a use for.
#[derive(Clone, Default)]
struct Settings {
    issuer: Option<Setting>,
    key: Option<Setting>,
    ikey: Option<Setting>,
    skey: Option<Setting>,
    host: Option<Setting>,
    username: Option<Setting>,
    admin: Option<DuoAdmin>,
}

/// Whether `context.multifactor` has a field of this name.
pub(crate) fn is_field(key: &str) -> bool {
    KEYS.contains(&key)
}

impl Multifactor {
    /// The names of the fields that its serialized form can have. A rule may also write
    /// `ignoreCookie`, which comes out as `allowRememberBrowser`.
    pub const FIELDS: &'static [&'static str] = &[
        "provider",
        "allowRememberBrowser",
        "issuer",
        "key",
        "ikey",
        "skey",
        "host",
        "username",
        "admin",
    ];

    /// The second factor that a failed rule with `on_error: challenge` leaves: any provider, every
    /// time.
    pub(crate) const FLOOR: Self = Self {
        provider: Provider::Any,
        remember_browser: Remember::Never,
        settings: None,
    };

    /// What a tenant's policy asks for: any provider, and the browser may be remembered.
    pub(crate) const ANY: Self = Self {
        provider: Provider::Any,
        remember_browser: Remember::Browser,
        settings: None,
    };

    /// What a rule assigned; `None` when it took an earlier request back.
    ///
    /// # Errors
    ///
    /// A failure that cannot be caught, when the value is malformed.
    pub(crate) fn from_value(
        value: &Value<'_>,
        meter: &mut Meter,
    ) -> Result<Option<Self>, Failure> {
        if matches!(value, Value::Unit) {
            return Ok(None);
        }
        let Some(map) = value.as_map() else {
            return Err(malformed(&Problem {
                message: format!(
                    "`context.multifactor` must be a map, not {}",
                    described(value)
                ),
                help: Some(EXAMPLE.to_owned()),
            }));
        };
        let keys = map.keys(meter)?;
        Self::from_map(map, keys.iter().map(Text::as_str)).map_err(|problem| malformed(&problem))
    }

    /// What came in with a login; `None` when nothing is asked for.
    ///
    /// # Errors
    ///
    /// What is malformed, in words.
    pub(crate) fn from_json(json: &Json) -> Result<Option<Self>, String> {
        match json {
            Json::Null => Ok(None),
            Json::Object(members) => {
                let keys = members.keys().map(String::as_str);
                Self::from_map(MapRef::Json(members), keys).map_err(|problem| problem.to_string())
            }
            other => Err(format!(
                "`context.multifactor` must be an object, not {}",
                described(&Value::from_json(other))
            )),
        }
    }

    fn from_map<'k>(
        map: MapRef<'_, '_>,
        keys: impl Iterator<Item = &'k str>,
    ) -> Result<Option<Self>, Problem> {
        // The least of them, so that the message does not depend on the order of the keys.
        if let Some(key) = keys.filter(|key| !KEYS.contains(key)).min() {
            return Err(Problem::unknown_key(key));
        }
        let provider = map.get("provider").unwrap_or_default();
        let provider = match &provider {
            Value::Unit => return Err(Problem::missing_provider()),
            Value::Text(name) => name.as_str(),
            other => return Err(Problem::wrong_type("provider", "a text", other)),
        };
        let provider = ProviderName::parse(provider)?;
        let allow = flag(map, "allowRememberBrowser")?;
        let ignore = flag(map, "ignoreCookie")?;
        let settings = Settings::from_map(map)?;
        let ProviderName::Provider(provider) = provider else {
            return Ok(None);
        };
        let may_be_remembered = allow.or(ignore.map(|ignore| !ignore)).unwrap_or(true);
        Ok(Some(Self {
            provider,
            remember_browser: if may_be_remembered {
                Remember::Browser
            } else {
                Remember::Never
            },
            settings,
        }))
    }

    /// Which second factor is asked for.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Whether the browser may be remembered.
    pub fn remember_browser(&self) -> Remember {
        self.remember_browser
    }

    /// The same, every login being challenged.
    #[must_use]
    pub(crate) fn without_remembering(self) -> Self {
        Self {
            remember_browser: Remember::Never,
            ..self
        }
    }

    /// Google Authenticator: the label that the app shows.
    pub fn issuer(&self) -> Option<&Setting> {
        self.settings.as_ref()?.issuer.as_ref()
    }

    /// Google Authenticator: the seed, when the rule gives one of its own.
    pub fn key(&self) -> Option<&Setting> {
        self.settings.as_ref()?.key.as_ref()
    }

    /// Duo: the integration key.
    pub fn ikey(&self) -> Option<&Setting> {
        self.settings.as_ref()?.ikey.as_ref()
    }

    /// Duo: the secret key.
    pub fn skey(&self) -> Option<&Setting> {
        self.settings.as_ref()?.skey.as_ref()
    }

    /// Duo: the host of its API.
    pub fn host(&self) -> Option<&Setting> {
        self.settings.as_ref()?.host.as_ref()
    }

    /// Duo: the name that the user has there.
    pub fn username(&self) -> Option<&Setting> {
        self.settings.as_ref()?.username.as_ref()
    }

    /// Duo: the keys of its admin API.
    pub fn admin(&self) -> Option<&DuoAdmin> {
        self.settings.as_ref()?.admin.as_ref()
    }
}

impl Serialize for Multifactor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("allowRememberBrowser", &self.remember_browser)?;
        if let Some(settings) = &self.settings {
            for (name, setting) in settings.texts() {
                if let Some(setting) = setting {
                    map.serialize_entry(name, setting)?;
                }
            }
            if let Some(admin) = &settings.admin {
                map.serialize_entry("admin", admin)?;
            }
        }
        map.end()
    }
}

impl fmt::Debug for Multifactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multifactor")
            .field("provider", &self.provider)
            .field("remember_browser", &self.remember_browser)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// All providers.
    pub const ALL: &'static [Self] = &[
        Self::Any,
        Self::Guardian,
        Self::GoogleAuthenticator,
        Self::Duo,
    ];

    /// The name that rules use, for example `google-authenticator`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Guardian => "guardian",
            Self::GoogleAuthenticator => "google-authenticator",
            Self::Duo => "duo",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value of `allowRememberBrowser`.
impl Serialize for Remember {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self == Self::Browser)
    }
}

impl Setting {
    /// The value itself.
    ///
    /// # Security
    ///
    /// It may be a secret of the rule set: what becomes of the text is the caller's responsibility.
    pub fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }

    fn from_map(map: MapRef<'_, '_>, key: &str, path: &str) -> Result<Option<Self>, Problem> {
        match map.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(Self::Text(text.as_str().to_owned()))),
            Some(Value::Secret(secret)) => Ok(Some(Self::Secret(secret.clone()))),
            Some(other) => Err(Problem::wrong_type(path, "a text", &other)),
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => fmt::Debug::fmt(text, f),
            Self::Secret(_) => f.write_str(crate::secret::MASK),
        }
    }
}

impl DuoAdmin {
    /// The integration key of the admin API.
    pub fn ikey(&self) -> Option<&Setting> {
        self.ikey.as_ref()
    }

    /// The secret key of the admin API.
    pub fn skey(&self) -> Option<&Setting> {
        self.skey.as_ref()
    }

    fn from_map(map: MapRef<'_, '_>) -> Result<Option<Self>, Problem> {
        let Some(admin) = map.get("admin") else {
            return Ok(None);
        };
        let Some(admin) = admin.as_map() else {
            return Err(Problem::wrong_type("admin", "a map", &admin));
        };
        let ikey = Setting::from_map(admin, "ikey", "admin.ikey")?;
        let skey = Setting::from_map(admin, "skey", "admin.skey")?;
        let known = usize::from(ikey.is_some()).saturating_add(usize::from(skey.is_some()));
        if admin.len() > known {
            return Err(Problem {
                message: "`admin` in `context.multifactor` has a key that is unknown".to_owned(),
                help: Some("its keys are `ikey` and `skey`".to_owned()),
            });
        }
        Ok(Some(Self { ikey, skey }))
    }
}

impl fmt::Debug for DuoAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuoAdmin").finish_non_exhaustive()
    }
}

impl Settings {
    fn from_map(map: MapRef<'_, '_>) -> Result<Option<Box<Self>>, Problem> {
        let text = |key: &str| Setting::from_map(map, key, key);
        let settings = Self {
            issuer: text("issuer")?,
            key: text("key")?,
            ikey: text("ikey")?,
            skey: text("skey")?,
            host: text("host")?,
            username: text("username")?,
            admin: DuoAdmin::from_map(map)?,
        };
        let given =
            settings.admin.is_some() || settings.texts().iter().any(|(_, text)| text.is_some());
        Ok(given.then(|| Box::new(settings)))
    }

    fn texts(&self) -> [(&'static str, Option<&Setting>); 6] {
        [
            ("issuer", self.issuer.as_ref()),
            ("key", self.key.as_ref()),
            ("ikey", self.ikey.as_ref()),
            ("skey", self.skey.as_ref()),
            ("host", self.host.as_ref()),
            ("username", self.username.as_ref()),
        ]
    }
}

fn flag(map: MapRef<'_, '_>, key: &str) -> Result<Option<bool>, Problem> {
    match map.get(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(other) => Err(Problem::wrong_type(key, "a boolean", &other)),
    }
}

fn malformed(problem: &Problem) -> Failure {
    Failure::uncatchable(Code::Multifactor, problem.to_string())
}

#[cfg(test)]
mod tests;
