//! Whatever a rule does, its time, its memory and its stack are bounded (contract: debug and
//! release builds, a stack of 2 MB).
//!
//! Each rule of the folder `hostile` runs in a process of its own, which this process measures
//! from outside: the processor time of its threads, the peak of its memory, and how it ended.
//! A rule says in its first lines how it ends, and on which login of [`logins`] it runs.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a test that fails may panic"
)]

mod hostile_logins;

use mfa_rules::{Limits, Login, OnError, RuleSet, RuleSource};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Half of the stack that the contract promises to be enough.
const STACK: usize = 1 << 20;

/// What the contract allows a rule beyond its deadline.
const GRACE: Duration = Duration::from_millis(10);

/// How many times the grace a rule may take here, where other processes disturb the measurement.
const NOISE: u32 = 5;

/// The memory that the contract allows a rule.
const MEMORY: u64 = 16 << 20;

/// The longest that compiling a rule may take, many times what was measured.
const COMPILE: Duration = Duration::from_secs(2);

/// Names the rule and the limits for the process that runs it.
const CASE: &str = "MFA_RULES_HOSTILE_CASE";

/// One rule of the folder.
struct Case {
    name: String,
    source: String,
}

/// What was measured of one rule.
struct Measured {
    end: String,
    compile: Duration,
    wall: Duration,
    processor: Duration,
    peak: u64,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            source: fs::read_to_string(path).unwrap(),
        }
    }

    /// The rest of the first line that begins with `// key: `.
    fn header(&self, key: &str) -> Option<&str> {
        let start = format!("// {key}: ");
        self.source
            .lines()
            .take_while(|line| line.starts_with("//"))
            .find_map(|line| line.strip_prefix(&start))
    }

    fn login(&self) -> &str {
        self.header("login").unwrap_or("small")
    }

    /// The ways in which the rule may end under these limits.
    fn ends(&self, limits: &str) -> Vec<&str> {
        let default = self.header("ends");
        let ends = match limits {
            "default" => default,
            // A slow machine uses up the time first, and a fast one the operations.
            _ => self.header("highest").or(default),
        };
        let ends = ends.unwrap_or_else(|| panic!("{} does not say how it ends", self.name));
        let spent: &[&str] = match limits {
            "default" => &[],
            _ => &["deadline", "operations"],
        };
        ends.split(" or ").chain(spent.iter().copied()).collect()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile")
}

fn limits(name: &str) -> Limits {
    match name {
        // Without the clock, which a slow machine could reach first.
        "default" => Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline),
        _ => Limits::HIGHEST.with_deadline(Limits::DEFAULT.deadline),
    }
}

#[test]
fn hostile_rules_end_in_time_and_within_their_memory_under_the_default_limits() {
    check_all("default");
}

#[test]
fn hostile_rules_end_in_time_and_within_their_memory_under_the_highest_limits() {
    check_all("highest");
}

#[test]
fn the_folder_has_enough_hostile_rules() {
    assert!(Case::all().len() >= 60, "{}", Case::all().len());
}

/// Runs in a process of its own when [`CASE`] names a rule; else it runs a rule that is not
/// hostile, in the same way.
#[test]
fn one_rule_runs_in_a_process_of_its_own() {
    let case = std::env::var(CASE);
    let is_child = case.is_ok();
    let case = case.unwrap_or("empty default".to_owned());
    let (name, limits_name) = case.split_once(' ').unwrap();
    let case = Case::read(&folder().join(format!("{name}.rhai")));
    let limits = limits(limits_name);
    let login = hostile_logins::named(case.login());
    let wait = move |line: &str| {
        if is_child {
            println!("\n{line}");
            std::io::stdout().flush().unwrap();
            std::io::stdin()
                .lock()
                .read_line(&mut String::new())
                .unwrap();
        }
    };
    let run = move || {
        wait("ready");
        let compiled = compile(case, limits);
        wait("compiled");
        let end = match &compiled {
            Err(code) => format!("refused {code}"),
            Ok(rules) => {
                let now = "2026-01-05T09:00:00Z".parse().unwrap();
                let login = Login::new(now).user(&login[0]).context(&login[1]);
                let outcome = rules.decide(&login);
                match outcome.errors().first() {
                    Some(error) => error.code.to_string(),
                    None => "ran".to_owned(),
                }
            }
        };
        wait(&end);
        end
    };
    let thread = thread::Builder::new().stack_size(STACK);
    let end = thread.spawn(run).unwrap().join().unwrap();
    assert!(is_child || end == "ran", "{end}");
}

fn compile(case: Case, limits: Limits) -> Result<RuleSet, String> {
    let mut configuration = serde_json::Map::new();
    configuration.insert("CLIENTS".to_owned(), serde_json::json!(["app-1", "app-2"]));
    RuleSet::builder()
        .rule(RuleSource::new(case.name, case.source).on_error(OnError::Challenge))
        .configuration(configuration)
        .limits(limits)
        .compile()
        .map_err(|error| error.diagnostics()[0].code.to_string())
}

