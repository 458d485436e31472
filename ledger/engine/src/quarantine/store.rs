//! SQL of the quarantine: saves, lists and resolves events.

use sha2::{Digest, Sha256};
use shared::{
    event::Event,
    id::{EventId, EventKind, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::privacy;
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx},
    state::AppState,
};

/// An event to quarantine, and the reason.
#[derive(Debug, Clone, Copy)]
pub struct Suspect<'a> {
    pub organization: OrganizationId,
    pub event_id: Option<EventId>,
    /// A stable code: `conflict`, or why it was rejected.
    pub reason: &'a str,
    pub detail: &'a str,
    /// The event's JSON, byte for byte.
    pub body: &'a str,
}

impl<'a> Suspect<'a> {
    /// A readable event.
    pub const fn event(event: &Event, body: &'a str, reason: &'a str, detail: &'a str) -> Self {
        Self { organization: event.organization_id, event_id: Some(event.id), reason, detail, body }
    }
}

/// Saves a suspect. One that is delivered again is saved once.
#[compiled_once]
pub async fn keep<'a>(tx: &'a mut TenantsTx, state: &'a AppState, suspect: Suspect<'a>) -> Result<(), sqlx::Error> {
    let redacted = privacy::arrival::text(tx, state, suspect.organization, suspect.body).await?;
    let body = redacted.as_deref().unwrap_or(suspect.body);
    let digest: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    sqlx::query!(
        "insert into quarantine (organization_id, id, event_id, reason, detail, body, digest, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (organization_id, digest) do nothing",
        suspect.organization.uuid(),
        state.new_id::<EventKind>().uuid(),
        suspect.event_id.map(|id| id.uuid()),
        suspect.reason,
        suspect.detail.replace('\0', ""),
        body,
        digest.as_slice(),
        state.clock.now(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// An event that waits for a decision.
#[derive(Debug)]
pub struct Open {
    pub id: Uuid,
    pub reason: String,
    pub detail: String,
    pub body: String,
    pub created_at: Timestamp,
}

/// The most events that are counted.
pub const COUNTED_MAX: i64 = 10_000;

/// How many events wait for a decision, at most [`COUNTED_MAX`].
pub async fn open_count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from (select id from quarantine where organization_id = $1 and state = 'open' limit $2) open"#,
        tx.organization().uuid(),
        COUNTED_MAX,
    )
    .fetch_one(tx.conn())
    .await
}

/// The events of one reason that wait for a decision.
#[derive(Debug)]
pub struct Reason {
    pub reason: String,
    pub events: i64,
    pub newest: Timestamp,
}

/// Counts the events by reason, the reason of the newest one first.
pub async fn reasons(tx: &mut TenantTx) -> Result<Vec<Reason>, sqlx::Error> {
    sqlx::query_as!(
        Reason,
        r#"select reason as "reason!", count(*) as "events!", max(created_at) as "newest!"
           from (select reason, created_at from quarantine where organization_id = $1 and state = 'open'
                 order by created_at desc limit $2) newest
           group by reason order by max(created_at) desc, reason"#,
        tx.organization().uuid(),
        COUNTED_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

/// The newest events of each reason, or of one: at most `limit` of each, their texts cut to `length` characters.
pub async fn newest(
    tx: &mut TenantTx,
    reason: Option<&str>,
    limit: i64,
    length: i32,
) -> Result<Vec<Open>, sqlx::Error> {
    sqlx::query_as!(
        Open,
        r#"select id as "id!", reason as "reason!", left(detail, $4) as "detail!", left(body, $4) as "body!",
                  created_at as "created_at!"
           from (select *, row_number() over (partition by reason order by created_at desc, id desc) as place
                 from (select * from quarantine where organization_id = $1 and state = 'open'
                       order by created_at desc limit $5) newest
                 where $2::text is null or reason = $2) placed
           where place <= $3 order by created_at desc, id desc"#,
        tx.organization().uuid(),
        reason,
        limit,
        length,
        COUNTED_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

/// The filters of the list for the API.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub id: Option<Uuid>,
    pub reason: Option<&'a str>,
    /// `open`, `replayed` or `dismissed`.
    pub state: Option<&'a str>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// An event that couldn't be applied, whatever was decided about it.
#[derive(Debug)]
pub struct Entry {
    pub id: Uuid,
    pub event_id: Option<EventId>,
    pub reason: String,
    pub detail: String,
    pub body: String,
    /// `open`, `replayed` or `dismissed`.
    pub state: String,
    pub created_at: Timestamp,
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter<'_>) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, event_id, reason, detail, body, state, created_at from quarantine
         where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or reason = $3)
           and ($4::text is null or state = $4) and ($5::uuid is null or id < $5)
         order by id desc limit $6",
        tx.organization().uuid(),
        filter.id,
        filter.reason,
        filter.state,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        id: row.id,
        event_id: row.event_id.map(EventId::new),
        reason: row.reason,
        detail: row.detail,
        body: row.body,
        state: row.state,
        created_at: row.created_at,
    });
    Ok(entries.collect())
}

/// The oldest events of a reason that wait for a decision, each with its body.
pub async fn bodies(
    tx: &mut TenantTx,
    reason: &str,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, body from quarantine
         where organization_id = $1 and state = 'open' and reason = $2 and created_at <= $3
         order by created_at, id limit $4",
        tx.organization().uuid(),
        reason,
        until,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}

/// Dismisses the events of a reason that arrived until then; returns them.
pub async fn dismiss(tx: &mut TenantTx, reason: &str, until: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update quarantine set state = 'dismissed'
         where organization_id = $1 and state = 'open' and reason = $2 and created_at <= $3 returning id",
        tx.organization().uuid(),
        reason,
        until,
    )
    .fetch_all(tx.conn())
    .await
}

/// Lets dismissed events wait for a decision again, except those that were sent again and applied in the meantime.
/// Returns how many.
pub async fn reopen(tx: &mut TenantTx, ids: &[Uuid]) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update quarantine q set state = 'open'
         where q.organization_id = $1 and q.id = any ($2) and q.state = 'dismissed'
           and (q.reason = 'conflict' or q.event_id is null
                or not exists (select from events e where e.organization_id = $1 and e.id = q.event_id))",
        tx.organization().uuid(),
        ids,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Closes the entries of events that are applied now, because their gateway or a person sent them again.
pub async fn close_applied(tx: &mut TenantsTx, events: &[(Uuid, Uuid)]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update quarantine q set state = 'replayed'
         from unnest($1::uuid[], $2::uuid[]) n (organization_id, event_id)
         where q.organization_id = n.organization_id and q.event_id = n.event_id
           and q.state = 'open' and q.reason <> 'conflict'",
        &events.iter().map(|key| key.0).collect::<Vec<_>>(),
        &events.iter().map(|key| key.1).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Replayed,
    Dismissed,
}

/// Resolves an entry; `false` if it no longer waits for a decision.
pub async fn settle(tx: &mut TenantTx, id: Uuid, decision: Decision) -> Result<bool, sqlx::Error> {
    let decision = match decision {
        Decision::Replayed => "replayed",
        Decision::Dismissed => "dismissed",
    };
    let settled = sqlx::query!(
        "update quarantine set state = $3 where organization_id = $1 and id = $2 and state = 'open'",
        tx.organization().uuid(),
        id,
        decision,
    )
    .execute(tx.conn())
    .await?;
    Ok(settled.rows_affected() == 1)
}
