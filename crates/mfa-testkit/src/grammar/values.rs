//! Expressions by type.

use super::code::{Code, code};
use super::{Grammar, Type};

impl Grammar<'_> {
    /// An expression that usually gives a value of this type.
    pub(super) fn value(&mut self, ty: Type, depth: usize) -> Code {
        if self.bytes.chance(self.mistakes) {
            let odd = self.any_type();
            let value = self.flat(|grammar| grammar.leaf(odd));
            // A block, because Rhai's parser refuses some literals where only a boolean makes sense.
            return code!("({{ {} }})", value);
        }
        // The language limits how deeply statements and expressions together are nested.
        let depth = if self.indent > 2 { depth.min(2) } else { depth };
        if !self.may_nest(depth) {
            return self.leaf(ty);
        }
        match self.bytes.below(16) {
            0..=2 => self.leaf(ty),
            3 => match self.login_read(ty) {
                Some(read) => read,
                None => self.leaf(ty),
            },
            4 => self.choice(ty, depth),
            5 => self.call(ty, depth),
            7 | 8 => self.reading(ty, depth.saturating_sub(1)),
            6 => match self.bytes.below(6) {
                0 => self.block_value(ty, depth),
                1 => self.loop_value(ty, depth),
                2 => self.record_read(ty, depth),
                _ => self.call_closure(ty, depth),
            },
            _ => self.computed(ty, depth),
        }
    }

    /// The same without a line break.
    pub(super) fn flat_value(&mut self, ty: Type, depth: usize) -> Code {
        self.flat(|grammar| grammar.value(ty, depth))
    }

    /// An expression without parts: a variable, a read of the login, or a literal.
    pub(super) fn leaf(&mut self, ty: Type) -> Code {
        match self.bytes.below(6) {
            0 => self.literal(ty),
            1..=3 => match self.variable(|variable| variable.ty == ty) {
                Some(variable) => Code::same(&variable.name),
                None => match self.login_read(ty) {
                    Some(read) => read,
                    None => self.literal(ty),
                },
            },
            _ => match self.login_read(ty) {
                Some(read) => read,
                None => self.literal(ty),
            },
        }
    }

    pub(super) fn literal(&mut self, ty: Type) -> Code {
        match ty {
            Type::Bool => Code::same(self.bytes.text(&["false", "true"])),
            Type::Int => self.int_literal(),
            Type::Float => Code::same(self.bytes.text(&[
                "1.5",
                "0.0",
                "-0.0",
                "0.1",
                "3.0",
                "-2.5",
                "1e20",
                "123456.789",
                "1e-7",
                "1e308",
            ])),
            Type::Text => Code::same(self.bytes.text(&[
                "\"alpha\"",
                "\"\"",
                "\"admin\"",
                "\"app-1\"",
                "\"a,b,,c\"",
                "\"DE\"",
                "`guardian`",
                "\"ünï \\\"q\\\" ✓\"",
                "\"ann@example.com\"",
                "\" x \"",
                "\"42\"",
                "\"4.5\"",
                "\"tab\\t\\x41\\u00fc\\U0001F980\"",
                "`back ü`",
            ])),
            Type::Char => Code::same(self.bytes.text(&["'a'", "'@'", "'ü'", "' '", "'A'", "'0'"])),
            Type::Ints => {
                let items = self.literals(Type::Int);
                code!("[{}]", items)
            }
            Type::Texts => {
                let items = self.literals(Type::Text);
                code!("[{}]", items)
            }
            Type::Map | Type::Record(_) => {
                let (a, b, c) = (
                    self.literal(Type::Int),
                    self.literal(Type::Text),
                    self.literal(Type::Ints),
                );
                match self.bytes.below(4) {
                    0 => code!("#{{ a: {}, b: {}, c: {} }}", a, b, c),
                    1 => code!("#{{ a: {}, \"ключ\": {} }}", a, b),
                    2 => code!("#{{ b: {}, c: {} }}", b, c),
                    _ => Code::same("#{}"),
                }
            }
            Type::Records(_) => Code::same("[]"),
        }
    }

    fn literals(&mut self, ty: Type) -> Code {
        let mut items = Code::same("");
        for number in 0..self.bytes.pick(&[3, 1, 0, 2, 5]).unwrap_or(0) {
            let item = self.literal(ty);
            let separator = if number == 0 { "" } else { ", " };
            items = code!("{}{}{}", items, separator, item);
        }
        items
    }

    fn int_literal(&mut self) -> Code {
        let byte = self.bytes.byte();
        match byte {
            0..=150 => Code::same(&(byte % 20).to_string()),
            151..=200 => Code::same(&byte.to_string()),
            201..=235 => code!("-{}", byte.wrapping_sub(200).to_string()),
            236..=240 => Code::same(&i64::MAX.to_string()),
            241..=243 => Code::same("1_767_603_600_000"),
            244 | 245 => Code::same("0xff"),
            246 => Code::same("0b1011"),
            247 => Code::same("0o17"),
            _ => Code::same(&self.bytes.long().saturating_abs().to_string()),
        }
    }

    /// An expression that computes a value of this type.
    fn computed(&mut self, ty: Type, depth: usize) -> Code {
        let inner = depth.saturating_sub(1);
        match ty {
            Type::Bool => self.condition(inner),
            Type::Int => self.int(inner),
            Type::Float => self.float(inner),
            Type::Text => self.text(inner),
            Type::Char => {
                let (text, index) = (self.postfix(Type::Text, inner), self.index());
                code!("{}[{}]", text, index)
            }
            Type::Ints => self.ints(inner),
            Type::Texts => self.texts(inner),
            Type::Map => self.map(inner),
            Type::Record(_) | Type::Records(_) => self.leaf(ty),
        }
    }

    /// An expression that a method or an index can follow.
    pub(super) fn postfix(&mut self, ty: Type, depth: usize) -> Code {
        let value = self.value(ty, depth);
        if value.rule.starts_with(['-', '`', '"']) || value.rule.ends_with('.') {
            code!("({})", value)
        } else {
            value
        }
    }

    fn index(&mut self) -> Code {
        match self.bytes.below(6) {
            0..=2 => Code::same("0"),
            3 => Code::same("-1"),
            4 => Code::same(self.bytes.text(&["1", "2", "-2", "9"])),
            _ => self.flat(|grammar| grammar.leaf(Type::Int)),
        }
    }

    fn int(&mut self, depth: usize) -> Code {
        match self.bytes.below(20) {
            0..=4 => {
                let (left, right) = (
                    self.flat_value(Type::Int, depth),
                    self.flat_value(Type::Int, depth),
                );
                let operator = self.bytes.text(&[
                    "+", "-", "*", "/", "%", "+", "-", "**", "<<", ">>", "&", "|", "^",
                ]);
                code!("({} {} {})", left, operator, right)
            }
            5 => {
                let operand = self.flat_value(Type::Int, depth);
                code!("(-({}))", operand)
            }
            6 => {
                let text = self.postfix(Type::Text, depth);
                let len = self.bytes.text(&["len()", "len"]);
                code!("{}.{}", text, len)
            }
            7 => {
                let items = self.list(depth);
                code!("{}.len()", items)
            }
            8 => {
                let (text, part) = (
                    self.postfix(Type::Text, depth),
                    self.flat_value(Type::Text, depth),
                );
                code!("{}.index_of({})", text, part)
            }
            9 => {
                let (items, item) = (
                    self.postfix(Type::Ints, depth),
                    self.flat_value(Type::Int, depth),
                );
                code!("{}.index_of({})", items, item)
            }
            10 => {
                let (items, index) = (self.postfix(Type::Ints, depth), self.index());
                code!("{}[{}]", items, index)
            }
            11 => {
                let (left, right) = (
                    self.flat_value(Type::Int, depth),
                    self.flat_value(Type::Int, depth),
                );
                let function = self.bytes.text(&["max", "min"]);
                code!("{}({}, {})", function, left, right)
            }
            12 => {
                let operand = self.flat_value(Type::Int, depth);
                code!("abs({})", operand)
            }
            13 => {
                let operand = self.flat_value(Type::Float, depth);
                code!("to_int({})", operand)
            }
            14 => {
                let text = self.flat_value(Type::Text, depth);
                code!("parse_int({})", text)
            }
            15 => self.reduce(Type::Int, depth),
            17 => self.search(Type::Int, "index_of", depth),
            18 => self.search(Type::Text, "index_of", depth),
            19 => self.search(Type::Int, "find", depth),
            _ => {
                let map = self.local_map(depth);
                code!("{}.a", map)
            }
        }
    }

    fn float(&mut self, depth: usize) -> Code {
        match self.bytes.below(9) {
            0..=3 => {
                let types = [
                    (Type::Float, Type::Float),
                    (Type::Int, Type::Float),
                    (Type::Float, Type::Int),
                ];
                let (left, right) = self
                    .bytes
                    .pick(&types)
                    .unwrap_or((Type::Float, Type::Float));
                let (left, right) = (self.flat_value(left, depth), self.flat_value(right, depth));
                let operator = self.bytes.text(&["+", "-", "*", "/", "%", "**"]);
                code!("({} {} {})", left, operator, right)
            }
            4 => {
                let operand = self.flat_value(Type::Int, depth);
                code!("to_float({})", operand)
            }
            5 => {
                let operand = self.flat_value(Type::Float, depth);
                let method = self.bytes.text(&["floor", "round", "ceiling", "abs"]);
                code!("({}).{}()", operand, method)
            }
            6 => {
                let text = self.flat_value(Type::Text, depth);
                code!("parse_float({})", text)
            }
            7 => {
                let (left, right) = (self.time(), self.time());
                let function =
                    self.bytes
                        .text(&["days_between", "hours_between", "minutes_between"]);
                code!("{}({}, {})", function, left, right)
            }
            _ => {
                let mut numbers = Code::same("");
                for number in 0..4 {
                    let value = self.flat(|grammar| grammar.leaf(Type::Float));
                    let separator = if number == 0 { "" } else { ", " };
                    numbers = code!("{}{}{}", numbers, separator, value);
                }
                code!("distance_km({})", numbers)
            }
        }
    }

    /// An instant, or `()`.
    pub(super) fn time(&mut self) -> Code {
        match self.bytes.below(5) {
            0 | 1 => Code::same("now()"),
            2 => Code::same("parse_time(\"2026-01-04T23:30:00+02:00\")"),
            3 => {
                let text = self.flat(|grammar| grammar.leaf(Type::Text));
                code!("parse_time({})", text)
            }
            _ if self.frame.roots.contains(&"user") => Code::same("parse_time(user.created_at)"),
            _ => Code::same("parse_time(())"),
        }
    }

    fn text(&mut self, depth: usize) -> Code {
        match self.bytes.below(18) {
            0 | 1 => {
                let (left, right) = (
                    self.flat_value(Type::Text, depth),
                    self.flat_value(Type::Text, depth),
                );
                code!("({} + {})", left, right)
            }
            2 => {
                let ty = self.any_type();
                let (text, other) = (
                    self.flat_value(Type::Text, depth),
                    self.flat_value(ty, depth),
                );
                code!("({} + {})", text, other)
            }
            3..=5 => self.interpolation(depth),
            6 => {
                let text = self.postfix(Type::Text, depth);
                let method = self.bytes.text(&["to_upper", "to_lower"]);
                code!("{}.{}()", text, method)
            }
            7 => {
                let (text, start) = (self.postfix(Type::Text, depth), self.index());
                code!("{}.sub_string({})", text, start)
            }
            8 => {
                let (text, start, length) = (
                    self.postfix(Type::Text, depth),
                    self.index(),
                    self.flat(|grammar| grammar.leaf(Type::Int)),
                );
                code!("{}.sub_string({}, {})", text, start, length)
            }
            9 => {
                let ty = self.any_type();
                let value = self.flat_value(ty, depth);
                code!("({}).to_string()", value)
            }
            10 => {
                let (items, index) = (self.postfix(Type::Texts, depth), self.index());
                code!("{}[{}]", items, index)
            }
            11 => {
                let map = self.local_map(depth);
                code!("{}.b", map)
            }
            12 => {
                let text = self.flat_value(Type::Text, depth);
                let function = self
                    .bytes
                    .text(&["sha256_hex", "md5_hex", "sha1_hex", "base64"]);
                code!("{}({})", function, text)
            }
            13 => {
                let text = self.flat_value(Type::Text, depth);
                code!("(email_domain({}) ?? \"none\")", text)
            }
            14 => self.reduce(Type::Text, depth),
            16 => self.search(Type::Text, "find", depth),
            15 => {
                let text = self.postfix(Type::Text, depth);
                let range = self
                    .bytes
                    .text(&["0..1", "0..=1", "1..3", "-2..0", "0..99"]);
                // A method of such a part writes the text in Rhai, even when it only reads; and
                // what a `?.` skips would reach beyond the twin's `h_`.
                code!(
                    "({} ?? \"\")[{}]" | "({{ let h_ = ({} ?? \"\"); h_[{}] }})",
                    text,
                    range
                )
            }
            _ => {
                let (char, text) = (
                    self.flat_value(Type::Char, depth),
                    self.flat_value(Type::Text, depth),
                );
                code!("({} + {})", char, text)
            }
        }
    }

    fn interpolation(&mut self, depth: usize) -> Code {
        let mut parts = Code::same("");
        for _ in 0..=self.bytes.below(3) {
            let ty = self.any_type();
            let value = self.flat_value(ty, depth);
            // A text in backticks does not nest inside of another here, to keep the lines legible.
            let value = if value.rule.contains('`') {
                self.flat(|grammar| grammar.literal(Type::Int))
            } else {
                value
            };
            let text = self.bytes.text(&["", "x", " ü=", "$ {", "\\\"", "-"]);
            parts = code!("{}{}${{{}}}", parts, text, value);
        }
        code!("`{}`", parts)
    }

    fn ints(&mut self, depth: usize) -> Code {
        match self.bytes.below(8) {
            0 | 1 => {
                let (first, second) = (
                    self.flat_value(Type::Int, depth),
                    self.flat_value(Type::Int, depth),
                );
                code!("[{}, {}]", first, second)
            }
            2 => {
                let (left, right) = (
                    self.flat_value(Type::Ints, depth),
                    self.flat_value(Type::Ints, depth),
                );
                code!("({} + {})", left, right)
            }
            3 => self.map_items(Type::Int, depth),
            4 | 5 => self.filter(Type::Int, depth),
            6 => {
                let map = self.local_map(depth);
                code!("{}.c", map)
            }
            _ => self.leaf(Type::Ints),
        }
    }

    fn texts(&mut self, depth: usize) -> Code {
        match self.bytes.below(9) {
            0 | 1 => {
                let (text, separator) = (
                    self.postfix(Type::Text, depth),
                    self.bytes.text(&["\",\"", "\" \"", "','", "\"\""]),
                );
                code!("{}.split({})", text, separator)
            }
            2 => {
                let text = self.flat_value(Type::Text, depth);
                code!("split_csv({})", text)
            }
            3 => self.map_items(Type::Text, depth),
            4 | 5 => self.filter(Type::Text, depth),
            6 => {
                let map = self.any_map(depth);
                code!("{}.keys()", map)
            }
            7 => {
                let (left, right) = (
                    self.flat_value(Type::Texts, depth),
                    self.flat_value(Type::Texts, depth),
                );
                code!("({} + {})", left, right)
            }
            _ => self.leaf(Type::Texts),
        }
    }

    fn map(&mut self, depth: usize) -> Code {
        match self.bytes.below(5) {
            4 => self.map_members(depth),
            0 | 1 => {
                let (a, b, c) = (
                    self.flat_value(Type::Int, depth),
                    self.flat_value(Type::Text, depth),
                    self.flat_value(Type::Ints, depth),
                );
                code!("#{{ a: {}, b: {}, c: {} }}", a, b, c)
            }
            2 => {
                let (left, right) = (
                    self.flat(|grammar| grammar.leaf(Type::Map)),
                    self.flat(|grammar| grammar.leaf(Type::Map)),
                );
                code!("({} + {})", left, right)
            }
            _ => self.leaf(Type::Map),
        }
    }

    /// An array of any type, that a method can follow.
    pub(super) fn list(&mut self, depth: usize) -> Code {
        let ty = self.bytes.pick(&[Type::Texts, Type::Ints]);
        self.postfix(ty.unwrap_or(Type::Texts), depth)
    }

    /// A map with the members of [`Type::Map`].
    fn local_map(&mut self, depth: usize) -> Code {
        let variable = self.variable(|variable| variable.ty == Type::Map);
        if let Some(variable) = variable {
            return Code::same(&variable.name);
        }
        let map = self.flat(|grammar| grammar.map(depth));
        code!("({})", map)
    }

    /// A map of any kind.
    pub(super) fn any_map(&mut self, depth: usize) -> Code {
        match self.login_map() {
            Some(map) if self.bytes.chance(60) => map,
            _ => self.local_map(depth),
        }
    }

    /// A member of an element of an array of maps.
    fn record_read(&mut self, ty: Type, depth: usize) -> Code {
        let Some(variable) = self.variable(|variable| matches!(variable.ty, Type::Record(_)))
        else {
            return self.computed(ty, depth);
        };
        let Type::Record(members) = variable.ty else {
            return self.leaf(ty);
        };
        let fitting: Vec<&'static str> = members
            .iter()
            .filter(|(_, shape)| super::paths::type_of(*shape) == ty)
            .map(|(name, _)| *name)
            .collect();
        match self.bytes.pick(&fitting) {
            Some(name) => Code::same(&format!("{}.{name}", variable.name)),
            None => self.leaf(ty),
        }
    }
}
