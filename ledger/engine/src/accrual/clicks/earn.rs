//! Computes what visitors earn, without side effects: per component, within the rules of their day, first come, first
//! served.

use std::collections::{BTreeMap, HashMap};

use shared::{
    id::{AffiliateId, PlanVersionId, ProgramId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use super::click_rules::{ClickRules, USUAL_DAYS};
use rules::commission::{
    partner::Partner,
    plan::{Component, PlanVersion, in_force},
};

/// A version that takes the place of another begins milliseconds later, within the second that lists of plans look at.
const SETTLED_MS: i64 = 999;

pub type Slot = (ProgramId, AffiliateId, Timestamp, i32);

/// Visitors of one affiliate from one country who came within one minute.
#[derive(Debug, Clone)]
pub struct Count {
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    /// The start of the day in UTC.
    pub day: Timestamp,
    pub country: Option<String>,
    pub visitors: i64,
}

/// What one component earns on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub version: PlanVersionId,
    pub hold_days: u16,
    /// The visitors who are paid for.
    pub visitors: i64,
    pub each: Money,
    pub sum: Money,
    pub limit: Limit,
    /// Set if the growth is sudden: the visitors of this day, and those of the preceding days.
    pub sudden: Option<(i64, i64)>,
}

/// Visitors who came and earn nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// Visitors beyond the number per affiliate that the program pays for on a day.
    pub beyond_affiliate: i64,
    /// Visitors who came after the program's daily budget was spent.
    pub beyond_budget: i64,
}

/// The terms of programs and affiliates.
#[derive(Debug)]
pub struct Terms<'a> {
    pub versions: &'a [PlanVersion],
    pub partners: &'a HashMap<AffiliateId, Partner>,
    pub rules: &'a HashMap<ProgramId, Vec<(Timestamp, ClickRules)>>,
}

/// What a program has spent on a day, and on how many visitors of each affiliate, while its visitors are processed.
#[derive(Debug, Default)]
struct Spent {
    budget: i64,
    visitors: HashMap<AffiliateId, i64>,
}

/// Returns what the visitors earn. `counts` are in the order in which visitors came; those before `from` only define
/// what is usual.
///
/// # Errors
/// [`MoneyError`] if a sum overflows.
pub fn earned(counts: &[Count], from: Timestamp, terms: &Terms<'_>) -> Result<BTreeMap<Slot, Day>, MoneyError> {
    let mut came: HashMap<(ProgramId, AffiliateId, Timestamp), i64> = HashMap::new();
    for count in counts {
        *came.entry((count.program, count.affiliate, count.day)).or_default() += count.visitors;
    }
    let mut spent: HashMap<(ProgramId, Timestamp), Spent> = HashMap::new();
    let mut earned = BTreeMap::new();
    for count in counts.iter().filter(|count| count.day >= from) {
        let set = terms.rules.get(&count.program).map(Vec::as_slice).unwrap_or_default();
        let rules = ClickRules::of_day(set, count.day.plus_days(1));
        let spent = spent.entry((count.program, count.day)).or_default();
        add(&mut earned, count, terms, &rules, spent, &came)?;
    }
    Ok(earned)
}

