//! The thread on which the oracle runs: Rhai's evaluator needs more stack than a test has.

use super::Oracle;
use std::sync::mpsc::{Sender, channel};
use std::thread;

const STACK: usize = 256 << 20;

type Job = Box<dyn FnOnce(&Oracle) + Send>;

thread_local! {
    static WORKER: Option<Sender<Job>> = start();
}

fn start() -> Option<Sender<Job>> {
    let (sender, jobs) = channel::<Job>();
    thread::Builder::new()
        .name("oracle".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let oracle = Oracle::new();
            for job in jobs {
                job(&oracle);
            }
        })
        .ok()?;
    Some(sender)
}

/// Runs `job` with the oracle of this thread.
///
/// # Errors
///
/// When the oracle panicked.
pub(super) fn run<T: Send + 'static>(
    job: impl FnOnce(&Oracle) -> T + Send + 'static,
) -> Result<T, String> {
    let (answer, answers) = channel();
    let sent = WORKER.with(|worker| {
        worker.as_ref().is_some_and(|worker| {
            let job: Job = Box::new(move |oracle| {
                // Nobody listens any more when the asking thread has ended.
                let _ = answer.send(job(oracle));
            });
            worker.send(job).is_ok()
        })
    });
    if !sent {
        return Err("the oracle is gone".to_owned());
    }
    answers.recv().map_err(|_| "the oracle panicked".to_owned())
}
