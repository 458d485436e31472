//! SQL of confirmations, and of how many a connection may ask for on a day.

use kit::db::{TenantTx, TenantsTx};
use shared::{id::AgentConfirmationId, timestamp::Timestamp};
use sqlx::types::Uuid;
use time::Date;

use super::{
    create::Open,
    status::{STUCK_AFTER_MS, STUCK_UNTIL_MS, State, Status},
};
use crate::tool::table::Class;

/// A confirmation to store.
#[derive(Debug)]
pub struct New<'a> {
    pub id: AgentConfirmationId,
    pub connection: Uuid,
    /// The assistant as the audit log names it.
    pub requested_by: &'a str,
    pub via: Option<&'a str>,
    pub tool: &'a str,
    pub class: Class,
    /// Canonical JSON.
    pub arguments: &'a str,
    pub digest: &'a [u8; 32],
    /// The digest of what the call would do.
    pub effect: [u8; 32],
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A confirmation with what became of it.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: AgentConfirmationId,
    pub connection: Uuid,
    pub requested_by: String,
    pub via: Option<String>,
    pub tool: String,
    pub arguments: String,
    pub digest: Vec<u8>,
    pub effect: Vec<u8>,
    pub state: State,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub result_status: Option<i16>,
    pub result_code: Option<String>,
    pub result_text: Option<String>,
    pub result_id: Option<String>,
    /// Whether the token or grant that asked is still valid.
    pub is_connected: bool,
}

impl Row {
    pub fn status(&self, now: Timestamp) -> Status {
        Status::of(self.state, self.expires_at, self.decided_at, self.is_connected, now)
    }
}

/// What an operation answered, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub is_done: bool,
    pub status: u16,
    pub code: Option<String>,
    pub text: Option<String>,
    pub id: Option<String>,
}

