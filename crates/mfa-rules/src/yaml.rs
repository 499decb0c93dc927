//! YAML as manifests and case files use it: a tree of nodes, each with its place in the text.
//!
//! The dialect is YAML 1.2 with the core schema, without what makes two readers disagree or a
//! short text large: no anchors, aliases, tags, directives, merge keys or duplicate keys, keys are
//! text, and there is one document. JSON is a part of it, its escapes of surrogate pairs included.

mod checker;
mod quoted;
mod schema;
mod surrogates;

pub use checker::{Checker, Codes};

use crate::quote::quote;
use crate::source::{Position, Span};
use quoted::Quoted;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use surrogates::Rewritten;

/// How deeply lists and maps may be nested.
const MAX_NESTING: usize = 64;

/// After so many problems the rest of the text is not read: the first ones are enough to work on.
const MAX_PROBLEMS: usize = 100;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands; for what spans several lines, the part on the first line.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// A value of the core schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`; `yes`, `no`, `on` and `off` are text.
    Bool(bool),
    /// A finite number.
    Number(serde_json::Number),
    /// A text, quoted or not.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the text; no key is there twice.
    Map(Vec<Member>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Something in a text that the dialect does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub span: Span,
    /// What is wrong: lower-case, without a final period.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// What reading a text gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What could be read. When there are problems it may lack parts, and must not be acted upon.
    pub root: Option<Node>,
    /// All problems that were found, in the order of the text.
    pub problems: Vec<Problem>,
}

/// Reads a text.
///
/// The work is proportional to the length of the text, which the caller bounds.
///
/// ```
/// let document = mfa_rules::yaml::read("answer: no");
/// assert!(document.problems.is_empty());
/// let answer = document.root.and_then(|root| Some(root.member("answer")?.value.to_json()));
/// assert_eq!(answer, Some(serde_json::json!("no")));
/// ```
pub fn read(text: &str) -> Document {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let problems = unreadable_characters(text);
    if !problems.is_empty() {
        return Document {
            root: None,
            problems,
        };
    }
    let rewritten = Rewritten::new(text);
    let mut reader = Reader {
        lines: text.lines().collect(),
        rewritten: &rewritten,
        quoted: Quoted::new(rewritten.text()),
        open: Vec::new(),
        root: None,
        documents: 0,
        problems: Vec::new(),
    };
    reader.read();
    let Reader { root, problems, .. } = reader;
    Document { root, problems }
}

impl Node {
    /// The value as JSON.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(members) => members
                .iter()
                .map(|member| (member.key.clone(), member.value.to_json()))
                .collect(),
        }
    }

    /// The member of a map; `None` when there is none of this key, or this is no map.
    pub fn member(&self, key: &str) -> Option<&Member> {
        match &self.value {
            Value::Map(members) => members.iter().find(|member| member.key == key),
            _ => None,
        }
    }

    /// What kind of value it is, for a message: `a text`, `nothing`.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Control characters, and carriage returns that end no line.
///
/// The parser takes a NUL for the end of the text, and a carriage return alone for a line break,
/// which no editor shows as one.
fn unreadable_characters(text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, content) in (1u32..).zip(text.split('\n')) {
        let content = content.strip_suffix('\r').unwrap_or(content);
        let found = (1u32..)
            .zip(content.chars())
            .find(|(_, character)| *character < ' ' && *character != '\t');
        if let Some((column, character)) = found {
            problems.push(Problem {
                span: Span::at(Position::new(line, column)),
                message: format!(
                    "the control character U+{:04X} may not stand here",
                    u32::from(character)
                ),
                help: Some(format!(
                    "inside double quotes, write `\\u{:04x}`",
                    u32::from(character)
                )),
            });
        }
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    problems
}

