//! `POST /api/v1/conversions`: a sale or lead reported manually or by a program, with only an API key.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::{
    error::ErrorBody,
    event::{Conversion as ReportedEvent, ConversionSource, ConversionType, Event, Payload},
    fields,
    id::{AffiliateId, EventId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{ingest::ingest, store::event_body};
use crate::{
    api::{
        store::{self, Filter},
        unknown,
    },
    lookup_store,
};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        view::{Commission, Conversion},
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// A sale or a lead, in the format of the S2S endpoint, which doesn't accept `affiliateId`.
#[derive(Debug, ToSchema)]
#[schema(as = NewConversion, rename_all = "camelCase", example = json!({
    "externalEventId": "purchase_abc123", "amountCents": 9900, "currency": "USD",
    "customerId": "user_42", "customerEmail": "ann@example.com", "affiliateSlug": "lauren"
}))]
#[expect(dead_code, reason = "describes what shared::fields reads one by one")]
pub struct NewConversionSchema {
    /// Your own id of the conversion, at most 255 characters. A conversion reported again with the same id counts once.
    external_event_id: String,
    /// `sale` (default) or `lead`.
    #[schema(rename = "type")]
    kind: Option<String>,
    /// Commissionable amount in minor units, without tax. 0 or omitted for a lead.
    #[schema(minimum = 0)]
    amount_cents: Option<i64>,
    /// The total that the buyer paid, including tax and shipping; at least `amountCents`. Refunds and disputes that a
    /// gateway reports are measured against it.
    #[schema(minimum = 0)]
    paid_cents: Option<i64>,
    /// ISO 4217 currency code. Defaults to `USD`.
    currency: Option<String>,
    /// The slug of the affiliate, or of one of the affiliate's links.
    affiliate_slug: Option<String>,
    /// The affiliate's id, instead of `affiliateSlug`.
    affiliate_id: Option<String>,
    /// The `rk` parameter of the visitor's landing page. It is sufficient proof of the click.
    click_token: Option<String>,
    /// The coupon code that the buyer used. Its affiliate is credited.
    coupon_code: Option<String>,
    /// The program, if the other fields don't determine it.
    program_id: Option<String>,
    /// Your own id of the customer.
    customer_id: Option<String>,
    /// The customer's email address.
    customer_email: Option<String>,
    /// The person's name, for a lead: 1 to 255 characters. It's ignored for a sale.
    customer_name: Option<String>,
    /// Your own id of the subscription.
    subscription_id: Option<String>,
    /// Your own id of the product. Plan conditions can match it.
    product_id: Option<String>,
    /// Two-letter country code (ISO 3166-1).
    country: Option<String>,
    /// Defaults to now. At most one day in the future.
    #[schema(format = DateTime)]
    occurred_at: Option<String>,
    /// At most 50 keys. Plan conditions can match its strings, numbers and booleans.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

/// The fields of a report.
pub const KNOWN: [&str; 18] = [
    "externalEventId",
    "type",
    "amountCents",
    "paidCents",
    "currency",
    "affiliateSlug",
    "affiliateId",
    "clickToken",
    "couponCode",
    "programId",
    "customerId",
    "customerEmail",
    "customerName",
    "subscriptionId",
    "productId",
    "country",
    "occurredAt",
    "metadata",
];

/// A conversion, with the commissions it earned.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversionWithCommissions {
    #[serde(flatten)]
    pub conversion: Conversion,
    /// The commissions that the conversion earned.
    pub commissions: Vec<Commission>,
}

/// Create a conversion
///
/// Reports a sale that no gateway, backend or page reports. The same checks, attribution rules and ledger apply as for
/// those. A sale that is also reported another way under the same `externalEventId` counts once: if it already exists
/// with the same content, it is returned as it is now. The request needs no signature: the API key is sufficient, so
/// keep it on your server.
#[utoipa::path(post, path = "/api/v1/conversions", tag = "Conversions", operation_id = "createConversion",
    params(IdempotencyKey),
    request_body = NewConversionSchema,
    responses(
        (status = 201, description = "The conversion with its commissions", body = ConversionWithCommissions),
        (status = 404, description = "The affiliate doesn't exist", body = ErrorSchema),
        (status = 409, description = "`conflict`: a different conversion has this externalEventId; or \
                                      `idempotency_conflict`", body = ErrorSchema),
        (status = 422, description = "`unprocessable`: the conversion can't be booked", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Map<String, Value>>,
) -> Result<Response> {
    let (report, affiliate) = read(body.value, &KNOWN, state.clock.now())?;
    if report.kind == ConversionType::Refund {
        let message = "type must be sale or lead. To refund a sale, use POST /api/v1/conversions/{id}/refund.";
        return Err(Error::field("type", message));
    }
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let answer = report_and_read(&mut write, &state, report, affiliate).await?;
    write.answer(StatusCode::CREATED, &answer).await
}

/// Parses a body in the format of the S2S endpoint; returns the report and the affiliate that it names by id.
///
/// # Errors
/// 400 naming the field.
pub fn read(
    mut body: Map<String, Value>,
    known: &[&str],
    now: Timestamp,
) -> Result<(ReportedEvent, Option<AffiliateId>)> {
    if let Some(name) = body.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::field(name, format!("unknown field `{name}`, expected one of {}", known.join(", "))));
    }
    let affiliate = match body.remove("affiliateId") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            Some(text.parse().map_err(|error| Error::field("affiliateId", format!("affiliateId {error}")))?)
        }
        Some(_) => return Err(Error::field("affiliateId", "affiliateId must be a string")),
    };
    let refused = |body: ErrorBody| Error::from_shared(StatusCode::BAD_REQUEST, body);
    let report = fields::conversion(&body, &fields::CAMEL, ConversionSource::S2s, now).map_err(refused)?;
    if affiliate.is_some() && report.affiliate_slug.is_some() {
        return Err(Error::field("affiliateId", "affiliateId and affiliateSlug can't be combined. Send only one."));
    }
    Ok((report, affiliate))
}

