//! What comes out of a run, as Markdown.

use crate::lockfile::version;
use crate::machine::Machine;
use crate::measure::{Field, Figure, Form};
use crate::peers::{PEERS, Peer};
use std::fmt::Write as _;

/// What was measured of a peer.
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it consists of, and which versions.
    pub(crate) versions: String,
    /// With ready values.
    pub(crate) ready: Option<Figure>,
    /// With JSON text.
    pub(crate) text: Option<Figure>,
}

impl Row {
    /// The figure for a form.
    pub(crate) fn figure(&self, form: Form) -> Option<Figure> {
        match form {
            Form::Ready => self.ready,
            Form::Text => self.text,
        }
    }
}

/// A row for each peer.
pub(crate) fn rows(field: &Field<'_>) -> Vec<Row> {
    let row = |peer: &Peer| {
        let versions = peer.packages.iter().map(|package| {
            let version = version(package).unwrap_or("unknown");
            format!("{package} {version}")
        });
        Row {
            name: peer.name,
            versions: versions.collect::<Vec<_>>().join(", "),
            ready: field.figure(peer, Form::Ready),
            text: field.figure(peer, Form::Text),
        }
    };
    PEERS.iter().map(row).collect()
}

/// The whole document.
pub(crate) fn markdown(rows: &[Row], machine: &Machine, rounds: usize) -> String {
    let mut table = String::new();
    for row in rows {
        let ready = cells(row.ready);
        let text = cells(row.text);
        let _ = writeln!(
            table,
            "| {} | {} | {ready} | {text} |",
            row.name, row.versions
        );
    }
    let Machine {
        date,
        processor,
        system,
        compiler,
        revision,
    } = machine;
    format!(
        "\
# Results

`cargo run --release --manifest-path benches/peers/Cargo.toml` writes this file and [`results.svg`](results.svg).
What is measured, and how each peer gets the policy, is in [`README.md`](README.md).

- Date: {date}
- Processor: {processor}
- System: {system}
- Compiler: {compiler}
- Revision: {revision}
- Rounds: {rounds}

Time per decision: the median of the rounds, and in brackets what a tenth of the rounds was below and a tenth above.
Beside it, how many times as long as ours that is: the median of the ratios within each round.

| | version | ready values | to ours | JSON text | to ours |
| --- | --- | ---: | ---: | ---: | ---: |
{table}
![The same as bars](results.svg)
"
    )
}

fn cells(figure: Option<Figure>) -> String {
    let Some(Figure { time, ratio }) = figure else {
        return "– | –".to_owned();
    };
    let [low, median, high] = [time.low, time.median, time.high].map(duration);
    format!("{median} ({low} to {high}) | {}", times(ratio))
}

/// Nanoseconds in the unit that suits them, with three digits.
pub(crate) fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{} ns", three_digits(nanoseconds)),
        1e3..1e6 => format!("{} µs", three_digits(nanoseconds / 1e3)),
        _ => format!("{} ms", three_digits(nanoseconds / 1e6)),
    }
}

/// A ratio, with at least two digits.
pub(crate) fn times(ratio: f64) -> String {
    match ratio {
        ..0.995 => format!("{ratio:.2} ×"),
        0.995..9.95 => format!("{ratio:.1} ×"),
        _ => format!("{ratio:.0} ×"),
    }
}

fn three_digits(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        9.995..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, duration, markdown, times};
    use crate::machine::Machine;
    use crate::measure::Figure;
    use crate::spread::Spread;

    #[test]
    fn durations_have_three_digits() {
        let of = [4.0, 47.26, 653.0, 999.4, 1_234.0, 14_549.0, 595_120.0, 2e6];
        let expected = [
            "4.00 ns", "47.3 ns", "653 ns", "999 ns", "1.23 µs", "14.5 µs", "595 µs", "2.00 ms",
        ];
        assert_eq!(of.map(duration), expected);
    }

    #[test]
    fn ratios_have_two_digits_or_more() {
        let of = [0.071, 0.5, 1.0, 3.44, 9.94, 18.2, 250.0];
        let expected = [
            "0.07 ×", "0.50 ×", "1.0 ×", "3.4 ×", "9.9 ×", "18 ×", "250 ×",
        ];
        assert_eq!(of.map(times), expected);
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let machine = Machine {
            date: "1 May 2026".to_owned(),
            processor: "a processor, 2 cores".to_owned(),
            system: "a system, 6.1".to_owned(),
            compiler: "rustc 1.95.0",
            revision: "0123456789ab".to_owned(),
        };
        let row = Row {
            name: "somebody",
            versions: "a 1.0.0, b 2.0.0".to_owned(),
            ready: None,
            text: Some(Figure {
                time: Spread {
                    low: 900.0,
                    median: 1_000.0,
                    high: 1_100.0,
                },
                ratio: 2.0,
            }),
        };
        let document = markdown(&[row], &machine, 31);
        let line = document.lines().find(|line| line.contains("somebody"));
        assert_eq!(
            line,
            Some("| somebody | a 1.0.0, b 2.0.0 | – | – | 1.00 µs (900 ns to 1.10 µs) | 2.0 × |")
        );
        for line in [
            "- Date: 1 May 2026",
            "- Processor: a processor, 2 cores",
            "- System: a system, 6.1",
            "- Compiler: rustc 1.95.0",
            "- Revision: 0123456789ab",
            "- Rounds: 31",
        ] {
            assert!(document.lines().any(|other| other == line), "{line}");
        }
    }
}
