//! SQL for automations.

use shared::{
    id::{AffiliateId, CustomerId, PlanVersionId, ProgramId},
    timestamp::Timestamp,
};

use kit::db::TenantTx;

/// Identifies a rate bump by the key that the automation gave it.
#[derive(Debug, Clone, Copy)]
pub struct Bump<'a> {
    pub affiliate: AffiliateId,
    pub program: ProgramId,
    pub key: &'a str,
}

/// Loads the plan version that the bump with that key created.
pub async fn bump(tx: &mut TenantTx, bump: Bump<'_>) -> Result<Option<PlanVersionId>, sqlx::Error> {
    let made = sqlx::query_scalar!(
        "select plan_version_id from rate_bumps
         where organization_id = $1 and affiliate_id = $2 and program_id = $3 and key = $4",
        tx.organization().uuid(),
        bump.affiliate.uuid(),
        bump.program.uuid(),
        bump.key,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(made.map(PlanVersionId::new))
}

pub async fn insert_bump(
    tx: &mut TenantTx,
    bump: Bump<'_>,
    version: PlanVersionId,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into rate_bumps (organization_id, affiliate_id, program_id, key, plan_version_id, ends_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tx.organization().uuid(),
        bump.affiliate.uuid(),
        bump.program.uuid(),
        bump.key,
        version.uuid(),
        ends_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Finds the buyers and leads with an email: those with exactly this one, else those whose email is the same without
/// its `+tag` (`key`: see `customer::mailbox::email_key`).
pub async fn people(tx: &mut TenantTx, email: &str, key: &str) -> Result<Vec<CustomerId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.buyer_id, bool_or(coalesce(lower(c.email) = $2, false)) as "exactly!"
           from customer_emails e
           join customers c on c.organization_id = e.organization_id and c.id = e.customer_id
           where e.organization_id = $1 and e.email_key = $3
           group by c.buyer_id order by c.buyer_id"#,
        tx.organization().uuid(),
        email,
        key,
    )
    .fetch_all(tx.conn())
    .await?;
    let any_exactly = rows.iter().any(|row| row.exactly);
    let requested = rows.into_iter().filter(|row| row.exactly || !any_exactly);
    Ok(requested.map(|row| row.buyer_id).collect())
}

/// An affiliate who is credited with a person.
#[derive(Debug, Clone, Copy)]
pub struct Referrer {
    pub affiliate: AffiliateId,
    pub is_approved: bool,
}

/// Loads the affiliates credited with these people's leads and sales, the latest first.
pub async fn referrers(tx: &mut TenantTx, people: &[CustomerId]) -> Result<Vec<Referrer>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.status
           from customers o
           join customers c on c.organization_id = o.organization_id and c.group_id = o.group_id and c.buyer_id = o.buyer_id
           join conversions v on v.organization_id = c.organization_id and v.customer_id = c.id
           join affiliates a on a.organization_id = v.organization_id and a.id = v.affiliate_id
           where o.organization_id = $1 and o.id = any ($2)
           group by a.id, a.status order by max(v.occurred_at) desc, a.id"#,
        tx.organization().uuid(),
        &people.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let referrer =
        |row: (uuid::Uuid, String)| Referrer { affiliate: AffiliateId::new(row.0), is_approved: row.1 == "Approved" };
    Ok(rows.into_iter().map(|row| referrer((row.id, row.status))).collect())
}
