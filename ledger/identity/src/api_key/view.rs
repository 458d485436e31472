//! A key as the API shows it. Its two plaintexts appear only in the response that creates or rotates it.

use serde::Serialize;
use shared::{id::ApiKeyId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    plaintext::{Mode, Plaintext},
    store::Row,
};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    #[schema(value_type = String, example = "key_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ApiKeyId,
    #[schema(example = "Order service")]
    pub name: String,
    /// The first characters of the bearer.
    #[schema(example = "rk_live_Zk3q")]
    pub hint: String,
    /// `send_conversions`, `read`, `automations`, `write`, `admin` or `read_write` (the former name of `admin`).
    #[schema(example = "write")]
    pub scope: &'static str,
    /// The role that it acts with: `owner`, `admin`, `manager` or `viewer`.
    #[schema(example = "admin")]
    pub role: &'static str,
    /// `live` or `test`.
    #[schema(example = "live")]
    pub mode: &'static str,
    /// `active`, `expired` or `revoked`.
    #[schema(example = "active")]
    pub state: &'static str,
    /// `user:usr_…` or `api_key:key_…`. Null if the installation created it.
    #[schema(example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub created_by: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    /// Accurate to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When the key was last rotated.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub rotated_at: Option<Timestamp>,
    /// Until then, the bearer and the secret from before the last rotation are also valid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub overlap_ends_at: Option<Timestamp>,
    /// When the key expires; null if it never does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When the key was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// An API key with its bearer and secret, which are shown only once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreshApiKey {
    #[serde(flatten)]
    key: ApiKey,
    /// Null in a repeated response to the same `Idempotency-Key`: rotate the key if the first response was lost.
    #[schema(required, example = "rk_live_Zk3q9yJtqFZk7h5xW8mB2nV4cR6sD0aL1eT3uY5oPgI")]
    bearer: Option<String>,
    /// Signs what your backend sends to `/api/tracking/s2s`. Null whenever `bearer` is null.
    #[schema(required, example = "rks_7h5xW8mB2nV4cR6sD0aL1eT3uY5oPgIZk3q9yJtqFZk")]
    signing_secret: Option<String>,
}

impl ApiKey {
    pub fn of(row: &Row, now: Timestamp) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            hint: row.hint.clone(),
            scope: row.scope.as_str(),
            role: row.role.as_str(),
            mode: Mode::of_hint(&row.hint).as_str(),
            state: state(row, now),
            created_by: row.created_by.clone(),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            rotated_at: row.rotated_at,
            overlap_ends_at: row.overlap_ends_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

impl FreshApiKey {
    pub fn shown(row: &Row, plaintext: &Plaintext, now: Timestamp) -> Self {
        Self {
            key: ApiKey::of(row, now),
            bearer: Some(plaintext.bearer.expose().to_owned()),
            signing_secret: Some(plaintext.signing_secret.expose().to_owned()),
        }
    }

    /// The version without plaintexts, which may be stored.
    pub fn kept(row: &Row, now: Timestamp) -> Self {
        Self { key: ApiKey::of(row, now), bearer: None, signing_secret: None }
    }
}

/// Returns the key's status in one word.
pub fn state(row: &Row, now: Timestamp) -> &'static str {
    if row.revoked_at.is_some() {
        "revoked"
    } else if row.expires_at.is_some_and(|end| end <= now) {
        "expired"
    } else {
        "active"
    }
}
