//! The payout list's tab, filters and position, read from the query string.

use jiff::civil::Date;
use shared::{
    id::{AffiliateId, OrganizationId, PayoutId, PayoutRunId},
    timestamp::Timestamp,
};

use super::PLACE;
use crate::dashboard::facets::currency_facet;
use kit::{
    api::query::{Query, When},
    db::TenantTx,
    error::Error,
    page::{
        address::Address,
        filter::{Facet, FilterBar},
        zone::Zone,
    },
    text::Texts,
};
use programs::dashboard::pick_store;

/// The tabs, in display order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// Payable, and not in a payout.
    #[default]
    Pending,
    /// Earned, but not payable yet.
    Upcoming,
    InProgress,
    Paid,
    Failed,
}

impl Tab {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Upcoming, Self::InProgress, Self::Paid, Self::Failed];

    /// Its name in the query string.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Upcoming => "upcoming",
            Self::InProgress => "in-progress",
            Self::Paid => "paid",
            Self::Failed => "failed",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Pending => "Payable",
            Self::Upcoming => "Upcoming",
            Self::InProgress => "In progress",
            Self::Paid => "Paid",
            Self::Failed => "Failed",
        }
    }

    /// The account whose balances this tab lists; `None` if it lists payouts.
    pub const fn account(self) -> Option<&'static str> {
        match self {
            Self::Pending => Some("affiliate_approved"),
            Self::Upcoming => Some("affiliate_pending"),
            Self::InProgress | Self::Paid | Self::Failed => None,
        }
    }

    /// Statuses of the payouts in this tab.
    pub const fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Pending | Self::Upcoming => &[],
            Self::InProgress => &["Scheduled", "Reserved", "Sending", "Unknown"],
            Self::Paid => &["Sent"],
            Self::Failed => &["Failed", "Reversed"],
        }
    }
}

pub const RAILS: [&str; 4] = ["Stripe", "PayPal", "Wise", "Manual"];

