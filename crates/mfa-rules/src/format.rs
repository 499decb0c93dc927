//! Values as text, with Rhai's forms.

use crate::codes::Code;
use crate::failure::Failure;
use crate::meter::{Meter, OVERHEAD};
use crate::operators::deeper;
use crate::value::{Range, Text, Value};
use std::fmt::{self, Write};
use std::rc::Rc;

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
        // While it grows, and not when it is finished: texts that are under way inside of each
        // other are all there at once.
        meter.allocate(part.len())?;
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
        meter.allocate(OVERHEAD)?;
        Ok(Value::Text(Text::Owned(Rc::from(self.text))))
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
            Value::Text(text) => {
                // The whole text is looked through before the first part of it is written.
                let text = text.as_str();
                if text.len() > meter.limits().text {
                    meter.allocate_text(text.len())?;
                }
                meter.spend_bytes(text.len())?;
                self.write(format_args!("{text:?}"), meter)
            }
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
