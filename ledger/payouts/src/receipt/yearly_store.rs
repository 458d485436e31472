//! SQL of a yearly statement: what was sent and what came back, each in the year in which it happened, as in the
//! brand's tax year.

use std::collections::BTreeMap;

use jiff::civil::Date;
use payout_core::document::{
    receipt::{Dated, Party},
    yearly::{InCurrency, Month, Yearly},
};
use shared::{id::AffiliateId, money::Currency, timestamp::Timestamp};

use kit::{
    db::{TenantTx, corrupt_column},
    page::zone::Zone,
};

/// Years in which something was paid or came back, newest first.
pub async fn years(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct extract(year from m.at at time zone o.time_zone)::integer as "year!"
           from (select sent_at as at from payouts
                 where organization_id = $1 and affiliate_id = $2 and sent_at is not null and status in ('Sent', 'Reversed')
                   and not settled_there
                 union all
                 select r.returned_at from payouts p
                 join payout_returns r on r.organization_id = $1 and r.payout_id = p.id
                 where p.organization_id = $1 and p.affiliate_id = $2 and p.returned > 0) m
           join organizations o on o.organization_id = $1
           order by 1 desc"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Loads a year; `None` if the organization has no such affiliate. `year` is a calendar year in the brand's time zone,
/// as for its tax forms.
pub async fn read(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    year: i32,
    now: Timestamp,
) -> Result<Option<Yearly>, sqlx::Error> {
    let names = sqlx::query!(
        "select a.name, a.email, o.name as brand, o.mode, o.time_zone from affiliates a
         join organizations o on o.organization_id = a.organization_id
         where a.organization_id = $1 and a.id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(names) = names else { return Ok(None) };
    let zone = Zone::named(&names.time_zone);
    let Some(span) = span(&zone, year) else { return Ok(None) };
    let mut currencies: BTreeMap<Currency, InCurrency> = BTreeMap::new();
    let sent = sent(tx, affiliate, (&zone, span), &mut currencies).await?;
    let returned = returned(tx, affiliate, (&zone, span), &mut currencies).await?;
    Ok(Some(Yearly {
        brand: Party { name: names.brand, lines: Vec::new() },
        affiliate: Party { name: names.name, lines: vec![names.email] },
        affiliate_id: affiliate.to_string(),
        year,
        currencies: currencies.into_values().collect(),
        as_of: sent.max(returned).map(|at| Dated { at, date: zone.date(at) }),
        unfinished: now < span.1,
        test_mode: names.mode == "test",
    }))
}

/// The start of the year, and the start of the next one.
fn span(zone: &Zone, year: i32) -> Option<(Timestamp, Timestamp)> {
    let first = |year: i32| Some(zone.start_of(Date::new(i16::try_from(year).ok()?, 1, 1).ok()?));
    first(year).zip(first(year.checked_add(1)?))
}

fn month<'a>(
    currencies: &'a mut BTreeMap<Currency, InCurrency>,
    currency: &str,
    number: i32,
) -> Result<Option<&'a mut Month>, sqlx::Error> {
    let currency: Currency = currency.parse().map_err(|_| corrupt_column("accounts.currency"))?;
    let months = currencies.entry(currency).or_insert(InCurrency { currency, months: [Month::default(); 12] });
    Ok(usize::try_from(number - 1).ok().and_then(|at| months.months.get_mut(at)))
}

/// Adds what was sent, by the day of payment. Returns the time of the last payment.
async fn sent(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (zone, (from, to)): (&Zone, (Timestamp, Timestamp)),
    currencies: &mut BTreeMap<Currency, InCurrency>,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select currency, extract(month from sent_at at time zone $5)::integer as "month!", count(*)::integer as "count!",
                  sum(amount)::bigint as "gross!", sum(withheld)::bigint as "withheld!", max(sent_at) as "last!"
           from payouts
           where organization_id = $1 and affiliate_id = $2 and sent_at >= $3 and sent_at < $4
             and status in ('Sent', 'Reversed') and not taxed_elsewhere
           group by 1, 2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
        to,
        zone.name(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut last = None;
    for row in rows {
        last = last.max(Some(row.last));
        let Some(month) = month(currencies, &row.currency, row.month)? else { continue };
        month.payouts = u32::try_from(row.count).unwrap_or_default();
        (month.gross, month.withheld) = (row.gross, row.withheld);
    }
    Ok(last)
}

/// Adds what came back, by the day of its return, whenever it had been sent. Returns the time of the last return.
async fn returned(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (zone, (from, to)): (&Zone, (Timestamp, Timestamp)),
    currencies: &mut BTreeMap<Currency, InCurrency>,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.currency, extract(month from r.returned_at at time zone $5)::integer as "month!",
                  sum(r.amount)::bigint as "gross!", sum(r.withheld)::bigint as "withheld!", max(r.returned_at) as "last!"
           from payouts p
           join payout_returns r on r.organization_id = $1 and r.payout_id = p.id
           where p.organization_id = $1 and p.affiliate_id = $2 and r.returned_at >= $3 and r.returned_at < $4
           group by 1, 2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
        to,
        zone.name(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut last = None;
    for row in rows {
        last = last.max(Some(row.last));
        let Some(month) = month(currencies, &row.currency, row.month)? else { continue };
        (month.returned, month.withheld_returned) = (row.gross, row.withheld);
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_begins_where_the_brand_is() {
        let (from, to) = span(&Zone::named("America/Los_Angeles"), 2026).unwrap();
        assert_eq!((from.to_string(), to.to_string()), ("2026-01-01T08:00:00Z".into(), "2027-01-01T08:00:00Z".into()));
        assert_eq!(span(&Zone::utc(), 99_999), None);
    }
}
