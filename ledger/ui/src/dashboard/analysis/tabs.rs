//! The pages of the analysis, as tabs.

use shared::id::OrganizationId;

use kit::page::{address::Address, tab::Tab};

pub const FORECAST: &str = "/dashboard/analysis";
pub const COHORTS: &str = "/dashboard/analysis/cohorts";
pub const LEADERBOARD: &str = "/dashboard/analysis/leaderboard";
const PAGES: [(&str, &str); 3] = [(FORECAST, "Forecast"), (COHORTS, "Cohorts"), (LEADERBOARD, "Leaderboard")];

/// A currency that a page can show.
#[derive(Debug)]
pub(super) struct CurrencyTab {
    pub code: String,
    pub href: String,
    pub here: bool,
}

/// The currencies of the page at `here`; with only one there is nothing to choose.
pub(super) fn currencies(known: &[String], chosen: &str, here: &Address) -> Vec<CurrencyTab> {
    if known.len() < 2 {
        return Vec::new();
    }
    let tab = |code: &String| CurrencyTab {
        code: code.clone(),
        href: here.clone().with("currency", code).to_string(),
        here: code == chosen,
    };
    known.iter().map(tab).collect()
}

/// The tabs of the page at `place`.
pub(super) fn tabs(place: &str, organization: OrganizationId) -> Vec<Tab> {
    let tab = |(path, title): (&str, &str)| Tab {
        title: title.to_owned(),
        href: Address::of(path, organization).to_string(),
        here: path == place,
        count: None,
    };
    PAGES.into_iter().map(tab).collect()
}
