//! SQL of matching: what a program wants, creators and programs that may fit, and a brand's marks.

use shared::{
    id::{CreatorId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::filter::CreatorFilter;
use kit::db::{GlobalTx, TenantTx};

/// No more than this many are scored for a page.
const CANDIDATES_MAX: i64 = 1_000;
/// So many days after a contact of a creator and a program, a brand may invite the creator to it again.
pub const PAUSE_DAYS: i32 = 180;
/// A listing's most words that are looked for in profiles.
const WORDS_MAX: i64 = 24;
/// Makes a text rank thousandths: `ts_rank` divides the weights of the words found by 1.645 times the number of words looked
/// for, which is half the number of the query's nodes. Five words in common that are in bios are the full score.
pub(super) const RANK_SCALE: i32 = 822;

/// What a listed program looks for, as stored.
#[derive(Debug, Clone)]
pub struct ListingRow {
    pub organization: OrganizationId,
    pub program: ProgramId,
    pub handle: String,
    pub brand: String,
    pub title: String,
    pub summary: String,
    pub offer: String,
    pub topics: Vec<String>,
    pub formats: Vec<String>,
    pub earnings: Vec<String>,
    pub countries: Vec<String>,
    pub languages: Vec<String>,
    pub kinds: Vec<String>,
    pub audience_min: String,
    /// How many figures in bands the brand shares: of sales, of its answers, and of its payouts.
    pub figures: i32,
    /// The text rank in thousandths.
    pub text: i32,
    pub is_newcomer: bool,
}

/// A profile as brands see it before there is a contact.
#[derive(Debug, Clone)]
pub struct CreatorRow {
    pub creator: CreatorId,
    pub handle: Option<String>,
    pub name: String,
    pub initials_only: bool,
    pub headline: String,
    pub country: Option<String>,
    pub languages: Vec<String>,
    pub topics: Vec<String>,
    pub formats: Vec<String>,
    pub earnings: Vec<String>,
    pub kinds: Vec<String>,
    pub audience_band: Option<String>,
    pub verified_channels: i32,
    pub is_complete: bool,
    pub is_active: bool,
    pub is_newcomer: bool,
    pub text: i32,
    pub is_starred: bool,
    /// Points of the track record in programs of these topics, if there is one.
    pub track: Option<i16>,
    /// Whether the creator left the list within a day: they keep their place in its order and aren't shown.
    pub has_left: bool,
}

/// The brand's listed programs that may search for creators.
pub async fn searching(tx: &mut TenantTx) -> Result<Vec<(ProgramId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select program_id, title from network_listings
         where organization_id = $1 and status = 'Listed' and searches_creators order by listed_at, program_id limit 100",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.program_id, row.title)).collect())
}

/// What one of the brand's programs looks for, and the words of its listing as a text query. `None` if it isn't listed or
/// may not search.
pub async fn criteria(tx: &mut TenantTx, program: ProgramId) -> Result<Option<(ListingRow, String)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select handle, brand, title, summary, offer, topics, formats, earnings, countries, languages, channel_kinds,
                  audience_min, array_to_string(array(
                      select word from unnest(tsvector_to_array(document)) word
                      where word ~ '^[[:alnum:]]{3,40}$' limit $3), ' | ') as "words!"
           from network_listings
           where organization_id = $1 and program_id = $2 and status = 'Listed' and searches_creators"#,
        tx.organization().uuid(),
        program.uuid(),
        WORDS_MAX,
    )
    .fetch_optional(tx.conn())
    .await?;
    let organization = tx.organization();
    Ok(row.map(|row| {
        let listing = ListingRow {
            organization,
            program,
            handle: row.handle,
            brand: row.brand,
            title: row.title,
            summary: row.summary,
            offer: row.offer,
            topics: row.topics,
            formats: row.formats,
            earnings: row.earnings,
            countries: row.countries,
            languages: row.languages,
            kinds: row.channel_kinds,
            audience_min: row.audience_min,
            figures: 0,
            text: 0,
            is_newcomer: false,
        };
        (listing, row.words)
    }))
}

