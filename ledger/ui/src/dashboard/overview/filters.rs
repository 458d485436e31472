//! What the overview shows: a period, a figure, and the filters that it shares with the lists, read from the query
//! string.

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::metric::Metric;
use crate::dashboard::{
    facets::{By, Choices, FIELDS, Slice, currency_facet},
    list_filters,
};
use kit::{
    api::query::Query,
    error::Error,
    page::{address::Address, filter::FilterBar, span::Span, zone::Zone},
};

/// The filters, read from the query string.
#[derive(Debug, Clone)]
pub(super) struct OverviewFilters {
    pub span: Span,
    pub slice: Slice,
    pub currency: Option<String>,
    /// By default revenue, or clicks if nothing was sold in either period.
    pub metric: Option<Metric>,
    pub by: By,
}

impl OverviewFilters {
    pub(super) fn read(query: &mut Query, zone: &Zone, now: Timestamp) -> Result<Self, Error> {
        list_filters::without_blanks(query, &FIELDS);
        let by = match query.text("by").filter(|text| !text.is_empty()) {
            None => By::Source,
            Some(text) => By::ALL
                .into_iter()
                .find(|by| by.key() == text)
                .ok_or_else(|| Error::field("by", "by must be source, country or device"))?,
        };
        Ok(Self {
            span: Span::read(query, zone, now)?.comparing(query)?,
            slice: Slice::read(query)?,
            currency: query.currency("currency")?,
            metric: Metric::read(query)?,
            by,
        })
    }

    /// Whether anything but the period limits the figures.
    pub(super) fn are_on(&self) -> bool {
        self.slice.is_on() || self.currency.is_some()
    }

    pub(super) fn on(&self, path: &str, organization: OrganizationId) -> Address {
        let address = self.slice.on(self.span.on(Address::of(path, organization)));
        let address = address.maybe("currency", self.currency.as_deref());
        let address = address.maybe("figure", self.metric.map(Metric::key));
        address.maybe("by", Some(self.by).filter(|by| *by != By::Source).map(By::key))
    }

    /// The list of conversions with the same filters.
    pub(super) fn conversions(&self, organization: OrganizationId) -> Address {
        let address = Address::of("/dashboard/conversions", organization);
        self.slice.on(self.span.on(address)).without("compare").maybe("currency", self.currency.as_deref())
    }

    pub(super) fn bar(&self, place: &str, organization: OrganizationId, choices: &Choices) -> FilterBar {
        let bar = FilterBar::new(self.on(place, organization));
        self.slice.with_facets(bar, choices).with(currency_facet(self.currency.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OverviewFilters, Error> {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        OverviewFilters::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now)
    }

    #[test]
    fn the_address_has_every_filter_again() {
        let organization = OrganizationId::v7(1, &[1; 10]);
        let text = "affiliate=mia&segment=VIP&link=go.acme.com%2Fmia&country=germany&device=mobile&source=https://www.youtube.com/x&currency=eur&by=device";
        let filters = read(text).unwrap();
        let address = filters.on("/d", organization).without("organization").to_string();
        let compared = read("compare=year&country=DE").unwrap();
        let here = compared.on("/d", organization).without("organization").to_string();
        assert_eq!(here, "/d?compare=year&country=DE");
        assert!(!compared.conversions(organization).to_string().contains("compare"), "a list compares nothing");
        assert_eq!(
            address,
            "/d?affiliate=mia&segment=VIP&link=go.acme.com%2Fmia&country=DE&device=mobile&source=youtube.com&currency=EUR&by=device"
        );
        assert!(filters.are_on() && !read("span=7d&country=&device=&link=+").unwrap().are_on());
        assert!(read("currency=EUR").unwrap().are_on());
        let expected = vec![
            (By::Country, vec!["DE".to_owned()]),
            (By::Device, vec!["mobile".to_owned()]),
            (By::Source, vec!["youtube.com".to_owned(), "www.youtube.com".to_owned()]),
        ];
        assert_eq!(filters.slice.values(), expected);
        assert_eq!(
            filters.conversions(organization).without("organization").to_string(),
            "/dashboard/conversions?affiliate=mia&segment=VIP&link=go.acme.com%2Fmia&country=DE&device=mobile&source=youtube.com&currency=EUR"
        );
    }

    #[test]
    fn what_is_unknown_has_a_word() {
        let filters = read("country=Unknown&device=unknown&source=direct").unwrap();
        let expected = [By::Country, By::Device, By::Source].map(|by| (by, vec![String::new()]));
        assert_eq!(filters.slice.values(), expected);
        let address = filters.on("/d", OrganizationId::v7(1, &[1; 10])).without("organization").to_string();
        assert_eq!(address, "/d?country=unknown&device=unknown&source=direct");
        assert_eq!((By::Source.shown(""), By::Country.shown("DE")), ("Direct".to_owned(), "Germany".to_owned()));
    }

    #[test]
    fn what_is_no_filter_is_named() {
        for (query, field) in
            [("country=Atlantis", "country"), ("device=watch", "device"), ("by=city", "by"), ("compare=all", "compare")]
        {
            assert_eq!(read(query).unwrap_err().body().field.as_deref(), Some(field), "{query}");
        }
    }
}
