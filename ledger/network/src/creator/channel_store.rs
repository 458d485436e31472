//! SQL of creators' channels.

use rules::network::{AudienceBand, ChannelKind};
use shared::{
    id::{CreatorChannelId, CreatorId},
    timestamp::Timestamp,
};

use super::{
    channel::{CHANNELS_MAX, Channel, Method},
    store,
};
use kit::db::GlobalTx;

/// The channels of the creator whom the transaction is bound to, oldest first.
pub(crate) async fn list(tx: &mut GlobalTx, creator: CreatorId) -> Result<Vec<Channel>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, kind, handle, url, audience_band, code, verified_at, method, checked_at
         from creator_channels where creator_id = $1 order by id",
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        id: row.id,
        kind: row.kind,
        handle: row.handle,
        url: row.url,
        audience: row.audience_band,
        code: row.code,
        verified_at: row.verified_at,
        method: row.method,
        checked_at: row.checked_at,
    });
    rows.map(Row::read).collect()
}

struct Row {
    id: CreatorChannelId,
    kind: String,
    handle: String,
    url: String,
    audience: String,
    code: String,
    verified_at: Option<Timestamp>,
    method: Option<String>,
    checked_at: Option<Timestamp>,
}

impl Row {
    fn read(self) -> Result<Channel, sqlx::Error> {
        Ok(Channel {
            id: self.id,
            kind: ChannelKind::parse(&self.kind).ok_or_else(|| kit::db::corrupt_column("creator_channels.kind"))?,
            handle: self.handle,
            url: self.url,
            audience: AudienceBand::parse(&self.audience)
                .ok_or_else(|| kit::db::corrupt_column("creator_channels.audience_band"))?,
            code: self.code,
            verified_at: self.verified_at,
            method: self.method.as_deref().and_then(Method::parse),
            checked_at: self.checked_at,
        })
    }
}

/// Adds a channel. Returns false if there are too many, or this one is there already.
pub(super) async fn insert(
    tx: &mut GlobalTx,
    creator: CreatorId,
    channel: &Channel,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    // Two requests at once count one after the other.
    sqlx::query!("select id from creators where id = $1 for update", creator.uuid()).fetch_optional(tx.conn()).await?;
    let added = sqlx::query!(
        "insert into creator_channels (creator_id, id, kind, handle, url, audience_band, code, created_at)
         select $1, $2, $3, $4, $5, $6, $7, $8
         where (select count(*) from creator_channels where creator_id = $1) < $9
           and not exists (select from creator_channels where creator_id = $1 and url = $5)",
        creator.uuid(),
        channel.id.uuid(),
        channel.kind.as_str(),
        channel.handle,
        channel.url,
        channel.audience.as_str(),
        channel.code,
        now,
        i64::try_from(CHANNELS_MAX).unwrap_or(i64::MAX),
    )
    .execute(tx.conn())
    .await?;
    store::refresh(tx, creator).await?;
    Ok(added.rows_affected() == 1)
}

/// Removes a channel; false if there is no such channel.
pub(super) async fn delete(
    tx: &mut GlobalTx,
    creator: CreatorId,
    channel: CreatorChannelId,
) -> Result<bool, sqlx::Error> {
    let gone =
        sqlx::query!("delete from creator_channels where creator_id = $1 and id = $2", creator.uuid(), channel.uuid(),)
            .execute(tx.conn())
            .await?;
    store::refresh(tx, creator).await?;
    Ok(gone.rows_affected() == 1)
}

/// Notes a check. One that found nothing takes no earlier proof back: the code may be removed once the channel is verified.
pub(super) async fn checked(
    tx: &mut GlobalTx,
    creator: CreatorId,
    (channel, method): (CreatorChannelId, Option<Method>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_channels set checked_at = $4, verified_at = case when $3::text is null then verified_at else $4 end,
                                     method = coalesce($3, method)
         where creator_id = $1 and id = $2",
        creator.uuid(),
        channel.uuid(),
        method.map(Method::as_str),
        now,
    )
    .execute(tx.conn())
    .await?;
    store::refresh(tx, creator).await
}
