//! `PATCH /api/v1/affiliates/{id}`: changes the name, email, slug, notes and status of an affiliate.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::id::AffiliateId;
use utoipa::ToSchema;

use super::{
    application,
    approve::{REASON_MAX, wrong_status},
    create::{NAME_MAX, affiliate_exists, notes},
    email_changed, first_login_store, status_change,
    store::{self, Changes},
};
use crate::link::{
    create::{check_slug, check_spelling, slug_taken},
    store as link_store,
};
use engine::{
    book,
    history::recompute_since,
    privacy::{self, arrival},
};
use identity::{
    access::{actor::Actor, api_key::WriteKey},
    api::write::Write,
    audit::{self, Entry},
};
use kit::{
    api::{
        body::{JsonBody, present},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::{self, maybe},
        view::Affiliate,
    },
    db::TenantTx,
    error::{Checks, Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::{
    edge_config::publish,
    sync,
    webhook::{self, Event, EventKind},
};
use rules::customer::mailbox::email_key;

/// The fields to change. Omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"name": "Lauren Vale", "notes": "Met her in Bergen."}))]
pub struct ChangedAffiliate {
    /// The affiliate's new name.
    pub name: Option<String>,
    /// Must be unique among your affiliates. Later sales are checked against the new address and every earlier one, so
    /// a change hides no self-referral; earlier sales aren't checked again. The change ends the affiliate's sessions
    /// and unused sign-in links, and notifies the old address. If the affiliate had signed in with the old address,
    /// payouts are held for three days.
    pub email: Option<String>,
    /// Identifies the affiliate in later sales. Links keep their own slugs. The old slug stays reserved for the
    /// affiliate.
    pub slug: Option<String>,
    /// Internal notes, never shown to the affiliate. Null removes them.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub notes: Option<Option<String>>,
    /// The affiliate's answers in the application. Null removes them.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub application: Option<Option<Map<String, Value>>>,
    /// Set `Banned` or `Archived` for an approved affiliate, or `Approved` to reinstate one. Affiliates keep what they
    /// have earned. While they aren't approved, they earn nothing and their links lead nowhere. Customers stay bound to
    /// them in case they are approved again.
    pub status: Option<String>,
    /// The reason for the change of status, 1 to 1000 characters.
    pub reason: Option<String>,
}

/// A change after all checks that don't need the database.
#[derive(Debug)]
pub struct Ready {
    changes: Changes,
    status: Option<&'static str>,
    reason: Option<String>,
}

/// Update an affiliate
#[utoipa::path(patch, path = "/api/v1/affiliates/{id}", tag = "Affiliates", operation_id = "updateAffiliate",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = ChangedAffiliate,
    responses(
        (status = 200, description = "The affiliate", body = Affiliate),
        (status = 409, description = "`affiliate_exists` (the email address is taken), `slug_taken`, \
                                      `affiliate_erased`, `wrong_status` (approve or reject the application first), \
                                      or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedAffiliate>,
) -> Result<Response> {
    let ready = check(body.value)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (after, entry) = change_one(&mut write.tx, &state, id, &ready).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &after).await };
    write.audit(entry).await?;
    let answer = write.answer(StatusCode::OK, &after).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// Changes one affiliate. Returns no audit entry if nothing changed. Locks the organization's tenant; after the commit,
/// the caller must wake the pusher.
///
/// # Errors
/// 404 or 409; the caller must roll back then.
pub async fn change_one(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    ready: &Ready,
) -> Result<(Affiliate, Option<Entry>)> {
    book::store::lock(tx).await?;
    let before = status_change::read(tx, state, id).await?;
    let was_approved = before.status == "Approved" || store::was_approved(tx, id).await?;
    apply(tx, state, &before, ready).await?;
    let after = status_change::read(tx, state, id).await?;
    if after.name != before.name {
        publish::affiliate(tx, id, state.clock.now()).await?;
    }
    announce(tx, state, &before, &after, was_approved).await?;
    let entry = entry(&before, &after);
    Ok((after, entry))
}

/// Announces a ban and its end, and the approval of someone who was archived before they were ever approved. Archiving can
/// be undone, so it isn't sent to other systems.
async fn announce(
    tx: &mut TenantTx,
    state: &AppState,
    before: &Affiliate,
    after: &Affiliate,
    was_approved: bool,
) -> Result<()> {
    let kind = match after.status.as_str() {
        "Banned" if before.status != "Banned" => EventKind::AffiliateBanned,
        "Approved" if before.status == "Approved" => return Ok(()),
        "Approved" if was_approved => EventKind::AffiliateReinstated,
        "Approved" => EventKind::AffiliateApproved,
        _ => return Ok(()),
    };
    let event = Event::of(kind, after)?;
    webhook::announce(tx, state.clock.now(), &[event]).await?;
    Ok(())
}

/// # Errors
/// 400 naming the field.
pub fn check(input: ChangedAffiliate) -> Result<Ready> {
    let mut checks = Checks::default();
    checks.value(check_spelling(input.slug.as_deref()));
    let status = match input.status.as_deref() {
        None => None,
        Some("Approved") => Some("Approved"),
        Some("Banned") => Some("Banned"),
        Some("Archived") => Some("Archived"),
        Some(_) => checks.value(Err(Error::field("status", "status must be Approved, Banned or Archived"))),
    };
    let reason = checks.value(maybe("reason", input.reason.as_deref(), REASON_MAX));
    if reason.is_some() && input.status.is_none() {
        checks.add(Error::field("reason", "reason can only be sent with status"));
    }
    let changes = Changes {
        name: checks.value(maybe("name", input.name.as_deref(), NAME_MAX)),
        email: checks.value(input.email.as_deref().map(|given| text::email("email", given)).transpose()),
        slug: input.slug,
        notes: checks.value(input.notes.map(notes).transpose()),
        application: checks.value(input.application.map(application::checked).transpose()),
    };
    checks.end()?;
    let nothing = changes.name.is_none()
        && changes.email.is_none()
        && changes.slug.is_none()
        && changes.notes.is_none()
        && changes.application.is_none();
    if nothing && status.is_none() {
        let message = "Send at least one of these fields: name, email, slug, notes, application or status.";
        return Err(Error::field("name", message));
    }
    Ok(Ready { changes, status, reason })
}

async fn apply(tx: &mut TenantTx, state: &AppState, before: &Affiliate, ready: &Ready) -> Result<()> {
    let Ready { changes, status, reason } = ready;
    if privacy::store::affiliate(tx, before.id).await?.is_some_and(|row| row.is_erased) {
        let message = "The affiliate was erased, so nothing can be changed.";
        return Err(Error::new(StatusCode::CONFLICT, Code::AffiliateErased, message));
    }
    if let Some(slug) = changes.slug.as_deref().filter(|slug| *slug != before.slug) {
        check_slug(Some(slug))?;
        link_store::lock_slug(tx, slug).await?;
        if link_store::is_slug_of_another(tx, slug, before.id).await? {
            return Err(slug_taken());
        }
    }
    let address = changes.email.as_deref().filter(|email| *email != before.email);
    if address.is_some() {
        first_login_store::end_links(tx, before.id).await?;
    }
    store::update(tx, before.id, changes)
        .await
        .on_constraint("affiliates_organization_id_email_key", affiliate_exists)?;
    if changes.slug.as_deref().is_some_and(|slug| slug != before.slug) {
        link_store::reserve_slug(tx, &before.slug, before.id, state.clock.now()).await?;
    }
    if let Some(email) = address {
        remember(tx, state, before, email).await?;
        email_changed::moved(tx, state, before).await?;
    }
    if changes.email.is_some() || changes.name.is_some() {
        sync::trigger::affiliate(tx, before.id, sync::Reason::Changed, state.clock.now()).await?;
    }
    match status {
        Some(status) if *status != before.status => {
            if matches!(before.status.as_str(), "Pending" | "Rejected") {
                let current = &before.status;
                let message = format!("The affiliate's status is {current}. Approve or reject the application first.");
                return Err(wrong_status(&message));
            }
            if before.status == "Invited" && *status == "Approved" {
                let message = "This affiliate is still invited. They have to accept the invitation themselves.";
                return Err(wrong_status(message));
            }
            status_change::change(tx, state, before.id, status, reason.as_deref()).await
        }
        _ => Ok(()),
    }
}

/// Records the new address for sales from now on; the affiliate's earlier addresses still count.
async fn remember(tx: &mut TenantTx, state: &AppState, before: &Affiliate, email: &str) -> Result<()> {
    let (old, new) = (email_key(&before.email), email_key(email));
    if old == new {
        return Ok(());
    }
    // Purchases under an erased person's address are stored under its pseudonym.
    let new = arrival::compared(tx, state, email).await?.unwrap_or(new);
    let last = store::last_change(tx, before.id, "email").await?;
    if last.is_none() {
        let ever = shared::timestamp::Timestamp::EPOCH;
        store::insert_email(tx, before.id, &old, ever).await?;
    }
    let effective_at = last.map_or(state.clock.wall(), |last| last.plus_millis(1).max(state.clock.wall()));
    store::insert_email(tx, before.id, &new, effective_at).await?;
    recompute_since::since(tx, state, None, Some(before.id), effective_at).await?;
    Ok(())
}

/// Changes the name at the affiliate's own request; requires the organization's lock.
///
/// # Errors
/// 409 if the affiliate was erased.
pub async fn name(tx: &mut TenantTx, state: &AppState, id: AffiliateId, name: String, actor: &Actor) -> Result<()> {
    let changes = Changes { name: Some(name), ..Changes::default() };
    by_themselves(tx, state, id, changes, actor).await.map(drop)
}

/// Changes the answers in the application at the affiliate's own request, like [`name`].
///
/// # Errors
/// As [`name`].
pub async fn answers(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    answers: Option<Value>,
    actor: &Actor,
) -> Result<()> {
    let changes = Changes { application: Some(answers), ..Changes::default() };
    by_themselves(tx, state, id, changes, actor).await.map(drop)
}

/// Changes the slug at the affiliate's own request, like [`name`]; returns the old and the new one.
///
/// # Errors
/// 409 `slug_taken`.
pub async fn slug(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    slug: &str,
    actor: &Actor,
) -> Result<(String, String)> {
    let changes = Changes { slug: Some(slug.to_owned()), ..Changes::default() };
    by_themselves(tx, state, id, changes, actor).await
}

async fn by_themselves(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    changes: Changes,
    actor: &Actor,
) -> Result<(String, String)> {
    let before = status_change::read(tx, state, id).await?;
    let ready = Ready { changes, status: None, reason: None };
    apply(tx, state, &before, &ready).await?;
    let after = status_change::read(tx, state, id).await?;
    if let Some(entry) = entry(&before, &after) {
        audit::record(tx, actor, state.clock.now(), entry).await?;
    }
    Ok((before.slug, after.slug))
}

/// The audit entry with the changed fields; `None` if nothing changed. For the address, notes and answers it only says
/// that they changed: the log is permanent, and they may contain personal data.
fn entry(before: &Affiliate, after: &Affiliate) -> Option<Entry> {
    let (mut was, mut is) = (Map::new(), Map::new());
    let mut compare = |name: &str, old: Value, new: Value| {
        if old != new {
            was.insert(name.to_owned(), old);
            is.insert(name.to_owned(), new);
        }
    };
    compare("name", json!(before.name), json!(after.name));
    compare("slug", json!(before.slug), json!(after.slug));
    compare("status", json!(before.status), json!(after.status));
    compare("statusReason", json!(before.status_reason), json!(after.status_reason));
    for (name, changed) in [
        ("email", before.email != after.email),
        ("notes", before.notes != after.notes),
        ("application", before.application != after.application),
    ] {
        if changed {
            is.insert(name.to_owned(), json!("changed"));
        }
    }
    let action = match after.status.as_str() {
        _ if is.is_empty() => return None,
        status if status == before.status => "affiliate.changed",
        "Banned" => "affiliate.banned",
        "Archived" => "affiliate.archived",
        _ => "affiliate.reinstated",
    };
    Some(Entry::new(action, after.id).before(Value::Object(was)).after(Value::Object(is)))
}
