//! What is taken of a value is the projection of what `serde_json` makes of it.

use super::serialize_projected;
use crate::testing::entrances::paths;
use serde::ser::{Error as _, SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

/// Checks that of `value` the same is taken as of what `serde_json` makes of it.
fn check<T: Serialize + Debug + ?Sized>(value: &T) -> Json {
    let json = serde_json::to_value(value).unwrap();
    for described in [
        json!({}),
        json!(true),
        json!({ "a": {} }),
        json!({ "a": true, "B": {} }),
        json!({ "a": { "a": {}, "b": true }, "B": true, "0": true, "1": {}, "true": {} }),
        json!({ "B": { "0": {}, "a": { "a": {} } }, "C": { "a": true }, "-1": {}, "x": {} }),
        json!({ "B": true, "C": true, "a": true }),
        json!({ "$serde_json::private::Number": {}, "1.5": true, "": {} }),
    ] {
        let paths = paths(&described);
        assert_eq!(
            serialize_projected(value, &paths).unwrap(),
            paths.project(&json),
            "{value:?} by {described}"
        );
    }
    json
}

/// Fails when it is serialized.
#[derive(Debug)]
struct Refusing;

impl Serialize for Refusing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("it was visited"))
    }
}

#[derive(Debug, Serialize)]
struct Inner {
    a: u8,
    b: Vec<Option<char>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<()>,
}

const INNER: Inner = Inner {
    a: 1,
    b: Vec::new(),
    x: None,
};

#[derive(Debug, Serialize)]
struct Unit;

#[derive(Debug, Serialize)]
struct Newtype<T>(T);

#[derive(Debug, Serialize)]
struct Tuple(u8, Inner);

#[derive(Debug, Serialize)]
enum External {
    A,
    B(Inner),
    #[serde(rename = "a")]
    Tuple(u8, Inner),
    C {
        a: Inner,
        b: f32,
    },
}

#[derive(Debug, Serialize)]
#[serde(tag = "a")]
enum Internal {
    B { b: Inner },
    C(Inner),
    D,
}

