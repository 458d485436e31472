//! A run's files in the dashboard: exported, read back, and listed for the accountant.

use axum::{
    Form,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use payout_core::rail::{Rail, import::date::Order};
use serde::Deserialize;

use super::{
    api::parse,
    detail,
    files::{self, FILE_BYTES_MAX},
    import,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    account::form::field,
    error::Error,
    page::{Html, PageError, upload::Upload},
    state::AppState,
};

#[derive(Debug, Deserialize)]
pub struct ExportForm {
    #[serde(default)]
    organization: String,
    #[serde(default)]
    rail: String,
    #[serde(default)]
    part: String,
}

/// `POST /dashboard/payouts/runs/{id}/export`: a file, which is the effect that it has.
///
/// # Errors
/// 404 for what is not the person's, 403 for a viewer. Where there is none, the page says why.
pub async fn export(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(requested): Form<ExportForm>,
) -> Result<Response, PageError> {
    let member = session.member(Some(&requested.organization), Right::Operate)?;
    let id = parse(&id)?;
    let rail = Rail::parse(&requested.rail).filter(|rail| rail.rows_max().is_some());
    let rail = rail.ok_or_else(|| Error::field("rail", "rail must be PayPal or Wise"))?;
    let part = requested.part.parse().unwrap_or(1);
    match files::give(&state, member.organization, &member.actor, id, (rail, part)).await {
        Ok(file) => Ok(file),
        Err(error) if error.status() == StatusCode::CONFLICT => {
            detail::refused(&state, &session, member.organization, id, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /dashboard/payouts/runs/{id}/import`: what became of each row is shown.
///
/// # Errors
/// 404 for what is not the person's, 403 for a viewer. What can't be read at all, the page says.
async fn import(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    upload: Upload,
) -> Result<Response, PageError> {
    let member = session.member(Some(field(&upload.fields, "organization")), Right::Operate)?;
    let (organization, id) = (member.organization, parse(&id)?);
    if upload.too_large {
        return detail::refused(&state, &session, organization, id, &files::too_large()).await;
    }
    let order = Order::parse(field(&upload.fields, "dateOrder"));
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

/// A file, and a few fields beside it.
pub fn import_post() -> MethodRouter<AppState> {
    post(import).layer(DefaultBodyLimit::max(FILE_BYTES_MAX + 64 * 1024))
}

/// `GET /dashboard/payouts/runs/{id}/remittance.csv`.
///
/// # Errors
/// 404 for what is not the person's; 503 where the database is away.
pub async fn remittance(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(files::list(&state, organization, parse(&id)?).await?)
}
