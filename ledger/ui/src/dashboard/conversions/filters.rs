//! The conversion list's filters, read from the query string.

use shared::{
    id::{CouponId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    PLACE,
    store::{self, Filter},
};
use crate::dashboard::{
    facets::{self, Choices, Found, Slice, currency_facet},
    list_filters,
};
use kit::{
    api::{pagination::Pagination, query::Query},
    db::TenantTx,
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        list::Sort,
        span::Span,
        status,
        zone::Zone,
    },
};

/// Statuses of conversions; `Unattributed` ones are credited to no one.
pub const STATUSES: [&str; 6] = ["Pending", "Approved", "Paid", "Refunded", "Denied", "Unattributed"];
/// The chips: value and title.
pub const SHOWN: [(&str, &str); 3] = [("", "All"), ("sales", "Sales"), ("leads", "Leads")];
const FIELDS: [&str; 8] = ["show", "status", "coupon", "q", "from", "to", "sort", "cursor"];

/// A filter by coupon: the id or code that was typed.
#[derive(Debug, Clone)]
pub struct ByCoupon {
    typed: String,
    /// The coupon with this id, or all that had this code.
    found: Vec<(CouponId, String)>,
}

impl ByCoupon {
    fn read(query: &mut Query) -> Option<Self> {
        list_filters::text(query, "coupon").map(|typed| Self { typed, found: Vec::new() })
    }

    /// The text of the filter's field: a code instead of an id.
    fn shown(&self) -> &str {
        let by_id = self.found.iter().find(|(id, _)| id.to_string() == self.typed);
        by_id.map_or(self.typed.as_str(), |(_, code)| code.as_str())
    }

    fn facet(filter: Option<&Self>) -> Facet {
        let (typed, shown) = filter.map(|filter| (filter.typed.as_str(), filter.shown())).unwrap_or_default();
        Facet::written("coupon", "Coupon", "Code", typed, shown)
    }
}

#[derive(Debug, Clone)]
pub struct ListFilters {
    pub organization: OrganizationId,
    pub show: &'static str,
    pub span: Span,
    pub slice: Slice,
    pub currency: Option<String>,
    pub coupon: Option<ByCoupon>,
    pub status: Option<&'static str>,
    /// A sale's or customer's id as the brand knows it, or a customer's email; the whole of it.
    pub search: Option<String>,
    /// A search without a date range: it covers all dates.
    pub everywhen: bool,
    pub sort: Sort,
    /// How many rows precede the page, if its URL says so.
    pub seen: Option<u64>,
    pub pagination: Pagination<(Timestamp, Uuid)>,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(
        mut query: Query,
        organization: OrganizationId,
        zone: &Zone,
        now: Timestamp,
        rows: &str,
    ) -> Result<Self, Error> {
        list_filters::without_blanks(&mut query, &FIELDS);
        list_filters::without_blanks(&mut query, &facets::FIELDS);
        query.text("organization");
        let search = list_filters::text(&mut query, "q");
        let everywhen = search.is_some() && ["span", "from", "to"].iter().all(|name| query.peek(name).is_none());
        let sort = list_filters::order(&mut query)?;
        let span = Span::read(&mut query, zone, now)?;
        let filters = Self {
            organization,
            everywhen,
            show: query.one_of("show", &["sales", "leads"])?.unwrap_or_default(),
            span: if everywhen { span.unchosen() } else { span },
            slice: Slice::read(&mut query)?,
            currency: query.currency("currency")?,
            coupon: ByCoupon::read(&mut query),
            status: query.one_of("status", &STATUSES)?,
            search,
            seen: list_filters::seen(&mut query),
            pagination: Pagination::either_way(Some(rows), query.text("cursor").as_deref(), Some(!sort.descending))?,
            sort,
        };
        query.finish()?;
        Ok(filters)
    }

    /// Looks up what was typed; `None` if nothing matches.
    pub async fn find(&mut self, tx: &mut TenantTx, now: Timestamp) -> Result<Option<Filter>, sqlx::Error> {
        if let Some(coupon) = &mut self.coupon {
            coupon.found = store::coupons(tx, &coupon.typed).await?;
        }
        let found = self.slice.found(tx, now).await?;
        Ok(found.map(|found| self.filter(found)))
    }

