//! The login that is decided about.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// A login: the user, the context, the time, and configuration that comes with it.
///
/// It borrows; nothing is copied or converted.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    pub(crate) user: Option<&'a Json>,
    pub(crate) context: Option<&'a Json>,
    pub(crate) configuration: Option<&'a serde_json::Map<String, Json>>,
    pub(crate) now: DateTime<Utc>,
}
