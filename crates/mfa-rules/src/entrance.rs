//! The entrances: the forms in which a login comes in.
//!
//! The rules look at borrowed `serde_json::Value`s. Every other form is read into such values
//! first, as far as the read set of the rules goes and no further.

mod json;
mod typed;

pub use json::JsonLogin;
pub use typed::TypedLogin;
pub(crate) use typed::serialized_part;

use crate::login::Login;
use crate::read_set::ReadSet;
use chrono::{DateTime, Utc};

/// A login, in one of the forms that [`RuleSet::decide`](crate::RuleSet::decide) takes.
///
/// All of them give the same outcome for the same login. The trait is sealed: the forms are those
/// of this crate.
pub trait LoginSource: sealed::Read {}

impl<L: sealed::Read> LoginSource for L {}

pub(crate) mod sealed {
    use super::{DateTime, Login, ReadSet, Utc};

    /// How a login is read.
    pub trait Read {
        /// The time of the login.
        fn time(&self) -> DateTime<Utc>;

        /// Calls `then` with the login, of which nothing but `reads` has to be there, or with what
        /// is wrong with it, in words.
        fn read<T>(&self, reads: &ReadSet, then: impl FnOnce(Result<&Login<'_>, String>) -> T)
        -> T;
    }
}

impl sealed::Read for Login<'_> {
    fn time(&self) -> DateTime<Utc> {
        self.now
    }

    fn read<T>(&self, _: &ReadSet, then: impl FnOnce(Result<&Login<'_>, String>) -> T) -> T {
        then(Ok(self))
    }
}
