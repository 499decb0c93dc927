//! Looking up a member of an object of the login.

use serde_json::{Map, Value as Json};

/// The most members of an object that is gone through one by one.
const FEW: usize = 32;

/// A member of an object.
///
/// Logins have objects of one to two dozen members. There, going through them from the end that is
/// nearer takes half the time of a search: keys of another length are passed over without a look at
/// them. That the keys are in order only makes it fast; an embedder's `serde_json` may keep another.
#[inline]
pub(crate) fn member<'m>(object: &'m Map<String, Json>, name: &str) -> Option<&'m Json> {
    if object.len() > FEW {
        return object.get(name);
    }
    let is_it = |(key, _): &(&String, &Json)| key.as_str() == name;
    let found = match name.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(..b'j') => object.iter().find(is_it),
        Some(b'p'..) => object.iter().rev().find(is_it),
        _ => return object.get(name),
    };
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{FEW, member};
    use serde_json::{Map, Value as Json};

    #[test]
    fn it_finds_what_a_search_finds() {
        let names = [
            "",
            "a",
            "ab",
            "jjj",
            "k",
            "multifactor",
            "p",
            "pq",
            "zz",
            "ä",
            "\u{10ffff}",
        ];
        for size in [0, 1, 5, FEW, FEW + 1, 100] {
            let letters = "abcdefghijklmnopqrstuvwxyz".chars().cycle();
            let more = letters
                .zip(0..size)
                .map(|(letter, index)| format!("{letter}{index}"));
            for leave_out in 0..=names.len() {
                let some = names
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| *index != leave_out);
                let keys = some.map(|(_, name)| (*name).to_owned()).chain(more.clone());
                let object: Map<String, Json> = keys
                    .enumerate()
                    .map(|(value, key)| (key, Json::from(value)))
                    .collect();
                for name in names.iter().copied().chain(["a0", "z25", "missing"]) {
                    assert_eq!(member(&object, name), object.get(name), "{name} of {size}");
                }
            }
        }
    }
}
