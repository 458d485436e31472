//! A write through the API, in one transaction: it claims the idempotency key first, records the audit log entry, and
//! stores the response last.

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::id::OrganizationId;

use crate::{
    access::api_key::ReadKey,
    audit::{self, Entry},
};
use kit::{
    api::{idempotency::IdempotencyKey, write_slots::WriteSlot},
    db::TenantTx,
    error::{Answer, Error, Result},
    state::AppState,
};

/// How long a write waits for one of its organization's slots; the same as for a lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// A write in progress.
#[derive(Debug)]
pub struct Write<'s> {
    pub tx: TenantTx,
    pub key: &'s ReadKey,
    state: &'s AppState,
    idempotency: IdempotencyKey,
    audited: bool,
    /// Dropped last, when the transaction has ended.
    _slot: WriteSlot,
}

impl<'s> Write<'s> {
    /// Begins a new write.
    ///
    /// # Errors
    /// As [`IdempotencyKey::claim`]: the answer of an earlier request among them. 503 if too many writes of the
    /// organization are in progress.
    pub async fn begin(state: &'s AppState, key: &'s ReadKey, idempotency: IdempotencyKey) -> Result<Self> {
        Self::begin_across(state, key, key.organization, idempotency).await
    }

    /// As [`Write::begin`], for a write that changes another organization of the same brand than the key's: `changed` is
    /// its live organization or its test mode. The idempotency key remains the API key's.
    pub async fn begin_across(
        state: &'s AppState,
        key: &'s ReadKey,
        changed: OrganizationId,
        idempotency: IdempotencyKey,
    ) -> Result<Self> {
        let slot = state.write_slots.take(changed, PATIENCE).await?;
        let mut tx = state.db.tenant_among(changed, vec![key.organization]).await?;
        idempotency.claim(&mut tx, key.organization, state.clock.now()).await?;
        Ok(Self { tx, key, state, idempotency, audited: false, _slot: slot })
    }

    /// Returns the actor, as decisions and payments name it.
    pub fn actor(&self) -> String {
        self.key.actor.who.clone()
    }

    /// Adds an entry to the audit log, which is required before the response.
    pub async fn audit(&mut self, entry: Entry) -> Result<()> {
        self.audited = true;
        let now = self.state.clock.now();
        audit::record(&mut self.tx, &self.key.actor, now, entry).await
    }

    /// Marks the write as audited, for work that wrote to the audit log itself.
    pub const fn audited(&mut self) {
        self.audited = true;
    }

    /// Stores the response, commits, and notifies open dashboards.
    ///
    /// # Errors
    /// If the commit's outcome isn't success.
    pub async fn answer(self, status: StatusCode, value: &impl Serialize) -> Result<Response> {
        let answer = Answer::new(status, value)?;
        self.answer_once(answer, None).await
    }

    /// As [`Write::answer`], for a response that contains a secret: a version without the secret is stored and returned
    /// to repeated requests.
    pub async fn answer_once(mut self, answer: Answer, kept: Option<Answer>) -> Result<Response> {
        if !self.audited {
            return Err(Error::internal("a write that the audit log doesn't have"));
        }
        let kept = kept.as_ref().unwrap_or(&answer);
        self.idempotency.keep(&mut self.tx, self.key.organization, kept).await?;
        self.tx.commit().await?;
        // It is fine if no one is listening.
        drop(self.state.news.send(self.key.organization));
        Ok(answer.into_response())
    }

    /// Answers a request that changes nothing, so the audit log needs no entry.
    pub async fn unchanged(mut self, status: StatusCode, value: &impl Serialize) -> Result<Response> {
        self.audited = true;
        self.answer(status, value).await
    }

    /// Commits one part of longer work; the next part claims the idempotency key again.
    pub async fn commit_part(mut self) -> Result<()> {
        self.idempotency.unclaim(&mut self.tx, self.key.organization).await?;
        self.tx.commit().await?;
        drop(self.state.news.send(self.key.organization));
        Ok(())
    }
}
