//! Bars of a daily figure, as numbers for an SVG. One figure a chart: two scales in one would invent a relation.

/// The drawing's own units; the page stretches it.
pub const WIDTH: f64 = 300.0;
pub const HEIGHT: f64 = 80.0;

#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    /// `20 Nov: 42 clicks`.
    pub label: String,
}

/// A figure for each day, oldest first.
#[derive(Debug, Clone)]
pub struct Chart {
    pub bars: Vec<Bar>,
    pub highest: u64,
    pub first: String,
    pub last: String,
}

impl Chart {
    /// `noun` in singular and plural.
    pub fn of(days: &[(String, u64)], noun: (&str, &str)) -> Self {
        let highest = days.iter().map(|(_, figure)| *figure).max().unwrap_or_default();
        let step = WIDTH / f64::from(u32::try_from(days.len().max(1)).unwrap_or(u32::MAX));
        let bars = (0_u32..).zip(days).map(|(at, (day, figure))| {
            let height = scaled(*figure, highest);
            Bar {
                x: format!("{:.2}", f64::from(at) * step + step * 0.12),
                y: format!("{:.2}", HEIGHT - height),
                width: format!("{:.2}", step * 0.76),
                height: format!("{height:.2}"),
                label: format!("{day}: {figure} {}", if *figure == 1 { noun.0 } else { noun.1 }),
            }
        });
        Self {
            bars: bars.collect(),
            highest,
            first: days.first().map(|(day, _)| day.clone()).unwrap_or_default(),
            last: days.last().map(|(day, _)| day.clone()).unwrap_or_default(),
        }
    }
}

/// Something is never drawn as nothing.
fn scaled(figure: u64, highest: u64) -> f64 {
    if figure == 0 || highest == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "the height of a bar")]
    let share = figure as f64 / highest as f64;
    (share * HEIGHT).max(1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(figures: &[u64]) -> Vec<(String, u64)> {
        figures.iter().enumerate().map(|(at, figure)| (format!("day {at}"), *figure)).collect()
    }

    #[test]
    fn the_highest_bar_is_as_high_as_the_chart() {
        let chart = Chart::of(&days(&[0, 1, 10_000]), ("click", "clicks"));
        let heights: Vec<_> = chart.bars.iter().map(|bar| bar.height.as_str()).collect();
        assert_eq!(heights, ["0.00", "1.50", "80.00"]);
        assert_eq!(chart.bars[1].label, "day 1: 1 click");
        assert_eq!((chart.first.as_str(), chart.last.as_str()), ("day 0", "day 2"));
    }

    #[test]
    fn nothing_makes_an_empty_chart() {
        assert!(Chart::of(&[], ("click", "clicks")).bars.is_empty());
        assert_eq!(Chart::of(&days(&[0]), ("click", "clicks")).bars[0].height, "0.00");
    }
}
