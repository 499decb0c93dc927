//! The logins that are measured, read before anything is timed.

use crate::escape;
use crate::lines::{Block, Blocks, LoginLine, Time};
use crate::problem::Problem;
use chrono::{DateTime, Utc};
use mfa_rules::{JsonLogin, Login};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::io::{self, Read};

/// Bytes of lines that are read: all of them are kept as values, which take some five times as much.
const MOST: usize = 128 << 20;

/// Bytes that a line counts at least, for even an empty login takes memory.
const LEAST_OF_LINE: usize = 512;

/// A login that is measured.
pub(super) struct BenchLogin {
    /// The number of its line, from 1.
    pub(super) line: u64,
    now: DateTime<Utc>,
    values: LoginLine,
    /// The same as texts.
    user: String,
    context: String,
    facts: String,
}

/// A line that cannot be read.
#[derive(Debug, Serialize)]
pub(super) struct Unreadable {
    pub(super) line: u64,
    pub(super) message: String,
}

impl Unreadable {
    pub(super) fn new(line: u64, message: &str) -> Self {
        Self {
            line,
            message: message.to_owned(),
        }
    }

    pub(super) fn shown(&self) -> String {
        format!(
            "the first is line {}: {}",
            self.line,
            escape::text(&self.message)
        )
    }
}

/// What logins have that do not bring it.
pub(super) struct Defaults {
    pub(super) time: Time,
    pub(super) configuration: Map<String, Json>,
    pub(super) facts: Map<String, Json>,
}

/// Why logins are not read to their end.
pub(super) enum ReadError {
    Io(io::Error),
    TooMuch,
}

impl ReadError {
    pub(super) fn too_much(source: &str) -> Problem {
        Problem::Message {
            message: format!(
                "{source} has too many logins: they are all kept in memory, up to 128 MiB of lines, \
                 of which each counts 512 bytes or more"
            ),
            help: Some("take a part of them, for example with `head -n 10000`".to_owned()),
        }
    }
}

/// Reads the login of each line, and hands it to `take`, or what is wrong with it.
pub(super) fn read(
    input: impl Read,
    defaults: &Defaults,
    mut take: impl FnMut(Result<BenchLogin, Unreadable>),
) -> Result<(), ReadError> {
    let mut blocks = Blocks::new(input);
    let mut block = Block::default();
    let mut number = 0_u64;
    let mut bytes = 0_usize;
    while blocks.next(&mut block).map_err(ReadError::Io)? {
        for line in block.lines() {
            number = number.saturating_add(1);
            bytes = bytes.saturating_add(line.length().max(LEAST_OF_LINE));
            if bytes > MOST {
                return Err(ReadError::TooMuch);
            }
            let mut values = LoginLine::default();
            take(match values.read(&line) {
                Ok(()) => Ok(BenchLogin::new(number, values, defaults)),
                Err(message) => Err(Unreadable::new(number, &message)),
            });
        }
    }
    Ok(())
}

impl BenchLogin {
    fn new(line: u64, mut values: LoginLine, defaults: &Defaults) -> Self {
        values.add_configuration(&defaults.configuration);
        values.add_facts(&defaults.facts);
        let text = |part: &Option<Json>| part.as_ref().map_or("null".to_owned(), Json::to_string);
        Self {
            line,
            now: defaults.time.or(values.now),
            user: text(&values.user),
            context: text(&values.context),
            facts: Json::Object(values.facts.clone()).to_string(),
            values,
        }
    }

    /// The login as values.
    pub(super) fn as_values<'a>(&'a self, defaults: &'a Defaults) -> Login<'a> {
        self.values.login(self.now, &defaults.configuration)
    }

    /// The login as JSON texts; its configuration are values, as a server has them.
    pub(super) fn as_texts<'a>(&'a self, defaults: &'a Defaults) -> JsonLogin<'a> {
        JsonLogin::new(self.now)
            .user(&self.user)
            .context(&self.context)
            .facts(&self.facts)
            .configuration_values(self.values.configuration_or(&defaults.configuration))
    }

    /// Whether it is a record with masked values.
    pub(super) fn is_masked(&self) -> bool {
        self.values.is_masked
    }
}

#[cfg(test)]
mod tests {
    use super::{Defaults, LEAST_OF_LINE, MOST, ReadError, read};
    use crate::lines::Time;
    use chrono::DateTime;
    use serde_json::Map;
    use std::io::{self, Read};

    fn count(input: impl Read) -> (usize, Result<(), ReadError>) {
        let defaults = Defaults {
            time: Time::Given(DateTime::UNIX_EPOCH),
            configuration: Map::new(),
            facts: Map::new(),
        };
        let mut count = 0_usize;
        let done = read(input, &defaults, |_| count = count.saturating_add(1));
        (count, done)
    }

    #[test]
    fn an_endless_input_is_not_read_for_ever() {
        let (count, done) = count(io::repeat(b'\n'));
        assert!(matches!(done, Err(ReadError::TooMuch)));
        assert_eq!(count, MOST / LEAST_OF_LINE);
    }

    #[test]
    fn an_error_of_reading_is_told() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        let (count, done) = count((&b"{}\n{}"[..]).chain(Broken));
        assert!(matches!(done, Err(ReadError::Io(_))));
        assert_eq!(count, 1);
    }
}
