//! Compiled rules that many rule sets share, and the policies of many tenants.
//!
//! Both are beside the decision: a rule set that was made with a cache decides without it.

mod figures;
mod tenants;

pub use figures::CacheFigures;
pub use tenants::{PolicySource, TenantError, Tenants};

use crate::compile::{Compiled, CompiledRule};
use crate::compile_error::CompileError;
use crate::diagnostic::Diagnostic;
use crate::memory::{Heap, sum};
use crate::plugin::Functions;
use crate::read_set::ReadSet;
use crate::rule_set::{Compile, LANGUAGE_VERSION, Rule, RuleBody, RuleSet, has_errors};
use figures::Counters;
use moka::notification::RemovalCause;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::mem::size_of;
use std::sync::{Arc, Weak};

/// Compiled rules, by their content: rule sets that have a rule in common compile it once and share
/// it.
///
/// Hand it to [`RuleSetBuilder::cache`](crate::RuleSetBuilder::cache) and
/// [`Loader::cache`](crate::Loader::cache). It is cheap to clone, and all clones are the same cache.
///
/// A rule is found by a SHA-256 over the version of the rule language and the whole text of the
/// rule, and by the host functions that it was compiled with: never by its name. Rules that do not
/// compile are not kept: whoever asks next compiles again. When several threads ask for a rule that
/// is not there, one compiles it and the others wait; if that one panics, another takes over.
///
/// ```
/// use mfa_rules::{RuleCache, RuleSet};
///
/// let cache = RuleCache::new(64 << 20);
/// for tenant in ["acme", "globex", "initech"] {
///     RuleSet::builder()
///         .name(tenant)
///         .rule(("everybody", r#"require_mfa("any");"#))
///         .cache(&cache)
///         .compile()?;
/// }
/// let figures = cache.figures();
/// assert_eq!((figures.fills, figures.hits), (1, 2));
/// # Ok::<(), mfa_rules::CompileError>(())
/// ```
///
/// # Memory
///
/// The bound is on what the cache keeps, as [`RuleSet::memory`] estimates it, with some hundred
/// bytes for each entry. What is beyond it is evicted, what is asked for least first, and a rule
/// that alone is larger than the bound is never kept. A rule that is evicted goes on living in the
/// rule sets that have it; they only do not share it with later ones.
#[derive(Clone)]
pub struct RuleCache {
    rules: Cache<Content, Arc<Kept>>,
    /// By a hash, which may be the same for different lists.
    lists: Cache<u64, List>,
    hasher: RandomState,
    counters: Arc<Counters>,
}

/// What a rule is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Content {
    digest: [u8; 32],
    /// [`Functions::identity`]
    functions: usize,
}

/// A rule that is kept.
struct Kept {
    rule: Arc<CompiledRule>,
    /// They name the file that the rule was first found in.
    warnings: Box<[Diagnostic]>,
    /// INVARIANT: they live as long as the entry that is found by their identity, so that no other
    /// ones can come to have the same.
    _functions: Functions,
}

/// What rule sets that run the same rules in the same way share beside the rules. It lives as long as
/// one of them.
#[derive(Clone)]
struct List {
    rules: Weak<[Rule]>,
    reads: Weak<ReadSet>,
    length: usize,
}

/// Bytes that the cache itself takes for an entry, measured.
const ENTRY: usize = 320;

/// The part of the bound that lists have. They are small beside the rules.
const LISTS: u64 = 16;

impl RuleCache {
    /// A cache of compiled rules that keeps up to about `bytes` bytes.
    ///
    /// A rule of twenty lines takes some 3 KiB, and one with patterns for `matches` 10 to 100 KiB
    /// more for each of them.
    pub fn new(bytes: u64) -> Self {
        let counters = Arc::new(Counters::default());
        let lists = bytes / LISTS;
        let evictions = Arc::clone(&counters);
        Self {
            rules: Cache::builder()
                .max_capacity(bytes.saturating_sub(lists))
                .weigher(|_, kept: &Arc<Kept>| narrow(kept.weight()))
                .eviction_listener(move |_, _, cause: RemovalCause| {
                    if cause.was_evicted() {
                        evictions.evicted();
                    }
                })
                .build(),
            lists: Cache::builder()
                .max_capacity(lists)
                .weigher(|_, list: &List| narrow(list.weight()))
                .build(),
            hasher: RandomState::new(),
            counters,
        }
    }

    /// What the cache did so far, and what is in it.
    ///
    /// A hit is a rule that was there; a miss is one that was not, whether it was then compiled or
    /// waited for; a fill is a rule that was compiled.
    pub fn figures(&self) -> CacheFigures {
        self.settle();
        let entries = self.rules.entry_count();
        let weight = self.rules.weighted_size();
        let lists = self.lists.weighted_size();
        self.counters.figures(entries, weight.saturating_add(lists))
    }

