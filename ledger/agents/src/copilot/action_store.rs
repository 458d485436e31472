//! SQL of cards: calls that a person has to confirm.

use kit::db::TenantTx;
use shared::{
    id::{AgentConfirmationId, CopilotConversationId, UserId},
    timestamp::Timestamp,
};
use sqlx::types::Uuid;

use super::card::State;
use crate::confirmation::status::{STUCK_AFTER_MS, STUCK_UNTIL_MS};

#[derive(Debug)]
pub struct New<'a> {
    pub id: AgentConfirmationId,
    pub conversation: CopilotConversationId,
    pub user: UserId,
    pub tool: &'a str,
    pub sealed_arguments: &'a str,
    pub digest: &'a [u8; 32],
    pub sealed_source: Option<&'a str>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub tool: String,
    pub sealed_arguments: String,
    pub digest: Vec<u8>,
    pub sealed_source: Option<String>,
    pub state: State,
    pub expires_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub result_text: Option<String>,
    pub result_id: Option<String>,
}

impl Row {
    pub const fn id(&self) -> AgentConfirmationId {
        AgentConfirmationId::new(self.id)
    }
}

pub async fn insert(tx: &mut TenantTx, new: &New<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into copilot_actions (organization_id, id, conversation_id, user_id, tool, sealed_arguments,
             digest, sealed_source, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.conversation.uuid(),
        new.user.uuid(),
        new.tool,
        new.sealed_arguments,
        &new.digest[..],
        new.sealed_source,
        new.created_at,
        new.expires_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The cards of a conversation, in order.
pub async fn list(tx: &mut TenantTx, conversation: Uuid, user: UserId) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select id, tool, sealed_arguments, digest, sealed_source, state as "state: State", expires_at,
               decided_at, result_text, result_id
           from copilot_actions
           where organization_id = $1 and conversation_id = $2 and user_id = $3 order by created_at, id"#,
        tx.organization().uuid(),
        conversation,
        user.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// The open card of the same call, if there is one.
pub async fn open(
    tx: &mut TenantTx,
    conversation: CopilotConversationId,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from copilot_actions
         where organization_id = $1 and conversation_id = $2 and digest = $3 and state = 'Pending' and expires_at > $4
         limit 1",
        tx.organization().uuid(),
        conversation.uuid(),
        &digest[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await
}

/// How many cards the person has got since then.
pub async fn count_since(tx: &mut TenantTx, user: UserId, since: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from copilot_actions
           where organization_id = $1 and user_id = $2 and created_at >= $3"#,
        tx.organization().uuid(),
        user.uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

/// Takes the card for running it. Of several clicks at once, one succeeds.
pub async fn take(
    tx: &mut TenantTx,
    id: AgentConfirmationId,
    user: UserId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "update copilot_actions set state = 'Running', decided_at = $4
         where organization_id = $1 and id = $2 and user_id = $3
             and (state = 'Pending' and expires_at > $4
                  or state = 'Running' and decided_at <= $5 and decided_at > $6)",
        tx.organization().uuid(),
        id.uuid(),
        user.uuid(),
        now,
        now.plus_millis(-STUCK_AFTER_MS),
        now.plus_millis(-STUCK_UNTIL_MS),
    )
    .execute(tx.conn())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Fails if the card isn't open any more.
pub async fn decline(
    tx: &mut TenantTx,
    id: AgentConfirmationId,
    user: UserId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let declined = sqlx::query!(
        "update copilot_actions set state = 'Declined', decided_at = $4
         where organization_id = $1 and id = $2 and user_id = $3 and state = 'Pending' and expires_at > $4",
        tx.organization().uuid(),
        id.uuid(),
        user.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(declined.rows_affected() == 1)
}

/// Records what the operation answered.
pub async fn finish(
    tx: &mut TenantTx,
    id: AgentConfirmationId,
    state: State,
    (status, text, made): (u16, Option<&str>, Option<&str>),
) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        "update copilot_actions set state = $3, result_status = $4, result_text = $5, result_id = $6
         where organization_id = $1 and id = $2 and state = 'Running'",
        tx.organization().uuid(),
        id.uuid(),
        state.as_str(),
        i16::try_from(status).unwrap_or_default(),
        text,
        made,
    )
    .execute(tx.conn())
    .await?;
    Ok(finished.rows_affected() == 1)
}
