//! `/dashboard/settings/link-hosts`: the hosts that serve links, and a form to add one.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::id::OrganizationId;

use super::{
    change::{self, LinkHostInput},
    store::{self, Row},
    verification::{self, Record},
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::Error,
    page::{
        Html, PageError,
        zone::{When, Zone},
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/link-hosts";
const TAKEN: &str = "Another organization has proved that this host is its own.";

#[derive(Debug, askama::Template)]
#[template(path = "link_hosts.html")]
struct LinkHostsPage {
    frame: Frame,
    hosts: Vec<HostRow>,
    edge: String,
    form: HostForm,
    /// The invalid field and what is wrong with it.
    problem: Option<(String, String)>,
}

impl LinkHostsPage {
    fn problem_of(&self, field: &str) -> Option<&str> {
        self.problem.as_ref().filter(|(at_fault, _)| at_fault == field).map(|(_, message)| message.as_str())
    }
}

#[derive(Debug)]
struct HostRow {
    host: String,
    default_destination: Option<String>,
    links: i64,
    at: When,
    verified: bool,
    /// The DNS records to set, while the host isn't verified; `problem` is why they weren't found.
    records: Vec<Record>,
    problem: Option<&'static str>,
    checked: Option<When>,
}

impl HostRow {
    fn of(row: Row, organization: OrganizationId, state: &AppState, zone: &Zone) -> Self {
        let verified = row.verified_at.is_some();
        let records = if verified { Vec::new() } else { verification::records(&state.config, organization, &row.host) };
        Self {
            verified,
            records,
            problem: row.problem.map(verification::Problem::message),
            checked: row.checked_at.map(|at| zone.when(at)),
            host: row.host,
            default_destination: row.default_destination,
            links: row.links,
            at: zone.when(row.created_at),
        }
    }
}

/// The form's fields.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostForm {
    #[serde(default)]
    organization: String,
    #[serde(default)]
    host: String,
    #[serde(default)]
    default_destination: String,
}

/// `GET /dashboard/settings/link-hosts`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, HostForm::default(), None).await?).into_response())
}

/// `POST /dashboard/settings/link-hosts`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer or manager. A mistake is shown next to its field.
pub async fn add(
    State(state): State<AppState>,
    session: Session,
    Form(form): Form<HostForm>,
) -> Result<Response, PageError> {
    let member = session.member(Some(&form.organization), Right::Configure)?;
    let destination = Some(form.default_destination.trim()).filter(|text| !text.is_empty());
    let done = async {
        let requested = LinkHostInput::checked(&form.host, destination, &state)?;
        let mut tx = state.db.tenant(member.organization).await?;
        change::add(&mut tx, &state, &member.actor, &requested).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    finish(done.await, &state, &session, member.organization, form).await
}

/// `POST /dashboard/settings/link-hosts/check`: checks the DNS now.
pub async fn check(
    State(state): State<AppState>,
    session: Session,
    Form(form): Form<HostForm>,
) -> Result<Response, PageError> {
    let member = session.member(Some(&form.organization), Right::Configure)?;
    let done = change::check(&state, member.organization, &member.actor, &form.host).await.map(drop);
    // The error is about the checked host, not about the form for a new one.
    let done = done.map_err(|error| match error.status() {
        axum::http::StatusCode::CONFLICT => Error::new(error.status(), "host_taken", TAKEN),
        _ => error,
    });
    finish(done, &state, &session, member.organization, HostForm::default()).await
}

/// `POST /dashboard/settings/link-hosts/remove`.
pub async fn remove(
    State(state): State<AppState>,
    session: Session,
    Form(form): Form<HostForm>,
) -> Result<Response, PageError> {
    let member = session.member(Some(&form.organization), Right::Configure)?;
    let done = async {
        let mut tx = state.db.tenant(member.organization).await?;
        change::remove(&mut tx, &state, &member.actor, &form.host).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    finish(done.await, &state, &session, member.organization, HostForm::default()).await
}

async fn finish(
    done: Result<(), Error>,
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    form: HostForm,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => {
            state.edge_config_changed.notify_one();
            Ok(Redirect::to(&format!("{PLACE}?organization={organization}")).into_response())
        }
        Err(error) if error.status().is_client_error() && error.status() != axum::http::StatusCode::NOT_FOUND => {
            let body = error.body();
            let problem = (body.field.clone().unwrap_or_default(), body.message.clone());
            let page = load(state, session, organization, form, Some(problem)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    form: HostForm,
    problem: Option<(String, String)>,
) -> Result<LinkHostsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let hosts = store::list(&mut tx, None).await?;
    tx.commit().await?;
    let hosts = hosts.into_iter().map(|row| HostRow::of(row, organization, state, &frame.zone)).collect();
    Ok(LinkHostsPage { frame, hosts, edge: state.config.edge_url.clone(), form, problem })
}
