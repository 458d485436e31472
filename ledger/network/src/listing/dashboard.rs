//! `/dashboard/programs/{id}/network`: a brand writes its program's listing, and shows or hides it.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{OrganizationId, ProgramId};

use super::{
    change,
    dashboard_view::{ListingForm, ListingPage},
    needs_approval, open,
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, address::Address},
    state::AppState,
};
use programs::program::dashboard::Shell;
use rules::network::step::Step;

pub(super) const PAGE: &str = "/network";
const PLACE: &str = "/dashboard/programs";

pub(super) fn address(organization: OrganizationId, program: ProgramId, page: &str) -> Address {
    Address::of(format!("{PLACE}/{program}{page}"), organization)
}

/// `GET /dashboard/programs/{id}/network`.
///
/// # Errors
/// 404 for what isn't the person's organization's, and if this installation has no network.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut page = load(&state, &session, (organization, &program), None).await?;
    page.shell.toast = query.text("done").as_deref().and_then(toast);
    Ok(Html(page).into_response())
}

fn toast(done: &str) -> Option<&'static str> {
    Some(match done {
        "saved" => "Saved.",
        "listed" => "Your program is listed.",
        "submitted" => "Submitted. You’ll get an email once it’s approved.",
        "paused" => "Listing paused. Creators can’t see it.",
        "withdrawn" => "Listing withdrawn. Your texts are kept as a draft.",
        _ => return None,
    })
}

/// `POST /dashboard/programs/{id}/network`: saves the form, and submits it if its other button was pressed; or pauses or
/// withdraws the listing.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn act(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: ProgramId = program.parse().map_err(|_| Error::not_found())?;
    let outcome = enact(&state, &member, id, &fields).await;
    let mut problems = Problems::default();
    let done = match outcome {
        Ok(done) => done,
        Err(error) => {
            let status = problems.refused(Err(error))?.unwrap_or(StatusCode::BAD_REQUEST);
            let typed = fields.sent("title").is_some().then(|| ListingForm::of_fields(&fields));
            let page = load(&state, &session, (member.organization, &program), Some((typed, problems))).await?;
            return Ok((status, Html(page)).into_response());
        }
    };
    Ok(Redirect::to(&address(member.organization, id, PAGE).with("done", done).to_string()).into_response())
}

async fn enact(state: &AppState, member: &Member, program: ProgramId, fields: &Fields) -> Result<&'static str> {
    let (saves, step) = match fields.raw("do") {
        "submit" => (true, Some(Step::Submit)),
        "resume" => (false, Some(Step::Submit)),
        "pause" => (false, Some(Step::Pause)),
        "withdraw" => (false, Some(Step::Withdraw)),
        _ => (true, None),
    };
    let mut tx = state.db.tenant(member.organization).await?;
    let now = state.clock.now();
    let mut done = "saved";
    if saves {
        let (known, entry) = change::save(&mut tx, state, program, ListingForm::of_fields(fields).sent()).await?;
        if let Some(entry) = entry {
            audit::record(&mut tx, &member.actor, now, entry).await?;
        }
        if known.row.status == "Submitted" {
            done = "submitted";
        }
    }
    if let Some(step) = step {
        let (known, entry) = change::take(&mut tx, state, program, (step, None)).await?;
        if let Some(entry) = entry {
            audit::record(&mut tx, &member.actor, now, entry).await?;
        }
        done = match known.row.status.as_str() {
            "Listed" => "listed",
            "Submitted" => "submitted",
            "Paused" => "paused",
            _ => "withdrawn",
        };
    }
    tx.commit().await?;
    Ok(done)
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    given: Option<(Option<ListingForm>, Problems)>,
) -> Result<ListingPage> {
    let (frame, shell) = Shell::open(state, session, (organization, program), (PAGE, None)).await?;
    let mut tx = state.db.tenant(organization).await?;
    let known = change::shown(&mut tx, state, shell.program.id).await?;
    tx.commit().await?;
    let (typed, problems) = given.unwrap_or_default();
    let form = typed.unwrap_or_else(|| ListingForm::of(&known.row));
    Ok(ListingPage {
        missing: known.missing(),
        public_url: state.config.public_url.clone(),
        needs_approval: needs_approval(state),
        frame,
        shell,
        known,
        form,
        problems,
    })
}
