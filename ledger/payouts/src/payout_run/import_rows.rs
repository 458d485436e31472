//! Matches the rows of a file to payouts, and determines the order of day and month in its dates.

use std::collections::{BTreeMap, HashMap, HashSet};

use payout_core::{
    rail::{
        import::{
            Fate, File, ImportedResult, Name, Problem, Row,
            date::{Order, Written},
        },
        wise,
    },
    step::Status,
};
use shared::{id::PayoutId, money::Currency, timestamp::Timestamp};
use time::Date;

use super::{file_store::Filed, import::ImportedRow};
use crate::payout::paid;
use kit::{
    error::{Error, Result},
    page::zone::Zone,
};

/// All rows of one payout, in the file's order.
#[derive(Debug)]
pub(super) struct Group<'f> {
    pub(super) payout: &'f Filed,
    pub(super) rows: Vec<(u64, &'f ImportedResult)>,
}

/// The rows grouped by payout, and the results of rows that match none.
#[derive(Debug, Default)]
pub(super) struct Sorted<'f> {
    pub(super) groups: Vec<Group<'f>>,
    pub(super) refused: Vec<ImportedRow>,
}

/// The run's payouts by the names that a file may use.
#[derive(Debug)]
struct Known<'f> {
    by_id: HashMap<PayoutId, &'f Filed>,
    /// Several payouts if they have the same short reference: then neither is matched.
    by_reference: HashMap<String, Vec<&'f Filed>>,
    /// By the stored ID of their payment, and by the payment IDs in the file.
    by_transfer: HashMap<&'f str, &'f Filed>,
}

impl<'f> Known<'f> {
    fn of(filed: &'f [Filed]) -> Self {
        let mut by_reference: HashMap<String, Vec<&Filed>> = HashMap::new();
        for one in filed {
            by_reference.entry(wise::reference(&one.id.to_string())).or_default().push(one);
        }
        let by_transfer = filed.iter().filter_map(|one| Some((one.transfer.as_deref()?, one))).collect();
        Self { by_id: filed.iter().map(|one| (one.id, one)).collect(), by_reference, by_transfer }
    }

    fn find(&self, name: &Name) -> Option<&'f Filed> {
        match name {
            Name::Id(text) => text.parse::<PayoutId>().ok().and_then(|id| self.by_id.get(&id).copied()),
            Name::Short(reference) => match self.by_reference.get(reference).map(Vec::as_slice) {
                Some([one]) => Some(*one),
                _ => None,
            },
            Name::Transfer(transfer) => self.by_transfer.get(transfer.as_str()).copied(),
        }
    }
}

/// Groups the rows. A payout of another run, of another organization or an unknown one is refused in the same way. A
/// report's row that only names a payment, which isn't the run's, is about someone else's and is skipped.
pub(super) fn sort<'f>(file: &'f File, filed: &'f [Filed]) -> Sorted<'f> {
    let mut known = Known::of(filed);
    for text in file.rows.iter().filter_map(|row| row.result.as_ref().ok()) {
        if let (Some(payout), Some(transfer)) = (known.find(&text.payout), &text.transfer) {
            known.by_transfer.entry(transfer).or_insert(payout);
        }
    }
    let mut sorted = Sorted::default();
    let mut places: BTreeMap<PayoutId, usize> = BTreeMap::new();
    for Row { line, result: text } in &file.rows {
        let text = match text {
            Ok(text) => text,
            Err(problem) => {
                sorted.refused.push(ImportedRow::refused(*line, None, problem));
                continue;
            }
        };
        match known.find(&text.payout) {
            Some(payout) => {
                let place = *places.entry(payout.id).or_insert(sorted.groups.len());
                if place == sorted.groups.len() {
                    sorted.groups.push(Group { payout, rows: Vec::new() });
                }
                sorted.groups[place].rows.push((*line, text));
            }
            None if matches!(text.payout, Name::Transfer(_)) => {}
            None => {
                let message = "This payout isn\u{2019}t in this run, or it\u{2019}s paid through Stripe.".to_owned();
                sorted.refused.push(ImportedRow::refused(*line, None, &Problem { code: "not_in_run", message }));
            }
        }
    }
    sorted
}

/// Returns whether the row's amount equals the payout's.
pub(super) fn fits(message: &ImportedResult, payout: &Filed, currency: Currency) -> bool {
    message.amount.is_none_or(|amount| amount == (payout.net, currency))
}

/// Returns the order of day and month in the file's dates: the one that the person chose, the one that a date proves,
/// or the only one in which no payment is before its run or in the future.
///
/// # Errors
/// 400 naming `dateOrder`, if it matters and can't be determined.
pub(super) fn order(
    (chosen, file): (Option<Order>, &File),
    sorted: &Sorted<'_>,
    zone: &Zone,
    now: Timestamp,
) -> Result<Option<Order>> {
    if let Some(order) = chosen.or(file.order) {
        return Ok(Some(order));
    }
    // A payment of a payout that is open, or the return of one that may have been booked before.
    let counts = |status: Status, fate: &Fate| match fate {
        Fate::Sent => status.is_reserved(),
        Fate::CameBack(_) => status.is_reserved() || status == Status::Sent,
        Fate::Failed(_) | Fate::Pending => false,
    };
    let dates: HashSet<(i64, [Option<Date>; 2])> = sorted
        .groups
        .iter()
        .flat_map(|group| group.rows.iter().map(move |(_, text)| (group.payout, *text)))
        .filter(|(payout, text)| counts(payout.status, &text.fate))
        .map(|(payout, text)| (payout.created_at.millis(), text))
        .filter_map(|(since, text)| match text.date? {
            Written::Day(_) => None,
            Written::Either { day_first, month_first } => Some((since, [day_first, month_first])),
        })
        .collect();
    let Some((_, first)) = dates.iter().next() else { return Ok(None) };
    let possible = |order: Order| {
        dates.iter().all(|(since, [day_first, month_first])| {
            let date = if order == Order::DayFirst { day_first } else { month_first };
            let since = Timestamp::from_millis(*since).unwrap_or(Timestamp::EPOCH);
            date.and_then(civil).is_some_and(|date| paid::is_possible(zone, date, since, now))
        })
    };
    match Order::ALL.map(possible) {
        [true, false] => Ok(Some(Order::DayFirst)),
        [false, true] => Ok(Some(Order::MonthFirst)),
        _ => {
            let day = |date: Option<Date>| date.map_or_else(|| "an invalid date".to_owned(), |date| date.to_string());
            let message = format!(
                "The dates in the file are ambiguous: one could be {} or {}. Choose whether the day or the \
                 month comes first, or use the format 2026-12-29.",
                day(first[0]),
                day(first[1]),
            );
            Err(Error::field("dateOrder", message))
        }
    }
}

/// Converts the date for use with a time zone.
pub(super) fn civil(date: Date) -> Option<jiff::civil::Date> {
    let year = i16::try_from(date.year()).ok()?;
    jiff::civil::Date::new(year, i8::try_from(u8::from(date.month())).ok()?, i8::try_from(date.day()).ok()?).ok()
}
