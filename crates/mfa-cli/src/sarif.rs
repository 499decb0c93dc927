//! What `mfa check` found as SARIF 2.1.0, the OASIS standard for results of static analysis, which
//! code scanning services read.

use mfa_rules::{CheckReport, Code, Diagnostic, Severity, Span};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Component, Path};

/// The schema, at the address that OASIS keeps.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A report as a log file of SARIF (§3.13), to be serialized.
///
/// `folder` is where the process runs: paths below it are written relative to it.
pub(crate) fn log(report: &CheckReport, folder: Option<&Path>) -> impl Serialize {
    // Only what was found is explained, so that an empty report is short.
    let codes: BTreeSet<Code> = report.diagnostics.iter().map(|found| found.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let results = report.diagnostics.iter();
    let results = results.map(|found| Finding::new(found, &codes, folder));
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "mfa",
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: codes.iter().copied().map(Rule::new).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: results.collect(),
        }],
    }
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// Our columns count characters, as Rust's `char` does.
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

/// A code, which SARIF calls a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
}

impl Rule {
    fn new(code: Code) -> Self {
        let page = code.page();
        // Below the heading stands what the code means, a sentence in each line.
        let meaning = page.split_once("\n\n").map_or(page, |(_, rest)| rest);
        let meaning = meaning.split("\n\n").next().unwrap_or(meaning);
        Self {
            id: code.as_str(),
            short_description: Text::new(meaning.lines().next().unwrap_or(meaning)),
            full_description: Text::new(meaning),
            help: Help {
                text: page,
                markdown: page,
            },
        }
    }
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

impl Text {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// A diagnostic, which SARIF calls a result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

impl Finding {
    fn new(found: &Diagnostic, codes: &[Code], folder: Option<&Path>) -> Self {
        let message = match &found.help {
            Some(help) => format!("{}\nhelp: {help}", found.message),
            None => found.message.clone(),
        };
        let place = found.span.map(|span| Place::new(span, found));
        let (region, context_region) = match place {
            Some(Place { region, context }) => (Some(region), context),
            None => (None, None),
        };
        Self {
            rule_id: found.code.as_str(),
            rule_index: codes.partition_point(|code| *code < found.code),
            level: match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: Text::new(message),
            locations: [Location {
                physical_location: PhysicalLocation {
                    artifact_location: ArtifactLocation {
                        uri: uri(Path::new(&found.file), folder),
                    },
                    region,
                    context_region,
                },
            }],
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    /// Without it, the result is about the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    /// The line that the region is in, when it is more than the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    context_region: Option<ContextRegion>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    /// The column behind the last character.
    end_column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContextRegion {
    start_line: u32,
    snippet: Text,
}

/// Where in its file something was found.
struct Place {
    region: Region,
    context: Option<ContextRegion>,
}

impl Place {
    fn new(span: Span, found: &Diagnostic) -> Self {
        let (line, column) = (span.start.line, span.start.column);
        let excerpt = found.excerpt.as_deref();
        let first = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        let length = usize::try_from(span.length).unwrap_or(usize::MAX);
        // What is missing at the end of a line is found behind it, where there is no character.
        let covered = excerpt.map(|line| line.chars().skip(first).take(length).collect::<String>());
        let width = covered.as_deref().map_or(span.length, |covered| {
            u32::try_from(covered.chars().count()).unwrap_or(span.length)
        });
        let is_whole_line = covered.as_deref() == excerpt;
        Self {
            region: Region {
                start_line: line,
                start_column: column,
                end_line: line,
                end_column: column.saturating_add(width),
                snippet: covered.map(Text::new),
            },
            context: excerpt
                .filter(|_| !is_whole_line)
                .map(|excerpt| ContextRegion {
                    start_line: line,
                    snippet: Text::new(excerpt),
                }),
        }
    }
}

/// A path as a URI reference (RFC 3986): relative where it can be, for a service that knows where
/// the repository is.
fn uri(path: &Path, folder: Option<&Path>) -> String {
    let path = folder
        .and_then(|folder| path.strip_prefix(folder).ok())
        .unwrap_or(path);
    let mut uri = String::new();
    for component in path.components() {
        match component {
            Component::Prefix(drive) => {
                uri.push_str("file://");
                segment(&drive.as_os_str().to_string_lossy(), &mut uri);
            }
            Component::RootDir if uri.is_empty() => uri.push_str("file://"),
            // The root of a drive follows the drive.
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir => segment("..", &mut uri),
            Component::Normal(name) => segment(&name.to_string_lossy(), &mut uri),
        }
    }
    if uri.is_empty() { ".".to_owned() } else { uri }
}

fn segment(name: &str, uri: &mut String) {
    if !uri.is_empty() {
        uri.push('/');
    }
    encode(name, uri);
}

/// Everything but the unreserved characters of RFC 3986 §2.3 is encoded, which is allowed for all,
/// and needed for a colon in the first segment.
fn encode(name: &str, uri: &mut String) {
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::uri;
    use std::path::Path;

    #[test]
    fn paths_become_references() {
        let cases = [
            ("rules/first.rhai", "rules/first.rhai"),
            ("./rules/./first.rhai", "rules/first.rhai"),
            ("rules//first.rhai", "rules/first.rhai"),
            ("../rules/first.rhai", "../rules/first.rhai"),
            (".", "."),
            ("./", "."),
            ("a b/ä#?%.rhai", "a%20b/%C3%A4%23%3F%25.rhai"),
            ("mailto:a.rhai", "mailto%3Aa.rhai"),
            ("/work space/rules/a.rhai", "rules/a.rhai"),
            ("/work space", "."),
            ("/etc/rules/a.rhai", "file:///etc/rules/a.rhai"),
            ("/work space.d/a.rhai", "file:///work%20space.d/a.rhai"),
        ];
        for (path, expected) in cases {
            let folder = Path::new("/work space");
            assert_eq!(uri(Path::new(path), Some(folder)), expected, "{path}");
        }
        assert_eq!(uri(Path::new("/a/b.rhai"), None), "file:///a/b.rhai");
    }
}
