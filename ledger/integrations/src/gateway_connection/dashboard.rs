//! `/dashboard/gateways`: shows the brand's gateways with their status, and a form to connect each.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    api, catalogue, check, cleanup,
    connect::{self, ConnectInput},
    credentials::{self, Credentials},
    form::{Attempt, GatewayForm},
    store::{self, Row},
};
use engine::{
    api::store::{Filter, programs},
    quarantine::cause,
};
use identity::{
    access::{
        member::{Choice, Member},
        session::{Session, SignedOut},
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{idempotency::IdempotencyKey, path::parse_id},
    error::{Checks, Error},
    form::Fields,
    page::{
        Html, PageError,
        zone::{When, Zone},
    },
    state::AppState,
};

const LIMIT: i64 = 100;
/// For so long, a connection's page says that its first event arrived.
const NEW_DAYS: i64 = 1;

#[derive(Debug, askama::Template)]
#[template(path = "gateways.html")]
struct GatewaysPage {
    frame: Frame,
    connections: Vec<ConnectionView>,
    programs: Vec<(String, String)>,
    forms: Vec<GatewayForm>,
    problem: Option<String>,
    arrivals: Vec<Arrival>,
}

/// The part of the page that a script loads again when something happens.
#[derive(Debug, askama::Template)]
#[template(path = "gateways_live.html")]
struct LivePart {
    arrivals: Vec<Arrival>,
}

/// The first event of a new connection.
#[derive(Debug)]
struct Arrival {
    name: &'static str,
    /// The type and time of the last event, or `None` while the first one is awaited.
    event: Option<(String, When)>,
}

impl Arrival {
    /// Those of connections that await their first event, or are new.
    fn of_all(rows: &[Row], now: Timestamp, zone: &Zone) -> Vec<Self> {
        let since = now.plus_days(-NEW_DAYS);
        rows.iter()
            .filter(|row| row.status != "connecting" && (row.last_event_at.is_none() || row.created_at >= since))
            .map(|row| Self {
                name: catalogue::name(row.gateway),
                event: row.last_event_at.map(|at| (row.last_event_type.clone().unwrap_or_default(), zone.when(at))),
            })
            .collect()
    }
}

#[derive(Debug)]
struct ConnectionView {
    id: String,
    name: &'static str,
    environment: String,
    account: String,
    program: String,
    status: &'static str,
    tone: &'static str,
    webhook_url: String,
    events: &'static [&'static str],
    screen: &'static str,
    managed: bool,
    /// Nothing has arrived yet through a webhook that the brand creates manually.
    waiting: bool,
    making: bool,
    hints: Vec<(String, String)>,
    last_event: Option<(String, String, String)>,
    last_error: Option<(String, String, String)>,
    /// The last error in words, if it is a parser's.
    last_cause: Option<&'static str>,
    checked: Option<(String, String)>,
}

/// `GET /dashboard/gateways`.
///
/// # Errors
/// 404 for an organization that the person isn't a member of; 503 where the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, None, None).await?).into_response())
}

/// `GET /dashboard/gateways/live`: the part of the page with the first events of new connections.
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
    let frame = Frame::load(&state, &session, organization, "/dashboard/gateways").await?;
    let mut tx = state.db.tenant(organization).await?;
    let filter = store::Filter { limit: LIMIT, ..store::Filter::default() };
    let rows = store::list(&mut tx, &filter).await?;
    tx.commit().await?;
    let arrivals = Arrival::of_all(&rows, state.clock.now(), &frame.zone);
    Ok(Html(LivePart { arrivals }).into_response())
}

