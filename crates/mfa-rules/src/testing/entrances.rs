//! The readers of the entrances, apart from rules and logins.

use crate::json_text::{self, read_projected};
use crate::projection::serialize_projected;
use crate::read_set::{Paths, ReadPart};
use serde::Serialize;
use serde_json::Value as Json;

/// The paths that `described` stands for: an object is the members that are looked at, `true` is
/// everything.
///
/// ```
/// use mfa_rules::testing::entrances::paths;
/// use serde_json::json;
///
/// let paths = paths(&json!({ "email": {}, "groups": true }));
/// let user = json!({ "email": ["x"], "name": "A", "groups": ["x"] });
/// assert_eq!(paths.project(&user), json!({ "email": [], "groups": ["x"] }));
/// ```
pub fn paths(described: &Json) -> Paths {
    let mut paths = Paths::default();
    add(&mut paths, described, &mut Vec::new());
    paths
}

fn add<'j>(paths: &mut Paths, described: &'j Json, names: &mut Vec<&'j str>) {
    match described {
        Json::Object(members) => {
            paths.add(names.iter().copied(), ReadPart::Shape);
            for (name, member) in members {
                names.push(name);
                add(paths, member, names);
                names.pop();
            }
        }
        _ => paths.add(names.iter().copied(), ReadPart::Whole),
    }
}

/// What the entrance for JSON texts reads of a text.
///
/// # Errors
///
/// What is wrong with the text.
pub fn read(text: &[u8], paths: &Paths) -> Result<Json, String> {
    read_projected(text, paths).map_err(|error| error.to_string())
}

/// What the entrance for JSON texts reads of a text where it does not do so by itself.
///
/// # Errors
///
/// What is wrong with the text.
pub fn read_by_serde_json(text: &str, paths: &Paths) -> Result<Json, String> {
    json_text::read_by_serde_json(text, paths).map_err(|error| error.to_string())
}

/// What the entrance for typed values takes of a value.
///
/// # Errors
///
/// What goes wrong in what is taken.
pub fn serialize<T: Serialize + ?Sized>(value: &T, paths: &Paths) -> Result<Json, String> {
    serialize_projected(value, paths).map_err(|error| error.to_string())
}
