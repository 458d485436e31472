//! `/api/v1/home-currency` and `/api/v1/exchange-rates`: a brand's home currency and its exchange rates.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{id::ExchangeRateId, money::Currency, timestamp::Timestamp};
use time::{Date, macros::format_description};
use utoipa::ToSchema;

use super::store::{self, StoredRate};
use identity::{
    access::api_key::{ConfigureKey, ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
    organization::{self, home_currency},
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Code, Error, Result},
    state::AppState,
};
use rules::exchange_rate::rate::Rate;

const SOURCE_MAX: usize = 100;

/// The currency in which balances and totals are shown in addition to their own.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HomeCurrency {
    /// Null to show amounts in their own currency only.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<String>, required, example = "EUR")]
    currency: Option<Currency>,
}

/// An exchange rate to the home currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewExchangeRate {
    /// The first day on which the rate applies. It applies until the day of a later rate.
    #[schema(example = "2026-11-20")]
    day: String,
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The value of one unit of `currency` in the home currency: a decimal string, to preserve precision, with at most
    /// 12 decimals.
    #[schema(example = "0.9231")]
    rate: String,
    /// The source of the rate, up to 100 characters.
    #[schema(example = "ECB")]
    source: Option<String>,
}

/// An exchange rate as it was reported.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeRate {
    #[schema(value_type = String, example = "fx_01kdvdna00e5v8r2m6q1w9d3xk")]
    id: ExchangeRateId,
    /// The rate's date.
    #[schema(example = "2026-11-20")]
    day: String,
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The currency that amounts are converted to.
    #[schema(value_type = String, example = "EUR")]
    home_currency: Currency,
    /// The price of one unit of `currency` in the home currency, as a decimal string.
    #[schema(example = "0.9231")]
    rate: String,
    /// Where the rate comes from.
    #[schema(required, example = "ECB")]
    source: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T16:00:00Z")]
    created_at: Timestamp,
}

impl From<StoredRate> for ExchangeRate {
    fn from(report: StoredRate) -> Self {
        Self {
            id: report.id,
            day: report.day.to_string(),
            currency: report.currency,
            home_currency: report.home,
            rate: report.rate.text().to_owned(),
            source: report.source,
            created_at: report.created_at,
        }
    }
}

/// Retrieve the home currency
#[utoipa::path(get, path = "/api/v1/home-currency", tag = "Balances", operation_id = "getHomeCurrency",
    responses((status = 200, description = "The home currency, or null", body = HomeCurrency), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<HomeCurrency>> {
    let mut tx = key.reader(&state).await?;
    let currency = organization::store::home_currency(&mut tx).await?;
    tx.end();
    Ok(Json(HomeCurrency { currency }))
}

/// Set the home currency
#[utoipa::path(put, path = "/api/v1/home-currency", tag = "Balances", operation_id = "setHomeCurrency",
    security(("bearer" = ["admin"])),
    description = "Affects display only: amounts are kept and paid in the currencies in which they were earned. The \
                   dashboard, its exports, balances and the click summary also show them in the home currency.",
    params(IdempotencyKey),
    request_body = HomeCurrency,
    responses(
        (status = 200, description = "The home currency", body = HomeCurrency),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include a home currency (only on \
                                      installations that sell plans)", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<HomeCurrency>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = home_currency::set(&mut write.tx, &state, body.value.currency).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &body.value).await
}

/// List exchange rates
#[utoipa::path(get, path = "/api/v1/exchange-rates", tag = "Balances", operation_id = "listExchangeRates",
    params(PageParams),
    responses((status = 200, description = "Most recently reported first", body = Page<ExchangeRate>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<ExchangeRate>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, pagination.after, pagination.limit()).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), ExchangeRate::from)))
}

/// Create an exchange rate
#[utoipa::path(post, path = "/api/v1/exchange-rates", tag = "Balances", operation_id = "createExchangeRate",
    description = "Reports a rate to the current home currency. If a day has several rates, the one reported last \
                   applies, before the European Central Bank's of the same day. Rates never change.",
    params(IdempotencyKey),
    request_body = NewExchangeRate,
    responses(
        (status = 201, description = "The exchange rate", body = ExchangeRate),
        (status = 409, description = "`no_home_currency`: set a home currency first; or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewExchangeRate>,
) -> Result<Response> {
    let requested = body.value;
    let day = day(&requested.day)?;
    let rate = Rate::parse(&requested.rate);
    let rate =
        rate.ok_or_else(|| Error::field("rate", "rate must be more than 0, with at most 12 decimals, such as 0.9231"))?;
    let source = source(requested.source.as_deref())?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let none = || {
        Error::new(StatusCode::CONFLICT, Code::NoHomeCurrency, "Set a home currency first: PUT /api/v1/home-currency.")
    };
    let home = organization::store::home_currency(&mut write.tx).await?.ok_or_else(none)?;
    if home == requested.currency {
        return Err(Error::field("currency", "currency must differ from the home currency"));
    }
    let report = StoredRate {
        id: state.new_id(),
        day,
        currency: requested.currency,
        home,
        rate,
        source,
        created_at: state.clock.now(),
    };
    store::insert(&mut write.tx, &report).await?;
    let entry = Entry::new("exchange_rate.told", report.id)
        .after(json!({"day": requested.day, "currency": requested.currency.code(), "rate": requested.rate}));
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &ExchangeRate::from(report)).await
}

fn day(text: &str) -> Result<Date> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    day.filter(|day| day.year() >= 1970).ok_or_else(|| Error::field("day", "day must be a date such as 2026-11-20"))
}

fn source(text: Option<&str>) -> Result<Option<String>> {
    let source = text.map(str::trim).filter(|text| !text.is_empty());
    if source.is_some_and(|text| text.chars().count() > SOURCE_MAX || text.chars().any(char::is_control)) {
        return Err(Error::field("source", "source must be at most 100 characters on one line"));
    }
    Ok(source.map(str::to_owned))
}
