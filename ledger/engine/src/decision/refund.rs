//! `POST /api/v1/conversions/{id}/refund`: the brand reports a refund here if its gateway doesn't report refunds.
//!
//! It becomes an event like one that the brand's backend sends to the edge, with the same id for the same refund, so a
//! refund that is reported both ways counts once, and a recomputation from the events includes it.

use std::collections::BTreeMap;

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use shared::{
    batch::Verdict,
    event::{Conversion as ReportedEvent, ConversionSource, ConversionType, EVENT_VERSION, Event, Payload},
    id::{ConversionId, EventId},
    money::Money,
};
use utoipa::ToSchema;

use super::{
    reason,
    reattribute::{known, read},
    store,
};
use crate::{book, history::DecisionKind, intake::booking};
use identity::{
    access::{actor::RequestId, api_key::WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        view::Conversion as View,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use rules::conversion::Conversion;

/// The same limit as at the edge.
const NAME_MAX: usize = 255;

/// A refund to the buyer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRefund {
    /// The refunded part of the commissionable amount, without tax, in minor units of the sale's currency. Defaults to
    /// everything that isn't refunded yet.
    #[schema(example = 2500)]
    pub amount_cents: Option<i64>,
    /// Your own id of the refund. A refund reported again with the same id, here or by S2S, counts once. Generated if
    /// you omit it.
    #[schema(example = "refund_abc123")]
    pub external_event_id: Option<String>,
    /// 1 to 1000 characters.
    #[schema(example = "The customer sent half of it back.")]
    pub reason: String,
}

/// Refund a conversion
#[utoipa::path(post, path = "/api/v1/conversions/{id}/refund", tag = "Decisions", operation_id = "refundConversion",
    description = "Records a refund that no gateway reports. Each commission of the sale is reduced to its share of \
                   the remaining amount. No money is moved: refund the buyer at your gateway.",
    params(("id" = String, Path, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = NewRefund,
    responses(
        (status = 200, description = "The updated conversion", body = View),
        (status = 409, description = "`nothing_left`: the sale is already refunded in full, or its amount is 0; \
                                      `conflict`: a refund with this id exists for another sale or amount; or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn refund(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    Extension(request): Extension<RequestId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewRefund>,
) -> Result<Response> {
    let ready = Ready::check(body.value)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    let (sale, entry) = refund_one(&mut write.tx, &state, &id, ready, (&actor, request.0)).await?;
    let Some(entry) = entry else {
        let view = read(&mut write.tx, sale).await?;
        return write.unchanged(StatusCode::OK, &view).await;
    };
    write.audit(entry).await?;
    let view = read(&mut write.tx, sale).await?;
    write.answer(StatusCode::OK, &view).await
}

/// A refund that passed all checks that don't need the database.
#[derive(Debug)]
pub struct Ready(NewRefund);

impl Ready {
    /// Validates the request.
    ///
    /// # Errors
    /// 400 naming `reason` or `externalEventId`.
    pub fn check(input: NewRefund) -> Result<Self> {
        let reason = reason::checked(&input.reason)?;
        check_name(input.external_event_id.as_deref())?;
        Ok(Self(NewRefund { reason, ..input }))
    }
}

/// Books a refund of a sale; returns the sale's id and the audit log entry, unless it was booked before. `actor` makes
/// the request with that id. Locks the organization's tenant.
///
/// # Errors
/// 400 naming `amountCents`, 404, or 409; the caller must then roll back.
pub async fn refund_one(
    tx: &mut TenantTx,
    state: &AppState,
    id: &str,
    Ready(requested): Ready,
    (actor, request): (&str, String),
) -> Result<(ConversionId, Option<Entry>)> {
    let organization = tx.organization();
    // Locks first, so that the remaining amount of the sale can't change before the refund is booked.
    book::store::lock(tx).await?;
    let sale = known(tx, id).await?;
    let name =
        requested.external_event_id.unwrap_or_else(|| format!("refund_{}", state.new_id::<shared::id::EventKind>()));
    let event_id = Event::conversion_id(organization, ConversionType::Refund, &name);
    if is_known(tx, event_id, &sale, requested.amount_cents).await? {
        return Ok((sale.id, None));
    }
    let amount = amount(&sale, requested.amount_cents)?;
    let event = Event {
        v: EVENT_VERSION,
        id: event_id,
        organization_id: organization,
        received_at: state.clock.now(),
        request_id: request,
        traceparent: None,
        payload: Payload::Conversion(Box::new(report(&sale, name.clone(), amount))),
    };
    let raw = serde_json::to_string(&event).map_err(|error| Error::internal(error))?;
    let verdicts = booking::apply(tx, state, &[(0, &event, &raw)]).await?;
    if !matches!(verdicts.as_slice(), [(_, item)] if item.verdict == Verdict::Accepted) {
        return Err(conflict());
    }
    let note = store::Note {
        id: state.new_id(),
        kind: DecisionKind::Refund.as_str(),
        conversion: Some(sale.id),
        commission: None,
        actor,
        reason: &requested.reason,
    };
    store::insert_note(tx, &note, state.clock.now()).await?;
    let details = json!({"amountCents": requested.amount_cents, "externalEventId": name, "reason": requested.reason});
    Ok((sale.id, Some(Entry::new("conversion.refunded", sale.id).after(details))))
}

/// Returns whether this refund was already reported, here or by the brand's backend.
async fn is_known(tx: &mut TenantTx, event: EventId, sale: &Conversion, amount: Option<i64>) -> Result<bool> {
    match store::refund(tx, event).await? {
        None => Ok(false),
        Some((of, report)) if of == sale.external_id && amount.is_none_or(|amount| amount == report) => Ok(true),
        Some(_) => Err(conflict()),
    }
}

fn amount(sale: &Conversion, requested: Option<i64>) -> Result<i64> {
    if sale.amount.minor == 0 {
        let message = "This conversion's amount is 0 or unknown, so no refund is part of it. Deny its commission.";
        return Err(Error::new(StatusCode::CONFLICT, Code::NothingLeft, message));
    }
    let left = sale.amount.minor - sale.outcome.refunded;
    if left <= 0 {
        return Err(Error::new(StatusCode::CONFLICT, Code::NothingLeft, "This conversion is already fully refunded."));
    }
    match requested {
        None => Ok(left),
        Some(amount) if (1..=left).contains(&amount) => Ok(amount),
        Some(_) => {
            let left = Money::new(left, sale.amount.currency);
            Err(Error::field("amountCents", format!("amountCents must be more than 0, at most the remaining {left}")))
        }
    }
}

fn report(sale: &Conversion, name: String, amount: i64) -> ReportedEvent {
    ReportedEvent {
        source: ConversionSource::S2s,
        kind: ConversionType::Refund,
        external_event_id: name,
        program_id: None,
        affiliate_slug: None,
        click_token: None,
        coupon_code: None,
        amount_cents: amount,
        paid_cents: None,
        currency: sale.amount.currency,
        customer_id: None,
        customer_email: None,
        customer_name: None,
        subscription_id: None,
        product_id: None,
        country: None,
        occurred_at: None,
        refund_of: Some(sale.external_id.clone()),
        past: None,
        metadata: BTreeMap::new(),
    }
}

fn check_name(name: Option<&str>) -> Result<()> {
    let fits = |name: &str| (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    match name {
        Some(name) if !fits(name) => Err(Error::field(
            "externalEventId",
            "externalEventId must be 1 to 255 characters without control characters",
        )),
        _ => Ok(()),
    }
}

fn conflict() -> Error {
    let message = "A refund with this externalEventId already exists for a different sale or amount. Use a new id.";
    Error::new(StatusCode::CONFLICT, Code::Conflict, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refunds_name_is_one_line() {
        assert!(check_name(None).is_ok() && check_name(Some("refund 1")).is_ok());
        for bad in ["", "a\nb", "\0", &"x".repeat(256)] {
            assert_eq!(check_name(Some(bad)).unwrap_err().body().field.as_deref(), Some("externalEventId"));
        }
    }
}
