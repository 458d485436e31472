//! SQL for syncs in progress: taking and planning them, and recording each attempt before it is made and after its
//! answer.

use connector::{Action, Answer, Known, Stage, Step};
use serde_json::{Map, Value};
use shared::timestamp::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::{lease_store::Lease, person::FormerContact};
use crate::crm::{mask::Mask, wire::Shown};
use kit::db::{TenantTx, corrupt_column};

/// A due sync.
#[derive(Debug, Clone)]
pub struct Due {
    pub id: Uuid,
    pub affiliate: Uuid,
    pub task: String,
    pub event: Option<Value>,
    /// For the task `retire`, and for the task `forget` if it isn't about the contact of today: the contact that was
    /// left behind.
    pub former: Option<Json<FormerContact>>,
    /// Consecutive failures.
    pub tries: i32,
}

/// Takes some due syncs, at most one per affiliate: first those in progress, then those that were tried, then the
/// oldest. An event waits for all open syncs of the affiliate's data; a sync waits for an event only while that one is
/// being sent. So at least one of an affiliate's open syncs can always be taken.
pub async fn take(
    tx: &mut TenantTx,
    lease: &Lease,
    busy: &[Uuid],
    most: i64,
    now: Timestamp,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"with d as materialized (
                 select w.id from crm_syncs w
                 where w.organization_id = $1 and w.connection_id = $2 and w.next_at <= $4 and w.id <> all ($3)
                   and not exists (
                       select from crm_syncs o
                       cross join lateral (select
                           (case when o.state = 'Running' then 0 when o.state = 'Retrying' then 1 else 2 end, o.created_at, o.id)
                           < (case when w.state = 'Running' then 0 when w.state = 'Retrying' then 1 else 2 end,
                              w.created_at, w.id)) r (first)
                       where o.organization_id = $1 and o.connection_id = $2 and o.affiliate_id = w.affiliate_id
                         and o.id <> w.id and o.next_at is not null
                         and case when (o.task = 'event') = (w.task = 'event') then r.first
                                  when w.task = 'event' then w.state <> 'Running' or (o.state = 'Running' and r.first)
                                  else o.state = 'Running' and (w.state <> 'Running' or r.first) end)
                 order by w.next_at, w.created_at, w.task = 'event', w.id limit $5 for update skip locked)
           update crm_syncs s set state = 'Running', started_at = coalesce(s.started_at, $4)
           from d
           where s.organization_id = $1 and s.id = d.id
           returning s.id, s.affiliate_id as affiliate, s.task, s.event,
                     s.former as "former: Json<FormerContact>", s.tries"#,
        lease.organization.uuid(),
        lease.connection,
        busy,
        now,
        most,
    )
    .fetch_all(tx.conn())
    .await
}

/// Ends a sync that was resumed if a newer one of the affiliate is queued, because its plan is outdated. Returns
/// whether it ended.
pub async fn gives_way(tx: &mut TenantTx, lease: &Lease, sync: Uuid, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update crm_syncs s set state = 'Failed', code = 'superseded',
                message = 'Something changed since: a newer sync took over.', next_at = null, finished_at = $3
         where s.organization_id = $1 and s.id = $2 and s.task = 'sync' and exists (
             select from crm_syncs n
             where n.organization_id = $1 and n.connection_id = s.connection_id and n.affiliate_id = s.affiliate_id
               and n.task = 'sync' and n.state = 'Queued')",
        lease.organization.uuid(),
        sync,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Loads the plan's steps in order, with their saved state; empty before the sync is planned.
pub async fn steps(tx: &mut TenantTx, lease: &Lease, sync: Uuid) -> Result<Vec<Stage>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select action, about, state, learned as "learned: Json<Known>", polls from crm_steps
           where organization_id = $1 and sync_id = $2 order by position"#,
        lease.organization.uuid(),
        sync,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let action = Action::named(&row.action).ok_or_else(|| corrupt_column("crm_steps.action"))?;
            let mut stage = Stage::new(Step::about(action, row.about));
            stage.learned = row.learned.0;
            stage.polls = u32::try_from(row.polls).unwrap_or_default();
            stage.over = matches!(row.state.as_str(), "Done" | "Skipped");
            stage.unanswered = row.state == "Running";
            Ok(stage)
        })
        .collect()
}

