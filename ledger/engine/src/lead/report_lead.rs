//! `POST /api/v1/leads`: reports that someone left their email address.

use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::{Map, Value, json};
use shared::id::EventKind;
use utoipa::ToSchema;

use super::{
    store::{self, Filter},
    view::Lead,
};
use crate::conversion::report_conversion;
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

/// A lead, as the S2S endpoint takes it.
#[derive(Debug, ToSchema)]
#[schema(as = NewLead, rename_all = "camelCase", example = json!({
    "externalEventId": "signup_42", "customerEmail": "ann@example.com", "affiliateSlug": "lauren"
}))]
#[expect(dead_code, reason = "describes what shared::fields reads one by one")]
pub struct NewLeadSchema {
    /// Your own id of it, at most 255 characters: told again, it counts once. Without it one is made up.
    external_event_id: Option<String>,
    /// This or `customerId`: by it a later sale finds its lead.
    customer_email: Option<String>,
    customer_id: Option<String>,
    affiliate_slug: Option<String>,
    /// Instead of the slug.
    affiliate_id: Option<String>,
    click_token: Option<String>,
    coupon_code: Option<String>,
    program_id: Option<String>,
    /// Two letters (ISO 3166-1).
    country: Option<String>,
    /// Now, if not given; at most a day ahead.
    #[schema(format = DateTime)]
    occurred_at: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

const KNOWN: [&str; 11] = [
    "externalEventId",
    "customerEmail",
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

/// Tell a lead
///
/// It earns nothing by itself (unless the plan pays for leads), and speaks for its affiliate when the same person, or
/// somebody with the same e-mail address, buys within the program's window. One that is known already by this
/// `externalEventId` with the same content is answered as it is now.
#[utoipa::path(post, path = "/api/v1/leads", tag = "Leads", operation_id = "createLead",
    params(IdempotencyKey),
    request_body = NewLeadSchema,
    responses(
        (status = 201, description = "Kept", body = Lead),
        (status = 404, description = "No such affiliate", body = ErrorSchema),
        (status = 409, description = "`conflict`: something else is known under the externalEventId; or \
            `idempotency_conflict`", body = ErrorSchema),
        (status = 422, description = "`unprocessable`: it can't be kept", body = ErrorSchema),
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
        return Err(Error::field("customerEmail", "customerEmail or customerId is needed: whose lead is it?"));
    }
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let made = report_conversion::report_and_read(&mut write, &state, report, affiliate).await?;
    let filter = Filter { id: Some(made.conversion.id), limit: 1, ..Filter::default() };
    let lead: Option<Lead> = store::list(&mut write.tx, key.organization, &filter).await?.pop();
    let lead = lead.ok_or_else(|| Error::internal("a lead that was kept and isn't there"))?;
    write.answer(StatusCode::CREATED, &lead).await
}
