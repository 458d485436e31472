//! SQL of past bonuses and payments: what was imported before, by its id on the other platform.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{
    field::{Kind, Source},
    store::Import,
};
use kit::db::{TenantTx, corrupt_column};

fn currency(code: &str) -> Result<Currency, sqlx::Error> {
    code.parse().map_err(|_| corrupt_column("commissions.currency"))
}

/// Returns the affiliate and amount of the entries with these ids.
pub(super) async fn by_external_id(
    tx: &mut TenantTx,
    (kind, source): (Kind, Source),
    ids: &[String],
) -> Result<HashMap<String, (AffiliateId, Money)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select e.external_id, c.affiliate_id as "affiliate_id: AffiliateId", c.earned, c.currency
           from imported_entries e
           join commissions c on c.organization_id = e.organization_id and c.id = e.commission_id
           where e.organization_id = $1 and e.kind = $2 and e.source = $3 and e.external_id = any ($4)"#,
        tx.organization().uuid(),
        kind.as_str(),
        source.as_str(),
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.external_id, (row.affiliate_id, Money::new(row.earned, currency(&row.currency)?)))))
        .collect()
}

/// Returns which of these affiliates' payments, by currency, came with the sales or bonuses that they were for: all of
/// them, or only those since the import that left unpaid ones to that platform.
pub(super) async fn covered(
    tx: &mut TenantTx,
    source: Source,
    affiliates: &[AffiliateId],
) -> Result<HashMap<(AffiliateId, Currency), Timestamp>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.affiliate_id as "affiliate_id: AffiliateId", p.currency,
                  min(case when p.settled_there then p.sent_at else 'epoch' end) as "since!"
           from payouts p
           join payout_items i on i.organization_id = p.organization_id and i.payout_id = p.id
           join commissions c on c.organization_id = i.organization_id and c.id = i.commission_id
           where p.organization_id = $1 and p.imported_from = $2 and p.affiliate_id = any ($3)
             and c.kind <> 'Adjustment'
           group by p.affiliate_id, p.currency"#,
        tx.organization().uuid(),
        source.as_str(),
        &affiliates.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok(((row.affiliate_id, currency(&row.currency)?), row.since))).collect()
}

/// Records which commission each entry became.
pub(super) async fn keep(
    tx: &mut TenantTx,
    import: &Import,
    entries: &[(String, CommissionId)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into imported_entries (organization_id, kind, source, external_id, commission_id)
         select $1, $2, $3, * from unnest($4::text[], $5::uuid[])
         returning 1 as one",
        tx.organization().uuid(),
        import.kind.as_str(),
        import.source.as_str(),
        &entries.iter().map(|(external, _)| external.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|(_, id)| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
