//! The part of a `Serialize` value that rules look at.

mod key;

use crate::json_text::PRIVATE;
use crate::read_set::{Member, Named, Paths};
use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::value::Serializer as ToValue;
use serde_json::{Error, Map, Value as Json};

/// Serializes the part of a value that `paths` ask for: what `paths.project` gives of what
/// `serde_json::to_value` makes of it, but nothing else of the value is visited.
pub(crate) fn serialize_projected<T: Serialize + ?Sized>(
    value: &T,
    paths: &Paths,
) -> Result<Json, Error> {
    match paths.named() {
        None => value.serialize(ToValue),
        Some(named) => value.serialize(Projecting(named)),
    }
}

/// Gives the part of a value that is asked for: of an object these members.
///
/// Scalars are what `serde_json` makes of them.
struct Projecting<'p>(&'p Named);

impl<'p> Serializer for Projecting<'p> {
    type Ok = Json;
    type Error = Error;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Members<'p>;
    type SerializeStruct = Struct<'p>;
    type SerializeStructVariant = StructVariant<'p>;

    fn serialize_bool(self, value: bool) -> Result<Json, Error> {
        ToValue.serialize_bool(value)
    }

    fn serialize_i8(self, value: i8) -> Result<Json, Error> {
        ToValue.serialize_i8(value)
    }

    fn serialize_i16(self, value: i16) -> Result<Json, Error> {
        ToValue.serialize_i16(value)
    }

    fn serialize_i32(self, value: i32) -> Result<Json, Error> {
        ToValue.serialize_i32(value)
    }

    fn serialize_i64(self, value: i64) -> Result<Json, Error> {
        ToValue.serialize_i64(value)
    }

