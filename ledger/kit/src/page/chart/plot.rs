//! A chart of a figure over time, with the preceding period as a thin dashed line: bars where there are few points or
//! few figures, and a line with its area otherwise.

use super::{
    drawn, places, share,
    ticks::{self, Tick},
};
use crate::text::Texts;

/// Up to this many points are drawn as bars.
const BARS_MAX: usize = 31;
/// More points are drawn as bars if fewer than one in this many has a figure: a line would be a row of spikes.
const BARS_IF_FEWER_THAN: usize = 3;
/// The width of a bar, as a share of its place.
const BAR: f64 = 0.85;
/// In percent of the chart: a single day is no wall.
const BAR_MAX: f64 = 10.0;
/// A positive figure is at least this share of the height, about 2 px.
const LEAST: f64 = 0.01;
/// The line's own units; the page stretches them.
pub const WIDTH: f64 = 1_000.0;
pub const HEIGHT: f64 = 100.0;

/// What a figure counts; it has the same color everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Clicks,
    Leads,
    Sales,
    Revenue,
    Commissions,
}

impl Tone {
    /// The class of the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Clicks => "tone-clicks",
            Self::Leads => "tone-leads",
            Self::Sales => "tone-sales",
            Self::Revenue => "tone-revenue",
            Self::Commissions => "tone-commissions",
        }
    }
}

/// A day or week, and its figure.
#[derive(Debug, Clone)]
pub struct Point {
    /// In full: `Wed 19 Nov`.
    pub when: String,
    /// Below the chart: `19 Nov`.
    pub tick: String,
    pub year: i16,
    pub figure: i64,
}

/// What a chart is drawn from.
#[derive(Debug)]
pub struct Series {
    t: Texts,
    title: String,
    tone: Tone,
    period: String,
    points: Vec<Point>,
    earlier: Vec<i64>,
    /// Of the points and of what they are compared with.
    names: Option<(String, String)>,
    is_rising: bool,
    is_unfinished: bool,
}

impl Series {
    /// `points` are oldest first; `period` names all of them: `22 Oct – 20 Nov 2026`.
    pub fn new(t: Texts, title: impl Into<String>, tone: Tone, period: String, points: Vec<Point>) -> Self {
        let title = title.into();
        let (earlier, names) = (Vec::new(), None);
        Self { t, title, tone, period, points, earlier, names, is_rising: false, is_unfinished: false }
    }

    /// Compares the points with as many figures; with none, there is nothing to compare.
    #[must_use]
    pub fn beside(self, earlier: Vec<i64>) -> Self {
        Self { earlier, ..self }
    }

    /// Other names than those of two periods.
    #[must_use]
    pub fn named(self, points: impl Into<String>, earlier: impl Into<String>) -> Self {
        Self { names: Some((points.into(), earlier.into())), ..self }
    }

    /// Sums that rise from point to point: always a line, and the last one is the total.
    #[must_use]
    pub fn rising(self) -> Self {
        Self { is_rising: true, ..self }
    }

    /// Whether the last point isn't over yet.
    #[must_use]
    pub fn unfinished(self, is_unfinished: bool) -> Self {
        Self { is_unfinished, ..self }
    }

    /// `write` formats a figure, and `scale` one of the scale, without decimals that say nothing.
    pub fn draw(self, write: impl Fn(i64) -> String, scale: impl Fn(i64) -> String) -> Chart {
        let figures: Vec<i64> = self.points.iter().map(|point| point.figure).collect();
        let highest = figures.iter().chain(&self.earlier).copied().max().unwrap_or_default();
        let (top, lines) = ticks::scale(highest);
        let y = |figure: i64| HEIGHT * (1.0 - share(figure, top, 0.0));
        let t = self.t;
        let is_bars = !self.is_rising && are_bars(&figures);
        let total = match figures.last() {
            Some(last) if self.is_rising => *last,
            _ => figures.iter().fold(0_i64, |sum, figure| sum.saturating_add(*figure)),
        };
        let names = self.names.clone();
        let named = |key| t.say(key).to_string();
        Chart {
            t,
            tone: self.tone,
            total: write(total),
            change: None,
            note: String::new(),
            label: self.label(&write, total),
            names: names.unwrap_or_else(|| (named("common-chart-this"), named("common-chart-previous"))),
            top: drawn(top),
            grid: lines.into_iter().map(|figure| (drawn(y(figure)), scale(figure))).collect(),
            bars: if is_bars { bars(&figures, top, self.is_unfinished) } else { Vec::new() },
            curve: (!is_bars && !figures.is_empty()).then(|| Curve::of(&figures, y, self.is_unfinished)),
            earlier: (!self.earlier.is_empty()).then(|| path(&self.earlier, y)),
            ticks: ticks::ticks(&self.points),
            rows: self.rows(&write),
            title: self.title,
        }
    }

