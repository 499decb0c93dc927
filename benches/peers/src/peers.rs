//! Everybody who takes part, a module each.

mod cedar;
mod cel;
mod fields;
mod luajit;
mod ours;
mod quickjs;
mod rego;
mod rhai;
pub(crate) mod rust;

use crate::logins::Input;
use mfa_peers_harness::{Contestant, Failure};

/// A contestant, which may borrow from the logins.
type Made<'i> = Result<Box<dyn Contestant + 'i>, Failure>;

/// Makes one.
type Make = for<'i> fn(&'i Input) -> Made<'i>;

/// Somebody who can decide by the policy.
pub(crate) struct Peer {
    /// What it is called in the report.
    pub(crate) name: &'static str,
    /// The packages in `Cargo.lock` whose versions say which one it is.
    pub(crate) packages: &'static [&'static str],
    /// Decides about values that are ready in the peer's own form.
    pub(crate) ready: Option<Make>,
    /// Decides about two JSON texts.
    pub(crate) text: Option<Make>,
}

/// Whom the others are compared with.
pub(crate) const OURS: &str = "mfa-rules";

/// Everybody.
pub(crate) const PEERS: &[Peer] = &[
    Peer {
        name: OURS,
        packages: &["mfa-rules"],
        ready: Some(ours::ready),
        text: Some(ours::text),
    },
    Peer {
        name: "Rust, over serde_json::Value",
        packages: &["serde_json"],
        ready: Some(rust::ready),
        text: Some(rust::text),
    },
    Peer {
        name: "Rust, only the needed fields",
        packages: &["serde_json"],
        ready: None,
        text: Some(fields::text),
    },
    Peer {
        name: "LuaJIT",
        packages: &["mlua", "luajit-src"],
        ready: Some(luajit::ready),
        text: Some(luajit::text),
    },
    Peer {
        name: "QuickJS",
        packages: &["rquickjs"],
        ready: Some(quickjs::ready),
        text: Some(quickjs::text),
    },
    Peer {
        name: "Rhai, without limits",
        packages: &["rhai"],
        ready: Some(rhai::ready_without_limits),
        text: Some(rhai::text_without_limits),
    },
    Peer {
        name: "Rhai, limits on",
        packages: &["rhai"],
        ready: Some(rhai::ready),
        text: Some(rhai::text),
    },
    Peer {
        name: "CEL",
        packages: &["cel"],
        ready: Some(cel::ready),
        text: Some(cel::text),
    },
    Peer {
        name: "Rego",
        packages: &["regorus"],
        ready: Some(rego::ready),
        text: Some(rego::text),
    },
    Peer {
        name: "Cedar",
        packages: &["cedar-policy"],
        ready: Some(cedar::ready),
        text: Some(cedar::text),
    },
];
