//! Every function that comes from Rhai gives what Rhai gives, and leaves its receiver as Rhai does.

use super::test_host::{self, TestHost};
use super::{FAMILIES, Receiver, all};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::oracle::{literal, ours, rhai};
use crate::secret::Secret;
use crate::value::Value;
use serde_json::json;
use std::collections::BTreeSet;

const RECEIVERS: &[&str] = &[
    "()",
    "true",
    "0",
    "-3",
    "5",
    "1.5",
    "-2.5",
    "0.0",
    "1e300",
    "'a'",
    "'ß'",
    "\"\"",
    "\"a\"",
    "\"abcabc\"",
    "\" héllo  Wörld\"",
    "\"ΑΣ ß\"",
    "\"42\"",
    "\" -7 \"",
    "\"1.5e3\"",
    "[]",
    "[1]",
    "[3, 1, 2, 1, 1]",
    "[\"b\", \"a\", \"c\"]",
    "[1.5, -1.0]",
    "[1, 1.0, \"1\"]",
    "[true, false]",
    "[[1], [1], [2]]",
    "#{}",
    "#{\"a\": 1}",
    "#{\"b\": 1, \"a\": \"x\"}",
    "(0..3)",
    "(0..=3)",
    "(3..0)",
];

const ARGUMENTS: &[&str] = &[
    "()",
    "true",
    "0",
    "1",
    "2",
    "-1",
    "-2",
    "9",
    "-9",
    "1.0",
    "'a'",
    "'é'",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"bc\"",
    "\"é\"",
    "[1]",
    "#{}",
    "#{\"a\": 2, \"c\": 3}",
    "(0..2)",
    "(1..=2)",
    "(-2..9)",
];

/// A second argument beside the first; fewer, because they multiply.
const SECOND_ARGUMENTS: &[&str] = &[
    "()", "0", "1", "2", "-1", "9", "'x'", "\"xy\"", "[1]", "\"\"",
];

/// What Rhai has on types for which we have nothing.
fn is_left_out(name: &str, receiver: &str, arguments: &[&str]) -> bool {
    let is_text = receiver.starts_with('"');
    let is_array = receiver.starts_with('[');
    match name {
        // Rhai takes parts off the end of a text, and cuts an array in two.
        "pop" => is_text,
        "split" => is_array,
        // Rhai gives a sequence; ours is an array.
        "range" => arguments.len() == 2 || receiver.starts_with('('),
        // Rhai still takes the name of a function for a function, which it calls deprecated.
        "map" | "filter" | "some" | "all" | "reduce" | "sort" | "dedup" => {
            arguments.first().is_some_and(|name| name.starts_with('"'))
        }
        _ => false,
    }
}

/// The functions that are compared without a function argument.
fn compared() -> impl Iterator<Item = &'static super::HostFunction> {
    let families = [
        "Texts, arrays and maps",
        "Texts",
        "Arrays",
        "Maps",
        "Numbers",
    ];
    FAMILIES
        .iter()
        .filter(move |family| families.contains(&family.title))
        .flat_map(|family| family.functions)
}

/// Result and receiver of ours, as one text.
fn ours_with_receiver(name: &str, receiver: &str, arguments: &[&str]) -> Result<String, Code> {
    let mut host = TestHost::new();
    let mut values = vec![literal(receiver)];
    values.extend(arguments.iter().map(|argument| literal(argument)));
    let result = ours(host.run(name, &mut values))?;
    let receiver = ours(Ok(values.swap_remove(0)))?;
    Ok(format!("{result} / {receiver}"))
}

fn rhai_with_receiver(name: &str, receiver: &str, arguments: &[&str]) -> Result<String, Code> {
    let call = format!(
        "let x = {receiver}; let y = x.{name}({});",
        arguments.join(", ")
    );
    let result = rhai(&format!("{call} y"))?;
    let receiver = rhai(&format!("{call} x"))?;
    Ok(format!("{result} / {receiver}"))
}

