//! Which versions of the peers are compiled in.

/// What the program was built from: the build refuses any other versions with `--locked`.
const LOCKFILE: &str = include_str!("../Cargo.lock");

/// The version of a package, without what it says of its build. There is only one version of each
/// peer.
pub(crate) fn version(package: &str) -> Option<&'static str> {
    let mut lines = LOCKFILE.lines();
    lines.find(|line| line.strip_prefix("name = ").map(unquote) == Some(package))?;
    let version = unquote(lines.next()?.strip_prefix("version = ")?);
    version.split('+').next()
}

fn unquote(text: &str) -> &str {
    text.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::{LOCKFILE, version};
    use crate::peers::PEERS;

    #[test]
    fn every_package_of_a_peer_has_one_version() {
        for package in PEERS.iter().flat_map(|peer| peer.packages) {
            let version = version(package).unwrap();
            assert!(
                version.starts_with(|letter: char| letter.is_ascii_digit()),
                "{version}"
            );
            let entry = format!("name = \"{package}\"\n");
            assert_eq!(LOCKFILE.matches(&entry).count(), 1, "{package}");
        }
    }
}
