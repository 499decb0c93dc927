//! Texts that hold several things: addresses of mail, lists with spaces, lists with commas.

use super::values::no_secret;
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::meter::Meter;
use crate::value::{Text, Value};

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Words",
    about: "Texts that hold several things.",
    functions: &[
        HostFunction {
            name: "email_domain",
            forms: &[Form {
                signature: "email_domain(x) -> text or ()",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: email_domain,
            about: "The part of an e-mail address behind the last `@`, the letters A to Z in lower case.\n\n`()` when `x` is no text, has no `@`, or nothing stands behind it.\nOther letters stay as they are, as in the domain name system (RFC 4343): no look-alike becomes a domain that you listed.\nAn address says something about the user only when `user.email_verified` is true.",
            example: &[
                ("email_domain(\"Ada@Example.COM\")", "\"example.com\""),
                ("email_domain(\"ada\")", "()"),
            ],
        },
        HostFunction {
            name: "has_word",
            forms: &[
                Form {
                    signature: "has_word(text, word) -> boolean",
                    arguments: 2,
                },
                Form {
                    signature: "has_word(array, word) -> boolean",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: has_word,
            about: "Whether `word` is one of the words of a text that are separated by spaces, as in `scope` (RFC 6749, section 3.3) and `acr_values`, or one of the elements of an array.\n\nUpper and lower case differ.\n`()` has no words, and the empty text is no word.\nAn element of the array that is no text is not the word.",
            example: &[
                (
                    "has_word(\"openid offline_access\", \"offline_access\")",
                    "true",
                ),
                ("has_word(\"openid offline_access\", \"offline\")", "false"),
                ("has_word([\"openid\", \"email\"], \"email\")", "true"),
            ],
        },
        HostFunction {
            name: "split_csv",
            forms: &[Form {
                signature: "split_csv(x) -> array",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: split_csv,
            about: "The parts of a text that are separated by commas, without white space around them; empty parts are left out.\n\nAn array stays as it is, so a value of the configuration may be either; `()` gives an empty array.\nQuotes mean nothing special.",
            example: &[
                ("split_csv(\"app-1, app-2,,\")", "[\"app-1\", \"app-2\"]"),
                ("split_csv([\"app-1\"])", "[\"app-1\"]"),
                ("split_csv(())", "[]"),
            ],
        },
    ],
};

fn email_domain<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let Value::Text(text) = no_secret("email_domain", arguments, 0)? else {
        return Ok(Value::Unit);
    };
    let meter = host.meter();
    meter.spend_text(text.as_str().len())?;
    let Some(domain) = behind_last_at(text.as_str()) else {
        return Ok(Value::Unit);
    };
    if let (Text::Borrowed(text), false) = (text, has_upper_case(domain)) {
        return Ok(behind_last_at(text).map_or(Value::Unit, Value::text));
    }
    Ok(Value::new_text(&domain.to_ascii_lowercase(), meter)?)
}

fn behind_last_at(text: &str) -> Option<&str> {
    let (_, domain) = text.rsplit_once('@')?;
    (!domain.is_empty()).then_some(domain)
}

fn has_upper_case(domain: &str) -> bool {
    domain.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn has_word<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let list = arguments::any("has_word", arguments, 0)?;
    let word = arguments::text("has_word", arguments, 1)?;
    let found = if let Some(text) = list.as_text() {
        host.meter().spend_text(text.len())?;
        text.split(' ').any(|listed| listed == word)
    } else if let Some(array) = list.as_array() {
        let mut found = false;
        for listed in array.iter() {
            host.meter().spend(1)?;
            found |= match listed {
                Value::Secret(_) => return Err(secret_element().into()),
                _ => match listed.as_text() {
                    Some(listed) if listed.len() == word.len() => {
                        host.meter().spend_key(listed)?;
                        listed == word
                    }
                    _ => false,
                },
            };
        }
        found
    } else if matches!(list, Value::Unit) {
        false
    } else {
        let needed = "a text or an array";
        return Err(arguments::wrong("has_word", needed, 0, list).into());
    };
    Ok(Value::Bool(found && !word.is_empty()))
}

fn secret_element() -> Failure {
    Failure::uncatchable(
        Code::SecretUse,
        "`has_word` needs an array without secrets as its first argument",
    )
}

fn split_csv<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let list = arguments::any("split_csv", arguments, 0)?;
    if list.as_array().is_some() {
        return Ok(list.clone());
    }
    let meter = host.meter();
    let text = match list {
        Value::Text(text) => text,
        Value::Unit => return Ok(Value::new_array(Vec::new(), meter)?),
        _ => {
            let needed = "a text or an array";
            return Err(arguments::wrong("split_csv", needed, 0, list).into());
        }
    };
    meter.spend_text(text.as_str().len())?;
    let mut parts = Vec::new();
    match text {
        Text::Borrowed(text) => {
            for part in text.split(',').map(str::trim) {
                count_part(part, &parts, meter)?;
                if !part.is_empty() {
                    parts.push(Value::text(part));
                }
            }
        }
        Text::Owned(text) => {
            for part in text.split(',').map(str::trim) {
                count_part(part, &parts, meter)?;
                if !part.is_empty() {
                    parts.push(Value::new_text(part, meter)?);
                }
            }
        }
    }
    Ok(Value::new_array(parts, meter)?)
}

/// That there may be another part. It comes before the part, because a login may bring a text with
/// millions of them.
fn count_part(part: &str, parts: &[Value<'_>], meter: &mut Meter) -> Result<(), Failure> {
    if !part.is_empty() {
        meter.check_elements(parts.len().saturating_add(1))?;
    }
    meter.spend(1)
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::{Failure, Stop};
    use crate::host::test_host::{TestHost, fails, gives};
    use crate::limits::Limits;
    use crate::secret::Secret;
    use crate::value::{Text, Value};
    use serde_json::json;

    /// Both a text of the login and one that a rule built.
    fn of(function: &str, text: &str) -> String {
        let borrowed = gives(function, vec![Value::text(text)]);
        let owned = gives(function, vec![Value::Text(Text::Owned(text.into()))]);
        assert_eq!(borrowed, owned);
        borrowed
    }

    #[test]
    fn the_domain_of_an_address_is_behind_its_last_at() {
        for (text, expected) in [
            ("ada@example.com", "\"example.com\""),
            ("Ada@Example.COM", "\"example.com\""),
            ("\"a@evil.example\"@example.com", "\"example.com\""),
            ("@example.com", "\"example.com\""),
            ("ada@", "()"),
            ("ada", "()"),
            ("", "()"),
            ("@", "()"),
            ("ada@example.com ", "\"example.com \""),
        ] {
            assert_eq!(of("email_domain", text), expected, "{text}");
        }
    }

    #[test]
    fn a_domain_of_look_alike_letters_stays_another_domain() {
        // The Kelvin sign, whose lower case is the letter k.
        assert_eq!(
            of("email_domain", "ada@\u{212a}x.Example"),
            "\"\u{212a}x.example\""
        );
    }

    #[test]
    fn what_is_no_text_has_no_domain() {
        assert_eq!(gives("email_domain", vec![Value::Unit]), "()");
        assert_eq!(gives("email_domain", vec![Value::Int(1)]), "()");
        let secret = Secret::new("a@b".to_owned());
        assert_eq!(
            fails("email_domain", vec![Value::Secret(&secret)]),
            Failure::uncatchable(
                Code::SecretUse,
                "`email_domain` needs a value that is not secret as its first argument, and got a secret"
            )
        );
    }

    #[test]
    fn a_word_stands_between_spaces() {
        for (list, word, expected) in [
            ("openid email", "openid", "true"),
            ("openid email", "email", "true"),
            ("openid email", "mail", "false"),
            ("openid email", "Email", "false"),
            ("openid  email", "", "false"),
            ("", "", "false"),
            ("openid email", "openid email", "false"),
            ("openid\temail", "email", "false"),
        ] {
            let arguments = vec![Value::text(list), Value::text(word)];
            assert_eq!(
                gives("has_word", arguments),
                expected,
                "{word:?} in {list:?}"
            );
        }
    }

    #[test]
    fn a_word_may_be_an_element_of_an_array() {
        let list = json!(["openid", 1, null, "two words", ""]);
        for (word, expected) in [
            ("openid", "true"),
            ("two words", "true"),
            ("two", "false"),
            ("1", "false"),
            ("", "false"),
        ] {
            let arguments = vec![Value::from_json(&list), Value::text(word)];
            assert_eq!(gives("has_word", arguments), expected, "{word:?}");
        }
        let arguments = vec![Value::Unit, Value::text("openid")];
        assert_eq!(gives("has_word", arguments), "false");
    }

    #[test]
    fn has_word_needs_a_list_and_a_text() {
        let word = || Value::text("openid");
        assert_eq!(
            fails("has_word", vec![Value::Int(1), word()]),
            Failure::new(
                Code::Type,
                "`has_word` needs a text or an array as its first argument, and got an integer"
            )
        );
        assert_eq!(
            fails("has_word", vec![Value::Unit, Value::Unit]),
            Failure::new(
                Code::Type,
                "`has_word` needs a text as its second argument, and got `()`"
            )
        );
    }

    #[test]
    fn has_word_takes_no_secret() {
        let secret = Secret::new("openid".to_owned());
        let word = || Value::text("openid");
        assert_eq!(
            fails("has_word", vec![Value::Secret(&secret), word()]),
            Failure::uncatchable(
                Code::SecretUse,
                "`has_word` needs a text or an array as its first argument, and got a secret"
            )
        );
        let mut host = TestHost::new();
        let list = Value::new_array(vec![word(), Value::Secret(&secret)], &mut host.meter);
        assert_eq!(
            fails("has_word", vec![list.unwrap(), word()]),
            Failure::uncatchable(
                Code::SecretUse,
                "`has_word` needs an array without secrets as its first argument"
            )
        );
    }

    #[test]
    fn commas_separate_what_is_trimmed_and_not_empty() {
        for (text, expected) in [
            ("app-1,app-2", "[\"app-1\", \"app-2\"]"),
            (" app-1 ,\tapp 2\n,, ,", "[\"app-1\", \"app 2\"]"),
            ("app-1", "[\"app-1\"]"),
            ("", "[]"),
            (" , ", "[]"),
        ] {
            assert_eq!(of("split_csv", text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_array_stays_as_it_is_and_nothing_is_an_empty_one() {
        let array = json!([" a ", 1]);
        let given = TestHost::new().call("split_csv", vec![Value::from_json(&array)]);
        assert!(matches!(given, Ok(Value::Json(json)) if std::ptr::eq(json, &raw const array)));
        assert_eq!(gives("split_csv", vec![Value::Unit]), "[]");
    }

    #[test]
    fn split_csv_needs_a_text_or_an_array() {
        assert_eq!(
            fails("split_csv", vec![Value::Bool(true)]),
            Failure::new(
                Code::Type,
                "`split_csv` needs a text or an array as its first argument, and got a boolean"
            )
        );
        let secret = Secret::new("a,b".to_owned());
        assert_eq!(
            fails("split_csv", vec![Value::Secret(&secret)]),
            Failure::uncatchable(
                Code::SecretUse,
                "`split_csv` needs a text or an array as its first argument, and got a secret"
            )
        );
    }

    #[test]
    fn a_text_with_too_many_parts_is_stopped_at_the_limit() {
        let text = "a,".repeat(100_000);
        let mut limits = Limits::DEFAULT;
        limits.operations = u64::MAX;
        let mut host = TestHost::with(limits);
        let stop = host.call("split_csv", vec![Value::text(&text)]);
        let Err(Stop::Failure(failure)) = stop else {
            panic!("it was not stopped")
        };
        assert_eq!(
            *failure,
            Failure::uncatchable(Code::Size, "an array or a map grew beyond 10000 elements")
        );
        assert!(host.meter.operations() < 50_000);
    }
}
