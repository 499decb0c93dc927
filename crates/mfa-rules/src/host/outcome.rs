//! What a rule wants: deny the login, ask for a second factor, or take that back.
//!
//! SECURITY: no failure in here can be caught. A rule that got an argument wrong must not go on as
//! if it had said what it wanted.

use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::{Denied, Failure, Stop};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::nearest::nearest;
use crate::outcome::DenialError;
use crate::quote::quote;
use crate::value::{Map, MapRef, Text, Value};
use serde_json::Value as Json;
use std::rc::Rc;

/// Bytes of the message of a denial; the rest is cut off.
const LONGEST_MESSAGE: usize = 4096;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Outcome",
    about: "What a rule wants.\nNo failure of these functions can be caught: the declared failure outcome of the rule applies.",
    functions: &[
        HostFunction {
            name: "deny",
            forms: &[
                Form {
                    signature: "deny(message)",
                    arguments: 1,
                },
                Form {
                    signature: "deny(#{ error: error, message: message })",
                    arguments: 1,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: deny,
            about: "Denies the login and ends the run: no later statement and no later rule runs, and nothing undoes it.\n\n`message` is a text that becomes OAuth's `error_description`; what is beyond 4,096 bytes is cut off.\nOAuth's `error` is `unauthorized`, as for Auth0's `UnauthorizedError`, unless a map chooses it: `error` is `\"unauthorized\"` or `\"access_denied\"`, and both keys must be there.\nAnything else as an argument is a failure with the code `outcome`.",
            example: &[],
        },
        HostFunction {
            name: "require_mfa",
            forms: &[
                Form {
                    signature: "require_mfa(provider)",
                    arguments: 1,
                },
                Form {
                    signature: "require_mfa(provider, options)",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: require_mfa,
            about: "Asks for a second factor by assigning `context.multifactor`, as `api.multifactor.enable` of Auth0's Actions does.\n\n`provider` is a text, for example `\"any\"` or `\"guardian\"`.\n`options` is a map of further fields of `context.multifactor`.\n`allowRememberBrowser` is `false` unless the options say otherwise; a missing one, `()`, does not.\nOf all requests of the rules the last one counts.\nA wrong type is a failure with the code `outcome`; the fields themselves are checked when the rule ends, with the code `multifactor`.",
            example: &[
                (
                    "require_mfa(\"guardian\");\ncontext.multifactor.provider",
                    "\"guardian\"",
                ),
                (
                    "require_mfa(\"any\", #{ allowRememberBrowser: true });\ncontext.multifactor.allowRememberBrowser",
                    "true",
                ),
            ],
        },
        HostFunction {
            name: "skip_mfa",
            forms: &[Form {
                signature: "skip_mfa()",
                arguments: 0,
            }],
            receiver: Receiver::Read,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: |host, _| assign(host, Value::Unit),
            about: "Takes an earlier request of the rules for a second factor back, by assigning `()` to `context.multifactor`.\n\nA challenge that stands because a rule failed remains, and so does one of the tenant's policy.",
            example: &[(
                "require_mfa(\"any\");\nskip_mfa();\nis_missing(context.multifactor)",
                "true",
            )],
        },
    ],
};

fn deny<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let argument = arguments::any("deny", arguments, 0).map_err(outcome)?;
    if let Some(message) = argument.as_text() {
        return Err(denied(DenialError::Unauthorized, message));
    }
    let Some(map) = argument.as_map() else {
        let needed = "a text or a map";
        return Err(outcome(arguments::wrong("deny", needed, 0, argument)).into());
    };
    check_keys(map, host.meter())?;
    let error = member(map, "error")?;
    let error = match error.as_text() {
        Some("unauthorized") => DenialError::Unauthorized,
        Some("access_denied") => DenialError::AccessDenied,
        Some(other) => {
            return Err(failure(format!(
                "`deny` knows the errors `unauthorized` and `access_denied`, not {}",
                quote(other)
            ))
            .into());
        }
        None => return Err(wrong_member("error", &error).into()),
    };
    let message = member(map, "message")?;
    match message.as_text() {
        Some(text) => Err(denied(error, text)),
        None => Err(wrong_member("message", &message).into()),
    }
}

/// That the map has no other keys than those that `deny` reads.
fn check_keys(map: MapRef<'_, '_>, meter: &mut Meter) -> Result<(), Failure> {
    const KEYS: [&str; 2] = ["error", "message"];
    let known = KEYS.iter().filter(|key| map.contains(key)).count();
    if known == map.len() {
        return Ok(());
    }
    let keys = map.keys(meter)?;
    let unknown = keys.iter().find(|key| !KEYS.contains(&key.as_str()));
    let Some(unknown) = unknown.map(Text::as_str) else {
        return Err(failure("`deny` needs no more than `error` and `message`"));
    };
    let advice = nearest(unknown, KEYS.into_iter())
        .map(|key| format!(", the nearest is `{key}`"))
        .unwrap_or_default();
    Err(failure(format!(
        "`deny` has no key {}{advice}",
        quote(unknown)
    )))
}

fn member<'a>(map: MapRef<'_, 'a>, key: &str) -> Result<Value<'a>, Failure> {
    map.get(key)
        .ok_or_else(|| failure(format!("`deny` with a map needs the key `{key}`")))
}

fn wrong_member(key: &str, got: &Value<'_>) -> Failure {
    let message = format!(
        "`deny` needs a text as `{key}`, and got {}",
        arguments::with_article(got)
    );
    match got {
        Value::Secret(_) => Failure::uncatchable(Code::SecretUse, message),
        _ => failure(message),
    }
}

fn denied<'a>(error: DenialError, message: &str) -> Stop<'a> {
    Stop::Denied(Box::new(Denied {
        error,
        description: shortened(message),
        position: None,
    }))
}

/// A message as it becomes the description of a denial.
pub(crate) fn shortened(message: &str) -> String {
    let end = message.floor_char_boundary(LONGEST_MESSAGE);
    message.get(..end).unwrap_or_default().to_owned()
}

fn require_mfa<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    arguments::text("require_mfa", arguments, 0).map_err(outcome)?;
    let provider = arguments::any("require_mfa", arguments, 0)?.clone();
    let mut entries = Vec::new();
    if arguments.len() > 1 {
        let options = arguments::map("require_mfa", arguments, 1).map_err(outcome)?;
        entries = options.entries(host.meter())?;
    }
    let multifactor = requested(provider, entries, host.meter())?;
    assign(host, Value::Map(Rc::new(multifactor)))
}

/// What `require_mfa` assigns.
fn requested<'a>(
    provider: Value<'a>,
    mut options: Vec<(Text<'a>, Value<'a>)>,
    meter: &mut Meter,
) -> Result<Map<'a>, Failure> {
    let mut multifactor = Map::default();
    multifactor.set(Text::Borrowed("provider"), provider, meter)?;
    // SECURITY: left out, the field means true, as in Auth0's Rules. So it is only left out when
    // its old inverse decides, and what is missing decides nothing.
    options.retain(|(key, value)| !(decides(key) && matches!(value, Value::Unit)));
    if !options.iter().any(|(key, _)| decides(key)) {
        let key = Text::Borrowed("allowRememberBrowser");
        multifactor.set(key, Value::Bool(false), meter)?;
    }
    for (key, value) in options {
        if key.as_str() == "provider" {
            return Err(failure(
                "`require_mfa` takes the provider as its first argument, not as an option",
            ));
        }
        multifactor.set(key, value, meter)?;
    }
    Ok(multifactor)
}