fn check_all(limits_name: &str) {
    let filter = std::env::var("MFA_RULES_HOSTILE_ONLY").unwrap_or_default();
    // The other limits are not those that bound the time.
    let deadline = (limits_name == "highest").then_some(Limits::DEFAULT.deadline);
    let mut peaks = BTreeMap::new();
    let mut problems = Vec::new();
    let (mut longest, mut largest, mut slowest) = (
        (Duration::ZERO, String::new()),
        (0, String::new()),
        (Duration::ZERO, String::new()),
    );
    for case in Case::all() {
        // What is measured of a source is its compilation, which no limit changes.
        let is_repeated = limits_name != "default" && case.name.starts_with("source-");
        if is_repeated || !case.name.contains(&filter) {
            continue;
        }
        let login = case.login().to_owned();
        let before = *peaks
            .entry(login.clone())
            .or_insert_with(|| run(&format!("empty-{login} {limits_name}")).unwrap().peak);
        let measured = match run(&format!("{} {limits_name}", case.name)) {
            Ok(measured) => measured,
            Err(problem) => {
                problems.push(format!("{}: {problem}", case.name));
                continue;
            }
        };
        let grown = measured.peak.saturating_sub(before);
        eprintln!(
            "{:40} {:20} compile {:7.1} ms, ran {:6.1} ms ({:6.1} on the clock), {:6.2} MiB",
            case.name,
            measured.end,
            measured.compile.as_secs_f64() * 1e3,
            measured.processor.as_secs_f64() * 1e3,
            measured.wall.as_secs_f64() * 1e3,
            grown as f64 / f64::from(1 << 20),
        );
        longest = longest.max((measured.processor, case.name.clone()));
        largest = largest.max((grown, case.name.clone()));
        slowest = slowest.max((measured.compile, case.name.clone()));
        if deadline.is_some_and(|deadline| measured.processor > deadline + GRACE * NOISE) {
            problems.push(format!("{} took {:?}", case.name, measured.processor));
        }
        if measured.compile > COMPILE {
            problems.push(format!(
                "{} took {:?} to compile",
                case.name, measured.compile
            ));
        }
        if grown > MEMORY {
            problems.push(format!("{} took {grown} bytes", case.name));
        }
        if !case.ends(limits_name).contains(&measured.end.as_str()) {
            problems.push(format!("{} ended with `{}`", case.name, measured.end));
        }
    }
    eprintln!("longest {longest:?}, largest {largest:?}, slowest to compile {slowest:?}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Runs a rule in a process of its own.
fn run(case: &str) -> Result<Measured, String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "one_rule_runs_in_a_process_of_its_own",
            "--nocapture",
        ])
        .env(CASE, case)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipes = Pipes {
        input: child.stdin.take().unwrap(),
        output: BufReader::new(child.stdout.take().unwrap()),
    };
    let result = pipes.measure(&child);
    // The process writes to its end, and must not find the pipe closed.
    while pipes.until(|_| true).is_some() {}
    let status = child.wait().unwrap();
    match (status.success(), result) {
        (true, Some(measured)) => Ok(measured),
        _ => Err(format!("the process ended with {status}")),
    }
}

struct Pipes {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Pipes {
    fn measure(&mut self, child: &Child) -> Option<Measured> {
        self.until(|line| line == "ready")?;
        let processor = processor_time(child);
        self.go_on();
        self.until(|line| line == "compiled")?;
        let compile = processor_time(child).saturating_sub(processor);
        // The peak starts anew: what the parser took is not the rule's.
        fs::write(format!("/proc/{}/clear_refs", child.id()), "5").unwrap();
        let processor = processor_time(child);
        let started = Instant::now();
        self.go_on();
        let end = self.until(|line| !line.is_empty())?;
        let wall = started.elapsed();
        let processor = processor_time(child).saturating_sub(processor);
        let peak = peak(child);
        self.go_on();
        Some(Measured {
            end,
            compile,
            wall,
            processor,
            peak,
        })
    }

    fn go_on(&mut self) {
        // A process that has crashed takes nothing any more; its status is looked at later.
        let _ = writeln!(self.input);
    }

    fn until(&mut self, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if is_wanted(line.trim()) {
                return Some(line.trim().to_owned());
            }
        }
    }
}

/// The processor time of all threads, in the kernel's nanoseconds.
fn processor_time(child: &Child) -> Duration {
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let nanoseconds = threads.map(|thread| {
        let statistics = fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        let time: u64 = statistics.split(' ').next().unwrap().parse().unwrap();
        time
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() << 10
}
