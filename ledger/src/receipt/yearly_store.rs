//! SQL of a yearly statement: sums of the book's transfers, so that it says what the book says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use payment::document::{
    receipt::Party,
    yearly::{InCurrency, Month, Yearly},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    money::Currency,
    timestamp::Timestamp,
};

use crate::{
    db::{TenantTx, at, moment, odd},
    page::zone::Zone,
};

/// Years in which something was paid or came back, newest first: their ends are looked up, and whether something moved in
/// each between them.
///
/// # Errors
/// Database errors.
pub async fn years(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with own as (
               select a.id, o.time_zone from accounts a join organizations o on o.organization_id = a.organization_id
               where a.organization_id = $1 and a.affiliate_id = $2 and a.kind = 'affiliate_paid'),
           ends as (
               select time_zone, min(at) as first, max(at) as last
               from own cross join lateral (
                   (select min(created_at) as at from transfers where organization_id = $1 and debit_account_id = own.id)
                   union all
                   (select max(created_at) from transfers where organization_id = $1 and debit_account_id = own.id)
                   union all
                   (select min(created_at) from transfers where organization_id = $1 and credit_account_id = own.id)
                   union all
                   (select max(created_at) from transfers where organization_id = $1 and credit_account_id = own.id)) t
               group by 1)
           select y.year as "year!"
           from (select year, make_timestamptz(year, 1, 1, 0, 0, 0, time_zone) as first,
                        make_timestamptz(year + 1, 1, 1, 0, 0, 0, time_zone) as next
                 from ends cross join lateral generate_series(
                     extract(year from first at time zone time_zone)::integer,
                     extract(year from last at time zone time_zone)::integer) g (year) offset 0) y
           where exists (
               select from own cross join lateral (
                   (select from transfers where organization_id = $1 and debit_account_id = own.id
                      and created_at >= y.first and created_at < y.next limit 1)
                   union all
                   (select from transfers where organization_id = $1 and credit_account_id = own.id
                      and created_at >= y.first and created_at < y.next limit 1)) t)
           order by 1 desc"#,
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// `None` where the organization has no such affiliate. `year` is a calendar year where the brand is, as for its tax forms.
///
/// # Errors
/// Database errors.
pub async fn read(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    year: i32,
    now: Timestamp,
) -> Result<Option<Yearly>, sqlx::Error> {
    let names = sqlx::query!(
        "select a.name, a.email, o.name as brand, o.mode, o.time_zone from affiliates a
         join organizations o on o.organization_id = a.organization_id
         where a.organization_id = $1 and a.id = $2",
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(names) = names else { return Ok(None) };
    let zone = Zone::named(&names.time_zone);
    let Some(span) = span(&zone, year) else { return Ok(None) };
    let mut currencies: BTreeMap<Currency, InCurrency> = BTreeMap::new();
    let as_of = moved(tx, organization, affiliate, (&zone, span), &mut currencies).await?;
    count(tx, organization, affiliate, (&zone, span), &mut currencies).await?;
    Ok(Some(Yearly {
        brand: Party { name: names.brand, lines: Vec::new() },
        affiliate: Party { name: names.name, lines: vec![names.email] },
        affiliate_id: affiliate.to_string(),
        year,
        currencies: currencies.into_values().collect(),
        as_of,
        unfinished: now < span.1,
        test_mode: names.mode == "test",
    }))
}

/// The year's first moment, and the next one's.
fn span(zone: &Zone, year: i32) -> Option<(Timestamp, Timestamp)> {
    let first = |year: i32| Some(zone.start_of(Date::new(i16::try_from(year).ok()?, 1, 1).ok()?));
    first(year).zip(first(year.checked_add(1)?))
}

fn month<'a>(
    currencies: &'a mut BTreeMap<Currency, InCurrency>,
    currency: &str,
    number: i32,
) -> Result<Option<&'a mut Month>, sqlx::Error> {
    let currency: Currency = currency.parse().map_err(|_| odd("accounts.currency"))?;
    let months = currencies.entry(currency).or_insert(InCurrency { currency, months: [Month::default(); 12] });
    Ok(usize::try_from(number - 1).ok().and_then(|at| months.months.get_mut(at)))
}

/// Everything that moved on the affiliate's account of what they were paid; when it did so last.
async fn moved(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    (zone, (from, to)): (&Zone, (Timestamp, Timestamp)),
    currencies: &mut BTreeMap<Currency, InCurrency>,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.currency, extract(month from t.created_at at time zone $5)::integer as "month!", t.kind,
                  coalesce(sum(t.amount) filter (where t.credit_account_id = a.id), 0)::bigint as "in!",
                  coalesce(sum(t.amount) filter (where t.debit_account_id = a.id), 0)::bigint as "out!",
                  max(t.created_at) as "last!"
           from accounts a
           join transfers t on t.organization_id = a.organization_id and a.id in (t.debit_account_id, t.credit_account_id)
           where a.organization_id = $1 and a.affiliate_id = $2 and a.kind = 'affiliate_paid'
             and t.created_at >= $3 and t.created_at < $4
           group by 1, 2, 3"#,
        organization.uuid(),
        affiliate.uuid(),
        at(from),
        at(to),
        zone.name(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut last = None;
    for row in rows {
        last = last.max(Some(row.last));
        let Some(month) = month(currencies, &row.currency, row.month)? else { continue };
        match row.kind.as_str() {
            "tax_withheld" => {
                month.withheld = month.withheld.saturating_add(row.out);
                month.withheld_returned = month.withheld_returned.saturating_add(row.r#in);
            }
            "payout_returned" => month.returned = month.returned.saturating_add(row.out - row.r#in),
            _ => month.gross = month.gross.saturating_add(row.r#in - row.out),
        }
    }
    Ok(last.map(moment))
}

/// How many payouts were sent.
async fn count(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    (zone, (from, to)): (&Zone, (Timestamp, Timestamp)),
    currencies: &mut BTreeMap<Currency, InCurrency>,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select currency, extract(month from sent_at at time zone $5)::integer as "month!", count(*)::integer as "count!"
           from payouts
           where organization_id = $1 and affiliate_id = $2 and sent_at >= $3 and sent_at < $4
             and status in ('Sent', 'Reversed')
           group by 1, 2"#,
        organization.uuid(),
        affiliate.uuid(),
        at(from),
        at(to),
        zone.name(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        if let Some(month) = month(currencies, &row.currency, row.month)? {
            month.payouts = u32::try_from(row.count).unwrap_or_default();
        }
    }
    Ok(())
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
