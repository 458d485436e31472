//! SQL of the overview's latest rows, each read from an index, and of change detection.

use shared::{
    id::{AffiliateId, ClickId, CommissionId, ConversionId, OrganizationId, PayoutId},
    timestamp::Timestamp,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::conversions::store as conversions;
use kit::db::{TenantTx, TenantsTx};

#[derive(Debug)]
pub struct Sale {
    pub id: ConversionId,
    pub at: Timestamp,
    pub external_id: String,
    pub kind: String,
    /// The credited affiliate, if any.
    pub affiliate: Option<(AffiliateId, String)>,
    pub source: String,
    pub credited_by: Option<String>,
    pub verified: bool,
    pub amount: i64,
    pub refunded: i64,
    /// What it earns, by currency, which may differ from its own.
    pub earned: Vec<(String, i64)>,
    /// The commission with the highest amount.
    pub receipt: Option<CommissionId>,
    pub currency: String,
    /// `SettledThere` if an import left its commission to the earlier platform.
    pub status: String,
    /// Flagged and not yet decided.
    pub in_review: bool,
}

pub async fn latest_conversions(tx: &mut TenantTx, limit: i64) -> Result<Vec<Sale>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.occurred_at, c.external_id, c.kind, a.id as "affiliate_id?", a.name as "affiliate?", c.source, c.credited_by,
                  c.verified, c.amount, c.refunded, c.currency,
                  c.flags <> '{}' and c.review is null as "in_review!",
                  case when c.status = 'Paid' and exists (
                           select 1 from commissions m
                           join payout_items i on i.organization_id = m.organization_id and i.commission_id = m.id
                           join payouts y on y.organization_id = i.organization_id and y.id = i.payout_id and y.settled_there
                           where m.organization_id = $1 and m.conversion_id = c.id)
                       then 'SettledThere' else c.status end as "status!",
                  (select m.id from commissions m where m.organization_id = $1 and m.conversion_id = c.id
                   order by m.kind = 'Override', m.amount desc, m.id limit 1) as receipt
           from conversions c
           left join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 order by c.occurred_at desc, c.id desc limit $2"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<ConversionId> = rows.iter().map(|row| ConversionId::new(row.id)).collect();
    let mut earned = conversions::earned(tx, &ids).await?;
    let sales = rows.into_iter().map(|row| Sale {
        earned: earned.remove(&ConversionId::new(row.id)).unwrap_or_default(),
        id: ConversionId::new(row.id),
        at: row.occurred_at,
        external_id: row.external_id,
        kind: row.kind,
        affiliate: row.affiliate_id.map(AffiliateId::new).zip(row.affiliate),
        source: row.source,
        credited_by: row.credited_by,
        verified: row.verified,
        amount: row.amount,
        refunded: row.refunded,
        receipt: row.receipt.map(CommissionId::new),
        currency: row.currency,
        status: row.status,
        in_review: row.in_review,
    });
    Ok(sales.collect())
}

#[derive(Debug)]
pub struct Visit {
    pub id: ClickId,
    pub at: Timestamp,
    /// The credited affiliate, if any.
    pub affiliate: Option<(AffiliateId, String)>,
    pub country: Option<String>,
    pub device: String,
    pub referrer: Option<String>,
}

/// The newest clicks by people since `from`; the bound keeps older partitions untouched.
pub async fn latest_clicks(tx: &mut TenantTx, from: Timestamp, limit: i64) -> Result<Vec<Visit>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.clicked_at, a.id as "affiliate_id?", a.name as "affiliate?", c.country, c.device, c.referrer_host
           from (select * from clicks where organization_id = $1 and clicked_at >= $2 and class = 'human'
                 order by id desc limit $3) c
           left join affiliates a on a.organization_id = $1 and a.id = c.affiliate_id
           order by c.id desc"#,
        tx.organization().uuid(),
        from,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let visits = rows.into_iter().map(|row| Visit {
        id: ClickId::new(row.id),
        at: row.clicked_at,
        affiliate: row.affiliate_id.map(AffiliateId::new).zip(row.affiliate),
        country: row.country,
        device: row.device,
        referrer: row.referrer_host,
    });
    Ok(visits.collect())
}

/// A payout that was sent.
#[derive(Debug)]
pub struct Paid {
    pub id: PayoutId,
    pub at: Timestamp,
    pub affiliate: (AffiliateId, String),
    pub rail: String,
    /// Without what was withheld for taxes.
    pub amount: i64,
    pub currency: String,
    /// `SettledThere` for what an import left to the earlier platform.
    pub status: String,
}

/// The payouts that were sent last, whatever became of them.
pub async fn latest_payouts(tx: &mut TenantTx, limit: i64) -> Result<Vec<Paid>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.sent_at as "sent_at!", a.id as affiliate_id, a.name as affiliate, p.rail,
                  p.amount - p.withheld as "amount!", p.currency,
                  case when p.settled_there then 'SettledThere' else p.status end as "status!"
           from payouts p
           join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
           where p.organization_id = $1 and p.sent_at is not null
           order by p.sent_at desc, p.id desc limit $2"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let paid = rows.into_iter().map(|row| Paid {
        id: PayoutId::new(row.id),
        at: row.sent_at,
        affiliate: (AffiliateId::new(row.affiliate_id), row.affiliate),
        rail: row.rail,
        amount: row.amount,
        currency: row.currency,
        status: row.status,
    });
    Ok(paid.collect())
}

/// A link to try out: the first one on the newest host.
pub async fn first_link(tx: &mut TenantTx) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select l.host, l.slug from links l join link_hosts h using (organization_id, host)
         where organization_id = $1 order by h.created_at desc, h.host, l.id limit 1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.host, row.slug)))
}

/// Returns a text that changes whenever an event was booked, clicks were counted or a payout was sent.
pub async fn fingerprint(tx: &mut TenantTx, now: Timestamp) -> Result<String, sqlx::Error> {
    let organization = tx.organization().uuid();
    let rows = fingerprints_of(tx.conn(), &[organization], now).await?;
    Ok(rows.into_iter().map(|(_, print)| print).collect())
}

/// Returns the [`fingerprint`] of each organization of the transaction.
pub async fn fingerprints(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    fingerprints_of(tx.conn(), &tenants, now).await
}

async fn fingerprints_of(
    conn: &mut PgConnection,
    organizations: &[Uuid],
    now: Timestamp,
) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.organization_id as id,
                  concat_ws('/',
                      (select sum(h.clicks + h.uncounted) from click_hours h
                       where h.organization_id = o.organization_id and h.hour >= $2::timestamptz - interval '2 hours'),
                      (select e.booked_at || e.id::text from events e
                       where e.organization_id = o.organization_id order by e.booked_at desc, e.id limit 1),
                      (select p.sent_at || p.id::text from payouts p
                       where p.organization_id = o.organization_id and p.sent_at is not null
                       order by p.sent_at desc, p.id limit 1)) as "print!"
           from organizations o where o.organization_id = any ($1)"#,
        organizations,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.id), row.print)).collect())
}
