//! SQL of the audit log.

use shared::{
    id::{AuditEntryId, OrganizationId},
    timestamp::Timestamp,
};

use super::Entry;
use crate::access::actor::Actor;
use kit::db::TenantsTx;

pub async fn insert(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    id: AuditEntryId,
    actor: &Actor,
    now: Timestamp,
    entry: &Entry,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_log (organization_id, id, at, actor, action, target, before, after, request_id, source_hash,
                                via)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        organization.uuid(),
        id.uuid(),
        now,
        actor.who,
        entry.action,
        entry.target,
        entry.before,
        entry.after,
        actor.request_id,
        actor.source_hash,
        actor.via,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
