//! The nearest of the names that exist, for "did you mean".

/// Names longer than this are not compared: nobody misspells them by a letter, and the work stays
/// bounded whatever a rule or a login holds.
const LONGEST: usize = 64;

/// The name that `wanted` was most likely meant to be; `None` when none is close.
///
/// Upper and lower case count as the same. A letter that is wrong, missing or too much, and two
/// neighbours that are swapped, count as one mistake; a third of the letters may be mistakes, and
/// at most three. Of names that are equally close the first is taken.
pub(crate) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = folded(wanted)?;
    let allowed = (wanted.len() / 3).clamp(1, 3);
    let mut rows = Rows::default();
    let mut best: Option<(usize, &'n str)> = None;
    for name in names {
        let limit = match best {
            None => allowed,
            Some((0, _)) => break,
            Some((distance, _)) => distance.saturating_sub(1),
        };
        let distance = folded(name).and_then(|name| rows.distance(&wanted, &name, limit));
        if let Some(distance) = distance {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The letters of `name` in lower case; `None` when there are none or too many.
fn folded(name: &str) -> Option<Vec<char>> {
    let letters = name.chars().flat_map(char::to_lowercase);
    let letters: Vec<char> = letters.take(LONGEST.saturating_add(1)).collect();
    (1..=LONGEST).contains(&letters.len()).then_some(letters)
}

/// The last three rows of the table of distances between the beginnings of two names.
#[derive(Default)]
struct Rows {
    before_last: Vec<usize>,
    last: Vec<usize>,
    current: Vec<usize>,
}

impl Rows {
    /// The number of mistakes between `a` and `b` (optimal string alignment); `None` when it is
    /// above `limit`.
    fn distance(&mut self, a: &[char], b: &[char], limit: usize) -> Option<usize> {
        if a.len().abs_diff(b.len()) > limit {
            return None;
        }
        self.before_last.clear();
        self.last.clear();
        self.last.extend(0..=b.len());
        let mut left_in_a = None;
        for (i, &in_a) in a.iter().enumerate() {
            self.current.clear();
            self.current.push(i.saturating_add(1));
            let mut left_in_b = None;
            for (j, &in_b) in b.iter().enumerate() {
                let replaced = at(&self.last, Some(j)).saturating_add(usize::from(in_a != in_b));
                let removed = at(&self.last, j.checked_add(1)).saturating_add(1);
                let added = at(&self.current, Some(j)).saturating_add(1);
                let mut fewest = replaced.min(removed).min(added);
                if left_in_a == Some(in_b) && left_in_b == Some(in_a) {
                    let swapped = at(&self.before_last, j.checked_sub(1)).saturating_add(1);
                    fewest = fewest.min(swapped);
                }
                self.current.push(fewest);
                left_in_b = Some(in_b);
            }
            if self.current.iter().all(|&mistakes| mistakes > limit) {
                return None;
            }
            left_in_a = Some(in_a);
            std::mem::swap(&mut self.before_last, &mut self.last);
            std::mem::swap(&mut self.last, &mut self.current);
        }
        let distance = at(&self.last, Some(b.len()));
        (distance <= limit).then_some(distance)
    }
}

/// The entry of a row; what lies outside is never the fewest.
fn at(row: &[usize], index: Option<usize>) -> usize {
    index
        .and_then(|index| row.get(index))
        .copied()
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const NAMES: &[&str] = &[
        "guardian",
        "google-authenticator",
        "duo",
        "any",
        "none",
        "größe",
    ];

    fn of(wanted: &str) -> Option<&'static str> {
        nearest(wanted, NAMES.iter().copied())
    }

    #[test]
    fn one_mistake_of_each_kind_is_seen_through() {
        assert_eq!(of("guardien"), Some("guardian"));
        assert_eq!(of("gardian"), Some("guardian"));
        assert_eq!(of("guarddian"), Some("guardian"));
        assert_eq!(of("gaurdian"), Some("guardian"));
        assert_eq!(of("GUARDIAN"), Some("guardian"));
        assert_eq!(of("GRÖßE"), Some("größe"));
    }

    #[test]
    fn swapped_neighbours_are_one_mistake() {
        assert_eq!(of("dou"), Some("duo"));
        assert_eq!(nearest("ab", ["ba"].into_iter()), Some("ba"));
        assert_eq!(nearest("abc", ["cab"].into_iter()), None);
    }

    #[test]
    fn what_is_far_from_every_name_has_no_nearest() {
        assert_eq!(of("sms"), None);
        assert_eq!(of(""), None);
        assert_eq!(of("authenticator"), None);
    }

    #[test]
    fn three_mistakes_are_allowed_in_a_long_name_and_four_are_not() {
        assert_eq!(of("google-outhentikatr"), Some("google-authenticator"));
        assert_eq!(of("goggle-outhentikatr"), None);
    }

    #[test]
    fn the_nearer_name_wins_and_of_equals_the_first() {
        assert_eq!(nearest("abcd", ["abce", "abcd"].into_iter()), Some("abcd"));
        assert_eq!(nearest("abcd", ["abce", "abcf"].into_iter()), Some("abce"));
    }

    #[test]
    fn names_beyond_the_bound_are_not_compared() {
        let long = "a".repeat(64);
        let longer = "a".repeat(65);
        assert_eq!(nearest(&long, [long.as_str()].into_iter()), Some(&*long));
        assert_eq!(nearest(&longer, [longer.as_str()].into_iter()), None);
        assert_eq!(nearest(&long, [longer.as_str()].into_iter()), None);
    }
}
