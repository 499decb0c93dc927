use super::{Paths, ReadPart};
use serde_json::json;

fn paths(list: &[(&[&str], ReadPart)]) -> Paths {
    let mut paths = Paths::default();
    for (names, part) in list {
        paths.add(names.iter().copied(), *part);
    }
    paths
}

#[test]
fn a_projection_keeps_what_is_looked_at_and_the_types_on_the_way() {
    let paths = paths(&[
        (&["email"], ReadPart::Shape),
        (&["app_metadata", "use_mfa"], ReadPart::Shape),
        (&["groups"], ReadPart::Whole),
        (&["identities"], ReadPart::Shape),
    ]);
    let user = json!({
        "email": "a@example.com",
        "name": "A",
        "app_metadata": { "use_mfa": { "since": 1 }, "plan": "gold" },
        "groups": ["admins"],
        "identities": [{ "provider": "x" }],
    });
    assert_eq!(
        paths.project(&user),
        json!({
            "email": "a@example.com",
            "app_metadata": { "use_mfa": {} },
            "groups": ["admins"],
            "identities": [],
        })
    );
    assert_eq!(paths.project(&json!(5)), json!(5));
    assert_eq!(
        paths.project(&json!({ "app_metadata": ["x"] })),
        json!({ "app_metadata": [] })
    );
}

#[test]
fn a_whole_value_takes_the_paths_below_it_in() {
    let mut narrow = paths(&[(&["a", "b"], ReadPart::Shape)]);
    narrow.add(["a"], ReadPart::Whole);
    narrow.add(["a", "c"], ReadPart::Shape);
    assert_eq!(narrow, paths(&[(&["a"], ReadPart::Whole)]));
    let mut other = paths(&[(&["a", "b"], ReadPart::Shape), (&["z"], ReadPart::Shape)]);
    other.add_all(&narrow);
    assert_eq!(
        json!(other),
        json!([
            { "path": "/a", "part": "whole" },
            { "path": "/z", "part": "shape" },
        ])
    );
}

#[test]
fn names_are_escaped_in_paths() {
    let paths = paths(&[(&["https://example.com/~x"], ReadPart::Shape)]);
    assert_eq!(paths.paths()[0].path, "/https:~1~1example.com~1~0x");
}
