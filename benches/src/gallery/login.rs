//! Logins in which rules of the gallery find something: the documents of [`logins`](crate::logins),
//! with other values where the rules look.

use crate::dice::Dice;
use crate::logins::{CLIENTS, LoginDocument, login as document};
use chrono::{DateTime, TimeDelta, Utc};
use mfa_rules::Login;
use serde_json::{Map, Value as Json, json};

/// A Monday at 09:00 in UTC, the earliest time of a login.
const MONDAY: DateTime<Utc> = match DateTime::from_timestamp(1_767_603_600, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// What an application asks for that wants a second factor.
const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

/// `sha1_hex` of the browser of all logins and the address 10.1.0.2, which some come from.
const FINGERPRINT: &str = "2cd464a1104470690ee21d76faf9637cf1b44f6b";

/// How different logins are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variety {
    /// As a server sees them: each thing that is unusual is in one of twenty logins, and no login is
    /// so damaged that a rule fails.
    Usual,
    /// What is unusual is in every other login, and one of thirty is damaged, so that every rule
    /// decides in each of its ways often.
    Every,
}

/// A login with everything that the rules of the gallery ask for.
#[derive(Debug, Clone)]
pub struct GalleryLogin {
    /// The profile of the user.
    pub user: Json,
    /// The context of the login.
    pub context: Json,
    /// The facts that the server has fetched.
    pub facts: Map<String, Json>,
    /// The time.
    pub now: DateTime<Utc>,
}

impl GalleryLogin {
    /// The login as the engine takes it.
    pub fn borrowed(&self) -> Login<'_> {
        Login::new(self.now)
            .user(&self.user)
            .context(&self.context)
            .facts(&self.facts)
    }
}

/// The first `count` logins, each different from the others and the same in every run.
pub fn gallery_logins(variety: Variety, count: u64) -> impl Iterator<Item = GalleryLogin> {
    (0..count).map(move |number| Generator::new(variety, number).login(number))
}

struct Generator {
    variety: Variety,
    dice: Dice,
    now: DateTime<Utc>,
}

impl Generator {
    fn new(variety: Variety, number: u64) -> Self {
        let now = MONDAY;
        let dice = Dice::new(number);
        Self { variety, dice, now }
    }

    fn login(mut self, number: u64) -> GalleryLogin {
        let days = if self.is_unusual() { 5 } else { self.below(5) };
        let moment = days
            .saturating_mul(86_400)
            .saturating_add(self.below(28_800));
        self.now = self.ago(moment.saturating_neg());
        let LoginDocument { user, context } = document(number);
        let mut login = GalleryLogin {
            user,
            context,
            facts: self.facts(number),
            now: self.now,
        };
        self.user(&mut login.user, number);
        self.context(&mut login.context);
        if self.variety == Variety::Every && self.dice.one_in(30) {
            self.damage(&mut login);
        }
        login
    }

    /// Whether this time something is not as it mostly is.
    fn is_unusual(&mut self) -> bool {
        self.dice.one_in(match self.variety {
            Variety::Usual => 20,
            Variety::Every => 2,
        })
    }

    fn below(&mut self, end: u64) -> i64 {
        i64::try_from(self.dice.below(end)).unwrap_or_default()
    }

    /// One of these values, which mostly is one of the first list.
    fn value(&mut self, usual: &[Json], unusual: &[Json]) -> Json {
        let choices = if self.is_unusual() { unusual } else { usual };
        self.dice.one_of(choices)
    }

    /// The time so many seconds before the login.
    fn ago(&self, seconds: i64) -> DateTime<Utc> {
        let ago = TimeDelta::seconds(seconds);
        self.now.checked_sub_signed(ago).unwrap_or(self.now)
    }

