//! `POST /api/v1/leads`: reports that someone left their email address.

use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::{Map, Value, json};
use shared::id::EventKind;
use utoipa::ToSchema;

use super::{
    store::{self, Filter},
    view::Lead,
};
use crate::intake::report_conversion;
use identity::{access::api_key::WriteKey, api::write::Write};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
    },
    error::{Error, Result},
    state::AppState,
};

/// A lead, in the format of the S2S endpoint, which doesn't accept `affiliateId`.
#[derive(Debug, ToSchema)]
#[schema(as = NewLead, rename_all = "camelCase", example = json!({
    "externalEventId": "signup_42", "customerEmail": "ann@example.com", "customerName": "Ann Lee",
    "affiliateSlug": "lauren"
}))]
#[expect(dead_code, reason = "describes what shared::fields reads one by one")]
pub struct NewLeadSchema {
    /// Your own id of the lead, at most 255 characters. A lead reported again with the same id counts once. Generated
    /// if you omit it.
    external_event_id: Option<String>,
    /// Required unless you send `customerId`. Links a later sale to this lead.
    customer_email: Option<String>,
    /// The person's name, 1 to 255 characters.
    customer_name: Option<String>,
    /// Your own id of the customer.
    customer_id: Option<String>,
    /// The slug of the affiliate, or of one of the affiliate's links.
    affiliate_slug: Option<String>,
    /// The affiliate's id, instead of `affiliateSlug`.
    affiliate_id: Option<String>,
    /// The `rk` parameter of the visitor's landing page. It is sufficient proof of the click.
    click_token: Option<String>,
    /// A coupon code. Its affiliate is credited.
    coupon_code: Option<String>,
    /// The program, if the other fields don't determine it.
    program_id: Option<String>,
    /// Two-letter country code (ISO 3166-1).
    country: Option<String>,
    /// Defaults to now. At most one day in the future.
    #[schema(format = DateTime)]
    occurred_at: Option<String>,
    /// At most 50 keys. Plan conditions can match its strings, numbers and booleans.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

const KNOWN: [&str; 12] = [
    "externalEventId",
    "customerEmail",
    "customerName",
    "customerId",
    "affiliateSlug",
    "affiliateId",
    "clickToken",
    "couponCode",
    "programId",
    "country",
    "occurredAt",
    "metadata",
];

/// Create a lead
///
/// A lead earns nothing unless the plan pays for leads. It counts in favor of its affiliate when the same person, or
/// someone with the same email address, buys within the program's window. If a lead with this `externalEventId` and the
/// same content already exists, it is returned as it is now.
#[utoipa::path(post, path = "/api/v1/leads", tag = "Leads", operation_id = "createLead",
    params(IdempotencyKey),
    request_body = NewLeadSchema,
    responses(
        (status = 201, description = "The lead", body = Lead),
        (status = 404, description = "The affiliate doesn't exist", body = ErrorSchema),
        (status = 409, description = "`conflict`: a different conversion or lead has this externalEventId; or \
                                      `idempotency_conflict`", body = ErrorSchema),
        (status = 422, description = "`unprocessable`: the lead can't be saved", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Map<String, Value>>,
) -> Result<Response> {
    let mut fields = body.value;
    if let Some(name) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(Error::field(name, format!("unknown field `{name}`, expected one of {}", KNOWN.join(", "))));
    }
    fields.insert("type".to_owned(), json!("lead"));
    if fields.get("externalEventId").is_none_or(Value::is_null) {
        fields.insert("externalEventId".to_owned(), json!(format!("lead_{}", state.new_id::<EventKind>())));
    }
    let known: Vec<&str> = KNOWN.into_iter().chain(["type"]).collect();
    let (report, affiliate) = report_conversion::read(fields, &known, state.clock.now())?;
    if report.customer_email.is_none() && report.customer_id.is_none() {
        return Err(Error::field("customerEmail", "customerEmail is required, unless you send customerId"));
    }
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let made = report_conversion::report_and_read(&mut write, &state, report, affiliate).await?;
    let filter = Filter { id: Some(made.conversion.id), limit: 1, ..Filter::default() };
    let lead: Option<Lead> = store::list(&mut write.tx, &filter).await?.pop();
    let lead = lead.ok_or_else(|| Error::internal("a lead that was kept and isn't there"))?;
    write.answer(StatusCode::CREATED, &lead).await
}
