//! The commission list's filters, read from the query string.

use shared::id::OrganizationId;
use uuid::Uuid;

use super::{PLACE, store::Filter};
use crate::dashboard::{
    facets::{self, Choices, Found, Slice, currency_facet},
    list_filters::{self, Whom},
};
use kit::{
    api::{pagination::Pagination, query::Query},
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        list::Sort,
    },
};

pub const STATUSES: [&str; 5] = ["Pending", "Approved", "Paid", "Refunded", "Denied"];
/// Value and title of each tab.
pub const TABS: [(&str, &str); 6] = [
    ("", "All"),
    ("Pending", "On hold"),
    ("Approved", "Payable"),
    ("Paid", "Paid"),
    ("Refunded", "Refunded"),
    ("Denied", "Denied"),
];
/// Value and title of each kind.
pub const KINDS: [(&str, &str); 6] = [
    ("", "All types"),
    ("Conversion", "Conversion"),
    ("Click", "Clicks"),
    ("Bonus", "Bonus"),
    ("Adjustment", "Adjustment"),
    ("Override", "Override"),
];
const FIELDS: [&str; 4] = ["status", "kind", "sort", "cursor"];

#[derive(Debug, Clone)]
pub struct ListFilters {
    pub organization: OrganizationId,
    pub status: Option<&'static str>,
    pub slice: Slice,
    pub currency: Option<String>,
    pub kind: Option<&'static str>,
    pub sort: Sort,
    /// How many rows precede the page, if its URL says so.
    pub seen: Option<u64>,
    pub pagination: Pagination<Uuid>,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(mut query: Query, organization: OrganizationId, rows: &str) -> Result<Self, Error> {
        list_filters::without_blanks(&mut query, &FIELDS);
        list_filters::without_blanks(&mut query, &facets::FIELDS);
        query.text("organization");
        let sort = list_filters::order(&mut query)?;
        let filters = Self {
            organization,
            status: query.one_of("status", &STATUSES)?,
            slice: Slice::read(&mut query)?,
            currency: query.currency("currency")?,
            kind: query.one_of("kind", &KINDS.map(|(kind, _)| kind))?,
            seen: list_filters::seen(&mut query),
            pagination: Pagination::either_way(Some(rows), query.text("cursor").as_deref(), Some(!sort.descending))?,
            sort,
        };
        query.finish()?;
        Ok(filters)
    }

    pub fn filter(&self, found: Found) -> Filter {
        Filter {
            status: self.status,
            found,
            currency: self.currency.clone(),
            kind: self.kind,
            after: self.pagination.after,
            oldest: !self.sort.descending,
            limit: self.pagination.limit(),
        }
    }

    /// Whether the book has sums for these filters: it has them by affiliate, and by nothing else.
    pub fn have_sums(&self) -> bool {
        let others = Slice { whom: Whom::default(), ..self.slice.clone() };
        !others.is_on() && self.currency.is_none() && self.kind.is_none() && !self.slice.is_nobody()
    }

    /// The list's URL, at its first page.
    pub fn address(&self) -> Address {
        let address = self.slice.on(Address::of(PLACE, self.organization).maybe("status", self.status));
        let address = address.maybe("currency", self.currency.as_deref()).maybe("kind", self.kind);
        list_filters::ordered(address, self.sort)
    }

    pub fn bar(&self, choices: &Choices) -> FilterBar {
        let kinds = KINDS.iter().map(|(kind, text)| ((*kind).to_owned(), (*text).to_owned())).collect();
        let bar = FilterBar::new(self.address()).with(Facet::choice("kind", "Type", kinds, self.kind));
        self.slice.with_facets(bar, choices).with(currency_facet(self.currency.as_deref()))
    }
}
