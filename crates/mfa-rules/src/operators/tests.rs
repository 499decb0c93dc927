use super::{binary, compound, contains, index, negate, not, plus, property, range, symbol};
use crate::codes::Code;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::oracle::{literal, meter, ours, rhai};
use crate::secret::Secret;
use crate::tree::BinaryOperator;
use crate::value::{Function, Value};
use serde_json::json;
use std::rc::Rc;

/// Values of every type that Rhai has too, with the edges at which types meet.
const SAMPLES: &[&str] = &[
    "()",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "3",
    "64",
    "9223372036854775807",
    "0.0",
    "1.0",
    "1.0000000000000002",
    "0.1",
    "0.30000000000000004",
    "-2.5",
    "9223372036854775807.0",
    "1e300",
    "'a'",
    "'é'",
    "\"\"",
    "\"a\"",
    "\"ab\"",
    "\"b\"",
    "\"é\"",
    "[]",
    "[1]",
    "[1.0]",
    "[1, \"a\", ()]",
    "[[1, 2], #{\"a\": [3]}]",
    "#{}",
    "#{\"a\": 1}",
    "#{\"a\": 1.0, \"b\": \"x\"}",
    "(0..3)",
    "(0..=3)",
    "(1..=1)",
    "[(0..3)]",
    "[(0..=3)]",
    "(-2..1)",
];

const OPERATORS: &[BinaryOperator] = &[
    BinaryOperator::Add,
    BinaryOperator::Subtract,
    BinaryOperator::Multiply,
    BinaryOperator::Divide,
    BinaryOperator::Modulo,
    BinaryOperator::Power,
    BinaryOperator::ShiftLeft,
    BinaryOperator::ShiftRight,
    BinaryOperator::BitAnd,
    BinaryOperator::BitOr,
    BinaryOperator::BitXor,
    BinaryOperator::Equal,
    BinaryOperator::NotEqual,
];

const ORDERS: &[BinaryOperator] = &[
    BinaryOperator::Less,
    BinaryOperator::LessOrEqual,
    BinaryOperator::Greater,
    BinaryOperator::GreaterOrEqual,
];

/// Calls `check` with the script and both answers for every pair of samples.
fn for_pairs(
    script: impl Fn(&str, &str) -> String,
    mut our: impl FnMut(&Value<'static>, &Value<'static>) -> Result<Value<'static>, Failure>,
    mut check: impl FnMut(&str, &Result<String, Code>, &Result<String, Code>),
) {
    for left in SAMPLES {
        for right in SAMPLES {
            let script = script(left, right);
            let result = our(&literal(left), &literal(right));
            check(&script, &rhai(&script), &ours(result));
        }
    }
}

fn assert_agrees(script: &str, theirs: &Result<String, Code>, ours: &Result<String, Code>) {
    assert_eq!(ours, theirs, "{script}");
}

#[test]
fn operators_give_what_rhai_gives() {
    for &operator in OPERATORS {
        for_pairs(
            |left, right| format!("{left} {} {right}", symbol(operator)),
            |left, right| binary(operator, left, right, &mut meter()),
            assert_agrees,
        );
    }
}

#[test]
fn compound_assignment_gives_what_rhai_gives() {
    for &operator in OPERATORS.iter().take(11) {
        for_pairs(
            |left, right| format!("let x = {left}; x {}= {right}; x", symbol(operator)),
            |left, right| {
                let mut place = left.clone();
                compound(operator, &mut place, right.clone(), &mut meter())?;
                Ok(place)
            },
            assert_agrees,
        );
    }
}

/// Where Rhai answers without an error on two values that have no order, we fail; on the others
/// both agree.
#[test]
fn order_agrees_with_rhai_where_there_is_one_and_fails_where_there_is_none() {
    let is_number =
        |source: &str| source.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    let is_text = |source: &str| source.starts_with(['"', '\'']);
    for &operator in ORDERS {
        for left in SAMPLES {
            for right in SAMPLES {
                let script = format!("{left} {} {right}", symbol(operator));
                let result = ours(binary(
                    operator,
                    &literal(left),
                    &literal(right),
                    &mut meter(),
                ));
                let has_order =
                    is_number(left) && is_number(right) || is_text(left) && is_text(right);
                let expected = if has_order {
                    rhai(&script)
                } else {
                    Err(Code::Type)
                };
                assert_eq!(result, expected, "{script}");
            }
        }
    }
}

