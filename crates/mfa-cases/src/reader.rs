//! From the text of a case file to its cases.

use crate::case::{Case, CaseLogin};
use crate::file::{CASE_SUFFIX, SET_CASES, Target};
use crate::{patch, pointer};
use chrono::{DateTime, TimeZone, Utc};
use mfa_rules::yaml::{Checker, Codes, Member, Node, Value};
use mfa_rules::{Code, Diagnostic, Multifactor, time_from_json};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::path::{Component, Path};

const CODES: Codes = Codes {
    syntax: Code::CaseSyntax,
    key: Code::CaseKey,
    value: Code::CaseValue,
};

/// `cases` stands before `base`: for a misspelt `case` the first that is near is proposed.
const FILE_KEYS: &[&str] = &["rule", "configuration", "facts", "now", "cases", "base"];
const BASE_KEYS: &[&str] = &["user", "context"];
const CASE_KEYS: &[&str] = &[
    "name",
    "user",
    "context",
    "configuration",
    "facts",
    "now",
    "vary",
    "expect",
];
const VARY_KEYS: &[&str] = &["set", "to", "expect"];
const EXPECT_KEYS: &[&str] = &[
    "decision",
    "multifactor",
    "denied",
    "errors",
    "decided_by",
    "changes",
    "user",
    "context",
];
const DENIED_KEYS: &[&str] = &["error", "error_description", "rule"];
const DECISIONS: &[&str] = &["required", "not_required", "denied"];
const DENIAL_ERRORS: &[&str] = &["unauthorized", "access_denied"];

/// The parts of a login that a `set` may lead into.
const PARTS: &[&str] = &["user", "context", "configuration", "facts"];

/// The most cases of a file, those of a `vary` counted one by one.
const MOST_CASES: usize = 10_000;

/// Characters of a value that are shown in the name of a case.
const LONGEST_VALUE: usize = 40;

/// The target and the cases, and everything that is wrong.
pub(crate) fn read(path: &Path, text: &str) -> (Option<(Target, Vec<Case>)>, Vec<Diagnostic>) {
    let shown = path.display().to_string();
    let mut reader = Checker::new(&shown, text, CODES);
    let read = reader.document().map(|root| {
        let mut file = File {
            reader: &mut reader,
            names: BTreeSet::new(),
            cases: Vec::new(),
        };
        let target = file.read(path, &root);
        (target, file.cases)
    });
    if read.is_none() && reader.is_content() {
        reader.report(
            Code::CaseSyntax,
            mfa_rules::Span::at(mfa_rules::Position::START),
            "the case file is empty",
            Some("write `cases` with a list of cases, each with `name` and `expect`"),
        );
    }
    let target_and_cases = read.and_then(|(target, cases)| Some((target?, cases)));
    (target_and_cases, reader.into_diagnostics())
}

/// A case file while it is read.
struct File<'r, 't> {
    reader: &'r mut Checker<'t>,
    names: BTreeSet<String>,
    cases: Vec<Case>,
}

impl File<'_, '_> {
    fn read(&mut self, path: &Path, root: &Node) -> Option<Target> {
        let members = self.reader.map(root, "a case file", FILE_KEYS)?;
        let target = self.target(path, root);
        let mut login = CaseLogin {
            now: default_time(),
            parts: Map::new(),
        };
        if let Some(base) = member(members, "base")
            && let Some(parts) = self.reader.map(&base.value, "`base`", BASE_KEYS)
        {
            for part in parts {
                let is_there = !matches!(part.value.value, Value::Null);
                if is_there && self.object(&part.value, &format!("`{}`", part.key)) {
                    login.parts.insert(part.key.clone(), part.value.to_json());
                }
            }
        }
        self.settings(members, &mut login);
        match member(members, "cases") {
            Some(cases) => self.cases(&cases.value, &login),
            None => self.reader.report(
                Code::CaseValue,
                root.span,
                "a case file needs `cases`",
                Some("write a list of cases, each with `name` and `expect`"),
            ),
        }
        target
    }

