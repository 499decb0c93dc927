//! Reloading when files change.

use super::way::Way;
use super::{LivePolicy, Refusal, Reload};
use crate::caught::caught;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long nothing must change before what changed is read: an editor or a copy is then done.
const QUIET: Duration = Duration::from_millis(100);

/// For how many times [`QUIET`] this is waited for. Somebody who writes all the time does not keep
/// the rules from being read.
const MOST_WAITS: u32 = 20;

/// How long until it is tried again when files cannot be watched. They are read each time as well.
const RETRY: Duration = Duration::from_secs(5);

/// The shortest time between two readings of [`LivePolicy::poll`].
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// How often watching is begun again because something vanished while it began.
const MOST_BEGINNINGS: usize = 8;

/// Watches files for as long as it is there: see [`LivePolicy::watch`].
///
/// When it is dropped, watching ends. A reload that runs is waited for, and what was to be called
/// is called no more.
#[derive(Debug)]
#[must_use = "watching ends when it is dropped"]
pub struct Watch {
    /// Wakes a thread that waits for a change.
    signals: Option<Sender<Signal>>,
    /// Dropped to end a thread that waits for a time to pass.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why files cannot be watched.
///
/// What does not depend on the operating system's notifications is [`LivePolicy::poll`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The rules do not come from files.
    #[error("the rules were not loaded from files, so there is nothing to watch")]
    NoFiles,
    /// A path cannot be watched.
    #[error("`{}` cannot be watched: {reason}", path.display())]
    Unwatchable {
        /// The path.
        path: PathBuf,
        /// Why, in the words of the operating system.
        reason: String,
    },
    /// Changes may have been missed. Files are read again, and watched from the beginning.
    #[error("changes of files may have been missed: {0}")]
    Interrupted(String),
    /// There is no thread for it.
    #[error("no thread can be started to watch files: {0}")]
    NoThread(String),
}

/// What the thread is told.
#[derive(Debug)]
enum Signal {
    Changed,
    Failed(WatchError),
    Stop,
}

impl LivePolicy {
    /// Reloads the rules whenever their files change, until the [`Watch`] is dropped.
    ///
    /// The rules are read once when watching begins, and then when nothing has changed for a tenth
    /// of a second, or after two seconds in which something always did. All of these are seen: a
    /// file that is written, or replaced by renaming as editors do; a file that a secret is in; the
    /// whole path removed, put back, or replaced, by renaming any folder on the way to it or by
    /// changing any symbolic link there, as deployments and Kubernetes do.
    ///
    /// `on_reload` is told what is new, on the thread that watches: rules that were replaced; rules
    /// that were refused, once for as long as the same is wrong with them; rules that are no longer
    /// refused because they are again what decides; and when files cannot be watched, which is
    /// tried again every five seconds, with a reload each time. A panic in it is caught.
    ///
    /// Network file systems, and some that are mounted into containers, tell nobody what other
    /// machines write. For them there is [`LivePolicy::poll`].
    ///
    /// ```no_run
    /// use mfa_rules::{LivePolicy, Loader};
    /// use std::sync::Arc;
    ///
    /// let live = Arc::new(LivePolicy::load(Loader::new(), "/etc/acme/rules")?);
    /// let watch = live.watch(|reload| match reload {
    ///     Ok(reload) => eprintln!("{reload}"),
    ///     Err(error) => eprintln!("{error}"),
    /// })?;
    /// # drop(watch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the rules do not come from files, when a folder on the way to them cannot be watched,
    /// for example because the system's limit is reached or it may not be read, and when no thread
    /// can be started.
    pub fn watch(
        self: &Arc<Self>,
        mut on_reload: impl FnMut(Result<Reload, WatchError>) + Send + 'static,
    ) -> Result<Watch, WatchError> {
        let path = self.path().ok_or(WatchError::NoFiles)?.to_owned();
        let mut news = News::new(self);
        let watch = Watch::files([path], move |change| match change {
            Ok(()) => {
                if let Some(reload) = news.reload() {
                    on_reload(Ok(reload));
                }
            }
            Err(error) => on_reload(Err(error)),
        })?;
        // What changed between loading and watching.
        watch.signal(Signal::Changed);
        Ok(watch)
    }

