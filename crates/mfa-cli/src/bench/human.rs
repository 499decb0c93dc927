//! What was measured, for reading.

use super::costs::{Spread, ratio};
use super::report::{Entrance, Report, Rule};
use crate::colour::{Colour, Role};
use crate::escape::{self, counted};
use crate::human::{padding, short_revision};
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Rules that are shown: those that take most.
const MOST_RULES: usize = 20;

/// Writes what was measured for reading.
pub(super) fn render(report: &Report, colour: Colour) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    let _ = Page { report, colour }.write(&mut text);
    text
}

struct Page<'r> {
    report: &'r Report,
    colour: Colour,
}

impl Page<'_> {
    fn write(&self, to: &mut String) -> fmt::Result {
        self.decisions(to)?;
        self.times(to)?;
        self.rules(to)?;
        self.costs(to)?;
        self.footer(to)
    }

    fn decisions(&self, to: &mut String) -> fmt::Result {
        let decisions = &self.report.decisions;
        let rows = [
            ("not required", decisions.not_required),
            ("required", decisions.required),
            ("denied", decisions.denied),
        ];
        let all = decisions.all();
        let heading = self.colour.paint(Role::Heading, counted(all, "login"));
        writeln!(to, "{heading}")?;
        let mut table = Table::new(&[]);
        for (name, count) in rows {
            table.row([
                name.to_owned(),
                count.to_string(),
                percent(ratio(count, all)),
            ]);
        }
        table.write(to)?;
        if decisions.with_failures > 0 {
            let failed = format!("for {} of them a rule failed", decisions.with_failures);
            writeln!(to, "  {}", self.colour.paint(Role::Refusal, failed))?;
        }
        Ok(())
    }

    fn times(&self, to: &mut String) -> fmt::Result {
        self.heading(to, "time of a decision, on one thread")?;
        let head = [
            "",
            "p50",
            "p90",
            "p99",
            "p99.9",
            "max",
            "mean",
            "per second",
        ];
        let mut table = Table::new(&head);
        let entrances = [
            ("values", &self.report.values),
            ("JSON text", &self.report.json_text),
        ];
        for (name, entrance) in entrances {
            table.row(times(name, entrance));
        }
        table.write(to)?;
        self.aside(
            to,
            &format!(
                "reading the clock takes {}, which is part of each but not of the mean",
                duration(self.report.clock_ns)
            ),
        )?;
        self.aside(
            to,
            "values: the logins were read before; JSON text: what rules look at is read each time",
        )
    }

    fn rules(&self, to: &mut String) -> fmt::Result {
        self.heading(to, "rules, by their share of the time")?;
        let mut rules: Vec<&Rule> = self.report.rules.iter().collect();
        rules.sort_by(|one, other| other.share.total_cmp(&one.share));
        let head = [
            "",
            "share",
            "mean",
            "logins",
            "operations",
            "most",
            "most memory",
        ];
        let mut table = Table::new(&head);
        for rule in rules.iter().take(MOST_RULES) {
            table.row(spending(rule));
        }
        table.write(to)?;
        let others = rules.len().saturating_sub(MOST_RULES);
        if others > 0 {
            self.aside(
                to,
                &format!(
                    "and {}, which --format json has too",
                    counted(others, "other rule")
                ),
            )?;
        }
        Ok(())
    }

    fn costs(&self, to: &mut String) -> fmt::Result {
        self.heading(to, "cost of a login, all rules together")?;
        let mut table = Table::new(&["", "p50", "p90", "p99", "max"]);
        let row = |name: &str, spread: &Spread, shown: fn(u64) -> String| {
            let amounts = [spread.p50, spread.p90, spread.p99, spread.max];
            let [p50, p90, p99, max] = amounts.map(shown);
            [name.to_owned(), p50, p90, p99, max]
        };
        table.row(row("operations", &self.report.operations, |count| {
            count.to_string()
        }));
        table.row(row("memory", &self.report.memory_bytes, bytes));
        table.write(to)?;
        self.nearest(to, "operations", &self.report.operations, |count| {
            count.to_string()
        })?;
        self.nearest(to, "memory", &self.report.memory_bytes, bytes)?;
        self.heading(to, "the most expensive logins")?;
        let mut table = Table::new(&["", "operations", "memory"]);
        for login in &self.report.most_expensive {
            table.row([
                format!("line {}", login.line),
                login.operations.to_string(),
                bytes(login.memory),
            ]);
        }
        table.write(to)
    }

    /// How near to its limit a rule came.
    fn nearest(
        &self,
        to: &mut String,
        what: &str,
        spread: &Spread,
        shown: fn(u64) -> String,
    ) -> fmt::Result {
        let Some(nearest) = spread.nearest.as_ref().filter(|nearest| nearest.amount > 0) else {
            return Ok(());
        };
        let text = format!(
            "most {what} of one rule: {} of {}, {}, by {} for line {}",
            shown(nearest.amount),
            shown(spread.limit),
            percent_of_limit(nearest.share),
            escape::text(&nearest.rule),
            nearest.line
        );
        if nearest.share > 0.5 {
            writeln!(to, "  {}", self.colour.paint(Role::Challenge, text))
        } else {
            self.aside(to, &text)
        }
    }

    fn footer(&self, to: &mut String) -> fmt::Result {
        let rule_set = &self.report.rule_set;
        let footer = format!(
            "{}, {}, measured for {:.1} s",
            escape::text(&rule_set.name),
            short_revision(&rule_set.revision),
            self.report.seconds
        );
        writeln!(to, "\n{}", self.colour.paint(Role::Aside, footer))
    }

    fn heading(&self, to: &mut String, heading: &str) -> fmt::Result {
        writeln!(to, "\n{}", self.colour.paint(Role::Heading, heading))
    }

    fn aside(&self, to: &mut String, text: &str) -> fmt::Result {
        writeln!(to, "  {}", self.colour.paint(Role::Aside, text))
    }
}

