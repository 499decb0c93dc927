//! JSON Pointers that set a value.

use serde_json::{Map, Value as Json};
use std::fmt;

/// The names of a JSON Pointer (RFC 6901 §3); `None` when it is none.
pub(crate) fn parse(pointer: &str) -> Option<Vec<String>> {
    let rest = pointer.strip_prefix('/')?;
    rest.split('/').map(unescape).collect()
}

fn unescape(name: &str) -> Option<String> {
    let mut unescaped = String::with_capacity(name.len());
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        unescaped.push(match character {
            '~' => match characters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(unescaped)
}

/// What is in the way of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle<'n> {
    /// What these names lead to has no members.
    NoObject(&'n [String]),
    /// What these names lead to is a list, which has no element of this name.
    NoElement(&'n [String], &'n str),
}

impl fmt::Display for Obstacle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject(way) => write!(f, "`/{}`, which is no object", way.join("/")),
            Self::NoElement(way, name) => {
                let way = way.join("/");
                write!(f, "`/{way}`, which is a list without an element `{name}`")
            }
        }
    }
}

/// Sets the value at the names. What is missing on the way is made; what has no members and no
/// elements is refused.
pub(crate) fn set<'n>(
    target: &mut Json,
    names: &'n [String],
    value: Json,
) -> Result<(), Obstacle<'n>> {
    let mut place = target;
    for (index, name) in names.iter().enumerate() {
        let way = names.get(..index).unwrap_or_default();
        if place.is_null() {
            *place = Json::Object(Map::new());
        }
        place = match place {
            Json::Object(members) => members.entry(name.as_str()).or_insert(Json::Null),
            Json::Array(items) => position(name)
                .and_then(|position| items.get_mut(position))
                .ok_or(Obstacle::NoElement(way, name))?,
            _ => return Err(Obstacle::NoObject(way)),
        };
    }
    *place = value;
    Ok(())
}

/// The index of an element: digits without a zero in front (RFC 6901 §4).
fn position(name: &str) -> Option<usize> {
    let is_index = name == "0" || name.starts_with(|digit: char| matches!(digit, '1'..='9'));
    if is_index { name.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{parse, set};
    use serde_json::json;

    #[test]
    fn a_pointer_starts_with_a_slash_and_knows_two_escapes() {
        assert_eq!(
            parse("/user/https:~1~1x/~0"),
            Some(vec![
                "user".to_owned(),
                "https://x".to_owned(),
                "~".to_owned()
            ])
        );
        assert_eq!(parse("user"), None);
        assert_eq!(parse("/user/~2"), None);
    }

    #[test]
    fn what_is_missing_on_the_way_is_made_and_what_is_in_the_way_is_not_replaced() {
        let mut login = json!({ "user": { "groups": [{ "name": "a" }], "email": "x" } });
        let mut at = |pointer: &str, value| {
            let names = parse(pointer).unwrap();
            set(&mut login, &names, value).map_err(|obstacle| obstacle.to_string())
        };
        assert_eq!(at("/user/app_metadata/use_mfa", json!(null)), Ok(()));
        assert_eq!(at("/user/groups/0/name", json!("b")), Ok(()));
        let in_the_way = Err("`/user/email`, which is no object".to_owned());
        assert_eq!(at("/user/email/local", json!("b")), in_the_way);
        for name in ["1", "00", "+0", "-", "", "x", "99999999999999999999"] {
            let absent = format!("`/user/groups`, which is a list without an element `{name}`");
            assert_eq!(at(&format!("/user/groups/{name}"), json!(1)), Err(absent));
        }
        assert_eq!(
            login,
            json!({ "user": {
                "groups": [{ "name": "b" }],
                "email": "x",
                "app_metadata": { "use_mfa": null },
            } })
        );
    }
}
