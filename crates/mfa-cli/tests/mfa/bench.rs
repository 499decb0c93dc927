//! What `mfa bench` reports: everything but what depends on the machine to the letter.

use crate::transcript::mfa;
use mfa_cli::{Args, Colour, Exit, Streams};
use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Output;

fn bench(arguments: &str) -> Output {
    mfa()
        .args(["bench", "--seconds", "0.01"])
        .args(arguments.split_whitespace())
        .output()
        .unwrap()
}

fn as_json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The report, with its type in the place of each number that depends on the machine or on how the
/// engine counts.
fn without_figures(report: &Json) -> Json {
    let mut report = report.clone();
    for name in ["seconds", "clock_ns", "values", "json_text"] {
        types(&mut report[name]);
    }
    for rule in report["rules"].as_array_mut().unwrap() {
        let figures = rule.as_object_mut().unwrap().iter_mut();
        for (_, figure) in figures.filter(|(name, _)| !matches!(&***name, "name" | "runs")) {
            types(figure);
        }
    }
    for name in ["operations", "memory_bytes"] {
        for part in ["p50", "p90", "p99", "max"] {
            types(&mut report[name][part]);
        }
        for part in ["amount", "share"] {
            types(&mut report[name]["nearest"][part]);
        }
    }
    for login in report["most_expensive"].as_array_mut().unwrap() {
        types(&mut login["operations"]);
        types(&mut login["memory_bytes"]);
    }
    report
}

fn types(json: &mut Json) {
    match json {
        Json::Object(members) => members.values_mut().for_each(types),
        Json::Number(number) => *json = json!(if number.is_f64() { "float" } else { "integer" }),
        _ => {}
    }
}

#[test]
fn the_report_has_everything_but_figures_to_the_letter() {
    let output = bench("--rules acme --logins logins.ndjson --now 2026-01-05 --format json");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "1 of 4 lines could not be read and is left out; the first is line 3: the line is not JSON: \
         expected ident, column 2\n"
    );
    assert!(output.stdout.ends_with(b"}\n"));
    let report = as_json(&output);
    let revision = report["rule_set"]["revision"].as_str().unwrap();
    assert!(revision.starts_with("sha256:"), "{revision}");
    let entrance = json!({
        "decisions": "integer",
        "latency_ns": {
            "p50": "integer",
            "p90": "integer",
            "p99": "integer",
            "p99_9": "integer",
            "max": "integer",
        },
        "mean_ns": "float",
        "per_second": "integer",
    });
    let rule = |name: &str, runs: u64| {
        json!({
            "name": name,
            "runs": runs,
            "share": "float",
            "mean_ns": "float",
            "mean_operations": "float",
            "max_operations": "integer",
            "max_memory_bytes": "integer",
        })
    };
    let costs = |limit: u64| {
        json!({
            "p50": "integer",
            "p90": "integer",
            "p99": "integer",
            "max": "integer",
            "limit": limit,
            "nearest": {
                "line": 1,
                "rule": "clients-with-mfa",
                "amount": "integer",
                "share": "float",
            },
        })
    };
    let login = |line: u64| {
        json!({
            "line": line,
            "operations": "integer",
            "memory_bytes": "integer",
        })
    };
    let expected = json!({
        "version": 1,
        "rule_set": { "name": "acme-login", "revision": revision, "language": 1 },
        "logins": 3,
        "unreadable": [{ "line": 3, "message": "the line is not JSON: expected ident, column 2" }],
        "masked": 0,
        "decisions": { "not_required": 1, "required": 2, "denied": 0, "with_failures": 1 },
        "seconds": "float",
        "clock_ns": "integer",
        "values": entrance,
        "json_text": entrance,
        "rules": [
            rule("clients-with-mfa", 3),
            rule("last-login", 3),
            rule("office-hours", 0),
            rule("staff-only", 0),
        ],
        "operations": costs(50_000),
        "memory_bytes": costs(8 << 20),
        "most_expensive": [login(1), login(2), login(4)],
    });
    assert_eq!(without_figures(&report), expected);
    // The members of the reference are these, in this order.
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, documented) = page.split_once("```json\n").unwrap();
    let documented: Json = serde_json::from_str(documented.split("```").next().unwrap()).unwrap();
    assert_eq!(names(&documented), names(&report));
}

