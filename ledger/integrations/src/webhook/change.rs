//! Changes endpoints for the API and the page: checks the input, writes it, and builds the audit entry.

use axum::http::StatusCode;
use serde_json::json;
use shared::{
    id::{MessageId, OrganizationId, WebhookEndpointId},
    seal::Secret,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    attempt::attempt,
    deliver,
    delivery::{Attempt, Key, LOST_AFTER_MS},
    endpoint::{Endpoint, EndpointKind},
    endpoint_secret,
    endpoint_store::{self, NewEndpoint},
    find::one,
    listen,
    log_store::{self, Again},
    naming::{action, shown, shown_id},
    queue_store, sign,
};
use identity::{
    audit::Entry,
    organization::{gate, plan::Feature},
};
use kit::{
    db::TenantTx,
    error::{Checks, Code, Error, Result},
    outbound::target,
    state::AppState,
};
use outbox::webhook::{event::EventKind, message::Message, store};

/// The most endpoints of each kind per organization; more than what any plan but the largest has.
pub const ENDPOINTS_MAX: i64 = 100;
const DESCRIPTION_MAX: usize = 200;
/// The most messages that one request queues again.
pub const AGAIN_MAX: usize = 10_000;

/// A requested webhook.
#[derive(Debug)]
pub struct EndpointInput {
    pub url: String,
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
}

impl EndpointInput {
    /// # Errors
    /// 400 naming the field.
    pub fn checked(
        state: &AppState,
        url: &str,
        events: &[String],
        description: Option<&str>,
        enabled: bool,
    ) -> Result<Self> {
        let mut checks = Checks::default();
        let input = Self {
            url: checks.value(self::url(state, url)),
            events: checks.value(listen::events(events, listen::choices(EndpointKind::Webhook))),
            description: checks.value(self::description(description)),
            enabled,
        };
        checks.end().map(|()| input)
    }
}

/// Checks a URL and returns it as written, so that the URL shown is the one called.
///
/// # Errors
/// 400 naming `url`.
pub fn url(state: &AppState, text: &str) -> Result<String> {
    let text = text.trim();
    let checked = target::check(text, state.outbound.reach);
    checked.map_err(|refusal| Error::field("url", format!("url {refusal}")))?;
    Ok(text.to_owned())
}

/// # Errors
/// 400 naming `description`.
pub fn description(text: Option<&str>) -> Result<String> {
    let text = text.unwrap_or_default().trim();
    if text.chars().count() > DESCRIPTION_MAX || text.chars().any(char::is_control) {
        let message = format!("description must be at most {DESCRIPTION_MAX} characters on one line");
        return Err(Error::field("description", message));
    }
    Ok(text.to_owned())
}

/// # Errors
/// 402 where the plan doesn't allow another, 409 where the organization has too many.
pub async fn room(tx: &mut TenantTx, state: &AppState, kind: EndpointKind) -> Result<()> {
    gate::require(tx, state, Feature::Webhooks).await?;
    let used = endpoint_store::count(tx, kind).await?;
    gate::room_for(tx, state, "webhooks", |limits| limits.webhook_endpoints, used).await?;
    if used >= ENDPOINTS_MAX {
        let message = format!("You've reached the limit of {ENDPOINTS_MAX}. Remove one first.");
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyEndpoints, message));
    }
    Ok(())
}

/// Creates a webhook. Only the caller gets its secret.
///
/// # Errors
/// 409 where the organization has too many.
pub async fn create(tx: &mut TenantTx, state: &AppState, input: &EndpointInput) -> Result<(Endpoint, Secret, Entry)> {
    let now = state.clock.now();
    room(tx, state, EndpointKind::Webhook).await?;
    let id: WebhookEndpointId = state.new_id();
    let new = NewEndpoint {
        id: id.uuid(),
        kind: EndpointKind::Webhook,
        url: &input.url,
        region: None,
        hint: None,
        events: &input.events,
        description: &input.description,
        enabled: input.enabled,
    };
    endpoint_store::insert(tx, &new, now).await?;
    let secret = sign::new_secret();
    endpoint_secret::keep(tx, &state.config.keys, id.uuid(), &secret, (now, now)).await?;
    let made = one(tx, (EndpointKind::Webhook, id.uuid()), now).await?;
    Ok((made.clone(), secret, Entry::new("webhook.created", id).after(shown(&made))))
}

/// The requested changes; `None` leaves a field as it is.
#[derive(Debug, Default)]
pub struct Changes {
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
}

/// Changes an endpoint. Disabling is always allowed. There is no entry if nothing was different.
///
/// # Errors
/// 402 where the plan has no webhooks, 404.
pub async fn update(
    tx: &mut TenantTx,
    state: &AppState,
    (kind, id): (EndpointKind, Uuid),
    changes: Changes,
) -> Result<(Endpoint, Option<Entry>)> {
    let now = state.clock.now();
    if changes.enabled != Some(false) {
        gate::require(tx, state, Feature::Webhooks).await?;
    }
    let before = one(tx, (kind, id), now).await?;
    let requested = Endpoint {
        url: changes.url.unwrap_or_else(|| before.url.clone()),
        events: changes.events.unwrap_or_else(|| before.events.clone()),
        description: changes.description.unwrap_or_else(|| before.description.clone()),
        enabled: changes.enabled.unwrap_or(before.enabled),
        ..before.clone()
    };
    endpoint_store::update(tx, &requested, now).await?;
    let after = one(tx, (kind, id), now).await?;
    let (old, new) = (shown(&before), shown(&after));
    let entry = (old != new).then(|| {
        let action = action(kind, "webhook.updated", "destination.updated");
        Entry::new(action, shown_id(kind, id)).before(old).after(new)
    });
    Ok((after, entry))
}

