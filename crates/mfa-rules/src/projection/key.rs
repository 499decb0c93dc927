//! The keys of maps, of which most are texts.

use crate::read_set::{Member, Named};
use serde::ser::{Error as _, Impossible, Serialize, SerializeMap, Serializer};
use serde_json::value::Serializer as ToValue;
use serde_json::{Error, Value as Json};

/// Finds the member that a key of a map names; `None` when the member is not looked at.
#[inline]
pub(super) fn member<'p, T: Serialize + ?Sized>(
    key: &T,
    named: &'p Named,
) -> Result<Option<&'p Member>, Error> {
    key.serialize(KeySerializer(named))
}

/// Looks a text up where it lies, and leaves every other key to `serde_json`.
struct KeySerializer<'p>(&'p Named);

impl<'p> KeySerializer<'p> {
    /// The key that `serde_json` makes of `key`.
    fn delegate<T: Serialize + ?Sized>(self, key: &T) -> Result<Option<&'p Member>, Error> {
        let mut map = ToValue.serialize_map(Some(1))?;
        map.serialize_entry(key, &())?;
        let key = match SerializeMap::end(map)? {
            Json::Object(members) => members.into_iter().next(),
            _ => None,
        };
        match key {
            Some((key, _)) => self.serialize_str(&key),
            None => Err(refusal()),
        }
    }
}

/// The error for what is no key: in the words of `serde_json`.
fn refusal() -> Error {
    Error::custom("key must be a string")
}

/// The methods for keys that are left to `serde_json`.
macro_rules! delegate {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, key: $type) -> Result<Option<&'p Member>, Error> {
            self.delegate(&key)
        })*
    };
}

/// The methods for what is no key.
macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $result:ident;)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<Self::$result, Error> {
            Err(refusal())
        })*
    };
}

impl<'p> Serializer for KeySerializer<'p> {
    type Ok = Option<&'p Member>;
    type Error = Error;
    type SerializeSeq = Impossible<Option<&'p Member>, Error>;
    type SerializeTuple = Self::SerializeSeq;
    type SerializeTupleStruct = Self::SerializeSeq;
    type SerializeTupleVariant = Self::SerializeSeq;
    type SerializeMap = Self::SerializeSeq;
    type SerializeStruct = Self::SerializeSeq;
    type SerializeStructVariant = Self::SerializeSeq;

    #[inline]
    fn serialize_str(self, key: &str) -> Result<Option<&'p Member>, Error> {
        Ok(self.0.member(key.as_bytes()))
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Option<&'p Member>, Error> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        key: &T,
    ) -> Result<Option<&'p Member>, Error> {
        key.serialize(self)
    }

    delegate! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char
    }

    refuse! {
        serialize_bytes(&[u8]) -> Ok;
        serialize_none() -> Ok;
        serialize_unit() -> Ok;
        serialize_unit_struct(&'static str) -> Ok;
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Option<&'p Member>, Error> {
        Err(refusal())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Option<&'p Member>, Error> {
        Err(refusal())
    }
}
