//! SQL of a run's files: exports, imported results, and the accountant's list.

use payout_core::{
    rail::{Rail, remittance::Remittance},
    step::Status,
};
use shared::{
    id::{AffiliateId, PayoutId, PayoutRunId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::{payout::stopped_store, payout_account::destination::digest};
use kit::db::TenantTx;

/// The fields of a payout that matter for a file.
#[derive(Debug, Clone)]
pub struct Filed {
    pub id: PayoutId,
    pub affiliate: AffiliateId,
    pub name: String,
    pub is_company: bool,
    pub rail: Rail,
    pub status: Status,
    /// The amount that the affiliate receives, in minor units.
    pub net: i64,
    /// The payment service's ID of the payment.
    pub transfer: Option<String>,
    pub created_at: Timestamp,
    pub exported_at: Option<Timestamp>,
    /// Whether the affiliate is still approved, and whether their payouts are on hold.
    pub is_approved: bool,
    pub is_on_hold: bool,
    /// Whether their payout details changed after the file was exported.
    pub is_moved: bool,
    /// Whether their payout destination changed after the run was proposed.
    pub is_elsewhere: bool,
    /// The encrypted payout details.
    pub sealed_details: Option<String>,
}

/// The payouts of other rails than Stripe: exported ones first, in the order of their export.
pub async fn filed(tx: &mut TenantTx, run: PayoutRunId) -> Result<Vec<Filed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.affiliate_id, a.name, p.rail, p.status, p.amount - p.withheld as "net!", p.exported_at, p.transfer,
                  p.created_at,
                  m.sealed_details as "sealed_details?", a.status = 'Approved' as "is_approved!",
                  exists (select from payout_holds h
                          where h.organization_id = $1 and h.affiliate_id = p.affiliate_id) as "is_on_hold!",
                  (p.exported_at is not null and (m.updated_at is null or m.updated_at > p.exported_at)) as "is_moved!",
                  p.destination_digest, d.changed_at as "changed_at?",
                  exists (select from tax_forms f
                          where f.organization_id = $1 and f.affiliate_id = p.affiliate_id and f.status = 'Valid'
                            and (f.corporation or f.kind = 'W8BENE')) as "is_company!"
           from payouts p
           join affiliates a on a.organization_id = $1 and a.id = p.affiliate_id
           left join payout_methods m on m.organization_id = $1 and m.affiliate_id = p.affiliate_id and m.rail = p.rail
           left join payout_destinations d on d.organization_id = $1 and d.affiliate_id = p.affiliate_id
           where p.organization_id = $1 and p.run_id = $2 and p.rail <> 'Stripe'
           order by p.exported_at nulls last, p.id"#,
        tx.organization().uuid(),
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let filed = rows.into_iter().filter_map(|row| {
        Some(Filed {
            id: PayoutId::new(row.id),
            affiliate: row.affiliate_id,
            name: row.name,
            is_company: row.is_company,
            rail: Rail::parse(&row.rail)?,
            status: Status::parse(&row.status)?,
            net: row.net,
            transfer: row.transfer,
            created_at: row.created_at,
            exported_at: row.exported_at,
            is_approved: row.is_approved,
            is_on_hold: row.is_on_hold,
            is_moved: row.is_moved,
            is_elsewhere: row
                .destination_digest
                .is_some_and(|pinned| pinned != digest(&row.rail, None, row.changed_at)),
            sealed_details: row.sealed_details,
        })
    });
    Ok(filed.collect())
}

/// How many payouts each export has, by rail, and how many aren't exported yet and still may be.
pub async fn sizes(tx: &mut TenantTx, run: PayoutRunId) -> Result<Vec<(Rail, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select rail, count(*) as "count!" from payouts
           where organization_id = $1 and run_id = $2 and rail <> 'Stripe'
             and (exported_at is not null or status in ('Scheduled', 'Reserved'))
           group by rail, exported_at"#,
        tx.organization().uuid(),
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((Rail::parse(&row.rail)?, row.count))).collect())
}

