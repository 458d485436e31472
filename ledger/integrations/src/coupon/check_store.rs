//! SQL for comparing codes with the gateway's.

use shared::{
    id::{AffiliateId, CouponId, DiscountId, OrganizationId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, TenantsTx, claim::Claim};
use rules::coupon::discount::Limits;

/// A discount whose codes are to be compared.
#[derive(Debug)]
pub struct DueDiscount {
    pub organization: OrganizationId,
    pub id: DiscountId,
    pub limits: Limits,
}

/// Takes discounts whose daily comparison is due. One that ends within the next day is due again at that time.
pub async fn take(tx: &mut TenantsTx, now: Timestamp, limit: i64) -> Result<Vec<DueDiscount>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(limit), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select organization_id from discounts
             where check_at <= $1 and organization_id <> all ($2) order by check_at limit $3",
            now,
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let rows = sqlx::query!(
                "with due as materialized (
                     select id from discounts where organization_id = $1 and check_at <= $2
                     order by check_at limit $3 for update skip locked)
                 update discounts d
                 set check_at = case when d.expires_at > $2 then least($4, d.expires_at) else $4 end
                 from due where d.organization_id = $1 and d.id = due.id
                 returning d.id, d.max_redemptions, d.expires_at",
                organization,
                now,
                count,
                now.plus_days(1),
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(rows.len());
            let organization = OrganizationId::new(organization);
            taken.extend(rows.into_iter().map(|row| {
                let limits = Limits { per_code: row.max_redemptions, ends_at: row.expires_at };
                DueDiscount { organization, id: row.id, limits }
            }));
        }
    }
    Ok(taken)
}

/// An active code of the discount, if it has one.
pub async fn any_code(tx: &mut TenantTx, discount: DiscountId) -> Result<Option<CouponId>, sqlx::Error> {
    sqlx::query_scalar!(
        "select coupon_id from gateway_coupons
         where organization_id = $1 and discount_id = $2 and status = 'active' limit 1",
        tx.organization().uuid(),
        discount.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Marks active codes as refused whose ids are in the gateway's list of inactive ones. Returns their affiliates.
pub async fn deactivated(
    tx: &mut TenantTx,
    discount: DiscountId,
    inactive: &[String],
    problem: &str,
) -> Result<Vec<AffiliateId>, sqlx::Error> {
    sqlx::query_scalar!(
        "update gateway_coupons set status = 'refused', problem = $4
         where organization_id = $1 and discount_id = $2 and status = 'active' and due_at is null
           and external_id = any ($3)
         returning affiliate_id",
        tx.organization().uuid(),
        discount.uuid(),
        inactive,
        problem,
    )
    .fetch_all(tx.conn())
    .await
}

/// Marks the codes of a discount whose date has passed as archived: the gateway ends them at the same time. Returns their
/// affiliates.
pub async fn end(tx: &mut TenantTx, discount: DiscountId, problem: &str) -> Result<Vec<AffiliateId>, sqlx::Error> {
    sqlx::query_scalar!(
        "update gateway_coupons set status = 'archived', problem = $3
         where organization_id = $1 and discount_id = $2 and status in ('active', 'refused') and due_at is null
         returning affiliate_id",
        tx.organization().uuid(),
        discount.uuid(),
        problem,
    )
    .fetch_all(tx.conn())
    .await
}
