//! SQL of balances and statements: sums of accounts, and the transfers behind them.
//!
//! The conditions on `kind` are those of the indexes `transfers_owed_debit` and `transfers_owed_credit`. They leave out moves
//! between what is pending and payable, and what can't be on that side of an account with amounts owed: something earned
//! is never its debit, and something reversed never its credit (`rules::book::entry`).

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, PayoutId, TransferId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantTx, corrupt_column};

/// The sums of an affiliate, or of all affiliates, in one currency.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    pub currency: Currency,
    pub pending: i64,
    pub payable: i64,
    /// In payouts that are neither sent nor failed yet.
    pub reserved: i64,
    pub paid: i64,
    /// The part of `paid` that an import left to another platform, which hadn't paid it yet.
    pub left: i64,
    /// Withheld from payouts as tax.
    pub withheld: i64,
}

impl Sums {
    /// The amount that affiliates have received.
    pub const fn received(&self) -> i64 {
        self.paid.saturating_sub(self.left)
    }
}

/// Sums the balances, by currency. Of all affiliates, what one was overpaid isn't subtracted from what others may be paid.
pub async fn sums(tx: &mut TenantTx, affiliate: Option<AffiliateId>) -> Result<Vec<Sums>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.currency,
                  coalesce(sum(a.balance) filter (where a.kind = 'affiliate_pending'), 0)::bigint as "pending!",
                  coalesce(sum(a.balance) filter (
                      where a.kind = 'affiliate_approved' and ($2::uuid is not null or a.balance > 0)), 0)::bigint as "payable!",
                  coalesce(sum(a.balance) filter (where a.kind = 'affiliate_reserved'), 0)::bigint as "reserved!",
                  coalesce(sum(a.balance) filter (where a.kind = 'affiliate_paid'), 0)::bigint as "paid!",
                  coalesce(max(l.amount), 0)::bigint as "left!",
                  coalesce(sum(a.balance) filter (where a.kind = 'affiliate_withheld'), 0)::bigint as "withheld!"
           from accounts a
           left join (select currency, sum(amount)::bigint as amount from payouts
                      where organization_id = $1 and settled_there and ($2::uuid is null or affiliate_id = $2)
                      group by currency) l on l.currency = a.currency
           where a.organization_id = $1 and a.affiliate_id is not null and ($2::uuid is null or a.affiliate_id = $2)
           group by a.currency order by a.currency"#,
        tx.organization().uuid(),
        affiliate.map(AffiliateId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = row.currency.parse().map_err(|_| corrupt_column("accounts.currency"))?;
            Ok(Sums {
                currency,
                pending: row.pending,
                payable: row.payable,
                reserved: row.reserved,
                paid: row.paid,
                left: row.left,
                withheld: row.withheld,
            })
        })
        .collect()
}

/// When the next hold of an affiliate's commissions ends, by currency. A hold that has just ended isn't one.
pub async fn next_releases(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<HashMap<String, Timestamp>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select currency, min(hold_until) as "until!" from commissions
           where organization_id = $1 and affiliate_id = $2 and status = 'Pending' and held is null and hold_until > $3
           group by currency"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.currency, row.until)).collect())
}

/// The accounts with the amounts that an affiliate is owed in one currency.
pub async fn owed_accounts(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    currency: Currency,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from accounts where organization_id = $1 and affiliate_id = $2 and currency = $3
           and kind in ('affiliate_pending', 'affiliate_approved')",
        tx.organization().uuid(),
        affiliate.uuid(),
        currency.code(),
    )
    .fetch_all(tx.conn())
    .await
}

/// A part of a statement.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    pub after: Option<(Timestamp, Uuid)>,
}

/// The span's bounds as plain values, so that Postgres can use an index. (Under row level security a `coalesce` in the
/// SQL prevents that once the statement has a generic plan.)
impl Span {
    fn first(&self) -> Timestamp {
        self.from.unwrap_or(Timestamp::EPOCH)
    }

    /// Exclusive.
    fn end(&self) -> Timestamp {
        self.to.unwrap_or(Timestamp::MAX)
    }

    /// The position just before the first line that may be shown.
    fn before_page(&self) -> (Timestamp, Uuid) {
        let start = (self.first(), Uuid::nil());
        self.after.map_or(start, |(moment, id)| start.max((moment, id)))
    }
}

/// The amount owed at three points in time.
#[derive(Debug, Clone, Copy)]
pub struct Owed {
    pub at_start: i64,
    pub at_end: i64,
    /// Before the first line of this page.
    pub before_page: i64,
}