    fn target(&mut self, path: &Path, root: &Node) -> Option<Target> {
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Some(rule) = root.member("rule") {
            let name = self.reader.text(&rule.value, "`rule`")?;
            let is_plain = matches!(
                Path::new(&name).components().collect::<Vec<_>>().as_slice(),
                [Component::Normal(_)]
            );
            if !is_plain {
                self.reader.report(
                    Code::CaseValue,
                    rule.value.span,
                    "`rule` must be a file in the folder of the case file",
                    Some("write its name alone, for example `clients-with-mfa.rhai`"),
                );
                return None;
            }
            return Some(Target::Rule(folder.join(name)));
        }
        let name = path.file_name()?.to_string_lossy();
        if name == SET_CASES {
            let here = Path::new(".");
            let folder = if folder.as_os_str().is_empty() {
                here
            } else {
                folder
            };
            return Some(Target::RuleSet(folder.to_owned()));
        }
        let Some(rule) = name.strip_suffix(CASE_SUFFIX) else {
            self.reader.report(
                Code::CaseValue,
                root.span,
                format!("the name of the file does not say which rule the cases test, because it does not end in `{CASE_SUFFIX}`"),
                Some("write `rule` with the file of the rule"),
            );
            return None;
        };
        Some(Target::Rule(folder.join(format!("{rule}.rhai"))))
    }

    /// `configuration`, `facts` and `now`, of the file and of a case.
    fn settings(&mut self, members: &[Member], login: &mut CaseLogin) {
        for key in ["configuration", "facts"] {
            let Some(own) = member(members, key) else {
                continue;
            };
            if matches!(own.value.value, Value::Null) {
                login.parts.remove(key);
                continue;
            }
            if self.object(&own.value, &format!("`{key}`"))
                && let Json::Object(own) = own.value.to_json()
            {
                let all = login.parts.entry(key).or_insert_with(|| Map::new().into());
                if let Json::Object(all) = all {
                    all.extend(own);
                }
            }
        }
        if let Some(now) = member(members, "now") {
            match time_from_json(&now.value.to_json()) {
                Some(time) => login.now = time,
                None => self.reader.report(
                    Code::CaseValue,
                    now.value.span,
                    "`now` cannot be read as a time",
                    Some("write for example `2026-01-05T09:00:00Z`"),
                ),
            }
        }
    }

    /// Reports what is no map.
    fn object(&mut self, node: &Node, what: &str) -> bool {
        self.reader.any_map(node, what).is_some()
    }

    fn cases(&mut self, node: &Node, login: &CaseLogin) {
        let Value::List(cases) = &node.value else {
            self.reader.wrong_kind(node, "`cases`", "a list", "");
            return;
        };
        if cases.is_empty() {
            self.reader.report(
                Code::CaseValue,
                node.span,
                "`cases` is an empty list, so nothing would be tested",
                Some("write a case with `name` and `expect`"),
            );
        }
        for case in cases {
            self.case(case, login);
        }
    }

    fn case(&mut self, node: &Node, file: &CaseLogin) -> Option<()> {
        let members = self.reader.map(node, "a case", CASE_KEYS)?;
        let name = if let Some(name) = member(members, "name") {
            self.reader.text(&name.value, "`name`")
        } else {
            self.reader.report(
                Code::CaseValue,
                node.span,
                "a case needs a `name`",
                Some("say what the case shows"),
            );
            None
        };
        if let Some(name) = &name
            && !self.names.insert(name.clone())
        {
            self.reader.report(
                Code::CaseValue,
                member(members, "name").map_or(node.span, |name| name.value.span),
                format!("two cases are named `{name}`"),
                Some("give one of them another name"),
            );
        }
        let mut login = file.clone();
        for part in BASE_KEYS {
            if let Some(patch) = member(members, part) {
                self.patch(part, &patch.value, &mut login);
            }
        }
        self.settings(members, &mut login);
        let vary = member(members, "vary");
        let expect = match member(members, "expect") {
            Some(expect) => self.expect(&expect.value),
            None if vary.is_some() => None,
            None => {
                self.reader.report(
                    Code::CaseValue,
                    node.span,
                    "a case needs `expect`",
                    Some("write for example `expect: { decision: required }`"),
                );
                None
            }
        };
        let name = name?;
        let Some(vary) = vary else {
            self.push(node, name, node.span.start.line, login, expect?);
            return None;
        };
        let Value::List(entries) = &vary.value.value else {
            self.reader.wrong_kind(
                &vary.value,
                "`vary`",
                "a list",
                "write an entry as `- { set: /user/email, to: [a, b], expect: { … } }`",
            );
            return None;
        };
        if entries.is_empty() {
            self.reader.report(
                Code::CaseValue,
                vary.value.span,
                "`vary` is an empty list, so nothing would be tested",
                None::<&str>,
            );
        }
        for entry in entries {
            self.vary(entry, &name, &login, expect.as_ref());
        }
        None
    }