    /// Reloads the rules again and again, until the [`Watch`] is dropped, with `interval` between
    /// two readings. It is for file systems that do not tell of changes, and for secrets in the
    /// environment.
    ///
    /// What was read is compared, and not the times of the files, which some file systems keep only
    /// to the second. `on_reload` is told what is new, as by [`LivePolicy::watch`], and never an
    /// error. An interval of less than a tenth of a second is one of a tenth.
    ///
    /// # Errors
    ///
    /// When the rules do not come from files, and when no thread can be started.
    pub fn poll(
        self: &Arc<Self>,
        interval: Duration,
        mut on_reload: impl FnMut(Result<Reload, WatchError>) + Send + 'static,
    ) -> Result<Watch, WatchError> {
        if self.path().is_none() {
            return Err(WatchError::NoFiles);
        }
        let interval = interval.max(SHORTEST_INTERVAL);
        let mut news = News::new(self);
        Watch::start(None, move |stop| {
            while stop.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                undisturbed(|| {
                    if let Some(reload) = news.reload() {
                        on_reload(Ok(reload));
                    }
                });
            }
        })
    }
}

impl Watch {
    /// Calls `on_change` after something changed at one of the paths, files or folders with all
    /// that is in them, which need not exist. See [`LivePolicy::watch`] for what counts as a
    /// change, and for when it is called.
    ///
    /// It is for programs that read more than rules again. Whether anything is different from what
    /// was read before is for them to see.
    ///
    /// # Errors
    ///
    /// When a folder on the way to a path cannot be watched, and when no thread can be started.
    pub fn files(
        paths: impl IntoIterator<Item = PathBuf>,
        mut on_change: impl FnMut(Result<(), WatchError>) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let (signals, received) = channel();
        let watching = Watching {
            paths: paths.into_iter().collect(),
            signals: signals.clone(),
            received,
            told: None,
            on_change: move |change| undisturbed(|| on_change(change)),
        };
        let watcher = watching.begin()?;
        Self::start(Some(signals), move |stop| watching.run(watcher, stop))
    }

