//! What the server has fetched for the rules, before the decision.

use super::{Callbacks, Family, Form, Gives, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::Failure;
use crate::quote::quote;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Facts",
    about: "What the server looks up for the rules before it asks them: a risk score, whether the device is known, a stored fingerprint.\nA rule itself reaches nothing outside of the login.\nThe manifest of the rule set says under `facts` which there are.",
    functions: &[HostFunction {
        name: "fact",
        forms: &[Form {
            signature: "fact(name) -> anything",
            arguments: 1,
        }],
        receiver: Receiver::Read,
        gives: Gives::Value,
        callbacks: Callbacks::Never,
        body: |host, arguments| {
            let name = arguments::text("fact", arguments, 0)?;
            host.fact(name).ok_or_else(|| missing_fact(name).into())
        },
        about: "The fact of this name, as it came with the login.\n\n`name` is a text that is written out, so that a server knows what to fetch before any rule runs; anything else does not compile, and neither does `name.fact()`.\nWhere the rule set has a manifest, the name is one of its `facts`, or the rule does not compile.\n\n`()` is the answer \"there is none\": the server has looked, and found nothing.\nA fact that the server has not fetched is a failure with the code `missing-fact`.\nA fact cannot be written.",
        example: &[
            ("fact(\"risk_score\") > 70", "true"),
            ("fact(\"known_device\") == ()", "true"),
        ],
    }],
};

/// What it is that a fact did not come with the login.
pub(crate) fn missing_fact(name: &str) -> Failure {
    let name = quote(name);
    Failure::new(
        Code::MissingFact,
        format!("the fact {name} did not come with the login"),
    )
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{fails, gives};
    use crate::value::Value;

    #[test]
    fn a_fact_is_given_as_it_came() {
        assert_eq!(gives("fact", vec![Value::text("risk_score")]), "82");
    }

    #[test]
    fn a_fact_that_is_null_is_there() {
        assert_eq!(gives("fact", vec![Value::text("known_device")]), "()");
    }

    #[test]
    fn an_absent_fact_is_a_failure_that_names_it() {
        assert_eq!(
            fails("fact", vec![Value::text("risk\nscore")]),
            Failure::new(
                Code::MissingFact,
                "the fact `risk\\nscore` did not come with the login"
            )
        );
    }

    #[test]
    fn the_name_of_a_fact_is_a_text() {
        assert_eq!(
            fails("fact", vec![Value::Int(1)]),
            Failure::new(
                Code::Type,
                "`fact` needs a text as its first argument, and got an integer"
            )
        );
    }
}
