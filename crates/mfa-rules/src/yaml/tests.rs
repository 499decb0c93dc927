//! Reading YAML: values, places and problems.

use super::read;
use crate::source::Span;
use serde_json::json;

/// Each problem as `line:column+length message`, and the tree as JSON.
fn outline(text: &str) -> String {
    let document = read(text);
    if document.problems.is_empty() {
        return document
            .root
            .map_or_else(|| "empty".to_owned(), |root| root.to_json().to_string());
    }
    let lines = document.problems.iter().map(|problem| {
        let Span { start, length } = problem.span;
        format!(
            "{}:{}+{length} {}\n",
            start.line, start.column, problem.message
        )
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn scalars_follow_the_core_schema() {
    let cases = [
        ("no", r#""no""#),
        ("yes", r#""yes""#),
        ("true", "true"),
        ("FALSE", "false"),
        ("tRue", r#""tRue""#),
        ("~", "null"),
        ("null", "null"),
        ("12", "12"),
        ("-12", "-12"),
        ("+12", "12"),
        ("0123", "123"),
        ("0o17", "15"),
        ("0x1F", "31"),
        ("0xg", r#""0xg""#),
        ("0b1", r#""0b1""#),
        ("1_000", r#""1_000""#),
        ("1e3", "1000.0"),
        (".5", "0.5"),
        ("1.", "1.0"),
        (".", r#"".""#),
        ("1e", r#""1e""#),
        ("-", r"[null]"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("2026-01-05T09:00:00Z", r#""2026-01-05T09:00:00Z""#),
        ("'12'", r#""12""#),
        ("\"true\"", r#""true""#),
        ("|\n  a\n  b\n", r#""a\nb\n""#),
    ];
    for (text, expected) in cases {
        assert_eq!(outline(text), expected, "{text}");
    }
}

#[test]
fn what_json_cannot_hold_is_refused() {
    let cases = [
        (".inf", "1:1+4 `.inf` is no number that JSON has\n"),
        ("-.INF", "1:1+5 `-.INF` is no number that JSON has\n"),
        (".nan", "1:1+4 `.nan` is no number that JSON has\n"),
        ("1e999", "1:1+5 the number `1e999` is too large\n"),
        (
            "0xFFFFFFFFFFFFFFFFF",
            "1:1+19 the number `0xFFFFFFFFFFFFFFFFF` is too large\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(outline(text), expected, "{text}");
    }
}

#[test]
fn json_can_be_pasted_in() {
    let json = "{\n\t\"\": \"x\",\r\n\t\"a\": [1, 2.5, true, null],\n\t\"b\":{\"c\":\"\\/ \\u00e9 \\\"\"}\n}\n";
    assert_eq!(
        outline(json),
        r#"{"":"x","a":[1,2.5,true,null],"b":{"c":"/ é \""}}"#
    );
    let nested = "configuration: {\n  \"a\": 1,\n  \"b\": [\n    2\n  ]\n}\nname: x\n";
    assert_eq!(
        outline(nested),
        r#"{"configuration":{"a":1,"b":[2]},"name":"x"}"#
    );
}

/// What JSON can say, `serde_json` writes, and this reads.
#[test]
fn json_is_read_as_json() {
    let characters = "\u{0}\u{1}\t\n\r\u{1f} !\"'#%&*-:?@[]{}\\`|~\u{7f}\u{80}\u{85}\u{9f}\u{a0}ü\u{2028}\u{d7ff}\u{e000}\u{feff}\u{fffd}\u{ffff}😀\u{f0000}\u{10ffff}";
    let mut strings: Vec<String> = characters.chars().map(String::from).collect();
    strings.push(characters.to_owned());
    strings.extend(
        [
            "",
            "null",
            "1",
            "- a",
            "a: b",
            "<<",
            " a ",
            "a\n\nb",
            "\\ud83d\\ude00",
        ]
        .map(String::from),
    );
    let members: serde_json::Map<String, serde_json::Value> = strings
        .iter()
        .map(|text| (text.clone(), json!([text, {}, [], [[]], {"": {}}])))
        .collect();
    let value = json!({
        "members": members,
        "strings": strings,
        "numbers": [0, -1, i64::MIN, u64::MAX, 0.5, -1.5e300, 5e-324, 1e16],
        "others": [true, false, null],
    });
    for text in [value.to_string(), format!("{value:#}")] {
        let document = read(&text);
        assert_eq!(document.problems, []);
        assert_eq!(
            document.root.map(|root| root.to_json()),
            Some(value.clone())
        );
    }
}

#[test]
fn a_surrogate_pair_is_a_character_in_double_quotes_and_text_elsewhere() {
    let cases = [
        (r#""\ud83d\ude00""#, r#""😀""#),
        (r#""\uD83D\uDE00 \U0001F600""#, r#""😀 😀""#),
        (r"'\ud83d\ude00'", r#""\\ud83d\\ude00""#),
        (r"\ud83d\ude00", r#""\\ud83d\\ude00""#),
        (r#"{"\ud83d\ude00": 1}"#, r#"{"😀":1}"#),
        (
            "|  # \\ud83d\\ude01\n  \\ud83d\\ude00\n",
            r#""\\ud83d\\ude00\n""#,
        ),
        (
            "\"\\ud83d\\ude00 \u{f0000} \\U000F0001\"",
            "\"😀 \u{f0000} \u{f0001}\"",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(outline(text), expected, "{text}");
    }
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for text in [r#""\ud83d""#, r#""\ude00\ud83d""#, r#""\\ud83d\ude00""#] {
        assert_eq!(
            outline(text),
            "1:1+1 the text that starts here has an escape that is no character\n",
            "{text}"
        );
    }
}

#[test]
fn places_behind_a_surrogate_pair_are_those_of_the_written_text() {
    assert_eq!(
        outline(r#"{"a": "\ud83d\ude00\ud83d\ude00", "b": 1, "b": 2}"#),
        "1:43+3 the key `b` is there twice\n"
    );
    assert_eq!(
        outline("\"\\ud83d\\ude00\": 1\n\"\\ud83d\\ude00\": 2\n"),
        "2:1+14 the key `😀` is there twice\n"
    );
}

#[test]
fn every_problem_is_reported_with_its_place() {
    let text = "a: &x 1\nb: !!str 2\nc: *x\na: 3\n1: d\n? [e]\n: f\n<<: {g: 1}\nh: .nan\n";
    assert_eq!(
        outline(text),
        "1:4+4 anchors are not allowed\n\
         2:4+7 tags are not allowed\n\
         3:4+2 aliases are not allowed\n\
         4:1+1 the key `a` is there twice\n\
         5:1+1 a key must be a text, and this is a number\n\
         6:3+1 a key must be a text, and this is a list\n\
         8:1+2 merge keys are not allowed\n\
         9:4+4 `.nan` is no number that JSON has\n"
    );
}

#[test]
fn what_is_no_yaml_is_explained() {
    let cases = [
        (
            "a: [1, 2",
            "1:9+1 a `,` or the closing `]` is missing before this\n",
        ),
        (
            "a: [",
            "1:5+1 a value or a closing bracket is missing before this\n",
        ),
        (
            "a: {b: 1",
            "1:9+1 a `,` or the closing `}` is missing before this\n",
        ),
        (
            "a: \"b",
            "1:4+1 the text that starts here has no closing quote\n",
        ),
        ("a: \"b\" c", "1:8+1 something follows the closing quote\n"),
        (
            "a: \"\\q\"",
            "1:4+1 the text that starts here has an escape that does not exist\n",
        ),
        (
            "a: \"\\u12\"",
            "1:4+1 the text that starts here has an escape without its digits\n",
        ),
        ("a: b: c", "1:5+1 a `:` may not stand here\n"),
        ("a:\n\tb: 1", "2:2+1 a tab may not stand here\n"),
        ("a: 1\n  b: 2", "2:4+1 a `:` may not stand here\n"),
        (
            "  a: 1\n b: 2",
            "2:2+1 the indentation of this line fits no line above\n",
        ),
        (
            "a: 1\nb\n",
            "2:2+1 a key must be followed by `:` on the same line\n",
        ),
        ("- 1\nb: 2", "2:1+1 a `-` must stand here\n"),
        ("a: @b", "1:4+1 a text may not start with this character\n"),
        ("a: *b", "1:4+1 aliases are not allowed\n"),
        ("a: * b", "1:4+1 anchors and aliases are not allowed\n"),
        ("a: 1\n---\nb: 2", "2:1+3 a second document starts here\n"),
        ("%YAML 1.1\n---\na: 1", "1:1+1 directives are not allowed\n"),
        (
            "a: \0",
            "1:4+1 the control character U+0000 may not stand here\n",
        ),
        (
            "a: 1\rb: 2",
            "1:5+1 the control character U+000D may not stand here\n",
        ),
        (
            "a: \u{feff}1",
            "1:4+1 a byte order mark may not stand here\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(outline(text), expected, "{text}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_not_move_places() {
    assert_eq!(
        outline("\u{feff}a: 1\r\na: 2\r\n"),
        "2:1+1 the key `a` is there twice\n"
    );
    assert_eq!(outline("\u{feff}a: 1\r\nb: 2\r\n"), r#"{"a":1,"b":2}"#);
}

#[test]
fn an_empty_text_has_no_root() {
    assert_eq!(outline(""), "empty");
    assert_eq!(outline("# nothing\n"), "empty");
}

#[test]
fn nesting_is_bounded() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(outline(&deep(64)), deep(64));
    assert_eq!(
        outline(&deep(65)),
        "1:65+1 lists and maps are nested more than 64 deep\n"
    );
    assert_eq!(
        outline(&"- ".repeat(100_000)),
        "1:129+1 lists and maps are nested more than 64 deep\n"
    );
}

#[test]
fn reading_ends_after_a_hundred_problems() {
    assert_eq!(read(&"a: 1\n".repeat(1000)).problems.len(), 100);
    assert_eq!(read(&"\u{1}\n".repeat(1000)).problems.len(), 100);
}

/// The texts that the spans of all keys, texts and numbers cover.
fn covered(text: &str) -> Vec<String> {
    fn collect(node: &super::Node, spans: &mut Vec<Span>) {
        match &node.value {
            super::Value::List(items) => items.iter().for_each(|item| collect(item, spans)),
            super::Value::Map(members) => {
                for member in members {
                    spans.push(member.key_span);
                    collect(&member.value, spans);
                }
            }
            _ => spans.push(node.span),
        }
    }
    let document = read(text);
    assert_eq!(document.problems, [], "{text}");
    let mut spans = Vec::new();
    collect(&document.root.unwrap(), &mut spans);
    let covered = spans.iter().map(|span| {
        let skip = |from: u32| usize::try_from(from.saturating_sub(1)).unwrap();
        let line = text.lines().nth(skip(span.start.line)).unwrap();
        let characters = line.chars().skip(skip(span.start.column));
        characters
            .take(usize::try_from(span.length).unwrap())
            .collect()
    });
    covered.collect()
}

#[test]
fn a_span_covers_what_was_written_and_no_blanks() {
    for (text, expected) in [
        (
            "{ a: \"\" , 'b' : 'c'  , \"d\" : 1 }",
            &["a", "\"\"", "'b'", "'c'", "\"d\"", "1"][..],
        ),
        ("a: \"b\"  # c\n'd' : 'e' \n", &["a", "\"b\"", "'d'", "'e'"]),
        ("[ 'it''s' , '''' , \"\" ]", &["'it''s'", "''''", "\"\""]),
        (
            r#"[ "a\"b" , "c\\" , "ü" , "\ud83d\ude00" , 'x' ]"#,
            &[r#""a\"b""#, r#""c\\""#, "\"ü\"", r#""\ud83d\ude00""#, "'x'"],
        ),
        (
            "{ a: \"b\"\n # c\n , \"d\": e , \"f\" }",
            &["a", "\"b\"", "\"d\"", "e", "\"f\"", "}"],
        ),
        ("[ \"a\r\n  b\" , \"c\" ]\r\n", &["\"a", "\"c\""]),
        ("- |\n  \"a\"\n- \"b\" \n", &["\"a\"", "\"b\""]),
    ] {
        assert_eq!(covered(text), expected, "{text}");
    }
}
