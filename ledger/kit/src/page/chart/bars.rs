//! A ranking: one row each, with a bar in proportion to the highest.

use super::{drawn, number, share};

/// A positive figure is at least this share of the row.
const LEAST: f64 = 0.02;

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Bar {
    pub name: String,
    /// After the name, quieter.
    pub detail: String,
    /// The link of the name.
    pub href: Option<String>,
    pub figure: i64,
    /// The figure, formatted.
    pub text: String,
    /// Shown next to the figure: `12%`.
    pub note: String,
    /// In percent of the row.
    pub width: String,
}

impl Bar {
    pub fn new(name: impl Into<String>, figure: i64, text: String) -> Self {
        let empty = String::new;
        Self { name: name.into(), detail: empty(), href: None, figure, text, note: empty(), width: empty() }
    }
}

/// Gives each bar, in display order, its width.
pub fn of(rows: impl IntoIterator<Item = Bar>) -> Vec<Bar> {
    let mut rows: Vec<Bar> = rows.into_iter().collect();
    let highest = number(rows.iter().map(|row| row.figure).max().unwrap_or_default());
    for row in &mut rows {
        row.width = drawn(share(row.figure, highest, LEAST) * 100.0);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_shares_of_the_highest() {
        let row = |figure: i64| Bar::new("a", figure, figure.to_string());
        let widths: Vec<String> = of([row(200), row(50), row(1), row(0)]).into_iter().map(|bar| bar.width).collect();
        assert_eq!(widths, ["100.00", "25.00", "2.00", "0.00"]);
        assert_eq!(of([row(0)])[0].width, "0.00");
    }
}