fn add(
    earned: &mut BTreeMap<Slot, Day>,
    count: &Count,
    terms: &Terms<'_>,
    rules: &ClickRules,
    spent: &mut Spent,
    came: &HashMap<(ProgramId, AffiliateId, Timestamp), i64>,
) -> Result<(), MoneyError> {
    let Some((version, segment)) = version_of(count, terms) else { return Ok(()) };
    let components = version.components.iter().flatten().zip(0..);
    let paying: Vec<(Money, i32)> = components
        .filter(|(component, _)| looks_at(component, count, segment))
        .filter_map(|(component, index)| Some((component.per_click()?, index)))
        .collect();
    if paying.is_empty() {
        return Ok(());
    }
    let (visitors, limit) = within(count, rules, spent, &paying)?;
    let on = |day| came.get(&(count.program, count.affiliate, day)).copied().unwrap_or_default();
    let (today, before) = (on(count.day), (1..=USUAL_DAYS).map(|back| on(count.day.plus_days(-back))).sum());
    for (each, index) in paying {
        let day = earned.entry((count.program, count.affiliate, count.day, index)).or_insert_with(|| Day {
            version: version.id,
            hold_days: version.hold_days,
            visitors: 0,
            each,
            sum: Money::new(0, each.currency),
            limit: Limit::default(),
            sudden: rules.is_sudden(today, before).then_some((today, before)),
        });
        let more = each.minor.checked_mul(visitors).ok_or(MoneyError::Overflow)?;
        day.visitors += visitors;
        day.sum.minor = day.sum.minor.checked_add(more).ok_or(MoneyError::Overflow)?;
        day.limit.beyond_affiliate += limit.beyond_affiliate;
        day.limit.beyond_budget += limit.beyond_budget;
    }
    Ok(())
}

/// Returns the version that pays for a day's visitors, and the affiliate's segment at that time: the version in force at
/// the start of the day, or else the first one that comes into force on the day. One that another replaced at once
/// never pays.
fn version_of<'a>(count: &Count, terms: &Terms<'a>) -> Option<(&'a PlanVersion, Option<&'a str>)> {
    let partner = terms.partners.get(&count.affiliate);
    let from = |start: Timestamp| {
        let at = start.plus_millis(SETTLED_MS);
        let segment = partner.and_then(|partner| partner.segment(at));
        Some((in_force(terms.versions, count.program, count.affiliate, segment, at)?, segment))
    };
    from(count.day).or_else(|| {
        let starts = terms.versions.iter().filter(|version| version.program_id == count.program);
        let mut starts: Vec<Timestamp> = starts.map(|version| version.effective_at).collect();
        starts.sort_unstable();
        starts.into_iter().filter(|start| (count.day..count.day.plus_days(1)).contains(start)).find_map(from)
    })
}

/// Returns how many visitors are paid for: at most what the affiliate has left for the day, then at most what the
/// budget allows.
fn within(
    count: &Count,
    rules: &ClickRules,
    spent: &mut Spent,
    paying: &[(Money, i32)],
) -> Result<(i64, Limit), MoneyError> {
    let paid_for = spent.visitors.entry(count.affiliate).or_default();
    let allowed = count.visitors.min(i64::from(rules.visitors_per_affiliate) - *paid_for);
    let mut visitors = allowed;
    if let Some(budget) = rules.daily_budget {
        let cost = paying.iter().filter(|(each, _)| each.currency == budget.currency).map(|(each, _)| each.minor);
        let cost: i64 = cost.sum();
        if cost > 0 {
            visitors = visitors.min((budget.minor - spent.budget) / cost);
            let more = cost.checked_mul(visitors).ok_or(MoneyError::Overflow)?;
            spent.budget = spent.budget.checked_add(more).ok_or(MoneyError::Overflow)?;
        }
    }
    *paid_for += visitors;
    let limit = Limit { beyond_affiliate: count.visitors - allowed, beyond_budget: allowed - visitors };
    Ok((visitors, limit))
}

fn looks_at(component: &Component, count: &Count, segment: Option<&str>) -> bool {
    let when = &component.when;
    let in_list = |list: &[String], text: Option<&str>| {
        list.is_empty() || text.is_some_and(|text| list.iter().any(|listed| listed == text))
    };
    in_list(&when.segments, segment)
        && in_list(&when.countries, count.country.as_deref())
        && (when.affiliates.is_empty() || when.affiliates.contains(&count.affiliate))
}

#[cfg(test)]
mod tests {
    use shared::money::Currency;

    use super::*;
    use rules::commission::plan::Scope;

    const FIVE: &str = r#"[{"type":"per_click","amountCents":5,"currency":"USD"}]"#;