fn times(name: &str, entrance: &Entrance) -> [String; 8] {
    let latency = &entrance.latency_ns;
    [
        name.to_owned(),
        duration(latency.p50),
        duration(latency.p90),
        duration(latency.p99),
        duration(latency.p99_9),
        duration(latency.max),
        duration_of(entrance.mean_ns),
        entrance.per_second.to_string(),
    ]
}

/// What a rule takes; nothing of one that never ran.
fn spending(rule: &Rule) -> [String; 7] {
    let name = escape::text(&rule.name);
    if rule.runs == 0 {
        let nothing = || "-".to_owned();
        let none = rule.runs.to_string();
        return [
            name,
            nothing(),
            nothing(),
            none,
            nothing(),
            nothing(),
            nothing(),
        ];
    }
    [
        name,
        percent(rule.share),
        duration_of(rule.mean_ns),
        rule.runs.to_string(),
        format!("{:.0}", rule.mean_operations),
        rule.max_operations.to_string(),
        bytes(rule.max_memory_bytes),
    ]
}

/// Rows of cells, the first to the left, the others to the right.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|cell| (*cell).to_owned()).collect();
        Self { rows: vec![head] }
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn write(&self, to: &mut String) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        for row in self.rows.iter().filter(|row| !row.is_empty()) {
            let mut line = String::new();
            for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let pad = padding(cell, *width);
                match index {
                    0 => write!(line, "  {cell}{pad}")?,
                    _ => write!(line, "  {pad}{cell}")?,
                }
            }
            writeln!(to, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn percent_of_limit(share: f64) -> String {
    if share < 0.001 {
        return "less than 0.1 %".to_owned();
    }
    percent(share)
}

fn duration(nanoseconds: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits of it are shown")]
    duration_of(nanoseconds as f64)
}

/// With some three digits.
fn duration_of(nanoseconds: f64) -> String {
    scaled(nanoseconds, 1000.0, ["ns", "µs", "ms", "s"])
}

fn bytes(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits of it are shown")]
    scaled(count as f64, 1024.0, ["B", "KiB", "MiB", "GiB"])
}

fn scaled(number: f64, step: f64, units: [&str; 4]) -> String {
    let mut number = number;
    let mut units = units.into_iter().enumerate().peekable();
    while let Some((index, unit)) = units.next() {
        if number < step || units.peek().is_none() {
            let digits = if index == 0 || number >= 100.0 {
                0
            } else if number >= 10.0 {
                1
            } else {
                2
            };
            return format!("{number:.digits$} {unit}");
        }
        number /= step;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration, duration_of, percent, percent_of_limit};

    #[test]
    fn numbers_have_about_three_digits() {
        let shown = [
            0,
            7,
            999,
            1_000,
            1_234,
            12_345,
            123_456,
            1_234_567,
            59_000_000_000,
        ];
        assert_eq!(
            shown.map(duration),
            [
                "0 ns", "7 ns", "999 ns", "1.00 µs", "1.23 µs", "12.3 µs", "123 µs", "1.23 ms",
                "59.0 s"
            ]
        );
        assert_eq!(duration(5_000_000_000_000), "5000 s");
        assert_eq!(duration_of(854.4), "854 ns");
        assert_eq!(
            [0, 1023, 1024, 8 << 20].map(bytes),
            ["0 B", "1023 B", "1.00 KiB", "8.00 MiB"]
        );
    }

    #[test]
    fn a_share_of_a_limit_is_never_shown_as_nothing() {
        assert_eq!(percent(0.336_44), "33.6 %");
        assert_eq!(percent_of_limit(0.000_22), "less than 0.1 %");
        assert_eq!(percent_of_limit(0.012_3), "1.2 %");
    }
}
