//! Closures, and the methods that take them.
//!
//! The twin takes the receiver before the closure runs, where Rhai would find a data race.

use super::booleans::ordered;
use super::code::{Code, code};
use super::statements::DEEPEST;
use super::{Access, ClosureVariable, Grammar, Type};

impl Grammar<'_> {
    /// A closure with these parameters and this result.
    pub(super) fn closure(&mut self, parameters: &[Type], result: Type, depth: usize) -> Code {
        let outer = self.frame.clone();
        self.frame.returns = Some(result);
        self.frame.loops = 0;
        let mut names = Vec::new();
        for parameter in parameters {
            let name = self.fresh_name();
            self.declare(&name, *parameter, Access::Read);
            names.push(name);
        }
        let names = names.join(", ");
        let several_lines = self.single_line == 0
            && self.indent < DEEPEST
            && self.bytes.chance(25)
            && self.statements > 0;
        let closure = if several_lines {
            let body = self.nested(|grammar| {
                for _ in 0..=grammar.bytes.below(2) {
                    grammar.statement();
                }
                let value = grammar.flat_value(result, depth);
                grammar.line(&value);
            });
            code!("|{}| {{\n{}}}", names, body)
        } else {
            let value = self.flat_value(result, depth);
            code!("|{}| {}", names, value)
        };
        self.frame = outer;
        closure
    }

    /// `receiver.method(closure)`, and a twin whose receiver is taken first.
    fn with_callback(&mut self, receiver: &Code, call: &Code) -> Code {
        // What a `?.` skips reaches to the end of the chain, so the twin of such a chain can only
        // be cut before another `?.`, and nothing may follow.
        let optional = receiver.rule.contains("?.") || receiver.rule.contains("?[");
        let is_one_chain = !receiver.rule.contains(' ');
        match optional {
            true if is_one_chain && self.bytes.chance(50) => code!(
                "({}?.{} ?? ())" | "(({{ let h_ = {}; h_?.{} }}) ?? ())",
                receiver,
                call
            ),
            true => code!(
                "({} ?? []).{}" | "({{ let h_ = ({} ?? []); h_.{} }})",
                receiver,
                call
            ),
            false => code!("{}.{}" | "({{ let h_ = {}; h_.{} }})", receiver, call),
        }
    }

    /// A predicate: in the twin one that must return a boolean.
    fn predicate(&mut self, item: Type, depth: usize) -> Code {
        let named = self.functions.iter().find(|function| {
            function.parameters == [item]
                && function.roots.is_empty()
                && !function.recursive
                && function.result == Type::Bool
        });
        if let Some(named) = named.cloned()
            && self.bytes.chance(50)
        {
            return code!("{}" | "strict_(1, {})", named.name);
        }
        let indexed = self.bytes.chance(15);
        let parameters: &[Type] = if indexed { &[item, Type::Int] } else { &[item] };
        let result = if self.bytes.chance(3) {
            Type::Int
        } else {
            Type::Bool
        };
        let closure = self.closure(parameters, result, depth);
        if indexed {
            code!("{}" | "strict_(2, {})", closure)
        } else {
            code!("{}" | "strict_(1, {})", closure)
        }
    }

    /// An array to go through, and the type of its elements.
    fn items(&mut self, depth: usize) -> (Code, Type) {
        if self.bytes.chance(25)
            && let Some((read, members)) = self.login_records()
        {
            return (read, Type::Record(members));
        }
        let (ty, item) = self
            .bytes
            .pick(&[(Type::Texts, Type::Text), (Type::Ints, Type::Int)])
            .unwrap_or((Type::Texts, Type::Text));
        (self.postfix(ty, depth), item)
    }

    pub(super) fn filter(&mut self, item: Type, depth: usize) -> Code {
        let ty = if item == Type::Int {
            Type::Ints
        } else {
            Type::Texts
        };
        let receiver = self.postfix(ty, depth);
        let predicate = self.predicate(item, depth);
        self.with_callback(&receiver, &code!("filter({})", predicate))
    }

    pub(super) fn map_items(&mut self, result: Type, depth: usize) -> Code {
        let (receiver, item) = self.items(depth);
        let parameters: &[Type] = if self.bytes.chance(15) {
            &[item, Type::Int]
        } else {
            &[item]
        };
        let closure = self.closure(parameters, result, depth);
        self.with_callback(&receiver, &code!("map({})", closure))
    }

    pub(super) fn quantified(&mut self, depth: usize) -> Code {
        let (receiver, item) = self.items(depth);
        let predicate = self.predicate(item, depth);
        let method = self.bytes.text(&["some", "all"]);
        self.with_callback(&receiver, &code!("{}({})", method, predicate))
    }

    /// The first element for which a predicate holds, or its place.
    pub(super) fn search(&mut self, item: Type, method: &str, depth: usize) -> Code {
        let ty = if item == Type::Int {
            Type::Ints
        } else {
            Type::Texts
        };
        let receiver = self.postfix(ty, depth);
        let predicate = self.predicate(item, depth);
        let start = if self.bytes.chance(30) {
            self.bytes.text(&[", 0", ", 1", ", -1", ", 9"])
        } else {
            ""
        };
        self.with_callback(&receiver, &code!("{}({}{})", method, predicate, start))
    }

    /// A map whose members a closure has gone over.
    pub(super) fn map_members(&mut self, depth: usize) -> Code {
        let receiver = self.any_map(depth);
        let receiver = code!("({})", receiver);
        if self.bytes.chance(50) {
            let closure = self.closure(&[Type::Text, Type::Int], Type::Int, depth);
            return self.with_callback(&receiver, &code!("map({})", closure));
        }
        let closure = self.closure(&[Type::Text], Type::Bool, depth);
        let predicate = code!("{}" | "strict_(1, {})", closure);
        self.with_callback(&receiver, &code!("filter({})", predicate))
    }

    pub(super) fn reduce(&mut self, result: Type, depth: usize) -> Code {
        let (receiver, item) = self.items(depth);
        let closure = self.closure(&[result, item], result, depth);
        if self.bytes.chance(15) {
            return self.with_callback(&receiver, &code!("reduce({})", closure));
        }
        let first = self.flat(|grammar| grammar.literal(result));
        self.with_callback(&receiver, &code!("reduce({}, {})", closure, first))
    }

    /// Sorts a variable in place.
    pub(super) fn sort(&mut self) {
        let Some(variable) = self.variable(|variable| {
            variable.access == Access::Change && matches!(variable.ty, Type::Ints | Type::Texts)
        }) else {
            return;
        };
        let name = &variable.name;
        if self.bytes.chance(30) {
            return self.line(&Code::same(&format!("{name}.sort();")));
        }
        let (x, y) = (Code::same("x"), Code::same("y"));
        let comparator = match (variable.ty, self.bytes.below(4)) {
            (Type::Ints, 0) => Code::same("|x, y| x - y"),
            (Type::Ints, 1) => Code::same("|x, y| y - x"),
            (Type::Ints, 2) => code!("|x, y| {}", ordered(&x, "<", &y)),
            (_, 3) => Code::same("|x, y| x.len() - y.len()"),
            _ => code!("|x, y| if {} {{ 1 }} else {{ -1 }}", ordered(&x, ">", &y)),
        };
        let statement = code!(
            "{}.sort({});"
                | "{{ let h_ = {0}; h_.sort(comparator_({1})); compared_(); {0} = h_; }}",
            name,
            comparator
        );
        self.line(&statement);
    }

    /// A variable that holds a closure.
    pub(super) fn closure_variable(&mut self) {
        let parameters: Vec<Type> = (0..self.bytes.below(3)).map(|_| self.any_type()).collect();
        let result = self.any_type();
        let closure = self.closure(&parameters, result, 2);
        let name = self.fresh_name();
        let statement = code!("let {} = {};", name, closure);
        self.line(&statement);
        self.frame.closures.push(ClosureVariable {
            name,
            parameters,
            result,
        });
    }

    /// A call of a variable that holds a closure.
    pub(super) fn call_closure(&mut self, ty: Type, depth: usize) -> Code {
        let fitting: Vec<ClosureVariable> = self
            .frame
            .closures
            .iter()
            .filter(|closure| closure.result == ty)
            .cloned()
            .collect();
        let Some(closure) = self.bytes.pick(&fitting) else {
            return self.leaf(ty);
        };
        let mut arguments = Code::same("");
        for (number, parameter) in closure.parameters.iter().enumerate() {
            let argument = self.flat_value(*parameter, depth.saturating_sub(1));
            let separator = if number == 0 { "" } else { ", " };
            arguments = code!("{}{}{}", arguments, separator, argument);
        }
        code!("{}.call({})", closure.name, arguments)
    }
}
