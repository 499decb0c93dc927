//! Generated logins: a user and a context with Auth0's field names, a time, configuration and facts.

use crate::bytes::Bytes;
use chrono::{DateTime, Utc};
use mfa_rules::Login;
use serde_json::{Map, Number, Value as Json, json};
use std::fmt;

/// A login.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedLogin {
    /// The profile.
    pub user: Json,
    /// The context of the login.
    pub context: Json,
    /// The configuration of the rule set.
    pub configuration: Map<String, Json>,
    /// The time of the login.
    pub now: DateTime<Utc>,
    /// What was fetched for the rules.
    pub facts: Map<String, Json>,
}

impl GeneratedLogin {
    /// The login that `bytes` stand for.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::generate(&mut Bytes::new(bytes))
    }

    pub(crate) fn generate(bytes: &mut Bytes<'_>) -> Self {
        let whole = bytes.byte() < 150;
        let mut user = object(bytes, USER, whole);
        let mut context = object(bytes, CONTEXT, whole);
        if !whole && bytes.chance(3) {
            user = odd(bytes, 3);
        }
        if let (Json::Object(members), true) = (&mut context, bytes.chance(10)) {
            members.insert(
                "multifactor".to_owned(),
                json!({ "provider": "guardian", "allowRememberBrowser": bytes.chance(50) }),
            );
        }
        let configuration = members(object(bytes, CONFIGURATION, whole));
        let seconds = [
            1_767_603_600,
            0,
            951_782_399,
            1_774_746_000,
            -1,
            4_102_444_800,
        ];
        let now = bytes.pick(&seconds).unwrap_or_default();
        Self {
            user,
            context,
            configuration,
            now: DateTime::from_timestamp(now, 0).unwrap_or_default(),
            facts: members(object(bytes, FACTS, whole)),
        }
    }

    /// The login as the engine takes it.
    pub fn login(&self) -> Login<'_> {
        Login::new(self.now)
            .user(&self.user)
            .context(&self.context)
            .configuration(&self.configuration)
            .facts(&self.facts)
    }
}

fn members(object: Json) -> Map<String, Json> {
    match object {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}

impl fmt::Display for GeneratedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "user:          {}", self.user)?;
        writeln!(f, "context:       {}", self.context)?;
        let configuration = Json::Object(self.configuration.clone());
        writeln!(f, "configuration: {configuration}")?;
        writeln!(f, "now:           {}", self.now)?;
        write!(f, "facts:         {}", Json::Object(self.facts.clone()))
    }
}

/// What a member usually holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    Bool,
    Int,
    Float,
    Text(&'static [&'static str]),
    Texts(&'static [&'static str]),
    Object(Members),
    Objects(Members),
    Ints,
}

pub(crate) type Members = &'static [(&'static str, Shape)];

const EMAILS: &[&str] = &[
    "ann@example.com",
    "BOB@Example.COM",
    "łukasz@bücher.example",
    "no-at-sign",
    "",
    "two@at@example.org",
];
const ROLES: &[&str] = &["admin", "user", "editor", "", "Admin", "größe", "🦀"];
const PROVIDERS: &[&str] = &["auth0", "google-oauth2", "guardian", "duo", "waad"];
const TIMES: &[&str] = &[
    "2026-01-05T08:59:59.999Z",
    "2025-12-31",
    "2024-02-29T23:00:00+01:00",
    "yesterday",
    "",
];
const IPS: &[&str] = &[
    "203.0.113.7",
    "10.0.0.1",
    "::1",
    "::ffff:10.0.0.9",
    "2001:db8::5",
    "x",
];
const WORDS: &[&str] = &[
    "alpha",
    "beta gamma",
    "",
    "naïve",
    "Ünïcode ✓",
    "a,b,,c",
    "42",
    "4.5",
];

