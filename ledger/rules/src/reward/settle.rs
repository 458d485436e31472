//! What changes for the claims of a milestone, now that these affiliates have reached it. Pure.
//!
//! The same facts and claims always lead to the same changes, and once they are made, to none: a job can repeat this, and
//! two of them agree.

use std::collections::{BTreeMap, BTreeSet};

use super::State;

/// Who reached a milestone, and in which period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached<A> {
    pub affiliate: A,
    pub period: String,
    pub value: i64,
    /// Whether they can get it now: they are approved and in one of its segments. What they have stays theirs otherwise.
    pub is_eligible: bool,
}

/// A claim so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<A, C> {
    pub id: C,
    pub affiliate: A,
    pub period: String,
    pub state: State,
}

/// The rule's choices.
#[derive(Debug, Clone, Copy)]
pub struct Choices {
    /// Whether what refunds undid is taken back after it was given.
    pub take_back: bool,
    /// How many more the budget allows; `None` for any number.
    pub room: Option<u64>,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<A, C> {
    /// New claims, in the order in which they were reached.
    pub new: Vec<Reached<A>>,
    /// Claims that no one decided or gave yet, and that aren't reached anymore.
    pub withdraw: Vec<C>,
    pub take_back: Vec<C>,
    /// Claims that were taken back, and are reached again.
    pub again: Vec<C>,
}

impl<A, C> Changes<A, C> {
    pub const fn is_empty(&self) -> bool {
        self.new.is_empty() && self.withdraw.is_empty() && self.take_back.is_empty() && self.again.is_empty()
    }
}

/// `reached` is sorted by who was first; `known` are all claims of the same periods. A claim that a person rejected stays
/// rejected.
pub fn settle<A: Copy + Ord, C: Copy>(
    reached: Vec<Reached<A>>,
    known: &[Known<A, C>],
    choices: Choices,
) -> Changes<A, C> {
    let holds: BTreeMap<(A, &str), bool> =
        reached.iter().map(|one| ((one.affiliate, one.period.as_str()), one.is_eligible)).collect();
    let mut changes = Changes { new: Vec::new(), withdraw: Vec::new(), take_back: Vec::new(), again: Vec::new() };
    let mut room = choices.room;
    for claim in known {
        let holds = holds.get(&(claim.affiliate, claim.period.as_str()));
        match (claim.state, holds) {
            (State::Submitted | State::Approved, None) => changes.withdraw.push(claim.id),
            (State::Paid, None) if choices.take_back => changes.take_back.push(claim.id),
            (State::TakenBack, Some(true)) if use_up(&mut room) => changes.again.push(claim.id),
            _ => {}
        }
    }
    let known: BTreeSet<(A, &str)> = known.iter().map(|claim| (claim.affiliate, claim.period.as_str())).collect();
    let is_new: Vec<bool> =
        reached.iter().map(|one| one.is_eligible && !known.contains(&(one.affiliate, one.period.as_str()))).collect();
    let new = reached.into_iter().zip(is_new).filter_map(|(one, is_new)| is_new.then_some(one));
    changes.new.extend(new.take_while(|_| use_up(&mut room)));
    changes
}

/// Takes one place, if there is one.
fn use_up(room: &mut Option<u64>) -> bool {
    match room {
        None => true,
        Some(0) => false,
        Some(left) => {
            *left -= 1;
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reached(affiliates: &[u32]) -> Vec<Reached<u32>> {
        let one = |id: &u32| Reached { affiliate: *id, period: "2026-03".to_owned(), value: 10, is_eligible: true };
        affiliates.iter().map(one).collect()
    }

    fn known(id: u32, state: State) -> Known<u32, u32> {
        Known { id, affiliate: id, period: "2026-03".to_owned(), state }
    }

    const FREE: Choices = Choices { take_back: true, room: None };

    #[test]
    fn each_state_follows_the_facts() {
        let claims = [
            known(1, State::Submitted),
            known(2, State::Approved),
            known(3, State::Paid),
            known(4, State::Rejected),
            known(5, State::TakenBack),
        ];
        let gone = settle(Vec::new(), &claims, FREE);
        assert_eq!((gone.withdraw, gone.take_back, gone.again), (vec![1, 2], vec![3], vec![]));
        let kept = settle(Vec::new(), &claims, Choices { take_back: false, ..FREE });
        assert!(kept.take_back.is_empty());
        let all = settle(reached(&[1, 2, 3, 4, 5, 6]), &claims, FREE);
        assert_eq!((all.new, all.withdraw, all.again), (reached(&[6]), vec![], vec![5]));
    }

    #[test]
    fn whoever_left_keeps_what_they_have_and_gets_nothing_more() {
        let left = |id| Reached { is_eligible: false, ..reached(&[id]).remove(0) };
        let claims = [known(1, State::Paid), known(2, State::TakenBack)];
        let changes = settle(vec![left(1), left(2), left(3)], &claims, FREE);
        assert!(changes.is_empty(), "{changes:?}");
    }

    #[test]
    fn the_first_get_what_the_budget_has_left() {
        let changes = settle::<u32, u32>(reached(&[9, 7, 8]), &[], Choices { room: Some(2), ..FREE });
        assert_eq!(changes.new, reached(&[9, 7]));
        let claims = [known(5, State::TakenBack)];
        let changes = settle(reached(&[5, 6]), &claims, Choices { room: Some(1), ..FREE });
        assert_eq!((changes.again, changes.new), (vec![5], vec![]));
    }

    /// A small program that gives rewards: what each affiliate holds, and the claims.
    #[derive(Debug, Default)]
    struct Book {
        claims: Vec<Known<u32, u32>>,
        money: BTreeMap<u32, i64>,
    }

    impl Book {
        fn write(&mut self, changes: &Changes<u32, u32>) {
            self.claims.retain(|claim| !changes.withdraw.contains(&claim.id));
            for claim in &mut self.claims {
                if changes.take_back.contains(&claim.id) {
                    claim.state = State::TakenBack;
                    *self.money.entry(claim.affiliate).or_default() -= 100;
                }
                if changes.again.contains(&claim.id) {
                    claim.state = State::Approved;
                }
            }
            self.claims.extend(changes.new.iter().map(|one| known(one.affiliate, State::Approved)));
        }

        /// Gives what is approved. A crash may come before it: then the next round does it.
        fn give(&mut self) {
            for claim in self.claims.iter_mut().filter(|claim| claim.state == State::Approved) {
                claim.state = State::Paid;
                *self.money.entry(claim.affiliate).or_default() += 100;
            }
        }
    }

    proptest! {
        #[test]
        fn everyone_has_exactly_what_the_facts_say(
            stories in proptest::collection::vec((proptest::collection::btree_set(0..6u32, 0..6), any::<bool>()), 1..12),
        ) {
            let mut book = Book::default();
            for (who, crashes) in &stories {
                let who: Vec<u32> = who.iter().copied().collect();
                let changes = settle(reached(&who), &book.claims, FREE);
                book.write(&changes);
                prop_assert!(settle(reached(&who), &book.claims, FREE).is_empty(), "a second round changes nothing");
                if !crashes {
                    book.give();
                }
            }
            book.give();
            let last = &stories.last().unwrap().0;
            for affiliate in 0..6u32 {
                let has = book.money.get(&affiliate).copied().unwrap_or_default();
                prop_assert_eq!(has, if last.contains(&affiliate) { 100 } else { 0 });
            }
        }
    }
}
