//! Host functions on texts.

use super::arguments::{any, any_mut, integer, text, text_or_character, wrong};
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::format::Builder;
use crate::meter::Meter;
use crate::operators::{array_offset, characters, part_of};
use crate::value::{Array, Range, Text, Value};
use std::rc::Rc;

type Outcome<'a> = Result<Value<'a>, Stop<'a>>;

pub(super) const FAMILY: Family = Family {
    title: "Texts",
    about: "Positions and lengths count characters, not bytes. See also the functions on texts, arrays and maps.",
    functions: &[
        HostFunction {
            name: "starts_with",
            forms: &[Form {
                signature: "text.starts_with(part) -> boolean",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: starts_with,
            about: "Whether the text begins with a text or a character. From Rhai.",
            example: &[("\"guardian\".starts_with(\"guard\")", "true")],
        },
        HostFunction {
            name: "ends_with",
            forms: &[Form {
                signature: "text.ends_with(part) -> boolean",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: ends_with,
            about: "Whether the text ends with a text or a character. From Rhai.",
            example: &[("\"ada@example.com\".ends_with(\"@example.com\")", "true")],
        },
        HostFunction {
            name: "sub_string",
            forms: &[
                Form {
                    signature: "text.sub_string(start) -> text",
                    arguments: 2,
                },
                Form {
                    signature: "text.sub_string(range) -> text",
                    arguments: 2,
                },
                Form {
                    signature: "text.sub_string(start, length) -> text",
                    arguments: 3,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: sub_string,
            about: "The part of the text from `start` on, or of these positions, as a new text. A negative `start` counts from the end. What is outside the text is left out. From Rhai.",
            example: &[
                ("\"guardian\".sub_string(5)", "\"ian\""),
                ("\"guardian\".sub_string(0, 5)", "\"guard\""),
                ("\"guardian\".sub_string(1..3)", "\"ua\""),
            ],
        },
        HostFunction {
            name: "split",
            forms: &[
                Form {
                    signature: "text.split() -> array",
                    arguments: 1,
                },
                Form {
                    signature: "text.split(delimiter) -> array",
                    arguments: 2,
                },
                Form {
                    signature: "text.split(index) -> array",
                    arguments: 2,
                },
                Form {
                    signature: "text.split(delimiter, segments) -> array",
                    arguments: 3,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: split,
            about: "The parts between white space, or between occurrences of a text or a character, of which there are at most `segments`; with an index, the two parts before and from that position. From Rhai.",
            example: &[
                ("\"openid profile\".split()", "[\"openid\", \"profile\"]"),
                ("\"a,b,c\".split(\",\")", "[\"a\", \"b\", \"c\"]"),
                ("\"a,b,c\".split(\",\", 2)", "[\"a\", \"b,c\"]"),
                ("\"abc\".split(1)", "[\"a\", \"bc\"]"),
            ],
        },
        HostFunction {
            name: "trim",
            forms: &[Form {
                signature: "text.trim()",
                arguments: 1,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: trim,
            about: "Removes white space from both ends, in place. It gives nothing. From Rhai.",
            example: &[("let t = \" a \"; t.trim(); t", "\"a\"")],
        },
        HostFunction {
            name: "replace",
            forms: &[Form {
                signature: "text.replace(part, substitute)",
                arguments: 3,
            }],
            receiver: Receiver::Changed,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: replace,
            about: "Replaces every occurrence of a text or a character by another one, in place. It gives nothing. From Rhai.",
            example: &[("let t = \"a-b\"; t.replace(\"-\", \"+\"); t", "\"a+b\"")],
        },
        HostFunction {
            name: "to_upper",
            forms: &[Form {
                signature: "text.to_upper() -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: to_upper,
            about: "A new text, or character, in upper case by Unicode. From Rhai.",
            example: &[("\"duo\".to_upper()", "\"DUO\"")],
        },
        HostFunction {
            name: "to_lower",
            forms: &[Form {
                signature: "text.to_lower() -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: to_lower,
            about: "A new text, or character, in lower case by Unicode. From Rhai.",
            example: &[("\"Ada@Example.com\".to_lower()", "\"ada@example.com\"")],
        },
        HostFunction {
            name: "to_string",
            forms: &[Form {
                signature: "value.to_string() -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: to_string,
            about: "The value as a text: what `print` and `${…}` give. `()` is an empty text; a time is in ISO 8601; a secret is a failure. From Rhai.",
            example: &[
                ("1.5.to_string()", "\"1.5\""),
                ("[1, \"a\"].to_string()", "\"[1, \\\"a\\\"]\""),
            ],
        },
        HostFunction {
            name: "parse_int",
            forms: &[
                Form {
                    signature: "text.parse_int() -> integer",
                    arguments: 1,
                },
                Form {
                    signature: "text.parse_int(radix) -> integer",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: parse_int,
            about: "The integer that the text is, white space around it left out; in a radix from 2 to 36. Anything else is a failure. From Rhai.",
            example: &[
                ("\"42\".parse_int()", "42"),
                ("\"ff\".parse_int(16)", "255"),
            ],
        },
        HostFunction {
            name: "parse_float",
            forms: &[Form {
                signature: "text.parse_float() -> float",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: parse_float,
            about: "The float that the text is, white space around it left out. Anything else is a failure. From Rhai.",
            example: &[("\"1.5\".parse_float()", "1.5")],
        },
    ],
};

fn starts_with<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let whole = text("starts_with", arguments, 0)?;
    let mut buffer = [0; 4];
    let part = text_or_character("starts_with", arguments, 1, &mut buffer)?;
    host.meter().spend_bytes(part.len())?;
    Ok(Value::Bool(whole.starts_with(part)))
}

fn ends_with<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let whole = text("ends_with", arguments, 0)?;
    let mut buffer = [0; 4];
    let part = text_or_character("ends_with", arguments, 1, &mut buffer)?;
    host.meter().spend_bytes(part.len())?;
    Ok(Value::Bool(whole.ends_with(part)))
}

fn sub_string<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "sub_string";
    let whole = receiver(name, arguments)?;
    let (start, length) = match (any(name, arguments, 1)?, arguments.get(2)) {
        (Value::Int(start), None) => (*start, i64::MAX),
        (Value::Int(start), Some(_)) => (*start, integer(name, arguments, 2)?),
        (Value::Range(range), None) => span(range),
        (other, None) => return Err(wrong(name, "an integer or a range", 1, other).into()),
        (other, Some(_)) => return Err(wrong(name, "an integer", 1, other).into()),
    };
    host.meter().spend_text(whole.as_str().len())?;
    let start = array_offset(whole.as_str().chars().count(), start);
    let length = usize::try_from(length).unwrap_or(0);
    Ok(part_of(
        whole,
        |whole| characters(whole, start, length),
        host.meter(),
    )?)
}

fn split<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "split";
    let whole = receiver(name, arguments)?;
    host.meter().spend_text(whole.as_str().len())?;
    let mut buffer = [0; 4];
    let at = match (arguments.get(1), arguments.get(2)) {
        (None, _) => Delimiter::Space,
        (Some(Value::Int(index)), None) => {
            return Ok(split_at(whole, *index, host.meter())?);
        }
        (Some(_), None) => {
            let delimiter = text_or_character(name, arguments, 1, &mut buffer)?;
            Delimiter::Text(delimiter, usize::MAX)
        }
        (Some(_), Some(_)) => {
            let delimiter = text_or_character(name, arguments, 1, &mut buffer)?;
            let segments = integer(name, arguments, 2)?.max(1);
            Delimiter::Text(delimiter, usize::try_from(segments).unwrap_or(usize::MAX))
        }
    };
    let mut parts = Array::new(Vec::new(), host.meter())?;
    match whole {
        Text::Borrowed(whole) => {
            for part in pieces(whole, at) {
                parts.insert(usize::MAX, Value::text(part), host.meter())?;
            }
        }
        Text::Owned(whole) => {
            for part in pieces(whole, at) {
                let part = Value::new_text(part, host.meter())?;
                parts.insert(usize::MAX, part, host.meter())?;
            }
        }
    }
    Ok(Value::Array(Rc::new(parts)))
}

/// Where `split` splits.
#[derive(Clone, Copy)]
enum Delimiter<'d> {
    Space,
    /// At this text, into so many parts at most.
    Text(&'d str, usize),
}

/// The parts of a text; an empty text is its only part.
fn pieces<'t: 'd, 'd>(
    whole: &'t str,
    delimiter: Delimiter<'d>,
) -> Box<dyn Iterator<Item = &'t str> + 'd> {
    match delimiter {
        _ if whole.is_empty() => Box::new(std::iter::once(whole)),
        Delimiter::Space => Box::new(whole.split_whitespace()),
        Delimiter::Text(delimiter, parts) => Box::new(whole.splitn(parts, delimiter)),
    }
}

/// The two parts before and from a position. Position 0 counts as one behind the end, and one that
/// is too far from the end as the beginning, as in Rhai.
fn split_at<'a>(whole: &Text<'a>, index: i64, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    let count = whole.as_str().chars().count();
    let index = if index == 0 {
        count
    } else {
        array_offset(count, index)
    };
    let before = part_of(whole, |whole| characters(whole, 0, index), meter)?;
    let after = part_of(whole, |whole| characters(whole, index, usize::MAX), meter)?;
    Value::new_array(vec![before, after], meter)
}

fn trim<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let whole = receiver("trim", arguments)?;
    host.meter().spend_text(whole.as_str().len())?;
    let trimmed = part_of(whole, str::trim, host.meter())?;
    *any_mut("trim", arguments, 0)? = trimmed;
    Ok(Value::Unit)
}

fn replace<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "replace";
    let whole = text(name, arguments, 0)?;
    let (mut part_buffer, mut substitute_buffer) = ([0; 4], [0; 4]);
    let part = text_or_character(name, arguments, 1, &mut part_buffer)?;
    let substitute = text_or_character(name, arguments, 2, &mut substitute_buffer)?;
    if whole.is_empty() {
        return Ok(Value::Unit);
    }
    host.meter()
        .spend_text(whole.len().saturating_add(part.len()))?;
    let mut changed = Builder::new();
    for (index, piece) in whole.split(part).enumerate() {
        if index > 0 {
            changed.push(substitute, host.meter())?;
        }
        changed.push(piece, host.meter())?;
    }
    let changed = changed.finish(host.meter())?;
    *any_mut(name, arguments, 0)? = changed;
    Ok(Value::Unit)
}

fn to_upper<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    match any("to_upper", arguments, 0)? {
        Value::Char(character) => {
            let mut upper = character.to_uppercase();
            Ok(Value::Char(only(&mut upper).unwrap_or(*character)))
        }
        Value::Text(text) => {
            // Letters may become longer; the limit holds for the text before and after.
            host.meter().allocate_text(text.as_str().len())?;
            Ok(Value::new_text(
                &text.as_str().to_uppercase(),
                host.meter(),
            )?)
        }
        other => Err(wrong("to_upper", "a text or a character", 0, other).into()),
    }
}

fn to_lower<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    match any("to_lower", arguments, 0)? {
        Value::Char(character) => {
            let mut lower = character.to_lowercase();
            Ok(Value::Char(only(&mut lower).unwrap_or(*character)))
        }
        Value::Text(text) => {
            host.meter().allocate_text(text.as_str().len())?;
            Ok(Value::new_text(
                &text.as_str().to_lowercase(),
                host.meter(),
            )?)
        }
        other => Err(wrong("to_lower", "a text or a character", 0, other).into()),
    }
}

fn to_string<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let value = any("to_string", arguments, 0)?;
    if let Value::Text(_) = value {
        return Ok(value.clone());
    }
    let mut form = Builder::new();
    form.display(value, host.meter())?;
    Ok(form.finish(host.meter())?)
}

fn parse_int<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let name = "parse_int";
    let source = text(name, arguments, 0)?;
    let radix = match arguments.get(1) {
        Some(_) => integer(name, arguments, 1)?,
        None => 10,
    };
    let radix = u32::try_from(radix)
        .ok()
        .filter(|radix| (2..=36).contains(radix))
        .ok_or_else(|| {
            Failure::new(
                Code::Argument,
                format!("the radix of `parse_int` is from 2 to 36, and not {radix}"),
            )
        })?;
    host.meter().spend_text(source.len())?;
    i64::from_str_radix(source.trim(), radix)
        .map(Value::Int)
        .map_err(|_| unreadable(name, "an integer", source))
}

fn parse_float<'a>(host: &mut (dyn Host<'a> + '_), arguments: &mut [Value<'a>]) -> Outcome<'a> {
    let source = text("parse_float", arguments, 0)?;
    host.meter().spend_text(source.len())?;
    source
        .trim()
        .parse()
        .map(Value::Float)
        .map_err(|_| unreadable("parse_float", "a float", source))
}

/// The receiver, which is a text.
fn receiver<'v, 'a>(name: &str, arguments: &'v [Value<'a>]) -> Result<&'v Text<'a>, Failure> {
    match any(name, arguments, 0)? {
        Value::Text(text) => Ok(text),
        other => Err(wrong(name, "a text", 0, other)),
    }
}

/// Start and length of a range of positions. What is before the beginning is left out.
fn span(range: &Range) -> (i64, i64) {
    let start = range.start.max(0);
    let end = range.end.max(start);
    if range.inclusive {
        let end = end.min(i64::MAX.saturating_sub(1));
        let length = end.saturating_sub(start).saturating_add(1);
        return (start, length);
    }
    (start, end.saturating_sub(start))
}

/// The one character that there is.
fn only(characters: &mut dyn Iterator<Item = char>) -> Option<char> {
    let first = characters.next();
    if characters.next().is_some() {
        return None;
    }
    first
}

/// The failure for a text that is no number. Only its beginning is shown.
fn unreadable<'a>(name: &str, what: &str, source: &str) -> Stop<'a> {
    Failure::new(
        Code::Argument,
        format!(
            "`{name}` needs {what}, and got `{}`",
            characters(source, 0, 40)
        ),
    )
    .into()
}
