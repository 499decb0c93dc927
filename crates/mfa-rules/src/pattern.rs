//! The patterns of `matches`: compiled within bounds, kept, and matched within bounds.
//!
//! Any rule text may give any pattern and any login any text, so each of the three is bounded:
//! the work and memory of compiling by the length of the pattern, the number of its classes and
//! the size of its automaton; what is kept by [`LiteralPatterns`] and [`PatternCache`]; the work of
//! a match by the length of the text times the [`weight`] of the pattern.
//!
//! The bounds were measured: compiling stays below 10 ms, a match below 10 ms.

use crate::codes::Code;
use crate::failure::Failure;
use crate::memory::Heap;
use crate::meter::Meter;
use crate::quote::quote;
use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// Bytes that a pattern may have.
pub(crate) const LONGEST: usize = 512;

/// Classes and ranges that a pattern may have. Each takes up to 130 µs to fold its case.
pub(crate) const MOST_CLASSES: usize = 48;

/// Groups and repetitions inside each other.
const DEEPEST: u32 = 32;

/// Bytes of the automaton that a pattern may become.
const LARGEST: usize = 512 << 10;

/// Bytes of a text times the weight of a pattern that one match may take.
const MOST_WORK: usize = 512 << 10;

/// Bytes of text times weight that count as one operation.
const WORK_PER_OPERATION: usize = 64;

/// Operations of compiling a class.
const OPERATIONS_PER_CLASS: usize = 100;

/// Patterns that may stand as texts in a rule.
const MOST_LITERALS: usize = 64;

/// Bytes that all literal patterns of a rule may keep for fast matching.
const LITERAL_MEMORY: usize = 4 << 20;

/// Bytes of the states that a literal pattern remembers from match to match.
const REMEMBERED_STATES: usize = 64 << 10;

/// Bytes of a literal pattern beside its automata.
const PATTERN_FRAME: usize = 5 << 10;

/// Patterns that are made while a rule runs and kept until it ends.
const KEPT: usize = 16;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    weight: usize,
}

impl Pattern {
    /// Whether the pattern occurs in `text`. The work is spent first.
    pub(crate) fn is_match(&self, text: &str, meter: &mut Meter) -> Result<bool, Failure> {
        let work = text.len().saturating_mul(self.weight);
        if work > MOST_WORK {
            return Err(Failure::new(
                Code::Argument,
                format!(
                    "a text of {} bytes is too long for this pattern, which may search {}",
                    text.len(),
                    MOST_WORK.checked_div(self.weight).unwrap_or(MOST_WORK)
                ),
            ));
        }
        let operations = u64::try_from(work / WORK_PER_OPERATION).unwrap_or(u64::MAX);
        meter.spend(operations.saturating_add(1))?;
        Ok(self.regex.is_match(text))
    }

    /// The bytes that the pattern takes, those that a match works in included.
    fn memory(&self) -> usize {
        self.regex.memory_usage().saturating_mul(3)
    }
}

/// The patterns that stand as texts in a rule, compiled with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiteralPatterns {
    /// `None` is a pattern that is right and found no room.
    patterns: HashMap<Box<str>, Option<Arc<Pattern>>>,
    memory: usize,
}

impl LiteralPatterns {
    /// Compiles a pattern and keeps it, as long as there is room. One that finds no room is
    /// compiled again when it is used, at the expense of the rule.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern, or that there are too many.
    pub(crate) fn insert(&mut self, pattern: &str) -> Result<(), Failure> {
        if self.patterns.contains_key(pattern) {
            return Ok(());
        }
        if self.patterns.len() >= MOST_LITERALS {
            return Err(Failure::new(
                Code::SourceLimit,
                format!("the rule has more than {MOST_LITERALS} patterns"),
            ));
        }
        let compiled = build(pattern, Use::Often)?;
        let memory = compiled
            .memory()
            .saturating_add(REMEMBERED_STATES.saturating_mul(2))
            .saturating_add(self.memory);
        let kept = (memory <= LITERAL_MEMORY).then(|| {
            self.memory = memory;
            Arc::new(compiled)
        });
        self.patterns.insert(pattern.into(), kept);
        Ok(())
    }
}

