//! Checks commissions and conversions, page by page, against the ledger's own arithmetic.

use std::collections::HashMap;

use shared::id::{CommissionId, ConversionId};
use uuid::Uuid;

use super::Check;
use crate::verify::{
    PAGE,
    position::{Accounts, Position},
    progress::Progress,
};
use engine::{commission, conversion, history::facts};
use kit::db::TenantTx;
use rules::conversion::given_back::{Dispute, Refund, given_back};

pub(super) async fn commissions(tx: &mut TenantTx, check: &mut Check, progress: &Progress) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let accounts = Accounts::load(tx).await?;
    let mut after = Uuid::nil();
    loop {
        let ids = sqlx::query_scalar!(
            "select id from commissions where organization_id = $1 and id > $2 order by id limit $3",
            organization.uuid(),
            after,
            PAGE,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = ids.last() else { break };
        after = *last;
        let ids: Vec<CommissionId> = ids.into_iter().map(CommissionId::new).collect();
        let (mut booked, _) = accounts.booked(tx, &ids).await?;
        for commission in commission::store::by_id(tx, &ids).await? {
            let (says, holds) = (Position::of(&commission), booked.remove(&commission.id).unwrap_or_default());
            if says != holds {
                check.wrong(|| {
                    format!("{organization}: {} has {says}, but its transfers add up to {holds}", commission.id)
                });
            }
        }
        check.looked_at += ids.len() as u64;
        progress.advance(ids.len() as u64);
    }
    nobodys(tx, check).await
}

/// Finds transfers of commissions that don't exist.
async fn nobodys(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        r#"select t.id, t.commission_id as "commission_id!", count(*) over () as count from transfers t
           left join commissions c on c.organization_id = t.organization_id and c.id = t.commission_id
           where t.organization_id = $1 and t.commission_id is not null and c.id is null order by t.id limit 5"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let count = rows.first().and_then(|row| row.count);
    let missing = |id: Uuid| CommissionId::new(id);
    check.wrong_rows(
        count,
        rows.iter().map(|row| {
            let transfer = row.id;
            format!("{organization}: {transfer} belongs to {}, which doesn't exist", missing(row.commission_id))
        }),
    );
    Ok(())
}

pub(super) async fn conversions(tx: &mut TenantTx, check: &mut Check, progress: &Progress) -> anyhow::Result<()> {
    let organization = tx.organization();
    let mut after = Uuid::nil();
    loop {
        let ids = sqlx::query_scalar!(
            "select id from conversions where organization_id = $1 and id > $2 order by id limit $3",
            organization.uuid(),
            after,
            PAGE,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = *last;
        let ids: Vec<ConversionId> = ids.into_iter().map(ConversionId::new).collect();
        let page = conversion::store::by_id(tx, &ids).await?;
        let sales: Vec<_> = page.iter().map(|row| (organization, row.external_id.clone())).collect();
        let mut refunds: HashMap<String, Vec<Refund>> = HashMap::new();
        let names = facts::names(tx, &sales).await?;
        for (_, (sale, refund)) in facts::refunds(tx, &names).await? {
            refunds.entry(sale).or_default().push(refund);
        }
        let mut disputes: HashMap<String, Vec<Dispute>> = HashMap::new();
        for (_, (sale, dispute)) in facts::disputes(tx, &names).await? {
            disputes.entry(sale).or_default().push(dispute);
        }
        for row in &page {
            let report = |of: &str| refunds.get(of).map(Vec::as_slice).unwrap_or_default();
            let disputed = disputes.get(&row.external_id).map(Vec::as_slice).unwrap_or_default();
            let back = given_back(row.amount, row.paid_in_all(), report(&row.external_id), disputed)?;
            let outcome = &row.outcome;
            if (outcome.refunded, outcome.dispute, &outcome.issues) != (back.amount, back.dispute, &back.issues) {
                check.wrong(|| {
                    format!(
                        "{organization}: {} ({}): refunded {}, dispute {:?}, issues {:?}; reported {}, {:?}, {:?}",
                        row.external_id,
                        row.id,
                        outcome.refunded,
                        outcome.dispute,
                        outcome.issues,
                        back.amount,
                        back.dispute,
                        back.issues,
                    )
                });
            }
        }
        check.looked_at += page.len() as u64;
        progress.advance(page.len() as u64);
    }
}
