//! `/dashboard/settings/webhooks`: shows the endpoints with their status, and a form to add one.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;

use super::{
    change::{self, EndpointInput},
    customerio,
    endpoint::{ALL_EVENTS, EndpointKind},
    endpoint_store::{self, Filter},
    naming,
    view_model::{EndpointView, FormView, PLACE, choice},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::Error,
    form::{Fields, Problems},
    page::{Html, PageError, compress},
    state::AppState,
};
use outbox::webhook::event::EventKind;

#[derive(Debug, askama::Template)]
#[template(path = "webhooks.html")]
pub struct WebhooksPage {
    frame: Frame,
    endpoints: Vec<EndpointView>,
    choices: Vec<(&'static str, &'static str)>,
    destination_choices: Vec<(&'static str, &'static str)>,
    webhook: FormView,
    /// The form of [`crate::destination`].
    pub destination: FormView,
    /// The endpoint that was just created: its id, URL and secret.
    fresh: Option<(String, String, String)>,
}

/// The member who sent the form; only owners and admins may change webhooks.
pub fn may_change(session: &Session, fields: &Fields) -> Result<Member, Error> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

/// `GET /dashboard/settings/webhooks`.
///
/// # Errors
/// 404 for an organization that the person isn't a member of; 503 where the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let page = load(&state, &session, organization).await?;
    Ok(Html(page).into_response())
}

/// `POST /dashboard/settings/webhooks`: creates an endpoint and shows its secret once.
///
/// # Errors
/// 404 for another organization, 403 for a viewer or manager, 503 where the database is unavailable. Errors in the form
/// are shown next to their fields.
pub async fn create(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let chosen = fields.all("events");
    let made = make(&state, &member, &fields, &chosen).await;
    let mut page = load(&state, &session, member.organization).await?;
    match made {
        Ok(fresh) => {
            page.fresh = Some(fresh);
            Ok(compress::uncompressed(page))
        }
        Err(error) if error.status().is_server_error() => Err(error.into()),
        Err(error) => {
            let mut problems = Problems::default();
            for (field, message) in Problems::of_error(&error).pairs() {
                let is_none = field == "events" && chosen.is_empty();
                problems.add(field, if is_none { "Select at least one event, or All." } else { message.as_str() });
            }
            page.webhook = FormView { typed: fields, chosen, problems };
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

async fn make(
    state: &AppState,
    member: &Member,
    fields: &Fields,
    chosen: &[String],
) -> Result<(String, String, String), Error> {
    let requested = EndpointInput::checked(state, fields.raw("url"), chosen, Some(fields.raw("description")), true)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let (made, secret, entry) = change::create(&mut tx, state, &requested).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok((naming::shown_id(made.kind, made.id), made.url, secret.expose().to_owned()))
}

/// Loads the page with empty forms.
pub async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<WebhooksPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let mut endpoints = Vec::new();
    for kind in [EndpointKind::Webhook, EndpointKind::CustomerIo] {
        let filter = Filter { kind, id: None, after: None, limit: change::ENDPOINTS_MAX };
        let rows = endpoint_store::list(&mut tx, &filter, state.clock.now()).await?;
        endpoints.extend(rows.into_iter().map(|row| EndpointView::of(row, &frame.zone)));
    }
    tx.commit().await?;
    Ok(WebhooksPage {
        frame,
        endpoints,
        choices: EventKind::choices().map(choice).collect(),
        destination_choices: customerio::EVENTS.into_iter().map(choice).collect(),
        webhook: FormView { chosen: vec![ALL_EVENTS.to_owned()], ..FormView::default() },
        destination: FormView {
            chosen: ["affiliate_approved", "commission_earned", "payout_sent"].map(str::to_owned).to_vec(),
            ..FormView::default()
        },
        fresh: None,
    })
}
