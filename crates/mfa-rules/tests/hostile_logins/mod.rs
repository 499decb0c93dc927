//! Logins that a hostile rule, or a hostile client, could wish for.

use serde_json::{Map, Value as Json, json};

/// User and context. They are never dropped: dropping the deepest would overflow the stack.
pub(crate) fn named(name: &str) -> &'static [Json; 2] {
    let user = match name {
        "small" => {
            json!({ "user_id": "auth0|1", "groups": ["a", "b"], "app_metadata": { "x": 1 } })
        }
        "array" => object([
            (
                "list",
                Json::Array((0..1_000_000).map(Json::from).collect()),
            ),
            ("ones", Json::Array(vec![Json::from(1); 1_000_000])),
        ]),
        "mixed" => {
            let mut list = vec![Json::from("a"); 300_000];
            list.push(Json::from(1));
            object([("list", Json::Array(list))])
        }
        "map" => {
            let member = |index: u32| (format!("member-{index:07}"), Json::from(index));
            let map = Json::Object((0..150_000).map(member).collect());
            object([("same", map.clone()), ("map", map)])
        }
        "texts" => {
            let size = 4 << 20;
            let fill = |part: &str| Json::String(part.repeat(size / part.len()));
            object([
                ("a", fill("a")),
                ("commas", fill(",")),
                ("spaces", fill(" ")),
                ("wide", fill("ä")),
                ("ranges", Json::Array(vec![fill("1")])),
                ("copies", Json::Array(vec![fill("a"); 2])),
            ])
        }
        // Just short enough to be keys.
        "prefixes" => {
            let long = "k".repeat(200 << 10);
            let member = |index: u32| (format!("{long}{index}"), Json::from(index));
            let text = |index: u32| Json::String(format!("{long}{index:02}"));
            object([
                ("map", Json::Object((0..16).map(member).collect())),
                ("texts", Json::Array((0..16).map(text).collect())),
                ("long", Json::String(format!("{long}9"))),
                ("last", text(99)),
            ])
        }
        // As deep as `serde_json` reads, the user being a level too.
        "deep" => twice(126),
        // Deeper than any text that is read: an embedder can build it.
        "deepest" => twice(10_000),
        other => panic!("no login is named {other}"),
    };
    let context = json!({ "clientID": "app-1", "protocol": "oidc-basic-profile" });
    Box::leak(Box::new([user, context]))
}

/// Two members, equally deep.
fn twice(levels: usize) -> Json {
    object([("deep", nested(levels)), ("same", nested(levels))])
}

/// Built by hand, because `json!` copies what it is given, level by level.
fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    let members = members.map(|(name, value)| (name.to_owned(), value));
    Json::Object(Map::from_iter(members))
}

fn nested(levels: usize) -> Json {
    let mut value = json!(1);
    for level in 0..levels {
        value = match level % 2 {
            0 => Json::Array(vec![value]),
            _ => Json::Object(Map::from_iter([("x".to_owned(), value)])),
        };
    }
    value
}
