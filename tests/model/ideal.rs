//! The ideal book: from a story to what each sale earns whom. Written from the rules in words, knowing nothing of the
//! ledger's code.
//!
//! The rules: the buyer who is bound stays bound; else the sale's coupon, else the latest click within 60 days, else the
//! sale's slug, else the buyer's latest credited lead within 60 days. Evidence of one sale or lead says nothing about an
//! earlier one; a coupon or slug is about its own. The first credited sale binds; a lead doesn't. A sale without a buyer
//! stands alone. 20%, rounded half up; refunds take their share, never more than the sale.

use std::collections::BTreeMap;

use super::story::{BUYERS, Evidence, Op, sale_name};

const WINDOW_HOURS: i64 = 60 * 24;
/// The rank of clicks: coupons come before, slugs after.
const CLICK: u8 = 1;

/// By the sale's name: the credited partner, and what is left of the commission.
pub(crate) type Book = BTreeMap<String, (Option<usize>, i64)>;

/// Evidence at a time, in hours: what may credit, and until when.
#[derive(Clone, Copy)]
struct Touch {
    /// Lower beats higher.
    rank: u8,
    partner: usize,
    from: i64,
    /// When it was reported: with the sale or lead of that hour.
    reported: i64,
    /// The story's own order breaks ties no real clock would make.
    report: usize,
}

fn rounded(numerator: i128, denominator: i128) -> i64 {
    i64::try_from((numerator * 2 + denominator) / (denominator * 2)).unwrap()
}

fn touch(evidence: &Evidence, hour: i64, report: usize) -> Option<Touch> {
    match *evidence {
        Evidence::None => None,
        Evidence::Click { partner, hours } => {
            Some(Touch { rank: CLICK, partner, from: hour - i64::from(hours), reported: hour, report })
        }
        Evidence::Slug { partner } => Some(Touch { rank: 2, partner, from: hour, reported: hour, report }),
        Evidence::Coupon => Some(Touch { rank: 0, partner: 0, from: hour, reported: hour, report }),
    }
}

/// The winner among touches that speak for that hour; `None` where two of the same rank and time disagree would be a
/// matter of ids, which a story avoids (see `is_clear`).
fn winner(touches: &[Touch], own: Option<Touch>, hour: i64) -> Option<usize> {
    let is_about = |touch: &&Touch| touch.rank == CLICK || own.is_some_and(|own| own.report == touch.report);
    let fitting = touches.iter().filter(|touch| touch.reported <= hour && hour <= touch.from + WINDOW_HOURS);
    let fitting = fitting.filter(is_about);
    fitting.min_by_key(|touch| (touch.rank, -touch.from, touch.report)).map(|touch| touch.partner)
}

/// Whether the rules alone decide: no two sales or leads of a buyer in one hour, no two touches of one rank and hour.
pub(crate) fn is_clear(ops: &[Op]) -> bool {
    for buyer in 0..BUYERS {
        let (mut hours, mut touched) = (Vec::new(), Vec::new());
        for (report, op) in ops.iter().enumerate() {
            match op {
                Op::Sale { buyer: Some(of), hour, evidence, .. } | Op::Lead { buyer: of, hour, evidence, .. }
                    if *of == buyer =>
                {
                    hours.push(i64::from(*hour));
                    touched.extend(touch(evidence, i64::from(*hour), report).map(|touch| (touch.rank, touch.from)));
                }
                _ => {}
            }
        }
        for list in [hours.iter().map(|hour| (0, *hour)).collect::<Vec<_>>(), touched] {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            sorted.dedup();
            if sorted.len() != list.len() {
                return false;
            }
        }
    }
    true
}

/// Of a buyer: when, which sale of how much, and with what evidence.
type Report = (i64, Option<(u8, i64)>, Option<Touch>);

pub(crate) fn book(ops: &[Op]) -> Book {
    let mut refunded: BTreeMap<u8, i64> = BTreeMap::new();
    for op in ops {
        if let Op::Refund { sale, cents, .. } = op {
            *refunded.entry(*sale).or_default() += cents;
        }
    }
    let worth = |sale: u8, cents: i64, credited: bool| {
        let kept = (cents - refunded.get(&sale).copied().unwrap_or(0)).max(0);
        let earned = rounded(i128::from(cents) * 20, 100);
        if credited && cents > 0 { rounded(i128::from(earned) * i128::from(kept), i128::from(cents)) } else { 0 }
    };
    let mut book = Book::new();
    for buyer in (0..BUYERS).map(Some).chain([None]) {
        let mut touches = Vec::new();
        // In the order of time: sales with their amount, and leads.
        let mut reported_for: Vec<Report> = Vec::new();
        for (report, op) in ops.iter().enumerate() {
            match op {
                Op::Sale { sale, buyer: of, cents, hour, evidence } if *of == buyer => {
                    let own = touch(evidence, i64::from(*hour), report);
                    touches.extend(own);
                    reported_for.push((i64::from(*hour), Some((*sale, *cents)), own));
                }
                Op::Lead { buyer: of, hour, evidence, .. } if Some(*of) == buyer => {
                    let own = touch(evidence, i64::from(*hour), report);
                    touches.extend(own);
                    reported_for.push((i64::from(*hour), None, own));
                }
                _ => {}
            }
        }
        reported_for.sort_by_key(|(hour, sale, _)| (*hour, *sale));
        let (mut bound, mut lead): (Option<usize>, Option<(i64, usize)>) = (None, None);
        for (hour, sale, own) in reported_for {
            let by_lead = lead.filter(|(led, _)| hour <= led + WINDOW_HOURS).map(|(_, partner)| partner);
            let credited = match buyer {
                None => winner(own.as_slice(), own, hour),
                Some(_) => bound.or_else(|| winner(&touches, own, hour)).or(by_lead),
            };
            match sale {
                Some((sale, cents)) => {
                    bound = credited;
                    book.insert(sale_name(sale), (credited, worth(sale, cents, credited.is_some())));
                }
                None => lead = credited.map(|partner| (hour, partner)).or(lead),
            }
        }
    }
    book
}
