//! SQL of the home currency and its exchange rates.

use std::collections::{BTreeSet, HashMap};

use shared::{id::ExchangeRateId, money::Currency, timestamp::Timestamp};
use time::Date;
use uuid::Uuid;

use kit::db::{TenantTx, corrupt_column};
use rules::exchange_rate::rate::Rate;

/// A rate and its source.
#[derive(Debug, Clone)]
pub struct StoredRate {
    pub id: ExchangeRateId,
    pub day: Date,
    pub currency: Currency,
    pub home: Currency,
    pub rate: Rate,
    pub source: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Debug)]
struct Row {
    id: Uuid,
    day: Date,
    currency: String,
    home_currency: String,
    rate: String,
    source: Option<String>,
    created_at: Timestamp,
}

impl TryFrom<Row> for StoredRate {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let currency = |code: &str| code.parse().map_err(|_| corrupt_column("exchange_rates.currency"));
        Ok(Self {
            id: ExchangeRateId::new(row.id),
            day: row.day,
            currency: currency(&row.currency)?,
            home: currency(&row.home_currency)?,
            rate: Rate::parse(&row.rate).ok_or_else(|| corrupt_column("exchange_rates.rate"))?,
            source: row.source,
            created_at: row.created_at,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, report: &StoredRate) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into exchange_rates (organization_id, id, day, currency, home_currency, rate, source, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.organization().uuid(),
        report.id.uuid(),
        report.day,
        report.currency.code(),
        report.home.code(),
        report.rate.text(),
        report.source,
        report.created_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, after: Option<Uuid>, limit: i64) -> Result<Vec<StoredRate>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, day, currency, home_currency, rate, source, created_at from exchange_rates
         where organization_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
        tx.organization().uuid(),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(StoredRate::try_from).collect()
}

/// The rate of each of these currencies for each of these days: the one of the latest day up to it, and of these the
/// one entered last.
pub async fn latest_of_days(
    tx: &mut TenantTx,
    home: Currency,
    requested: &BTreeSet<(Currency, Date)>,
) -> Result<HashMap<(Currency, Date), Rate>, sqlx::Error> {
    let (currencies, days): (Vec<String>, Vec<Date>) =
        requested.iter().map(|(currency, day)| (currency.code().to_owned(), *day)).unzip();
    let rows = sqlx::query!(
        r#"select w.currency as "currency!", w.day as "day!", r.rate as "rate!"
           from unnest($3::text[], $4::date[]) w (currency, day)
           cross join lateral (
               select rate from exchange_rates
               where organization_id = $1 and home_currency = $2 and currency = w.currency and day <= w.day
               order by day desc, id desc limit 1) r"#,
        tx.organization().uuid(),
        home.code(),
        &currencies,
        &days,
    )
    .fetch_all(tx.conn())
    .await?;
    let rate = |text: &str| Rate::parse(text).ok_or_else(|| corrupt_column("exchange_rates.rate"));
    let rows = rows.into_iter().map(|row| {
        let currency = row.currency.parse().map_err(|_| corrupt_column("exchange_rates.currency"))?;
        Ok(((currency, row.day), rate(&row.rate)?))
    });
    rows.collect()
}

/// The same with everything that is known of a rate.
pub async fn latest(
    tx: &mut TenantTx,
    home: Currency,
    requested: &BTreeSet<(Currency, Date)>,
) -> Result<HashMap<(Currency, Date), StoredRate>, sqlx::Error> {
    let (currencies, days): (Vec<String>, Vec<Date>) =
        requested.iter().map(|(currency, day)| (currency.code().to_owned(), *day)).unzip();
    let rows = sqlx::query!(
        r#"select w.day as "on!", r.id as "id!", r.day as "day!", r.currency as "currency!",
                  r.home_currency as "home_currency!", r.rate as "rate!", r.source, r.created_at as "created_at!: Timestamp"
           from unnest($3::text[], $4::date[]) w (currency, day)
           cross join lateral (
               select id, day, currency, home_currency, rate, source, created_at from exchange_rates
               where organization_id = $1 and home_currency = $2 and currency = w.currency and day <= w.day
               order by day desc, id desc limit 1) r"#,
        tx.organization().uuid(),
        home.code(),
        &currencies,
        &days,
    )
    .fetch_all(tx.conn())
    .await?;
    let rates = rows.into_iter().map(|row| {
        let rate = StoredRate::try_from(Row {
            id: row.id,
            day: row.day,
            currency: row.currency,
            home_currency: row.home_currency,
            rate: row.rate,
            source: row.source,
            created_at: row.created_at,
        })?;
        Ok(((rate.currency, row.on), rate))
    });
    rates.collect()
}
