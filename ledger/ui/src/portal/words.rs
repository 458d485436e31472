//! Describes a commission's status to the affiliate who earned it. Pure.

use shared::timestamp::Timestamp;

use super::sales_store::Earning;
use kit::page::zone::Zone;

/// The status as a label, its CSS class, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusText {
    pub word: &'static str,
    pub tone: &'static str,
    pub why: String,
}

const DAY_MILLIS: i64 = 86_400_000;

pub fn message(row: &Earning, zone: &Zone, now: Timestamp) -> StatusText {
    let (word, tone, why) = match row.status.as_str() {
        "Pending" => ("On hold", "wait", pending(row, zone, now)),
        "Approved" if row.amount < 0 => ("Deducted", "wait", "Deducted from your next payout.".to_owned()),
        "Paid" if row.amount < 0 => ("Deducted", "good", "Deducted from a payout.".to_owned()),
        "Approved" if row.reserved > 0 => ("On its way", "good", "Included in a payout that’s on its way.".to_owned()),
        "Approved" => ("Payable", "good", "Included in your next payout.".to_owned()),
        "Paid" => ("Paid", "good", "Paid out to you.".to_owned()),
        "Refunded" => ("Refunded", "bad", given_back(row).to_owned()),
        _ if !is_of_a_sale(row) => ("Not credited", "bad", "The brand denied it.".to_owned()),
        _ => ("Not credited", "bad", "The brand denied it or credited someone else.".to_owned()),
    };
    let too_much = row.paid > row.amount && row.amount >= 0 && row.paid > 0;
    let why = if too_much { format!("{why} The overpaid amount will be deducted from your next payout.") } else { why };
    StatusText { word, tone, why }
}

fn is_of_a_sale(row: &Earning) -> bool {
    row.kind == "Conversion"
}

fn given_back(row: &Earning) -> &'static str {
    if is_of_a_sale(row) { "The customer got a refund, so there’s no commission." } else { "It was reversed." }
}

fn pending(row: &Earning, zone: &Zone, now: Timestamp) -> String {
    match row.held.as_deref() {
        Some("Review") if is_of_a_sale(row) => {
            return "The brand is reviewing this sale.".to_owned();
        }
        Some("Review") => return "The brand is reviewing it.".to_owned(),
        Some(_) => return "The customer disputed the payment. On hold until that’s decided.".to_owned(),
        None => {}
    }
    if row.hold_until <= now {
        return "The hold is over. It will be payable within a minute.".to_owned();
    }
    let until = zone.date(row.hold_until);
    if !is_of_a_sale(row) {
        return format!("On hold until {until}.");
    }
    match (row.hold_until.millis() - row.at.millis() + DAY_MILLIS / 2) / DAY_MILLIS {
        1 => format!("On hold until {until}, 1 day after the sale, in case of a refund."),
        days @ 2.. => format!("On hold until {until}, {days} days after the sale, in case of a refund."),
        _ => format!("On hold until {until}."),
    }
}

/// What earned the commission.
pub fn kind(row: &Earning) -> &'static str {
    match (row.kind.as_str(), row.sold.as_deref()) {
        ("Click", _) => "Daily clicks",
        ("Bonus", _) => "Bonus",
        ("Adjustment", _) => "Adjustment",
        (_, Some("Recurring")) => "Renewal",
        (_, Some("Lead")) => "Lead",
        _ => "Sale",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn earning(status: &str) -> Earning {
        Earning {
            status: status.to_owned(),
            at: at("2026-11-20T08:30:00Z"),
            hold_until: at("2026-12-20T08:30:00Z"),
            ..Earning::example()
        }
    }

    #[test]
    fn a_hold_says_until_when_and_why() {
        let now = at("2026-11-21T00:00:00Z");
        let held = message(&earning("Pending"), &Zone::utc(), now);
        assert_eq!(held.why, "On hold until 20 Dec 2026, 30 days after the sale, in case of a refund.");
        assert_eq!((held.word, held.tone), ("On hold", "wait"));
        let reviewed = Earning { held: Some("Review".to_owned()), ..earning("Pending") };
        assert!(message(&reviewed, &Zone::utc(), now).why.contains("reviewing this sale"));
        let over = message(&earning("Pending"), &Zone::utc(), at("2027-01-01T00:00:00Z"));
        assert!(over.why.contains("within a minute"));
    }

    #[test]
    fn what_is_of_no_sale_speaks_of_none() {
        let now = at("2026-11-21T00:00:00Z");
        let clicks = Earning { kind: "Click".to_owned(), sold: None, ..earning("Pending") };
        assert_eq!(message(&clicks, &Zone::utc(), now).why, "On hold until 20 Dec 2026.");
        let taken = Earning { kind: "Adjustment".to_owned(), amount: -500, earned: -500, ..earning("Approved") };
        let message_of = message(&taken, &Zone::utc(), now);
        assert_eq!((message_of.word, message_of.why.as_str()), ("Deducted", "Deducted from your next payout."));
    }

    #[test]
    fn what_was_paid_too_much_is_said() {
        let back = Earning { amount: 0, paid: 500, ..earning("Refunded") };
        assert!(message(&back, &Zone::utc(), at("2026-11-21T00:00:00Z")).why.contains("next payout"));
        let paid = Earning { paid: 500, amount: 500, ..earning("Paid") };
        assert!(!message(&paid, &Zone::utc(), at("2026-11-21T00:00:00Z")).why.contains("overpaid"));
    }

    #[test]
    fn kinds_are_those_that_affiliates_know() {
        for (kind_of, sold, word) in [
            ("Conversion", Some("Recurring"), "Renewal"),
            ("Conversion", Some("Lead"), "Lead"),
            ("Bonus", None, "Bonus"),
        ] {
            let row = Earning { kind: kind_of.to_owned(), sold: sold.map(str::to_owned), ..earning("Paid") };
            assert_eq!(kind(&row), word);
        }
    }
}
