//! SQL of creators' own profiles. Brands read listed profiles by statements of their own.

use rules::network::{AudienceBand, Earning, Format, Topic};
use shared::{
    id::{CreatorId, OrganizationId},
    timestamp::Timestamp,
};

use super::{profile::Profile, profile_input::Input};
use kit::db::GlobalTx;

/// The constraint of a handle that someone else has.
pub(super) const HANDLE_TAKEN: &str = "creator_profiles_handle_key";

/// Reads the profile of the creator whom the transaction is bound to.
pub async fn read(tx: &mut GlobalTx, creator: CreatorId) -> Result<Option<Profile>, sqlx::Error> {
    let row = sqlx::query!(
        "select handle, name, initials_only, headline, bio, country, languages, topics, formats, earnings, portfolio_url,
                recent_results, wont_promote, audience_band, verified_channels, listed_at, paused_at, hidden_from,
                shares_reputation, weekly_invitations_max
         from creator_profiles where creator_id = $1",
        creator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Profile {
        handle: row.handle,
        name: row.name,
        initials_only: row.initials_only,
        headline: row.headline,
        bio: row.bio,
        country: row.country,
        languages: row.languages,
        topics: row.topics.iter().filter_map(|word| Topic::parse(word)).collect(),
        formats: row.formats.iter().filter_map(|word| Format::parse(word)).collect(),
        earnings: row.earnings.iter().filter_map(|word| Earning::parse(word)).collect(),
        portfolio_url: row.portfolio_url,
        recent_results: row.recent_results,
        wont_promote: row.wont_promote,
        audience_band: row.audience_band.as_deref().and_then(AudienceBand::parse),
        verified_channels: row.verified_channels,
        listed_at: row.listed_at,
        paused_at: row.paused_at,
        hidden_from: row.hidden_from.into_iter().map(OrganizationId::new).collect(),
        shares_reputation: row.shares_reputation,
        weekly_invitations_max: row.weekly_invitations_max,
    }))
}

/// Writes what the form says.
///
/// # Errors
/// Constraint [`HANDLE_TAKEN`] if someone else has the handle.
pub(super) async fn save(
    tx: &mut GlobalTx,
    creator: CreatorId,
    input: &Input,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let topics: Vec<String> = input.topics.iter().map(|word| word.as_str().to_owned()).collect();
    let formats: Vec<String> = input.formats.iter().map(|word| word.as_str().to_owned()).collect();
    let earnings: Vec<String> = input.earnings.iter().map(|word| word.as_str().to_owned()).collect();
    sqlx::query!(
        "insert into creator_profiles (creator_id, handle, name, headline, bio, country, languages, topics, formats,
                                       earnings, portfolio_url, recent_results, wont_promote, created_at, updated_at,
                                       suspended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14,
                 (select suspended_at from creators where id = $1))
         on conflict (creator_id) do update set
             handle = excluded.handle, name = excluded.name, headline = excluded.headline, bio = excluded.bio,
             country = excluded.country, languages = excluded.languages, topics = excluded.topics,
             formats = excluded.formats, earnings = excluded.earnings, portfolio_url = excluded.portfolio_url,
             recent_results = excluded.recent_results, wont_promote = excluded.wont_promote,
             updated_at = excluded.updated_at",
        creator.uuid(),
        input.handle,
        input.name,
        input.headline,
        input.bio,
        input.country,
        &input.languages,
        &topics,
        &formats,
        &earnings,
        input.portfolio_url,
        input.recent_results,
        input.wont_promote,
        now,
    )
    .execute(tx.conn())
    .await?;
    refresh(tx, creator).await
}

/// Keeps what follows from a profile and its channels: the largest audience, the number of verified channels and the
/// words to search in. A name that brands don't see isn't among the words. A profile that lost its last topic or channel
/// is no longer listed.
pub(super) async fn refresh(tx: &mut GlobalTx, creator: CreatorId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles p set
             audience_band = (select c.audience_band from creator_channels c where c.creator_id = p.creator_id
                              order by array_position(array['Under1k', 'From1k', 'From10k', 'From50k', 'From100k'],
                                                      c.audience_band) desc limit 1),
             verified_channels = (select count(*) from creator_channels c
                                  where c.creator_id = p.creator_id and c.verified_at is not null),
             channel_kinds = array(select distinct c.kind from creator_channels c where c.creator_id = p.creator_id
                                   order by c.kind),
             listed_at = case when cardinality(p.topics) > 0
                               and exists (select from creator_channels c where c.creator_id = p.creator_id)
                              then p.listed_at end,
             document =
                 setweight(to_tsvector('simple', coalesce(p.handle, '') || ' '
                                                 || case when p.initials_only then '' else p.name end), 'A')
                 || setweight(to_tsvector('simple', p.headline || ' ' || array_to_string(p.topics, ' ')), 'B')
                 || setweight(to_tsvector('simple', p.bio), 'C')
                 || case when 'en' = any (p.languages) then setweight(to_tsvector('english', p.bio), 'C')
                         else ''::tsvector end
         where p.creator_id = $1",
        creator.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
