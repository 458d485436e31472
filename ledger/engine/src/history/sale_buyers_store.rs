//! SQL of sales that were reported for several customers, with each customer's first report.

use std::collections::BTreeSet;

use shared::{
    id::{CustomerId, CustomerJoinId, EventId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{buyers::Pair, joins::Report};
use kit::db::{TenantTx, TenantsTx};

/// Those of these sales (identified by the event that first reported each) whose several buyers are saved.
pub async fn kept(
    tx: &mut TenantsTx,
    sales: &[(OrganizationId, EventId)],
) -> Result<BTreeSet<(OrganizationId, EventId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct organization_id, sale_event_id from sale_buyers
         where (organization_id, sale_event_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &sales.iter().map(|sale| sale.0.uuid()).collect::<Vec<_>>(),
        &sales.iter().map(|sale| sale.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let key = |organization, event| (OrganizationId::new(organization), EventId::new(event));
    Ok(rows.into_iter().map(|row| key(row.organization_id, row.sale_event_id)).collect())
}

/// The reports of these sales, if they were reported for several customers.
pub async fn reports_of(tx: &mut TenantTx, sales: &[EventId]) -> Result<Vec<Report>, sqlx::Error> {
    let rows = sqlx::query!(
        "select sale_event_id, customer_id, received_at, event_id from sale_buyers
         where organization_id = $1 and sale_event_id = any ($2)",
        tx.organization().uuid(),
        &sales.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let report = |sale, customer, received_at, event| Report {
        sale: EventId::new(sale),
        customer: CustomerId::new(customer),
        received_at,
        event: EventId::new(event),
    };
    Ok(rows.into_iter().map(|row| report(row.sale_event_id, row.customer_id, row.received_at, row.event_id)).collect())
}

/// Saves each customer's first report of a sale.
pub async fn keep(tx: &mut TenantsTx, reports: &[(OrganizationId, Report)]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sale_buyers as s (organization_id, sale_event_id, customer_id, received_at, event_id)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::uuid[])
         on conflict (organization_id, sale_event_id, customer_id) do update
             set received_at = excluded.received_at, event_id = excluded.event_id
             where (excluded.received_at, excluded.event_id) < (s.received_at, s.event_id)",
        &reports.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &reports.iter().map(|row| row.1.sale.uuid()).collect::<Vec<_>>(),
        &reports.iter().map(|row| row.1.customer.uuid()).collect::<Vec<_>>(),
        &reports.iter().map(|row| row.1.received_at).collect::<Vec<_>>(),
        &reports.iter().map(|row| row.1.event.uuid()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Saves new pairs as joins, each with the time at which it was found, and marks their customers as being in joins.
pub async fn join(
    tx: &mut TenantsTx,
    pairs: &[(Pair, Timestamp)],
    mut new_id: impl FnMut() -> CustomerJoinId,
) -> Result<(), sqlx::Error> {
    let organizations: Vec<Uuid> = pairs.iter().map(|((organization, ..), _)| organization.uuid()).collect();
    let ones: Vec<Uuid> = pairs.iter().map(|((_, one, other), _)| (*one).min(*other).uuid()).collect();
    let others: Vec<Uuid> = pairs.iter().map(|((_, one, other), _)| (*one).max(*other).uuid()).collect();
    sqlx::query!(
        "insert into customer_joins (organization_id, id, one_id, other_id, found_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
         on conflict (organization_id, one_id, other_id) do nothing",
        &organizations,
        &pairs.iter().map(|_| new_id().uuid()).collect::<Vec<_>>(),
        &ones,
        &others,
        &pairs.iter().map(|(_, found_at)| *found_at).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update customers c set in_joins = true
         from unnest($1::uuid[], $2::uuid[]) n (organization_id, id)
         where c.organization_id = n.organization_id and c.id = n.id and not c.in_joins",
        &[organizations.clone(), organizations].concat(),
        &[ones, others].concat(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The JSON of these events, each with its tenant.
pub async fn bodies(
    tx: &mut TenantsTx,
    events: &[(OrganizationId, EventId)],
) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organization_id, body from events
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &events.iter().map(|event| event.0.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|event| event.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization_id), row.body)).collect())
}

/// The customers with these names.
pub async fn named(
    tx: &mut TenantsTx,
    names: &[(OrganizationId, String)],
) -> Result<Vec<((OrganizationId, String), CustomerId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organization_id, external_id, id from customers
         where (organization_id, external_id) in (select * from unnest($1::uuid[], $2::text[]))",
        &names.iter().map(|name| name.0.uuid()).collect::<Vec<_>>(),
        &names.iter().map(|name| name.1.clone()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let name = |organization, name| (OrganizationId::new(organization), name);
    let known = |row: (Uuid, String, Uuid)| (name(row.0, row.1), CustomerId::new(row.2));
    Ok(rows.into_iter().map(|row| known((row.organization_id, row.external_id, row.id))).collect())
}