    /// A date of up to so many days ago, in one of the forms in which servers write it.
    fn date(&mut self, days: u64) -> Json {
        let seconds = self.below(days.saturating_mul(86_400));
        let date = self.ago(seconds);
        match self.dice.below(6) {
            0 => json!(date.timestamp()),
            1 => json!(date.timestamp_millis()),
            2 => json!(date.format("%Y-%m-%d").to_string()),
            _ => json!(date.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        }
    }

    fn facts(&mut self, number: u64) -> Map<String, Json> {
        let score = self.below(41);
        let risk = self.value(
            &[json!(score)],
            &[json!(41), json!(69.5), json!(70), json!(99), Json::Null],
        );
        let fraud = self.value(
            &[json!(0.1), json!(3), Json::Null],
            &[json!(0.21), json!(20.5)],
        );
        let fraud = fraud
            .as_f64()
            .map_or(Json::Null, |percent| json!(percent / 100.0));
        let own = format!("user-{number}@acme.example");
        let allowed = self.value(
            &[json!(["ada@acme.example", own])],
            &[json!(["ada@acme.example"]), json!([])],
        );
        let fingerprint = self.value(&[json!(FINGERPRINT)], &[Json::Null]);
        [
            ("seczetta_risk_score", risk),
            ("minfraud_risk_score", fraud),
            ("allowed_emails", allowed),
            ("last_device_fingerprint", fingerprint),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
    }

    fn user(&mut self, user: &mut Json, number: u64) {
        let own = json!(format!("user-{number}@acme.example"));
        let id = self.value(&[json!(format!("auth0|{number}"))], &[json!("auth0|2")]);
        set(user, "/user_id", id);
        let email = self.value(
            &[own, json!("ada@acme.example"), json!("Max@Example.COM")],
            &[
                json!("eve@evil.example"),
                json!("eve@acme.example@evil.example"),
                json!("eve@evil.example@acme.example"),
                json!("eve@evil.acme.example"),
                json!("acme.example"),
                json!("eve@"),
                json!(""),
            ],
        );
        set(user, "/email", email);
        let verified = self.value(&[json!(true)], &[json!(false), Json::Null, json!("yes")]);
        set(user, "/email_verified", verified);
        let enrolled = self.value(&[json!(["guardian"])], &[json!([]), Json::Null]);
        set(user, "/multifactor", enrolled);

        let last = self.value(&[json!("DE")], &[json!("FR"), json!(""), Json::Null]);
        set(user, "/app_metadata/last_location", last);
        let groups = self.value(
            &[json!(["writers"]), json!([]), Json::Null],
            &[json!(["admins"]), json!(["writers", "finance"])],
        );
        set(
            user,
            "/app_metadata/authorization",
            json!({ "groups": groups }),
        );
        if self.variety == Variety::Every && self.dice.one_in(16) {
            set(user, "/app_metadata", Json::Null);
        }

        let (recently, long_ago) = (self.date(80), self.date(4_000));
        let reset = self.value(
            &[recently],
            &[long_ago, Json::Null, json!(""), json!("yesterday")],
        );
        set(user, "/last_password_reset", reset);
        let created = self.date(200);
        set(user, "/created_at", created);
        if self.variety == Variety::Every && self.dice.one_in(8) {
            remove(user, "created_at");
        }

        let groups = self.value(
            &[json!(["staff", "engineering", "on-call"]), Json::Null],
            &[
                json!("staff"),
                json!(["guests"]),
                json!(["vpn-users", "engineering", "building-7", "staff"]),
                json!([]),
                json!("guests"),
                json!(""),
            ],
        );
        set(user, "/groups", groups);
    }

    fn context(&mut self, context: &mut Json) {
        let client = self.dice.one_of(&CLIENTS);
        let client = if self.variety == Variety::Every && self.dice.one_in(3) {
            "payroll"
        } else {
            client
        };
        set(context, "/clientID", json!(client));
        set(context, "/clientName", json!(format!("Acme {client}")));
        let required = self.value(&[Json::Null, json!("false")], &[json!("true"), json!(true)]);
        set(context, "/clientMetadata/require_mfa", required.clone());
        set(context, "/organization/metadata/require_mfa", required);
        let protocol = self.value(
            &[json!("oidc-basic-profile")],
            &[
                json!("oauth2-refresh-token"),
                json!("oauth2-resource-owner"),
            ],
        );
        set(context, "/protocol", protocol);
        let connection = self.value(
            &[json!("Username-Password-Authentication")],
            &[json!("corporate"), json!("auth0")],
        );
        set(context, "/connection", connection);
        let logins = self.value(&[json!(12)], &[json!(1)]);
        set(context, "/stats/loginsCount", logins);
        let aliases = self.value(
            &[json!(["example.com"]), Json::Null],
            &[json!(["other.example"])],
        );
        let options = json!({ "tenant_domain": "acme.example", "domain_aliases": aliases });
        set(context, "/connectionOptions", options);

        let inside = format!("10.1.{}.{}", self.below(4), self.below(250));
        let outside = format!("203.0.113.{}", self.below(16));
        let ip = self.value(
            &[
                json!(inside),
                json!(inside),
                json!(format!("::ffff:{inside}")),
                json!("10.1.0.2"),
                json!("2001:db8:1ff::1"),
            ],
            &[
                json!(outside),
                json!(format!("::ffff:{outside}")),
                json!("2001:db8:200::1"),
                json!("192.168.1.127"),
            ],
        );
        set(context, "/request/ip", ip);
        let country = self.value(&[json!("DE")], &[json!("FR"), json!("")]);
        set(context, "/request/geoip/country_code", country);
        let acr_values = self.value(
            &[Json::Null, json!("urn:acme:password urn:acme:device")],
            &[
                json!(format!("{MULTI_FACTOR}/phone")),
                json!(MULTI_FACTOR),
                json!(format!("urn:acme:password {MULTI_FACTOR}")),
                json!(["urn:acme:password", MULTI_FACTOR]),
            ],
        );
        set(context, "/request/query/acr_values", acr_values);
        let scope = self.value(
            &[json!("openid profile email offline_access")],
            &[json!("openid transfer:funds")],
        );
        set(context, "/request/query/scope", scope);

        let fresh = self.below(11 * 3_600);
        let fresh = self.ago(fresh).timestamp_millis();
        let stale = self.below(200 * 3_600);
        let stale = self.ago(stale.saturating_add(13 * 3_600)).timestamp();
        let early = self.ago(-1).timestamp_millis();
        let password = json!({ "name": "pwd", "timestamp": fresh });
        let factor = |time: Json| json!([password, { "name": "mfa", "timestamp": time }]);
        let methods = self.value(
            &[factor(json!(fresh))],
            &[
                factor(json!(stale)),
                factor(json!(early)),
                factor(json!("noon")),
                factor(Json::Null),
                json!([password]),
                json!([]),
                Json::Null,
            ],
        );
        set(context, "/authentication/methods", methods);
        let confidence = self.value(&[json!("high")], &[json!("low"), json!("medium")]);
        let assessment = json!({ "confidence": confidence, "code": "match" });
        let assessments = json!({ "assessments": { "NewDevice": assessment } });
        set(context, "/riskAssessment", assessments);
    }

    /// Takes something away, or puts something wrong in its place.
    fn damage(&mut self, login: &mut GalleryLogin) {
        let (user, context) = (&mut login.user, &mut login.context);
        match self.dice.below(16) {
            0 => *user = Json::Null,
            1 => set(context, "/request", Json::Null),
            2 => set(context, "/request/query", Json::Null),
            3 => set(context, "/request/geoip", Json::Null),
            4 => set(context, "/request/ip", json!("unknown")),
            5 => set(context, "/request/ip", Json::Null),
            6 => set(context, "/request/query/acr_values", json!(1)),
            7 => set(context, "/authentication", Json::Null),
            8 => set(context, "/authentication/methods", json!("mfa")),
            9 => set(user, "/email", json!(17)),
            10 => set(user, "/groups", json!({ "staff": true })),
            11 => set(context, "/idToken", Json::Null),
            12 => set(context, "/accessToken", json!([])),
            13 => {
                let fact = "seczetta_risk_score".to_owned();
                login.facts.insert(fact, json!("high"));
            }
            14 => remove(user, "email"),
            _ => login.facts.clear(),
        }
    }
}

/// Sets the member that the pointer names. What is above of it is there already.
fn set(document: &mut Json, pointer: &str, value: Json) {
    let (above, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    if let Some(Json::Object(members)) = document.pointer_mut(above) {
        members.insert(name.to_owned(), value);
    }
}

fn remove(document: &mut Json, name: &str) {
    if let Json::Object(members) = document {
        members.remove(name);
    }
}
