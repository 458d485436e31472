//! A day's visitors together with those of the days before, which say what is usual. A recount goes from day to day, so
//! that the visitors of only one day are in memory one by one.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::{click_rules::USUAL_DAYS, earn::Count};

/// The counts of a day and of those before it.
#[derive(Debug, Default)]
pub struct Week {
    counts: Vec<Count>,
}

impl Week {
    /// Adds the next day, and returns its visitors in the order given. Before them are those of the preceding days, as
    /// one sum for each affiliate and day.
    pub fn add(&mut self, day: Timestamp, counts: Vec<Count>) -> &[Count] {
        let mut sums: HashMap<(ProgramId, AffiliateId, Timestamp), i64> = HashMap::new();
        let first = day.plus_days(-USUAL_DAYS);
        for count in self.counts.drain(..).filter(|count| count.day >= first) {
            *sums.entry((count.program, count.affiliate, count.day)).or_default() += count.visitors;
        }
        self.counts.extend(sums.into_iter().map(|((program, affiliate, day), visitors)| Count {
            program,
            affiliate,
            day,
            country: None,
            visitors,
        }));
        self.counts.extend(counts);
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use shared::{
        id::PlanVersionId,
        money::{Currency, Money},
    };

    use super::*;
    use crate::accrual::clicks::{
        click_rules::ClickRules,
        earn::{Terms, earned},
    };
    use rules::commission::plan::{PlanVersion, Scope};

    fn program() -> ProgramId {
        ProgramId::from_bytes([1; 16])
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::EPOCH.plus_days(20_000 + day)
    }

    fn version() -> PlanVersion {
        let components = r#"[{"type":"per_click","amountCents":5,"currency":"USD"},
                             {"type":"per_click","amountCents":3,"currency":"USD","when":{"countries":["DE"]}}]"#;
        PlanVersion {
            id: PlanVersionId::from_bytes([2; 16]),
            program_id: program(),
            scope: Scope::Program,
            effective_at: Timestamp::EPOCH,
            components: serde_json::from_str(components).unwrap(),
            hold_days: 30,
        }
    }

    /// Of some affiliates on some days, in the order in which visitors come.
    fn counts() -> impl Strategy<Value = Vec<Count>> {
        let country = prop_oneof![Just(None), Just(Some("DE")), Just(Some("US"))];
        let one = (-7_i64..9, 0_u8..3, country, 1_i64..200).prop_map(|(on, affiliate, country, visitors)| Count {
            program: program(),
            affiliate: AffiliateId::from_bytes([affiliate; 16]),
            day: day(on),
            country: country.map(str::to_owned),
            visitors,
        });
        prop::collection::vec(one, 0..60).prop_map(|mut counts| {
            counts.sort_by_key(|count| count.day);
            counts
        })
    }

    proptest! {
        #[test]
        fn day_after_day_earns_what_all_days_earn_at_once(
            counts in counts(),
            visitors_per_affiliate in 1_i32..400,
            budget in prop::option::of(1_i64..3_000),
            review_growth in prop::option::of(1_i32..4),
        ) {
            let daily_budget = budget.map(|minor| Money::new(minor, Currency::USD));
            let set = ClickRules { visitors_per_affiliate, daily_budget, review_growth };
            let rules = HashMap::from([(program(), vec![(Timestamp::EPOCH, set)])]);
            let versions = [version()];
            let terms = Terms { versions: &versions, partners: &HashMap::new(), rules: &rules };
            let at_once = earned(&counts, day(0), &terms).unwrap();
            let (mut week, mut by_days) = (Week::default(), BTreeMap::new());
            for on in -7..9 {
                let of_day = counts.iter().filter(|count| count.day == day(on)).cloned().collect();
                let counts = week.add(day(on), of_day);
                if on >= 0 {
                    by_days.extend(earned(counts, day(on), &terms).unwrap());
                }
            }
            prop_assert_eq!(by_days, at_once);
        }
    }
}
