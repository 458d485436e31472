//! `PUT /api/v1/affiliates/{id}/payout-method`, and the code it shares with the portal: a payout method other than
//! Stripe.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use shared::id::AffiliateId;
use utoipa::ToSchema;

use super::{
    account_key,
    api::known,
    destination::{self, NewDestination},
    destination_store, email, encryption,
    method::{self, Given, Rail},
    method_store, status, store,
    view::PayoutAccount,
};
use engine::book;
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// How an affiliate is paid from now on. The details are stored encrypted and shown only in masked form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"rail": "PayPal", "email": "lauren@example.com"}))]
pub struct PayoutMethod {
    /// `PayPal`, `Wise` or `Manual`; `Stripe` switches back to the affiliate's Stripe account.
    #[schema(example = "PayPal")]
    rail: String,
    /// The email address of the PayPal or Wise account.
    #[schema(example = "lauren@example.com")]
    email: Option<String>,
    /// For `Manual`: the holder of the bank account.
    holder: Option<String>,
    /// For `Manual`: the IBAN, or the account number with the bank code. It may have several lines.
    account: Option<String>,
}

/// Set an affiliate's payout method
///
/// Affiliates choose their payout method in the portal; this endpoint is for brands with their own portal. The
/// affiliate is notified by email. If they were paid another way before, their payouts wait for three days, and runs
/// that were proposed before the change leave them out. A payout outside Stripe whose money is already reserved has the
/// `reasonCode` `destination_changed`: cancel it, and the next run pays to the new destination.
#[utoipa::path(put, path = "/api/v1/affiliates/{id}/payout-method", tag = "Payout accounts", operation_id = "setPayoutMethod",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = PayoutMethod,
    responses(
        (status = 200, description = "The affiliate's payout account", body = PayoutAccount),
        (status = 400, description = "The request is invalid; `field` names the cause", body = ErrorSchema),
        (status = 409, description = "`wrong_status` (the affiliate was erased) or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<PayoutMethod>,
) -> Result<Response> {
    let input = body.value;
    let rail = Rail::parse(&input.rail);
    let rail = rail.ok_or_else(|| Error::field("rail", "rail must be Stripe, PayPal, Wise or Manual"))?;
    let given =
        Given { email: input.email.as_deref(), holder: input.holder.as_deref(), account: input.account.as_deref() };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let affiliate = known(&mut write.tx, &id).await?;
    let entry = choose(&mut write.tx, &state, affiliate, (rail, &given)).await?;
    let paid = status::read(&mut write.tx, affiliate).await?;
    let view = PayoutAccount::of(paid);
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &view).await
        }
        None => write.unchanged(StatusCode::OK, &view).await,
    }
}

/// Changes the payout method and notifies the affiliate; nothing if it is the same. Unless it is their first
/// destination, their payouts are put on hold for three days. Locks the organization's tenant.
///
/// # Errors
/// 400 naming the field, 404, 409 `wrong_status`.
pub async fn choose(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    (rail, given): (Rail, &Given<'_>),
) -> Result<Option<Entry>> {
    let organization = tx.organization();
    let (keys, now) = (&state.config.keys, state.clock.now());
    let details = if rail == Rail::Stripe { None } else { Some(method::check(rail, given)?) };
    book::store::lock(tx).await?;
    let person = store::person(tx, affiliate).await?.ok_or_else(Error::not_found)?;
    if person.is_erased {
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, "The affiliate was erased."));
    }
    let before = method_store::read(tx, affiliate).await?;
    let content = |rail: Rail, hint: &str| json!({"affiliateId": affiliate, "rail": rail.as_str(), "to": hint});
    let was = before.as_ref().map(|chosen| content(chosen.rail, &chosen.hint));
    // Details that can't be decrypted any more are replaced.
    let kept = before.as_ref();
    let kept = kept.and_then(|chosen| encryption::open(keys, organization, affiliate, &chosen.sealed_details).ok());
    let (after, new) = match &details {
        None if !method_store::remove(tx, affiliate).await? => return Ok(None),
        None => (content(rail, ""), NewDestination::Method(rail, String::new())),
        Some(details) => {
            if kept.as_ref() == Some(details) && before.as_ref().is_some_and(|chosen| chosen.rail == rail) {
                return Ok(None);
            }
            let sealed =
                encryption::seal(keys, organization, affiliate, details).map_err(|error| Error::internal(error))?;
            let hint = details.hint();
            method_store::set(tx, affiliate, (rail, &sealed, &hint), now).await?;
            (content(rail, &hint), NewDestination::Method(rail, hint))
        }
    };
    account_key::record(tx, state, affiliate, details.as_ref()).await?;
    if before.is_some() || destination_store::had_one(tx, affiliate).await? {
        let address = kept.as_ref().and_then(|details| details.email.as_deref());
        destination::moved(tx, state, &person, (address, &new)).await?;
    }
    email::changed(tx, state, &person, &new).await?;
    Ok(Some(Entry { before: was, ..Entry::new("payout_method.set", affiliate).after(after) }))
}
