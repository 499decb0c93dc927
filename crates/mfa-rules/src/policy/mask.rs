//! What a decision log leaves out.

use crate::secret::MASK;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt;

/// The parts of a login, as its records name them.
const ROOTS: [&str; 4] = ["user", "context", "configuration", "facts"];

/// What a [`DecisionRecord`](crate::DecisionRecord) does not show of a login.
///
/// It is a list of JSON Pointers (RFC 6901), each from the login: `/user/email`. What one leads to
/// is written as `"***"` with everything in it, and the record lists the pointer. `*` stands for
/// every element of an array and every member of an object: `/user/identities/*/access_token`.
///
/// The type of a masked value is lost, so a decision that looks at it may come out otherwise when
/// the record is decided again.
///
/// Default: nothing is masked.
///
/// # Security
///
/// - What a rule makes of a masked value is no longer that value. So with any pointer, what a rule
///   gave to the second factor beside the provider is masked too, such as Duo's `username`. A record
///   never has the claims and the other changes of the rules.
/// - Denials and errors can quote the login, a rule's `deny("no entry for " + user.email)` for
///   example. They are written as they are, unless [messages are masked](Self::and_messages) too.
/// - The names of members are shown, unless what they are in is masked.
///
/// ```
/// use mfa_rules::Mask;
///
/// let mask = Mask::new(["/user/email", "/user/identities/*/access_token"])?;
/// assert!(Mask::new(["user.email"]).is_err());
/// # let _ = mask;
/// # Ok::<(), mfa_rules::MaskError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask {
    pointers: Vec<Pointer>,
    messages: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointer {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// `*`
    Any,
    Member(String),
}

/// Texts that are no pointers into a login.
///
/// It is displayed with all of them, each with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct MaskError {
    problems: Vec<String>,
}

impl Mask {
    /// Masks what these JSON Pointers lead to.
    ///
    /// # Errors
    ///
    /// All texts that are no JSON Pointer, or that lead to no part of a login: the first name is
    /// `user`, `context`, `configuration` or `facts`. A mask that hits nothing would hide nothing.
    pub fn new<P: AsRef<str>>(pointers: impl IntoIterator<Item = P>) -> Result<Self, MaskError> {
        let mut mask = Self::default();
        let mut problems = Vec::new();
        for pointer in pointers {
            match Pointer::parse(pointer.as_ref()) {
                Ok(pointer) => mask.pointers.push(pointer),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(mask)
        } else {
            Err(MaskError { problems })
        }
    }

    /// Masks also the texts of denials and of errors, which rules make, and which may quote the
    /// login.
    #[must_use]
    pub fn and_messages(self) -> Self {
        Self {
            messages: true,
            ..self
        }
    }

    /// Whether the texts of denials and errors are masked.
    pub(super) fn hides_messages(&self) -> bool {
        self.messages
    }

    /// Whether anything of a login is masked.
    pub(super) fn hides_values(&self) -> bool {
        !self.pointers.is_empty()
    }

    /// Masks a part of a login, and adds the pointers that led somewhere.
    pub(super) fn apply(&self, root: &str, part: &mut Json, masked: &mut BTreeSet<String>) {
        let here: Vec<_> = self.pointers.iter().map(Remaining::of).collect();
        mask(part, &inside(&here, root), masked);
    }
}

impl Pointer {
    fn parse(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix('/') else {
            return Err(format!(
                "`{text}` leads to no part of a login: it must begin with `/`"
            ));
        };
        let steps: Option<Vec<Step>> = path.split('/').map(Step::parse).collect();
        let Some(steps) = steps else {
            return Err(format!(
                "`{text}` is no JSON Pointer: behind `~` must stand `0` or `1`"
            ));
        };
        let is_in_a_login = steps
            .first()
            .is_some_and(|first| ROOTS.iter().any(|root| first.leads_to(root)));
        if !is_in_a_login {
            return Err(format!(
                "`{text}` leads to no part of a login: its first name must be `user`, `context`, \
                 `configuration` or `facts`"
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }
}

impl Step {
    /// `None` when a `~` escapes nothing.
    fn parse(name: &str) -> Option<Self> {
        if name == "*" {
            return Some(Self::Any);
        }
        let mut parts = name.split('~');
        let mut plain = parts.next()?.to_owned();
        for part in parts {
            let (escaped, rest) = match part.strip_prefix('0') {
                Some(rest) => ('~', rest),
                None => ('/', part.strip_prefix('1')?),
            };
            plain.push(escaped);
            plain.push_str(rest);
        }
        Some(Self::Member(plain))
    }

    fn leads_to(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Member(member) => member == name,
        }
    }
}

impl fmt::Display for MaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

/// A pointer, and what is left of it at some value.
#[derive(Clone, Copy)]
struct Remaining<'m> {
    pointer: &'m Pointer,
    steps: &'m [Step],
}

impl<'m> Remaining<'m> {
    fn of(pointer: &'m Pointer) -> Self {
        Self {
            pointer,
            steps: &pointer.steps,
        }
    }
}

/// The pointers that lead on through the member `name`, or the element of this number.
fn inside<'m>(here: &[Remaining<'m>], name: &str) -> Vec<Remaining<'m>> {
    here.iter()
        .filter_map(|remaining| {
            let (step, steps) = remaining.steps.split_first()?;
            step.leads_to(name).then_some(Remaining {
                steps,
                ..*remaining
            })
        })
        .collect()
}

