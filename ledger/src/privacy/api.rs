//! `GET …/{id}/export` and `POST …/{id}/erase` for customers and affiliates.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use payout_core::tax::field::written_day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    id::{AffiliateId, CustomerId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    erase::{self, Done},
    export, long_work,
};
use engine::privacy::arrival;
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    access::role::Right,
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::{PathId, parse_id},
        text::checked,
    },
    error::{Error, Result},
    state::AppState,
};
use payouts::tax::erase::FormRetention;

pub const REASON_MAX: usize = 500;

/// The reason for the erasure.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "Requested by email on 12 May"}))]
pub struct Erasure {
    /// The reason for the audit log, 1 to 500 characters. It must not name the person.
    reason: String,
}

/// The result of an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    #[schema(example = "cus_01kdvdna00fec9rpb7dk6gd3hy", pattern = "^(cus|aff)_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    id: String,
    /// When the data was erased.
    #[schema(format = DateTime, example = "2026-11-20T12:00:00.000Z")]
    erased_at: String,
    /// The number of stored events that were rewritten.
    #[schema(example = 12)]
    events: usize,
    /// The number of other rows that were rewritten.
    #[schema(example = 5)]
    texts: i64,
    /// An affiliate who has, and keeps, one of the customer's email addresses. Erase them too if they request it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    also_affiliate: Option<String>,
    /// Tax forms that payments were based on. They are kept encrypted for as long as the tax authority may request
    /// them, and are then deleted automatically.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept: Vec<RetainedForm>,
}

/// A tax form that is kept for a while after an erasure, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetainedForm {
    /// The tax form's type.
    #[schema(example = "W9")]
    kind: &'static str,
    /// The last day of its retention.
    #[schema(format = Date, example = "2030-12-31")]
    until: String,
    /// Why the form is kept.
    #[schema(example = "Payments were based on this tax form, so a copy is kept for four years after the last one.")]
    reason: &'static str,
}

impl Erased {
    fn new(id: impl ToString, done: Done, now: Timestamp) -> Self {
        Self {
            id: id.to_string(),
            erased_at: now.to_string(),
            events: done.events,
            texts: done.texts,
            also_affiliate: done.also_affiliate.map(|id| id.to_string()),
            kept: done.kept.iter().map(RetainedForm::of).collect(),
        }
    }
}

impl RetainedForm {
    fn of(kept: &FormRetention) -> Self {
        Self {
            kind: kept.kind.as_str(),
            until: written_day(kept.until),
            reason: if kept.is_undecided {
                "A payment in progress may be based on this tax form. Once it's made, a copy is kept for four years."
            } else {
                "Payments were based on this tax form, so a copy is kept for four years after the last one."
            },
        }
    }
}

/// Exporting personal data requires an admin's key, although it changes nothing.
fn may_export(key: &ReadKey) -> Result<()> {
    if key.role.may(Right::Configure) {
        return Ok(());
    }
    let message = format!(
        "This API key has the role {}. Use the key of {} to export personal data.",
        key.role.as_str(),
        Right::Configure.whose()
    );
    Err(Error::forbidden(&message))
}

/// Export a customer
///
/// Returns all data that is stored about the person, by kind, with the source of each. Each part has at most 20,000
/// rows; `truncated` is true if there are more.
#[utoipa::path(get, path = "/api/v1/customers/{id}/export", tag = "Privacy", operation_id = "exportCustomer",
    params(("id" = String, Path, example = "cus_01kdvdna00fec9rpb7dk6gd3hy",
        description = "The customer's `cus_…` id. `listCustomers` finds it by your own")),
    responses(
        (status = 200, description = "The person's data", body = Object, example = json!({
            "kind": "customer", "id": "cus_01kdvdna00fec9rpb7dk6gd3hy", "exportedAt": "2026-11-20T12:00:00.000Z",
            "data": {"addresses": {"source": "Reported by events", "truncated": false,
                "rows": [{"email": "ann@acme.test", "customerId": "cus_01kdvdna00fec9rpb7dk6gd3hy"}]}}})),
        (status = 403, description = "The key's role is below admin", body = ErrorSchema),
        Refused))]
pub async fn export_customer(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
) -> Result<Json<Value>> {
    may_export(&key)?;
    let id: CustomerId = parse_id(&id)?;
    long_work::to_the_end(async move {
        let mut tx = key.tx(&state).await?;
        let now = state.clock.now();
        let document = export::customer(&mut tx, id, now).await?.ok_or_else(Error::not_found)?;
        report(&mut tx, &key, now, "customer.exported", id.to_string()).await?;
        tx.commit().await?;
        Ok(Json(document))
    })
    .await
}

