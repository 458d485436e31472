//! Charts as the numbers of an SVG, drawn on the server: they need no script, and their figures are in a table below
//! them.

pub mod bars;
pub mod days;
pub mod funnel;
pub mod plot;
mod ticks;

/// A figure as a share of the highest one, 0 to 1. A positive figure is never drawn as zero.
fn share(figure: i64, highest: f64, least: f64) -> f64 {
    if figure <= 0 || highest <= 0.0 {
        return 0.0;
    }
    (number(figure) / highest).clamp(least, 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "the length of a line on a screen")]
const fn number(figure: i64) -> f64 {
    figure as f64
}

/// Converts a number of points for drawing.
fn places(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Formats a number of the drawing: two decimals are finer than any screen.
fn drawn(number: f64) -> String {
    format!("{number:.2}")
}
