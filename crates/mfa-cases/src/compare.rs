//! What was expected beside what came out.

use crate::pointer;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// A difference between what was expected and what came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// Where, as a JSON Pointer into `expect`: `/multifactor/provider`.
    pub path: String,
    /// What was expected; `None` when nothing is, which is left out in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Json>,
    /// What came out; `None` when nothing is there, which is left out in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Json>,
}

impl Mismatch {
    /// Where, as a rule would write it: `multifactor.provider`, `changes["/user/email"]`.
    pub fn place(&self) -> String {
        let mut place = String::new();
        for name in pointer::parse(&self.path).unwrap_or_default() {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let is_name = !name.is_empty() && name.bytes().all(is_part);
            if !is_name {
                // Writing to a `String` does not fail.
                let _ = write!(place, "[{}]", Json::String(name));
                continue;
            }
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(&name);
        }
        place
    }
}

/// How objects are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Members {
    /// Those that are named.
    Named,
    /// All of them.
    All,
}

/// Compares, and adds what differs to `mismatches`.
pub(crate) fn compare(
    path: &str,
    expected: &Json,
    actual: Option<&Json>,
    members: Members,
    mismatches: &mut Vec<Mismatch>,
) {
    let below = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    let mut differ = |path: String, expected: Option<&Json>, actual: Option<&Json>| {
        mismatches.push(Mismatch {
            path,
            expected: expected.cloned(),
            actual: actual.cloned(),
        });
    };
    match (expected, actual, members) {
        (Json::Object(expected), Some(Json::Object(actual)), Members::Named) => {
            for (key, expected) in expected {
                compare(&below(key), expected, actual.get(key), members, mismatches);
            }
        }
        (Json::Object(expected), Some(Json::Object(actual)), Members::All) => {
            let keys: BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
            for key in keys {
                let (expected, actual) = (expected.get(key), actual.get(key));
                let are_equal = match (expected, actual) {
                    (Some(expected), Some(actual)) => is_equal(expected, actual),
                    _ => false,
                };
                if !are_equal {
                    differ(below(key), expected, actual);
                }
            }
        }
        _ if is_equal(expected, actual.unwrap_or(&Json::Null)) => {}
        _ => differ(path.to_owned(), Some(expected), actual),
    }
}

/// Equality of values, for which `1` and `1.0` are the same number.
fn is_equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => {
            left == right || (left.is_f64() != right.is_f64() && left.as_f64() == right.as_f64())
        }
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| is_equal(left, right))
        }
        (Json::Object(left), Json::Object(right)) => are_equal(left, right),
        (left, right) => left == right,
    }
}

fn are_equal(left: &Map<String, Json>, right: &Map<String, Json>) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .all(|(key, left)| right.get(key).is_some_and(|right| is_equal(left, right)))
}

#[cfg(test)]
mod tests {
    use super::{Members, Mismatch, compare};
    use serde_json::{Value as Json, json};

    fn differing(expected: &Json, actual: &Json, members: Members) -> Vec<String> {
        let mut mismatches = Vec::new();
        compare("", expected, Some(actual), members, &mut mismatches);
        mismatches
            .into_iter()
            .map(|mismatch| mismatch.path)
            .collect()
    }

    #[test]
    fn members_that_are_not_named_are_not_compared() {
        let actual = json!({ "a": { "b": 1, "c": [1, 2] }, "d": null });
        for expected in [
            json!({}),
            json!({ "a": { "b": 1.0 } }),
            json!({ "a": { "c": [1, 2] }, "d": null, "absent": null }),
        ] {
            assert_eq!(differing(&expected, &actual, Members::Named), [""; 0]);
        }
        for (expected, path) in [
            (json!({ "a": { "b": 2 } }), "/a/b"),
            (json!({ "a": { "c": [1] } }), "/a/c"),
            (json!({ "a": { "x~/": 1 } }), "/a/x~0~1"),
            (json!({ "a": null }), "/a"),
            (json!({ "a": [] }), "/a"),
        ] {
            assert_eq!(differing(&expected, &actual, Members::Named), [path]);
        }
    }

    #[test]
    fn all_members_are_compared_where_nothing_may_be_left_out() {
        let actual = json!({ "/user/a": 1, "/user/b": { "c": null } });
        for (expected, paths) in [
            (json!({}), &["/~1user~1a", "/~1user~1b"][..]),
            (json!({ "/user/a": 1.0, "/user/b": { "c": null } }), &[]),
            (json!({ "/user/a": 1, "/user/b": {} }), &["/~1user~1b"]),
            (
                json!({ "/user/a": 2, "/user/b": { "c": null }, "/user/c": null }),
                &["/~1user~1a", "/~1user~1c"],
            ),
            (json!([]), &[""]),
        ] {
            assert_eq!(differing(&expected, &actual, Members::All), paths);
        }
    }

    #[test]
    fn places_are_written_as_in_a_rule() {
        for (path, place) in [
            ("/decision", "decision"),
            ("/multifactor/provider", "multifactor.provider"),
            ("/changes/~1user~1a~0b", r#"changes["/user/a~b"]"#),
            (
                "/context/idToken/https:~1~1x/a_1",
                r#"context.idToken["https://x"].a_1"#,
            ),
            ("/user/", r#"user[""]"#),
        ] {
            let mismatch = Mismatch {
                path: path.to_owned(),
                expected: None,
                actual: None,
            };
            assert_eq!(mismatch.place(), place);
        }
    }
}
