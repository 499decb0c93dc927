//! To which logins a rule applies.

/// To which logins a rule applies: to all, unless values are named here.
///
/// Each list that is there must have the login's value. A list without a value would mean that the
/// rule never runs, and does not compile.
///
/// ```
/// use mfa_rules::AppliesTo;
///
/// let applies_to = AppliesTo::default()
///     .clients(["app-1", "app-2"])
///     .protocols(["oidc-basic-profile"]);
/// assert_ne!(applies_to, AppliesTo::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppliesTo {
    /// `context.clientID`.
    pub(crate) clients: Option<Vec<String>>,
    /// `context.connection`.
    pub(crate) connections: Option<Vec<String>>,
    /// `context.protocol`.
    pub(crate) protocols: Option<Vec<String>>,
    /// `context.organization.id` or `context.organization.name`.
    pub(crate) organizations: Option<Vec<String>>,
}

impl AppliesTo {
    /// Only to logins whose `context.clientID` is among these.
    #[must_use]
    pub fn clients(mut self, clients: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.clients = Some(texts(clients));
        self
    }

    /// Only to logins whose `context.connection` is among these.
    #[must_use]
    pub fn connections(mut self, connections: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.connections = Some(texts(connections));
        self
    }

    /// Only to logins whose `context.protocol` is among these.
    #[must_use]
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.protocols = Some(texts(protocols));
        self
    }

    /// Only to logins whose `context.organization.id` or `.name` is among these.
    #[must_use]
    pub fn organizations(
        mut self,
        organizations: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.organizations = Some(texts(organizations));
        self
    }

    /// Whether it is to all logins.
    pub(crate) fn is_everything(&self) -> bool {
        let Self {
            clients,
            connections,
            protocols,
            organizations,
        } = self;
        clients.is_none() && connections.is_none() && protocols.is_none() && organizations.is_none()
    }

    /// The lists by their names in a manifest.
    pub(crate) fn lists(&self) -> [(&'static str, Option<&[String]>); 4] {
        [
            ("clientID", self.clients.as_deref()),
            ("connection", self.connections.as_deref()),
            ("protocol", self.protocols.as_deref()),
            ("organization", self.organizations.as_deref()),
        ]
    }
}

fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}