    fn filter(&self, found: Found) -> Filter {
        Filter {
            lead: match self.show {
                "leads" => Some(true),
                "sales" => Some(false),
                _ => None,
            },
            found,
            currency: self.currency.clone(),
            coupons: self.coupon.as_ref().map(|coupon| coupon.found.iter().map(|(id, _)| id.uuid()).collect()),
            status: self.status,
            search: self.search.clone(),
            from: if self.everywhen { Timestamp::EPOCH } else { self.span.from() },
            to: if self.everywhen { Timestamp::EPOCH.plus_millis(i64::MAX) } else { self.span.to() },
            after: self.pagination.after,
            oldest: !self.sort.descending,
            limit: self.pagination.limit(),
        }
    }

    /// The list's URL, at its first page.
    pub fn address(&self) -> Address {
        let address = self.slice.on(Address::of(PLACE, self.organization).with("show", self.show));
        let address = address
            .maybe("currency", self.currency.as_deref())
            .maybe("coupon", self.coupon.as_ref().map(|coupon| &coupon.typed))
            .maybe("status", self.status)
            .maybe("q", self.search.as_ref());
        let address = list_filters::ordered(address, self.sort);
        if self.search.is_some() { self.span.stated_on(address) } else { self.span.on(address) }
    }

    pub fn bar(&self, choices: &Choices) -> FilterBar {
        let bar = FilterBar::new(self.address())
            .searching("Sale, customer or email", self.search.as_deref())
            .with(Facet::choice("status", "Status", statuses(), self.status));
        let bar = self.slice.with_facets(bar, choices).with(currency_facet(self.currency.as_deref()));
        bar.with(ByCoupon::facet(self.coupon.as_ref()))
    }
}

fn statuses() -> Vec<(String, String)> {
    let named = STATUSES.into_iter().map(|status| (status.to_owned(), status::earned(status).to_owned()));
    std::iter::once((String::new(), "Any status".to_owned())).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_of_all_days_until_some_are_chosen() {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let organization = OrganizationId::v7(1, &[1; 10]);
        let requested = |query: &str| {
            ListFilters::read(Query::parse(query).unwrap(), organization, &Zone::utc(), now, list_filters::ROWS)
                .unwrap()
        };
        let filter = |filters: &ListFilters| filters.filter(Found::default());
        let all = requested("q=Order_7");
        assert_eq!((filter(&all).from, filter(&all).to > now), (Timestamp::EPOCH, true));
        assert!(!all.address().to_string().contains("span"), "{}", all.address());
        let month = requested("q=Order_7&span=30d");
        assert_eq!(filter(&month).from, month.span.from());
        assert!(month.address().to_string().contains("span=30d"), "{}", month.address());
        assert_eq!(filter(&requested("")).from.to_string(), "2026-10-22T00:00:00Z");
    }

    #[test]
    fn the_filter_shows_a_code_rather_than_an_id() {
        let id = CouponId::from_bytes([7; 16]);
        let shown = |typed: &str, found| ByCoupon { typed: typed.to_owned(), found }.shown().to_owned();
        let found = vec![(id, "MIA10".to_owned())];
        assert_eq!(
            (shown(&id.to_string(), found.clone()).as_str(), shown("mia10", found).as_str()),
            ("MIA10", "mia10")
        );
        assert_eq!(shown("cpn_x", Vec::new()), "cpn_x");
    }

    #[test]
    fn the_filters_are_named_as_those_of_the_overview() {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let organization = OrganizationId::v7(1, &[1; 10]);
        let text = "affiliate=mia&segment=VIP&link=go.acme.com%2Fmia&country=DE&device=mobile&source=youtube.com&currency=EUR&coupon=MIA10&status=Paid";
        let query = Query::parse(&format!("{text}&program=")).unwrap();
        let filters = ListFilters::read(query, organization, &Zone::utc(), now, list_filters::ROWS).unwrap();
        assert_eq!(filters.address().without("organization").to_string(), format!("/dashboard/conversions?{text}"));
        assert_eq!(filters.bar(&Choices { programs: Vec::new(), segments: Vec::new() }).chosen(), 9);
    }
}
