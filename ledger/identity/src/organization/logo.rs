//! `/assets/logo/{organization}`: serves a brand's logo to its affiliates. Anyone who knows the organization's id may see
//! it; the URL changes with the picture, so that browsers can cache it.

use axum::{extract::State, response::Response};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::logo_store;
use kit::{
    api::path::PathId,
    error::Error,
    page::{PageError, picture},
    state::AppState,
};

/// Returns the URL of a logo that was chosen at that time.
pub fn url(organization: OrganizationId, chosen_at: Timestamp) -> String {
    format!("/assets/logo/{organization}?v={}", chosen_at.millis())
}

/// `GET /assets/logo/{organization}`.
///
/// # Errors
/// 404 if the organization doesn't exist, is scheduled for deletion or has no logo; 503 if the database is unavailable.
pub async fn serve(
    State(state): State<AppState>,
    PathId(organization): PathId<OrganizationId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.tenant(organization).await?;
    let found = logo_store::picture(&mut tx).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(picture::answer(found)?)
}
