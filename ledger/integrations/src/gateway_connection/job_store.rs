//! SQL of the daily checks of connections at their gateways.

use shared::{
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, TenantsTx};

/// A connection that wasn't checked for a day.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) organization: OrganizationId,
    pub(super) id: GatewayConnectionId,
    pub(super) gateway: Gateway,
}

/// Connections that have a key to check, and weren't checked since `before`; those that have waited longest come first.
pub(super) async fn due(tx: &mut TenantsTx, before: Timestamp, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select o.id as "organization!", c.id, c.gateway
           from unnest($1::uuid[]) o (id) join gateway_connections c on c.organization_id = o.id
           where c.removed_at is null and c.status in ('active', 'broken')
             and (c.sealed_api_key is not null or c.gateway = 'braintree')
             and greatest(c.check_tried_at, c.checked_at, c.created_at) <= $2
           order by greatest(c.check_tried_at, c.checked_at, c.created_at) limit $3"#,
        &tenants,
        before,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Due {
            organization: OrganizationId::new(row.organization),
            id: row.id,
            gateway: Gateway::named(&row.gateway).unwrap_or(Gateway::Stripe),
        })
        .collect())
}

/// Takes a connection that wasn't checked since `before`, and notes `tried` as its latest check. Returns false if another
/// ledger took it, or someone changed it meanwhile.
pub(super) async fn take(
    tx: &mut TenantTx,
    id: GatewayConnectionId,
    before: Timestamp,
    tried: Timestamp,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "update gateway_connections set check_tried_at = $4
         where organization_id = $1 and id = $2 and removed_at is null and status in ('active', 'broken')
           and greatest(check_tried_at, checked_at, created_at) <= $3",
        tx.organization().uuid(),
        id.uuid(),
        before,
        tried,
    )
    .execute(tx.conn())
    .await?;
    Ok(taken.rows_affected() == 1)
}
