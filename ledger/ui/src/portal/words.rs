//! Describes a commission's status to the affiliate who earned it. Pure.

use shared::timestamp::Timestamp;

use super::sales_store::Earning;
use kit::{page::zone::Zone, text::Texts};
use payouts::receipt::words::earned_by_key;
use rules::commission::Held;

/// The status as a label, its CSS class, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusText {
    pub word: String,
    pub tone: &'static str,
    pub why: String,
}

const DAY_MILLIS: i64 = 86_400_000;

pub fn message(t: Texts, row: &Earning, zone: &Zone, now: Timestamp) -> StatusText {
    let (word, tone, why) = match row.status.as_str() {
        "Pending" => return of(t, row, ("portal-sales-on-hold", "wait"), pending(t, row, zone, now)),
        "Approved" if row.amount < 0 => ("portal-sales-deducted", "wait", "portal-sales-deducted-next"),
        "Paid" if row.amount < 0 => ("portal-sales-deducted", "good", "portal-sales-deducted-paid"),
        "Approved" if row.reserved > 0 => ("portal-sales-on-its-way", "good", "portal-sales-on-its-way-why"),
        "Approved" => ("portal-sales-payable", "good", "portal-sales-payable-why"),
        "Paid" if row.left => ("portal-sales-left", "off", "portal-sales-left-why"),
        "Paid" => ("portal-sales-paid", "good", "portal-sales-paid-why"),
        "Refunded" if is_of_a_sale(row) => ("portal-sales-refunded", "bad", "portal-sales-refunded-sale"),
        "Refunded" => ("portal-sales-refunded", "bad", "portal-sales-reversed"),
        _ if is_of_a_sale(row) => ("portal-sales-not-credited", "bad", "portal-sales-denied-sale"),
        _ => ("portal-sales-not-credited", "bad", "portal-sales-denied"),
    };
    of(t, row, (word, tone), t.say(why).to_string())
}

fn of(t: Texts, row: &Earning, (word, tone): (&'static str, &'static str), why: String) -> StatusText {
    let too_much = row.paid > row.amount && row.amount >= 0 && row.paid > 0;
    let why = if too_much { t.say("portal-sales-overpaid").with("why", why).to_string() } else { why };
    StatusText { word: t.say(word).to_string(), tone, why }
}

fn is_of_a_sale(row: &Earning) -> bool {
    row.kind == "Conversion"
}

fn pending(t: Texts, row: &Earning, zone: &Zone, now: Timestamp) -> String {
    let key = match row.held {
        Some(Held::Review) if is_of_a_sale(row) => "portal-sales-review-sale",
        Some(Held::Review) => "portal-sales-review",
        Some(Held::FirstSale) => "portal-sales-review-first",
        Some(Held::Dispute) => "portal-sales-disputed",
        None if row.hold_until <= now => "portal-sales-hold-over",
        None => return held(t, row, zone),
    };
    t.say(key).to_string()
}

fn held(t: Texts, row: &Earning, zone: &Zone) -> String {
    let until = zone.date_in(t, row.hold_until);
    let days = (row.hold_until.millis() - row.at.millis() + DAY_MILLIS / 2) / DAY_MILLIS;
    let text = if is_of_a_sale(row) && days > 0 {
        t.say("portal-sales-held-days").with("days", days)
    } else {
        t.say("portal-sales-held-until")
    };
    text.with("until", until).to_string()
}

/// Since when a commission has its status, or until when it is on hold.
pub fn status_day(t: Texts, row: &Earning, zone: &Zone) -> Option<String> {
    let key = match row.status.as_str() {
        "Pending" => "portal-sales-payable-on",
        "Approved" => "portal-sales-since",
        _ => "portal-sales-paid-on",
    };
    row.status_at().map(|at| t.say(key).with("day", zone.date_in(t, at)).to_string())
}

