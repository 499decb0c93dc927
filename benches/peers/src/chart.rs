//! What comes out of a run, as an image: bars for each form, on a logarithmic scale.

use crate::measure::{Figure, Form};
use crate::peers::OURS;
use crate::report::{Row, duration, times};
use std::fmt::Write as _;

/// Where the bars begin: left of them are the names.
const LEFT: f64 = 230.0;
/// Where the axis ends: right of it there is room for the figure of the longest bar.
const RIGHT: f64 = 750.0;
/// How wide the image is.
const WIDTH: f64 = 900.0;
/// How far the middles of two bars are from each other.
const STEP: f64 = 28.0;
/// How thick a bar is.
const BAR: f64 = 18.0;
/// The room for the heading of a panel and for its axis.
const HEAD: f64 = 76.0;
/// The room below a panel.
const FOOT: f64 = 24.0;

/// Colours for both schemes; the background is painted, so that it fits whatever is around it.
const STYLE: &str = "\
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.heading { font-size: 17px; font-weight: 600 }
.muted, .note { fill: #59636e }
.note { font-size: 14px; font-weight: 400 }
.axis { font-size: 12px; fill: #59636e; text-anchor: middle }
.name { text-anchor: end }
.ours { font-weight: 600 }
.page { fill: #ffffff }
.grid { stroke: #d1d9e0 }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
.bar { fill: #9aa4af }
.bar.ours { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .muted, .note, .axis { fill: #9198a1 }
  .page { fill: #0d1117 }
  .grid { stroke: #3d444d }
  .value { stroke: #0d1117 }
  .bar { fill: #656c76 }
  .bar.ours { fill: #4493f8 }
}
";

/// The whole image, as SVG.
pub(crate) fn svg(rows: &[Row]) -> String {
    let mut panels = String::new();
    let mut top = 0.0;
    for form in Form::ALL {
        let panel = Panel::new(rows, form, top);
        panel.draw(&mut panels);
        top = panel.bottom();
    }
    format!(
        "\
<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" height=\"{top}\" role=\"img\">
<title>Time per decision, by engine</title>
<style>
{STYLE}</style>
<rect class=\"page\" width=\"{WIDTH}\" height=\"{top}\"/>
{panels}</svg>
"
    )
}

/// The bars for one form, the shortest at the top.
struct Panel {
    form: Form,
    top: f64,
    bars: Vec<(&'static str, Figure)>,
    scale: Scale,
}

impl Panel {
    fn new(rows: &[Row], form: Form, top: f64) -> Self {
        let bars = rows
            .iter()
            .filter_map(|row| Some((row.name, row.figure(form)?)));
        let mut bars: Vec<_> = bars.collect();
        bars.sort_by(|(_, one), (_, other)| one.time.median.total_cmp(&other.time.median));
        let ends = bars.iter().map(|(_, figure)| figure.time.median);
        Self {
            form,
            top,
            scale: Scale::over(ends),
            bars,
        }
    }

    /// The middle of a bar.
    fn line(&self, number: f64) -> f64 {
        self.top + HEAD + STEP * (number + 0.5)
    }

    fn bottom(&self) -> f64 {
        let count = u32::try_from(self.bars.len()).map_or(0.0, f64::from);
        self.line(count) - STEP / 2.0 + FOOT
    }

    fn draw(&self, out: &mut String) {
        let heading = self.top + 30.0;
        let form = self.form.name();
        let _ = writeln!(
            out,
            "<text class=\"heading\" x=\"20\" y=\"{heading}\">Time per decision, {form} \
             <tspan class=\"note\">logarithmic, shorter is better, × is to ours</tspan></text>"
        );
        let (above, below) = (self.top + HEAD - 6.0, self.bottom() - FOOT + 2.0);
        for (x, label) in self.scale.marks() {
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{x:.1} {above}V{below}\"/>\
                 <text class=\"axis\" x=\"{x:.1}\" y=\"{}\">{label}</text>",
                above - 6.0
            );
        }
        let mut number = 0.0;
        for (name, figure) in &self.bars {
            let middle = self.line(number);
            let (upper, text) = (middle - BAR / 2.0, middle + 5.0);
            let end = self.scale.place(figure.time.median);
            let (width, after) = (end - LEFT, end + 8.0);
            let (time, ratio) = (duration(figure.time.median), times(figure.ratio));
            let ours = if *name == OURS { " ours" } else { "" };
            let _ = writeln!(
                out,
                "<text class=\"name{ours}\" x=\"220\" y=\"{text}\">{name}</text>\
                 <rect class=\"bar{ours}\" x=\"{LEFT}\" y=\"{upper}\" width=\"{width:.1}\" \
                 height=\"{BAR}\" rx=\"2\"/>\
                 <text class=\"value{ours}\" x=\"{after:.1}\" y=\"{text}\">{time} \
                 <tspan class=\"muted\">{ratio}</tspan></text>"
            );
            number += 1.0;
        }
    }
}

/// Nanoseconds on a logarithmic axis, from one power of ten to another.
struct Scale {
    from: i32,
    to: i32,
}

impl Scale {
    /// Wide enough for all values, and no bar is nothing.
    fn over(values: impl Iterator<Item = f64> + Clone) -> Self {
        let shortest = values.clone().fold(f64::INFINITY, f64::min);
        let longest = values.fold(1.0, f64::max);
        let powers = || 0..12;
        let from = powers().rfind(|&power| 10_f64.powi(power) <= shortest / 1.5);
        let to = powers().find(|&power| 10_f64.powi(power) >= longest);
        let from = from.unwrap_or(0);
        Self {
            from,
            to: to.unwrap_or(12).max(from.saturating_add(1)),
        }
    }

    fn place(&self, nanoseconds: f64) -> f64 {
        let part = (nanoseconds.log10() - f64::from(self.from)) / self.span();
        LEFT + part.max(0.0) * (RIGHT - LEFT)
    }

    fn span(&self) -> f64 {
        f64::from(self.to.saturating_sub(self.from))
    }

    /// Where the powers of ten are, and what they are called.
    fn marks(&self) -> impl Iterator<Item = (f64, String)> {
        (self.from..=self.to).map(|power| {
            let nanoseconds = 10_f64.powi(power);
            let unit = [("ns", 0), ("µs", 3), ("ms", 6), ("s", 9)];
            let unit = unit.into_iter().rfind(|&(_, least)| least <= power);
            let (name, least) = unit.unwrap_or(("ns", 0));
            let label = format!("{} {name}", 10_f64.powi(power.saturating_sub(least)));
            (self.place(nanoseconds), label)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LEFT, RIGHT, Scale, svg};
    use crate::measure::Figure;
    use crate::report::Row;
    use crate::spread::Spread;

    fn row(name: &'static str, ready: Option<f64>, text: f64) -> Row {
        let figure = |nanoseconds| Figure {
            time: Spread {
                low: nanoseconds,
                median: nanoseconds,
                high: nanoseconds,
            },
            ratio: nanoseconds / 100.0,
        };
        Row {
            name,
            versions: String::new(),
            ready: ready.map(figure),
            text: Some(figure(text)),
        }
    }

    #[test]
    fn a_scale_goes_from_power_to_power() {
        let scale = Scale::over([60.0, 2_500.0].into_iter());
        let labels: Vec<String> = scale.marks().map(|(_, label)| label).collect();
        assert_eq!(labels, ["10 ns", "100 ns", "1 µs", "10 µs"]);
        assert!((scale.place(10.0) - LEFT).abs() < 1e-9);
        assert!((scale.place(10_000.0) - RIGHT).abs() < 1e-9);
        let middle = f64::midpoint(scale.place(100.0), scale.place(1_000.0));
        assert!((middle - f64::midpoint(LEFT, RIGHT)).abs() < 1e-9);
    }

    #[test]
    fn bars_stand_by_length_in_the_forms_that_a_peer_takes_part_in() {
        let rows = [
            row("slow", Some(900.0), 9_000.0),
            row("mfa-rules", Some(100.0), 1_000.0),
            row("text only", None, 2_000.0),
        ];
        let image = svg(&rows);
        let names: Vec<&str> = image
            .split("<text class=\"name")
            .skip(1)
            .filter_map(|rest| rest.split(['>', '<']).nth(1))
            .collect();
        assert_eq!(
            names,
            ["mfa-rules", "slow", "mfa-rules", "text only", "slow"]
        );
        assert_eq!(image.matches("<rect class=\"bar").count(), 5);
        assert_eq!(image.matches("<rect class=\"bar ours\"").count(), 2);
    }
}
