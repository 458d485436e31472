//! SQL for the codes that are created at gateways. Due times use the database's clock.

use shared::{
    event::Gateway,
    id::{CouponId, GatewayConnectionId, OrganizationId},
    timestamp::Timestamp,
};

use super::step::Outcome;
use crate::gateway_connection::providers::codes::NewCode;
use kit::db::{TenantTx, TenantsTx, claim::Claim};
use programs::discount::store::{TermColumns, gateway};
use rules::coupon::key::key;

/// A code that is due.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    pub organization: OrganizationId,
    pub coupon: CouponId,
}

/// Takes the codes that are due. The next attempt comes after one minute, then two, up to an hour.
pub async fn take(tx: &mut TenantsTx, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(limit), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select organization_id from gateway_coupons
             where due_at <= now() and organization_id <> all ($1) order by due_at limit $2",
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let coupons = sqlx::query_scalar!(
                "with due as materialized (
                     select coupon_id from gateway_coupons where organization_id = $1 and due_at <= now()
                     order by due_at limit $2 for update skip locked)
                 update gateway_coupons c
                 set attempts = c.attempts + 1,
                     due_at = rekomi_later(now(), least(60 * power(2, least(c.attempts, 6)), 3600))
                 from due where c.organization_id = $1 and c.coupon_id = due.coupon_id
                 returning c.coupon_id",
                organization,
                count,
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(coupons.len());
            let organization = OrganizationId::new(organization);
            taken.extend(coupons.into_iter().map(|coupon| Due { organization, coupon }));
        }
    }
    Ok(taken)
}

/// A code with everything that an action needs.
#[derive(Debug)]
pub struct Task {
    pub new: NewCode,
    /// Whether customers may use the code: the coupon is in use, and so are its affiliate and program, and the date of its
    /// discount hasn't passed.
    pub is_on: bool,
    pub status: String,
    pub external_id: Option<String>,
    /// Whether a request to create the code was ever sent.
    pub was_sent: bool,
    /// What `is_on` was read at.
    pub changes: i64,
    pub connection: GatewayConnectionId,
    pub gateway: Gateway,
    pub environment: Option<String>,
    pub sealed_api_key: Option<String>,
    pub is_disconnected: bool,
}

pub async fn task(tx: &mut TenantTx, coupon: CouponId, now: Timestamp) -> Result<Option<Task>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select g.affiliate_id, g.discount_id, g.status, g.external_id, g.sent_at is not null as "was_sent!",
                  g.refusals, g.changes, g.chosen, c.code, d.basis_points, d.amount, d.currency, d.duration, d.months,
                  d.max_redemptions, d.expires_at, d.connection_id, d.name as discount_name,
                  d.made_at is not null as "has_discount!", n.gateway, n.environment, n.sealed_api_key,
                  n.removed_at is not null as "is_disconnected!",
                  c.archived_at is null and p.archived_at is null and a.status = 'Approved'
                      and (d.expires_at is null or d.expires_at > $3) as "is_on!"
           from gateway_coupons g
           join coupons c on c.organization_id = g.organization_id and c.id = g.coupon_id
           join affiliates a on a.organization_id = g.organization_id and a.id = g.affiliate_id
           join programs p on p.organization_id = g.organization_id and p.id = g.program_id
           join discounts d on d.organization_id = g.organization_id and d.id = g.discount_id
           join gateway_connections n on n.organization_id = d.organization_id and n.id = d.connection_id
           where g.organization_id = $1 and g.coupon_id = $2"#,
        tx.organization().uuid(),
        coupon.uuid(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let columns = TermColumns {
        basis_points: row.basis_points,
        amount: row.amount,
        currency: row.currency,
        duration: row.duration,
        months: row.months,
        max_redemptions: row.max_redemptions,
        expires_at: row.expires_at,
    };
    let new = NewCode {
        coupon,
        affiliate: row.affiliate_id,
        discount: row.discount_id,
        discount_name: row.discount_name,
        terms: columns.terms()?,
        has_discount: row.has_discount,
        code: row.code,
        is_chosen: row.chosen,
        refusals: row.refusals,
    };
    Ok(Some(Task {
        new,
        is_on: row.is_on,
        status: row.status,
        external_id: row.external_id,
        was_sent: row.was_sent,
        changes: row.changes,
        connection: row.connection_id,
        gateway: gateway(&row.gateway),
        environment: row.environment,
        sealed_api_key: row.sealed_api_key,
        is_disconnected: row.is_disconnected,
    }))
}

