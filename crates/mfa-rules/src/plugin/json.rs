//! Values of the rule language as JSON of their own, and back, spent on the way.

use crate::codes::Code;
use crate::eval::{JSON_NODE, member_size};
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::meter::{Meter, OVERHEAD};
use crate::value::{MAX_DEPTH, Map, Text, Value};
use chrono::SecondsFormat;
use serde_json::Value as Json;
use std::rc::Rc;

/// Why a value does not become JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is, or holds, something that JSON cannot hold: this, with its article.
    Unfit(&'static str),
    /// It is, or holds, a secret.
    Secret,
    /// A limit was reached.
    Limit(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Limit(failure)
    }
}

/// The value as JSON of its own, of at most `deepest` levels of arrays and objects.
///
/// A character becomes a text of one, a time a text in RFC 3339.
pub(crate) fn from_value(
    value: &Value<'_>,
    deepest: u16,
    meter: &mut Meter,
) -> Result<Json, Refusal> {
    Writer { deepest, meter }.value(value, 0)
}

struct Writer<'m> {
    deepest: u16,
    meter: &'m mut Meter,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value<'_>, depth: u16) -> Result<Json, Refusal> {
        self.meter.spend(1)?;
        match value {
            Value::Unit => Ok(Json::Null),
            Value::Bool(value) => Ok(Json::Bool(*value)),
            Value::Int(value) => Ok(Json::from(*value)),
            Value::Float(value) if value.is_finite() => Ok(Json::from(*value)),
            Value::Float(_) => Err(Refusal::Unfit("a number that is not finite")),
            Value::Char(value) => Ok(Json::String(value.to_string())),
            Value::Text(text) => {
                self.meter.allocate(text.as_str().len())?;
                Ok(Json::String(text.as_str().to_owned()))
            }
            Value::Time(time) => Ok(Json::String(
                time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            )),
            Value::Secret(_) => Err(Refusal::Secret),
            Value::Range(_) | Value::Function(_) | Value::Cell(_) => {
                Err(Refusal::Unfit(with_article(value)))
            }
            Value::Array(_) | Value::Json(Json::Array(_)) => {
                let depth = self.deeper(depth)?;
                let items = value.as_array().into_iter();
                let mut copied = Vec::new();
                for item in items.flat_map(crate::value::ArrayRef::iter) {
                    self.meter.allocate(size_of::<Json>())?;
                    copied.push(self.value(&item, depth)?);
                }
                Ok(Json::Array(copied))
            }
            Value::Map(_) | Value::Json(_) => {
                let depth = self.deeper(depth)?;
                self.meter.allocate(JSON_NODE)?;
                let mut copied = serde_json::Map::new();
                let Some(members) = value.as_map() else {
                    return Ok(Json::Null);
                };
                for (key, member) in members.entries(self.meter)? {
                    self.meter.allocate(member_size(key.as_str()))?;
                    let member = self.value(&member, depth)?;
                    copied.insert(key.as_str().to_owned(), member);
                }
                Ok(Json::Object(copied))
            }
        }
    }

    fn deeper(&self, depth: u16) -> Result<u16, Failure> {
        let depth = depth.saturating_add(1);
        if depth > self.deepest {
            return Err(too_deep(self.deepest));
        }
        Ok(depth)
    }
}

/// What a plug-in gave, as a value of its own.
///
/// # Errors
///
/// A limit was reached: also that on nesting, however deep the JSON is.
pub(crate) fn into_value<'a>(json: Json, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    // SECURITY: dropping JSON takes a frame of the stack for each level, so what is nested too
    // deeply must be taken apart by hand.
    if let Err(failure) = measure(&json, meter) {
        take_apart(json);
        return Err(failure);
    }
    build(&json, meter)
}