    /// The chart in a sentence.
    fn label(&self, write: impl Fn(i64) -> String, total: i64) -> String {
        let about = |key| {
            let text = self.t.say(key).with("title", self.title.as_str()).with("period", self.period.as_str());
            text.with("total", write(total))
        };
        let highest = self.points.iter().filter(|point| point.figure > 0 && !self.is_rising);
        match highest.max_by_key(|point| point.figure) {
            Some(highest) => about("common-chart-label")
                .with("highest", write(highest.figure))
                .with("when", highest.when.as_str())
                .to_string(),
            None => about("common-chart-label-plain").to_string(),
        }
    }

    fn rows(&self, write: impl Fn(i64) -> String) -> Vec<Row> {
        let last = self.points.len().saturating_sub(1);
        let row = |(at, point): (usize, &Point)| Row {
            when: point.when.clone(),
            so_far: self.is_unfinished && at == last,
            figure: (point.figure, write(point.figure)),
            earlier: self.earlier.get(at).map(|figure| (*figure, write(*figure))),
        };
        self.points.iter().enumerate().map(row).collect()
    }
}

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Chart {
    pub t: Texts,
    pub title: String,
    pub tone: Tone,
    /// The headline: the total of the period.
    pub total: String,
    /// The change against the period before, and whether it is better.
    pub change: Option<(String, bool)>,
    /// Below the headline: `13.2 per day`.
    pub note: String,
    /// The chart in a sentence.
    pub label: String,
    /// Of the points and of what they are compared with.
    pub names: (String, String),
    /// The figure at the top of the drawing, for the script.
    pub top: String,
    /// Distance from the top in percent, and the round number there.
    pub grid: Vec<(String, String)>,
    pub bars: Vec<Bar>,
    pub curve: Option<Curve>,
    /// The path of what the points are compared with.
    pub earlier: Option<String>,
    pub ticks: Vec<Tick>,
    pub rows: Vec<Row>,
}

/// A bar, in percent of the drawing.
#[derive(Debug)]
pub struct Bar {
    pub x: String,
    pub y: String,
    pub width: String,
    /// Reaches below the drawing, so that only the corners on top are round.
    pub height: String,
    /// Its class: `part` if it isn't over yet, `none` if there is nothing.
    pub class: &'static str,
}

/// A line with its area.
#[derive(Debug)]
pub struct Curve {
    pub line: String,
    pub area: String,
    /// The end of the line, if its last point isn't over yet.
    pub part: Option<String>,
    /// The last point, in percent of the drawing.
    pub end: (String, String),
}

/// A row of the table below the chart. Figures are there as numbers, for the script, and formatted.
#[derive(Debug)]
pub struct Row {
    pub when: String,
    pub so_far: bool,
    pub figure: (i64, String),
    pub earlier: Option<(i64, String)>,
}

fn are_bars(figures: &[i64]) -> bool {
    let some = figures.iter().filter(|figure| **figure != 0).count();
    figures.len() <= BARS_MAX || some < figures.len() / BARS_IF_FEWER_THAN
}

/// The middle of a point's place, in percent.
fn middle(at: usize, count: usize) -> f64 {
    (places(at) + 0.5) / places(count.max(1)) * 100.0
}

fn bars(figures: &[i64], top: f64, is_unfinished: bool) -> Vec<Bar> {
    let count = figures.len();
    let width = (100.0 / places(count.max(1)) * BAR).min(BAR_MAX);
    let bar = |(at, figure): (usize, &i64)| {
        let height = share(*figure, top, LEAST).max(LEAST / 2.0) * HEIGHT;
        Bar {
            x: drawn(middle(at, count) - width / 2.0),
            y: drawn(HEIGHT - height),
            width: drawn(width),
            height: drawn(height + 2.0),
            class: match *figure {
                ..=0 => " none",
                _ if is_unfinished && at + 1 == count => " part",
                _ => "",
            },
        }
    };
    figures.iter().enumerate().map(bar).collect()
}

/// `10.00 50.00 L30.00 40.00`, in the line's own units.
fn places_of(figures: &[i64], y: impl Fn(i64) -> f64) -> Vec<String> {
    let x = |at: usize| middle(at, figures.len()) * WIDTH / 100.0;
    figures.iter().enumerate().map(|(at, figure)| format!("{} {}", drawn(x(at)), drawn(y(*figure)))).collect()
}

