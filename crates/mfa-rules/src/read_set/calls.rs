//! Chains and calls in the analysis.

use super::analysis::Analysis;
use super::host_functions::looks;
use super::origin::Origin;
use super::places::CONTEXT;
use crate::host::{HostFunction, Receiver};
use crate::tree::{Call, Callee, Chain, Expression, ExpressionKind, Root, StepKind};

impl<'s> Analysis<'s> {
    pub(super) fn chain(&mut self, chain: &'s Chain) -> Origin {
        // The variable in which the first method may change something.
        let mut place = match chain.root.kind {
            ExpressionKind::Variable(root) => Some(root),
            _ => None,
        };
        let first = chain.steps.first().map(|step| &step.kind);
        let mut value = match (place, first) {
            // One value of the configuration does not need all of it.
            (Some(Root::Configuration), Some(StepKind::Property(_) | StepKind::Index(_))) => {
                self.root(Root::Configuration)
            }
            _ => self.expression(&chain.root),
        };
        for step in &chain.steps {
            value = match &step.kind {
                StepKind::Property(name) => self.property(value, name),
                StepKind::Index(index) => self.element_at(value, index),
                StepKind::Method(callee, arguments) => match (callee, place.take()) {
                    (Callee::Host(function), Some(root))
                        if function.receiver == Receiver::Changed =>
                    {
                        self.change(function, root, value, arguments)
                    }
                    (callee, _) => self.method(*callee, value, arguments),
                },
            };
        }
        value
    }

    fn method(&mut self, callee: Callee, receiver: Origin, arguments: &'s [Expression]) -> Origin {
        match callee {
            Callee::Host(function) => self.host_call(function, receiver, arguments),
            Callee::Plugin(_) => {
                self.take_whole(receiver);
                self.value_call(arguments)
            }
            Callee::FunctionValue => self.value_call(arguments),
            Callee::Script(function) => {
                self.pass_argument(function, 0, receiver);
                self.script_call(function, 1, arguments)
            }
        }
    }

    pub(super) fn call(&mut self, call: &'s Call) -> Origin {
        let Some((first, rest)) = call.arguments.split_first() else {
            return match call.callee {
                Callee::Host(function) => self.host_call(function, Origin::SCALAR, &[]),
                Callee::Script(function) => self.result(function),
                Callee::Plugin(_) | Callee::FunctionValue => Origin::ANY,
            };
        };
        match call.callee {
            Callee::Host(function) => {
                let receiver = self.expression(first);
                match first.kind {
                    ExpressionKind::Variable(root) if function.receiver == Receiver::Changed => {
                        self.change(function, root, receiver, rest)
                    }
                    _ => self.host_call(function, receiver, rest),
                }
            }
            Callee::Script(function) => self.script_call(function, 0, &call.arguments),
            Callee::Plugin(_) => self.value_call(&call.arguments),
            Callee::FunctionValue => {
                self.expression(first);
                self.value_call(rest)
            }
        }
    }

    /// A function value is called, or a function of an embedder. The one may be any function that is
    /// a value somewhere, and what those are given and give is read as a whole; the other looks at
    /// all that it is given.
    fn value_call(&mut self, arguments: &'s [Expression]) -> Origin {
        for argument in arguments {
            self.whole(argument);
        }
        Origin::ANY
    }

    /// A function of the rule is called; the first of these arguments is for this parameter.
    fn script_call(
        &mut self,
        function: usize,
        parameter: usize,
        arguments: &'s [Expression],
    ) -> Origin {
        for (parameter, argument) in (parameter..).zip(arguments) {
            let argument = self.expression(argument);
            self.pass_argument(function, parameter, argument);
        }
        self.result(function)
    }

    fn pass_argument(&mut self, function: usize, parameter: usize, argument: Origin) {
        if let Some(base) = self.functions.get(function).map(|state| state.base) {
            self.join(base.saturating_add(parameter), argument);
        }
    }

    /// A host function is called that leaves its receiver as it is, or changes one that nothing
    /// holds.
    fn host_call(
        &mut self,
        function: &HostFunction,
        receiver: Origin,
        arguments: &'s [Expression],
    ) -> Origin {
        match (function.name, arguments) {
            // Nothing but a map has an element of such a name.
            ("get", [index]) => return self.element_at(receiver, index),
            ("contains", [needle]) => return self.contains(receiver, needle),
            ("require_mfa" | "skip_mfa", _) => {
                if let Some(multifactor) = self.places.member(CONTEXT, "multifactor") {
                    self.places.take_whole(multifactor);
                }
            }
            _ => {}
        }
        let looks = looks(function.name);
        if looks.into.has(0) {
            self.take_whole(receiver);
        }
        for (index, argument) in (1..).zip(arguments) {
            let argument = self.expression(argument);
            if looks.into.has(index) {
                self.take_whole(argument);
            }
        }
        Origin {
            built: looks.gives,
            ..Origin::SCALAR
        }
    }

    /// A host function changes what is at a place: `root`, or something inside of it.
    fn change(
        &mut self,
        function: &HostFunction,
        root: Root,
        target: Origin,
        arguments: &'s [Expression],
    ) -> Origin {
        for argument in arguments {
            self.whole(argument);
        }
        if let Root::Local(slot) = root {
            let slot = self.slot(slot);
            let held = self.variable(slot);
            self.take_whole(held);
            self.join(slot, Origin::ANY);
        } else {
            match (function.name, arguments.first().map(|first| &first.kind)) {
                // Of a map, these change the members that they name. Anything else is no map, and
                // then they fail, or it is a text.
                ("set" | "remove", Some(ExpressionKind::Text(key))) => {
                    let member = self.member(target, key);
                    self.take_whole(member);
                }
                ("mixin", Some(ExpressionKind::Map(members))) => {
                    for (key, _) in members {
                        let member = self.member(target, key);
                        self.take_whole(member);
                    }
                }
                _ => self.take_whole(target),
            }
        }
        Origin::ANY
    }
}
