//! SQL of conversations, their messages, and what they used. Leases use the database's clock, so that processes don't depend
//! on synchronized clocks.

use kit::db::TenantTx;
use shared::{
    id::{CopilotConversationId, UserId},
    timestamp::Timestamp,
};
use sqlx::types::Uuid;
use time::Date;

use super::{
    chat::Usage,
    lease::{LEASE_SECONDS, Lease},
    toolset::Set,
};

/// Unless the organization says otherwise.
const KEPT_DAYS: i32 = 30;

#[derive(Debug, Clone)]
pub struct Conversation {
    pub id: Uuid,
    pub sealed_title: String,
    pub tool_set: Set,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    /// Whether an answer has its lease.
    pub is_busy: bool,
}

shared::text_enum! {
    /// Who a stored message is from.
    Sender {
        Person,
        Model,
        /// Results of tools.
        Tools,
        /// What became of a card.
        Note,
    }
}

#[derive(Debug, Clone)]
pub struct Message {
    pub id: Uuid,
    pub position: i32,
    pub author: Sender,
    pub sealed_blocks: String,
    pub ids: Vec<String>,
    pub sealed_source: Option<String>,
    pub note: Option<String>,
    pub at: Timestamp,
}

pub async fn insert(
    tx: &mut TenantTx,
    id: CopilotConversationId,
    user: UserId,
    (sealed_title, set): (&str, Set),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into copilot_conversations (organization_id, id, user_id, sealed_title, tool_set, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $6)",
        tx.organization().uuid(),
        id.uuid(),
        user.uuid(),
        sealed_title,
        set.as_str(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A conversation of this person; another's isn't there.
pub async fn read(
    tx: &mut TenantTx,
    id: CopilotConversationId,
    user: UserId,
) -> Result<Option<Conversation>, sqlx::Error> {
    sqlx::query_as!(
        Conversation,
        r#"select id, sealed_title, tool_set as "tool_set: Set", created_at, changed_at,
               coalesce(busy_until > now(), false) as "is_busy!"
           from copilot_conversations where organization_id = $1 and id = $2 and user_id = $3"#,
        tx.organization().uuid(),
        id.uuid(),
        user.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// A person's conversations, the latest first.
pub async fn list(
    tx: &mut TenantTx,
    user: UserId,
    (after, limit): (Option<(Timestamp, Uuid)>, i64),
) -> Result<Vec<Conversation>, sqlx::Error> {
    let (time, id) = after.unzip();
    sqlx::query_as!(
        Conversation,
        r#"select id, sealed_title, tool_set as "tool_set: Set", created_at, changed_at,
               coalesce(busy_until > now(), false) as "is_busy!"
           from copilot_conversations
           where organization_id = $1 and user_id = $2
               and ($3::timestamptz is null or (changed_at, id) < ($3, $4::uuid))
           order by changed_at desc, id desc limit $5"#,
        tx.organization().uuid(),
        user.uuid(),
        time as _,
        id,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// How many answers of the person are running.
pub async fn count_busy(tx: &mut TenantTx, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from copilot_conversations
           where organization_id = $1 and user_id = $2 and busy_until > now()"#,
        tx.organization().uuid(),
        user.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Takes the conversation for one answer. Of several at once, one succeeds.
pub async fn take(tx: &mut TenantTx, lease: Lease, now: Timestamp) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "update copilot_conversations
         set lease = $3, busy_until = now() + make_interval(secs => $4), changed_at = $5
         where organization_id = $1 and id = $2 and (busy_until is null or busy_until <= now())",
        tx.organization().uuid(),
        lease.conversation.uuid(),
        lease.token,
        LEASE_SECONDS,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Renews a lease for its full duration, also one that expired if no one took the conversation over. Returns whether it's
/// still this one.
pub async fn renew(tx: &mut TenantTx, lease: Lease) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update copilot_conversations set busy_until = now() + make_interval(secs => $4)
         where organization_id = $1 and id = $2 and lease = $3",
        tx.organization().uuid(),
        lease.conversation.uuid(),
        lease.token,
        LEASE_SECONDS,
    )
    .execute(tx.conn())
    .await?;
    Ok(renewed.rows_affected() == 1)
}

pub async fn release(tx: &mut TenantTx, lease: Lease) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update copilot_conversations set lease = null, busy_until = null
         where organization_id = $1 and id = $2 and lease = $3",
        tx.organization().uuid(),
        lease.conversation.uuid(),
        lease.token,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn messages(tx: &mut TenantTx, conversation: Uuid) -> Result<Vec<Message>, sqlx::Error> {
    sqlx::query_as!(
        Message,
        r#"select id, position, author as "author: Sender", sealed_blocks, ids, sealed_source, note, at
           from copilot_messages where organization_id = $1 and conversation_id = $2 order by position"#,
        tx.organization().uuid(),
        conversation,
    )
    .fetch_all(tx.conn())
    .await
}

/// Adds a message at the end; returns its position. Nothing if the conversation was deleted in the meantime or, for the
/// message of an answer, if another answer took over its `lease`.
pub async fn append(
    tx: &mut TenantTx,
    conversation: CopilotConversationId,
    lease: Option<Lease>,
    message: &Message,
) -> Result<Option<i32>, sqlx::Error> {
    let position = sqlx::query_scalar!(
        r#"with c as materialized (
               select id from copilot_conversations
               where organization_id = $1 and id = $2 and ($10::uuid is null or lease = $10) for update)
           insert into copilot_messages (organization_id, id, conversation_id, position, author, sealed_blocks, ids,
               sealed_source, note, at)
           select $1, $3, c.id,
               coalesce((select max(m.position) + 1 from copilot_messages m
                         where m.organization_id = $1 and m.conversation_id = $2), 0),
               $4, $5, $6, $7, $8, $9
           from c returning position"#,
        tx.organization().uuid(),
        conversation.uuid(),
        message.id,
        message.author.as_str(),
        message.sealed_blocks,
        &message.ids,
        message.sealed_source,
        message.note,
        message.at,
        lease.map(|lease| lease.token),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(position)
}

/// Deletes one of the person's conversations, or all of them; returns how many.
pub async fn delete(tx: &mut TenantTx, user: UserId, only: Option<CopilotConversationId>) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from copilot_conversations where organization_id = $1 and user_id = $2 and ($3::uuid is null or id = $3)",
        tx.organization().uuid(),
        user.uuid(),
        only.map(CopilotConversationId::uuid),
    )
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected())
}

/// Deletes every conversation in which one of these ids occurs: a person was erased.
pub async fn delete_with(tx: &mut TenantTx, ids: &[String]) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from copilot_conversations c where c.organization_id = $1 and exists (
             select from copilot_messages m
             where m.organization_id = $1 and m.conversation_id = c.id and m.ids && $2)",
        tx.organization().uuid(),
        ids,
    )
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected())
}

