//! How well a creator and a program fit: 0 to 100 points, in seven parts that pages show in words. The same rule serves
//! both sides, and nothing in it can be bought. Pure.

use super::{AudienceBand, ChannelKind, Earning, Format, Topic};

const TOPIC_MAX: u8 = 30;
const TEXT_MAX: u8 = 15;
const AUDIENCE_MAX: u8 = 7;
const PLACE_MAX: u8 = 8;
const FORMAT_MAX: u8 = 10;
const PROOF_MAX: u8 = 10;
const TRACK_MAX: u8 = 20;
/// Points of someone without a track record: neither punished nor praised.
pub const TRACK_NEW: u8 = 8;
/// More verified channels than this earn no more points.
const CHANNELS_MAX: u8 = 3;
/// The full score of the text part, in thousandths of the database's text rank.
pub const TEXT_FULL: u16 = 1_000;

/// What a program looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criteria {
    pub topics: Vec<Topic>,
    pub formats: Vec<Format>,
    /// What the program pays for.
    pub earnings: Vec<Earning>,
    /// Empty means all; likewise languages and kinds.
    pub countries: Vec<String>,
    pub languages: Vec<String>,
    pub kinds: Vec<ChannelKind>,
    pub audience_min: AudienceBand,
}

/// What a creator has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub topics: Vec<Topic>,
    pub formats: Vec<Format>,
    pub earnings: Vec<Earning>,
    pub country: Option<String>,
    pub languages: Vec<String>,
    pub kinds: Vec<ChannelKind>,
    pub audience: Option<AudienceBand>,
    pub verified_channels: u8,
    /// Whether every important part of the profile is filled in.
    pub is_complete: bool,
    /// Whether the creator changed their profile or signed in during the last 90 days.
    pub is_active: bool,
}

/// What the database found out besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// How well the texts match, from 0 to [`TEXT_FULL`].
    pub text: u16,
    /// 0 to 20 points for a track record; `None` for newcomers.
    pub track: Option<u8>,
}

/// A part of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Topic,
    Text,
    Audience,
    Place,
    Format,
    Proof,
    Track,
}

impl Part {
    pub const ALL: [Self; 7] =
        [Self::Topic, Self::Text, Self::Audience, Self::Place, Self::Format, Self::Proof, Self::Track];

    /// The most points that it can have; together 100.
    pub const fn most(self) -> u8 {
        match self {
            Self::Topic => TOPIC_MAX,
            Self::Text => TEXT_MAX,
            Self::Audience => AUDIENCE_MAX,
            Self::Place => PLACE_MAX,
            Self::Format => FORMAT_MAX,
            Self::Proof => PROOF_MAX,
            Self::Track => TRACK_MAX,
        }
    }

    /// As the API and the messages of pages spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Text => "text",
            Self::Audience => "audience",
            Self::Place => "place",
            Self::Format => "format",
            Self::Proof => "proof",
            Self::Track => "track",
        }
    }
}

/// A score with its parts, in the order of [`Part::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score([u8; 7]);

impl Score {
    pub fn of(criteria: &Criteria, offered: &Offered, evidence: Evidence) -> Self {
        Self([
            share(TOPIC_MAX, common(&criteria.topics, &offered.topics), union(&criteria.topics, &offered.topics)),
            share(TEXT_MAX, usize::from(evidence.text.min(TEXT_FULL)), usize::from(TEXT_FULL)),
            audience(criteria, offered),
            place(criteria, offered),
            half(&criteria.formats, &offered.formats) + half(&criteria.earnings, &offered.earnings),
            proof(offered),
            evidence.track.unwrap_or(TRACK_NEW).min(TRACK_MAX),
        ])
    }

    /// 0 to 100: the sum of the parts.
    pub fn total(self) -> u8 {
        self.0.iter().sum()
    }

    /// Each part with its points.
    pub fn parts(self) -> impl Iterator<Item = (Part, u8)> {
        Part::ALL.into_iter().zip(self.0)
    }
}

fn common<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    one.iter().filter(|item| other.contains(item)).count()
}

fn union<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    one.len() + other.iter().filter(|item| !one.contains(item)).count()
}

/// `most` × `part` / `whole`, rounded down; 0 of nothing.
fn share(most: u8, part: usize, whole: usize) -> u8 {
    (usize::from(most) * part.min(whole)).checked_div(whole).and_then(|points| u8::try_from(points).ok()).unwrap_or(0)
}

/// Half of the format part: whether there is any common item.
fn half<T: PartialEq>(criteria: &[T], offered: &[T]) -> u8 {
    if common(criteria, offered) > 0 { FORMAT_MAX / 2 } else { 0 }
}

/// 4 points for an audience that is large enough, 2 for one a band below; 3 for a kind of channel that the program looks for.
fn audience(criteria: &Criteria, offered: &Offered) -> u8 {
    let least = criteria.audience_min.rank();
    let size = match offered.audience.map(AudienceBand::rank) {
        Some(rank) if rank >= least => 4,
        Some(rank) if rank + 1 == least => 2,
        _ => 0,
    };
    let fits_kind =
        !offered.kinds.is_empty() && (criteria.kinds.is_empty() || common(&criteria.kinds, &offered.kinds) > 0);
    size + if fits_kind { 3 } else { 0 }
}

/// 4 points each for the country and a language.
fn place(criteria: &Criteria, offered: &Offered) -> u8 {
    let is_in = offered
        .country
        .as_ref()
        .is_some_and(|country| criteria.countries.is_empty() || criteria.countries.contains(country));
    let speaks = !offered.languages.is_empty()
        && (criteria.languages.is_empty() || common(&criteria.languages, &offered.languages) > 0);
    PLACE_MAX / 2 * (u8::from(is_in) + u8::from(speaks))
}

/// 2 points each for up to three verified channels, for a complete profile, and for activity.
fn proof(offered: &Offered) -> u8 {
    let channels = offered.verified_channels.min(CHANNELS_MAX);
    2 * (channels + u8::from(offered.is_complete) + u8::from(offered.is_active))
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
