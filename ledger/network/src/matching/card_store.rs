//! SQL of one creator as a brand sees them. The policies of `creator_profiles` decide whether it does.

use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};
use shared::{id::CreatorId, timestamp::Timestamp};

use super::{
    creators::shown_name,
    store::{CreatorRow, ListingRow, RANK_SCALE},
};
use crate::creator::card::{CardChannel, PublicCard};
use kit::db::TenantTx;

/// A profile with what matching needs, and whether the brand ignores the creator.
#[derive(Debug)]
pub(super) struct One {
    pub row: CreatorRow,
    pub is_ignored: bool,
}

/// One creator as a candidate, with the words of a listing as a text query; `None` if the brand doesn't see them.
pub(super) async fn one(
    tx: &mut TenantTx,
    creator: CreatorId,
    (listing, words): (&ListingRow, &str),
    now: Timestamp,
) -> Result<Option<One>, sqlx::Error> {
    let row = sqlx::query_as!(
        CreatorRow,
        r#"select p.creator_id as creator, p.handle, p.name, p.initials_only, p.headline, p.country, p.languages, p.topics,
                  p.formats, p.earnings,
                  p.channel_kinds as kinds,
                  p.audience_band, p.verified_channels,
                  p.headline <> '' and p.bio <> '' and p.topics <> '{}' and p.languages <> '{}' and p.country is not null
                      as "is_complete!",
                  p.updated_at > $3::timestamptz - interval '90 days' as "is_active!",
                  p.created_at > $3::timestamptz - interval '30 days' as "is_newcomer!",
                  case when $4 = '' then 0
                       else least(1000, (ts_rank(p.document, $4::text::tsquery)
                                         * $5::integer * numnode($4::text::tsquery))::integer) end as "text!",
                  false as "is_starred!",
                  (select max(t.points) from creator_tracks t
                   where t.creator_id = p.creator_id and t.topic = any ($6)) as track,
                  false as "has_left!"
           from creator_profiles p
           where p.creator_id = $2 and p.listed_at is not null and p.paused_at is null and not $1 = any (p.hidden_from)"#,
        tx.organization().uuid(),
        creator.uuid(),
        now as _,
        words,
        RANK_SCALE,
        &listing.topics,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    // This is a statement of its own, because in a cluster the marks are on another server than the profiles.
    let marks = sqlx::query_scalar!(
        "select mark from network_marks where organization_id = $1 and creator_id = $2",
        tx.organization().uuid(),
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let has = |mark: &str| marks.iter().any(|known| known == mark);
    Ok(Some(One { row: CreatorRow { is_starred: has("Starred"), ..row }, is_ignored: has("Ignored") }))
}

/// What the profile says, without addresses; `None` if the brand doesn't see it.
pub(super) async fn card(tx: &mut TenantTx, creator: CreatorId) -> Result<Option<PublicCard>, sqlx::Error> {
    let row = sqlx::query!(
        "select handle, name, initials_only, headline, bio, country, languages, topics, formats, earnings, recent_results,
                wont_promote
         from creator_profiles p
         where creator_id = $1 and listed_at is not null and paused_at is null and not $2 = any (p.hidden_from)",
        creator.uuid(),
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(PublicCard {
        handle: row.handle,
        name: shown_name(&row.name, row.initials_only),
        headline: row.headline,
        bio: row.bio,
        country: row.country,
        languages: row.languages,
        topics: row.topics.iter().filter_map(|word| Topic::parse(word)).collect(),
        formats: row.formats.iter().filter_map(|word| Format::parse(word)).collect(),
        earnings: row.earnings.iter().filter_map(|word| Earning::parse(word)).collect(),
        recent_results: row.recent_results,
        wont_promote: row.wont_promote,
        channels: channels(tx, creator).await?,
    }))
}

/// Where a creator can be found.
#[derive(Debug, Default)]
pub struct Addresses {
    pub portfolio: Option<String>,
    /// The channels' addresses, verified ones first.
    pub channels: Vec<String>,
}

/// The addresses that a brand sees once the creator applied or accepted; none if it doesn't see the profile.
pub(crate) async fn addresses(tx: &mut TenantTx, creator: CreatorId) -> Result<Addresses, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.portfolio_url,
                  array(select c.url from creator_channels c where c.creator_id = p.creator_id
                        order by c.verified_at is null, c.id) as "channels!"
           from creator_profiles p where p.creator_id = $1"#,
        creator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Addresses { portfolio: row.portfolio_url, channels: row.channels }).unwrap_or_default())
}

async fn channels(tx: &mut TenantTx, creator: CreatorId) -> Result<Vec<CardChannel>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select kind, audience_band, verified_at is not null as "is_verified!" from creator_channels
           where creator_id = $1 order by id"#,
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        let (kind, audience) = (ChannelKind::parse(&row.kind)?, AudienceBand::parse(&row.audience_band)?);
        Some(CardChannel { kind, audience, is_verified: row.is_verified })
    });
    Ok(known.collect())
}
