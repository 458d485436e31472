//! Whether the brand's Stripe balance covers what is to be paid, and how to top it up. Pure.
//!
//! Source: <https://docs.stripe.com/connect/top-ups> (Add to balance),
//! <https://docs.stripe.com/testing#available-balance>.

use payout_core::stripe::balance::Balance;
use shared::money::{Currency, Money};

use rules::format::money;

/// A currency with too little money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    pub currency: Currency,
    /// In minor units, like all amounts here.
    pub needed: i64,
    /// The amount that can be sent now. Less than 0 if Stripe is owed something.
    pub available: i64,
    /// On its way into the balance.
    pub pending: i64,
    pub missing: i64,
    /// What to do about it, in full sentences.
    pub hint: String,
}

/// Returns what is missing, by currency. For an unknown balance nothing is reported as missing, since a guess could
/// alarm people for no reason.
pub fn short(balance: Option<&Balance>, livemode: bool, needed: &[(Currency, i64)]) -> Vec<Short> {
    let Some(balance) = balance else { return Vec::new() };
    let lacking = needed.iter().filter_map(|&(currency, needed)| {
        let (available, pending) = (balance.available(currency).minor, balance.pending(currency).minor);
        let missing = balance.missing(Money::new(needed, currency)).minor;
        (needed > 0 && missing > 0).then(|| Short {
            currency,
            needed,
            available,
            pending,
            missing,
            hint: hint(currency, missing, pending, livemode),
        })
    });
    lacking.collect()
}

fn hint(currency: Currency, missing: i64, pending: i64, livemode: bool) -> String {
    let amount = money(missing, currency.code());
    let code = currency.code();
    let how = if livemode {
        format!(
            "In Stripe, open Balances, choose Add to balance, pick {code} and add at least {amount}. Bank transfers \
             take a few business days. To keep Stripe from paying the money out to your bank in the meantime, set the \
             payout schedule under Settings, Business, Payouts to manual, or keep a minimum balance."
        )
    } else {
        format!(
            "In Stripe\u{2019}s test mode, make a payment of {amount} or more in {code} with the card 4000 0000 0000 \
             0077. The funds are available immediately."
        )
    };
    let coming = match pending {
        pending if pending >= missing => {
            format!(" {} is on its way to your balance, which will be enough.", money(pending, code))
        }
        pending if pending > 0 => format!(" {} is on its way to your balance.", money(pending, code)),
        _ => String::new(),
    };
    format!(
        "You\u{2019}re {amount} short. {how}{coming} Waiting payouts are sent automatically once the money is there."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(available: &[(&str, i64)], pending: &[(&str, i64)]) -> Balance {
        let list = |pairs: &[(&str, i64)]| pairs.iter().map(|(code, sum)| (code.parse().unwrap(), *sum)).collect();
        Balance { available: list(available), pending: list(pending) }
    }

    #[test]
    fn what_lacks_is_said_to_the_cent() {
        let (usd, eur): (Currency, Currency) = ("USD".parse().unwrap(), "EUR".parse().unwrap());
        let balance = balance(&[("USD", 80_000)], &[("EUR", 60_000)]);
        assert_eq!(short(Some(&balance), true, &[(usd, 80_000)]), [], "just enough");
        let short = short(Some(&balance), true, &[(usd, 120_050), (eur, 50_000)]);
        assert_eq!((short[0].missing, short[0].available, short[0].pending), (40_050, 80_000, 0));
        assert!(short[0].hint.starts_with("You\u{2019}re $400.50 short.") && short[0].hint.contains("Add to balance"));
        assert_eq!((short[1].missing, short[1].available), (50_000, 0), "a currency that Stripe doesn\u{2019}t list");
        assert!(short[1].hint.contains("which will be enough"), "{}", short[1].hint);
    }

    #[test]
    fn a_debt_is_missing_too_and_a_guess_frightens_nobody() {
        let usd: Currency = "USD".parse().unwrap();
        let debt = balance(&[("USD", -500)], &[]);
        assert_eq!(short(Some(&debt), false, &[(usd, 100)])[0].missing, 600);
        assert!(short(Some(&debt), false, &[(usd, 100)])[0].hint.contains("4000 0000 0000 0077"));
        assert_eq!(short(Some(&debt), true, &[(usd, 0)]), [], "nothing is to be paid");
        assert_eq!(short(None, true, &[(usd, 100)]), []);
    }
}
