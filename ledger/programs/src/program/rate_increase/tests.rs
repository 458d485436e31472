use proptest::prelude::*;
use shared::id::PlanVersionId;
use shared::money::Currency;

use super::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse::<Currency>().unwrap())
}

fn percent(rate_ppm: u32) -> Component {
    Pays::Percentage { rate_ppm }.into()
}

fn bounty(minor: i64) -> Component {
    Pays::FirstConversion(usd(minor)).into()
}

fn day(days: i64) -> Timestamp {
    Timestamp::EPOCH.plus_millis(days * 86_400_000)
}

fn affiliate() -> AffiliateId {
    AffiliateId::v7(1, &[1; 10])
}

fn program() -> ProgramId {
    ProgramId::v7(1, &[2; 10])
}

fn version(scope: Scope, from: i64, components: Option<Vec<Component>>) -> PlanVersion {
    let id = PlanVersionId::v7(u64::try_from(from).unwrap(), &[3; 10]);
    PlanVersion { id, program_id: program(), scope, effective_at: day(from), components, hold_days: 30 }
}

fn theirs() -> Scope {
    Scope::Affiliate(affiliate())
}

fn whose(versions: &[PlanVersion]) -> Whose<'_> {
    Whose { program: program(), affiliate: affiliate(), segment: None, versions }
}

/// Stores what was created, like the database.
fn keep(versions: &mut Vec<PlanVersion>, made: Vec<Own>) {
    for own in made {
        assert!(
            !versions.iter().any(|old| old.scope == theirs() && old.effective_at == own.effective_at),
            "two versions of one moment"
        );
        let mut made = version(theirs(), 0, own.components);
        made.effective_at = own.effective_at;
        versions.push(made);
    }
}

fn raise_to(versions: &mut Vec<PlanVersion>, rate: u32, from: i64, until: Option<i64>) {
    let change = |components: &[Component]| raised(components, affiliate(), None, Raise::To(rate));
    let made = super::versions(whose(versions), day(from), until.map(day), change).unwrap();
    keep(versions, made);
}

fn raise_throughout(versions: &mut Vec<PlanVersion>, rate: u32, from: i64, until: i64) {
    let change = |components: &[Component]| raised(components, affiliate(), None, Raise::To(rate));
    let made = versions_throughout(whose(versions), day(from), day(until), change).unwrap();
    keep(versions, made);
}

/// Decides on a plan of the affiliate's own, or with `None` on its end, as the brand does; returns when it begins.
fn decide(versions: &mut Vec<PlanVersion>, decided: &mut Vec<Timestamp>, rate: Option<u32>, from: i64) -> Timestamp {
    let start = |own: &PlanVersion| VersionStart {
        effective_at: own.effective_at,
        of_raise: !decided.contains(&own.effective_at),
    };
    let own: Vec<VersionStart> = whose(versions).own().map(start).collect();
    let from = free_among(&own, day(from));
    let made = |effective_at| Own { effective_at, components: rate.map(|rate| vec![percent(rate)]), hold_days: 30 };
    let made = std::iter::once(from).chain(repeats(&own, from)).map(made).collect();
    keep(versions, made);
    decided.push(from);
    from
}

fn rate_at(versions: &[PlanVersion], at: i64) -> Option<u32> {
    let version = in_force(versions, program(), affiliate(), None, day(at).plus_millis(100))?;
    match version.components.as_deref()?.first()?.pays {
        Pays::Percentage { rate_ppm } => Some(rate_ppm),
        _ => None,
    }
}

#[test]
fn a_bounty_takes_the_place_of_a_smaller_one() {
    let plan = [bounty(1_500), percent(180_000)];
    assert_eq!(with_bounty(&plan, usd(5_000)), Some(vec![bounty(5_000), percent(180_000)]));
    assert_eq!(with_bounty(&plan, usd(1_500)), None);
    assert_eq!(with_bounty(&plan, usd(1_000)), None);
    assert_eq!(with_bounty(&[percent(1)], usd(10)), Some(vec![bounty(10), percent(1)]));
}

#[test]
fn a_rate_rises_and_never_falls() {
    let to = |plan: &[Component], rate| raised(plan, affiliate(), None, Raise::To(rate));
    let hybrid = [bounty(1_500), percent(180_000)];
    assert_eq!(to(&hybrid, 250_000), Ok(Some(vec![bounty(1_500), percent(250_000)])));
    assert_eq!(to(&hybrid, 180_000), Ok(None));
    assert_eq!(to(&hybrid, 100_000), Ok(None));
    assert_eq!(to(&[bounty(1)], 250_000), Err(Unraised::NoRate));
    assert_eq!(to(&[percent(200_000), percent(50_000)], 250_000), Err(Unraised::SeveralRates));
    let by = raised(&[percent(200_000), percent(990_000)], affiliate(), None, Raise::By(50_000));
    assert_eq!(by, Ok(Some(vec![percent(250_000), percent(1_000_000)])));
}

