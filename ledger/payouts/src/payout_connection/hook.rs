//! `POST /hooks/stripe-connect/{organization}/{connection}`: receives Stripe's events about accounts, transfers and
//! bank payouts.
//!
//! An event only notifies us that something should be read again: jobs ask Stripe itself for the current state. It is
//! stored before it is acknowledged, and duplicates are ignored. The URL contains the tenant, so that every statement
//! runs for a known tenant.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use payout_core::stripe::event::{self, StripeNotification};
use shared::{
    id::{OrganizationId, PayoutConnectionId},
    seal::Secret,
    timestamp::Timestamp,
};

use super::{
    encryption::{self, Column},
    store::{self, Row},
};
use kit::{
    config::Config,
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// An account with all its requirements has about 30 KB.
pub const BODY_MAX: usize = 256 * 1024;
const TEXT_MAX: usize = 200;

/// The URL to which Stripe sends a connection's events.
pub fn url(config: &Config, organization: OrganizationId, id: PayoutConnectionId) -> String {
    format!("{}/hooks/stripe-connect/{organization}/{id}", config.public_url)
}

/// # Errors
/// 400 for a signature that isn't Stripe's or a body that is no event, 404 if there is no such connection, 503 if it
/// couldn't be stored.
pub async fn receive(
    State(state): State<AppState>,
    Path((organization, connection)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode> {
    let organization: OrganizationId = organization.parse().map_err(|_| Error::not_found())?;
    let id: PayoutConnectionId = connection.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let row = store::one(&mut tx, id).await?.filter(|row| row.status != "disconnected");
    let row = row.ok_or_else(Error::not_found)?;
    let secrets = secrets(&state, organization, &row);
    let signature = headers.get(event::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    // Stripe signs by real time: a development clock doesn't count.
    event::verify(&secrets, signature, &body, state.clock.wall())
        .map_err(|error| Error::new(StatusCode::BAD_REQUEST, error.into(), error.to_string()))?;
    let notification = read(&body)?;
    // A live endpoint for connected accounts also receives test events (docs.stripe.com/connect/webhooks).
    if notification.livemode == row.livemode {
        write(&mut tx, id, &notification, state.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::OK)
}

/// Decrypts the endpoints' signing secrets; empty if they can't be decrypted.
pub(super) fn secrets(state: &AppState, organization: OrganizationId, row: &Row) -> Vec<Secret> {
    let Some(sealed) = &row.sealed_webhook_secrets else { return Vec::new() };
    let opened = encryption::open(&state.config.keys, organization, row.id, Column::WebhookSecrets, sealed);
    let list = opened.inspect_err(|error| {
        tracing::error!(
            event = "payout_connection.secret_unreadable", connection = %row.id,
            "stored signing secrets could not be opened: {error}"
        )
    });
    let list: Vec<String> = list.ok().and_then(|list| serde_json::from_str(list.expose()).ok()).unwrap_or_default();
    list.into_iter().filter(|secret| !secret.trim().is_empty()).map(Secret::new).collect()
}

fn read(body: &[u8]) -> Result<StripeNotification> {
    let bad = |why: &str| Error::new(StatusCode::BAD_REQUEST, Code::MalformedEvent, why);
    let notification = event::read(body).map_err(|error| bad(&error.to_string()))?;
    let texts = [
        Some(&notification.event),
        Some(&notification.kind),
        notification.account.as_ref(),
        notification.object.as_ref(),
    ];
    let fits =
        |text: &&String| (1..=TEXT_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if texts.iter().flatten().all(fits) {
        Ok(notification)
    } else {
        Err(bad("The event\u{2019}s names aren\u{2019}t Stripe\u{2019}s."))
    }
}

async fn write(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    notification: &StripeNotification,
    now: Timestamp,
) -> std::result::Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "insert into stripe_notifications (organization_id, connection_id, event, kind, account, object, received_at, next_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (organization_id, connection_id, event) do nothing",
        organization.uuid(),
        connection.uuid(),
        notification.event,
        notification.kind,
        notification.account,
        notification.object,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update payout_connections set last_webhook_at = greatest(last_webhook_at, $3) where organization_id = $1 and id = $2",
        organization.uuid(),
        connection.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_refused() {
        let fine =
            br#"{"id":"evt_1","object":"event","type":"balance.available","data":{"object":{"object":"balance"}}}"#;
        assert_eq!(read(fine).unwrap().event, "evt_1");
        let long = String::from_utf8_lossy(fine).replace("evt_1", &format!("evt_{}", "1".repeat(TEXT_MAX)));
        for bad in ["", "[]", "{}", &String::from_utf8_lossy(fine).replace("evt_1", "evt_ 1"), &long] {
            assert_eq!(read(bad.as_bytes()).unwrap_err().status(), 400, "{bad}");
        }
    }
}
