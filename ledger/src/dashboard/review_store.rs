//! SQL of what needs a look: the review queue, and what can't be set against a sale. Each is read from an index of its
//! own, and bounded.

use shared::{
    id::{CommissionId, ConversionId, EventId, OrganizationId},
    timestamp::Timestamp,
};

use crate::db::{TenantTx, at, moment};

/// The newest refunds that are looked through for those of unknown sales.
const LOOKED_AT: i64 = 200;

/// How many conversions wait for a review; counts no further than `limit`.
///
/// # Errors
/// Of the database, as all of this file.
pub async fn count(tx: &mut TenantTx, organization: OrganizationId, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select from conversions where organization_id = $1 and flags <> '{}' and review is null limit $2) w"#,
        organization.uuid(),
        limit,
    )
    .fetch_one(tx.conn())
    .await
}

/// A conversion in the queue.
#[derive(Debug)]
pub struct Flagged {
    pub id: ConversionId,
    pub external_id: String,
    pub kind: String,
    pub at: Timestamp,
    pub amount: i64,
    pub currency: String,
    pub source: String,
    pub customer: Option<String>,
    pub customer_email: Option<String>,
    pub affiliate: Option<String>,
    pub affiliate_email: Option<String>,
    pub flags: Vec<String>,
    pub receipt: Option<CommissionId>,
    /// What its commissions are worth, by currency.
    pub held: Vec<(String, i64)>,
}

/// The queue, newest first.
///
/// # Errors
/// Of the database.
pub async fn queue(tx: &mut TenantTx, organization: OrganizationId, limit: i64) -> Result<Vec<Flagged>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.external_id, c.kind, c.occurred_at, c.amount, c.currency, c.source, c.flags,
                  b.external_id as "customer?", b.email as "customer_email?", a.name as "affiliate?",
                  a.email as "affiliate_email?",
                  (select m.id from commissions m where m.organization_id = c.organization_id and m.conversion_id = c.id
                   order by m.amount desc, m.id limit 1) as receipt,
                  array(select m.currency from commissions m
                        where m.organization_id = c.organization_id and m.conversion_id = c.id and m.amount <> m.paid
                        order by m.id) as "currencies!",
                  array(select m.amount - m.paid from commissions m
                        where m.organization_id = c.organization_id and m.conversion_id = c.id and m.amount <> m.paid
                        order by m.id) as "amounts!"
           from conversions c
           left join customers b on b.organization_id = c.organization_id and b.id = c.customer_id
           left join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.flags <> '{}' and c.review is null
           order by c.occurred_at desc limit $2"#,
        organization.uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let flagged = rows.into_iter().map(|row| Flagged {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        kind: row.kind,
        at: moment(row.occurred_at),
        amount: row.amount,
        currency: row.currency,
        source: row.source,
        customer: row.customer,
        customer_email: row.customer_email,
        affiliate: row.affiliate,
        affiliate_email: row.affiliate_email,
        flags: row.flags,
        receipt: row.receipt.map(CommissionId::new),
        held: summed(row.currencies, row.amounts),
    });
    Ok(flagged.collect())
}

fn summed(currencies: Vec<String>, amounts: Vec<i64>) -> Vec<(String, i64)> {
    let mut sums: Vec<(String, i64)> = Vec::new();
    for (currency, amount) in currencies.into_iter().zip(amounts) {
        match sums.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, sum)) => *sum = sum.saturating_add(amount),
            None => sums.push((currency, amount)),
        }
    }
    sums
}

/// A conversion that something can't be set against.
#[derive(Debug)]
pub struct Troubled {
    pub id: ConversionId,
    pub external_id: String,
    pub troubles: Vec<String>,
    pub at: Timestamp,
    pub receipt: Option<CommissionId>,
}

/// Those that changed since `from`, newest sale first.
///
/// # Errors
/// Of the database.
pub async fn troubled(
    tx: &mut TenantTx,
    organization: OrganizationId,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<Troubled>, sqlx::Error> {
    let rows = sqlx::query!(
        "select c.id, c.external_id, c.troubles, c.occurred_at,
                (select m.id from commissions m where m.organization_id = c.organization_id and m.conversion_id = c.id
                 order by m.amount desc, m.id limit 1) as receipt
         from conversions c
         where c.organization_id = $1 and c.troubles <> '{}' and c.updated_at >= $2
         order by c.occurred_at desc limit $3",
        organization.uuid(),
        at(from),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let troubled = rows.into_iter().map(|row| Troubled {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        troubles: row.troubles,
        at: moment(row.occurred_at),
        receipt: row.receipt.map(CommissionId::new),
    });
    Ok(troubled.collect())
}

/// A refund or dispute of a sale that nobody has told.
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

/// Among the newest between two moments, under whatever name they call the sale; newest first.
///
/// # Errors
/// Of the database.
pub async fn orphans(
    tx: &mut TenantTx,
    organization: OrganizationId,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<Orphan>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.event_id as "event_id!", o.what as "what!", o.external_id as "external_id!", o.sale as "sale!",
                  o.amount as "amount!", o.currency as "currency!", o.occurred_at as "occurred_at!"
           from (
               (select event_id, 'Refund' as what, external_id, refund_of as sale, amount, currency, occurred_at
                from refunds
                where organization_id = $1 and occurred_at >= $2 and occurred_at < $3 and effect in ('Made', 'Total')
                order by occurred_at desc limit $5)
               union all
               (select event_id, 'Dispute', external_id, dispute_of, amount, currency, occurred_at from disputes
                where organization_id = $1 and occurred_at >= $2 and occurred_at < $3
                order by occurred_at desc limit $5)) o
           where not exists (
               with recursive meant (name) as (
                   select o.sale
                   union
                   select a.name from meant m join sale_aliases a on a.organization_id = $1 and a.alias = m.name)
               select from meant m join conversions c on c.organization_id = $1 and c.external_id = m.name)
           order by o.occurred_at desc limit $4"#,
        organization.uuid(),
        at(from),
        at(to),
        limit,
        LOOKED_AT,
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
        at: moment(row.occurred_at),
    });
    Ok(orphans.collect())
}
