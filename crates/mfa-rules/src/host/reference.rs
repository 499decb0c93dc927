//! The reference page of the host functions, made from their tables.

use super::{Callbacks, FAMILIES, Family, Gives, HostFunction, Receiver};
use std::fmt::Write;

/// The page `docs/host-functions.md`: every host function with its signatures, what it does, and
/// an example with its result.
///
/// ```
/// let page = mfa_rules::host_function_reference();
/// assert!(page.contains("### `require_mfa`"));
/// ```
pub fn host_function_reference() -> String {
    let mut page = String::from(
        "# Host functions\n\n\
         What a rule may call besides its own functions.\n\
         A script function may not have the name of one of these.\n\n\
         `a.f(b)` and `f(a, b)` are the same call.\n\
         An argument of a wrong type is a failure with the code `type`, unless the function says otherwise; a secret where none is allowed is one with the code `secret-use`, which nothing catches.\n\
         The result of a function that gives none cannot be used: a rule that tries does not compile.\n\n\
         This page is generated from the tables of the engine.\n",
    );
    for family in FAMILIES {
        write_contents(&mut page, family);
    }
    for family in FAMILIES {
        let _ = write!(page, "\n## {}\n\n{}\n", family.title, family.about);
        for function in family.functions {
            write_function(&mut page, function);
        }
    }
    page
}

fn write_contents(page: &mut String, family: &Family) {
    let names = family.functions.iter().map(|function| {
        let name = function.name;
        format!("[`{name}`](#{name})")
    });
    let names: Vec<String> = names.collect();
    let _ = write!(page, "\n- {}: {}", family.title, names.join(", "));
    if FAMILIES
        .last()
        .is_some_and(|last| last.title == family.title)
    {
        page.push('\n');
    }
}

fn write_function(page: &mut String, function: &HostFunction) {
    let _ = write!(page, "\n### `{}`\n\n```text\n", function.name);
    for form in function.forms {
        let _ = writeln!(page, "{}", form.signature);
    }
    let _ = write!(page, "```\n\n{}\n", function.about);
    if function.receiver == Receiver::Changed {
        page.push_str("\nIt changes what it is called on.\n");
    }
    if function.gives == Gives::Nothing {
        page.push_str("\nIt gives no result.\n");
    }
    if function.callbacks == Callbacks::Calls {
        page.push_str(
            "\nWhat it is called on is taken before the functions that it is given run.\n",
        );
    }
    if !function.example.is_empty() {
        page.push_str("\n```rhai\n");
        let mut examples = Vec::new();
        for (fragment, result) in function.example {
            examples.push(match *result {
                "()" if function.gives == Gives::Nothing => format!("{fragment};\n"),
                result => format!("{fragment} // {result}\n"),
            });
        }
        let longest = examples.iter().map(|example| example.lines().count()).max();
        let separator = if longest > Some(1) { "\n" } else { "" };
        page.push_str(&examples.join(separator));
        page.push_str("```\n");
    }
}

#[cfg(test)]
mod tests {
    use super::host_function_reference;
    use crate::host::{FAMILIES, Gives, all};
    use crate::limits::Limits;
    use crate::login::Login;
    use crate::observe::Observe;
    use crate::rule_set::RuleSet;
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn host_function_reference_is_current() {
        let page = host_function_reference();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let file = folder.join("host-functions.md");
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &page).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == page,
            "docs/host-functions.md is not what the tables of host functions say; write it anew with\n\
             UPDATE_REFERENCE=1 cargo test -p mfa-rules host_function_reference_is_current"
        );
    }

    #[test]
    fn every_host_function_is_documented() {
        for family in FAMILIES {
            assert!(family.about.ends_with('.'), "{}", family.title);
        }
        for function in all() {
            let name = function.name;
            assert!(function.about.ends_with('.'), "about of {name}");
            assert!(!function.forms.is_empty(), "forms of {name}");
            for form in function.forms {
                assert!(
                    form.signature.contains(&format!("{name}(")),
                    "{}",
                    form.signature
                );
                let names_a_result = form.signature.contains(" -> ");
                assert!(
                    !names_a_result || function.gives == Gives::Value,
                    "{}",
                    form.signature
                );
            }
            assert!(
                !function.example.is_empty() || name == "deny",
                "example of {name}"
            );
        }
    }

    #[test]
    fn every_host_function_has_a_name_of_its_own() {
        // The names of chapters count, because links go to headings.
        let titles = FAMILIES.iter().map(|family| family.title.to_lowercase());
        let mut names: BTreeSet<String> = titles.collect();
        for function in all() {
            assert!(
                names.insert(function.name.to_owned()),
                "{} is there twice",
                function.name
            );
        }
    }

    #[test]
    fn every_example_gives_what_the_reference_says() {
        for function in all() {
            for (fragment, result) in function.example {
                if function.gives == Gives::Nothing && *result == "()" {
                    run(&format!("{fragment};"));
                } else {
                    let printed = run(&format!("let result = {{ {fragment} }};\ndebug(result);"));
                    assert_eq!(printed, [*result], "{fragment}");
                }
            }
        }
    }

    /// What a rule prints.
    fn run(source: &str) -> Vec<String> {
        let mut limits = Limits::DEFAULT;
        limits.deadline = Limits::HIGHEST.deadline;
        let rule = ("example.rhai".to_owned(), source.to_owned());
        let rule_set = RuleSet::builder()
            .name("examples")
            .rule(rule)
            .limits(limits)
            .compile()
            .unwrap_or_else(|error| panic!("{source}\n{error}"));
        let facts = json!({ "risk_score": 82, "known_device": null });
        let login = Login::new(chrono::DateTime::UNIX_EPOCH);
        let login = login.facts(facts.as_object().unwrap());
        let outcome = rule_set.decide_observed(&login, Observe::decision().and_trace());
        assert_eq!(outcome.errors(), [], "{source}");
        let traces = outcome.traces().unwrap_or_default();
        traces
            .iter()
            .flat_map(|trace| trace.printed.clone())
            .collect()
    }
}
