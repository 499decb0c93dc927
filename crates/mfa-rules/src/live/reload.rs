//! What became of a reload.

use crate::compile_error::CompileError;
use crate::diagnostic::Diagnostic;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// What became of a reload. Written with `{}` it is a message for the log, of several lines when
/// there are problems.
///
/// It is serialized for who operates the rules: `{"reload":"replaced","from":…,"to":…,"warnings":[…]}`,
/// and `unchanged` or `refused` with their members.
///
/// It is deliberately exhaustive: whoever operates the rules wants to know of each case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reload", rename_all = "snake_case")]
pub enum Reload {
    /// What was read is what decides already. If the rules had been refused before, they are no
    /// longer.
    Unchanged {
        /// The revision that decides.
        revision: String,
    },
    /// Other rules decide from now on.
    Replaced {
        /// The revision that decided before.
        from: String,
        /// The revision that decides. It is the same when only the value of a secret or the name
        /// of the set is another, which are not part of a revision.
        to: String,
        /// What is probably not meant in the new rules.
        warnings: Vec<Diagnostic>,
    },
    /// The new rules cannot be used, and those that decided before still do.
    Refused(#[serde(serialize_with = "refusal")] Arc<Refusal>),
}

/// Rules that were refused: see [`Reload::Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The revision that keeps deciding.
    pub kept: String,
    /// Everything that is wrong with the rules that were refused last.
    pub error: CompileError,
    /// How many reloads were refused since the last one that was not.
    pub attempts: u64,
}

impl fmt::Display for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged { revision } => write!(f, "the rules are unchanged: {revision}"),
            Self::Replaced { from, to, warnings } => {
                if from == to {
                    write!(
                        f,
                        "the secrets or the name of the rules were replaced: {to}"
                    )?;
                } else {
                    write!(f, "the rules were replaced: {from} by {to}")?;
                }
                for warning in warnings {
                    write!(f, "\n\n{}", warning.display(crate::render::Style::Plain))?;
                }
                Ok(())
            }
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kept, error, .. } = self;
        write!(
            f,
            "the new rules were refused, and {kept} keeps deciding\n\n{error}"
        )
    }
}

fn refusal<S: Serializer>(refusal: &Arc<Refusal>, serializer: S) -> Result<S::Ok, S::Error> {
    Refusal::serialize(refusal, serializer)
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Reload};
    use crate::codes::Code;
    use crate::compile_error::CompileError;
    use crate::diagnostic::Diagnostic;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn a_reload_is_an_object_that_says_what_became_of_it() {
        let unchanged = Reload::Unchanged {
            revision: "sha256:1".to_owned(),
        };
        let refused = Reload::Refused(Arc::new(Refusal {
            kept: "sha256:1".to_owned(),
            error: CompileError::new(vec![Diagnostic::error(Code::Syntax, "a.rhai", "it ends")]),
            attempts: 2,
        }));
        assert_eq!(
            json!([unchanged, refused]),
            json!([
                { "reload": "unchanged", "revision": "sha256:1" },
                {
                    "reload": "refused",
                    "kept": "sha256:1",
                    "error": [{
                        "code": "syntax",
                        "severity": "error",
                        "message": "it ends",
                        "file": "a.rhai",
                    }],
                    "attempts": 2,
                },
            ])
        );
    }
}
