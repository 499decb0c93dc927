//! Calls of the host functions that an embedder adds.

use super::Evaluation;
use crate::caught::caught;
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::host::arguments::wrong_kind;
use crate::host::outcome::shortened;
use crate::plugin::json::{self, Refusal};
use crate::plugin::{Function, FunctionError};
use crate::source::Position;
use crate::value::{MAX_DEPTH, Value};
use serde_json::Value as Json;

impl<'a> Evaluation<'a, '_> {
    /// Calls a function of an embedder, by its index among those that the script uses.
    pub(super) fn call_plugin(
        &mut self,
        index: usize,
        arguments: &[Value<'a>],
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        let result = match self.script.plugins.get(index) {
            Some(function) => self.plugin(function, arguments),
            None => Err(Failure::uncatchable(
                Code::UnknownFunction,
                "the function is not there",
            )),
        };
        result.map_err(|failure| failure.at(position).into())
    }

    fn plugin(
        &mut self,
        function: &Function,
        arguments: &[Value<'a>],
    ) -> Result<Value<'a>, Failure> {
        self.meter.spend(function.operations())?;
        let mut given = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let argument = json::from_value(argument, MAX_DEPTH, &mut self.meter)
                .map_err(|refusal| refused(function, index, refusal))?;
            given.push(argument);
        }
        self.meter.start();
        // It is caught here and not around the rule, so that the message names the function.
        let called = caught(|| function.call(&given));
        let result = self.taken(function, called.map_err(drop));
        match result {
            Err(failure) if !failure.catchable => Err(failure),
            // Nothing read the clock while the function ran.
            result => self.meter.check_time().and(result),
        }
    }

    fn taken(
        &mut self,
        function: &Function,
        called: Result<Result<Json, FunctionError>, ()>,
    ) -> Result<Value<'a>, Failure> {
        let name = function.name();
        match called {
            Ok(Ok(json)) => json::into_value(json, &mut self.meter),
            Ok(Err(error)) => Err(Failure::new(
                Code::Function,
                format!("`{name}` failed: {}", shortened(&error.to_string())),
            )),
            Err(()) => Err(Failure::uncatchable(
                Code::Panic,
                format!("the function `{name}` panicked"),
            )),
        }
    }
}

fn refused(function: &Function, index: usize, refusal: Refusal) -> Failure {
    let name = function.name();
    match refusal {
        Refusal::Limit(failure) => failure,
        Refusal::Unfit(found) => {
            let needed = "a value that JSON can hold";
            Failure::new(Code::Type, wrong_kind(name, needed, index, found))
        }
        Refusal::Secret => {
            let needed = "a value without secrets";
            let message = wrong_kind(name, needed, index, "a secret");
            Failure::uncatchable(Code::SecretUse, message)
        }
    }
}
