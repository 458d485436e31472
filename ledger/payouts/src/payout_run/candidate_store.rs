//! SQL of who is owed what, and of everything that decides whether they are paid.

use std::{cmp::Reverse, collections::HashMap};

use payout_core::rail::Rail;
use shared::{id::AffiliateId, money::Currency, timestamp::Timestamp};
use uuid::Uuid;

use crate::payout_account::destination::{self, Destination};
use kit::db::TenantTx;

/// An affiliate who is owed money in a currency, or owes some.
#[derive(Debug, Clone)]
pub struct Owed {
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    /// In minor units.
    pub payable: i64,
    pub is_approved: bool,
    pub is_in_payout: bool,
    pub is_on_hold: bool,
    pub method: Option<Rail>,
    /// The status of their account with the brand's current Stripe account, if they have one.
    pub account: Option<String>,
    /// Where the money would go.
    pub destination: Destination,
}

/// Loads everyone, or only the affiliates in `only`: largest amount first.
pub async fn owed(
    tx: &mut TenantTx,
    currency: Currency,
    cutoff: Timestamp,
    only: Option<&[AffiliateId]>,
) -> Result<Vec<Owed>, sqlx::Error> {
    let payable = payable(tx, currency, cutoff, only).await?;
    let mut owed = people(tx, currency, &payable).await?;
    owed.sort_by_key(|one| (Reverse(one.payable), one.affiliate));
    Ok(owed)
}

/// Sums what each affiliate is owed, from the book, since their commissions are many times more rows. Amounts that
/// became payable after the cut-off are subtracted; overpayments always count. In minor units, never 0.
async fn payable(
    tx: &mut TenantTx,
    currency: Currency,
    cutoff: Timestamp,
    only: Option<&[AffiliateId]>,
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let only: Option<Vec<Uuid>> = only.map(|ids| ids.iter().map(|id| id.uuid()).collect());
    let rows = sqlx::query!(
        r#"select affiliate_id as "affiliate_id!", sum(part)::bigint as "payable!" from (
               select affiliate_id, balance as part from accounts
               where organization_id = $1 and kind = 'affiliate_approved' and currency = $2 and balance <> 0
                 and ($4::uuid[] is null or affiliate_id = any ($4))
               union all
               select affiliate_id, paid + reserved - amount from commissions
               where organization_id = $1 and currency = $2 and amount > paid + reserved and status <> 'Pending'
                 and ($4::uuid[] is null or affiliate_id = any ($4))
                 and (status in ('Approved', 'Paid') or paid <> 0 or reserved <> 0) and approved_at > $3) parts
           group by affiliate_id having sum(part) <> 0"#,
        tx.organization().uuid(),
        currency.code(),
        cutoff,
        only.as_deref(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.affiliate_id, row.payable)).collect())
}

/// Loads everything else about them. They are passed as a list, and not joined to what they are owed: after a large
/// import, outdated table statistics led to full comparisons.
async fn people(tx: &mut TenantTx, currency: Currency, payable: &HashMap<Uuid, i64>) -> Result<Vec<Owed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.name, a.email, a.status = 'Approved' and a.erased_at is null as "is_approved!",
                  exists (select from payouts p
                          where p.organization_id = $1 and p.affiliate_id = a.id and p.currency = $2
                            and p.status in ('Scheduled', 'Reserved', 'Sending', 'Unknown')) as "is_in_payout!",
                  exists (select from payout_holds h
                          where h.organization_id = $1 and h.affiliate_id = a.id) as "is_on_hold!",
                  m.rail as "method?", c.status as "account?", c.stripe_account as "stripe_account?",
                  coalesce(m.hint, c.bank_hint, '') as "hint!", d.changed_at as "changed_at?"
           from affiliates a
           left join payout_methods m on m.organization_id = $1 and m.affiliate_id = a.id
           left join payout_destinations d on d.organization_id = $1 and d.affiliate_id = a.id
           left join lateral (
               select p.status, p.stripe_account, p.bank_hint from payout_accounts p
               join payout_connections s on s.organization_id = p.organization_id and s.id = p.connection_id
               where p.organization_id = $1 and p.affiliate_id = a.id and p.status <> 'Closed' and s.status <> 'disconnected'
               limit 1) c on true
           where a.organization_id = $1 and a.id = any ($3)"#,
        tx.organization().uuid(),
        currency.code(),
        &payable.keys().copied().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let owed = rows.into_iter().map(|row| Owed {
        destination: destination(row.method.as_deref(), row.stripe_account.as_deref(), row.hint, row.changed_at),
        affiliate: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        payable: payable.get(&row.id).copied().unwrap_or_default(),
        is_approved: row.is_approved,
        is_in_payout: row.is_in_payout,
        is_on_hold: row.is_on_hold,
        method: row.method.as_deref().and_then(Rail::parse),
        account: row.account,
    });
    Ok(owed.collect())
}

fn destination(
    method: Option<&str>,
    account: Option<&str>,
    hint: String,
    changed_at: Option<Timestamp>,
) -> Destination {
    let digest = match method {
        Some(rail) => destination::digest(rail, None, changed_at),
        None => destination::digest(Rail::Stripe.as_str(), account, changed_at),
    };
    Destination { digest, hint, changed_at }
}

/// The currencies in which affiliates are owed money or owe some.
pub async fn currencies(tx: &mut TenantTx) -> Result<Vec<Currency>, sqlx::Error> {
    let codes = sqlx::query_scalar!(
        "select distinct currency from accounts where organization_id = $1 and kind = 'affiliate_approved' and balance <> 0
         order by currency",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(codes.iter().filter_map(|code| code.parse().ok()).collect())
}