pub(crate) const USER: Members = &[
    (
        "user_id",
        Shape::Text(&["auth0|1", "google-oauth2|42", "auth0|ü"]),
    ),
    ("email", Shape::Text(EMAILS)),
    ("email_verified", Shape::Bool),
    ("name", Shape::Text(WORDS)),
    ("created_at", Shape::Text(TIMES)),
    ("logins_count", Shape::Int),
    ("multifactor", Shape::Texts(PROVIDERS)),
    ("groups", Shape::Texts(ROLES)),
    (
        "identities",
        Shape::Objects(&[
            ("provider", Shape::Text(PROVIDERS)),
            ("connection", Shape::Text(WORDS)),
            ("isSocial", Shape::Bool),
        ]),
    ),
    (
        "app_metadata",
        Shape::Object(&[
            ("use_mfa", Shape::Bool),
            ("risk", Shape::Int),
            ("score", Shape::Float),
            ("roles", Shape::Texts(ROLES)),
            ("limits", Shape::Ints),
            ("plan", Shape::Text(WORDS)),
        ]),
    ),
    (
        "user_metadata",
        Shape::Object(&[("lang", Shape::Text(WORDS)), ("age", Shape::Int)]),
    ),
];

pub(crate) const CONTEXT: Members = &[
    ("clientID", Shape::Text(&["app-1", "app-2", "other", ""])),
    ("clientName", Shape::Text(WORDS)),
    ("connection", Shape::Text(WORDS)),
    ("connectionStrategy", Shape::Text(PROVIDERS)),
    (
        "protocol",
        Shape::Text(&[
            "oidc-basic-profile",
            "oauth2-password",
            "oauth2-refresh-token",
            "samlp",
        ]),
    ),
    ("stats", Shape::Object(&[("loginsCount", Shape::Int)])),
    (
        "request",
        Shape::Object(&[
            ("ip", Shape::Text(IPS)),
            ("userAgent", Shape::Text(WORDS)),
            (
                "geoip",
                Shape::Object(&[
                    ("country_code", Shape::Text(&["DE", "US", "PL", ""])),
                    ("latitude", Shape::Float),
                    ("longitude", Shape::Float),
                ]),
            ),
            (
                "query",
                Shape::Object(&[
                    (
                        "scope",
                        Shape::Text(&["openid profile", "openid", "", " read:x  write:x "]),
                    ),
                    ("prompt", Shape::Text(&["none", "login"])),
                ]),
            ),
        ]),
    ),
    (
        "sso",
        Shape::Object(&[
            ("with_dbconn", Shape::Bool),
            ("current_clients", Shape::Texts(&["app-1", "app-2", "x"])),
        ]),
    ),
    (
        "authorization",
        Shape::Object(&[("roles", Shape::Texts(ROLES))]),
    ),
    (
        "authentication",
        Shape::Object(&[(
            "methods",
            Shape::Objects(&[
                ("name", Shape::Text(&["pwd", "mfa", "federated", "sms"])),
                ("timestamp", Shape::Int),
            ]),
        )]),
    ),
    (
        "organization",
        Shape::Object(&[("name", Shape::Text(WORDS))]),
    ),
    (
        "idToken",
        Shape::Object(&[("count", Shape::Int), ("tags", Shape::Texts(ROLES))]),
    ),
    (
        "accessToken",
        Shape::Object(&[("scope", Shape::Texts(&["read", "write"]))]),
    ),
];

pub(crate) const CONFIGURATION: Members = &[
    ("CLIENTS", Shape::Texts(&["app-1", "app-2", "x"])),
    (
        "DOMAIN",
        Shape::Text(&["example.com", "bücher.example", ""]),
    ),
    ("THRESHOLD", Shape::Int),
    ("RATIO", Shape::Float),
    ("STRICT", Shape::Bool),
    (
        "RANGES",
        Shape::Texts(&["10.0.0.0/8", "203.0.113.0/24", "2001:db8::/32"]),
    ),
];

pub(crate) const FACTS: Members = &[
    ("risk_score", Shape::Int),
    ("velocity", Shape::Float),
    ("known_device", Shape::Bool),
    ("country", Shape::Text(&["DE", "US", "PL", ""])),
    ("fingerprints", Shape::Texts(WORDS)),
    ("attempts", Shape::Ints),
    (
        "device",
        Shape::Object(&[
            ("trusted", Shape::Bool),
            ("age", Shape::Int),
            ("owner", Shape::Text(WORDS)),
        ]),
    ),
    (
        "sessions",
        Shape::Objects(&[
            ("provider", Shape::Text(PROVIDERS)),
            ("isSocial", Shape::Bool),
            ("connection", Shape::Text(WORDS)),
        ]),
    ),
];

