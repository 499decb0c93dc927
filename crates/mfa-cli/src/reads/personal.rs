//! Fields of Auth0's profiles and contexts that are well known to be personal data.

use mfa_rules::ReadPart;

/// Where they are, as JSON Pointer into a login, and what they are.
///
/// Fields that say who somebody is, how to reach them, or where they are. The page
/// `docs/read-set.md` lists the same.
pub(crate) const FIELDS: &[(&str, &str)] = &[
    ("/user/user_id", "user identifier"),
    ("/user/name", "name"),
    ("/user/given_name", "given name"),
    ("/user/family_name", "family name"),
    ("/user/nickname", "nickname"),
    ("/user/username", "user name"),
    ("/user/picture", "picture"),
    ("/user/email", "e-mail address"),
    ("/user/phone_number", "phone number"),
    ("/user/identities", "accounts at identity providers"),
    ("/user/user_metadata", "what users say about themselves"),
    ("/user/last_ip", "IP address"),
    ("/user/last_login", "time of the last login"),
    ("/user/locale", "language and region"),
    ("/context/sessionID", "session identifier"),
    ("/context/primaryUser", "user identifier"),
    ("/context/request/ip", "IP address"),
    ("/context/request/geoip", "place of the IP address"),
    ("/context/request/userAgent", "browser and device"),
    (
        "/context/request/query/login_hint",
        "e-mail address or user name",
    ),
    (
        "/context/request/body",
        "what the user typed, a password perhaps",
    ),
];

/// What personal data can be seen at a path, each once.
pub(crate) fn seen_at(path: &str, part: ReadPart) -> Vec<&'static str> {
    let mut seen = Vec::new();
    for (field, what) in FIELDS {
        let reaches_in = part == ReadPart::Whole && is_at_or_below(field, path);
        if (reaches_in || is_at_or_below(path, field)) && !seen.contains(what) {
            seen.push(*what);
        }
    }
    seen
}

fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, seen_at};
    use mfa_rules::ReadPart;

    #[test]
    fn a_field_is_seen_at_it_below_it_and_with_all_that_is_around_it() {
        for (path, part, seen) in [
            ("/user/email", ReadPart::Shape, vec!["e-mail address"]),
            ("/user/email", ReadPart::Whole, vec!["e-mail address"]),
            ("/user/email_verified", ReadPart::Whole, vec![]),
            ("/user/emails/0", ReadPart::Whole, vec![]),
            (
                "/context/request/geoip/country_code",
                ReadPart::Shape,
                vec!["place of the IP address"],
            ),
            ("/context/request", ReadPart::Shape, vec![]),
            (
                "/context/request/query",
                ReadPart::Whole,
                vec!["e-mail address or user name"],
            ),
            ("/configuration", ReadPart::Whole, vec![]),
        ] {
            assert_eq!(seen_at(path, part), seen, "{path}");
        }
        assert_eq!(seen_at("/user", ReadPart::Whole).len(), 14);
    }

    #[test]
    fn the_page_lists_the_same_fields() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/read-set.md");
        let page = std::fs::read_to_string(path).unwrap();
        let section = page.split("## Personal data").nth(1).unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `/"));
        let listed: Vec<String> = rows.map(str::to_owned).collect();
        let fields = FIELDS.iter();
        let expected: Vec<String> = fields
            .map(|(path, what)| format!("| `{path}` | {what} |"))
            .collect();
        assert_eq!(listed, expected);
    }
}
