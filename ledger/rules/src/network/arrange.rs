//! The order of matches: by score, the same all day, with variety and a place for newcomers. Pure.

/// At most this many of one topic and country in [`WINDOW`] consecutive places, as long as there are others.
const ALIKE_MAX: usize = 3;
const WINDOW: usize = 10;
/// Every fifth place goes to a newcomer, if there is one.
const NEWCOMER_EVERY: usize = 5;

/// A match before it has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub id: [u8; 16],
    pub score: u8,
    /// The first topic and the country: matches with the same ones are alike.
    pub group: String,
    pub is_newcomer: bool,
}

/// Returns the positions of `matches` in the order to show. `seed` names the viewer and the day: equal scores keep their
/// order for that long, and no one is always first.
pub fn arrange(matches: &[Match], seed: &str) -> Vec<usize> {
    let mut left: Vec<(usize, &Match)> = matches.iter().enumerate().collect();
    left.sort_by_cached_key(|(_, one)| (u8::MAX - one.score, turn(seed, one.id)));
    let mut placed: Vec<(usize, &Match)> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let recent = &placed[placed.len().saturating_sub(WINDOW - 1)..];
        let fits = |one: &Match| recent.iter().filter(|(_, other)| other.group == one.group).count() < ALIKE_MAX;
        let for_newcomer = (placed.len() + 1).is_multiple_of(NEWCOMER_EVERY);
        let newcomer = || left.iter().position(|(_, one)| one.is_newcomer && fits(one));
        let next = for_newcomer.then(newcomer).flatten();
        let next = next.or_else(|| left.iter().position(|(_, one)| fits(one))).unwrap_or(0);
        placed.push(left.remove(next));
    }
    placed.into_iter().map(|(index, _)| index).collect()
}

/// FNV-1a with a final mix: spreads well, and gives no one a lasting advantage.
fn turn(seed: &str, id: [u8; 16]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = seed.as_bytes().iter().chain(&id).fold(0xcbf2_9ce4_8422_2325, mix);
    (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn one(id: u8, score: u8, group: &str, is_newcomer: bool) -> Match {
        Match { id: [id; 16], score, group: group.to_owned(), is_newcomer }
    }

    #[test]
    fn the_best_come_first_but_not_more_than_three_alike_in_ten() {
        let mut matches: Vec<Match> = (0..6).map(|id| one(id, 90, "Cooking DE", false)).collect();
        matches.extend((6..20).map(|id| one(id, 50, &format!("Topic {id}"), false)));
        let order = arrange(&matches, "acme 2026-11-24");
        let groups: Vec<&str> = order.iter().map(|index| matches[*index].group.as_str()).collect();
        assert_eq!(groups[..3], ["Cooking DE"; 3]);
        for window in groups.windows(WINDOW) {
            assert!(window.iter().filter(|group| **group == "Cooking DE").count() <= ALIKE_MAX, "{window:?}");
        }
    }

    #[test]
    fn every_fifth_place_goes_to_a_newcomer() {
        let mut matches: Vec<Match> = (0..8).map(|id| one(id, 90, &id.to_string(), false)).collect();
        matches.extend((8..10).map(|id| one(id, 10, &id.to_string(), true)));
        let order = arrange(&matches, "acme 2026-11-24");
        assert!(matches[order[4]].is_newcomer && matches[order[9]].is_newcomer);
    }

    #[test]
    fn equal_scores_take_turns_from_day_to_day() {
        let matches: Vec<Match> = (0..20).map(|id| one(id, 50, &id.to_string(), false)).collect();
        assert_eq!(arrange(&matches, "acme 2026-11-24"), arrange(&matches, "acme 2026-11-24"));
        assert_ne!(arrange(&matches, "acme 2026-11-24"), arrange(&matches, "acme 2026-11-25"));
    }

    proptest! {
        #[test]
        fn everyone_has_one_place(scores in vec((0..=100_u8, 0..4_u8, any::<bool>()), 0..60)) {
            let matches: Vec<Match> = scores.iter().zip(0..).map(|((score, group, new), id)| {
                one(id, *score, &group.to_string(), *new)
            }).collect();
            let mut seen: HashMap<usize, usize> = HashMap::new();
            arrange(&matches, "seed").into_iter().for_each(|index| *seen.entry(index).or_default() += 1);
            prop_assert_eq!(seen.len(), matches.len());
            prop_assert!(seen.values().all(|times| *times == 1));
        }
    }
}