#[test]
fn floats_that_are_not_finite_are_equal_as_in_rhai_and_have_no_order() {
    let sources = [
        ("(0.0 / 0.0)", f64::NAN),
        ("(1.0 / 0.0)", f64::INFINITY),
        ("(-1.0 / 0.0)", f64::NEG_INFINITY),
        ("1.0", 1.0),
        ("1e-200", 1e-200),
        ("-0.0", -0.0),
    ];
    for (left_source, left) in sources {
        for (right_source, right) in sources {
            for &operator in OPERATORS.iter().skip(11).chain(ORDERS) {
                let script = format!("{left_source} {} {right_source}", symbol(operator));
                let result = binary(
                    operator,
                    &Value::Float(left),
                    &Value::Float(right),
                    &mut meter(),
                );
                let has_no_order = !left.is_finite() || !right.is_finite();
                if ORDERS.contains(&operator) && has_no_order {
                    assert_eq!(ours(result), Err(Code::Arithmetic), "{script}");
                } else {
                    assert_eq!(ours(result), rhai(&script), "{script}");
                }
            }
        }
    }
}

#[test]
fn integer_overflow_is_a_failure_where_it_is_one_in_rhai() {
    let samples = [
        i64::MIN + 1,
        i64::MAX,
        -65,
        -64,
        -2,
        -1,
        0,
        1,
        2,
        62,
        63,
        64,
        65,
        5_000_000_000,
    ];
    for left in samples {
        for right in samples {
            for &operator in OPERATORS {
                let script = format!("{left} {} {right}", symbol(operator));
                let result = binary(
                    operator,
                    &Value::Int(left),
                    &Value::Int(right),
                    &mut meter(),
                );
                // `-1 ** 2` is `-(1 ** 2)` in Rhai's syntax.
                let script = script.replacen(&left.to_string(), &format!("({left})"), 1);
                assert_eq!(ours(result), rhai(&script), "{script}");
            }
        }
    }
}

#[test]
fn unary_operators_give_what_rhai_gives() {
    for source in SAMPLES {
        let value = literal(source);
        assert_eq!(ours(not(&value)), rhai(&format!("!{source}")), "!{source}");
        if !source.starts_with('-') {
            assert_eq!(
                ours(negate(&value)),
                rhai(&format!("-{source}")),
                "-{source}"
            );
            assert_eq!(ours(plus(&value)), rhai(&format!("+{source}")), "+{source}");
        }
    }
    let lowest = negate(&Value::Int(i64::MIN));
    assert_eq!(
        lowest.map_err(|failure| failure.message).unwrap_err(),
        "the negative of `-9223372036854775808` is too large for an integer"
    );
}

#[test]
fn in_gives_what_rhai_gives() {
    for_pairs(
        |left, right| format!("{right} in {left}"),
        |left, right| contains(left, right, &mut meter()).map(Value::Bool),
        assert_agrees,
    );
}

#[test]
fn indexing_gives_what_rhai_gives() {
    let sources = SAMPLES.iter().copied().chain([
        "\"héllo\"",
        "[10, 20, 30]",
        "#{\"a\": 1, \"é\": 2}",
        "-6148914691236517206",
    ]);
    let indices = SAMPLES.iter().copied().chain([
        "2",
        "-3",
        "-64",
        "-65",
        "63",
        "(1..=3)",
        "(1..2)",
        "(2..=2)",
        "(2..1)",
        "(-3..-1)",
        "(-3..=-1)",
        "(-9..2)",
        "(1..-9)",
        "(3..64)",
        "(0..64)",
        "(0..=63)",
        "(60..=63)",
        "(0..65)",
        "(0..=64)",
        "(7..9223372036854775807)",
        "(0..=9223372036854775807)",
    ]);
    for source in sources {
        for place in indices.clone() {
            let script = format!("let x = {source}; x[{place}]");
            let expected = rhai(&script).map_err(|code| match source {
                "()" => Code::MissingProperty,
                _ => code,
            });
            let result = index(&literal(source), &literal(place), &mut meter());
            assert_eq!(ours(result), expected, "{script}");
        }
    }
}

#[test]
fn properties_give_what_rhai_gives() {
    let names = [
        "a",
        "len",
        "is_empty",
        "start",
        "end",
        "is_inclusive",
        "is_exclusive",
        "floor",
        "ceiling",
        "round",
    ];
    for source in SAMPLES {
        for name in names {
            let script = format!("let x = {source}; x.{name}");
            let expected = rhai(&script).map_err(|code| match *source {
                "()" => Code::MissingProperty,
                _ => code,
            });
            let result = property(&literal(source), name, &mut meter());
            assert_eq!(ours(result), expected, "{script}");
        }
    }
}