fn path(figures: &[i64], y: impl Fn(i64) -> f64) -> String {
    format!("M{}", places_of(figures, y).join(" L"))
}

impl Curve {
    fn of(figures: &[i64], y: impl Fn(i64) -> f64, is_unfinished: bool) -> Self {
        let places = places_of(figures, &y);
        let last = figures.len().saturating_sub(1);
        let (from, to) = (middle(0, figures.len()) * WIDTH / 100.0, middle(last, figures.len()) * WIDTH / 100.0);
        let has_part = is_unfinished && places.len() > 1;
        let solid = if has_part { &places[..last] } else { &places[..] };
        Self {
            line: format!("M{}", solid.join(" L")),
            area: format!("M{} {h} L{} L{} {h} Z", drawn(from), places.join(" L"), drawn(to), h = drawn(HEIGHT)),
            part: has_part.then(|| format!("M{}", places[last - 1..].join(" L"))),
            end: (drawn(middle(last, figures.len())), drawn(figures.last().map_or(HEIGHT, |figure| y(*figure)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(figures: &[i64]) -> Series {
        let point = |(at, figure): (usize, &i64)| Point {
            when: format!("day {at}"),
            tick: at.to_string(),
            year: 2026,
            figure: *figure,
        };
        let points = figures.iter().enumerate().map(point).collect();
        Series::new(Texts::default(), "Clicks", Tone::Clicks, "all days".to_owned(), points)
    }

    fn chart(series: Series) -> Chart {
        series.draw(|figure| format!("{figure} clicks"), |figure| figure.to_string())
    }

    #[test]
    fn few_points_are_bars() {
        let drawn = chart(series(&[0, 10, 5]).unfinished(true));
        assert!(drawn.curve.is_none());
        let bars: Vec<_> = drawn.bars.iter().map(|bar| (bar.x.as_str(), bar.y.as_str(), bar.class)).collect();
        assert_eq!(bars, [("11.67", "99.50", " none"), ("45.00", "9.09", ""), ("78.33", "54.55", " part")]);
        assert_eq!(drawn.bars[1].width, "10.00");
        assert_eq!(chart(series(&[1; 31])).bars.len(), 31);
        assert!(chart(series(&[1; 32])).bars.is_empty());
        let mut sparse = [0; 90];
        sparse[89] = 7;
        assert_eq!(chart(series(&sparse)).bars.len(), 90, "a line would be one spike");
    }

    #[test]
    fn many_points_are_a_line_whose_last_part_isnt_over() {
        let figures: Vec<i64> = (1..=40).collect();
        let curve = chart(series(&figures)).curve.unwrap();
        assert!(curve.line.starts_with("M12.50 97.73 L37.50 95.45") && curve.line.ends_with("L987.50 9.09"));
        assert!(curve.area.starts_with("M12.50 100.00 L12.50 97.73") && curve.area.ends_with("L987.50 100.00 Z"));
        assert_eq!((curve.part, curve.end.0.as_str()), (None, "98.75"));
        let open = chart(series(&figures).unfinished(true)).curve.unwrap();
        assert!(!open.line.contains("987.50"));
        assert_eq!(open.part.as_deref(), Some("M962.50 11.36 L987.50 9.09"));
    }

    #[test]
    fn the_headline_is_the_total() {
        let drawn = chart(series(&[1, 3, 2]).beside(vec![5, 0, 0]));
        assert_eq!((drawn.total.as_str(), drawn.rows.len()), ("6 clicks", 3));
        assert_eq!(drawn.label, "Clicks, all days: 6 clicks in total, highest 3 clicks (day 1)");
        assert_eq!(drawn.rows[0].earlier, Some((5, "5 clicks".to_owned())));
        assert!(drawn.earlier.unwrap().starts_with("M166.67 9.09 L500.00 100.00"));
        let rising = chart(series(&[1, 3, 6]).rising());
        assert_eq!((rising.total.as_str(), rising.label.as_str()), ("6 clicks", "Clicks, all days: 6 clicks"));
        assert!(rising.curve.is_some() && rising.bars.is_empty());
    }

    #[test]
    fn nothing_is_drawn_too() {
        let nothing = chart(series(&[]));
        assert!(nothing.bars.is_empty() && nothing.curve.is_none() && nothing.grid.is_empty());
        let zero = chart(series(&[0]));
        assert_eq!((zero.bars[0].class, zero.label.as_str()), (" none", "Clicks, all days: 0 clicks"));
        let less = chart(series(&[-5, 2]));
        assert_eq!((less.bars[0].class, less.total.as_str()), (" none", "-3 clicks"));
    }
}
