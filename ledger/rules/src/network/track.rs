//! A creator's track record in programs like the one that looks for creators, as points and in words. It says how they did
//! over several brands together, so that no brand can work out another's sales. Pure.

use shared::text_enum;

/// Brands that each have at least [`SALES_MIN`] sales: fewer would say something about one of them.
pub const BRANDS_MIN: i64 = 3;
/// A brand with fewer sales of the creator doesn't count.
pub const SALES_MIN: i64 = 5;
/// All brands together.
pub const TOTAL_MIN: i64 = 20;
/// From this many sales on, the record is a long one.
const MANY: i64 = 100;
/// Refunded and denied sales that are added to everyone's, out of [`PRIOR_SALES`], so that a few don't decide.
const PRIOR_LOST: i64 = 2;
const PRIOR_SALES: i64 = 40;
/// The usual share of refunded and denied sales, in percent.
const USUAL_MIN: i64 = 5;
const USUAL_MAX: i64 = 15;

text_enum! {
    /// How a creator did. There is no word for what is unknown.
    Record {
        /// Many sales were refunded or denied.
        Mixed,
        Steady,
        /// Few sales were refunded or denied.
        Good,
        /// The same over many sales.
        Strong,
    }
}

impl Record {
    pub const ALL: [Self; 4] = [Self::Mixed, Self::Steady, Self::Good, Self::Strong];

    /// Points for the score, of which a newcomer gets [`super::score::TRACK_NEW`].
    pub const fn points(self) -> u8 {
        match self {
            Self::Mixed => 4,
            Self::Steady => 12,
            Self::Good => 16,
            Self::Strong => 20,
        }
    }

    /// The word for these points; `None` for a newcomer's.
    pub fn of_points(points: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|record| record.points() == points)
    }
}

/// What a creator sold in programs of one topic, by brands with enough sales.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sold {
    pub brands: i64,
    pub sales: i64,
    /// Those of them that were refunded or denied.
    pub lost: i64,
}

impl Sold {
    /// `None` if there isn't enough to say anything.
    pub fn record(self) -> Option<Record> {
        let Self { brands, sales, lost } = self;
        if brands < BRANDS_MIN || sales < TOTAL_MIN || lost < 0 || lost > sales {
            return None;
        }
        let percent = (i128::from(lost) + i128::from(PRIOR_LOST)) * 100 / (i128::from(sales) + i128::from(PRIOR_SALES));
        Some(if percent > i128::from(USUAL_MAX) {
            Record::Mixed
        } else if percent >= i128::from(USUAL_MIN) {
            Record::Steady
        } else if sales >= MANY {
            Record::Strong
        } else {
            Record::Good
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::score::TRACK_NEW, *};

    fn record(brands: i64, sales: i64, lost: i64) -> Option<Record> {
        Sold { brands, sales, lost }.record()
    }

    #[test]
    fn too_little_says_nothing() {
        for (brands, sales, lost) in [(2, 1_000, 0), (3, 19, 0), (0, 0, 0), (3, 20, 21), (3, 20, -1)] {
            assert_eq!(record(brands, sales, lost), None, "{brands} {sales} {lost}");
        }
        assert_eq!(record(3, 20, 0), Some(Record::Good));
    }

    #[test]
    fn lost_sales_lower_it_and_many_kept_ones_raise_it() {
        assert_eq!(record(3, 100, 0), Some(Record::Strong));
        assert_eq!(record(3, 100, 5), Some(Record::Steady));
        assert_eq!(record(3, 100, 20), Some(Record::Steady));
        assert_eq!(record(3, 100, 30), Some(Record::Mixed));
        assert_eq!(record(3, i64::MAX, i64::MAX), Some(Record::Mixed));
    }

    #[test]
    fn more_lost_sales_never_help() {
        for sales in [20, 99, 100, 5_000] {
            let points: Vec<u8> = (0..=sales).filter_map(|lost| record(3, sales, lost)).map(Record::points).collect();
            assert!(points.is_sorted_by(|one, next| one >= next), "{sales}: {points:?}");
        }
    }

    #[test]
    fn a_word_belongs_to_its_points_only() {
        for record in Record::ALL {
            assert_eq!(Record::of_points(record.points()), Some(record));
        }
        assert_eq!(Record::of_points(TRACK_NEW), None);
    }
}
