//! Several ways to do the same, timed in turn, so that whatever else the machine does hits all of
//! them alike.
//!
//! What is timed at once is short beside the time for which a scheduler lets a thread run. So only
//! few of the times are those of a thread that had to wait, and a median does not know of them. And
//! in each round all ways are busy for about as long, so that none of them always comes when another
//! one has used up that time.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

/// How many nanoseconds are timed at once, about.
const PIECE: f64 = 50e3;

/// How often a way goes through its pieces in a round, at most.
const MOST_PASSES: u32 = 50;

/// Something that is timed, piece by piece.
pub struct Way<'w> {
    pieces: usize,
    decisions: usize,
    /// The nanoseconds that all pieces take together, about.
    estimate: f64,
    /// Goes through a piece, and gives the nanoseconds that it took.
    time: Box<dyn FnMut(usize) -> f64 + 'w>,
}

impl<'w> Way<'w> {
    /// A decision about each of these logins.
    pub fn new<L>(logins: &'w [L], decide: impl Fn(&'w L) + 'w) -> Self {
        // The first times around find empty caches, and in some the thread may have had to wait.
        let once = (0..5).map(|_| time_each(logins, &decide));
        let once = once.fold(f64::INFINITY, f64::min);
        let size = (1..logins.len())
            .zip(1_u32..)
            .find(|(_, decisions)| f64::from(*decisions) * once >= PIECE)
            .map_or(logins.len(), |(size, _)| size)
            .max(1);
        Self {
            pieces: logins.len().div_ceil(size),
            decisions: logins.len(),
            estimate: once * as_float(logins.len()),
            time: Box::new(move |piece| {
                let logins = logins.chunks(size).nth(piece).unwrap_or_default();
                time_each(logins, &decide) * as_float(logins.len())
            }),
        }
    }

    /// Something that takes its own time, and gives the nanoseconds that one decision took.
    pub fn timing_itself(mut time: impl FnMut() -> f64 + 'w) -> Self {
        Self {
            pieces: 1,
            decisions: 1,
            estimate: f64::NAN,
            time: Box::new(move |_| time()),
        }
    }

    /// How often it has to go through its pieces to be busy for so many nanoseconds, about.
    fn passes(&self, nanoseconds: f64) -> usize {
        let passes = (1..=MOST_PASSES).map(f64::from);
        let fitting = passes.take_while(|passes| passes * self.estimate <= nanoseconds);
        fitting.count().max(1)
    }
}

impl fmt::Debug for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way")
            .field("pieces", &self.pieces)
            .field("decisions", &self.decisions)
            .finish_non_exhaustive()
    }
}

/// Times each way once per round, and gives the nanoseconds of one of its decisions: the sum of the
/// medians of its pieces, by the number of its decisions. In each round another way begins.
pub fn interleaved<const N: usize>(rounds: usize, mut ways: [Way<'_>; N]) -> [f64; N] {
    let mut times = ways.each_ref().map(|way| vec![Vec::new(); way.pieces]);
    let longest = ways.iter().map(|way| way.estimate).fold(0.0, f64::max);
    for round in 0..rounds {
        let first = round.checked_rem(N).unwrap_or_default();
        for index in (0..N).cycle().skip(first).take(N) {
            let (Some(way), Some(times)) = (ways.get_mut(index), times.get_mut(index)) else {
                continue;
            };
            for _ in 0..way.passes(longest) {
                for (piece, times) in times.iter_mut().enumerate() {
                    times.push((way.time)(piece));
                }
            }
        }
    }
    let mut ways = ways.into_iter();
    times.map(|pieces| {
        let all: f64 = pieces.into_iter().map(median).sum();
        let decisions = ways.next().map_or(0, |way| way.decisions);
        all / as_float(decisions)
    })
}

/// The nanoseconds that `decide` takes for each of these logins.
pub fn time_each<'l, L>(logins: &'l [L], decide: impl Fn(&'l L)) -> f64 {
    let begun = Instant::now();
    for login in logins {
        decide(black_box(login));
    }
    begun.elapsed().as_secs_f64() * 1e9 / as_float(logins.len())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::{Way, interleaved};
    use std::cell::{Cell, RefCell};
    use std::hint::black_box;

    /// A way with two pieces, which take what is given for each round.
    fn way(times: [[f64; 3]; 2]) -> Way<'static> {
        let mut times = times.map(IntoIterator::into_iter);
        Way {
            pieces: 2,
            decisions: 10,
            estimate: 1.0,
            time: Box::new(move |piece| times[piece].next().unwrap()),
        }
    }

    #[test]
    fn a_piece_that_had_to_wait_once_does_not_count() {
        let undisturbed = way([[100.0, 100.0, 100.0], [20.0, 20.0, 20.0]]);
        let disturbed = way([[100.0, 9_000.0, 99.0], [9_000.0, 20.0, 19.0]]);
        let [first, second] = interleaved(3, [undisturbed, disturbed]);
        assert!((first - 12.0).abs() < 1e-9, "{first}");
        assert!((second - 12.0).abs() < 1e-9, "{second}");
    }

    #[test]
    fn ways_take_turns_and_each_begins_a_round() {
        let seen = RefCell::new(String::new());
        let ways = ['a', 'b', 'c'].map(|name| {
            let seen = &seen;
            Way::timing_itself(move || {
                seen.borrow_mut().push(name);
                1.0
            })
        });
        interleaved(3, ways);
        assert_eq!(seen.into_inner(), "abcbcacab");
    }

    #[test]
    fn a_fast_way_goes_through_its_pieces_more_often() {
        let mut fast = way([[1.0; 3]; 2]);
        fast.estimate = 3.0;
        assert_eq!(fast.passes(10.0), 3);
        assert_eq!(fast.passes(1.0), 1);
        assert_eq!(fast.passes(1e9), 50);
        assert_eq!(Way::timing_itself(|| 1.0).passes(0.0), 1);
    }

    #[test]
    fn the_pieces_of_a_way_are_all_of_its_logins() {
        let logins = [1; 1_000];
        let decisions = Cell::new(0_u32);
        let slow = Way::new(&logins, |login| {
            decisions.set(decisions.get() + login);
            black_box((0..black_box(2_000_u64)).fold(0, |sum, number| sum ^ number));
        });
        assert!(slow.pieces > 1, "{slow:?}");
        decisions.set(0);
        let [nanoseconds] = interleaved(1, [slow]);
        assert!(nanoseconds > 0.0);
        assert_eq!(decisions.get(), 1_000);
    }
}
