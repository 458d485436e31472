//! The filters that the overview and the lists share, by program, affiliate, segment, link, country, device and source:
//! their names in the URL, what was typed, and the fields of the bar. The currency is a filter beside them.

use payout_core::tax::country;
use shared::{
    id::{AffiliateId, LinkId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    affiliates, facets_store,
    list_filters::{self, Whom},
};
use kit::{
    api::query::Query,
    db::TenantTx,
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        list::COUNTED_MAX,
    },
};
use programs::dashboard::pick_store::{self, Program};

/// In the URL, for a country or device that isn't known.
const UNKNOWN: &str = "unknown";
/// In the URL, for clicks that no website referred.
const DIRECT: &str = "direct";
const COUNTRY_HINT: &str = "Name or two-letter code";
/// What only single clicks can tell is counted no further.
const BY_CLICK_COUNTED_MAX: i64 = 1_000;
const DEVICES: [(&str, &str); 5] =
    [("desktop", "Desktop"), ("mobile", "Mobile"), ("tablet", "Tablet"), ("other", "Other"), (UNKNOWN, "Unknown")];
/// Their names in the URL, and the currency's.
pub const FIELDS: [&str; 8] = ["program", "affiliate", "segment", "link", "country", "device", "source", "currency"];

/// What clicks are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Source,
    Country,
    Device,
}

impl By {
    pub const ALL: [Self; 3] = [Self::Source, Self::Country, Self::Device];