fn mask(json: &mut Json, here: &[Remaining<'_>], masked: &mut BTreeSet<String>) {
    let ending = here.iter().filter(|remaining| remaining.steps.is_empty());
    let ending: Vec<&str> = ending
        .map(|remaining| remaining.pointer.text.as_str())
        .collect();
    if !ending.is_empty() {
        *json = Json::from(MASK);
        masked.extend(ending.into_iter().map(str::to_owned));
        return;
    }
    if here.is_empty() {
        return;
    }
    match json {
        Json::Object(members) => {
            for (name, member) in members {
                mask(member, &inside(here, name), masked);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                mask(item, &inside(here, &index.to_string()), masked);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use serde_json::{Value as Json, json};
    use std::collections::BTreeSet;

    /// The user that is left, and the pointers that hit.
    fn masked(pointers: &[&str], mut user: Json) -> (Json, Vec<String>) {
        let mask = Mask::new(pointers).unwrap();
        let mut hit = BTreeSet::new();
        mask.apply("user", &mut user, &mut hit);
        (user, hit.into_iter().collect())
    }

    #[test]
    fn what_a_pointer_leads_to_is_masked_with_everything_in_it() {
        let user = json!({ "email": "a", "name": null, "meta": { "a": [1], "b": { "c": 2 } } });
        assert_eq!(
            masked(&["/user/email", "/user/name", "/user/meta/a"], user.clone()),
            (
                json!({ "email": "***", "name": "***", "meta": { "a": "***", "b": { "c": 2 } } }),
                vec![
                    "/user/email".to_owned(),
                    "/user/meta/a".to_owned(),
                    "/user/name".to_owned()
                ]
            )
        );
        let (left, hit) = masked(&["/user"], user.clone());
        assert_eq!((left, hit.len()), (json!("***"), 1));
        // One that is deeper does not let anything through.
        let (left, _) = masked(&["/user/meta/b/c", "/user/meta"], user);
        assert_eq!(left, json!({ "email": "a", "name": null, "meta": "***" }));
    }

    #[test]
    fn a_pointer_that_leads_nowhere_hits_nothing() {
        let user = json!({ "email": "a", "list": [1] });
        for pointer in [
            "/context/email",
            "/user/phone",
            "/user/email/x",
            "/user/list/1",
            "/user/list/00",
            "/user/list/-",
            "/user/EMAIL",
            "/user/",
        ] {
            assert_eq!(
                masked(&[pointer], user.clone()),
                (user.clone(), vec![]),
                "{pointer}"
            );
        }
    }

    #[test]
    fn a_star_stands_for_every_element_and_every_member() {
        let user = json!({ "ids": [{ "t": 1, "u": 2 }, { "t": 3 }, 4], "by": { "a": { "t": 5 } } });
        let (left, hit) = masked(&["/user/ids/*/t", "/*/by/*/t", "/user/ids/0/u"], user);
        assert_eq!(
            left,
            json!({ "ids": [{ "t": "***", "u": "***" }, { "t": "***" }, 4], "by": { "a": { "t": "***" } } })
        );
        assert_eq!(hit, ["/*/by/*/t", "/user/ids/*/t", "/user/ids/0/u"]);
    }

    #[test]
    fn names_are_unescaped() {
        let user = json!({ "a/b": 1, "~1": 2, "": { "": 3 }, "c": 4 });
        let (left, _) = masked(&["/user/a~1b", "/user/~01", "/user//"], user);
        assert_eq!(
            left,
            json!({ "a/b": "***", "~1": "***", "": { "": "***" }, "c": 4 })
        );
    }

    #[test]
    fn what_is_no_pointer_into_a_login_is_refused() {
        let error = |pointers: &[&str]| Mask::new(pointers).unwrap_err().to_string();
        assert_eq!(
            error(&["user.email", "/user/email"]),
            "`user.email` leads to no part of a login: it must begin with `/`"
        );
        assert_eq!(
            error(&[""]),
            "`` leads to no part of a login: it must begin with `/`"
        );
        for text in ["/user/a~b", "/user/~", "/user/~2", "/user/~0~"] {
            assert_eq!(
                error(&[text]),
                format!("`{text}` is no JSON Pointer: behind `~` must stand `0` or `1`")
            );
        }
        assert_eq!(
            error(&["/usr/email", "x", "/"]),
            "`/usr/email` leads to no part of a login: its first name must be `user`, `context`, \
             `configuration` or `facts`; `x` leads to no part of a login: it must begin with `/`; \
             `/` leads to no part of a login: its first name must be `user`, `context`, \
             `configuration` or `facts`"
        );
    }
}