/// Books the report and returns the conversion as it is then.
///
/// # Errors
/// 404 for an unknown affiliate, 409 `conflict`.
pub async fn report_and_read(
    write: &mut Write<'_>,
    state: &AppState,
    report: ReportedEvent,
    affiliate: Option<AffiliateId>,
) -> Result<ConversionWithCommissions> {
    let request_id = write.key.actor.request_id.as_deref();
    let (answer, entry) = book(&mut write.tx, state, report, affiliate, request_id).await?;
    write.audit(entry).await?;
    Ok(answer)
}

/// Books the report of an API key or a person; returns the conversion as it is then, and the entry for the audit log.
///
/// # Errors
/// As [`report_and_read`]; the caller must roll back then.
pub async fn book(
    tx: &mut TenantTx,
    state: &AppState,
    mut report: ReportedEvent,
    affiliate: Option<AffiliateId>,
    request_id: Option<&str>,
) -> Result<(ConversionWithCommissions, Entry)> {
    if let Some(affiliate) = affiliate {
        let known = lookup_store::affiliate(tx, affiliate).await?;
        report.affiliate_slug = Some(known.ok_or_else(|| unknown("affiliateId"))?.slug);
    }
    let (name, lead) = (report.external_event_id.clone(), report.kind == ConversionType::Lead);
    let ingested = ingest(tx, state, report, request_id).await?;
    let conversion = reported(tx, ingested.event, name).await?;
    let conversion = conversion.ok_or_else(|| Error::internal("a conversion that was booked and isn't there"))?;
    let filter = Filter { conversion: Some(conversion.id), limit: 1_000, ..Filter::default() };
    let commissions = store::commissions(tx, &filter).await?;
    let action = match (ingested.is_new, lead) {
        (false, _) => "conversion.told_again",
        (true, true) => "lead.created",
        (true, false) => "conversion.created",
    };
    let entry = Entry::new(action, conversion.id).after(json!({
        "externalEventId": conversion.external_event_id, "amountCents": conversion.amount_cents,
        "currency": conversion.currency, "affiliateId": conversion.affiliate_id,
    }));
    Ok((ConversionWithCommissions { conversion, commissions }, entry))
}

/// The conversion that an event reported under this name. A name that contains an erased person's address is stored in
/// another form, in the event as well.
async fn reported(tx: &mut TenantTx, event: EventId, name: String) -> Result<Option<Conversion>> {
    if let Some(known) = by_name(tx, name).await? {
        return Ok(Some(known));
    }
    let organization = tx.organization().uuid();
    let body = event_body(tx, organization, event.uuid()).await?;
    let stored = body.and_then(|body| serde_json::from_str::<Event>(&body).ok());
    let Some(Payload::Conversion(stored)) = stored.map(|event| event.payload) else { return Ok(None) };
    by_name(tx, stored.external_event_id).await
}

async fn by_name(tx: &mut TenantTx, name: String) -> Result<Option<Conversion>> {
    let filter = Filter { external_event_id: Some(name), limit: 1, ..Filter::default() };
    Ok(store::conversions(tx, &filter).await?.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(body: Value) -> Option<String> {
        let Value::Object(body) = body else { panic!("an object") };
        let now = Timestamp::from_seconds(1_790_000_000).unwrap();
        read(body, &KNOWN, now).err().and_then(|error| error.body().field.clone())
    }

    #[test]
    fn each_mistake_names_its_field() {
        let sale = |name: &str, value: Value| {
            let mut body = json!({"externalEventId": "order_1", "amountCents": 4900});
            body[name] = value;
            field(body)
        };
        assert_eq!(sale("customerId", json!("u_1")), None);
        for (name, value) in [
            ("externalEventId", json!("")),
            ("amountCents", json!(-1)),
            ("amountCents", json!(1.5)),
            ("paidCents", json!(4899)),
            ("paidCents", json!("5929")),
            ("currency", json!("XYZ")),
            ("type", json!("gift")),
            ("affiliateId", json!("prog_01kdvdna00fnwvvrwp1y42fmbq")),
            ("affiliateId", json!(7)),
            ("occurredAt", json!("yesterday")),
            ("colour", json!("red")),
        ] {
            assert_eq!(sale(name, value.clone()).as_deref(), Some(name), "{name} {value}");
        }
    }

    #[test]
    fn an_affiliate_has_one_name() {
        let both = json!({"externalEventId": "order_1", "amountCents": 1, "affiliateSlug": "lauren",
                          "affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy"});
        assert_eq!(field(both).as_deref(), Some("affiliateId"));
    }
}
