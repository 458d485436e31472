//! SQL of the tabs: payouts with their affiliates.

use shared::{
    id::{AffiliateId, PayoutId, PayoutRunId},
    timestamp::Timestamp,
};

use super::filters::ListFilters;
use kit::db::{TenantTx, plan_store};
use payouts::payout::{
    blocked::{self, Connections, Waiting},
    row_store, stopped, stopped_store,
};

/// A payout as shown in lists.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: PayoutId,
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    /// What leaves the affiliate's balance; they receive it minus `withheld`.
    pub amount: i64,
    pub withheld: i64,
    pub returned: i64,
    pub currency: String,
    pub rail: String,
    pub status: String,
    /// It was left to the platform that the sales were imported from.
    pub settled_there: bool,
    pub reason: Option<String>,
    pub reason_code: Option<String>,
    pub run: Option<PayoutRunId>,
    /// The brand's own reference of the payment, or the id of Stripe's transfer.
    pub reference: Option<String>,
    pub bank_failed: bool,
    pub bank_reason: Option<String>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
}

/// Newest first.
pub async fn list(
    tx: &mut TenantTx,
    filters: &ListFilters,
    before: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let statuses: Vec<String> = filters.tab.statuses().iter().map(|status| (*status).to_owned()).collect();
    let rows = sqlx::query!(
        r#"select p.id, p.affiliate_id, a.name, a.email, p.amount, p.withheld, p.returned, p.currency, p.rail, p.status,
                  p.reason, p.reason_code, p.run_id, coalesce(p.reference, p.transfer) as reference,
                  p.bank_status is not distinct from 'Failed' as "bank_failed!", p.bank_reason,
                  p.created_at, p.sent_at, p.ended_at, p.next_at, p.connection_id, p.settled_there
           from payouts p join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
           where p.organization_id = $1 and p.status = any ($2) and ($3::uuid is null or p.id < $3)
             and ($4::text is null or strpos(lower(a.name), $4) > 0 or strpos(a.email, $4) > 0)
             and ($5::uuid is null or p.affiliate_id = $5) and ($6::text is null or p.currency = $6)
             and ($7::text is null or p.rail = $7) and ($8::uuid is null or p.run_id = $8)
             and ($9::timestamptz is null or coalesce(p.sent_at, p.created_at) >= $9)
             and ($10::timestamptz is null or coalesce(p.sent_at, p.created_at) < $10)
           order by p.id desc limit $11"#,
        tx.organization().uuid(),
        &statuses,
        before.map(PayoutId::uuid),
        filters.person,
        filters.affiliate.map(AffiliateId::uuid),
        filters.currency,
        filters.rail,
        filters.run.map(PayoutRunId::uuid),
        filters.from.as_ref().map(|(_, from)| *from),
        filters.to.as_ref().map(|(_, to)| *to),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let waiting = rows.iter().any(|row| row.next_at.is_some() && row.rail == row_store::STRIPE);
    let connections = if waiting { blocked::connections(tx).await? } else { Connections::default() };
    let outside = rows.iter().filter(|row| stopped::waits_outside(&row.rail, &row.status));
    let outside: Vec<PayoutId> = outside.map(|row| PayoutId::new(row.id)).collect();
    let stops = stopped_store::read(tx, &outside).await?;
    let view = rows.into_iter().map(|mut row| {
        let payout = Waiting::of((&row.rail, &row.status), row.next_at.is_some(), row.connection_id);
        connections.explain(payout, &mut row.reason_code, &mut row.reason);
        stops.explain(PayoutId::new(row.id), &mut row.reason_code, &mut row.reason);
        Row {
            id: PayoutId::new(row.id),
            affiliate: row.affiliate_id,
            name: row.name,
            email: row.email,
            amount: row.amount,
            withheld: row.withheld,
            returned: row.returned,
            currency: row.currency,
            rail: row.rail,
            status: row.status,
            settled_there: row.settled_there,
            reason: row.reason,
            reason_code: row.reason_code,
            run: row.run_id,
            reference: row.reference,
            bank_failed: row.bank_failed,
            bank_reason: row.bank_reason,
            created_at: row.created_at,
            sent_at: row.sent_at,
            ended_at: row.ended_at,
            next_at: row.next_at,
        }
    });
    Ok(view.collect())
}

/// Sums in one currency, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    pub currency: String,
    /// Owed, payable and in no payout; the sum over affiliates with a positive balance.
    pub payable: i64,
    pub people: i64,
    /// Earned, but not payable yet.
    pub held: i64,
    /// Reserved by payouts in progress.
    pub reserved: i64,
    /// Sent since the given time, minus what was withheld and what was returned since then.
    pub paid: i64,
}

/// By currency; currencies with all sums zero are left out.
pub async fn sums(tx: &mut TenantTx, since: Timestamp) -> Result<Vec<Sums>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with book as (
               select currency,
                      sum(balance) filter (where kind = 'affiliate_approved' and balance > 0) as payable,
                      count(*) filter (where kind = 'affiliate_approved' and balance > 0) as people,
                      sum(balance) filter (where kind = 'affiliate_pending') as held,
                      sum(balance) filter (where kind = 'affiliate_reserved') as reserved
               from accounts where organization_id = $1 and kind in ('affiliate_approved', 'affiliate_pending', 'affiliate_reserved')
                 and balance <> 0
               group by currency),
           sent as (
               select currency, sum(net) as paid from (
                   select currency, amount - withheld as net from payouts
                   where organization_id = $1 and sent_at >= $2 and status in ('Sent', 'Reversed') and not taxed_elsewhere
                   union all
                   select p.currency, r.withheld - r.amount from payout_returns r
                   join payouts p on p.organization_id = r.organization_id and p.id = r.payout_id
                   where r.organization_id = $1 and r.returned_at >= $2) s
               group by currency)
           select currency as "currency!", coalesce(payable, 0)::bigint as "payable!", coalesce(people, 0) as "people!",
                  coalesce(held, 0)::bigint as "held!", coalesce(reserved, 0)::bigint as "reserved!", coalesce(paid, 0)::bigint as "paid!"
           from book full join sent using (currency) order by payable desc nulls last, currency"#,
        tx.organization().uuid(),
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Sums {
        currency: row.currency,
        payable: row.payable,
        people: row.people,
        held: row.held,
        reserved: row.reserved,
        paid: row.paid,
    });
    Ok(view.filter(|sums| (sums.payable, sums.held, sums.reserved, sums.paid) != (0, 0, 0, 0)).collect())
}

/// Counts payouts in progress, up to `most`.
pub async fn open(tx: &mut TenantTx, most: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from payouts where organization_id = $1 and status in ('Scheduled', 'Reserved', 'Sending', 'Unknown')
               limit $2) p"#,
        tx.organization().uuid(),
        most,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts payouts that failed or were returned, up to `most`.
pub async fn failed(tx: &mut TenantTx, most: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from payouts where organization_id = $1 and status in ('Failed', 'Reversed') limit $2) p"#,
        tx.organization().uuid(),
        most,
    )
    .fetch_one(tx.conn())
    .await
}

/// When the next hold ends; `None` if no commission waits for the end of one.
pub async fn next_release(tx: &mut TenantTx) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select hold_until from commissions where organization_id = $1 and status = 'Pending' and held is null
         order by hold_until limit 1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}
