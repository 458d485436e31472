//! SQL for coupons.

use shared::{
    id::{AffiliateId, CouponId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    gateway::CodeAtGateway,
    view::{Coupon, CouponSales},
};
use crate::discount::store::{TermColumns, gateway};
use kit::db::{TenantTx, plan_store};
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

/// Newest first. What they sold is added by [`super::sales_store::fill`].
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Coupon>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.program_id, c.affiliate_id, c.code, c.overrides_click, c.external_id, c.archived_at, c.created_at,
                  g.status as "status?", g.problem as "problem?", g.chosen as "chosen?", a.gateway as "gateway?",
                  d.basis_points as "basis_points?", d.amount as "amount?", d.currency as "currency?",
                  d.duration as "duration?", d.months as "months?", d.max_redemptions as "max_redemptions?",
                  d.expires_at as "expires_at?"
           from coupons c
           left join gateway_coupons g on g.organization_id = c.organization_id and g.coupon_id = c.id
           left join discounts d on d.organization_id = g.organization_id and d.id = g.discount_id
           left join gateway_connections a on a.organization_id = d.organization_id and a.id = d.connection_id
           where c.organization_id = $1 and ($2::uuid is null or c.id = $2) and ($3::uuid is null or c.program_id = $3)
             and ($4::uuid is null or c.affiliate_id = $4) and ($5::text is null or c.code_key = $5)
             and ($8::text is null or c.external_key = $8)
             and ($9::boolean is null or $9 = (c.archived_at is not null))
             and ($10::timestamptz is null or c.created_at >= $10) and ($11::timestamptz is null or c.created_at < $11)
             and ($6::uuid is null or (not $12 and c.id < $6) or ($12 and c.id > $6))
           order by case when $12 then c.id end, case when not $12::boolean then c.id end desc limit $7"#,
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
    let view = rows.into_iter().map(|row| {
        let terms = row.duration.map(|duration| TermColumns {
            basis_points: row.basis_points,
            amount: row.amount,
            currency: row.currency,
            duration,
            months: row.months,
            max_redemptions: row.max_redemptions,
            expires_at: row.expires_at,
        });
        let at_gateway = row.status.zip(row.gateway).map(|(status, name)| CodeAtGateway {
            gateway: gateway(&name).as_str(),
            status,
            problem: row.problem,
            chosen_by_affiliate: row.chosen.unwrap_or_default(),
        });
        Ok(Coupon {
            id: CouponId::new(row.id),
            program_id: row.program_id,
            affiliate_id: row.affiliate_id,
            code: row.code,
            overrides_click_attribution: row.overrides_click,
            external_id: row.external_id,
            discount: terms.map(|columns| columns.terms()).transpose()?.map(Into::into),
            gateway: at_gateway,
            sold: CouponSales::default(),
            archived_at: row.archived_at,
            created_at: row.created_at,
        })
    });
    view.collect()
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
