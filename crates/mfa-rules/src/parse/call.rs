//! The translation of calls: host functions, functions of the rule, and function values.

use super::scope::Mutability;
use super::translate::{Translator, Usage, binary_operator};
use super::writes::{NamedPlace, Write, named};
use crate::codes::Code;
use crate::host::{self, Callbacks, Gives, HostFunction, Receiver};
use crate::multifactor;
use crate::nearest::nearest;
use crate::plugin;
use crate::source::Position;
use crate::tree::{Call, Callee, Expression, ExpressionKind, Place, Root, Step, StepKind};
use rhai::{Expr, FnCallExpr};
use std::borrow::Borrow;
use std::sync::Arc;

impl Translator<'_> {
    /// A call in function form, or an operator, which Rhai keeps as a call.
    pub(super) fn function_call(
        &mut self,
        call: &FnCallExpr,
        position: Position,
        usage: Usage,
    ) -> ExpressionKind {
        if call.is_qualified() {
            self.unsupported(
                "a function of a module",
                position,
                "write the function into the rule",
            );
            return ExpressionKind::Unit;
        }
        if call.capture_parent_scope {
            self.unsupported("a call with `!`", position, "pass the values as arguments");
            return ExpressionKind::Unit;
        }
        if call.op_token.is_some()
            || (call.name == "contains" && self.text.is_in_operator(position))
        {
            return self.operator(call, position);
        }
        let name = call.name.as_str();
        let arguments = self.expressions(&call.args);
        let Some(callee) = self.callee(name, arguments.len(), position) else {
            return ExpressionKind::Unit;
        };
        match callee {
            Callee::Host(function) => {
                self.check_usage(function, usage, position);
                self.use_callbacks(function, &arguments, usage);
                self.check_host_arguments(function, &arguments);
                if function.receiver == Receiver::Changed {
                    self.check_changing_call(function, call, &arguments, position);
                }
            }
            Callee::Script(index) => {
                if usage == Usage::Used {
                    self.used.insert(index);
                }
                for (parameter, argument) in arguments.iter().enumerate() {
                    if self.frame().copy_of(argument).is_some() {
                        self.copies_passed.insert((index, parameter));
                    }
                }
            }
            Callee::Plugin(_) | Callee::FunctionValue => {}
        }
        ExpressionKind::Call(Box::new(Call { callee, arguments }))
    }

    fn operator(&mut self, call: &FnCallExpr, position: Position) -> ExpressionKind {
        let mut operands = self.expressions(&call.args).into_iter();
        let (first, second) = (operands.next(), operands.next());
        match (call.name.as_str(), first, second) {
            ("!", Some(operand), None) => ExpressionKind::Not(Box::new(operand)),
            ("-", Some(operand), None) => ExpressionKind::Negate(Box::new(operand)),
            ("+", Some(operand), None) => ExpressionKind::Plus(Box::new(operand)),
            ("contains", Some(haystack), Some(needle)) => {
                ExpressionKind::In(Box::new([haystack, needle]))
            }
            (symbol @ (".." | "..="), Some(start), Some(end)) => ExpressionKind::Range {
                bounds: Box::new([start, end]),
                inclusive: symbol == "..=",
            },
            (symbol, Some(left), Some(right)) if let Some(operator) = binary_operator(symbol) => {
                ExpressionKind::Binary(operator, Box::new([left, right]))
            }
            (symbol, ..) => {
                let what = format!("the operator `{symbol}`");
                self.unsupported(&what, position, "see the reference of the rule language");
                ExpressionKind::Unit
            }
        }
    }

    /// The step of a call in method form.
    pub(super) fn method_call(&mut self, call: &FnCallExpr, position: Position) -> StepKind {
        let arguments = self.expressions(&call.args);
        let name = call.name.as_str();
        let refused = StepKind::Property(name.into());
        if call.capture_parent_scope {
            self.unsupported("a call with `!`", position, "pass the values as arguments");
            return refused;
        }
        let with_receiver = arguments.len().saturating_add(1);
        match self.callee(name, with_receiver, position) {
            Some(Callee::Script(_)) => {
                self.unsupported(
                    "a function of the rule as a method",
                    position,
                    &format!("write `{name}(value)`"),
                );
                refused
            }
            Some(callee) => {
                if let Callee::Host(function) = callee {
                    self.check_host_arguments(function, &arguments);
                    self.refuse_fact_as_method(function, position);
                }
                StepKind::Method(callee, arguments)
            }
            None => refused,
        }
    }

    /// What a call of `name` with this number of arguments calls; reports when there is nothing.
    fn callee(&mut self, name: &str, arguments: usize, position: Position) -> Option<Callee> {
        if name == "call" {
            return Some(Callee::FunctionValue);
        }
        if let Some(function) = host::lookup(name) {
            self.can_act |= matches!(
                name,
                "deny" | "require_mfa" | "skip_mfa" | "print" | "debug"
            );
            if function
                .forms
                .iter()
                .any(|form| form.arguments == arguments)
            {
                return Some(Callee::Host(function));
            }
            let forms: Vec<&str> = function.forms.iter().map(|form| form.signature).collect();
            self.wrong_count(name, arguments, &forms, position);
            return None;
        }
        if let Some(function) = self.registered.lookup(name) {
            if function.takes(arguments) {
                return Some(Callee::Plugin(self.plugin(function)));
            }
            self.wrong_count(name, arguments, &function.signatures(), position);
            return None;
        }
        if let Some(index) = self.script_function(name, arguments) {
            return Some(Callee::Script(index));
        }
        if let Some((parameters, _)) = self.script_functions(name).first() {
            let message = format!("`{name}` cannot be called with {}", count(arguments));
            let help = Some(format!("the function takes {}", count(*parameters)));
            self.error(Code::ArgumentCount, message, position, help);
            return None;
        }
        let help = self.unknown_function_help(name);
        self.error(
            Code::UnknownFunction,
            format!("no function is named `{name}`"),
            position,
            Some(help),
        );
        None
    }

    /// The index of a function of an embedder among those that the rule calls.
    fn plugin(&mut self, function: &Arc<plugin::Function>) -> usize {
        let known = self.plugins.iter();
        let index = { known }.position(|known| Arc::ptr_eq(known, function));
        index.unwrap_or_else(|| {
            self.plugins.push(Arc::clone(function));
            self.plugins.len().saturating_sub(1)
        })
    }

    fn wrong_count<S: Borrow<str>>(
        &mut self,
        name: &str,
        arguments: usize,
        forms: &[S],
        position: Position,
    ) {
        self.error(
            Code::ArgumentCount,
            format!("`{name}` cannot be called with {}", count(arguments)),
            position,
            Some(format!("it is called as `{}`", forms.join("` or `"))),
        );
    }

    fn unknown_function_help(&self, name: &str) -> String {
        if self.frame().resolve(name).is_some() {
            return format!("`{name}` is a variable; call a closure with `{name}.call(…)`");
        }
        let instead = match name {
            "includes" => "`contains`",
            "indexOf" => "`index_of`",
            "toLowerCase" | "lower" | "lowercase" => "`to_lower`",
            "toUpperCase" | "upper" | "uppercase" => "`to_upper`",
            "startsWith" => "`starts_with`",
            "endsWith" => "`ends_with`",
            "isArray" => "`is_array`",
            "forEach" => "a `for` loop",
            "hasOwnProperty" | "has" => "`contains`, or `in`",
            "match" | "test" => "`matches`",
            "substring" | "substr" | "slice" => "`sub_string`",
            "every" => "`all`",
            "parseInt" => "`parse_int`",
            "parseFloat" => "`parse_float`",
            "not" => "`!`",
            "append" | "concat" => "`push`, or `+`",
            "size" | "length" | "count" => "`len`",
            "join" => "a text with `${…}`, or a loop",
            "md5" | "sha1" | "sha256" => "`md5_hex`, `sha1_hex` or `sha256_hex`",
            "toString" => "`to_string`",
            "eval" | "Fn" | "curry" | "is_def_var" | "is_def_fn" | "is_shared" | "import" => {
                return "it is not part of the rule language".to_owned();
            }
            "timestamp" | "Date" => "`now`, the time of the login",
            "sleep" | "exit" => {
                return "a rule cannot wait or exit; leave it with `return;`".to_owned();
            }
            "callback" => {
                return "a rule has no callback: it ends with its last statement, or with `return;`"
                    .to_owned();
            }
            "UnauthorizedError" | "Error" => "`deny`",
            "type_of" => {
                "`is_string`, `is_array`, `is_map`, `is_number`, `is_bool` or `is_missing`"
            }
            _ => {
                let known = host::all()
                    .map(|function| function.name)
                    .chain(self.registered.names())
                    .chain(self.function_names());
                return match nearest(name, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the reference of host functions lists what there is".to_owned(),
                };
            }
        };
        format!("use {instead}")
    }

    /// Refuses the use of a result that there is not.
    fn check_usage(&mut self, function: &'static HostFunction, usage: Usage, position: Position) {
        // `deny` never comes back, so whatever uses its result is never reached.
        if function.gives == Gives::Value || function.name == "deny" {
            return;
        }
        match usage {
            Usage::Used => self.no_result(function.name, position),
            Usage::Returned => self.frame_mut().gives_nothing = Some((function.name, position)),
            Usage::Discarded => {}
        }
    }

    pub(super) fn no_result(&mut self, name: &str, position: Position) {
        let changes = host::lookup(name).is_some_and(|known| known.receiver == Receiver::Changed);
        let help = if changes {
            format!(
                "it changes a variable in place: `let copy = …;`, then `copy.{name}(…);`, then use `copy`"
            )
        } else {
            format!("call `{name}` on a line of its own")
        };
        self.error(
            Code::NoResult,
            format!("`{name}` gives no result that could be used"),
            position,
            Some(help),
        );
    }

    /// Takes note of the functions whose results a host function uses.
    fn use_callbacks(&mut self, function: &HostFunction, arguments: &[Expression], usage: Usage) {
        if function.callbacks == Callbacks::Never || usage == Usage::Discarded {
            return;
        }
        for argument in arguments {
            if let ExpressionKind::Closure { function, .. }
            | ExpressionKind::FunctionValue(function) = argument.kind
            {
                self.used.insert(function);
            }
        }
    }

    /// A changing host function in function form: it changes a variable, and nothing else.
    fn check_changing_call(
        &mut self,
        function: &HostFunction,
        call: &FnCallExpr,
        arguments: &[Expression],
        position: Position,
    ) {
        let Some((first, rest)) = arguments.split_first() else {
            return;
        };
        let ExpressionKind::Variable(root) = first.kind else {
            if function.gives == Gives::Nothing {
                self.lost(function, position);
            }
            return;
        };
        let Some(Expr::Variable(variable, ..)) = call.args.first() else {
            return;
        };
        let name = variable.1.to_string();
        let place = Place {
            root,
            root_position: first.position,
            steps: Vec::new(),
        };
        self.check_write(
            &named(self.frame(), &name, &place),
            Write::Method(function.name),
            rest,
        );
        if let Root::Local(slot) = root {
            self.frame_mut()
                .changed_by_call
                .push((slot, name, position));
        }
    }

    fn lost(&mut self, function: &HostFunction, position: Position) {
        self.error(
            Code::LostWrite,
            format!("`{}` changes a value that nothing holds", function.name),
            position,
            Some("put the value into a variable first".to_owned()),
        );
    }

    /// Checks the methods of a chain: what they change, and whether their results are used.
    pub(super) fn check_methods(
        &mut self,
        root_name: Option<&str>,
        root: &Expression,
        steps: &[Step],
        usage: Usage,
    ) {
        let last = steps.len().saturating_sub(1);
        let mut held = true;
        for (index, step) in steps.iter().enumerate() {
            let StepKind::Method(callee, arguments) = &step.kind else {
                continue;
            };
            if let Callee::Host(function) = callee {
                let used = if index == last { usage } else { Usage::Used };
                self.check_usage(function, used, step.position);
                self.use_callbacks(function, arguments, used);
                if function.receiver == Receiver::Changed {
                    let before = steps.get(..index).unwrap_or_default();
                    match (&root.kind, root_name) {
                        (ExpressionKind::Variable(variable), Some(name)) if held => {
                            let place = NamedPlace {
                                name,
                                mutability: self
                                    .frame()
                                    .resolve(name)
                                    .map_or(Mutability::Variable, |binding| binding.mutability),
                                root: *variable,
                                steps: before,
                                position: root.position,
                            };
                            self.check_write(&place, Write::Method(function.name), arguments);
                            self.check_multifactor_set(&place, function, arguments);
                        }
                        _ if function.gives == Gives::Nothing => self.lost(function, step.position),
                        _ => {}
                    }
                }
            }
            // What a method gives is a new value.
            held = false;
        }
    }

    /// Checks `context.set("multifactor", …)` like an assignment.
    fn check_multifactor_set(
        &mut self,
        place: &NamedPlace<'_>,
        function: &HostFunction,
        arguments: &[Expression],
    ) {
        if place.root != Root::Context || function.name != "set" || !place.steps.is_empty() {
            return;
        }
        if let [key, value] = arguments
            && matches!(&key.kind, ExpressionKind::Text(key) if &**key == "multifactor")
        {
            self.check_multifactor_literal(value);
        }
    }

    /// Checks arguments that are written out: providers, patterns, options.
    fn check_host_arguments(&mut self, function: &HostFunction, arguments: &[Expression]) {
        match (function.name, arguments) {
            ("require_mfa", [provider, options @ ..]) => {
                if let ExpressionKind::Text(name) = &provider.kind
                    && let Some(problem) = multifactor::check_provider(name)
                {
                    self.error(
                        Code::Multifactor,
                        problem.message,
                        provider.position,
                        problem.help,
                    );
                }
                if let [options] = options {
                    self.check_multifactor_literal(options);
                }
            }
            ("fact", [name]) => self.fact(name),
            ("matches", [.., pattern]) => {
                if let ExpressionKind::Text(text) = &pattern.kind
                    && let Err(failure) = self.patterns.insert(text)
                {
                    self.error(failure.code, failure.message, pattern.position, None);
                }
            }
            _ => {}
        }
    }
}

/// A number of arguments in words.
fn count(arguments: usize) -> String {
    match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}
