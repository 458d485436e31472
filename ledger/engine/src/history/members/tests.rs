//! Goal: recomputing a history together with what counts for it comes out as recomputing everything. Method: random sales,
//! refunds and decisions under random plans are recomputed both ways after each step, and compared. The stored histories
//! stand for the database: [`loaded`] does with them what [`super::super::neighbours`] does with its rows.

mod world;

use proptest::prelude::*;

use self::world::{PLANS, Report, Step, Terms, World, rates, stored_member};
use super::*;
use crate::history::{
    BuyerHistories, DecisionKind, claims::claim_days, recompute::pools, waiting::pools_of_dependent, write::parts,
};

/// All histories, and all pools that any of them has.
fn everything(world: &World, rates: &Rates) -> (BuyerHistories, Complete) {
    let parts = parts(world.histories.clone(), rates).unwrap();
    let complete = Complete {
        pools: parts.iter().flat_map(|part| pools(part, rates)).collect(),
        claim_days: parts.iter().flat_map(|part| claim_days(part, rates)).collect(),
        earlier: Vec::new(),
    };
    (world.histories.clone(), complete)
}

fn loaded(world: &World, given: HistoryKey, rates: &Rates) -> (BuyerHistories, Complete) {
    let of_given = parts(world.of(&BTreeSet::from([given])), rates).unwrap();
    let requested: BTreeSet<Pool> = of_given.iter().flat_map(|part| pools(part, rates)).collect();
    let days = of_given.iter().flat_map(|part| claim_days(part, rates)).collect();
    let mut complete = Complete { pools: requested.clone(), claim_days: days, earlier: Vec::new() };
    let trusting = rates.trusting();
    let by_need = |pools: BTreeSet<Pool>| -> (BTreeSet<Pool>, BTreeSet<Pool>) {
        pools.into_iter().partition(|pool| is_whole(pool, rates, &trusting))
    };
    let (whole, mut back) = by_need(requested);
    let mut keys = world.in_pools(&whole, &trusting);
    keys.extend(world.claims_of(&complete.claim_days));
    keys.remove(&given);
    let near = parts(world.of(&keys), rates).unwrap();
    let dependent = near.iter().flat_map(|part| pools_of_dependent(part, &complete.pools, rates));
    let further: BTreeSet<Pool> = dependent.filter(|pool| !complete.pools.contains(pool)).collect();
    complete.pools.extend(further.iter().copied());
    let (whole, further) = by_need(further);
    back.extend(further);
    keys.extend(world.in_pools(&whole, &trusting));
    keys.insert(given);

    let outermost = outermost(&back.iter().map(|pool| (world::TENANT, *pool)).collect());
    let mut earlier: Vec<PoolMember> = outermost.iter().flat_map(|(_, pool)| world.members_of(pool)).collect();
    loop {
        let near = parts(world.of(&keys), rates).unwrap();
        let changes = changes(&near, &complete, rates, &HashSet::from([given]));
        let affected = Affected::of(back.iter(), &changes);
        let (changing, counting) = split(earlier, &affected, &world.customers_waiting(), &world.present(&keys), rates);
        earlier = counting;
        let known = keys.len();
        keys.extend(changing.iter().map(|member| world.key_of(member.id)));
        if keys.len() == known {
            break;
        }
    }
    complete.earlier = earlier;
    (world.of(&keys), complete)
}

fn terms() -> impl Strategy<Value = Terms> {
    let velocity = prop::option::of(1_u32..3);
    (0..PLANS.len(), 0..PLANS.len(), velocity, prop::bool::weighted(0.1)).prop_map(
        |(first, second, velocity_per_hour, trusts)| Terms { plans: [first, second], velocity_per_hour, trusts },
    )
}

fn step() -> impl Strategy<Value = Step> {
    // Few hours, so that several sales happen in one; they are in several months, quarters and years.
    let hours = prop::sample::select(vec![0_i64, 1, 2, 20, 21, 40, 41, 60, 90, 91]);
    let cents = prop_oneof![1 => Just(0_i64), 8 => 1_i64..9_000];
    let affiliate = || prop::sample::select(vec![101_u8, 102]);
    let customer = prop::option::weighted(0.75, 1_u8..6);
    let flags = (prop::bool::weighted(0.15), any::<bool>());
    let report = (customer, affiliate(), hours, 0_i64..60, cents, flags);
    let report = report.prop_map(|(customer, affiliate, hour, minute, cents, (lead, is_claim))| {
        Step::Report(Report {
            customer,
            affiliate,
            hour,
            minute,
            cents,
            lead,
            is_claim: is_claim && customer.is_none(),
        })
    });
    let kinds = vec![DecisionKind::Approve, DecisionKind::Deny, DecisionKind::Reattribute];
    let decision = (any::<usize>(), prop::sample::select(kinds), affiliate());
    prop_oneof![
        6 => report,
        2 => (any::<usize>(), 1_i64..12_000).prop_map(|(of, cents)| Step::Refund { of, cents }),
        2 => decision.prop_map(|(of, kind, affiliate)| Step::Decision { of, kind, affiliate }),
    ]
}

