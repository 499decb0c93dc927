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
                ("has_word(\"openid offline_access\", \"offline_access\")", "true"),
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
    host.meter().spend_bytes(text.as_str().len())?;
    let domain = match text.as_str().rsplit_once('@') {
        Some((_, domain)) if !domain.is_empty() => domain,
        _ => return Ok(Value::Unit),
    };
    if domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
        host.meter().allocate_text(domain.len())?;
        let domain = domain.to_ascii_lowercase();
        return Ok(Value::Text(Text::Owned(domain.into())));
    }
    Ok(part(text, domain, host.meter())?)
}

fn has_word<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let list = arguments::any("has_word", arguments, 0)?;
    let word = arguments::text("has_word", arguments, 1)?;
    let found = if let Some(text) = list.as_text() {
        host.meter().spend_bytes(text.len())?;
        text.split(' ').any(|listed| listed == word)
    } else if let Some(array) = list.as_array() {
        let mut found = false;
        for listed in array.iter() {
            host.meter().spend(1)?;
            found |= match listed {
                Value::Secret(_) => return Err(secret_element().into()),
                _ => listed.as_text() == Some(word),
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
    meter.spend_bytes(text.as_str().len())?;
    let mut parts = Vec::new();
    let separated = text.as_str().split(',').map(str::trim);
    for separated in separated.filter(|separated| !separated.is_empty()) {
        meter.check_elements(parts.len().saturating_add(1))?;
        meter.spend(1)?;
        parts.push(part(text, separated, meter)?);
    }
    Ok(Value::new_array(parts, meter)?)
}

/// A part of a text as a value, borrowed where the whole is.
fn part<'a>(whole: &Text<'a>, part: &str, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    if let Text::Borrowed(whole) = whole {
        let whole: &'a str = whole;
        let borrowed = whole
            .substr_range(part)
            .and_then(|range| whole.get(range));
        if let Some(borrowed) = borrowed {
            return Ok(Value::text(borrowed));
        }
    }
    Value::new_text(part, meter)
}
