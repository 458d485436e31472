//! Says in words what a score consists of. Pure.

use kit::text::Texts;
use rules::network::{
    score::{Part, Score},
    track::Record,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A part of a match's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MatchReason)]
pub struct Reason {
    /// `topic`, `text`, `audience`, `place`, `format`, `proof` or `track`.
    #[schema(example = "topic")]
    pub part: &'static str,
    /// The points that it adds to the score.
    #[schema(example = 20)]
    pub points: u8,
    /// The most points that this part can have.
    #[schema(example = 30)]
    pub most: u8,
    /// The reason in words.
    #[schema(example = "Topics in common")]
    pub text: String,
}

/// As [`of`], for a creator: the track record is said in words, not in figures.
pub fn of_creator(score: Score, t: Texts) -> Vec<Reason> {
    let mut reasons = of(score, t);
    for reason in reasons.iter_mut().filter(|reason| reason.part == Part::Track.as_str()) {
        let word = match Record::of_points(reason.points) {
            Some(Record::Mixed) => "track-mixed",
            Some(Record::Steady) => "track-steady",
            Some(Record::Good) => "track-good",
            Some(Record::Strong) => "track-strong",
            None => "track-new",
        };
        reason.text = t.say("match-reason").with("part", word).to_string();
    }
    reasons
}

/// Every part, in the order of the score; the points add up to the score.
pub fn of(score: Score, t: Texts) -> Vec<Reason> {
    let reason = |(part, points): (Part, u8)| {
        let text = t.say("match-reason").with("part", part.as_str()).to_string();
        Reason { part: part.as_str(), points, most: part.most(), text }
    };
    score.parts().map(reason).collect()
}
