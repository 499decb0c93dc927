//! A contestant in a process of its own, for a peer that would change what the others are linked
//! with. Both ends speak lines: the logins once, and then an order of logins for each pass, which
//! is answered by the time in nanoseconds and a letter for each answer.

use crate::{Answer, Asked, Contestant, Failure, Text, Turn};
use std::io::{BufRead, BufReader, Lines, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The end that compares.
#[derive(Debug)]
pub struct Remote {
    process: Child,
    /// Is closed to end the process.
    requests: Option<ChildStdin>,
    replies: Lines<BufReader<ChildStdout>>,
}

impl Remote {
    /// Starts a program that calls [`serve`], and gives it the logins.
    ///
    /// # Errors
    ///
    /// When the program does not start, or does not take the logins.
    pub fn start(command: &mut Command, logins: &[&Text]) -> Result<Self, Failure> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut requests = process.stdin.take().ok_or("there is no standard input")?;
        let replies = process.stdout.take().ok_or("there is no standard output")?;
        writeln!(requests, "{}", logins.len())?;
        for login in logins {
            writeln!(requests, "{}\n{}", login.user, login.context)?;
        }
        requests.flush()?;
        Ok(Self {
            process,
            requests: Some(requests),
            replies: BufReader::new(replies).lines(),
        })
    }
}

impl Contestant for Remote {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let requests = self.requests.as_mut().ok_or("the process has ended")?;
        let order: Vec<String> = turn.order.iter().map(ToString::to_string).collect();
        writeln!(requests, "{}", order.join(" "))?;
        requests.flush()?;
        let reply = self.replies.next().ok_or("the process has ended")??;
        let (time, letters) = reply.split_once(' ').ok_or_else(|| reply.clone())?;
        turn.time = Duration::from_nanos(time.parse().map_err(|_| reply.clone())?);
        turn.answers = letters.chars().map(from_letter).collect::<Result<_, _>>()?;
        Ok(())
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.requests = None;
        // A process that has ended by itself has already been asked for its reply.
        let _ = self.process.wait();
    }
}

/// The end that decides: makes a contestant of the logins, and lets it pass until nothing more is
/// asked.
///
/// # Errors
///
/// When the other end says what is not understood, or the contestant cannot be made.
pub fn serve(
    make: impl FnOnce(Vec<Text>) -> Result<Box<dyn Contestant>, Failure>,
) -> Result<(), Failure> {
    let mut requests = stdin().lock().lines();
    let mut line = || requests.next().ok_or("there is no more input");
    let count: usize = line()??.parse()?;
    let mut logins = Vec::with_capacity(count);
    for _ in 0..count {
        let (user, context) = (line()??, line()??);
        logins.push(Text { user, context });
    }
    let mut contestant = make(logins)?;
    let mut replies = stdout().lock();
    for request in requests {
        let numbers = request?;
        let order: Vec<usize> = numbers
            .split(' ')
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let mut turn = Turn::new(&order);
        contestant.pass(&mut turn)?;
        let letters: String = turn.answers.iter().copied().map(to_letter).collect();
        writeln!(replies, "{} {letters}", turn.time.as_nanos())?;
        replies.flush()?;
    }
    Ok(())
}

/// What is asked for as a letter: nothing, a second factor, or one after which the browser may be
/// remembered.
const LETTERS: [(char, Answer); 3] = [
    ('n', None),
    (
        'f',
        Some(Asked {
            remember_browser: false,
        }),
    ),
    (
        'r',
        Some(Asked {
            remember_browser: true,
        }),
    ),
];

fn to_letter(answer: Answer) -> char {
    let found = LETTERS.iter().find(|(_, other)| *other == answer);
    found.map_or('?', |&(letter, _)| letter)
}

fn from_letter(letter: char) -> Result<Answer, Failure> {
    let found = LETTERS.iter().find(|(other, _)| *other == letter);
    let (_, answer) = found.ok_or_else(|| format!("`{letter}` is no answer"))?;
    Ok(*answer)
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, from_letter, to_letter};

    #[test]
    fn an_answer_is_what_its_letter_says() {
        for (letter, answer) in LETTERS {
            assert_eq!(to_letter(answer), letter);
            assert_eq!(from_letter(letter).unwrap(), answer);
        }
        assert!(from_letter('?').is_err());
    }
}
