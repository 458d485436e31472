//! `GET /api/v1/commissions/{id}/explain`.

use axum::{Json, extract::State};
use shared::id::CommissionId;

use super::{receipt::Receipt, store, write};
use identity::access::api_key::ReadKey;
use kit::{
    api::{document::Refused, path::PathId},
    error::{Error, Result},
    state::AppState,
};

/// Explain a commission
#[utoipa::path(get, path = "/api/v1/commissions/{id}/explain", tag = "Commissions", operation_id = "explainCommission",
    description = "Returns who reported the sale, who is credited and why others aren't, the plan and calculation, \
                   every decision and who made it, and every transfer in the ledger. The dashboard shows the same \
                   receipt at `/dashboard/commissions/{id}`.",
    params(("id" = String, Path, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")),
    responses(
        (status = 200, description = "The receipt", body = Receipt),
        Refused))]
pub async fn explain(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<CommissionId>,
) -> Result<Json<Receipt>> {
    let mut tx = key.reader(&state).await?;
    let facts = store::facts(&mut tx, id, state.clock.now()).await?;
    tx.end();
    let facts = facts.ok_or_else(Error::not_found)?;
    Ok(Json(write::receipt(&facts)))
}
