//! What a rule writes to its trace.

use super::{Callbacks, Family, Form, Gives, HostFunction, Receiver, arguments};
use crate::format;
use crate::value::Value;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Trace",
    about: "Lines for whoever looks why a rule decided as it did.\nThey go to the trace of the outcome, which shows them when it is asked for, and never to standard output.\nWhat is beyond 16 KiB for one rule is cut off.\nA secret, also inside an array or a map, is a failure that cannot be caught.",
    functions: &[
        HostFunction {
            name: "print",
            forms: &[Form {
                signature: "print(x)",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: |host, arguments| {
                let value = arguments::any("print", arguments, 0)?;
                let line = format::display(value, host.meter())?;
                host.print(&line);
                Ok(Value::Unit)
            },
            about: "Writes `x` to the trace, as `x.to_string()` gives it.",
            example: &[("print(\"checked \" + 2 + \" ranges\")", "()")],
        },
        HostFunction {
            name: "debug",
            forms: &[Form {
                signature: "debug(x)",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Nothing,
            callbacks: Callbacks::Never,
            body: |host, arguments| {
                let value = arguments::any("debug", arguments, 0)?;
                let line = format::debug(value, host.meter())?;
                host.print(&line);
                Ok(Value::Unit)
            },
            about: "Writes `x` to the trace as it would stand in a rule: texts in quotes, `()` for what is missing.",
            example: &[("debug([(), \"a\"])", "()")],
        },
    ],
};

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{TestHost, fails};
    use crate::secret::Secret;
    use crate::value::Value;
    use serde_json::json;

    fn printed(function: &str, value: Value<'_>) -> Vec<String> {
        let mut host = TestHost::new();
        host.call(function, vec![value]).unwrap();
        host.printed
    }

    #[test]
    fn print_writes_a_text_as_it_is() {
        assert_eq!(printed("print", Value::text("a \"b\"")), ["a \"b\""]);
        assert_eq!(printed("print", Value::Unit), [""]);
        assert_eq!(printed("print", Value::Float(1.0)), ["1.0"]);
    }

    #[test]
    fn debug_writes_a_value_as_it_stands_in_a_rule() {
        let array = json!(["a", null, 1]);
        assert_eq!(
            printed("debug", Value::text("a \"b\"")),
            ["\"a \\\"b\\\"\""]
        );
        assert_eq!(printed("debug", Value::Unit), ["()"]);
        assert_eq!(
            printed("debug", Value::from_json(&array)),
            ["[\"a\", (), 1]"]
        );
    }

    #[test]
    fn a_secret_is_not_written() {
        let secret = Secret::new("s3cret".to_owned());
        for function in ["print", "debug"] {
            let expected = Failure::uncatchable(Code::SecretUse, "a secret cannot be made a text");
            assert_eq!(fails(function, vec![Value::Secret(&secret)]), expected);
            let mut host = TestHost::new();
            let inside = vec![Value::Int(1), Value::Secret(&secret)];
            let inside = Value::new_array(inside, &mut host.meter).unwrap();
            assert_eq!(fails(function, vec![inside]), expected);
        }
    }
}
