//! What `mfa test` writes for programs, read as programs read it.

use crate::transcript::mfa;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

/// The arguments of a run over everything that can come up: cases that pass and fail, a change that
/// no case notices, rules without cases, and files that cannot be used.
const EVERYTHING: &[&str] = &["cases", "--mutate", "--require-cases"];

fn run(arguments: &[&str], status: i32) -> String {
    let output = mfa().arg("test").args(arguments).output().unwrap();
    assert_eq!(std::str::from_utf8(&output.stderr), Ok(""));
    assert_eq!(output.status.code(), Some(status));
    String::from_utf8(output.stdout).unwrap()
}

/// The form of `JUnit` XML that Jenkins documents (`junit-10.xsd`): its elements and attributes, of
/// which unknown ones are refused. Those that nothing here writes are left out.
mod junit {
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename = "testsuites")]
    pub(super) struct TestSuites {
        #[serde(rename = "@name")]
        pub(super) name: String,
        #[serde(rename = "@tests")]
        pub(super) tests: usize,
        #[serde(rename = "@failures")]
        pub(super) failures: usize,
        #[serde(rename = "@errors")]
        pub(super) errors: usize,
        #[serde(rename = "@time")]
        pub(super) time: f64,
        #[serde(default, rename = "testsuite")]
        pub(super) suites: Vec<TestSuite>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct TestSuite {
        #[serde(rename = "@name")]
        pub(super) name: String,
        #[serde(rename = "@tests")]
        pub(super) tests: usize,
        #[serde(rename = "@failures")]
        pub(super) failures: usize,
        #[serde(rename = "@errors")]
        pub(super) errors: usize,
        #[serde(rename = "@time")]
        pub(super) time: f64,
        #[serde(default, rename = "testcase")]
        pub(super) cases: Vec<TestCase>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct TestCase {
        #[serde(rename = "@name")]
        pub(super) name: String,
        #[serde(rename = "@classname")]
        pub(super) class: String,
        #[serde(rename = "@time")]
        pub(super) time: f64,
        pub(super) failure: Option<Problem>,
        pub(super) error: Option<Problem>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Problem {
        #[serde(rename = "@message")]
        pub(super) message: String,
        #[serde(rename = "@type")]
        pub(super) kind: String,
        #[serde(default, rename = "$text")]
        pub(super) text: String,
    }
}

fn junit(arguments: &[&str], status: i32) -> junit::TestSuites {
    let xml = run(&[arguments, &["--format", "junit"]].concat(), status);
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    assert!(xml.starts_with(declaration), "{xml}");
    quick_xml::de::from_str(&xml).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

#[test]
fn junit_counts_what_it_holds() {
    let suites = junit(EVERYTHING, 2);
    assert_eq!(suites.name, "mfa test");
    let mut sums = (0, 0, 0);
    for suite in &suites.suites {
        let failures = suite.cases.iter().filter(|case| case.failure.is_some());
        let errors = suite.cases.iter().filter(|case| case.error.is_some());
        assert_eq!(suite.tests, suite.cases.len(), "{}", suite.name);
        assert_eq!(suite.failures, failures.count(), "{}", suite.name);
        assert_eq!(suite.errors, errors.count(), "{}", suite.name);
        sums.0 += suite.tests;
        sums.1 += suite.failures;
        sums.2 += suite.errors;
        let time: f64 = suite.cases.iter().map(|case| case.time).sum();
        assert!((time - suite.time).abs() < 1e-4, "{}", suite.name);
        for case in &suite.cases {
            assert_eq!(case.class, suite.name);
            assert!(!(case.failure.is_some() && case.error.is_some()));
        }
    }
    assert_eq!(sums, (suites.tests, suites.failures, suites.errors));
    assert!(sums.1 > 0 && sums.2 > 0 && sums.0 > sums.1 + sums.2);
    assert!(suites.time >= 0.0);
}

#[test]
fn junit_says_what_is_wrong() {
    let suites = junit(EVERYTHING, 2);
    let find = |file: &str, case: &str| {
        let suite = suites.suites.iter().find(|suite| suite.name == file);
        let suite = suite.unwrap_or_else(|| panic!("{file}"));
        let case = suite.cases.iter().find(|found| found.name.contains(case));
        case.unwrap_or_else(|| panic!("{}", suite.name))
    };
    let failing = "cases/failing/flagged.test.yaml";
    assert!(find(failing, "a flagged user").failure.is_none());
    let failure = find(failing, "any factor will do")
        .failure
        .as_ref()
        .unwrap();
    assert_eq!(failure.kind, "mismatch");
    assert!(
        failure
            .message
            .starts_with("multifactor.provider: expected \"any\", got \"guardian\"; "),
        "{}",
        failure.message
    );
    assert!(
        failure
            .text
            .ends_with("\ndecided by flagged, line 6: context.multifactor = #{"),
        "{}",
        failure.text
    );
    let quoted = find(failing, "use_mfa = \"no\"]");
    assert!(quoted.failure.is_some());

    let survivor = find("cases/weak/pay.test.yaml", "`>` becomes `>=`");
    assert_eq!(survivor.failure.as_ref().unwrap().kind, "survived");

    let broken = find("cases/broken/staff-only.test.yaml", "can be used");
    let error = broken.error.as_ref().unwrap();
    assert_eq!(
        (&*error.kind, &*error.message),
        ("case-key", "a case file has no key `case`")
    );
    assert!(error.text.contains("1 | case:"), "{}", error.text);

    let untested = find("cases/untested/staff-only.rhai", "has cases");
    assert_eq!(untested.error.as_ref().unwrap().kind, "no-cases");
}

#[test]
fn junit_takes_any_name_and_value() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a&b.rhai", "user.note = \"<\" + user.name + \"]]>\";");
    let names = [
        "<b> & \\\"quotes\\\" 'too'",
        "]]>",
        "größe ✓ 😀",
        "\\u202e\\u2028\\uffff\\ufeff",
    ];
    let cases = names.iter().map(|name| {
        format!("  - {{ name: \"{name}\", user: {{ name: \"{name}\" }}, expect: {{ user: {{ note: \"<&>\" }} }} }}\n")
    });
    write(
        "a&b.test.yaml",
        &format!("cases:\n{}", cases.collect::<String>()),
    );
    let suites = junit(&[folder.path().to_str().unwrap()], 1);
    let cases = &suites.suites[0].cases;
    let shown: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(
        shown,
        [
            "<b> & \"quotes\" 'too'",
            "]]>",
            "größe ✓ 😀",
            "\u{202e}\u{2028}\u{fffd}\u{feff}"
        ]
    );
    assert!(cases.iter().all(|case| case.failure.is_some()));
}

#[test]
fn json_is_one_document_with_everything_in_it() {
    let json = run(&[EVERYTHING, &["--format", "json"]].concat(), 2);
    let json: Json = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "version", "files", "untested", "passed", "failed", "unusable", "mutants", "survived"
        ]
    );
    assert_eq!(json["version"], 1);
    assert_eq!(
        json["untested"],
        serde_json::json!(["cases/untested/staff-only.rhai"])
    );
    let files = json["files"].as_array().unwrap();
    let count = |is: fn(&Json) -> bool| {
        let cases = files
            .iter()
            .flat_map(|file| file["cases"].as_array().unwrap());
        cases.filter(|case| is(case)).count()
    };
    assert_eq!(json["passed"], count(|case| case["passed"] == true));
    assert_eq!(json["failed"], count(|case| case["passed"] == false));
    assert_eq!(count(|case| !case["elapsed_us"].is_u64()), 0);
    let unusable = files
        .iter()
        .filter(|file| file["diagnostics"] != serde_json::json!([]));
    assert_eq!(json["unusable"], unusable.count());
    let survivors = files
        .iter()
        .flat_map(|file| file["survivors"].as_array().unwrap());
    assert_eq!(json["survived"], survivors.count());

    let failing = files
        .iter()
        .find(|file| file["file"] == "cases/failing/flagged.test.yaml");
    let mut case = failing.unwrap()["cases"][1].clone();
    case["elapsed_us"].take();
    assert_eq!(
        case,
        serde_json::json!({
            "name": "any factor will do",
            "line": 6,
            "passed": false,
            "mismatches": [
                { "path": "/multifactor/provider", "expected": "any", "actual": "guardian" },
                { "path": "/multifactor/allowRememberBrowser", "expected": true, "actual": false },
                { "path": "/changes/~1user~1checked", "expected": true },
                { "path": "/changes/~1user~1seen", "actual": true },
            ],
            "decided_at": {
                "rule": "flagged",
                "line": 6,
                "text": "    context.multifactor = #{"
            },
            "failures": [],
            "input_error": null,
            "elapsed_us": null,
        })
    );
}

