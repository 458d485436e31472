//! A write of the API from its first look at the database to its answer: one transaction, in which the key that makes
//! it repeatable is claimed first, the audit log told, and the answer kept last.

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
    api::idempotency::IdempotencyKey,
    db::TenantTx,
    error::{Answer, Error, Result},
    state::AppState,
};

/// A write under way.
#[derive(Debug)]
pub struct Write<'s> {
    pub tx: TenantTx,
    pub key: &'s ReadKey,
    state: &'s AppState,
    idempotency: IdempotencyKey,
    audited: bool,
}

impl<'s> Write<'s> {
    /// Begins a new write.
    ///
    /// # Errors
    /// As [`IdempotencyKey::claim`]: the answer of an earlier request among them.
    pub async fn begin(state: &'s AppState, key: &'s ReadKey, idempotency: IdempotencyKey) -> Result<Self> {
        Self::begin_across(state, key, key.organization, idempotency).await
    }

    /// As [`Write::begin`], for a write that also reaches another organization of the same brand: its test mode.
    pub async fn begin_across(
        state: &'s AppState,
        key: &'s ReadKey,
        other: OrganizationId,
        idempotency: IdempotencyKey,
    ) -> Result<Self> {
        let mut tx = state.db.tenants(vec![key.organization, other]).await?;
        idempotency.claim(&mut tx, key.organization, state.clock.now()).await?;
        Ok(Self { tx, key, state, idempotency, audited: false })
    }

    /// Who does it, as decisions and payments name them.
    pub fn actor(&self) -> String {
        self.key.actor.who.clone()
    }

    /// Tells the audit log, which is due before the answer.
    pub async fn audit(&mut self, entry: Entry) -> Result<()> {
        self.audited = true;
        let now = self.state.clock.now();
        audit::record(&mut self.tx, self.key.organization, &self.key.actor, now, entry).await
    }

    /// For work that told the audit log itself.
    pub const fn audited(&mut self) {
        self.audited = true;
    }

    /// Keeps the answer, commits, and tells open dashboards.
    ///
    /// # Errors
    /// Where the commit's outcome is not success.
    pub async fn answer(self, status: StatusCode, value: &impl Serialize) -> Result<Response> {
        let answer = Answer::new(status, value)?;
        self.answer_once(answer, None).await
    }

    /// As [`Write::answer`], for an answer that holds a secret: another one, without it, is kept and given again.
    pub async fn answer_once(mut self, answer: Answer, kept: Option<Answer>) -> Result<Response> {
        if !self.audited {
            return Err(Error::internal("a write that the audit log was not told of"));
        }
        let kept = kept.as_ref().unwrap_or(&answer);
        self.idempotency.keep(&mut self.tx, self.key.organization, kept).await?;
        self.tx.commit().await?;
        // Nobody listening is fine.
        drop(self.state.news.send(self.key.organization));
        Ok(answer.into_response())
    }

    /// Answers a request that asks for what is so already: there is nothing to tell the audit log.
    pub async fn unchanged(mut self, status: StatusCode, value: &impl Serialize) -> Result<Response> {
        self.audited = true;
        self.answer(status, value).await
    }

    /// Commits a part of a longer work: its key is claimed again with the next part.
    pub async fn commit_part(mut self) -> Result<()> {
        self.idempotency.unclaim(&mut self.tx, self.key.organization).await?;
        self.tx.commit().await?;
        drop(self.state.news.send(self.key.organization));
        Ok(())
    }
}