    /// Makes a rule set: `make` is given what compiles a rule, by `compile` when it is not there.
    pub(crate) fn rule_set(
        &self,
        compile: Compile<'_>,
        make: impl FnOnce(Compile<'_>) -> Result<RuleSet, CompileError>,
    ) -> Result<RuleSet, CompileError> {
        let made = make(&|file, source, functions| self.compiled(file, source, functions, compile));
        made.map(|mut rule_set| {
            self.share(&mut rule_set);
            rule_set
        })
    }

    /// Compiles a rule by `compile`, unless it is there.
    fn compiled(
        &self,
        file: &str,
        source: &str,
        functions: &Functions,
        compile: Compile<'_>,
    ) -> Compiled {
        let content = Content::of(source, functions);
        if let Some(kept) = self.rules.get(&content) {
            self.counters.hit();
            return kept.named(file);
        }
        self.counters.miss();
        let filled = self.rules.try_get_with(content, || {
            let compile = || compile(file, source, functions);
            let compiled = self.counters.filling(compile, is_sound);
            Kept::of(compiled, functions).map(Arc::new)
        });
        self.settle();
        match filled {
            Ok(kept) => kept.named(file),
            Err(refused) => refused.named(file),
        }
    }

    /// Lets a set share with those before it what it says about its rules.
    fn share(&self, rule_set: &mut RuleSet) {
        let hash = self.hasher.hash_one(Addresses(&rule_set.rules));
        let kept = self.lists.get(&hash);
        let found = kept.and_then(|list| list.rules.upgrade().zip(list.reads.upgrade()));
        match found {
            Some((rules, reads)) if is_same_list(rule_set, &rules, &reads) => {
                rule_set.rules = rules;
                rule_set.reads = reads;
            }
            _ => {
                let list = List {
                    rules: Arc::downgrade(&rule_set.rules),
                    reads: Arc::downgrade(&rule_set.reads),
                    length: rule_set.rules.len(),
                };
                self.lists.insert(hash, list);
                self.lists.run_pending_tasks();
            }
        }
    }

    /// Evicts what is beyond the bound now rather than at some later time.
    fn settle(&self) {
        self.rules.run_pending_tasks();
        self.lists.run_pending_tasks();
    }
}

/// A cache of 64 MiB: some thousands of rules.
impl Default for RuleCache {
    fn default() -> Self {
        Self::new(64 << 20)
    }
}

impl fmt::Debug for RuleCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleCache")
            .field("entries", &self.rules.entry_count())
            .finish_non_exhaustive()
    }
}

impl Content {
    fn of(source: &str, functions: &Functions) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"mfa-rules rule");
        digest.update(LANGUAGE_VERSION.to_le_bytes());
        // The last part needs no length before it.
        digest.update(source);
        Self {
            digest: digest.finalize().into(),
            functions: functions.identity(),
        }
    }
}

impl Kept {
    /// A rule that can be used.
    fn of(compiled: Compiled, functions: &Functions) -> Result<Self, Refused> {
        match compiled {
            Compiled {
                rule: Some(rule),
                diagnostics,
            } if !has_errors(&diagnostics) => Ok(Self {
                rule,
                warnings: diagnostics.into(),
                _functions: functions.clone(),
            }),
            compiled => Err(Refused(compiled)),
        }
    }

    fn named(&self, file: &str) -> Compiled {
        Compiled {
            rule: Some(Arc::clone(&self.rule)),
            diagnostics: in_file(&self.warnings, file),
        }
    }

    fn weight(&self) -> usize {
        let warnings = self.warnings.len().saturating_mul(size_of::<Diagnostic>());
        sum([ENTRY, self.rule.memory(), warnings, self.warnings.heap()])
    }
}

/// A rule that cannot be used. Those who waited for it share it, and it is not kept.
struct Refused(Compiled);

impl Refused {
    fn named(&self, file: &str) -> Compiled {
        Compiled {
            rule: self.0.rule.clone(),
            diagnostics: in_file(&self.0.diagnostics, file),
        }
    }
}

/// The same problems, of a rule that stands in `file`.
fn in_file(diagnostics: &[Diagnostic], file: &str) -> Vec<Diagnostic> {
    diagnostics
        .iter()
        .map(|diagnostic| Diagnostic {
            file: file.to_owned(),
            ..diagnostic.clone()
        })
        .collect()
}

fn is_sound(compiled: &Compiled) -> bool {
    compiled.rule.is_some() && !has_errors(&compiled.diagnostics)
}

impl List {
    /// What it keeps when no rule set has it any more.
    fn weight(&self) -> usize {
        let rules = self.length.saturating_mul(size_of::<Rule>());
        sum([ENTRY, rules, size_of::<ReadSet>()])
    }
}

/// Rules, told apart by where they are.
struct Addresses<'r>(&'r [Rule]);

impl Hash for Addresses<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for rule in self.0 {
            rule.name.hash(state);
            match &rule.body {
                RuleBody::Script(compiled) => Arc::as_ptr(compiled).hash(state),
                RuleBody::Native(native) => native.address().hash(state),
            }
        }
    }
}

fn is_same_list(rule_set: &RuleSet, rules: &[Rule], reads: &ReadSet) -> bool {
    *rule_set.reads == *reads
        && rule_set.rules.len() == rules.len()
        && rule_set
            .rules
            .iter()
            .zip(rules)
            .all(|(rule, other)| is_same(rule, other))
}

/// SECURITY: whatever tells two rules apart is named here, because a set that is given another's
/// list runs the other's rules.
fn is_same(rule: &Rule, other: &Rule) -> bool {
    let Rule {
        name,
        file,
        enabled,
        on_error,
        applies_to,
        body,
    } = rule;
    *name == other.name
        && *file == other.file
        && *enabled == other.enabled
        && *on_error == other.on_error
        && *applies_to == other.applies_to
        && match (body, &other.body) {
            (RuleBody::Script(rule), RuleBody::Script(other)) => Arc::ptr_eq(rule, other),
            (RuleBody::Native(rule), RuleBody::Native(other)) => rule.is_same(other),
            (RuleBody::Script(_), RuleBody::Native(_))
            | (RuleBody::Native(_), RuleBody::Script(_)) => false,
        }
}

/// A weight, in the form of the cache. What is heavier has no place in it anyway.
fn narrow(weight: usize) -> u32 {
    u32::try_from(weight).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