#[test]
fn rates_of_others_stay() {
    let of = |segment: &str, rate| {
        let mut component = percent(rate);
        component.when.segments = vec![segment.to_owned()];
        component
    };
    let plan = [of("enterprise", 250_000), of("smb", 150_000)];
    let raised = |segment| raised(&plan, affiliate(), segment, Raise::To(300_000));
    assert_eq!(raised(Some("smb")), Ok(Some(vec![of("enterprise", 250_000), of("smb", 300_000)])));
    assert_eq!(raised(None), Err(Unraised::NoRate));
}

#[test]
fn a_bump_for_a_while_ends_where_it_began() {
    let mut versions = vec![version(Scope::Program, 0, Some(vec![percent(200_000)]))];
    raise_to(&mut versions, 300_000, 10, Some(20));
    assert_eq!([9, 10, 19, 20].map(|at| rate_at(&versions, at)), [200_000, 300_000, 300_000, 200_000].map(Some));
    // Sent again while it lasts, the raise neither starts over nor lasts longer.
    let before = versions.clone();
    raise_to(&mut versions, 300_000, 15, Some(25));
    assert_eq!(versions, before);
}

#[test]
fn a_prize_that_is_won_again_applies_for_all_of_its_time() {
    let mut versions = vec![version(Scope::Program, 0, Some(vec![percent(200_000)]))];
    raise_throughout(&mut versions, 300_000, 10, 20);
    raise_throughout(&mut versions, 300_000, 15, 25);
    let rates = |versions: &[PlanVersion]| [9, 10, 19, 20, 24, 25].map(|at| rate_at(versions, at).unwrap() / 10_000);
    assert_eq!(rates(&versions), [20, 30, 30, 30, 30, 20]);
    // What is left of the last one isn't added, and one that ends earlier changes nothing.
    let before = versions.clone();
    raise_throughout(&mut versions, 300_000, 16, 25);
    raise_throughout(&mut versions, 250_000, 16, 24);
    assert_eq!(versions, before);
}

#[test]
fn a_prize_begins_where_the_program_pays_less() {
    let at = |from, rate| version(Scope::Program, from, Some(vec![percent(rate)]));
    let mut versions = vec![at(0, 400_000), at(12, 200_000)];
    raise_throughout(&mut versions, 300_000, 10, 20);
    assert_eq!([11, 12, 19, 20].map(|at| rate_at(&versions, at)), [400_000, 300_000, 300_000, 200_000].map(Some));
}

#[test]
fn a_lasting_bump_outlasts_one_for_a_while() {
    let mut versions = vec![version(Scope::Program, 0, Some(vec![percent(200_000)]))];
    raise_to(&mut versions, 250_000, 10, Some(20));
    raise_to(&mut versions, 300_000, 15, None);
    assert_eq!([12, 16, 21].map(|at| rate_at(&versions, at)), [250_000, 300_000, 300_000].map(Some));
}

#[test]
fn a_decision_outlasts_the_raise_before_it() {
    // Their own 40% from day 5 on, which is raised to 50% until day 20; the program's plan changes meanwhile.
    for (rate, expected) in [(None, [50, 20, 20, 25, 25, 25]), (Some(350_000), [50, 35, 35, 35, 35, 35])] {
        let mut versions = of_program(&[(0, 200_000), (17, 250_000)]);
        let mut decided = Vec::new();
        decide(&mut versions, &mut decided, Some(400_000), 5);
        raise_to(&mut versions, 500_000, 10, Some(20));
        decide(&mut versions, &mut decided, rate, 15);
        assert_eq!(rates_at(&versions, [14, 15, 16, 18, 20, 25]), expected);
    }
    // Without a plan of their own, the raise follows what is scheduled: that doesn't bring it back.
    let mut versions = of_program(&[(0, 200_000), (12, 250_000), (17, 400_000), (18, 200_000)]);
    let mut decided = Vec::new();
    raise_to(&mut versions, 300_000, 10, Some(20));
    decide(&mut versions, &mut decided, Some(350_000), 11);
    assert_eq!(rates_at(&versions, [10, 11, 12, 17, 18, 20]), [30, 35, 35, 35, 35, 35]);
    // A later decision counts from its date on, and one in between applies until then.
    decide(&mut versions, &mut decided, Some(100_000), 15);
    decide(&mut versions, &mut decided, Some(450_000), 12);
    assert_eq!(rates_at(&versions, [11, 12, 14, 15, 18, 20]), [35, 45, 45, 10, 10, 10]);
}

/// The program's rates from a day on.
fn of_program(rates: &[(i64, u32)]) -> Vec<PlanVersion> {
    rates.iter().map(|(from, rate)| version(Scope::Program, *from, Some(vec![percent(*rate)]))).collect()
}