/// Builds the tree from the parser's events.
struct Reader<'t> {
    lines: Vec<&'t str>,
    rewritten: &'t Rewritten<'t>,
    quoted: Quoted<'t>,
    /// The lists and maps that are not closed yet, the innermost last.
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    problems: Vec<Problem>,
}

/// A list or a map that is not closed yet.
enum Open {
    List {
        span: Span,
        items: Vec<Node>,
    },
    Map {
        span: Span,
        members: Vec<Member>,
        seen: BTreeSet<String>,
        key: Key,
    },
}

/// Which part of a member comes next.
enum Key {
    /// The key.
    Wanted,
    /// The value of this key.
    Known(String, Span),
    /// A value that is dropped, because its key is a problem.
    Refused,
}

impl Reader<'_> {
    fn read(&mut self) {
        for event in Parser::new_from_str(self.rewritten.text()) {
            match event {
                Ok((event, span)) => {
                    let end = self.end(&event, span.start).unwrap_or(span.end);
                    let at = self.span(span.start, end);
                    if self.event(event, at).is_none() {
                        return;
                    }
                }
                Err(error) => {
                    let at = self.span(*error.marker(), *error.marker());
                    let (message, help) = schema::explain(error.info());
                    self.report(at, message, help);
                    return;
                }
            }
            if self.problems.len() >= MAX_PROBLEMS {
                return;
            }
        }
    }

    /// Takes an event; `None` when reading cannot go on.
    fn event(&mut self, event: Event<'_>, at: Span) -> Option<()> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents > 1 {
                    self.report(at, "a second document starts here", Some("remove `---`"));
                    return None;
                }
                self.refuse_directives(at);
            }
            Event::Alias(_) => {
                self.report(
                    at,
                    "aliases are not allowed",
                    Some("write the value out, or put a text that starts with `*` in quotes"),
                );
                self.put(Node {
                    span: at,
                    value: Value::Null,
                });
            }
            Event::Scalar(content, style, anchor, tag) => {
                self.refuse_properties(at, anchor, tag.is_some());
                self.scalar(&content, style, at);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_properties(at, anchor, tag.is_some());
                self.open(Open::List {
                    span: at,
                    items: Vec::new(),
                })?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_properties(at, anchor, tag.is_some());
                self.open(Open::Map {
                    span: at,
                    members: Vec::new(),
                    seen: BTreeSet::new(),
                    key: Key::Wanted,
                })?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (span, value) = match self.open.pop()? {
                    Open::List { span, items } => (span, Value::List(items)),
                    Open::Map { span, members, .. } => (span, Value::Map(members)),
                };
                self.put(Node { span, value });
            }
        }
        Some(())
    }

    fn open(&mut self, open: Open) -> Option<()> {
        if self.open.len() >= MAX_NESTING {
            let (Open::List { span, .. } | Open::Map { span, .. }) = open;
            self.report(
                span,
                format!("lists and maps are nested more than {MAX_NESTING} deep"),
                None::<&str>,
            );
            return None;
        }
        self.open.push(open);
        Some(())
    }

    fn scalar(&mut self, content: &str, style: ScalarStyle, at: Span) {
        let wants_key = matches!(
            self.open.last(),
            Some(Open::Map {
                key: Key::Wanted,
                ..
            })
        );
        let content = match style {
            ScalarStyle::DoubleQuoted => self.rewritten.decoded(content),
            _ => self.rewritten.restored(content),
        };
        if style != ScalarStyle::Plain {
            let value = Value::Text(content);
            self.put(Node { span: at, value });
            return;
        }
        if wants_key && content == "<<" {
            self.report(
                at,
                "merge keys are not allowed",
                Some("write the members out"),
            );
            self.put_key(Key::Refused);
            return;
        }
        let value = schema::plain(&content).unwrap_or_else(|message| {
            self.report(
                at,
                message,
                Some("put it in quotes when it is meant as text"),
            );
            Value::Null
        });
        self.put(Node { span: at, value });
    }

    /// Puts a finished node where it belongs: as key, value, item or root.
    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { members, key, .. }) => match std::mem::replace(key, Key::Wanted) {
                Key::Known(key, key_span) => members.push(Member {
                    key,
                    key_span,
                    value: node,
                }),
                Key::Refused => {}
                Key::Wanted => self.key(node),
            },
        }
    }

    fn key(&mut self, node: Node) {
        let Value::Text(name) = node.value else {
            self.report(
                node.span,
                format!("a key must be a text, and this is {}", node.kind()),
                Some("put the key in quotes"),
            );
            self.put_key(Key::Refused);
            return;
        };
        let is_new = match self.open.last_mut() {
            Some(Open::Map { seen, .. }) => seen.insert(name.clone()),
            _ => true,
        };
        if is_new {
            self.put_key(Key::Known(name, node.span));
        } else {
            self.report(
                node.span,
                format!("the key {} is there twice", quote(&name)),
                Some("remove one of them"),
            );
            self.put_key(Key::Refused);
        }
    }

    fn put_key(&mut self, new: Key) {
        if let Some(Open::Map { key, .. }) = self.open.last_mut() {
            *key = new;
        }
    }

    fn refuse_properties(&mut self, at: Span, anchor: usize, has_tag: bool) {
        if anchor != 0 {
            self.report(
                at,
                "anchors are not allowed",
                Some("remove the `&…`, or put a text that starts with `&` in quotes"),
            );
        }
        if has_tag {
            self.report(
                at,
                "tags are not allowed",
                Some("remove the `!…`, or put a text that starts with `!` in quotes"),
            );
        }
    }

    /// Directives stand before the document and are no events.
    fn refuse_directives(&mut self, document: Span) {
        let before = usize::try_from(document.start.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let directive = self
            .lines
            .iter()
            .take(before)
            .position(|line| line.starts_with('%'));
        if let Some(line) = directive {
            let line = u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1);
            self.report(
                Span::at(Position::new(line, 1)),
                "directives are not allowed",
                Some("remove the line"),
            );
        }
    }

    fn report(&mut self, span: Span, message: impl Into<String>, help: Option<impl Into<String>>) {
        self.problems.push(Problem {
            span,
            message: message.into(),
            help: help.map(Into::into),
        });
    }

    /// The end of a quoted text on one line.
    fn end(&mut self, event: &Event<'_>, start: Marker) -> Option<Marker> {
        let Event::Scalar(_, ScalarStyle::DoubleQuoted | ScalarStyle::SingleQuoted, ..) = event
        else {
            return None;
        };
        let length = self.quoted.length(start.line(), start.col())?;
        let index = start.index().saturating_add(length);
        let column = start.col().saturating_add(length);
        Some(Marker::new(index, start.line(), column))
    }

    /// The span in the text as it was written. What goes on over several lines ends with its first.
    fn span(&self, start: Marker, end: Marker) -> Span {
        let line = start.line().max(1);
        // What is missing at the end is missed in a line behind the last one.
        if let (true, Some(last)) = (line > self.lines.len(), self.lines.last()) {
            let end = last.trim_end().chars().count().saturating_add(1);
            return Span::at(Position::new(
                u32::try_from(self.lines.len()).unwrap_or(u32::MAX),
                u32::try_from(end).unwrap_or(u32::MAX),
            ));
        }
        let column = self.rewritten.column(line, start.col());
        let end = if end.line() == start.line() {
            self.rewritten.column(line, end.col())
        } else {
            self.lines
                .get(line.saturating_sub(1))
                .map_or(column, |line| line.trim_end().chars().count())
        };
        Span {
            start: Position::new(
                u32::try_from(line).unwrap_or(u32::MAX),
                u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1),
            ),
            length: u32::try_from(end.saturating_sub(column))
                .unwrap_or(u32::MAX)
                .max(1),
        }
    }
}

#[cfg(test)]
mod tests;
