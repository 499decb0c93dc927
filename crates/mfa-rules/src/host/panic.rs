//! A host function that panics: tests need one, and no other does.
//!
//! It is not among [`super::all`], so no page and no advice names it.

use super::{Callbacks, Form, Gives, HostFunction, Receiver};

const FUNCTION: &HostFunction = &HostFunction {
    name: "panic_for_testing",
    forms: &[Form {
        signature: "panic_for_testing()",
        arguments: 0,
    }],
    receiver: Receiver::Read,
    gives: Gives::Nothing,
    callbacks: Callbacks::Never,
    #[expect(clippy::panic, reason = "it is what this function is for")]
    body: |_, _| panic!("a rule asked for a panic"),
    about: "Panics.",
    example: &[],
};

/// The function, when it is the one that is meant.
pub(super) fn lookup(name: &str) -> Option<&'static HostFunction> {
    (name == FUNCTION.name).then_some(FUNCTION)
}