/// The names of all members, of arrays those of the first element.
fn names(json: &Json) -> Vec<String> {
    let mut names = Vec::new();
    match json {
        Json::Object(members) => {
            for (name, json) in members {
                names.push(name.clone());
                names.extend(self::names(json));
            }
        }
        Json::Array(items) => names.extend(items.first().map(self::names).unwrap_or_default()),
        _ => {}
    }
    names
}

#[test]
fn figures_hang_together() {
    let output = bench("--rules acme --logins logins.ndjson --format json");
    let report = as_json(&output);
    for entrance in ["values", "json_text"] {
        let entrance = &report[entrance];
        let latency = entrance["latency_ns"].as_object().unwrap();
        let ascending: Vec<_> = latency
            .values()
            .map(|value| value.as_u64().unwrap())
            .collect();
        assert!(ascending.is_sorted() && ascending[0] > 0, "{latency:?}");
        assert!(entrance["decisions"].as_u64().unwrap() >= 256);
        let mean = entrance["mean_ns"].as_f64().unwrap();
        let per_second = entrance["per_second"].as_f64().unwrap();
        assert!((mean * per_second / 1e9 - 1.0).abs() < 0.01, "{entrance}");
    }
    let rules = report["rules"].as_array().unwrap();
    let shares: f64 = rules
        .iter()
        .map(|rule| rule["share"].as_f64().unwrap())
        .sum();
    assert!((shares - 1.0).abs() < 0.001, "{shares}");
    let least = |rule: &Json| rule["mean_ns"].as_f64().unwrap() > 0.0;
    assert!(least(&rules[0]) && least(&rules[1]) && !least(&rules[2]));
}

/// The text with `#` in the place of each figure, and one blank in that of several.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for line in text.lines() {
        let words = line
            .split_whitespace()
            .map(|word| match word.trim_end_matches([',', ';']) {
                "ns" | "µs" | "ms" | "s" => "t",
                "B" | "KiB" | "MiB" => "B",
                figure if figure.parse::<f64>().is_ok() => "#",
                _ => word,
            });
        shape.push_str(&words.collect::<Vec<_>>().join(" "));
        shape.push('\n');
    }
    shape
}

#[test]
fn the_report_for_reading_has_this_shape() {
    let output = bench("--rules acme --logins logins.ndjson");
    let text = String::from_utf8(output.stdout).unwrap();
    // Which of the rules takes most is not always the same.
    let shape = shape(&text)
        .replace("last-login #", "RULE #")
        .replace("clients-with-mfa #", "RULE #");
    let revision = shape.split("sha256:").nth(1).unwrap();
    let revision = revision.split(',').next().unwrap();
    assert_eq!(
        shape.replace(revision, "…"),
        "\
# logins
not required # # %
required # # %
denied # # %
for # of them a rule failed

time of a decision, on one thread
p50 p90 p99 p99.9 max mean per second
values # t # t # t # t # t # t #
JSON text # t # t # t # t # t # t #
reading the clock takes # t which is part of each but not of the mean
values: the logins were read before; JSON text: what rules look at is read each time

rules, by their share of the time
share mean logins operations most most memory
RULE # % # t # # # # B
RULE # % # t # # # # B
office-hours - - # - - -
staff-only - - # - - -

cost of a login, all rules together
p50 p90 p99 max
operations # # # #
memory # B # B # B # B
most operations of one rule: # of # less than # %, by clients-with-mfa for line #
most memory of one rule: # B of # B less than # %, by clients-with-mfa for line #

the most expensive logins
operations memory
line # # # B
line # # # B
line # # # B

acme-login, sha256:…, measured for # t
"
    );
}

