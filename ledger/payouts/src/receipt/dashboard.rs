//! `GET /dashboard/payouts/{id}/receipt.pdf`: the affiliate's receipt, for the brand.

use axum::{extract::State, response::Response};
use shared::id::PayoutId;

use super::{api::pdf_of, store};
use identity::access::session::Session;
use kit::{api::path::PathId, error::Error, page::PageError, state::AppState, text::Texts};

/// Returns the receipt, whichever of the person's organizations it belongs to: all members may see it.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn pdf(
    State(state): State<AppState>,
    session: Session,
    PathId(id): PathId<PayoutId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
    let organization = store::owner(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let mut tx = state.db.tenant(organization).await?;
    let found = store::read(&mut tx, Texts::default(), None, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(pdf_of(&found).await?)
}