/// Marks payouts as exported.
pub async fn set_exported(tx: &mut TenantTx, payouts: &[PayoutId], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = 'Sending', exported_at = $3, updated_at = $3, reason_code = 'exported',
             reason = 'It is in an exported file. Import the results, or mark it as paid or failed.'
         where organization_id = $1 and id = any ($2) and status = 'Reserved'",
        tx.organization().uuid(),
        &payouts.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A payout that isn't in the file.
#[derive(Debug)]
pub struct LeftOut {
    pub id: PayoutId,
    /// Why: a stable code, and a sentence.
    pub code: &'static str,
    pub reason: String,
}

/// Stores why some payouts aren't in a file.
pub async fn set_unwritable(tx: &mut TenantTx, payouts: &[LeftOut], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts p set reason_code = n.code, reason = n.reason, updated_at = $5
         from unnest($2::uuid[], $3::text[], $4::text[]) n (id, code, reason)
         where p.organization_id = $1 and p.id = n.id
           and (p.status = 'Reserved' or (p.status = 'Sending' and p.exported_at is not null))",
        tx.organization().uuid(),
        &payouts.iter().map(|one| one.id.uuid()).collect::<Vec<_>>(),
        &payouts.iter().map(|one| one.code.to_owned()).collect::<Vec<_>>(),
        &payouts.iter().map(|one| one.reason.clone()).collect::<Vec<_>>(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Everything that a run paid or was to pay, ordered by payout ID.
pub async fn remittance(tx: &mut TenantTx, run: PayoutRunId) -> Result<Vec<Remittance>, sqlx::Error> {
    let mut programs = programs(tx, run).await?.into_iter().peekable();
    let rows = sqlx::query!(
        r#"select p.id, p.affiliate_id, a.name, a.email, p.amount, p.withheld, p.returned, p.rail, p.status, p.transfer, p.reference,
                  p.sent_at, p.reason_code, p.reason
           from payouts p
           join affiliates a on a.organization_id = $1 and a.id = p.affiliate_id
           where p.organization_id = $1 and p.run_id = $2 order by p.id"#,
        tx.organization().uuid(),
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<PayoutId> = rows.iter().map(|row| PayoutId::new(row.id)).collect();
    let stops = stopped_store::read(tx, &ids).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for mut row in rows {
        stops.explain(PayoutId::new(row.id), &mut row.reason_code, &mut row.reason);
        let mut of_this = Vec::new();
        while let Some((_, name, amount)) = programs.next_if(|(payout, ..)| *payout <= row.id) {
            of_this.push((name, amount));
        }
        lines.push(Remittance {
            payout: PayoutId::new(row.id).to_string(),
            affiliate: row.affiliate_id.to_string(),
            name: row.name,
            email: row.email,
            gross: row.amount,
            withheld: row.withheld,
            returned: row.returned,
            rail: Rail::parse(&row.rail).unwrap_or(Rail::Manual),
            status: row.status,
            transfer: row.transfer,
            reference: row.reference,
            sent_at: row.sent_at.map(|at| at.to_string()),
            programs: of_this,
            reason: row.reason,
        });
    }
    Ok(lines)
}

async fn programs(tx: &mut TenantTx, run: PayoutRunId) -> Result<Vec<(Uuid, String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.payout_id, g.name, sum(i.amount)::bigint as "amount!"
           from payouts p
           join payout_items i on i.organization_id = $1 and i.payout_id = p.id
           join commissions c on c.organization_id = $1 and c.id = i.commission_id
           join programs g on g.organization_id = $1 and g.id = c.program_id
           where p.organization_id = $1 and p.run_id = $2
           group by i.payout_id, g.id, g.name order by i.payout_id, g.name, g.id"#,
        tx.organization().uuid(),
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.payout_id, row.name, row.amount)).collect())
}
