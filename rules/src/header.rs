//! The comment at the head of a rule.
//!
//! ```text
//! // Title: A password that is too old
//! // Summary: Denies users whose password was set more than 30 days ago.
//! // Category: access control
//! // Configuration: PASSWORD_AGE_DAYS, a number of days; default 30
//! // Facts: breached, whether the password is known to others; null when it is not known
//! // Reads: user.last_password_reset, user.created_at
//! // Source: auth0/rules, template `check-last-password-reset`
//! ```
//!
//! `Facts` is there only if there are some; the others are always there, in this order.
//! `Configuration` is `none` and `Reads` is `nothing` where there is none. Further settings and
//! facts stand in lines of their own, three blanks in.

use crate::GalleryRule;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// It denies logins.
    AccessControl,
    /// It asks for a second factor.
    Multifactor,
}

impl Category {
    /// The category as the comment has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessControl => "access control",
            Self::Multifactor => "multifactor",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::AccessControl, Self::Multifactor]
            .into_iter()
            .find(|category| category.as_str() == text)
    }
}

/// Configuration that a rule reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The keys that the description is about.
    pub names: Vec<&'static str>,
    /// What it is, and what holds without it.
    pub description: &'static str,
}

/// A fact that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fact {
    /// The name.
    pub name: &'static str,
    /// What it is, in which unit, and what `null` means.
    pub description: &'static str,
}

/// Reads the comment of a rule; nothing when it is not of the form.
pub(crate) fn read(
    name: &'static str,
    script: &'static str,
    cases: &'static str,
) -> Option<GalleryRule> {
    let (comment, _) = script.split_once("\n\n")?;
    let mut lines = Lines {
        rest: comment.lines().collect(),
    };
    let rule = GalleryRule {
        name,
        title: lines.one("Title")?,
        summary: lines.one("Summary")?,
        category: Category::parse(lines.one("Category")?)?,
        configuration: settings(&lines.several("Configuration")?)?,
        facts: facts(&lines.several("Facts").unwrap_or_default())?,
        reads: paths(lines.one("Reads")?),
        source: lines.one("Source")?,
        script,
        cases,
    };
    lines.rest.is_empty().then_some(rule)
}

/// What is left of the comment.
struct Lines {
    rest: Vec<&'static str>,
}

impl Lines {
    /// What the next line says, if it has this key.
    fn one(&mut self, key: &str) -> Option<&'static str> {
        let line = self.rest.first()?;
        let text = line.strip_prefix("// ")?.strip_prefix(key)?;
        let text = text.strip_prefix(": ")?;
        self.rest.remove(0);
        is_text(text).then_some(text)
    }

    /// What the next line says, and those that belong to it.
    fn several(&mut self, key: &str) -> Option<Vec<&'static str>> {
        let mut texts = vec![self.one(key)?];
        while let Some(text) = self
            .rest
            .first()
            .and_then(|line| line.strip_prefix("//   "))
        {
            self.rest.remove(0);
            if !is_text(text) {
                return None;
            }
            texts.push(text);
        }
        Some(texts)
    }
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.trim() == text
}

/// `NAME, NAME, what it is`.
fn settings(texts: &[&'static str]) -> Option<Vec<Setting>> {
    if texts == ["none"] {
        return Some(Vec::new());
    }
    let setting = |text: &&'static str| {
        let mut names = Vec::new();
        let mut rest = *text;
        while let Some((name, behind)) = rest.split_once(", ")
            && is_key(name)
        {
            names.push(name);
            rest = behind;
        }
        (!names.is_empty()).then_some(Setting {
            names,
            description: rest,
        })
    };
    texts.iter().map(setting).collect()
}

/// A key of the configuration, in upper case.
fn is_key(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(is_part)
}

/// `name, what it is`.
fn facts(texts: &[&'static str]) -> Option<Vec<Fact>> {
    let fact = |text: &&'static str| {
        let (name, description) = text.split_once(", ")?;
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_name = !name.is_empty() && name.bytes().all(is_part);
        is_name.then_some(Fact { name, description })
    };
    texts.iter().map(fact).collect()
}

fn paths(text: &'static str) -> Vec<&'static str> {
    if text == "nothing" {
        return Vec::new();
    }
    text.split(", ").collect()
}

#[cfg(test)]
mod tests {
    use super::{Category, Fact, Setting, read};

    const WHOLE: &str = "\
// Title: A title
// Summary: It denies.
// Category: access control
// Configuration: A_1, B, two things, or none; default 30
//   C, another
// Facts: score, a number; null when there is none
//   known, a truth; null when it is not known
// Reads: user.email, context.clientID
// Source: somewhere

deny(\"no\");
";

    #[test]
    fn a_whole_comment_is_read() {
        let rule = read("name", WHOLE, "cases:\n").unwrap();
        assert_eq!((rule.name, rule.title), ("name", "A title"));
        assert_eq!((rule.summary, rule.source), ("It denies.", "somewhere"));
        assert_eq!(rule.category, Category::AccessControl);
        assert_eq!(
            rule.configuration,
            [
                Setting {
                    names: vec!["A_1", "B"],
                    description: "two things, or none; default 30"
                },
                Setting {
                    names: vec!["C"],
                    description: "another"
                },
            ]
        );
        assert_eq!(
            rule.facts,
            [
                Fact {
                    name: "score",
                    description: "a number; null when there is none"
                },
                Fact {
                    name: "known",
                    description: "a truth; null when it is not known"
                },
            ]
        );
        assert_eq!(rule.reads, ["user.email", "context.clientID"]);
        assert_eq!((rule.script, rule.cases), (WHOLE, "cases:\n"));
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        let script = "// Title: A\n// Summary: B.\n// Category: multifactor\n// Configuration: none\n// Reads: nothing\n// Source: C\n\nx";
        let rule = read("name", script, "").unwrap();
        assert_eq!(rule.category, Category::Multifactor);
        assert_eq!(rule.configuration, []);
        assert_eq!(rule.facts, []);
        assert_eq!(rule.reads, [""; 0]);
    }

    #[test]
    fn every_line_has_to_be_there_and_well_formed() {
        for (from, to) in [
            ("// Title: A title\n", ""),
            ("// Title: A title\n", "// Title: \n"),
            ("// Title: A title\n", "// Title:  A title\n"),
            ("// Title", "// Titel"),
            ("// Summary: It denies.\n", ""),
            ("access control", "access"),
            ("// Category: access control\n", ""),
            ("// Configuration: A_1, B, two", "// Configuration: two"),
            ("//   C, another", "//   c, another"),
            ("//   C, another", "//   C"),
            ("//   C, another", "// C, another"),
            ("// Facts: score, a", "// Facts: a"),
            ("// Reads: user.email, context.clientID\n", ""),
            ("// Source: somewhere\n", ""),
            (
                "// Source: somewhere\n",
                "// Source: somewhere\n// And: more\n",
            ),
            ("\n\n", "\n"),
        ] {
            let broken = WHOLE.replacen(from, to, 1);
            assert_ne!(broken, WHOLE, "{from}");
            let broken: &'static str = Box::leak(broken.into_boxed_str());
            assert_eq!(read("name", broken, ""), None, "{to}");
        }
    }
}
