//! Figures of a listed program in bands: what affiliates earn by their clicks, how soon commissions are approved, and how
//! punctually they are paid. Bands say enough to compare programs, and reveal no one's sales. Pure.

use shared::text_enum;

/// Figures come from at least this many affiliates with sales or leads; otherwise there are none.
pub const AFFILIATES_MIN: i64 = 5;
/// Fewer clicks say nothing about earnings by click.
pub const CLICKS_MIN: i64 = 500;
/// Fewer commissions say nothing about how soon they are approved or paid.
pub const COMMISSIONS_MIN: i64 = 20;
/// The largest share of an amount that may come from one affiliate, in percent: otherwise the band is about them alone.
pub const SHARE_MAX: i64 = 50;

text_enum! {
    /// What 100 clicks earned, in minor units of the program's currency: from the named amount up to the next.
    EarningsBand { Under1000, From1000, From2500, From5000, From10000, From25000 }
}

text_enum! {
    /// The days from a sale to its commission's approval, for half of the commissions or more.
    ApprovalBand { Within7Days, Within14Days, Within31Days, Within62Days, Longer }
}

text_enum! {
    /// How much of what was approved was paid within 45 days.
    PunctualityBand { AlmostAll, Most, Some }
}

impl EarningsBand {
    /// The bands in ascending order, each with the amount that it begins with.
    pub const ALL: [(Self, i64); 6] = [
        (Self::Under1000, 0),
        (Self::From1000, 1_000),
        (Self::From2500, 2_500),
        (Self::From5000, 5_000),
        (Self::From10000, 10_000),
        (Self::From25000, 25_000),
    ];

    /// Where the band begins, and where it ends; the highest has no end.
    pub fn limits(self) -> (i64, Option<i64>) {
        let from = Self::ALL.iter().find(|(band, _)| *band == self).map_or(0, |(_, from)| *from);
        (from, Self::ALL.iter().map(|(_, next)| *next).find(|next| *next > from))
    }
}

/// What a program's affiliates earned by their clicks in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earnings {
    /// Affiliates with at least one sale or lead.
    pub affiliates: i64,
    pub clicks: i64,
    /// In minor units.
    pub commission: i64,
    /// The largest part of `commission` that one affiliate earned.
    pub largest: i64,
}

impl Earnings {
    /// `None` if there isn't enough, or if it is mostly one affiliate's.
    pub fn band(self) -> Option<EarningsBand> {
        let Self { affiliates, clicks, commission, largest } = self;
        let is_one = i128::from(largest) * 100 > i128::from(commission) * i128::from(SHARE_MAX);
        if affiliates < AFFILIATES_MIN || clicks < CLICKS_MIN || commission < 0 || is_one {
            return None;
        }
        // Rounded down: the band's lower end is never promised without being reached.
        let by_hundred = i128::from(commission) * 100 / i128::from(clicks);
        let reached = EarningsBand::ALL.iter().rev().find(|(_, from)| by_hundred >= i128::from(*from));
        reached.map(|(band, _)| *band)
    }
}

/// How soon commissions were approved.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Approvals {
    pub affiliates: i64,
    pub commissions: i64,
    /// The median of the days from the sale to the approval.
    pub median_days: f64,
}

impl Approvals {
    /// `None` if there isn't enough.
    pub fn band(self) -> Option<ApprovalBand> {
        if self.affiliates < AFFILIATES_MIN || self.commissions < COMMISSIONS_MIN || !self.median_days.is_finite() {
            return None;
        }
        Some(match self.median_days {
            days if days <= 7.0 => ApprovalBand::Within7Days,
            days if days <= 14.0 => ApprovalBand::Within14Days,
            days if days <= 31.0 => ApprovalBand::Within31Days,
            days if days <= 62.0 => ApprovalBand::Within62Days,
            _ => ApprovalBand::Longer,
        })
    }
}

/// How many of the commissions that were approved at least 45 days ago were paid within 45 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Punctuality {
    pub affiliates: i64,
    pub commissions: i64,
    pub in_time: i64,
}