    fn day(day: i64) -> Timestamp {
        Timestamp::EPOCH.plus_days(20_000 + day)
    }

    fn count(affiliate: u8, on: i64, country: &str, visitors: i64) -> Count {
        Count {
            program: ProgramId::from_bytes([1; 16]),
            affiliate: AffiliateId::from_bytes([affiliate; 16]),
            day: day(on),
            country: Some(country.to_owned()),
            visitors,
        }
    }

    /// Returns visitors, cents and unpaid visitors by affiliate, day and component.
    fn run(counts: &[Count], components: &str, rules: Option<ClickRules>) -> Vec<(u8, i64, i32, i64, i64, Limit)> {
        days(counts, components, rules)
            .into_iter()
            .map(|((_, affiliate, on, index), one)| {
                let on = (on.millis() - day(0).millis()) / 86_400_000;
                (affiliate.bytes()[0], on, index, one.visitors, one.sum.minor, one.limit)
            })
            .collect()
    }

    fn version(components: &str, effective_at: Timestamp) -> PlanVersion {
        PlanVersion {
            id: PlanVersionId::from_bytes([2; 16]),
            program_id: ProgramId::from_bytes([1; 16]),
            scope: Scope::Program,
            effective_at,
            components: serde_json::from_str(components).unwrap(),
            hold_days: 30,
        }
    }

    fn days(counts: &[Count], components: &str, rules: Option<ClickRules>) -> BTreeMap<Slot, Day> {
        let versions = [version(components, Timestamp::EPOCH)];
        let set = rules.map(|rules| (ProgramId::from_bytes([1; 16]), vec![(Timestamp::EPOCH, rules)]));
        let rules = set.into_iter().collect();
        earned(counts, day(0), &Terms { versions: &versions, partners: &HashMap::new(), rules: &rules }).unwrap()
    }

    const NONE: Limit = Limit { beyond_affiliate: 0, beyond_budget: 0 };

