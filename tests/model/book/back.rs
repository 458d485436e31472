//! What was refunded of a sale, and whether it is disputed, by all reports together.

use std::collections::BTreeMap;

use super::{
    facts::{Conversion, DisputeState, Event, Fact, Name, Part, RefundState},
    worth::rounded,
};

/// What was reported about one sale, in its currency. Anything else can't be set against it.
fn of_sale<'a>(sale: &'a Conversion, report: &'a [Event]) -> impl Iterator<Item = (i64, Fact, Part)> {
    report.iter().filter_map(move |event| {
        let of = match event.fact {
            Fact::Refund { of, .. }
            | Fact::StripeRefund { of, .. }
            | Fact::StripeTotal { of }
            | Fact::Dispute { of, .. } => of,
            Fact::Sale(_) | Fact::Lead(_) => return None,
        };
        (Name::Sale(of.sale) == sale.name && of.currency == sale.currency).then_some((event.at, event.fact, of))
    })
}

/// Without tax, never more than the sale: the brand's refunds, and of all that was paid the part which the gateway's
/// refunds and lost disputes make up.
pub(crate) fn given_back(sale: &Conversion, reported: &[Event]) -> i64 {
    let by_brand: i64 = of_sale(sale, reported)
        .filter(|(_, fact, _)| matches!(fact, Fact::Refund { .. }))
        .map(|(_, _, of)| of.cents)
        .sum();
    let lost = disputes(sale, reported).into_values().filter(|(_, state, _)| *state == DisputeState::Lost);
    let of_paid = refunded_by_gateway(sale, reported) + lost.map(|(_, _, cents)| cents).sum::<i64>();
    let of_paid = of_paid.clamp(0, sale.paid);
    let share = match sale.paid {
        0 => 0,
        paid => rounded(i128::from(sale.cents) * i128::from(of_paid), i128::from(paid)),
    };
    (by_brand + share).min(sale.cents)
}

/// Reported twice: refund by refund, and as the charge's total. A refund that failed doesn't count, whatever was reported
/// about it; of both sums the higher one does, so that a brand whose gateway sends only one of them loses nothing.
fn refunded_by_gateway(sale: &Conversion, reported: &[Event]) -> i64 {
    let (mut made, mut failed) = (BTreeMap::new(), BTreeMap::new());
    let mut total = 0;
    for (_, fact, of) in of_sale(sale, reported) {
        match fact {
            Fact::StripeRefund { refund, state: RefundState::Succeeded, .. } => drop(made.insert(refund, of.cents)),
            Fact::StripeRefund { refund, state: RefundState::Failed, .. } => drop(failed.insert(refund, of.cents)),
            Fact::StripeTotal { .. } => total = of.cents.max(total),
            _ => {}
        }
    }
    made.retain(|refund, _| !failed.contains_key(refund));
    let less = total - failed.values().sum::<i64>();
    made.values().sum::<i64>().max(less)
}

/// Each dispute's latest word: when, what, and of how much.
fn disputes(sale: &Conversion, reported: &[Event]) -> BTreeMap<u8, (i64, DisputeState, i64)> {
    let mut disputes: BTreeMap<u8, (i64, DisputeState, i64)> = BTreeMap::new();
    for (at, fact, of) in of_sale(sale, reported) {
        if let Fact::Dispute { dispute, state, .. } = fact {
            let word = (at, state, of.cents);
            let known = disputes.entry(dispute).or_insert(word);
            *known = if at >= known.0 { word } else { *known };
        }
    }
    disputes
}

/// While any dispute is open, what isn't paid is frozen.
pub(crate) fn is_disputed(sale: &Conversion, reported: &[Event]) -> bool {
    disputes(sale, reported).into_values().any(|(_, state, _)| state == DisputeState::Open)
}
