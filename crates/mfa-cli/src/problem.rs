//! Why a command could not do what it was asked to.

use crate::colour::Role;
use crate::exit::Exit;
use crate::streams::Streams;
use mfa_rules::CompileError;

/// Why a command could not do what it was asked to: exit status 2.
#[derive(Debug)]
pub(crate) enum Problem {
    /// In words.
    Message {
        message: String,
        help: Option<String>,
    },
    /// The rule set cannot be used.
    RuleSet(CompileError),
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Message {
            message: message.into(),
            help: None,
        }
    }

    /// Writes the problem among the messages, and ends.
    pub(crate) fn report(&self, streams: &mut Streams<'_>) -> Exit {
        self.tell(streams);
        Exit::NotDone
    }

    /// Writes the problem among the messages.
    pub(crate) fn tell(&self, streams: &mut Streams<'_>) {
        let colour = streams.message_colour;
        match self {
            Self::Message { message, help } => {
                let error = colour.paint(Role::Refusal, "error");
                streams.tell(&format!("{error}: {message}\n"));
                if let Some(help) = help {
                    streams.tell(&format!("help: {help}\n"));
                }
            }
            Self::RuleSet(error) => {
                for diagnostic in error.diagnostics() {
                    let diagnostic = diagnostic.display(colour.style());
                    streams.tell(&format!("{diagnostic}\n\n"));
                }
                let error = colour.paint(Role::Refusal, "error");
                streams.tell(&format!("{error}: the rule set cannot be used\n"));
            }
        }
    }
}

impl From<CompileError> for Problem {
    fn from(error: CompileError) -> Self {
        Self::RuleSet(error)
    }
}
