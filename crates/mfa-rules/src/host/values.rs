//! What kind of value something is.

use super::{Callbacks, Family, Form, Gives, HostFunction, Receiver, arguments};
use crate::failure::{Failure, Stop};
use crate::value::Value;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Kinds of values",
    about: "Questions about any value.\nA secret is opaque: asking one of these about a secret is a failure that cannot be caught.",
    functions: &[
        HostFunction {
            name: "truthy",
            forms: &[Form {
                signature: "truthy(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| kind("truthy", arguments, truthy),
            about: "Whether a condition in JavaScript would hold for `x` (ECMA-262, ToBoolean).\n\n`()`, `false`, `0`, `0.0`, a float that is not a number and the empty text are false.\nEverything else is true, also an empty array, an empty map, the text `\"false\"` and the text `\"0\"`.",
            example: &[
                ("truthy(\"yes\")", "true"),
                ("truthy(())", "false"),
                ("truthy([])", "true"),
            ],
        },
        HostFunction {
            name: "is_array",
            forms: &[Form {
                signature: "is_array(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| kind("is_array", arguments, |value| value.as_array().is_some()),
            about: "Whether `x` is an array.",
            example: &[("is_array([1])", "true"), ("is_array(\"1\")", "false")],
        },
        HostFunction {
            name: "is_string",
            forms: &[Form {
                signature: "is_string(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| kind("is_string", arguments, |value| value.as_text().is_some()),
            about: "Whether `x` is a text.\nA character such as `'a'` is none.",
            example: &[("is_string(\"a\")", "true"), ("is_string(1)", "false")],
        },
        HostFunction {
            name: "is_number",
            forms: &[Form {
                signature: "is_number(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| {
                kind("is_number", arguments, |value| {
                    matches!(value, Value::Int(_) | Value::Float(_))
                })
            },
            about: "Whether `x` is an integer or a float.\nA text of digits is none.",
            example: &[("is_number(1.5)", "true"), ("is_number(\"1\")", "false")],
        },
        HostFunction {
            name: "is_bool",
            forms: &[Form {
                signature: "is_bool(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| {
                kind("is_bool", arguments, |value| {
                    matches!(value, Value::Bool(_))
                })
            },
            about: "Whether `x` is `true` or `false`.",
            example: &[("is_bool(false)", "true"), ("is_bool(())", "false")],
        },
        HostFunction {
            name: "is_map",
            forms: &[Form {
                signature: "is_map(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| kind("is_map", arguments, |value| value.as_map().is_some()),
            about: "Whether `x` is a map.",
            example: &[("is_map(#{})", "true"), ("is_map([])", "false")],
        },
        HostFunction {
            name: "is_missing",
            forms: &[Form {
                signature: "is_missing(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| {
                kind("is_missing", arguments, |value| {
                    matches!(value, Value::Unit)
                })
            },
            about: "Whether `x` is `()`: a property that is not there, or JSON's `null`.",
            example: &[
                ("let m = #{ a: 1 };\nis_missing(m.b)", "true"),
                ("is_missing(\"\")", "false"),
            ],
        },
    ],
};

/// Whether JavaScript takes the value for true.
pub(crate) fn truthy(value: &Value<'_>) -> bool {
    match value {
        Value::Unit => false,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(value) => !(*value == 0.0 || value.is_nan()),
        Value::Text(text) => !text.as_str().is_empty(),
        _ => true,
    }
}

fn kind<'a>(
    function: &str,
    arguments: &[Value<'a>],
    is: impl Fn(&Value<'a>) -> bool,
) -> Result<Value<'a>, Stop<'a>> {
    Ok(Value::Bool(is(no_secret(function, arguments, 0)?)))
}

/// An argument of any type but a secret.
pub(crate) fn no_secret<'v, 'a>(
    function: &str,
    arguments: &'v [Value<'a>],
    index: usize,
) -> Result<&'v Value<'a>, Failure> {
    match arguments::any(function, arguments, index)? {
        secret @ Value::Secret(_) => Err(arguments::wrong(
            function,
            "a value that is not secret",
            index,
            secret,
        )),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{TestHost, fails, gives};
    use crate::secret::Secret;
    use crate::value::{Function, Map, Range, Value};
    use serde_json::json;
    use std::rc::Rc;

    fn function() -> Value<'static> {
        Value::Function(Rc::new(Function {
            index: 0,
            captures: Vec::new(),
            parameters: 0,
        }))
    }

    #[test]
    fn truthy_is_false_for_what_javascript_takes_for_false() {
        for value in [
            Value::Unit,
            Value::Bool(false),
            Value::Int(0),
            Value::Float(0.0),
            Value::Float(-0.0),
            Value::Float(f64::NAN),
            Value::text(""),
        ] {
            assert_eq!(gives("truthy", vec![value.clone()]), "false", "{value:?}");
        }
    }

    #[test]
    fn truthy_is_true_for_everything_else() {
        let array = json!([]);
        let object = json!({});
        let meter = &mut TestHost::new().meter;
        for value in [
            Value::Bool(true),
            Value::Int(-1),
            Value::Float(0.1),
            Value::Float(f64::INFINITY),
            Value::text("0"),
            Value::text("false"),
            Value::text(" "),
            Value::Char('\0'),
            Value::from_json(&array),
            Value::from_json(&object),
            Value::new_array(Vec::new(), meter).unwrap(),
            Value::Map(Rc::new(Map::default())),
            Value::Time(chrono::DateTime::UNIX_EPOCH),
            Value::Range(Rc::new(Range {
                start: 0,
                end: 0,
                inclusive: false,
            })),
            function(),
        ] {
            assert_eq!(gives("truthy", vec![value.clone()]), "true", "{value:?}");
        }
    }

    #[test]
    fn each_kind_is_that_kind_and_no_other() {
        let array = json!([1]);
        let object = json!({"a": 1});
        let values = [
            ("is_array", Value::from_json(&array)),
            ("is_string", Value::text("a")),
            ("is_number", Value::Int(1)),
            ("is_number", Value::Float(f64::NAN)),
            ("is_bool", Value::Bool(false)),
            ("is_map", Value::from_json(&object)),
            ("is_missing", Value::Unit),
            ("none", function()),
            ("none", Value::Char('a')),
            ("none", Value::Time(chrono::DateTime::UNIX_EPOCH)),
        ];
        let questions = FAMILY.functions.iter().map(|function| function.name);
        for question in questions.filter(|name| *name != "truthy") {
            for (kind, value) in &values {
                let expected = (*kind == question).to_string();
                let given = gives(question, vec![value.clone()]);
                assert_eq!(given, expected, "{question} of {value:?}");
            }
        }
    }

    #[test]
    fn containers_that_a_rule_built_are_of_their_kind() {
        let meter = &mut TestHost::new().meter;
        let array = Value::new_array(vec![Value::Int(1)], meter).unwrap();
        assert_eq!(gives("is_array", vec![array]), "true");
        let map = Value::Map(Rc::new(Map::default()));
        assert_eq!(gives("is_map", vec![map]), "true");
    }

    #[test]
    fn a_question_about_a_secret_cannot_be_caught() {
        let secret = Secret::new("s3cret".to_owned());
        for function in FAMILY.functions {
            assert_eq!(
                fails(function.name, vec![Value::Secret(&secret)]),
                Failure::uncatchable(
                    Code::SecretUse,
                    format!(
                        "`{}` needs a value that is not secret as its first argument, and got a secret",
                        function.name
                    )
                )
            );
        }
    }
}
