//! `Idempotency-Key`: a write that is sent again returns the first response and has no second effect.
//!
//! The key is claimed in the transaction that does the work, so that either both are kept or neither. A second request
//! with the same key waits for the first one's row, and then finds its response. A refused request keeps nothing: its
//! key may be used again.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{id::OrganizationId, timestamp::Timestamp};

use crate::{
    db::TenantTx,
    error::{Error, Result},
};

const HEADER: &str = "idempotency-key";
const KEY_MAX: usize = 255;

/// The request's key, if it has one.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let key = value.to_str().ok().map(str::trim).filter(|key| (1..=KEY_MAX).contains(&key.len()));
        let key = key.ok_or_else(|| Error::field("Idempotency-Key", "must be 1 to 255 visible characters"))?;
        Ok(Self(Some(key.to_owned())))
    }
}

/// A finished write's response, stored so that it can be repeated.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: String,
}

impl Answer {
    /// # Errors
    /// 500 if the value can't be serialized as JSON.
    pub fn new(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        Ok(Self { status, body: serde_json::to_string(value).map_err(Error::internal)? })
    }

    /// A response without a body.
    pub const fn empty(status: StatusCode) -> Self {
        Self { status, body: String::new() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if self.body.is_empty() {
            return self.status.into_response();
        }
        (self.status, [(CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}

impl IdempotencyKey {
    /// For a person's form, which is not sent again.
    pub const fn none() -> Self {
        Self(None)
    }

    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Claims the key for this transaction, or returns the stored response.
    ///
    /// # Errors
    /// 409 `idempotency_conflict` if the key was used with another request.
    pub async fn claim(
        &self,
        tx: &mut TenantTx,
        organization: OrganizationId,
        request_digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Response>> {
        let Some(key) = &self.0 else { return Ok(None) };
        let claimed = sqlx::query!(
            "insert into idempotency_keys (organization_id, key, request_digest, created_at) values ($1, $2, $3, $4)
             on conflict (organization_id, key) do nothing",
            organization.uuid(),
            key,
            &request_digest[..],
            now,
        )
        .execute(tx.conn())
        .await?;
        if claimed.rows_affected() == 1 {
            return Ok(None);
        }
        let kept = sqlx::query!(
            "select request_digest, status, answer from idempotency_keys where organization_id = $1 and key = $2",
            organization.uuid(),
            key,
        )
        .fetch_optional(tx.conn())
        .await?;
        match kept {
            Some(kept) if kept.request_digest != request_digest => Err(conflict()),
            Some(kept) => {
                let status = kept.status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
                let (status, body) = status.zip(kept.answer).ok_or_else(|| Error::internal("an unanswered key"))?;
                let replayed = [("idempotency-replayed", "true")];
                Ok(Some((replayed, Answer { status, body }).into_response()))
            }
            // The claim waited for a transaction that a clean-up then rolled back, or the key was just pruned.
            None => Err(Error::unavailable("an idempotency key that came and went")),
        }
    }

    /// Removes this transaction's claim: part of the work is kept, and the last part will store the response.
    pub async fn unclaim(&self, tx: &mut TenantTx, organization: OrganizationId) -> Result<()> {
        let Some(key) = &self.0 else { return Ok(()) };
        sqlx::query!(
            "delete from idempotency_keys where organization_id = $1 and key = $2 and status is null",
            organization.uuid(),
            key,
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// Stores the response along with the effect.
    pub async fn keep(&self, tx: &mut TenantTx, organization: OrganizationId, answer: &Answer) -> Result<()> {
        let Some(key) = &self.0 else { return Ok(()) };
        sqlx::query!(
            "update idempotency_keys set status = $3, answer = $4 where organization_id = $1 and key = $2",
            organization.uuid(),
            key,
            i16::try_from(answer.status.as_u16()).unwrap_or_default(),
            answer.body,
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

fn conflict() -> Error {
    let message = "This Idempotency-Key was used with another request. Use a new key for a new request.";
    Error::new(StatusCode::CONFLICT, "idempotency_conflict", message)
}
