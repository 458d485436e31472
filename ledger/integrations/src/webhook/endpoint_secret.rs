//! Stores endpoints' secrets, each sealed for its row.

use shared::{
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

/// The table whose column `sealed_secret` it is.
const TABLE: &str = "webhook_secrets";

/// Stores a secret as the endpoint's current one.
pub async fn keep(
    tx: &mut TenantTx,
    keys: &Keys,
    endpoint: Uuid,
    secret: &Secret,
    (now, old_until): (Timestamp, Timestamp),
) -> Result<(), SecretError> {
    let id = Uuid::from_bytes(rand::random());
    let sealed = secret::seal(keys, tx.organization(), TABLE, &id.to_string(), secret)?;
    endpoint_store::insert_secret(tx, endpoint, (id, &sealed), now, old_until).await?;
    Ok(())
}

/// Loads the valid secrets, the current one first.
pub async fn read(tx: &mut TenantTx, keys: &Keys, endpoint: Uuid, now: Timestamp) -> Result<Vec<Secret>, SecretError> {
    let organization = tx.organization();
    let sealed = endpoint_store::secrets(tx, endpoint, now).await?;
    let open = |one: &endpoint_store::Sealed| secret::open(keys, organization, TABLE, &one.id.to_string(), &one.sealed);
    Ok(sealed.iter().map(open).collect::<Result<_, SealError>>()?)
}
