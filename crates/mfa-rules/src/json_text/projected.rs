//! The part of a JSON text that is asked for, read by `serde_json` without building the rest.

use super::PRIVATE;
use crate::read_set::Paths;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Reads the part of a value that paths ask for: what `paths.project` gives of the whole value.
///
/// What is skipped goes through the same functions of `serde_json` as what is read.
// SECURITY: `IgnoredAny` would be faster, but lets through what is refused elsewhere: half a
// surrogate pair, a number out of range, nesting of any depth. A text must be refused for what is
// wrong with it, whether rules look there or not.
pub(super) struct Projected<'p>(pub(super) &'p Paths);

impl<'de> DeserializeSeed<'de> for Projected<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self.0.is_whole() {
            return Json::deserialize(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Projected<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Json, A::Error> {
        Skipped.visit_seq(items)?;
        Ok(Json::Array(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut members = Map::new();
        let mut key = object.next_key_seed(Key::first(Some(self.0)))?;
        while let Some(found) = key {
            match found {
                Key::Unread => object.next_value_seed(Skipped)?,
                Key::Read(name, paths) => {
                    // Of members with the same name the last one counts, with all that it has.
                    members.insert(name, object.next_value_seed(Projected(paths))?);
                }
                Key::Private(key) => return Ok(self.0.project(&private(key, object)?)),
            }
            key = object.next_key_seed(Key::later(Some(self.0)))?;
        }
        Ok(Json::Object(members))
    }
}

/// Reads a value and builds nothing of it.
struct Skipped;

impl<'de> DeserializeSeed<'de> for Skipped {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skipped {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Skipped)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut key = object.next_key_seed(Key::first(None))?;
        while let Some(found) = key {
            if let Key::Private(key) = found {
                private(key, object)?;
                return Ok(());
            }
            object.next_value_seed(Skipped)?;
            key = object.next_key_seed(Key::later(None))?;
        }
        Ok(())
    }
}

/// What the key of a member says about it.
enum Key<'p> {
    /// The member is skipped.
    Unread,
    /// The member is read, under its name.
    Read(String, &'p Paths),
    /// The object is for `serde_json` to understand.
    Private(String),
}

impl<'p> Key<'p> {
    /// Reads the first key of an object, of which `paths` are asked for.
    fn first(paths: Option<&'p Paths>) -> KeySeed<'p> {
        let is_first = true;
        KeySeed { paths, is_first }
    }

    /// Reads another key of it.
    fn later(paths: Option<&'p Paths>) -> KeySeed<'p> {
        let is_first = false;
        KeySeed { paths, is_first }
    }
}

struct KeySeed<'p> {
    paths: Option<&'p Paths>,
    is_first: bool,
}

impl<'de, 'p> DeserializeSeed<'de> for KeySeed<'p> {
    type Value = Key<'p>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'p>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'p> Visitor<'_> for KeySeed<'p> {
    type Value = Key<'p>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key<'p>, E> {
        if self.is_first && key.starts_with(PRIVATE) {
            return Ok(Key::Private(key.to_owned()));
        }
        Ok(match self.paths.and_then(|paths| paths.member(key)) {
            Some(paths) => Key::Read(key.to_owned(), paths),
            None => Key::Unread,
        })
    }
}

/// Reads an object of which the first key has been read, as `serde_json` itself does: as a number,
/// as a raw text, or as an object, depending on the features that it was built with.
fn private<'de, A: MapAccess<'de>>(key: String, rest: A) -> Result<Json, A::Error> {
    let first = Some(key);
    Json::deserialize(MapAccessDeserializer::new(WithFirstKey { first, rest }))
}

struct WithFirstKey<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithFirstKey<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
