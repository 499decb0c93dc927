//! Case files: what a rule shall decide about which login, and a runner that checks it.
//!
//! `NAME.test.yaml` beside `NAME.rhai` tests the rule, `ruleset.test.yaml` the rule set of its
//! folder:
//!
//! ```yaml
//! rule: clients-with-mfa.rhai
//! configuration: { CLIENTS_WITH_MFA: [app-1] }
//! now: 2026-01-05T09:00:00Z
//! base:
//!   user:    { user_id: "auth0|1", app_metadata: { use_mfa: true } }
//!   context: { clientID: app-1 }
//! cases:
//!   - name: listed client, flagged user
//!     expect: { decision: required, multifactor: { provider: guardian, allowRememberBrowser: false } }
//!   - name: a user without metadata
//!     user: { app_metadata: null }
//!     expect: { decision: not_required }
//!   - name: flag values
//!     vary:
//!       - { set: /user/app_metadata/use_mfa, to: [true, 1, "yes"],     expect: { decision: required } }
//!       - { set: /user/app_metadata/use_mfa, to: [false, 0, "", null], expect: { decision: not_required } }
//! ```
//!
//! # The file
//!
//! It is YAML 1.2 with the core schema, without anchors, aliases, tags and duplicate keys, so JSON
//! can be pasted in. Keys that are not listed here are errors.
//!
//! | key | what | default |
//! | --- | --- | --- |
//! | `rule` | the rule that is tested, a file in the same folder | that of the file's name; for `ruleset.test.yaml` the whole rule set |
//! | `configuration` | configuration that comes with every login of the file | none |
//! | `facts` | facts that come with every login of the file | none |
//! | `now` | the time of the logins: ISO 8601, or seconds or milliseconds since 1970 | 2026-01-01T00:00:00Z, a Thursday |
//! | `base` | `user` and `context` of every login of the file | neither |
//! | `cases` | the cases, at least one | |
//!
//! # A case
//!
//! | key | what |
//! | --- | --- |
//! | `name` | what the case shows; no two cases of a file have the same |
//! | `user`, `context` | JSON Merge Patch (RFC 7396) over `base`: members replace members, `null` removes |
//! | `configuration`, `facts` | win over the file's, per key, where `null` is a value; `null` instead of a map: the file's are left out |
//! | `now` | the time of this login |
//! | `expect` | what the outcome shall be |
//! | `vary` | instead: several logins that differ in one value each |
//!
//! Each entry of `vary` has `set`, a JSON Pointer (RFC 6901) that starts with `/user`, `/context`,
//! `/configuration` or `/facts`, `to`, a list of values, in which `null` is a real `null`, and
//! `expect`, by default that of the case. Each value is a case of its own.
//!
//! # What is expected
//!
//! What `expect` leaves out is not checked; it must expect something.
//!
//! | key | what is compared |
//! | --- | --- |
//! | `decision` | `required`, `not_required` or `denied` |
//! | `multifactor` | the members that are named; `null`: none is asked for |
//! | `denied` | of `error`, `error_description` and `rule` those that are named; `null`: it is not denied |
//! | `errors` | the codes, all of them, in their order |
//! | `decided_by` | the name of the rule; `null`: no rule decided |
//! | `changes` | all of them, JSON Pointer to value |
//! | `user`, `context` | as the rules left them: the members that are named; `null`: it is not there |
//!
//! In objects of which named members are compared the same holds for objects inside of them; lists
//! are compared as a whole.
//!
//! # Running cases
//!
//! ```
//! use mfa_cases::CaseFile;
//! use mfa_rules::RuleSet;
//!
//! let cases = CaseFile::parse("always.test.yaml", r#"
//! cases:
//!   - name: anybody
//!     expect: { decision: required }
//! "#)?;
//! let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
//! for case in cases.cases() {
//!     let result = case.run(&rules);
//!     assert!(result.passed(), "{}: {:?}", case.name(), result.mismatches);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod compare;
mod file;
mod mutation;
mod patch;
mod pointer;
mod reader;

pub use case::{Case, CaseResult, DecidedAt};
pub use compare::Mismatch;
pub use file::{CASE_SUFFIX, CaseFile, CaseFileError, SET_CASES, Target};
pub use mutation::MutationReport;
