//! Checks the book against itself: transfers, balances, payouts. The database computes the sums, and the results are
//! streamed.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use shared::id::{AccountId, AffiliateId, CommissionId, PayoutId};

use super::Check;
use kit::db::{TenantTx, corrupt_column};

/// Checks every account's balance, and that all accounts of one currency add up to zero.
pub(super) async fn transfers(tx: &mut TenantTx, sums: &mut Check, balances: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut currencies: BTreeMap<String, (i128, i64)> = BTreeMap::new();
    let mut rows = sqlx::query!(
        r#"select a.id, a.kind, a.affiliate_id, a.currency, a.balance, coalesce(m.sum, 0)::text as "moved!",
                  coalesce(m.credits, 0) as "credits!"
           from accounts a
           left join (select account, sum(amount), sum(credit)::bigint as credits from (
                          select credit_account_id as account, amount, 1 as credit from transfers where organization_id = $1
                          union all select debit_account_id, -amount, 0 from transfers where organization_id = $1) m
                      group by account) m on m.account = a.id
           where a.organization_id = $1"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let moved: i128 = row.moved.parse().map_err(|_| corrupt_column("transfers.amount"))?;
        balances.looked_at(1);
        if moved != i128::from(row.balance) {
            let whose = row.affiliate_id.map(|id| format!(" of {}", AffiliateId::new(id))).unwrap_or_default();
            balances.wrong(|| {
                format!(
                    "{organization}: account {} ({} {}{whose}): balance {}, but its transfers add up to {moved}",
                    AccountId::new(row.id),
                    row.kind,
                    row.currency,
                    row.balance,
                )
            });
        }
        let sum = currencies.entry(row.currency).or_default();
        *sum = (sum.0 + moved, sum.1 + row.credits);
    }
    drop(rows);
    for (currency, (sum, transfers)) in currencies {
        sums.looked_at(transfers);
        if sum != 0 {
            sums.wrong(|| format!("{organization}: {currency}: {transfers} transfers add up to {sum}"));
        }
    }
    Ok(())
}

/// Checks that every override belongs to a commission of the same conversion, and is the share of its current amount that
/// the program's terms give at the sale's time. One that is worth nothing may have been denied or written off, and one in
/// another currency was paid before its plan changed.
pub(super) async fn overrides(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"select o.id, o.amount, p.amount as "parent?", p.conversion_id is not distinct from o.conversion_id as "together!",
                  p.kind is not distinct from 'Conversion' as "one_tier!", p.currency is distinct from o.currency as "elsewhere!",
                  round(p.amount * coalesce(t.percent_ppm, 0)::numeric / 1000000)::bigint as "due?"
           from commissions o
           left join commissions p on p.organization_id = $1 and p.id = o.of_commission_id
           left join lateral (
               select percent_ppm from sub_affiliate_configs s
               where s.organization_id = $1 and s.program_id = o.program_id and s.effective_at <= o.happened_at
               order by s.effective_at desc limit 1) t on true
           where o.organization_id = $1 and o.kind = 'Override'"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        let fits = row.amount == 0 || row.elsewhere || row.due == Some(row.amount);
        if !(row.together && row.one_tier && fits) {
            check.wrong(|| {
                format!(
                    "{organization}: {} is {}, but {:?} of its commission's {:?} is due",
                    CommissionId::new(row.id),
                    row.amount,
                    row.due,
                    row.parent
                )
            });
        }
    }
    Ok(())
}

/// Checks that the accounts contain what is owed and paid according to the commissions.
pub(super) async fn accounts(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"with owed as (
               select affiliate_id, currency, amount, paid, reserved,
                      (status in ('Approved', 'Paid') or ((paid <> 0 or reserved <> 0) and status <> 'Pending')) as payable
               from commissions where organization_id = $1),
           kept as (
               select affiliate_id, currency, withheld - withheld_returned as withheld from payouts
               where organization_id = $1 and status in ('Sent', 'Reversed')),
           message as (
               select null::uuid as affiliate_id, currency, 'commission_expense' as kind, -amount as amount from owed
               union all select affiliate_id, currency, 'affiliate_paid', paid from owed
               union all select affiliate_id, currency, 'affiliate_paid', -withheld from kept
               union all select affiliate_id, currency, 'affiliate_withheld', withheld from kept
               union all select affiliate_id, currency, 'affiliate_reserved', reserved from owed
               union all
               select affiliate_id, currency, case when payable then 'affiliate_approved' else 'affiliate_pending' end,
                      amount - paid - reserved from owed
               union all select affiliate_id, currency, kind, 0 from accounts where organization_id = $1)
           select s.affiliate_id, s.currency as "currency!", s.kind as "kind!", s.sum::text as "message!",
                  coalesce(a.balance, 0)::text as "balance!"
           from (select affiliate_id, currency, kind, sum(amount) from message group by 1, 2, 3) s
           left join accounts a on a.organization_id = $1 and a.kind = s.kind and a.currency = s.currency
                and a.affiliate_id is not distinct from s.affiliate_id"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.message != row.balance {
            let whose = row.affiliate_id.map(|id| format!(" of {}", AffiliateId::new(id))).unwrap_or_default();
            check.wrong(|| {
                format!(
                    "{organization}: {} {}{whose}: balance {}, but {} according to commissions",
                    row.kind, row.currency, row.balance, row.message,
                )
            });
        }
    }
    Ok(())
}