    /// Merges what a case says into a part of the login.
    fn patch(&mut self, part: &str, patch: &Node, login: &mut CaseLogin) {
        if matches!(patch.value, Value::Null) {
            login.parts.remove(part);
            return;
        }
        if self.object(patch, &format!("`{part}`")) {
            let target = login.parts.entry(part).or_insert(Json::Null);
            patch::merge(target, &patch.to_json());
        }
    }

    fn vary(
        &mut self,
        node: &Node,
        name: &str,
        login: &CaseLogin,
        shared: Option<&Map<String, Json>>,
    ) -> Option<()> {
        let members = self.reader.map(node, "an entry of `vary`", VARY_KEYS)?;
        let (Some(set), Some(to)) = (member(members, "set"), member(members, "to")) else {
            self.reader.report(
                Code::CaseValue,
                node.span,
                "an entry of `vary` needs `set` and `to`",
                Some("write for example `{ set: /user/email, to: [a, b], expect: { … } }`"),
            );
            return None;
        };
        let expect = match member(members, "expect") {
            Some(expect) => Some(self.expect(&expect.value)?),
            None => shared.cloned(),
        };
        let Some(expect) = expect else {
            self.reader.report(
                Code::CaseValue,
                node.span,
                "an entry of `vary` needs `expect`, because its case has none",
                Some("write for example `expect: { decision: required }`"),
            );
            return None;
        };
        let text = self.reader.text(&set.value, "`set`")?;
        let names = pointer::parse(&text)
            .filter(|names| names.first().is_some_and(|part| PARTS.contains(&&**part)));
        let Some(names) = names else {
            self.reader.report(
                Code::CaseValue,
                set.value.span,
                "`set` must be a JSON Pointer that starts with `/user`, `/context`, `/configuration` or `/facts`",
                Some("write for example `/user/app_metadata/use_mfa`"),
            );
            return None;
        };
        let Value::List(values) = &to.value.value else {
            self.reader
                .wrong_kind(&to.value, "`to`", "a list of values", "put it in brackets");
            return None;
        };
        if values.is_empty() {
            self.reader.report(
                Code::CaseValue,
                to.value.span,
                "`to` is an empty list, so nothing would be tested",
                None::<&str>,
            );
        }
        for value in values {
            let json = value.to_json();
            let varied = format!("{name} [{text} = {}]", shortened(&json));
            let mut login = login.clone();
            let mut parts = Json::Object(std::mem::take(&mut login.parts));
            let is_set = pointer::set(&mut parts, &names, json);
            if let Err(obstacle) = is_set {
                self.reader.report(
                    Code::CaseValue,
                    set.value.span,
                    format!("`set` leads through {obstacle}"),
                    None::<&str>,
                );
                return None;
            }
            if let Json::Object(parts) = parts {
                login.parts = parts;
            }
            self.push(value, varied, value.span.start.line, login, expect.clone());
        }
        None
    }