#[test]
fn ranges_are_made_as_in_rhai() {
    for (start, end, script) in [
        ("1", "3", "1..3"),
        ("1", "()", "let x = 1..; x"),
        ("()", "3", "let x = 0..3; x"),
        ("1", "\"a\"", "1..\"a\""),
        ("1.0", "3", "1.0..3"),
    ] {
        let result = range(&literal(start), &literal(end), false, &mut meter());
        assert_eq!(ours(result), rhai(script), "{script}");
    }
    let inclusive = range(&literal("1"), &literal("3"), true, &mut meter());
    assert_eq!(ours(inclusive), rhai("1..=3"));
}

mod switch {
    use crate::operators::switch_matches;
    use crate::oracle::{literal, rhai};
    use crate::tree::{CasePattern, Literal};
    use crate::value::Value;

    #[test]
    fn cases_match_what_they_match_in_rhai() {
        let patterns = [
            ("()", CasePattern::Literal(Literal::Unit)),
            ("true", CasePattern::Literal(Literal::Bool(true))),
            ("1", CasePattern::Literal(Literal::Int(1))),
            ("1.0", CasePattern::Literal(Literal::Float(1.0))),
            ("0.0", CasePattern::Literal(Literal::Float(0.0))),
            ("'a'", CasePattern::Literal(Literal::Char('a'))),
            ("\"a\"", CasePattern::Literal(Literal::Text("a".into()))),
            (
                "0..3",
                CasePattern::Range {
                    start: 0,
                    end: 3,
                    inclusive: false,
                },
            ),
            (
                "0..=3",
                CasePattern::Range {
                    start: 0,
                    end: 3,
                    inclusive: true,
                },
            ),
        ];
        let subjects = super::SAMPLES
            .iter()
            .copied()
            .chain(["2.5", "3.0", "3.5", "-0.0"]);
        for subject in subjects {
            for (source, pattern) in &patterns {
                let script =
                    format!("let x = {subject}; switch x {{ {source} => true, _ => false }}");
                let value = match subject {
                    "-0.0" => Value::Float(-0.0),
                    _ => literal(subject),
                };
                assert_eq!(
                    Ok(switch_matches(pattern, &value).to_string()),
                    rhai(&script),
                    "{script}"
                );
            }
        }
    }
}

#[test]
fn a_secret_can_be_in_no_operation() {
    let secret = Secret::new("s3cret".to_owned());
    let secret = Value::Secret(&secret);
    let text = Value::text("s3cret");
    for &operator in OPERATORS.iter().chain(ORDERS) {
        for (left, right) in [(&secret, &text), (&text, &secret)] {
            let failure = binary(operator, left, right, &mut meter()).unwrap_err();
            assert_eq!(failure.code, Code::SecretUse, "{operator:?}");
            assert!(!failure.catchable, "{operator:?}");
        }
    }
    let array = Value::new_array(vec![secret.clone()], &mut meter()).unwrap();
    for result in [
        binary(BinaryOperator::Equal, &array, &literal("[1]"), &mut meter()),
        binary(BinaryOperator::Add, &text, &array, &mut meter()),
        contains(&array, &text, &mut meter()).map(Value::Bool),
        contains(&literal("#{}"), &secret, &mut meter()).map(Value::Bool),
        index(&literal("#{}"), &secret, &mut meter()),
        property(&secret, "len", &mut meter()),
        not(&secret),
        negate(&secret),
    ] {
        let failure = result.unwrap_err();
        assert_eq!(failure.code, Code::SecretUse);
        assert!(!failure.catchable);
    }
}

#[test]
fn functions_cannot_be_compared_with_each_other_as_in_rhai() {
    let function = Value::Function(Rc::new(Function {
        index: 0,
        captures: Vec::new(),
        parameters: 1,
    }));
    assert_eq!(
        binary(BinaryOperator::Equal, &function, &function, &mut meter())
            .map(|_| ())
            .unwrap_err()
            .message,
        "two functions cannot be compared"
    );
    assert_eq!(rhai("let f = |x| x; f == f"), Err(Code::Type));
    assert_eq!(rhai("let f = |x| x; f == 1"), Ok("false".to_owned()));
    let one = binary(
        BinaryOperator::Equal,
        &function,
        &Value::Int(1),
        &mut meter(),
    );
    assert_eq!(ours(one), Ok("false".to_owned()));
}

