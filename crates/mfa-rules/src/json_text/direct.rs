//! The part of a JSON text that is asked for, read straight from its bytes.

use super::skip::{self, Next};
use crate::read_set::{Named, Paths};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// Reads the part of a text's value that `paths` ask for: what `paths.project` gives of the whole
/// value. `None` when the text is no JSON, or when it is left to `serde_json` to say.
pub(super) fn read(text: &str, paths: &Paths) -> Option<Json> {
    let (json, behind) = value(skip::space(text.as_bytes()), paths, 0)?;
    skip::space(behind).is_empty().then_some(json)
}

/// How deep objects may be nested of which something is asked for: together with what is skipped in
/// them as deep as `serde_json` reads.
const DEEPEST: u32 = 127 - skip::DEEPEST;

/// What was read, and the text behind it.
type Read<'t, T> = Option<(T, &'t [u8])>;

/// Reads the part of a value that `paths` ask for, in so many objects.
fn value<'t>(text: &'t [u8], paths: &Paths, depth: u32) -> Read<'t, Json> {
    match text {
        [b'"', ..] => {
            let (string, behind) = string(text)?;
            Some((
                Json::String(String::from_utf8(string.into_owned()).ok()?),
                behind,
            ))
        }
        [b'{' | b'[', ..] => match (text, paths.named()) {
            (_, None) => built(text, skip::value(text)?),
            ([b'{', inside @ ..], Some(named)) => object(inside, named, depth),
            _ => Some((Json::Array(Vec::new()), skip::value(text)?)),
        },
        [b't', ..] => Some((Json::Bool(true), skip::literal(text)?)),
        [b'f', ..] => Some((Json::Bool(false), skip::literal(text)?)),
        [b'n', ..] => Some((Json::Null, skip::literal(text)?)),
        _ => built(text, skip::number(text)?),
    }
}

/// Has `serde_json` build the value of the text before `behind`.
fn built<'t, T: DeserializeOwned>(text: &'t [u8], behind: &'t [u8]) -> Read<'t, T> {
    Some((serde_json::from_slice(before(behind, text)?).ok()?, behind))
}

/// Reads the members of an object that are asked for, from behind its opening bracket.
fn object<'t>(inside: &'t [u8], named: &Named, depth: u32) -> Read<'t, Json> {
    if depth == DEEPEST {
        return None;
    }
    let mut members = Map::new();
    let mut text = skip::space(inside);
    if let [b'}', behind @ ..] = text {
        return Some((Json::Object(members), behind));
    }
    if skip::may_be_private(text) {
        return None;
    }
    loop {
        let (name, behind) = string(text)?;
        text = skip::colon(behind)?;
        let behind = match named.member(&name) {
            None => skip::value(text)?,
            Some((name, paths)) => {
                let (json, behind) = value(text, paths, depth.saturating_add(1))?;
                // Of members with the same name the last one counts, with all that it has.
                members.insert(String::from(&**name), json);
                behind
            }
        };
        match skip::next_key(behind)? {
            Next::Key(key) => text = key,
            Next::End(behind) => return Some((Json::Object(members), behind)),
        }
    }
}

/// Reads a string, as its bytes.
#[inline]
fn string(text: &[u8]) -> Read<'_, Cow<'_, [u8]>> {
    let [b'"', inside @ ..] = text else {
        return None;
    };
    match skip::plain(inside) {
        end @ [b'"', behind @ ..] => Some((Cow::Borrowed(before(end, inside)?), behind)),
        rest => escaped_string(text, rest),
    }
}

/// Reads a string in which not everything stands for itself, from `rest` on.
#[cold]
fn escaped_string<'t>(text: &'t [u8], rest: &'t [u8]) -> Read<'t, Cow<'t, [u8]>> {
    let (string, behind) = built::<String>(text, skip::escaped(rest)?)?;
    Some((Cow::Owned(string.into_bytes()), behind))
}

/// What is in `text` before its end `behind`.
#[inline]
fn before<'t>(behind: &[u8], text: &'t [u8]) -> Option<&'t [u8]> {
    text.get(..text.len().checked_sub(behind.len())?)
}
