//! SQL of the alerts about unmatched refunds and sales that earn twice, each read from its own index and bounded, and of
//! dismissals.

use shared::{
    id::{CommissionId, ConversionId, EventId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::kind::Kind;
use kit::db::TenantTx;
use rules::gateway::DECLINED_DEBIT;

/// How many of the newest refunds are searched for those of unknown sales, and of the newest sales for those that earn twice.
const LOOKED_AT: i64 = 200;

/// A conversion with a refund or dispute that doesn't match it.
#[derive(Debug)]
pub struct UnmatchedRefund {
    pub id: ConversionId,
    pub external_id: String,
    pub issues: Vec<String>,
    pub at: Timestamp,
    pub receipt: Option<CommissionId>,
}

/// Conversions that changed since `from`, newest sale first. A dismissed one returns with its next refund or dispute.
pub async fn unmatched_refunds(
    tx: &mut TenantTx,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<UnmatchedRefund>, sqlx::Error> {
    let rows = sqlx::query!(
        "select c.id, c.external_id, c.issues, c.occurred_at,
                (select m.id from commissions m where m.organization_id = $1 and m.conversion_id = c.id
                 order by m.kind = 'Override', m.amount desc, m.id limit 1) as receipt
         from conversions c
         left join dismissed_alerts d on d.organization_id = c.organization_id and d.kind = 'Sale' and d.id = c.id
         where c.organization_id = $1 and c.issues <> '{}' and c.updated_at >= $2
           and (d.dismissed_at is null or exists (
               with recursive below (name) as (
                   select c.external_id
                   union
                   select a.alias from below n join sale_aliases a on a.organization_id = $1 and a.name = n.name),
               above (name) as (
                   select c.external_id
                   union
                   select a.name from above n join sale_aliases a on a.organization_id = $1 and a.alias = n.name)
               select from (select name from below union select name from above) n
               join (select event_id, refund_of as sale from refunds where organization_id = $1
                     union all
                     select event_id, dispute_of from disputes where organization_id = $1) b on b.sale = n.name
               join events e on e.organization_id = $1 and e.id = b.event_id
               where e.booked_at > d.dismissed_at))
         order by c.occurred_at desc limit $3",
        tx.organization().uuid(),
        from,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let failing = rows.into_iter().map(|row| UnmatchedRefund {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        issues: row.issues,
        at: row.occurred_at,
        receipt: row.receipt.map(CommissionId::new),
    });
    Ok(failing.collect())
}

/// A refund or dispute of a sale that was never reported.
#[derive(Debug)]
pub struct Orphan {
    pub event: EventId,
    /// `Refund` or `Dispute`.
    pub what: String,
    pub external_id: String,
    pub of: String,
    pub amount: i64,
    pub currency: String,
    pub at: Timestamp,
}

/// Searches the newest ones between two times, under all names of the sale; newest first. A bank debit that was
/// declined and never settled doesn't count: there was no sale, so there is nothing to do.
pub async fn orphans(
    tx: &mut TenantTx,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<Orphan>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.event_id as "event_id!", o.what as "what!", o.external_id as "external_id!", o.sale as "sale!",
                  o.amount as "amount!", o.currency as "currency!", o.occurred_at as "occurred_at!"
           from (
               (select event_id, 'Refund' as what, external_id, refund_of as sale, amount, currency, occurred_at,
                       basis = 'Paid' as by_gateway
                from refunds
                where organization_id = $1 and occurred_at >= $2 and occurred_at < $3 and effect in ('Made', 'Total')
                  and not starts_with(external_id, $6)
                order by occurred_at desc limit $5)
               union all
               (select event_id, 'Dispute', external_id, dispute_of, amount, currency, occurred_at, true from disputes
                where organization_id = $1 and occurred_at >= $2 and occurred_at < $3
                order by occurred_at desc limit $5)) o
           where not exists (
               with recursive above (name) as (
                   select o.sale
                   union
                   select a.name from above m join sale_aliases a on a.organization_id = $1 and a.alias = m.name),
               below (name) as (
                   select o.sale where o.by_gateway
                   union
                   select a.alias from below m join sale_aliases a on a.organization_id = $1 and a.name = m.name)
               select from (select name from above union select name from below) m
               join conversions c on c.organization_id = $1 and c.external_id = m.name)
             and not exists (
               select from dismissed_alerts d
               where d.organization_id = $1 and d.kind = 'Orphan' and d.id = o.event_id)
           order by o.occurred_at desc limit $4"#,
        tx.organization().uuid(),
        from,
        to,
        limit,
        LOOKED_AT,
        DECLINED_DEBIT,
    )
    .fetch_all(tx.conn())
    .await?;
    let orphans = rows.into_iter().map(|row| Orphan {
        event: EventId::new(row.event_id),
        what: row.what,
        external_id: row.external_id,
        of: row.sale,
        amount: row.amount,
        currency: row.currency,
        at: row.occurred_at,
    });
    Ok(orphans.collect())
}

/// A sale under another name of a sale that was reported, too: both earn a commission for one payment.
#[derive(Debug)]
pub struct PaidTwice {
    pub id: ConversionId,
    pub external_id: String,
    /// The sale under the gateway's own name.
    pub gateways: ConversionId,
    pub name: String,
    pub at: Timestamp,
}

/// Searches the newest sales since `from`, newest first. A pair counts until one of its sales earns nothing.
pub async fn paid_twice(tx: &mut TenantTx, from: Timestamp, limit: i64) -> Result<Vec<PaidTwice>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with newest as (
               select c.id, c.external_id, c.occurred_at from conversions c
               where c.organization_id = $1 and c.occurred_at >= $2 order by c.occurred_at desc, c.id desc limit $4),
           pairs as (
               select n.id, n.external_id, n.occurred_at, o.id as gateways, o.external_id as name
               from newest n cross join lateral (
                   with recursive meant (name) as (
                       select a.name from sale_aliases a where a.organization_id = $1 and a.alias = n.external_id
                       union
                       select a.name from meant m join sale_aliases a on a.organization_id = $1 and a.alias = m.name)
                   select c.id, c.external_id from meant m
                   join conversions c on c.organization_id = $1 and c.external_id = m.name and c.id <> n.id) o)
           select id, external_id, occurred_at, gateways, name from pairs p
           where (select count(distinct m.conversion_id) from commissions m
                  where m.organization_id = $1 and m.conversion_id in (p.id, p.gateways) and m.amount > 0
                    and m.status not in ('Denied', 'Refunded')) = 2
           order by occurred_at desc, id, gateways limit $3"#,
        tx.organization().uuid(),
        from,
        limit,
        LOOKED_AT,
    )
    .fetch_all(tx.conn())
    .await?;
    let pairs = rows.into_iter().map(|row| PaidTwice {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        gateways: ConversionId::new(row.gateways),
        name: row.name,
        at: row.occurred_at,
    });
    Ok(pairs.collect())
}

/// Dismisses an alert for everything that has happened so far.
pub async fn dismiss(tx: &mut TenantTx, (kind, id): (Kind, Uuid), now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dismissed_alerts (organization_id, kind, id, dismissed_at) values ($1, $2, $3, $4)
         on conflict (organization_id, kind, id) do update set dismissed_at = excluded.dismissed_at",
        tx.organization().uuid(),
        kind.as_str(),
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// When an alert was dismissed last; `None` if it never was.
pub async fn dismissed_at(tx: &mut TenantTx, (kind, id): (Kind, Uuid)) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select dismissed_at from dismissed_alerts where organization_id = $1 and kind = $2 and id = $3",
        tx.organization().uuid(),
        kind.as_str(),
        id,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Takes back a dismissal that happened between two times: the one before it holds again, if there was one. Returns
/// whether nothing else came after it.
pub async fn restore(
    tx: &mut TenantTx,
    (kind, id): (Kind, Uuid),
    (from, to): (Timestamp, Timestamp),
    before: Option<Timestamp>,
) -> Result<bool, sqlx::Error> {
    let restored = sqlx::query!(
        "with earlier as (
             update dismissed_alerts set dismissed_at = $6
             where organization_id = $1 and kind = $2 and id = $3 and dismissed_at between $4 and $5
               and $6::timestamptz is not null
             returning id),
         gone as (
             delete from dismissed_alerts
             where organization_id = $1 and kind = $2 and id = $3 and dismissed_at between $4 and $5
               and $6::timestamptz is null
             returning id)
         select id from earlier union all select id from gone",
        tx.organization().uuid(),
        kind.as_str(),
        id,
        from,
        to,
        before,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(restored.is_some())
}
