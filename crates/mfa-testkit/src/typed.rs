//! Values that serialize as JSON values do, in all the ways that `Serialize` has for it.

use crate::bytes::{Bytes, noise};
use crate::json_text::stale;
use crate::logins::{CONFIGURATION, CONTEXT, Members, Shape, USER};
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value as Json};

/// A value that serializes as structs, enums and so on, chosen by the seed.
///
/// How a part of it serializes does not depend on whether other parts are serialized.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed<'v> {
    json: &'v Json,
    seed: u64,
    /// How many options and newtypes it is in.
    wrapped: u8,
}

impl<'v> Typed<'v> {
    pub(crate) fn new(json: &'v Json, seed: u64) -> Self {
        let wrapped = 0;
        Self {
            json,
            seed,
            wrapped,
        }
    }

    /// A part of it.
    fn part(self, json: &'v Json, index: usize) -> Self {
        let index = u64::try_from(index).unwrap_or_default().wrapping_add(1);
        let mixed = self.seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Self::new(json, mixed ^ (mixed >> 29))
    }

    /// It, in an option or a newtype.
    fn wrapped(self) -> Self {
        Self {
            wrapped: self.wrapped.saturating_add(1),
            ..self.part(self.json, 0)
        }
    }

    /// One of `bound` choices.
    fn choice(self, bound: u64) -> u64 {
        (self.seed >> 11).checked_rem(bound).unwrap_or_default()
    }
}

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.choice(16) {
            _ if self.wrapped > 2 => {}
            0 => return serializer.serialize_some(&self.wrapped()),
            1 => return serializer.serialize_newtype_struct("Newtype", &self.wrapped()),
            _ => {}
        }
        match self.json {
            Json::Null => match self.choice(3) {
                0 => serializer.serialize_none(),
                1 => serializer.serialize_unit_struct("Unit"),
                _ => serializer.serialize_unit(),
            },
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => self.number(number, serializer),
            Json::String(text) => self.text(text, serializer),
            Json::Array(items) => self.array(items, serializer),
            Json::Object(members) => self.object(members, serializer),
        }
    }
}

