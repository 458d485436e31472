//! One subscription over a year, on which every plan is tested: twelve renewals, an upgrade with its proration invoice,
//! a downgrade, a partial refund and a chargeback.

use super::*;

/// | date          | invoice | because                                              |
/// | ------------- | ------- | ---------------------------------------------------- |
/// | 15 Jan        |   49.00 | first payment                                        |
/// | 15 Feb–15 Jun |   49.00 | five renewals                                        |
/// | 1 Jul         |   23.33 | upgrade to 99.00: the rest of the month, prorated    |
/// | 15 Jul        |   99.00 | renewal                                              |
/// | 15 Aug        |   99.00 | renewal; 9.90 refunded later                         |
/// | 15 Sep        |   99.00 | renewal                                              |
/// | 15 Oct        |   29.00 | downgrade: from now on 29.00                         |
/// | 15 Nov        |   29.00 | renewal; charged back: all of it lost                |
/// | 15 Dec        |   29.00 | renewal                                              |
pub(super) fn year(version: &PlanVersion) -> Vec<Deal> {
    let invoices = [
        ("2026-01-15", 4_900, 0),
        ("2026-02-15", 4_900, 0),
        ("2026-03-15", 4_900, 0),
        ("2026-04-15", 4_900, 0),
        ("2026-05-15", 4_900, 0),
        ("2026-06-15", 4_900, 0),
        ("2026-07-01", 2_333, 0),
        ("2026-07-15", 9_900, 0),
        ("2026-08-15", 9_900, 990),
        ("2026-09-15", 9_900, 0),
        ("2026-10-15", 2_900, 0),
        ("2026-11-15", 2_900, 2_900),
        ("2026-12-15", 2_900, 0),
    ];
    let deal = |(sequence, (date, amount, refunded)): (u32, (&str, i64, i64))| Deal {
        kind: if sequence == 1 { Kind::Sale } else { Kind::Recurring },
        sequence,
        bound_at: day("2026-01-15"),
        refunded,
        ..Deal::new(version, u64::from(sequence), date, usd(amount))
    };
    (1..).zip(invoices).map(deal).collect()
}

/// The next year's renewals at 29.00.
pub(super) fn second_year(version: &PlanVersion) -> Vec<Deal> {
    let deal = |month: u32| Deal {
        kind: Kind::Recurring,
        sequence: 13 + month,
        bound_at: day("2026-01-15"),
        ..Deal::new(version, u64::from(13 + month), &format!("2027-{month:02}-15"), usd(2_900))
    };
    (1..=12).map(deal).collect()
}
