//! SQL for coupons.

use shared::{
    id::{AffiliateId, CouponId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::Coupon;
use kit::db::TenantTx;
use rules::coupon::key::key;

/// Filters of the list.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<CouponId>,
    pub program: Option<ProgramId>,
    pub affiliate: Option<AffiliateId>,
    /// Compared by its [`key`].
    pub code: Option<String>,
    /// The gateway's own id of the coupon, compared the same way.
    pub external_id: Option<String>,
    pub archived: Option<bool>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Coupon>, sqlx::Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true)").fetch_one(tx.conn()).await?;
    let rows = sqlx::query!(
        r#"select id, program_id, affiliate_id, code, overrides_click, external_id, archived_at, created_at from coupons
           where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or program_id = $3)
             and ($4::uuid is null or affiliate_id = $4) and ($5::text is null or code_key = $5)
             and ($8::text is null or external_key = $8)
             and ($9::boolean is null or $9 = (archived_at is not null))
             and ($10::timestamptz is null or created_at >= $10) and ($11::timestamptz is null or created_at < $11)
             and ($6::uuid is null or (not $12 and id < $6) or ($12 and id > $6))
           order by case when $12 then id end, case when not $12::boolean then id end desc limit $7"#,
        tx.organization().uuid(),
        filter.id.map(|id| id.uuid()),
        filter.program.map(|id| id.uuid()),
        filter.affiliate.map(|id| id.uuid()),
        filter.code.as_deref().map(key),
        filter.after,
        filter.limit,
        filter.external_id.as_deref().map(key),
        filter.archived,
        filter.from,
        filter.to,
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Coupon {
        id: CouponId::new(row.id),
        program_id: row.program_id,
        affiliate_id: row.affiliate_id,
        code: row.code,
        overrides_click_attribution: row.overrides_click,
        external_id: row.external_id,
        archived_at: row.archived_at,
        created_at: row.created_at,
    });
    Ok(view.collect())
}

/// Whether an active coupon other than `but` has this text as its code or as its gateway's id.
pub async fn is_taken(tx: &mut TenantTx, text: &str, but: Option<CouponId>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from coupons where organization_id = $1 and archived_at is null
                          and ($3::uuid is null or id <> $3)
                          and (code_key = $2 or external_key = $2)) as "taken!""#,
        tx.organization().uuid(),
        key(text),
        but.map(CouponId::uuid),
    )
    .fetch_one(tx.conn())
    .await
}

/// # Errors
/// Constraints `coupons_code` and `coupons_external`.
pub async fn insert(tx: &mut TenantTx, coupon: &Coupon, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into coupons (organization_id, id, program_id, affiliate_id, code, overrides_click, external_id, created_at,
                              code_key, external_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.organization().uuid(),
        coupon.id.uuid(),
        coupon.program_id.uuid(),
        coupon.affiliate_id.uuid(),
        coupon.code,
        coupon.overrides_click_attribution,
        coupon.external_id,
        now,
        key(&coupon.code),
        coupon.external_id.as_deref().map(key),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Updates the fields that may change; an archived coupon stays archived.
///
/// # Errors
/// Constraint `coupons_external`.
pub async fn update(tx: &mut TenantTx, coupon: &Coupon, now: Option<Timestamp>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update coupons set overrides_click = $3, external_id = $4, archived_at = coalesce(archived_at, $5),
                            external_key = case when external_id is distinct from $4 then $6 else external_key end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        coupon.id.uuid(),
        coupon.overrides_click_attribution,
        coupon.external_id,
        now,
        coupon.external_id.as_deref().map(key),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