fn rates_at<const N: usize>(versions: &[PlanVersion], days: [i64; N]) -> [u32; N] {
    days.map(|at| rate_at(versions, at).unwrap() / 10_000)
}

#[test]
fn a_raise_never_pays_less_than_a_scheduled_plan_of_the_program() {
    let scheduled = of_program(&[(0, 200_000), (15, 400_000), (18, 250_000)]);
    let days = [9, 10, 14, 15, 17, 18, 19, 20];
    let mut versions = scheduled.clone();
    raise_to(&mut versions, 300_000, 10, Some(20));
    assert_eq!(rates_at(&versions, days), [20, 30, 30, 40, 40, 30, 30, 25]);
    // Sent again, it changes nothing.
    let before = versions.clone();
    raise_to(&mut versions, 300_000, 10, Some(20));
    assert_eq!(versions, before);
    let mut versions = scheduled.clone();
    raise_throughout(&mut versions, 300_000, 10, 20);
    assert_eq!(rates_at(&versions, days), [20, 30, 30, 40, 40, 30, 30, 25]);
    // One that never ends follows the scheduled plans, too.
    let mut versions = scheduled.clone();
    raise_to(&mut versions, 300_000, 10, None);
    assert_eq!(rates_at(&versions, days), [20, 30, 30, 40, 40, 30, 30, 30]);
    let mut versions = scheduled;
    let change = |components: &[Component]| raised(components, affiliate(), None, Raise::By(50_000));
    let made = super::versions(whose(&versions), day(10), Some(day(20)), change).unwrap();
    keep(&mut versions, made);
    assert_eq!(rates_at(&versions, days), [20, 25, 25, 45, 45, 30, 30, 25]);
}

#[test]
fn only_versions_that_would_apply_change_a_raise() {
    let made_on = |versions: &[PlanVersion], segment| {
        let change = |components: &[Component]| raised(components, affiliate(), segment, Raise::To(300_000));
        let whose = Whose { segment, ..whose(versions) };
        let made = super::versions(whose, day(10), Some(day(20)), change).unwrap();
        made.iter().map(|own| (own.effective_at, own.components.is_some())).collect::<Vec<_>>()
    };
    let of = |segment: &str, from, rate| version(Scope::Segment(segment.to_owned()), from, Some(vec![percent(rate)]));
    let mut versions = of_program(&[(0, 200_000), (12, 250_000)]);
    versions.extend([of("gold", 14, 280_000), of("gold", 16, 400_000), of("silver", 15, 500_000)]);
    let all = [(day(10), true), (day(12), true), (day(14), true), (day(16), false)];
    assert_eq!(made_on(&versions, Some("gold")), all);
    assert_eq!(made_on(&versions, None), [(day(10), true), (day(12), true), (day(20), false)]);
    // A version of their own takes precedence over all others, with and without the raise.
    versions.push(version(theirs(), 5, Some(vec![percent(220_000)])));
    assert_eq!(made_on(&versions, Some("gold")), [(day(10), true), (day(20), true)]);
}

#[test]
fn a_scheduled_plan_that_cannot_be_raised_applies_as_it_is() {
    let mut versions = of_program(&[(0, 200_000)]);
    versions.push(version(Scope::Program, 15, Some(vec![percent(400_000), percent(50_000)])));
    raise_to(&mut versions, 300_000, 10, None);
    assert_eq!(rates_at(&versions, [14, 15]), [30, 40]);
    let applies = in_force(&versions, program(), affiliate(), None, day(16)).unwrap();
    assert_eq!(applies.components.as_ref().unwrap().len(), 2);
}

#[test]
fn before_the_program_starts_there_is_no_plan() {
    let versions = [version(Scope::Program, 5, Some(vec![percent(200_000)]))];
    let change = |components: &[Component]| raised(components, affiliate(), None, Raise::To(1));
    assert_eq!(super::versions(whose(&versions), day(1), None, change), Err(Unraised::NoPlan));
}

/// Versions of the program on different days.
fn any_scheduled() -> impl Strategy<Value = Vec<PlanVersion>> {
    prop::collection::btree_map(1_i64..60, (1_u32..100).prop_map(|rate| rate * 10_000), 0..5)
        .prop_map(|rates| of_program(&rates.into_iter().collect::<Vec<_>>()))
}

