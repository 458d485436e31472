//! SQL of coupons.

use shared::{
    id::{AffiliateId, CouponId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::Coupon;
use crate::{
    api::view::Moment,
    db::{TenantTx, at, moment},
};

/// What narrows the list.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<CouponId>,
    pub program: Option<ProgramId>,
    pub affiliate: Option<AffiliateId>,
    /// In either case.
    pub code: Option<String>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Newest first.
///
/// # Errors
/// Of the database.
pub async fn list(
    tx: &mut TenantTx,
    organization: OrganizationId,
    filter: &Filter,
) -> Result<Vec<Coupon>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, program_id, affiliate_id, code, overrides_click, external_id, created_at from coupons
         where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or program_id = $3)
           and ($4::uuid is null or affiliate_id = $4) and ($5::text is null or lower(code) = lower($5))
           and ($6::uuid is null or id < $6)
         order by id desc limit $7",
        organization.uuid(),
        filter.id.map(|id| id.uuid()),
        filter.program.map(|id| id.uuid()),
        filter.affiliate.map(|id| id.uuid()),
        filter.code,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Coupon {
        id: CouponId::new(row.id),
        program_id: ProgramId::new(row.program_id),
        affiliate_id: AffiliateId::new(row.affiliate_id),
        code: row.code,
        overrides_click_attribution: row.overrides_click,
        external_id: row.external_id,
        created_at: Moment(moment(row.created_at)),
    });
    Ok(view.collect())
}

/// Whether a coupon answers to this text, by its code or by its gateway's name.
///
/// # Errors
/// Of the database.
pub async fn is_taken(tx: &mut TenantTx, organization: OrganizationId, text: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from coupons where organization_id = $1
                          and (lower(code) = lower($2) or lower(external_id) = lower($2))) as "taken!""#,
        organization.uuid(),
        text,
    )
    .fetch_one(tx.conn())
    .await
}

/// # Errors
/// Constraints `coupons_code` and `coupons_external`.
pub async fn insert(
    tx: &mut TenantTx,
    organization: OrganizationId,
    coupon: &Coupon,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into coupons (organization_id, id, program_id, affiliate_id, code, overrides_click, external_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        organization.uuid(),
        coupon.id.uuid(),
        coupon.program_id.uuid(),
        coupon.affiliate_id.uuid(),
        coupon.code,
        coupon.overrides_click_attribution,
        coupon.external_id,
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
