//! `mfa check --format sarif` writes SARIF 2.1.0.
//!
//! The types here are the part of the standard's schema that is written, as strict as the schema
//! is: what they do not know is refused.

use crate::transcript::mfa;
use serde::Deserialize;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    #[serde(rename = "$schema")]
    schema: String,
    version: String,
    runs: Vec<Run>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: String,
    results: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Driver {
    name: String,
    version: String,
    semantic_version: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Help,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    rule_index: usize,
    level: Level,
    message: Text,
    locations: Vec<Location>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Option<Region>,
    context_region: Option<ContextRegion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    snippet: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ContextRegion {
    start_line: usize,
    snippet: Text,
}

/// What `mfa check PATH --format sarif` finds, in a log that keeps what the standard says beyond
/// its schema, with the exit status.
fn check(path: &Path) -> (Run, i32) {
    let (text, status) = run(path, "sarif");
    assert!(text.ends_with('\n') && text.lines().count() == 1, "{text}");
    let mut log: Log = serde_json::from_str(&text).unwrap();
    assert_eq!(log.version, "2.1.0");
    assert!(log.schema.ends_with("/sarif-schema-2.1.0.json"));
    let run = log.runs.pop().unwrap();
    assert!(log.runs.is_empty(), "there is one run");
    assert_eq!(run.column_kind, "unicodeCodePoints");
    assert_eq!(run.tool.driver.name, "mfa");
    let versions = [&run.tool.driver.version, &run.tool.driver.semantic_version];
    assert_eq!(versions, [env!("CARGO_PKG_VERSION"); 2]);
    for rule in &run.tool.driver.rules {
        let text = &rule.help.text;
        assert!(text.starts_with(&format!("# {}\n", rule.id)), "{text}");
        assert_eq!(*text, rule.help.markdown);
        assert!(text.contains(&rule.full_description.text), "{text}");
        let (full, short) = (&rule.full_description, &rule.short_description);
        assert!(full.text.starts_with(&short.text) && !short.text.is_empty());
        let is_used = run.results.iter().any(|result| result.rule_id == rule.id);
        assert!(is_used, "{} did not occur", rule.id);
    }
    for result in &run.results {
        assert_eq!(result.rule_id, run.tool.driver.rules[result.rule_index].id);
        assert_eq!(result.locations.len(), 1);
        let place = &result.locations[0].physical_location;
        let uri = &place.artifact_location.uri;
        let is_reserved = |character: char| !character.is_ascii_graphic() || character == '\\';
        assert!(!uri.is_empty() && !uri.contains(is_reserved), "{uri}");
        let Some(region) = &place.region else {
            assert!(place.context_region.is_none(), "{place:?}");
            continue;
        };
        assert!(region.start_line >= 1 && region.start_column >= 1);
        assert_eq!(region.end_line, region.start_line);
        assert!(region.end_column >= region.start_column, "{region:?}");
        if let (Some(snippet), Some(context)) = (&region.snippet, &place.context_region) {
            assert_eq!(context.start_line, region.start_line);
            let behind = context
                .snippet
                .text
                .chars()
                .skip(region.start_column.saturating_sub(1));
            let length = region.end_column.saturating_sub(region.start_column);
            assert_eq!(snippet.text, behind.take(length).collect::<String>());
            assert_ne!(snippet.text, context.snippet.text);
        }
    }
    (run, status)
}

fn run(path: &Path, format: &str) -> (String, i32) {
    let mut command = mfa();
    let output = command.arg("check").arg(path).args(["--format", format]);
    let output = output.output().unwrap();
    assert_eq!(std::str::from_utf8(&output.stderr), Ok(""));
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code().unwrap())
}

fn file(result: &Finding) -> &str {
    &result.locations[0].physical_location.artifact_location.uri
}

