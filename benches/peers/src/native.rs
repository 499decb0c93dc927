//! Makes a peer's own values of JSON, from text without anything in between.
//!
//! Peers that read JSON text themselves, or have a faster way, do not use this.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt;

/// How the values of a peer are made. Texts that are read as they stand live as long as the JSON.
pub(crate) trait Native<'t> {
    /// Any value.
    type Value;
    /// An array while it is made.
    type Array;
    /// An object while it is made.
    type Object;
    /// Why a value could not be made.
    type Error: fmt::Display;

    fn null(&self) -> Self::Value;
    fn bool(&self, value: bool) -> Self::Value;
    fn integer(&self, value: i64) -> Self::Value;
    fn float(&self, value: f64) -> Self::Value;
    fn text(&self, value: Cow<'t, str>) -> Result<Self::Value, Self::Error>;

    fn array(&self) -> Result<Self::Array, Self::Error>;
    fn push(&self, array: &mut Self::Array, value: Self::Value) -> Result<(), Self::Error>;
    fn finish_array(&self, array: Self::Array) -> Result<Self::Value, Self::Error>;

    fn object(&self) -> Result<Self::Object, Self::Error>;
    fn insert(
        &self,
        object: &mut Self::Object,
        key: Cow<'t, str>,
        value: Self::Value,
    ) -> Result<(), Self::Error>;
    fn finish_object(&self, object: Self::Object) -> Result<Self::Value, Self::Error>;
}

/// Reads a text.
pub(crate) fn from_text<'t, N: Native<'t>>(
    native: &N,
    text: &'t str,
) -> Result<N::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Reader(native).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Converts a value.
pub(crate) fn from_json<'t, N: Native<'t>>(
    native: &N,
    json: &'t Json,
) -> Result<N::Value, serde_json::Error> {
    Reader(native).deserialize(json)
}

struct Reader<'n, N>(&'n N);

impl<'t, N: Native<'t>> DeserializeSeed<'t> for Reader<'_, N> {
    type Value = N::Value;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<N::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t, N: Native<'t>> Visitor<'t> for Reader<'_, N> {
    type Value = N::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<N::Value, E> {
        Ok(self.0.null())
    }

    fn visit_bool<E>(self, value: bool) -> Result<N::Value, E> {
        Ok(self.0.bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<N::Value, E> {
        Ok(self.0.integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<N::Value, E> {
        i64::try_from(value)
            .map(|value| self.0.integer(value))
            .map_err(E::custom)
    }

    fn visit_f64<E>(self, value: f64) -> Result<N::Value, E> {
        Ok(self.0.float(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'t str) -> Result<N::Value, E> {
        self.0.text(Cow::Borrowed(value)).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<N::Value, E> {
        self.0.text(Cow::Owned(value.to_owned())).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<N::Value, A::Error> {
        let mut array = self.0.array().map_err(A::Error::custom)?;
        while let Some(item) = items.next_element_seed(Reader(self.0))? {
            self.0.push(&mut array, item).map_err(A::Error::custom)?;
        }
        self.0.finish_array(array).map_err(A::Error::custom)
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<N::Value, A::Error> {
        let mut object = self.0.object().map_err(A::Error::custom)?;
        while let Some(Key(key)) = members.next_key()? {
            let value = members.next_value_seed(Reader(self.0))?;
            let inserted = self.0.insert(&mut object, key, value);
            inserted.map_err(A::Error::custom)?;
        }
        self.0.finish_object(object).map_err(A::Error::custom)
    }
}

/// A key of an object, borrowed unless it has escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);