/// Creators who may fit: without those whom the brand ignores, those who have applied to this program (unless the brand
/// rejected, archived or erased the affiliate), and those whose last contact with it is too recent for an invitation.
/// For a day, these are marked instead.
pub async fn creators(
    tx: &mut TenantTx,
    (listing, words): (&ListingRow, &str),
    filter: &CreatorFilter,
    now: Timestamp,
) -> Result<Vec<CreatorRow>, sqlx::Error> {
    let narrowed = filter.topic.is_some() || !filter.text.is_empty() || filter.starred || filter.ignored;
    sqlx::query_as!(
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
                                         * $20::integer * numnode($4::text::tsquery))::integer) end as "text!",
                  exists (select from network_marks m where m.organization_id = $1 and m.creator_id = p.creator_id
                          and m.mark = 'Starred') as "is_starred!",
                  (select max(t.points) from creator_tracks t
                   where t.creator_id = p.creator_id and t.topic = any ($6)) as track,
                  exists (select from network_marks m where m.organization_id = $1 and m.creator_id = p.creator_id
                          and (m.mark = 'Ignored' and not $18 or m.mark = 'Seen' and $16))
                  or exists (select from network_contacts n
                             left join affiliates a on a.organization_id = $1 and a.id = n.affiliate_id
                             where n.organization_id = $1 and n.program_id = $2
                             and n.creator_id = p.creator_id
                             and (n.status in ('Applied', 'Joined')
                                  and coalesce(a.status not in ('Rejected', 'Archived') and a.erased_at is null, true)
                                  or n.changed_at > $3::timestamptz - make_interval(days => $19))) as "has_left!"
           from creator_profiles p
           where p.listed_at is not null and p.paused_at is null and not $1 = any (p.hidden_from)
             and ($5 or $6::text[] = '{}' or p.topics && $6 or ($4 <> '' and p.document @@ $4::text::tsquery))
             and ($7::text is null or $7 = any (p.topics))
             and ($8 = '' or p.document @@ websearch_to_tsquery('simple', $8))
             and ($9::text is null or p.country = $9)
             and ($10::text is null or $10 = any (p.languages))
             and ($11::text is null or $11 = any (p.channel_kinds))
             and ($12 or p.audience_band = any ($13))
             and (not $14 or p.verified_channels > 0)
             and (not $15 or exists (select from network_marks m where m.organization_id = $1
                                     and m.creator_id = p.creator_id and m.mark = 'Starred'))
             and (not $18 or exists (select from network_marks m where m.organization_id = $1
                                     and m.creator_id = p.creator_id and m.mark = 'Ignored'))
             and not exists (select from network_marks m where m.organization_id = $1 and m.creator_id = p.creator_id
                             and (m.mark = 'Ignored' and not $18 or m.mark = 'Seen' and $16)
                             and m.created_at < $3::timestamptz - interval '1 day')
             and not exists (select from network_contacts n
                             left join affiliates a on a.organization_id = $1 and a.id = n.affiliate_id
                             where n.organization_id = $1 and n.program_id = $2
                             and n.creator_id = p.creator_id
                             and n.changed_at < $3::timestamptz - interval '1 day'
                             and (n.status in ('Applied', 'Joined')
                                  and coalesce(a.status not in ('Rejected', 'Archived') and a.erased_at is null, true)
                                  or n.changed_at > $3::timestamptz - make_interval(days => $19)))
           order by p.verified_channels desc, p.creator_id limit $17"#,
        tx.organization().uuid(),
        listing.program.uuid(),
        now as _,
        words,
        narrowed,
        &listing.topics,
        filter.topic,
        filter.text,
        filter.country.as_deref(),
        filter.language.as_deref(),
        filter.kind,
        filter.audience.is_none(),
        &filter.bands(),
        filter.verified,
        filter.starred,
        filter.unseen,
        CANDIDATES_MAX,
        filter.ignored,
        PAUSE_DAYS,
        RANK_SCALE,
    )
    .fetch_all(tx.conn())
    .await
}

