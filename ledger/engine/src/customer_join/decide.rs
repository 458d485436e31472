//! `POST /api/v1/customer-joins/{id}/join` and `…/split`: a person decides whether two customers are the same person.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde_json::json;
use shared::id::CustomerJoinId;

use super::{
    read::known,
    store::{self, Decided},
    view::CustomerJoin,
};
use crate::{
    book,
    decision::reason::{self, Reason},
    history::{
        load,
        write::{BookingError, recompute_and_save},
    },
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey},
    db::TenantTx,
    error::Result,
    state::AppState,
};
use rules::book::entry::Cause;

/// Join two customers
#[utoipa::path(post, path = "/api/v1/customer-joins/{id}/join", tag = "Customers", operation_id = "joinCustomers",
    description = "Treats the two as one customer: all of their purchases are immediately credited and priced as one \
                   person's. Paid commissions that move become a negative balance of the affiliate who loses them. A \
                   later decision replaces an earlier one.",
    params(("id" = String, Path, example = "join_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The updated join", body = CustomerJoin),
        Refused))]
pub async fn join(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    decided(&state, key, &id, idempotency, body, true).await
}

/// Split two customers
#[utoipa::path(post, path = "/api/v1/customer-joins/{id}/split", tag = "Customers", operation_id = "splitCustomers",
    description = "Treats the two as different customers: all of their purchases are immediately credited and priced \
                   as if they had never been joined. Later reports don't join them again; only a decision does.",
    params(("id" = String, Path, example = "join_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Reason,
    responses(
        (status = 200, description = "The updated join", body = CustomerJoin),
        Refused))]
pub async fn split(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
) -> Result<Response> {
    decided(&state, key, &id, idempotency, body, false).await
}

async fn decided(
    state: &AppState,
    key: ReadKey,
    id: &str,
    idempotency: IdempotencyKey,
    body: JsonBody<Reason>,
    same: bool,
) -> Result<Response> {
    let reason = reason::checked(&body.value.reason)?;
    let mut write = Write::begin(state, &key, idempotency.with(body.request_digest)).await?;
    let join = known(&mut write.tx, id).await?;
    let actor = write.actor();
    decide(&mut write.tx, state, &[join.id], same, &reason, &actor).await?;
    write.audit(entry(&join, same, &reason)).await?;
    let view = known(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &view).await
}

/// Builds the audit log entry.
pub fn entry(join: &CustomerJoin, same: bool, reason: &str) -> Entry {
    let action = if same { "customer.joined" } else { "customer.split" };
    let customers: Vec<_> = join.customers.iter().map(|customer| customer.id).collect();
    Entry::new(action, join.id).after(json!({"customers": customers, "reason": reason}))
}

/// Saves the decision about these joins of the organization, and books what it changes.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
pub async fn decide(
    tx: &mut TenantTx,
    state: &AppState,
    joins: &[CustomerJoinId],
    same: bool,
    reason: &str,
    actor: &str,
) -> std::result::Result<(), BookingError> {
    book::store::lock(tx).await?;
    let mut first = None;
    for join in joins {
        let id = state.new_id();
        let kind = if same { "Join" } else { "Split" };
        store::keep(tx, &Decided { id, join: *join, kind, actor, reason }, state.clock.now()).await?;
        first.get_or_insert(id);
    }
    let keys = store::histories_of(tx, joins).await?;
    let mut histories = load::load(tx, &keys.into_iter().collect()).await?;
    for history in histories.values_mut() {
        history.cause = Cause { decision_id: first.map(|id| id.uuid()), ..Cause::default() };
    }
    recompute_and_save(tx, state, histories).await
}
