//! The exit status, which is a public interface.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: done, and a problem was found.
    ProblemFound,
    /// 2: it could not be done.
    NotDone,
    /// 10: with `--exit-code`, the login needs a second factor.
    Required,
    /// 11: with `--exit-code`, the login is denied.
    Denied,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::ProblemFound => 1,
            Self::NotDone => 2,
            Self::Required => 10,
            Self::Denied => 11,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
