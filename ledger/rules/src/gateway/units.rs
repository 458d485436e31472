//! Converts minor units, from those of a gateway to those of [`Currency`].
//!
//! Each gateway has its own table. Stripe's is not ISO 4217: ISK and UGX no longer have decimals, but are still sent
//! with two, always 00 (docs.stripe.com/currencies, "Zero-decimal currencies" and "Special cases"). Paddle sends the
//! "lowest denomination" as in ISO 4217 (developer.paddle.com, "Data types"), and Dodo Payments the currency's smallest
//! unit, with fils for KWD as the example (its API reference, "Payment"); Creem calls its units cents and shows only
//! currencies with two decimals, so we take ISO 4217 there, too. Braintree (developer.paypal.com/braintree,
//! "Transaction: amount") and Shopify (shopify.dev, "Order") send decimal text.

use shared::{event::Gateway, money::Currency};

use super::malformed;
use crate::fact::Unreadable;

pub(super) fn currency(code: &str) -> Result<Currency, Unreadable> {
    code.parse().map_err(|error| Unreadable::new("unsupported_currency", format!("currency {error}")))
}

fn exponent(gateway: Gateway, currency: Currency) -> u32 {
    match gateway {
        Gateway::Stripe => payout_core::stripe::unit::exponent(currency),
        Gateway::Paddle | Gateway::Braintree | Gateway::Shopify | Gateway::Dodo | Gateway::Creem => currency.exponent(),
    }
}

/// Converts money that moved: not negative, and only if it converts exactly.
pub(super) fn exact(gateway: Gateway, currency: Currency, sent: i64) -> Result<i64, Unreadable> {
    let (whole, rest, _) = divided(gateway, currency, sent)?;
    if rest == 0 { Ok(whole) } else { Err(fractional(currency)) }
}

/// Converts a part of it, such as the amount without tax: to the nearest unit, since a part need not be a whole one.
pub(super) fn nearest(gateway: Gateway, currency: Currency, sent: i64) -> Result<i64, Unreadable> {
    let (whole, rest, unit) = divided(gateway, currency, sent)?;
    Ok(if rest * 2 >= unit && rest > 0 { whole.saturating_add(1) } else { whole })
}

/// Returns whole units of ours, the rest in the gateway's units, and how many of the gateway's units make one of ours.
fn divided(gateway: Gateway, currency: Currency, sent: i64) -> Result<(i64, i64, i64), Unreadable> {
    let sent = not_negative(sent)?;
    let (theirs, ours) = (exponent(gateway, currency), currency.exponent());
    let unit = 10_i64.pow(theirs.abs_diff(ours));
    if theirs >= ours {
        Ok((sent / unit, sent % unit, unit))
    } else {
        Ok((sent.checked_mul(unit).ok_or_else(out_of_range)?, 0, 1))
    }
}

/// Parses `49.99` into minor units. Decimals beyond the currency's must be zeros.
pub(super) fn decimal(currency: Currency, text: &str) -> Result<i64, Unreadable> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err(negative());
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(decimals) || text.ends_with('.') {
        return Err(malformed("an amount must be a number such as 49.99"));
    }
    let places = currency.exponent() as usize;
    let (kept, rest) = decimals.split_at(decimals.len().min(places));
    if rest.bytes().any(|digit| digit != b'0') {
        return Err(fractional(currency));
    }
    format!("{whole}{kept:0<places$}").parse().map_err(|_| out_of_range())
}

/// Parses `-49.99` into minor units, too.
pub(super) fn signed_decimal(currency: Currency, text: &str) -> Result<i64, Unreadable> {
    match text.trim().strip_prefix('-') {
        Some(positive) => decimal(currency, positive).map(|amount| -amount),
        None => decimal(currency, text),
    }
}

/// Parses `4999`: digits of the lowest unit and nothing else, except a sign.
pub(super) fn integer(text: &str) -> Result<i64, Unreadable> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed("an amount must be a whole number such as 4999"));
    }
    text.parse().map_err(|_| out_of_range())
}

/// Subtracts two amounts; the result must not be negative.
pub(super) fn less(amount: i64, part: i64) -> Result<i64, Unreadable> {
    amount.checked_sub(part).ok_or_else(out_of_range).and_then(not_negative)
}

pub(super) fn sum(parts: impl IntoIterator<Item = i64>) -> Result<i64, Unreadable> {
    parts.into_iter().try_fold(0_i64, i64::checked_add).ok_or_else(out_of_range)
}