/// The list's filters. Unknown tabs, rails and currencies are ignored; an invalid run or date is refused.
#[derive(Debug, Clone, Default)]
pub struct ListFilters {
    pub tab: Tab,
    /// Part of an affiliate's name or email, in lower case.
    pub person: Option<String>,
    pub affiliate: Option<AffiliateId>,
    /// Their name, once it is looked up.
    name: Option<String>,
    pub currency: Option<String>,
    pub rail: Option<&'static str>,
    pub run: Option<PayoutRunId>,
    /// Days as they were entered, and the times that they stand for.
    pub from: Option<(String, Timestamp)>,
    pub to: Option<(String, Timestamp)>,
    /// Lists payouts after this one.
    pub before: Option<PayoutId>,
    /// The same for the tabs of balances.
    pub after: Option<(AffiliateId, String)>,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(query: &mut Query, zone: &Zone) -> Result<Self, Error> {
        let tab = query.text("tab").unwrap_or_default();
        let rail = query.text("rail").unwrap_or_default();
        let given = |query: &mut Query, name: &str| -> Option<String> {
            query.text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        // `person` is what the filter was called before the other lists had it.
        let (before, now) = (given(query, "person"), given(query, "affiliate"));
        let person = now.or(before).map(|text| text.to_lowercase());
        // Picked from those that match instead of typed.
        let affiliate = person.as_deref().and_then(|text| text.parse::<AffiliateId>().ok());
        Ok(Self {
            tab: Tab::ALL.into_iter().find(|one| one.name() == tab).unwrap_or_default(),
            person: person.filter(|_| affiliate.is_none()),
            affiliate,
            name: None,
            currency: given(query, "currency").map(|text| text.to_uppercase()).filter(|text| text.len() == 3),
            rail: RAILS.into_iter().find(|one| *one == rail),
            run: id(given(query, "run"), "run")?,
            from: day(query, "from", |when| when.start_in(zone))?,
            to: day(query, "to", |when| when.end_in(zone))?,
            before: id(given(query, "before"), "before")?,
            after: given(query, "after").map(|text| place(&text)).transpose()?,
        })
    }

    /// Looks up whom the filter names.
    pub async fn find(&mut self, tx: &mut TenantTx) -> Result<(), sqlx::Error> {
        if let Some(affiliate) = self.affiliate {
            self.name = pick_store::affiliate(tx, &affiliate.to_string()).await?.map(|(_, name)| name);
        }
        Ok(())
    }

    /// Whose payouts are listed, as the URL has it.
    fn sought(&self) -> String {
        self.person.clone().or_else(|| self.affiliate.map(|id| id.to_string())).unwrap_or_default()
    }

    pub const fn is_filtered(&self) -> bool {
        self.person.is_some()
            || self.affiliate.is_some()
            || self.currency.is_some()
            || self.rail.is_some()
            || self.run.is_some()
            || self.from.is_some()
            || self.to.is_some()
    }

    /// The same filters in another tab, without those that it doesn't have.
    #[must_use]
    pub fn in_tab(&self, tab: Tab) -> Self {
        let kept = Self { tab, ..self.clone() };
        if tab.account().is_none() {
            return kept;
        }
        Self { rail: None, run: None, from: None, to: None, ..kept }
    }

    /// The list's URL, at its first page.
    pub fn address(&self, organization: OrganizationId) -> Address {
        let tab = Some(self.tab).filter(|tab| *tab != Tab::default());
        Address::of(PLACE, organization)
            .maybe("tab", tab.map(Tab::name))
            .with("affiliate", self.sought())
            .maybe("currency", self.currency.as_deref())
            .maybe("rail", self.rail)
            .maybe("run", self.run)
            .maybe("from", self.from.as_ref().map(|(text, _)| text))
            .maybe("to", self.to.as_ref().map(|(text, _)| text))
    }

    pub fn bar(&self, organization: OrganizationId) -> FilterBar {
        let sought = self.sought();
        let shown = self.name.as_deref().unwrap_or(&sought);
        let bar = FilterBar::new(self.address(organization))
            .with(Facet::typed("affiliate", "Affiliate", "Name or email", &sought, shown))
            .with(currency_facet(self.currency.as_deref()));
        if self.tab.account().is_some() {
            return bar;
        }
        let rails = RAILS.into_iter().map(|rail| (rail.to_owned(), rail.to_owned()));
        let rails = std::iter::once((String::new(), "Any method".to_owned())).chain(rails).collect();
        let bar = bar
            .with(Facet::choice("rail", "Payout method", rails, self.rail))
            .with(day_facet("from", "From", self.from.as_ref()))
            .with(day_facet("to", "To", self.to.as_ref()));
        match self.run.map(|run| run.to_string()) {
            Some(run) => bar.with(Facet::written("run", "Payout run", "run_\u{2026}", &run, &run)),
            None => bar,
        }
    }
}

fn day_facet(name: &'static str, label: &'static str, day: Option<&(String, Timestamp)>) -> Facet {
    let text = day.map(|(text, _)| text.as_str()).unwrap_or_default();
    let date = text.parse::<Date>().map(|day| Texts::default().calendar_date(day));
    Facet::day(name, label, text, date.as_deref().unwrap_or(text))
}

fn id<K: shared::id::Kind>(text: Option<String>, name: &str) -> Result<Option<shared::id::Id<K>>, Error> {
    text.map(|text| text.parse().map_err(|error| Error::field(name, format!("{name} {error}")))).transpose()
}

/// Reads a date; forms also send empty fields.
fn day(query: &mut Query, name: &str, of: impl Fn(When) -> Timestamp) -> Result<Option<(String, Timestamp)>, Error> {
    let text = query.peek(name).map(str::to_owned).filter(|text| !text.is_empty());
    match text {
        None => {
            query.text(name);
            Ok(None)
        }
        Some(text) => Ok(query.when(name)?.map(|when| (text, of(when)))),
    }
}

fn place(text: &str) -> Result<(AffiliateId, String), Error> {
    let read = || {
        let (affiliate, currency) = text.split_once('.')?;
        Some((affiliate.parse().ok()?, currency.to_owned()))
    };
    read().ok_or_else(|| Error::field("after", "after must be a cursor from this list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_organizations_clocks() {
        let mut query = Query::parse("tab=paid&from=2026-11-20&to=2026-11-20").unwrap();
        let filters = ListFilters::read(&mut query, &Zone::named("America/Los_Angeles")).unwrap();
        let moments = [filters.from, filters.to].map(|day| day.unwrap().1.to_string());
        assert_eq!(moments, ["2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"]);
    }

    #[test]
    fn a_person_is_picked_or_a_part_of_their_name() {
        let id = AffiliateId::from_bytes([7; 16]);
        let read = |person: &str| {
            let mut query = Query::parse(&format!("person={person}")).unwrap();
            ListFilters::read(&mut query, &Zone::utc()).unwrap()
        };
        let (picked, typed) = (read(&id.to_string()), read("Mia"));
        assert_eq!((picked.affiliate, picked.person.as_deref()), (Some(id), None));
        assert_eq!((typed.affiliate, typed.person.as_deref()), (None, Some("mia")));
        assert_eq!((picked.sought(), typed.sought()), (id.to_string(), "mia".to_owned()));
        let organization = OrganizationId::v7(1, &[1; 10]);
        assert!(picked.is_filtered() && picked.address(organization).to_string().contains("affiliate=aff_"));
        let named = ListFilters { name: Some("Mia Sato".to_owned()), ..picked };
        let bar = named.bar(organization);
        assert_eq!((bar.pills()[0].label, bar.pills()[0].shown), ("Affiliate", "Mia Sato"));
    }

    #[test]
    fn only_payouts_have_days_and_methods() {
        let read = |query: &str| ListFilters::read(&mut Query::parse(query).unwrap(), &Zone::utc()).unwrap();
        let organization = OrganizationId::v7(1, &[1; 10]);
        let paid = read("tab=paid&from=2026-11-01&rail=Wise&person=mia").bar(organization);
        let shown: Vec<(&str, &str)> = paid.pills().iter().map(|pill| (pill.label, pill.shown)).collect();
        assert_eq!(shown, [("Affiliate", "mia"), ("Payout method", "Wise"), ("From", "1 Nov 2026")]);
        assert_eq!(read("tab=pending").bar(organization).facets.len(), 2);
        let paid = read("tab=paid&from=2026-11-01&rail=Wise&person=mia&currency=eur");
        let to = |tab| paid.in_tab(tab).address(organization).to_string();
        assert!(to(Tab::Failed).ends_with("&tab=failed&affiliate=mia&currency=EUR&rail=Wise&from=2026-11-01"));
        assert!(to(Tab::Upcoming).ends_with("&tab=upcoming&affiliate=mia&currency=EUR"));
    }
}
