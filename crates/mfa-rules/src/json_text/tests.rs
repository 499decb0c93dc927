//! A projected text is the projection of the text, and refused exactly when the text is.

use super::{JsonError, read_json, read_projected};
use crate::read_set::Paths;
use crate::testing::entrances::paths;
use serde_json::{Value as Json, json};

/// Trees of paths: nothing, everything, and some of the members that the texts below have.
fn trees() -> Vec<Paths> {
    [
        json!({}),
        json!(true),
        json!({ "a": {} }),
        json!({ "a": true }),
        json!({ "a": { "b": {} }, "": {} }),
        json!({ "a": { "b": true }, "é": true, "\u{0}": {} }),
        json!({ "a": { "b": { "c": {} } }, "b": {} }),
        json!({ "$serde_json::private::Number": {}, "$serde_json::private::RawValue": {} }),
    ]
    .iter()
    .map(paths)
    .collect()
}

/// Checks that each tree of paths reads of `text` the part that it asks for, and refuses it in the
/// same words, when `serde_json` does.
fn check(text: impl AsRef<[u8]>) -> Result<Json, JsonError> {
    let text = text.as_ref();
    let shown = String::from_utf8_lossy(text);
    let whole = read_json(text);
    let parsed = serde_json::from_slice::<Json>(text).ok();
    assert_eq!(whole.clone().ok(), parsed, "{shown}");
    for paths in trees() {
        let expected = whole.clone().map(|json| paths.project(&json));
        assert_eq!(
            read_projected(text, &paths),
            expected,
            "{shown}: {:?}",
            paths.paths()
        );
    }
    whole
}

#[test]
fn a_projected_text_is_the_projection_of_its_value() {
    for text in [
        "null",
        " true ",
        "0",
        "-0",
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1e-5",
        "1e-999",
        "123456789012345678901234567890.5",
        r#""""#,
        r#""\ud83d\ude00\u0000\/\b""#,
        "[]",
        "{}",
        r#"[1,[2],{"a":3}]"#,
        r#"{"a":1,"b":[1,2],"c":{}}"#,
        r#"{"a":{"b":{"c":[1],"d":2}},"b":{"c":1}}"#,
        "\t{ \"a\" :\r\n1 , \"\" : [ ] }\n",
        r#"{"\u0061":{"\u0062":1},"\u00e9":"x","é2":1,"\u0000":5}"#,
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"x":{"$serde_json::private::Number":"1"},"$serde_json::private::Number":2}"#,
        r#"{"a":{"$serde_json::private::RawValue":"[1]"},"b":1}"#,
    ] {
        check(text).unwrap();
    }
}

#[test]
fn the_last_of_several_members_with_a_name_counts_with_all_that_it_has() {
    for (text, expected) in [
        (
            r#"{"a":{"b":1,"c":2},"a":{"c":3}}"#,
            json!({ "a": { "c": 3 } }),
        ),
        (r#"{"a":{"b":1},"a":5}"#, json!({ "a": 5 })),
        (r#"{"a":5,"a":{"b":1,"b":2}}"#, json!({ "a": { "b": 2 } })),
        (
            r#"{"a":[1],"x":0,"\u0061":null,"x":{}}"#,
            json!({ "a": null, "x": {} }),
        ),
    ] {
        assert_eq!(check(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_anywhere_refuses_the_text() {
    for wrong in [
        "",
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud800\u0041""#,
        r#""\ud800x""#,
        r#""\u12g4""#,
        r#""\x""#,
        "\"\u{1}\"",
        "\"\n\"",
        "\"",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "+1",
        "-",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "nul",
        "True",
        "'a'",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        r#"{"b":1,}"#,
        r#"{"b" 1}"#,
        r#"{"b":}"#,
        r"{b:1}",
        r#"{"b":1"#,
        r"{1:1}",
        r#"{"\ud800":1}"#,
        "/**/1",
        "\u{a0}1",
        "\u{feff}1",
    ] {
        // Alone, and where some look and some do not.
        check(wrong).unwrap_err();
        for text in around(wrong).iter().filter(|text| *text != "[]") {
            check(text).unwrap_err();
        }
    }
    for behind in ["1 1", "{}x", "{} {}", "[],", "null\u{0}", "{}\u{feff}"] {
        check(behind).unwrap_err();
    }
}

#[test]
fn a_number_out_of_range_is_for_serde_json_to_judge() {
    // Its feature `arbitrary_precision` knows no range.
    let is_refused = serde_json::from_str::<Json>("1e999").is_err();
    for number in ["1e999", "-1e999", "1e99999999999"] {
        assert_eq!(check(number).is_err(), is_refused);
        for text in around(number) {
            assert_eq!(check(text).is_err(), is_refused);
        }
    }
}

/// The text as a part of others, where some look and some do not.
fn around(text: &str) -> [String; 5] {
    [
        format!("[{text}]"),
        format!("[0,{text}]"),
        format!(r#"{{"a":{text}}}"#),
        format!(r#"{{"unread":{text},"a":{{"b":1}}}}"#),
        format!(r#"{{"a":{{"b":1,"unread":[{{"x":{text}}}]}}}}"#),
    ]
}

#[test]
fn bytes_that_are_not_utf8_refuse_the_text_wherever_they_are() {
    for bad in [
        &b"\xff"[..],
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
    ] {
        for (before, after) in [
            (&b"\""[..], &b"\""[..]),
            (b"{\"unread\":\"", b"\"}"),
            (b"{\"", b"\":1}"),
            (b"{\"unread\":[{\"x", b"\":1}],\"a\":{\"b\":1}}"),
            (b"", b"{}"),
            (b"{}", b""),
        ] {
            let text = [before, bad, after].concat();
            let error = check(&text).unwrap_err();
            let at = before.len() + 1;
            assert_eq!(error.to_string(), format!("not UTF-8 from byte {at} on"));
            assert_eq!((error.line(), error.column()), (None, None));
        }
    }
}

#[test]
fn nesting_is_bounded_where_nobody_looks_too() {
    let nested = |open: &str, depth: usize, close: &str| {
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{"unread":"#, "}")] {
        check(nested(open, 127, close)).unwrap();
        let error = check(nested(open, 128, close)).unwrap_err();
        assert_eq!(error.message(), "not JSON: recursion limit exceeded");
        check(nested(open, 100_000, close)).unwrap_err();
        let inner = nested(open, 126, close);
        check(format!(r#"{{"unread":{inner},"a":{{"b":{inner}}}}}"#)).unwrap_err();
        check(format!(r#"{{"unread":{inner}}}"#)).unwrap();
    }
}

#[test]
fn an_error_says_what_and_where() {
    let error = read_json("{\n  \"a\": 01\n}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not JSON: invalid number, line 2, column 9"
    );
    assert_eq!(error.message(), "not JSON: invalid number");
    assert_eq!((error.line(), error.column()), (Some(2), Some(9)));
}
