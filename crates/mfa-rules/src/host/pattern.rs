//! Matching a text against a pattern. The patterns themselves are in [`crate::pattern`].

use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::failure::Stop;
use crate::value::Value;

/// The chapter of this function.
pub(crate) const FAMILY: Family = Family {
    title: "Patterns",
    about: "Regular expressions, matched in time linear in the text whatever the pattern.",
    functions: &[HostFunction {
        name: "matches",
        forms: &[Form {
            signature: "text.matches(pattern) -> boolean",
            arguments: 2,
        }],
        receiver: Receiver::Read,
        gives: Gives::Value,
        callbacks: Callbacks::Never,
        body: matches,
        about: "Whether `pattern` occurs anywhere in `text`: write `^` and `$` to mean all of it.\n\nThe syntax is that of Rust's [`regex`](https://docs.rs/regex/1/regex/#syntax): `(?i)` ignores case, `\\w`, `\\d`, `\\s` and `\\b` know all of Unicode, look-around and backreferences do not exist.\nA pattern in backticks needs no doubled backslashes.\nA pattern that stands as a text in the rule is compiled with the rule; one that comes from elsewhere is compiled when it is first used and kept while the rule runs, at the expense of the rule's operations and memory.\nA rule may have 64 patterns as texts.\n\nA pattern may have 512 bytes, 48 classes such as `\\w` and ranges such as `a-z`, groups and repetitions 32 levels deep, and an automaton of 512 KiB, to which repetitions of classes add most.\nA text may be the shorter the more a pattern repeats: about 500,000 bytes divided by the length that the pattern has with its repetitions written out.\nA pattern that cannot be used, and a text that is too long, are failures with the code `argument`.",
        example: &[
            ("\"ada@example.com\".matches(`@example\\.com$`)", "true"),
            (
                "\"Mozilla/5.0 (iPhone)\".matches(\"(?i)iphone|ipad\")",
                "true",
            ),
            ("\"10.1\".matches(`^\\d+$`)", "false"),
        ],
    }],
};

fn matches<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let text = arguments::text("matches", arguments, 0)?;
    let pattern = arguments::text("matches", arguments, 1)?;
    let pattern = host.pattern(pattern)?;
    Ok(Value::Bool(pattern.is_match(text, host.meter())?))
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{fails, gives};
    use crate::secret::Secret;
    use crate::value::Value;

    fn matches(text: &str, pattern: &str) -> String {
        gives("matches", vec![Value::text(text), Value::text(pattern)])
    }

    #[test]
    fn a_pattern_matches_anywhere_in_the_text() {
        for (text, pattern, expected) in [
            ("ada@example.com", r"example\.com", "true"),
            ("ada@example.com", r"^example", "false"),
            ("ada@example.com", r"^ada@.*\.com$", "true"),
            ("Ada", "ada", "false"),
            ("Ada", "(?i)ada", "true"),
            ("Größe", r"^\w+$", "true"),
            ("a\nb", "a.b", "false"),
            ("a\nb", "(?s)a.b", "true"),
            ("a\nb", "^b", "false"),
            ("", "", "true"),
            ("", "a", "false"),
        ] {
            assert_eq!(matches(text, pattern), expected, "{text:?} {pattern:?}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_used_is_a_failure() {
        assert_eq!(
            fails("matches", vec![Value::text("a"), Value::text("(a")]),
            Failure::new(
                Code::Argument,
                "`(a` cannot be used as a pattern: unclosed group"
            )
        );
    }

    #[test]
    fn matches_needs_two_texts() {
        for (arguments, message) in [
            (
                vec![Value::Unit, Value::text("a")],
                "`matches` needs a text as its first argument, and got `()`",
            ),
            (
                vec![Value::text("a"), Value::Int(1)],
                "`matches` needs a text as its second argument, and got an integer",
            ),
        ] {
            assert_eq!(
                fails("matches", arguments),
                Failure::new(Code::Type, message)
            );
        }
    }

    #[test]
    fn a_secret_is_not_matched() {
        let secret = Secret::new("s3cret".to_owned());
        assert_eq!(
            fails("matches", vec![Value::Secret(&secret), Value::text("s")]),
            Failure::uncatchable(
                Code::SecretUse,
                "`matches` needs a text as its first argument, and got a secret"
            )
        );
    }
}