/// For which of a statement's amounts the transfers are added up from the first one on. The others are the current
/// balances less the transfers since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Forward {
    start: bool,
    page: bool,
}

impl Forward {
    /// Chooses what likely reads the fewest transfers, if they are spread evenly from the oldest one until now. The result
    /// is the same in any case. `page` isn't before `start`.
    fn choose((oldest, now): (Timestamp, Timestamp), start: Timestamp, page: Timestamp) -> Self {
        let until = |at: Timestamp| (at.millis() - oldest.millis()).max(0);
        let since = |at: Timestamp| (now.millis() - at.millis()).max(0);
        let (both, split, none) = (until(page), until(start) + since(page), since(start));
        let start = both.min(split) <= none;
        Self { start, page: start && both <= split }
    }

    /// Earlier transfers, and those at this time, are read.
    fn until(self, start: Timestamp, page: Timestamp) -> Timestamp {
        match (self.start, self.page) {
            (_, true) => page,
            (true, false) => start,
            (false, false) => Timestamp::EPOCH,
        }
    }

    /// Transfers since then are read.
    fn since(self, start: Timestamp, page: Timestamp, end: Timestamp) -> Timestamp {
        match (self.start, self.page) {
            (_, true) => end,
            (true, false) => page.min(end),
            (false, false) => start.min(end),
        }
    }
}

/// Adds up transfers from the side on which fewer are read, not the whole history: see [`Forward`].
pub async fn owed(tx: &mut TenantTx, accounts: &[Uuid], span: Span, now: Timestamp) -> Result<Owed, sqlx::Error> {
    let (first, (moment, id)) = (span.first(), span.before_page());
    let end = span.end().max(first);
    let oldest = oldest(tx, accounts).await?.unwrap_or(now);
    let forward = Forward::choose((oldest, now), first, moment);
    let row = sqlx::query!(
        r#"with early as (
               select id, created_at, amount from transfers
               where organization_id = $1 and credit_account_id = any ($2) and created_at <= $3
                 and kind not in ('commission_reversed', 'commission_approved', 'commission_unapproved')
               union all
               select id, created_at, -amount from transfers
               where organization_id = $1 and debit_account_id = any ($2) and created_at <= $3
                 and kind not in ('commission_earned', 'commission_approved', 'commission_unapproved')),
           late as (
               select id, created_at, amount from transfers
               where organization_id = $1 and credit_account_id = any ($2) and created_at >= $4
                 and kind not in ('commission_reversed', 'commission_approved', 'commission_unapproved')
               union all
               select id, created_at, -amount from transfers
               where organization_id = $1 and debit_account_id = any ($2) and created_at >= $4
                 and kind not in ('commission_earned', 'commission_approved', 'commission_unapproved')),
           until as (
               select coalesce(sum(amount) filter (where created_at < $5), 0) as start,
                      coalesce(sum(amount) filter (where (created_at, id) <= ($6, $7)), 0) as page from early),
           since as (
               select coalesce(sum(amount) filter (where created_at >= $5), 0) as start,
                      coalesce(sum(amount) filter (where (created_at, id) > ($6, $7)), 0) as page,
                      coalesce(sum(amount) filter (where created_at >= $8), 0) as finish from late),
           now as (
               select coalesce(sum(balance), 0) as balance from accounts where organization_id = $1 and id = any ($2))
           select (case when $9 then until.start else balance - since.start end)::bigint as "at_start!",
                  (balance - since.finish)::bigint as "at_end!",
                  (case when $10 then until.page else balance - since.page end)::bigint as "before_page!"
           from until, since, now"#,
        tx.organization().uuid(),
        accounts,
        forward.until(first, moment),
        forward.since(first, moment, end),
        first,
        moment,
        id,
        end,
        forward.start,
        forward.page,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Owed { at_start: row.at_start, at_end: row.at_end, before_page: row.before_page })
}

/// The time of the first transfer that changed what is owed.
async fn oldest(tx: &mut TenantTx, accounts: &[Uuid]) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(f.created_at) as oldest
         from unnest($2::uuid[]) own (account) cross join lateral (
             (select created_at from transfers
              where organization_id = $1 and credit_account_id = own.account
                and kind not in ('commission_reversed', 'commission_approved', 'commission_unapproved')
              order by created_at, id limit 1)
             union all
             (select created_at from transfers
              where organization_id = $1 and debit_account_id = own.account
                and kind not in ('commission_earned', 'commission_approved', 'commission_unapproved')
              order by created_at, id limit 1)) f",
        tx.organization().uuid(),
        accounts,
    )
    .fetch_one(tx.conn())
    .await
}

