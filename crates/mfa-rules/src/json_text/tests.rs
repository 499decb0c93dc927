//! A projected text is the projection of the text, and refused exactly when the text is.

use super::{JsonError, direct, read_by_serde_json, read_json, read_projected};
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
/// same words, when `serde_json` does; and that what is read by `serde_json` is so by itself.
fn check(text: impl AsRef<[u8]>) -> Result<Json, JsonError> {
    let text = text.as_ref();
    let shown = String::from_utf8_lossy(text);
    let whole = read_json(text);
    let parsed = serde_json::from_slice::<Json>(text).ok();
    assert_eq!(whole.clone().ok(), parsed, "{shown}");
    for paths in trees() {
        let expected = whole.clone().map(|json| paths.project(&json));
        let asked_for = paths.paths();
        let read = read_projected(text, &paths);
        assert_eq!(read, expected, "{shown}: {asked_for:?}");
        if let Ok(text) = std::str::from_utf8(text) {
            let read = read_by_serde_json(text, &paths);
            assert_eq!(read, expected, "{shown}: {asked_for:?}");
        }
    }
    whole
}

/// Checks as [`check`] does, and that the text is read without the help of `serde_json`.
fn check_direct(text: &str) {
    check(text).unwrap();
    for paths in trees() {
        assert!(direct::read(text, &paths).is_some(), "{text}");
    }
}