#[derive(Debug, Serialize)]
#[serde(tag = "a", content = "B")]
enum Adjacent {
    A,
    B(Inner),
    C { a: Inner },
    D(u8, u8),
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Untagged {
    A,
    B(Inner),
    C { a: Inner },
    D(u8, u8),
}

#[test]
fn scalars_are_what_serde_json_makes_of_them() {
    check(&true);
    check(&i8::MIN);
    check(&i16::MIN);
    check(&i32::MIN);
    check(&i64::MIN);
    check(&i128::from(i64::MIN));
    check(&u8::MAX);
    check(&u16::MAX);
    check(&u32::MAX);
    check(&u64::MAX);
    check(&u128::from(u64::MAX));
    check(&0.1_f32);
    check(&-0.0_f64);
    for odd in [f64::NAN, f64::INFINITY] {
        assert_eq!(check(&odd), Json::Null);
        #[expect(clippy::cast_possible_truncation, reason = "it is odd as an `f32` too")]
        let odd = odd as f32;
        assert_eq!(check(&odd), Json::Null);
    }
    check(&'é');
    check("");
    check(&());
    check(&Unit);
    check(&None::<Inner>);
    check(&format_args!("{}-{}", 1, 2));
    check(&std::net::Ipv6Addr::LOCALHOST);
    check(&chrono::DateTime::UNIX_EPOCH);
}

#[test]
fn integers_beyond_64_bits_are_what_serde_json_makes_of_them() {
    let nothing = paths(&json!({}));
    for beyond in [i128::MAX, i128::MIN] {
        let made = serde_json::to_value(beyond).map_err(|error| error.to_string());
        let taken = serialize_projected(&beyond, &nothing).map_err(|error| error.to_string());
        assert_eq!(taken, made);
    }
    let made = serde_json::to_value(u128::MAX).map_err(|error| error.to_string());
    let taken = serialize_projected(&u128::MAX, &nothing).map_err(|error| error.to_string());
    assert_eq!(taken, made);
}

#[test]
fn structs_and_what_is_in_them() {
    check(&INNER);
    check(&Some(INNER));
    check(&Newtype(Newtype(INNER)));
    check(&Newtype(1));
    check(&Tuple(1, INNER));
    check(&(1, INNER));
    check(&[INNER][..]);
    check(&[INNER; 2]);
    check(&Vec::<Inner>::new());
    check(&Box::new(INNER));
}

#[test]
fn all_forms_of_enums() {
    assert_eq!(check(&External::A), json!("A"));
    assert_eq!(
        check(&External::B(INNER)),
        json!({ "B": { "a": 1, "b": [] } })
    );
    check(&External::Tuple(1, INNER));
    check(&External::C { a: INNER, b: 1.5 });
    check(&Internal::B { b: INNER });
    check(&Internal::C(INNER));
    check(&Internal::D);
    check(&Adjacent::A);
    check(&Adjacent::B(INNER));
    check(&Adjacent::C { a: INNER });
    check(&Adjacent::D(1, 2));
    check(&Untagged::A);
    check(&Untagged::B(INNER));
    check(&Untagged::C { a: INNER });
    check(&Untagged::D(1, 2));
    check(&json!({ "a": INNER }));
}

#[test]
fn keys_of_maps_are_those_of_serde_json() {
    fn with<K: Ord + Serialize + Debug>(keys: impl IntoIterator<Item = K>) -> Json {
        check(
            &keys
                .into_iter()
                .map(|key| (key, INNER))
                .collect::<BTreeMap<_, _>>(),
        )
    }
    with(["a", "B", ""]);
    with(["a".to_owned()]);
    with(['a', 'é']);
    assert_eq!(with([true])["true"]["a"], 1);
    with([i8::MIN, -1, 0, 1]);
    with([i16::MIN, -1, 0, 1]);
    with([i32::MIN, -1, 0, 1]);
    with([i64::MIN, -1, 0, 1]);
    assert_eq!(
        with([i128::MIN, -1, 0, 1])["-170141183460469231731687303715884105728"]["a"],
        1
    );
    with([0_u8, 1]);
    with([0_u16, 1]);
    with([0_u32, 1]);
    with([0_u64, 1, u64::MAX]);
    with([0_u128, 1, u128::MAX]);
    check(&Keys(vec![(1.5, 1), (0.0, 2)]));
    check(&Keys(vec![(1.5_f32, 1)]));
    check(&Keys(vec![(Newtype(Newtype("a")), 1)]));
    check(&Keys(vec![(External::A, 1)]));
    check(&Keys(vec![(std::net::Ipv4Addr::LOCALHOST, 1)]));
    check(&Keys(vec![(format_args!("{}", "a"), 1)]));
    check(&HashMap::from([("a", HashMap::from([("a", 1)]))]));
}

#[test]
fn keys_that_serde_json_refuses_are_refused() {
    fn refused<K: Serialize + Debug>(key: K) -> String {
        let map = Keys(vec![(key, 1)]);
        let expected = serde_json::to_value(&map).unwrap_err().to_string();
        for described in [json!({}), json!({ "a": {} }), json!(true)] {
            let error = serialize_projected(&map, &paths(&described)).unwrap_err();
            assert_eq!(error.to_string(), expected, "{map:?}");
        }
        expected
    }
    for key in [None, Some("a")] {
        assert_eq!(refused(key), "key must be a string");
    }
    refused(());
    refused(Unit);
    refused([1]);
    refused((1, 2));
    refused(Tuple(1, INNER));
    refused(INNER);
    refused(BTreeMap::from([("a", 1)]));
    refused(External::B(INNER));
    refused(External::Tuple(1, INNER));
    refused(External::C { a: INNER, b: 1.0 });
    assert_eq!(
        refused(f64::NAN),
        "float key must be finite (got NaN or +/-inf)"
    );
    refused(f32::INFINITY);
    refused(Bytes(b"a"));
    assert_eq!(refused(Refusing), "it was visited");
}

#[test]
fn the_last_of_several_members_with_a_name_counts() {
    #[derive(Debug, Serialize)]
    struct Flat {
        a: u8,
        #[serde(flatten)]
        more: BTreeMap<&'static str, Json>,
        #[serde(flatten)]
        inner: Inner,
    }
    let flat = Flat {
        a: 9,
        more: BTreeMap::from([("a", json!({ "a": 2 })), ("B", json!([1]))]),
        inner: INNER,
    };
    assert_eq!(check(&flat), json!({ "a": 1, "b": [], "B": [1] }));
    let projects = Keys(vec![
        ("a", json!({ "a": 1, "b": 2 })),
        ("a", json!({ "b": 3 })),
    ]);
    assert_eq!(check(&projects), json!({ "a": { "b": 3 } }));
    check(&Keys(vec![("a", json!({ "a": 1 })), ("a", json!(5))]));
}

#[test]
fn bytes_are_an_array() {
    assert_eq!(check(&Bytes(b"ab")), json!([97, 98]));
    check(&Keys(vec![("a", Bytes(b"ab"))]));
}

#[test]
fn a_struct_with_a_name_of_serde_jsons_own_is_for_serde_json() {
    for name in [
        "$serde_json::private::Number",
        "$serde_json::private::RawValue",
    ] {
        let value = Private { name, text: "12" };
        check(&value);
        check(&Keys(vec![("a", value)]));
    }
    check(&json!({ "a": 1, "B": [{ "a": 1.5 }] }));
}

#[test]
fn what_is_not_asked_for_is_not_visited() {
    #[derive(Debug, Serialize)]
    struct Struct {
        a: u8,
        unread: Refusing,
        items: Vec<Refusing>,
        tuple: (Refusing, u8),
        #[serde(flatten)]
        more: Keys<u8, Refusing>,
        variant: Variant,
        other: Variant,
        newtype: Variant,
    }
    #[derive(Debug, Serialize)]
    enum Variant {
        Struct { a: u8, unread: Refusing },
        Tuple(Refusing, u8),
        Newtype(Refusing),
    }
    let value = Struct {
        a: 1,
        unread: Refusing,
        items: vec![Refusing],
        tuple: (Refusing, 1),
        more: Keys(vec![(1, Refusing)]),
        variant: Variant::Struct {
            a: 1,
            unread: Refusing,
        },
        other: Variant::Tuple(Refusing, 1),
        newtype: Variant::Newtype(Refusing),
    };
    let paths = paths(&json!({
        "a": {},
        "items": {},
        "tuple": {},
        "variant": { "Struct": { "a": {} } },
        "other": { "Tuple": {} },
        "newtype": {},
    }));
    assert_eq!(
        serialize_projected(&value, &paths).unwrap(),
        json!({
            "a": 1,
            "items": [],
            "tuple": [],
            "variant": { "Struct": { "a": 1 } },
            "other": { "Tuple": [] },
            "newtype": {},
        })
    );
}

#[test]
fn what_goes_wrong_in_what_is_asked_for_is_an_error() {
    let value = json!({ "a": 1 });
    let refusing = Keys(vec![("a", Refusing)]);
    for described in [json!({ "a": {} }), json!({ "a": { "b": {} } }), json!(true)] {
        let error = serialize_projected(&refusing, &paths(&described)).unwrap_err();
        assert_eq!(error.to_string(), "it was visited");
        let variant = Ok::<_, ()>((Refusing, 1));
        serialize_projected(&variant, &paths(&json!({ "Ok": true }))).unwrap_err();
        serialize_projected(&Some(Refusing), &paths(&described)).unwrap_err();
        serialize_projected(&Newtype(Refusing), &paths(&described)).unwrap_err();
        serialize_projected(&value, &paths(&described)).unwrap();
    }
}

#[test]
fn keys_and_values_can_come_apart() {
    #[derive(Debug)]
    struct Apart {
        values: usize,
    }
    impl Serialize for Apart {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for key in ["a", "unread", "a", "B"] {
                map.serialize_key(key)?;
                for _ in 0..self.values {
                    map.serialize_value(&(key, 1))?;
                }
            }
            map.end()
        }
    }
    assert_eq!(check(&Apart { values: 1 })["B"], json!(["B", 1]));
    for described in [json!({}), json!({ "a": {} }), json!({ "unread": true })] {
        let error = serialize_projected(&Apart { values: 2 }, &paths(&described)).unwrap_err();
        assert_eq!(error.to_string(), "a value of a map comes before its key");
    }
}

/// A map with these keys, in this order.
#[derive(Debug)]
struct Keys<K, V>(Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Keys<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Debug)]
struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[derive(Debug)]
struct Private {
    name: &'static str,
    text: &'static str,
}

impl Serialize for Private {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut private = serializer.serialize_struct(self.name, 1)?;
        private.serialize_field(self.name, self.text)?;
        private.end()
    }
}