/// Export an affiliate
///
/// Returns all data that is stored about the person, by kind, with the source of each. Each part has at most 20,000
/// rows; `truncated` is true if there are more.
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/export", tag = "Privacy", operation_id = "exportAffiliate",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")),
    responses(
        (status = 200, description = "The person's data", body = Object, example = json!({
            "kind": "affiliate", "id": "aff_01kdvdna00fec9rpb7dk6gd3hy", "exportedAt": "2026-11-20T12:00:00.000Z",
            "data": {"consents": {"source": "Given in the portal", "truncated": false, "rows": []}}})),
        (status = 403, description = "The key's role is below admin", body = ErrorSchema),
        Refused))]
pub async fn export_affiliate(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
) -> Result<Json<Value>> {
    may_export(&key)?;
    let id: AffiliateId = parse_id(&id)?;
    long_work::to_the_end(async move {
        let mut tx = key.tx(&state).await?;
        let now = state.clock.now();
        let document = export::affiliate(&mut tx, id, now).await?.ok_or_else(Error::not_found)?;
        report(&mut tx, &key, now, "affiliate.exported", id.to_string()).await?;
        tx.commit().await?;
        Ok(Json(document))
    })
    .await
}

/// Records in the audit log who exported a person's data.
async fn report(
    tx: &mut kit::db::TenantTx,
    key: &ReadKey,
    now: Timestamp,
    action: &'static str,
    target: String,
) -> Result<()> {
    identity::audit::record(tx, &key.actor, now, Entry::new(action, target)).await
}

/// Erase a customer
///
/// Removes the person's email addresses, names and ids from all stored data. This can't be undone. Sales, commissions
/// and payouts stay as they are. The erasure covers all customers that are known to be the same buyer. Later events for
/// the same email address are recognized, and the address isn't stored again.
#[utoipa::path(post, path = "/api/v1/customers/{id}/erase", tag = "Privacy", operation_id = "eraseCustomer",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, example = "cus_01kdvdna00fec9rpb7dk6gd3hy",
            description = "The customer's `cus_…` id. `listCustomers` finds it by your own"),
        IdempotencyKey),
    request_body = Erasure,
    responses(
        (status = 200, description = "Erased. A repeated request changes nothing", body = Erased),
        Refused))]
pub async fn erase_customer(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    PathId(id): PathId<CustomerId>,
    idempotency: IdempotencyKey,
    body: JsonBody<Erasure>,
) -> Result<Response> {
    let reason = checked("reason", &body.value.reason, REASON_MAX)?;
    let idempotency = idempotency.with(body.request_digest);
    long_work::to_the_end(async move {
        let mut write = Write::begin(&state, &key, idempotency).await?;
        let now = state.clock.now();
        let done = erase::customer(&mut write.tx, &state, id, now).await?.ok_or_else(Error::not_found)?;
        // The reason is kept without the names in it.
        let reason = arrival::text(&mut write.tx, &state, key.organization, &reason).await?.unwrap_or(reason);
        write.audit(Entry::new("customer.erased", id).after(json!({ "reason": reason }))).await?;
        write.answer(StatusCode::OK, &Erased::new(id, done, now)).await
    })
    .await
}

/// Erase an affiliate
///
/// Removes the person's email address and name from all stored data. This can't be undone. Commissions and payouts
/// stay. Tax forms that payments were based on stay encrypted for a while. The links keep working and credit no one.
/// The affiliate earns nothing from then on.
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/erase", tag = "Privacy", operation_id = "eraseAffiliate",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = Erasure,
    responses(
        (status = 200, description = "Erased. A repeated request changes nothing", body = Erased),
        Refused))]
pub async fn erase_affiliate(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: JsonBody<Erasure>,
) -> Result<Response> {
    let reason = checked("reason", &body.value.reason, REASON_MAX)?;
    let idempotency = idempotency.with(body.request_digest);
    long_work::to_the_end(async move {
        let mut write = Write::begin(&state, &key, idempotency).await?;
        let now = state.clock.now();
        let done = erase::affiliate(&mut write.tx, &state, id, now).await?.ok_or_else(Error::not_found)?;
        // The reason is kept without the names in it.
        let reason = arrival::text(&mut write.tx, &state, key.organization, &reason).await?.unwrap_or(reason);
        write.audit(Entry::new("affiliate.erased", id).after(json!({ "reason": reason }))).await?;
        let answer = write.answer(StatusCode::OK, &Erased::new(id, done, now)).await?;
        state.edge_config_changed.notify_one();
        Ok(answer)
    })
    .await
}
