//! The file format of PayPal's Payouts Web, and the currencies that it pays.
//!
//! No heading; recipient, amount, currency, customer id, note, wallet; at most 5,000 payments in one currency:
//! <https://developer.paypal.com/payouts/use-payouts/send-money/use-web-ui> (2026-09-10). A recipient has at most 127
//! characters: <https://developer.paypal.com/api/payments.payouts-batch/v1/definitions/payout_item_request>.

use shared::money::{Currency, Money};

use super::{Line, Unwritable, cell};

pub const ROWS_MAX: usize = 5_000;
/// "Unique recipient identifier. No spaces. Maximum length: 30 characters." It comes back in PayPal's reports.
const ID_MAX: usize = 30;
const NOTE_MAX: usize = 400;
const RECIPIENT_MAX: usize = 127;
/// <https://developer.paypal.com/reports/reference/supported-currencies>.
const CURRENCIES: &str =
    "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD";
/// "This currency does not support decimals. Decimal amounts will throw an error."
/// <https://developer.paypal.com/docs/archive/mass-pay/integration-guide/currency-codes/>.
const WHOLE_ONLY: &str = "HUF JPY TWD";

pub fn pays(currency: Currency) -> bool {
    CURRENCIES.split(' ').any(|code| code == currency.code())
}

pub(super) fn is_whole_only(currency: Currency) -> bool {
    WHOLE_ONLY.split(' ').any(|code| code == currency.code())
}

/// Formats one payment as a line of the file. The note tells the recipient who sent the money.
///
/// # Errors
/// [`Unwritable`]; such a payment has to be made manually.
pub fn line(payment: &Line<'_>, currency: Currency, brand: &str) -> Result<String, Unwritable> {
    let recipient = payment.recipient.trim();
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | ',');
    if recipient.is_empty() || recipient.len() > RECIPIENT_MAX || recipient.contains(odd) || cell::is_formula(recipient)
    {
        return Err(Unwritable::Recipient);
    }
    if !pays(currency) {
        return Err(Unwritable::Currency);
    }
    let whole = 10_i64.pow(currency.exponent());
    if payment.net <= 0 || (is_whole_only(currency) && payment.net % whole != 0) || payment.payout.len() > ID_MAX {
        return Err(Unwritable::Amount);
    }
    let net = Money::new(payment.net, currency);
    let amount = if is_whole_only(currency) { (payment.net / whole).to_string() } else { net.major() };
    let note = cell::plain(&format!("Affiliate commission from {brand}"), NOTE_MAX);
    Ok(cell::line([recipient, &amount, currency.code(), payment.payout, &note, "PAYPAL"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYMENT: Line<'static> = Line {
        payout: "po_01kdvdna00e5v8r2m6q1w9d3xk",
        recipient: "lauren@example.com",
        name: "Lauren",
        is_company: false,
        net: 5_940,
    };

    fn written(payment: &Line<'_>, currency: &str) -> Result<String, Unwritable> {
        line(payment, currency.parse().unwrap(), "Acme, Inc.")
    }

    #[test]
    fn as_paypal_wants_it() {
        assert_eq!(
            written(&PAYMENT, "USD").unwrap(),
            "lauren@example.com,59.40,USD,po_01kdvdna00e5v8r2m6q1w9d3xk,\"Affiliate commission from Acme, Inc.\",PAYPAL\r\n"
        );
        assert!(PAYMENT.payout.len() <= ID_MAX);
        assert!(written(&Line { net: 5_900, ..PAYMENT }, "HUF").unwrap().contains(",59,HUF,"));
        assert!(written(&Line { net: 59, ..PAYMENT }, "JPY").unwrap().contains(",59,JPY,"));
    }

    #[test]
    fn what_paypal_would_refuse_or_misread_is_not_written() {
        assert_eq!(written(&PAYMENT, "HUF"), Err(Unwritable::Amount));
        assert_eq!(written(&PAYMENT, "RON"), Err(Unwritable::Currency));
        assert_eq!(written(&Line { net: 0, ..PAYMENT }, "USD"), Err(Unwritable::Amount));
        for recipient in
            ["", "=cmd|'/C calc'!A0", "+x@example.com", "a@b.test,9999,USD", "a b@c.test", "a@b.test\r\nc@d.test"]
        {
            assert_eq!(written(&Line { recipient, ..PAYMENT }, "USD"), Err(Unwritable::Recipient), "{recipient}");
        }
    }
}
