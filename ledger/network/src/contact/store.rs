//! SQL of contacts, messages and reports in a transaction of the brand.

use shared::{
    id::{AffiliateId, CreatorId, NetworkContactId, NetworkMessageId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{Contact, allowance::History};
use kit::db::TenantTx;

/// Which contacts to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<NetworkContactId>,
    pub program: Option<ProgramId>,
    pub creator: Option<CreatorId>,
    pub status: Option<String>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

pub async fn list(tx: &mut TenantTx, filter: &Filter, now: Timestamp) -> Result<Vec<Contact>, sqlx::Error> {
    sqlx::query_as!(
        Contact,
        r#"with c as materialized (
               select * from (
                   select n.id, n.program_id, g.name as program_name, n.creator_id,
                          case when n.status = 'Invited' and n.expires_at <= $2 then 'Expired'
                               when n.status not in ('Applied', 'Joined') then n.status
                               when a.erased_at is not null then 'Expired'
                               when a.status = 'Approved' then 'Joined'
                               when a.status in ('Rejected', 'Banned', 'Archived') then 'Rejected'
                               when a.status = 'Pending' then 'Applied'
                               else n.status end as status,
                          n.invited_at, n.message, n.score, n.answered_at, n.expires_at, n.affiliate_id,
                          a.name as affiliate_name, a.status = 'Banned' and a.erased_at is null as is_banned,
                          n.created_at, n.changed_at
                   from network_contacts n
                   join programs g on g.organization_id = n.organization_id and g.id = n.program_id
                   left join affiliates a on a.organization_id = n.organization_id and a.id = n.affiliate_id
                   where n.organization_id = $1 and ($3::uuid is null or n.id = $3)
                     and ($4::uuid is null or n.program_id = $4) and ($5::uuid is null or n.creator_id = $5)
                     and ($6::uuid is null or n.id < $6)) n
               where $7::text is null or n.status = $7
               order by n.id desc limit $8)
           select c.id as "id!: NetworkContactId", c.program_id as "program!: ProgramId", c.program_name as "program_name!",
                  c.creator_id as "creator!: CreatorId", p.name as "name?", p.initials_only as "initials_only?",
                  c.status as "status!", c.invited_at as "invited_at?", c.message as "message!", c.score as "score!",
                  c.answered_at as "answered_at?", c.expires_at as "expires_at?", c.affiliate_id as "affiliate?: AffiliateId",
                  c.affiliate_name as "affiliate_name?", coalesce(c.is_banned, false) as "is_banned!",
                  c.created_at as "created_at!", c.changed_at as "changed_at!"
           from c left join creator_profiles p on p.creator_id = c.creator_id order by c.id desc"#,
        tx.organization().uuid(),
        now as _,
        filter.id.map(NetworkContactId::uuid),
        filter.program.map(ProgramId::uuid),
        filter.creator.map(CreatorId::uuid),
        filter.after,
        filter.status.as_deref(),
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// The programs that the list can be filtered by: those with a contact or a listing, by name.
pub async fn programs(tx: &mut TenantTx) -> Result<Vec<(ProgramId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select g.id, g.name from programs g
         where g.organization_id = $1
           and (exists (select from network_contacts n where n.organization_id = $1 and n.program_id = g.id)
                or exists (select from network_listings l
                           where l.organization_id = $1 and l.program_id = g.id))
         order by g.name, g.id limit 500",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// What a brand's limits depend on. The organization must be locked.
pub async fn history(tx: &mut TenantTx, now: Timestamp) -> Result<History, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where status in ('Joined', 'Applied') and invited_at is not null) as "accepted!",
                  count(*) filter (where invited_at is not null) as "invited!",
                  count(*) filter (where invited_at > $2::timestamptz - interval '1 day') as "today!",
                  count(*) filter (where status = 'Invited' and expires_at > $2) as "open!"
           from network_contacts where organization_id = $1"#,
        tx.organization().uuid(),
        now as _,
    )
    .fetch_one(tx.conn())
    .await?;
    let reports = sqlx::query_scalar!(
        r#"select count(distinct creator_id) as "count!" from network_reports
           where organization_id = $1 and not by_brand and coalesce(upheld, true)
             and created_at > $2::timestamptz - interval '30 days'"#,
        tx.organization().uuid(),
        now as _,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(History { accepted: row.accepted, invited: row.invited, invited_today: row.today, open: row.open, reports })
}

/// Whether the creator may get another invitation in this week. Waits for other brands' invitations of the same creator.
pub async fn may_invite(tx: &mut TenantTx, creator: CreatorId, most: i32, now: Timestamp) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select rekomi_may_invite($1, $2::timestamptz - interval '7 days', $3) as "may!""#,
        creator.uuid(),
        now as _,
        most,
    )
    .fetch_one(tx.conn())
    .await
}

/// An invitation to store.
#[derive(Debug)]
pub struct Invited<'a> {
    pub id: NetworkContactId,
    pub program: ProgramId,
    pub creator: CreatorId,
    pub message: &'a str,
    pub score: i16,
}

