//! `/dashboard/payouts/tax/forms/{id}`: one form, and the decision about it.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use payout_core::tax::form::Shown;
use shared::id::{OrganizationId, TaxFormId};

use super::{
    api::{found, linked},
    dashboard::PLACE,
    decide::{self, Decided},
    email,
    store::{Row, Source, Status},
    view::{self, TaxFormLine},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
        step_up::{self, Challenge, Given},
    },
    audit::{self, Entry},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Error, Result as Answer},
    form::Fields,
    page::{Html, PageError, zone::Zone},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "tax_one.html")]
struct OnePage {
    frame: Frame,
    one: One,
    lines: Vec<TaxFormLine>,
    /// Whether full taxpayer numbers are shown, this once.
    whole: bool,
    problem: Option<String>,
    /// What the person must enter to see full taxpayer numbers and the PDF.
    challenge: Challenge,
    /// The error in the proof.
    unproved: Option<String>,
    reason: String,
}

#[derive(Debug)]
struct One {
    id: String,
    name: String,
    email: String,
    form: &'static str,
    title: &'static str,
    revision: &'static str,
    status: &'static str,
    tone: &'static str,
    uploaded: bool,
    submitted: (String, String),
    decided: Option<(String, String)>,
    reason: Option<String>,
    expires: Option<String>,
    kept: Option<String>,
    file: bool,
    /// Whether it can be accepted or rejected.
    waits: bool,
    counts: bool,
    subject: bool,
}

impl One {
    fn of(row: &Row, zone: &Zone) -> Self {
        let moments = |at: shared::timestamp::Timestamp| (at.to_string(), zone.date(at));
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            email: row.email.clone(),
            form: row.kind.name(),
            title: row.kind.title(),
            revision: row.kind.revision(),
            status: if row.status == Status::Submitted { "Waiting for review" } else { row.status.as_str() },
            tone: match row.status {
                Status::Submitted => "wait",
                Status::Valid => "good",
                Status::Rejected | Status::Expired => "bad",
                Status::Replaced => "off",
            },
            uploaded: row.source == Source::Uploaded,
            submitted: moments(row.submitted_at),
            decided: row.decided_at.map(moments),
            reason: row.reason.clone(),
            expires: row.expires_on.map(email::in_words),
            kept: row.keep_until.map(email::in_words),
            file: row.file.is_some() && row.sealed_form.is_some(),
            waits: row.status == Status::Submitted,
            counts: row.status == Status::Valid,
            subject: row.subject_to_withholding,
        }
    }
}

/// `GET /dashboard/payouts/tax/forms/{id}`: shows taxpayer numbers by their last four digits. The audit log records who
/// read it.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let member = session.member(choice.named(), Right::Operate)?;
    note(&state, &member, &id, "tax_form.read").await?;
    Ok(Html(load(&state, &session, member.organization, &id, Shown::Masked, None).await?).into_response())
}

/// Records who reads the form, before they see it.
async fn note(state: &AppState, member: &Member, id: &str, what: &'static str) -> Answer<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    let row = found(&mut tx, id).await?;
    let entry = Entry::new(what, row.id);
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    Ok(tx.commit().await?)
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: &str,
    shown: Shown,
    problem: Option<(String, String)>,
) -> Answer<OnePage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let challenge =
        if frame.may_configure() { step_up::challenge_for(state, session).await? } else { Challenge::Nothing };
    let mut tx = state.db.tenant(organization).await?;
    let row = found(&mut tx, id).await?;
    tx.commit().await?;
    let (problem, reason) = problem.map_or((None, String::new()), |(message, reason)| (Some(message), reason));
    Ok(OnePage {
        lines: view::lines(&state.config.keys, organization, &row, shown)?,
        one: One::of(&row, &frame.zone),
        frame,
        whole: shown == Shown::Whole,
        problem,
        challenge,
        unproved: None,
        reason,
    })
}

fn admin(session: &Session, fields: &Fields) -> Answer<Member> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

/// `POST …/show`: shows the form with full taxpayer numbers, this once, after the person has proved who they are. The
/// audit log records who saw it.
///
/// # Errors
/// As all here: 404 for what isn't the person's, 403 for a manager or viewer, 503 if the database is unavailable.
/// Without proof, the page says so and asks for it.
pub async fn reveal(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = admin(&session, &fields)?;
    if let Err(error) = step_up::prove(&state, &session, given).await {
        return unproved(&state, &session, &member, &id, error).await;
    }
    note(&state, &member, &id, "tax_form.shown").await?;
    Ok(Html(load(&state, &session, member.organization, &id, Shown::Whole, None).await?).into_response())
}

/// Shows the page again with the error in the proof.
async fn unproved(
    state: &AppState,
    session: &Session,
    member: &Member,
    id: &str,
    error: Error,
) -> Result<Response, PageError> {
    if !error.status().is_client_error() {
        return Err(error.into());
    }
    let mut page = load(state, session, member.organization, id, Shown::Masked, None).await?;
    page.unproved = Some(kit::form::sentence_for(&error));
    Ok((error.status(), Html(page)).into_response())
}

/// `POST …/file`: redirects to the PDF, by a link that is valid for five minutes in this person's browser, after they
/// have proved who they are.
pub async fn file(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = admin(&session, &fields)?;
    if let Err(error) = step_up::prove(&state, &session, given).await {
        return unproved(&state, &session, &member, &id, error).await;
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let (link, entry) = linked(&mut tx, &state, &id, &member.actor.who).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&link.url).into_response())
}

/// `POST …/accept`.
///
/// # Errors
/// As [`reveal`]; if someone else was faster, the page says so.
pub async fn accept(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    decided(&state, &session, &id, &fields, None).await
}

/// `POST …/reject`, with a reason for the affiliate.
pub async fn reject(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let reason = fields.raw("reason").to_owned();
    decided(&state, &session, &id, &fields, Some(&reason)).await
}

async fn decided(
    state: &AppState,
    session: &Session,
    id: &str,
    fields: &Fields,
    reason: Option<&str>,
) -> Result<Response, PageError> {
    let member = admin(session, fields)?;
    let organization = member.organization;
    let form: TaxFormId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let by = &member.actor.who;
    let done = match reason {
        None => decide::accept(&mut tx, state, form, by).await,
        Some(reason) => decide::reject(&mut tx, state, form, (by, reason)).await,
    };
    match done {
        Ok(Decided { entry, .. }) => {
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            tx.commit().await?;
            drop(state.news.send(organization));
            Ok(Redirect::to(&format!("{PLACE}/forms/{form}?organization={organization}")).into_response())
        }
        Err(error) if matches!(error.status(), StatusCode::BAD_REQUEST | StatusCode::CONFLICT) => {
            drop(tx);
            let text = match error.body().field {
                Some(_) => "Enter a reason of at most 500 characters. The affiliate will see it.".to_owned(),
                None => kit::form::sentence_for(&error),
            };
            let problem = Some((text, reason.unwrap_or_default().to_owned()));
            let page = load(state, session, organization, id, Shown::Masked, problem).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
