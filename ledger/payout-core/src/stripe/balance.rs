//! The brand's Stripe balance, by currency.
//!
//! Source: <https://docs.stripe.com/api/balance/balance_object>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::money::{Currency, Money};

use super::{Answer, Call, StripeError, unit};

/// Amounts in our minor units, by currency. Unknown currencies are left out, as nothing is paid in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What transfers can use now.
    pub available: BTreeMap<Currency, i64>,
    /// What becomes available within days.
    pub pending: BTreeMap<Currency, i64>,
}

impl Balance {
    pub fn available(&self, currency: Currency) -> Money {
        Money::new(self.available.get(&currency).copied().unwrap_or(0), currency)
    }

    pub fn pending(&self, currency: Currency) -> Money {
        Money::new(self.pending.get(&currency).copied().unwrap_or(0), currency)
    }

    /// How much is missing for an amount; zero if it is covered.
    pub fn missing(&self, sum: Money) -> Money {
        let missing = sum.minor.saturating_sub(self.available(sum.currency).minor);
        Money::new(missing.max(0), sum.currency)
    }
}

pub fn retrieve() -> Call {
    Call::get("/v1/balance")
}

pub fn read(answer: &Answer) -> Result<Balance, StripeError> {
    #[derive(Deserialize)]
    struct Body {
        available: Vec<Part>,
        pending: Vec<Part>,
    }
    #[derive(Deserialize)]
    struct Part {
        amount: i64,
        currency: String,
    }
    let sum = |parts: Vec<Part>| {
        let mut sums = BTreeMap::new();
        for part in parts {
            let Ok(currency) = part.currency.parse::<Currency>() else { continue };
            let sum: &mut i64 = sums.entry(currency).or_default();
            *sum = sum.saturating_add(unit::from_stripe(currency, part.amount).minor);
        }
        sums
    };
    let body: Body = answer.read()?;
    Ok(Balance { available: sum(body.available), pending: sum(body.pending) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on stops where it is")]

    use super::*;

    #[test]
    fn a_balance_in_our_units() {
        let body = br#"{"object": "balance", "livemode": false,
            "available": [{"amount": 150000, "currency": "isk", "source_types": {"card": 150000}},
                {"amount": -200, "currency": "usd"}, {"amount": 7, "currency": "xxx"}],
            "pending": [{"amount": 990, "currency": "usd"}], "connect_reserved": [{"amount": 0, "currency": "usd"}]}"#;
        let balance = read(&Answer { status: 200, body: body.to_vec(), ..Answer::default() }).unwrap();
        let isk: Currency = "ISK".parse().unwrap();
        assert_eq!(balance.available(isk).minor, 1_500);
        assert_eq!(balance.missing(Money::new(2_000, isk)).minor, 500);
        assert_eq!(balance.missing(Money::new(100, isk)).minor, 0);
        assert_eq!(balance.missing(Money::new(100, Currency::USD)).minor, 300);
        let kept = serde_json::to_value(&balance).unwrap();
        assert_eq!(kept, serde_json::json!({"available": {"ISK": 1500, "USD": -200}, "pending": {"USD": 990}}));
        assert_eq!(serde_json::from_value::<Balance>(kept).unwrap(), balance);
    }
}
