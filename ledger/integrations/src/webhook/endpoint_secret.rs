//! Secrets of endpoints, sealed for the row that each stands in.

use shared::{
    id::OrganizationId,
    seal::{SealError, Secret},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::endpoint_store;
use kit::{
    access::secret::{self, SecretError},
    config::Keys,
    db::TenantTx,
};

/// Whose column `sealed_secret` it is.
const TABLE: &str = "webhook_secrets";

/// Keeps a secret as the endpoint's current one.
pub async fn keep(
    tx: &mut TenantTx,
    keys: &Keys,
    organization: OrganizationId,
    endpoint: Uuid,
    secret: &Secret,
    (now, old_until): (Timestamp, Timestamp),
) -> Result<(), SecretError> {
    let id = Uuid::from_bytes(rand::random());
    let sealed = secret::seal(keys, organization, TABLE, &id.to_string(), secret)?;
    endpoint_store::insert_secret(tx, organization, endpoint, (id, &sealed), now, old_until).await?;
    Ok(())
}

/// The secrets that hold now, the current one first.
pub async fn read(
    tx: &mut TenantTx,
    keys: &Keys,
    organization: OrganizationId,
    endpoint: Uuid,
    now: Timestamp,
) -> Result<Vec<Secret>, SecretError> {
    let sealed = endpoint_store::secrets(tx, organization, endpoint, now).await?;
    let open = |one: &endpoint_store::Sealed| secret::open(keys, organization, TABLE, &one.id.to_string(), &one.sealed);
    Ok(sealed.iter().map(open).collect::<Result<_, SealError>>()?)
}
