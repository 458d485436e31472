//! Tiers, in both modes, by sales and by revenue; how refunds, other currencies, other plans and periods affect them.

use super::*;

/// Sales of different buyers in March, one a day.
fn march(version: &PlanVersion, amounts: &[i64]) -> Vec<Deal> {
    let deal = |(number, amount): (u64, &i64)| Deal {
        buyer: u8::try_from(number).unwrap(),
        ..Deal::new(version, number, &format!("2026-03-{number:02}"), usd(*amount))
    };
    (1..).zip(amounts).map(deal).collect()
}

fn by_sales(mode: &str) -> PlanVersion {
    plan(&format!(
        r#"[{{"type":"tiers","by":"sales","period":"month","mode":"{mode}",
              "steps":[{{"from":1,"ratePercent":"10"}},{{"from":3,"ratePercent":"20"}},{{"from":5,"ratePercent":"30"}}]}}]"#
    ))
}

fn by_revenue(mode: &str) -> PlanVersion {
    plan(&format!(
        r#"[{{"type":"tiers","by":"revenue","period":"month","mode":"{mode}","currency":"USD",
              "steps":[{{"from":0,"ratePercent":"10"}},{{"from":10000,"ratePercent":"15"}},{{"from":20000,"ratePercent":"20"}}]}}]"#
    ))
}

#[test]
fn each_sale_at_its_own_step() {
    let mut deals = march(&by_sales("marginal"), &[1_000; 5]);
    assert_eq!(sums(&deals), [100, 100, 200, 200, 300]);
    assert_eq!(steps(&deals, 2), ["sale #3 in the month", "20% of USD 10.00 = USD 2.00 (rounded half up)"]);
    // A partial refund: the sale still counts as one.
    deals[1].refunded = 500;
    assert_eq!(sums(&deals), [100, 50, 200, 200, 300]);
    // A full refund: the sale doesn't count, and those after it move down by one.
    deals[1].refunded = 1_000;
    assert_eq!(sums(&deals), [100, 0, 100, 200, 200]);
}

#[test]
fn every_sale_at_the_step_the_month_reaches() {
    let version = by_sales("whole");
    assert_eq!(sums(&march(&version, &[1_000; 2])), [100; 2]);
    assert_eq!(sums(&march(&version, &[1_000; 3])), [200; 3]);
    let mut deals = march(&version, &[1_000; 5]);
    assert_eq!(sums(&deals), [300; 5]);
    assert_eq!(steps(&deals, 0), ["sales in the month: 5", "30% of USD 10.00 = USD 3.00 (rounded half up)"]);
    deals[4].refunded = 1_000;
    assert_eq!(sums(&deals), [200, 200, 200, 200, 0]);
    // Everything refunded: the first step, with nothing left of it.
    deals.iter_mut().for_each(|deal| deal.refunded = 1_000);
    assert_eq!(priced(&deals)[0][0].earned, usd(100));
    assert_eq!(sums(&deals), [0; 5]);
}

#[test]
fn each_part_of_the_revenue_at_its_step() {
    let mut deals = march(&by_revenue("marginal"), &[8_000, 15_000, 10_033]);
    let expected = [
        800,   // 10 % of 80.00
        2_300, // from 80.00 to 230.00: 10 % of 20.00 + 15 % of 100.00 + 20 % of 30.00 = 2.00 + 15.00 + 6.00
        2_007, // 20 % of 100.33 = 20.066
    ];
    assert_eq!(sums(&deals), expected);
    // 40.00 of the first sale refunded: the second reaches from 40.00 to 190.00, the third from there.
    deals[0].refunded = 4_000;
    let expected = [
        400,   // 8.00 x 40.00 / 80.00
        1_950, // 10 % of 60.00 + 15 % of 90.00 = 6.00 + 13.50
        1_957, // 15 % of 10.00 + 20 % of 90.33 = 1.50 + 18.066 = 19.566
    ];
    assert_eq!(sums(&deals), expected);
}

