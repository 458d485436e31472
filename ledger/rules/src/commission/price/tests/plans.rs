//! The plans in the design, each over the year of [`story`], with the arithmetic written out.

use super::{
    story::{second_year, year},
    *,
};
use crate::commission::plan::in_force;

#[test]
fn a_quarter_of_every_payment() {
    let deals = year(&plan(r#"[{"type":"percentage","ratePercent":"25"}]"#));
    let expected = [
        1_225, // 25 % of 49.00
        1_225, 1_225, 1_225, 1_225, 1_225, //
        583,   // 25 % of 23.33 = 5.8325
        2_475, // 25 % of 99.00
        2_228, // 24.75 x 89.10 / 99.00 = 22.275, half up
        2_475, //
        725,   // 25 % of 29.00
        0,     // charged back
        725,
    ];
    assert_eq!(sums(&deals), expected);
    assert_eq!(sums(&deals).iter().sum::<i64>(), 16_561);
    assert_eq!(
        steps(&deals, 8),
        ["25% of USD 99.00 = USD 24.75 (rounded half up)", "USD 9.90 of USD 99.00 refunded, leaving USD 22.28"]
    );
}

#[test]
fn two_hundred_and_fifty_and_five_percent_on_continuation() {
    let deals = year(&plan(
        r#"[{"type":"flat","amountCents":25000,"currency":"USD","duration":"once"},
            {"type":"percentage","ratePercent":"5","when":{"on":"recurring"}}]"#,
    ));
    let left = left(&deals);
    assert_eq!(left[0], [(0, 25_000)]); // the bounty alone
    let renewals: Vec<i64> =
        left[1..].iter().flatten().map(|(component, minor)| minor * i64::from(*component)).collect();
    let expected = [
        245, 245, 245, 245, 245, // 5 % of 49.00
        117, // 5 % of 23.33 = 1.1665
        495, // 5 % of 99.00
        446, // 4.95 x 89.10 / 99.00 = 4.455, half up
        495, //
        145, // 5 % of 29.00
        0,   // charged back
        145,
    ];
    assert_eq!(renewals, expected);
}

#[test]
fn twenty_for_the_first_sale_only() {
    let mut deals = year(&plan(r#"[{"type":"flat","amountCents":2000,"currency":"USD","duration":"once"}]"#));
    assert_eq!(sums(&deals), [2_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Half of the first sale refunded takes half of it: 20.00 x 24.50 / 49.00.
    deals[0].refunded = 2_450;
    assert_eq!(sums(&deals)[0], 1_000);
    // All of it refunded: the second sale doesn't become the first.
    deals[0].refunded = 4_900;
    assert_eq!(sums(&deals), [0; 13]);
}

#[test]
fn a_bounty_and_eighteen_percent() {
    let deals = year(&plan(
        r#"[{"type":"first_conversion","amountCents":1500,"currency":"USD"},{"type":"percentage","ratePercent":"18"}]"#,
    ));
    let expected = [
        2_382, // 15.00 + 18 % of 49.00 = 8.82
        882, 882, 882, 882, 882,   //
        420,   // 18 % of 23.33 = 4.1994
        1_782, // 18 % of 99.00
        1_604, // 17.82 x 89.10 / 99.00 = 16.038
        1_782, //
        522,   // 18 % of 29.00
        0,     //
        522,
    ];
    assert_eq!(sums(&deals), expected);
    assert_eq!(left(&deals)[0], [(0, 1_500), (1, 882)]);
}

#[test]
fn a_year_of_commissions_and_no_more() {
    let version = plan(r#"[{"type":"percentage","ratePercent":"25","duration":{"months":12}}]"#);
    let mut deals = year(&version);
    deals.extend(second_year(&version));
    let sums = sums(&deals);
    assert_eq!(sums[..13].iter().sum::<i64>(), 16_561);
    // Bound on 15 Jan 2026 at noon: the payment of 15 Jan 2027 at noon is the first one after twelve months.
    assert_eq!(sums[13..], [0; 12]);
    deals[13].occurred_at = deals[13].occurred_at.plus_millis(-1);
    assert_eq!(super::sums(&deals)[13], 725);
}

/// Segments have versions of their own here: affiliates in `gold` have tiers, all others a plain share.
#[test]
fn tiered_share_by_segment() {
    let gold = Scope::Segment("gold".to_owned());
    let tiers = r#"[{"type":"tiers","by":"revenue","period":"quarter","mode":"marginal","currency":"USD",
                     "steps":[{"from":0,"ratePercent":"20"},{"from":10000,"ratePercent":"30"}]}]"#;
    let versions = [plan(r#"[{"type":"percentage","ratePercent":"20"}]"#), scoped(2, gold, Timestamp::EPOCH, tiers)];
    let bound = day("2026-01-15");
    let version = |segment| in_force(&versions, program(), affiliate(1), segment, bound).unwrap();

    let plain = year(version(None));
    assert_eq!(sums(&plain)[..3], [980, 980, 980]); // 20 % of 49.00
    assert_eq!(sums(&year(version(Some("silver")))), sums(&plain));

    let gold = year(version(Some("gold")));
    let expected = [
        980,   // Q1: 0.00 to 49.00: 20 %
        980,   // 49.00 to 98.00: 20 %
        1_450, // 98.00 to 147.00: 20 % of 2.00 + 30 % of 47.00 = 0.40 + 14.10
        980, 980, 1_450, // Q2: the same again
        467,   // Q3: 20 % of 23.33 = 4.666
        2_203, // 23.33 to 122.33: 20 % of 76.67 + 30 % of 22.33 = 15.334 + 6.699 = 22.033
        2_673, // 122.33 to 221.33: 30 % of 99.00 = 29.70, x 89.10 / 99.00 = 26.73
        2_970, // from 122.33 + 89.10 kept = 211.43: 30 %
        580,   // Q4: 20 % of 29.00
        0,     // charged back
        580,   // 20 %: the quarter's revenue is 58.00
    ];
    assert_eq!(sums(&gold), expected);
    assert_eq!(
        steps(&gold, 7),
        [
            "revenue in the quarter before this sale is USD 23.33",
            "20% of USD 76.67 + 30% of USD 22.33 = USD 22.03 (sum rounded half up once)"
        ]
    );
}

/// The same in one plan: a component for each segment.
#[test]
fn share_by_segment_in_one_plan() {
    let version = plan(
        r#"[{"type":"percentage","ratePercent":"30","when":{"segments":["gold","platinum"]}},
            {"type":"percentage","ratePercent":"20","when":{"segments":["silver"]}}]"#,
    );
    let sale = |segment: Option<&str>| {
        let deal = Deal::new(&version, 1, "2026-01-15", usd(4_900));
        left(&[Deal { segment: segment.map(str::to_owned), ..deal }]).remove(0)
    };
    assert_eq!(sale(Some("platinum")), [(0, 1_470)]);
    assert_eq!(sale(Some("silver")), [(1, 980)]);
    assert_eq!(sale(None), []);
}

/// An override replaces the program's plan for one affiliate, until a version without components ends it.
#[test]
fn one_affiliates_own_rate() {
    let own = Scope::Affiliate(affiliate(1));
    let versions = [
        plan(
            r#"[{"type":"percentage","ratePercent":"25"},{"type":"first_conversion","amountCents":1500,"currency":"USD"}]"#,
        ),
        scoped(2, own.clone(), day("2026-01-01"), r#"[{"type":"percentage","ratePercent":"40"}]"#),
        PlanVersion { components: None, ..scoped(3, own, day("2026-02-01"), r#"[{"type":"percentage","ratePpm":1}]"#) },
    ];
    let first_sale = |who, bound: &str| {
        let version = in_force(&versions, program(), affiliate(who), None, day(bound)).unwrap();
        sums(&[Deal { affiliate: who, ..Deal::new(version, 1, bound, usd(4_900)) }])
    };
    assert_eq!(first_sale(1, "2026-01-15"), [1_960]); // 40 % of 49.00, and no bounty
    assert_eq!(first_sale(2, "2026-01-15"), [2_725]); // 12.25 + 15.00
    assert_eq!(first_sale(1, "2025-12-15"), [2_725]); // not yet
    assert_eq!(first_sale(1, "2026-02-15"), [2_725]); // not any more
}

/// A new version from 1 July: customers bound before keep the old rate for every renewal, those bound after get the
/// new.
#[test]
fn a_rate_bump_from_a_date() {
    let versions = [
        plan(r#"[{"type":"percentage","ratePercent":"20"}]"#),
        scoped(2, Scope::Program, day("2026-07-01"), r#"[{"type":"percentage","ratePercent":"25"}]"#),
    ];
    let bound_to = |date: &str| in_force(&versions, program(), affiliate(1), None, day(date)).unwrap();

    let early = year(bound_to("2026-01-15"));
    assert_eq!(sums(&early)[7], 1_980); // 15 Jul: still 20 % of 99.00
    assert_eq!(sums(&early)[12], 580); // 15 Dec: still 20 % of 29.00

    let late = Deal { buyer: 2, ..Deal::new(bound_to("2026-07-15"), 99, "2026-07-15", usd(9_900)) };
    assert_eq!(sums(&[late]), [2_475]); // 25 % of 99.00
}
