//! A policy whose rules can be replaced while other threads decide by it.

mod reload;
#[cfg(test)]
mod tests;
#[cfg(feature = "watch")]
pub(crate) mod watch;
#[cfg(feature = "watch")]
mod way;

pub use reload::{Refusal, Reload};

use crate::caught::caught;
use crate::codes::Code;
use crate::compile_error::CompileError;
use crate::diagnostic::Diagnostic;
use crate::loader::Loader;
use crate::manifest;
use crate::policy::Policy;
use crate::rule_set::RuleSet;
use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A policy whose rules can be replaced while other threads decide by it.
///
/// A server keeps one for as long as it runs. Each decision takes the [`LivePolicy::current`]
/// policy, which takes no lock, and is by exactly one revision of the rules. A reload reads and
/// compiles a whole new set first, and replaces the old one only when nothing is wrong with it:
/// else the set is refused, and the last good one keeps deciding.
///
/// ```
/// use mfa_rules::{Decision, LivePolicy, Loader, Login, Reload};
/// # use std::fs;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path();
/// fs::write(path.join("everybody.rhai"), r#"require_mfa("any");"#)?;
/// let live = LivePolicy::load(Loader::new(), path)?;
/// let login = Login::new("2026-01-05T09:00:00Z".parse()?);
/// assert_eq!(live.current().decide(&login).decision(), Decision::Required);
///
/// fs::write(path.join("everybody.rhai"), r#"deny("maintenance");"#)?;
/// assert!(matches!(live.reload(), Reload::Replaced { .. }));
/// assert_eq!(live.current().decide(&login).decision(), Decision::Denied);
///
/// fs::write(path.join("everybody.rhai"), "require_mfa(")?;
/// assert!(matches!(live.reload(), Reload::Refused(_)));
/// assert_eq!(live.current().decide(&login).decision(), Decision::Denied);
/// assert!(live.last_refusal().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// There is none without rules: [`LivePolicy::load`] fails when there is no set that can be used.
/// After that no reload leaves it without: a folder that is gone, emptied or unreadable, a manifest
/// that was there, a secret that is missing, all of them are refused. What no reload can tell from
/// an intended change is a file that was cut off where it still makes sense, and a set without a
/// manifest of which one rule is not copied yet. Replace the folder in one step, as
/// `docs/servers.md` shows.
pub struct LivePolicy {
    current: ArcSwap<Policy>,
    refusal: ArcSwapOption<Refusal>,
    files: Option<Files>,
    make: Box<Make>,
    /// Held by a reload from its reading to its end, so that what is read later also decides later.
    /// Decisions never ask for it.
    reloads: Mutex<()>,
}

/// Makes the policy of a rule set.
type Make = dyn Fn(Arc<RuleSet>) -> Policy + Send + Sync;

/// Where the rules are read from.
struct Files {
    loader: Loader,
    path: PathBuf,
}

impl LivePolicy {
    /// Loads the rules, as [`Loader::load`] does, and keeps the loader and the path for reloads.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rule set. There is then nothing that could decide.
    pub fn load(loader: Loader, path: impl Into<PathBuf>) -> Result<Self, CompileError> {
        let path = path.into();
        let mut live = Self::new(loader.load(&path)?);
        live.files = Some(Files { loader, path });
        Ok(live)
    }

    /// A policy whose rules do not come from files, for example from a database: see
    /// [`LivePolicy::replace`] and [`LivePolicy::offer`].
    ///
    /// ```
    /// use mfa_rules::{LivePolicy, Reload, RuleSet};
    ///
    /// let live = LivePolicy::new(RuleSet::from_source("rule", r#"require_mfa("any");"#)?);
    /// let refused = live.offer(RuleSet::from_source("rule", "require_mfa("));
    /// assert!(matches!(refused, Reload::Refused(_)));
    /// live.replace(RuleSet::from_source("rule", r#"deny("closed");"#)?);
    /// assert!(live.last_refusal().is_none());
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn new(rules: RuleSet) -> Self {
        Self {
            current: ArcSwap::from_pointee(Policy::new(rules)),
            refusal: ArcSwapOption::empty(),
            files: None,
            make: Box::new(Policy::new),
            reloads: Mutex::new(()),
        }
    }

    /// The same with another way to make the policy of a rule set, so that what belongs to the
    /// policy and not to the rules, observers for example, is there after each reload.
    ///
    /// Default: [`Policy::new`]. It is called at once for the rules that are there, and then by
    /// each reload that replaces them. When it panics in a reload, the new rules are refused.
    #[must_use]
    pub fn with_policy(
        mut self,
        make: impl Fn(Arc<RuleSet>) -> Policy + Send + Sync + 'static,
    ) -> Self {
        let rules = Arc::clone(self.current().rules());
        self.current = ArcSwap::from_pointee(make(rules));
        self.make = Box::new(make);
        self
    }

