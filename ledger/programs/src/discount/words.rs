//! Describes a discount in everyday words: `20% off the first payment`.

use kit::{page::zone::Zone, text::Texts};
use rules::coupon::discount::{Duration, Off, Terms};

/// Describes the terms, without a full stop. Days are those of `zone`.
pub fn of(t: Texts, terms: Terms, zone: &Zone) -> String {
    let off = match terms.off {
        Off::Share(_) => t.percentage(&terms.off.percent().unwrap_or_default()),
        Off::Amount(amount) => t.short_money(amount.minor, amount.currency.code()),
    };
    let text = match terms.duration {
        Duration::Once => t.say("common-discount-once"),
        Duration::Months(months) => t.say("common-discount-months").with("months", i64::from(months)),
        Duration::Forever => t.say("common-discount-forever"),
    };
    let mut text = text.with("off", off);
    if let Some(end) = terms.limits.ends_at {
        // The last day on which customers can use a code.
        text = t.say("common-discount-until").with("discount", text).with("day", zone.date_in(t, end.plus_millis(-1)));
    }
    if let Some(uses) = terms.limits.per_code {
        let shown = t.count(uses.unsigned_abs().into());
        text = t.say("common-discount-uses").with("discount", text).with("uses", uses).with("shown", shown);
    }
    text.to_string()
}

#[cfg(test)]
mod tests {
    use shared::{
        money::{Currency, Money},
        timestamp::Timestamp,
    };

    use super::*;
    use rules::coupon::discount::Limits;

    #[test]
    fn terms_read_like_a_sentence() {
        let limited = |off, duration, limits| of(Texts::default(), Terms { off, duration, limits }, &Zone::utc());
        let of = |off, duration| limited(off, duration, Limits::default());
        assert_eq!(of(Off::Share(2_000), Duration::Once), "20% off the first payment");
        assert_eq!(of(Off::Share(1_250), Duration::Months(3)), "12.5% off for the first 3 months");
        let five = Off::Amount(Money::new(500, Currency::USD));
        assert_eq!(of(five, Duration::Forever), "$5 off every payment");
        let ends_at = Some(Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").unwrap());
        for (per_code, text) in [
            (None, "20% off the first payment, until 31 Dec 2026"),
            (Some(1), "20% off the first payment, until 31 Dec 2026, at most once per code"),
            (Some(1_500), "20% off the first payment, until 31 Dec 2026, at most 1,500 times per code"),
        ] {
            assert_eq!(limited(Off::Share(2_000), Duration::Once, Limits { per_code, ends_at }), text);
        }
    }
}
