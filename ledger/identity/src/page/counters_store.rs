//! SQL of the counters of what waits: one query, in which each part reads its own index and stops at a limit.

use kit::{
    dashboard::counters::{COUNTED_MAX, Counters},
    db::TenantTx,
};

/// Counts what waits in the transaction's organization, each kind up to [`COUNTED_MAX`].
///
/// Affiliates with a balance are found from index entry to index entry: the payable commissions of one affiliate may be
/// many.
pub(super) async fn count(tx: &mut TenantTx) -> Result<Counters, sqlx::Error> {
    let row = sqlx::query!(
        r#"with recursive owed (currency, affiliate_id, step) as (
               (select c.currency, c.affiliate_id, 1::bigint from commissions c
                where c.organization_id = $1 and c.amount <> c.paid + c.reserved and c.status <> 'Pending'
                order by c.currency, c.affiliate_id limit 1)
               union all
               select n.currency, n.affiliate_id, o.step + 1
               from owed o cross join lateral (
                   select c.currency, c.affiliate_id from commissions c
                   where c.organization_id = $1 and c.amount <> c.paid + c.reserved and c.status <> 'Pending'
                     and (c.currency, c.affiliate_id) > (o.currency, o.affiliate_id)
                   order by c.currency, c.affiliate_id limit 1) n
               where o.step < $2)
           select
               (select count(*) from (
                    select 1 from affiliates where organization_id = $1 and status = 'Pending' limit $2) a)
                   as "applications!",
               (select count(*) from (
                    select 1 from missing_sale_claims where organization_id = $1 and status = 'Open' limit $2) m)
                   as "claims!",
               (select count(*) from (
                    select 1 from reward_claims where organization_id = $1 and state = 'Submitted' limit $2) r)
                   as "rewards!",
               (select count(*) from (
                    select 1 from conversions
                    where organization_id = $1 and flags <> '{}' and review is null limit $2) v) as "conversions!",
               (select count(*) from (
                    select 1 from commissions
                    where organization_id = $1 and kind = 'Click' and held = 'Review' limit $2) k) as "clicks!",
               (select count(*) from (
                    select 1 from customer_joins where organization_id = $1 and state = 'Waiting' limit $2) j)
                   as "joins!",
               (select count(*) from (
                    select 1 from quarantine where organization_id = $1 and state = 'open' limit $2) q) as "events!",
               (select count(distinct o.affiliate_id) from owed o
                join accounts b on b.organization_id = $1 and b.kind = 'affiliate_approved'
                     and b.affiliate_id = o.affiliate_id and b.currency = o.currency
                where b.balance > 0) as "payable!""#,
        tx.organization().uuid(),
        COUNTED_MAX,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Counters {
        applications: row.applications,
        claims: row.claims,
        rewards: row.rewards,
        conversions: row.conversions,
        clicks: row.clicks,
        joins: row.joins,
        events: row.events,
        payable: row.payable,
    })
}
