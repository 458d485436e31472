//! Endpoints that exist only with `REKOMI_ENV=dev` and `test`; elsewhere they return 404 like any unknown path.

use std::time::Duration;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::id::{OrganizationId, ProgramId};
use url::form_urlencoded;

use super::maintenance;
use crate::{
    demo,
    development::open_in_development,
    verify::command::{self, Verdict},
};
use engine::accrual;
use identity::organization;
use kit::{
    api::{body::JsonBody, query::Query},
    error::{Error, Result},
    jobs::Ran,
    page::Html,
    state::AppState,
};

/// Longer work, such as a call to a slow receiver, finishes later.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Advance {
    advance_days: i64,
}

/// `POST /dev/clock`: moves the business clock forward, and runs what the new date makes due.
pub async fn advance_clock(State(state): State<AppState>, body: JsonBody<Advance>) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let days = body.value.advance_days;
    if !(0..=3_650).contains(&days) {
        return Err(Error::field("advanceDays", "advanceDays must be 0 to 3650"));
    }
    let now = state.clock.advance_days(days);
    maintenance::make_partitions(&state.db, now).await;
    accrual::clicks::once(&state).await?;
    accrual::release_holds::once(&state).await?;
    organization::trial::once(&state).await?;
    organization::close::once(&state).await?;
    read_clock(State(state)).await
}

/// `POST /dev/run-jobs`: runs everything that is due. Answers when it is done with what ran, or after a time limit with
/// what is still running; with `?request=` and the number in that answer, it waits on.
pub async fn run_jobs(State(state): State<AppState>, mut query: Query) -> Result<Json<Ran>> {
    open_in_development(&state)?;
    let request = match query.text("request").map(|text| text.parse()) {
        Some(Ok(number)) => number,
        Some(Err(_)) => return Err(Error::field("request", "request must be a number")),
        None => state.jobs.request(),
    };
    query.finish()?;
    let unknown = || Error::field("request", "request must be a number that this process gave");
    state.jobs.run_due(request, PATIENCE).await.map(Json).ok_or_else(unknown)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Demo {
    suffix: String,
}

/// `POST /dev/demo`: creates two more demo organizations, and returns what `rekomi demo` prints.
pub async fn create_demo(State(state): State<AppState>, body: JsonBody<Demo>) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let more = Box::pin(demo::more(&state, &body.value.suffix)).await;
    more.map(Json).map_err(|error| Error::internal(format!("{error:#}")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verify {
    /// Organizations that are left out.
    except: Vec<OrganizationId>,
}

/// `POST /dev/verify`: does what `rekomi audit` and `rekomi replay --verify` do, without starting a process for each.
pub async fn verify(State(state): State<AppState>, body: JsonBody<Verify>) -> Result<Json<Verdict>> {
    open_in_development(&state)?;
    let both = Box::pin(command::both(&state.db, &state.config.keys, &body.value.except)).await;
    both.map(Json).map_err(|error| Error::internal(format!("{error:#}")))
}

/// `GET /dev/clock`.
pub async fn read_clock(State(state): State<AppState>) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let (now, wall) = (state.clock.now(), state.clock.wall());
    let ahead_days = (now.millis() - wall.millis()).div_euclid(86_400_000);
    Ok(Json(json!({"now": now.to_string(), "wall": wall.to_string(), "aheadDays": ahead_days})))
}

#[derive(Debug, askama::Template)]
#[template(path = "landing.html")]
struct Landing {
    via: String,
    token: String,
    program: Option<ProgramId>,
    loader: String,
}

/// `GET /dev/landing`: a fake of a brand's site, so that a demo link leads somewhere without a network.
pub async fn landing(State(state): State<AppState>, RawQuery(query): RawQuery) -> Result<Response> {
    open_in_development(&state)?;
    let query = query.unwrap_or_default();
    let text = |name: &str| {
        form_urlencoded::parse(query.as_bytes()).find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let page = Landing {
        via: text("via").unwrap_or_default(),
        token: text("rk").unwrap_or_default(),
        program: text("program").and_then(|id| id.parse().ok()),
        loader: format!("{}/api/v1/r/loader.js", state.config.edge_url),
    };
    let mut response = Html(page).into_response();
    // The only page that runs a script of another origin, because that is what it demonstrates.
    let edge = &state.config.edge_url;
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self' {edge}; connect-src {edge}; base-uri 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}
