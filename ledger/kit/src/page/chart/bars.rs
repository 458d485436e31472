//! A ranking: one row each, with a bar in proportion to the highest.

use super::{drawn, share};

/// The bars' own units; the page stretches them.
pub const WIDTH: f64 = 100.0;

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Bar {
    pub name: String,
    /// The link of the name.
    pub href: Option<String>,
    pub figure: String,
    /// Shown next to the figure: `12%`.
    pub note: String,
    pub width: String,
}

/// Builds the bars from name, link, figure, formatted figure and note, in display order.
pub fn of(rows: impl IntoIterator<Item = (String, Option<String>, i64, String, String)>) -> Vec<Bar> {
    let rows: Vec<_> = rows.into_iter().collect();
    let highest = rows.iter().map(|(_, _, figure, ..)| *figure).max().unwrap_or_default();
    let bar = |(name, href, figure, text, note)| Bar {
        name,
        href,
        figure: text,
        note,
        width: drawn(share(figure, highest, 0.01) * WIDTH),
    };
    rows.into_iter().map(bar).collect()
}
