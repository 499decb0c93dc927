//! Statements.

use super::booleans::ordered;
use super::code::{Code, code};
use super::{Access, Grammar, Type};

/// How deeply blocks are nested at most. The language has a limit.
pub(super) const DEEPEST: usize = 4;

impl Grammar<'_> {
    /// A statement, if there may be another one.
    pub(super) fn statement(&mut self) {
        let Some(left) = self.statements.checked_sub(1) else {
            return;
        };
        if self.bytes.is_empty() {
            return;
        }
        self.statements = left;
        let writes = self.frame.writes;
        if self.indent > DEEPEST {
            return self.declaration();
        }
        match self.bytes.below(32) {
            6..=8 if writes => self.login_write(),
            9 | 10 if writes => self.multifactor(),
            11..=13 => self.assignment(),
            14..=16 => self.if_statement(),
            17 | 18 => self.for_statement(),
            19 => self.counting_loop(),
            20 => self.switch_statement(),
            21..=23 => self.try_statement(),
            24 => self.closure_variable(),
            25 => self.sort(),
            26 => self.change_variable(),
            27 => self.changing(),
            28 => self.print(),
            29 => self.leave(),
            30 if self.bytes.chance(30) => self.ending(),
            31 => self.odds_and_ends(),
            _ => self.declaration(),
        }
    }

    /// What is seldom written.
    fn odds_and_ends(&mut self) {
        match self.bytes.below(5) {
            0 => self.line(&Code::same("// ünï \"quote ?[ } `${")),
            1 => self.line(&Code::same("/* let v0 = 1; */")),
            2 => {
                let name = self.fresh_name();
                let over = self.bytes.text(&["0..4", "-1..=1", "3..0"]);
                self.line(&Code::same(&format!("let {name} = {over};")));
                let item = self.fresh_name();
                self.line(&Code::same(&format!("for {item} in {name} {{")));
                self.block(|grammar| {
                    grammar.declare(&item, Type::Int, Access::Read);
                    grammar.in_loop(true, Self::loop_body);
                });
                self.line(&Code::same("}"));
            }
            3 => {
                let text = self.variable(|variable| {
                    variable.access == Access::Change && variable.ty == Type::Text
                });
                if let Some(text) = text {
                    let value = self.flat_value(Type::Char, 1);
                    // Rhai puts a character at a negative index somewhere else.
                    let index = self.bytes.text(&["0", "1", "7"]);
                    let statement = code!("{}[{}] = {};", text.name, index, value);
                    self.line(&statement);
                }
            }
            _ => {
                let value = self.any_type();
                let value = self.flat_value(value, 2);
                self.line(&code!("debug({});", value));
            }
        }
    }

    fn statements_in_block(&mut self) {
        self.block(|grammar| {
            for _ in 0..=grammar.bytes.below(2) {
                grammar.statement();
            }
        });
    }

    fn declaration(&mut self) {
        let ty = self.any_type();
        let value = self.value(ty, 3);
        let name = self.variable_name();
        let (keyword, access) = if self.bytes.chance(12) {
            // Rhai refuses to call some functions on a constant that only read it.
            (Code::differing("const", "let"), Access::Read)
        } else if is_built(&value) {
            (Code::same("let"), Access::Change)
        } else {
            (Code::same("let"), Access::Assign)
        };
        let statement = code!("{} {} = {};", keyword, name, value);
        self.line(&statement);
        self.declare(&name, ty, access);
    }

    fn assignment(&mut self) {
        let Some(variable) = self.variable(|variable| variable.access != Access::Read) else {
            return self.declaration();
        };
        let value = self.value(variable.ty, 3);
        let operator = match variable.ty {
            Type::Int => self.bytes.text(&[
                "=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "|=", "&=", "^=", "**=",
            ]),
            Type::Float => self.bytes.text(&["=", "+=", "-=", "*=", "/=", "%=", "**="]),
            Type::Text | Type::Ints | Type::Texts => self.bytes.text(&["=", "+="]),
            Type::Bool => self.bytes.text(&["=", "|=", "&="]),
            _ => "=",
        };
        // What is no longer built here may be a part of the login.
        if operator == "=" && !is_built(&value) {
            for other in &mut self.frame.variables {
                if other.name == variable.name && other.access == Access::Change {
                    other.access = Access::Assign;
                }
            }
        }
        let statement = code!("{} {} {};", variable.name, operator, value);
        self.line(&statement);
    }

    /// Changes what is inside of a variable.
    fn change_variable(&mut self) {
        let Some(variable) = self.variable(|variable| {
            variable.access == Access::Change
                && matches!(variable.ty, Type::Map | Type::Ints | Type::Texts)
        }) else {
            return self.declaration();
        };
        let name = &variable.name;
        let item = if variable.ty == Type::Texts {
            Type::Text
        } else {
            Type::Int
        };
        let statement = if variable.ty == Type::Map {
            let value = self.flat_value(Type::Int, 2);
            match self.bytes.below(6) {
                0 => code!("{}.a = {};", name, value),
                1 => code!("{}[\"d\"] = {};", name, value),
                2 => code!("{}.a += {};", name, value),
                3 => code!("{}.c[0] = {};", name, value),
                4 => code!("{}.e.f = {};", name, value),
                _ => code!("{}.c.push({});", name, value),
            }
        } else {
            let value = self.flat_value(item, 2);
            match self.bytes.below(7) {
                0 | 1 => code!("{}.push({});", name, value),
                2 => code!("{}[0] = {};", name, value),
                3 => code!("{}[-1] += {};", name, value),
                4 => code!("{}.insert(1, {});", name, value),
                5 => Code::same(&format!("{name}.reverse();")),
                _ => Code::same(&format!("{name}.dedup();")),
            }
        };
        self.line(&statement);
    }

    fn if_statement(&mut self) {
        let condition = self.flat_value(Type::Bool, 3);
        let head = code!("if {} {{", condition);
        self.line(&head);
        self.statements_in_block();
        if self.bytes.chance(25) {
            let condition = self.flat_value(Type::Bool, 3);
            let head = code!("}} else if {} {{", condition);
            self.line(&head);
            self.statements_in_block();
        }
        if self.bytes.chance(50) {
            self.line(&Code::same("} else {"));
            self.statements_in_block();
        }
        self.line(&Code::same("}"));
    }

    fn for_statement(&mut self) {
        let (over, item) = match self.bytes.below(7) {
            0 | 1 => (self.flat_value(Type::Texts, 2), Type::Text),
            2 => (self.flat_value(Type::Ints, 2), Type::Int),
            3 => (
                Code::same(self.bytes.text(&["0..3", "0..=2", "5..1"])),
                Type::Int,
            ),
            4 => (
                Code::same(
                    self.bytes
                        .text(&["range(0, 4)", "range(0, 9, 3)", "range(3, 0, -1)"]),
                ),
                Type::Int,
            ),
            5 => (self.flat_value(Type::Text, 1), Type::Char),
            _ => match self.login_records() {
                Some((read, members)) => (read, Type::Record(members)),
                None => (Code::same("[1, 2]"), Type::Int),
            },
        };
        let name = self.fresh_name();
        let counter = self.bytes.chance(30).then(|| self.fresh_name());
        let head = match &counter {
            Some(counter) => code!("for ({}, {}) in {} {{", name, counter, over),
            None => code!("for {} in {} {{", name, over),
        };
        self.line(&head);
        self.block(|grammar| {
            grammar.declare(&name, item, Access::Read);
            if let Some(counter) = &counter {
                grammar.declare(counter, Type::Int, Access::Read);
            }
            grammar.in_loop(true, Self::loop_body);
        });
        self.line(&Code::same("}"));
    }

    fn in_loop(&mut self, continues: bool, inner: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.frame.continues, continues);
        self.frame.loops = self.frame.loops.saturating_add(1);
        inner(self);
        self.frame.loops = self.frame.loops.saturating_sub(1);
        self.frame.continues = outer;
    }

    fn loop_body(&mut self) {
        for _ in 0..=self.bytes.below(2) {
            self.statement();
        }
    }

    /// `while`, `loop` or `do` with a counter of its own.
    fn counting_loop(&mut self) {
        let counter = self.fresh_name();
        let bound = self.bytes.text(&["3", "1", "0", "5"]);
        self.line(&Code::same(&format!("let {counter} = 0;")));
        self.declare(&counter, Type::Int, Access::Read);
        let kind = self.bytes.below(4);
        self.line(&Code::same(&match kind {
            0 => format!("while {counter} < {bound} {{"),
            1 => "loop {".to_owned(),
            _ => "do {".to_owned(),
        }));
        self.block(|grammar| {
            grammar.line(&Code::same(&format!("{counter} += 1;")));
            if kind == 1 {
                grammar.line(&Code::same(&format!("if {counter} > {bound} {{ break; }}")));
            }
            // Rhai's `continue` skips the condition of a `do`.
            grammar.in_loop(kind < 2, Self::loop_body);
        });
        self.line(&Code::same(&match kind {
            0 | 1 => "}".to_owned(),
            2 => format!("}} while {counter} < {bound};"),
            _ => format!("}} until {counter} >= {bound};"),
        }));
    }

    fn switch_statement(&mut self) {
        let (subject, arms) = self.arms(2, |grammar| {
            let body = grammar.nested(|grammar| {
                for _ in 0..=grammar.bytes.below(1) {
                    grammar.statement();
                }
            });
            code!("{{\n{}}}", body)
        });
        let statement = code!("switch {} {{\n{}}}", subject, arms);
        self.line(&statement);
    }

    fn try_statement(&mut self) {
        self.line(&Code::same("try {"));
        self.block(|grammar| {
            for _ in 0..=grammar.bytes.below(2) {
                grammar.statement();
            }
            if grammar.bytes.chance(50) {
                grammar.mistake();
            }
        });
        let uses_error = self.bytes.chance(30);
        if uses_error {
            let error = self.fresh_name();
            let code = self.fresh_name();
            let head = code!(
                "}} catch ({}) {{" | "}} catch (e_) {{ caught_(e_); let {} = described_(e_);",
                error
            );
            self.line(&head);
            self.block(|grammar| {
                let statement = format!(
                    "let {code} = if is_map({error}) {{ {error}.code }} else {{ {error} }};"
                );
                grammar.line(&Code::same(&statement));
                if grammar.frame.writes {
                    grammar.store("user", "caught", &Code::same(&code));
                }
                if grammar.bytes.chance(15) {
                    let statement = code!("throw {};" | "throw thrown_({});", code);
                    grammar.line(&statement);
                }
                grammar.loop_body();
            });
        } else {
            self.line(&Code::differing("} catch {", "} catch (e_) { caught_(e_);"));
            self.statements_in_block();
        }
        self.line(&Code::same("}"));
    }

    /// Something that goes wrong.
    fn mistake(&mut self) {
        let name = self.fresh_name();
        let value = match self.bytes.below(17) {
            0 => Code::same("1 / 0"),
            1 => Code::same("[1, 2][5]"),
            2 => Code::same("().missing"),
            3 => Code::same("\"text\" - 1"),
            4 => Code::same("9223372036854775807 + 1"),
            5 => ordered(&Code::same("#{}"), "<", &Code::same("1")),
            6 => Code::same("if [1][0] { 2 } else { 3 }"),
            7 => Code::same("#{}.a.b"),
            8 => Code::same("true.len()"),
            9 => Code::same("5 % 0"),
            10 => Code::same("\"abc\"[7]"),
            11 => Code::same("#{}.a[0]"),
            12 => Code::same("true && [1][0]"),
            13 => Code::same("[3, \"a\"].map(|x| x - 1)"),
            14 => Code::same("[].find(5)"),
            15 => Code::same("to_int(\"x\")"),
            _ => Code::same("parse_int(\"x\")"),
        };
        let statement = code!("let {} = {};", name, value);
        self.line(&statement);
    }

    fn print(&mut self) {
        let ty = self.any_type();
        let value = self.flat_value(ty, 2);
        let statement = code!("print({});", value);
        self.line(&statement);
    }

    /// `break`, `continue` or `return`, usually under a condition.
    fn leave(&mut self) {
        let leave = if self.frame.loops > 0 {
            let leave = self.bytes.text(&["break;", "continue;"]);
            Code::same(if self.frame.continues {
                leave
            } else {
                "break;"
            })
        } else {
            match self.frame.returns {
                None => Code::same("return;"),
                Some(ty) => {
                    let value = self.flat_value(ty, 1);
                    code!("return {};", value)
                }
            }
        };
        let condition = self.flat_value(Type::Bool, 3);
        let statement = code!("if {} {{", condition);
        self.line(&statement);
        self.line(&code!("  {}", leave));
        self.line(&Code::same("}"));
    }
}

/// Whether the expression is a literal, so that its value is no copy of a part of the login.
fn is_built(value: &Code) -> bool {
    let text = value.rule.as_str();
    let text_literal = text.starts_with(['"', '`']) && !text.contains("${");
    text_literal
        || (text.starts_with('[') && text.ends_with(']'))
        || (text.starts_with("#{") && text.ends_with('}'))
}
