//! `PUT /api/v1/affiliates/{id}/recruiter`: a person's decision about who recruited an affiliate, from now on.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::id::AffiliateId;
use utoipa::ToSchema;

use super::store::{self, NewRecruit};
use engine::{book, decision::reason, history::recompute_since, lookup_store};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::{JsonBody, given},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        view::Affiliate,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::customer::mailbox::email_key;

use crate::affiliate::store::{self as affiliate_store, Filter};

/// Who recruited an affiliate, and why that is changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"recruiterId": "aff_01kdvdna00fec9rpb7dk6gd3hy", "reason": "Invited by her at the fair"}))]
pub struct RecruiterDecision {
    /// The recruiter; null for no one.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    recruiter_id: Option<AffiliateId>,
    /// Why, 1 to 1,000 characters.
    #[schema(example = "Invited by her at the fair")]
    reason: String,
}

/// Set who recruited an affiliate
///
/// Applies to the recruit's sales from now on; what was earned before stays. An affiliate can't recruit themselves, nor
/// anyone who recruited them, directly or through others.
#[utoipa::path(put, path = "/api/v1/affiliates/{id}/recruiter", tag = "Affiliates", operation_id = "setRecruiter",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = RecruiterDecision,
    responses(
        (status = 200, description = "The recruit", body = Affiliate),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: JsonBody<RecruiterDecision>,
) -> Result<Response> {
    let reason = reason::checked(&body.value.reason)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let entry = decide(&mut write.tx, &state, id, body.value.recruiter_id, &reason).await?;
    let found = affiliate_store::list(&mut write.tx, &Filter::one(id), state.clock.now()).await?;
    let affiliate = found.into_iter().next().ok_or_else(Error::not_found)?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &affiliate).await
        }
        None => write.unchanged(StatusCode::OK, &affiliate).await,
    }
}

/// Sets who recruited an affiliate from now on; returns no audit entry if nothing changed. Locks the organization's
/// tenant.
///
/// # Errors
/// 404; 400 naming `recruiterId` for a loop, for an affiliate themselves, and for one with the same address.
pub async fn decide(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    recruiter: Option<AffiliateId>,
    reason: &str,
) -> Result<Option<Entry>> {
    book::store::lock(tx).await?;
    lookup_store::affiliate(tx, id).await?.ok_or_else(Error::not_found)?;
    let before = store::current(tx, id).await?;
    if before.and_then(|(_, recruiter)| recruiter) == recruiter {
        return Ok(None);
    }
    if let Some(recruiter) = recruiter {
        check(tx, id, recruiter).await?;
    }
    let now = state.clock.now();
    let since = before.map_or(now, |(last, _)| now.max(last.plus_millis(1)));
    let reason_given = Some(reason);
    let recruit =
        NewRecruit { affiliate: id, recruiter, since, source: "Decision", reason: reason_given, shows_name: false };
    store::insert(tx, recruit, now).await?;
    recompute_since::since(tx, state, None, Some(id), since).await?;
    let before = json!({"recruiterId": before.and_then(|(_, recruiter)| recruiter)});
    let after = json!({"recruiterId": recruiter, "reason": reason});
    Ok(Some(Entry::new("affiliate.recruiter_set", id).before(before).after(after)))
}

async fn check(tx: &mut TenantTx, id: AffiliateId, recruiter: AffiliateId) -> Result<()> {
    let wrong = |message: &str| Err(Error::field("recruiterId", message));
    if recruiter == id {
        return wrong("An affiliate can't recruit themselves.");
    }
    let Some(theirs) = store::email(tx, recruiter).await? else { return wrong("There is no such affiliate.") };
    let own = store::email(tx, id).await?.ok_or_else(Error::not_found)?;
    if email_key(&own) == email_key(&theirs) {
        return wrong("Both affiliates have the same email address, so they are one person.");
    }
    if store::is_above(tx, id, recruiter).await? {
        return wrong("This affiliate recruited the recruiter, directly or through others.");
    }
    Ok(())
}