/// An object with these members, all of which are as usual when it is `whole`.
fn object(bytes: &mut Bytes<'_>, members: Members, whole: bool) -> Json {
    let mut object = Map::new();
    for (name, shape) in members {
        // Absent, null and odd members are what rules trip over.
        let byte = bytes.byte();
        match if whole { 0 } else { byte } {
            0..=218 => {
                let value = value(bytes, *shape, whole);
                object.insert((*name).to_owned(), value);
            }
            219..=232 => {}
            233..=241 => {
                object.insert((*name).to_owned(), Json::Null);
            }
            _ => {
                let value = odd(bytes, 2);
                object.insert((*name).to_owned(), value);
            }
        }
    }
    if !whole && bytes.chance(15) {
        let value = odd(bytes, 3);
        object.insert("ключ \"'\\/ 🗝".to_owned(), value);
    }
    Json::Object(object)
}

fn value(bytes: &mut Bytes<'_>, shape: Shape, whole: bool) -> Json {
    match shape {
        Shape::Bool => Json::Bool(bytes.below(2) == 1),
        Shape::Int => Json::from(integer(bytes)),
        Shape::Float => float(bytes),
        Shape::Text(texts) => Json::from(bytes.text(texts)),
        Shape::Texts(texts) => list(bytes, |bytes| Json::from(bytes.text(texts))),
        Shape::Ints => list(bytes, |bytes| Json::from(integer(bytes))),
        Shape::Object(members) => object(bytes, members, whole),
        Shape::Objects(members) => list(bytes, |bytes| object(bytes, members, whole)),
    }
}

fn list(bytes: &mut Bytes<'_>, mut item: impl FnMut(&mut Bytes<'_>) -> Json) -> Json {
    let length = bytes.pick(&[2, 1, 0, 3, 5]).unwrap_or_default();
    Json::Array((0..length).map(|_| item(bytes)).collect())
}

fn integer(bytes: &mut Bytes<'_>) -> i64 {
    match bytes.byte() {
        byte @ 0..=199 => i64::from(byte),
        200..=229 => i64::from(bytes.byte()).wrapping_sub(128),
        230..=235 => 1_767_603_600_000,
        236..=240 => i64::MAX,
        241..=244 => i64::MIN,
        _ => bytes.long(),
    }
}

fn float(bytes: &mut Bytes<'_>) -> Json {
    let floats = [
        1.5,
        0.0,
        -0.0,
        0.1,
        -2.5,
        1e20,
        1e-9,
        52.52,
        13.405,
        1e300,
        3.0,
        123_456_789.012_345_67,
        5e-324,
    ];
    Number::from_f64(bytes.pick(&floats).unwrap_or_default()).map_or(Json::Null, Json::Number)
}

/// A value of any type.
fn odd(bytes: &mut Bytes<'_>, depth: usize) -> Json {
    match bytes.below(12) {
        0 => Json::Null,
        1 => Json::Bool(bytes.chance(50)),
        2 => Json::from(integer(bytes)),
        3 => float(bytes),
        // Integers beyond 64-bit signed.
        4 => Json::from(u64::MAX.wrapping_sub(u64::from(bytes.byte()))),
        5 => Json::from(1_u64 << 63),
        6 => Json::from(""),
        7 => Json::from("\u{0}\t\"\\ \u{10FFFF}"),
        8 => Json::from("true"),
        9 if depth > 0 => list(bytes, |bytes| odd(bytes, depth.saturating_sub(1))),
        10 if depth > 0 => {
            let mut object = Map::new();
            for _ in 0..bytes.below(4) {
                let key = bytes.text(&["a", "", "provider", "0", "ü"]);
                let value = odd(bytes, depth.saturating_sub(1));
                object.insert(key.to_owned(), value);
            }
            Json::Object(object)
        }
        _ => Json::from(bytes.text(WORDS)),
    }
}

#[cfg(test)]
mod tests {
    use super::GeneratedLogin;

    #[test]
    fn no_bytes_give_a_whole_login() {
        let login = GeneratedLogin::from_bytes(&[]);
        assert_eq!(login.user["email"], "ann@example.com");
        assert_eq!(login.context["request"]["geoip"]["country_code"], "DE");
        assert_eq!(login.configuration["CLIENTS"][0], "app-1");
        assert_eq!(login.facts["country"], "DE");
    }
}
