//! SQL of payouts.

use payout_core::step::Status;
use shared::{
    id::{AffiliateId, CommissionId, PayoutId, PayoutRunId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    blocked::{self, Connections, Waiting},
    paid::PaidOn,
    stopped, stopped_store,
    view::{Payout, PayoutItem, next_action},
};
use kit::db::{TenantTx, corrupt_column, plan_store};

/// A payment that was made outside: to whom, and what people should know about it.
#[derive(Debug, Clone)]
pub struct Payment {
    pub affiliate_id: AffiliateId,
    pub currency: Currency,
    /// The amount that the payer expects; it must equal what is payable by then.
    pub expected: Option<i64>,
    pub reference: Option<String>,
    pub paid: PaidOn,
    pub actor: String,
}

/// Stores a payment made outside. `paid_at` is when it was paid, possibly in the past.
pub async fn insert(
    tx: &mut TenantTx,
    id: PayoutId,
    payment: &Payment,
    amount: i64,
    (paid_at, now): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, reference, actor, sent_at,
                              ended_at, updated_at, created_at)
         values ($1, $2, $3, $4, $5, 'Manual', 'Sent', $6, $7, $8, $9, $9, $9)",
        tx.organization().uuid(),
        id.uuid(),
        payment.affiliate_id.uuid(),
        payment.currency.code(),
        amount,
        payment.reference,
        payment.actor,
        paid_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// When the first of these commissions was earned; `None` if there are none.
pub async fn earliest(tx: &mut TenantTx, commissions: &[CommissionId]) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(least(v.occurred_at, c.created_at)) from commissions c
         left join conversions v on v.organization_id = c.organization_id and v.id = c.conversion_id
         where c.organization_id = $1 and c.id = any ($2)",
        tx.organization().uuid(),
        &commissions.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The list's filters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<PayoutId>,
    pub affiliate: Option<AffiliateId>,
    pub run: Option<PayoutRunId>,
    pub currency: Option<String>,
    pub rail: Option<&'static str>,
    pub status: Option<&'static str>,
    pub reference: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Lists payouts, newest first unless `oldest` is set.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Payout>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select id, affiliate_id, run_id, amount, withheld, currency, rail, status, reason_code, reason, next_at, transfer,
                  destination, sent_at, ended_at, returned, bank_status, bank_reason, exported_at, reference, actor,
                  created_at, updated_at, connection_id
           from payouts
           where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or affiliate_id = $3)
             and ($6::text is null or currency = $6) and ($7::text is null or status = $7)
             and ($8::text is null or reference = $8)
             and ($9::timestamptz is null or created_at >= $9) and ($10::timestamptz is null or created_at < $10)
             and ($12::uuid is null or run_id = $12) and ($13::text is null or rail = $13)
             and ($4::uuid is null or (not $11 and id < $4) or ($11 and id > $4))
           order by case when $11 then id end, case when not $11::boolean then id end desc limit $5"#,
        tx.organization().uuid(),
        filter.id.map(PayoutId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.after,
        filter.limit,
        filter.currency,
        filter.status,
        filter.reference,
        filter.from,
        filter.to,
        filter.oldest,
        filter.run.map(PayoutRunId::uuid),
        filter.rail,
    )
    .fetch_all(tx.conn())
    .await?;
    let asks = rows
        .iter()
        .any(|row| Waiting::of((&row.rail, &row.status), row.next_at.is_some(), row.connection_id).is_stripes());
    let connections = if asks { blocked::connections(tx).await? } else { Connections::default() };
    let outside = rows.iter().filter(|row| stopped::waits_outside(&row.rail, &row.status));
    let outside: Vec<PayoutId> = outside.map(|row| PayoutId::new(row.id)).collect();
    let stops = stopped_store::read(tx, &outside).await?;
    rows.into_iter()
        .map(|mut row| {
            let payout = Waiting::of((&row.rail, &row.status), row.next_at.is_some(), row.connection_id);
            connections.explain(payout, &mut row.reason_code, &mut row.reason);
            stops.explain(PayoutId::new(row.id), &mut row.reason_code, &mut row.reason);
            let status = Status::parse(&row.status).ok_or_else(|| corrupt_column("payouts.status"))?;
            let (code, bank) = (row.reason_code.as_deref(), row.bank_status.as_deref());
            Ok(Payout {
                id: PayoutId::new(row.id),
                affiliate_id: row.affiliate_id,
                run_id: row.run_id,
                amount_cents: row.amount,
                gross_cents: row.amount,
                withheld_cents: row.withheld,
                net_cents: row.amount - row.withheld,
                currency: row.currency,
                rail: row.rail,
                next_action: next_action(status, code, row.next_at.is_some(), bank),
                status: row.status,
                reason_code: row.reason_code,
                reason: row.reason,
                next_at: row.next_at,
                transfer_id: row.transfer,
                destination: row.destination,
                sent_at: row.sent_at,
                ended_at: row.ended_at,
                returned_cents: row.returned,
                bank_status: row.bank_status,
                bank_reason: row.bank_reason,
                exported_at: row.exported_at,
                reference: row.reference,
                actor: row.actor,
                created_at: row.created_at,
                updated_at: row.updated_at,
            })
        })
        .collect()
}

pub async fn one(tx: &mut TenantTx, id: PayoutId) -> Result<Option<Payout>, sqlx::Error> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    Ok(list(tx, &filter).await?.into_iter().next())
}

/// Which commissions a payout pays and how much of each, in the order of their IDs, after the given one.
pub async fn items(
    tx: &mut TenantTx,
    payout: PayoutId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<PayoutItem>, sqlx::Error> {
    let rows = sqlx::query!(
        "select i.commission_id, i.amount, i.returned, p.currency from payout_items i
         join payouts p on p.organization_id = i.organization_id and p.id = i.payout_id
         where i.organization_id = $1 and i.payout_id = $2 and ($3::uuid is null or i.commission_id > $3)
         order by i.commission_id limit $4",
        tx.organization().uuid(),
        payout.uuid(),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let item = rows.into_iter().map(|row| PayoutItem {
        commission_id: row.commission_id,
        amount_cents: row.amount,
        returned_cents: row.returned,
        currency: row.currency,
    });
    Ok(item.collect())
}
