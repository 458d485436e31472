//! SQL for the connections of several organizations, as far as their hosts depend on it.

use std::collections::BTreeMap;

use connector::Known;
use shared::id::{CrmConnectionId, OrganizationId};
use sqlx::types::Json;

use kit::db::TenantsTx;

/// A connection that isn't switched off.
#[derive(Debug, Clone)]
pub struct Connected {
    pub organization: OrganizationId,
    pub id: CrmConnectionId,
    /// The connector's slug.
    pub vendor: String,
    /// The credentials that aren't secret, by field name.
    pub settings: BTreeMap<String, String>,
    pub sealed_credentials: String,
    pub found: Known,
}

/// The connections of the transaction's organizations, at most `limit`.
pub async fn connected(tx: &mut TenantsTx, limit: i64) -> Result<Vec<Connected>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select organization_id, id, vendor, settings as "settings: Json<BTreeMap<String, String>>", sealed_credentials,
                  found as "found: Json<Known>"
           from crm_connections where organization_id = any ($1) and status <> 'disabled'
           order by organization_id, id limit $2"#,
        &tenants,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Connected {
        organization: row.organization_id,
        id: CrmConnectionId::new(row.id),
        vendor: row.vendor,
        settings: row.settings.0,
        sealed_credentials: row.sealed_credentials,
        found: row.found.0,
    });
    Ok(rows.collect())
}
