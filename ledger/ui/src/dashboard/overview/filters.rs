//! What the overview shows: a period, a figure, and the filters that it shares with the lists, read from the query
//! string.

use payout_core::tax::country;
use shared::{
    id::{AffiliateId, LinkId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{metric::Metric, slice_store};
use crate::dashboard::list_filters::{self, Whom};
use kit::{
    api::query::Query,
    db::TenantTx,
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        span::Span,
        zone::Zone,
    },
};
use programs::dashboard::pick_store::Program;

/// In the URL, for a country or device that isn't known.
const UNKNOWN: &str = "unknown";
/// In the URL, for clicks that no website referred.
const DIRECT: &str = "direct";
const DEVICES: [(&str, &str); 5] =
    [("desktop", "Desktop"), ("mobile", "Mobile"), ("tablet", "Tablet"), ("other", "Other"), (UNKNOWN, "Unknown")];
const FIELDS: [&str; 8] = ["program", "affiliate", "segment", "link", "country", "device", "source", "currency"];

/// Those of them that the list of conversions has, too, under the same names.
const LISTED: &[&str] = &["program", "affiliate"];

/// What clicks are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Source,
    Country,
    Device,
}

impl By {
    pub(super) const ALL: [Self; 3] = [Self::Source, Self::Country, Self::Device];

    /// As in the URL, and as the facet's name in roll-ups.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Country => "country",
            Self::Device => "device",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Source => "Sources",
            Self::Country => "Countries",
            Self::Device => "Devices",
        }
    }

    /// A stored value as people read it.
    pub(super) fn shown(self, value: &str) -> String {
        match self {
            Self::Source if value.is_empty() => "Direct".to_owned(),
            Self::Source => value.strip_prefix("www.").unwrap_or(value).to_owned(),
            Self::Country if value.is_empty() => "Unknown".to_owned(),
            Self::Country => country::name(value).unwrap_or(value).to_owned(),
            Self::Device => device(if value.is_empty() { UNKNOWN } else { value }).to_owned(),
        }
    }

    /// A stored value as in the URL.
    pub(super) fn parameter(self, value: &str) -> String {
        match self {
            Self::Source if value.is_empty() => DIRECT.to_owned(),
            Self::Source => value.strip_prefix("www.").unwrap_or(value).to_owned(),
            Self::Country | Self::Device if value.is_empty() => UNKNOWN.to_owned(),
            Self::Country | Self::Device => value.to_owned(),
        }
    }
}

fn device(key: &str) -> &'static str {
    DEVICES.into_iter().find(|(known, _)| *known == key).map_or("Other", |(_, title)| title)
}

/// A filter by link, as typed.
#[derive(Debug, Clone)]
pub(super) struct Linked {
    pub typed: String,
    /// The link and its affiliate; `None` if there is no such link.
    pub found: Option<(LinkId, AffiliateId)>,
}

impl Linked {
    /// The host, if there is one, and the name: of `https://go.acme.com/mia?x=1`, `go.acme.com/mia` or `mia`.
    fn parts(&self) -> (Option<String>, &str) {
        let typed = self.typed.trim_start_matches("https://").trim_start_matches("http://");
        let typed = typed.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        match typed.rsplit_once('/') {
            Some((host, name)) => (Some(host.to_lowercase()), name),
            None => (None, typed),
        }
    }
}

/// Which clicks and conversions are shown. Values are as in roll-ups: an unknown one is empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Slice {
    pub program: Option<ProgramId>,
    pub whom: Whom,
    pub segment: Option<String>,
    pub link: Option<Linked>,
    pub country: Option<String>,
    pub device: Option<String>,
    pub source: Option<String>,
}

impl Slice {
    fn read(query: &mut Query) -> Result<Self, Error> {
        let devices = DEVICES.map(|(key, _)| key);
        Ok(Self {
            program: list_filters::program(query)?,
            whom: Whom::read(query),
            segment: list_filters::text(query, "segment"),
            link: list_filters::text(query, "link").map(|typed| Linked { typed, found: None }),
            country: list_filters::text(query, "country").map(|typed| country_of(&typed)).transpose()?,
            device: query.one_of("device", &devices)?.map(|key| key.replace(UNKNOWN, "")),
            source: list_filters::text(query, "source").map(|typed| source_of(&typed)),
        })
    }