#[test]
fn the_slowest_cases_are_shown_slowest_first() {
    for (arguments, most) in [
        (&["cases/passing", "--slowest", "2"][..], 2),
        (&["cases/passing", "--slowest"], 3),
        (&["cases/passing", "--slowest", "0"], 0),
    ] {
        let shown = run(arguments, 0);
        let lines: Vec<&str> = shown
            .lines()
            .filter(|line| line.starts_with("SLOW "))
            .collect();
        assert_eq!(lines.len(), most, "{shown}");
        let times = lines.iter().map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(words[2], "us");
            assert!(words[3].starts_with("cases/passing/staff-only.test.yaml:"));
            words[1].parse::<f64>().unwrap()
        });
        let times: Vec<f64> = times.collect();
        assert!(
            times.is_sorted_by(|slower, faster| slower >= faster),
            "{shown}"
        );
    }
}

#[test]
fn without_a_path_this_folder_is_tested() {
    let output = mfa()
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases/passing"))
        .arg("test")
        .output()
        .unwrap();
    assert_eq!(
        std::str::from_utf8(&output.stdout),
        Ok("3 cases in 1 file: 3 passed\n")
    );
}

#[test]
fn the_gallery_passes_and_no_change_of_it_goes_unnoticed() {
    let output = mfa()
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .args(["test", "rules", "--require-cases", "--mutate"])
        .output()
        .unwrap();
    let shown = std::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}");
}