/// Remembers the name that the sync is about to write. If the sync fails, it may have written it.
pub async fn note_name(tx: &mut TenantTx, lease: &Lease, sync: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_syncs s set names = array_append(array_remove(s.names, a.name), a.name)
         from affiliates a
         where s.organization_id = $1 and s.id = $2 and s.task = 'sync' and a.organization_id = $1
           and a.id = s.affiliate_id and a.erased_at is null
           and s.names[cardinality(s.names)] is distinct from a.name",
        lease.organization.uuid(),
        sync,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Remembers the tags that the sync is about to write, in whatever call. If the sync fails, it may have added them.
pub async fn note_tags(tx: &mut TenantTx, lease: &Lease, sync: Uuid, tags: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_syncs s set tags = array(select unnest(s.tags) union select unnest($3::text[]) order by 1)
         where s.organization_id = $1 and s.id = $2 and not s.tags @> $3::text[]",
        lease.organization.uuid(),
        sync,
        tags,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Writes the plan and replaces an older one.
pub async fn plan(tx: &mut TenantTx, lease: &Lease, sync: Uuid, steps: &[Step]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from crm_steps where organization_id = $1 and sync_id = $2", lease.organization.uuid(), sync)
        .execute(tx.conn())
        .await?;
    let positions: Vec<i32> = (0..steps.len()).filter_map(|at| i32::try_from(at).ok()).collect();
    sqlx::query!(
        "insert into crm_steps (organization_id, sync_id, position, action, about)
         select $1, $2, position, action, about from unnest($3::integer[], $4::text[], $5::text[]) s (position, action, about)
         returning 1 as one",
        lease.organization.uuid(),
        sync,
        &positions,
        &steps.iter().map(|step| step.action.as_str().to_owned()).collect::<Vec<_>>(),
        &steps.iter().map(|step| step.about.clone()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Reopens lookups that a call with consent depends on, and deletes what they found before.
pub async fn look_again(tx: &mut TenantTx, lease: &Lease, sync: Uuid, looks: &[usize]) -> Result<(), sqlx::Error> {
    let positions: Vec<i32> = looks.iter().filter_map(|at| i32::try_from(*at).ok()).collect();
    sqlx::query!(
        "update crm_steps set state = 'Pending', learned = '{}', polls = 0, note = null, finished_at = null
         where organization_id = $1 and sync_id = $2 and position = any ($3)",
        lease.organization.uuid(),
        sync,
        &positions,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Counts an attempt and stores what is about to be sent.
pub async fn begin(
    tx: &mut TenantTx,
    lease: &Lease,
    (sync, position, attempt): (Uuid, i32, Uuid),
    shown: &Shown,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with step as (
             update crm_steps set state = 'Running', attempts = attempts + 1
             where organization_id = $1 and sync_id = $2 and position = $3)
         insert into crm_attempts (organization_id, id, sync_id, position, started_at, method, url, request_headers, request_body)
         values ($1, $4, $2, $3, $5, $6, $7, $8, $9)",
        lease.organization.uuid(),
        sync,
        position,
        attempt,
        now,
        shown.method,
        shown.url,
        Value::Object(shown.headers.clone()),
        shown.body,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The vendor's answer, with secrets masked.
#[derive(Debug, Default)]
pub struct Answered {
    pub duration_ms: i32,
    pub status: Option<i16>,
    pub headers: Map<String, Value>,
    pub body: Option<String>,
    pub code: Option<&'static str>,
    pub message: Option<String>,
}

/// The maximum stored size of an answer, in bytes.
const ANSWER_KEPT: usize = 16 * 1024;

impl Answered {
    /// Builds the stored form of an answer, or of no answer, that took `took` milliseconds.
    pub fn of(answer: Option<&Answer>, mask: &Mask, took: i64) -> Self {
        let duration_ms = i32::try_from(took).unwrap_or(i32::MAX).max(0);
        let Some(answer) = answer else { return Self { duration_ms, ..Self::default() } };
        // Postgres can't store NUL in text.
        let kept = |text: &str| text.replace('\0', "\u{fffd}");
        let shown = |(name, value): &(String, String)| (name.clone(), kept(&mask.header(name, value)).into());
        // Mask before cutting, because half a secret wouldn't be recognized.
        let start = answer.body.get(..ANSWER_KEPT * 2).unwrap_or(&answer.body);
        let mut body = kept(&mask.text(&String::from_utf8_lossy(start)));
        body.truncate(body.floor_char_boundary(ANSWER_KEPT));
        Self {
            duration_ms,
            status: i16::try_from(answer.status).ok(),
            headers: answer.headers.iter().map(shown).collect(),
            body: Some(body),
            ..Self::default()
        }
    }
}

/// The new state of a step.
#[derive(Debug)]
pub enum StepEnd<'a> {
    Done(&'a Known),
    /// It needed no call, for this reason.
    Skipped(&'a str),
    /// It is called once more.
    Again(&'a Known),
    /// It is retried later.
    Retried,
    Failed,
}

/// Ends a step, or continues it later, and stores what its attempt was answered, if one was made.
pub async fn settle_step(
    tx: &mut TenantTx,
    lease: &Lease,
    (sync, position): (Uuid, i32),
    attempt: Option<(Uuid, &Answered)>,
    end: &StepEnd<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (nothing, unanswered) = (Known::new(), Answered::default());
    let (attempt, answered) = attempt.map_or((None, &unanswered), |(attempt, answered)| (Some(attempt), answered));
    let (state, learned, note, polls) = match end {
        StepEnd::Done(learned) => ("Done", *learned, None, 0),
        StepEnd::Skipped(note) => ("Skipped", &nothing, Some(*note), 0),
        StepEnd::Again(learned) => ("Pending", *learned, None, 1),
        StepEnd::Retried => ("Pending", &nothing, None, 0),
        StepEnd::Failed => ("Failed", &nothing, None, 0),
    };
    sqlx::query!(
        "with attempt as (
             update crm_attempts
             set duration_ms = $10, status = $11, answer_headers = $12, answer = $13, code = $14, message = $15
             where organization_id = $1 and id = $9)
         update crm_steps set state = $4, learned = learned || $5, note = $6, polls = polls + $7,
                finished_at = case when $4 in ('Done', 'Skipped', 'Failed') then $8::timestamptz end
         where organization_id = $1 and sync_id = $2 and position = $3",
        lease.organization.uuid(),
        sync,
        position,
        state,
        Json(learned) as _,
        note,
        polls,
        now,
        attempt,
        answered.duration_ms,
        answered.status,
        Value::Object(answered.headers.clone()),
        answered.body,
        answered.code,
        answered.message,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The new state of a sync.
#[derive(Debug)]
pub enum SyncEnd<'a> {
    /// It succeeded, with what it left out, if anything.
    Succeeded(Option<(&'a str, &'a str)>),
    Failed(&'a str, &'a str),
    /// It continues later, without an error.
    Waits(Timestamp),
    /// It is retried; `counts` says whether this is one more consecutive failure.
    Retries {
        at: Timestamp,
        counts: bool,
        code: &'a str,
        message: &'a str,
    },
}

pub async fn settle(
    tx: &mut TenantTx,
    lease: &Lease,
    sync: Uuid,
    end: &SyncEnd<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (state, next, tries, text) = match end {
        SyncEnd::Succeeded(text) => ("Succeeded", None, 0, *text),
        SyncEnd::Failed(code, message) => ("Failed", None, 0, Some((*code, *message))),
        SyncEnd::Waits(next) => ("Running", Some(*next), 0, None),
        SyncEnd::Retries { at, counts, code, message } => {
            ("Retrying", Some(*at), i32::from(*counts), Some((*code, *message)))
        }
    };
    sqlx::query!(
        "update crm_syncs
         set state = $3, next_at = $4, finished_at = case when $4::timestamptz is null then $5::timestamptz end,
             tries = case when $3 = 'Running' then tries when $3 = 'Retrying' then tries + $6 else 0 end,
             code = case when $3 = 'Running' then code else $7 end,
             message = case when $3 = 'Running' then message else $8 end
         where organization_id = $1 and id = $2 and next_at is not null",
        lease.organization.uuid(),
        sync,
        state,
        next,
        now,
        tries,
        text.map(|(code, _)| code),
        text.map(|(_, message)| message),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Marks the remaining steps as skipped when a sync ends early.
pub async fn skip_rest(
    tx: &mut TenantTx,
    lease: &Lease,
    sync: Uuid,
    why: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_steps set state = 'Skipped', note = $3, finished_at = $4
         where organization_id = $1 and sync_id = $2 and state in ('Pending', 'Running')",
        lease.organization.uuid(),
        sync,
        why,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