impl LiteralPatterns {
    /// A pattern that stands in the rule, and found room.
    pub(crate) fn literal(&self, pattern: &str) -> Option<&Pattern> {
        self.patterns.get(pattern)?.as_deref()
    }
}

impl Heap for LiteralPatterns {
    fn heap(&self) -> usize {
        let Self {
            patterns,
            memory: _,
        } = self;
        patterns.heap()
    }
}

impl Heap for Pattern {
    fn heap(&self) -> usize {
        let Self { regex, weight: _ } = self;
        let automata = regex.memory_usage();
        // Measured: what a match works in, which the pattern keeps for the next, is up to two thirds
        // of the automata, and what holds all of it together is of one size for all patterns.
        automata
            .saturating_add(automata / 2)
            .saturating_add(PATTERN_FRAME)
    }
}

/// A compiled pattern: the rule's, for which nothing is counted, or one that was made.
#[derive(Debug, Clone)]
pub(crate) enum PatternRef<'r> {
    Literal(&'r Pattern),
    Made(Rc<Pattern>),
}

impl Deref for PatternRef<'_> {
    type Target = Pattern;

    fn deref(&self) -> &Pattern {
        match self {
            Self::Literal(pattern) => pattern,
            Self::Made(pattern) => pattern,
        }
    }
}

/// The patterns of one evaluation of a rule.
#[derive(Debug)]
pub(crate) struct PatternCache<'r> {
    literals: &'r LiteralPatterns,
    /// Those that were made while the rule ran, the oldest first.
    made: VecDeque<(Box<str>, Rc<Pattern>)>,
}

impl<'r> PatternCache<'r> {
    /// A cache that so far holds only the literals.
    pub(crate) fn new(literals: &'r LiteralPatterns) -> Self {
        Self {
            literals,
            made: VecDeque::new(),
        }
    }

    /// The compiled form of `pattern`. Work and memory of compiling are spent, each time that it
    /// must be done.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern, or a limit.
    pub(crate) fn pattern(
        &mut self,
        pattern: &str,
        meter: &mut Meter,
    ) -> Result<PatternRef<'r>, Failure> {
        check_length(pattern)?;
        if let Some(compiled) = self.literals.literal(pattern) {
            return Ok(PatternRef::Literal(compiled));
        }
        meter.spend(u64::try_from(self.made.len()).unwrap_or(u64::MAX))?;
        if let Some((_, compiled)) = self.made.iter().find(|(made, _)| **made == *pattern) {
            return Ok(PatternRef::Made(Rc::clone(compiled)));
        }
        let operations = pattern
            .len()
            .saturating_add(classes(pattern).saturating_mul(OPERATIONS_PER_CLASS));
        meter.spend(u64::try_from(operations).unwrap_or(u64::MAX))?;
        let compiled = Rc::new(build(pattern, Use::Once)?);
        meter.allocate(compiled.memory().saturating_add(pattern.len()))?;
        if self.made.len() >= KEPT {
            self.made.pop_front();
        }
        self.made.push_back((pattern.into(), Rc::clone(&compiled)));
        Ok(PatternRef::Made(compiled))
    }
}

/// How often a pattern will be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A few times: states are not worth remembering.
    Once,
    /// In every evaluation of the rule.
    Often,
}

fn build(pattern: &str, used: Use) -> Result<Pattern, Failure> {
    let syntax = parse(pattern)?;
    let config = Config::new()
        .which_captures(WhichCaptures::Implicit)
        .nfa_size_limit(Some(LARGEST))
        .hybrid_cache_capacity(REMEMBERED_STATES)
        .onepass(false)
        .dfa(false);
    let with = |config| {
        let regex = Regex::builder().configure(config).build_from_hir(&syntax);
        regex.ok()
    };
    let once = || with(config.clone().hybrid(false));
    let regex = match used {
        // Remembering states needs the automaton in both directions, of which one may be larger
        // than a pattern may become. That must not decide whether a pattern compiles.
        Use::Often => with(config.clone().hybrid(true)).or_else(once),
        Use::Once => once(),
    };
    let regex = regex.ok_or_else(|| {
        unusable(
            pattern,
            "it is too large, its repetitions and classes together",
        )
    })?;
    Ok(Pattern {
        regex,
        weight: weight(&syntax),
    })
}