    /// Looks up what was typed.
    pub(super) async fn find(&mut self, tx: &mut TenantTx) -> Result<(), sqlx::Error> {
        self.whom.find(tx).await?;
        if let Some(link) = &mut self.link {
            let (host, name) = link.parts();
            link.found = slice_store::link(tx, host.as_deref(), name).await?;
        }
        Ok(())
    }

    pub(super) fn is_on(&self) -> bool {
        self.program.is_some()
            || self.whom.typed.is_some()
            || self.segment.is_some()
            || self.link.is_some()
            || !self.values().is_empty()
    }

    /// The filter names an unknown affiliate or link, so nothing matches.
    pub(super) fn is_nobody(&self) -> bool {
        self.whom.is_nobody() || self.link.as_ref().is_some_and(|link| link.found.is_none())
    }

    /// The filters by where clicks came from, with the stored values that match. A website counts with and without
    /// `www.`.
    pub(super) fn values(&self) -> Vec<(By, Vec<String>)> {
        let mut values = Vec::new();
        values.extend(self.country.clone().map(|country| (By::Country, vec![country])));
        values.extend(self.device.clone().map(|device| (By::Device, vec![device])));
        values.extend(self.source.as_ref().map(|host| {
            let with_www = (!host.is_empty()).then(|| format!("www.{host}"));
            (By::Source, std::iter::once(host.clone()).chain(with_www).collect())
        }));
        values
    }

    fn on(&self, address: Address) -> Address {
        address
            .maybe("program", self.program)
            .maybe("affiliate", self.whom.typed.as_ref())
            .maybe("segment", self.segment.as_ref())
            .maybe("link", self.link.as_ref().map(|link| &link.typed))
            .maybe("country", self.country.as_deref().map(|value| By::Country.parameter(value)))
            .maybe("device", self.device.as_deref().map(|value| By::Device.parameter(value)))
            .maybe("source", self.source.as_deref().map(|value| By::Source.parameter(value)))
    }
}

fn country_of(typed: &str) -> Result<String, Error> {
    if typed.eq_ignore_ascii_case(UNKNOWN) {
        return Ok(String::new());
    }
    let is_code = typed.len() == 2 && typed.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let named = country::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(typed)).map(|(code, _)| *code);
    let found = named.map(str::to_owned).or_else(|| is_code.then(|| typed.to_ascii_uppercase()));
    found.ok_or_else(|| Error::field("country", "country must be a country\u{2019}s name or two-letter code"))
}

/// The host of a website, without `www.`.
fn source_of(typed: &str) -> String {
    let typed = typed.to_lowercase();
    let host = typed.trim_start_matches("https://").trim_start_matches("http://").split('/').next().unwrap_or_default();
    if host == DIRECT { String::new() } else { host.strip_prefix("www.").unwrap_or(host).to_owned() }
}

