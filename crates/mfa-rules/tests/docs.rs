//! The documents keep their word: every rule and every rule set in them does what they say of it.
//!
//! A block of the language `rhai` is run on the login in `examples/`. Behind the language stands
//! what it must give: `refused=CODE`, `fails=CODE` or `decides=DECISION`; without that, no failure.
//! A block of the language `yaml` is a `ruleset.yaml`.

#![cfg(test)]

use mfa_rules::{Code, CompileError, Decision, Limits, Login, Outcome, RuleSet, Secret};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The time of the logins: a Monday.
const NOW: &str = "2026-01-05T09:00:00Z";

#[test]
fn rules_in_the_reference_of_the_language_do_what_it_says() {
    let blocks = blocks("docs/rule-language.md", "rhai");
    assert!(blocks.len() > 30, "only {} blocks were found", blocks.len());
    for block in &blocks {
        block.check();
    }
}

#[test]
fn every_code_of_a_rule_text_that_the_reference_names_has_an_example() {
    let page = read("docs/rule-language.md");
    let table = section(&page, "## What does not compile");
    let shown = blocks("docs/rule-language.md", "rhai");
    let mut checked = 0;
    for row in table.lines().filter_map(|line| line.strip_prefix("| `")) {
        let code = row.split('`').next().unwrap_or_default();
        assert!(code.parse::<Code>().is_ok(), "no code is named `{code}`");
        let claim = format!("refused={code}");
        // It takes 64 KiB to show.
        if code != "source-limit" {
            let is_shown = shown.iter().any(|block| block.claim == claim);
            assert!(is_shown, "no example of `{code}`");
        }
        checked += 1;
    }
    assert!(checked > 15, "only {checked} codes were found");
}