#[test]
fn all_revenue_at_the_step_the_month_reaches() {
    let version = by_revenue("whole");
    let mut deals = march(&version, &[8_000, 12_000]);
    assert_eq!(sums(&deals), [1_600, 2_400]); // exactly 200.00: 20 %
    assert_eq!(
        steps(&deals, 0),
        ["revenue in the month is USD 200.00", "20% of USD 80.00 = USD 16.00 (rounded half up)"]
    );
    // One cent refunded: 199.99, so 15%; 18.00 x 119.99 / 120.00 = 17.9985.
    deals[1].refunded = 1;
    assert_eq!(sums(&deals), [1_200, 1_800]);
}

#[test]
fn flat_amounts_by_step() {
    let version = plan(
        r#"[{"type":"tiers","by":"sales","period":"quarter","mode":"marginal","currency":"EUR",
             "steps":[{"from":1,"amountCents":1000},{"from":3,"amountCents":2500}]}]"#,
    );
    let deals = march(&version, &[1_000; 3]);
    let earned: Vec<Money> = priced(&deals).iter().map(|earned| earned[0].earned).collect();
    assert_eq!(earned, [1_000, 1_000, 2_500].map(|minor| Money::new(minor, "EUR".parse().unwrap())));
    assert_eq!(steps(&deals, 2), ["sale #3 in the quarter", "EUR 25.00 for the sale"]);
}

/// The sum of the parts is rounded, not each part.
#[test]
fn rounded_once() {
    let version = plan(
        r#"[{"type":"tiers","by":"revenue","period":"month","mode":"marginal","currency":"USD",
             "steps":[{"from":0,"ratePercent":"10"},{"from":5,"ratePercent":"15"},{"from":8,"ratePercent":"50"}]}]"#,
    );
    // 0.005 + 0.0045 + 0.005 = 0.0145, which is 0.01; rounding each part separately would result in 0.02.
    assert_eq!(sums(&march(&version, &[9])), [1]);
}

#[test]
fn months_begin_again_and_ever_does_not() {
    let month = by_sales("marginal");
    let mut deals = march(&month, &[1_000; 4]);
    deals[3].occurred_at = day("2026-04-01");
    assert_eq!(sums(&deals), [100, 100, 200, 100]);
    let ever = plan(
        r#"[{"type":"tiers","by":"sales","period":"ever","mode":"marginal","steps":[{"from":1,"ratePercent":"10"},{"from":3,"ratePercent":"20"}]}]"#,
    );
    let mut deals = march(&ever, &[1_000; 3]);
    deals[2].occurred_at = day("2031-04-01");
    assert_eq!(sums(&deals), [100, 100, 200]);
}

/// A sale in another currency earns at the first step and adds nothing to revenue.
#[test]
fn revenue_counts_in_one_currency() {
    let mut deals = march(&by_revenue("marginal"), &[20_000, 10_000, 1_000]);
    deals[1].amount = Money::new(10_000, "EUR".parse().unwrap());
    assert_eq!(sums(&deals), [2_500, 1_000, 200]); // 10.00 + 15.00; 10 % of EUR 100.00; 20 % of 10.00
    assert_eq!(steps(&deals, 1)[0], "tiers in USD don't count EUR, so the first tier applies");
}

/// An affiliate's sales count whatever plan their buyers are bound to, if they meet the condition; other affiliates'
/// never do.
#[test]
fn sales_under_other_plans_count() {
    let version = plan(
        r#"[{"type":"tiers","by":"sales","period":"month","mode":"marginal","when":{"products":["pro"]},
             "steps":[{"from":1,"ratePercent":"10"},{"from":3,"ratePercent":"20"}]}]"#,
    );
    let old = scoped(9, Scope::Program, Timestamp::EPOCH, r#"[{"type":"percentage","ratePercent":"5"}]"#);
    let mut deals = march(&version, &[1_000; 4]);
    deals.iter_mut().for_each(|deal| deal.product_id = Some("pro".to_owned()));
    deals[0].version = old;
    deals[1].product_id = Some("basic".to_owned());
    // The old plan's sale is no. 1, the one of another product isn't counted.
    assert_eq!(sums(&deals), [50, 0, 100, 200]);
    deals[0].affiliate = 2;
    assert_eq!(sums(&deals), [50, 0, 100, 100]);
    // Leads and sales of zero don't count.
    deals[0].affiliate = 1;
    deals[0].kind = Kind::Lead;
    assert_eq!(sums(&deals), [0, 0, 100, 100]);
    deals[0].kind = Kind::Sale;
    deals[0].amount = usd(0);
    assert_eq!(sums(&deals), [0, 0, 100, 100]);
}

