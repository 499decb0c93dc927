//! What was expected beside what came out.

use serde::Serialize;
use serde_json::{Map, Value as Json};

/// A difference between what was expected and what came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// Where, as a JSON Pointer into `expect`: `/multifactor/provider`.
    pub path: String,
    /// What was expected.
    pub expected: Json,
    /// What came out; `None` when nothing is there.
    pub actual: Option<Json>,
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
    if let (Json::Object(expected), Some(Json::Object(actual)), Members::Named) =
        (expected, actual, members)
    {
        for (key, expected) in expected {
            let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
            compare(&path, expected, actual.get(key), members, mismatches);
        }
        return;
    }
    if !is_equal(expected, actual.unwrap_or(&Json::Null)) {
        mismatches.push(Mismatch {
            path: path.to_owned(),
            expected: expected.clone(),
            actual: actual.cloned(),
        });
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
    use super::{Members, compare};
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
        let actual = json!({ "/user/a": 1 });
        assert_eq!(differing(&json!({}), &actual, Members::All), [""]);
        assert_eq!(
            differing(&json!({ "/user/a": 1.0 }), &actual, Members::All),
            [""; 0]
        );
    }
}
