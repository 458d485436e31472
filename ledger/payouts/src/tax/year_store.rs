//! SQL of a year's payments and the forms behind them.

use std::collections::BTreeMap;

use shared::{
    id::{AffiliateId, TaxFormId},
    money::Currency,
    timestamp::Timestamp,
};
use sqlx::types::Json;
use time::Date;

use kit::db::{TenantTx, corrupt_column};

/// The current year in the brand's time zone.
pub(super) async fn year_of(tx: &mut TenantTx, now: Timestamp) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select extract(year from $2::timestamptz at time zone time_zone)::int as "year!"
           from organizations where organization_id = $1"#,
        tx.organization().uuid(),
        now,
    )
    .fetch_one(tx.conn())
    .await
}

/// A year in the brand's time zone. Its bounds are loaded before the payments are searched: bounds that the statement
/// computed from another table's row would prevent the use of an index.
#[derive(Debug)]
pub(super) struct Span {
    year: i32,
    from: Timestamp,
    to: Timestamp,
    time_zone: String,
}

pub(super) async fn span(tx: &mut TenantTx, year: i32) -> Result<Span, sqlx::Error> {
    sqlx::query_as!(
        Span,
        r#"select $2::int as "year!", make_timestamptz($2, 1, 1, 0, 0, 0, time_zone) as "from!",
                  make_timestamptz($2 + 1, 1, 1, 0, 0, 0, time_zone) as "to!", time_zone
           from organizations where organization_id = $1"#,
        tx.organization().uuid(),
        year,
    )
    .fetch_one(tx.conn())
    .await
}

/// The configured thresholds that replace the law's, in US cents by year.
pub(super) async fn thresholds(tx: &mut TenantTx) -> Result<BTreeMap<i32, i64>, sqlx::Error> {
    let set = sqlx::query_scalar!(
        r#"select tax_thresholds as "set: Json<BTreeMap<String, i64>>" from payout_settings where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let set = set.map(|set| set.0).unwrap_or_default();
    Ok(set.into_iter().filter_map(|(year, cents)| Some((year.parse().ok()?, cents))).collect())
}

/// The data whose changes show up in a year's table immediately.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    last_payment: Option<Timestamp>,
    forms: i64,
    last_change_of_a_form: Option<Timestamp>,
    thresholds: Option<String>,
}

pub(super) async fn version(tx: &mut TenantTx) -> Result<Version, sqlx::Error> {
    sqlx::query_as!(
        Version,
        r#"select (select max(sent_at) from payouts where organization_id = $1 and sent_at is not null) as last_payment,
                  f.forms as "forms!", f.changed as last_change_of_a_form,
                  (select tax_thresholds::text from payout_settings where organization_id = $1) as thresholds
           from (select count(*) as forms, max(greatest(submitted_at, decided_at, ended_at)) as changed
                 from tax_forms where organization_id = $1) f"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// What an affiliate was sent in a currency, less what came back in the same year, regardless of when that was sent.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) affiliate: AffiliateId,
    pub(super) currency: Currency,
    /// The day on which it was sent, whose rate applies; `None` for US dollars.
    pub(super) day: Option<Date>,
    /// In minor units, including tax withheld, less what came back.
    pub(super) gross: i64,
    pub(super) withheld: i64,
    /// What came back in the year, from payments of that day.
    pub(super) returned: i64,
    /// The time of the last of these payments; `None` if there are only returns.
    pub(super) last: Option<Timestamp>,
}

/// Whose payments are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    All,
    /// Payees who have no form in force or waiting, weren't asked for one this year yet, and may be asked. Imported
    /// payments alone ask no one.
    Unasked,
}

