//! Form 1099-NEC: who needs one for a calendar year, and the file for the person who files them.
//!
//! Payments are summed by taxpayer number and calendar year, by the day on which they were sent, including what was
//! withheld (Forms 1099-MISC and 1099-NEC, instructions: boxes 1 and 4, "Exceptions", and General Instructions, part on
//! backup withholding).

use std::collections::BTreeMap;

use shared::money::{Currency, Money};

use super::{address::Address, tin::UsTin};

/// What one affiliate was sent in a year, and the data of their form.
#[derive(Debug, Clone)]
pub struct Paid {
    /// The brand's id of the affiliate.
    pub account: String,
    pub email: String,
    /// The name on the form, or the affiliate's name without one.
    pub name: String,
    pub payee: Payee,
    /// In US cents, including what was withheld.
    pub gross: i64,
    /// In US cents.
    pub withheld: i64,
}

/// What the form says about the payee.
#[derive(Debug, Clone)]
pub enum Payee {
    /// A W-9.
    Us { tin: UsTin, business_name: Option<String>, corporation: bool, address: Option<Address> },
    /// A W-8.
    Foreign,
    /// No form, or an invalid one.
    Unknown,
}

/// A form to file.
#[derive(Debug, Clone)]
pub struct Nec {
    /// `None` if tax was withheld because no number is known.
    pub tin: Option<UsTin>,
    pub name: String,
    pub business_name: Option<String>,
    pub address: Option<Address>,
    pub emails: Vec<String>,
    pub accounts: Vec<String>,
    /// Box 1, in US cents.
    pub compensation: i64,
    /// Box 4, in US cents.
    pub withheld: i64,
}

/// Returns the forms to file: for payees of the United States that aren't corporations, at or above the threshold; and
/// for anyone with tax withheld, whatever their status.
pub fn due(paid: &[Paid], threshold: i64) -> Vec<Nec> {
    let mut by_payee: BTreeMap<String, (Nec, bool)> = BTreeMap::new();
    for one in paid {
        let (key, tin, business_name, address, exempt) = match &one.payee {
            Payee::Us { tin, business_name, corporation, address } => {
                (tin.digits().to_owned(), Some(tin.clone()), business_name.clone(), address.clone(), *corporation)
            }
            // No 1099-NEC is filed for them, unless tax was withheld.
            Payee::Foreign | Payee::Unknown => (format!("account {}", one.account), None, None, None, true),
        };
        let (sum, all_exempt) = by_payee.entry(key).or_insert_with(|| {
            let none = Nec {
                tin,
                name: one.name.clone(),
                business_name,
                address,
                emails: Vec::new(),
                accounts: Vec::new(),
                compensation: 0,
                withheld: 0,
            };
            (none, true)
        });
        sum.compensation = sum.compensation.saturating_add(one.gross);
        sum.withheld = sum.withheld.saturating_add(one.withheld);
        sum.accounts.push(one.account.clone());
        if !sum.emails.contains(&one.email) {
            sum.emails.push(one.email.clone());
        }
        *all_exempt &= exempt;
    }
    let needed = by_payee.into_values().filter(|(sum, exempt)| {
        sum.compensation > 0 && (sum.withheld > 0 || (!exempt && sum.compensation >= threshold))
    });
    // Tax of an earlier year that was refunded doesn't reduce this year's withholding below zero.
    needed.map(|(sum, _)| Nec { withheld: sum.withheld.max(0), ..sum }).collect()
}

pub const COLUMNS: [&str; 15] = [
    "Tax year",
    "Recipient TIN type",
    "Recipient TIN",
    "Recipient name",
    "Business name",
    "Address",
    "City",
    "State",
    "ZIP or postal code",
    "Country",
    "E-mail",
    "Account numbers",
    "Box 1 Nonemployee compensation",
    "Box 4 Federal income tax withheld",
    "Note",
];

/// The file for the accountant: one line per form. Amounts are in US dollars with two decimals.
pub fn table(year: i32, due: &[Nec]) -> Vec<Vec<String>> {
    let line = |nec: &Nec| {
        let address = |part: fn(&Address) -> &str| nec.address.as_ref().map_or("", part).to_owned();
        let note =
            if nec.tin.is_none() { "Tax withheld without a taxpayer number: file with an empty TIN" } else { "" };
        vec![
            year.to_string(),
            nec.tin.as_ref().map_or("", |tin| tin.kind.as_str()).to_owned(),
            nec.tin.as_ref().map_or_else(String::new, UsTin::written),
            nec.name.clone(),
            nec.business_name.clone().unwrap_or_default(),
            address(|address| &address.street),
            address(|address| &address.city),
            address(|address| &address.region),
            address(|address| &address.postal_code),
            address(|address| &address.country),
            nec.emails.join("; "),
            nec.accounts.join("; "),
            dollars(nec.compensation),
            dollars(nec.withheld),
            note.to_owned(),
        ]
    };
    due.iter().map(line).collect()
}

/// Formats cents as `1234.56`.
pub fn dollars(cents: i64) -> String {
    Money::new(cents, Currency::USD).major()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tax::tin::Kind;

    fn us(account: &str, tin: &str, corporation: bool, gross: i64, withheld: i64) -> Paid {
        let tin = UsTin::read(Kind::Ssn, tin).unwrap();
        let payee = Payee::Us { tin, business_name: None, corporation, address: None };
        Paid {
            account: account.to_owned(),
            email: format!("{account}@a.test"),
            name: account.to_owned(),
            payee,
            gross,
            withheld,
        }
    }

    fn other(account: &str, payee: Payee, gross: i64, withheld: i64) -> Paid {
        Paid { account: account.to_owned(), email: String::new(), name: account.to_owned(), payee, gross, withheld }
    }

    #[test]
    fn who_needs_one() {
        let paid = [
            us("below", "536-22-0001", false, 199_999, 0),
            us("at", "536-22-0002", false, 200_000, 0),
            us("corporation", "536-22-0003", true, 900_000, 0),
            us("withheld corporation", "536-22-0004", true, 1_000, 240),
            us("once", "536-22-0005", false, 150_000, 0),
            us("twice", "536-22-0005", false, 60_000, 0),
            other("abroad", Payee::Foreign, 900_000, 0),
            other("nobody knows", Payee::Unknown, 900_000, 0),
            other("withheld", Payee::Unknown, 10_000, 2_400),
            other("came back", Payee::Unknown, 0, 0),
        ];
        let due = due(&paid, 200_000);
        let names: Vec<(&str, i64, i64)> =
            due.iter().map(|nec| (nec.name.as_str(), nec.compensation, nec.withheld)).collect();
        assert_eq!(
            names,
            [
                ("at", 200_000, 0),
                ("withheld corporation", 1_000, 240),
                ("once", 210_000, 0),
                ("withheld", 10_000, 2_400)
            ]
        );
        let lines = table(2026, &due);
        assert!(lines.iter().all(|line| line.len() == COLUMNS.len()));
        assert_eq!(lines[2][2..4], ["536-22-0005", "once"]);
        assert_eq!(lines[2][11..14], ["once; twice", "2100.00", "0.00"]);
        assert_eq!(lines[3][12..14], ["100.00", "24.00"]);
    }
}