#[test]
fn limits_in_the_reference_are_those_of_the_engine() {
    let page = read("docs/rule-language.md");
    let table = section(&page, "## Limits");
    let default = serde_json::to_value(mfa_rules::Limits::DEFAULT).unwrap();
    let highest = serde_json::to_value(mfa_rules::Limits::HIGHEST).unwrap();
    let mut checked = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`');
        let field = name.trim_end_matches("_bytes").trim_end_matches("_ms");
        for (limits, cell) in [(&default, cells[3]), (&highest, cells[4])] {
            let written: u64 = cell.replace(',', "").parse().unwrap();
            assert_eq!(number(&limits[field]), written, "{name}");
        }
        checked += 1;
    }
    assert_eq!(checked, default.as_object().unwrap().len());
}

#[test]
fn what_is_fixed_in_the_reference_is_so() {
    let page = read("docs/rule-language.md");
    let fixed = section(&page, "## Limits");
    let bytes = 60_000;
    assert!(fixed.contains("may have 60,000 bytes"));
    check_source_limit(bytes, |bytes| {
        let rule = "require_mfa(\"any\"); // ";
        format!("{rule}{}", "x".repeat(bytes.saturating_sub(rule.len())))
    });
    assert!(fixed.contains("literals of 16,384 bytes"));
    check_source_limit(16_384, |bytes| format!("print(\"{}\");", "x".repeat(bytes)));
    assert!(fixed.contains(
        "64 levels of nesting, of which a pair of parentheses takes two and a block three"
    ));
    check_source_limit(30, |pairs| {
        format!("print({}1{});", "(".repeat(pairs), ")".repeat(pairs))
    });
    check_source_limit(20, |blocks| {
        format!(
            "{}print(1);{}",
            "if true { ".repeat(blocks),
            " }".repeat(blocks)
        )
    });
    assert!(fixed.contains("200 functions and closures"));
    check_source_limit(200, |count| {
        let functions = (0..count).map(|number| format!("fn f{number}() {{}}\n"));
        functions.collect::<String>() + "f1();"
    });
}

/// Checks that a rule with `most` of something compiles, and one with one more does not.
fn check_source_limit(most: usize, rule: impl Fn(usize) -> String) {
    let codes = |count| match RuleSet::from_source("rule", rule(count)) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let diagnostics = error.diagnostics().iter();
            diagnostics.map(|diagnostic| diagnostic.code).collect()
        }
    };
    assert_eq!(codes(most), []);
    assert_eq!(codes(most.saturating_add(1)), [Code::SourceLimit]);
}

#[test]
fn rules_in_the_readme_do_what_it_says() {
    let blocks = blocks("README.md", "rhai");
    assert!(!blocks.is_empty());
    for block in &blocks {
        block.check();
    }
}

#[test]
fn the_rule_of_the_first_command_is_shown() {
    let rule = read("rules/clients-with-mfa.rhai");
    assert!(read("README.md").contains(&format!("```rhai\n{rule}```\n")));
}

#[test]
fn going_through_a_large_login_reaches_the_operations_unless_they_are_raised() {
    for document in ["README.md", "docs/rule-language.md"] {
        assert!(read(document).contains("goes through 80,000 groups"));
    }
    let groups: Vec<String> = (0..80_000).map(|group| format!("group-{group}")).collect();
    let user = json!({ "groups": groups });
    let login = Login::new(NOW.parse().unwrap()).user(&user);
    let rule = "for group in user.groups { if group == \"admins\" { require_mfa(\"any\"); } }";
    let run = |limits: Limits| {
        let rule_set = RuleSet::builder().rule(("groups", rule)).limits(limits);
        let rule_set = rule_set.compile().unwrap();
        let outcome = rule_set.decide(&login);
        let codes = codes(&outcome).join(" ");
        (outcome.decision(), codes)
    };
    let default = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
    assert_eq!(run(default), (Decision::Denied, "operations".to_owned()));
    let raised = default.with_operations(Limits::HIGHEST.operations);
    assert_eq!(run(raised), (Decision::NotRequired, String::new()));
}

#[test]
fn recipes_decide_as_their_headings_say() {
    let office = json!({ "request": { "ip": "192.0.2.7" } });
    let home = json!({ "request": { "ip": "203.0.113.7" } });
    let acr = "urn:low http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    let asking = json!({ "request": { "query": { "acr_values": acr } } });
    let stepped_up = json!({
        "request": { "query": { "acr_values": acr } },
        "authentication": { "methods": [{ "name": "pwd" }, { "name": "mfa" }] },
    });
    let payroll = json!({ "clientID": "payroll" });
    let wiki = json!({ "clientID": "wiki" });
    let nobody = Json::Null;
    let staff = json!({ "email": "ada@acme.example", "email_verified": true });
    let claimed = json!({ "email": "eve@acme.example", "email_verified": false });
    let (friday_evening, monday) = ("2026-01-09T17:00:00Z", NOW);
    let cases = [
        (
            "At certain times",
            &nobody,
            &wiki,
            friday_evening,
            "required",
        ),
        ("At certain times", &nobody, &wiki, monday, "not_required"),
        ("Outside of the office", &nobody, &home, NOW, "required"),
        ("Outside of the office", &nobody, &wiki, NOW, "required"),
        (
            "Outside of the office",
            &nobody,
            &office,
            NOW,
            "not_required",
        ),
        (
            "When the application asks for it",
            &nobody,
            &asking,
            NOW,
            "required",
        ),
        (
            "When the application asks for it",
            &nobody,
            &stepped_up,
            NOW,
            "not_required",
        ),
        (
            "When the application asks for it",
            &nobody,
            &wiki,
            NOW,
            "not_required",
        ),
        ("Duo", &staff, &wiki, NOW, "not_required"),
        (
            "Duo",
            &json!({ "user_id": "auth0|1" }),
            &payroll,
            NOW,
            "required",
        ),
        ("Only staff", &staff, &payroll, NOW, "not_required"),
        ("Only staff", &claimed, &payroll, NOW, "denied"),
        ("Only staff", &nobody, &payroll, NOW, "denied"),
        ("Only staff", &nobody, &wiki, NOW, "not_required"),
    ];
    let page = read("docs/recipes.md");
    let configuration = json!({ "OFFICE_NETWORKS": ["192.0.2.0/24", "2001:db8::/32"] });
    for heading in page.lines().filter_map(|line| line.strip_prefix("## ")) {
        let below = section(&page, &format!("## {heading}\n"));
        let (_, rule) = below.split_once("```rhai\n").unwrap();
        let (rule, _) = rule.split_once("```").unwrap();
        let rule_set = RuleSet::builder()
            .rule((heading, rule))
            .configuration(configuration.as_object().unwrap().clone())
            .secret("DUO_IKEY", Secret::new("ikey".to_owned()))
            .secret("DUO_SKEY", Secret::new("skey".to_owned()))
            .compile()
            .unwrap();
        assert_eq!(rule_set.warnings(), [], "{heading}");
        let mut checked = 0;
        if heading == "When the login is risky" {
            checked = check_risky_logins(&rule_set);
        }
        for (of, user, context, now, expected) in &cases {
            if *of == heading {
                let login = Login::new(now.parse().unwrap()).user(user).context(context);
                let outcome = rule_set.decide(&login);
                let case = format!("{heading}: {user} {context} {now}");
                assert_eq!(codes(&outcome), [""; 0], "{case}: {:?}", outcome.errors());
                let decided = serde_json::to_value(outcome.decision()).unwrap();
                assert_eq!(decided, *expected, "{case}");
                checked += 1;
            }
        }
        assert!(checked >= 2, "{heading}");
    }
}

