//! The affiliate list's filters, read from the query string.

use shared::id::{OrganizationId, ProgramId};

use super::{PLACE, store::Filter};
use crate::dashboard::{
    facets::{By, Choices, country_facet, country_of, segment_facet},
    list_filters,
};
use kit::{
    api::query::Query,
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        list::{Column, PageOf, Sort},
    },
};
use programs::affiliate::status_change::STATUSES;

/// Value and title of each tab.
pub const TABS: [(&str, &str); 7] = [
    ("", "All"),
    ("Invited", "Invited"),
    ("Pending", "Pending"),
    ("Approved", "Approved"),
    ("Rejected", "Rejected"),
    ("Banned", "Banned"),
    ("Archived", "Archived"),
];
pub const COLUMNS: [Column; 9] = [
    Column::text("Name", "name"),
    Column::plain("Status"),
    Column::plain("Segment"),
    Column::number("Clicks", "clicks"),
    Column::number("Sales", "sales"),
    Column::number("Revenue", "revenue"),
    Column::number("Earned", "earnings"),
    Column::plain_number("EPC"),
    Column::text("Joined", "joined"),
];
/// Those that can be hidden: key, title, and that they are shown until someone chooses.
pub const OPTIONAL: [(&str, &str, bool); 4] =
    [("status", "Status", true), ("segment", "Segment", true), ("epc", "EPC", false), ("joined", "Joined", true)];
/// Periods of the figures: days and label.
pub const SPANS: [(&str, &str); 2] = [("30", "Last 30 days"), ("90", "Last 90 days")];
const FIELDS: [&str; 9] = ["status", "q", "segment", "program", "country", CONFIRMED, "days", "sort", "page"];
/// The parameter for whether they confirmed their address, which the applications' tabs set.
pub const CONFIRMED: &str = "confirmed";
const NEWEST: Sort = Sort { key: "joined", descending: true };
const ROWS: u32 = 50;

#[derive(Debug, Clone)]
pub struct ListFilters {
    pub organization: OrganizationId,
    pub status: Option<&'static str>,
    /// Part of a name, email or short name.
    pub search: Option<String>,
    pub segment: Option<String>,
    pub program: Option<ProgramId>,
    /// Of their payout account; empty for those whose country isn't known.
    pub country: Option<String>,
    /// Whether they confirmed their address.
    pub confirmed: Option<bool>,
    /// Number of days that the figures cover.
    pub days: i32,
    pub sort: Sort,
    pub page: PageOf,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(mut query: Query, organization: OrganizationId) -> Result<Self, Error> {
        list_filters::without_blanks(&mut query, &FIELDS);
        for name in ["organization", "done"] {
            query.text(name);
        }
        let status = query.one_of("status", &STATUSES)?;
        let filters = Self {
            organization,
            status,
            search: list_filters::text(&mut query, "q").map(|text| text.to_lowercase()),
            segment: list_filters::text(&mut query, "segment"),
            program: list_filters::program(&mut query)?,
            country: list_filters::text(&mut query, "country").map(|typed| country_of(&typed)).transpose()?,
            confirmed: query.one_of(CONFIRMED, &["yes", "no"])?.map(|text| text == "yes"),
            days: if query.one_of("days", &["30", "90"])? == Some("90") { 90 } else { 30 },
            sort: Sort::read(&mut query, &COLUMNS, NEWEST)?,
            page: PageOf::read(&mut query, ROWS)?,
        };
        query.finish()?;
        Ok(filters)
    }

    pub fn filter(&self) -> Filter {
        Filter {
            status: self.status,
            search: self.search.clone(),
            segment: self.segment.clone(),
            program: self.program,
            country: self.country.clone(),
            confirmed: self.confirmed,
        }
    }

    /// The list's URL, at its first page.
    pub fn address(&self) -> Address {
        let sorted = format!("{}{}", if self.sort.descending { "-" } else { "" }, self.sort.key);
        Address::of(PLACE, self.organization)
            .maybe("status", self.status)
            .maybe("q", self.search.as_ref())
            .maybe("segment", self.segment.as_ref())
            .maybe("program", self.program)
            .maybe("country", self.country.as_deref().map(|code| By::Country.parameter(code)))
            .maybe(CONFIRMED, self.confirmed.map(yes_or_no))
            .with("days", if self.days == 90 { "90" } else { "" })
            .with("sort", if self.sort == NEWEST { "" } else { &sorted })
    }

    pub fn bar(&self, choices: &Choices) -> FilterBar {
        let programs = list_filters::options(&choices.programs, "All programs");
        let bar = FilterBar::new(self.address())
            .searching("Name, email or link name", self.search.as_deref())
            .with(Facet::choice("program", "Program", programs, self.program))
            .with(segment_facet(&choices.segments, self.segment.as_ref()))
            .with(country_facet(self.country.as_ref()));
        // Only applications offer this filter, but where it's on, it shows.
        let Some(confirmed) = self.confirmed else { return bar };
        let options = [("", "Any"), ("yes", "Confirmed"), ("no", "Not confirmed")];
        let options = options.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
        bar.with(Facet::choice(CONFIRMED, "Email address", options, Some(yes_or_no(confirmed))))
    }
}

const fn yes_or_no(confirmed: bool) -> &'static str {
    if confirmed { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_whose_address_is_confirmed() {
        for (sent, confirmed, kept) in [
            ("status=Pending&confirmed=yes", Some(true), "?status=Pending&confirmed=yes"),
            ("status=Pending&confirmed=no", Some(false), "?status=Pending&confirmed=no"),
            ("status=Pending&confirmed=", None, "?status=Pending"),
        ] {
            let filters = ListFilters::read(Query::parse(sent).unwrap(), OrganizationId::v7(1, &[1; 10])).unwrap();
            assert_eq!((filters.confirmed, filters.filter().confirmed), (confirmed, confirmed), "{sent}");
            assert_eq!(filters.address().without("organization").at("").to_string(), kept);
        }
        let refused = ListFilters::read(Query::parse("confirmed=x").unwrap(), OrganizationId::v7(1, &[1; 10]));
        assert_eq!(refused.unwrap_err().body().field.as_deref(), Some(CONFIRMED));
    }
}
