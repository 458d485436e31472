//! The feed of listed programs, as JSON: pages of what changed after a version. Pure.

use rules::commission::plan::Component;
use serde::{Deserialize, Serialize};

pub const FORMAT: &str = "rekomi-network-feed/1";
/// Where the feed is, below an installation's address.
pub const PATH: &str = "/network/v1/programs";
/// The most items of one page.
pub const ITEMS_MAX: usize = 100;
/// The most bytes of one page.
pub const BYTES_MAX: usize = 1024 * 1024;

/// A page of the feed. `I` is how items are read or written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Feed<I> {
    pub format: String,
    /// Whose feed it is.
    pub installation: String,
    /// The version after which this page begins, as it was asked for.
    pub after: i64,
    /// What to ask for next: the version of the last item, or `after` again if there is none.
    pub next: i64,
    /// Whether there are more items now.
    pub more: bool,
    /// The highest version there is. A reader that is ahead of it begins anew from 0.
    pub newest: i64,
    pub items: Vec<I>,
}

/// One program that changed. Without a listing, it is listed no more.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub id: String,
    pub version: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    #[serde(flatten)]
    pub listing: Option<Listing>,
}

/// What a listed program says. Readers ignore fields that they don't know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    pub brand: String,
    pub title: String,
    pub summary: String,
    pub description: String,
    pub site: Option<String>,
    /// The address of its page in the network of its installation.
    pub page: String,
    pub pays: Vec<Component>,
    pub window_days: i32,
    pub hold_days: i32,
    pub payout_rhythm: String,
    pub currency: String,
    pub topics: Vec<String>,
    pub formats: Vec<String>,
    pub countries: Vec<String>,
    pub languages: Vec<String>,
    pub channel_kinds: Vec<String>,
    pub audience_min: String,
    pub who_for: String,
    pub forbidden: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_program_has_nothing_but_its_name() {
        let item = Item { id: "prog_1".to_owned(), version: 8, removed: true, listing: None };
        assert_eq!(serde_json::to_string(&item).unwrap(), r#"{"id":"prog_1","version":8,"removed":true}"#);
    }
}
