//! SQL of an affiliate's coupons, and of the discounts for which they may choose a code.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use kit::db::TenantTx;
use programs::discount::store::TermColumns;
use rules::coupon::discount::Terms;

/// Coupons and discounts on the page.
const ROWS_MAX: i64 = 50;

/// A coupon that credits the affiliate, or is about to.
#[derive(Debug)]
pub struct Code {
    pub code: String,
    pub program_name: String,
    /// What customers save, if it's known.
    pub terms: Option<Terms>,
    /// The status at the gateway, if the code is created there.
    pub status: Option<String>,
    /// Whether the affiliate chose it.
    pub chosen: bool,
}

/// Oldest first.
pub async fn codes(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<Code>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.code, p.name as program_name, g.status as "status?", coalesce(g.chosen, false) as "chosen!",
                  d.basis_points as "basis_points?", d.amount as "amount?", d.currency as "currency?",
                  d.duration as "duration?", d.months as "months?", d.max_redemptions as "max_redemptions?",
                  d.expires_at as "expires_at?"
           from coupons c
           join programs p on p.organization_id = c.organization_id and p.id = c.program_id
           left join gateway_coupons g on g.organization_id = c.organization_id and g.coupon_id = c.id
           left join discounts d on d.organization_id = g.organization_id and d.id = g.discount_id
           where c.organization_id = $1 and c.affiliate_id = $2 and c.archived_at is null order by c.id limit $3"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        ROWS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let code = rows.into_iter().map(|row| {
        let columns = row.duration.map(|duration| TermColumns {
            basis_points: row.basis_points,
            amount: row.amount,
            currency: row.currency,
            duration,
            months: row.months,
            max_redemptions: row.max_redemptions,
            expires_at: row.expires_at,
        });
        Ok(Code {
            code: row.code,
            program_name: row.program_name,
            terms: columns.map(|columns| columns.terms()).transpose()?,
            status: row.status,
            chosen: row.chosen,
        })
    });
    code.collect()
}

/// A discount for which the affiliate may choose a code.
#[derive(Debug)]
pub struct Choosable {
    pub program: ProgramId,
    pub program_name: String,
    pub program_slug: String,
    pub terms: Terms,
}

/// Of the programs in which they have a link, but no code of their own choice yet. A code that ended by its discount's
/// date doesn't count.
pub async fn choosable(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<Vec<Choosable>, sqlx::Error> {
    let rows = sqlx::query!(
        "select d.program_id, p.name as program_name, p.slug, d.basis_points, d.amount, d.currency, d.duration, d.months,
                d.max_redemptions, d.expires_at
         from discounts d
         join programs p on p.organization_id = d.organization_id and p.id = d.program_id and p.archived_at is null
         where d.organization_id = $1 and d.ended_at is null and d.affiliates_choose
           and (d.expires_at is null or d.expires_at > $4)
           and exists (select from links l where l.organization_id = $1 and l.affiliate_id = $2
                                             and l.program_id = d.program_id and l.disabled_at is null)
           and not exists (select from gateway_coupons g
                           join coupons c on c.organization_id = $1 and c.id = g.coupon_id and c.archived_at is null
                           join discounts o on o.organization_id = $1 and o.id = g.discount_id
                                            and (o.expires_at is null or o.expires_at > $4)
                           where g.organization_id = $1 and g.affiliate_id = $2 and g.program_id = d.program_id
                             and g.chosen and (g.status <> 'refused' or g.external_id is not null))
         order by d.program_id limit $3",
        tx.organization().uuid(),
        affiliate.uuid(),
        ROWS_MAX,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let choosable = rows.into_iter().map(|row| {
        let columns = TermColumns {
            basis_points: row.basis_points,
            amount: row.amount,
            currency: row.currency,
            duration: row.duration,
            months: row.months,
            max_redemptions: row.max_redemptions,
            expires_at: row.expires_at,
        };
        Ok(Choosable {
            program: row.program_id,
            program_name: row.program_name,
            program_slug: row.slug,
            terms: columns.terms()?,
        })
    });
    choosable.collect()
}
