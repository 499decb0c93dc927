//! Host functions that are called alike, from a table.

use super::code::{Code, code};
use super::{Access, Grammar, Type};

/// What is put where an argument is.
#[derive(Debug, Clone, Copy)]
enum Argument {
    /// A value of a type.
    Of(Type),
    /// One of these texts.
    One(&'static [&'static str]),
}

use Argument::{Of, One};

const INDEX: Argument = One(&["0", "1", "-1", "2", "-9", "99"]);
const RANGE: Argument = One(&["0..2", "1..=2", "0..=0", "-2..1", "1..99", "3..1"]);
const KEY: Argument = One(&["\"a\"", "\"b\"", "\"z\"", "\"\""]);
const ZONE: Argument = One(&[
    "\"Europe/Berlin\"",
    "\"America/New_York\"",
    "\"UTC\"",
    "\"Mars/Base\"",
]);
const CHARS: Argument = One(&["'a'", "'@'", "'ü'"]);
const TIME: &[&str] = &[
    "now()",
    "parse_time(1700000000)",
    "parse_time(\"2026-03-29\")",
];

/// Functions that only read: the first argument, the name, the others, and the result.
const READING: &[(Argument, &str, &[Argument], Type)] = &[
    (Of(Type::Text), "sub_string", &[RANGE], Type::Text),
    (Of(Type::Text), "split", &[], Type::Texts),
    (Of(Type::Text), "split", &[INDEX], Type::Texts),
    (
        Of(Type::Text),
        "split",
        &[Of(Type::Text), INDEX],
        Type::Texts,
    ),
    (Of(Type::Text), "split", &[CHARS, INDEX], Type::Texts),
    (
        Of(Type::Text),
        "parse_int",
        &[One(&["16", "2", "36", "1", "10"])],
        Type::Int,
    ),
    (
        Of(Type::Text),
        "index_of",
        &[Of(Type::Text), INDEX],
        Type::Int,
    ),
    (Of(Type::Text), "index_of", &[CHARS], Type::Int),
    (Of(Type::Text), "contains", &[CHARS], Type::Bool),
    (Of(Type::Text), "get", &[INDEX], Type::Char),
    (Of(Type::Text), "is_empty", &[], Type::Bool),
    (Of(Type::Ints), "get", &[INDEX], Type::Int),
    (Of(Type::Texts), "get", &[INDEX], Type::Text),
    (Of(Type::Ints), "contains", &[Of(Type::Int)], Type::Bool),
    (Of(Type::Ints), "contains", &[Of(Type::Float)], Type::Bool),
    (Of(Type::Texts), "contains", &[Of(Type::Text)], Type::Bool),
    (
        Of(Type::Ints),
        "index_of",
        &[Of(Type::Int), INDEX],
        Type::Int,
    ),
    (Of(Type::Texts), "index_of", &[Of(Type::Text)], Type::Int),
    (Of(Type::Map), "get", &[KEY], Type::Int),
    (Of(Type::Map), "len", &[], Type::Int),
    (Of(Type::Map), "is_empty", &[], Type::Bool),
    (Of(Type::Map), "contains", &[KEY], Type::Bool),
    (Of(Type::Map), "values", &[], Type::Ints),
    (Of(Type::Map), "to_string", &[], Type::Text),
    (Of(Type::Char), "to_string", &[], Type::Text),
    (Of(Type::Char), "to_upper", &[], Type::Char),
    (Of(Type::Float), "to_int", &[], Type::Int),
    (Of(Type::Int), "to_float", &[], Type::Float),
    (Of(Type::Float), "to_string", &[], Type::Text),
    (Of(Type::Float), "max", &[Of(Type::Int)], Type::Float),
    (Of(Type::Int), "min", &[Of(Type::Float)], Type::Float),
    (Of(Type::Char), "max", &[CHARS], Type::Char),
    (Of(Type::Int), "to_int", &[], Type::Int),
    (
        One(&["(0..5)", "(2..=9)", "(5..0)", "range(0, 9)"]),
        "contains",
        &[Of(Type::Int)],
        Type::Bool,
    ),
    (
        One(&["(0..5)", "(2..=9)", "(5..0)", "(3..3)"]),
        "is_empty",
        &[],
        Type::Bool,
    ),
    (One(TIME), "weekday", &[], Type::Int),
    (One(TIME), "weekday", &[ZONE], Type::Int),
    (One(TIME), "hour", &[ZONE], Type::Int),
    (One(TIME), "date", &[], Type::Text),
    (One(TIME), "date", &[ZONE], Type::Text),
    (Of(Type::Text), "ip_equal", &[Of(Type::Text)], Type::Bool),
    (Of(Type::Text), "is_ip", &[], Type::Bool),
    (Of(Type::Texts), "has_word", &[Of(Type::Text)], Type::Bool),
    (
        Of(Type::Text),
        "hmac_sha256_hex",
        &[Of(Type::Text)],
        Type::Text,
    ),
];