/// Checks payouts against their transfers, items and returns, and finds payments without a payout.
pub(super) async fn payouts(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"with moved as (
               select t.payout_id, t.currency, a.affiliate_id, a.kind, sum(t.amount) as sum
               from (select payout_id, currency, credit_account_id as account, amount from transfers
                     where organization_id = $1 and payout_id is not null
                     union all
                     select payout_id, currency, debit_account_id, -amount from transfers
                     where organization_id = $1 and payout_id is not null) t
               join accounts a on a.organization_id = $1 and a.id = t.account
                    and a.kind in ('affiliate_reserved', 'affiliate_paid', 'affiliate_withheld')
               group by 1, 2, 3, 4),
           listed as (
               select payout_id, sum(amount) as amount, sum(returned) as returned from payout_items
               where organization_id = $1 group by 1),
           back as (
               select payout_id, sum(amount) as amount, sum(withheld) as withheld from payout_returns
               where organization_id = $1 group by 1),
           message as (
               select p.*, case when status in ('Sent', 'Reversed') then 1 else 0 end as is_sent,
                      case when status in ('Reserved', 'Sending', 'Unknown') then amount else 0 end as in_flight
               from payouts p where organization_id = $1)
           select p.id, p.affiliate_id, p.currency, p.status,
                  format('%s reserved, %s paid, %s withheld, items of %s less %s, returns of %s with tax of %s', p.in_flight,
                         p.is_sent * (p.amount - p.returned - p.withheld + p.withheld_returned),
                         p.is_sent * (p.withheld - p.withheld_returned),
                         case when p.status = 'Scheduled' or (p.status = 'Failed' and l.amount is null) then 0
                              else p.amount end, p.returned, p.returned, p.withheld_returned) as "message!",
                  format('%s reserved, %s paid, %s withheld, items of %s less %s, returns of %s with tax of %s',
                         coalesce(sum(m.sum) filter (where m.kind = 'affiliate_reserved'), 0),
                         coalesce(sum(m.sum) filter (where m.kind = 'affiliate_paid'), 0),
                         coalesce(sum(m.sum) filter (where m.kind = 'affiliate_withheld'), 0),
                         coalesce(l.amount, 0), coalesce(l.returned, 0), coalesce(b.amount, 0), coalesce(b.withheld, 0)) as "booked!"
           from message p
           left join listed l on l.payout_id = p.id
           left join back b on b.payout_id = p.id
           left join moved m on (m.payout_id, m.currency, m.affiliate_id) = (p.id, p.currency, p.affiliate_id)
           group by p.id, p.affiliate_id, p.currency, p.status, p.in_flight, p.is_sent, p.amount, p.returned, p.withheld,
                    p.withheld_returned, l.amount, l.returned, b.amount, b.withheld"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.message != row.booked {
            let (id, affiliate) = (PayoutId::new(row.id), row.affiliate_id);
            check.wrong(|| {
                format!(
                    "{organization}: {id} to {affiliate}, {}: {} {}, but its transfers add up to {}",
                    row.status, row.currency, row.message, row.booked
                )
            });
        }
    }
    drop(rows);
    let nameless = sqlx::query!(
        r#"select t.id, count(*) over () as count from transfers t
           left join payouts p on p.organization_id = t.organization_id and p.id = t.payout_id
           where t.organization_id = $1 and (t.kind = 'commission_paid' or t.payout_id is not null) and p.id is null
           order by t.id limit 5"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let count = nameless.first().and_then(|row| row.count);
    check.wrong_rows(count, nameless.iter().map(|row| format!("{organization}: {} has no payout", row.id)));
    items(tx, check).await
}

/// Checks that the paid and reserved amounts of each commission match the payouts' items.
async fn items(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let wrong = sqlx::query!(
        r#"select c.id, c.paid, c.reserved, coalesce(i.paid, 0)::bigint as "stated_paid!",
                  coalesce(i.reserved, 0)::bigint as "stated_reserved!", count(*) over () as count
           from commissions c
           left join (select i.commission_id,
                             sum(i.amount - i.returned) filter (where p.status in ('Sent', 'Reversed')) as paid,
                             sum(i.amount) filter (where p.status in ('Reserved', 'Sending', 'Unknown')) as reserved
                      from payout_items i
                      join payouts p on p.organization_id = i.organization_id and p.id = i.payout_id
                      where i.organization_id = $1 group by 1) i on i.commission_id = c.id
           where c.organization_id = $1 and (c.paid <> coalesce(i.paid, 0) or c.reserved <> coalesce(i.reserved, 0))
           order by c.id limit 5"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let count = wrong.first().and_then(|row| row.count);
    let lines = wrong.iter().map(|row| {
        let id = CommissionId::new(row.id);
        format!(
            "{organization}: {id}: {} paid and {} in a payout, but payouts show {} and {}",
            row.paid, row.reserved, row.stated_paid, row.stated_reserved
        )
    });
    check.wrong_rows(count, lines);
    Ok(())
}
