//! SQL of commissions that are waiting to be paid. It reads only payable rows, through the index `commissions_fresh`.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::db::{TenantTx, TenantsTx};

/// Returns the transaction's organizations with commissions that have been payable since before the given time and that
/// have had no reminder since.
pub async fn waiting(tx: &mut TenantsTx, before: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let ids = sqlx::query_scalar!(
        "select o.organization_id from organizations o
         where o.organization_id = any ($1) and o.mode = 'live'
           and not exists (select 1 from commission_reminders r
                           where r.organization_id = o.organization_id and r.reminded_at > $2)
           and exists (select 1 from commissions c
                       where c.organization_id = o.organization_id and c.status <> 'Pending' and c.status = 'Approved'
                         and c.amount > c.paid + c.reserved and c.approved_at <= $2 offset 0)",
        &tenants,
        before,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// Records that the organization is reminded; false if another process just did.
pub async fn reminded(tx: &mut TenantTx, before: Timestamp, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into commission_reminders as r (organization_id, reminded_at) values ($1, $3)
         on conflict (organization_id) do update set reminded_at = excluded.reminded_at where r.reminded_at <= $2",
        tx.organization().uuid(),
        before,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The sums that have been payable since before the given time, by currency, with the number of affiliates.
pub async fn sums(tx: &mut TenantTx, before: Timestamp) -> Result<Vec<(String, i64, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select currency, sum(amount - paid - reserved)::bigint as "minor!", count(distinct affiliate_id) as "people!"
           from commissions
           where organization_id = $1 and status <> 'Pending' and status = 'Approved' and amount > paid + reserved
             and approved_at <= $2
           group by currency order by currency"#,
        tx.organization().uuid(),
        before,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.currency, row.minor, row.people)).collect())
}
