//! A ring chart of the parts of a whole; at most five and the rest.

use super::drawn;

/// The ring's length in its own units: SVG's `pathLength`.
pub const LENGTH: u32 = 100;
const PARTS_MAX: usize = 5;

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub figure: String,
    /// `34%`.
    pub percent: String,
    /// The part's length, and its distance from the start.
    pub dash: String,
    pub offset: String,
}

/// Builds the parts from names and figures, highest first. `write` formats a figure.
pub fn of(rows: &[(String, i64)], rest: &str, write: impl Fn(i64) -> String) -> Vec<Part> {
    let total: i64 = rows.iter().map(|(_, figure)| (*figure).max(0)).fold(0, i64::saturating_add);
    let shown = if rows.len() > PARTS_MAX + 1 { PARTS_MAX } else { rows.len() };
    let mut kept: Vec<(String, i64)> = rows[..shown].to_vec();
    if shown < rows.len() {
        kept.push((rest.to_owned(), rows[shown..].iter().map(|(_, figure)| *figure).fold(0, i64::saturating_add)));
    }
    let mut before = 0.0;
    let part = |(name, figure): (String, i64)| {
        #[expect(clippy::cast_precision_loss, reason = "the length of an arc on a screen")]
        let length = if total > 0 { figure.max(0) as f64 / total as f64 * f64::from(LENGTH) } else { 0.0 };
        let part = Part {
            name,
            figure: write(figure),
            percent: format!("{length:.0}%"),
            dash: format!("{} {}", drawn(length), drawn(f64::from(LENGTH) - length)),
            offset: drawn(-before),
        };
        before += length;
        part
    };
    kept.into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole() {
        let rows: Vec<(String, i64)> = (1..=8).rev().map(|figure| (format!("part {figure}"), figure)).collect();
        let parts = of(&rows, "Others", |figure| figure.to_string());
        assert_eq!(parts.len(), 6);
        assert_eq!(
            (parts[5].name.as_str(), parts[5].figure.as_str(), parts[5].percent.as_str()),
            ("Others", "6", "17%")
        );
        assert_eq!(parts[1].offset, "-22.22");
        assert!(of(&[], "Others", |figure| figure.to_string()).is_empty());
    }
}
