//! A click as an archive has it, and the digests by which two sets of clicks are compared. Pure.

use uuid::Uuid;

/// The columns of `clicks`, without the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: Uuid,
    /// Microseconds since 1970.
    pub clicked_at: i64,
    pub link: Uuid,
    pub program: Uuid,
    pub affiliate: Uuid,
    pub class: String,
    pub source: String,
    pub country: Option<String>,
    pub referrer_host: Option<String>,
    pub device: String,
    pub visitor: Option<String>,
    pub previous: Option<Uuid>,
    pub landing: Option<String>,
    pub digest: i64,
}

pub const COLUMNS: usize = 14;

/// What is compared before clicks are removed: their number, a digest for each column, and the mark that Postgres computes
/// for itself (`rekomi_click_mark`). The order of the clicks makes no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    pub clicks: i64,
    pub mark: i64,
    pub columns: [i64; COLUMNS],
    /// Microseconds since 1970; `None` without clicks.
    pub first_at: Option<i64>,
    pub last_at: Option<i64>,
}

impl Default for Totals {
    fn default() -> Self {
        Self { clicks: 0, mark: 0, columns: [0; COLUMNS], first_at: None, last_at: None }
    }
}

impl Totals {
    pub fn add(&mut self, row: &Row) {
        self.clicks += 1;
        self.mark ^= mark(row);
        self.first_at = Some(self.first_at.map_or(row.clicked_at, |first| first.min(row.clicked_at)));
        self.last_at = Some(self.last_at.map_or(row.clicked_at, |last| last.max(row.clicked_at)));
        let text = |text: &str| hash(text.as_bytes());
        let maybe = |text: &Option<String>| text.as_deref().map_or(NOTHING, |text| hash(text.as_bytes()));
        let id = hash(row.id.as_bytes());
        let values = [
            id,
            hash(&row.clicked_at.to_be_bytes()),
            hash(row.link.as_bytes()),
            hash(row.program.as_bytes()),
            hash(row.affiliate.as_bytes()),
            text(&row.class),
            text(&row.source),
            maybe(&row.country),
            maybe(&row.referrer_host),
            text(&row.device),
            maybe(&row.visitor),
            row.previous.map_or(NOTHING, |previous| hash(previous.as_bytes())),
            maybe(&row.landing),
            hash(&row.digest.to_be_bytes()),
        ];
        for (sum, value) in self.columns.iter_mut().zip(values) {
            // Bound to the click, so that two clicks that swap a value make a difference.
            *sum = sum.wrapping_add(mixed(value ^ id.rotate_left(32)).cast_signed());
        }
    }
}

/// As `rekomi_click_mark`: the second half of the id, and the digest of the content.
pub fn mark(row: &Row) -> i64 {
    let [.., a, b, c, d, e, f, g, h] = *row.id.as_bytes();
    i64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ row.digest
}

/// The hash of a missing value, which no text has but by chance.
const NOTHING: u64 = 0x9e37_79b9_7f4a_7c15;

/// FNV-1a with a final mix. It finds mistakes, not attacks: those are found by the object's SHA-256 and its seal.
fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed(hash)
}

/// The finalizer of SplitMix64: each bit depends on all bits.
const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    pub(crate) fn row() -> impl Strategy<Value = Row> {
        let id = || any::<[u8; 16]>().prop_map(Uuid::from_bytes);
        let text = || option::of("\\PC{0,12}");
        let names = ("(human|bot|prefetch|head)", "(redirect|script)", "(mobile|desktop|tablet|other)");
        let ids = (id(), id(), id(), id(), option::of(id()));
        (ids, 0..4_000_000_000_000_000_i64, names, (text(), text(), text(), text()), any::<i64>()).prop_map(
            |((id, link, program, affiliate, previous), clicked_at, (class, source, device), texts, digest)| {
                let (country, referrer_host, visitor, landing) = texts;
                Row {
                    id,
                    clicked_at,
                    link,
                    program,
                    affiliate,
                    class,
                    source,
                    country,
                    referrer_host,
                    device,
                    visitor,
                    previous,
                    landing,
                    digest,
                }
            },
        )
    }

    fn totals(rows: &[Row]) -> Totals {
        let mut totals = Totals::default();
        rows.iter().for_each(|row| totals.add(row));
        totals
    }

    proptest! {
        #[test]
        fn the_order_makes_no_difference(rows in vec(row(), 0..20)) {
            let reversed: Vec<Row> = rows.iter().rev().cloned().collect();
            prop_assert_eq!(totals(&rows), totals(&reversed));
        }

        #[test]
        fn each_column_makes_a_difference(one in row(), other in row()) {
            prop_assume!(one.landing != other.landing && one.id != other.id);
            let swapped = [
                Row { landing: other.landing.clone(), ..one.clone() },
                Row { landing: one.landing.clone(), ..other.clone() },
            ];
            let (before, after) = (totals(&[one, other]), totals(&swapped));
            prop_assert_ne!(before.columns[12], after.columns[12]);
            prop_assert_eq!(&before.columns[..12], &after.columns[..12]);
            prop_assert_eq!(before.mark, after.mark);
        }
    }

    #[test]
    fn a_missing_value_is_no_empty_text() {
        let id = Uuid::from_bytes([7; 16]);
        let row = Row {
            id,
            clicked_at: 1,
            link: id,
            program: id,
            affiliate: id,
            class: "human".to_owned(),
            source: "redirect".to_owned(),
            country: None,
            referrer_host: None,
            device: "other".to_owned(),
            visitor: None,
            previous: None,
            landing: None,
            digest: 2,
        };
        let empty = Row { country: Some(String::new()), ..row.clone() };
        assert_ne!(totals(&[row]).columns[7], totals(&[empty]).columns[7]);
    }
}