/// Checks how deeply JSON is nested, each node spent, in bounded stack.
fn measure(json: &Json, meter: &mut Meter) -> Result<(), Failure> {
    enum Inner<'j> {
        Items(std::slice::Iter<'j, Json>),
        Members(serde_json::map::Values<'j>),
    }
    let mut open: Vec<Inner<'_>> = Vec::new();
    let mut next = Some(json);
    loop {
        if let Some(json) = next {
            meter.spend(1)?;
            let inner = match json {
                Json::Array(items) => Some(Inner::Items(items.iter())),
                Json::Object(members) => Some(Inner::Members(members.values())),
                _ => None,
            };
            if let Some(inner) = inner {
                if open.len() >= usize::from(MAX_DEPTH) {
                    return Err(too_deep(MAX_DEPTH));
                }
                open.push(inner);
            }
        }
        next = match open.last_mut() {
            None => return Ok(()),
            Some(Inner::Items(items)) => items.next(),
            Some(Inner::Members(members)) => members.next(),
        };
        if next.is_none() {
            open.pop();
        }
    }
}

/// Drops JSON in bounded stack.
pub(crate) fn take_apart(json: Json) {
    let mut left = vec![json];
    while let Some(json) = left.pop() {
        match json {
            Json::Array(items) => left.extend(items),
            Json::Object(members) => left.extend(members.into_iter().map(|(_, member)| member)),
            _ => {}
        }
    }
}

/// JSON that is not nested too deeply, as a value.
fn build<'a>(json: &Json, meter: &mut Meter) -> Result<Value<'a>, Failure> {
    Ok(match json {
        Json::Null => Value::Unit,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) if number.as_f64().is_none() => {
            let message = "a number is too large for a float";
            return Err(Failure::uncatchable(Code::Arithmetic, message));
        }
        Json::Number(number) => Value::from_number(number),
        Json::String(text) => Value::new_text(text, meter)?,
        Json::Array(items) => {
            meter.check_elements(items.len())?;
            let mut built = Vec::with_capacity(items.len());
            for item in items {
                built.push(build(item, meter)?);
            }
            Value::new_array(built, meter)?
        }
        Json::Object(members) => {
            meter.check_elements(members.len())?;
            meter.allocate(size_of::<Map<'a>>().saturating_add(OVERHEAD))?;
            let mut map = Map::default();
            for (key, member) in members {
                meter.allocate_text(key.len())?;
                let member = build(member, meter)?;
                map.set(Text::Owned(Rc::from(key.as_str())), member, meter)?;
            }
            Value::Map(Rc::new(map))
        }
    })
}

fn too_deep(deepest: u16) -> Failure {
    Failure::uncatchable(
        Code::Depth,
        format!("a value is nested more than {deepest} levels deep"),
    )
}

#[cfg(test)]
mod tests {
    use super::{Refusal, from_value, into_value, take_apart};
    use crate::codes::Code;
    use crate::limits::Limits;
    use crate::meter::Meter;
    use crate::secret::Secret;
    use crate::value::{Range, Value};
    use serde_json::{Value as Json, json};
    use std::rc::Rc;

    fn meter() -> Meter {
        Meter::new(Limits::HIGHEST)
    }

    fn nested(levels: usize, object: bool) -> Json {
        (0..levels).fold(json!(1), |inner, _| {
            if object {
                Json::Object([("a".to_owned(), inner)].into_iter().collect())
            } else {
                Json::Array(vec![inner, json!(2)])
            }
        })
    }

    #[test]
    fn what_json_can_hold_comes_back_as_it_was() {
        let json = json!({ "a": [1, -2.5, "x", null, true, { "ключ": "ü" }], "b": {}, "c": [] });
        let value = into_value(json.clone(), &mut meter()).unwrap();
        assert_eq!(from_value(&value, 64, &mut meter()), Ok(json.clone()));
        let borrowed = Value::from_json(&json);
        assert_eq!(from_value(&borrowed, 64, &mut meter()), Ok(json.clone()));
    }

    #[test]
    fn times_and_characters_become_texts() {
        let time = Value::Time("2026-01-05T09:00:00.5Z".parse().unwrap());
        assert_eq!(
            from_value(&time, 64, &mut meter()),
            Ok(json!("2026-01-05T09:00:00.500Z"))
        );
        assert_eq!(
            from_value(&Value::Char('é'), 64, &mut meter()),
            Ok(json!("é"))
        );
    }

    #[test]
    fn what_json_cannot_hold_is_refused_wherever_it_is() {
        let secret = Secret::new("s3cret".to_owned());
        let range = Range {
            start: 0,
            end: 1,
            inclusive: false,
        };
        for (value, refusal) in [
            (Value::Secret(&secret), Refusal::Secret),
            (Value::Range(Rc::new(range)), Refusal::Unfit("a range")),
            (
                Value::Float(f64::NAN),
                Refusal::Unfit("a number that is not finite"),
            ),
            (
                Value::Float(f64::INFINITY),
                Refusal::Unfit("a number that is not finite"),
            ),
        ] {
            let array = Value::new_array(vec![value.clone()], &mut meter()).unwrap();
            let inside = from_value(&array, 64, &mut meter());
            assert_eq!(inside.as_ref(), Err(&refusal));
            assert_eq!(from_value(&value, 64, &mut meter()), Err(refusal));
        }
    }

    #[test]
    fn the_size_of_what_is_copied_is_spent() {
        let json = json!(vec!["x".repeat(100); 1_000]);
        let value = Value::from_json(&json);
        let mut meter = Meter::new(Limits::HIGHEST);
        from_value(&value, 64, &mut meter).unwrap();
        assert!(meter.operations() > 2_000, "{}", meter.operations());
        let mut poor = Meter::new(Limits::HIGHEST.with_memory(50_000));
        let Err(Refusal::Limit(failure)) = from_value(&value, 64, &mut poor) else {
            panic!("it is copied");
        };
        assert_eq!((failure.code, failure.catchable), (Code::Memory, false));
        let mut poor = Meter::new(Limits::HIGHEST.with_memory(50_000));
        let failure = into_value(json, &mut poor).unwrap_err();
        assert_eq!((failure.code, failure.catchable), (Code::Memory, false));
    }

    #[test]
    fn nesting_is_bounded_on_a_small_stack() {
        let deep = || {
            for object in [true, false] {
                assert!(into_value(nested(64, object), &mut meter()).is_ok());
                for levels in [65, 100_000] {
                    let failure = into_value(nested(levels, object), &mut meter()).unwrap_err();
                    assert_eq!(failure.code, Code::Depth);
                    assert!(!failure.catchable);
                }
                let json = nested(65, object);
                let value = Value::from_json(&json);
                assert!(matches!(
                    from_value(&value, 64, &mut meter()),
                    Err(Refusal::Limit(_))
                ));
            }
        };
        let thread = std::thread::Builder::new().stack_size(512 << 10);
        thread.spawn(deep).unwrap().join().unwrap();
    }

    #[test]
    fn a_wide_value_that_is_also_deep_is_dropped() {
        let wide = (0..3).map(|levels| nested(levels * 50_000, levels == 1));
        take_apart(Json::Array(wide.collect()));
    }
}
