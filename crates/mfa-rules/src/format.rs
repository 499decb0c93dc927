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

#[cfg(test)]
mod tests {
    use super::{Builder, debug, display};
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::limits::Limits;
    use crate::meter::Meter;
    use crate::oracle::{literal, meter, rhai};
    use crate::secret::Secret;
    use crate::value::Value;
    use serde_json::json;

    const SAMPLES: &[&str] = &[
        "()",
        "true",
        "0",
        "-42",
        "0.0",
        "1.0",
        "-1.5",
        "0.1",
        "1e13",
        "9999999827968.0",
        "9999999827969.0",
        "1e16",
        "123456789012345680.0",
        "1e300",
        "1e-12",
        "1e-13",
        "1.5e-14",
        "'a'",
        "'\\n'",
        "\"\"",
        "\"a b\"",
        "\"quote \\\" tab \\t line \\n é \\u200b\"",
        "[]",
        "[1, 2.5, \"a\", (), true]",
        "[[], [[1]], #{}]",
        "#{}",
        "#{\"b\": 1, \"a\": \"x\", \"a b\": [1.0]}",
        "(0..3)",
        "(0..=3)",
        "(3..9223372036854775807)",
        "(3..=9223372036854775807)",
    ];

    #[test]
    fn to_string_and_to_debug_are_those_of_rhai() {
        for source in SAMPLES {
            let value = match *source {
                "'\\n'" => Value::Char('\n'),
                source => literal(source),
            };
            let shown = display(&value, &mut meter()).unwrap();
            let quoted = debug(&Value::text(&shown), &mut meter()).unwrap();
            assert_eq!(
                Ok(quoted),
                rhai(&format!("to_string({source})")),
                "{source}"
            );
            let interpolated = debug(&Value::text(&shown), &mut meter()).unwrap();
            assert_eq!(
                Ok(interpolated),
                rhai(&format!("`${{{source}}}`")),
                "{source}"
            );
            assert_eq!(
                debug(&value, &mut meter()).ok(),
                rhai(source).ok(),
                "{source}"
            );
        }
        for (source, value) in [
            ("0.0 / 0.0", f64::NAN),
            ("1.0 / 0.0", f64::INFINITY),
            ("-1.0 / 0.0", f64::NEG_INFINITY),
            ("-0.0", -0.0),
        ] {
            let shown = display(&Value::Float(value), &mut meter()).unwrap();
            assert_eq!(
                Ok(format!("{shown:?}")),
                rhai(&format!("to_string({source})"))
            );
            assert_eq!(
                debug(&Value::Float(value), &mut meter()).ok(),
                rhai(source).ok()
            );
        }
    }

    #[test]
    fn a_time_is_shown_in_iso_8601() {
        let time = Value::Time("2026-01-05T09:00:00Z".parse().unwrap());
        assert_eq!(
            display(&time, &mut meter()).unwrap(),
            "2026-01-05T09:00:00Z"
        );
    }

    #[test]
    fn a_secret_is_never_made_a_text() {
        let secret = Secret::new("s3cret".to_owned());
        let array = Value::new_array(vec![Value::Secret(&secret)], &mut meter()).unwrap();
        for value in [&Value::Secret(&secret), &array] {
            for result in [display(value, &mut meter()), debug(value, &mut meter())] {
                assert_eq!(
                    result,
                    Err(Failure::uncatchable(
                        Code::SecretUse,
                        "a secret cannot be made a text"
                    ))
                );
            }
        }
    }

    #[test]
    fn a_text_is_bounded_while_it_is_built() {
        let big = json!(vec!["x".repeat(1_000); 100]);
        let failure = display(&Value::from_json(&big), &mut meter()).unwrap_err();
        assert_eq!(failure.code, Code::Size);
        let mut limits = Limits::DEFAULT;
        limits.operations = 100;
        let many = json!(vec![1; 1_000]);
        let failure = display(&Value::from_json(&many), &mut Meter::new(limits)).unwrap_err();
        assert_eq!(failure.code, Code::Operations);
        let long = "\n".repeat(40_000);
        let mut text = Builder::new();
        let limits = Limits::DEFAULT.with_operations(1_000_000);
        let failure = text
            .debug(&Value::text(&long), &mut Meter::new(limits))
            .unwrap_err();
        assert_eq!(failure.code, Code::Size);
    }

    #[test]
    fn deep_nesting_is_a_failure_that_cannot_be_caught() {
        let mut deep = json!(1);
        for _ in 0..129 {
            deep = json!({ "a": deep });
        }
        let value = Value::from_json(&deep);
        let message = "a value is nested more than 128 levels deep";
        let expected = Failure::uncatchable(Code::Depth, message);
        assert_eq!(debug(&value, &mut meter()), Err(expected));
    }
}
