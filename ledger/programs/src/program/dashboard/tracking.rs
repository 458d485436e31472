//! `/dashboard/programs/{id}/tracking`: how clicks and sales reach the program, its last activity, and a test sale.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    Answer, Shell,
    links::Link,
    server_code::{self, ServerCode},
    share::{ShareFilters, Shared},
    store::{self, Counts, Seen},
    to,
};
use crate::{
    link::read::link_scheme,
    link_host,
    program::{program_rules, test_sale},
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Code, Error, Result},
    form::Fields,
    page::Html,
    state::AppState,
};

/// Older activity isn't searched for.
const SEEN_DAYS: i64 = 365;

#[derive(Debug, askama::Template)]
#[template(path = "program_tracking.html")]
struct TrackingPage {
    frame: Frame,
    shell: Shell,
    click: Option<(String, String)>,
    conversion: Option<(String, String, String)>,
    edge: String,
    /// The base URL of the script.
    script: String,
    origins: String,
    /// The landing page's origin, if it isn't allowed yet.
    missing: Option<String>,
    problem: Option<String>,
    hosts: Vec<(String, i64)>,
    counts: Counts,
    /// The oldest active link and its slug.
    link: Option<(String, String)>,
    /// The code that a server reports a sale with.
    languages: Vec<ServerCode>,
}

/// The last activity, which the page reloads when something happens.
#[derive(Debug, askama::Template)]
#[template(path = "program_tracking_live.html")]
struct LivePart {
    click: Option<(String, String)>,
    conversion: Option<(String, String, String)>,
}

impl LivePart {
    fn of(seen: Seen, frame: &Frame) -> Self {
        let moment = |at: Timestamp| (at.to_string(), frame.zone.full(at));
        Self {
            click: seen.click.map(moment),
            conversion: seen.conversion.map(moment).map(|(at, when)| (at, when, reported_by(seen.source.as_deref()))),
        }
    }
}

/// The source of a conversion, in words.
fn reported_by(source: Option<&str>) -> String {
    match source.unwrap_or_default().to_ascii_lowercase().as_str() {
        "s2s" | "server" => "your server".to_owned(),
        "pixel" => "the browser".to_owned(),
        other => other.to_owned(),
    }
}

/// `GET /dashboard/programs/{id}/tracking`.
///
/// # Errors
/// 404 for what isn't the person's organization's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
    mut query: Query,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let done = query.text("done");
    let page = load(&state, &session, (organization, &program), done.as_deref(), None).await?;
    Ok(Html(page).into_response())
}

/// `GET /dashboard/programs/{id}/tracking/live`: the part of the page with the last activity.
pub async fn live(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/tracking", None)).await?;
    let mut tx = state.db.tenant(organization).await?;
    let from = state.clock.now().plus_days(-SEEN_DAYS);
    let seen = store::seen(&mut tx, shell.program.id, from).await?;
    tx.commit().await?;
    Ok(Html(LivePart::of(seen, &frame)).into_response())
}

/// Shows the page again, with the submitted origins and the error.
pub(super) async fn again(
    state: &AppState,
    session: &Session,
    whose: (OrganizationId, &str),
    status: StatusCode,
    given: (String, String),
) -> Answer {
    let page = load(state, session, whose, None, Some(given)).await?;
    Ok((status, Html(page)).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    done: Option<&str>,
    given: Option<(String, String)>,
) -> Result<TrackingPage> {
    let (frame, shell) = Shell::open(state, session, (organization, program), ("/tracking", done)).await?;
    let id = shell.program.id;
    let mut tx = state.db.tenant(organization).await?;
    let seen = store::seen(&mut tx, id, state.clock.now().plus_days(-SEEN_DAYS)).await?;
    let hosts = link_host::store::list(&mut tx, None).await?;
    let counts = store::counts(&mut tx, id).await?;
    tx.commit().await?;
    let link = first_link(state, organization, id).await?;
    let scheme = link_scheme(&state.config);
    let (origins, problem) = match given {
        Some((origins, problem)) => (origins, Some(problem)),
        None => (shell.program.allowed_origins.join("\n"), None),
    };
    let LivePart { click, conversion } = LivePart::of(seen, &frame);
    let bases = link_host::script::bases(&state.config, &hosts, &shell.program.allowed_origins);
    let slug = link.as_ref().map_or("lauren", |link| &link.slug);
    Ok(TrackingPage {
        languages: server_code::languages(&state.config.edge_url, slug),
        click,
        conversion,
        edge: state.config.edge_url.clone(),
        script: bases.into_iter().next().unwrap_or_default(),
        hosts: hosts
            .into_iter()
            .filter(|host| host.verified_at.is_some())
            .map(|host| (host.host, host.links))
            .collect(),
        link: link.map(|link| (format!("{scheme}://{}", link.place()), link.slug)),
        missing: program_rules::missing_origin(&shell.program, state.config.environment.is_development()),
        frame,
        shell,
        origins,
        problem,
        counts,
    })
}

/// The program's oldest active link, used for tests.
async fn first_link(state: &AppState, organization: OrganizationId, program: ProgramId) -> Result<Option<Link>> {
    let requested = ShareFilters::all(program, Some(false), 1)?;
    let mut tx = state.db.tenant(organization).await?;
    let links = Link::read(&mut tx, &requested, state.clock.now()).await?;
    tx.commit().await?;
    Ok(links.into_iter().next().map(|link| link.own))
}

/// `POST /dashboard/programs/{id}/tracking/test`: reports and books a sale of the first link's affiliate like a real
/// one. Only in test mode, whose books lead to no payouts.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer, 409 `test_mode_only` in a live organization, or `no_link`.
pub async fn test(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let (frame, shell) = Shell::open(&state, &session, (organization, &program), ("/tracking", None)).await?;
    if !frame.test_mode {
        let message = "Test sales can be sent only in test mode.";
        return Err(Error::new(StatusCode::CONFLICT, Code::TestModeOnly, message).into());
    }
    let Some(link) = first_link(&state, organization, shell.program.id).await? else {
        let message = "A test sale needs an affiliate with a link in this program. Create a link first.";
        return Err(Error::new(StatusCode::CONFLICT, Code::NoLink, message).into());
    };
    test_sale::report(&state, &member, shell.program.id, link.slug).await?;
    Ok(to(organization, shell.program.id, "/tracking", "told"))
}
