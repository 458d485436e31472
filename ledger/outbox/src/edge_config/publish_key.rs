//! Publishes an API key: one record for its bearer, and one for each old bearer that is still valid during a rotation.
//! Any valid secret of the key works with any valid bearer, so that a brand may change one after the other.

use shared::{
    id::{ApiKeyId, OrganizationId},
    keys::encode_hex,
    seal::Secret,
    timestamp::Timestamp,
};

use super::{records, store};
use kit::{
    access::{
        scope::Scope,
        secret::{self, API_KEY_PREDECESSORS, API_KEYS, SecretError},
    },
    config::Keys,
    db::TenantTx,
};

/// A bearer of the key, and until when it is valid.
struct Bearer {
    hash: Vec<u8>,
    ends_at: Option<Timestamp>,
    table: &'static str,
    row: String,
    sealed_secret: Option<String>,
}

impl Bearer {
    fn lives(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| end > now)
    }
}

/// Publishes the key.
///
/// # Errors
/// Database errors, or if the key's own secret can't be opened. Expired bearers are deleted from the edge in any case.
pub async fn api_key(tx: &mut TenantTx, keys: &Keys, id: ApiKeyId, now: Timestamp) -> Result<(), SecretError> {
    let organization = tx.organization();
    let Some(row) = sqlx::query!(
        "select bearer_hash, scope, sealed_secret, revoked_at, expires_at from api_keys
         where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    else {
        return Ok(());
    };
    let key_ends_at = if row.revoked_at.is_some() { Some(Timestamp::EPOCH) } else { row.expires_at };
    let mut bearers = vec![Bearer {
        hash: row.bearer_hash,
        ends_at: key_ends_at,
        table: API_KEYS,
        row: id.to_string(),
        sealed_secret: row.sealed_secret,
    }];
    bearers.extend(predecessors(tx, id, key_ends_at).await?);
    let (living, over): (Vec<_>, Vec<_>) = bearers.into_iter().partition(|bearer| bearer.lives(now));
    for bearer in over {
        store::put(tx, &records::key_of_bearer_hash(&bearer.hash), None, now).await?;
    }
    let secrets = secrets(keys, organization, &living)?;
    for bearer in living {
        let key = records::key_of_bearer_hash(&bearer.hash);
        let writes = Scope::parse(&row.scope).is_some_and(Scope::sends);
        let record = records::api_key(&keys.edge_config, organization, id, &key, writes, &secrets, bearer.ends_at)?;
        store::put(tx, &key, Some(&record), now).await?;
    }
    Ok(())
}

/// Newest first; none outlives its key.
async fn predecessors(
    tx: &mut TenantTx,
    id: ApiKeyId,
    key_ends_at: Option<Timestamp>,
) -> Result<Vec<Bearer>, sqlx::Error> {
    let rows = sqlx::query!(
        "select bearer_hash, sealed_secret, expires_at from api_key_predecessors
         where organization_id = $1 and key_id = $2 order by replaced_at desc",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let bearers = rows.into_iter().map(|row| {
        let ends_at = row.expires_at;
        Bearer {
            row: encode_hex(&row.bearer_hash),
            hash: row.bearer_hash,
            ends_at: Some(key_ends_at.map_or(ends_at, |end| end.min(ends_at))),
            table: API_KEY_PREDECESSORS,
            sealed_secret: row.sealed_secret,
        }
    });
    Ok(bearers.collect())
}

/// Skips an old secret that can't be opened; the key's own must open.
fn secrets(keys: &Keys, organization: OrganizationId, living: &[Bearer]) -> Result<Vec<Secret>, SecretError> {
    let mut opened = Vec::new();
    for bearer in living {
        let Some(sealed) = &bearer.sealed_secret else { continue };
        match secret::open(keys, organization, bearer.table, &bearer.row, sealed) {
            Ok(secret) => opened.push(secret),
            Err(error) if bearer.table == API_KEYS => return Err(error.into()),
            Err(error) => tracing::error!(
                event = "edge_config.secret_not_published",
                table = bearer.table,
                "an old secret was not published: {error}"
            ),
        }
    }
    Ok(opened)
}
