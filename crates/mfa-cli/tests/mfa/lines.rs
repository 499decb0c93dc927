//! Many logins: on several threads as on one, in bounded memory.

use crate::transcript::mfa;
use mfa_cli::{LineOptions, LinesError, Summary, Time, decide_lines, decide_lines_in_parallel};
use mfa_rules::{Function, Functions, Limits, Observe, RuleSet, RuleSetBuilder};
use serde_json::{Map, json};
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// How long something may take. It only matters when it never comes.
const PATIENCE: Duration = Duration::from_mins(1);

const RULE: &str = r#"
if user?.flag == true { require_mfa("any"); }
for number in range(0, user?.work ?? 0) { context.idToken = #{ number: number }; }
"#;

fn options() -> LineOptions {
    LineOptions {
        time: Time::Given("2026-01-05T09:00:00Z".parse().unwrap()),
        configuration: Map::new(),
        observe: Observe::decision(),
    }
}

/// No deadline is reached, however busy the machine is: outcomes are compared.
fn without_deadline(builder: RuleSetBuilder) -> Arc<RuleSet> {
    let limits = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
    Arc::new(builder.limits(limits).compile().unwrap())
}

fn rule() -> Arc<RuleSet> {
    without_deadline(RuleSet::builder().rule(("rule", RULE)))
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// Gives the pieces one by one, each to a read of its own.
struct Pieces<I>(I);

impl<I: Iterator<Item = io::Result<Vec<u8>>>> Read for Pieces<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.next() {
            None => Ok(0),
            Some(piece) => {
                let piece = piece?;
                buffer[..piece.len()].copy_from_slice(&piece);
                Ok(piece.len())
            }
        }
    }
}

