//! The lease of an answer on its conversation. The process that writes the answer renews it, so that the conversation is
//! free soon after that process was killed. An answer stores something only while it has the lease: if another answer took
//! the conversation over in the meantime, the two don't mix.

use std::time::Duration;

use shared::id::CopilotConversationId;
use sqlx::types::Uuid;
use tokio::time::sleep;

use super::{context::Context, store};
use kit::error::Result;

/// How long a lease is valid without renewal.
pub const LEASE_SECONDS: f64 = 20.0;
/// Several renewals may fail before the lease expires.
const RENEWED_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub conversation: CopilotConversationId,
    /// New for each answer, so that an answer whose lease expired can't renew that of another.
    pub token: Uuid,
}

impl Lease {
    pub fn new(conversation: CopilotConversationId) -> Self {
        Self { conversation, token: Uuid::from_u128(rand::random()) }
    }

    /// Renews the lease until it is lost: the conversation was deleted, or another answer took it over.
    pub async fn lost(self, context: &Context) {
        loop {
            sleep(RENEWED_EVERY).await;
            match self.renew(context).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => tracing::warn!(
                    event = "copilot.lease_not_renewed", conversation = %self.conversation,
                    "renewing the lease on a conversation failed: {error:?}"
                ),
            }
        }
        tracing::info!(
            event = "copilot.lease_lost", conversation = %self.conversation,
            "an answer ended early: its conversation was deleted, or another answer took it over"
        );
    }

    async fn renew(self, context: &Context) -> Result<bool> {
        let mut tx = context.state.db.tenant(context.member.organization).await?;
        let is_ours = store::renew(&mut tx, self).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    /// Frees the conversation, unless another answer has it by now.
    ///
    /// # Errors
    /// 503 if the database is unavailable; the lease then expires on its own.
    pub async fn release(self, context: &Context) -> Result<()> {
        let mut tx = context.state.db.tenant(context.member.organization).await?;
        store::release(&mut tx, self).await?;
        Ok(tx.commit().await?)
    }
}
