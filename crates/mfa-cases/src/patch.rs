//! JSON Merge Patch.

use serde_json::{Map, Value as Json};

/// Applies a patch, as RFC 7396 §2 says: members replace members, `null` removes.
pub(crate) fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Json::Object(members) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            members.remove(key);
        } else {
            merge(members.entry(key).or_insert(Json::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::{Just, Strategy, any, prop_oneof};
    use proptest::{prop_assert_eq, proptest};
    use serde_json::{Map, Value as Json, json};

    /// A value; without any `null` in an object when `nulls` is false.
    fn value(nulls: bool) -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            (0..3).prop_map(Json::from),
            "[ab]?".prop_map(Json::from),
            Just(if nulls { Json::Null } else { json!(7) }),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(Json::from),
                members(inner).prop_map(Json::from),
            ]
        })
    }

    fn members(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Map<String, Json>> {
        btree_map("[abc]", value, 0..4).prop_map(|members| members.into_iter().collect())
    }

    fn merged(target: &Json, patch: &Json) -> Json {
        let mut target = target.clone();
        merge(&mut target, patch);
        target
    }

    /// The patch that makes `to` of `from`, when no object in `to` has a `null`.
    fn difference(from: &Json, to: &Json) -> Json {
        let (Json::Object(from), Json::Object(to)) = (from, to) else {
            return to.clone();
        };
        let mut patch = Map::new();
        for key in from.keys().filter(|key| !to.contains_key(*key)) {
            patch.insert(key.clone(), Json::Null);
        }
        for (key, to) in to {
            match from.get(key) {
                Some(from) if from == to => {}
                Some(from) => {
                    patch.insert(key.clone(), difference(from, to));
                }
                None => {
                    patch.insert(key.clone(), to.clone());
                }
            }
        }
        Json::Object(patch)
    }

    proptest! {
        /// Whatever is there, a patch exists that makes what is wanted of it.
        #[test]
        fn every_login_can_be_made_of_every_other(
            from in members(value(true)).prop_map(Json::from),
            to in members(value(false)).prop_map(Json::from),
        ) {
            prop_assert_eq!(merged(&from, &difference(&from, &to)), to);
        }

        /// A patch says how things are afterwards, so it changes nothing the second time.
        #[test]
        fn a_patch_changes_nothing_the_second_time(target in value(true), patch in value(true)) {
            let once = merged(&target, &patch);
            prop_assert_eq!(merged(&once, &patch), once);
        }

        /// What a patch does not name stays, and what it names with `null` is gone.
        #[test]
        fn a_patch_touches_what_it_names(
            target in members(value(true)),
            patch in members(value(true)),
        ) {
            let result = merged(&Json::from(target.clone()), &Json::from(patch.clone()));
            for (key, value) in &target {
                if !patch.contains_key(key) {
                    prop_assert_eq!(result.get(key), Some(value));
                }
            }
            for (key, value) in &patch {
                let kept = result.get(key);
                match value {
                    Json::Null => prop_assert_eq!(kept, None),
                    Json::Object(_) => prop_assert_eq!(kept.map(Json::is_object), Some(true)),
                    value => prop_assert_eq!(kept, Some(value)),
                }
            }
        }
    }

    #[test]
    fn the_examples_of_the_specification_hold() {
        // RFC 7396, Appendix A.
        let examples = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ];
        for (original, patch, result) in examples {
            let mut target = original.clone();
            merge(&mut target, &patch);
            assert_eq!(target, result, "{original} + {patch}");
        }
    }
}
