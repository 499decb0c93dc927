//! Tests of the second factor that rules ask for.

use super::{KEYS, Literal, Multifactor, Problem, check_literal, check_provider};
use crate::codes::Code;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::secret::Secret;
use crate::value::{Map, Text, Value};
use serde_json::{Value as Json, json};
use std::rc::Rc;

const SECRET: &str = "the secret key";

/// The map that a rule builds; a value `"$secret"` stands for a secret of the rule set.
fn build<'a>(json: &'a Json, secret: &'a Secret, meter: &mut Meter) -> Value<'a> {
    let Json::Object(members) = json else {
        return match json.as_str() {
            Some("$secret") => Value::Secret(secret),
            _ => Value::from_json(json),
        };
    };
    let mut map = Map::default();
    for (key, value) in members {
        let value = build(value, secret, meter);
        map.set(Text::Borrowed(key), value, meter).unwrap();
    }
    Value::Map(Rc::new(map))
}

fn read(json: &Json) -> Result<Option<Multifactor>, String> {
    let mut meter = Meter::new(Limits::DEFAULT);
    let secret = Secret::new(SECRET.to_owned());
    let value = build(json, &secret, &mut meter);
    Multifactor::from_value(&value, &mut meter).map_err(|failure| {
        assert_eq!(failure.code, Code::Multifactor);
        assert!(!failure.catchable);
        failure.message
    })
}

/// What is read from `json` is serialized as `expected`, from a rule and from a login.
fn check(json: &Json, expected: &str) {
    let multifactor = read(json).unwrap();
    assert_eq!(serde_json::to_string(&multifactor).unwrap(), expected);
    if !json.to_string().contains("$secret") {
        let multifactor = Multifactor::from_json(json).unwrap();
        assert_eq!(serde_json::to_string(&multifactor).unwrap(), expected);
    }
}

/// `json` is refused with `message`, from a rule and from a login.
fn refuse(json: &Json, message: &str) {
    assert_eq!(read(json).unwrap_err(), message);
    assert_eq!(Multifactor::from_json(json).unwrap_err(), message);
}

#[test]
fn the_browser_may_be_remembered_unless_the_rule_says_no() {
    let remembered = r#"{"provider":"guardian","allowRememberBrowser":true}"#;
    let never = r#"{"provider":"guardian","allowRememberBrowser":false}"#;
    let with = |allow: Json, ignore: Json| {
        let mut map = json!({ "provider": "guardian" });
        for (key, flag) in [("allowRememberBrowser", allow), ("ignoreCookie", ignore)] {
            if !flag.is_null() {
                map[key] = flag;
            }
        }
        map
    };
    check(&with(Json::Null, Json::Null), remembered);
    check(&with(json!(true), Json::Null), remembered);
    check(&with(json!(false), Json::Null), never);
    check(&with(Json::Null, json!(true)), never);
    check(&with(Json::Null, json!(false)), remembered);
    check(&with(json!(false), json!(false)), never);
    check(&with(json!(true), json!(true)), remembered);
}

