//! `GET /dashboard/affiliates?status=Pending`: the applications that wait for a decision. One of them is open, with the
//! way to the next: the newest, or the one that `review` names.

use axum::response::{IntoResponse, Redirect, Response};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    PLACE,
    answers::{Answer, answers},
    application::{Fact, mailbox_name, of_mailbox, of_website},
    application_store,
    filters::CONFIRMED,
    list::Offer,
    store::{self, Row},
    website::Website,
};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    list_filters,
};
use identity::{access::session::Session, page::frame::Frame};
use kit::{
    api::query::Query,
    db::TenantTx,
    error::Result,
    form::Fields,
    page::{
        Html,
        address::Address,
        list::{PageOf, Pager},
        tab::{Tab, tabs},
        zone::{When, Zone},
    },
    state::AppState,
};
use programs::dashboard::pick_store;
use rules::format;

/// Further ones aren't counted.
const COUNTED_MAX: i64 = 1_000;
const ROWS: u32 = 20;
/// Maximum length of an answer in the list.
const ANSWER_MAX: usize = 120;
/// As the menu's entry narrows the list.
const PART: &str = "&status=Pending";
const TABS: [(&str, &str); 3] = [("", "All"), ("yes", "Confirmed"), ("no", "Not confirmed")];

#[derive(Debug, askama::Template)]
#[template(path = "applications.html")]
pub struct ApplicationsPage {
    frame: Frame,
    /// The list, with its search.
    address: Address,
    search: String,
    /// `yes`, `no`, or empty for both.
    confirmed: &'static str,
    /// All applications, and those with or without a confirmed address.
    tabs: Vec<Tab>,
    count: Option<String>,
    rows: Vec<ApplicationRow>,
    pager: Pager,
    file: String,
    offer: Offer,
    one: Option<Application>,
    /// The reader chose the open application, so a phone shows it instead of the list.
    is_chosen: bool,
    outcome: Option<Outcome>,
    bulk: Bulk,
}

#[derive(Debug)]
struct ApplicationRow {
    id: String,
    name: String,
    email: String,
    email_confirmed: bool,
    href: String,
    is_open: bool,
    /// The beginning of their first answer.
    about: Option<String>,
    /// The programs that they applied to, if the organization has several programs.
    applied_to: Option<String>,
    applied: When,
}

/// The open application.
#[derive(Debug)]
struct Application {
    id: String,
    name: String,
    email: String,
    email_confirmed: bool,
    slug: String,
    applied_to: Option<String>,
    applied: When,
    answers: Vec<Answer>,
    /// Whether one of the answers is a website, which can be previewed.
    has_website: bool,
    website: Option<Website>,
    facts: Vec<Fact>,
    /// "2 of 7".
    place: String,
    earlier: Option<String>,
    later: Option<String>,
    /// Whose application opens after the decision.
    next: String,
}

impl ApplicationsPage {
    fn program(&self) -> &str {
        let only = self.offer.program.as_ref().map_or("", |(id, _)| id.as_str());
        if self.offer.is_whole() { only } else { "" }
    }

    /// With the website of an applicant, if their application is the one that is open.
    pub fn with_website(mut self, affiliate: AffiliateId, mut website: Website) -> Self {
        if let Some(one) = self.one.as_mut().filter(|one| one.id == affiliate.to_string()) {
            one.facts.append(&mut website.facts);
            one.website = Some(website);
        }
        self
    }
}

/// Whether the list of affiliates is requested for its applications.
pub fn are_requested(query: &Query) -> bool {
    query.peek("status").is_some_and(|status| status.trim().eq_ignore_ascii_case("Pending"))
}

/// # Errors
/// 400 for an invalid parameter; 503 if the database is unavailable.
pub async fn show(state: &AppState, session: &Session, organization: OrganizationId, query: Query) -> Result<Response> {
    let requested = reviewed(&query);
    let page = load(state, session, organization, query, None).await?;
    let open = page.one.as_ref().map(|one| one.id.as_str());
    match requested.map(|id| id.to_string()) {
        // Somebody has decided already: their own page says what.
        Some(id) if open != Some(id.as_str()) => {
            Ok(Redirect::to(&Address::of(format!("{PLACE}/{id}"), organization).to_string()).into_response())
        }
        _ => Ok(Html(page).into_response()),
    }
}

