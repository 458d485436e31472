//! `/api/v1/payouts`: records payments that were made outside, and lists and returns payouts.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use payout_core::step::Status;
use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, PayoutId},
    money::{Currency, Money},
};
use utoipa::ToSchema;

use super::{
    external_payment::{self, Unpayable},
    paid::PaidOn,
    store::{self, Filter, Payment},
    view::Payout,
};
use crate::{payout_settings::store as settings_store, receipt};
use engine::{api::unknown, lookup_store};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
    },
    error::{Code, Error, Result},
    state::AppState,
};

/// The payout rails.
pub const RAILS: [&str; 4] = ["Stripe", "PayPal", "Wise", "Manual"];
const REFERENCE_MAX: usize = 200;

/// A payment that you made or are about to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPayout {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The amount that you paid. The request is rejected if another amount is payable now. Without it, everything that
    /// is payable counts as paid.
    #[schema(example = 5940)]
    expected_cents: Option<i64>,
    /// Your own reference for the payment, at most 200 characters.
    #[schema(example = "bank transfer 2026-12-01 #118")]
    reference: Option<String>,
    /// The day on which you paid, in your organization's time zone; today by default. It determines the payment's tax
    /// year and statement. It can't be in the future, or before the first of its commissions was earned.
    #[schema(format = Date, example = "2026-12-01")]
    paid_on: Option<String>,
}

/// Record a payout
#[utoipa::path(post, path = "/api/v1/payouts", tag = "Payouts", operation_id = "createPayout",
    security(("bearer" = ["admin"])),
    description = "Records everything that is payable to the affiliate in this currency as paid: approved commissions, \
                   minus what refunds reversed of commissions that were paid before. This moves no money: pay by bank, \
                   Wise or PayPal.",
    params(IdempotencyKey),
    request_body = NewPayout,
    responses(
        (status = 201, description = "The recorded payout", body = Payout),
        (status = 404, description = "The affiliate doesn't exist, or belongs to another organization",
            body = ErrorSchema),
        (status = 409, description = "`second_approver_required` (`secondApprover` is set), `nothing_payable`, \
                                      `amount_differs` (the message names the payable amount) or \
                                      `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewPayout>,
) -> Result<Response> {
    let input = body.value;
    check(&input)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let found = lookup_store::affiliate(&mut write.tx, input.affiliate_id).await?;
    found.ok_or_else(|| unknown("affiliateId"))?;
    if settings_store::read(&mut write.tx).await?.second_approver {
        let message = "Payouts need approval by a second person, which an API key can't give. Create a payout run, \
                       have someone else approve it, and mark its payouts as sent.";
        return Err(Error::new(StatusCode::CONFLICT, Code::SecondApproverRequired, message));
    }
    let payment = Payment {
        affiliate_id: input.affiliate_id,
        currency: input.currency,
        expected: input.expected_cents,
        reference: input.reference.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        paid: PaidOn::read(input.paid_on.as_deref())?,
        actor: write.actor(),
    };
    let (id, _) = external_payment::record(&mut write.tx, &state, &payment)
        .await
        .map_err(|error| refused(error, payment.currency))?;
    receipt::email::sent(&mut write.tx, &state, id, payment.affiliate_id).await?;
    let made = store::one(&mut write.tx, id).await?;
    let made = made.ok_or_else(|| Error::internal("a payout that went away"))?;
    let details = json!({
        "affiliateId": payment.affiliate_id, "currency": payment.currency.code(), "reference": payment.reference,
        "sentAt": made.sent_at.map(|at| at.to_string()),
    });
    write.audit(Entry::new("payout.recorded", id).after(details)).await?;
    write.answer(StatusCode::CREATED, &made).await
}

fn check(requested: &NewPayout) -> Result<()> {
    PaidOn::read(requested.paid_on.as_deref())?;
    if requested.expected_cents.is_some_and(|expected| expected <= 0) {
        return Err(Error::field("expectedCents", "expectedCents must be greater than 0"));
    }
    let reference = requested.reference.as_deref().unwrap_or_default();
    if reference.chars().count() > REFERENCE_MAX || reference.chars().any(char::is_control) {
        return Err(Error::field("reference", "reference must be a single line of at most 200 characters"));
    }
    Ok(())
}

fn refused(error: Unpayable, currency: Currency) -> Error {
    let conflict = |code: Code, message: String| Error::new(StatusCode::CONFLICT, code, message);
    match error {
        Unpayable::Booking(error) => error.into(),
        Unpayable::Day(error) => error,
        Unpayable::Nothing(0) => conflict(Code::NothingPayable, format!("Nothing is payable in {currency}.")),
        Unpayable::Nothing(sum) => {
            let sum = Money::new(sum, currency);
            conflict(
                Code::NothingPayable,
                format!("The balance is {sum}, so nothing is payable. Earlier payouts exceed the current earnings."),
            )
        }
        Unpayable::Differs(sum) => conflict(
            Code::AmountDiffers,
            format!("The payable amount is {}, not the expected one.", Money::new(sum, currency)),
        ),
    }
}

/// List payouts
#[utoipa::path(get, path = "/api/v1/payouts", tag = "Payouts", operation_id = "listPayouts",
    params(PageParams, SortParam,
        ("affiliateId" = Option<String>, Query),
        ("currency" = Option<String>, Query, example = "USD"),
        ("runId" = Option<String>, Query, description = "The payout run", example = "run_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("rail" = Option<String>, Query, description = "`Stripe`, `PayPal`, `Wise` or `Manual`", example = "Stripe"),
        ("status" = Option<String>, Query, description = "`Scheduled`, `Reserved`, `Sending`, `Unknown`, `Sent`, \
                                                          `Failed` or `Reversed`", example = "Sent"),
        ("reference" = Option<String>, Query, description = "Your own reference for the payment, in full",
            example = "bank transfer 2026-12-01 #118"),
        ("from" = Option<String>, Query, description = "Created on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Created before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses(
        (status = 200, description = "A page of payouts, newest first by default", body = Page<Payout>),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Payout>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        id: None,
        affiliate: query.id("affiliateId")?,
        run: query.id("runId")?,
        rail: query.one_of("rail", &RAILS)?,
        currency: query.currency("currency")?,
        status: query.one_of("status", &Status::ALL.map(Status::as_str))?,
        reference: query.text("reference"),
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a payout
#[utoipa::path(get, path = "/api/v1/payouts/{id}", tag = "Payouts", operation_id = "getPayout",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The payout", body = Payout),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, PathId(id): PathId<PayoutId>) -> Result<Json<Payout>> {
    let mut tx = key.reader(&state).await?;
    let found = store::one(&mut tx, id).await?;
    tx.end();
    found.map(Json).ok_or_else(Error::not_found)
}
