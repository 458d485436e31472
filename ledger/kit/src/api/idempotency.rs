//! `Idempotency-Key`: a write that is sent again returns the first response and has no second effect.
//!
//! The key is claimed in the transaction that does the work, so that either both are kept or neither. A second request
//! with the same key waits for the first one's row, and then finds its response. A refused request keeps nothing: its
//! key may be used again.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use sha2::{Digest, Sha256};
use shared::{id::OrganizationId, timestamp::Timestamp};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
};

use crate::{
    compiled_once,
    db::TenantsTx,
    error::{Answer, Code, Error, Result},
};

const HEADER: &str = "idempotency-key";
const KEY_MAX: usize = 255;

/// The request's key, where it has one, and the digest that tells this request from another one with the same key.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: Option<String>,
    /// SHA-256 over method, path and query; [`IdempotencyKey::with`] replaces it by one that covers the body, too.
    request_digest: [u8; 32],
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
        let digest = Sha256::new().chain_update(parts.method.as_str()).chain_update([0]).chain_update(address);
        let request_digest = digest.finalize().into();
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self { key: None, request_digest }) };
        let key = value.to_str().ok().map(str::trim).filter(|key| (1..=KEY_MAX).contains(&key.len()));
        let key = key.ok_or_else(|| Error::field("Idempotency-Key", "must be 1 to 255 printable ASCII characters"))?;
        Ok(Self { key: Some(key.to_owned()), request_digest })
    }
}

impl IntoParams for IdempotencyKey {
    /// The document's last step replaces it by a reference to the one description.
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header).build()]
    }
}

impl IdempotencyKey {
    /// For a person's form, which is not sent again.
    pub const fn none() -> Self {
        Self { key: None, request_digest: [0; 32] }
    }

    /// The key of a request with a body, whose digest covers that, too.
    #[must_use]
    pub fn with(self, request_digest: [u8; 32]) -> Self {
        Self { request_digest, ..self }
    }

    pub fn text(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Claims the key for this transaction.
    ///
    /// # Errors
    /// [`Error::replay`] with the answer of an earlier request; 409 `idempotency_conflict` where the key came with another
    /// request.
    #[compiled_once]
    pub async fn claim(&self, tx: &mut TenantsTx, organization: OrganizationId, now: Timestamp) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let claimed = sqlx::query!(
            "insert into idempotency_keys (organization_id, key, request_digest, created_at) values ($1, $2, $3, $4)
             on conflict (organization_id, key) do nothing",
            organization.uuid(),
            key,
            &self.request_digest[..],
            now,
        )
        .execute(tx.conn())
        .await?;
        if claimed.rows_affected() == 1 {
            return Ok(());
        }
        let kept = sqlx::query!(
            "select request_digest, status, answer from idempotency_keys where organization_id = $1 and key = $2",
            organization.uuid(),
            key,
        )
        .fetch_optional(tx.conn())
        .await?;
        match kept {
            Some(kept) if kept.request_digest != self.request_digest => Err(conflict()),
            Some(kept) => {
                let status = kept.status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
                let (status, body) = status.zip(kept.answer).ok_or_else(|| Error::internal("an unanswered key"))?;
                Err(Error::replay(Answer { status, body }))
            }
            // The claim waited for a transaction that a clean-up then rolled back, or the key was just pruned.
            None => Err(Error::unavailable("an idempotency key that came and went")),
        }
    }

    /// Removes this transaction's claim: part of the work is kept, and the last part will store the response.
    pub async fn unclaim(&self, tx: &mut TenantsTx, organization: OrganizationId) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
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
    pub async fn keep(&self, tx: &mut TenantsTx, organization: OrganizationId, answer: &Answer) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
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
    let message = "This Idempotency-Key was already used for a different request. Use a new key for each new request.";
    Error::new(StatusCode::CONFLICT, Code::IdempotencyConflict, message)
}