fn compare(name: &str, receiver: &str, arguments: &[&str]) -> Option<String> {
    if is_left_out(name, receiver, arguments) {
        return None;
    }
    let ours = ours_with_receiver(name, receiver, arguments).map_err(|code| match code {
        // Rhai calls a text that is no number an arithmetic error.
        Code::Argument => Code::Arithmetic,
        other => other,
    });
    let theirs = rhai_with_receiver(name, receiver, arguments);
    let call = format!("{receiver}.{name}({})", arguments.join(", "));
    (ours != theirs).then(|| format!("{call}: {ours:?}, and in Rhai {theirs:?}"))
}

#[test]
fn functions_give_what_rhai_gives() {
    let mut differences = Vec::new();
    for function in compared() {
        let counts: BTreeSet<usize> = function.forms.iter().map(|form| form.arguments).collect();
        for receiver in RECEIVERS {
            if counts.contains(&1) {
                differences.extend(compare(function.name, receiver, &[]));
            }
            for argument in ARGUMENTS {
                if counts.contains(&2) {
                    differences.extend(compare(function.name, receiver, &[argument]));
                }
                if counts.contains(&3) {
                    for second in SECOND_ARGUMENTS {
                        let arguments = [*argument, *second];
                        differences.extend(compare(function.name, receiver, &arguments));
                    }
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A function value: its source in Rhai, how many arguments it takes, and what it does.
struct Given {
    source: &'static str,
    parameters: usize,
    does: test_host::Closure,
}

fn int(arguments: &[Value<'_>], index: usize) -> Result<i64, Failure> {
    super::arguments::integer("closure", arguments, index)
}

const FUNCTIONS: &[Given] = &[
    Given {
        source: "|x| x",
        parameters: 1,
        does: |_, arguments| Ok(arguments[0].clone()),
    },
    Given {
        source: "|x| x > 1",
        parameters: 1,
        does: |_, arguments| Ok(Value::Bool(int(&arguments, 0)? > 1)),
    },
    Given {
        source: "|x| true",
        parameters: 1,
        does: |_, _| Ok(Value::Bool(true)),
    },
    Given {
        source: "|| true",
        parameters: 0,
        does: |_, _| Ok(Value::Bool(true)),
    },
    Given {
        source: "|x| false",
        parameters: 1,
        does: |_, _| Ok(Value::Bool(false)),
    },
    Given {
        source: "|x, i| i == 1",
        parameters: 2,
        does: |_, arguments| Ok(Value::Bool(matches!(arguments[1], Value::Int(1)))),
    },
    Given {
        source: "|x, y| x < y",
        parameters: 2,
        does: |_, arguments| Ok(Value::Bool(int(&arguments, 0)? < int(&arguments, 1)?)),
    },
    Given {
        source: "|x, y| x - y",
        parameters: 2,
        does: |_, arguments| Ok(Value::Int(int(&arguments, 0)? - int(&arguments, 1)?)),
    },
    Given {
        source: "|x, y| y - x",
        parameters: 2,
        does: |_, arguments| Ok(Value::Int(int(&arguments, 1)? - int(&arguments, 0)?)),
    },
    Given {
        source: "|x, y, i| i",
        parameters: 3,
        does: |_, arguments| Ok(arguments[2].clone()),
    },
    Given {
        source: "|a, b, c, d| 1",
        parameters: 4,
        does: |_, _| Ok(Value::Int(1)),
    },
];

fn with_function(
    name: &str,
    receiver: &str,
    given: &Given,
    rest: &[&str],
) -> Result<String, Failure> {
    let mut host = TestHost::new();
    let function = host.function(given.parameters, given.does);
    let mut values = vec![literal(receiver), function];
    values.extend(rest.iter().map(|argument| literal(argument)));
    let result = host.run(name, &mut values)?;
    let result = ours(Ok(result)).unwrap();
    let receiver = ours(Ok(values.swap_remove(0))).unwrap();
    Ok(format!("{result} / {receiver}"))
}

/// Of arrays of integers, so that every function of [`FUNCTIONS`] works on the elements.
#[test]
fn functions_that_call_functions_give_what_rhai_gives() {
    let receivers = ["[]", "[1]", "[3, 1, 2, 1, 1]", "[5, 4, 3, 2, 1, 0]", "#{}"];
    let names = [
        "map", "filter", "some", "all", "find", "index_of", "reduce", "sort", "dedup",
    ];
    let mut compared = 0;
    for name in names {
        let rests: &[&[&str]] = match name {
            "find" | "index_of" => &[&[], &["1"], &["-2"], &["-9"], &["9"]],
            "reduce" => &[&[], &["0"], &["10"]],
            _ => &[&[]],
        };
        for receiver in receivers {
            for given in FUNCTIONS {
                for rest in rests {
                    if name == "reduce" && rest.is_empty() && given.source != "|x, y, i| i" {
                        continue;
                    }
                    let mut arguments = vec![given.source];
                    arguments.extend(*rest);
                    let ours = with_function(name, receiver, given, rest);
                    let theirs = rhai_with_receiver(name, receiver, &arguments);
                    let call = format!("{receiver}.{name}({})", arguments.join(", "));
                    match ours {
                        Ok(ours) => {
                            assert_eq!(Ok(ours), theirs, "{call}");
                            compared += 1;
                        }
                        // A wrong number of parameters fails in Rhai too, but for comparators;
                        // a result of the wrong type is false there.
                        Err(failure) => match failure.code {
                            Code::ArgumentCount if name == "sort" || name == "dedup" => {}
                            Code::ArgumentCount => {
                                assert_eq!(theirs, Err(Code::Type), "{call}");
                            }
                            // The closure itself compares what Rhai compares without an error.
                            Code::Type if failure.message.starts_with("`closure`") => {}
                            Code::Type => {
                                assert!(
                                    failure.message.contains("must give")
                                        || theirs == Err(Code::Type),
                                    "{call}: {failure:?}"
                                );
                            }
                            _ => panic!("{call}: {failure:?}"),
                        },
                    }
                }
            }
        }
    }
    assert!(compared > 200, "only {compared} calls were compared");
}

#[test]
fn functions_on_maps_call_with_key_and_value() {
    let keys: test_host::Closure = |_, arguments| Ok(arguments[0].clone());
    let above: test_host::Closure = |_, arguments| Ok(Value::Bool(int(&arguments, 1)? > 1));
    for (source, parameters, does) in [("|k| k", 1, keys), ("|k, v| v > 1", 2, above)] {
        for name in ["map", "filter"] {
            let given = Given {
                source,
                parameters,
                does,
            };
            let receiver = "#{\"a\": 1, \"b\": 2}";
            match with_function(name, receiver, &given, &[]) {
                Ok(ours) => {
                    let theirs = rhai_with_receiver(name, receiver, &[source]);
                    assert_eq!(Ok(ours), theirs, "{name} {source}");
                }
                Err(failure) => assert_eq!(
                    failure.message,
                    "the function given to `filter` must give a boolean, and gave a text"
                ),
            }
        }
    }
}

#[test]
fn a_predicate_that_gives_no_boolean_fails() {
    for name in ["filter", "some", "all", "find", "index_of"] {
        let given = Given {
            source: "",
            parameters: 1,
            does: |_, _| Ok(Value::Int(1)),
        };
        let failure = with_function(name, "[1]", &given, &[]).unwrap_err();
        assert_eq!(failure.code, Code::Type);
        assert_eq!(
            failure.message,
            format!("the function given to `{name}` must give a boolean, and gave an integer")
        );
    }
}

#[test]
fn a_function_with_too_many_parameters_is_counted() {
    let given = Given {
        source: "",
        parameters: 3,
        does: |_, _| Ok(Value::Bool(true)),
    };
    let failure = with_function("filter", "[1]", &given, &[]).unwrap_err();
    assert_eq!(failure.code, Code::ArgumentCount);
    assert_eq!(
        failure.message,
        "the function given to `filter` takes 3 arguments, and gets 0 to 2"
    );
}

#[test]
fn sorting_ends_with_any_comparator() {
    // Contradicts itself, by a counter that the elements are.
    let contradicting: test_host::Closure = |_, arguments| {
        let sum = int(&arguments, 0)?.wrapping_mul(31) ^ int(&arguments, 1)?.wrapping_mul(17);
        Ok(Value::Int(sum % 3 - 1))
    };
    let numbers = json!((0..500).map(|n| n * 7919 % 501).collect::<Vec<i64>>());
    let mut host = TestHost::new();
    let function = host.function(2, contradicting);
    let mut arguments = [Value::from_json(&numbers), function];
    host.run("sort", &mut arguments).unwrap();
    let mut sorted: Vec<i64> = (0..500)
        .map(|index| match arguments[0].as_array().unwrap().get(index) {
            Some(Value::Int(number)) => number,
            other => panic!("{other:?}"),
        })
        .collect();
    sorted.sort_unstable();
    let mut all: Vec<i64> = (0..500).map(|n| n * 7919 % 501).collect();
    all.sort_unstable();
    assert_eq!(sorted, all, "no element is lost or doubled");
}

#[test]
fn equal_elements_keep_their_order() {
    let tens = Given {
        source: "|x, y| x / 10 - y / 10",
        parameters: 2,
        does: |_, arguments| {
            Ok(Value::Int(
                int(&arguments, 0)? / 10 - int(&arguments, 1)? / 10,
            ))
        },
    };
    let receiver = "[21, 11, 22, 12, 20, 10]";
    let ours = with_function("sort", receiver, &tens, &[]).unwrap();
    assert_eq!(ours, "() / [11, 12, 10, 21, 22, 20]");
    assert_eq!(
        Ok(ours),
        rhai_with_receiver("sort", receiver, &[tens.source])
    );
}

#[test]
fn a_failing_comparator_fails_the_sort_and_leaves_the_array() {
    for (name, message) in [("sort", "no order"), ("dedup", "no order")] {
        let given = Given {
            source: "",
            parameters: 2,
            does: |_, _| Err(Stop::from(Failure::new(Code::Type, "no order"))),
        };
        let mut host = TestHost::new();
        let function = host.function(given.parameters, given.does);
        let mut arguments = [literal("[2, 1]"), function];
        let failure = host.run(name, &mut arguments).unwrap_err();
        assert_eq!(failure.message, message);
        assert_eq!(ours(Ok(arguments[0].clone())), Ok("[2, 1]".to_owned()));
    }
    let wrong: test_host::Closure = |_, _| Ok(Value::text("less"));
    let mut host = TestHost::new();
    let function = host.function(2, wrong);
    let failure = host
        .run("sort", &mut [literal("[2, 1]"), function])
        .unwrap_err();
    assert_eq!(
        failure.message,
        "the function given to `sort` must give an integer or a boolean, and gave a text"
    );
}

#[test]
fn sorting_spends_operations() {
    let numbers = json!((0..9_000).rev().collect::<Vec<i64>>());
    let mut host = TestHost::new();
    let failure = host
        .run("sort", &mut [Value::from_json(&numbers)])
        .unwrap_err();
    assert_eq!(failure.code, Code::Operations);
}

#[test]
fn stepped_ranges_hold_what_rhai_goes_through() {
    for call in [
        "range(0, 10, 3)",
        "range(10, 0, -3)",
        "range(0, 10, -1)",
        "range(0, 0, 1)",
        "range(9223372036854775805, 9223372036854775807, 2)",
        "range(9223372036854775805, 9223372036854775807, 1)",
        "range(0, 3, 0)",
        "range(0.0, 1.0, 0.25)",
        "range(1.0, 0.0, -0.5)",
        "range(0.0, 1.0, 0.0)",
        "range(0.0, 1.0, -1.0)",
        "range((0..5), 2)",
        "range((0..=5), 2)",
        "range(0, 1.0, 2)",
    ] {
        let theirs = rhai(&format!("let a = []; for x in {call} {{ a.push(x); }} a"));
        let inner = call.strip_prefix("range(").unwrap();
        let inner = inner.strip_suffix(')').unwrap();
        let mut arguments: Vec<Value<'_>> = inner.split(", ").map(literal).collect();
        let ours = ours(TestHost::new().run("range", &mut arguments));
        assert_eq!(ours, theirs, "{call}");
    }
    let plain = TestHost::new().run("range", &mut [literal("1"), literal("3")]);
    assert_eq!(ours(plain), rhai("range(1, 3)"));
}

#[test]
fn a_stepped_range_is_bounded() {
    let mut arguments = [literal("0"), Value::Int(i64::MAX), literal("2")];
    let failure = TestHost::new().run("range", &mut arguments).unwrap_err();
    assert!(!failure.catchable);
}

#[test]
fn work_on_a_large_text_is_spent_before_it_is_done() {
    let long = "a,".repeat(2_000_000);
    let text = Value::text(&long);
    let comma = Value::text(",");
    for (name, rest) in [
        ("len", vec![]),
        ("contains", vec![comma.clone()]),
        ("index_of", vec![comma.clone()]),
        ("split", vec![comma.clone()]),
        ("sub_string", vec![Value::Int(1)]),
        ("trim", vec![]),
        ("replace", vec![comma.clone(), comma.clone()]),
        ("to_upper", vec![]),
        ("to_lower", vec![]),
        ("parse_int", vec![]),
        ("parse_float", vec![]),
        ("remove", vec![comma]),
        ("get", vec![Value::Int(1)]),
        ("set", vec![Value::Int(1), Value::Char('b')]),
    ] {
        let mut arguments = vec![text.clone()];
        arguments.extend(rest);
        let failure = TestHost::new().run(name, &mut arguments).unwrap_err();
        assert!(!failure.catchable, "{name}: {failure:?}");
    }
}

#[test]
fn a_secret_is_refused_by_every_function_that_looks_at_it() {
    let secret = Secret::new("s3cret".to_owned());
    for function in compared() {
        let count = function.forms[0].arguments;
        let mut arguments = vec![Value::Secret(&secret)];
        arguments.extend(vec![Value::Int(1); count - 1]);
        let failure = TestHost::new()
            .run(function.name, &mut arguments)
            .unwrap_err();
        assert_eq!(failure.code, Code::SecretUse, "{}", function.name);
        assert!(!failure.catchable, "{}", function.name);
    }
    let secret = Value::Secret(&secret);
    let array = Value::new_array(vec![secret.clone(), secret], &mut crate::oracle::meter());
    let array = array.unwrap();
    for (name, rest) in [
        ("contains", vec![Value::Int(1)]),
        ("index_of", vec![Value::Int(1)]),
        ("sort", vec![]),
        ("dedup", vec![]),
        ("to_string", vec![]),
    ] {
        let mut arguments = vec![array.clone()];
        arguments.extend(rest);
        let failure = TestHost::new().run(name, &mut arguments).unwrap_err();
        assert_eq!(failure.code, Code::SecretUse, "{name}");
    }
}

#[test]
fn what_gives_nothing_gives_unit_and_changes_its_receiver() {
    for function in compared() {
        if function.gives == super::Gives::Nothing {
            assert_eq!(function.receiver, Receiver::Changed, "{}", function.name);
        }
    }
}

#[test]
fn no_name_stands_in_two_tables_and_every_function_is_documented() {
    let mut names = BTreeSet::new();
    for function in all() {
        assert!(
            names.insert(function.name),
            "`{}` stands twice",
            function.name
        );
        assert!(function.about.ends_with('.'), "{}", function.name);
        assert!(!function.forms.is_empty(), "{}", function.name);
    }
}

/// Only a range with a step is something else in Rhai.
#[test]
fn examples_give_in_rhai_what_they_say() {
    for function in compared() {
        for (source, result) in function.example {
            if !(source.starts_with("range(") && result.starts_with('[')) {
                assert_eq!(rhai(source), Ok((*result).to_owned()), "{source}");
            }
        }
        assert!(!function.example.is_empty(), "{}", function.name);
    }
}