/// Stores that a request to create the code is about to be sent.
pub async fn count_sending(tx: &mut TenantTx, coupon: CouponId, wall: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update gateway_coupons set sent_at = coalesce(sent_at, $3) where organization_id = $1 and coupon_id = $2",
        tx.organization().uuid(),
        coupon.uuid(),
        wall,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Nothing is left to do, unless something changed in the meantime.
pub async fn rest(tx: &mut TenantTx, task: &Task) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update gateway_coupons set attempts = 0, due_at = rekomi_later(now(), case when changes <> $3 then 0 end)
         where organization_id = $1 and coupon_id = $2",
        tx.organization().uuid(),
        task.new.coupon.uuid(),
        task.changes,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores an action's result. A confirmed code credits sales from the moment of the first request to create it.
pub async fn settle(tx: &mut TenantTx, task: &Task, outcome: &Outcome, now: Timestamp) -> Result<(), sqlx::Error> {
    let (status, problem, external) = match outcome {
        Outcome::Active(id) => ("active", None, Some(id.as_str())),
        Outcome::Archived(id) => ("archived", None, id.as_deref()),
        Outcome::Refused(message) => ("refused", Some(message.as_str()), None),
    };
    sqlx::query!(
        "update gateway_coupons
         set status = $3, problem = left($4, 1000), external_id = coalesce($5, external_id), attempts = 0,
             refusals = refusals + ($3 = 'refused')::integer,
             due_at = rekomi_later(now(), case when changes <> $6 then 0 end)
         where organization_id = $1 and coupon_id = $2",
        tx.organization().uuid(),
        task.new.coupon.uuid(),
        status,
        problem,
        external,
        task.changes,
    )
    .execute(tx.conn())
    .await?;
    if let Outcome::Active(external) = outcome {
        confirm(tx, task, external, now).await?;
    }
    Ok(())
}

async fn confirm(tx: &mut TenantTx, task: &Task, external: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    let id = tx.organization().uuid();
    sqlx::query!(
        "update discounts set made_at = coalesce(made_at, $3) where organization_id = $1 and id = $2",
        id,
        task.new.discount.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    // A coupon that the brand created with the same id in the meantime keeps it.
    sqlx::query!(
        "update coupons c
         set credits_from = least(c.credits_from, g.sent_at), external_id = coalesce(n.id, c.external_id),
             external_key = case when n.id is null then c.external_key else $4 end
         from gateway_coupons g
         left join (select $3::text as id) n
             on not exists (select from coupons o where o.organization_id = $1 and o.id <> $2 and o.archived_at is null
                                                  and (o.external_key = $4 or o.code_key = $4))
         where c.organization_id = $1 and c.id = $2 and g.organization_id = $1 and g.coupon_id = $2",
        id,
        task.new.coupon.uuid(),
        external,
        key(external),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores why a code is still waiting.
pub async fn waits(tx: &mut TenantTx, coupon: CouponId, problem: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update gateway_coupons set problem = left($3, 1000) where organization_id = $1 and coupon_id = $2",
        tx.organization().uuid(),
        coupon.uuid(),
        problem,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Postpones all due codes of a connection.
pub async fn postpone(tx: &mut TenantTx, connection: GatewayConnectionId, seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update gateway_coupons g set due_at = greatest(g.due_at, now() + make_interval(secs => $3))
         from discounts d
         where g.organization_id = $1 and g.due_at is not null and d.organization_id = $1 and d.id = g.discount_id
           and d.connection_id = $2",
        tx.organization().uuid(),
        connection.uuid(),
        seconds,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
