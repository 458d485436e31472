//! `/dashboard/crms/{id}/syncs`: shows a CRM's syncs and the progress of a full re-sync.

use crate::crm::sync_code::{LEFT_ALONE, SUPERSEDED};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{CrmConnectionId, OrganizationId, SyncId};

use super::{
    read_store::{self, Filter, ResyncFilter},
    request, resync_store,
    view::STATES,
    view_model::{CHOICES, Count, Progress, SyncRow},
};
use identity::{
    access::{member::Choice, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Error,
    form::Fields,
    page::{
        self, PageError,
        address::Address,
        filter::{Facet, FilterBar},
        list::Pager,
    },
    state::AppState,
};
use rules::format;

/// The path of the CRM pages.
pub const PLACE: &str = "/dashboard/crms";
const PER_PAGE: usize = 50;
/// States that aren't counted: there may be millions of such syncs, and no one has to do anything about them.
const UNCOUNTED: [&str; 3] = [STATES[3], LEFT_ALONE, SUPERSEDED];

#[derive(Debug, askama::Template)]
#[template(path = "crm_syncs.html")]
struct SyncsPage {
    frame: Frame,
    connection: String,
    name: String,
    account: String,
    paused: bool,
    counts: Vec<Count>,
    progress: Option<Progress>,
    watching: bool,
    rows: Vec<SyncRow>,
    pager: Pager,
    file: Address,
    filter_bar: FilterBar,
}

/// The filters in the query string.
#[derive(Debug, Default)]
pub struct ListFilters {
    state: Option<&'static str>,
    person: Option<String>,
    before: Option<SyncId>,
    watching: bool,
}

impl ListFilters {
    /// # Errors
    /// 400 naming `before`.
    pub fn read(query: &mut Query) -> Result<Self, Error> {
        let given = query.text("state").unwrap_or_default();
        // `person` is what the search was called before all lists had the same bar.
        let (before, now) = (query.text("person"), query.text("q"));
        let typed = |text: String| Some(text.trim().to_lowercase()).filter(|text| !text.is_empty());
        let person = now.and_then(typed).or_else(|| before.and_then(typed));
        Ok(Self {
            state: CHOICES.into_iter().map(|(name, ..)| name).find(|name| *name == given),
            person,
            before: query.id("before")?,
            watching: query.text("watch").is_some(),
        })
    }

    /// Returns the list's filter. Syncs that ended without an error are stored as `Failed` with a code of their own.
    pub fn filter(&self, connection: CrmConnectionId, limit: i64) -> Filter {
        let code = self.state.filter(|state| [LEFT_ALONE, SUPERSEDED].contains(state));
        Filter {
            connection: Some(connection),
            state: if code.is_some() { Some("Failed") } else { self.state },
            code: code.map(str::to_owned),
            failing: self.state == Some(STATES[4]),
            person: self.person.clone(),
            after: self.before.map(SyncId::uuid),
            limit,
            ..Filter::default()
        }
    }

    /// Returns the URL of the list's first page.
    fn address(&self, connection: CrmConnectionId, organization: OrganizationId) -> Address {
        Address::of(format!("{PLACE}/{connection}/syncs"), organization)
            .maybe("state", self.state)
            .maybe("q", self.person.as_ref())
    }

    fn bar(&self, here: Address) -> FilterBar {
        let states = CHOICES.into_iter().map(|(name, words, _)| (name.to_owned(), words.to_owned()));
        let states = std::iter::once((String::new(), "Any status".to_owned())).chain(states).collect();
        FilterBar::new(here)
            .searching("Affiliate name or email", self.person.as_deref())
            .with(Facet::choice("state", "Status", states, self.state))
    }
}

/// `GET /dashboard/crms/{id}/syncs`.
///
/// # Errors
/// 404 for another organization's connection; 503 where the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let page = load(&state, &session, organization, parse(&id)?, ListFilters::read(&mut query)?).await?;
    let again = page.watching && page.progress.as_ref().is_some_and(|progress| progress.running);
    Ok(page::watched(page, again))
}

/// `POST /dashboard/crms/{id}/resync`: syncs all affiliates again.
///
/// # Errors
/// 404 for another organization's connection, 403 for a viewer, 409 where the connection is disabled, 503 where the
/// database is unavailable.
pub async fn resync(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, connection, now) = (member.organization, parse(&id)?, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = request::everybody(&mut tx, connection, now).await?;
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PLACE}/{connection}/syncs?organization={organization}&watch=1")).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    connection: CrmConnectionId,
    filters: ListFilters,
) -> Result<SyncsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let target = resync_store::target(&mut tx, connection).await?.ok_or_else(Error::not_found)?;
    let counted = read_store::counts(&mut tx, connection).await?;
    let latest = ResyncFilter { id: None, connection, after: None, limit: 1 };
    let latest = read_store::resyncs(&mut tx, latest).await?.pop();
    let limit = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = read_store::list(&mut tx, &filters.filter(connection, limit)).await?;
    tx.commit().await?;
    let more = rows.len() > PER_PAGE;
    rows.truncate(PER_PAGE);
    let count = |(name, words, tone)| {
        let count = counted.get(name).copied().unwrap_or_default();
        let count = (!UNCOUNTED.contains(&name)).then(|| format::count(count.unsigned_abs()));
        let chosen = filters.state == Some(name);
        Count { name, words, tone, count, chosen }
    };
    let here = filters.address(connection, organization);
    let later = rows.last().filter(|_| more).map(|last| here.clone().with("before", last.sync.id).to_string());
    Ok(SyncsPage {
        connection: connection.to_string(),
        name: vendor_name(&target.vendor),
        account: target.account,
        paused: target.status != "active",
        counts: CHOICES.into_iter().map(count).collect(),
        progress: latest.as_ref().map(|latest| Progress::of(latest, &frame.zone)),
        watching: filters.watching,
        pager: Pager { earlier: filters.before.map(|_| here.to_string()), later, ..Pager::default() },
        rows: rows.into_iter().map(|row| SyncRow::of(row, &frame.zone)).collect(),
        filter_bar: filters.bar(here.clone()),
        file: here.at(format!("{PLACE}/{connection}/syncs.csv")),
        frame,
    })
}

/// Returns the vendor's name as the vendor spells it.
pub fn vendor_name(slug: &str) -> String {
    connector::providers::named(slug).map_or(slug, |connector| connector.descriptor().name).to_owned()
}

pub fn parse(id: &str) -> Result<CrmConnectionId, Error> {
    id.parse().map_err(|_| Error::not_found())
}
