//! The policies of many tenants.

use super::figures::{CacheFigures, Counters};
use super::{ENTRY, RuleCache, narrow};
use crate::compile_error::CompileError;
use crate::memory::sum;
use crate::policy::Policy;
use crate::rule_set::{RuleSet, RuleSetBuilder};
use moka::notification::RemovalCause;
use moka::ops::compute::Op;
use moka::sync::Cache;
use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::mem::size_of;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// The policies of many tenants, by a key: loaded when a tenant is first asked for, kept within a
/// bound on memory, and decided by without being loaded again.
///
/// ```
/// use mfa_rules::{Decision, Login, RuleCache, RuleSet, Tenants};
/// use serde_json::{Map, json};
///
/// /// What the server's own database has about a tenant.
/// fn clients_of(tenant: &str) -> Result<serde_json::Value, &'static str> {
///     match tenant {
///         "acme" => Ok(json!(["payroll"])),
///         "globex" => Ok(json!(["vault", "billing"])),
///         _ => Err("there is no such tenant"),
///     }
/// }
///
/// const RULE: &str =
///     r#"if context.clientID in configuration.CLIENTS { require_mfa("guardian"); }"#;
/// let tenants: Tenants<String> = Tenants::new(&RuleCache::default(), 256 << 20);
/// let policy_of = |tenant: &str| {
///     tenants.get_or_load(tenant, || {
///         let clients = clients_of(tenant)?;
///         Ok::<_, &str>(RuleSet::builder()
///             .name(tenant)
///             .rule(("clients-with-mfa", RULE))
///             .configuration(Map::from_iter([("CLIENTS".to_owned(), clients)])))
///     })
/// };
///
/// let context = json!({ "clientID": "payroll" });
/// let login = Login::new("2026-01-05T09:00:00Z".parse()?).context(&context);
/// assert_eq!(policy_of("acme")?.decide(&login).decision(), Decision::Required);
/// assert_eq!(policy_of("globex")?.decide(&login).decision(), Decision::NotRequired);
///
/// // Nobody is let in by the rules of nobody: there is no policy, and the login is denied.
/// assert!(policy_of("initech").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// - There is a policy for a tenant only when its rules were loaded and compile. In every other case
///   there is an error, for which the caller must deny the login. There is no default policy, no
///   empty one, and none of another tenant's.
/// - The key must be what the tenant *is*, taken from the server's own data. A key that a client can
///   choose chooses the rules.
/// - Authors of tenants' rules are not the server's operators: set
///   [`RuleSetBuilder::ceiling`](crate::RuleSetBuilder::ceiling) or
///   [`Loader::ceiling`](crate::Loader::ceiling), and give secrets by
///   [`RuleSetBuilder::secret`](crate::RuleSetBuilder::secret) or
///   [`Loader::environment`](crate::Loader::environment) of that tenant alone.
/// - Tell it of every change, by [`Tenants::refresh`] or [`Tenants::invalidate`]: it does not look
///   at the sources of a policy that it has.
///
/// # Memory
///
/// The bound is on the estimate of [`RuleSet::memory`]: what each set has alone, and its share of
/// the compiled rules, which is as much less as more sets have them. What is beyond it is evicted,
/// what is asked for least first. Whoever decides by a policy that is evicted, replaced or
/// invalidated goes on with it: they hold it.
pub struct Tenants<K> {
    policies: Cache<K, Held>,
    rules: RuleCache,
    /// What is being loaded now.
    loads: Mutex<Vec<(K, Arc<Load>)>>,
    counters: Arc<Counters>,
}

/// A policy that is kept.
#[derive(Clone)]
struct Held {
    policy: Arc<Policy>,
    load: Arc<Load>,
    weight: u32,
}

/// One loading of a tenant's rules, from its start.
#[derive(Debug, Default)]
struct Load {
    /// Somebody said that the sources are others now, after the load had begun: what it gave must
    /// not be kept.
    superseded: AtomicBool,
}

/// How often a load that is superseded is begun again before its caller is told.
const MOST_LOADS: usize = 8;

/// Why there is no policy for a tenant. The login is to be denied.
///
/// It is cheap to clone; all who waited for the same load have the same error.
#[derive(Error)]
#[non_exhaustive]
pub enum TenantError<E> {
    /// The rules could not be loaded: the loader's own error.
    #[error("the rules of the tenant could not be loaded: {0}")]
    Load(Arc<E>),
    /// The rules do not compile.
    #[error("the rules of the tenant do not compile:\n{0}")]
    Compile(Arc<CompileError>),
    /// Each time that the rules were loaded, they were invalidated meanwhile.
    #[error("the rules of the tenant changed each time while they were loaded")]
    Superseded,
}

/// What a tenant's rules are loaded as: a [`RuleSetBuilder`], which is compiled through the shared
/// [`RuleCache`], a [`RuleSet`] or a [`Policy`].
///
/// The trait is sealed.
pub trait PolicySource: sealed::IntoPolicy {}