/// `POST /dashboard/gateways`: connects a gateway with the values of its form.
///
/// # Errors
/// 404 for another organization, 403 for a viewer or manager, 503 where the database is unavailable. Errors in the form
/// are shown next to their fields.
pub async fn connect(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let organization = member.organization;
    let gateway = Gateway::named(fields.raw("type"));
    let gateway = gateway.ok_or_else(|| Error::field("type", "Choose one of the gateways on this page."))?;
    let requested = read_form(&member, gateway, &fields);
    let done = match requested {
        Ok(requested) => connect::connect(&state, requested).await.map(drop),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/dashboard/gateways?organization={organization}")).into_response()),
        Err(error) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => Err(error.into()),
        Err(error) => {
            let attempt = Attempt { gateway, fields: &fields, error: &error };
            let page = load(&state, &session, organization, Some(&attempt), None).await?;
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

/// `POST /dashboard/gateways/{id}/test`.
pub async fn test(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let id: GatewayConnectionId = parse_id(&id)?;
    let organization = member.organization;
    match check::test(&state, organization, id).await {
        // There is no key to test with, or it was changed during the test: the page shows that nowhere else.
        Ok(tested) if !tested.ok && tested.row.status != "broken" => {
            let page = load(&state, &session, organization, None, Some(tested.message)).await?;
            Ok(Html(page).into_response())
        }
        Ok(_) => Ok(Redirect::to(&format!("/dashboard/gateways?organization={organization}#{id}")).into_response()),
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            let problem = Some(error.body().message.clone());
            let page = load(&state, &session, organization, None, problem).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /dashboard/gateways/{id}/disconnect`.
pub async fn disconnect(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let id: GatewayConnectionId = parse_id(&id)?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    api::remove(&mut tx, &state, id, &member.actor).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    cleanup::now(&state, organization, id).await;
    Ok(Redirect::to(&format!("/dashboard/gateways?organization={organization}")).into_response())
}

fn read_form(member: &Member, gateway: shared::event::Gateway, fields: &Fields) -> Result<ConnectInput, Error> {
    let text = |name: &str| fields.raw(name);
    let mut checks = Checks::default();
    let program = text("programId").parse().map_err(|_| Error::field("programId", "Choose a program."));
    let program = checks.maybe(program);
    let known = catalogue::fields(gateway).iter().map(|field| (field.name.to_owned(), text(field.name).to_owned()));
    let given = Credentials::of_form(known);
    let checked = checks.end_with(credentials::check(gateway, &given))?;
    let program = program.ok_or_else(|| Error::internal("a mistake was lost"))?;
    Ok(ConnectInput {
        organization: member.organization,
        actor: member.actor.clone(),
        gateway,
        program,
        id: text("id").parse().ok(),
        checked,
        idempotency: IdempotencyKey::none(),
    })
}

/// The member who sent the form; only owners and admins may connect.
fn may_change(session: &Session, fields: &Fields) -> Result<Member, Error> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    attempt: Option<&Attempt<'_>>,
    problem: Option<String>,
) -> Result<GatewaysPage, Error> {
    let frame = Frame::load(state, session, organization, "/dashboard/gateways").await?;
    let mut tx = state.db.tenant(organization).await?;
    let filter = store::Filter { limit: LIMIT, ..store::Filter::default() };
    let rows = store::list(&mut tx, &filter).await?;
    let filter = Filter { limit: LIMIT, ..Filter::default() };
    let programs = programs(&mut tx, &filter, state.clock.now()).await?;
    tx.commit().await?;
    let programs: Vec<_> = programs.into_iter().map(|program| (program.id.to_string(), program.name)).collect();
    Ok(GatewaysPage {
        arrivals: Arrival::of_all(&rows, state.clock.now(), &frame.zone),
        connections: rows
            .into_iter()
            .map(|row| ConnectionView::of(row, &programs, &state.config.edge_url, &frame.zone))
            .collect(),
        forms: GatewayForm::all(state, frame.test_mode, attempt),
        frame,
        programs,
        problem,
    })
}

impl ConnectionView {
    fn of(row: Row, programs: &[(String, String)], edge_url: &str, zone: &Zone) -> Self {
        let program = row.program.to_string();
        let named = programs.iter().find(|(id, _)| *id == program).map_or(&program, |(_, name)| name);
        let moments = |at| zone.when(at);
        let with = |(at, when): When, what: String| (at, when, what);
        let waiting = !row.managed && row.last_event_at.is_none() && row.status != "connecting";
        let (status, tone) = match row.status.as_str() {
            "active" if waiting => ("Waiting", "wait"),
            "active" => ("Connected", "good"),
            "connecting" => ("Connecting", "wait"),
            "broken" => ("Failing", "bad"),
            _ => ("Disabled", "off"),
        };
        Self {
            program: named.clone(),
            name: catalogue::name(row.gateway),
            webhook_url: catalogue::webhook_url(edge_url, row.gateway, row.id),
            events: catalogue::events(row.gateway),
            screen: catalogue::webhook_screen(row.gateway),
            waiting,
            making: row.status == "connecting",
            tone,
            last_event: row.last_event_at.map(|at| with(moments(at), row.last_event_type.clone().unwrap_or_default())),
            last_cause: row.last_error.as_deref().and_then(cause::of_error),
            last_error: row.last_error_at.map(|at| with(moments(at), row.last_error.clone().unwrap_or_default())),
            checked: row.checked_at.map(moments),
            id: row.id.to_string(),
            environment: row.environment.unwrap_or_default(),
            account: row.account.unwrap_or_default(),
            status,
            managed: row.managed,
            hints: row.hints.into_iter().map(|(name, hint)| (label(row.gateway, &name), hint)).collect(),
        }
    }
}

/// Returns the form's label of a credential.
fn label(gateway: shared::event::Gateway, name: &str) -> String {
    let field = catalogue::fields(gateway).iter().find(|field| field.name == name);
    field.map_or(name, |field| field.label).to_owned()
}
