//! Whether cases notice small changes of the rules.

use crate::file::CaseFile;
use mfa_rules::{Mutation, RuleSet};

/// What a mutation run gave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MutationReport {
    /// How many changes were made, one at a time.
    pub mutants: usize,
    /// The changes that no case noticed.
    pub survivors: Vec<Mutation>,
}

impl CaseFile {
    /// Makes one small change after the other in the rules, and runs the cases for each until one
    /// fails. What no case notices survives: a case is missing.
    ///
    /// The cases must pass without a change, or every change seems to be noticed.
    ///
    /// ```
    /// use mfa_cases::CaseFile;
    /// use mfa_rules::RuleSet;
    ///
    /// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
    /// let cases = CaseFile::parse("always.test.yaml", r#"
    /// cases:
    ///   - name: anybody
    ///     expect: { decision: required }
    /// "#)?;
    /// // A provider that does not exist makes the rule fail, which denies the login.
    /// let report = cases.mutate(&rules);
    /// assert_eq!((report.mutants, report.survivors.len()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mutate(&self, rules: &RuleSet) -> MutationReport {
        let mutations = rules.mutations();
        let survives = |mutation: &Mutation| {
            let mutant = rules.mutant(mutation);
            self.cases().iter().all(|case| case.run(&mutant).passed())
        };
        MutationReport {
            mutants: mutations.len(),
            survivors: mutations.into_iter().filter(survives).collect(),
        }
    }
}
