//! The remittance file of a run for the brand's accountant: one line per payout.

use shared::money::{Currency, Money};

use super::{Rail, cell};

const HEADING: [&str; 16] = [
    "payoutId",
    "affiliateId",
    "name",
    "email",
    "currency",
    "gross",
    "withheld",
    "net",
    "returned",
    "rail",
    "status",
    "transfer",
    "reference",
    "sentAt",
    "programs",
    "note",
];

#[derive(Debug, Clone)]
pub struct Remittance {
    pub payout: String,
    pub affiliate: String,
    pub name: String,
    pub email: String,
    pub gross: i64,
    pub withheld: i64,
    /// The returned part of the gross amount, after a reversal.
    pub returned: i64,
    pub rail: Rail,
    pub status: String,
    /// `tr_…`, or the other rail's id of the payment.
    pub transfer: Option<String>,
    pub reference: Option<String>,
    /// RFC 3339.
    pub sent_at: Option<String>,
    /// The amount paid for each program, in minor units.
    pub programs: Vec<(String, i64)>,
    /// The reason for the status.
    pub reason: Option<String>,
}

pub fn heading() -> String {
    cell::line(HEADING)
}

pub fn line(one: &Remittance, currency: Currency) -> String {
    let amount = |minor| Money::new(minor, currency).major();
    let programs: Vec<String> =
        one.programs.iter().map(|(name, minor)| format!("{name}: {}", amount(*minor))).collect();
    let cells = [
        one.payout.clone(),
        one.affiliate.clone(),
        cell::shown(&one.name),
        cell::shown(&one.email),
        currency.code().to_owned(),
        amount(one.gross),
        amount(one.withheld),
        amount(one.gross.saturating_sub(one.withheld)),
        amount(one.returned),
        one.rail.as_str().to_owned(),
        one.status.clone(),
        cell::shown(one.transfer.as_deref().unwrap_or_default()),
        cell::shown(one.reference.as_deref().unwrap_or_default()),
        one.sent_at.clone().unwrap_or_default(),
        cell::shown(&programs.join("; ")),
        cell::shown(one.reason.as_deref().unwrap_or_default()),
    ];
    cell::line(cells.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_under_its_heading() {
        let one = Remittance {
            payout: "po_01kdvdna00e5v8r2m6q1w9d3xk".to_owned(),
            affiliate: "aff_01kdvdna00fec9rpb7dk6gd3hy".to_owned(),
            name: "=HYPERLINK(\"http://evil.test\")".to_owned(),
            email: "lauren@example.com".to_owned(),
            gross: 10_000,
            withheld: 2_400,
            returned: 0,
            rail: Rail::Stripe,
            status: "Sent".to_owned(),
            transfer: Some("tr_1".to_owned()),
            reference: None,
            sent_at: Some("2026-12-01T09:00:00Z".to_owned()),
            programs: vec![("Partners".to_owned(), 12_000), ("Launch".to_owned(), -2_000)],
            reason: None,
        };
        let text = heading() + &line(&one, Currency::USD);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headings = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let cell = |name: &str| &row[headings.iter().position(|heading| heading == name).unwrap()];
        assert_eq!((cell("gross"), cell("withheld"), cell("net")), ("100.00", "24.00", "76.00"));
        assert_eq!(cell("programs"), "Partners: 120.00; Launch: -20.00");
        assert!(cell("name").starts_with("'="));
    }
}
