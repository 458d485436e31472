//! Overrides: what an affiliate earns for the commissions of those whom they recruited. One tier only: an override never
//! has an override of its own. Pure.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, ProgramId},
    money::{Money, MoneyError, Rounding},
    timestamp::Timestamp,
};

use super::period::plus_months;

/// 100% in millionths.
pub const WHOLE_PPM: u32 = 1_000_000;

/// What a program pays recruiters from a given time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub effective_at: Timestamp,
    pub enabled: bool,
    /// The share of the recruit's commission, in millionths.
    pub percent_ppm: u32,
    /// For how many months after being recruited; `None` means no limit.
    pub months: Option<u32>,
}

/// Who recruited an affiliate, from a given time on; `None` is no one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recruited {
    pub since: Timestamp,
    pub recruiter: Option<AffiliateId>,
}

/// The terms of programs and the recruiters of affiliates, with the times from which they apply.
#[derive(Debug, Clone, Default)]
pub struct SubAffiliates {
    terms: HashMap<ProgramId, Vec<Terms>>,
    recruits: HashMap<AffiliateId, Vec<Recruited>>,
}

impl SubAffiliates {
    pub fn add_terms(&mut self, program: ProgramId, terms: Terms) {
        let known = self.terms.entry(program).or_default();
        let place = known.partition_point(|other| other.effective_at <= terms.effective_at);
        known.insert(place, terms);
    }

    pub fn add_recruit(&mut self, recruit: AffiliateId, recruited: Recruited) {
        let known = self.recruits.entry(recruit).or_default();
        let place = known.partition_point(|other| other.since <= recruited.since);
        known.insert(place, recruited);
    }

    /// Whether no program pays anyone.
    pub fn has_no_terms(&self) -> bool {
        self.terms.is_empty()
    }

    /// All recruiters of these recruits.
    pub fn recruiters(&self) -> impl Iterator<Item = AffiliateId> {
        self.recruits.values().flatten().filter_map(|recruited| recruited.recruiter)
    }

    /// The recruiter of a recruit's sale and their share in millionths, by what applied at the sale's time.
    pub fn at(&self, program: ProgramId, recruit: AffiliateId, moment: Timestamp) -> Option<(AffiliateId, u32)> {
        let versions = self.terms.get(&program)?;
        let next = versions.partition_point(|terms| terms.effective_at <= moment);
        let terms = versions.get(next.checked_sub(1)?).filter(|terms| terms.enabled && terms.percent_ppm > 0)?;
        let recruits = self.recruits.get(&recruit)?;
        let next = recruits.partition_point(|recruited| recruited.since <= moment);
        let recruited = recruits.get(next.checked_sub(1)?)?;
        let in_time = terms.months.is_none_or(|months| moment < plus_months(recruited.since, months));
        let recruiter = recruited.recruiter.filter(|recruiter| *recruiter != recruit && in_time)?;
        Some((recruiter, terms.percent_ppm))
    }
}

/// The share of an amount, an exact half rounded up.
///
/// # Errors
/// [`MoneyError::Overflow`] beyond 64 bits.
pub fn share(of: Money, percent_ppm: u32) -> Result<Money, MoneyError> {
    of.fraction(i64::from(percent_ppm.min(WHOLE_PPM)), i64::from(WHOLE_PPM), Rounding::HalfUp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::money::Currency;

    use super::*;

    const PROGRAM: ProgramId = ProgramId::from_bytes([1; 16]);

    const fn affiliate(byte: u8) -> AffiliateId {
        AffiliateId::from_bytes([byte; 16])
    }

    fn day(days: i64) -> Timestamp {
        Timestamp::EPOCH.plus_days(days)
    }

    fn terms(days: i64, percent_ppm: u32, months: Option<u32>) -> Terms {
        Terms { effective_at: day(days), enabled: percent_ppm > 0, percent_ppm, months }
    }

    #[test]
    fn a_sale_has_the_terms_and_the_recruiter_of_its_own_time_in_whatever_order_they_are_read() {
        let rows = [terms(10, 100_000, None), terms(20, 50_000, Some(1)), terms(60, 0, None)];
        let recruits = [(5, Some(affiliate(2))), (30, Some(affiliate(3))), (70, None)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut known = SubAffiliates::default();
            for place in order {
                known.add_terms(PROGRAM, rows[place]);
                let (since, recruiter) = recruits[place];
                known.add_recruit(affiliate(9), Recruited { since: day(since), recruiter });
            }
            let at = |days| known.at(PROGRAM, affiliate(9), day(days));
            assert_eq!([at(4), at(9)], [None, None], "before the terms");
            assert_eq!(at(10), Some((affiliate(2), 100_000)));
            assert_eq!(at(25), Some((affiliate(2), 50_000)));
            assert_eq!(at(30), Some((affiliate(3), 50_000)));
            assert_eq!(at(57), Some((affiliate(3), 50_000)), "a month from January 31 ends on February 28");
            assert_eq!([at(58), at(60), at(80)], [None; 3], "the month is over, and then nothing is paid");
            assert_eq!(known.at(PROGRAM, affiliate(2), day(30)), None, "no one recruited the recruiter");
        }
    }

    #[test]
    fn months_end_and_no_one_recruits_themselves() {
        let mut known = SubAffiliates::default();
        known.add_terms(PROGRAM, terms(0, 100_000, Some(1)));
        known.add_recruit(affiliate(9), Recruited { since: day(0), recruiter: Some(affiliate(2)) });
        known.add_recruit(affiliate(8), Recruited { since: day(0), recruiter: Some(affiliate(8)) });
        assert_eq!(known.at(PROGRAM, affiliate(9), day(30)), Some((affiliate(2), 100_000)));
        assert_eq!(known.at(PROGRAM, affiliate(9), day(31)), None);
        assert_eq!(known.at(PROGRAM, affiliate(8), day(1)), None);
    }

    proptest! {
        /// Never more than the parent, never less for a larger parent, all of it at 100% and nothing at 0%.
        #[test]
        fn a_share_follows_its_parent(parent in 0i64..10_000_000_000, less in 0i64..10_000_000_000, ppm in 0u32..=WHOLE_PPM) {
            let usd = |minor| Money::new(minor, Currency::USD);
            let whole = share(usd(parent), ppm).unwrap().minor;
            prop_assert!((0..=parent).contains(&whole));
            prop_assert!(share(usd(parent.min(less)), ppm).unwrap().minor <= whole);
            prop_assert_eq!(share(usd(parent), WHOLE_PPM).unwrap().minor, parent);
            prop_assert_eq!(share(usd(parent), 0).unwrap().minor, 0);
        }
    }
}