/// The open confirmation of the same call with the same effect, if there is one.
pub async fn open(tx: &mut TenantTx, new: &New<'_>) -> Result<Option<Open>, sqlx::Error> {
    sqlx::query_as!(
        Open,
        "select id, expires_at from agent_confirmations
         where organization_id = $1 and connection_id = $2 and digest = $3 and effect = $4 and state = 'Pending'
             and expires_at > $5
         order by expires_at desc limit 1",
        tx.organization().uuid(),
        new.connection,
        &new.digest[..],
        &new.effect[..],
        new.created_at,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Counts a confirmation of the class on that day, unless the connection already asked for `max`.
pub async fn count(
    tx: &mut TenantTx,
    connection: Uuid,
    day: Date,
    class: Class,
    max: i32,
) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query!(
        "insert into agent_confirmation_counts as c (organization_id, connection_id, day, class, requests)
         values ($1, $2, $3, $4, 1)
         on conflict (organization_id, connection_id, day, class) do update set requests = c.requests + 1
         where c.requests < $5",
        tx.organization().uuid(),
        connection,
        day,
        class.as_str(),
        max,
    )
    .execute(tx.conn())
    .await?;
    Ok(counted.rows_affected() == 1)
}

pub async fn insert(tx: &mut TenantTx, new: &New<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into agent_confirmations (organization_id, id, connection_id, requested_by, via, tool, class, arguments,
             digest, effect, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.connection,
        new.requested_by,
        new.via,
        new.tool,
        new.class.as_str(),
        new.arguments,
        &new.digest[..],
        &new.effect[..],
        new.created_at,
        new.expires_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn read(tx: &mut TenantTx, id: AgentConfirmationId) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select c.id, c.connection_id as connection, c.requested_by, c.via, c.tool, c.arguments, c.digest,
               c.effect, c.state as "state: State", c.created_at, c.expires_at, c.decided_by, c.decided_at, c.result_status,
               c.result_code, c.result_text, c.result_id,
               (exists (select from api_keys k
                        where k.organization_id = $1 and k.id = c.connection_id and k.revoked_at is null)
                or exists (select from oauth_grants g
                           where g.organization_id = $1 and g.id = c.connection_id and g.revoked_at is null))
                   as "is_connected!"
           from agent_confirmations c where c.organization_id = $1 and c.id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// A confirmation in the list of those that wait.
#[derive(Debug)]
pub struct Waiting {
    pub id: AgentConfirmationId,
    pub requested_by: String,
    pub via: Option<String>,
    pub tool: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Those that a person can confirm now, the newest first.
pub async fn waiting(tx: &mut TenantTx, max: i64, now: Timestamp) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        "select c.id, c.requested_by, c.via, c.tool, c.created_at, c.expires_at from agent_confirmations c
         where c.organization_id = $1 and c.state = 'Pending' and c.expires_at > $2
             and (exists (select from api_keys k
                          where k.organization_id = $1 and k.id = c.connection_id and k.revoked_at is null)
                  or exists (select from oauth_grants g
                             where g.organization_id = $1 and g.id = c.connection_id and g.revoked_at is null))
         order by c.id desc limit $3",
        tx.organization().uuid(),
        now,
        max,
    )
    .fetch_all(tx.conn())
    .await
}

/// Takes the confirmation for running it. Of several at once, one succeeds. The person who took it may take it again if its
/// end was never recorded.
pub async fn take(tx: &mut TenantTx, id: AgentConfirmationId, by: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "update agent_confirmations set state = 'Running', decided_by = $3, decided_at = $4
         where organization_id = $1 and id = $2
             and (state = 'Pending' and expires_at > $4
                  or state = 'Running' and decided_by = $3 and decided_at <= $5 and decided_at > $6)",
        tx.organization().uuid(),
        id.uuid(),
        by,
        now,
        now.plus_millis(-STUCK_AFTER_MS),
        now.plus_millis(-STUCK_UNTIL_MS),
    )
    .execute(tx.conn())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Records that a person declined. Fails if it isn't open any more.
pub async fn decline(
    tx: &mut TenantTx,
    id: AgentConfirmationId,
    by: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let declined = sqlx::query!(
        "update agent_confirmations set state = 'Declined', decided_by = $3, decided_at = $4
         where organization_id = $1 and id = $2 and state = 'Pending' and expires_at > $4",
        tx.organization().uuid(),
        id.uuid(),
        by,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(declined.rows_affected() == 1)
}

/// Records that it would have done something else than what was requested. Fails if it isn't open any more.
pub async fn void(tx: &mut TenantTx, id: AgentConfirmationId, by: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let voided = sqlx::query!(
        "update agent_confirmations set state = 'Void', decided_by = $3, decided_at = $4
         where organization_id = $1 and id = $2 and state = 'Pending'",
        tx.organization().uuid(),
        id.uuid(),
        by,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(voided.rows_affected() == 1)
}

/// Records what the operation answered.
pub async fn finish(tx: &mut TenantTx, id: AgentConfirmationId, outcome: &Outcome) -> Result<(), sqlx::Error> {
    let state = if outcome.is_done { State::Done } else { State::Failed };
    sqlx::query!(
        "update agent_confirmations
         set state = $3, result_status = $4, result_code = $5, result_text = $6, result_id = $7
         where organization_id = $1 and id = $2 and state = 'Running'",
        tx.organization().uuid(),
        id.uuid(),
        state.as_str(),
        i16::try_from(outcome.status).unwrap_or_default(),
        outcome.code,
        outcome.text,
        outcome.id,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes those of the transaction's organizations that are older, and the counts of earlier days.
pub async fn delete_old(tx: &mut TenantsTx, before: Timestamp) -> Result<(), sqlx::Error> {
    let tenants = tx.tenant_ids();
    sqlx::query!(
        "delete from agent_confirmation_counts where organization_id = any ($1) and day < $2",
        &tenants,
        before.date(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from agent_confirmations where organization_id = any ($1) and created_at < $2",
        &tenants,
        before,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