    fn start(
        signals: Option<Sender<Signal>>,
        work: impl FnOnce(&Receiver<()>) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("mfa-rules-watch".to_owned())
            .spawn(move || work(&stopped))
            .map_err(|error| WatchError::NoThread(error.to_string()))?;
        Ok(Self {
            signals,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn signal(&self, signal: Signal) {
        if let Some(signals) = &self.signals {
            // A thread that has ended needs no signal.
            let _ = signals.send(signal);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.signal(Signal::Stop);
        if let Some(thread) = self.thread.take() {
            // What is called may drop it, and must not wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

/// What the thread that watches works with.
struct Watching<F> {
    paths: Vec<PathBuf>,
    signals: Sender<Signal>,
    received: Receiver<Signal>,
    /// Why nothing is watched, for as long as it is so.
    told: Option<WatchError>,
    on_change: F,
}

impl<F: FnMut(Result<(), WatchError>)> Watching<F> {
    fn run(mut self, watcher: RecommendedWatcher, stop: &Receiver<()>) {
        let mut watcher = Some(watcher);
        while self.wait(watcher.is_some(), stop) {
            // Everything is watched anew after each change, because other folders may now be on the
            // way. And it is watched first and read then, so that a change in between is seen.
            drop(watcher.take());
            watcher = match self.begin() {
                Ok(watcher) => {
                    self.told = None;
                    Some(watcher)
                }
                Err(error) => {
                    if self.told.as_ref() != Some(&error) {
                        (self.on_change)(Err(error.clone()));
                        self.told = Some(error);
                    }
                    None
                }
            };
            (self.on_change)(Ok(()));
        }
    }

    /// Waits until something has changed and nothing does any more. Gives whether to go on.
    fn wait(&mut self, is_watched: bool, stop: &Receiver<()>) -> bool {
        if is_watched {
            let Ok(signal) = self.received.recv() else {
                return false;
            };
            if !self.note(signal) {
                return false;
            }
        } else if stop.recv_timeout(RETRY) != Err(RecvTimeoutError::Timeout) {
            return false;
        }
        for _ in 0..MOST_WAITS {
            if stop.recv_timeout(QUIET) != Err(RecvTimeoutError::Timeout) {
                return false;
            }
            let mut is_quiet = true;
            while let Ok(signal) = self.received.try_recv() {
                is_quiet = false;
                if !self.note(signal) {
                    return false;
                }
            }
            if is_quiet {
                break;
            }
        }
        true
    }

    /// Gives whether to go on.
    fn note(&mut self, signal: Signal) -> bool {
        match signal {
            Signal::Changed => true,
            Signal::Failed(error) => {
                (self.on_change)(Err(error));
                true
            }
            Signal::Stop => false,
        }
    }

    /// Begins to watch what is on the ways to the paths as they are now, and what is there.
    fn begin(&self) -> Result<RecommendedWatcher, WatchError> {
        let mut beginnings = 1;
        loop {
            match self.begin_once() {
                Err(Beginning::Vanished(_)) if beginnings < MOST_BEGINNINGS => {
                    beginnings = beginnings.saturating_add(1);
                }
                Err(Beginning::Vanished(error) | Beginning::Failed(error)) => return Err(error),
                Ok(watcher) => return Ok(watcher),
            }
        }
    }

    fn begin_once(&self) -> Result<RecommendedWatcher, Beginning> {
        let mut ways = Vec::with_capacity(self.paths.len());
        for path in &self.paths {
            let way = Way::to(path).map_err(|error| {
                Beginning::Failed(WatchError::Unwatchable {
                    path: path.clone(),
                    reason: error.to_string(),
                })
            })?;
            ways.push(way);
        }
        let whole: BTreeSet<PathBuf> = ways.iter().filter_map(|way| way.folder.clone()).collect();
        let on_the_way = ways.iter().flat_map(Way::folders);
        let on_the_way: BTreeSet<PathBuf> = on_the_way
            .filter(|folder| !whole.iter().any(|whole| folder.starts_with(whole)))
            .map(Path::to_owned)
            .collect();
        let signals = self.signals.clone();
        let handler = move |event: notify::Result<Event>| {
            let signal = match event {
                Ok(event) if is_change(&event, &ways) => Signal::Changed,
                Ok(_) => return,
                Err(error) => Signal::Failed(WatchError::Interrupted(reason(&error))),
            };
            // Nobody listens any more when watching has ended.
            let _ = signals.send(signal);
        };
        // A link that leads out of the folder is not followed by the loader either.
        let config = notify::Config::default().with_follow_symlinks(false);
        let refused = |path: &Path, error: &notify::Error| {
            let unwatchable = WatchError::Unwatchable {
                path: path.to_owned(),
                reason: reason(error),
            };
            match error.kind {
                notify::ErrorKind::PathNotFound => Beginning::Vanished(unwatchable),
                _ => Beginning::Failed(unwatchable),
            }
        };
        let any = self.paths.first().map_or(Path::new(""), PathBuf::as_path);
        let mut watcher =
            RecommendedWatcher::new(handler, config).map_err(|error| refused(any, &error))?;
        let modes = on_the_way
            .iter()
            .map(|folder| (folder, RecursiveMode::NonRecursive))
            .chain(
                whole
                    .iter()
                    .map(|folder| (folder, RecursiveMode::Recursive)),
            );
        for (folder, mode) in modes {
            watcher
                .watch(folder, mode)
                .map_err(|error| refused(folder, &error))?;
        }
        Ok(watcher)
    }
}

/// Why watching was not begun.
enum Beginning {
    /// What was there a moment ago is not.
    Vanished(WatchError),
    Failed(WatchError),
}

/// What a reload has that was not told before.
struct News {
    live: Arc<LivePolicy>,
    refusal: Option<Arc<Refusal>>,
}

impl News {
    fn new(live: &Arc<LivePolicy>) -> Self {
        Self {
            live: Arc::clone(live),
            refusal: None,
        }
    }

    fn reload(&mut self) -> Option<Reload> {
        let reload = self.live.reload();
        let is_new = match &reload {
            Reload::Replaced { .. } => {
                self.refusal = None;
                true
            }
            Reload::Unchanged { .. } => self.refusal.take().is_some(),
            Reload::Refused(refusal) => {
                let before = self.refusal.replace(Arc::clone(refusal));
                before.is_none_or(|before| before.error != refusal.error)
            }
        };
        is_new.then_some(reload)
    }
}

/// Whether something may be different now. That files are read is no change: the loader does it.
fn is_change(event: &Event, ways: &[Way]) -> bool {
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    let is_reading = matches!(event.kind, EventKind::Access(access)
        if access != AccessKind::Close(AccessMode::Write));
    let is_changed = |path: &PathBuf| ways.iter().any(|way| way.is_changed_by(path));
    !is_reading && event.paths.iter().any(is_changed)
}

fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::Io(error) => error.to_string(),
        notify::ErrorKind::PathNotFound => "there is no such file or folder".to_owned(),
        notify::ErrorKind::MaxFilesWatch => {
            "the system's limit on watched files is reached".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Calls what an embedder gave. Its panic, which the panic hook has told of, must not end watching.
fn undisturbed(call: impl FnOnce()) {
    let _ = caught(call);
}
