//! The commission list's filters, read from the query string.

use shared::id::{OrganizationId, ProgramId};
use uuid::Uuid;

use super::{PLACE, store::Filter};
use crate::dashboard::list_filters::{self, Whom};
use kit::{
    api::{pagination::Pagination, query::Query},
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        list::Sort,
    },
};
use programs::dashboard::pick_store::Program;

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
pub const KINDS: [(&str, &str); 5] = [
    ("", "All types"),
    ("Conversion", "Conversion"),
    ("Click", "Clicks"),
    ("Bonus", "Bonus"),
    ("Adjustment", "Adjustment"),
];
const FIELDS: [&str; 6] = ["status", "affiliate", "program", "kind", "sort", "cursor"];

#[derive(Debug, Clone)]
pub struct ListFilters {
    pub organization: OrganizationId,
    pub status: Option<&'static str>,
    pub whom: Whom,
    pub program: Option<ProgramId>,
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
        query.text("organization");
        let sort = list_filters::order(&mut query)?;
        let filters = Self {
            organization,
            status: query.one_of("status", &STATUSES)?,
            whom: Whom::read(&mut query),
            program: list_filters::program(&mut query)?,
            kind: query.one_of("kind", &KINDS.map(|(kind, _)| kind))?,
            seen: list_filters::seen(&mut query),
            pagination: Pagination::either_way(Some(rows), query.text("cursor").as_deref(), Some(!sort.descending))?,
            sort,
        };
        query.finish()?;
        Ok(filters)
    }

    pub fn filter(&self) -> Filter {
        Filter {
            status: self.status,
            affiliate: self.whom.id(),
            program: self.program,
            kind: self.kind,
            after: self.pagination.after,
            oldest: !self.sort.descending,
            limit: self.pagination.limit(),
        }
    }

    /// The list's URL, at its first page.
    pub fn address(&self) -> Address {
        let address = Address::of(PLACE, self.organization)
            .maybe("status", self.status)
            .maybe("affiliate", self.whom.typed.as_ref())
            .maybe("program", self.program)
            .maybe("kind", self.kind);
        list_filters::ordered(address, self.sort)
    }

    pub fn bar(&self, programs: &[Program]) -> FilterBar {
        let kinds = KINDS.iter().map(|(kind, text)| ((*kind).to_owned(), (*text).to_owned())).collect();
        FilterBar::new(self.address())
            .with(Facet::choice("program", "Program", list_filters::options(programs, "All programs"), self.program))
            .with(self.whom.facet())
            .with(Facet::choice("kind", "Type", kinds, self.kind))
    }
}