#[test]
fn times_compare_with_times_only() {
    let earlier = Value::Time("2026-01-05T09:00:00Z".parse().unwrap());
    let later = Value::Time("2026-01-05T09:00:01Z".parse().unwrap());
    let less = binary(BinaryOperator::Less, &earlier, &later, &mut meter());
    assert_eq!(ours(less), Ok("true".to_owned()));
    let equal = binary(BinaryOperator::Equal, &earlier, &earlier, &mut meter());
    assert_eq!(ours(equal), Ok("true".to_owned()));
    assert_eq!(
        binary(BinaryOperator::Less, &earlier, &Value::Int(1), &mut meter())
            .map(|_| ())
            .unwrap_err()
            .message,
        "`<` compares two numbers, two texts or two times, and got a time and an integer"
    );
}

#[test]
fn failures_say_what_was_done_with_what() {
    let message = |result: Result<Value<'_>, Failure>| result.map(|_| ()).unwrap_err().message;
    let one = Value::Int(1);
    assert_eq!(
        message(binary(
            BinaryOperator::Subtract,
            &one,
            &literal("\"a\""),
            &mut meter()
        )),
        "`-` does not work on an integer and a text"
    );
    assert_eq!(
        message(binary(
            BinaryOperator::Divide,
            &one,
            &Value::Int(0),
            &mut meter()
        )),
        "`1 / 0` divides by zero"
    );
    assert_eq!(
        message(binary(
            BinaryOperator::Add,
            &Value::Int(i64::MAX),
            &one,
            &mut meter()
        )),
        "`9223372036854775807 + 1` is too large for an integer"
    );
    assert_eq!(
        message(index(&literal("[1, 2, 3]"), &Value::Int(5), &mut meter())),
        "index 5 is outside an array of 3 elements"
    );
    assert_eq!(
        message(index(&literal("#{}"), &one, &mut meter())),
        "the index of a map is a text, and not an integer"
    );
    assert_eq!(
        message(property(&Value::Unit, "email", &mut meter())),
        "`()` has no property `email`: what is before the `.` is missing, which `?.` would allow"
    );
    assert_eq!(
        message(contains(&Value::Unit, &one, &mut meter()).map(Value::Bool)),
        "nothing can be in `()`: it is no text, array, map or range"
    );
    assert_eq!(
        message(contains(&literal("#{}"), &one, &mut meter()).map(Value::Bool)),
        "the keys of a map are texts, and an integer is looked for"
    );
}

#[test]
fn comparing_is_spent_before_it_is_done() {
    let big = json!(vec![1; 60_000]);
    let (left, right) = (Value::from_json(&big), Value::from_json(&big));
    let failure = binary(BinaryOperator::Equal, &left, &right, &mut meter()).unwrap_err();
    assert_eq!(failure.code, Code::Operations);
    let long = "a".repeat(4_000_000);
    let text = Value::text(&long);
    let failure = binary(BinaryOperator::Equal, &text, &text, &mut meter()).unwrap_err();
    assert_eq!(failure.code, Code::Operations);
}

#[test]
fn a_text_or_array_beyond_the_limits_is_not_built() {
    let long = "a".repeat(40_000);
    let text = Value::text(&long);
    let failure = binary(BinaryOperator::Add, &text, &text, &mut meter()).unwrap_err();
    assert_eq!(failure.code, Code::Size);
    let big = json!(vec![1; 6_000]);
    let array = Value::from_json(&big);
    let failure = binary(BinaryOperator::Add, &array, &array, &mut meter()).unwrap_err();
    assert_eq!(failure.code, Code::Size);
}

#[test]
fn deep_nesting_stops_instead_of_using_up_the_stack() {
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    let value = Value::from_json(&deep);
    let failure = binary(BinaryOperator::Equal, &value, &value, &mut meter()).unwrap_err();
    assert_eq!(failure.code, Code::Depth);
    assert!(!failure.catchable);
    let failure = binary(BinaryOperator::Add, &Value::text("a"), &value, &mut meter()).unwrap_err();
    assert_eq!(failure.code, Code::Depth);
}

#[test]
fn adding_to_an_array_in_a_loop_is_bounded_by_memory() {
    let mut limits = Limits::DEFAULT;
    limits.elements = usize::MAX;
    limits.operations = u64::MAX;
    limits.memory = 100_000;
    let mut meter = Meter::new(limits);
    let mut array = literal("[]");
    let failure = loop {
        if let Err(failure) = compound(BinaryOperator::Add, &mut array, Value::Int(1), &mut meter) {
            break failure;
        }
    };
    assert_eq!(failure.code, Code::Memory);
    assert!(array.as_array().unwrap().len() < 100_000 / size_of::<Value<'_>>());
}