    fn serialize_i128(self, value: i128) -> Result<Json, Error> {
        ToValue.serialize_i128(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Json, Error> {
        ToValue.serialize_u8(value)
    }

    fn serialize_u16(self, value: u16) -> Result<Json, Error> {
        ToValue.serialize_u16(value)
    }

    fn serialize_u32(self, value: u32) -> Result<Json, Error> {
        ToValue.serialize_u32(value)
    }

    fn serialize_u64(self, value: u64) -> Result<Json, Error> {
        ToValue.serialize_u64(value)
    }

    fn serialize_u128(self, value: u128) -> Result<Json, Error> {
        ToValue.serialize_u128(value)
    }

    fn serialize_f32(self, value: f32) -> Result<Json, Error> {
        ToValue.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<Json, Error> {
        ToValue.serialize_f64(value)
    }

    fn serialize_char(self, value: char) -> Result<Json, Error> {
        ToValue.serialize_char(value)
    }

    fn serialize_str(self, value: &str) -> Result<Json, Error> {
        ToValue.serialize_str(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Json, Error> {
        Ok(Json::Array(Vec::new()))
    }

    fn serialize_none(self) -> Result<Json, Error> {
        ToValue.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Json, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Json, Error> {
        ToValue.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Json, Error> {
        ToValue.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<Json, Error> {
        ToValue.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Json, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Json, Error> {
        let mut members = Members::new(self.0);
        members.add(variant, value)?;
        Ok(Json::Object(members.read))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements, Error> {
        Ok(Elements::Unread(Json::Array(Vec::new())))
    }

    fn serialize_tuple(self, len: usize) -> Result<Elements, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Elements, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Elements, Error> {
        let items = Vec::new();
        Ok(match self.0.member(variant.as_bytes()) {
            None => Elements::Unread(Json::Object(Map::new())),
            Some((_, paths)) if paths.is_whole() => Elements::OfVariant { variant, items },
            Some(_) => Elements::Unread(one_member(variant, Json::Array(items))),
        })
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Members<'p>, Error> {
        Ok(Members::new(self.0))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Struct<'p>, Error> {
        if name.starts_with(PRIVATE) {
            let inner = ToValue.serialize_struct(name, len)?;
            let named = self.0;
            return Ok(Struct::Private { inner, named });
        }
        Ok(Struct::Members(Members::new(self.0)))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<StructVariant<'p>, Error> {
        let Some((_, paths)) = self.0.member(variant.as_bytes()) else {
            return Ok(StructVariant::Unread);
        };
        let Some(named) = paths.named() else {
            let inner = ToValue.serialize_struct_variant(name, index, variant, len)?;
            return Ok(StructVariant::Whole(inner));
        };
        let members = Members::new(named);
        Ok(StructVariant::Members { variant, members })
    }
}

fn one_member(name: &str, value: Json) -> Json {
    Json::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// The elements of an array.
enum Elements {
    /// They are not visited. What the array comes to, and what it is in.
    Unread(Json),
    /// All of them, of an enum's variant.
    OfVariant {
        variant: &'static str,
        items: Vec<Json>,
    },
}

impl Elements {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if let Self::OfVariant { items, .. } = self {
            items.push(value.serialize(ToValue)?);
        }
        Ok(())
    }

    fn finish(self) -> Json {
        match self {
            Self::Unread(json) => json,
            Self::OfVariant { variant, items } => one_member(variant, Json::Array(items)),
        }
    }
}

impl SerializeSeq for Elements {
    type Ok = Json;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<Json, Error> {
        Ok(self.finish())
    }
}

impl SerializeTuple for Elements {
    type Ok = Json;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<Json, Error> {
        Ok(self.finish())
    }
}

impl SerializeTupleStruct for Elements {
    type Ok = Json;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<Json, Error> {
        Ok(self.finish())
    }
}

impl SerializeTupleVariant for Elements {
    type Ok = Json;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<Json, Error> {
        Ok(self.finish())
    }
}

/// The members of an object, of which those that are named are visited.
struct Members<'p> {
    named: &'p Named,
    read: Map<String, Json>,
    /// Whether a key has come whose value comes next, and the member that it names, when that is
    /// looked at.
    has_key: bool,
    next: Option<&'p Member>,
}

impl<'p> Members<'p> {
    fn new(named: &'p Named) -> Self {
        Self {
            named,
            read: Map::new(),
            has_key: false,
            next: None,
        }
    }

    #[inline]
    fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.read(self.named.member(name.as_bytes()), value)
    }

    #[inline]
    fn read<T: Serialize + ?Sized>(
        &mut self,
        member: Option<&Member>,
        value: &T,
    ) -> Result<(), Error> {
        if let Some((name, paths)) = member {
            let json = serialize_projected(value, paths)?;
            // Of members with the same name, as flattened fields can have, the last one counts.
            self.read.insert(String::from(&**name), json);
        }
        Ok(())
    }
}

impl SerializeMap for Members<'_> {
    type Ok = Json;
    type Error = Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.next = key::member(key, self.named)?;
        self.has_key = true;
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if !std::mem::take(&mut self.has_key) {
            return Err(Error::custom("a value of a map comes before its key"));
        }
        self.read(self.next, value)
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), Error> {
        self.read(key::member(key, self.named)?, value)
    }

    fn end(self) -> Result<Json, Error> {
        Ok(Json::Object(self.read))
    }
}

/// A struct.
enum Struct<'p> {
    Members(Members<'p>),
    /// One that is for `serde_json` to understand.
    Private {
        inner: <ToValue as Serializer>::SerializeStruct,
        named: &'p Named,
    },
}

impl SerializeStruct for Struct<'_> {
    type Ok = Json;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        match self {
            Self::Members(members) => members.add(name, value),
            Self::Private { inner, .. } => inner.serialize_field(name, value),
        }
    }

    fn end(self) -> Result<Json, Error> {
        match self {
            Self::Members(members) => Ok(Json::Object(members.read)),
            Self::Private { inner, named } => Ok(named.project(&SerializeStruct::end(inner)?)),
        }
    }
}

/// A struct that is an enum's variant.
enum StructVariant<'p> {
    Unread,
    Members {
        variant: &'static str,
        members: Members<'p>,
    },
    /// One of which everything is visited.
    Whole(<ToValue as Serializer>::SerializeStructVariant),
}

impl SerializeStructVariant for StructVariant<'_> {
    type Ok = Json;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        match self {
            Self::Unread => Ok(()),
            Self::Members { members, .. } => members.add(name, value),
            Self::Whole(inner) => inner.serialize_field(name, value),
        }
    }

    fn end(self) -> Result<Json, Error> {
        match self {
            Self::Unread => Ok(Json::Object(Map::new())),
            Self::Members { variant, members } => {
                Ok(one_member(variant, Json::Object(members.read)))
            }
            Self::Whole(inner) => SerializeStructVariant::end(inner),
        }
    }
}

#[cfg(test)]
mod tests;
