//! `/dashboard/settings/link-hosts`: the hosts that serve links, and a form to add one.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{
    change::{self, LinkHostInput},
    route::{self, Route},
    store::{self, Row},
    verification::{self, Record},
};
use identity::{
    access::{
        member::Choice,
        session::{Session, SignedOut},
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Code, Error},
    form::{Fields, Problems},
    page::{
        Html, PageError,
        zone::{When, Zone},
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/link-hosts";
const TAKEN: &str = "Another organization has already verified this domain.";

#[derive(Debug, askama::Template)]
#[template(path = "link_hosts.html")]
struct LinkHostsPage {
    frame: Frame,
    hosts: Vec<HostRow>,
    edge: String,
    typed: Fields,
    problems: Problems,
}

/// The list of hosts, which a script loads again when something happens.
#[derive(Debug, askama::Template)]
#[template(path = "link_hosts_live.html")]
struct LivePart {
    frame: Frame,
    hosts: Vec<HostRow>,
}

#[derive(Debug)]
struct HostRow {
    host: String,
    default_destination: Option<String>,
    links: i64,
    at: When,
    verified: bool,
    /// How far it is, in words.
    state: &'static str,
    tone: &'static str,
    /// The record that makes it lead to the edge, while it doesn't serve links.
    routing: Option<Record>,
    /// The DNS records to set, while the host isn't verified; `problem` is why they weren't found.
    records: Vec<Record>,
    problem: Option<&'static str>,
    checked: Option<When>,
}

impl HostRow {
    fn of(row: Row, organization: OrganizationId, state: &AppState, zone: &Zone) -> Self {
        let verified = row.verified_at.is_some();
        let records = if verified { Vec::new() } else { verification::records(&state.config, organization, &row.host) };
        let (state_words, tone) = words(verified, row.route);
        let is_done = row.route == Some(Route::Active) || verification::is_local(&state.config, &row.host);
        Self {
            verified,
            state: state_words,
            tone,
            routing: route::record(&state.config, &row.host).filter(|_| !is_done),
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

/// A host's state and its tone.
const fn words(verified: bool, route: Option<Route>) -> (&'static str, &'static str) {
    match (verified, route) {
        (false, _) => ("Not verified", "wait"),
        (true, None) => ("Verified", "good"),
        (true, Some(Route::Missing)) => ("Waiting for DNS", "wait"),
        (true, Some(Route::NoAnswer)) => ("Waiting for certificate", "wait"),
        (true, Some(Route::Active)) => ("Active", "good"),
    }
}

/// `GET /dashboard/settings/link-hosts`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, Fields::default(), Problems::default()).await?).into_response())
}

/// `GET /dashboard/settings/link-hosts/live`: the part of the page with the list.
///
/// # Errors
/// As [`show`]; 401 if no one is signed in.
pub async fn live(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let LinkHostsPage { frame, hosts, .. } =
        load(&state, &session, organization, Fields::default(), Problems::default()).await?;
    Ok(Html(LivePart { frame, hosts }).into_response())
}

/// `POST /dashboard/settings/link-hosts`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer or manager. A mistake is shown next to its field.
pub async fn add(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let destination = fields.given("defaultDestination");
    let done = async {
        let requested = LinkHostInput::checked(fields.raw("host"), destination, &state)?;
        let mut tx = state.db.tenant(member.organization).await?;
        change::add(&mut tx, &state, &member.actor, &requested).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    finish(done.await, &state, &session, member.organization, fields).await
}

/// `POST /dashboard/settings/link-hosts/check`: checks the DNS now, or where a verified host leads.
pub async fn check(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let done = change::check_now(&state, member.organization, &member.actor, fields.raw("host")).await.map(drop);
    // The error is about the checked host, not about the form for a new one.
    let done = done.map_err(|error| match error.status() {
        axum::http::StatusCode::CONFLICT => Error::new(error.status(), Code::HostTaken, TAKEN),
        _ => error,
    });
    finish(done, &state, &session, member.organization, Fields::default()).await
}

/// `POST /dashboard/settings/link-hosts/remove`.
pub async fn remove(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let done = async {
        let mut tx = state.db.tenant(member.organization).await?;
        change::remove(&mut tx, &state, &member.actor, fields.raw("host")).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    finish(done.await, &state, &session, member.organization, Fields::default()).await
}

async fn finish(
    done: Result<(), Error>,
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    typed: Fields,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => {
            state.edge_config_changed.notify_one();
            Ok(Redirect::to(&format!("{PLACE}?organization={organization}")).into_response())
        }
        Err(error) if error.status().is_client_error() && error.status() != axum::http::StatusCode::NOT_FOUND => {
            let page = load(state, session, organization, typed, Problems::of_error(&error)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    typed: Fields,
    problems: Problems,
) -> Result<LinkHostsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let hosts = store::list(&mut tx, None).await?;
    tx.commit().await?;
    let hosts = hosts.into_iter().map(|row| HostRow::of(row, organization, state, &frame.zone)).collect();
    Ok(LinkHostsPage { frame, hosts, edge: state.config.edge_url.clone(), typed, problems })
}
