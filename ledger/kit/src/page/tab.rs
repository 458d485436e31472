//! The tabs of a list: one of a few filters, with the number of rows waiting in each.

use super::address::Address;
use crate::text::Texts;

/// The data of `ui/table.html`.
#[derive(Debug)]
pub struct Tab {
    pub title: String,
    pub href: String,
    pub here: bool,
    /// The number of rows waiting there; zero is not shown.
    pub count: Option<String>,
}

/// Builds tabs from value and title; the first value may be empty, for all. Another tab starts at its first page.
pub fn tabs(name: &str, tabs: &[(&str, &'static str)], chosen: &str, here: &Address) -> Vec<Tab> {
    let title = |title: &'static str| title.to_owned();
    of(name, tabs, chosen, here, title)
}

/// Builds tabs from value and key of the title's message.
pub fn tabs_in(t: Texts, name: &str, tabs: &[(&str, &'static str)], chosen: &str, here: &Address) -> Vec<Tab> {
    of(name, tabs, chosen, here, |key| t.say(key).to_string())
}

fn of(
    name: &str,
    tabs: &[(&str, &'static str)],
    chosen: &str,
    here: &Address,
    title: impl Fn(&'static str) -> String,
) -> Vec<Tab> {
    let here = here.clone().without("page").without("cursor");
    let tab = |(value, label): &(&str, &'static str)| Tab {
        title: title(label),
        href: here.clone().with(name, value).to_string(),
        here: *value == chosen,
        count: None,
    };
    tabs.iter().map(tab).collect()
}