proptest! {
    /// A prize pays at least its rate on each of its days, and changes nothing on others.
    #[test]
    fn a_prize_applies_on_each_of_its_days(
        requested in prop::collection::vec((1_u32..100, 0_i64..40, prop::option::of(1_i64..30), any::<bool>()), 0..6),
        (rate, from, days) in (1_u32..100, 0_i64..40, 1_i64..30),
        scheduled in any_scheduled(),
    ) {
        let mut versions = vec![
            version(Scope::Program, 0, Some(vec![percent(200_000)])),
            version(theirs(), 20, Some(vec![percent(400_000)])),
            version(theirs(), 30, None),
        ];
        versions.extend(scheduled);
        for (rate, from, days, is_prize) in requested {
            match days {
                Some(days) if is_prize => raise_throughout(&mut versions, rate * 10_000, from, from + days),
                _ => raise_to(&mut versions, rate * 10_000, from, days.map(|days| from + days)),
            }
        }
        let before: Vec<_> = (0..80).map(|at| rate_at(&versions, at)).collect();
        raise_throughout(&mut versions, rate * 10_000, from, from + days);
        for (at, before) in (0..80).zip(before) {
            let is_in = (from..from + days).contains(&at);
            let expected = if is_in { before.max(Some(rate * 10_000)) } else { before };
            prop_assert_eq!(rate_at(&versions, at), expected, "day {}", at);
        }
    }

    /// A raise never pays less than what would apply without it, whatever is scheduled, and ends when it should.
    #[test]
    fn a_raise_takes_nothing_away(
        scheduled in any_scheduled(),
        requested in prop::collection::vec((1_u32..100, any::<bool>(), 0_i64..40, prop::option::of(1_i64..30)), 1..5),
    ) {
        let mut versions = of_program(&[(0, 200_000)]);
        versions.extend(scheduled);
        versions.extend([version(theirs(), 20, Some(vec![percent(400_000)])), version(theirs(), 30, None)]);
        for (rate, adds, from, days) in requested {
            let before: Vec<_> = (0..80).map(|at| rate_at(&versions, at)).collect();
            let raise = if adds { Raise::By(rate * 10_000) } else { Raise::To(rate * 10_000) };
            let change = |components: &[Component]| raised(components, affiliate(), None, raise);
            let made = super::versions(whose(&versions), day(from), days.map(|days| day(from + days)), change).unwrap();
            keep(&mut versions, made);
            for (at, before) in (0..80).zip(before) {
                let is_in = at >= from && days.is_none_or(|days| at < from + days);
                let now = rate_at(&versions, at);
                prop_assert!(now == before || (is_in && now > before), "day {}: {:?} after {:?}", at, now, before);
            }
        }
    }

    /// What the brand decides on applies from its date until that of the next decision, whatever raises were made
    /// before; nothing else changes.
    #[test]
    fn a_decision_applies_until_the_next_one(
        scheduled in any_scheduled(),
        steps in prop::collection::vec((any::<bool>(), 1_u32..100, 0_i64..40, prop::option::of(1_i64..30)), 1..8),
    ) {
        let mut of_all = of_program(&[(0, 200_000)]);
        of_all.extend(scheduled);
        let (mut versions, mut decided) = (of_all.clone(), Vec::new());
        for (is_raise, rate, from, days) in steps {
            if is_raise {
                raise_to(&mut versions, rate * 10_000, from, days.map(|days| from + days));
                continue;
            }
            let before: Vec<_> = (0..80).map(|at| rate_at(&versions, at)).collect();
            let rate = days.map(|_| rate * 10_000);
            let begins = decide(&mut versions, &mut decided, rate, from);
            let next = decided.iter().copied().filter(|other| *other > begins).min();
            for (at, before) in (0..80).zip(before) {
                let moment = day(at).plus_millis(100);
                let applies = moment >= begins && next.is_none_or(|next| moment < next);
                let expected = if applies { rate.or_else(|| rate_at(&of_all, at)) } else { before };
                prop_assert_eq!(rate_at(&versions, at), expected, "day {}", at);
            }
        }
    }

    /// Repeating any sequence of raises in another order changes nothing.
    #[test]
    fn again_is_nothing(
        requested in prop::collection::vec((1_u32..100, 0_i64..40, prop::option::of(1_i64..30)), 1..6),
        order in any::<prop::sample::Index>(),
    ) {
        let mut versions = vec![
            version(Scope::Program, 0, Some(vec![percent(200_000)])),
            version(theirs(), 20, Some(vec![percent(400_000)])),
            version(theirs(), 30, None),
        ];
        for (rate, from, days) in &requested {
            raise_to(&mut versions, rate * 10_000, *from, days.map(|days| from + days));
        }
        for at in 0..80 {
            prop_assert!(rate_at(&versions, at) >= Some(200_000), "day {at}");
        }
        let before: Vec<_> = (0..80).map(|at| rate_at(&versions, at)).collect();
        let again = order.index(requested.len());
        for (rate, from, days) in requested[again..].iter().chain(&requested[..again]) {
            raise_to(&mut versions, rate * 10_000, *from, days.map(|days| from + days));
        }
        prop_assert_eq!(before, (0..80).map(|at| rate_at(&versions, at)).collect::<Vec<_>>());
    }
}