    #[test]
    fn visitors_earn_by_component_and_country() {
        let plan = r#"[{"type":"percentage","ratePpm":1},{"type":"per_click","amountCents":5,"currency":"USD"},
                {"type":"per_click","amountCents":3,"currency":"USD","when":{"countries":["DE"]}}]"#;
        let counts = [count(7, 0, "US", 10), count(7, 0, "DE", 4), count(8, 0, "DE", 1)];
        // Affiliate 7: 14 x 0.05 and 4 x 0.03; affiliate 8: 1 x 0.05 and 1 x 0.03.
        let expected = [(7, 0, 1, 14, 70, NONE), (7, 0, 2, 4, 12, NONE), (8, 0, 1, 1, 5, NONE), (8, 0, 2, 1, 3, NONE)];
        assert_eq!(run(&counts, plan, None), expected);
    }

    #[test]
    fn a_plan_pays_from_the_day_on_which_it_begins_unless_another_was_in_force() {
        let hours = |hours: i64| day(0).plus_millis(hours * 3_600_000);
        let ten = FIVE.replace(":5,", ":10,");
        let cents = |versions: &[PlanVersion]| {
            let terms = Terms { versions, partners: &HashMap::new(), rules: &HashMap::new() };
            let counts = [count(7, -1, "US", 1), count(7, 0, "US", 2), count(7, 1, "US", 3)];
            let earned = earned(&counts, day(-1), &terms).unwrap();
            earned.into_iter().map(|((_, _, on, _), one)| (on, one.sum.minor)).collect::<Vec<_>>()
        };
        assert_eq!(cents(&[version(FIVE, hours(9))]), [(day(0), 10), (day(1), 15)]);
        assert_eq!(cents(&[version(&ten, hours(15)), version(FIVE, hours(9))]), [(day(0), 10), (day(1), 30)]);
        assert_eq!(
            cents(&[version(FIVE, hours(-48)), version(&ten, hours(9))]),
            [(day(-1), 5), (day(0), 10), (day(1), 30)]
        );
        // A correction, which begins a millisecond later.
        for start in [hours(9), hours(0)] {
            let corrected = [version(&ten, start), version(FIVE, start.plus_millis(1))];
            assert_eq!(cents(&corrected), [(day(0), 10), (day(1), 15)]);
        }
        let own =
            |version: PlanVersion| PlanVersion { scope: Scope::Affiliate(AffiliateId::from_bytes([7; 16])), ..version };
        let ended = PlanVersion { components: None, ..own(version(FIVE, hours(9).plus_millis(1))) };
        assert!(cents(&[own(version(&ten, hours(9))), ended]).is_empty(), "a plan of their own, taken back");
    }

    #[test]
    fn an_affiliate_is_paid_for_so_many_visitors_a_day() {
        let rules = ClickRules { visitors_per_affiliate: 10, ..ClickRules::default() };
        let counts = [count(7, 0, "US", 8), count(8, 0, "US", 3), count(7, 0, "DE", 5), count(7, 1, "US", 2)];
        let beyond = Limit { beyond_affiliate: 3, beyond_budget: 0 };
        let expected = [(7, 0, 0, 10, 50, beyond), (7, 1, 0, 2, 10, NONE), (8, 0, 0, 3, 15, NONE)];
        assert_eq!(run(&counts, FIVE, Some(rules)), expected);
    }

    #[test]
    fn a_budget_goes_to_who_came_first_and_starts_anew_each_day() {
        let budget = Some(Money::new(52, Currency::USD));
        let rules = ClickRules { daily_budget: budget, ..ClickRules::default() };
        let counts = [count(7, 0, "US", 6), count(8, 0, "US", 6), count(7, 0, "US", 1), count(7, 1, "US", 1)];
        let beyond = |visitors| Limit { beyond_affiliate: 0, beyond_budget: visitors };
        // 52 cents pay for ten visitors: six of the first, four of the second.
        let expected = [(7, 0, 0, 6, 30, beyond(1)), (7, 1, 0, 1, 5, NONE), (8, 0, 0, 4, 20, beyond(2))];
        assert_eq!(run(&counts, FIVE, Some(rules)), expected);
        let euros = ClickRules { daily_budget: Some(Money::new(1, "EUR".parse().unwrap())), ..rules };
        assert_eq!(run(&counts[..1], FIVE, Some(euros)), [(7, 0, 0, 6, 30, NONE)], "another currency");
    }

    #[test]
    fn a_visitor_is_paid_for_whole_or_not_at_all() {
        let two = r#"[{"type":"per_click","amountCents":5,"currency":"USD"},
                      {"type":"per_click","amountCents":4,"currency":"USD"}]"#;
        let rules = ClickRules { daily_budget: Some(Money::new(20, Currency::USD)), ..ClickRules::default() };
        let beyond = Limit { beyond_affiliate: 0, beyond_budget: 1 };
        let expected = [(7, 0, 0, 2, 10, beyond), (7, 0, 1, 2, 8, beyond)];
        assert_eq!(run(&[count(7, 0, "US", 3)], two, Some(rules)), expected);
    }

    #[test]
    fn sudden_growth_is_told_by_the_week_before() {
        let usual: Vec<Count> = (-7..0).map(|on| count(7, on, "US", 100)).collect();
        let sudden = |visitors| {
            let counts: Vec<Count> = usual.iter().cloned().chain([count(7, 0, "US", visitors)]).collect();
            days(&counts, FIVE, None).into_values().next().unwrap().sudden
        };
        assert_eq!((sudden(500), sudden(501)), (None, Some((501, 700))));
        let fresh = days(&[count(8, 0, "US", 101)], FIVE, None).into_values().next().unwrap();
        assert_eq!(fresh.sudden, Some((101, 0)), "an affiliate without a past");
        // The whole day is held, not only the visitors beyond the usual number.
        assert_eq!(fresh.visitors, 101);
    }
}
