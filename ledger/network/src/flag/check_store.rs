//! SQL that compares profiles and channels. Each statement looks at a bounded number of others for each creator, so that many
//! copies cost each other nothing.

use shared::{id::CreatorId, timestamp::Timestamp};
use uuid::Uuid;

use super::store::New;
use kit::db::GlobalTx;

/// Shorter bios are too much alike by chance.
const BIO_MIN: i32 = 80;
/// Of the trigrams of two bios.
const ALIKE_MIN: f32 = 0.6;

/// Creators whose profile or channels changed since their last check, those that were checked least recently first.
pub(super) async fn due(tx: &mut GlobalTx, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select p.creator_id as "creator: Uuid"
           from creator_profiles p left join creator_checks k on k.creator_id = p.creator_id
           where k.creator_id is null or p.updated_at > k.checked_at
              or exists (select from creator_channels c where c.creator_id = p.creator_id
                         and greatest(c.created_at, c.verified_at) > k.checked_at)
           order by k.checked_at nulls first, p.creator_id limit $1"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Takes the prints of these creators' bios anew.
pub(super) async fn print(tx: &mut GlobalTx, creators: &[Uuid], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_prints where creator_id = any ($1)", creators).execute(tx.conn()).await?;
    sqlx::query!(
        "insert into creator_prints (print, creator_id)
         select print, p.creator_id from creator_profiles p, rekomi_prints(p.bio) print
         where p.creator_id = any ($1) and length(p.bio) >= $2 on conflict do nothing",
        creators,
        BIO_MIN,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into creator_checks (creator_id, checked_at)
         select p.creator_id, $2 from creator_profiles p where p.creator_id = any ($1)
         on conflict (creator_id) do update set checked_at = excluded.checked_at",
        creators,
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Which of these creators have a bio like someone's, or whose bio is like theirs: the younger profile of the two.
pub(super) async fn copied(tx: &mut GlobalTx, creators: &[Uuid]) -> Result<Vec<New>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with pairs as (
               select distinct k.creator_id as one, o.creator_id as other
               from creator_prints k
               cross join lateral (
                   select o.creator_id from creator_prints o where o.print = k.print and o.creator_id <> k.creator_id
                   order by o.creator_id limit 5) o
               where k.creator_id = any ($1))
           select distinct on (1) case when younger then p.creator_id else q.creator_id end as "creator!: Uuid",
                  case when younger then q.creator_id else p.creator_id end as "other!: Uuid"
           from pairs
           join creator_profiles p on p.creator_id = pairs.one
           join creator_profiles q on q.creator_id = pairs.other
           cross join lateral (select (p.created_at, p.creator_id) > (q.created_at, q.creator_id) as younger) y
           where rekomi_similarity(p.bio, q.bio) >= $2
           order by 1, 2"#,
        creators,
        ALIKE_MIN,
    )
    .fetch_all(tx.conn())
    .await?;
    let new = |creator: Uuid, other: Uuid| New {
        creator: Some(CreatorId::new(creator)),
        other: Some(CreatorId::new(other)),
        detail: String::new(),
    };
    Ok(rows.into_iter().map(|row| new(row.creator, row.other)).collect())
}

/// Who has a channel that someone else proved, or added before them; and of channels that these creators proved, up to three
/// others who have them.
pub(super) async fn shared(tx: &mut GlobalTx, creators: &[Uuid]) -> Result<Vec<New>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select distinct on (1) creator as "creator!: Uuid", other as "other!: Uuid", url as "url!" from (
               select c.creator_id as creator, o.creator_id as other, c.url
               from creator_channels c
               cross join lateral (
                   (select o.creator_id from creator_channels o
                    where o.url = c.url and o.creator_id <> c.creator_id and o.verified_at is not null
                    order by o.creator_id limit 1)
                   union all
                   (select o.creator_id from creator_channels o
                    where o.url = c.url and (o.created_at, o.creator_id) < (c.created_at, c.creator_id)
                    order by o.created_at, o.creator_id limit 1)) o
               where c.creator_id = any ($1) and c.verified_at is null
               union all
               select o.creator_id, c.creator_id, c.url
               from creator_channels c
               cross join lateral (
                   select o.creator_id from creator_channels o
                   where o.url = c.url and o.creator_id <> c.creator_id and o.verified_at is null
                   order by o.creator_id limit 3) o
               where c.creator_id = any ($1) and c.verified_at is not null) found
           order by 1, 2"#,
        creators,
    )
    .fetch_all(tx.conn())
    .await?;
    let new = |creator: Uuid, other: Uuid, detail: String| New {
        creator: Some(CreatorId::new(creator)),
        other: Some(CreatorId::new(other)),
        detail,
    };
    Ok(rows.into_iter().map(|row| new(row.creator, row.other, row.url)).collect())
}

/// Ends open flags that no longer hold: the channel was proved or removed, or the bio was rewritten. Returns whose.
pub(super) async fn settle(tx: &mut GlobalTx, creators: &[Uuid], now: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update creator_flags f set decided_at = $2, upheld = false
           where f.creator_id = any ($1) and f.decided_at is null
             and (f.reason = 'SharedChannel'
                  and not exists (select from creator_channels c where c.creator_id = f.creator_id and c.url = f.detail
                                  and c.verified_at is null)
                  or f.reason = 'CopiedProfile'
                  and exists (select from creator_profiles p, creator_profiles o
                              where p.creator_id = f.creator_id and o.creator_id = f.other_id
                                and rekomi_similarity(p.bio, o.bio) < $3))
           returning f.creator_id as "creator!: Uuid""#,
        creators,
        now as _,
        ALIKE_MIN,
    )
    .fetch_all(tx.conn())
    .await
}
