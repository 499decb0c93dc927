//! `mfa check --reads`: which parts of a login a rule set can see, and which rule sees them.

mod personal;

use crate::colour::{Colour, Role};
use crate::escape::{self, counted};
use mfa_rules::{Paths, ReadPart, ReadSet, RuleReads};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// The version of the JSON that is written.
const FORMAT_VERSION: u32 = 1;

/// How many kinds of personal data are named in a line for reading.
const MOST_NAMED: usize = 3;

/// Which parts of a login a rule set can see.
#[derive(Debug, Serialize)]
pub(crate) struct Reads<'r> {
    version: u32,
    /// By path: who reads it.
    paths: Vec<ReadPath>,
    /// What all enabled rules and the engine can see.
    set: ReadSet,
    /// What each rule can see, disabled ones too.
    rules: &'r [RuleReads],
}

/// A part of a login that somebody reads.
#[derive(Debug, Serialize)]
struct ReadPath {
    /// JSON Pointer: `/user/…`, `/context/…` or `/configuration/…`.
    path: String,
    /// The most that somebody reads of it.
    part: ReadPart,
    /// The personal data that can be seen there.
    personal: Vec<&'static str>,
    readers: Vec<Reader>,
}

#[derive(Debug, Serialize)]
struct Reader {
    /// The name of an enabled rule; `None` for the engine itself.
    rule: Option<String>,
    part: ReadPart,
}

impl<'r> Reads<'r> {
    pub(crate) fn new(rules: &'r [RuleReads]) -> Self {
        let mut set = ReadSet::of_engine();
        let mut readers = BTreeMap::new();
        add(&mut readers, None, &set);
        for rule in rules.iter().filter(|rule| rule.enabled) {
            set = set.union(&rule.reads);
            add(&mut readers, Some(&rule.name), &rule.reads);
        }
        let paths = readers.into_iter().map(|((_, path), readers)| {
            let parts = readers.iter().map(|reader| reader.part);
            let part = parts.max().unwrap_or(ReadPart::Shape);
            ReadPath {
                personal: personal::seen_at(&path, part),
                path,
                part,
                readers,
            }
        });
        Self {
            version: FORMAT_VERSION,
            paths: paths.collect(),
            set,
            rules,
        }
    }

    /// The report for reading.
    pub(crate) fn human(&self, colour: Colour) -> String {
        let mut text = String::new();
        // Writing to a `String` does not fail.
        let _ = self.write(&mut text, colour);
        text
    }

    fn write(&self, to: &mut String, colour: Colour) -> fmt::Result {
        let count = counted(self.paths.len(), "part");
        let heading = format!("{count} of a login can be seen");
        let personal = self.paths.iter().filter(|path| !path.personal.is_empty());
        let personal = match personal.count() {
            0 => "none of them personal data".to_owned(),
            personal => format!("{personal} of them personal data"),
        };
        writeln!(to, "\n{}, {personal}", colour.paint(Role::Heading, heading))?;
        let shown = |path: &ReadPath| match path.part {
            ReadPart::Whole => format!("{} *", escape::text(&path.path)),
            ReadPart::Shape => escape::text(&path.path),
        };
        let width = self.paths.iter().map(|path| shown(path).width()).max();
        for path in &self.paths {
            let shown = shown(path);
            let fill = width.unwrap_or(0).saturating_sub(shown.width());
            write!(to, "  {shown}{:fill$}  {}", "", path.readers())?;
            if !path.personal.is_empty() {
                let what = named(&path.personal);
                write!(
                    to,
                    "  {}",
                    colour.paint(Role::Challenge, format_args!("[{what}]"))
                )?;
            }
            writeln!(to)?;
        }
        let note = "* with everything below; of the others, the type, and a value that is no array and no object";
        writeln!(to, "{}", colour.paint(Role::Aside, note))
    }
}

impl ReadPath {
    fn readers(&self) -> String {
        let names = self.readers.iter().map(|reader| match &reader.rule {
            Some(rule) => escape::text(rule),
            None => "(engine)".to_owned(),
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

/// Adds what somebody reads. The paths come in the order of the roots.
fn add(
    readers: &mut BTreeMap<(usize, String), Vec<Reader>>,
    rule: Option<&String>,
    reads: &ReadSet,
) {
    let roots: [(&str, &Paths); 3] = [
        ("/user", reads.user()),
        ("/context", reads.context()),
        ("/configuration", reads.configuration()),
    ];
    for (index, (root, paths)) in roots.into_iter().enumerate() {
        for path in paths.paths() {
            let key = (index, format!("{root}{}", path.path));
            readers.entry(key).or_default().push(Reader {
                rule: rule.cloned(),
                part: path.part,
            });
        }
    }
}

/// Kinds of personal data, in a few words.
fn named(personal: &[&str]) -> String {
    match personal.get(..MOST_NAMED) {
        Some(first) if personal.len() > MOST_NAMED => {
            let more = personal.len().saturating_sub(MOST_NAMED);
            format!("{} and {more} more", first.join(", "))
        }
        _ => personal.join(", "),
    }
}
