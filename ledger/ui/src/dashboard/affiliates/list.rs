//! `GET /dashboard/affiliates`: the tabs, and all affiliates with their recent figures. Applications have a page of their
//! own: [`applications`].

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    PLACE, applications,
    figures_store::{self, Figures, Within},
    filters::{COLUMNS, ListFilters, OPTIONAL, SPANS, TABS},
    ranked,
    store::{self, Part, Row},
};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    bulk_all::Matching,
    facets::Choices,
    views::{self, Views},
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Result,
    page::{
        Html, PageError,
        address::Address,
        columns::Columns,
        filter::FilterBar,
        list::{Heading, Pager, headings},
        span::Span,
        status,
        tab::{Tab, tabs},
        zone::Zone,
    },
    state::AppState,
};
use programs::dashboard::pick_store::Program;
use rules::{figures::average_amount, format};

const COUNTED_MAX: i64 = 1_000;

#[derive(Debug, askama::Template)]
#[template(path = "affiliates.html")]
pub struct AffiliatesPage {
    frame: Frame,
    filters: ListFilters,
    address: Address,
    tabs: Vec<Tab>,
    spans: Vec<Tab>,
    headings: Vec<Heading>,
    columns: Columns,
    views: Views,
    rows: Vec<PersonRow>,
    pager: Pager,
    file: String,
    filter_bar: FilterBar,
    segments: Vec<String>,
    offer: Offer,
    outcome: Option<Outcome>,
    bulk: Bulk,
    /// What the bar offers beyond this page.
    matching: Option<Matching>,
}

/// The link that an approval creates, as the form suggests it.
#[derive(Debug, Default, Clone)]
pub struct Offer {
    /// The only active program, if there is exactly one.
    pub program: Option<(String, String)>,
    pub destination: String,
    /// Active programs, after the option of no link yet.
    pub programs: Vec<(String, String)>,
}

impl Offer {
    pub fn of(programs: &[Program]) -> Self {
        let mut used: Vec<&Program> = programs.iter().filter(|program| !program.archived).collect();
        let named = |program: &&Program| (program.id.to_string(), program.name.clone());
        let none = (String::new(), "No link yet".to_owned());
        let choices = std::iter::once(none).chain(used.iter().map(named)).collect();
        let only = used.pop().filter(|_| used.is_empty());
        let destination = only.and_then(|program| program.destination.clone()).unwrap_or_default();
        Self { program: only.as_ref().map(named), destination, programs: choices }
    }

    /// Returns whether everything that a link needs is known.
    pub fn is_whole(&self) -> bool {
        self.program.is_some() && !self.destination.is_empty()
    }
}

#[derive(Debug)]
struct PersonRow {
    id: String,
    name: String,
    email: String,
    slug: String,
    status: String,
    tone: &'static str,
    segment: Option<String>,
    clicks: String,
    sales: String,
    revenue: Vec<String>,
    earned: Vec<String>,
    /// Earned per click, by currency.
    epc: Vec<String>,
    joined: (String, String),
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    RawQuery(sent): RawQuery,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let shown = match applications::are_requested(&query) {
        true => applications::show(&state, &session, organization, query).await,
        false => load(&state, &session, organization, query, None).await.map(|page| Html(page).into_response()),
    };
    match shown {
        Ok(response) => Ok(response),
        Err(error) => views::without_refused(&state, organization, (PLACE, sent.as_deref()), error).await,
    }
}

/// Loads the page, with the result of an action that just ran.
///
/// # Errors
/// 400 for an invalid filter; 503 if the database is unavailable.
pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    query: Query,
    done: Option<(Bulk, Outcome)>,
) -> Result<AffiliatesPage> {
    let filters = ListFilters::read(query, organization)?;
    let now = state.clock.now();
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let within = Within { span: Span::last(filters.days, &frame.zone, now), program: filters.program };
    let mut tx = state.db.tenant(organization).await?;
    let choices = Choices::load(&mut tx).await?;
    let waiting = store::waiting(&mut tx, COUNTED_MAX).await?;
    let ranking = ranked::ranking(&mut tx, filters.sort, &within).await?;
    let part = Part { sort: filters.sort, ranking, limit: filters.page.limit(), offset: filters.page.offset() };
    let ids = store::ids(&mut tx, &filters.filter(), &part, now).await?;
    let mut rows = store::rows(&mut tx, &ids, now).await?;
    let address = filters.address();
    let pager = filters.page.around(&mut rows, &address);
    let total = match pager.later.is_some() {
        true => Some(store::count(&mut tx, &filters.filter(), now).await?),
        false => None,
    };
    let shown = filters.page.shown(rows.len(), total);
    let pager = pager.counted(shown);
    let ids: Vec<AffiliateId> = rows.iter().map(|row| row.id).collect();
    let mut figures = figures_store::of(&mut tx, &ids, &within).await?;
    let views = Views::load(&mut tx, session.user, &frame, &address, now).await?;
    tx.commit().await?;
    let mut row = |row: Row| {
        let figures = figures.remove(&row.id).unwrap_or_default();
        PersonRow::of(row, &figures, &frame.zone)
    };
    let columns = Columns::of("affiliates", &OPTIONAL);
    let mut headings = headings(&COLUMNS, filters.sort, &address);
    headings.retain(|heading| OPTIONAL.iter().all(|(key, title, _)| *title != heading.title || columns.has(key)));
    let (bulk, outcome) = done.map_or((Bulk::default(), None), |(bulk, outcome)| (bulk, Some(outcome)));
    Ok(AffiliatesPage {
        rows: rows.into_iter().map(&mut row).collect(),
        tabs: counted(tabs("status", &TABS, filters.status.unwrap_or_default(), &address), waiting),
        spans: tabs("days", &SPANS, if filters.days == 90 { "90" } else { "30" }, &address),
        headings,
        columns,
        views,
        pager,
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        filter_bar: filters.bar(&choices),
        offer: Offer::of(&choices.programs),
        segments: choices.segments,
        outcome,
        bulk,
        matching: Matching::of(shown),
        frame,
        filters,
        address,
    })
}

