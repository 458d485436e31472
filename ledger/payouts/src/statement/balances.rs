//! `GET /api/v1/affiliates/{id}/balances` and `GET /api/v1/balances`.

use axum::{Json, extract::State};
use serde::Serialize;
use shared::{id::AffiliateId, money::Currency};
use utoipa::ToSchema;

use super::store::{self, Sums};
use engine::{fx_rates::convert, lookup_store};
use identity::access::api_key::ReadKey;
use kit::{
    api::{document::Refused, path::PathId, query::Query},
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::exchange_rate::rate::Rate;

/// Balances, one for each currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    /// One balance per currency.
    data: Vec<Balance>,
}

/// A balance in one currency, in its minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The amount earned but still in the hold period.
    #[schema(example = 1980)]
    pending_cents: i64,
    /// The amount that the next payout pays. Negative if a refund, a lost dispute or a decision reversed something that
    /// was already paid: it is carried forward, and deducted from what becomes payable next.
    #[schema(example = 5940)]
    payable_cents: i64,
    /// The amount in payouts in progress: neither sent nor failed yet.
    #[schema(example = 0)]
    in_payout_cents: i64,
    /// The amount received so far, minus what later payouts recovered. What an import left to another platform isn't in
    /// it.
    #[schema(example = 12000)]
    paid_cents: i64,
    /// The tax withheld from payouts, for the tax authority.
    #[schema(example = 0)]
    withheld_cents: i64,
    /// The balance in the home currency, for display only; null without a home currency, or an exchange rate to it.
    #[schema(required)]
    home: Option<HomeBalance>,
}

/// A balance in the home currency: each amount is converted at the rate and rounded half up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeBalance {
    #[schema(value_type = String, example = "EUR")]
    currency: Currency,
    /// The amount earned but still in the hold period.
    #[schema(example = 1828)]
    pending_cents: i64,
    /// The amount that the next payout pays.
    #[schema(example = 5483)]
    payable_cents: i64,
    /// The amount in payouts in progress.
    #[schema(example = 0)]
    in_payout_cents: i64,
    /// The amount received so far.
    #[schema(example = 11077)]
    paid_cents: i64,
    /// The tax withheld from payouts.
    #[schema(example = 0)]
    withheld_cents: i64,
    /// The exchange rate: the price of one unit of the balance's currency in the home currency.
    #[schema(example = "0.9231")]
    rate: String,
    /// The rate's date; null if the balance is in the home currency already.
    #[schema(required, example = "2026-11-20")]
    rate_day: Option<String>,
    /// Where the exchange rate comes from.
    #[schema(required, example = "ECB")]
    rate_source: Option<String>,
    /// How amounts were rounded.
    #[schema(example = "half up")]
    rounding: &'static str,
}

/// Retrieve an affiliate's balances
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/balances", tag = "Balances", operation_id = "getAffiliateBalances",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The balances by currency; empty if nothing was ever earned", body = Balances),
        Refused))]
pub async fn of_affiliate(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<AffiliateId>,
    query: Query,
) -> Result<Json<Balances>> {
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    lookup_store::affiliate(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let balances = balances(&mut tx, &state, Some(id)).await?;
    tx.end();
    Ok(Json(balances))
}

/// Retrieve the organization's balances
#[utoipa::path(get, path = "/api/v1/balances", tag = "Balances", operation_id = "getBalances",
    description = "Returns the totals of all affiliates. A negative balance of one affiliate lowers `payableCents` \
                   here, but not what the others are paid.",
    responses((status = 200, description = "The balances by currency", body = Balances), Refused))]
pub async fn of_organization(State(state): State<AppState>, key: ReadKey, query: Query) -> Result<Json<Balances>> {
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let balances = balances(&mut tx, &state, None).await?;
    tx.end();
    Ok(Json(balances))
}

async fn balances(tx: &mut TenantTx, state: &AppState, affiliate: Option<AffiliateId>) -> Result<Balances> {
    let sums = store::sums(tx, affiliate).await?;
    let currencies = sums.iter().map(|sum| sum.currency).collect();
    let Some(rates) = convert::to_home(tx, currencies, state.clock.now().date()).await? else {
        return Ok(Balances { data: sums.into_iter().map(|sum| balance(sum, None)).collect() });
    };
    let data = sums.into_iter().map(|sum| {
        let same = (sum.currency == rates.home).then(|| (Rate::one(), None, None));
        let known = || rates.of(sum.currency).cloned();
        let rate = same.or_else(|| known().map(|known| (known.rate, Some(known.day.to_string()), known.source)));
        let home = rate.and_then(|(rate, day, source)| at_home(&sum, rates.home, &rate, day, source));
        balance(sum, home)
    });
    Ok(Balances { data: data.collect() })
}

fn balance(sums: Sums, home: Option<HomeBalance>) -> Balance {
    Balance {
        currency: sums.currency,
        pending_cents: sums.pending,
        payable_cents: sums.payable,
        in_payout_cents: sums.reserved,
        paid_cents: sums.received(),
        withheld_cents: sums.withheld,
        home,
    }
}

/// Converts the sums; `None` if an amount would exceed 64 bits.
fn at_home(
    sums: &Sums,
    home: Currency,
    rate: &Rate,
    rate_day: Option<String>,
    rate_source: Option<String>,
) -> Option<HomeBalance> {
    let worth = |minor| rate.convert(minor, sums.currency, home);
    Some(HomeBalance {
        currency: home,
        pending_cents: worth(sums.pending)?,
        payable_cents: worth(sums.payable)?,
        in_payout_cents: worth(sums.reserved)?,
        paid_cents: worth(sums.received())?,
        withheld_cents: worth(sums.withheld)?,
        rate: rate.text().to_owned(),
        rate_day,
        rate_source,
        rounding: "half up",
    })
}