/// Sums payments by the day on which each was sent, in the brand's time zone, in no particular order. A return counts
/// in the year in which it happened, at the rate of the payment that came back: over all years, the sums equal what
/// affiliates kept.
pub(super) async fn sums(tx: &mut TenantTx, span: &Span, whose: Whose) -> Result<Vec<Sum>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.affiliate_id as "affiliate_id!", p.currency as "currency!",
                  case when p.currency = 'USD' then null else (p.sent_at at time zone $5)::date end as day,
                  sum(p.amount)::bigint as "gross!", sum(p.withheld)::bigint as "withheld!",
                  sum(p.returned)::bigint as "returned!", max(p.last) as last
           from (select affiliate_id, currency, sent_at, amount, withheld, 0::bigint as returned, sent_at as last
                 from payouts
                 where organization_id = $1 and status in ('Sent', 'Reversed') and sent_at >= $2 and sent_at < $3
                   and not taxed_elsewhere and not ($4::bool and imported_from is not null)
                 union all
                 select o.affiliate_id, o.currency, o.sent_at, -r.amount, -r.withheld, r.amount, null
                 from payout_returns r
                 join payouts o on o.organization_id = r.organization_id and o.id = r.payout_id
                 where r.organization_id = $1 and r.returned_at >= $2 and r.returned_at < $3) p
           where (not $4::bool or (
                 exists (select from affiliates a where a.organization_id = $1 and a.id = p.affiliate_id
                           and a.status <> 'Banned')
                 and not exists (select from tax_forms f where f.organization_id = $1 and f.affiliate_id = p.affiliate_id
                                   and f.status in ('Valid', 'Submitted'))
                 and not exists (select from tax_reminders r where r.organization_id = $1
                                   and r.affiliate_id = p.affiliate_id and r.kind = 'threshold'
                                   and r.about = $6)))
           group by 1, 2, 3"#,
        tx.organization().uuid(),
        span.from,
        span.to,
        whose == Whose::Unasked,
        span.time_zone,
        span.year.to_string(),
    )
    .fetch_all(tx.conn())
    .await?;
    let sums = rows.into_iter().map(|row| {
        Ok(Sum {
            affiliate: AffiliateId::new(row.affiliate_id),
            currency: row.currency.parse().map_err(|_| corrupt_column("payouts.currency"))?,
            day: row.day,
            gross: row.gross,
            withheld: row.withheld,
            returned: row.returned,
            last: row.last,
        })
    });
    sums.collect()
}

/// An affiliate with the form that the year's payments rely on: the one in force at the last of them. If there was
/// none whose content is kept, or no payment: the one that counts now, one that waits, or the last.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) affiliate: AffiliateId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) form: Option<TaxFormId>,
    /// Whether that form was in force at the last payment.
    pub(super) is_relied_on: bool,
    /// The country of their payout account.
    pub(super) account_country: Option<String>,
}

/// Loads the given affiliates, each with the time of the year's last payment if any, and everyone who has a form.
pub(super) async fn people(
    tx: &mut TenantTx,
    paid: &[(AffiliateId, Option<Timestamp>)],
) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.name, a.email, f.id as "form?", coalesce(f.is_relied_on, false) as "is_relied_on!",
                  c.country as "account_country?"
           from (select id, max(last) from (
                     select unnest($2::uuid[]), unnest($3::timestamptz[])
                     union all select affiliate_id, null from tax_forms where organization_id = $1) o (id, last)
                 group by id) w (id, last)
           join affiliates a on a.organization_id = $1 and a.id = w.id
           left join lateral (
               select t.id, t.is_relied_on
               from (select id, status, ended_at, sealed_form is not null as has_content,
                            (status <> 'Submitted' and decided_at <= w.last
                             and (ended_at is null or ended_at > w.last)) is true as is_relied_on
                     from tax_forms where organization_id = $1 and affiliate_id = a.id) t
               order by (t.is_relied_on and t.has_content) desc,
                        case t.status when 'Valid' then 0 when 'Submitted' then 1 else 2 end, t.has_content desc,
                        t.ended_at desc nulls last, t.id desc
               limit 1) f on true
           left join payout_accounts c on c.organization_id = $1 and c.affiliate_id = a.id and c.status <> 'Closed'
           order by a.id desc"#,
        tx.organization().uuid(),
        &paid.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
        &paid.iter().map(|(_, last)| *last).collect::<Vec<_>>() as &[Option<Timestamp>],
    )
    .fetch_all(tx.conn())
    .await?;
    let people = rows.into_iter().map(|row| Person {
        affiliate: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        form: row.form.map(TaxFormId::new),
        is_relied_on: row.is_relied_on,
        account_country: row.account_country,
    });
    Ok(people.collect())
}