    /// As in the URL, and as the facet's name in roll-ups.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Country => "country",
            Self::Device => "device",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Source => "Sources",
            Self::Country => "Countries",
            Self::Device => "Devices",
        }
    }

    /// A stored value as people read it.
    pub fn shown(self, value: &str) -> String {
        match self {
            Self::Source if value.is_empty() => "Direct".to_owned(),
            Self::Source => value.strip_prefix("www.").unwrap_or(value).to_owned(),
            Self::Country if value.is_empty() => "Unknown".to_owned(),
            Self::Country => country::name(value).unwrap_or(value).to_owned(),
            Self::Device => device(if value.is_empty() { UNKNOWN } else { value }).to_owned(),
        }
    }

    /// A stored value as in the URL.
    pub fn parameter(self, value: &str) -> String {
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
pub struct Linked {
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
pub struct Slice {
    pub program: Option<ProgramId>,
    pub whom: Whom,
    pub segment: Option<String>,
    pub link: Option<Linked>,
    pub country: Option<String>,
    pub device: Option<String>,
    pub source: Option<String>,
}

impl Slice {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(query: &mut Query) -> Result<Self, Error> {
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
    pub async fn find(&mut self, tx: &mut TenantTx) -> Result<(), sqlx::Error> {
        self.whom.find(tx).await?;
        if let Some(link) = &mut self.link {
            let (host, name) = link.parts();
            link.found = facets_store::link(tx, host.as_deref(), name).await?;
        }
        Ok(())
    }

    pub fn is_on(&self) -> bool {
        self.program.is_some()
            || self.whom.typed.is_some()
            || self.segment.is_some()
            || self.link.is_some()
            || !self.values().is_empty()
    }

    /// The filter names an unknown affiliate or link, so nothing matches.
    pub fn is_nobody(&self) -> bool {
        self.whom.is_nobody() || self.link.as_ref().is_some_and(|link| link.found.is_none())
    }

    /// The filters by where clicks came from, with the stored values that match. A website counts with and without
    /// `www.`.
    pub fn values(&self) -> Vec<(By, Vec<String>)> {
        let mut values = Vec::new();
        values.extend(self.country.clone().map(|country| (By::Country, vec![country])));
        values.extend(self.device.clone().map(|device| (By::Device, vec![device])));
        values.extend(self.source.as_ref().map(|host| {
            let with_www = (!host.is_empty()).then(|| format!("www.{host}"));
            (By::Source, std::iter::once(host.clone()).chain(with_www).collect())
        }));
        values
    }

    /// The one affiliate whom the filters name, or whose link they name.
    pub fn one(&self) -> Option<AffiliateId> {
        self.whom.id().or(self.linked().map(|(_, affiliate)| affiliate))
    }

    pub fn linked(&self) -> Option<(LinkId, AffiliateId)> {
        self.link.as_ref().and_then(|link| link.found)
    }

    /// The affiliates that match; `None` for all.
    pub async fn affiliates(&self, tx: &mut TenantTx, now: Timestamp) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
        let one = self.one().map(|id| vec![id.uuid()]);
        let members = match &self.segment {
            Some(segment) => Some(facets_store::members(tx, segment, now).await?),
            None => None,
        };
        Ok(match (one, members) {
            (Some(one), Some(members)) => Some(one.into_iter().filter(|id| members.contains(id)).collect()),
            (one, members) => one.or(members),
        })
    }

    /// Looks up what was typed, for the rows of a list; `None` if nothing matches.
    pub async fn found(&mut self, tx: &mut TenantTx, now: Timestamp) -> Result<Option<Found>, sqlx::Error> {
        self.find(tx).await?;
        if self.is_nobody() {
            return Ok(None);
        }
        let affiliates = self.affiliates(tx, now).await?;
        if affiliates.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let mut values = self.values();
        let mut of = |by: By| {
            let at = values.iter().position(|(known, _)| *known == by);
            at.map(|at| values.swap_remove(at).1)
        };
        Ok(Some(Found {
            program: self.program.map(|id| id.uuid()),
            affiliates,
            link: self.linked().map(|(link, _)| link.uuid()),
            countries: of(By::Country),
            devices: of(By::Device),
            sources: of(By::Source),
        }))
    }

    /// Adds the fields to a bar.
    pub fn with_facets(&self, bar: FilterBar, choices: &Choices) -> FilterBar {
        let devices = DEVICES.map(|(key, title)| (key.to_owned(), title.to_owned()));
        let devices = std::iter::once((String::new(), "Any device".to_owned())).chain(devices).collect();
        let programs = list_filters::options(&choices.programs, "All programs");
        let source = self.source.as_ref().map(|value| (By::Source.parameter(value), By::Source.shown(value)));
        let source = source.unwrap_or_default();
        let link = self.link.as_ref().map(|link| link.typed.as_str()).unwrap_or_default();
        let device = self.device.as_deref().map(|value| By::Device.parameter(value));
        bar.with(Facet::choice("program", "Program", programs, self.program))
            .with(self.whom.facet())
            .with(segment_facet(&choices.segments, self.segment.as_ref()))
            .with(Facet::written("link", "Link", "Link name or URL", link, link))
            .with(country_facet(self.country.as_ref()))
            .with(Facet::choice("device", "Device", devices, device))
            .with(Facet::written("source", "Source", "Website, or direct", &source.0, &source.1))
    }

    /// The URL with these filters in it.
    pub fn on(&self, address: Address) -> Address {
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

/// The field for a segment.
pub fn segment_facet(segments: &[String], chosen: Option<&String>) -> Facet {
    let named = segments.iter().map(|name| (name.clone(), name.clone()));
    let options = std::iter::once((String::new(), "Any segment".to_owned())).chain(named).collect();
    Facet::choice("segment", "Segment", options, chosen)
}

/// The field for a country; its stored value is empty if it is unknown.
pub fn country_facet(chosen: Option<&String>) -> Facet {
    let (value, shown) =
        chosen.map(|value| (By::Country.parameter(value), By::Country.shown(value))).unwrap_or_default();
    Facet::written("country", "Country", COUNTRY_HINT, &value, &shown)
}

/// The field for a currency.
pub fn currency_facet(chosen: Option<&str>) -> Facet {
    let code = chosen.unwrap_or_default();
    Facet::written("currency", "Currency", "USD", code, code)
}

/// A country's code for what was typed; empty for an unknown one.
///
/// # Errors
/// 400 naming `country`.
pub fn country_of(typed: &str) -> Result<String, Error> {
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

/// What rows of a list must match, with the names looked up.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub program: Option<Uuid>,
    /// `None` for all affiliates.
    pub affiliates: Option<Vec<Uuid>>,
    pub link: Option<Uuid>,
    /// Stored values of where credited clicks came from.
    pub countries: Option<Vec<String>>,
    pub devices: Option<Vec<String>>,
    pub sources: Option<Vec<String>>,
}

impl Found {
    /// How far rows are counted.
    pub const fn counted_max(&self) -> i64 {
        let is_by_click = self.countries.is_some() || self.devices.is_some() || self.sources.is_some();
        if is_by_click { BY_CLICK_COUNTED_MAX } else { COUNTED_MAX }
    }
}

/// What the filters offer.
#[derive(Debug)]
pub struct Choices {
    pub programs: Vec<Program>,
    pub segments: Vec<String>,
}

impl Choices {
    pub async fn load(tx: &mut TenantTx) -> Result<Self, sqlx::Error> {
        Ok(Self { programs: pick_store::programs(tx).await?, segments: affiliates::store::segments(tx).await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
