//! Who wins a contest, at which place and how much. Pure.

use shared::{text_enum, timestamp::Timestamp};

text_enum! {
    /// What equal values mean.
    Ties {
        /// Whoever had the value first is ahead.
        FirstToReach,
        /// They share the amounts of their places equally, rounded down to a minor unit. All who are equal at the last
        /// place share.
        Split,
        /// Each gets what the best of their places gets, also if that makes more winners than there are places.
        AllTied,
    }
}

/// What someone achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score<A> {
    pub affiliate: A,
    pub value: i64,
    /// When the last of it happened: since then, they have had the value.
    pub reached_at: Timestamp,
}

/// A winner, with their place from 1 and what they get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Win<A> {
    pub affiliate: A,
    pub value: i64,
    pub place: u32,
    pub amount: i64,
}

/// The best `winners` of these scores. `amounts` are those of the places in order: one for all places, or one for each,
/// or none if no money is given. Scores of 0 win nothing.
pub fn winners<A: Copy + Ord>(scores: &[Score<A>], winners: u32, ties: Ties, amounts: &[i64]) -> Vec<Win<A>> {
    let mut scores: Vec<Score<A>> = scores.iter().copied().filter(|score| score.value > 0).collect();
    scores.sort_by_key(|score| (std::cmp::Reverse(score.value), score.reached_at, score.affiliate));
    let places = usize::try_from(winners).unwrap_or(usize::MAX);
    let amount = |index: usize| match amounts {
        [] => 0,
        [all] => *all,
        each => each.get(index).copied().unwrap_or_default(),
    };
    let mut won = Vec::new();
    let mut index = 0;
    for group in scores.chunk_by(|one, next| one.value == next.value) {
        if index >= places {
            break;
        }
        let end = (index + group.len()).min(places);
        let share: i64 = (index..end).map(amount).fold(0, i64::saturating_add) / count(group.len());
        for (offset, score) in group.iter().enumerate() {
            let (place, gets) = match ties {
                Ties::FirstToReach if index + offset >= places => break,
                Ties::FirstToReach => (index + offset, amount(index + offset)),
                Ties::Split => (index, share),
                Ties::AllTied => (index, amount(index)),
            };
            let place = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
            won.push(Win { affiliate: score.affiliate, value: score.value, place, amount: gets });
        }
        index += group.len();
    }
    won
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(affiliate: u32, value: i64, at: i64) -> Score<u32> {
        Score { affiliate, value, reached_at: Timestamp::EPOCH.plus_millis(at) }
    }

    fn places(ties: Ties, amounts: &[i64]) -> Vec<(u32, u32, i64)> {
        let scores = [score(1, 5, 9), score(2, 9, 9), score(3, 5, 3), score(4, 5, 4), score(5, 0, 1)];
        winners(&scores, 3, ties, amounts).iter().map(|win| (win.affiliate, win.place, win.amount)).collect()
    }

    #[test]
    fn ties_are_broken_as_stated() {
        let each = [500, 300, 100];
        assert_eq!(places(Ties::FirstToReach, &each), [(2, 1, 500), (3, 2, 300), (4, 3, 100)]);
        assert_eq!(places(Ties::Split, &each), [(2, 1, 500), (3, 2, 133), (4, 2, 133), (1, 2, 133)]);
        assert_eq!(places(Ties::AllTied, &each), [(2, 1, 500), (3, 2, 300), (4, 2, 300), (1, 2, 300)]);
        assert_eq!(places(Ties::FirstToReach, &[50]), [(2, 1, 50), (3, 2, 50), (4, 3, 50)]);
        assert_eq!(places(Ties::FirstToReach, &[]), [(2, 1, 0), (3, 2, 0), (4, 3, 0)]);
    }

    #[test]
    fn without_scores_no_one_wins() {
        assert_eq!(winners::<u32>(&[], 3, Ties::Split, &[100]), []);
        assert_eq!(winners(&[score(1, 0, 1)], 3, Ties::AllTied, &[100]), []);
    }

    fn any_scores() -> impl Strategy<Value = Vec<Score<u32>>> {
        proptest::collection::vec((0..8i64, 0..5i64), 0..30).prop_map(|pairs| {
            pairs.into_iter().zip(0u32..).map(|((value, at), affiliate)| score(affiliate, value, at)).collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_of_scores_is_irrelevant(scores in any_scores(), most in 1..6u32, seed in 0..100usize) {
            let amounts = [500, 301, 100, 50, 7, 1];
            let mut turned = scores.clone();
            if !turned.is_empty() {
                let by = seed % turned.len();
                turned.rotate_left(by);
            }
            turned.reverse();
            for ties in [Ties::FirstToReach, Ties::Split, Ties::AllTied] {
                prop_assert_eq!(winners(&scores, most, ties, &amounts), winners(&turned, most, ties, &amounts));
            }
        }

        #[test]
        fn a_contest_gives_what_it_promised_at_most(scores in any_scores(), most in 1..6u32) {
            let amounts = [500, 301, 100, 50, 7, 1];
            let places = usize::try_from(most).unwrap();
            let promised: i64 = amounts.iter().take(places).sum();
            let entrants = scores.iter().filter(|score| score.value > 0).count();
            for ties in [Ties::FirstToReach, Ties::Split] {
                let sum: i64 = winners(&scores, most, ties, &amounts).iter().map(|win| win.amount).sum();
                prop_assert!(sum <= promised, "{ties:?}: {sum} of {promised}");
            }
            let first = winners(&scores, most, Ties::FirstToReach, &amounts);
            prop_assert_eq!(first.len(), entrants.min(places));
            let all = winners(&scores, most, Ties::AllTied, &amounts);
            prop_assert!(first.iter().all(|win| all.iter().any(|other| other.affiliate == win.affiliate)));
            let least = all.iter().map(|win| win.value).min().unwrap_or(i64::MAX);
            let left_out = scores.iter().filter(|score| !all.iter().any(|win| win.affiliate == score.affiliate));
            for score in left_out {
                prop_assert!(score.value < least || score.value == 0, "no loser is better than a winner");
            }
        }
    }
}
