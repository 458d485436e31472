//! SQL of the review queue, read from its own index.

use shared::{
    id::{AffiliateId, CommissionId, ConversionId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use engine::lead::names_store;
use kit::db::TenantTx;

/// The affiliate credited with a conversion in the queue.
#[derive(Debug)]
pub struct Affiliate {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
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
    /// A lead's name.
    pub customer_name: Option<String>,
    pub affiliate: Option<Affiliate>,
    pub flags: Vec<String>,
    pub receipt: Option<CommissionId>,
    /// The unpaid part of its commissions that wait, by currency.
    pub held: Vec<(String, i64)>,
}

/// The queue, newest first, starting after `after`.
pub async fn queue(
    tx: &mut TenantTx,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Flagged>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.external_id, c.kind, c.occurred_at, c.amount, c.currency, c.source, c.flags, c.affiliate_id,
                  b.external_id as "customer?", b.email as "customer_email?", a.name as "affiliate?",
                  a.email as "affiliate_email?",
                  (select m.id from commissions m where m.organization_id = $1 and m.conversion_id = c.id
                   order by m.kind = 'Override', m.amount desc, m.id limit 1) as receipt,
                  array(select m.currency from commissions m
                        where m.organization_id = $1 and m.conversion_id = c.id and m.amount <> m.paid
                          and m.held is not null
                        order by m.id) as "currencies!",
                  array(select m.amount - m.paid from commissions m
                        where m.organization_id = $1 and m.conversion_id = c.id and m.amount <> m.paid
                          and m.held is not null
                        order by m.id) as "amounts!"
           from conversions c
           left join customers b on b.organization_id = c.organization_id and b.id = c.customer_id
           left join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.flags <> '{}' and c.review is null
             and ($2::timestamptz is null or (c.occurred_at, c.id) < ($2, $3))
           order by c.occurred_at desc, c.id desc limit $4"#,
        tx.organization().uuid(),
        after.map(|(moment, _)| moment),
        after.map(|(_, id)| id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<ConversionId> = rows.iter().map(|row| ConversionId::new(row.id)).collect();
    let mut names = names_store::of_leads(tx, &ids).await?;
    let flagged = rows.into_iter().map(|row| Flagged {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        kind: row.kind,
        at: row.occurred_at,
        amount: row.amount,
        currency: row.currency,
        source: row.source,
        customer: row.customer,
        customer_email: row.customer_email,
        customer_name: names.remove(&ConversionId::new(row.id)),
        affiliate: affiliate(row.affiliate_id, row.affiliate, row.affiliate_email),
        flags: row.flags,
        receipt: row.receipt.map(CommissionId::new),
        held: summed(row.currencies, row.amounts),
    });
    Ok(flagged.collect())
}

fn affiliate(id: Option<Uuid>, name: Option<String>, email: Option<String>) -> Option<Affiliate> {
    Some(Affiliate { id: AffiliateId::new(id?), name: name?, email: email? })
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