/// What earned the commission.
pub fn kind(t: Texts, row: &Earning) -> String {
    let kind = t.say(earned_by_key(&row.kind, row.sold.as_deref())).to_string();
    if row.imported { t.say("portal-sales-imported").with("kind", kind).to_string() } else { kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Texts = Texts::new(kit::text::Language::En);

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
        let held = message(EN, &earning("Pending"), &Zone::utc(), now);
        assert_eq!(held.why, "On hold until 20 Dec 2026, 30 days after the sale, in case of a refund.");
        assert_eq!((held.word.as_str(), held.tone), ("On hold", "wait"));
        for (cause, why) in [
            (Held::Review, "The brand is reviewing this sale."),
            (Held::FirstSale, "The brand is reviewing the customer\u{2019}s first sale."),
            (Held::Dispute, "The customer disputed the payment. On hold until that\u{2019}s decided."),
        ] {
            let waiting = Earning { held: Some(cause), ..earning("Pending") };
            assert_eq!(message(EN, &waiting, &Zone::utc(), now).why, why);
        }
        let over = message(EN, &earning("Pending"), &Zone::utc(), at("2027-01-01T00:00:00Z"));
        assert!(over.why.contains("within a minute"));
    }

    #[test]
    fn a_status_has_its_day() {
        let (sent, approved) = (Some(at("2027-01-05T08:00:00Z")), Some(at("2026-12-20T09:00:00Z")));
        let day = |status| status_day(EN, &Earning { sent, approved, ..earning(status) }, &Zone::utc());
        assert_eq!(day("Pending").as_deref(), Some("payable 20 Dec 2026"));
        assert_eq!(
            (day("Approved").as_deref(), day("Paid").as_deref()),
            (Some("since 20 Dec 2026"), Some("on 5 Jan 2027"))
        );
        let held = Earning { held: Some(Held::Review), ..earning("Pending") };
        assert_eq!((day("Refunded"), status_day(EN, &held, &Zone::utc())), (None, None));
    }

    #[test]
    fn what_is_of_no_sale_speaks_of_none() {
        let now = at("2026-11-21T00:00:00Z");
        let clicks = Earning { kind: "Click".to_owned(), sold: None, ..earning("Pending") };
        assert_eq!(message(EN, &clicks, &Zone::utc(), now).why, "On hold until 20 Dec 2026.");
        let taken = Earning { kind: "Adjustment".to_owned(), amount: -500, earned: -500, ..earning("Approved") };
        let message_of = message(EN, &taken, &Zone::utc(), now);
        assert_eq!(
            (message_of.word.as_str(), message_of.why.as_str()),
            ("Deducted", "Deducted from your next payout.")
        );
    }

    #[test]
    fn what_was_paid_too_much_is_said() {
        let back = Earning { amount: 0, paid: 500, ..earning("Refunded") };
        assert!(message(EN, &back, &Zone::utc(), at("2026-11-21T00:00:00Z")).why.contains("next payout"));
        let paid = Earning { paid: 500, amount: 500, ..earning("Paid") };
        assert!(!message(EN, &paid, &Zone::utc(), at("2026-11-21T00:00:00Z")).why.contains("overpaid"));
    }

    #[test]
    fn what_another_platform_has_to_pay_is_not_paid() {
        let left = Earning { left: true, ..earning("Paid") };
        let message_of = message(EN, &left, &Zone::utc(), at("2026-11-21T00:00:00Z"));
        assert_eq!((message_of.word.as_str(), message_of.tone), ("Settled elsewhere", "off"));
        assert_eq!(status_day(EN, &left, &Zone::utc()), None);
    }

    #[test]
    fn kinds_are_those_that_affiliates_know() {
        for (kind_of, sold, word) in [
            ("Conversion", Some("Recurring"), "Renewal"),
            ("Conversion", Some("Lead"), "Lead"),
            ("Bonus", None, "Bonus"),
        ] {
            let row = Earning { kind: kind_of.to_owned(), sold: sold.map(str::to_owned), ..earning("Paid") };
            assert_eq!(kind(EN, &row), word);
        }
        assert_eq!(kind(EN, &Earning { imported: true, ..earning("Paid") }), "Sale, imported");
    }
}
