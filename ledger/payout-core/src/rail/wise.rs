//! The file format of Wise's batch payments: the "send by email" template, for recipients whose bank details only they
//! and Wise know.
//!
//! Columns: <https://wise.com/help/articles/2663302/how-do-i-fill-in-my-batch-template>; at most 1,000 transfers:
//! <https://wise.com/us/blog/everything-about-batch-payments>. The recipient has a week to claim the money, otherwise
//! it is returned: <https://wise.com/help/articles/2663296/whats-a-batch-payment-template>.

use shared::money::{Currency, Money};

use super::{Line, Unwritable, cell};

pub const ROWS_MAX: usize = 1_000;
pub const HEADING: [&str; 8] = [
    "name",
    "recipientEmail",
    "paymentReference",
    "receiverType",
    "amountCurrency",
    "amount",
    "sourceCurrency",
    "targetCurrency",
];
const NAME_MAX: usize = 140;
const EMAIL_MAX: usize = 254;
/// The maximum length of a payment reference depends on its route; US bank transfers (ACH) have the shortest.
pub const REFERENCE_MAX: usize = 10;

/// The reference of a payout on bank statements and in Wise's list of transfers: the random end of its id, 50 bits of
/// it.
pub fn reference(payout: &str) -> String {
    payout.get(payout.len().saturating_sub(REFERENCE_MAX)..).unwrap_or_default().to_ascii_uppercase()
}

pub fn heading() -> String {
    cell::line(HEADING)
}

/// Formats one payment as a line of the file. The recipient gets exactly the amount; the sender pays Wise's fee.
///
/// # Errors
/// [`Unwritable`]; such a payment has to be made manually.
pub fn line(payment: &Line<'_>, currency: Currency) -> Result<String, Unwritable> {
    let email = payment.recipient.trim();
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | ',');
    if !email.contains('@') || email.len() > EMAIL_MAX || email.contains(odd) || cell::is_formula(email) {
        return Err(Unwritable::Recipient);
    }
    let name = cell::plain(payment.name, NAME_MAX);
    if name.is_empty() {
        return Err(Unwritable::Name);
    }
    if payment.net <= 0 {
        return Err(Unwritable::Amount);
    }
    let receiver = if payment.is_company { "INSTITUTION" } else { "PERSON" };
    let (reference, code) = (reference(payment.payout), currency.code());
    let amount = Money::new(payment.net, currency).major();
    Ok(cell::line([&name, email, &reference, receiver, "target", &amount, code, code]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYMENT: Line<'static> = Line {
        payout: "po_01kdvdna00e5v8r2m6q1w9d3xk",
        recipient: "lauren@example.com",
        name: "Lauren Doe",
        is_company: false,
        net: 5_940,
    };

    #[test]
    fn as_wise_wants_it() {
        let eur = "EUR".parse().unwrap();
        assert_eq!(
            line(&PAYMENT, eur).unwrap(),
            "Lauren Doe,lauren@example.com,6Q1W9D3XK,PERSON,target,59.40,EUR,EUR\r\n"
                .replace("6Q1W9D3XK", "M6Q1W9D3XK")
        );
        assert!(line(&Line { is_company: true, ..PAYMENT }, eur).unwrap().contains(",INSTITUTION,"));
        assert_eq!(heading().matches(',').count(), line(&PAYMENT, eur).unwrap().matches(',').count());
    }

    #[test]
    fn no_name_is_a_formula_and_no_address_is_changed() {
        let usd = Currency::USD;
        assert!(line(&Line { name: "=SUM(A1)", ..PAYMENT }, usd).unwrap().starts_with("SUM(A1),"));
        assert_eq!(line(&Line { name: "=+-", ..PAYMENT }, usd), Err(Unwritable::Name));
        assert_eq!(line(&Line { recipient: "+lauren@example.com", ..PAYMENT }, usd), Err(Unwritable::Recipient));
        assert_eq!(line(&Line { recipient: "lauren", ..PAYMENT }, usd), Err(Unwritable::Recipient));
        assert_eq!(line(&Line { net: -1, ..PAYMENT }, usd), Err(Unwritable::Amount));
    }
}
