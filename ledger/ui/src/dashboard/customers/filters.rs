//! The customer list's filters, read from the query string. The overview's match customers with a conversion that they
//! match.

use shared::id::OrganizationId;
use uuid::Uuid;

use super::{
    PLACE,
    store::{self, Matching},
};
use crate::dashboard::{
    facets::{self, Choices, Found, Slice, currency_facet},
    list_filters,
};
use engine::customer::{
    store::{self as customer_store, Filter},
    view::Customer,
};
use kit::{
    api::{pagination::Pagination, query::Query},
    db::TenantTx,
    error::Error,
    page::{
        address::Address,
        filter::FilterBar,
        list::{COUNTED_MAX, Sort, Total},
    },
};
use rules::customer::mailbox::email_key;

/// Under the overview's filters, customers are counted no further.
const MATCHING_MAX: i64 = 1_000;

/// The filters.
#[derive(Debug, Clone)]
pub struct ListFilters {
    organization: OrganizationId,
    /// Any of the customer's ids, or their email; the whole of it.
    search: Option<String>,
    pub slice: Slice,
    currency: Option<String>,
    pub sort: Sort,
    /// How many rows precede the page, if its URL says so.
    pub seen: Option<u64>,
    pub pagination: Pagination<Uuid>,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(mut query: Query, organization: OrganizationId, rows: &str) -> Result<Self, Error> {
        list_filters::without_blanks(&mut query, &["q", "sort", "cursor"]);
        list_filters::without_blanks(&mut query, &facets::FIELDS);
        query.text("organization");
        let search = list_filters::text(&mut query, "q");
        let seen = list_filters::seen(&mut query);
        let sort = list_filters::order(&mut query)?;
        let (slice, currency) = (Slice::read(&mut query)?, query.currency("currency")?);
        let cursor = query.text("cursor");
        let pagination = Pagination::either_way(Some(rows), cursor.as_deref(), Some(!sort.descending))?;
        query.finish()?;
        Ok(Self { organization, search, slice, currency, sort, seen, pagination })
    }

    /// What is searched for.
    pub fn searched(&self) -> &str {
        self.search.as_deref().unwrap_or_default()
    }

    /// Whether only those with a certain conversion match.
    fn is_by_conversion(&self) -> bool {
        self.slice.is_on() || self.currency.is_some()
    }

    fn matching<'a>(&'a self, found: &'a Found) -> Matching<'a> {
        Matching {
            found,
            currency: self.currency.as_deref(),
            search: self.search.as_deref(),
            after: None,
            oldest: !self.sort.descending,
            limit: MATCHING_MAX + 1,
        }
    }

    /// The customers after a place in the list.
    pub async fn list(
        &self,
        tx: &mut TenantTx,
        found: &Found,
        after: Option<Uuid>,
    ) -> Result<Vec<Customer>, sqlx::Error> {
        let (oldest, limit) = (!self.sort.descending, self.pagination.limit());
        let filter = Filter { after, oldest, limit, ..Filter::default() };
        if self.is_by_conversion() {
            let ids = store::matching(tx, &Matching { after, limit, ..self.matching(found) }).await?;
            return customer_store::list(tx, &Filter { ids: Some(ids), ..filter }).await;
        }
        let is_address = self.search.as_ref().is_some_and(|text| text.contains('@'));
        let filter = Filter {
            customer_id: self.search.clone().filter(|_| !is_address),
            email_key: self.search.as_deref().filter(|_| is_address).map(email_key),
            ..filter
        };
        customer_store::list(tx, &filter).await
    }

    /// Counts the customers of all pages. What a search alone finds is little, and isn't counted.
    pub async fn count(&self, tx: &mut TenantTx, found: &Found) -> Result<Option<Total>, sqlx::Error> {
        if self.is_by_conversion() {
            let rows = store::matching(tx, &self.matching(found)).await?.len();
            return Ok(i64::try_from(rows).ok().map(|rows| Total { rows, most: MATCHING_MAX }));
        }
        match self.search {
            Some(_) => Ok(None),
            None => Ok(Some(Total { rows: store::count(tx).await?, most: COUNTED_MAX })),
        }
    }

    /// The list's URL, at its first page.
    pub fn address(&self) -> Address {
        let address = self.slice.on(Address::of(PLACE, self.organization));
        let address = address.maybe("currency", self.currency.as_deref()).maybe("q", self.search.as_ref());
        list_filters::ordered(address, self.sort)
    }

    pub fn bar(&self, choices: &Choices) -> FilterBar {
        let bar = FilterBar::new(self.address()).searching("Customer ID or email", self.search.as_deref());
        self.slice.with_facets(bar, choices).with(currency_facet(self.currency.as_deref()))
    }
}
