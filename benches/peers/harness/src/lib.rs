//! What every peer is asked to do: to decide about logins that it has in its own form, in the
//! process that compares, or in a process of its own.

mod remote;

pub use remote::{Remote, serve};

use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

/// The second factor that a policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whether the browser may be remembered.
    pub remember_browser: bool,
}

/// What a decision comes to; `None` when no second factor is asked for.
pub type Answer = Option<Asked>;

/// Why a peer could not be made, or could not decide.
pub type Failure = Box<dyn Error>;

/// A login as two JSON texts.
#[derive(Debug, Clone)]
pub struct Text {
    /// The profile of the user.
    pub user: String,
    /// The context of the login.
    pub context: String,
}

/// One peer with one kind of input, and everything prepared that is not part of a decision.
pub trait Contestant {
    /// Decides about every login of the turn by [`Turn::decide`].
    ///
    /// What a peer needs around its decisions, but not for each of them, comes before that call.
    ///
    /// # Errors
    ///
    /// When the peer cannot decide about a login.
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure>;
}

/// All logins once, in the order of this turn.
#[derive(Debug)]
pub struct Turn<'o> {
    order: &'o [usize],
    answers: Vec<Answer>,
    time: Duration,
}

impl<'o> Turn<'o> {
    /// A turn in which nothing has been decided. The order has the number of every login.
    pub fn new(order: &'o [usize]) -> Self {
        Self {
            order,
            answers: vec![None; order.len()],
            time: Duration::ZERO,
        }
    }

    /// Decides about each login, and measures how long all of them take together.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub fn decide<L>(
        &mut self,
        logins: &[L],
        mut decide: impl FnMut(&L) -> Result<Answer, Failure>,
    ) -> Result<(), Failure> {
        let start = processor_time()?;
        for (&number, answer) in self.order.iter().zip(&mut self.answers) {
            let login = logins.get(number).ok_or("there is no such login")?;
            *answer = black_box(decide(black_box(login))?);
        }
        self.time = processor_time()?.saturating_sub(start);
        Ok(())
    }

    /// How long the decisions took.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// The logins by number, and what was decided about each.
    pub fn answers(&self) -> impl Iterator<Item = (usize, Answer)> {
        self.order.iter().copied().zip(self.answers.iter().copied())
    }
}

/// How long this thread has had a processor: what others do meanwhile is not in it.
fn processor_time() -> Result<Duration, Failure> {
    Ok(clock_gettime(ClockId::ThreadCPUTime).try_into()?)
}
