//! A ranking: a line each, with a bar as long as its part of the highest.

use super::{drawn, share};

/// The bars' own units; the page stretches them.
pub const WIDTH: f64 = 100.0;

/// For `ui/charts.html`.
#[derive(Debug)]
pub struct Bar {
    pub name: String,
    /// Where the name leads.
    pub href: Option<String>,
    pub figure: String,
    /// Said beside the figure: `12 %`.
    pub note: String,
    pub width: String,
}

/// Name, where it leads, figure, how the figure reads, and a note, in the order in which they are shown.
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
