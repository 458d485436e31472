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
                                     'lastSignedInAt', last_seen_at,
                                     'sentElsewhere', (
                                         select coalesce(jsonb_agg(jsonb_build_object(
                                             'brand', e.brand, 'program', e.title, 'status', e.status,
                                             'sentAt', e.created_at) order by e.created_at), '[]')
                                         from creator_passports e where e.creator_id = c.id),
                                     'announcedBy', (
                                         select coalesce(jsonb_agg(a.person order by a.created_at), '[]')
                                         from creator_arrivals a where a.email = c.email)) as "account!",
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

/// Deletes the creator with everything that depends on them, their links, and the emails that carried the links. The
/// transaction is bound to the creator.
pub(super) async fn erase(tx: &mut GlobalTx, creator: CreatorId, email: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_arrivals where email = $1", email).execute(tx.conn()).await?;
    sqlx::query!("delete from creator_links where email = $1", email).execute(tx.conn()).await?;
    sqlx::query!("delete from mails where kind = 'creator_link' and recipient = $1", email).execute(tx.conn()).await?;
    sqlx::query!("delete from creators where id = $1", creator.uuid()).execute(tx.conn()).await.map(drop)
}
