//! The tabs of a list: one filter among a few, with how many wait behind it.

use super::address::Address;

/// For `ui/table.html`.
#[derive(Debug)]
pub struct Tab {
    pub title: &'static str,
    pub href: String,
    pub here: bool,
    /// How many wait there; none is not shown.
    pub count: Option<String>,
}

/// `value` and title of each; the first one's value may be empty, for all. Another tab begins at its first page.
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
