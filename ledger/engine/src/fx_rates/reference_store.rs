//! SQL of the reference rates, which belong to no organization: what one euro was worth in each currency.

use std::collections::{BTreeMap, BTreeSet};

use shared::{money::Currency, timestamp::Timestamp};
use sqlx::PgConnection;
use time::Date;

use kit::db::corrupt_column;
use rules::exchange_rate::{
    admit::{Admitted, Known},
    rate::Rate,
};

fn currency(code: &str) -> Result<Currency, sqlx::Error> {
    code.parse().map_err(|_| corrupt_column("reference_rates.currency"))
}

fn rate(text: &str) -> Result<Rate, sqlx::Error> {
    Rate::parse(text).ok_or_else(|| corrupt_column("reference_rates.rate"))
}

/// Takes a source that is due, so that no other process fetches it until `again_at`. Returns whether it was due.
pub async fn take_due(
    conn: &mut PgConnection,
    source: &str,
    now: Timestamp,
    again_at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "insert into reference_rate_fetches (source, due_at) values ($1, $3)
         on conflict (source) do update set due_at = excluded.due_at where reference_rate_fetches.due_at <= $2",
        source,
        now,
        again_at,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Records that a source was fetched. The row stays locked until the transaction ends.
pub async fn fetched(
    conn: &mut PgConnection,
    source: &str,
    now: Timestamp,
    due_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reference_rate_fetches set fetched_at = $2, due_at = $3 where source = $1",
        source,
        now,
        due_at
    )
    .execute(conn)
    .await
    .map(drop)
}

/// The newest day that has rates.
pub async fn newest_day(conn: &mut PgConnection) -> Result<Option<Date>, sqlx::Error> {
    sqlx::query_scalar!("select max(day) from reference_rates").fetch_one(conn).await
}

/// What is known of each currency: its newest rate in use, and a later one that is held.
pub async fn known(conn: &mut PgConnection) -> Result<BTreeMap<Currency, Known>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select u.currency as "currency!", u.rate as "rate!", h.day as "held_day?", h.rate as "held_rate?"
           from (select distinct on (currency) currency, day, rate from reference_rates
                 where not held order by currency, day desc) u
           left join lateral (
               select h.day, h.rate from reference_rates h
               where h.currency = u.currency and h.held and h.day > u.day order by h.day desc limit 1) h on true"#
    )
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().map(|row| {
        let held = row.held_day.zip(row.held_rate).map(|(day, text)| Ok::<_, sqlx::Error>((day, rate(&text)?)));
        Ok((currency(&row.currency)?, Known { used: rate(&row.rate)?, held: held.transpose()? }))
    });
    known.collect()
}

/// Saves the rates of a day, and uses the held ones that they confirm.
pub async fn admit(
    conn: &mut PgConnection,
    source: &str,
    rates: &[Admitted],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reference_rates (currency, day, rate, source, held, fetched_at)
         select r.currency, r.day, r.rate, $4, r.held, $5
         from unnest($1::text[], $2::date[], $3::text[], $6::boolean[]) r (currency, day, rate, held)
         on conflict (currency, day) do nothing",
        &rates.iter().map(|one| one.currency.code().to_owned()).collect::<Vec<_>>(),
        &rates.iter().map(|one| one.day).collect::<Vec<_>>(),
        &rates.iter().map(|one| one.rate.text().to_owned()).collect::<Vec<_>>(),
        source,
        now,
        &rates.iter().map(|one| one.held).collect::<Vec<_>>(),
    )
    .execute(&mut *conn)
    .await?;
    let confirmed: Vec<(String, Date)> =
        rates.iter().filter_map(|one| Some((one.currency.code().to_owned(), one.confirms?))).collect();
    let (currencies, days): (Vec<String>, Vec<Date>) = confirmed.into_iter().unzip();
    sqlx::query!(
        "update reference_rates r set held = false
         from unnest($1::text[], $2::date[]) c (currency, day) where r.currency = c.currency and r.day = c.day",
        &currencies,
        &days,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// A rate of the euro.
#[derive(Debug, Clone)]
pub struct EuroRate {
    pub rate: Rate,
    pub day: Date,
    pub source: String,
}

/// The rate in use of each of these currencies on each of these days: the one of the latest day up to it.
pub async fn latest(
    conn: &mut PgConnection,
    requested: &BTreeSet<(Currency, Date)>,
) -> Result<BTreeMap<(Currency, Date), EuroRate>, sqlx::Error> {
    let (currencies, days): (Vec<String>, Vec<Date>) =
        requested.iter().map(|(currency, day)| (currency.code().to_owned(), *day)).unzip();
    let rows = sqlx::query!(
        r#"select w.currency as "currency!", w.day as "on!", r.day as "day!", r.rate as "rate!", r.source as "source!"
           from unnest($1::text[], $2::date[]) w (currency, day)
           cross join lateral (
               select day, rate, source from reference_rates
               where currency = w.currency and day <= w.day and not held order by day desc limit 1) r"#,
        &currencies,
        &days,
    )
    .fetch_all(conn)
    .await?;
    let rates = rows.into_iter().map(|row| {
        let known = EuroRate { rate: rate(&row.rate)?, day: row.day, source: row.source };
        Ok(((currency(&row.currency)?, row.on), known))
    });
    rates.collect()
}
