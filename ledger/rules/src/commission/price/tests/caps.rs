//! Caps: per sale, per customer, per affiliate and period; what uses them up, and that refunds free no room.

use super::{story::year, *};

fn capped(cap: &str) -> PlanVersion {
    plan(&format!(r#"[{{"type":"percentage","ratePercent":"25","cap":{{"currency":"USD",{cap}}}}}]"#))
}

#[test]
fn per_sale() {
    let deals = year(&capped(r#""perConversion":2000"#));
    // 12.25 is below; 24.75 becomes 20.00; 9.90 of 99.00 refunded leaves 20.00 x 89.10 / 99.00 = 18.00.
    assert_eq!(sums(&deals), [1_225, 1_225, 1_225, 1_225, 1_225, 1_225, 583, 2_000, 1_800, 2_000, 725, 0, 725]);
    assert_eq!(
        steps(&deals, 8),
        [
            "25% of USD 99.00 = USD 24.75 (rounded half up)",
            "capped at USD 20.00 per sale",
            "USD 9.90 of USD 99.00 refunded, leaving USD 18.00"
        ]
    );
}

#[test]
fn per_customer() {
    let version = capped(r#""perCustomer":10000"#);
    let deals = year(&version);
    // 6 x 12.25 + 5.83 = 79.33, so 20.67 are left on 15 July, and nothing after.
    assert_eq!(sums(&deals), [1_225, 1_225, 1_225, 1_225, 1_225, 1_225, 583, 2_067, 0, 0, 0, 0, 0]);
    assert_eq!(steps(&deals, 7)[1], "capped at USD 100.00 per customer, USD 79.33 already used: USD 20.67");

    // The first payment is refunded: what it used up stays used up.
    let mut refunded = deals.clone();
    refunded[0].refunded = 4_900;
    assert_eq!(sums(&refunded)[..8], [0, 1_225, 1_225, 1_225, 1_225, 1_225, 583, 2_067]);

    // Another buyer has a separate cap, and so has an unknown buyer.
    let mut both = deals;
    both.extend(year(&version).into_iter().map(|deal| Deal { buyer: 2, number: deal.number + 100, ..deal }));
    assert_eq!(sums(&both)[13], 1_225);
}

#[test]
fn per_affiliate_and_month() {
    let version = capped(r#""perAffiliate":{"amountCents":4000,"period":"month"}"#);
    let sale = |number: u64, date: &str, affiliate| Deal {
        buyer: u8::try_from(number).unwrap(),
        affiliate,
        ..Deal::new(&version, number, date, usd(9_900))
    };
    let mut deals = vec![
        sale(1, "2026-03-01", 1), // 24.75
        sale(2, "2026-03-02", 1), // 15.25 are left of 40.00
        sale(3, "2026-03-03", 1), // nothing is left
        sale(4, "2026-04-01", 1), // April
        sale(5, "2026-03-03", 2), // another affiliate
    ];
    assert_eq!(sums(&deals), [2_475, 1_525, 0, 2_475, 2_475]);
    assert_eq!(steps(&deals, 1)[1], "capped at USD 40.00 per affiliate per month, USD 24.75 already used: USD 15.25");
    deals[0].refunded = 9_900;
    assert_eq!(sums(&deals), [0, 1_525, 0, 2_475, 2_475]);
    // A sale that becomes known late counts by its date: 24.75, then 15.25, then nothing.
    deals[0].refunded = 0;
    deals.push(sale(6, "2026-02-28", 1));
    deals.push(sale(7, "2026-03-01", 1));
    deals[6].external_id = "before sale_0001".to_owned();
    assert_eq!(sums(&deals), [1_525, 0, 0, 2_475, 2_475, 2_475, 2_475]);
}

#[test]
fn all_three_in_their_order() {
    let version =
        capped(r#""perConversion":2000,"perCustomer":3000,"perAffiliate":{"amountCents":4500,"period":"ever"}"#);
    let sale = |number: u64, buyer| Deal { buyer, ..Deal::new(&version, number, "2026-03-01", usd(9_900)) };
    // 24.75 each, 20.00 by sale. Buyer 1: 20.00, then 10.00 of 30.00. Buyer 2: 20.00, of which 15.00 fit into 45.00.
    assert_eq!(sums(&[sale(1, 1), sale(2, 1), sale(3, 2), sale(4, 2)]), [2_000, 1_000, 1_500, 0]);
}

/// The customer's cap is used up before the affiliate's is applied: what the affiliate's cap cut is not returned to the
/// customer's.
#[test]
fn customers_use_up_before_affiliates() {
    let version = capped(r#""perCustomer":3000,"perAffiliate":{"amountCents":1000,"period":"month"}"#);
    let sale = |number, date: &str| Deal::new(&version, number, date, usd(9_900));
    // March: 24.75 for the customer, 10.00 for the affiliate. April: 5.25 are left for the customer.
    assert_eq!(sums(&[sale(1, "2026-03-01"), sale(2, "2026-04-01")]), [1_000, 525]);
}

#[test]
fn other_currencies_are_not_limited() {
    let version = capped(r#""perConversion":1,"perCustomer":1,"perAffiliate":{"amountCents":1,"period":"ever"}"#);
    let euros = Money::new(9_900, "EUR".parse().unwrap());
    assert_eq!(sums(&[Deal::new(&version, 1, "2026-03-01", euros)]), [2_475]);
    assert_eq!(sums(&[Deal::new(&version, 1, "2026-03-01", usd(9_900))]), [1]);
}

/// With tiers, refunds lower the step; the cap's room is distributed as if there had been none. Otherwise the refund of
/// one sale would free room for another: here 6.00 for the fourth.
#[test]
fn tiers_under_a_cap() {
    let version = plan(
        r#"[{"type":"tiers","by":"sales","period":"month","mode":"whole",
             "steps":[{"from":1,"ratePercent":"10"},{"from":4,"ratePercent":"20"}],
             "cap":{"currency":"USD","perAffiliate":{"amountCents":5000,"period":"month"}}}]"#,
    );
    let sale = |number: u64| Deal {
        buyer: u8::try_from(number).unwrap(),
        ..Deal::new(&version, number, &format!("2026-03-{number:02}"), usd(10_000))
    };
    let mut deals: Vec<Deal> = (1..=4).map(sale).collect();
    // 20% each: 20.00 + 20.00, then 10.00 of 50.00, then nothing.
    assert_eq!(sums(&deals), [2_000, 2_000, 1_000, 0]);
    // Three sales: 10% each. Each sale keeps its room: 20.00, 20.00, 10.00, 0.00.
    deals[0].refunded = 10_000;
    assert_eq!(sums(&deals), [0, 1_000, 1_000, 0]);
}
