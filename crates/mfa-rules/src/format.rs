//! Values as text, with Rhai's forms, and as JSON.

use crate::codes::Code;
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::meter::Meter;
use crate::operators::deeper;
use crate::secret::Secret;
use crate::value::{Range, Text, Value};
use serde_json::Value as Json;
use std::fmt::{self, Write};

/// Floats above this are written with an exponent. The bound is one of 32 bits in Rhai.
const LARGEST_PLAIN_FLOAT: f32 = 10_000_000_000_000.0;

/// Floats below this are written with an exponent.
const SMALLEST_PLAIN_FLOAT: f32 = 0.000_000_000_000_1;

/// What `to_string`, `print` and interpolation give.
pub(crate) fn display(value: &Value<'_>, meter: &mut Meter) -> Result<String, Failure> {
    let mut text = Builder::new();
    text.display(value, meter)?;
    Ok(text.text)
}

/// What `debug` gives, and the form of what is inside an array or a map.
pub(crate) fn debug(value: &Value<'_>, meter: &mut Meter) -> Result<String, Failure> {
    let mut text = Builder::new();
    text.debug(value, meter)?;
    Ok(text.text)
}

/// The value as JSON, for what a rule has assigned. What becomes of a secret is up to `secret`.
///
/// # Errors
///
/// A failure that cannot be caught: a function, a range, a time, NaN and the infinities have no
/// JSON, and nesting beyond [`crate::operators::MAX_RECURSION`] levels is refused.
pub(crate) fn to_json(
    value: &Value<'_>,
    secret: &mut dyn FnMut(&Secret) -> Result<Json, Failure>,
    meter: &mut Meter,
) -> Result<Json, Failure> {
    json_at(value, 0, secret, meter)
}

/// A text that is being built, spent as it grows: the parts of an interpolation, the form of a
/// large value.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    text: String,
}

impl Builder {
    /// An empty text.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Appends a text as it is.
    pub(crate) fn push(&mut self, part: &str, meter: &mut Meter) -> Result<(), Failure> {
        let length = self.text.len().saturating_add(part.len());
        if length > meter.limits().text {
            meter.allocate_text(length)?;
        }
        meter.spend_bytes(part.len())?;
        self.text.push_str(part);
        Ok(())
    }

    /// Appends what `to_string` gives.
    pub(crate) fn display(&mut self, value: &Value<'_>, meter: &mut Meter) -> Result<(), Failure> {
        match value {
            Value::Unit => Ok(()),
            Value::Text(text) => self.push(text.as_str(), meter),
            Value::Float(value) => self.float(*value, meter),
            _ => self.debug_at(value, 0, meter),
        }
    }

    /// Appends what `debug` gives.
    pub(crate) fn debug(&mut self, value: &Value<'_>, meter: &mut Meter) -> Result<(), Failure> {
        self.debug_at(value, 0, meter)
    }

    /// The text.
    pub(crate) fn finish<'a>(self, meter: &mut Meter) -> Result<Value<'a>, Failure> {
        Value::new_text(&self.text, meter)
    }

    fn debug_at(
        &mut self,
        value: &Value<'_>,
        depth: u16,
        meter: &mut Meter,
    ) -> Result<(), Failure> {
        match value {
            Value::Unit => self.push("()", meter),
            Value::Bool(value) => self.write(format_args!("{value}"), meter),
            Value::Int(value) => self.write(format_args!("{value}"), meter),
            Value::Float(value) => self.write(format_args!("{value:?}"), meter),
            // Without quotes, as in Rhai.
            Value::Char(value) => self.push(value.encode_utf8(&mut [0; 4]), meter),
            Value::Text(text) => self.write(format_args!("{:?}", text.as_str()), meter),
            Value::Range(range) => self.range(**range, meter),
            Value::Time(time) => {
                let time = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
                self.push(&time, meter)
            }
            Value::Function(_) => self.push("function", meter),
            Value::Secret(_) => Err(Failure::uncatchable(
                Code::SecretUse,
                "a secret cannot be made a text",
            )),
            Value::Array(_) | Value::Map(_) | Value::Json(_) => {
                self.container(value, deeper(depth)?, meter)
            }
            Value::Cell(_) => self.push("variable", meter),
        }
    }