#[test]
fn facts_and_configuration_are_for_lines_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let rule = r#"
        if fact("risk") > 5 { require_mfa("any"); }
        if configuration.CLOSED == true { deny("closed"); }
    "#;
    let rule = file("rule.rhai", rule);
    let lines = [
        json!({}),
        json!({ "facts": { "risk": 1 } }),
        json!({ "configuration": { "CLOSED": true } }),
        json!({ "facts": { "other": 1 }, "configuration": { "OTHER": 1 } }),
    ];
    let lines = lines.map(|line| format!("{line}\n")).concat();
    let logins = file("logins.ndjson", &lines);
    let facts = file("facts.json", r#"{"risk":9}"#);
    let closed = file("closed.json", r#"{"CLOSED":false}"#);
    let decisions = |more: &str| {
        let arguments = format!("--rules {rule} --logins {logins} --format json {more}");
        let output = bench(&arguments);
        assert_eq!(output.status.code(), Some(0));
        let decisions = as_json(&output)["decisions"].clone();
        let count = |name: &str| decisions[name].as_u64().unwrap();
        ["not_required", "required", "denied", "with_failures"].map(count)
    };
    assert_eq!(decisions(""), [1, 0, 3, 3]);
    assert_eq!(decisions(&format!("--facts {facts}")), [1, 2, 1, 0]);
    let both = format!("--facts {facts} --configuration {closed}");
    assert_eq!(decisions(&both), [1, 2, 1, 0]);
    fs::write(&closed, r#"{"CLOSED":true}"#).unwrap();
    assert_eq!(decisions(&both), [0, 0, 4, 0]);
}

#[test]
fn records_of_a_decision_log_are_measured() {
    let records = File::open("tests/fixtures/records.ndjson").unwrap();
    let output = mfa()
        .args([
            "bench",
            "--seconds",
            "0.01",
            "--rules",
            "acme",
            "--logins",
            "-",
        ])
        .args(["--format", "json"])
        .stdin(records)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "1 of 9 lines has masked values: a decision that looks at one may differ from what was \
         decided\n\
         6 of 9 lines could not be read and are left out; the first is line 3: `user` must be an \
         object, not a text\n"
    );
    let report = as_json(&output);
    assert_eq!(
        (&report["logins"], &report["masked"]),
        (&json!(3), &json!(1))
    );
    let unreadable = report["unreadable"].as_array().unwrap();
    let lines: Vec<_> = unreadable
        .iter()
        .map(|line| line["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 9]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn progress_is_shown_where_it_is_wanted_and_taken_away() {
    let logins = "tests/fixtures/logins.ndjson";
    let run = |shows_progress: bool| {
        let typed = [
            "mfa",
            "bench",
            "--rules",
            "tests/fixtures/acme",
            "--logins",
            logins,
        ];
        let typed = typed
            .into_iter()
            .chain(["--seconds", "0.5"])
            .map(OsString::from);
        let (mut output, mut messages) = (Vec::new(), Vec::new());
        let mut streams = Streams {
            input: Box::new(io::empty()),
            output: &mut output,
            messages: &mut messages,
            output_colour: Colour::Plain,
            message_colour: Colour::Plain,
            shows_progress,
        };
        let exit = mfa_cli::run(&Args::read(typed).unwrap(), &mut streams);
        assert_eq!(exit, Exit::ProblemFound);
        String::from_utf8(messages).unwrap()
    };
    assert!(run(false).starts_with("1 of 4 lines"));
    let messages = run(true);
    let (progress, rest) = messages.rsplit_once("\r\x1b[K").unwrap();
    assert!(
        progress.contains("measuring, 0 of 0 s") || progress.contains("measuring, 0 of 1 s"),
        "{progress}"
    );
    assert!(rest.starts_with("1 of 4 lines"), "{rest}");
}
