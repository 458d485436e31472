//! What a chart's axes say: some of its points below it, and round numbers on its left.

use super::{drawn, number, places, plot::Point};

/// Labels on a narrow, a medium and a wide chart, and the class under which the style sheet shows them.
const WIDTHS: [(usize, &str); 3] = [(4, "few"), (6, "some"), (8, "many")];
/// At most this many round numbers.
const LINES_MAX: i64 = 4;
/// Room above the highest figure.
const ROOM: f64 = 1.1;

/// A label below the chart.
#[derive(Debug, PartialEq, Eq)]
pub struct Tick {
    /// The width at which it is shown: `few`, `some` or `many`.
    pub width: &'static str,
    /// In percent.
    pub x: String,
    /// SVG's `text-anchor`: the first and the last label stay within the chart.
    pub anchor: &'static str,
    pub is_last: bool,
    /// The year is in it where it differs from the one before.
    pub text: String,
}

/// The labels for all widths.
pub(super) fn ticks(points: &[Point]) -> Vec<Tick> {
    WIDTHS.iter().flat_map(|(most, width)| of_width(points, *most, width)).collect()
}

fn of_width(points: &[Point], most: usize, width: &'static str) -> Vec<Tick> {
    let mut made = Vec::new();
    let mut year = None;
    for at in indexes(points.len(), most) {
        let Some(point) = points.get(at) else { continue };
        let is_last = at + 1 == points.len();
        let (x, anchor) = match at {
            _ if points.len() == 1 => (50.0, "middle"),
            0 => (0.0, "start"),
            _ if is_last => (100.0, "end"),
            at => ((places(at) + 0.5) / places(points.len()) * 100.0, "middle"),
        };
        let text = match year {
            Some(before) if before != point.year => format!("{} {}", point.tick, point.year),
            _ => point.tick.clone(),
        };
        year = Some(point.year);
        made.push(Tick { width, x: drawn(x), anchor, is_last, text });
    }
    made
}

/// Points at equal distances, at most `most`. The last one always has a label, and the first one if a distance allows
/// it.
fn indexes(count: usize, most: usize) -> Vec<usize> {
    let gaps = count.saturating_sub(1);
    let least = gaps.div_ceil(most.saturating_sub(1).max(1)).max(1);
    let step = (least..=least * 2).find(|step| gaps.is_multiple_of(*step)).unwrap_or(least);
    let mut all: Vec<usize> = (0..count).rev().step_by(step).collect();
    all.reverse();
    all
}

/// The figure at the top of the chart, and the round numbers below it.
pub(super) fn scale(highest: i64) -> (f64, Vec<i64>) {
    if highest <= 0 {
        return (1.0, Vec::new());
    }
    let top = number(highest) * ROOM;
    let step = step(top);
    let lines = (1..=LINES_MAX).filter_map(|times| step.checked_mul(times)).filter(|line| number(*line) <= top);
    (top, lines.collect())
}

/// The smallest of 1, 2, 5, 10, 20, 25, 50, 100, 200, 250 … that fits at most [`LINES_MAX`] times.
fn step(top: f64) -> i64 {
    let fits = |step: i64| top < number(step) * number(LINES_MAX + 1);
    let mut unit = 1_i64;
    loop {
        for (times, by) in [(1, 1), (2, 1), (5, 2), (5, 1)] {
            let step = unit.saturating_mul(times) / by;
            if fits(step) {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round() {
        for (highest, lines) in [
            (1, vec![1]),
            (3, vec![1, 2, 3]),
            (5, vec![2, 4]),
            (9, vec![2, 4, 6, 8]),
            (41, vec![10, 20, 30, 40]),
            (100, vec![25, 50, 75, 100]),
            (440, vec![100, 200, 300, 400]),
            (39_600, vec![10_000, 20_000, 30_000, 40_000]),
        ] {
            let (top, found) = scale(highest);
            assert_eq!(found, lines, "{highest}");
            assert!(top > number(highest), "{highest} {top}");
        }
        assert_eq!(scale(0), (1.0, Vec::new()));
        assert!((2..=4).contains(&scale(i64::MAX).1.len()));
    }

    #[test]
    fn labels_are_at_equal_distances() {
        assert_eq!(indexes(7, 8), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(indexes(7, 4), [0, 2, 4, 6]);
        assert_eq!(indexes(31, 8), [0, 5, 10, 15, 20, 25, 30]);
        assert_eq!(indexes(30, 8), [4, 9, 14, 19, 24, 29], "29 has no divisor");
        for count in 1..400 {
            for most in [4, 6, 8] {
                let all = indexes(count, most);
                assert!(all.len() <= most && all.last() == Some(&(count - 1)), "{count} {most} {all:?}");
            }
        }
        assert!(indexes(0, 8).is_empty());
    }

    #[test]
    fn a_new_year_is_named() {
        let point = |at: i16| Point { when: String::new(), tick: format!("day {at}"), year: 2025 + at / 2, figure: 0 };
        let all = ticks(&[point(0), point(1), point(2), point(3)]);
        let many: Vec<_> = all.iter().filter(|tick| tick.width == "many").map(|tick| tick.text.as_str()).collect();
        assert_eq!(many, ["day 0", "day 1", "day 2 2026", "day 3"]);
        let ends: Vec<_> =
            all.iter().filter(|tick| tick.width == "few").map(|tick| (tick.anchor, tick.is_last)).collect();
        assert_eq!(ends, [("start", false), ("middle", false), ("middle", false), ("end", true)]);
    }
}
