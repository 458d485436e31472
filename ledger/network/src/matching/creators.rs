//! Creators for a program: scored, in order, page by page.

use serde::Serialize;
use shared::{
    id::{CreatorId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    card_store,
    filter::CreatorFilter,
    reasons::{self, Reason},
    store::{self, CreatorRow, ListingRow},
    words,
};
use crate::creator::card::PublicCard;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    text::Texts,
};
use rules::network::{
    AudienceBand,
    arrange::{Match, arrange},
    score::{Criteria, Evidence, Offered, Score},
};

/// After the best 500, a search should be narrowed instead.
const MATCHES_MAX: usize = 500;
pub const PAGE: usize = 20;

/// A creator as a brand sees them before there is a contact: no address, no exact figures, no other brands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchedCreator {
    #[schema(value_type = String, example = "cre_01kdvdna00fec9rpb7dk6gd3hy")]
    pub id: CreatorId,
    /// The name, or its initials if the creator wants that.
    #[schema(example = "M. S.")]
    pub name: String,
    /// What the creator does, in one line.
    #[schema(example = "Honest reviews of kitchen tools")]
    pub headline: String,
    /// Where the creator is, as a two-letter code.
    #[schema(required, example = "DE")]
    pub country: Option<String>,
    /// Languages of the creator's content, as two-letter codes.
    #[schema(example = json!(["de", "en"]))]
    pub languages: Vec<String>,
    /// What the creator writes or talks about.
    #[schema(example = json!(["Cooking"]))]
    pub topics: Vec<String>,
    /// How the creator presents what they promote.
    #[schema(example = json!(["Review"]))]
    pub formats: Vec<String>,
    /// Kinds of channels, without their addresses.
    #[schema(example = json!(["Newsletter"]))]
    pub channel_kinds: Vec<String>,
    /// `Under1k`, `From1k`, `From10k`, `From50k` or `From100k`; null if unknown.
    #[schema(required, example = "From10k")]
    pub audience: Option<String>,
    /// Whether at least one channel is verified.
    pub verified: bool,
    /// Whether your team starred the creator.
    pub starred: bool,
    /// Whether the profile is less than 30 days old.
    pub new_here: bool,
    /// 0 to 100: the sum of the reasons' points.
    #[schema(example = 72)]
    pub score: u8,
    /// What the score consists of.
    pub reasons: Vec<Reason>,
}

/// What a listing looks for, in the words of the rules.
pub fn criteria(row: &ListingRow) -> Criteria {
    Criteria {
        topics: words::topics(&row.topics),
        formats: words::formats(&row.formats),
        earnings: words::earnings(&row.earnings),
        countries: row.countries.clone(),
        languages: row.languages.clone(),
        kinds: words::kinds(&row.kinds),
        audience_min: words::band(Some(&row.audience_min)).unwrap_or(AudienceBand::Under1k),
    }
}

/// What a profile offers, in the words of the rules.
pub fn offered(row: &CreatorRow) -> Offered {
    Offered {
        topics: words::topics(&row.topics),
        formats: words::formats(&row.formats),
        earnings: words::earnings(&row.earnings),
        country: row.country.clone(),
        languages: row.languages.clone(),
        kinds: words::kinds(&row.kinds),
        audience: words::band(row.audience_band.as_deref()),
        verified_channels: u8::try_from(row.verified_channels).unwrap_or(u8::MAX),
        is_complete: row.is_complete,
        is_active: row.is_active,
    }
}

/// The text rank of the database as the rules know it.
pub fn rank(text: i32) -> u16 {
    u16::try_from(text).unwrap_or(0)
}

