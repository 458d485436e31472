//! SQL of the commission list.

use shared::{
    id::{AffiliateId, CommissionId, ConversionId},
    timestamp::Timestamp,
};
use time::Date;
use uuid::Uuid;

use crate::dashboard::facets::Found;
use kit::db::{TenantTx, plan_store};

/// The list's filters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<&'static str>,
    pub found: Found,
    pub currency: Option<String>,
    pub kind: Option<&'static str>,
    pub after: Option<Uuid>,
    /// Oldest first.
    pub oldest: bool,
    pub limit: i64,
}

#[derive(Debug)]
pub struct Row {
    pub id: CommissionId,
    pub kind: String,
    pub day: Option<Date>,
    /// The sale or lead that earned it, with the brand's own id of it.
    pub conversion: Option<(ConversionId, String)>,
    pub affiliate: AffiliateId,
    pub name: String,
    pub program: String,
    pub amount: i64,
    pub earned: i64,
    pub paid: i64,
    pub reserved: i64,
    pub currency: String,
    /// `SettledThere` for what an import left to the earlier platform.
    pub status: String,
    pub held: Option<String>,
    pub hold_until: Timestamp,
    pub reason: String,
    pub created_at: Timestamp,
}

/// A query for the commissions `m` that match a filter, with the conversion `c` of each and the origin `o` of its
/// click: how it begins and ends, followed by the parameters of both from `$11` on. The list, its count and an action
/// on all that match share it, so that none of them reaches more than another. Where clicks came from is known of
/// commissions for conversions; an unknown value matches those that no click brought, too.
macro_rules! commissions {
    ($tx:ident, $filter:ident, $beginning:literal, $end:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query!(
            $beginning
                + "
             left join conversions c on c.organization_id = m.organization_id and c.id = m.conversion_id
             left join click_origins o on o.organization_id = c.organization_id and o.click_id = c.click_id
             where m.organization_id = $1 and ($2::text is null or m.status = $2)
               and ($3::uuid[] is null or m.affiliate_id = any ($3)) and ($4::uuid is null or m.program_id = $4)
               and ($5::text is null or m.kind = $5) and ($6::uuid is null or c.link_id = $6)
               and ($7::text is null or m.currency = $7)
               and ($8::text[] is null or o.country = any ($8)
                    or ('' = any ($8) and c.id is not null and o.click_id is null))
               and ($9::text[] is null or o.device = any ($9)
                    or ('' = any ($9) and c.id is not null and o.click_id is null))
               and ($10::text[] is null or o.source = any ($10)
                    or ('' = any ($10) and c.id is not null and o.click_id is null)) "
                + $end,
            $tx.organization().uuid(),
            $filter.status,
            $filter.found.affiliates.as_deref(),
            $filter.found.program,
            $filter.kind,
            $filter.found.link,
            $filter.currency,
            $filter.found.countries.as_deref(),
            $filter.found.devices.as_deref(),
            $filter.found.sources.as_deref(),
            $($parameter),*
        )
    };
}

/// Newest first, or oldest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Row>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = commissions!(
        tx,
        filter,
        r#"select m.id, m.kind, m.day, m.conversion_id, c.external_id as "sale?", m.affiliate_id, a.name,
                  p.name as program, m.amount, m.earned, m.paid, m.reserved, m.currency, m.held, m.hold_until, m.reason,
                  m.created_at,
                  case when m.status = 'Paid' and exists (
                           select 1 from payout_items i
                           join payouts y on y.organization_id = i.organization_id and y.id = i.payout_id and y.settled_there
                           where i.organization_id = $1 and i.commission_id = m.id)
                       then 'SettledThere' else m.status end as "status!"
           from commissions m
           join affiliates a on a.organization_id = m.organization_id and a.id = m.affiliate_id
           join programs p on p.organization_id = m.organization_id and p.id = m.program_id"#,
        "and ($11::uuid is null or (not $12 and m.id < $11) or ($12 and m.id > $11))
         order by case when $12 then m.id end, case when not $12::boolean then m.id end desc limit $13",
        filter.after,
        filter.oldest,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        id: CommissionId::new(row.id),
        kind: row.kind,
        day: row.day,
        conversion: row.conversion_id.map(ConversionId::new).zip(row.sale),
        affiliate: AffiliateId::new(row.affiliate_id),
        name: row.name,
        program: row.program,
        amount: row.amount,
        earned: row.earned,
        paid: row.paid,
        reserved: row.reserved,
        currency: row.currency,
        status: row.status,
        held: row.held,
        hold_until: row.hold_until,
        reason: row.reason,
        created_at: row.created_at,
    });
    Ok(rows.collect())
}

/// Counts the rows of all pages, up to one more than a list counts.
pub async fn count(tx: &mut TenantTx, filter: &Filter) -> Result<i64, sqlx::Error> {
    let counted = commissions!(
        tx,
        filter,
        r#"select count(*) as "count!" from (select 1 from commissions m"#,
        "limit $11) w",
        filter.found.counted_max() + 1,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(counted.count)
}

/// A commission that matches, with what it is worth.
#[derive(Debug)]
pub struct Matched {
    pub id: CommissionId,
    pub amount: i64,
    pub currency: String,
}

/// The commissions of all pages that haven't changed since `until`.
pub async fn matching(
    tx: &mut TenantTx,
    filter: &Filter,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Matched>, sqlx::Error> {
    let rows = commissions!(
        tx,
        filter,
        "select m.id, m.amount, m.currency from commissions m",
        "and m.updated_at <= $11 order by m.id limit $12",
        until,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let matched = rows.into_iter().map(|row| Matched {
        id: CommissionId::new(row.id),
        amount: row.amount,
        currency: row.currency,
    });
    Ok(matched.collect())
}