/// # Errors
/// 404.
pub async fn delete(tx: &mut TenantTx, (kind, id): (EndpointKind, Uuid), now: Timestamp) -> Result<Entry> {
    let before = one(tx, (kind, id), now).await?;
    endpoint_store::delete(tx, kind, id).await?;
    Ok(Entry::new(action(kind, "webhook.deleted", "destination.deleted"), shown_id(kind, id)).before(shown(&before)))
}

/// Creates a new secret for a webhook; the old one also signs until `old_until`.
///
/// # Errors
/// 404.
pub async fn rotate(
    tx: &mut TenantTx,
    state: &AppState,
    id: Uuid,
    old_until: Timestamp,
) -> Result<(Endpoint, Secret, Entry)> {
    let now = state.clock.now();
    gate::require(tx, state, Feature::Webhooks).await?;
    one(tx, (EndpointKind::Webhook, id), now).await?;
    let secret = sign::new_secret();
    endpoint_secret::keep(tx, &state.config.keys, id, &secret, (now, old_until)).await?;
    let after = one(tx, (EndpointKind::Webhook, id), now).await?;
    let details = json!({"oldSecretUntil": old_until.to_string()});
    Ok((after, secret, Entry::new("webhook.secret_rotated", WebhookEndpointId::new(id)).after(details)))
}

/// Sends a test now and waits for the answer. It isn't retried.
///
/// # Errors
/// 404, or where the database is unavailable.
pub async fn test(state: &AppState, organization: OrganizationId, id: Uuid) -> Result<Attempt> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    gate::require(&mut tx, state, Feature::Webhooks).await?;
    one(&mut tx, (EndpointKind::Webhook, id), now).await?;
    let data = json!({"webhookId": WebhookEndpointId::new(id), "message": "This is a test event."});
    let message = Message::new(organization, EventKind::WebhookTest, &data, now, 0)?;
    let key = Key { organization, endpoint: id, message: message.id };
    store::insert_alone(&mut tx, &message, now).await?;
    log_store::queue_one(&mut tx, key, now).await?;
    let lost_at = now.plus_millis(LOST_AFTER_MS);
    let due = queue_store::take_one(&mut tx, key, lost_at).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let set = [due];
    let ready = deliver::ready(state, &set).await?;
    let [due] = set;
    let made = attempt(state, &due, &ready).await;
    deliver::settle(state, &due, &made).await?;
    Ok(made)
}

/// Queues one message again, whether or not it arrived.
///
/// # Errors
/// 404, or 409 where the endpoint is off.
pub async fn retry(
    tx: &mut TenantTx,
    (kind, id): (EndpointKind, Uuid),
    message: MessageId,
    now: Timestamp,
) -> Result<Entry> {
    switched_on(tx, (kind, id), now).await?;
    let key = Key { organization: tx.organization(), endpoint: id, message };
    if !log_store::queue_one(tx, key, now).await? {
        return Err(Error::not_found());
    }
    Ok(Entry::new(action(kind, "webhook.delivery_retried", "destination.delivery_retried"), shown_id(kind, id))
        .after(json!({"messageId": message})))
}

/// Queues the messages of a period again: what the endpoint missed, or everything. Returns how many, and the last of
/// them if more remain.
///
/// # Errors
/// 404, or 409 where the endpoint is off.
pub async fn replay(
    tx: &mut TenantTx,
    (kind, id): (EndpointKind, Uuid),
    mut again: Again,
    now: Timestamp,
) -> Result<(u64, Option<MessageId>, Entry)> {
    let endpoint = switched_on(tx, (kind, id), now).await?;
    if again.events.is_empty() {
        again.events = endpoint.events;
    }
    let (queued, last) = log_store::queue_again(tx, id, &again, AGAIN_MAX, now).await?;
    let details = json!({
        "since": again.from.to_string(), "until": again.to.to_string(), "onlyFailed": again.only_failed,
        "eventTypes": again.events, "queued": queued,
    });
    Ok((
        queued,
        last,
        Entry::new(action(kind, "webhook.replayed", "destination.replayed"), shown_id(kind, id)).after(details),
    ))
}

async fn switched_on(tx: &mut TenantTx, (kind, id): (EndpointKind, Uuid), now: Timestamp) -> Result<Endpoint> {
    let endpoint = one(tx, (kind, id), now).await?;
    if !endpoint.enabled {
        let message = "This endpoint is disabled. Enable it first.";
        return Err(Error::new(StatusCode::CONFLICT, Code::EndpointDisabled, message));
    }
    Ok(endpoint)
}
