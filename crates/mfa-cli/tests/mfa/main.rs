//! The binary `mfa`, from the outside.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod decide;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod transcript;
#[cfg(test)]
mod watch;

#[test]
fn wrong_usage_is_explained() {
    transcript::check("usage");
}

#[test]
fn checking_reports_everything_that_is_wrong() {
    transcript::check("check");
}

#[test]
fn codes_are_listed_and_explained() {
    transcript::check("explain");
}

#[test]
fn a_login_that_cannot_be_read_is_denied() {
    transcript::check("input");
}

#[test]
fn a_decision_is_shown_with_what_each_rule_did() {
    transcript::check("decide");
}

#[test]
fn facts_are_reported_and_given() {
    transcript::check("facts");
}

#[test]
fn the_lines_of_a_decision_log_are_decided_again() {
    transcript::check("records");
}

#[test]
fn cases_are_run_and_what_differs_is_shown() {
    transcript::check("test");
}

#[test]
fn checking_says_which_rule_sees_what_of_a_login() {
    transcript::check("reads");
}

#[test]
fn what_cannot_be_measured_is_explained() {
    transcript::check("bench");
}