/// The filters, read from the query string.
#[derive(Debug)]
pub(super) struct OverviewFilters {
    pub span: Span,
    pub slice: Slice,
    pub currency: Option<String>,
    /// By default revenue, or clicks if nothing was sold.
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
            span: Span::read(query, zone, now)?,
            slice: Slice::read(query)?,
            currency: query.currency("currency")?,
            metric: Metric::read(query)?,
            by,
        })
    }

    pub(super) fn on(&self, path: &str, organization: OrganizationId) -> Address {
        let address = self.slice.on(self.span.on(Address::of(path, organization)));
        let address = address.maybe("currency", self.currency.as_deref());
        let address = address.maybe("figure", self.metric.map(Metric::key));
        address.maybe("by", Some(self.by).filter(|by| *by != By::Source).map(By::key))
    }

    /// The list of conversions with those of the filters that it has, too.
    pub(super) fn conversions(&self, organization: OrganizationId) -> Listed {
        let address = self.slice.on(self.span.on(Address::of("/dashboard/conversions", organization)));
        let address = address.maybe("currency", self.currency.as_deref());
        let is_lost = |name: &&str| !LISTED.contains(name) && address.pairs().any(|(given, _)| given == *name);
        let lost: Vec<&str> = FIELDS.into_iter().filter(is_lost).collect();
        Listed { address: lost.iter().fold(address, |address, name| address.without(name)), lost: lost.join(" or ") }
    }

    pub(super) fn bar(&self, place: &str, organization: OrganizationId, choices: &Choices) -> FilterBar {
        let slice = &self.slice;
        let devices = DEVICES.map(|(key, title)| (key.to_owned(), title.to_owned()));
        let devices = std::iter::once((String::new(), "Any device".to_owned())).chain(devices).collect();
        let segments = choices.segments.iter().map(|name| (name.clone(), name.clone()));
        let segments = std::iter::once((String::new(), "Any segment".to_owned())).chain(segments).collect();
        let programs = list_filters::options(&choices.programs, "All programs");
        let written = |by: By, value: Option<&String>| {
            value.map(|value| (by.parameter(value), by.shown(value))).unwrap_or_default()
        };
        let country = written(By::Country, slice.country.as_ref());
        let source = written(By::Source, slice.source.as_ref());
        let link = slice.link.as_ref().map(|link| link.typed.as_str()).unwrap_or_default();
        let device = slice.device.as_deref().map(|value| By::Device.parameter(value));
        FilterBar::new(self.on(place, organization))
            .with(Facet::choice("program", "Program", programs, slice.program))
            .with(slice.whom.facet())
            .with(Facet::choice("segment", "Segment", segments, slice.segment.as_ref()))
            .with(Facet::written("link", "Link", "Link name or URL", link, link))
            .with(Facet::written("country", "Country", "Name or two-letter code", &country.0, &country.1))
            .with(Facet::choice("device", "Device", devices, device))
            .with(Facet::written("source", "Source", "Website, or direct", &source.0, &source.1))
            .with(Facet::written(
                "currency",
                "Currency",
                "USD",
                self.currency.as_deref().unwrap_or_default(),
                self.currency.as_deref().unwrap_or_default(),
            ))
    }
}

/// The list of conversions under the overview's filters.
#[derive(Debug)]
pub(super) struct Listed {
    pub address: Address,
    /// The filters that the list doesn't have, so that it shows more: `country or device`; empty if it has them all.
    pub lost: String,
}

/// What the filters offer.
#[derive(Debug)]
pub(super) struct Choices {
    pub programs: Vec<Program>,
    pub segments: Vec<String>,
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
        assert_eq!(
            address,
            "/d?affiliate=mia&segment=VIP&link=go.acme.com%2Fmia&country=DE&device=mobile&source=youtube.com&currency=EUR&by=device"
        );
        assert!(filters.slice.is_on() && !read("span=7d&country=&device=&link=+").unwrap().slice.is_on());
        let expected = vec![
            (By::Country, vec!["DE".to_owned()]),
            (By::Device, vec!["mobile".to_owned()]),
            (By::Source, vec!["youtube.com".to_owned(), "www.youtube.com".to_owned()]),
        ];
        assert_eq!(filters.slice.values(), expected);
        let Listed { address, lost } = filters.conversions(organization);
        assert_eq!(address.without("organization").to_string(), "/dashboard/conversions?affiliate=mia");
        assert_eq!(lost, "segment or link or country or device or source or currency");
        assert!(read("affiliate=mia").unwrap().conversions(organization).lost.is_empty());
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
        for (query, field) in [("country=Atlantis", "country"), ("device=watch", "device"), ("by=city", "by")] {
            assert_eq!(read(query).unwrap_err().body().field.as_deref(), Some(field), "{query}");
        }
    }

    #[test]
    fn a_link_is_found_by_its_name_or_its_url() {
        let parts = |typed: &str| {
            let link = Linked { typed: typed.to_owned(), found: None };
            let (host, name) = link.parts();
            (host, name.to_owned())
        };
        let whole = (Some("go.acme.com".to_owned()), "Mia".to_owned());
        assert_eq!(parts("https://Go.acme.com/Mia?x=1"), whole);
        assert_eq!((parts("go.acme.com/Mia/"), parts("Mia")), (whole, (None, "Mia".to_owned())));
    }
}
