//! SQL of exporting and erasing everything of one creator.

use serde_json::Value;
use shared::id::CreatorId;

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
                   from creator_tracks t where t.creator_id = $1) as "tracks!""#,
        creator.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Deletes the creator with everything that depends on them, their links, and the emails that carried the links,
/// invitations or messages. The transaction is bound to the creator.
pub(super) async fn erase(tx: &mut GlobalTx, creator: CreatorId, email: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_links where email = $1", email).execute(tx.conn()).await?;
    sqlx::query!(
        "delete from mails where kind in ('creator_link', 'network_invitation', 'network_message') and recipient = $1",
        email,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from creators where id = $1", creator.uuid()).execute(tx.conn()).await.map(drop)
}