impl<S: sealed::IntoPolicy> PolicySource for S {}

impl<K: Hash + Eq + Send + Sync + 'static> Tenants<K> {
    /// A cache of policies that keeps up to about `bytes` bytes, and compiles through `rules`.
    ///
    /// Hand the same [`RuleCache`] to a [`Loader`](crate::Loader) that loads tenants from files.
    pub fn new(rules: &RuleCache, bytes: u64) -> Self {
        let counters = Arc::new(Counters::default());
        let evictions = Arc::clone(&counters);
        Self {
            policies: Cache::builder()
                .max_capacity(bytes)
                .weigher(|_, held: &Held| held.weight)
                .eviction_listener(move |_, _, cause: RemovalCause| {
                    if cause.was_evicted() {
                        evictions.evicted();
                    }
                })
                .build(),
            rules: rules.clone(),
            loads: Mutex::default(),
            counters,
        }
    }

    /// The cache of compiled rules that the tenants share.
    pub fn rules(&self) -> &RuleCache {
        &self.rules
    }

    /// The policy of a tenant; when it is not there, what `load` gives is compiled and kept.
    ///
    /// When several threads ask for a tenant that is not there, one loads and the others wait, as
    /// long as they have the same type of error; if that one panics, another takes over. `load` is
    /// called again when the tenant is invalidated or refreshed meanwhile. It must not ask for the
    /// policy of the same tenant: it would wait for itself.
    ///
    /// # Errors
    ///
    /// The error of `load`, or that of compiling. Neither is kept: whoever asks next loads again.
    ///
    /// # Security
    ///
    /// On an error there is no policy, and the login must be denied. That a tenant is unknown is for
    /// `load` to say, by an error.
    pub fn get_or_load<Q, S, E>(
        &self,
        key: &Q,
        mut load: impl FnMut() -> Result<S, E>,
    ) -> Result<Arc<Policy>, TenantError<E>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        S: PolicySource,
        E: Send + Sync + 'static,
    {
        if let Some(policy) = self.loaded(key) {
            return Ok(policy);
        }
        self.counters.miss();
        for _ in 0..MOST_LOADS {
            let mut begun = None;
            let entry = self.policies.entry_by_ref(key).or_try_insert_with(|| {
                let load_of_this = begun.insert(self.begin(key));
                let policy = self.filled(&mut load)?;
                let held = Held::new(policy, load_of_this);
                // What is known to be old need not be kept to be found out later.
                held.is_current()
                    .then_some(held)
                    .ok_or(TenantError::Superseded)
            });
            // INVARIANT: the load is under way until it can be found in the cache. Whoever
            // invalidates the tenant finds it in one of the two.
            drop(begun);
            self.policies.run_pending_tasks();
            match entry.map(moka::Entry::into_value) {
                Ok(held) if held.is_current() => return Ok(held.policy),
                Ok(_) => self.policies.invalidate(key),
                Err(error) => match &*error {
                    TenantError::Superseded => {}
                    error => return Err(error.clone()),
                },
            }
        }
        Err(TenantError::Superseded)
    }

    /// The policy of a tenant when it is there, without loading it: for a thread that must not
    /// block, as those of an asynchronous server, which leaves [`Tenants::get_or_load`] to another.
    ///
    /// A policy that is there is counted as a hit. One that is not there is not counted, because
    /// whoever then loads it is.
    pub fn loaded<Q>(&self, key: &Q) -> Option<Arc<Policy>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let held = self.policies.get(key).filter(Held::is_current)?;
        self.counters.hit();
        Some(held.policy)
    }

    /// Loads the rules of a tenant anew, whether they are there or not, and replaces its policy.
    ///
    /// Until the new policy is compiled, the old one decides. Several calls for one tenant load one
    /// after the other, because each may be for a later change. Give `|| Ok(policy)` to replace a
    /// policy by one that is there already.
    ///
    /// # Errors
    ///
    /// The error of `load`, or that of compiling. Then the old policy stays, if there is one, and
    /// goes on deciding for as long as it is not evicted: the error is for the operator.
    pub fn refresh<Q, S, E>(
        &self,
        key: &Q,
        load: impl FnOnce() -> Result<S, E>,
    ) -> Result<Arc<Policy>, TenantError<E>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        S: PolicySource,
        E: Send + Sync + 'static,
    {
        let mut begun = None;
        let mut refreshed = None;
        let replaced = self.policies.entry_by_ref(key).and_try_compute_with(|_| {
            let load_of_this = begun.insert(self.begin(key));
            let policy = self.filled(load)?;
            // What others are loading may have been read before the change that this is for.
            self.supersede(key, Some(&load_of_this.load));
            refreshed = Some(Arc::clone(&policy));
            Ok(Op::Put(Held::new(policy, load_of_this)))
        });
        drop(begun);
        self.policies.run_pending_tasks();
        replaced?;
        refreshed.ok_or(TenantError::Superseded)
    }

    /// Forgets the policy of a tenant. Whoever asks next loads its rules again.
    ///
    /// What is being loaded now is not kept either: it may have been read before the change that
    /// this is for.
    pub fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.supersede(key, None);
        self.policies.invalidate(key);
    }

    /// What the cache did so far, and what is in it.
    ///
    /// A fill is a call of a `load`, with compiling.
    pub fn figures(&self) -> CacheFigures {
        self.policies.run_pending_tasks();
        let entries = self.policies.entry_count();
        self.counters
            .figures(entries, self.policies.weighted_size())
    }

    /// Loads and compiles.
    fn filled<S: PolicySource, E>(
        &self,
        load: impl FnOnce() -> Result<S, E>,
    ) -> Result<Arc<Policy>, TenantError<E>> {
        let make = || {
            let source = load().map_err(|error| TenantError::Load(Arc::new(error)))?;
            let policy = source.into_policy(&self.rules);
            policy
                .map(Arc::new)
                .map_err(|error| TenantError::Compile(Arc::new(error)))
        };
        self.counters.filling(make, Result::is_ok)
    }

    /// Notes that a tenant is being loaded, until the guard is dropped.
    fn begin<Q>(&self, key: &Q) -> Begun<'_, K>
    where
        Q: ToOwned<Owned = K> + ?Sized,
    {
        let load = Arc::<Load>::default();
        self.loads().push((key.to_owned(), Arc::clone(&load)));
        Begun {
            tenants: self,
            load,
        }
    }

    /// Marks what is being loaded for a tenant as old, `but` one load.
    fn supersede<Q>(&self, key: &Q, but: Option<&Arc<Load>>)
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        for (of, load) in &*self.loads() {
            if of.borrow() == key && !but.is_some_and(|but| Arc::ptr_eq(load, but)) {
                load.superseded.store(true, Ordering::Release);
            }
        }
    }
}