/// One profile as the brand sees it; `None` if it isn't listed, or hidden from the brand.
pub async fn creator_name(tx: &mut TenantTx, creator: CreatorId) -> Result<Option<CreatorLine>, sqlx::Error> {
    sqlx::query_as!(
        CreatorLine,
        "select name, initials_only, weekly_invitations_max from creator_profiles p
         where creator_id = $1 and listed_at is not null and paused_at is null and not $2 = any (p.hidden_from)",
        creator.uuid(),
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// What an invitation needs of a profile.
#[derive(Debug, Clone)]
pub struct CreatorLine {
    pub name: String,
    pub initials_only: bool,
    pub weekly_invitations_max: i32,
}

/// Sets or removes a mark.
pub async fn mark(
    tx: &mut TenantTx,
    creator: CreatorId,
    (mark, on): (&str, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if on {
        sqlx::query!(
            "insert into network_marks (organization_id, creator_id, mark, created_at) values ($1, $2, $3, $4)
             on conflict do nothing",
            tx.organization().uuid(),
            creator.uuid(),
            mark,
            now as _,
        )
        .execute(tx.conn())
        .await?;
    } else {
        sqlx::query!(
            "delete from network_marks where organization_id = $1 and creator_id = $2 and mark = $3",
            tx.organization().uuid(),
            creator.uuid(),
            mark,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A creator's own profile, as far as matching needs it.
pub async fn own(tx: &mut GlobalTx, creator: CreatorId, now: Timestamp) -> Result<Option<CreatorRow>, sqlx::Error> {
    sqlx::query_as!(
        CreatorRow,
        r#"select p.creator_id as creator, p.handle, p.name, p.initials_only, p.headline, p.country, p.languages, p.topics,
                  p.formats, p.earnings,
                  p.channel_kinds as kinds,
                  p.audience_band, p.verified_channels,
                  p.headline <> '' and p.bio <> '' and p.topics <> '{}' and p.languages <> '{}' and p.country is not null
                      as "is_complete!",
                  p.updated_at > $2::timestamptz - interval '90 days' as "is_active!",
                  false as "is_newcomer!", 0 as "text!", false as "is_starred!", null::smallint as track,
                  false as "has_left!"
           from creator_profiles p where p.creator_id = $1"#,
        creator.uuid(),
        now as _,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Listed programs that may fit a creator: without those where there is a contact, and those of brands that they muted.
pub async fn programs(
    tx: &mut GlobalTx,
    creator: CreatorId,
    (text, topic): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Vec<ListingRow>, sqlx::Error> {
    sqlx::query_as!(
        ListingRow,
        r#"with me as materialized (
               select hidden_from, topics, nullif(array_to_string(array(
                   select word from unnest(tsvector_to_array(document)) word
                   where word ~ '^[[:alnum:]]{3,40}$' limit $5), ' | '), '')::tsquery as query
               from creator_profiles where creator_id = $1),
           met as materialized (
               select organization_id, program_id from network_contacts
               where creator_id = $1 and status in ('Applied', 'Joined', 'Declined', 'Rejected')),
           fitting as not materialized (
               select l.organization_id, l.program_id, l.listed_at, l.topics
               from network_listings l
               where l.status = 'Listed'
                 and ($2 = '' or l.document @@ websearch_to_tsquery('simple', $2))
                 and ($3::text is null or $3 = any (l.topics))
                 and not coalesce(l.organization_id = any ((select hidden_from from me)::uuid[]), false)
                 and (l.organization_id, l.program_id) not in (select organization_id, program_id from met)),
           -- Those with topics in common come first; the texts of these candidates only are read and ranked.
           best as materialized (
               (select organization_id, program_id, listed_at, 0 as place from fitting
                where topics && coalesce((select topics from me), '{}') order by listed_at desc, program_id limit $6)
               union all
               (select organization_id, program_id, listed_at, 1 from fitting
                where not topics && coalesce((select topics from me), '{}') order by listed_at desc, program_id limit $6)
               limit $6)
           select l.organization_id as organization, l.program_id as program, l.handle, l.brand, l.title, l.summary, l.offer,
                  l.topics, l.formats, l.earnings, l.countries, l.languages, l.channel_kinds as kinds, l.audience_min,
                  num_nonnulls(l.epc_band, l.approval_band, l.payout_band) as "figures!",
                  coalesce(least(1000, (ts_rank(l.document, me.query) * $7::integer * numnode(me.query))::integer), 0)
                      as "text!",
                  coalesce(l.listed_at > $4::timestamptz - interval '30 days', false) as "is_newcomer!"
           from best
           join network_listings l on l.organization_id = best.organization_id and l.program_id = best.program_id
           left join me on true
           order by best.place, best.listed_at desc, l.program_id"#,
        creator.uuid(),
        text,
        topic,
        now as _,
        WORDS_MAX,
        CANDIDATES_MAX,
        RANK_SCALE,
    )
    .fetch_all(tx.conn())
    .await
}

/// Finds a listed program by its public handle.
pub async fn listed(
    tx: &mut GlobalTx,
    handle: &str,
) -> Result<Option<(OrganizationId, ProgramId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select organization_id, program_id, brand from network_listings where handle = $1 and status = 'Listed'",
        handle,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.organization_id, row.program_id, row.brand)))
}
