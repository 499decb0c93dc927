use super::{Paths, ReadPart};
use serde_json::json;
use std::collections::BTreeSet;

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

/// Among few members and among many, and however the paths were made.
#[test]
fn a_member_is_found_by_its_name_and_no_other() {
    let name = |number: usize| format!("{}{number}", "é".repeat(number % 70));
    for count in [0, 1, 2, 8, 9, 200] {
        let names: BTreeSet<String> = (0..count).map(name).collect();
        let mut added = Paths::default();
        for name in names.iter().rev() {
            added.add([&**name, "inside"], ReadPart::Whole);
        }
        let mut united = Paths::default();
        united.add_all(&added);
        let members = added
            .members()
            .map(|(name, paths)| (name.into(), paths.clone()));
        let made = Paths::of(members.collect());
        assert_eq!(made, added);
        for paths in [added, united, made] {
            for name in (0..300).map(name) {
                for name in [
                    &*name,
                    "",
                    "é",
                    &format!("{name}x"),
                    name.trim_start_matches('é'),
                ] {
                    let found = paths.member(name);
                    assert_eq!(found.is_some(), names.contains(name), "{name} of {count}");
                    let inside = found.and_then(|member| member.member("inside"));
                    assert_eq!(inside.is_some_and(Paths::is_whole), found.is_some());
                    assert!(found.is_none_or(|member| member.member(name).is_none()));
                }
            }
        }
    }
    assert!(Paths::everything().member("").is_some_and(Paths::is_whole));
}