/// Loads the page, with the result of an action that just ran.
///
/// # Errors
/// 400 for an invalid parameter; 503 if the database is unavailable.
pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    mut query: Query,
    done: Option<(Bulk, Outcome)>,
) -> Result<ApplicationsPage> {
    let requested = reviewed(&query);
    let search = list_filters::text(&mut query, "q");
    let confirmed = query.one_of(CONFIRMED, &["yes", "no"])?;
    let page = PageOf::read(&mut query, ROWS)?;
    // What narrows the other tabs has no meaning here.
    for name in ["organization", "status", "review", "segment", "program", "country", "days", "sort", "done"] {
        query.text(name);
    }
    query.finish()?;
    let frame = Frame::load(state, session, organization, PLACE).await?.part(PART);
    let mut tx = state.db.tenant(organization).await?;
    let programs = pick_store::programs(&mut tx).await?;
    let lowered = search.as_deref().map(str::to_lowercase);
    let of_email = confirmed.map(|text| text == "yes");
    let ids = application_store::waiting(&mut tx, lowered.as_deref(), of_email, COUNTED_MAX).await?;
    let chosen = requested.and_then(|requested| ids.iter().position(|id| *id == requested));
    let page = chosen.map_or(page, |index| PageOf::holding(index, ROWS));
    let (first, most) = (size(page.offset()), size(page.limit()));
    let shown: Vec<AffiliateId> = ids.iter().skip(first).take(most).copied().collect();
    let mut rows = store::rows(&mut tx, &shown, state.clock.now()).await?;
    let address = address(organization, search.as_deref(), confirmed);
    let pager = page.around(&mut rows, &address);
    let several = programs.len() > 1;
    let open = chosen.or_else(|| (!rows.is_empty()).then_some(first));
    let one = match open.and_then(|index| Some((index, rows.get(index.checked_sub(first)?)?))) {
        Some((index, row)) => {
            Some(open_one(&mut tx, row, Place { index, ids: &ids, list: &address }, &frame.zone, several).await?)
        }
        None => None,
    };
    tx.commit().await?;
    let is_open = |id: AffiliateId| one.as_ref().is_some_and(|one| one.id == id.to_string());
    let (bulk, outcome) = done.map_or((Bulk::default(), None), |(bulk, outcome)| (bulk, Some(outcome)));
    Ok(ApplicationsPage {
        rows: rows.iter().map(|row| ApplicationRow::of(row, &address, is_open(row.id), &frame.zone, several)).collect(),
        count: (!ids.is_empty()).then(|| counted(ids.len())),
        search: search.unwrap_or_default(),
        pager,
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        confirmed: confirmed.unwrap_or_default(),
        tabs: tabs(CONFIRMED, &TABS, confirmed.unwrap_or_default(), &address),
        offer: Offer::of(&programs),
        one,
        is_chosen: chosen.is_some(),
        outcome,
        bulk,
        frame,
        address,
    })
}

/// Where a decision leads: to the next application, if it still waits, or else to the newest.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn after(state: &AppState, organization: OrganizationId, fields: &Fields) -> Result<String> {
    let next: Option<AffiliateId> = fields.text("next").parse().ok();
    let mut tx = state.db.tenant(organization).await?;
    let waits = match next {
        Some(next) => application_store::is_waiting(&mut tx, next).await?,
        None => false,
    };
    tx.commit().await?;
    Ok(address(organization, fields.given("q"), fields.given(CONFIRMED))
        .maybe("review", next.filter(|_| waits))
        .to_string())
}

/// The page with one application open, and the list's search as a form on it sent it.
pub fn opened(organization: OrganizationId, fields: &Fields, affiliate: AffiliateId) -> Address {
    address(organization, fields.given("q"), fields.given(CONFIRMED)).with("review", affiliate)
}

fn reviewed(query: &Query) -> Option<AffiliateId> {
    query.peek("review")?.parse().ok()
}

fn address(organization: OrganizationId, search: Option<&str>, confirmed: Option<&str>) -> Address {
    Address::of(PLACE, organization).with("status", "Pending").maybe("q", search).maybe(CONFIRMED, confirmed)
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn counted(count: usize) -> String {
    let more = if count >= size(COUNTED_MAX) { "+" } else { "" };
    format!("{}{more}", format::count(u64::try_from(count).unwrap_or(u64::MAX)))
}

/// The place of an application among all that wait.
struct Place<'a> {
    index: usize,
    ids: &'a [AffiliateId],
    list: &'a Address,
}

impl Place<'_> {
    fn at(&self, index: Option<usize>) -> Option<AffiliateId> {
        index.and_then(|index| self.ids.get(index)).copied()
    }

    fn href(&self, id: AffiliateId) -> String {
        self.list.clone().with("review", id).to_string()
    }
}

async fn open_one(tx: &mut TenantTx, row: &Row, place: Place<'_>, zone: &Zone, several: bool) -> Result<Application> {
    let answers = answers(row.application.as_ref());
    let others = application_store::with_name(tx, row.id, &mailbox_name(&row.email)).await?;
    let (earlier, later) = (place.at(place.index.checked_sub(1)), place.at(place.index.checked_add(1)));
    Ok(Application {
        facts: of_website(&row.email, &answers).into_iter().chain(of_mailbox(&row.email, others)).collect(),
        id: row.id.to_string(),
        name: row.name.clone(),
        email: row.email.clone(),
        email_confirmed: row.email_confirmed,
        slug: row.slug.clone(),
        applied_to: programs(row, several),
        applied: day(row.joined_at, zone),
        has_website: answers.iter().any(|answer| answer.href.is_some()),
        website: None,
        answers,
        place: format!("{} of {}", place.index.saturating_add(1), counted(place.ids.len())),
        earlier: earlier.map(|id| place.href(id)),
        later: later.map(|id| place.href(id)),
        next: later.or(earlier).map(|id| id.to_string()).unwrap_or_default(),
    })
}

fn programs(row: &Row, several: bool) -> Option<String> {
    (several && !row.applied_to.is_empty()).then(|| row.applied_to.join(", "))
}

fn day(at: Timestamp, zone: &Zone) -> When {
    (at.to_string(), zone.date(at))
}

impl ApplicationRow {
    fn of(row: &Row, list: &Address, is_open: bool, zone: &Zone, several: bool) -> Self {
        let about = answers(row.application.as_ref()).into_iter().find(|answer| answer.href.is_none());
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            email: row.email.clone(),
            email_confirmed: row.email_confirmed,
            href: list.clone().with("review", row.id).to_string(),
            is_open,
            about: about.map(|answer| short(answer.text)),
            applied_to: programs(row, several),
            applied: day(row.joined_at, zone),
        }
    }
}

fn short(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(ANSWER_MAX) {
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}