/// How many logins there were.
fn check_risky_logins(rule_set: &RuleSet) -> usize {
    let [fact] = rule_set.facts() else {
        panic!("{:?}", rule_set.facts());
    };
    assert_eq!(fact.name, "risk_score");
    let cases = [
        (json!({ "risk_score": 10 }), "not_required"),
        (json!({ "risk_score": 31 }), "required"),
        (json!({ "risk_score": null }), "required"),
        (json!({ "risk_score": 91 }), "denied"),
    ];
    for (facts, expected) in &cases {
        let login = Login::new(NOW.parse().unwrap()).facts(facts.as_object().unwrap());
        let outcome = rule_set.decide(&login);
        assert_eq!(codes(&outcome), [""; 0], "{facts}");
        let decided = serde_json::to_value(outcome.decision()).unwrap();
        assert_eq!(decided, *expected, "{facts}");
    }
    let unreachable = rule_set.decide(&Login::new(NOW.parse().unwrap()));
    assert_eq!(codes(&unreachable), ["missing-fact"]);
    cases.len()
}

#[test]
fn rule_sets_in_the_documents_load() {
    for document in ["README.md", "docs/rule-sets.md"] {
        let blocks = blocks(document, "yaml");
        assert!(!blocks.is_empty(), "{document}");
        for block in blocks {
            block.load().unwrap_or_else(|error| {
                panic!("{document}:{}: {error}", block.line);
            });
        }
    }
}

#[test]
fn what_the_architecture_names_is_there() {
    let page = read("ARCHITECTURE.md");
    let root = root();
    let files = files(&root);
    let sources: Vec<String> = files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let (mut tests, mut paths) = (0, 0);
    // In between code fences and everything else, each second part is code.
    for name in page.split('`').skip(1).step_by(2) {
        if name.matches('_').count() >= 3 {
            let definition = format!("fn {name}(");
            let is_there = sources.iter().any(|source| source.contains(&definition));
            assert!(is_there, "no test is named `{name}`");
            tests += 1;
        } else if name.ends_with('/') || name.contains(".rs") || name.contains(".txt") {
            let path = name.trim_end_matches('/');
            let is_there = files.iter().any(|file| file.ends_with(path))
                || files
                    .iter()
                    .any(|file| file.parent().is_some_and(|folder| folder.ends_with(path)));
            assert!(is_there, "there is no `{name}`");
            paths += 1;
        }
    }
    assert!(
        tests > 10 && paths > 40,
        "only {tests} tests and {paths} paths were found"
    );
}

