//! Many logins, on several threads.

use super::blocks::{Block, Blocks};
use super::{LineOptions, LinesError, Portion, Summary, decide_block};
use mfa_rules::RuleSet;
use std::any::Any;
use std::io::{self, ErrorKind, Read, Write};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// How many blocks of lines may be under way for each thread.
const BLOCKS_PER_THREAD: usize = 2;

/// Decides about each line of `input` on so many threads, as [`decide_lines`](super::decide_lines)
/// does on one: the outcomes have the order of the lines.
///
/// What is in memory is bounded: whoever reads `output` slowly holds back what is read from `input`.
/// The next lines are read while outcomes are still to be written, but an outcome does not wait for
/// lines that are still to come.
///
/// When `output` cannot be written it returns at once, and a thread that waits for `input` ends when
/// that gives something.
///
/// # Errors
///
/// When `input` cannot be read or `output` cannot be written.
///
/// ```
/// use mfa_cli::{LineOptions, Time, decide_lines_in_parallel};
/// use mfa_rules::{Observe, RuleSet};
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
///
/// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
/// let options = LineOptions {
///     time: Time::Given("2026-01-05T09:00:00Z".parse()?),
///     configuration: serde_json::Map::new(),
///     observe: Observe::decision(),
/// };
/// let threads = NonZeroUsize::MIN.saturating_add(1);
/// let mut outcomes = Vec::new();
/// let summary = decide_lines_in_parallel(
///     &Arc::new(rules),
///     &b"{}\n{"[..],
///     &mut outcomes,
///     &options,
///     threads,
///     |_| {},
/// )?;
/// assert_eq!((summary.lines, summary.unreadable), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide_lines_in_parallel(
    rule_set: &Arc<RuleSet>,
    input: impl Read + Send + 'static,
    output: impl Write,
    options: &LineOptions,
    threads: NonZeroUsize,
    mut progress: impl FnMut(u64),
) -> Result<Summary, LinesError> {
    let (order, blocks) = sync_channel(threads.get().saturating_mul(BLOCKS_PER_THREAD));
    let spare = Spare::default();
    let shared = Arc::new(Shared {
        rule_set: Arc::clone(rule_set),
        options: options.clone(),
        input: Mutex::new(Input {
            blocks: Blocks::new(input),
            order: Some(order),
        }),
        spare: spare.clone(),
    });
    // They may outlive this call, because nobody can wake a thread that waits for its input.
    let workers: Vec<_> = (0..threads.get())
        .map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        })
        .collect();
    // What is left of it are the threads' own: when none is left, there is no more to come.
    drop(shared);
    let mut output = output;
    let mut summary = Summary::default();
    for block in blocks {
        for portion in block.map_err(LinesError::Read)? {
            let portion = portion.unwrap_or_else(|panic| resume_unwind(panic));
            portion.write(&mut output).map_err(LinesError::Write)?;
            summary.add(&portion.summary);
            progress(summary.lines);
            spare.put(portion.emptied());
        }
    }
    for worker in workers {
        worker.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
    Ok(summary)
}

/// What the threads have in common.
struct Shared<R> {
    rule_set: Arc<RuleSet>,
    options: LineOptions,
    input: Mutex<Input<R>>,
    spare: Spare,
}

/// Portions to be filled again.
#[derive(Clone, Default)]
struct Spare(Arc<Mutex<Vec<Portion>>>);

/// What the threads take from in turns.
struct Input<R> {
    blocks: Blocks<R>,
    /// Says, in the order of the blocks, where their outcomes come from. `None` after the last one.
    order: Option<SyncSender<io::Result<Receiver<Decided>>>>,
}

/// Some of the outcomes of a block, or why there are no more.
type Decided = Result<Portion, Box<dyn Any + Send>>;

impl<R: Read> Shared<R> {
    /// Decides about blocks of lines until there are none, or nobody wants the outcomes.
    fn work(&self) {
        let mut block = Block::default();
        while let Some(outcomes) = self.next(&mut block) {
            let deciding = || {
                let portion = self.spare.take();
                decide_block(&self.rule_set, &block, &self.options, portion, |portion| {
                    let gone = |_| io::Error::from(ErrorKind::BrokenPipe);
                    outcomes.send(Ok(portion)).map_err(gone)?;
                    Ok(self.spare.take())
                })
            };
            // Without the rest of its outcomes, those of later lines would be taken for them.
            match catch_unwind(AssertUnwindSafe(deciding)) {
                Ok(Ok(portion)) => self.spare.put(portion),
                Ok(Err(_)) => return,
                Err(panic) => {
                    let _ = outcomes.send(Err(panic));
                    return;
                }
            }
        }
    }

    /// Takes the next block in, and gives where its outcomes go.
    fn next(&self, block: &mut Block) -> Option<SyncSender<Decided>> {
        let mut input = self.input.lock().ok()?;
        let order = input.order.take()?;
        let read = input.blocks.next(block);
        let is_last = !matches!(read, Ok(true));
        let (sender, receiver) = sync_channel(1);
        match read {
            Ok(true) => order.send(Ok(receiver)).ok()?,
            Ok(false) => {}
            Err(error) => order.send(Err(error)).ok()?,
        }
        if is_last {
            return None;
        }
        input.order = Some(order);
        Some(sender)
    }
}

impl Spare {
    fn take(&self) -> Portion {
        let spare = self.0.lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_default()
    }

    fn put(&self, portion: Portion) {
        if let Ok(mut spare) = self.0.lock() {
            spare.push(portion);
        }
    }
}
