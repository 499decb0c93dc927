//! How many bytes a rule set takes, which is what bounds a cache of many.

mod plan;
mod script;

use crate::compile::CompiledRule;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::read_set::ReadSet;
use crate::rule_set::{AppliesTo, NeededFact, Rule, RuleBody, RuleSet};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::size_of;
use std::sync::Arc;

/// About how many bytes a rule set takes. See [`RuleSet::memory`].
///
/// These are the bytes that are asked of the allocator. What the allocator adds for itself,
/// most often 8 to 16 bytes for each of its pieces, is not in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MemoryUse {
    /// Bytes that this set has alone: configuration, secrets, limits, warnings, its name and its
    /// revision. The set itself is part of it.
    pub own: usize,
    /// Bytes of its rules: their texts, trees and patterns, what the set says about each, and what
    /// they can look at of a login.
    ///
    /// Each text is counted in full, and once however often the set names it. Sets that share rules
    /// through a `RuleCache` each count them, and together have them once.
    pub rules: usize,
}

impl MemoryUse {
    /// Both together: what the set takes when it shares nothing.
    pub fn total(&self) -> usize {
        self.own.saturating_add(self.rules)
    }
}

impl RuleSet {
    /// About how many bytes the set takes in memory.
    ///
    /// It is an estimate, by walking through the set: between half and twice of what its parts ask
    /// of the allocator. Memory that a decision takes while it runs is not in it; see
    /// [`Limits`] for that. What patterns of `matches` keep between decisions is, for one thread.
    ///
    /// ```
    /// use mfa_rules::RuleSet;
    ///
    /// let small = RuleSet::from_source("small", r#"require_mfa("any");"#)?;
    /// let patterns = RuleSet::from_source(
    ///     "patterns",
    ///     r#"if matches(user?.email ?? "", "^[a-z.]+@example\\.com$") { require_mfa("any"); }"#,
    /// )?;
    /// assert!(patterns.memory().rules > 5 * small.memory().rules);
    /// assert!(small.memory().total() < 4096);
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn memory(&self) -> MemoryUse {
        MemoryUse {
            own: size_of::<Self>().saturating_add(self.heap()),
            rules: self
                .list_memory()
                .saturating_add(self.compiled_memory(|_| 1)),
        }
    }

    /// The bytes that are the set's when those of what it shares are divided among all who share it
    /// now.
    #[cfg(feature = "cache")]
    pub(crate) fn share_of_memory(&self) -> usize {
        // One of those who share a rule is the cache of rules, or else this counts for more.
        let compiled = self.compiled_memory(|rule| Arc::strong_count(rule).saturating_sub(1));
        let rules = self.list_memory().saturating_add(compiled);
        let share = rules.checked_div(Arc::strong_count(&self.rules));
        self.memory().own.saturating_add(share.unwrap_or(rules))
    }

    /// What the set says about each of its rules, and what they can look at.
    fn list_memory(&self) -> usize {
        let list = self.rules.len().saturating_mul(size_of::<Rule>());
        let reads = size_of::<ReadSet>().saturating_add(self.reads.heap());
        sum([SHARED, list, self.rules.heap(), SHARED, reads])
    }

    /// The compiled rules, each divided by `sharers`.
    fn compiled_memory(&self, sharers: impl Fn(&Arc<CompiledRule>) -> usize) -> usize {
        let mut counted = BTreeSet::new();
        let compiled = self.rules.iter().filter_map(|rule| match &rule.body {
            RuleBody::Script(compiled) => Some(compiled),
            RuleBody::Native(_) => None,
        });
        let once = compiled.filter(|rule| counted.insert(Arc::as_ptr(rule)));
        sum(once.map(|rule| {
            let whole = rule.memory();
            whole.checked_div(sharers(rule)).unwrap_or(whole)
        }))
    }
}

impl CompiledRule {
    /// The bytes that the rule takes where it is shared, itself included.
    pub(crate) fn memory(&self) -> usize {
        sum([SHARED, size_of::<Self>(), self.heap()])
    }
}

/// Two counters stand before what is shared.
pub(crate) const SHARED: usize = 2 * size_of::<usize>();

/// What a value keeps in memory outside of itself.
///
/// Implementations name every field, so that a new one is not forgotten.
pub(crate) trait Heap {
    /// The bytes that the value keeps outside of itself.
    fn heap(&self) -> usize;
}

pub(crate) fn sum(parts: impl IntoIterator<Item = usize>) -> usize {
    parts.into_iter().fold(0, usize::saturating_add)
}

impl Heap for RuleSet {
    /// What it has alone.
    fn heap(&self) -> usize {
        let Self {
            name,
            revision,
            has_manifest: _,
            rules: _,
            configuration,
            secrets,
            limits: Limits { .. },
            warnings,
            reads: _,
            facts,
            index,
        } = self;
        sum([
            facts.heap(),
            index.heap(),
            name.heap(),
            revision.heap(),
            object(configuration),
            secrets.heap(),
            warnings.heap(),
        ])
    }
}

impl Heap for Rule {
    /// All but the compiled rule, and what an embedder's rule keeps for itself.
    fn heap(&self) -> usize {
        let Self {
            name,
            file,
            enabled: _,
            on_error: _,
            applies_to,
            body: _,
        } = self;
        sum([name.heap(), file.heap(), applies_to.heap()])
    }
}

