//! What an outcome keeps beside the decision.

/// What an [`Outcome`](crate::Outcome) keeps beside the decision. Keeping more costs time and
/// memory, and changes no decision.
///
/// ```
/// use mfa_rules::Observe;
///
/// assert_eq!(Observe::decision(), Observe::default());
/// assert_ne!(Observe::decision().and_trace(), Observe::decision());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that is kept or not, whatever the others say"
)]
pub struct Observe {
    trace: bool,
    full: bool,
    costs: bool,
    steps: bool,
}

impl Observe {
    /// Nothing else. The default.
    pub const fn decision() -> Self {
        Self {
            trace: false,
            full: false,
            costs: false,
            steps: false,
        }
    }

    /// Also what each rule read, assigned and printed.
    #[must_use]
    pub const fn and_trace(self) -> Self {
        Self {
            trace: true,
            ..self
        }
    }

    /// Also `user` and `context` as the rules left them.
    #[must_use]
    pub const fn and_full(self) -> Self {
        Self { full: true, ..self }
    }

    /// Also the trace, and in it each step: which statements ran, which conditions held, which
    /// branches were taken, and what was compared. [`RuleTrace::steps`](crate::RuleTrace::steps)
    ///
    /// ```
    /// use mfa_rules::{Login, Observe, RuleSet, TraceStepKind};
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::from_source(
    ///     "payroll",
    ///     r#"if context.clientID == "payroll" { require_mfa("any"); }"#,
    /// )?;
    /// let context = json!({ "clientID": "vault" });
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?).context(&context);
    /// let outcome = rules.decide_observed(&login, Observe::decision().and_steps());
    /// let steps = &outcome.traces().ok_or("it was asked for")?[0].steps;
    /// assert!(steps.iter().any(|step| step.kind
    ///     == TraceStepKind::Comparison {
    ///         operator: "==",
    ///         left: json!("vault"),
    ///         right: json!("payroll"),
    ///         holds: false,
    ///     }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn and_steps(self) -> Self {
        Self {
            trace: true,
            steps: true,
            ..self
        }
    }

    /// Whether each step is kept.
    pub const fn keeps_steps(self) -> bool {
        self.steps
    }

    /// Also what each rule spent: [`Outcome::costs`](crate::Outcome::costs).
    #[must_use]
    pub const fn and_costs(self) -> Self {
        Self {
            costs: true,
            ..self
        }
    }

    /// Whether what each rule spent is kept.
    pub const fn keeps_costs(self) -> bool {
        self.costs
    }

    /// Whether traces are kept.
    pub const fn traces(self) -> bool {
        self.trace
    }

    /// Whether each rule is looked at, also one that can do nothing for the login.
    pub(crate) const fn looks_at_rules(self) -> bool {
        self.trace || self.costs
    }

    /// Whether it takes the whole login, and not only what the rules can look at: a trace shows how
    /// large an array or a map is, also one whose elements matter to no rule.
    pub(crate) const fn needs_everything(self) -> bool {
        self.full || self.trace
    }

    /// Whether `user` and `context` are kept.
    pub const fn is_full(self) -> bool {
        self.full
    }
}
