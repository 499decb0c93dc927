//! What a decision allocates, by each rule of the gallery.

#![expect(
    clippy::expect_used,
    reason = "a bench without its rules has nothing to measure"
)]
#![expect(clippy::print_stdout, reason = "what is printed is the result")]

use allocation_counter::measure;
use mfa_benches::{
    GalleryLogin, Invocation, TWINS, Variety, gallery_configuration, gallery_logins,
    gallery_rule_set, with_claims,
};
use mfa_rules::{Decision, RuleSet};
use std::hint::black_box;

/// Decisions, as the columns of the table.
const COLUMNS: [Decision; 3] = [Decision::NotRequired, Decision::Required, Decision::Denied];

fn main() {
    let invocation = Invocation::of_this_process();
    if !invocation.wants("allocations") {
        return;
    }
    let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 1_024).collect();
    println!("Most allocations, and most bytes, of one decision:\n");
    println!("| rule | not required | required | denied |");
    println!("| --- | --- | --- | --- |");
    let configuration = gallery_configuration();
    for rule in mfa_gallery::rules() {
        let rules = gallery_rule_set([rule.name], configuration.clone());
        row(rule.name, &rules.expect("the rule compiles"), &logins);
    }
    let ten = || TWINS.iter().map(|twin| twin.rule);
    let rules = gallery_rule_set(ten(), configuration.clone());
    row("ten rules", &rules.expect("the rules compile"), &logins);
    let rules = gallery_rule_set(ten(), with_claims(configuration));
    row(
        "ten rules, with claims",
        &rules.expect("the rules compile"),
        &logins,
    );
}

fn row(name: &str, rules: &RuleSet, logins: &[GalleryLogin]) {
    let cells = COLUMNS.map(|column| {
        let mut most: Option<(u64, u64)> = None;
        for login in logins {
            // What is only made once is not the decision's.
            if rules.decide(&login.borrowed()).decision() != column {
                continue;
            }
            let allocated = measure(|| {
                black_box(rules.decide(&black_box(login).borrowed()).decision());
            });
            let allocated = (allocated.count_total, allocated.bytes_total);
            most = most.max(Some(allocated));
        }
        most.map_or_else(String::new, |(count, bytes)| format!("{count}, {bytes} B"))
    });
    println!("| `{name}` | {} |", cells.join(" | "));
}
