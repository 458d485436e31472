//! `POST /dashboard/affiliates/{id}/…`: actions on one affiliate. Errors are shown next to their field, and the form
//! keeps what was typed.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{PLACE, applications, commands, detail, recruiting};
use crate::dashboard::undo::{Begun, What};
use engine::decision::{reason, release, store::Whose};
use identity::{
    access::{member::Member, session::Session},
    organization,
};
use kit::{
    access::role::Right,
    api::text,
    error::{Error, Result},
    form::{Fields, Problems, Refused},
    page::{Html, PageError, flash::Flash, zone::Zone},
    state::AppState,
};
use programs::{
    affiliate::{
        approve::{Approval, REASON_MAX},
        change::ChangedAffiliate,
        status_change,
    },
    program::plan_view::{SEGMENT_MAX, not_ancient},
};

const FORMS: [&str; 12] = [
    "approve",
    "reject",
    "profile",
    "notes",
    "segment",
    "recruiter",
    "ban",
    "archive",
    "reinstate",
    "release",
    "link",
    "new-link",
];

/// Runs the action of one of [`FORMS`].
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Other errors are shown on the
/// page.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let form = FORMS.into_iter().find(|known| *known == what).ok_or_else(Error::not_found)?;
    let affiliate: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let one = status_change::read(&mut tx, &state, affiliate).await?;
    tx.commit().await?;
    let begun = undoes(form, &fields).map(|what| Begun::new(&state, what));
    match act(&state, &member, affiliate, form, &fields).await {
        Ok(_) if fields.text("from") == "queue" => {
            let done = if form == "reject" { "rejected" } else { "approved" };
            let place = applications::after(&state, organization, &fields).await?;
            Ok(Flash::done(format!("{} {done}", one.name)).redirect(&place))
        }
        Ok(changed) => {
            let place = format!("{PLACE}/{id}?organization={organization}");
            let ids = if changed { vec![affiliate.uuid()] } else { Vec::new() };
            let undo = begun.and_then(|begun| begun.path(&state, &member, ids, &place));
            Ok(match undo.zip(detail::message(form)) {
                Some((undo, done)) => Flash::done(done).undo(undo).redirect(&place),
                None => Redirect::to(&format!("{place}&done={form}")).into_response(),
            })
        }
        Err(error) if error.status().is_client_error() => {
            let mut page = detail::first(&state, &session, organization, &id).await?;
            page.refused = Refused { form: form.to_owned(), problems: Problems::of_error(&error), typed: fields };
            // A 404 here is about something that the form names; the page itself exists, so the answer is 400.
            let status = if error.status() == StatusCode::NOT_FOUND { StatusCode::BAD_REQUEST } else { error.status() };
            Ok((status, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What can be undone. A segment that begins on a day of its own is removed by setting it again.
fn undoes(form: &str, fields: &Fields) -> Option<What> {
    match form {
        "archive" => Some(What::Archived),
        "segment" if fields.text("effectiveAt").is_empty() => Some(What::Segment),
        _ => None,
    }
}

async fn act(state: &AppState, member: &Member, id: AffiliateId, form: &str, fields: &Fields) -> Result<bool> {
    match form {
        "approve" => {
            let mut input = approval(fields)?;
            commands::lead_somewhere(state, member, input.program_id, &mut input.destination).await?;
            commands::approve(state, member, id, input).await
        }
        "new-link" => commands::link(state, member, id, approval(fields)?).await,
        "reject" => {
            let reason = text::maybe("reason", fields.given("reason"), REASON_MAX)?;
            commands::reject(state, member, id, reason.as_deref(), fields.is_ticked("notify")).await
        }
        "profile" => {
            let changed = |name: &str| Some(fields.text(name).to_owned()).filter(|_| !fields.is_untouched(name));
            let (name, email, slug) = (changed("name"), changed("email"), changed("slug"));
            if name.is_none() && email.is_none() && slug.is_none() {
                return Ok(false);
            }
            let input = ChangedAffiliate { name, email, slug, ..ChangedAffiliate::default() };
            commands::change(state, member, id, input).await
        }
        "notes" => {
            let input = ChangedAffiliate {
                notes: Some(fields.given("notes").map(str::to_owned)),
                ..ChangedAffiliate::default()
            };
            commands::change(state, member, id, input).await
        }
        "segment" => {
            let name = text::maybe("segment", fields.given("segment"), SEGMENT_MAX)?;
            let from = day(state, member, fields.text("effectiveAt")).await?;
            commands::segment(state, member, id, name.as_deref(), from).await
        }
        "release" => {
            let reason = reason::checked(fields.text("reason"))?;
            let whose = Whose::Affiliate(id);
            release::by_hand(state, member.organization, whose, id.to_string(), &reason, &member.actor).await?;
            Ok(true)
        }
        "recruiter" => recruiting::decide(state, member, id, fields.text("recruiter"), fields.text("reason")).await,
        "link" => commands::invite_in(state, member, id).await,
        account_status => {
            let status = match account_status {
                "ban" => "Banned",
                "archive" => "Archived",
                _ => "Approved",
            };
            let reason = fields.given("reason").map(str::to_owned);
            let input = ChangedAffiliate { status: Some(status.to_owned()), reason, ..ChangedAffiliate::default() };
            commands::change(state, member, id, input).await
        }
    }
}

fn approval(fields: &Fields) -> Result<Approval> {
    let program_id = fields
        .given("programId")
        .map(|id| id.parse().map_err(|_| Error::field("programId", "Choose one of your programs.")))
        .transpose()?;
    Ok(Approval {
        // Without a program, the suggested destination has no meaning.
        destination: fields.given("destination").filter(|_| program_id.is_some()).map(str::to_owned),
        program_id,
        notify: Some(fields.is_ticked("notify")),
        ..Approval::default()
    })
}

/// Returns the start of a day in the organization's time zone, or `None` if the field is empty.
async fn day(state: &AppState, member: &Member, typed: &str) -> Result<Option<Timestamp>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::field("effectiveAt", "Enter a date such as 2026-11-20, or leave it empty to apply now.");
    let day: Date = typed.parse().map_err(|_| wrong())?;
    if !(2000..=2200).contains(&day.year()) {
        return Err(wrong());
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let profile = organization::store::profile(&mut tx).await?;
    tx.commit().await?;
    let zone = profile.map_or_else(Zone::utc, |profile| Zone::named(&profile.time_zone));
    not_ancient("effectiveAt", zone.start_of(day)).map(Some)
}