#[test]
fn every_provider_is_known() {
    for name in ["any", "guardian", "google-authenticator", "duo"] {
        check(
            &json!({ "provider": name }),
            &format!(r#"{{"provider":"{name}","allowRememberBrowser":true}}"#),
        );
    }
}

#[test]
fn unit_and_none_ask_for_nothing() {
    check(&Json::Null, "null");
    check(
        &json!({ "provider": "none", "allowRememberBrowser": false }),
        "null",
    );
}

#[test]
fn settings_follow_in_a_fixed_order() {
    check(
        &json!({
            "admin": { "skey": "as", "ikey": "ai" },
            "username": "u",
            "host": "h",
            "skey": "s",
            "ikey": "i",
            "key": "k",
            "issuer": "acme",
            "provider": "duo",
        }),
        concat!(
            r#"{"provider":"duo","allowRememberBrowser":true,"issuer":"acme","key":"k","#,
            r#""ikey":"i","skey":"s","host":"h","username":"u","#,
            r#""admin":{"ikey":"ai","skey":"as"}}"#,
        ),
    );
}

#[test]
fn a_secret_is_masked_and_can_be_exposed() {
    let json = json!({
        "provider": "duo", "ikey": "i", "skey": "$secret", "admin": { "skey": "$secret" },
    });
    check(
        &json,
        concat!(
            r#"{"provider":"duo","allowRememberBrowser":true,"ikey":"i","skey":"***","#,
            r#""admin":{"skey":"***"}}"#,
        ),
    );
    let multifactor = read(&json).unwrap().unwrap();
    assert_eq!(multifactor.skey().unwrap().expose(), SECRET);
    let admin = multifactor.admin().unwrap();
    assert_eq!(admin.skey().unwrap().expose(), SECRET);
    assert!(admin.ikey().is_none());
    let debug = format!("{multifactor:?} {:?} {admin:?}", multifactor.skey());
    assert!(!debug.contains(SECRET), "{debug}");
}

#[test]
fn a_provider_is_needed_and_must_exist() {
    let providers = "the providers are `any`, `guardian`, `google-authenticator`, `duo`, `none`";
    refuse(
        &json!({}),
        &format!("`context.multifactor` has no `provider`; {providers}"),
    );
    refuse(
        &json!({ "provider": null }),
        &format!("`context.multifactor` has no `provider`; {providers}"),
    );
    refuse(
        &json!({ "provider": "Guardien" }),
        "no second-factor provider is named `Guardien`; did you mean `guardian`?",
    );
    refuse(
        &json!({ "provider": "sms" }),
        &format!("no second-factor provider is named `sms`; {providers}"),
    );
    refuse(
        &json!({ "provider": "" }),
        &format!("no second-factor provider is named ``; {providers}"),
    );
    refuse(
        &json!({ "provider": true }),
        "`provider` in `context.multifactor` must be a text, not a boolean",
    );
}

#[test]
fn an_unknown_field_is_named_with_the_nearest_right_one() {
    let unknown = |field: &str| json!({ "provider": "none", field: false });
    refuse(
        &unknown("rememberBrowser"),
        "`context.multifactor` has no field `rememberBrowser`; \
         did you mean `allowRememberBrowser`?",
    );
    refuse(
        &unknown("ignorecookie"),
        "`context.multifactor` has no field `ignorecookie`; did you mean `ignoreCookie`?",
    );
    refuse(
        &unknown("providerOptions"),
        "`context.multifactor` has no field `providerOptions`; \
         Duo's fields stand beside `provider`: `ikey`, `skey`, `host`, `username`",
    );
    refuse(
        &unknown("zzz"),
        "`context.multifactor` has no field `zzz`; its fields are `provider`, \
         `allowRememberBrowser`, `ignoreCookie`, `issuer`, `key`, `ikey`, `skey`, `host`, \
         `username`, `admin`",
    );
    refuse(
        &json!({ "provider": "duo", "admin": { "ikey": "i", "host": "h" } }),
        "`admin` in `context.multifactor` has a key that is unknown; \
         its keys are `ikey` and `skey`",
    );
}

#[test]
fn of_two_unknown_fields_the_first_by_name_is_reported() {
    let mut members = serde_json::Map::new();
    members.insert("hosts".to_owned(), json!(1));
    members.insert("hist".to_owned(), json!(1));
    refuse(
        &Json::Object(members),
        "`context.multifactor` has no field `hist`; did you mean `host`?",
    );
}

#[test]
fn a_field_of_the_wrong_type_is_refused_even_when_nothing_is_asked_for() {
    let field = |name: &str, value: Json| json!({ "provider": "none", name: value });
    refuse(
        &field("allowRememberBrowser", Json::Null),
        "`allowRememberBrowser` in `context.multifactor` must be a boolean, not `()`",
    );
    refuse(
        &field("ignoreCookie", json!("true")),
        "`ignoreCookie` in `context.multifactor` must be a boolean, not a text",
    );
    refuse(
        &field("skey", json!(1)),
        "`skey` in `context.multifactor` must be a text, not an integer",
    );
    refuse(
        &field("admin", json!("x")),
        "`admin` in `context.multifactor` must be a map, not a text",
    );
    refuse(
        &field("admin", json!({ "ikey": [] })),
        "`admin.ikey` in `context.multifactor` must be a text, not an array",
    );
}

#[test]
fn what_is_no_map_is_refused() {
    let refused = |json: Json| read(&json).unwrap_err();
    assert_eq!(
        refused(json!(true)),
        "`context.multifactor` must be a map, not a boolean; write `#{ provider: \"any\" }`"
    );
    assert_eq!(
        refused(json!(["guardian"])),
        "`context.multifactor` must be a map, not an array; write `#{ provider: \"any\" }`"
    );
    assert_eq!(
        refused(json!("$secret")),
        "`context.multifactor` must be a map, not a secret; write `#{ provider: \"any\" }`"
    );
}

#[test]
fn reading_a_large_map_spends_the_rule_s_operations() {
    let members = (0..2_000).map(|n| (format!("key{n}"), Json::Null));
    let json = Json::Object(members.collect());
    let mut meter = Meter::new(Limits {
        operations: 100,
        ..Limits::DEFAULT
    });
    let failure = Multifactor::from_value(&Value::from_json(&json), &mut meter).unwrap_err();
    assert_eq!(failure.code, Code::Operations);
}

#[test]
fn a_literal_is_checked_as_far_as_it_is_known() {
    let problems = check_literal(&[
        ("provider", Literal::Text("guardien")),
        ("allowRememberBrowser", Literal::Text("no")),
        ("ignoreCookie", Literal::Bool),
        ("rememberBrowser", Literal::Computed),
        ("host", Literal::Computed),
        ("username", Literal::Other("integer")),
        ("admin", Literal::Other("map")),
    ]);
    let problem = |message: &str, help: Option<&str>| Problem {
        message: message.to_owned(),
        help: help.map(str::to_owned),
    };
    assert_eq!(
        problems,
        [
            (
                0,
                problem(
                    "no second-factor provider is named `guardien`",
                    Some("did you mean `guardian`?")
                )
            ),
            (
                1,
                problem(
                    "`allowRememberBrowser` in `context.multifactor` must be a boolean, \
                     not a text",
                    None
                )
            ),
            (
                3,
                problem(
                    "`context.multifactor` has no field `rememberBrowser`",
                    Some("did you mean `allowRememberBrowser`?")
                )
            ),
            (
                5,
                problem(
                    "`username` in `context.multifactor` must be a text, not an integer",
                    None
                )
            ),
        ]
    );
    assert_eq!(check_provider("none"), None);
}

#[test]
fn a_rule_may_write_the_fields_and_the_old_inverse_of_one() {
    let written: Vec<&str> = KEYS
        .iter()
        .copied()
        .filter(|key| *key != "ignoreCookie")
        .collect();
    assert_eq!(written, Multifactor::FIELDS);
    assert_eq!(KEYS.len(), Multifactor::FIELDS.len() + 1);
}