    /// The policy that decides now. It stays what it is however often the rules are replaced.
    ///
    /// No thread waits here, neither for another one that decides nor for a reload. Take it once for
    /// each login: what is asked of one [`Current`] is answered by one revision.
    pub fn current(&self) -> Current {
        Current(self.current.load())
    }

    /// Reads the rules again, and decides by them from now on when nothing is wrong with them.
    ///
    /// It reads files and compiles, so in an asynchronous server it belongs on a thread that may
    /// block. Reloads of several threads run one after the other. Rules that were not loaded from
    /// files are unchanged.
    pub fn reload(&self) -> Reload {
        let _alone = self.alone();
        let Some(files) = &self.files else {
            return self.unchanged();
        };
        // The environment is a function of the embedder's, and so may panic.
        let read = caught(|| files.loader.load(&files.path));
        match read.unwrap_or_else(|_| Err(panicked(&files.path.display().to_string()))) {
            Ok(rules) if rules.is_same_as(self.current().rules()) => {
                self.refusal.store(None);
                self.unchanged()
            }
            // SECURITY: without its manifest a set lacks its configuration and its order, and runs
            // rules that are disabled. A folder that is being copied is in this state for a while.
            Ok(rules) if self.current().rules().has_manifest && !rules.has_manifest => {
                self.refuse(without_manifest(&files.path))
            }
            read => self.take(read),
        }
    }

    /// Decides by other rules from now on. That they compile is known by their type.
    pub fn replace(&self, rules: RuleSet) -> Reload {
        self.offer(Ok(rules))
    }

    /// Decides by other rules from now on, unless something is wrong with them: takes what
    /// [`RuleSetBuilder::compile`](crate::RuleSetBuilder::compile) gives.
    pub fn offer(&self, rules: Result<RuleSet, CompileError>) -> Reload {
        let _alone = self.alone();
        self.take(rules)
    }

    /// Why the rules that were read last do not decide; `None` when they do.
    ///
    /// For the health check of a server: it decides by rules that are not those in its folder.
    pub fn last_refusal(&self) -> Option<Arc<Refusal>> {
        self.refusal.load_full()
    }

    /// What the rules are read from; `None` when they do not come from files.
    pub fn path(&self) -> Option<&Path> {
        self.files.as_ref().map(|files| files.path.as_path())
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        // There is nothing behind the lock that a panic could have left half done.
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unchanged(&self) -> Reload {
        Reload::Unchanged {
            revision: self.current().rules().revision().to_owned(),
        }
    }

    /// SECURITY: the only place that changes what decides. It does so by a set that is there, hence
    /// sound, and by nothing else.
    fn take(&self, rules: Result<RuleSet, CompileError>) -> Reload {
        let rules = match rules {
            Ok(rules) => Arc::new(rules),
            Err(error) => return self.refuse(error),
        };
        let name = rules.name().to_owned();
        let warnings = rules.warnings().to_vec();
        let Ok(policy) = caught(|| (self.make)(rules)) else {
            return self.refuse(panicked(&name));
        };
        let to = policy.rules().revision().to_owned();
        let from = self.current.swap(Arc::new(policy));
        self.refusal.store(None);
        Reload::Replaced {
            from: from.rules().revision().to_owned(),
            to,
            warnings,
        }
    }

    fn refuse(&self, error: CompileError) -> Reload {
        let before = self.last_refusal().map_or(0, |refusal| refusal.attempts);
        let refusal = Arc::new(Refusal {
            kept: self.current().rules().revision().to_owned(),
            error,
            attempts: before.saturating_add(1),
        });
        self.refusal.store(Some(Arc::clone(&refusal)));
        Reload::Refused(refusal)
    }
}

impl fmt::Debug for LivePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePolicy")
            .field("rules", self.current().rules())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// The policy that was current when it was asked for: see [`LivePolicy::current`].
///
/// It may be kept for as long as a login takes, and sent to another thread. For longer than that,
/// or when many are kept at once, [`Current::into_arc`] is cheaper.
pub struct Current(Guard<Arc<Policy>>);

impl Current {
    /// The policy as an `Arc`, which counts its owners: all threads that decide write to the count.
    pub fn into_arc(self) -> Arc<Policy> {
        Guard::into_inner(self.0)
    }
}

impl Deref for Current {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Current").field(self.0.rules()).finish()
    }
}

/// A function of the embedder's panicked while rules were replaced.
/// The rules that decide have a manifest, and those that were read have none.
fn without_manifest(path: &Path) -> CompileError {
    let manifest = path.join(manifest::FILE_NAME).display().to_string();
    CompileError::new(vec![
        Diagnostic::error(
            Code::MissingManifest,
            manifest,
            "the manifest is gone, and the rules that decide have one",
        )
        .with_help("put it back; to go on without one, start the server again"),
    ])
}

fn panicked(shown: &str) -> CompileError {
    CompileError::new(vec![
        Diagnostic::error(
            Code::Panic,
            shown,
            "the rule set could not be taken: a function of the server panicked",
        )
        .with_help("the server's log has the message of the panic"),
    ])
}