/// That a pattern is not too long. It comes before all else that looks at the whole of it.
fn check_length(pattern: &str) -> Result<(), Failure> {
    if pattern.len() <= LONGEST {
        return Ok(());
    }
    let length = pattern.len();
    Err(unusable(
        pattern,
        &format!("it has {length} bytes, and a pattern may have {LONGEST}"),
    ))
}

fn parse(pattern: &str) -> Result<Hir, Failure> {
    check_length(pattern)?;
    let classes = classes(pattern);
    if classes > MOST_CLASSES {
        return Err(unusable(
            pattern,
            &format!("it has {classes} classes and ranges, and a pattern may have {MOST_CLASSES}"),
        ));
    }
    let mut parser = regex_syntax::ParserBuilder::new()
        .nest_limit(DEEPEST)
        .build();
    parser.parse(pattern).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => unusable(pattern, &error.kind().to_string()),
        regex_syntax::Error::Translate(error) => unusable(pattern, &error.kind().to_string()),
        _ => unusable(pattern, "it is no regular expression"),
    })
}

fn unusable(pattern: &str, reason: &str) -> Failure {
    Failure::new(
        Code::Argument,
        format!("{} cannot be used as a pattern: {reason}", quote(pattern)),
    )
}

/// At least the number of classes such as `\w` and of ranges such as `a-z` in a pattern.
fn classes(pattern: &str) -> usize {
    let classes = pattern.match_indices('\\').filter(|(at, _)| {
        let letter = pattern.as_bytes().get(at.saturating_add(1));
        letter.is_some_and(|letter| b"pPwWdDsSbB".contains(letter))
    });
    let ranges = pattern.bytes().filter(|&byte| byte == b'-');
    classes.count().saturating_add(ranges.count())
}

