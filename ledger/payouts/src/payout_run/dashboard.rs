//! `/dashboard/payouts/runs`: what could be paid now, and past runs.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{OrganizationId, PayoutRunId},
    money::Currency,
};

use super::{
    candidate_store, preview,
    propose::{self, By, Hand, Proposed},
    read_store::{self, Filter},
    store,
    view_model::{Offer, RunRow},
};
use crate::payout_connection::funds;
use crate::payout_settings::store as settings_store;
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
    page::{Html, PageError, zone::When},
    state::AppState,
};

pub(super) const PLACE: &str = "/dashboard/payouts/runs";
const PER_PAGE: usize = 25;

#[derive(Debug, askama::Template)]
#[template(path = "payout_runs.html")]
struct RunsPage {
    frame: Frame,
    offers: Vec<Offer>,
    rows: Vec<RunRow>,
    older: Option<String>,
    next_run: Option<When>,
    problem: Option<String>,
}

/// `GET /dashboard/payouts/runs`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let before = query.id("before")?;
    Ok(Html(load(&state, &session, organization, before).await?).into_response())
}

/// `POST /dashboard/payouts/runs`: proposes a run.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. If there is nothing to propose, the page says so.
pub async fn propose(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let currency: Currency = match fields.raw("currency").parse() {
        Ok(currency) => currency,
        Err(error) => return Err(Error::field("currency", format!("currency {error}")).into()),
    };
    let by = By { actor: member.actor.who.clone(), person: Some(member.user), hand: Hand::Session };
    let mut tx = state.db.tenant(organization).await?;
    let refusal = match propose::propose(&mut tx, &state, &by, currency, None).await? {
        Proposed::Made(id, entry) => {
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            tx.commit().await?;
            drop(state.news.send(organization));
            return Ok(to(organization, id));
        }
        Proposed::Open(open) => return Ok(to(organization, open)),
        Proposed::Nothing(selection) => propose::nothing(&selection),
    };
    drop(tx);
    let mut page = load(&state, &session, organization, None).await?;
    page.problem = Some(kit::form::sentence_for(&refusal));
    Ok((refusal.status(), Html(page)).into_response())
}

pub(super) fn to(organization: OrganizationId, run: PayoutRunId) -> Response {
    Redirect::to(&format!("{PLACE}/{run}?organization={organization}")).into_response()
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    before: Option<PayoutRunId>,
) -> Result<RunsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    funds::refresh(state, organization).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let mut offers = Vec::new();
    for currency in candidate_store::currencies(&mut tx).await? {
        let open = store::proposed(&mut tx, currency).await?;
        let selection = preview::select(&mut tx, currency, now).await?;
        if open.is_some() || !selection.paid.is_empty() || !selection.left_out.is_empty() {
            offers.push(Offer::of(&selection, open, &frame.zone).map_err(|error| Error::internal(error))?);
        }
    }
    let settings = settings_store::read(&mut tx).await?;
    let limit = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
    let filter = Filter { after: before.map(PayoutRunId::uuid), limit, ..Filter::default() };
    let mut rows = read_store::list(&mut tx, &filter).await?;
    tx.commit().await?;
    let more = rows.len() > PER_PAGE;
    rows.truncate(PER_PAGE);
    Ok(RunsPage {
        offers,
        older: rows.last().filter(|_| more).map(|last| last.id.to_string()),
        rows: rows.into_iter().map(|run| RunRow::of(run, &frame.zone)).collect(),
        next_run: settings.next_run_at.map(|at| frame.zone.when(at)),
        frame,
        problem: None,
    })
}
