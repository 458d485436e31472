//! Charts as the numbers of an SVG, drawn on the server: they need no script, and their figures are next to them as
//! text.

pub mod area;
pub mod bars;
pub mod donut;
pub mod funnel;

/// A figure as a share of the highest one, 0 to 1. A positive figure is never drawn as zero.
fn share(figure: i64, highest: i64, least: f64) -> f64 {
    if figure <= 0 || highest <= 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "the length of a line on a screen")]
    let share = figure as f64 / highest as f64;
    share.clamp(least, 1.0)
}

/// Formats a number of the drawing: two decimals are finer than any screen.
fn drawn(number: f64) -> String {
    format!("{number:.2}")
}