#[test]
fn every_module_of_the_engine_is_on_the_map() {
    let page = read("ARCHITECTURE.md");
    let folder = root().join("crates/mfa-rules/src");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_file() && name != "lib.rs" {
            assert!(
                page.contains(&format!("`{name}`")),
                "{name} is not on the map"
            );
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut checked = 0;
    for document in files(&root()) {
        if document
            .extension()
            .is_none_or(|extension| extension != "md")
        {
            continue;
        }
        let folder = document.parent().unwrap();
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            if target.contains("://") {
                continue;
            }
            let at = || format!("{target} in {}", document.display());
            let file = if path.is_empty() {
                document.clone()
            } else {
                folder.join(path)
            };
            assert!(file.exists(), "{}", at());
            if !heading.is_empty() {
                let page = fs::read_to_string(&file).unwrap();
                assert!(page.lines().any(|line| anchor(line) == heading), "{}", at());
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} links were found");
}

/// The anchor that a heading gets.
fn anchor(line: &str) -> String {
    let heading = line.trim_start_matches('#');
    if heading.len() == line.len() {
        return String::new();
    }
    let kept = heading.trim().to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|character| character.is_alphanumeric() || "-_".contains(*character))
        .collect()
}

/// A fenced block of a document.
struct Block {
    document: &'static str,
    /// Where its text begins.
    line: usize,
    /// What stands behind the language.
    claim: String,
    text: String,
}

impl Block {
    fn check(&self) {
        let at = format!("{}:{}", self.document, self.line);
        let compiled = RuleSet::from_source("example", self.text.as_str());
        if let Some(code) = self.claim.strip_prefix("refused=") {
            let Err(error) = compiled else {
                panic!("{at}: it compiles");
            };
            let codes = error.diagnostics().iter();
            let codes: Vec<&str> = codes.map(|diagnostic| diagnostic.code.as_str()).collect();
            assert!(codes.contains(&code), "{at}: {codes:?}");
            return;
        }
        let rule_set = compiled.unwrap_or_else(|error| panic!("{at}: {error}"));
        let user = document("examples/user.json");
        let context = document("examples/context.json");
        let configuration = document("examples/configuration.json");
        let login = Login::new(NOW.parse().unwrap())
            .user(&user)
            .context(&context)
            .configuration(configuration.as_object().unwrap());
        let outcome = rule_set.decide(&login);
        let codes = codes(&outcome);
        if let Some(code) = self.claim.strip_prefix("fails=") {
            assert_eq!(codes, [code], "{at}");
            return;
        }
        assert_eq!(codes, [""; 0], "{at}: {:?}", outcome.errors());
        match self.claim.strip_prefix("decides=") {
            Some(decision) => {
                let decided = serde_json::to_value(outcome.decision()).unwrap();
                assert_eq!(decided, decision, "{at}");
            }
            None => assert_eq!(self.claim, "", "{at}: what is claimed is not known"),
        }
    }

    /// Loads the block as the manifest of a folder that has all rules it names.
    fn load(&self) -> Result<RuleSet, CompileError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ruleset.yaml"), &self.text).unwrap();
        for part in self.text.split("file: ").skip(1) {
            let name: &str = part.split([',', '\n', ' ', '}']).next().unwrap_or_default();
            let path = folder.path().join(name);
            fs::write(path, "require_mfa(\"any\");").unwrap();
        }
        mfa_rules::Loader::new()
            .environment(|name| Some(Secret::new(name.to_owned())))
            .load(folder.path())
    }
}

fn codes<'o>(outcome: &'o Outcome<'_>) -> Vec<&'o str> {
    let errors = outcome.errors().iter();
    errors.map(|error| error.code.as_str()).collect()
}

/// The blocks of a language in a document.
fn blocks(document: &'static str, language: &str) -> Vec<Block> {
    let text = read(document);
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        let Some(information) = line.strip_prefix("```") else {
            continue;
        };
        let start = lines
            .clone()
            .next()
            .map_or(0, |(index, _)| index.saturating_add(1));
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        let (name, claim) = information.split_once(' ').unwrap_or((information, ""));
        if name == language {
            blocks.push(Block {
                document,
                line: start,
                claim: claim.to_owned(),
                text: body.join("\n") + "\n",
            });
        }
    }
    blocks
}

/// The part of a page below a heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, below) = page.split_once(heading).unwrap();
    below.split("\n## ").next().unwrap_or_default()
}

/// The value of a limit: a count, or a duration in milliseconds.
fn number(limit: &Json) -> u64 {
    limit.as_u64().unwrap_or_else(|| {
        let part = |name| limit[name].as_u64().unwrap();
        let duration = Duration::new(part("secs"), part("nanos").try_into().unwrap());
        duration.as_millis().try_into().unwrap()
    })
}

fn document(path: &str) -> Json {
    serde_json::from_str(&read(path)).unwrap()
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of the repository that are part of it, those of tools left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_file() {
            files.push(path);
        } else if !name.starts_with('.') && !["target", "corpus", "artifacts"].contains(&name) {
            files.extend(self::files(&path));
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
