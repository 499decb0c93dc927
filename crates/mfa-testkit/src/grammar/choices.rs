//! Expressions with statements in them: `if`, `switch`, blocks, loops.

use super::code::{Code, code};
use super::{Access, Grammar, Type};

impl Grammar<'_> {
    /// `if` or `switch` as an expression.
    pub(super) fn choice(&mut self, ty: Type, depth: usize) -> Code {
        let inner = depth.saturating_sub(1);
        if self.bytes.chance(60) || self.single_line > 0 {
            let condition = self.flat_value(Type::Bool, inner);
            let (then, otherwise) = (self.flat_value(ty, inner), self.flat_value(ty, inner));
            return code!("(if {} {{ {} }} else {{ {} }})", condition, then, otherwise);
        }
        let (subject, arms) = self.arms(inner, |grammar| grammar.flat_value(ty, inner));
        code!("(switch {} {{\n{}}})", subject, arms)
    }

    /// The subject and the arms of a `switch`, a line each.
    pub(super) fn arms(
        &mut self,
        depth: usize,
        mut body: impl FnMut(&mut Self) -> Code,
    ) -> (Code, Code) {
        let ty = self
            .bytes
            .pick(&[Type::Int, Type::Text, Type::Int, Type::Bool, Type::Char]);
        let ty = ty.unwrap_or(Type::Int);
        let subject = self.flat_value(ty, depth);
        let subject = code!("({})", subject);
        let mut seen: Vec<String> = Vec::new();
        let arms = self.nested(|grammar| {
            for _ in 0..=grammar.bytes.below(3) {
                let mut pattern = match ty {
                    Type::Int => grammar.bytes.text(&[
                        "0",
                        "1 | 2 | 3",
                        "4..9",
                        "10..=99",
                        "-5..0",
                        "7",
                        "100 | 200",
                    ]),
                    Type::Bool => grammar.bytes.text(&["true", "false", "true | false"]),
                    Type::Char => grammar.bytes.text(&["'a'", "'@' | ' '", "'ü'"]),
                    _ => grammar.bytes.text(&[
                        "\"admin\"",
                        "\"app-1\" | \"app-2\"",
                        "\"\"",
                        "\"DE\"",
                        "\"guardian\" | 5",
                    ]),
                }
                .to_owned();
                // A literal cannot follow a range.
                let literal = ty == Type::Int && !pattern.contains("..");
                let ranged = ty == Type::Int && seen.iter().any(|other| other.contains(".."));
                if seen.contains(&pattern) || (literal && ranged) {
                    continue;
                }
                seen.push(pattern.clone());
                let condition = if grammar.bytes.chance(25) {
                    let condition = grammar.flat_value(Type::Bool, 1);
                    pattern.push_str(" if ");
                    code!("{}({})", pattern, condition)
                } else {
                    Code::same(&pattern)
                };
                let value = body(grammar);
                let arm = code!("{} => {},", condition, value);
                grammar.line(&arm);
            }
            if !grammar.bytes.chance(15) {
                let value = body(grammar);
                let arm = code!("_ => {}", value);
                grammar.line(&arm);
            }
        });
        (subject, arms)
    }

    pub(super) fn block_value(&mut self, ty: Type, depth: usize) -> Code {
        let inner = depth.saturating_sub(1);
        let bound = self.any_type();
        let value = self.flat_value(bound, inner);
        let name = self.variable_name();
        let variables = self.frame.variables.len();
        self.declare(&name, bound, Access::Read);
        let result = self.flat_value(ty, inner);
        self.frame.variables.truncate(variables);
        code!("({{ let {} = {}; {} }})", name, value, result)
    }

    /// A loop whose `break` gives the value.
    pub(super) fn loop_value(&mut self, ty: Type, depth: usize) -> Code {
        let value = self.flat_value(ty, depth.saturating_sub(1));
        code!("(loop {{ break {}; }})", value)
    }
}
