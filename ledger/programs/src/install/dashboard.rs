//! `/dashboard/install`: the script for the brand's stack, and a check whether it is installed.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{OrganizationId, ProgramId};

use super::{
    check,
    inspect::{Expected, Finding, Verdict},
    snippets::{self, Stack},
    store::{self, Checked},
};
use crate::{link_host, program::program_rules};
use engine::api::store::{self as programs, Filter};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::{role::Right, throttle::CostlyAction},
    api::{query::Query, view::Program},
    error::{Error, Result},
    form::Fields,
    page::{
        Html, PageError,
        address::Address,
        tab::{Tab, tabs},
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/install";
const PROGRAMS_MAX: i64 = 100;

/// The result of the last check.
#[derive(Debug)]
struct Seen {
    url: String,
    when: String,
    title: &'static str,
    tone: &'static str,
    word: &'static str,
    findings: Vec<Finding>,
}

#[derive(Debug, askama::Template)]
#[template(path = "install.html")]
struct InstallPage {
    frame: Frame,
    programs: Vec<(String, String)>,
    chosen: String,
    stacks: Vec<Tab>,
    stack: Option<Stack>,
    seen: Option<Seen>,
    url: String,
    problem: Option<String>,
    /// Where the script may run.
    allowed: Vec<String>,
    /// The landing page's origin, if it isn't allowed yet.
    missing: Option<String>,
}

/// `GET /dashboard/install`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let (program, stack) = (query.id::<shared::id::Program>("program")?, query.text("stack").unwrap_or_default());
    Ok(Html(load(&state, &session, organization, (program, &stack)).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    (requested, stack): (Option<ProgramId>, &str),
) -> Result<InstallPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let filter = Filter { retired: Some(false), limit: PROGRAMS_MAX, ..Filter::default() };
    let found = programs::programs(&mut tx, &filter, state.clock.now()).await?;
    let chosen = match requested {
        Some(id) => Some(found.iter().find(|program| program.id == id).ok_or_else(Error::not_found)?),
        None => found.first(),
    };
    let checked = match chosen {
        Some(program) => store::read(&mut tx, program.id).await?,
        None => None,
    };
    let hosts = link_host::store::list(&mut tx, None).await?;
    tx.commit().await?;
    let id = chosen.map(|program| program.id.to_string()).unwrap_or_default();
    let key = chosen.map(|program| program.public_key.clone()).unwrap_or_default();
    let allowed = chosen.map(|program| program.allowed_origins.clone()).unwrap_or_default();
    let development = state.config.environment.is_development();
    let missing = chosen.and_then(|program| program_rules::missing_origin(program, development));
    let bases = link_host::script::bases(&state.config, &hosts, &allowed);
    let all = bases.first().map(|base| snippets::stacks(base, &id, &key)).unwrap_or_default();
    let stack = if all.iter().any(|one| one.key == stack) { stack } else { "html" };
    let here = Address::of(PLACE, organization).with("program", &id).with("stack", stack);
    let names: Vec<(&str, &'static str)> = all.iter().map(|one| (one.key, one.name)).collect();
    Ok(InstallPage {
        stacks: tabs("stack", &names, stack, &here),
        stack: all.into_iter().find(|one| one.key == stack).filter(|_| chosen.is_some()),
        url: checked.as_ref().map(|checked| checked.url.clone()).unwrap_or_default(),
        seen: checked.map(|checked| seen(&frame, checked)),
        programs: found.into_iter().map(|program| (program.id.to_string(), program.name)).collect(),
        chosen: id,
        problem: None,
        allowed,
        missing,
        frame,
    })
}

fn seen(frame: &Frame, checked: Checked) -> Seen {
    let (title, tone, word) = match checked.verdict {
        Verdict::Installed => ("The script is installed", "good", "Installed"),
        Verdict::Problems => ("The script is on the page, but has problems", "bad", "Problems"),
        Verdict::Missing => ("The script wasn't found", "bad", "Not found"),
        Verdict::Unreachable => ("The page couldn't be checked", "bad", "Unreachable"),
    };
    let when = frame.zone.full(checked.checked_at);
    Seen { url: checked.url, when, title, tone, word, findings: checked.findings }
}

/// `POST /dashboard/install`: checks a page.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. The page shows what is wrong with the URL.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Form(form): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(form.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let id: ProgramId = form.raw("program").parse().map_err(|_| Error::not_found())?;
    let stack = form.raw("stack");
    let (program, hosts) = read(&state, organization, id).await?;
    let page = match check::address(&state, form.raw("url")) {
        Ok(page) => page,
        Err(error) => {
            let mut page = load(&state, &session, organization, (Some(id), stack)).await?;
            page.problem = Some(error.body().message.clone());
            page.url = form.raw("url").to_owned();
            return Ok((error.status(), Html(page)).into_response());
        }
    };
    if !state.throttle.admit_costly(CostlyAction::Look, &organization.to_string(), state.clock.wall()) {
        let mut page = load(&state, &session, organization, (Some(id), stack)).await?;
        page.problem = Some("Too many checks in a row. Wait a few seconds, then try again.".to_owned());
        page.url = form.raw("url").to_owned();
        return Ok((StatusCode::TOO_MANY_REQUESTS, Html(page)).into_response());
    }
    let named = program.id.to_string();
    let bases = link_host::script::bases(&state.config, &hosts, &program.allowed_origins);
    let requested = Expected { bases: &bases, program: &named, origins: &program.allowed_origins };
    // No database connection is held while the page is fetched.
    let checked = check::check(&state, page, &requested).await;
    let mut tx = state.db.tenant(organization).await?;
    store::keep(&mut tx, id, &checked).await?;
    tx.commit().await?;
    let to = Address::of(PLACE, organization).with("program", id).with("stack", stack);
    Ok(Redirect::to(&format!("{to}#seen")).into_response())
}

async fn read(
    state: &AppState,
    organization: OrganizationId,
    id: ProgramId,
) -> Result<(Program, Vec<link_host::store::Row>)> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    let mut tx = state.db.tenant(organization).await?;
    let found = programs::programs(&mut tx, &filter, state.clock.now()).await?;
    let hosts = link_host::store::list(&mut tx, None).await?;
    tx.commit().await?;
    Ok((found.into_iter().next().ok_or_else(Error::not_found)?, hosts))
}