/// If some sales of a pool are missing, the booked amount stays; components that need no pool are priced.
#[test]
fn incomplete_pools_are_left_alone() {
    let version = plan(
        r#"[{"type":"percentage","ratePercent":"1"},
            {"type":"tiers","by":"sales","period":"month","mode":"marginal","steps":[{"from":1,"ratePercent":"10"}]},
            {"type":"percentage","ratePercent":"1","cap":{"currency":"USD","perAffiliate":{"amountCents":500,"period":"year"}}},
            {"type":"percentage","ratePercent":"1","cap":{"currency":"EUR","perAffiliate":{"amountCents":500,"period":"year"}}}]"#,
    );
    let deals = march(&version, &[1_000]);
    let sale = deals[0].sale();
    let (month, year) = (Period::Month.around(sale.occurred_at), Period::Year.around(sale.occurred_at));
    let pool = |(from, to)| Pool { program: program(), affiliate: affiliate(1), from, to };
    let mut expected = vec![pool(month), pool(year)];
    expected.sort_unstable();
    assert_eq!(pools(&sale), expected);
    assert_eq!(reached([&version], program(), affiliate(1), sale.occurred_at), expected);
    assert_eq!(reached([&version], ProgramId::from_bytes([2; 16]), affiliate(1), sale.occurred_at), []);
    let own = PlanVersion { scope: Scope::Affiliate(affiliate(1)), ..version.clone() };
    assert_eq!(reached([&own], program(), affiliate(1), sale.occurred_at), expected);
    assert_eq!(reached([&own], program(), affiliate(2), sale.occurred_at), []);

    let kept = |complete: &dyn Fn(&Pool) -> bool| {
        let kept = |priced: &Priced| matches!(priced, Priced::Kept { .. });
        price(&[sale], complete).unwrap()[0].iter().map(kept).collect::<Vec<bool>>()
    };
    assert_eq!(kept(&|_| true), [false, false, false, false]);
    // A cap in another currency never applies, so it needs no pool.
    assert_eq!(kept(&|_| false), [false, true, true, false]);
    assert_eq!(kept(&|known| *known == pool(year)), [false, true, false, false]);
}

#[test]
fn what_looks_back_depends_on_no_later_sale_and_no_other_pool() {
    let tiers = |mode: &str| {
        plan(&format!(
            r#"[{{"type":"tiers","by":"sales","period":"month","mode":"{mode}","steps":[{{"from":1,"ratePercent":"10"}}]}},
                {{"type":"tiers","by":"sales","period":"ever","mode":"marginal","steps":[{{"from":1,"ratePercent":"1"}}]}}]"#
        ))
    };
    let pool = |period: Period| Pool::around(period, program(), affiliate(1), day("2026-03-01"));
    let by_month = |version: &PlanVersion| looks_back([version], &pool(Period::Month));
    let whole = tiers("whole");
    assert!(by_month(&tiers("marginal")));
    assert!(!by_month(&whole));
    assert!(looks_back([&whole], &pool(Period::Ever)) && looks_back([&whole], &pool(Period::Year)));
    let other = PlanVersion { scope: Scope::Affiliate(affiliate(2)), ..whole };
    assert!(by_month(&other), "a plan for another affiliate alone");

    let capped = |more: &str| {
        plan(&format!(
            r#"[{{"type":"percentage","ratePercent":"1","cap":{{"currency":"USD"{more},
                  "perAffiliate":{{"amountCents":500,"period":"month"}}}}}}]"#
        ))
    };
    let (alone, both) = (capped(r#","perConversion":50"#), capped(r#","perCustomer":50"#));
    assert!(by_month(&alone) && caps_affiliates(&alone));
    assert!(!by_month(&both) && caps_affiliates(&both));
    assert!(!caps_affiliates(&tiers("marginal")));
}