/// How many places of a pattern can be alive at once while a text is searched.
///
/// A match takes at most about 11 ns per byte of text and unit of weight.
fn weight(syntax: &Hir) -> usize {
    // Nesting is bounded by the parser, so this recursion is too.
    match syntax.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.maximum_len().unwrap_or(1),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            weight(&repetition.sub)
                .saturating_add(1)
                .saturating_mul(times)
        }
        HirKind::Capture(capture) => weight(&capture.sub).saturating_add(1),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts
            .iter()
            .map(|part| weight(part).saturating_add(1))
            .fold(0, usize::saturating_add),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        KEPT, LITERAL_MEMORY, LONGEST, LiteralPatterns, MOST_CLASSES, MOST_LITERALS, MOST_WORK,
        Pattern, PatternCache, build, weight,
    };
    use super::{Use, parse};
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::limits::Limits;
    use crate::meter::Meter;
    use std::time::Duration;

    /// The default limits, but for the clock: tests run on slow machines.
    fn limits() -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.deadline = Duration::MAX;
        limits
    }

    fn meter() -> Meter {
        Meter::new(limits())
    }

    fn compile_pattern(pattern: &str) -> Result<Pattern, Failure> {
        build(pattern, Use::Once)
    }

    fn weight_of(pattern: &str) -> usize {
        weight(&parse(pattern).unwrap())
    }

    fn unbounded() -> Meter {
        let mut limits = limits();
        limits.operations = u64::MAX;
        limits.memory = usize::MAX;
        Meter::new(limits)
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_said_in_one_line() {
        for (pattern, reason) in [
            ("(a", "unclosed group"),
            ("a)", "unopened group"),
            ("[a", "unclosed character class"),
            ("*", "repetition operator missing expression"),
            (
                "a(?=b)",
                "look-around, including look-ahead and look-behind, is not supported",
            ),
            (r"(a)\1", "backreferences are not supported"),
            (r"\p{Klingon}", "Unicode property not found"),
        ] {
            assert_eq!(
                compile_pattern(pattern).unwrap_err(),
                Failure::new(
                    Code::Argument,
                    format!("`{pattern}` cannot be used as a pattern: {reason}")
                )
            );
        }
    }

    #[test]
    fn a_pattern_beyond_the_bounds_is_refused() {
        let longest = "a".repeat(LONGEST);
        assert!(compile_pattern(&longest).is_ok());
        assert_eq!(
            compile_pattern(&format!("{longest}a")).unwrap_err().message,
            format!(
                "`{}…` cannot be used as a pattern: it has 513 bytes, and a pattern may have 512",
                "a".repeat(60)
            )
        );
        assert!(compile_pattern(&r"\d".repeat(MOST_CLASSES)).is_ok());
        assert_eq!(
            compile_pattern(&r"\d".repeat(MOST_CLASSES + 1))
                .unwrap_err()
                .message,
            format!(
                "`{}…` cannot be used as a pattern: it has 49 classes and ranges, and a pattern may have 48",
                r"\d".repeat(30)
            )
        );
        assert!(compile_pattern("a{9999}").is_ok());
        assert_eq!(
            compile_pattern(r"\w{999}").unwrap_err().message,
            r"`\w{999}` cannot be used as a pattern: it is too large, its repetitions and classes together"
        );
        assert_eq!(
            compile_pattern(&format!("{}a{}", "(".repeat(40), ")".repeat(40)))
                .unwrap_err()
                .message,
            format!(
                "`{}…` cannot be used as a pattern: exceed the maximum number of nested parentheses/brackets (32)",
                "(".repeat(40) + "a" + ")".repeat(19).as_str()
            )
        );
    }

    #[test]
    fn a_literal_pattern_compiles_exactly_when_the_same_pattern_compiles_in_a_run() {
        for pattern in [
            r"\w{3,20}",
            r"\w{26}",
            r"\w{40}",
            "(?i)a{400}",
            "(?:a?){9999}",
        ] {
            let often = build(pattern, Use::Often).map(|_| ());
            let once = build(pattern, Use::Once).map(|_| ());
            assert_eq!(often, once, "{pattern}");
        }
    }

    #[test]
    fn the_weight_of_a_pattern_counts_its_repetitions() {
        assert_eq!(weight_of("abc"), 3);
        assert_eq!(weight_of("a|b|cd"), 7);
        assert_eq!(weight_of("a{100}"), 200);
        assert_eq!(weight_of("(?:a{100}){100}"), 20_100);
        assert_eq!(weight_of("a*"), 2);
        assert_eq!(weight_of("a{0}"), 1);
        assert_eq!(weight_of("[aé]"), 2);
        assert_eq!(weight_of(r"\w"), 4);
        assert_eq!(weight_of(""), 1);
    }

    #[test]
    fn a_text_that_is_too_long_for_its_pattern_is_a_failure() {
        let pattern = compile_pattern("(?:ab?){1000}c").unwrap();
        let text = "a".repeat(500);
        assert_eq!(
            pattern.is_match(&text, &mut unbounded()),
            Err(Failure::new(
                Code::Argument,
                format!(
                    "a text of 500 bytes is too long for this pattern, which may search {}",
                    MOST_WORK / pattern.weight
                )
            ))
        );
        let text = "a".repeat(MOST_WORK / pattern.weight);
        assert_eq!(pattern.is_match(&text, &mut unbounded()), Ok(false));
    }

    #[test]
    fn the_work_of_a_match_is_spent() {
        let pattern = compile_pattern("(?:ab?){10}c").unwrap();
        let mut meter = meter();
        let text = "a".repeat(640);
        assert_eq!(pattern.is_match(&text, &mut meter), Ok(false));
        let weight = u64::try_from(pattern.weight).unwrap();
        assert_eq!(meter.operations(), 10 * weight + 1);
    }

    #[test]
    fn a_literal_costs_a_run_nothing() {
        let mut literals = LiteralPatterns::default();
        literals.insert(r"\w+@example\.com").unwrap();
        let mut meter = meter();
        let mut cache = PatternCache::new(&literals);
        let pattern = cache.pattern(r"\w+@example\.com", &mut meter).unwrap();
        assert_eq!(meter.operations(), 0);
        assert_eq!(pattern.is_match("ada@example.com", &mut meter), Ok(true));
    }

    #[test]
    fn a_pattern_of_a_run_is_compiled_once_at_its_expense() {
        let literals = LiteralPatterns::default();
        let mut meter = meter();
        let mut cache = PatternCache::new(&literals);
        cache.pattern(r"\d+", &mut meter).unwrap();
        let first = meter.operations();
        assert!(first > 100, "{first}");
        cache.pattern(r"\d+", &mut meter).unwrap();
        assert_eq!(meter.operations(), first + 1);
    }

    #[test]
    fn a_run_keeps_a_bounded_number_of_patterns() {
        let literals = LiteralPatterns::default();
        let mut meter = unbounded();
        let mut cache = PatternCache::new(&literals);
        for number in 0..KEPT * 3 {
            cache.pattern(&number.to_string(), &mut meter).unwrap();
        }
        assert_eq!(cache.made.len(), KEPT);
    }

    #[test]
    fn a_run_cannot_compile_more_than_its_memory() {
        let literals = LiteralPatterns::default();
        let mut limits = limits();
        limits.operations = u64::MAX;
        let mut meter = Meter::new(limits);
        let mut cache = PatternCache::new(&literals);
        let failure = (0..100).find_map(|number| {
            let pattern = format!("(?:a?){{4000}}{number}");
            cache.pattern(&pattern, &mut meter).err()
        });
        assert_eq!(
            failure.unwrap(),
            Failure::uncatchable(
                Code::Memory,
                "the rule built more than 8388608 bytes of values"
            )
        );
        assert!(cache.made.len() < KEPT, "{}", cache.made.len());
    }

    #[test]
    fn the_literals_of_a_rule_keep_bounded_memory_and_all_still_work() {
        let mut literals = LiteralPatterns::default();
        for number in 0..MOST_LITERALS {
            literals.insert(&format!("^{number}[a-z]")).unwrap();
        }
        assert!(literals.memory <= LITERAL_MEMORY);
        assert!(literals.patterns.values().any(Option::is_none));
        let mut meter = meter();
        let mut cache = PatternCache::new(&literals);
        for number in 0..MOST_LITERALS {
            let pattern = format!("^{number}[a-z]");
            let compiled = cache.pattern(&pattern, &mut meter).unwrap();
            let text = format!("{number}a");
            assert_eq!(compiled.is_match(&text, &mut meter), Ok(true));
        }
    }

    #[test]
    fn a_rule_has_a_bounded_number_of_literals() {
        let mut literals = LiteralPatterns::default();
        for number in 0..MOST_LITERALS {
            literals.insert(&number.to_string()).unwrap();
        }
        assert_eq!(literals.insert("0"), Ok(()));
        assert_eq!(
            literals.insert("x"),
            Err(Failure::new(
                Code::SourceLimit,
                "the rule has more than 64 patterns"
            ))
        );
    }

    #[test]
    fn a_literal_that_is_no_pattern_is_refused() {
        assert_eq!(
            LiteralPatterns::default().insert("("),
            Err(Failure::new(
                Code::Argument,
                "`(` cannot be used as a pattern: unclosed group"
            ))
        );
    }

    #[test]
    fn a_pattern_that_is_too_long_is_refused_before_it_is_looked_at() {
        let literals = LiteralPatterns::default();
        let mut meter = meter();
        let long = "[a-".repeat(1_000_000);
        let stop = PatternCache::new(&literals).pattern(&long, &mut meter);
        assert_eq!(
            stop.unwrap_err().message,
            format!(
                "`{}…` cannot be used as a pattern: it has 3000000 bytes, and a pattern may have 512",
                "[a-".repeat(20)
            )
        );
        assert_eq!(meter.operations(), 0);
    }
}
