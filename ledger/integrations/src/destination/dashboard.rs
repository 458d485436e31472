//! The form for a destination, on the page `/dashboard/settings/webhooks`, which shows webhooks and destinations.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::connect::{self, Found};
use crate::webhook::{
    change,
    dashboard::{load, may_change},
    endpoint::EndpointKind,
    listen, naming,
    view_model::{FormView, PLACE},
};
use identity::{
    access::{member::Member, session::Session},
    audit,
};
use kit::{
    error::{Checks, Error},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};

/// `POST /dashboard/settings/webhooks/destinations`.
pub async fn connect(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let chosen = fields.all("events");
    match make_destination(&state, &member, &fields, &chosen).await {
        Ok(id) => {
            let organization = member.organization;
            Ok(Redirect::to(&format!("{PLACE}?organization={organization}#{id}")).into_response())
        }
        Err(error) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => Err(error.into()),
        Err(error) => {
            let mut page = load(&state, &session, member.organization).await?;
            // The form above has fields with these names, too.
            let problems = Problems::of_error(&error).at_fields(|name| match name {
                "events" | "description" => format!("destination-{name}"),
                other => other.to_owned(),
            });
            page.destination = FormView { typed: fields, chosen, problems };
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

async fn make_destination(
    state: &AppState,
    member: &Member,
    fields: &Fields,
    chosen: &[String],
) -> Result<String, Error> {
    let mut checks = Checks::default();
    let events = checks.value(listen::events(chosen, listen::choices(EndpointKind::CustomerIo)));
    let description = checks.value(change::description(Some(fields.raw("description"))));
    let credentials = checks.end_with(connect::checked(fields.raw("siteId"), fields.raw("apiKey")))?;
    let region = connect::region(state, &credentials).await?;
    let found = Found { credentials, region };
    let mut tx = state.db.tenant(member.organization).await?;
    let rest = (events.as_slice(), description.as_str(), true);
    let (made, entry) = connect::create(&mut tx, state, &found, rest).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(naming::shown_id(made.kind, made.id))
}