/// Stores an invitation, in place of an earlier contact of the same creator and program. Returns the contact's id.
pub async fn invite(
    tx: &mut TenantTx,
    new: &Invited<'_>,
    (now, days): (Timestamp, i32),
) -> Result<NetworkContactId, sqlx::Error> {
    let row = sqlx::query!(
        "insert into network_contacts (organization_id, id, program_id, creator_id, status, invited_at, message, score,
             expires_at, created_at, changed_at)
         values ($1, $2, $3, $4, 'Invited', $5, $6, $7, $5::timestamptz + make_interval(days => $8), $5, $5)
         on conflict (organization_id, program_id, creator_id) do update
         set status = 'Invited', invited_at = excluded.invited_at, message = excluded.message, score = excluded.score,
             answered_at = null, expires_at = excluded.expires_at, emailed_at = null, changed_at = excluded.changed_at
         returning id",
        tx.organization().uuid(),
        new.id.uuid(),
        new.program.uuid(),
        new.creator.uuid(),
        now as _,
        new.message,
        new.score,
        days,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row.id)
}

/// Whether the affiliate also applied to another program of the brand, in the network or on the program's page, and hasn't
/// withdrawn that ([`remove_application`]).
pub async fn has_other_application(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    than: &Contact,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from network_contacts
                          where organization_id = $1 and affiliate_id = $2 and id <> $3
                            and status in ('Applied', 'Joined'))
               or exists (select from applications
                          where organization_id = $1 and affiliate_id = $2 and program_id <> $4) as "has!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        than.id.uuid(),
        than.program.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Removes a withdrawn application: approving the affiliate, who may have others, no longer gives its link.
pub async fn remove_application(
    tx: &mut TenantTx,
    (program, affiliate): (ProgramId, AffiliateId),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from applications where organization_id = $1 and affiliate_id = $2 and program_id = $3",
        tx.organization().uuid(),
        affiliate.uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores an application, in place of an earlier contact of the same creator and program. Returns the contact's id.
pub async fn applied(
    tx: &mut TenantTx,
    (id, program, creator): (NetworkContactId, ProgramId, CreatorId),
    (status, affiliate): (&str, AffiliateId),
    now: Timestamp,
) -> Result<NetworkContactId, sqlx::Error> {
    let row = sqlx::query!(
        "insert into network_contacts (organization_id, id, program_id, creator_id, status, affiliate_id, answered_at,
             created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $7)
         on conflict (organization_id, program_id, creator_id) do update
         set status = excluded.status, affiliate_id = excluded.affiliate_id, answered_at = excluded.answered_at,
             changed_at = excluded.changed_at
         returning id",
        tx.organization().uuid(),
        id.uuid(),
        program.uuid(),
        creator.uuid(),
        status,
        affiliate.uuid(),
        now as _,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row.id)
}

/// Changes the status; `answered` records that the creator did it.
pub async fn set_status(
    tx: &mut TenantTx,
    id: NetworkContactId,
    (status, answered): (&str, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_contacts
         set status = $3, changed_at = $4, answered_at = case when $5 then $4 else answered_at end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        status,
        now as _,
        answered,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A message of a thread.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: NetworkMessageId,
    pub from_brand: bool,
    pub body: String,
    pub created_at: Timestamp,
}

/// The last messages of a pair, oldest first.
pub async fn messages(tx: &mut TenantTx, creator: CreatorId) -> Result<Vec<Message>, sqlx::Error> {
    sqlx::query_as!(
        Message,
        r#"select id as "id: NetworkMessageId", from_brand, body, created_at from (
               select from_brand, body, created_at, id from network_messages
               where organization_id = $1 and creator_id = $2 order by created_at desc, id desc limit 200) m
           order by created_at, id"#,
        tx.organization().uuid(),
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// A page of a pair's messages, newest first.
pub async fn messages_before(
    tx: &mut TenantTx,
    creator: CreatorId,
    (after, limit): (Option<(Timestamp, Uuid)>, i64),
) -> Result<Vec<Message>, sqlx::Error> {
    let (time, id) = after.unzip();
    sqlx::query_as!(
        Message,
        r#"select id as "id: NetworkMessageId", from_brand, body, created_at from network_messages
           where organization_id = $1 and creator_id = $2
             and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
           order by created_at desc, id desc limit $5"#,
        tx.organization().uuid(),
        creator.uuid(),
        time as _,
        id,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// How many messages the brand wrote to the creator since their last one, and to everyone within a day.
pub async fn brand_messages(tx: &mut TenantTx, creator: CreatorId, now: Timestamp) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where creator_id = $2 and created_at > coalesce(
                      (select max(created_at) from network_messages
                       where organization_id = $1 and creator_id = $2 and not from_brand), '-infinity')) as "unanswered!",
                  count(*) filter (where created_at > $3::timestamptz - interval '1 day') as "today!"
           from network_messages where organization_id = $1 and from_brand"#,
        tx.organization().uuid(),
        creator.uuid(),
        now as _,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.unanswered, row.today))
}

/// Records a report. Returns false if the same side already has an open one.
pub async fn report(
    tx: &mut TenantTx,
    (id, creator): (Uuid, CreatorId),
    (by_brand, reason): (bool, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        tx.organization().uuid(),
        id,
        creator.uuid(),
        by_brand,
        reason,
        now as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
