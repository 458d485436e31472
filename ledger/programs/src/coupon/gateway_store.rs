//! SQL for the codes that are created at a gateway.

use shared::{
    id::{AffiliateId, CouponId, DiscountId, ProgramId},
    timestamp::Timestamp,
};

use super::view::Coupon;
use kit::db::TenantTx;

/// Requests a coupon's code. Until the gateway has confirmed it, the coupon credits nothing.
pub async fn insert(
    tx: &mut TenantTx,
    coupon: &Coupon,
    discount: DiscountId,
    chosen: bool,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update coupons set credits_from = '9999-12-31T00:00:00Z' where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        coupon.id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into gateway_coupons (organization_id, coupon_id, affiliate_id, program_id, discount_id, chosen,
                                      created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tx.organization().uuid(),
        coupon.id.uuid(),
        coupon.affiliate_id.uuid(),
        coupon.program_id.uuid(),
        discount.uuid(),
        chosen,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes a refused code due again. Returns false if it isn't refused.
pub async fn retry(tx: &mut TenantTx, coupon: CouponId) -> Result<bool, sqlx::Error> {
    let retried = sqlx::query!(
        "update gateway_coupons
         set status = 'waiting', problem = null, attempts = 0, due_at = now(), changes = changes + 1
         where organization_id = $1 and coupon_id = $2 and status = 'refused'",
        tx.organization().uuid(),
        coupon.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(retried.rows_affected() == 1)
}

/// Whether the affiliate takes part in the program: they have a link there.
pub async fn takes_part(tx: &mut TenantTx, affiliate: AffiliateId, program: ProgramId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from links where organization_id = $1 and affiliate_id = $2 and program_id = $3
                          and disabled_at is null) as "takes_part!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        program.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The codes that an affiliate chose.
#[derive(Debug)]
pub struct Choices {
    /// In all programs, within a day.
    pub recent: i64,
    /// In the program: the one that is in use, or may come into use. One that ended by its discount's date doesn't.
    pub current: Option<CouponId>,
    /// In the program: one that the gateway refused, and which another may replace.
    pub refused: Option<CouponId>,
}

pub async fn choices(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    program: ProgramId,
    now: Timestamp,
) -> Result<Choices, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select g.coupon_id,
                  g.program_id = $3 and c.archived_at is null and (d.expires_at is null or d.expires_at > $5) as "is_open!",
                  g.status = 'refused' and g.external_id is null as "is_refused!", g.created_at >= $4 as "is_recent!"
           from gateway_coupons g
           join coupons c on c.organization_id = g.organization_id and c.id = g.coupon_id
           join discounts d on d.organization_id = g.organization_id and d.id = g.discount_id
           where g.organization_id = $1 and g.affiliate_id = $2 and g.chosen
             and (g.created_at >= $4 or (g.program_id = $3 and c.archived_at is null))
           order by g.coupon_id limit 200"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        program.uuid(),
        now.plus_days(-1),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let open =
        |refused: bool| rows.iter().find(|row| row.is_open && row.is_refused == refused).map(|row| row.coupon_id);
    let recent = rows.iter().filter(|row| row.is_recent).count();
    Ok(Choices { recent: i64::try_from(recent).unwrap_or(i64::MAX), current: open(false), refused: open(true) })
}

/// An affiliate who takes part in a program and has no coupon there.
#[derive(Debug)]
pub struct Nameless {
    pub affiliate: AffiliateId,
    pub name: String,
    pub slug: String,
}

/// A query about the approved affiliates with a link in the program and no coupon there. Codes that ended by their discount's
/// date don't count.
macro_rules! without_code {
    ($query:ident, $beginning:literal, $end:literal, $tx:expr, ($program:expr, $now:expr) $(, $parameter:expr)*) => {
        sqlx::$query!(
            $beginning
                + " a.organization_id = $1 and a.status = 'Approved' and a.erased_at is null
           and exists (select from links l where l.organization_id = $1 and l.affiliate_id = a.id and l.program_id = $2
                                             and l.disabled_at is null)
           and not exists (select from coupons c
                           left join gateway_coupons g on g.organization_id = $1 and g.coupon_id = c.id
                           left join discounts d on d.organization_id = $1 and d.id = g.discount_id
                           where c.organization_id = $1 and c.affiliate_id = a.id and c.program_id = $2
                             and c.archived_at is null and (d.expires_at is null or d.expires_at > $3))"
                + $end,
            $tx.organization().uuid(),
            $program.uuid(),
            $now
            $(, $parameter)*
        )
    };
}

/// Returns them, oldest first.
pub async fn without_code(
    tx: &mut TenantTx,
    program: ProgramId,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Nameless>, sqlx::Error> {
    let rows = without_code!(
        query,
        "select a.id, a.name, a.slug from affiliates a where",
        " order by a.id limit $4",
        tx,
        (program, now),
        limit
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Nameless { affiliate: AffiliateId::new(row.id), name: row.name, slug: row.slug })
        .collect())
}

/// How many [`without_code`] would be without a limit.
pub async fn count_without_code(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<i64, sqlx::Error> {
    without_code!(query_scalar, r#"select count(*) as "count!" from affiliates a where"#, "", tx, (program, now))
        .fetch_one(tx.conn())
        .await
}

/// A discount's codes by their status at the gateway.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub waiting: i64,
    pub active: i64,
    pub refused: i64,
}

pub async fn progress(tx: &mut TenantTx, program: ProgramId, discount: DiscountId) -> Result<Progress, sqlx::Error> {
    sqlx::query_as!(
        Progress,
        r#"select count(*) filter (where g.status = 'waiting') as "waiting!",
                  count(*) filter (where g.status = 'active') as "active!",
                  count(*) filter (where g.status = 'refused') as "refused!"
           from gateway_coupons g
           join coupons c on c.organization_id = g.organization_id and c.id = g.coupon_id and c.archived_at is null
           where g.organization_id = $1 and g.program_id = $2 and g.discount_id = $3"#,
        tx.organization().uuid(),
        program.uuid(),
        discount.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
