//! Programs for a creator: the same score, seen from the other side.

use shared::{id::CreatorId, timestamp::Timestamp};

use super::{
    creators::{criteria, offered, rank},
    reasons::{self, Reason},
    store::{self, ListingRow},
};
use kit::{db::GlobalTx, error::Result, text::Texts};
use rules::network::{
    arrange::{Match, arrange},
    score::{Evidence, Score, TRACK_NEW},
};

const MATCHES_MAX: usize = 500;
/// Points for each figure that a brand shares, on top of a newcomer's: a program is known by its own book.
const FIGURE: u8 = 4;

/// A program with its score; `None` before the creator has a profile.
#[derive(Debug, Clone)]
pub struct MatchedProgram {
    pub listing: ListingRow,
    pub score: Option<u8>,
    pub reasons: Vec<Reason>,
}

/// At most `count` of the best matches in order, from the one after `after` (a handle) on.
pub async fn of(
    tx: &mut GlobalTx,
    creator: CreatorId,
    (text, topic, after, count): (&str, Option<&str>, Option<&str>, usize),
    (now, t): (Timestamp, Texts),
) -> Result<Vec<MatchedProgram>> {
    let own = store::own(tx, creator, now).await?.map(|row| offered(&row));
    let rows = store::programs(tx, creator, (text, topic), now).await?;
    let score = |row: &ListingRow| {
        let figures = u8::try_from(row.figures).unwrap_or(0);
        let track = (figures > 0).then(|| TRACK_NEW + FIGURE * figures);
        own.as_ref().map(|own| Score::of(&criteria(row), own, Evidence { text: rank(row.text), track }))
    };
    let mut scored: Vec<(Option<Score>, ListingRow)> = rows.into_iter().map(|row| (score(&row), row)).collect();
    scored.sort_by_key(|(score, row)| (u8::MAX - score.map_or(0, Score::total), row.program.uuid()));
    scored.truncate(MATCHES_MAX);
    let matches: Vec<Match> = scored.iter().map(|(score, row)| as_match(row, *score)).collect();
    let order = arrange(&matches, &format!("{creator} {}", now.millis() / 86_400_000));
    let handle = |index: &usize| scored.get(*index).map(|(_, row)| row.handle.as_str());
    let start = after.and_then(|after| order.iter().position(|index| handle(index) == Some(after)));
    let rest = order.iter().skip(start.map_or(0, |place| place + 1));
    let shown = rest.filter_map(|index| scored.get(*index)).take(count);
    Ok(shown
        .map(|(score, listing)| MatchedProgram {
            listing: listing.clone(),
            score: score.map(Score::total),
            reasons: score.map(|score| reasons::of(score, t)).unwrap_or_default(),
        })
        .collect())
}

fn as_match(row: &ListingRow, score: Option<Score>) -> Match {
    let country = if let [country] = &row.countries[..] { country.as_str() } else { "" };
    Match {
        id: row.program.uuid().into_bytes(),
        score: score.map_or(0, Score::total),
        group: format!("{} {country}", row.topics.first().map_or("", String::as_str)),
        is_newcomer: row.is_newcomer,
    }
}