/// What `require_mfa` assigns, when it is called with these constants; `None` when that fails.
pub(crate) fn requested_by_constants(provider: &Json, options: &Json) -> Option<Json> {
    let provider = provider.is_string().then(|| Value::from_json(provider))?;
    let members = options.as_object()?.iter();
    let options = members.map(|(key, value)| (Text::Borrowed(key), Value::from_json(value)));
    let meter = &mut Meter::new(Limits::HIGHEST);
    let multifactor = requested(provider, options.collect(), meter).ok()?;
    let members = multifactor.changes().filter_map(|(key, value)| {
        let value = match value? {
            Value::Bool(value) => Json::Bool(*value),
            Value::Text(text) => Json::from(text.as_str()),
            _ => Json::Null,
        };
        Some((key.as_str().to_owned(), value))
    });
    Some(Json::Object(members.collect()))
}

/// Whether a field says if the browser may be remembered.
fn decides(key: &Text<'_>) -> bool {
    matches!(key.as_str(), "allowRememberBrowser" | "ignoreCookie")
}

fn assign<'a>(host: &mut (dyn Host<'a> + '_), value: Value<'a>) -> Result<Value<'a>, Stop<'a>> {
    host.assign_multifactor(value).map_err(|failure| Failure {
        catchable: false,
        ..failure
    })?;
    Ok(Value::Unit)
}

