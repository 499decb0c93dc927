//! The memory of a rule's plan.

use super::{Heap, sum};
use crate::plan::{
    Ask, Branch, CalledOn, Comparison, Containment, Either, HostCall, Operand, Path, PathStep,
    Planned, Shortcut, Step, Test,
};

impl Heap for Planned {
    fn heap(&self) -> usize {
        let Self {
            shortcut,
            general,
            height: _,
        } = self;
        sum([shortcut.heap(), general.heap()])
    }
}

impl Heap for Step {
    fn heap(&self) -> usize {
        match self {
            Self::Declare { slot: _, value } => value.heap(),
            Self::If(branch) => branch.heap(),
            Self::Deny(call) => call.heap(),
            Self::Throw { text, position: _ } => text.heap(),
            Self::Ask(ask) => ask.heap(),
            Self::Return => 0,
        }
    }
}

impl Heap for Branch {
    fn heap(&self) -> usize {
        let Self {
            condition,
            then,
            otherwise,
        } = self;
        sum([condition.heap(), then.heap(), otherwise.heap()])
    }
}

impl Heap for Shortcut {
    fn heap(&self) -> usize {
        match self {
            Self::List(list) => list.heap(),
            Self::Operand(operand) => operand.heap(),
            Self::Test(test) => test.heap(),
        }
    }
}

impl Heap for Operand {
    fn heap(&self) -> usize {
        match self {
            Self::Unit | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Char(_) => 0,
            Self::Text(text) => text.heap(),
            Self::List(list) => list.heap(),
            Self::Path(path) => path.heap(),
            Self::Otherwise(operands) => operands.heap(),
            Self::Call(call) => call.heap(),
            Self::Test(test) => test.heap(),
            Self::Interpolation(parts) => parts.heap(),
            Self::Either(either) => either.heap(),
        }
    }
}

impl Heap for Either {
    fn heap(&self) -> usize {
        let Self {
            condition,
            then,
            otherwise,
        } = self;
        sum([condition.heap(), then.heap(), otherwise.heap()])
    }
}

impl Heap for CalledOn {
    fn heap(&self) -> usize {
        match self {
            Self::Path(path) => path.heap(),
            Self::Call(call) => call.heap(),
        }
    }
}

impl Heap for Test {
    fn heap(&self) -> usize {
        match self {
            Self::Is(operand) | Self::Truthy(operand) => operand.heap(),
            Self::Not(test) => test.heap(),
            Self::All(tests) | Self::Any(tests) => tests.heap(),
            Self::IsText {
                path,
                text,
                negated: _,
            } => sum([path.heap(), text.heap()]),
            Self::Compare(comparison) => comparison.heap(),
            Self::In(containment) => containment.heap(),
        }
    }
}

impl Heap for Comparison {
    fn heap(&self) -> usize {
        let Self {
            operator: _,
            left,
            right,
        } = self;
        sum([left.heap(), right.heap()])
    }
}

impl Heap for Containment {
    fn heap(&self) -> usize {
        let Self { needle, list } = self;
        sum([needle.heap(), list.heap()])
    }
}

impl Heap for Path {
    fn heap(&self) -> usize {
        let Self {
            root: _,
            steps,
            entry: _,
        } = self;
        steps.heap()
    }
}

impl Heap for PathStep {
    fn heap(&self) -> usize {
        let Self { name, optional: _ } = self;
        name.heap()
    }
}

impl Heap for HostCall {
    fn heap(&self) -> usize {
        let Self {
            function: _,
            receiver,
            optional: _,
            arguments,
            entry: _,
            position: _,
        } = self;
        sum([receiver.heap(), arguments.heap()])
    }
}

impl Heap for Ask {
    fn heap(&self) -> usize {
        let Self {
            asked,
            members,
            position: _,
            general,
        } = self;
        // What is asked for repeats the texts of the members, when there are settings.
        let members = members.heap();
        let asked = asked.as_ref().map_or(0, |_| members);
        sum([asked, members, general.heap()])
    }
}