#[test]
fn what_is_usual_is_read_directly() {
    for text in [
        "null",
        " true\n",
        "false",
        "0",
        "-12.50E+3",
        "1e99",
        r#""""#,
        r#""\ud83d\ude00\u0000\/\b\uFFFF""#,
        r#"{"x":0,"\u0061":1,"\u0062\n":2}"#,
        "[]",
        "{ }",
        "[ [ ] , { } , [ 1 , \"a\" ] ]",
        "{\r\n\t\"a\" : { \"b\" : [ ] , \"c\" : -0 } ,\r\n\t\"b\" : \"\\u00e9\"\r\n}",
        r#"{"ключ":"значение","a":{"é":"😀"},"é":["€"]}"#,
        r#"{"a":{"$oid":"5f"},"$x":1,"b":[{"$date":{"$numberLong":"1"}}]}"#,
        r#"{"x":{"b":1,"$serde_json::private::Number":"1"}}"#,
        " [\" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`\"] ",
        " [\"`abcdefghijklmnopqrstuvwxyz{|}~\u{7f}\u{80}\u{a2}\u{a0}\u{dc}\u{85}\"] ",
    ] {
        check_direct(text);
    }
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
        "nula",
        "tru",
        "trua",
        "fals",
        "falsa",
        "nullnull",
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

#[test]
fn any_byte_is_read_or_refused_wherever_it_is_in_a_string() {
    let mut refused = 0;
    for character in (0..0x100).filter_map(char::from_u32) {
        for length in [0, 1, 6, 7, 8, 9, 15, 16, 17] {
            for place in 0..=length {
                let (before, behind) = ("a".repeat(place), "\"\\".repeat(length - place));
                // Many special characters behind it, and none.
                for behind in ["a".repeat(length - place), behind] {
                    for text in [
                        format!("\"{before}{character}{behind}\""),
                        format!("{{\"a\":\"{before}{character}{behind}\",\"b\":{{}}}}"),
                        format!("{{\"x\":0,\"{before}{character}{behind}\":[1]}}"),
                    ] {
                        let expected = serde_json::from_str::<Json>(&text).ok();
                        for paths in [paths(&json!({})), paths(&json!({ "a": {} }))] {
                            let read = read_projected(text.as_bytes(), &paths).ok();
                            let expected = expected.as_ref().map(|json| paths.project(json));
                            assert_eq!(read, expected, "{text}");
                        }
                        refused += u32::from(expected.is_none());
                    }
                }
            }
        }
    }
    assert_ne!(refused, 0);
}

#[test]
fn escapes_are_read_or_refused_as_serde_json_does_it() {
    let units = [
        "",
        "0",
        "00",
        "000",
        "0000",
        "0041",
        "d7ff",
        "D800",
        "dbff",
        "dc00",
        "DFFF",
        "e000",
        "12g4",
        "+123",
        " 123",
        "\u{ff11}000",
    ];
    for first in units {
        for between in ["", "\\", "\\u", "\\n", "x", "\\U"] {
            for second in units {
                let string = format!("\"aaaa\\u{first}{between}{second}aaaaaaaa\"");
                for text in [
                    string.clone(),
                    format!("[{string}]"),
                    format!("{{\"x\":{string},\"a\":{string}}}"),
                    format!("{{\"x\":{{{string}:1}},\"a\":{{}}}}"),
                    format!("{{\"x\":1,{string}:1}}"),
                ] {
                    let _ = check(text);
                }
            }
        }
    }
    for escape in 0..=0x7f_u8 {
        let _ = check(format!("[\"\\{}\"]", char::from(escape)));
    }
}

#[test]
fn numbers_are_read_or_refused_as_serde_json_does_it() {
    let long = "9".repeat(400);
    let zeros = "0".repeat(400);
    for whole in [
        "",
        "0",
        "00",
        "01",
        "7",
        "10",
        "18446744073709551615",
        &long,
    ] {
        for fraction in [
            "",
            ".",
            ".0",
            ".5",
            ".5.",
            ".e",
            &format!(".{zeros}1"),
            &format!(".{long}"),
        ] {
            for exponent in [
                "",
                "e",
                "e+",
                "E-",
                "e1",
                "E+9",
                "e-9",
                "e99",
                "E-99",
                "e100",
                "e-100",
                "e308",
                "e-400",
                "e0009",
                "e1.0",
                "e+-1",
                "e99999999999",
            ] {
                for sign in ["", "-", "+", "--"] {
                    let number = format!("{sign}{whole}{fraction}{exponent}");
                    for text in [
                        number.clone(),
                        format!("[{number}]"),
                        format!("{{\"a\":{number},\"b\":{number} }}"),
                    ] {
                        let _ = check(text);
                    }
                }
            }
        }
    }
}

#[test]
fn a_key_of_serde_jsons_own_is_for_serde_json_to_judge() {
    for kind in ["Number", "RawValue", "Other"] {
        for start in ["$serde", r"\u0024serde", r"$\u0073erde", r"$serd\u0065"] {
            for value in [r#""1""#, r#""x""#, r#""{\"a\":1}""#, "1", "[]"] {
                let marked = format!(r#"{{"{start}_json::private::{kind}":{value}}}"#);
                let _ = check(&marked);
                for text in around(&marked) {
                    let _ = check(text);
                }
                let _ = check(format!(r#"{{"a":1,{}"#, marked.trim_start_matches('{')));
            }
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
fn nesting_is_bounded_where_some_look_and_some_do_not() {
    for read in [0, 1, 2, 62, 63, 64, 65, 66, 125, 126, 127, 128] {
        let described = (0..read).fold(json!({}), |inner, _| json!({ "a": inner }));
        let paths = paths(&described);
        for depth in [1, 62, 63, 64, 65, 126, 127, 128, 129] {
            let unread = usize::saturating_sub(depth, read);
            for (open, close) in [
                ("[", "]"),
                ("{\"a\":", "}"),
                ("{\"x\":", "}"),
                ("[{\"a\":", "}]"),
            ] {
                let inner = format!("{}1{}", open.repeat(unread), close.repeat(unread));
                let text = format!("{}{inner}{}", "{\"a\":".repeat(read), "}".repeat(read));
                let unclosed = text.get(..text.len() - 1).unwrap_or_default();
                for text in [&text, unclosed, &format!("{text}]"), &format!("{text}}}")] {
                    let expected = read_json(text).map(|json| paths.project(&json));
                    let read = read_projected(text.as_bytes(), &paths);
                    assert_eq!(read, expected, "{text}");
                }
            }
        }
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