fn failure(message: impl Into<String>) -> Failure {
    Failure::uncatchable(Code::Outcome, message)
}

/// The same, with the code of this family; that of a misused secret stays.
fn outcome(wrong: Failure) -> Failure {
    Failure {
        code: match wrong.code {
            Code::SecretUse => Code::SecretUse,
            _ => Code::Outcome,
        },
        catchable: false,
        ..wrong
    }
}

#[cfg(test)]
mod tests {
    use super::LONGEST_MESSAGE;
    use crate::codes::Code;
    use crate::failure::{Failure, Stop};
    use crate::host::test_host::{TestHost, denies, fails};
    use crate::outcome::DenialError;
    use crate::secret::Secret;
    use crate::value::{Map, Text, Value};
    use serde_json::json;
    use std::rc::Rc;

    fn assigned(arguments: Vec<Value<'_>>) -> String {
        let mut host = TestHost::new();
        host.call("require_mfa", arguments).unwrap();
        let multifactor = host.multifactor.take().unwrap();
        let map = multifactor.as_map().unwrap();
        format!("{:?}", map.entries(&mut host.meter).unwrap())
    }

    fn outcome_failure(name: &str, arguments: Vec<Value<'_>>) -> String {
        let failure = fails(name, arguments);
        assert_eq!((failure.code, failure.catchable), (Code::Outcome, false));
        failure.message
    }

