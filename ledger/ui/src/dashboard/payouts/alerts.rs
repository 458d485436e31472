//! The dashboard's alerts about payouts: with an unknown outcome, failed, returned, refused by a bank, or waiting for a
//! balance or a key; tax forms that wait for review; and differences with Stripe.

use shared::timestamp::Timestamp;

use super::PLACE;
use crate::dashboard::alerts::kind::Kind;
use kit::db::TenantTx;
use payouts::reconciliation;
use rules::format;

/// A payout that has been unclear for less than this will most likely resolve automatically.
const PATIENCE_MILLIS: i64 = 600_000;
const FAILED_DAYS: i64 = 7;
const COUNTED_MAX: i64 = 100;

/// Payouts that need attention.
#[derive(Debug)]
pub struct MoneyRow {
    /// Identifies the row.
    pub id: String,
    pub what: String,
    pub note: String,
    /// Path and query, without the organization.
    pub path: String,
    pub query: &'static str,
    /// The kind under which it can be dismissed; `None` if it needs a decision.
    pub kind: Option<Kind>,
}

pub async fn load(tx: &mut TenantTx, now: Timestamp) -> Result<Vec<MoneyRow>, sqlx::Error> {
    let mut rows = Vec::new();
    let mut add = |id: &str, what: String, note: &str, path: &str, query: &'static str| {
        let kind = match id {
            "payouts-failed" => Some(Kind::Payouts),
            "payouts-bank" => Some(Kind::Bank),
            _ => None,
        };
        rows.push(MoneyRow { id: id.to_owned(), what, note: note.to_owned(), path: path.to_owned(), query, kind });
    };
    let differences = reconciliation::store::open(tx, COUNTED_MAX + 1).await?;
    if differences > 0 {
        let what = format!("{} between payouts and Stripe", many(differences, "difference"));
        add("payouts-differ", what, "see what to do about each", "/dashboard/payouts/reconciliation", "");
    }
    let counted = counts(tx, now).await?;
    if counted.unknown > 0 {
        let what = format!("{} unconfirmed", many(counted.unknown, "payout"));
        add("payouts-unknown", what, "Stripe hasn't confirmed yet; nothing is sent twice", PLACE, "&tab=in-progress");
    }
    for (currency, amount, count) in &counted.short {
        let what = format!("The Stripe balance is too low for {}", many(*count, "payout"));
        let note = format!("{} waiting for funds; top up your balance in Stripe", format::money(*amount, currency));
        add(&format!("payouts-short-{currency}"), what, &note, "/dashboard/payouts/connection", "");
    }
    if counted.failed > 0 {
        let what = format!("{} failed or reversed this week", many(counted.failed, "payout"));
        add("payouts-failed", what, "the amounts are payable again", PLACE, "&tab=failed");
    }
    if counted.bank > 0 {
        let what = format!("{} rejected by the affiliate's bank this week", many(counted.bank, "payout"));
        add("payouts-bank", what, "the money is in their Stripe account", PLACE, "&tab=paid");
    }
    let forms = forms(tx).await?;
    if forms > 0 {
        let what = format!("{} waiting for review", many(forms, "tax form"));
        add("tax-forms-wait", what, "until then, payouts work as if there were no form", "/dashboard/payouts/tax", "");
    }
    if let Some(why) = paused(tx).await? {
        add("payouts-paused", "Payouts are paused".to_owned(), &why, "/dashboard/payouts/connection", "");
    }
    Ok(rows)
}

fn many(count: i64, of: &str) -> String {
    let (shown, more) = (count.min(COUNTED_MAX), if count > COUNTED_MAX { "+" } else { "" });
    format!("{shown}{more} {of}{}", if count == 1 { "" } else { "s" })
}

#[derive(Debug, Default)]
struct Counts {
    unknown: i64,
    failed: i64,
    bank: i64,
    /// By currency: the amount, and the number of payouts.
    short: Vec<(String, i64, i64)>,
}

async fn counts(tx: &mut TenantTx, now: Timestamp) -> Result<Counts, sqlx::Error> {
    let organization = tx.organization();
    let week = now.plus_days(-FAILED_DAYS);
    let row = sqlx::query!(
        r#"select (select count(*) from (select 1 from payouts
                   where organization_id = $1 and status in ('Sending', 'Unknown') and unclear_since < $2 limit $4) u) as "unknown!",
                  (select count(*) from (select 1 from payouts
                   where organization_id = $1 and status in ('Failed', 'Reversed') and updated_at > $3
                     and updated_at > coalesce((select dismissed_at from dismissed_alerts
                                                where organization_id = $1 and kind = 'Payouts' and id = $1), '-infinity')
                     and reason_code is distinct from 'cancelled' and reason_code is distinct from 'nothing_payable'
                     and reason_code is distinct from 'below_minimum' limit $4) f) as "failed!",
                  (select count(*) from (select 1 from payouts
                   where organization_id = $1 and bank_status = 'Failed' and updated_at > $3
                     and updated_at > coalesce((select dismissed_at from dismissed_alerts
                                                where organization_id = $1 and kind = 'Bank' and id = $1), '-infinity')
                   limit $4) b) as "bank!""#,
        organization.uuid(),
        now.plus_millis(-PATIENCE_MILLIS),
        week,
        COUNTED_MAX + 1,
    )
    .fetch_one(tx.conn())
    .await?;
    let short = sqlx::query!(
        r#"select currency, sum(amount - withheld)::bigint as "amount!", count(*) as "count!" from payouts
           where organization_id = $1 and status in ('Scheduled', 'Reserved') and reason_code = 'balance_insufficient'
           group by currency order by currency"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let short = short.into_iter().map(|row| (row.currency, row.amount, row.count)).collect();
    Ok(Counts { unknown: row.unknown, failed: row.failed, bank: row.bank, short })
}

/// Counts uploaded forms that haven't been reviewed.
async fn forms(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select 1 from tax_forms
           where organization_id = $1 and status = 'Submitted' limit $2) f"#,
        tx.organization().uuid(),
        COUNTED_MAX + 1,
    )
    .fetch_one(tx.conn())
    .await
}

/// Why Stripe isn't called anymore.
async fn paused(tx: &mut TenantTx) -> Result<Option<String>, sqlx::Error> {
    let reason = sqlx::query_scalar!(
        "select paused_reason from payout_connections where organization_id = $1 and status = 'paused'",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(reason.map(|reason| reason.unwrap_or_else(|| "Stripe rejects the key".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([1, 2, 101].map(|count| many(count, "payout")), ["1 payout", "2 payouts", "100+ payouts"]);
    }
}