/// Returns `amount * part / whole`, rounded down: never more than the exact share.
pub(super) fn share(amount: i64, part: i64, whole: i64) -> Result<i64, Unreadable> {
    let share = (i128::from(amount) * i128::from(part)).checked_div(i128::from(whole)).ok_or_else(out_of_range)?;
    i64::try_from(share).map_err(|_| out_of_range())
}

fn not_negative(amount: i64) -> Result<i64, Unreadable> {
    if amount < 0 { Err(negative()) } else { Ok(amount) }
}

fn negative() -> Unreadable {
    Unreadable::new("negative_amount", "the amount is negative, or less than its tax and shipping")
}

fn out_of_range() -> Unreadable {
    Unreadable::new("amount_out_of_range", "the amount is too large")
}

fn fractional(currency: Currency) -> Unreadable {
    Unreadable::new("fractional_amount", format!("the amount has more decimals than {currency} allows"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn stripe_counts_in_its_own_units() {
        for (code, sent, expected) in [
            ("USD", 4_999, Ok(4_999)),
            ("JPY", 4_999, Ok(4_999)),
            ("KWD", 4_990, Ok(4_990)),
            ("ISK", 500_000, Ok(5_000)),
            ("UGX", 100, Ok(1)),
            ("ISK", 500_050, Err("fractional_amount")),
            ("USD", -1, Err("negative_amount")),
        ] {
            let read = exact(Gateway::Stripe, of(code), sent).map_err(|error| error.code);
            assert_eq!(read, expected, "{code} {sent}");
        }
        assert_eq!(exact(Gateway::Paddle, of("JPY"), 1_000), Ok(1_000));
        for (sent, expected) in [(19_349, 193), (19_350, 194), (19_400, 194), (0, 0)] {
            assert_eq!(nearest(Gateway::Stripe, of("ISK"), sent), Ok(expected), "{sent}");
        }
    }

    #[test]
    fn decimals_become_minor_units() {
        for (code, text, expected) in [
            ("USD", "49.99", Ok(4_999)),
            ("USD", "250.0", Ok(25_000)),
            ("USD", " 7 ", Ok(700)),
            ("USD", "0.050", Ok(5)),
            ("JPY", "1000", Ok(1_000)),
            ("JPY", "1000.00", Ok(1_000)),
            ("KWD", "1.005", Ok(1_005)),
            ("USD", "49.999", Err("fractional_amount")),
            ("JPY", "10.5", Err("fractional_amount")),
            ("USD", "-1.00", Err("negative_amount")),
            ("USD", "92233720368547758.08", Err("amount_out_of_range")),
            ("USD", "", Err("malformed_event")),
            ("USD", ".5", Err("malformed_event")),
            ("USD", "5.", Err("malformed_event")),
            ("USD", "1e3", Err("malformed_event")),
            ("USD", "1,000.00", Err("malformed_event")),
            ("USD", "+1", Err("malformed_event")),
        ] {
            assert_eq!(decimal(of(code), text).map_err(|error| error.code), expected, "{code} {text}");
        }
    }

    #[test]
    fn a_signed_decimal_may_be_negative_once() {
        for (text, expected) in
            [("-49.99", Ok(-4_999)), ("5", Ok(500)), ("-0.00", Ok(0)), ("--1", Err("negative_amount"))]
        {
            assert_eq!(signed_decimal(of("USD"), text).map_err(|error| error.code), expected, "{text}");
        }
    }

    #[test]
    fn integers_are_strict() {
        assert_eq!((integer("4999"), integer("-5"), integer("007")), (Ok(4_999), Ok(-5), Ok(7)));
        for text in ["", "-", "+1", "1.0", " 1", "1e3", "0x1", "9223372036854775808"] {
            assert!(integer(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-+0-9.eE ]{0,30}|\\PC{0,10}") {
            for code in ["USD", "JPY", "KWD"] {
                let _ = decimal(of(code), &text);
            }
            let _ = integer(&text);
        }

        #[test]
        fn what_is_written_is_read(minor in 0..i64::MAX) {
            prop_assert_eq!(decimal(of("USD"), &format!("{}.{:02}", minor / 100, minor % 100)), Ok(minor));
            prop_assert_eq!(integer(&minor.to_string()), Ok(minor));
        }

        #[test]
        fn no_amount_panics(sent: i64, other: i64, whole: i64) {
            for code in ["USD", "ISK", "KWD", "JPY"] {
                let _ = (exact(Gateway::Stripe, of(code), sent), nearest(Gateway::Stripe, of(code), sent));
            }
            let _ = (less(sent, other), share(sent, other, whole), sum([sent, other]));
        }
    }
}