    fn with_secret(key: &'static str, secret: &Secret) -> Value<'static> {
        let secret: &'static Secret = Box::leak(Box::new(secret.clone()));
        let meter = &mut TestHost::new().meter;
        let mut map = Map::default();
        for other in ["error", "message"] {
            let value = Value::text("unauthorized");
            map.set(Text::Borrowed(other), value, meter).unwrap();
        }
        map.set(Text::Borrowed(key), Value::Secret(secret), meter)
            .unwrap();
        Value::Map(Rc::new(map))
    }

    #[test]
    fn deny_with_a_text_is_unauthorized() {
        let denied = denies("deny", vec![Value::text("not on weekends")]);
        assert_eq!(denied.error, DenialError::Unauthorized);
        assert_eq!(denied.description, "not on weekends");
        assert_eq!(denied.position, None);
    }

    #[test]
    fn deny_with_a_map_chooses_the_error() {
        let access_denied = json!({"error": "access_denied", "message": "no"});
        let denied = denies("deny", vec![Value::from_json(&access_denied)]);
        assert_eq!(denied.error, DenialError::AccessDenied);
        assert_eq!(denied.description, "no");
        let unauthorized = json!({"error": "unauthorized", "message": "no"});
        let denied = denies("deny", vec![Value::from_json(&unauthorized)]);
        assert_eq!(denied.error, DenialError::Unauthorized);
    }

    #[test]
    fn deny_denies_also_with_an_empty_or_a_long_message() {
        assert_eq!(denies("deny", vec![Value::text("")]).description, "");
        let long = "ä".repeat(LONGEST_MESSAGE);
        let denied = denies("deny", vec![Value::text(&long)]);
        assert_eq!(denied.description, "ä".repeat(LONGEST_MESSAGE / 2));
        let odd = format!("a{long}");
        let denied = denies("deny", vec![Value::text(&odd)]);
        assert_eq!(denied.description.len(), LONGEST_MESSAGE - 1);
    }

    #[test]
    fn deny_needs_a_text_or_a_map() {
        assert_eq!(
            outcome_failure("deny", vec![Value::Unit]),
            "`deny` needs a text or a map as its first argument, and got `()`"
        );
    }

    #[test]
    fn deny_with_a_map_needs_both_keys_and_no_other() {
        for (map, message) in [
            (
                json!({"message": "no"}),
                "`deny` with a map needs the key `error`",
            ),
            (
                json!({"error": "unauthorized"}),
                "`deny` with a map needs the key `message`",
            ),
            (json!({}), "`deny` with a map needs the key `error`"),
            (
                json!({"error": "unauthorized", "mesage": "no"}),
                "`deny` has no key `mesage`, the nearest is `message`",
            ),
            (
                json!({"error": "unauthorized", "message": "no", "status": 401}),
                "`deny` has no key `status`",
            ),
            (
                json!({"error": "forbidden", "message": "no"}),
                "`deny` knows the errors `unauthorized` and `access_denied`, not `forbidden`",
            ),
            (
                json!({"error": 401, "message": "no"}),
                "`deny` needs a text as `error`, and got an integer",
            ),
            (
                json!({"error": "unauthorized", "message": null}),
                "`deny` needs a text as `message`, and got `()`",
            ),
        ] {
            let failure = outcome_failure("deny", vec![Value::from_json(&map)]);
            assert_eq!(failure, message);
        }
    }

    #[test]
    fn require_mfa_does_not_remember_the_browser() {
        assert_eq!(
            assigned(vec![Value::text("guardian")]),
            r#"[("allowRememberBrowser", false), ("provider", "guardian")]"#
        );
    }

    #[test]
    fn the_options_of_require_mfa_are_assigned_too() {
        let options = json!({"allowRememberBrowser": true, "host": "h"});
        assert_eq!(
            assigned(vec![Value::text("duo"), Value::from_json(&options)]),
            r#"[("allowRememberBrowser", true), ("host", "h"), ("provider", "duo")]"#
        );
    }

    #[test]
    fn the_old_inverse_decides_about_remembering_when_it_is_there() {
        let options = json!({"ignoreCookie": true});
        assert_eq!(
            assigned(vec![Value::text("any"), Value::from_json(&options)]),
            r#"[("ignoreCookie", true), ("provider", "any")]"#
        );
    }

    #[test]
    fn an_option_that_is_missing_does_not_allow_remembering() {
        for options in [
            json!({"allowRememberBrowser": null}),
            json!({"ignoreCookie": null}),
            json!({}),
        ] {
            assert_eq!(
                assigned(vec![Value::text("any"), Value::from_json(&options)]),
                r#"[("allowRememberBrowser", false), ("provider", "any")]"#,
                "{options}"
            );
        }
    }

    #[test]
    fn require_mfa_needs_a_text_and_a_map_without_a_provider() {
        assert_eq!(
            outcome_failure("require_mfa", vec![Value::Unit]),
            "`require_mfa` needs a text as its first argument, and got `()`"
        );
        assert_eq!(
            outcome_failure("require_mfa", vec![Value::text("any"), Value::Unit]),
            "`require_mfa` needs a map as its second argument, and got `()`"
        );
        let options = json!({"provider": "duo"});
        assert_eq!(
            outcome_failure(
                "require_mfa",
                vec![Value::text("any"), Value::from_json(&options)]
            ),
            "`require_mfa` takes the provider as its first argument, not as an option"
        );
    }

    #[test]
    fn a_secret_may_be_an_option_and_nothing_else() {
        let secret = Secret::new("s3cret".to_owned());
        let misused = |message: &str| Failure::uncatchable(Code::SecretUse, message);
        assert_eq!(
            fails("deny", vec![Value::Secret(&secret)]),
            misused("`deny` needs a text or a map as its first argument, and got a secret")
        );
        assert_eq!(
            fails("deny", vec![with_secret("message", &secret)]),
            misused("`deny` needs a text as `message`, and got a secret")
        );
        assert_eq!(
            fails("require_mfa", vec![Value::Secret(&secret)]),
            misused("`require_mfa` needs a text as its first argument, and got a secret")
        );
        let mut map = Map::default();
        let meter = &mut TestHost::new().meter;
        map.set(Text::Borrowed("skey"), Value::Secret(&secret), meter)
            .unwrap();
        assert_eq!(
            assigned(vec![Value::text("duo"), Value::Map(Rc::new(map))]),
            r#"[("allowRememberBrowser", false), ("provider", "duo"), ("skey", ***)]"#
        );
    }

    #[test]
    fn skip_mfa_assigns_nothing_to_the_second_factor() {
        let mut host = TestHost::new();
        host.call("skip_mfa", Vec::new()).unwrap();
        assert!(matches!(host.multifactor, Some(Value::Unit)));
    }

    #[test]
    fn a_denial_is_no_failure() {
        let stop = TestHost::new().call("deny", vec![Value::text("no")]);
        assert!(matches!(stop, Err(Stop::Denied(_))));
    }
}
