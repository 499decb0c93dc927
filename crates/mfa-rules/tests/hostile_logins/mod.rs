//! Logins that a hostile rule, or a hostile client, could wish for.

use serde_json::{Map, Value as Json, json};

/// User and context. They are never dropped: dropping the deepest would overflow the stack.
pub(crate) fn named(name: &str) -> &'static [Json; 2] {
    let user = match name {
        "small" => {
            json!({ "user_id": "auth0|1", "groups": ["a", "b"], "app_metadata": { "x": 1 } })
        }
        "array" => {
            json!({ "list": (0..1_000_000).collect::<Vec<_>>(), "ones": vec![1; 1_000_000] })
        }
        "mixed" => {
            let mut list = vec![json!("a"); 1_000_000];
            list.push(json!(1));
            json!({ "list": list })
        }
        "map" => {
            let member = |index: u32| (format!("member-{index:07}"), json!(index));
            let map: Map<String, Json> = (0..400_000).map(member).collect();
            json!({ "map": map, "same": map })
        }
        "texts" => {
            let size = 16 << 20;
            let fill = |part: &str| part.repeat(size / part.len());
            json!({
                "a": fill("a"), "commas": fill(","), "spaces": fill(" "), "wide": fill("ä"),
                "words": fill("ab "), "ranges": vec![fill("1")], "copies": vec![fill("a"); 2],
            })
        }
        "prefixes" => {
            let long = "k".repeat(1 << 20);
            let member = |index: u32| (format!("{long}{index}"), json!(index));
            let map: Map<String, Json> = (0..16).map(member).collect();
            let texts: Vec<String> = (0..16).map(|index| format!("{long}{index:02}")).collect();
            json!({ "map": map, "long": format!("{long}9"), "texts": texts, "last": format!("{long}99") })
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

/// Built by hand, because `json!` copies what it is given, level by level.
fn twice(levels: usize) -> Json {
    let member = |name: &str| (name.to_owned(), nested(levels));
    Json::Object(Map::from_iter([member("deep"), member("same")]))
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
