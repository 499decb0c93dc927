//! Values that are only looked at.

use crate::host::truthy;
use crate::value::{Text, Value};
use serde_json::Value as Json;

/// A value where it lies, copied at no cost.
#[derive(Clone, Copy)]
pub(super) enum Lean<'q, 'a> {
    Unit,
    /// Missing too: a `?.` found nothing to go into.
    Cut,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(&'a str),
    /// Anything that JSON can hold, numbers and texts too.
    Json(&'a Json),
    /// What an earlier rule, or a variable of this one, holds.
    Own(&'q Value<'a>),
    /// What a host function gave: an index.
    Made(usize),
}

impl<'q, 'a> Lean<'q, 'a> {
    #[inline]
    pub(super) fn of(value: &'q Value<'a>) -> Self {
        match value {
            Value::Json(json) => Self::Json(json),
            value => Self::Own(value),
        }
    }

    /// The value; `made` is what host functions gave.
    pub(super) fn value(self, made: &[Value<'a>]) -> Option<Value<'a>> {
        Some(match self {
            Self::Unit | Self::Cut => Value::Unit,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::Char(value) => Value::Char(value),
            Self::Text(text) => Value::text(text),
            Self::Json(json) => Value::from_json(json),
            Self::Own(value) => value.clone(),
            Self::Made(index) => made.get(index)?.clone(),
        })
    }

    #[inline]
    pub(super) fn is_missing(self, made: &[Value<'a>]) -> bool {
        match self {
            Self::Unit | Self::Cut | Self::Json(Json::Null) | Self::Own(Value::Unit) => true,
            Self::Made(index) => matches!(made.get(index), Some(Value::Unit)),
            _ => false,
        }
    }

    /// The boolean, when it is one.
    #[inline]
    pub(super) fn truth(self, made: &[Value<'a>]) -> Option<bool> {
        match self {
            Self::Bool(value) | Self::Json(&Json::Bool(value)) | Self::Own(&Value::Bool(value)) => {
                Some(value)
            }
            Self::Made(index) => match made.get(index)? {
                Value::Bool(value) => Some(*value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether JavaScript takes it for true; `None` for a secret.
    #[inline]
    pub(super) fn truthy(self, made: &[Value<'a>]) -> Option<bool> {
        let own = |value: &Value<'a>| {
            let is_secret = matches!(value, Value::Secret(_));
            (!is_secret).then(|| truthy(value))
        };
        match self {
            Self::Unit | Self::Cut => Some(false),
            Self::Bool(value) => Some(value),
            Self::Json(Json::Bool(value)) => Some(*value),
            Self::Json(Json::String(text)) => Some(!text.is_empty()),
            Self::Json(json) => Some(truthy(&Value::from_json(json))),
            Self::Own(value) => own(value),
            Self::Made(index) => own(made.get(index)?),
            other => own(&other.value(made)?),
        }
    }

    /// Whether it is equal to a text; `None` where that is not plain to see.
    #[inline]
    pub(super) fn is_text(self, text: &str) -> Option<bool> {
        match self {
            Self::Json(Json::String(found)) => Some(found == text),
            Self::Text(found) => Some(found == text),
            Self::Own(Value::Text(found)) => Some(found.as_str() == text),
            Self::Unit
            | Self::Cut
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Json(_)
            | Self::Own(Value::Unit | Value::Bool(_) | Value::Int(_) | Value::Json(_)) => {
                Some(false)
            }
            _ => None,
        }
    }

    /// The text, when it is one that outlives the rule.
    #[inline]
    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Self::Json(Json::String(text)) => Some(text),
            Self::Text(text) | Self::Own(&Value::Text(Text::Borrowed(text))) => Some(text),
            _ => None,
        }
    }

    /// The elements, when it is an array of JSON.
    #[inline]
    pub(super) fn items(self) -> Option<&'a [Json]> {
        match self {
            Self::Json(Json::Array(items)) | Self::Own(Value::Json(Json::Array(items))) => {
                Some(items)
            }
            _ => None,
        }
    }
}
