//! SQL of the intake: which tenants exist, the events themselves, and the quarantine.

use std::collections::{HashMap, HashSet};

use shared::{
    event::{Event, Payload},
    id::{GatewayConnectionId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantsTx;

/// The tenants of the transaction that exist.
pub async fn known_tenants(tx: &mut TenantsTx) -> Result<HashSet<OrganizationId>, sqlx::Error> {
    let ids = tx.tenant_ids();
    let known = sqlx::query_scalar!("select organization_id from organizations where organization_id = any ($1)", &ids)
        .fetch_all(tx.conn())
        .await?;
    Ok(known.into_iter().map(OrganizationId::new).collect())
}

/// An event to save, with its digest and JSON.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    pub event: &'a Event,
    pub digest: [u8; 32],
    pub raw: &'a str,
}

/// Inserts the new events and returns their keys.
pub async fn insert_events(
    tx: &mut TenantsTx,
    events: &[NewEvent<'_>],
    now: Timestamp,
) -> Result<HashSet<(Uuid, Uuid)>, sqlx::Error> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let kind = |event: &Event| match event.payload {
        Payload::Gateway(_) => "gateway".to_owned(),
        Payload::Conversion(_) | Payload::Click(_) => "conversion".to_owned(),
    };
    let inserted = sqlx::query!(
        "insert into events (organization_id, id, kind, digest, received_at, booked_at, request_id, body)
         select organization_id, id, kind, digest, received_at, $8::timestamptz, request_id, body
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::timestamptz[], $6::text[], $7::text[])
              e (organization_id, id, kind, digest, received_at, request_id, body)
         on conflict do nothing returning organization_id, id",
        &events.iter().map(|new| new.event.organization_id.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|new| new.event.id.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|new| kind(new.event)).collect::<Vec<_>>(),
        &events.iter().map(|new| new.digest.to_vec()).collect::<Vec<_>>(),
        &events.iter().map(|new| new.event.received_at).collect::<Vec<_>>(),
        &events.iter().map(|new| new.event.request_id.clone()).collect::<Vec<_>>(),
        &events.iter().map(|new| new.raw.to_owned()).collect::<Vec<_>>(),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(inserted.into_iter().map(|row| (row.organization_id, row.id)).collect())
}

/// The JSON of a known event.
pub async fn event_body(tx: &mut TenantsTx, organization: Uuid, event: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select body from events where organization_id = $1 and id = $2", organization, event)
        .fetch_optional(tx.conn())
        .await
}

/// Digests of known events.
pub async fn known_events(
    tx: &mut TenantsTx,
    keys: &[(Uuid, Uuid)],
) -> Result<HashMap<(Uuid, Uuid), Vec<u8>>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select organization_id, id, digest from events
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &keys.iter().map(|key| key.0).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.1).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.organization_id, row.id), row.digest)).collect())
}

/// What the intake needs to know about a gateway connection.
#[derive(Debug)]
pub struct GatewayConnection {
    pub program: ProgramId,
    /// The gateway's own id of the account, if known.
    pub account: Option<String>,
    /// Of the connection's credentials, if known.
    pub environment: Option<String>,
    /// Whether the organization is another one's test mode.
    pub test_mode: bool,
}

/// These gateway connections; a missing one belongs to no tenant of this transaction.
pub async fn connections(
    tx: &mut TenantsTx,
    keys: &[(OrganizationId, GatewayConnectionId)],
) -> Result<HashMap<(OrganizationId, GatewayConnectionId), GatewayConnection>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select c.organization_id, c.id, c.program_id, c.account, c.environment, t.test_of is not null as "test_mode!"
           from gateway_connections c join tenants t on t.id = c.organization_id
           where (c.organization_id, c.id) in (select * from unnest($1::uuid[], $2::uuid[]))"#,
        &keys.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let key = (OrganizationId::new(row.organization_id), row.id);
            let (program, account, environment) = (row.program_id, row.account, row.environment);
            (key, GatewayConnection { program, account, environment, test_mode: row.test_mode })
        })
        .collect())
}