impl Heap for NeededFact {
    fn heap(&self) -> usize {
        let Self {
            name,
            description,
            rules,
        } = self;
        sum([name.heap(), description.heap(), rules.heap()])
    }
}

impl Heap for AppliesTo {
    fn heap(&self) -> usize {
        let Self {
            clients,
            connections,
            protocols,
            organizations,
        } = self;
        sum([
            clients.heap(),
            connections.heap(),
            protocols.heap(),
            organizations.heap(),
        ])
    }
}

impl Heap for CompiledRule {
    fn heap(&self) -> usize {
        let Self {
            source,
            script,
            reads,
        } = self;
        sum([source.heap(), script.heap(), reads.heap()])
    }
}

impl Heap for ReadSet {
    fn heap(&self) -> usize {
        let Self {
            user,
            context,
            configuration,
        } = self;
        sum([user.heap(), context.heap(), configuration.heap()])
    }
}

impl Heap for Diagnostic {
    fn heap(&self) -> usize {
        let Self {
            code: _,
            severity: _,
            message,
            file,
            span: _,
            excerpt,
            help,
        } = self;
        sum([message.heap(), file.heap(), excerpt.heap(), help.heap()])
    }
}

impl Heap for Json {
    fn heap(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.heap(),
            Self::Array(items) => items.heap(),
            Self::Object(members) => object(members),
        }
    }
}

/// The members of an object. Its map has no capacity to ask for, and is a tree unless the embedder
/// switched something else on.
fn object(members: &serde_json::Map<String, Json>) -> usize {
    let inside = members
        .iter()
        .map(|(name, value)| name.heap().saturating_add(value.heap()));
    tree(members.len(), size_of::<(String, Json)>()).saturating_add(sum(inside))
}

/// The nodes of an ordered map of `length` entries of `entry` bytes.
///
/// A node has room for 11 entries from the start, and is on average two thirds full when there are
/// several.
fn tree(length: usize, entry: usize) -> usize {
    const ROOM: usize = 11;
    const FILLED: usize = 7;
    let nodes = match length {
        0 => 0,
        1..=ROOM => 1,
        _ => length.div_ceil(FILLED),
    };
    // Beside the entries, a node has its place in its parent and, now and then, children.
    let node = entry.saturating_mul(ROOM).saturating_add(SHARED);
    nodes.saturating_mul(node)
}

impl Heap for Box<str> {
    fn heap(&self) -> usize {
        self.len()
    }
}

impl Heap for String {
    fn heap(&self) -> usize {
        self.capacity()
    }
}

impl Heap for usize {
    fn heap(&self) -> usize {
        0
    }
}

impl<T: Heap> Heap for Option<T> {
    fn heap(&self) -> usize {
        self.as_ref().map_or(0, Heap::heap)
    }
}

impl<T: Heap> Heap for Vec<T> {
    fn heap(&self) -> usize {
        let room = self.capacity().saturating_mul(size_of::<T>());
        room.saturating_add(self.as_slice().heap())
    }
}

impl<T: Heap> Heap for [T] {
    fn heap(&self) -> usize {
        sum(self.iter().map(Heap::heap))
    }
}

impl<T: Heap, const N: usize> Heap for [T; N] {
    fn heap(&self) -> usize {
        self.as_slice().heap()
    }
}

impl<T: Heap> Heap for Box<[T]> {
    fn heap(&self) -> usize {
        let elements = self.len().saturating_mul(size_of::<T>());
        elements.saturating_add((**self).heap())
    }
}

impl<T: Heap> Heap for Box<T> {
    fn heap(&self) -> usize {
        size_of::<T>().saturating_add(T::heap(self))
    }
}

impl<T: Heap> Heap for Arc<T> {
    /// Its part of what is shared: the parts of all who share it make up the whole.
    fn heap(&self) -> usize {
        let whole = sum([SHARED, size_of::<T>(), T::heap(self)]);
        whole.checked_div(Self::strong_count(self)).unwrap_or(whole)
    }
}

impl<A: Heap, B: Heap> Heap for (A, B) {
    fn heap(&self) -> usize {
        self.0.heap().saturating_add(self.1.heap())
    }
}

impl<K: Heap, V: Heap> Heap for BTreeMap<K, V> {
    fn heap(&self) -> usize {
        let inside = self
            .iter()
            .map(|(key, value)| key.heap().saturating_add(value.heap()));
        tree(self.len(), size_of::<(K, V)>()).saturating_add(sum(inside))
    }
}

impl<K: Heap, V: Heap> Heap for HashMap<K, V> {
    fn heap(&self) -> usize {
        if self.capacity() == 0 {
            return 0;
        }
        // An eighth of the places stays free, their number is a power of two, and each has a byte
        // beside its entry.
        let places = self.capacity().saturating_mul(8).div_ceil(7);
        let places = places.checked_next_power_of_two().unwrap_or(places);
        let place = size_of::<(K, V)>().saturating_add(1);
        let inside = self
            .iter()
            .map(|(key, value)| key.heap().saturating_add(value.heap()));
        places.saturating_mul(place).saturating_add(sum(inside))
    }
}
