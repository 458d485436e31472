//! Bulk actions on everything that matches a list's filters, on however many pages: the bar offers it, a page of its own
//! asks with the number and the sum, and then the server looks up again what matches.

use std::{collections::BTreeMap, time::Duration};

use shared::timestamp::Timestamp;
use tokio::time::Instant;

use super::bulk::Bulk;
use identity::page::frame::Frame;
use kit::{
    error::Error,
    page::{
        address::Address,
        filter::FilterBar,
        list::{Shown, Total},
    },
};
use rules::format;

/// As many are changed at once.
pub const ALL_MAX: i64 = 5_000;
/// A request may take 30 seconds. What isn't done by then waits for the next one.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the bar of a list offers besides the page's own rows.
#[derive(Debug)]
pub struct Matching {
    /// `312`, or `2,000+` if no one counted further.
    pub count: String,
    /// There are too many.
    pub is_too_many: bool,
}

impl Matching {
    /// `None` if the page has all that there are.
    pub fn of(shown: Shown) -> Option<Self> {
        let rows = i64::try_from(shown.rows).ok()?;
        let before = i64::try_from(shown.before?).ok()?;
        let total = shown.total.unwrap_or(Total { rows: 0, most: i64::MAX });
        let all = total.rows.max(before.saturating_add(rows));
        let is_too_many = all > ALL_MAX;
        let more = if all > total.most && !is_too_many { "+" } else { "" };
        let count = format!("{}{more}", format::count(all.min(total.most).min(ALL_MAX).unsigned_abs()));
        (all > rows).then_some(Self { count, is_too_many })
    }
}

/// What the person saw and confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// What came or changed later isn't meant.
    pub until: Timestamp,
    pub count: usize,
}

impl Seen {
    /// `None` if the form asks for everything that matches, but the person hasn't confirmed it yet.
    pub fn read(bulk: &Bulk) -> Option<Self> {
        let until = Timestamp::parse_rfc3339(bulk.field("until")).ok()?;
        Some(Self { until, count: bulk.field("count").parse().ok()? })
    }
}

/// Refuses nothing, and more than [`ALL_MAX`].
///
/// # Errors
/// 400. `many` are what would be selected: `affiliates`.
pub fn checked(count: usize, many: &str) -> Result<(), Error> {
    let most = usize::try_from(ALL_MAX).unwrap_or(usize::MAX);
    match count {
        0 => Err(Error::field("all", format!("Nothing was changed. No {many} match these filters anymore."))),
        _ if count > most => {
            let most = format::count(ALL_MAX.unsigned_abs());
            let message = format!("Nothing was changed. More than {most} {many} match. Filter the list first.");
            Err(Error::field("all", message))
        }
        _ => Ok(()),
    }
}

/// Sums by currency: `$129.80 + €5.00`.
pub fn sums(amounts: impl Iterator<Item = (String, i64)>) -> String {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (currency, amount) in amounts {
        let sum = sums.entry(currency).or_default();
        *sum = sum.saturating_add(amount);
    }
    let texts: Vec<String> = sums.iter().map(|(currency, sum)| format::money(*sum, currency)).collect();
    texts.join(" + ")
}

/// When an action that begins now has to stop.
pub fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

/// Says that time ran out; `None` if nothing is left.
pub fn unfinished(left: usize, (one, many): (&str, &str)) -> Option<String> {
    (left > 0)
        .then(|| format!("{} left: this is taking a while. Select all again to continue.", counted(left, (one, many))))
}

/// Says that fewer matched than were confirmed; `None` if all did.
pub fn fewer(seen: Seen, now: usize, (one, many): (&str, &str)) -> Option<String> {
    let gone = seen.count.checked_sub(now).filter(|gone| *gone > 0)?;
    Some(format!("{} changed after you confirmed, so nothing was done there.", counted(gone, (one, many))))
}

/// `1 affiliate`, `1,200 affiliates`.
pub fn counted(count: usize, (one, many): (&str, &str)) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", format::count(u64::try_from(count).unwrap_or(u64::MAX)))
}

/// The page that asks.
#[derive(Debug, askama::Template)]
#[template(path = "bulk_all.html")]
pub struct QuestionPage {
    pub frame: Frame,
    /// The list with its filters, and its name.
    pub address: Address,
    pub list: &'static str,
    pub filter_bar: FilterBar,
    /// The list's tab.
    pub tab: &'static str,
    pub title: String,
    pub about: &'static str,
    /// What they are worth.
    pub worth: String,
    /// The action, and its button.
    pub what: String,
    pub button: String,
    pub seen: Seen,
    pub texts: Vec<TextField>,
    /// Name and label of a checkbox, and whether it is selected.
    pub ticks: Vec<(&'static str, String, bool)>,
    /// Why it asks again.
    pub problem: Option<String>,
}

/// What the action needs to know.
#[derive(Debug)]
pub struct TextField {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub length: usize,
    pub is_required: bool,
    pub value: String,
    /// Values to choose from.
    pub options: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_offered_beyond_the_page() {
        let of = |before, rows, total: Option<(i64, i64)>| {
            let total = total.map(|(rows, most)| Total { rows, most });
            Matching::of(Shown { before, rows, total }).map(|matching| (matching.count, matching.is_too_many))
        };
        assert_eq!(of(Some(0), 50, Some((312, 10_000))), Some(("312".to_owned(), false)));
        assert_eq!(of(Some(300), 12, None), Some(("312".to_owned(), false)), "on the last page, too");
        assert_eq!(of(Some(0), 50, Some((10_001, 10_000))), Some(("5,000".to_owned(), true)));
        assert_eq!(of(Some(0), 50, Some((2_001, 2_000))), Some(("2,000+".to_owned(), false)));
        assert_eq!((of(Some(0), 12, None), of(None, 12, None)), (None, None));
    }

    #[test]
    fn sums_are_by_currency_and_limits_in_words() {
        let amounts = [("USD", 100), ("EUR", 500), ("USD", 29)].map(|(currency, amount)| (currency.to_owned(), amount));
        assert_eq!(sums(amounts.into_iter()), "\u{20ac}5.00 + $1.29");
        assert!(checked(1, "rows").is_ok() && checked(5_000, "rows").is_ok());
        assert!(checked(0, "rows").is_err() && checked(5_001, "rows").is_err());
        let (seen, nouns) = (Seen { until: Timestamp::EPOCH, count: 3 }, ("row", "rows"));
        assert_eq!((fewer(seen, 3, nouns), unfinished(0, nouns)), (None, None));
        assert!(fewer(seen, 2, nouns).is_some_and(|text| text.starts_with("1 row changed")));
        assert!(unfinished(1_200, nouns).is_some_and(|text| text.starts_with("1,200 rows left")));
    }
}
