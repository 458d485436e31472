//! Finds an endpoint by its id.

use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    endpoint::{Endpoint, EndpointKind},
    endpoint_store::{self, Filter},
};
use kit::{
    db::TenantTx,
    error::{Error, Result},
};

/// Loads the endpoint's current state.
///
/// # Errors
/// 404.
pub async fn one(tx: &mut TenantTx, (kind, id): (EndpointKind, Uuid), now: Timestamp) -> Result<Endpoint> {
    let found = endpoint_store::list(tx, &Filter::one(kind, id), now).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}
