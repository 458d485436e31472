//! A run's files in the dashboard: payment files, uploaded results, and the accountant's list.

use axum::{
    Form,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use kit::route::post;
use payout_core::rail::{Rail, import::date::Order};

use super::{
    api::parse,
    detail,
    files::{self, FILE_BYTES_MAX},
    import,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    error::Error,
    form::{Fields, Upload},
    page::{Html, PageError},
    state::AppState,
};

/// `POST /dashboard/payouts/runs/{id}/export`: exports a payment file, which marks its payouts as exported.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. If there is no file, the page says why.
pub async fn export(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id = parse(&id)?;
    let rail = Rail::parse(fields.raw("rail")).filter(|rail| rail.rows_max().is_some());
    let rail = rail.ok_or_else(|| Error::field("rail", "rail must be PayPal or Wise"))?;
    let part = fields.raw("part").parse().unwrap_or(1);
    match files::give(&state, member.organization, &member.actor, id, (rail, part)).await {
        Ok(file) => Ok(file),
        Err(error) if error.status() == StatusCode::CONFLICT => {
            detail::refused(&state, &session, member.organization, id, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /dashboard/payouts/runs/{id}/import`: imports a result file and shows what happened to each row.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. If the file can't be read at all, the page says so.
async fn import(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    upload: Upload,
) -> Result<Response, PageError> {
    let member = session.member(Some(upload.fields.text("organization")), Right::Operate)?;
    let (organization, id) = (member.organization, parse(&id)?);
    if upload.too_large {
        return detail::refused(&state, &session, organization, id, &files::too_large()).await;
    }
    let order = Order::parse(upload.fields.raw("dateOrder"));
    match import::import(&state, organization, &member.actor, id, (&upload.file, order)).await {
        Ok(done) => {
            let page = detail::load(&state, &session, organization, id).await?;
            Ok(Html(page.imported(&state, organization, done).await?).into_response())
        }
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND => {
            detail::refused(&state, &session, organization, id, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The route accepts a file with a few fields.
pub fn import_post() -> MethodRouter<AppState> {
    post(import).layer(DefaultBodyLimit::max(FILE_BYTES_MAX + 64 * 1024))
}

/// `GET /dashboard/payouts/runs/{id}/remittance.csv`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn remittance(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(files::list(&state, organization, parse(&id)?).await?)
}
