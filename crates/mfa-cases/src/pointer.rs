//! JSON Pointers that set a value.

use serde_json::{Map, Value as Json};

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

/// Sets the value at the names. What is missing on the way is made; what is no object or list there
/// is refused.
///
/// # Errors
///
/// The number of names that lead to what is in the way.
pub(crate) fn set(target: &mut Json, names: &[String], value: Json) -> Result<(), usize> {
    let mut place = target;
    for (index, name) in names.iter().enumerate() {
        if place.is_null() {
            *place = Json::Object(Map::new());
        }
        place = match place {
            Json::Object(members) => members.entry(name.as_str()).or_insert(Json::Null),
            Json::Array(items) => {
                let position = name.parse::<usize>().map_err(|_| index)?;
                items.get_mut(position).ok_or(index)?
            }
            _ => return Err(index),
        };
    }
    *place = value;
    Ok(())
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
        let mut at = |pointer: &str, value| set(&mut login, &parse(pointer).unwrap(), value);
        assert_eq!(at("/user/app_metadata/use_mfa", json!(null)), Ok(()));
        assert_eq!(at("/user/groups/0/name", json!("b")), Ok(()));
        assert_eq!(at("/user/email/local", json!("b")), Err(2));
        assert_eq!(at("/user/groups/1", json!("b")), Err(2));
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
