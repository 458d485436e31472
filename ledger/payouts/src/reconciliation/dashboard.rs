//! `/dashboard/payouts/reconciliation`: the differences between payouts and Stripe, and what to do about them.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    compare::Kind,
    store::{self, Filter, Paging, ReconciliationStatus},
    view::{PayoutDifference, Reconciliation},
    write,
};
use identity::{
    access::{member::Choice, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{
        Html, PageError,
        flash::Flash,
        zone::{When, Zone},
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/payouts/reconciliation";
const DIFFERENCES: i64 = 100;
const RESOLVED: i64 = 10;
const COMPARISONS: i64 = 10;

#[derive(Debug, askama::Template)]
#[template(path = "reconciliation.html")]
struct ReconciliationPage {
    frame: Frame,
    current: Option<StatusText>,
    comparisons: Vec<Compared>,
    open: Vec<Row>,
    /// Whether there are more than the page shows.
    more: bool,
    resolved: Vec<Row>,
}

#[derive(Debug)]
struct StatusText {
    account: String,
    paused: bool,
    next: Option<When>,
    /// Why the last reconciliation failed.
    error: Option<String>,
}

#[derive(Debug)]
struct Compared {
    at: When,
    payouts: i32,
    transfers: i32,
    foreign: i32,
    differences: i32,
    since: String,
}

#[derive(Debug)]
struct Row {
    id: String,
    title: &'static str,
    detail: String,
    action: &'static str,
    payout: Option<String>,
    transfer: Option<String>,
    first: When,
    resolved: Option<When>,
}

/// `GET /dashboard/payouts/reconciliation`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

/// `POST /dashboard/payouts/reconciliation`: starts a reconciliation now.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer, 409 if no Stripe account is connected.
pub async fn start(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = write::ask_for(&mut tx, now).await?;
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    let flash = Flash::done("Comparison started. Reload this page in a few seconds to see the result.");
    Ok(flash.redirect(&format!("{PLACE}?organization={organization}")))
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<ReconciliationPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let current = store::current(&mut tx).await?;
    let paging = |limit| Paging { limit, ..Paging::default() };
    let comparisons = store::reconciliations(&mut tx, paging(COMPARISONS)).await?;
    let filter = |open, limit| Filter { open: Some(open), paging: paging(limit), ..Filter::default() };
    let mut open = store::differences(&mut tx, &filter(true, DIFFERENCES + 1)).await?;
    let resolved = store::differences(&mut tx, &filter(false, RESOLVED)).await?;
    tx.commit().await?;
    let more = i64::try_from(open.len()).is_ok_and(|count| count > DIFFERENCES);
    open.truncate(usize::try_from(DIFFERENCES).unwrap_or(usize::MAX));
    Ok(ReconciliationPage {
        current: current.map(|current| StatusText::of(current, now, &frame.zone)),
        comparisons: comparisons.iter().map(|one| Compared::of(one, &frame.zone)).collect(),
        open: open.into_iter().map(|one| Row::of(one, &frame.zone)).collect(),
        more,
        resolved: resolved.into_iter().map(|one| Row::of(one, &frame.zone)).collect(),
        frame,
    })
}

impl StatusText {
    fn of(current: ReconciliationStatus, now: Timestamp, zone: &Zone) -> Self {
        Self {
            account: current.account,
            paused: current.status != "active",
            next: current.next_at.filter(|next| *next > now).map(|next| zone.when(next)),
            error: current.error.filter(|_| current.failures > 0),
        }
    }
}

impl Compared {
    fn of(one: &Reconciliation, zone: &Zone) -> Self {
        Self {
            at: zone.when(one.ended_at),
            payouts: one.payouts,
            transfers: one.transfers,
            foreign: one.foreign_transfers,
            differences: one.differences,
            since: zone.date(one.since),
        }
    }
}

impl Row {
    fn of(one: PayoutDifference, zone: &Zone) -> Self {
        let kind = Kind::parse(&one.kind);
        Self {
            id: one.id.to_string(),
            title: kind.map_or("Difference", Kind::title),
            action: kind.map_or("", Kind::next_action),
            detail: one.detail,
            payout: one.payout_id.map(|id| id.to_string()),
            transfer: one.transfer_id,
            first: zone.when(one.first_seen_at),
            resolved: one.resolved_at.map(|at| zone.when(at)),
        }
    }
}
