//! What a rule read, assigned and printed, for whoever asked for it.

use super::Evaluation;
use super::place::Key;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::observe::Observe;
use crate::operators;
use crate::outcome::{RuleTrace, TraceRead, TraceStep, TraceStepKind, TraceWrite};
use crate::source::Position;
use crate::tree::Root;
use crate::value::Value;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

/// How many reads and how many writes of a rule are kept.
const MOST_ENTRIES: usize = 1000;

/// How many steps of a rule are kept.
const MOST_STEPS: usize = 10_000;

/// Bytes of a text that are shown.
const LONGEST: usize = 200;

/// Collects the trace of a rule.
pub(crate) struct Recorder {
    trace: RuleTrace,
    seen: HashSet<String>,
    printed_bytes: usize,
    keeps_steps: bool,
}

impl Recorder {
    pub(crate) fn new(rule: &str, observe: Observe) -> Self {
        Self {
            trace: RuleTrace {
                name: rule.to_owned(),
                ..RuleTrace::default()
            },
            seen: HashSet::new(),
            printed_bytes: 0,
            keeps_steps: observe.keeps_steps(),
        }
    }

    pub(crate) fn finish(self) -> RuleTrace {
        self.trace
    }

    /// Keeps what was read, when it is the first time.
    fn read(&mut self, path: impl FnOnce() -> String, value: &Value<'_>, position: Position) {
        if self.trace.reads.len() >= MOST_ENTRIES {
            return;
        }
        let path = path();
        if self.seen.insert(path.clone()) {
            self.trace.reads.push(TraceRead {
                path,
                value: shown(value),
                line: position.line,
            });
        }
    }

    fn step(&mut self, position: Position, kind: TraceStepKind) {
        self.trace.steps.push(TraceStep { position, kind });
    }

    /// Keeps a line, as much of it as there is room for.
    pub(crate) fn print(&mut self, line: &str, room: usize) {
        let left = room.saturating_sub(self.printed_bytes);
        if left == 0 {
            return;
        }
        let kept = line.get(..line.floor_char_boundary(left)).unwrap_or(line);
        // An empty line takes room too, or endless ones would find some.
        self.printed_bytes = self
            .printed_bytes
            .saturating_add(kept.len())
            .saturating_add(1);
        self.trace.printed.push(kept.to_owned());
    }
}

impl<'a> Evaluation<'a, '_> {
    /// Takes note of a step, when steps are kept and there is room.
    #[inline]
    pub(super) fn record_step(&mut self, position: Position, kind: impl FnOnce() -> TraceStepKind) {
        if let Some(recorder) = &mut self.recorder
            && recorder.keeps_steps
            && recorder.trace.steps.len() < MOST_STEPS
        {
            recorder.step(position, kind());
        }
    }

    /// Takes note of a comparison.
    #[inline]
    pub(super) fn record_comparison(
        &mut self,
        position: Position,
        operator: &'static str,
        [left, right]: [&Value<'a>; 2],
        holds: &Value<'a>,
    ) {
        if let Value::Bool(holds) = holds {
            self.record_step(position, || TraceStepKind::Comparison {
                operator,
                left: shown(left),
                right: shown(right),
                holds: *holds,
            });
        }
    }

    pub(super) fn record_read(
        &mut self,
        root: Root,
        keys: &[Key<'a>],
        value: &Value<'a>,
        position: Position,
    ) {
        if matches!(root, Root::Local(_)) {
            return;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.read(|| path(root, keys), value, position);
        }
    }

    pub(super) fn record_fact(&mut self, name: &str, value: &Value<'a>, position: Position) {
        if let Some(recorder) = &mut self.recorder {
            recorder.read(|| format!("fact({:?})", shortened(name)), value, position);
        }
    }

    pub(super) fn record_write(&mut self, root: Root, keys: &[Key<'a>], position: Position) {
        if self.recorder.is_none() {
            return;
        }
        let mut value = match root {
            Root::User => self.session.user.clone(),
            _ => self.session.context().clone(),
        };
        // A meter of its own: a trace must not change what a rule may spend.
        let mut meter = Meter::new(Limits::HIGHEST);
        for key in keys {
            value = operators::index(&value, &key.value, &mut meter).unwrap_or_default();
        }
        if let Some(recorder) = &mut self.recorder
            && recorder.trace.writes.len() < MOST_ENTRIES
        {
            recorder.trace.writes.push(TraceWrite {
                path: path(root, keys),
                value: shown(&value),
                line: position.line,
            });
        }
    }
}

/// How many bytes of a path are kept.
const LONGEST_PATH: usize = 500;

/// A path as it is written in a rule.
pub(super) fn path(root: Root, keys: &[Key<'_>]) -> String {
    let mut path = match root {
        Root::User => "user",
        Root::Context => "context",
        Root::Configuration => "configuration",
        Root::Local(_) => "",
    }
    .to_owned();
    for key in keys {
        // Writing to a text does not fail.
        let _ = match &key.value {
            Value::Text(name) if name.as_str().len() <= LONGEST && is_name(name.as_str()) => {
                write!(path, ".{}", name.as_str())
            }
            Value::Text(name) => write!(path, "[{:?}]", shortened(name.as_str())),
            other => write!(path, "[{other:?}]"),
        };
        if path.len() > LONGEST_PATH {
            path.truncate(path.floor_char_boundary(LONGEST_PATH));
            path.push('…');
            break;
        }
    }
    path
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A value as the trace shows it: arrays and maps of the login by their size, those that the rule
/// built with their members.
fn shown(value: &Value<'_>) -> Json {
    match value {
        Value::Unit => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Float(value) => json!(value),
        Value::Char(value) => json!(value.to_string()),
        Value::Text(text) => shown_text(text.as_str()),
        Value::Secret(_) => json!(crate::secret::MASK),
        Value::Map(map)
            if map.base().is_none() && map.len() <= MOST_MEMBERS && map.depth() <= 2 =>
        {
            Json::Object(
                map.changes()
                    .filter_map(|(key, value)| {
                        Some((shortened(key.as_str()).into_owned(), shown(value?)))
                    })
                    .collect(),
            )
        }
        other => match (other.as_array(), other.as_map()) {
            (Some(items), _) => json!(format!("array of {}", items.len())),
            (_, Some(members)) => json!(format!("map of {}", members.len())),
            _ => json!(other.type_name()),
        },
    }
}

/// How many members of a map are shown.
const MOST_MEMBERS: usize = 20;

/// A text, cut when it is long.
fn shown_text(text: &str) -> Json {
    json!(shortened(text))
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.get(..text.floor_char_boundary(LONGEST)) {
        Some(start) if start.len() < text.len() => Cow::Owned(format!("{start}…")),
        _ => Cow::Borrowed(text),
    }
}