impl<K> Tenants<K> {
    fn loads(&self) -> MutexGuard<'_, Vec<(K, Arc<Load>)>> {
        // Nothing is half done when a panic passes here.
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> fmt::Debug for Tenants<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Held {
    fn new<K>(policy: Arc<Policy>, begun: &Begun<'_, K>) -> Self {
        let candidate = policy.shadow().map_or(0, |rules| rules.share_of_memory());
        let rules = policy.rules().share_of_memory();
        let weight = sum([ENTRY, size_of::<K>(), rules, candidate]);
        Self {
            weight: narrow(weight),
            policy,
            load: Arc::clone(&begun.load),
        }
    }

    fn is_current(&self) -> bool {
        !self.load.superseded.load(Ordering::Acquire)
    }
}

/// A load that is under way, until it is dropped.
struct Begun<'t, K> {
    tenants: &'t Tenants<K>,
    load: Arc<Load>,
}

impl<K> Drop for Begun<'_, K> {
    fn drop(&mut self) {
        let mut loads = self.tenants.loads();
        loads.retain(|(_, load)| !Arc::ptr_eq(load, &self.load));
    }
}

impl<E> Clone for TenantError<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Load(error) => Self::Load(Arc::clone(error)),
            Self::Compile(error) => Self::Compile(Arc::clone(error)),
            Self::Superseded => Self::Superseded,
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for TenantError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => f.debug_tuple("Load").field(error).finish(),
            Self::Compile(error) => f.debug_tuple("Compile").field(error).finish(),
            Self::Superseded => f.write_str("Superseded"),
        }
    }
}

mod sealed {
    use super::{Arc, CompileError, Policy, RuleCache, RuleSet, RuleSetBuilder};

    /// What becomes a policy.
    pub trait IntoPolicy {
        /// The policy. What is not compiled yet is compiled through `rules`.
        fn into_policy(self, rules: &RuleCache) -> Result<Policy, CompileError>;
    }

    impl IntoPolicy for Policy {
        fn into_policy(self, _: &RuleCache) -> Result<Policy, CompileError> {
            Ok(self)
        }
    }

    impl IntoPolicy for RuleSet {
        fn into_policy(self, _: &RuleCache) -> Result<Policy, CompileError> {
            Ok(Policy::new(self))
        }
    }

    impl IntoPolicy for Arc<RuleSet> {
        fn into_policy(self, _: &RuleCache) -> Result<Policy, CompileError> {
            Ok(Policy::new(self))
        }
    }

    impl IntoPolicy for RuleSetBuilder {
        fn into_policy(self, rules: &RuleCache) -> Result<Policy, CompileError> {
            self.cache(rules).compile().map(Policy::new)
        }
    }
}

#[cfg(test)]
mod tests;