/// Functions that change the first argument.
const CHANGING: &[(Type, &str, &[Argument])] = &[
    (Type::Ints, "push", &[Of(Type::Int)]),
    (Type::Texts, "push", &[Of(Type::Text)]),
    (Type::Ints, "insert", &[INDEX, Of(Type::Int)]),
    (Type::Texts, "insert", &[INDEX, Of(Type::Text)]),
    (Type::Ints, "reverse", &[]),
    (Type::Texts, "reverse", &[]),
    (Type::Ints, "dedup", &[]),
    (Type::Texts, "dedup", &[]),
    (Type::Ints, "sort", &[]),
    (Type::Texts, "sort", &[]),
    (Type::Ints, "set", &[INDEX, Of(Type::Int)]),
    (Type::Texts, "set", &[INDEX, Of(Type::Text)]),
    (Type::Ints, "clear", &[]),
    (Type::Ints, "remove", &[INDEX]),
    (Type::Texts, "remove", &[INDEX]),
    (Type::Ints, "pop", &[]),
    (Type::Texts, "pop", &[]),
    (Type::Map, "set", &[KEY, Of(Type::Int)]),
    (Type::Map, "remove", &[KEY]),
    (Type::Map, "clear", &[]),
    (Type::Map, "mixin", &[Of(Type::Map)]),
    (Type::Text, "trim", &[]),
    (Type::Text, "replace", &[Of(Type::Text), Of(Type::Text)]),
    (Type::Text, "replace", &[CHARS, CHARS]),
    (Type::Text, "remove", &[Of(Type::Text)]),
    (Type::Text, "set", &[INDEX, CHARS]),
    (Type::Text, "clear", &[]),
];

impl Grammar<'_> {
    /// A call of a function that gives this type.
    pub(super) fn reading(&mut self, ty: Type, depth: usize) -> Code {
        let fitting: Vec<_> = READING.iter().filter(|entry| entry.3 == ty).collect();
        let Some((receiver, name, arguments, _)) = self.bytes.pick(&fitting) else {
            return self.leaf(ty);
        };
        let receiver = match receiver {
            Of(ty) => self.flat(|grammar| grammar.postfix(*ty, depth)),
            One(texts) => Code::same(self.bytes.text(texts)),
        };
        let arguments = Code::list(&self.arguments(arguments, depth));
        if self.bytes.chance(30) {
            let separator = if arguments.rule.is_empty() { "" } else { ", " };
            code!("{}({}{}{})", name, receiver, separator, arguments)
        } else {
            code!("({}).{}({})", receiver, name, arguments)
        }
    }

    fn arguments(&mut self, arguments: &[Argument], depth: usize) -> Vec<Code> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(match argument {
                Of(ty) => self.flat_value(*ty, depth),
                One(texts) => Code::same(self.bytes.text(texts)),
            });
        }
        values
    }

    /// Changes a variable by a function.
    pub(super) fn changing(&mut self) {
        let variable = self.variable(|variable| {
            variable.access == Access::Change && CHANGING.iter().any(|entry| entry.0 == variable.ty)
        });
        let Some(variable) = variable.filter(|_| !self.bytes.chance(30)) else {
            return self.changing_call();
        };
        let fitting: Vec<_> = CHANGING
            .iter()
            .filter(|entry| entry.0 == variable.ty)
            .collect();
        let Some((_, name, arguments)) = self.bytes.pick(&fitting) else {
            return;
        };
        let arguments = Code::list(&self.arguments(arguments, 2));
        let gives = matches!(*name, "pop" | "remove") && variable.ty != Type::Text;
        let result = if gives && self.bytes.chance(50) {
            format!("let {} = ", self.fresh_name())
        } else {
            String::new()
        };
        let statement = code!("{}{}.{}({});", result, variable.name, name, arguments);
        self.line(&statement);
    }

    /// Changes a variable by a call in the form of a function. It is no other than a method for a
    /// variable that no closure captures, so it has one of its own.
    fn changing_call(&mut self) {
        let Some((ty, name, arguments)) = self.bytes.pick(CHANGING) else {
            return;
        };
        let variable = self.fresh_name();
        let value = self.flat(|grammar| grammar.literal(ty));
        let mut arguments = self.arguments(arguments, 2);
        arguments.insert(0, Code::same(&variable));
        self.line(&code!("let {} = {};", variable, value));
        let call = code!("{}({});", name, Code::list(&arguments));
        self.line(&call);
        if self.frame.writes {
            self.store("user", "called", &Code::same(&variable));
        }
    }

    /// A call of a function that changes something of this type: its name and its arguments.
    pub(super) fn change_of(&mut self, ty: Type) -> Option<(&'static str, Vec<Code>)> {
        let fitting: Vec<_> = CHANGING.iter().filter(|entry| entry.0 == ty).collect();
        let (_, name, arguments) = self.bytes.pick(&fitting)?;
        let arguments = self.arguments(arguments, 2);
        Some((name, arguments))
    }
}