    fn container(
        &mut self,
        value: &Value<'_>,
        depth: u16,
        meter: &mut Meter,
    ) -> Result<(), Failure> {
        if let Some(items) = value.as_array() {
            let mut separator = "[";
            for item in items.iter() {
                self.push(separator, meter)?;
                self.debug_at(&item, depth, meter)?;
                separator = ", ";
            }
            return self.push(if separator == "[" { "[]" } else { "]" }, meter);
        }
        if let Some(members) = value.as_map() {
            let mut separator = "#{";
            for (key, member) in members.entries(meter)? {
                self.push(separator, meter)?;
                self.write(format_args!("{:?}: ", key.as_str()), meter)?;
                self.debug_at(&member, depth, meter)?;
                separator = ", ";
            }
            return self.push(if separator == "#{" { "#{}" } else { "}" }, meter);
        }
        Ok(())
    }

    fn float(&mut self, value: f64, meter: &mut Meter) -> Result<(), Failure> {
        let size = value.abs();
        if size == 0.0 {
            self.push("0.0", meter)
        } else if size > f64::from(LARGEST_PLAIN_FLOAT) || size < f64::from(SMALLEST_PLAIN_FLOAT) {
            self.write(format_args!("{value:e}"), meter)
        } else if size.fract() == 0.0 {
            self.write(format_args!("{value}.0"), meter)
        } else {
            self.write(format_args!("{value}"), meter)
        }
    }

    fn range(&mut self, range: Range, meter: &mut Meter) -> Result<(), Failure> {
        let operator = if range.inclusive { "..=" } else { ".." };
        self.write(format_args!("{}{operator}", range.start), meter)?;
        if range.end == i64::MAX {
            return Ok(());
        }
        self.write(format_args!("{}", range.end), meter)
    }

    fn write(&mut self, form: fmt::Arguments<'_>, meter: &mut Meter) -> Result<(), Failure> {
        let mut sink = Sink {
            text: self,
            meter,
            failure: None,
        };
        if sink.write_fmt(form).is_err()
            && let Some(failure) = sink.failure
        {
            return Err(failure);
        }
        Ok(())
    }
}

/// Where formatted pieces go, each spent before it is written.
struct Sink<'b, 'm> {
    text: &'b mut Builder,
    meter: &'m mut Meter,
    failure: Option<Failure>,
}

impl fmt::Write for Sink<'_, '_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.text.push(part, self.meter).map_err(|failure| {
            self.failure = Some(failure);
            fmt::Error
        })
    }
}

fn json_at(
    value: &Value<'_>,
    depth: u16,
    secret: &mut dyn FnMut(&Secret) -> Result<Json, Failure>,
    meter: &mut Meter,
) -> Result<Json, Failure> {
    meter.spend(1)?;
    Ok(match value {
        Value::Unit => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Float(value) => serde_json::Number::from_f64(*value)
            .map(Json::Number)
            .ok_or_else(|| no_json(&format!("the float `{value}`")))?,
        Value::Char(value) => Json::String(value.to_string()),
        Value::Text(text) => json_text(text, meter)?,
        Value::Secret(value) => secret(value)?,
        Value::Array(_) | Value::Map(_) | Value::Json(_) => {
            let depth = deeper(depth)?;
            if let Some(items) = value.as_array() {
                meter.allocate(items.len().saturating_mul(size_of::<Json>()))?;
                let mut array = Vec::with_capacity(items.len());
                for item in items.iter() {
                    array.push(json_at(&item, depth, secret, meter)?);
                }
                return Ok(Json::Array(array));
            }
            let mut object = serde_json::Map::new();
            if let Some(members) = value.as_map() {
                for (key, member) in members.entries(meter)? {
                    meter.allocate(key.as_str().len().saturating_add(size_of::<Json>()))?;
                    let member = json_at(&member, depth, secret, meter)?;
                    object.insert(key.as_str().to_owned(), member);
                }
            }
            Json::Object(object)
        }
        Value::Range(_) | Value::Time(_) | Value::Function(_) | Value::Cell(_) => {
            return Err(no_json(with_article(value)));
        }
    })
}

fn json_text(text: &Text<'_>, meter: &mut Meter) -> Result<Json, Failure> {
    meter.allocate(text.as_str().len())?;
    Ok(Json::String(text.as_str().to_owned()))
}

fn no_json(what: &str) -> Failure {
    Failure::uncatchable(
        Code::LoginWrite,
        format!("{what} cannot be stored: JSON has no such value"),
    )
}
