//! A chart of a figure over time: a line with its area, the preceding period as a thinner line, and a scale of round
//! numbers.

use super::{drawn, share};
use crate::text::Texts;

/// The drawing's own units; the page stretches it.
pub const WIDTH: f64 = 600.0;
pub const HEIGHT: f64 = 160.0;
/// Room at the top for the line's width.
const TOP: f64 = 6.0;

/// A day, its figure, and its label: `20 Nov: 42 clicks`.
#[derive(Debug, Clone)]
pub struct Point {
    pub figure: i64,
    pub label: String,
}

/// The area where a pointer shows a day's figure.
#[derive(Debug)]
pub struct Spot {
    pub x: String,
    pub width: String,
    /// The position of the mark on the line.
    pub at: (String, String),
    pub label: String,
}

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Area {
    pub line: String,
    pub area: String,
    pub earlier: Option<String>,
    pub spots: Vec<Spot>,
    /// Distance from the top, and the number there: the highest, and its half.
    pub scale: [(String, String); 2],
    pub first: String,
    pub last: String,
    /// Both: `22 Oct to 20 Nov`.
    pub period: String,
}

impl Area {
    /// Builds the chart from `points`, oldest first; `earlier` are the figures they are compared with, day by day, if
    /// any. `write` formats a figure of the scale.
    pub fn of(points: &[Point], earlier: &[i64], first: String, last: String, write: impl Fn(i64) -> String) -> Self {
        Self::in_language(Texts::default(), points, earlier, (first, last), |figure| round(write(figure)))
    }

    /// The chart in another language than English; `write` must leave out decimals that say nothing.
    pub fn in_language(
        t: Texts,
        points: &[Point],
        earlier: &[i64],
        (first, last): (String, String),
        write: impl Fn(i64) -> String,
    ) -> Self {
        let highest = points.iter().map(|point| point.figure).chain(earlier.iter().copied()).max().unwrap_or_default();
        let top = round_up(highest.max(1));
        let y = |figure: i64| TOP + (HEIGHT - TOP) * (1.0 - share(figure, top, 0.0));
        let steps = f64::from(u32::try_from(points.len().saturating_sub(1).max(1)).unwrap_or(u32::MAX));
        let x = |at: u32| if points.len() < 2 { WIDTH / 2.0 } else { f64::from(at) * WIDTH / steps };
        let path = |figures: &mut dyn Iterator<Item = i64>| {
            let places = (0_u32..).zip(figures).map(|(at, figure)| format!("{} {}", drawn(x(at)), drawn(y(figure))));
            places.collect::<Vec<_>>().join(" L")
        };
        let line = path(&mut points.iter().map(|point| point.figure));
        let end = u32::try_from(points.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let area = format!("M{} {h} L{line} L{} {h} Z", drawn(x(0)), drawn(x(end)), h = drawn(HEIGHT));
        let half = WIDTH / steps / 2.0;
        let spots = (0_u32..).zip(points).map(|(at, point)| Spot {
            x: drawn((x(at) - half).max(0.0)),
            width: drawn(half * 2.0),
            at: (drawn(x(at)), drawn(y(point.figure))),
            label: point.label.clone(),
        });
        Self {
            area: if points.is_empty() { String::new() } else { area },
            spots: spots.collect(),
            earlier: (!earlier.is_empty()).then(|| format!("M{}", path(&mut earlier.iter().copied()))),
            line: if points.is_empty() { String::new() } else { format!("M{line}") },
            scale: [top, top / 2].map(|figure| (drawn(y(figure)), write(figure))),
            period: t.say("common-from-to").with("first", &first).with("last", &last).to_string(),
            first,
            last,
        }
    }
}

/// Drops a fraction of zeros: `$5,000` for `$5,000.00`.
fn round(text: String) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// Maxima of a scale whose halves are round as well.
const ROUND: [i64; 9] = [10, 12, 16, 20, 30, 40, 50, 60, 80];

/// Returns the next of 2, 4, 6, 8, 10, 12, 16, 20, 30 … 80, 100, 120 …, so that little room is left above the line.
fn round_up(figure: i64) -> i64 {
    if let Some(top) = [2, 4, 6, 8].into_iter().find(|top| *top >= figure) {
        return top;
    }
    let mut step = 1_i64;
    loop {
        for round in ROUND {
            let Some(top) = step.checked_mul(round) else { return i64::MAX };
            if top >= figure {
                return top;
            }
        }
        let Some(next) = step.checked_mul(10) else { return i64::MAX };
        step = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(figures: &[i64]) -> Vec<Point> {
        figures.iter().map(|figure| Point { figure: *figure, label: figure.to_string() }).collect()
    }

    fn area(figures: &[i64], earlier: &[i64]) -> Area {
        Area::of(&points(figures), earlier, "first".to_owned(), "last".to_owned(), |figure| figure.to_string())
    }

    #[test]
    fn the_scale_is_round() {
        for (highest, top) in [
            (0, 2),
            (1, 2),
            (3, 4),
            (5, 6),
            (9, 10),
            (11, 12),
            (41, 50),
            (440, 500),
            (801, 1_000),
            (i64::MAX, i64::MAX),
        ] {
            assert_eq!(area(&[highest], &[]).scale[0].1, top.to_string());
        }
    }

    #[test]
    fn the_scale_has_no_fraction_of_nothing() {
        for (written, message) in [("$5,000.00", "$5,000"), ("$2.50", "$2.50"), ("1,204", "1,204")] {
            assert_eq!(round(written.to_owned()), message);
        }
    }

    #[test]
    fn the_line_spans_the_drawing() {
        let chart = area(&[0, 10, 5], &[1, 1, 1]);
        assert_eq!(chart.line, "M0.00 160.00 L300.00 6.00 L600.00 83.00");
        assert!(chart.earlier.unwrap().starts_with("M0.00 144.60"));
        assert_eq!(chart.spots.len(), 3);
    }

    #[test]
    fn nothing_and_one_day_are_drawn_too() {
        assert_eq!(area(&[], &[]).line, "");
        assert_eq!(area(&[2], &[]).line, "M300.00 6.00");
    }
}
