//! Describes a discount in everyday words: `20% off the first payment`.

use kit::text::Texts;
use rules::coupon::discount::{Duration, Off, Terms};

/// Describes the terms, without a full stop.
pub fn of(t: Texts, terms: Terms) -> String {
    let off = match terms.off {
        Off::Share(_) => t.percentage(&terms.off.percent().unwrap_or_default()),
        Off::Amount(amount) => t.short_money(amount.minor, amount.currency.code()),
    };
    let text = match terms.duration {
        Duration::Once => t.say("common-discount-once"),
        Duration::Months(months) => t.say("common-discount-months").with("months", i64::from(months)),
        Duration::Forever => t.say("common-discount-forever"),
    };
    text.with("off", off).to_string()
}

#[cfg(test)]
mod tests {
    use shared::money::{Currency, Money};

    use super::*;

    #[test]
    fn terms_read_like_a_sentence() {
        let of = |off, duration| of(Texts::default(), Terms { off, duration });
        assert_eq!(of(Off::Share(2_000), Duration::Once), "20% off the first payment");
        assert_eq!(of(Off::Share(1_250), Duration::Months(3)), "12.5% off for the first 3 months");
        let five = Off::Amount(Money::new(500, Currency::USD));
        assert_eq!(of(five, Duration::Forever), "$5 off every payment");
    }
}