    fn push(
        &mut self,
        node: &Node,
        name: String,
        line: u32,
        login: CaseLogin,
        expect: Map<String, Json>,
    ) {
        if self.cases.len() >= MOST_CASES {
            if self.cases.len() == MOST_CASES && self.reader.is_content() {
                self.reader.report(
                    Code::CaseValue,
                    node.span,
                    format!("a case file has at most {MOST_CASES} cases"),
                    Some("divide it into several"),
                );
            }
            return;
        }
        self.cases.push(Case {
            name,
            line,
            login,
            expect,
        });
    }

    /// What is expected, checked.
    fn expect(&mut self, node: &Node) -> Option<Map<String, Json>> {
        let members = self.reader.map(node, "`expect`", EXPECT_KEYS)?;
        if members.is_empty() {
            self.reader.report(
                Code::CaseValue,
                node.span,
                "`expect` expects nothing, so the case could not fail",
                Some("write for example `decision: required`"),
            );
            return None;
        }
        let mut expect = Map::new();
        for member in members {
            self.expectation(member);
            expect.insert(member.key.clone(), member.value.to_json());
        }
        Some(expect)
    }

    fn expectation(&mut self, member: &Member) {
        let node = &member.value;
        let is_null = matches!(node.value, Value::Null);
        match member.key.as_str() {
            "decision" => {
                self.reader.one_of(node, "`decision`", DECISIONS);
            }
            "multifactor" if !is_null => {
                if let Some(fields) = self.reader.map(node, "`multifactor`", Multifactor::FIELDS)
                    && let Some(provider) = self::member(fields, "provider")
                {
                    self.reader
                        .one_of(&provider.value, "`provider`", &providers());
                }
            }
            "denied" if !is_null => {
                if let Some(fields) = self.reader.map(node, "`denied`", DENIED_KEYS)
                    && let Some(error) = self::member(fields, "error")
                {
                    self.reader.one_of(&error.value, "`error`", DENIAL_ERRORS);
                }
            }
            "errors" => {
                let Value::List(codes) = &node.value else {
                    self.reader.wrong_kind(
                        node,
                        "`errors`",
                        "a list of codes",
                        "put it in brackets",
                    );
                    return;
                };
                for code in codes {
                    self.code(code);
                }
            }
            "decided_by" if !is_null => {
                self.reader.text(node, "`decided_by`");
            }
            "changes" => {
                if let Some(changes) = self.reader.any_map(node, "`changes`") {
                    for change in changes {
                        self.change(change);
                    }
                }
            }
            "user" | "context" if !is_null => {
                self.object(node, &format!("`{}`", member.key));
            }
            _ => {}
        }
    }

    fn code(&mut self, node: &Node) {
        let Some(name) = self.reader.text(node, "a code") else {
            return;
        };
        if name.parse::<Code>().is_err() {
            let help = Code::nearest(&name).map_or_else(
                || "`mfa explain` lists the codes".to_owned(),
                |near| format!("write `{near}`"),
            );
            self.reader.report(
                Code::CaseValue,
                node.span,
                format!("no code is named `{name}`"),
                Some(help),
            );
        }
    }

    fn change(&mut self, change: &Member) {
        let names = pointer::parse(&change.key);
        let is_in_login = names.is_some_and(|names| {
            names
                .first()
                .is_some_and(|part| BASE_KEYS.contains(&&**part))
        });
        if !is_in_login {
            self.reader.report(
                Code::CaseValue,
                change.key_span,
                "a key of `changes` must be a JSON Pointer that starts with `/user` or `/context`",
                Some("write for example `/context/idToken/country`"),
            );
        }
    }
}

fn member<'m>(members: &'m [Member], key: &str) -> Option<&'m Member> {
    members.iter().find(|member| member.key == key)
}

fn providers() -> Vec<&'static str> {
    mfa_rules::Provider::ALL
        .iter()
        .map(|provider| provider.as_str())
        .collect()
}

/// The time of a login that has none.
fn default_time() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0)
        .single()
        .unwrap_or(DateTime::UNIX_EPOCH)
}

/// A value as it stands in the name of a case.
fn shortened(value: &Json) -> String {
    let text = value.to_string();
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(LONGEST_VALUE).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