impl Punctuality {
    /// `None` if there isn't enough.
    pub fn band(self) -> Option<PunctualityBand> {
        if self.affiliates < AFFILIATES_MIN || self.commissions < COMMISSIONS_MIN {
            return None;
        }
        let percent = i128::from(self.in_time) * 100 / i128::from(self.commissions);
        Some(match percent {
            95.. => PunctualityBand::AlmostAll,
            75.. => PunctualityBand::Most,
            _ => PunctualityBand::Some,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENOUGH: Earnings = Earnings { affiliates: 5, clicks: 1_000, commission: 25_000, largest: 9_000 };

    #[test]
    fn earnings_are_by_a_hundred_clicks() {
        assert_eq!(ENOUGH.band(), Some(EarningsBand::From2500));
        assert_eq!(Earnings { commission: 24_999, ..ENOUGH }.band(), Some(EarningsBand::From1000));
        assert_eq!(Earnings { commission: 0, largest: 0, ..ENOUGH }.band(), Some(EarningsBand::Under1000));
        assert_eq!(Earnings { commission: 10_000_000, ..ENOUGH }.band(), Some(EarningsBand::From25000));
        assert_eq!(EarningsBand::From2500.limits(), (2_500, Some(5_000)));
        assert_eq!(EarningsBand::From25000.limits(), (25_000, None));
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(Earnings { affiliates: 4, ..ENOUGH }.band(), None);
        assert_eq!(Earnings { clicks: 499, ..ENOUGH }.band(), None);
        assert_eq!(Earnings { largest: 12_501, ..ENOUGH }.band(), None, "one affiliate's sales");
        let approvals = Approvals { affiliates: 5, commissions: 20, median_days: 30.5 };
        assert_eq!(approvals.band(), Some(ApprovalBand::Within31Days));
        assert_eq!(Approvals { affiliates: 4, ..approvals }.band(), None);
        assert_eq!(Approvals { commissions: 19, ..approvals }.band(), None);
        let paid = Punctuality { affiliates: 5, commissions: 20, in_time: 19 };
        assert_eq!(paid.band(), Some(PunctualityBand::AlmostAll));
        assert_eq!(Punctuality { in_time: 18, ..paid }.band(), Some(PunctualityBand::Most));
        assert_eq!(Punctuality { in_time: 14, ..paid }.band(), Some(PunctualityBand::Some));
        assert_eq!(Punctuality { affiliates: 4, ..paid }.band(), None);
        assert_eq!(Punctuality { commissions: 19, ..paid }.band(), None);
    }

    #[test]
    fn approval_has_five_bands() {
        let band = |median_days| Approvals { affiliates: 9, commissions: 99, median_days }.band();
        for (days, expected) in [
            (0.0, ApprovalBand::Within7Days),
            (7.1, ApprovalBand::Within14Days),
            (62.0, ApprovalBand::Within62Days),
            (63.0, ApprovalBand::Longer),
        ] {
            assert_eq!(band(days), Some(expected), "{days}");
        }
        assert_eq!(band(f64::NAN), None);
    }

    proptest! {
        /// A band contains what it was made from, and nothing overflows.
        #[test]
        fn a_band_contains_its_figure(clicks in CLICKS_MIN..i64::MAX, commission in 0..i64::MAX) {
            let earnings = Earnings { affiliates: 5, clicks, commission, largest: commission / 2 };
            let band = earnings.band().unwrap();
            let by_hundred = i128::from(commission) * 100 / i128::from(clicks);
            let (from, to) = band.limits();
            prop_assert!(i128::from(from) <= by_hundred);
            prop_assert!(to.is_none_or(|to| by_hundred < i128::from(to)));
        }

        #[test]
        fn fewer_than_five_affiliates_never_show(affiliates in i64::MIN..AFFILIATES_MIN, clicks: i64, commission: i64) {
            let earnings = Earnings { affiliates, clicks, commission, largest: 0 };
            prop_assert_eq!(earnings.band(), None);
            prop_assert_eq!(Punctuality { affiliates, commissions: clicks, in_time: 0 }.band(), None);
        }
    }
}