#[test]
fn sarif_and_json_tell_the_same() {
    for folder in ["acme", "broken", "secret"] {
        let (sarif, sarif_status) = check(Path::new(folder));
        let (json, json_status) = run(Path::new(folder), "json");
        assert_eq!(sarif_status, json_status);
        let json: Json = serde_json::from_str(&json).unwrap();
        let diagnostics = json["diagnostics"].as_array().unwrap();
        assert_eq!(sarif.results.len(), diagnostics.len());
        for (result, diagnostic) in sarif.results.iter().zip(diagnostics) {
            assert_eq!(result.rule_id, diagnostic["code"]);
            let is_error = result.level == Level::Error;
            assert_eq!(is_error, diagnostic["severity"] == "error");
            assert_eq!(file(result), diagnostic["file"]);
            let (message, help) = result.message.text.split_once("\nhelp: ").unwrap();
            assert_eq!(message, diagnostic["message"]);
            assert_eq!(help, diagnostic["help"]);
            let place = &result.locations[0].physical_location;
            let (region, context) = (place.region.as_ref(), place.context_region.as_ref());
            assert_eq!(region.unwrap().start_line, diagnostic["span"]["line"]);
            assert_eq!(region.unwrap().start_column, diagnostic["span"]["column"]);
            assert_eq!(context.unwrap().snippet.text, diagnostic["excerpt"]);
        }
    }
}

#[test]
fn nothing_to_report_is_an_empty_list_of_results() {
    let (run, status) = check(Path::new("acme"));
    assert!(run.results.is_empty() && run.tool.driver.rules.is_empty());
    assert_eq!(status, 0);
}

#[test]
fn columns_count_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.rhai");
    fs::write(&path, "let smile = \"😀e\u{301}\"; truty(smile);\n").unwrap();
    let (run, status) = check(&path);
    assert_eq!(status, 1);
    let region = run.results[0].locations[0]
        .physical_location
        .region
        .as_ref();
    let region = region.unwrap();
    assert_eq!((region.start_column, region.end_column), (20, 25));
    assert_eq!(region.snippet.as_ref().unwrap().text, "truty");
}

#[test]
fn what_is_missing_at_the_end_of_a_line_covers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.rhai");
    fs::write(&path, "require_mfa(\"any\"").unwrap();
    let (run, _) = check(&path);
    let region = run.results[0].locations[0]
        .physical_location
        .region
        .as_ref();
    let region = region.unwrap();
    assert_eq!((region.start_column, region.end_column), (18, 18));
    assert_eq!(region.snippet.as_ref().unwrap().text, "");
}

#[test]
fn what_has_no_place_in_a_file_is_about_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("a b");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("ä.rhai"), "require_mfa(\"any\");").unwrap();
    fs::write(rules.join("spare.rhai"), "require_mfa(\"any\");").unwrap();
    let manifest = "version: 1\nrules:\n  - file: ä.rhai\n";
    fs::write(rules.join("ruleset.yaml"), manifest).unwrap();
    let (run, status) = check(&rules);
    assert_eq!(status, 1);
    let [result] = &run.results[..] else {
        panic!("not one result: {run:?}");
    };
    assert_eq!(result.rule_id, "unlisted-rule");
    assert_eq!(result.level, Level::Error);
    assert!(file(result).starts_with("file:///"), "{}", file(result));
    assert!(
        file(result).ends_with("/a%20b/spare.rhai"),
        "{}",
        file(result)
    );
    assert!(result.locations[0].physical_location.region.is_none());
}

#[test]
fn a_file_below_the_current_folder_is_relative_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let path = folder.join("rule.rhai");
    fs::write(&path, "truty();").unwrap();
    let mut command = mfa();
    let command = command.current_dir(&folder).arg("check").arg(&path);
    let output = command.args(["--format", "sarif"]).output().unwrap();
    let log: Log = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(file(&log.runs[0].results[0]), "rule.rhai");
}

#[test]
fn the_workflow_in_the_documents_checks_the_rules_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/ci.md")).unwrap();
    let (_, step) = page.split_once("\n      - run: mfa ").unwrap();
    let (command, _) = step.split_once(" > mfa.sarif\n").unwrap();
    let mut mfa = mfa();
    let output = mfa.current_dir(&root).args(command.split_whitespace());
    let output = output.output().unwrap();
    assert_eq!(std::str::from_utf8(&output.stderr), Ok(""));
    assert_eq!(output.status.code(), Some(0));
    let log: Log = serde_json::from_slice(&output.stdout).unwrap();
    assert!(log.runs[0].results.is_empty(), "{log:?}");
}