#[test]
fn several_threads_write_what_one_writes() {
    let lines = (0..3_000_u32).map(|number| match number % 101 {
        7 => "nonsense".to_owned(),
        11 => String::new(),
        13 => r#"{"decided":{"version":1,"masked":["/user"]}}"#.to_owned(),
        // Now and then, one that takes longer than many others.
        _ => {
            let work = if number % 199 == 0 { 2_000 } else { 0 };
            json!({ "user": { "flag": number % 3 == 0, "work": work }, "context": {
                "padding": "x".repeat(usize::try_from(number * number % 2_003).unwrap())
            } })
            .to_string()
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n").into_bytes();
    let rules = rule();
    let mut expected = Vec::new();
    let of_one = decide_lines(&rules, &*text, &mut expected, &options(), |_| {}).unwrap();
    let mut decided = [0, 0];
    for line in expected.lines() {
        decided[usize::from(line.unwrap().contains(r#""decision":"required""#))] += 1;
    }
    assert_eq!(decided.iter().sum::<u64>(), 3_000);
    assert!(decided[0] > 1_000 && decided[1] > 800, "{decided:?}");
    assert_eq!((of_one.unreadable, of_one.masked), (60, 30));
    let first = Some((
        8,
        "the line is not JSON: expected ident, column 2".to_owned(),
    ));
    assert_eq!(of_one.first_unreadable, first);
    for (count, size) in [(1, 10_000), (2, 100_000), (3, 777), (7, 5_000)] {
        let pieces: Vec<_> = text.chunks(size).map(|piece| Ok(piece.to_vec())).collect();
        let mut found = Vec::new();
        let mut progress = Vec::new();
        let summary = decide_lines_in_parallel(
            &rules,
            Pieces(pieces.into_iter()),
            &mut found,
            &options(),
            threads(count),
            |lines| progress.push(lines),
        );
        assert_eq!(summary.unwrap(), of_one, "{count} threads");
        assert!(found == expected, "{count} threads wrote something else");
        assert!(progress.is_sorted() && progress.last() == Some(&3_000));
    }
}

#[test]
fn threads_decide_at_the_same_time() {
    let met = Arc::new((Mutex::new(0), Condvar::new()));
    let meet = Function::new("meet", move |_| {
        let (count, changed) = &*met;
        let mut count = count.lock().unwrap();
        *count += 1;
        changed.notify_all();
        let waited = changed.wait_timeout_while(count, PATIENCE, |count| *count < 2);
        Ok(json!(!waited.unwrap().1.timed_out()))
    });
    let rules = RuleSet::builder()
        .rule(("meeting", r#"if meet() { require_mfa("any"); }"#))
        .functions(Functions::new().with(meet).unwrap());
    let lines = (0..2).map(|_| Ok(b"{}\n".to_vec()));
    let mut found = Vec::new();
    let options = options();
    decide_lines_in_parallel(
        &without_deadline(rules),
        Pieces(lines),
        &mut found,
        &options,
        threads(2),
        |_| {},
    )
    .unwrap();
    let found = String::from_utf8(found).unwrap();
    let required = found.matches(r#""decision":"required""#);
    assert_eq!(required.count(), 2, "{found}");
}

/// Gives threads that have something to do the time to do it.
fn let_others_work() {
    for _ in 0..200 {
        thread::yield_now();
    }
}

#[test]
fn a_slow_reader_of_the_outcomes_holds_the_reading_of_logins_back() {
    struct Slow<'s> {
        read: &'s AtomicUsize,
        written: usize,
        ahead: &'s Cell<usize>,
    }
    impl Write for Slow<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let_others_work();
            let ahead = self.read.load(Ordering::SeqCst) - self.written;
            self.ahead.set(self.ahead.get().max(ahead));
            self.written += bytes.lines().count();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let read = Arc::new(AtomicUsize::new(0));
    let ahead = Cell::new(0);
    let counter = Arc::clone(&read);
    let lines = (0..500).map(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(b"{}\n".to_vec())
    });
    let rules = rule();
    let output = Slow {
        read: &read,
        written: 0,
        ahead: &ahead,
    };
    let done = decide_lines_in_parallel(
        &rules,
        Pieces(lines),
        output,
        &options(),
        threads(2),
        |_| {},
    );
    assert_eq!(done.unwrap().lines, 500);
    // The one that is written, two per thread that wait, and one that is about to wait.
    assert!(
        (3..=6).contains(&ahead.get()),
        "{} lines ahead",
        ahead.get()
    );
}

#[test]
fn outcomes_that_are_larger_than_their_lines_are_not_kept() {
    struct Largest<'l>(&'l Cell<usize>, &'l Cell<usize>);
    impl Write for Largest<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let_others_work();
            self.0.set(self.0.get().max(bytes.len()));
            self.1.set(self.1.get() + bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (largest, all) = (Cell::new(0), Cell::new(0));
    let rules = (0..300).map(|number| (format!("rule-{number}"), RULE.to_owned()));
    let rules = without_deadline(RuleSet::builder().rules(rules));
    let input = io::Cursor::new(b"{}\n".repeat(500));
    let output = Largest(&largest, &all);
    let done = decide_lines_in_parallel(&rules, input, output, &options(), threads(2), |_| {});
    assert_eq!(done.unwrap().lines, 500);
    assert!(all.get() > 5 << 20, "{} bytes in all", all.get());
    assert!(largest.get() < 300 << 10, "{} bytes at once", largest.get());
}

#[test]
fn outcomes_of_what_could_be_read_are_written() {
    let pieces = [
        Ok(b"{}\n{".to_vec()),
        Ok(b"}\n{}".to_vec()),
        Err(io::Error::other("the disk is gone")),
    ];
    let rules = rule();
    let mut found = Vec::new();
    let done = decide_lines_in_parallel(
        &rules,
        Pieces(pieces.into_iter()),
        &mut found,
        &options(),
        threads(2),
        |_| {},
    );
    let error = done.unwrap_err();
    assert!(matches!(error, LinesError::Read(_)));
    let text = "the logins cannot be read: the disk is gone";
    assert_eq!(error.to_string(), text);
    assert_eq!(found.lines().count(), 2);
}

#[test]
fn a_panic_while_reading_is_not_the_end_of_the_input() {
    let rules = rule();
    let pieces = (0..10).map(|number| {
        assert!(number < 3, "the reader has a bug");
        Ok(b"{}\n".to_vec())
    });
    let mut found = Vec::new();
    let decided = catch_unwind(AssertUnwindSafe(|| -> Result<Summary, LinesError> {
        let options = options();
        decide_lines_in_parallel(
            &rules,
            Pieces(pieces),
            &mut found,
            &options,
            threads(2),
            |_| {},
        )
    }));
    let panic = decided.unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the reader has a bug"));
    assert_eq!(found.lines().count(), 3);
}

#[test]
fn a_closed_output_ends_it_although_the_input_stays_open() {
    let mut program = mfa()
        .args(["decide", "--rules", "acme", "--logins", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stdout.take());
    let mut logins = program.stdin.take().unwrap();
    writeln!(logins, "{{}}").unwrap();
    let (tell, told) = channel();
    thread::spawn(move || tell.send(program.wait().unwrap().code()));
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Some(0));
    drop(logins);
}

/// The most memory that a process has had, in kilobytes.
fn peak_of(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_input() {
    let context = json!({ "clientID": "app-1", "padding": "x".repeat(3_000) });
    let line = format!("{{\"context\":{context}}}\n");
    let count = 64_000_000 / line.len();
    let mut program = mfa()
        .args(["decide", "--rules", "acme", "--logins", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut logins = program.stdin.take().unwrap();
    let outcomes = BufReader::new(program.stdout.take().unwrap());
    let logins = thread::spawn(move || {
        for _ in 0..count {
            logins.write_all(line.as_bytes()).unwrap();
        }
        logins
    });
    assert_eq!(
        outcomes.lines().take(count).map(Result::unwrap).count(),
        count
    );
    // It waits for more, because its input is still open.
    let logins = logins.join().unwrap();
    let peak = peak_of(program.id());
    assert!(peak < 48_000, "{peak} kB");
    drop(logins);
    assert_eq!(program.wait().unwrap().code(), Some(0));
}
