//! `POST /dashboard/affiliates/{id}/…`: actions on one affiliate. Errors are shown next to their field, and the form
//! keeps what was typed.

use std::collections::HashMap;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{PLACE, commands, detail};
use engine::decision::{reason, release, store::Whose};
use identity::{
    access::{member::Member, session::Session},
    organization,
};
use kit::{
    access::role::Right,
    api::text,
    dashboard::refused::{Refused, message_for},
    error::{Error, Result},
    page::{Html, PageError, zone::Zone},
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

type Fields = HashMap<String, String>;

const FORMS: [&str; 11] =
    ["approve", "reject", "profile", "notes", "segment", "ban", "archive", "reinstate", "release", "link", "new-link"];

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
    let member = session.member(Some(field(&fields, "organization")), Right::Operate)?;
    let organization = member.organization;
    let form = FORMS.into_iter().find(|known| *known == what).ok_or_else(Error::not_found)?;
    let affiliate: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    status_change::read(&mut tx, &state, affiliate).await?;
    tx.commit().await?;
    match act(&state, &member, affiliate, form, &fields).await {
        Ok(_) if field(&fields, "from") == "queue" => {
            let place = format!("{PLACE}?organization={organization}&status=Pending&done={form}");
            Ok(Redirect::to(&place).into_response())
        }
        Ok(_) => Ok(Redirect::to(&format!("{PLACE}/{id}?organization={organization}&done={form}")).into_response()),
        Err(error) if error.status().is_client_error() => {
            let mut page = detail::first(&state, &session, organization, &id).await?;
            page.refused = Refused {
                form,
                field: error.body().field.clone().unwrap_or_default(),
                message: message_for(&error),
                typed: fields.into_iter().collect(),
            };
            // A 404 here is about something that the form names; the page itself exists, so the answer is 400.
            let status = if error.status() == StatusCode::NOT_FOUND { StatusCode::BAD_REQUEST } else { error.status() };
            Ok((status, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |text| text.trim())
}

fn given(fields: &Fields, name: &str) -> Option<String> {
    Some(field(fields, name)).filter(|text| !text.is_empty()).map(str::to_owned)
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
            let reason = text::maybe("reason", given(fields, "reason").as_deref(), REASON_MAX)?;
            commands::reject(state, member, id, reason.as_deref(), field(fields, "notify") == "yes").await
        }
        "profile" => {
            let input = ChangedAffiliate {
                name: Some(field(fields, "name").to_owned()),
                email: Some(field(fields, "email").to_owned()),
                slug: Some(field(fields, "slug").to_owned()),
                ..ChangedAffiliate::default()
            };
            commands::change(state, member, id, input).await
        }
        "notes" => {
            let input = ChangedAffiliate { notes: Some(given(fields, "notes")), ..ChangedAffiliate::default() };
            commands::change(state, member, id, input).await
        }
        "segment" => {
            let name = text::maybe("segment", given(fields, "segment").as_deref(), SEGMENT_MAX)?;
            let from = day(state, member, field(fields, "effectiveAt")).await?;
            commands::segment(state, member, id, name.as_deref(), from).await
        }
        "release" => {
            let reason = reason::checked(field(fields, "reason"))?;
            let whose = Whose::Affiliate(id);
            release::by_hand(state, member.organization, whose, id.to_string(), &reason, &member.actor).await?;
            Ok(true)
        }
        "link" => commands::invite_in(state, member, id).await,
        account_status => {
            let status = match account_status {
                "ban" => "Banned",
                "archive" => "Archived",
                _ => "Approved",
            };
            let reason = given(fields, "reason");
            let input = ChangedAffiliate { status: Some(status.to_owned()), reason, ..ChangedAffiliate::default() };
            commands::change(state, member, id, input).await
        }
    }
}

fn approval(fields: &Fields) -> Result<Approval> {
    let program_id = given(fields, "programId")
        .map(|id| id.parse().map_err(|_| Error::field("programId", "Choose one of your programs.")))
        .transpose()?;
    Ok(Approval {
        // Without a program, the suggested destination has no meaning.
        destination: given(fields, "destination").filter(|_| program_id.is_some()),
        program_id,
        notify: Some(field(fields, "notify") == "yes"),
        ..Approval::default()
    })
}

/// Returns the start of a day in the organization's time zone, or `None` if the field is empty.
async fn day(state: &AppState, member: &Member, typed: &str) -> Result<Option<Timestamp>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::field("effectiveAt", "Write a date such as 2026-11-20, or leave it empty for now.");
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
