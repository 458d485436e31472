//! Goal: over two years, whatever people buy, click, import, refund, decide and are paid, credit and money come out as
//! the documents say, to the cent; no one is paid twice for a sale, and every cent that moves has a recorded cause.
//! Method: proptest generates stories; a model written from `docs/guide/attribution.md` and `docs/guide/commissions.md`
//! computes the expected result. Each story is recomputed in one step, and again fact by fact in another order; in
//! between commissions are paid, payments are returned in full or by half, customers are joined and split again, and
//! people are erased. Recruiters earn their share of what is left of each commission. `REKOMI_TEST_CASES` sets the number
//! of stories; the seed is printed, and `REKOMI_TEST_SEED` sets it.

mod ideal;
mod make;
mod real;
mod recruits;
mod terms;
mod worth;

use std::hash::{BuildHasher, RandomState};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::{
    make::{Story, story},
    real::{Figures, World},
};

const CASES: u32 = 2_000;

/// What the documents make of a story, in the ledger's figures.
fn expected(story: &Story) -> Figures {
    let outcome = ideal::outcome(story);
    let mut figures = Figures::default();
    for (place, credit) in &outcome.credits {
        let terms = (credit.program, credit.affiliate, credit.bound_at, credit.plan_at);
        figures.credits.insert(*place, (terms, outcome.flagged.contains(place)));
    }
    for ((place, component), cents) in outcome.worth.iter().filter(|(_, cents)| **cents != 0) {
        let key = (*place, outcome.credits[place].affiliate, *component);
        figures.worth.insert(key, (*cents, outcome.held.contains(place)));
        if let Some((recruiter, left)) = recruits::earned(story, *place, &outcome.credits[place], *cents) {
            figures.shares.insert((*place, recruiter, *component), (left, outcome.held.contains(place)));
        }
    }
    figures
}

fn check(story: &Story) {
    let expected = expected(story);
    let mut at_once = World::of(story);
    at_once.arrive_all();
    at_once.recompute();
    assert_eq!(at_once.figures(), expected, "settled at once");
    let mut bit_by_bit = World::of(story);
    bit_by_bit.play();
    assert_eq!(bit_by_bit.figures(), expected, "settled fact by fact");
}

#[test]
fn two_years_come_out_as_the_documents_say() {
    let given = std::env::var("REKOMI_TEST_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    let number = given.unwrap_or_else(|| RandomState::new().hash_one(CASES));
    println!("REKOMI_TEST_SEED={number}");
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let cases = std::env::var("REKOMI_TEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    runner
        .run(&story(), |story| {
            check(&story);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
