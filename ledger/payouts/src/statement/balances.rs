//! `GET /api/v1/affiliates/{id}/balances` and `GET /api/v1/balances`.

use axum::{Json, extract::State};
use serde::Serialize;
use shared::{
    id::{AffiliateId, OrganizationId},
    money::Currency,
};
use utoipa::ToSchema;

use super::store::{self, Sums};
use engine::{
    fx_rates::{self, rate::Rate},
    lookup_store,
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{document::Refused, path::PathId, query::Query},
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// Balances, one for each currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    data: Vec<Balance>,
}

/// Of one currency, in its minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// Earned, and still on hold.
    #[schema(example = 1980)]
    pending_cents: i64,
    /// What the next payout pays. Less than 0 where a refund, a lost dispute or a decision took something back that was
    /// paid already: it is carried, and taken from what becomes payable next.
    #[schema(example = 5940)]
    payable_cents: i64,
    /// In payouts that are on their way: neither sent nor given up yet.
    #[schema(example = 0)]
    in_payout_cents: i64,
    /// Received so far, less what later payouts took back.
    #[schema(example = 12000)]
    paid_cents: i64,
    /// Kept of payouts as tax, for the tax authority.
    #[schema(example = 0)]
    withheld_cents: i64,
    /// The same in the home currency, for display only; null without a home currency, or a rate to it.
    #[schema(required)]
    home: Option<HomeBalance>,
}

/// A balance in the home currency: each amount converted by the rate and rounded half up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeBalance {
    #[schema(value_type = String, example = "EUR")]
    currency: Currency,
    #[schema(example = 1828)]
    pending_cents: i64,
    #[schema(example = 5483)]
    payable_cents: i64,
    #[schema(example = 0)]
    in_payout_cents: i64,
    #[schema(example = 11077)]
    paid_cents: i64,
    #[schema(example = 0)]
    withheld_cents: i64,
    /// Home currency for one unit of the balance's currency.
    #[schema(example = "0.9231")]
    rate: String,
    /// The rate's day; null where the balance is in the home currency anyway.
    #[schema(required, example = "2026-11-20")]
    rate_day: Option<String>,
    #[schema(required, example = "ECB")]
    rate_source: Option<String>,
    /// How amounts were rounded.
    #[schema(example = "half up")]
    rounding: &'static str,
}

/// Read an affiliate's balances
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/balances", tag = "Balances", operation_id = "getAffiliateBalances",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "By currency; none where nothing was ever earned", body = Balances),
        Refused))]
pub async fn of_affiliate(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<AffiliateId>,
    query: Query,
) -> Result<Json<Balances>> {
    query.finish()?;
    let mut tx = key.tx(&state).await?;
    lookup_store::affiliate(&mut tx, key.organization, id).await?.ok_or_else(Error::not_found)?;
    let balances = balances(&mut tx, &state, key.organization, Some(id)).await?;
    tx.commit().await?;
    Ok(Json(balances))
}

/// Read the organization's balances
#[utoipa::path(get, path = "/api/v1/balances", tag = "Balances", operation_id = "getBalances",
    description = "Sums over all affiliates. A negative balance of one affiliate lowers `payableCents` here, but not what \
                   the others are paid.",
    responses((status = 200, description = "By currency", body = Balances), Refused))]
pub async fn of_organization(State(state): State<AppState>, key: ReadKey, query: Query) -> Result<Json<Balances>> {
    query.finish()?;
    let mut tx = key.tx(&state).await?;
    let balances = balances(&mut tx, &state, key.organization, None).await?;
    tx.commit().await?;
    Ok(Json(balances))
}

async fn balances(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    affiliate: Option<AffiliateId>,
) -> Result<Balances> {
    let sums = store::sums(tx, organization, affiliate).await?;
    let Some(home) = fx_rates::store::home_currency(tx, organization).await? else {
        return Ok(Balances { data: sums.into_iter().map(|sum| balance(sum, None)).collect() });
    };
    let currencies: Vec<Currency> = sums.iter().map(|sum| sum.currency).collect();
    let today = state.clock.now().date();
    let mut rates = fx_rates::store::latest(tx, organization, home, &currencies, today).await?;
    let data = sums.into_iter().map(|sum| {
        let known = rates.remove(&sum.currency);
        let own = (sum.currency == home).then(|| (Rate::one(), None, None));
        let rate = own.or_else(|| known.map(|content| (content.rate, Some(content.day.to_string()), content.source)));
        let home = rate.and_then(|(rate, day, source)| at_home(&sum, home, &rate, day, source));
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
        paid_cents: sums.paid,
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
        paid_cents: worth(sums.paid)?,
        withheld_cents: worth(sums.withheld)?,
        rate: rate.text().to_owned(),
        rate_day,
        rate_source,
        rounding: "half up",
    })
}