/// One change of what is owed.
#[derive(Debug)]
pub struct Move {
    pub id: TransferId,
    pub at: Timestamp,
    pub change: i64,
    pub kind: String,
    pub earned_by: String,
    pub commission: CommissionId,
    pub conversion: Option<ConversionId>,
    pub payout: Option<PayoutId>,
    pub decided: bool,
    pub reference: Option<String>,
}

/// Transfers that change what is owed, oldest first. It reads at most `limit` rows of each account: those that only move
/// an amount between them aren't in the indexes. (`limit 1` keeps each look-up a single index look-up.)
pub async fn moves(tx: &mut TenantTx, accounts: &[Uuid], span: Span, limit: i64) -> Result<Vec<Move>, sqlx::Error> {
    let (from, id) = span.before_page();
    let rows = sqlx::query!(
        r#"select m.id as "id!", m.created_at as "created_at!", m.kind as "kind!", m.commission_id as "commission_id!",
                  m.payout_id, m.decision_id is not null as "decided!", m.change as "change!",
                  c.kind as "earned_by!", c.conversion_id as "conversion_id?", p.reference as "reference?"
           from (select m.* from unnest($2::uuid[]) own (account) cross join lateral (
                     (select id, created_at, amount as change, kind, commission_id, payout_id, decision_id from transfers
                      where organization_id = $1 and credit_account_id = own.account
                        and kind not in ('commission_reversed', 'commission_approved', 'commission_unapproved')
                        and created_at < $4
                        and (created_at, id) > ($3, $5)
                      order by created_at, id limit $6)
                     union all
                     (select id, created_at, -amount as change, kind, commission_id, payout_id, decision_id from transfers
                      where organization_id = $1 and debit_account_id = own.account
                        and kind not in ('commission_earned', 'commission_approved', 'commission_unapproved')
                        and created_at < $4
                        and (created_at, id) > ($3, $5)
                      order by created_at, id limit $6)) m
                 order by m.created_at, m.id limit $6) m
           cross join lateral (
               select kind, conversion_id from commissions where organization_id = $1 and id = m.commission_id limit 1) c
           left join lateral (
               select reference from payouts where organization_id = $1 and id = m.payout_id limit 1) p on true
           order by m.created_at, m.id"#,
        tx.organization().uuid(),
        accounts,
        from,
        span.end(),
        id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let moves = rows.into_iter().map(|row| Move {
        id: TransferId::new(row.id),
        at: row.created_at,
        change: row.change,
        kind: row.kind,
        earned_by: row.earned_by,
        commission: CommissionId::new(row.commission_id),
        conversion: row.conversion_id.map(ConversionId::new),
        payout: row.payout_id.map(PayoutId::new),
        decided: row.decided,
        reference: row.reference,
    });
    Ok(moves.collect())
}

/// When the brand pays next automatically; `None` if it pays manually, or hasn't set a schedule.
pub async fn next_run(tx: &mut TenantTx) -> Result<Option<Timestamp>, sqlx::Error> {
    let next = sqlx::query_scalar!(
        "select next_run_at from payout_settings where organization_id = $1 and schedule <> 'Manual'",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(next.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a history from day 1,000 to day 1,300.
    fn chosen(start: i64, page: i64) -> (bool, bool) {
        let day = |day| Timestamp::EPOCH.plus_days(day);
        let forward = Forward::choose((day(1_000), day(1_300)), day(start), day(page));
        (forward.start, forward.page)
    }

    #[test]
    fn the_shorter_side_is_added_up() {
        // Everything: the first page, one near it, one near the end.
        for (page, expected) in [(0, (true, true)), (1_100, (true, true)), (1_200, (true, false))] {
            assert_eq!(chosen(0, page), expected, "{page}");
        }
        // The first page of a period near the beginning, and of one near the end.
        assert_eq!((chosen(1_100, 1_100), chosen(1_200, 1_200)), ((true, true), (false, false)));
        // A period and a page in the future, and one before everything.
        assert_eq!((chosen(1_400, 1_400), chosen(900, 950)), ((false, false), (true, true)));
    }

    #[test]
    fn what_is_needed_is_read() {
        let day = |day| Timestamp::EPOCH.plus_days(day);
        let (start, page, end) = (day(2), day(3), day(4));
        let read = |start_forward, page_forward| {
            let forward = Forward { start: start_forward, page: page_forward };
            (forward.until(start, page), forward.since(start, page, end))
        };
        assert_eq!(read(true, true), (page, end));
        assert_eq!(read(true, false), (start, page));
        assert_eq!(read(false, false), (Timestamp::EPOCH, start));
    }
}