/// Recomputes after each step, with everything and with what is loaded.
fn both_ways(terms: &Terms, steps: &[Step]) -> Result<(), TestCaseError> {
    let rates = rates(terms);
    let (mut all, mut some) = (World::default(), World::default());
    for step in steps {
        let Some(given) = all.add(step) else { continue };
        some.add(step);
        let (histories, complete) = everything(&all, &rates);
        all.recompute(&parts(histories, &rates).unwrap(), &complete, &rates);
        let (histories, complete) = loaded(&some, given, &rates);
        some.recompute(&parts(histories, &rates).unwrap(), &complete, &rates);
        prop_assert_eq!(all.figures(), some.figures(), "after {:?}", step);
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_only_counts_would_not_have_changed(
        terms in terms(),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        both_ways(&terms, &steps)?;
    }
}

fn report(customer: Option<u8>, hour: i64, cents: i64) -> Step {
    Step::Report(Report { customer, affiliate: 101, hour, minute: 0, cents, lead: false, is_claim: false })
}

#[test]
fn a_sale_that_begins_to_wait_leaves_its_customers_cap_to_another_pool() {
    let terms = Terms { plans: [world::BOTH_CAPS; 2], velocity_per_hour: Some(1), trusts: false };
    // The third sale is another customer's, in the hour of the second one. The first one is the other affiliate's by then.
    let reattribute = Step::Decision { of: 0, kind: DecisionKind::Reattribute, affiliate: 102 };
    both_ways(&terms, &[report(Some(2), 1, 1), reattribute, report(Some(2), 0, 5_999), report(None, 0, 0)]).unwrap();
}

#[test]
fn a_denial_changes_nothing_about_what_was_written_off() {
    let terms = Terms { plans: [world::PERIODS; 2], velocity_per_hour: Some(1), trusts: false };
    // The small sale is left nothing of the month's cap by the time when it is denied. The last sale is in its quarter.
    let mut steps = vec![report(Some(5), 91, 0)];
    steps.extend([report(None, 0, 0), report(None, 0, 0), report(None, 0, 0), report(None, 0, 0)]);
    steps.extend([report(Some(5), 2, 1), report(None, 0, 6_679), report(Some(1), 0, 7_017), report(Some(1), 0, 4_301)]);
    steps.push(Step::Decision { of: 5, kind: DecisionKind::Deny, affiliate: 101 });
    steps.push(report(None, 40, 0));
    both_ways(&terms, &steps).unwrap();
}

/// A sale of 10.00 by this customer, credited to the first affiliate.
fn sale(customer: u8, hour: i64, minute: i64) -> Step {
    let (affiliate, cents) = (101, 1_000);
    Step::Report(Report { customer: Some(customer), affiliate, hour, minute, cents, lead: false, is_claim: false })
}

/// How many histories are recomputed because of a step, and how many conversions only count.
fn needed(world: &mut World, rates: &Rates, step: &Step) -> (usize, usize) {
    let given = world.add(step).unwrap();
    let (histories, complete) = loaded(world, given, rates);
    let needed = (histories.len(), complete.earlier.len());
    world.recompute(&parts(histories, rates).unwrap(), &complete, rates);
    needed
}

#[test]
fn only_what_comes_after_a_change_is_recomputed() {
    let terms = |plan| Terms { plans: [plan, plan], velocity_per_hour: None, trusts: false };
    let rates = rates(&terms(world::MARGINAL));
    let mut world = World::default();
    let mut add = |step: &Step| needed(&mut world, &rates, step);
    for (customer, before) in (2..7).zip(0..) {
        assert_eq!(add(&sale(customer, i64::from(customer), 0)), (1, before), "the latest sale changes no other");
    }
    assert_eq!(add(&sale(2, 6, 30)), (1, 4), "a renewal; the customer's first sale is in the same history");
    assert_eq!(add(&sale(7, 3, 30)), (1 + 4, 1), "a late one: all but the sale of customer 3 belong to later ones");
    let refund = Step::Refund { of: 0, cents: 1_000 };
    assert_eq!(add(&refund), (6, 0), "a refund of the first one: all are counted anew");

    let whole = world::rates(&terms(world::WHOLE));
    let mut world = World::default();
    for (customer, before) in (2..7).zip(0..) {
        let step = sale(customer, i64::from(customer), 0);
        assert_eq!(needed(&mut world, &whole, &step), (1 + before, 0), "the total applies to all");
    }
}

#[test]
fn customers_who_wait_are_recomputed() {
    let rates = rates(&Terms { plans: [world::MARGINAL; 2], velocity_per_hour: None, trusts: false });
    let mut world = World::default();
    let mut add = |step: &Step| needed(&mut world, &rates, step);
    // Customer 1 has the first affiliate's address.
    assert_eq!(add(&sale(1, 0, 0)), (1, 0));
    assert_eq!(add(&sale(1, 1, 0)), (1, 0));
    assert_eq!(add(&sale(2, 2, 0)), (2, 0));
    assert_eq!(add(&sale(3, 3, 0)), (2, 1));
    let waiting = world.histories.values().flat_map(|history| history.stored.values().filter_map(stored_member));
    assert_eq!(waiting.filter(|member| member.waits).count(), 2);
}

#[test]
fn what_is_stored_by_an_earlier_rule_is_a_change() {
    let rates = rates(&Terms { plans: [world::MARGINAL; 2], velocity_per_hour: None, trusts: false });
    let (mut all, mut some) = (World::default(), World::default());
    // Customer 1 has the first affiliate's address: their second sale waits, so they are recomputed with each new sale.
    let approve = Step::Decision { of: 0, kind: DecisionKind::Approve, affiliate: 101 };
    let refund = Step::Refund { of: 0, cents: 1_000 };
    for step in [sale(1, 0, 0), approve, refund, sale(1, 1, 0), sale(2, 2, 0), sale(3, 3, 0)] {
        assert_eq!(needed(&mut all, &rates, &step), needed(&mut some, &rates, &step));
    }
    all.forget_refunds(1);
    some.forget_refunds(1);
    let step = sale(4, 4, 0);
    assert_eq!(needed(&mut some, &rates, &step), (4, 0), "the first sale counts again, so the ones after it change");
    all.add(&step).unwrap();
    let (histories, complete) = everything(&all, &rates);
    all.recompute(&parts(histories, &rates).unwrap(), &complete, &rates);
    assert_eq!(all.figures(), some.figures());
}