impl Typed<'_> {
    fn number<S: Serializer>(self, number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(integer) = number.as_i64() {
            return match (
                self.choice(6),
                i8::try_from(integer),
                u32::try_from(integer),
            ) {
                (0, Ok(integer), _) => serializer.serialize_i8(integer),
                (1, _, Ok(integer)) => serializer.serialize_u32(integer),
                (2, ..) => serializer.serialize_i128(integer.into()),
                (3, ..) => number.serialize(serializer),
                _ => serializer.serialize_i64(integer),
            };
        }
        match (self.choice(3), number.as_u64(), number.as_f64()) {
            (0, Some(integer), _) => serializer.serialize_u128(integer.into()),
            (1, Some(integer), _) => serializer.serialize_u64(integer),
            (1, None, Some(float)) => serializer.serialize_f64(float),
            _ => number.serialize(serializer),
        }
    }

    fn text<S: Serializer>(self, text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        let mut characters = text.chars();
        match (
            self.choice(4),
            name(text),
            characters.next(),
            characters.next(),
        ) {
            (0, Some(variant), ..) => serializer.serialize_unit_variant("Enum", 0, variant),
            (1, _, Some(only), None) => serializer.serialize_char(only),
            (2, ..) => serializer.collect_str(text),
            _ => serializer.serialize_str(text),
        }
    }

    fn array<S: Serializer>(self, items: &[Json], serializer: S) -> Result<S::Ok, S::Error> {
        let parts = items.iter().enumerate();
        let mut parts = parts.map(|(index, item)| self.part(item, index));
        let byte = |item: &Json| item.as_u64().and_then(|integer| u8::try_from(integer).ok());
        let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
        match (self.choice(4), bytes) {
            (0, Some(bytes)) => serializer.serialize_bytes(&bytes),
            (1, _) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                parts.try_for_each(|part| tuple.serialize_element(&part))?;
                tuple.end()
            }
            (2, _) => {
                let mut tuple = serializer.serialize_tuple_struct("Tuple", items.len())?;
                parts.try_for_each(|part| tuple.serialize_field(&part))?;
                tuple.end()
            }
            _ => {
                let mut sequence = serializer.serialize_seq(None)?;
                parts.try_for_each(|part| sequence.serialize_element(&part))?;
                sequence.end()
            }
        }
    }

    fn object<S: Serializer>(
        self,
        members: &Map<String, Json>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let names: Option<Vec<&'static str>> = members.keys().map(|key| name(key)).collect();
        match (self.choice(5), names.as_deref()) {
            (0, Some([variant])) if let Some(inner) = members.values().next() => {
                self.variant(variant, inner, serializer)
            }
            (0 | 1, Some(names)) => {
                let mut fields = serializer.serialize_struct("Struct", names.len())?;
                for (index, (name, member)) in names.iter().zip(members.values()).enumerate() {
                    fields.serialize_field(name, &self.part(member, index))?;
                }
                fields.end()
            }
            (2, _) => {
                let mut map = serializer.serialize_map(None)?;
                for (index, (key, member)) in members.iter().enumerate() {
                    let part = self.part(member, index);
                    if part.choice(3) == 0 {
                        let stale = stale(member, &mut Bytes::new(&noise(part.seed, 4)));
                        map.serialize_entry(key, &stale)?;
                    }
                    map.serialize_key(&Key(key))?;
                    map.serialize_value(&part)?;
                }
                map.end()
            }
            _ => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (index, (key, member)) in members.iter().enumerate() {
                    map.serialize_entry(key, &self.part(member, index))?;
                }
                map.end()
            }
        }
    }

    /// An object with one member, as a variant of an enum.
    fn variant<S: Serializer>(
        self,
        variant: &'static str,
        inner: &Json,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match inner {
            Json::Array(items) => {
                let mut tuple = serializer.serialize_tuple_variant("E", 0, variant, items.len())?;
                for (index, item) in items.iter().enumerate() {
                    tuple.serialize_field(&self.part(item, index))?;
                }
                tuple.end()
            }
            Json::Object(members) if members.keys().all(|key| name(key).is_some()) => {
                let len = members.len();
                let mut fields = serializer.serialize_struct_variant("E", 0, variant, len)?;
                for (index, (key, member)) in members.iter().enumerate() {
                    let name = name(key).unwrap_or_default();
                    fields.serialize_field(name, &self.part(member, index))?;
                }
                fields.end()
            }
            inner => serializer.serialize_newtype_variant("E", 0, variant, &self.part(inner, 0)),
        }
    }
}

/// A key that is written as this text: a character or a number where it can be.
struct Key<'k>(&'k str);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(integer) = self.0.parse::<i16>()
            && integer.to_string() == self.0
        {
            return serializer.serialize_i16(integer);
        }
        let mut characters = self.0.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => serializer.serialize_char(only),
            _ => serializer.serialize_newtype_struct("Key", self.0),
        }
    }
}

/// The name of a field or a variant with this text.
fn name(text: &str) -> Option<&'static str> {
    const MORE: &[&str] = &[
        "a",
        "b",
        "provider",
        "allowRememberBrowser",
        "stale",
        "duo",
        "app-1",
    ];
    let found = [USER, CONTEXT, CONFIGURATION]
        .iter()
        .find_map(|members| member_name(members, text));
    found.or_else(|| MORE.iter().copied().find(|name| *name == text))
}

fn member_name(members: Members, text: &str) -> Option<&'static str> {
    members.iter().find_map(|(name, shape)| match shape {
        _ if *name == text => Some(*name),
        Shape::Object(members) | Shape::Objects(members) => member_name(members, text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::Typed;
    use crate::bytes::noise;
    use crate::logins::GeneratedLogin;

    #[test]
    fn a_typed_value_serializes_as_its_json() {
        for seed in 0..300 {
            let login = GeneratedLogin::from_bytes(&noise(seed, 120));
            for json in [&login.user, &login.context] {
                let typed = serde_json::to_value(Typed::new(json, seed.wrapping_mul(77_777)));
                assert_eq!(&typed.unwrap(), json);
            }
        }
    }
}
