//! To which logins a rule applies.

use crate::read_set::{ReadPart, ReadSet};
use crate::rule_set::AppliesTo;
use crate::value::Value;

impl AppliesTo {
    /// What it takes to tell.
    pub(crate) fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::nothing();
        for (name, list) in self.lists() {
            reads = match (name, list) {
                (_, None) => reads,
                ("organization", Some(_)) => reads
                    .and_context(&[name, "id"], ReadPart::Shape)
                    .and_context(&[name, "name"], ReadPart::Shape),
                (name, Some(_)) => reads.and_context(&[name], ReadPart::Shape),
            };
        }
        reads
    }

    /// Whether the login is one of those that the rule is for.
    ///
    /// A login without the member is none of them.
    pub(crate) fn matches(&self, context: &Value<'_>) -> bool {
        let member = |name: &str| context.as_map().and_then(|context| context.get(name));
        let organization = || {
            let organization = member("organization");
            if let Some(members) = organization.as_ref().and_then(Value::as_map) {
                return [members.get("id"), members.get("name")];
            }
            // SECURITY: what is no map, and is there, is odd: the rule shall run.
            let is_there = organization.filter(|value| !matches!(value, Value::Unit));
            [is_there.map(|_| Value::Bool(true)), None]
        };
        one_of(self.clients.as_ref(), || [member("clientID")])
            && one_of(self.connections.as_ref(), || [member("connection")])
            && one_of(self.protocols.as_ref(), || [member("protocol")])
            && one_of(self.organizations.as_ref(), organization)
    }
}

/// Whether one of the values is in the list; everything is when there is no list.
fn one_of<'a, const N: usize>(
    list: Option<&Vec<String>>,
    values: impl FnOnce() -> [Option<Value<'a>>; N],
) -> bool {
    let Some(list) = list else {
        return true;
    };
    values().iter().flatten().any(|value| match value {
        Value::Unit => false,
        Value::Text(text) => list.iter().any(|listed| listed == text.as_str()),
        // SECURITY: an odd type must not keep a rule from running; the rule says what it makes of it.
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use crate::rule_set::AppliesTo;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn a_login_that_is_not_listed_is_none_of_the_rules_and_an_odd_one_is() {
        let client = AppliesTo::default().clients(["app-1"]);
        let organization = AppliesTo::default().organizations(["acme"]);
        for (applies_to, context, applies) in [
            (&client, json!({ "clientID": "app-1" }), true),
            (&client, json!({ "clientID": "app-2" }), false),
            (&client, json!({}), false),
            (&client, json!({ "clientID": null }), false),
            (&client, json!({ "clientID": ["app-2"] }), true),
            (&client, json!({ "clientID": 1 }), true),
            (
                &organization,
                json!({ "organization": { "id": "acme" } }),
                true,
            ),
            (
                &organization,
                json!({ "organization": { "name": "acme" } }),
                true,
            ),
            (
                &organization,
                json!({ "organization": { "id": "other" } }),
                false,
            ),
            (&organization, json!({ "organization": { "id": 5 } }), true),
            (&organization, json!({ "organization": {} }), false),
            (&organization, json!({ "organization": null }), false),
            (&organization, json!({ "organization": "other" }), true),
            (&organization, json!({ "organization": ["other"] }), true),
        ] {
            let found = applies_to.matches(&Value::from_json(&context));
            assert_eq!(found, applies, "{context}");
        }
    }
}
