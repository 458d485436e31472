//! Goal: the whole book is the ideal one after every single step, to the cent: who is credited, every commission's
//! amount and status, every account, through refunds, disputes, decisions, what recruiters earn of it, payouts written
//! down and sent through Stripe,
//! crashes and days that pass; and what the affiliates have at Stripe is what the book says.
//! Method: a state machine. Proptest makes steps from what the [`ideal`] book says is possible; the [`real`] side carries
//! each out against a ledger's process on Postgres and compares; the oracle is asked after each case. The ideal is
//! written from the rules in words (`docs/guide/commissions.md`) and knows nothing of the ledger's code. The seed is printed,
//! and `REKOMI_TEST_SEED` takes it; `REKOMI_TEST_CASES` asks for more cases.

mod back;
mod credit;
mod facts;
mod ideal;
mod joins;
mod machine;
mod moves;
mod payout;
mod payouts;
mod plan;
mod possible;
mod read;
mod real;
mod recruited;
mod recruits;
mod report;
mod step;
mod worth;

use std::{cell::RefCell, rc::Rc, time::Instant};

use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use world::{World, fakes::stripe_connect, random_cases};

use self::{
    facts::AFFILIATES,
    machine::Machine,
    payouts::FakeStripe,
    real::{RIG, RealBook, Rig},
};

const CASES: u32 = 16;
/// Steps of a case.
const STEPS: std::ops::Range<usize> = 40..70;

async fn cast() -> (World, Vec<world::brand::Partner>, FakeStripe) {
    let stripe = stripe_connect::start();
    let world = Box::pin(payouts::plan(&stripe).start()).await;
    let mut partners = Vec::new();
    for number in 0..AFFILIATES {
        partners.push(world.acme.join(&world.database, &format!("partner-{number}")).await);
    }
    let coupon = format!(
        "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
         values ('{}', gen_random_uuid(), '{}', '{}', '{}', now())",
        world.acme.organization.uuid(),
        world.acme.program.uuid(),
        partners[0].affiliate.uuid(),
        report::COUPON,
    );
    world.database.run(&coupon).await;
    let stripe = FakeStripe::open(stripe, &world, &partners).await;
    (world, partners, stripe)
}

#[test]
fn the_whole_book_is_the_ideal_one_after_every_step() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (world, partners, stripe) = runtime.block_on(cast());
    let rig = Rc::new(RefCell::new(Rig::new(runtime, world, partners, stripe)));
    RIG.set(Some(Rc::clone(&rig)));
    let config = Config {
        cases: random_cases::cases(CASES),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let mut runner = random_cases::runner(config.clone());
    let began = Instant::now();
    let outcome = runner.run(&Machine::sequential_strategy(STEPS), |(state, steps, seen)| {
        RealBook::test_sequential(config.clone(), state, steps, seen);
        Ok(())
    });
    RIG.set(None);
    println!("{} steps in {:.0?}", rig.borrow().steps, began.elapsed());
    drop(rig);
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
