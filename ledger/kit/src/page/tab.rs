//! The tabs of a list: one of a few filters, with the number of rows waiting in each.

use super::address::Address;

/// The data of `ui/table.html`.
#[derive(Debug)]
pub struct Tab {
    pub title: &'static str,
    pub href: String,
    pub here: bool,
    /// The number of rows waiting there; zero is not shown.
    pub count: Option<String>,
}

/// Builds tabs from value and title; the first value may be empty, for all. Another tab starts at its first page.
pub fn tabs(name: &str, tabs: &[(&str, &'static str)], chosen: &str, here: &Address) -> Vec<Tab> {
    let here = here.clone().without("page").without("cursor");
    let tab = |(value, title): &(&str, &'static str)| Tab {
        title,
        href: here.clone().with(name, value).to_string(),
        here: *value == chosen,
        count: None,
    };
    tabs.iter().map(tab).collect()
}