/// Deletes up to this many conversations that weren't continued since.
pub async fn delete_old(tx: &mut TenantTx, before: Timestamp, at_most: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "with old as materialized (
             select id from copilot_conversations where organization_id = $1 and changed_at < $2 limit $3)
         delete from copilot_conversations c using old where c.organization_id = $1 and c.id = old.id",
        tx.organization().uuid(),
        before,
        at_most,
    )
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected())
}

/// Deletes all conversations of the organization.
pub async fn delete_all(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from copilot_conversations where organization_id = $1", tx.organization().uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}

/// How many days the organization keeps conversations.
pub async fn kept_days(tx: &mut TenantTx) -> Result<i32, sqlx::Error> {
    let days =
        sqlx::query_scalar!("select copilot_days from retention where organization_id = $1", tx.organization().uuid(),)
            .fetch_optional(tx.conn())
            .await?;
    Ok(days.flatten().unwrap_or(KEPT_DAYS))
}

/// Tokens that the organization used on that day.
pub async fn tokens_of_day(tx: &mut TenantTx, day: Date) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(input_tokens + cached_tokens + output_tokens), 0)::bigint as "tokens!"
           from copilot_usage where organization_id = $1 and day = $2"#,
        tx.organization().uuid(),
        day,
    )
    .fetch_one(tx.conn())
    .await
}

/// Adds to what the person used on that day.
pub async fn count(
    tx: &mut TenantTx,
    user: UserId,
    day: Date,
    (messages, usage): (i32, Usage),
) -> Result<(), sqlx::Error> {
    let tokens = |count: u64| i64::try_from(count).unwrap_or(i64::MAX / 4);
    sqlx::query!(
        "insert into copilot_usage as u (organization_id, user_id, day, messages, input_tokens, cached_tokens, output_tokens)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id, user_id, day) do update set messages = u.messages + excluded.messages,
             input_tokens = u.input_tokens + excluded.input_tokens,
             cached_tokens = u.cached_tokens + excluded.cached_tokens,
             output_tokens = u.output_tokens + excluded.output_tokens",
        tx.organization().uuid(),
        user.uuid(),
        day,
        messages,
        tokens(usage.input),
        tokens(usage.cached),
        tokens(usage.output),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What a person used on a day.
#[derive(Debug)]
pub struct Used {
    pub day: Date,
    pub person: String,
    pub messages: i32,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
}

/// The latest days, by person.
pub async fn usage(tx: &mut TenantTx, since: Date) -> Result<Vec<Used>, sqlx::Error> {
    sqlx::query_as!(
        Used,
        r#"select u.day, coalesce(nullif(p.name, ''), p.email, 'Someone who left') as "person!", u.messages,
               u.input_tokens, u.cached_tokens, u.output_tokens
           from copilot_usage u left join users p on p.id = u.user_id
           where u.organization_id = $1 and u.day >= $2 order by u.day desc, 2 limit 3000"#,
        tx.organization().uuid(),
        since,
    )
    .fetch_all(tx.conn())
    .await
}
