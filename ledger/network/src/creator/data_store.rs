//! SQL of exporting and erasing everything of one creator.

use serde_json::Value;
use shared::{id::CreatorId, timestamp::Timestamp};

use kit::db::GlobalTx;

/// What we know about the person besides profile and channels.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) account: Value,
    pub(super) sessions: Value,
}

pub(super) async fn known(tx: &mut GlobalTx, creator: CreatorId) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select jsonb_build_object('email', email, 'language', language, 'createdAt', created_at,
                                     'lastSignedInAt', last_seen_at, 'suspendedAt', suspended_at,
                                     'suspendedBecause', suspended_reason, 'messageEmails', message_emails) as "account!",
                  (select coalesce(jsonb_agg(jsonb_build_object('createdAt', s.created_at, 'expiresAt', s.expires_at)
                                             order by s.created_at), '[]')
                   from creator_sessions s where s.creator_id = c.id) as "sessions!"
           from creators c where id = $1"#,
        creator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Known { account: row.account, sessions: row.sessions }))
}

/// What the person and brands did in the network, as the person may see it: reports about them aren't among it.
#[derive(Debug)]
pub(super) struct Dealings {
    pub(super) contacts: Value,
    pub(super) messages: Value,
    pub(super) reports: Value,
    pub(super) tracks: Value,
    /// Applications to programs of other installations.
    pub(super) elsewhere: Value,
    /// What other installations said about the person.
    pub(super) announced: Value,
}

pub(super) async fn dealings(tx: &mut GlobalTx, creator: CreatorId) -> Result<Dealings, sqlx::Error> {
    sqlx::query_as!(
        Dealings,
        r#"select (select coalesce(jsonb_agg(jsonb_build_object('organization', n.organization_id, 'program', n.program_id,
                          'brand', l.brand, 'title', l.title, 'status', n.status, 'invitation', n.message,
                          'invitedAt', n.invited_at, 'answeredAt', n.answered_at, 'createdAt', n.created_at,
                          'changedAt', n.changed_at) order by n.created_at), '[]')
                   from network_contacts n
                   left join network_listings l on l.organization_id = n.organization_id and l.program_id = n.program_id
                   where n.creator_id = $1) as "contacts!",
                  (select coalesce(jsonb_agg(jsonb_build_object('organization', m.organization_id,
                          'fromBrand', m.from_brand, 'body', m.body, 'createdAt', m.created_at)
                          order by m.created_at, m.id), '[]')
                   from network_messages m where m.creator_id = $1) as "messages!",
                  (select coalesce(jsonb_agg(jsonb_build_object('organization', r.organization_id, 'reason', r.reason,
                          'createdAt', r.created_at, 'decidedAt', r.decided_at, 'upheld', r.upheld)
                          order by r.created_at), '[]')
                   from network_reports r where r.creator_id = $1 and not r.by_brand) as "reports!",
                  (select coalesce(jsonb_object_agg(t.topic, t.points), '{}')
                   from creator_tracks t where t.creator_id = $1) as "tracks!",
                  (select coalesce(jsonb_agg(jsonb_build_object('installation', p.host, 'program', e.program,
                          'brand', e.brand, 'title', e.title, 'status', e.status, 'profile', e.person,
                          'createdAt', e.created_at, 'changedAt', e.changed_at) order by e.created_at), '[]')
                   from creator_passports e join network_peers p on p.id = e.peer_id
                   where e.creator_id = $1) as "elsewhere!",
                  (select coalesce(jsonb_agg(jsonb_build_object('installation', p.host, 'program', a.program_id,
                          'profile', a.person, 'createdAt', a.created_at) order by a.created_at), '[]')
                   from creator_arrivals a join network_peers p on p.id = a.peer_id
                   where a.creator_id = $1 or a.email = (select email from creators where id = $1)) as "announced!""#,
        creator.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Deletes the creator with everything that depends on them, their links, and the emails that carried the links,
/// invitations or messages. What other installations may have of them is taken back by the job, which knows no creator any
/// more. The transaction is bound to the creator, and exchanges messages from here on.
pub(super) async fn erase(
    tx: &mut GlobalTx,
    (creator, email): (CreatorId, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('rekomi.federation', 'yes', true)").fetch_one(tx.conn()).await?;
    sqlx::query!("delete from creator_arrivals where email = $1 or creator_id = $2", email, creator.uuid())
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "delete from creator_passports where creator_id = $1 and (attempts = 0 or due_at is null)",
        creator.uuid()
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update creator_passports set creator_id = null, status = 'Revoking', person = null, due_at = $2, failures = 0
         where creator_id = $1",
        creator.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from creator_links where email = $1", email).execute(tx.conn()).await?;
    sqlx::query!(
        "delete from mails where kind in ('creator_link', 'network_invitation', 'network_message') and recipient = $1",
        email,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from creators where id = $1", creator.uuid()).execute(tx.conn()).await.map(drop)
}
