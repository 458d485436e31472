//! A write of the API from its first look at the database to its answer: one transaction, in which the key that makes
//! it repeatable is claimed first and the answer is kept last.

use std::ops::ControlFlow;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::api::idempotency::{Answer, IdempotencyKey};
use crate::{access::api_key::ReadKey, db::TenantTx, error::Result, state::AppState};

/// A write under way.
#[derive(Debug)]
pub struct Write<'s> {
    pub tx: TenantTx,
    pub key: ReadKey,
    state: &'s AppState,
    idempotency: IdempotencyKey,
}

impl<'s> Write<'s> {
    /// Goes on with a new write, or breaks with what was answered before.
    ///
    /// # Errors
    /// 409 `idempotency_conflict`, or where the database is away.
    pub async fn begin(
        state: &'s AppState,
        key: ReadKey,
        idempotency: IdempotencyKey,
        request_digest: &[u8; 32],
    ) -> Result<ControlFlow<Response, Self>> {
        let mut tx = key.tx(state).await?;
        let earlier = idempotency.claim(&mut tx, key.organization, request_digest, state.clock.now()).await?;
        Ok(match earlier {
            Some(earlier) => ControlFlow::Break(earlier),
            None => ControlFlow::Continue(Self { tx, key, state, idempotency }),
        })
    }

    /// Who does it, as decisions and payments name them.
    pub fn actor(&self) -> String {
        format!("api_key:{}", self.key.id)
    }

    /// Keeps the answer, commits, and tells open dashboards.
    ///
    /// # Errors
    /// Where the commit's outcome is not success.
    pub async fn answer(mut self, status: StatusCode, value: &impl Serialize) -> Result<Response> {
        let answer = Answer::new(status, value)?;
        self.idempotency.keep(&mut self.tx, self.key.organization, &answer).await?;
        self.tx.commit().await?;
        // Nobody listening is fine.
        drop(self.state.news.send(self.key.organization));
        Ok(answer.into_response())
    }

    /// Commits a part of a longer work: its key is claimed again with the next part.
    ///
    /// # Errors
    /// As [`Write::answer`].
    pub async fn commit_part(mut self) -> Result<()> {
        self.idempotency.unclaim(&mut self.tx, self.key.organization).await?;
        self.tx.commit().await?;
        drop(self.state.news.send(self.key.organization));
        Ok(())
    }
}
