//! Currencies with zero and three decimals, and several currencies together.

use super::*;

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().unwrap())
}

#[test]
fn yen_have_no_decimals() {
    let version = plan(
        r#"[{"type":"percentage","ratePercent":"12.5"},
            {"type":"tiers","by":"revenue","period":"month","mode":"marginal","currency":"JPY",
             "steps":[{"from":0,"ratePercent":"10"},{"from":1000,"ratePercent":"25"}]}]"#,
    );
    let mut deals = [Deal::new(&version, 1, "2026-03-01", money(1_234, "JPY"))];
    // 12.5% of 1234 = 154.25; 10% of 1000 + 25% of 234 = 158.5, half up.
    assert_eq!(left(&deals), [[(0, 154), (1, 159)]]);
    assert_eq!(steps(&deals, 0), ["12.5% of JPY 1234 = JPY 154 (rounded half up)"]);
    deals[0].refunded = 617;
    assert_eq!(left(&deals), [[(0, 77), (1, 80)]]); // halves: 77, 79.5
}

#[test]
fn dinars_have_three() {
    let version = plan(
        r#"[{"type":"percentage","ratePercent":"33.3333","cap":{"currency":"KWD","perCustomer":5000}},
            {"type":"first_conversion","amountCents":1500,"currency":"KWD"}]"#,
    );
    let first = Deal::new(&version, 1, "2026-03-01", money(9_999, "KWD"));
    let second = Deal { sequence: 2, ..Deal::new(&version, 2, "2026-04-01", money(9_999, "KWD")) };
    // 33.3333% of 9.999 = 3.332996…; of the cap of 5.000, 1.667 are left.
    assert_eq!(left(&[first.clone(), second]), [vec![(0, 3_333), (1, 1_500)], vec![(0, 1_667)]]);
    assert_eq!(steps(&[first], 0), ["33.3333% of KWD 9.999 = KWD 3.333 (rounded half up)"]);
}

/// A fixed amount is in its own currency; refunds still take their share of it.
#[test]
fn dollars_for_a_sale_in_yen() {
    let version = plan(r#"[{"type":"flat","amountCents":2000,"currency":"USD"}]"#);
    let deal = Deal { refunded: 250, ..Deal::new(&version, 1, "2026-03-01", money(1_000, "JPY")) };
    let earned = priced(std::slice::from_ref(&deal)).remove(0).remove(0);
    assert_eq!((earned.earned, earned.left), (usd(2_000), usd(1_500)));
    assert_eq!(earned.steps, ["USD 20.00 for the sale", "JPY 250 of JPY 1000 refunded, leaving USD 15.00"]);
}