/// At most `count` of the best matches in order, from the one after `after` on; `None` if that one has no place any
/// more. The order stays the same for a day, even if the brand ignores or invites some of them.
///
/// # Errors
/// 404 if the program isn't listed or may not search for creators.
pub async fn of(
    tx: &mut TenantTx,
    program: ProgramId,
    (filter, after, count): (&CreatorFilter, Option<CreatorId>, usize),
    (now, t): (Timestamp, Texts),
) -> Result<Option<Vec<MatchedCreator>>> {
    let (listing, query) = store::criteria(tx, program).await?.ok_or_else(Error::not_found)?;
    let rows = store::creators(tx, (&listing, &query), filter, now).await?;
    let criteria = criteria(&listing);
    let mut scored: Vec<(CreatorRow, Score)> = rows
        .into_iter()
        .map(|row| {
            let evidence = evidence(&row);
            let score = Score::of(&criteria, &offered(&row), evidence);
            (row, score)
        })
        .collect();
    scored.sort_by_key(|(row, score)| (u8::MAX - score.total(), row.creator.uuid()));
    let mut listed = 0;
    scored.retain(|(row, _)| {
        listed += usize::from(!row.has_left);
        row.has_left || listed <= MATCHES_MAX
    });
    let matches: Vec<Match> = scored.iter().map(|(row, score)| as_match(row, *score)).collect();
    let order = arrange(&matches, &format!("{} {}", tx.organization(), now.millis() / 86_400_000));
    let mut rest = order.into_iter().filter_map(|index| scored.get(index));
    if after.is_some_and(|after| !rest.any(|(row, _)| row.creator == after)) {
        return Ok(None);
    }
    let shown = rest.filter(|(row, _)| !row.has_left).take(count);
    Ok(Some(shown.map(|(row, score)| card(row, *score, t)).collect()))
}

/// One creator with their score, whether or not there is a contact, and what their profile says.
///
/// # Errors
/// 404 if the program isn't listed or may not search for creators, or the brand doesn't see the creator.
pub async fn one(
    tx: &mut TenantTx,
    (program, creator): (ProgramId, CreatorId),
    (now, t): (Timestamp, Texts),
) -> Result<Found> {
    let (listing, query) = store::criteria(tx, program).await?.ok_or_else(|| missing("programId"))?;
    let row = card_store::one(tx, creator, (&listing, &query), now).await?.ok_or_else(|| missing("creatorId"))?;
    let profile = card_store::card(tx, creator).await?.ok_or_else(|| missing("creatorId"))?;
    let score = Score::of(&criteria(&listing), &offered(&row.row), evidence(&row.row));
    Ok(Found { creator: card(&row.row, score, t), profile, is_ignored: row.is_ignored })
}

fn evidence(row: &CreatorRow) -> Evidence {
    Evidence { text: rank(row.text), track: row.track.and_then(|points| u8::try_from(points).ok()) }
}

/// A creator whom a brand looks at.
#[derive(Debug)]
pub struct Found {
    pub creator: MatchedCreator,
    pub profile: PublicCard,
    pub is_ignored: bool,
}

fn missing(field: &'static str) -> Error {
    Error::not_found().with_field(field)
}

fn as_match(row: &CreatorRow, score: Score) -> Match {
    let topic = row.topics.first().map_or("", String::as_str);
    Match {
        id: row.creator.uuid().into_bytes(),
        score: score.total(),
        group: format!("{topic} {}", row.country.as_deref().unwrap_or_default()),
        is_newcomer: row.is_newcomer,
    }
}

/// The name that brands see.
pub fn shown_name(name: &str, initials_only: bool) -> String {
    if initials_only || name.contains('@') { words::initials(name) } else { name.to_owned() }
}

fn card(row: &CreatorRow, score: Score, t: Texts) -> MatchedCreator {
    MatchedCreator {
        id: row.creator,
        name: shown_name(&row.name, row.initials_only),
        headline: row.headline.clone(),
        country: row.country.clone(),
        languages: row.languages.clone(),
        topics: row.topics.clone(),
        formats: row.formats.clone(),
        channel_kinds: row.kinds.clone(),
        audience: row.audience_band.clone(),
        verified: row.verified_channels > 0,
        starred: row.is_starred,
        new_here: row.is_newcomer,
        score: score.total(),
        reasons: reasons::of_creator(score, t),
    }
}
