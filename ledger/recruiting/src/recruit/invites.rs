//! `/dashboard/recruit/invites`: lists invitations and who has signed in, and sends a second email to those who
//! haven't.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::invitation::{self, Stage};
use identity::{
    access::{member::Choice, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{pagination::Pagination, query::Query},
    db::TenantTx,
    error::{Error, Result},
    form::Fields,
    page::{
        Html, PageError,
        address::Address,
        csv,
        list::Pager,
        tab::{Tab, tabs},
    },
    state::AppState,
};
use programs::affiliate::invite_store::{self, Invite};

const PLACE: &str = "/dashboard/recruit/invites";
const FILE_ROWS: i64 = 1_000;
const HEAD: [&str; 8] = ["affiliateId", "name", "email", "program", "state", "invitedAt", "lastWrittenAt", "letters"];

#[derive(Debug)]
struct RowView {
    id: String,
    name: String,
    email: String,
    program: String,
    invited: String,
    state: &'static str,
    tone: &'static str,
    times: i32,
    is_open: bool,
    may_resend: bool,
}

#[derive(Debug, askama::Template)]
#[template(path = "recruit_invites.html")]
struct InvitesPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<RowView>,
    pager: Pager,
    file: String,
    /// This page, for the forms that lead back to it.
    here: Address,
    all: bool,
    done: Option<&'static str>,
    problem: Option<String>,
}

/// `GET /dashboard/recruit/invites`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, query).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    mut query: Query,
) -> Result<InvitesPage> {
    let chosen = query.one_of("show", &["all"])?.unwrap_or_default();
    let mut cursor = query.peek("cursor").map(str::to_owned);
    let pagination: Pagination<(Timestamp, uuid::Uuid)> = query.page()?;
    let done = match query.text("done").as_deref() {
        Some("resent") => Some("Invitation resent."),
        Some("cancelled") => Some("Invitation canceled. Their links no longer work."),
        _ => None,
    };
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let open = chosen.is_empty();
    let mut found = invite_store::list(&mut tx, None, open, pagination.after, pagination.limit()).await?;
    // The page is gone if the last of its open invitations was canceled.
    if found.is_empty() && cursor.take().is_some() {
        found = invite_store::list(&mut tx, None, open, None, pagination.limit()).await?;
    }
    tx.commit().await?;
    let now = state.clock.now();
    let page = pagination.page(found, |one| (one.invited_at, one.affiliate.uuid()), |one| row(&frame, &one, now));
    let here = Address::of(PLACE, organization).with("show", chosen).maybe("cursor", cursor);
    Ok(InvitesPage {
        tabs: tabs("show", &[("", "Open"), ("all", "All")], chosen, &here),
        rows: page.data,
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &here),
        file: here.clone().without("cursor").at(format!("{PLACE}.csv")).to_string(),
        here,
        all: !open,
        done,
        problem: None,
        frame,
    })
}

const fn words(invite: &Invite) -> (&'static str, &'static str) {
    match Stage::of(invite) {
        Stage::Cancelled => ("Canceled", ""),
        Stage::Accepted => ("Joined", "good"),
        Stage::Open => ("Open", "wait"),
    }
}

fn row(frame: &Frame, invite: &Invite, now: Timestamp) -> RowView {
    let (state, tone) = words(invite);
    let is_open = Stage::of(invite) == Stage::Open;
    RowView {
        id: invite.affiliate.to_string(),
        name: invite.name.clone(),
        email: invite.email.clone(),
        program: invite.program.clone(),
        invited: frame.zone.full(invite.invited_at),
        state,
        tone,
        times: invite.times,
        is_open,
        may_resend: is_open && invitation::resendable_at(invite) <= now,
    }
}

/// `POST /dashboard/recruit/invites/{id}/{what}`: `resend` or `cancel`.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer. The page shows why an action isn't possible.
pub async fn act(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(form.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let here = Address::of(PLACE, organization).with("show", form.text("show")).with("cursor", form.text("cursor"));
    let id: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let (done, acted) = match what.as_str() {
        "resend" => ("resent", invitation::resend(&mut tx, &state, id).await),
        "cancel" => ("cancelled", invitation::cancel(&mut tx, &state, id).await),
        _ => return Err(Error::not_found().into()),
    };
    match acted {
        Ok(entry) => {
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            tx.commit().await?;
            drop(state.news.send(organization));
            state.edge_config_changed.notify_one();
            Ok(Redirect::to(&here.with("done", done).to_string()).into_response())
        }
        Err(error) if matches!(error.status(), StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS) => {
            drop(tx);
            let shown = here.to_string();
            let query = Query::parse(shown.split_once('?').map_or("", |(_, query)| query))?;
            let mut page = load(&state, &session, organization, query).await?;
            page.problem = Some(kit::form::sentence_for(&error));
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The lines of the export.
struct Invites {
    open: bool,
    after: Option<(Timestamp, uuid::Uuid)>,
}

/// `GET /dashboard/recruit/invites.csv`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let open = query.one_of("show", &["all"])?.is_none();
    Ok(csv::export(&state.db, organization, "invitations", HEAD, Invites { open, after: None })?)
}

impl csv::Listing for Invites {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = invite_store::list(tx, None, self.open, self.after, FILE_ROWS).await?;
        self.after = rows.last().map(|one| (one.invited_at, one.affiliate.uuid()));
        Ok(csv::Page::new(rows.iter().map(line), FILE_ROWS))
    }
}

fn line(invite: &Invite) -> String {
    csv::line([
        invite.affiliate.to_string().as_str(),
        &invite.name,
        &invite.email,
        &invite.program,
        words(invite).0,
        &invite.invited_at.to_string(),
        &invite.sent_at.to_string(),
        &invite.times.to_string(),
    ])
}