fn counted(mut tabs: Vec<Tab>, waiting: i64) -> Vec<Tab> {
    let more = if waiting >= COUNTED_MAX { "+" } else { "" };
    for tab in tabs.iter_mut().filter(|tab| tab.title == "Pending" && waiting > 0) {
        tab.count = Some(format!("{}{more}", format::count(waiting.unsigned_abs())));
    }
    tabs
}

impl PersonRow {
    fn of(row: Row, figures: &Figures, zone: &Zone) -> Self {
        let count = |figure: i64| format::count(figure.unsigned_abs());
        let money = |of: fn(&(String, i64, i64)) -> i64| {
            let amounts = figures.money.iter().filter(|sums| of(sums) != 0);
            amounts.map(|sums| format::money(of(sums), &sums.0)).collect()
        };
        let earned = figures.money.iter().filter(|(_, _, earned)| *earned != 0);
        let epc =
            earned.filter_map(|(currency, _, earned)| average_amount(*earned, figures.clicks, currency)).collect();
        Self {
            id: row.id.to_string(),
            name: row.name,
            email: row.email,
            slug: row.slug,
            tone: status::affiliate(&row.status).tone,
            status: row.status,
            segment: row.segment,
            clicks: count(figures.clicks),
            sales: count(figures.sales),
            revenue: money(|sums| sums.1),
            earned: money(|sums| sums.2),
            epc,
            joined: day(row.joined_at, zone),
        }
    }
}

fn day(at: Timestamp, zone: &Zone) -> (String, String) {
    (at.to_string(), zone.date(at))
}

#[cfg(test)]
mod tests {
    use shared::id::ProgramId;

    use super::*;

    #[test]
    fn earnings_per_click_are_those_of_each_currency() {
        let now = Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").unwrap();
        let row = || Row {
            id: AffiliateId::from_bytes([1; 16]),
            slug: "mia".to_owned(),
            email: "mia@creators.test".to_owned(),
            email_confirmed: true,
            name: "Mia".to_owned(),
            status: "Approved".to_owned(),
            segment: None,
            application: None,
            applied_to: Vec::new(),
            joined_at: now,
        };
        let sum = |currency: &str, earned| (currency.to_owned(), 0, earned);
        let figures =
            |clicks| Figures { clicks, sales: 1, money: vec![sum("USD", 2_000), sum("EUR", 0), sum("JPY", 50)] };
        let of = |clicks| PersonRow::of(row(), &figures(clicks), &Zone::utc()).epc;
        assert_eq!(of(40), ["$0.50", "\u{a5}1"]);
        assert_eq!(of(10_000), ["<$0.01", "<\u{a5}1"], "what isn't nothing isn't shown as nothing");
        assert!(of(0).is_empty(), "there are no clicks");
    }

    #[test]
    fn the_only_program_in_use_is_offered() {
        let program = |id: u8, archived: bool, destination: Option<&str>| Program {
            id: ProgramId::from_bytes([id; 16]),
            name: format!("Program {id}"),
            archived,
            destination: destination.map(str::to_owned),
        };
        let (one, old) = (program(1, false, Some("https://brand.test/")), program(2, true, None));
        let offer = Offer::of(&[one.clone(), old.clone()]);
        assert!(offer.is_whole() && offer.destination == "https://brand.test/" && offer.programs.len() == 2);
        let two = Offer::of(&[one, program(3, false, None)]);
        assert!(!two.is_whole() && two.program.is_none() && two.programs.len() == 3);
        assert!(Offer::of(&[old]).program.is_none());
    }
}
