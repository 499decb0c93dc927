//! Conditions.

use super::code::{Code, code};
use super::{Grammar, Type};

impl Grammar<'_> {
    /// An expression that gives a boolean.
    pub(super) fn condition(&mut self, depth: usize) -> Code {
        match self.bytes.below(22) {
            0..=3 => self.comparison(depth),
            4 | 5 => {
                let ty = self.any_type();
                let other = if self.bytes.chance(15) {
                    self.any_type()
                } else {
                    ty
                };
                let (left, right) = (self.flat_value(ty, depth), self.flat_value(other, depth));
                let operator = self.bytes.text(&["==", "!="]);
                code!("({} {} {})", left, operator, right)
            }
            6 => {
                let operand = self.flat_value(Type::Bool, depth);
                code!("!({})", operand)
            }
            7 | 8 => {
                let (left, right) = (
                    self.flat_value(Type::Bool, depth),
                    self.flat_value(Type::Bool, depth),
                );
                let operator = self.bytes.text(&["&&", "||", "&", "|", "^"]);
                code!("({} {} {})", left, operator, right)
            }
            9 | 10 => self.membership(depth),
            11 | 12 => {
                let (text, part) = (
                    self.postfix(Type::Text, depth),
                    self.flat_value(Type::Text, depth),
                );
                let method = self.bytes.text(&["contains", "starts_with", "ends_with"]);
                code!("{}.{}({})", text, method, part)
            }
            13 => {
                let items = self.list(depth);
                code!("{}.is_empty()", items)
            }
            14 | 15 => {
                let ty = self.any_type();
                let value = self.flat_value(ty, depth);
                let function = self.bytes.text(&[
                    "truthy",
                    "is_array",
                    "is_string",
                    "is_number",
                    "is_bool",
                    "is_map",
                    "is_missing",
                ]);
                code!("{}({})", function, value)
            }
            16 | 17 => self.quantified(depth),
            18 => {
                let text = self.flat_value(Type::Text, depth);
                code!("has_word({}, \"openid\")", text)
            }
            19 => {
                let range = self.bytes.text(&[
                    "\"10.0.0.0/8\"",
                    "[\"203.0.113.0/24\", \"::1/128\"]",
                    "configuration.RANGES",
                    "\"2001:db8::1/32\"",
                ]);
                if range == "configuration.RANGES" && !self.frame.roots.contains(&"configuration") {
                    return Code::same("true");
                }
                let address = if self.frame.roots.contains(&"context") {
                    Code::same("context.request.ip")
                } else {
                    self.flat(|grammar| grammar.leaf(Type::Text))
                };
                code!("ip_in_range({}, {})", address, range)
            }
            20 => {
                let text = self.flat_value(Type::Text, depth);
                let pattern = self.bytes.text(&[
                    "\"^a\"",
                    "\"[a-z]+@\"",
                    "`\\d+$`",
                    "\"(?i)ADMIN\"",
                    "\"ü|✓\"",
                ]);
                code!("matches({}, {})", text, pattern)
            }
            _ => {
                let map = self.any_map(depth);
                let key = self
                    .bytes
                    .text(&["\"a\"", "\"provider\"", "\"ip\"", "\"\""]);
                code!("{}.contains({})", map, key)
            }
        }
    }

    fn comparison(&mut self, depth: usize) -> Code {
        if self.bytes.chance(8) {
            let (left, right) = (self.time(), self.time());
            return ordered(&left, "<", &right);
        }
        let types = [
            (Type::Int, Type::Int),
            (Type::Float, Type::Int),
            (Type::Int, Type::Float),
            (Type::Text, Type::Text),
            (Type::Float, Type::Float),
            (Type::Char, Type::Text),
            (Type::Char, Type::Char),
        ];
        let (left, right) = self.bytes.pick(&types).unwrap_or((Type::Int, Type::Int));
        let (left, right) = (self.flat_value(left, depth), self.flat_value(right, depth));
        let operator = self.bytes.text(&[">", "<", ">=", "<="]);
        ordered(&left, operator, &right)
    }

    fn membership(&mut self, depth: usize) -> Code {
        let (needle, haystack) = match self.bytes.below(5) {
            0 | 1 => (
                self.flat_value(Type::Text, depth),
                self.flat_value(Type::Texts, depth),
            ),
            2 => (
                self.flat_value(Type::Int, depth),
                self.flat_value(Type::Ints, depth),
            ),
            3 => {
                let range = self.bytes.text(&["0..10", "0..=200", "-5..5"]);
                let needle = self.flat_value(Type::Int, depth);
                (needle, code!("({})", range))
            }
            _ => {
                let part = self.bytes.pick(&[Type::Text, Type::Char]);
                (
                    self.flat_value(part.unwrap_or(Type::Text), depth),
                    self.flat_value(Type::Text, depth),
                )
            }
        };
        let operator = self.bytes.text(&["in", "!in"]);
        code!("({} {} {})", needle, operator, haystack)
    }
}

/// A comparison by order. Rhai gives false where the language fails, so the twin checks first.
pub(super) fn ordered(left: &Code, operator: &str, right: &Code) -> Code {
    code!(
        "({} {} {})" | "({{ let l_ = {0}; let r_ = {2}; ordered_(l_, r_); l_ {1} r_ }})",
        left,
        operator,
        right
    )
}
