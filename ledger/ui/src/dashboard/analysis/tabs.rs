//! The pages of the analysis, as tabs.

use shared::id::OrganizationId;

use kit::page::{address::Address, tab::Tab};

pub(super) const FORECAST: &str = "/dashboard/analysis";
const PAGES: [(&str, &str); 1] = [(FORECAST, "Forecast")];

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
