//! Conditions, durations and leads: which conversions a component applies to, and to how much of them.

use super::*;
use crate::fact::Item;

fn sale(version: &PlanVersion) -> Deal {
    Deal::new(version, 1, "2026-03-01", usd(10_000))
}

/// What ten percent under a condition earn on a sale of 100.00.
fn earns(when: &str, change: impl FnOnce(&mut Deal)) -> i64 {
    let mut deal = sale(&plan(&format!(r#"[{{"type":"percentage","ratePercent":"10","when":{when}}}]"#)));
    change(&mut deal);
    sums(&[deal])[0]
}

#[test]
fn each_condition_alone() {
    assert_eq!(earns("{}", |_| ()), 1_000);
    let product = r#"{"products":["pro","team"]}"#;
    assert_eq!(earns(product, |deal| deal.product_id = Some("team".to_owned())), 1_000);
    assert_eq!(earns(product, |deal| deal.product_id = Some("basic".to_owned())), 0);
    assert_eq!(earns(product, |_| ()), 0);
    let country = r#"{"countries":["US","CA"]}"#;
    assert_eq!(earns(country, |deal| deal.details.country = Some("CA".to_owned())), 1_000);
    assert_eq!(earns(country, |deal| deal.details.country = Some("DE".to_owned())), 0);
    assert_eq!(earns(country, |_| ()), 0);
    let segment = r#"{"segments":["gold"]}"#;
    assert_eq!(earns(segment, |deal| deal.segment = Some("gold".to_owned())), 1_000);
    assert_eq!(earns(segment, |deal| deal.segment = Some("Gold".to_owned())), 0);
    let me = format!(r#"{{"affiliates":["{}"]}}"#, affiliate(1));
    assert_eq!(earns(&me, |_| ()), 1_000);
    assert_eq!(earns(&me, |deal| deal.affiliate = 2), 0);
    assert_eq!(earns(r#"{"currencies":["USD"]}"#, |_| ()), 1_000);
    assert_eq!(earns(r#"{"currencies":["EUR","GBP"]}"#, |_| ()), 0);
    assert_eq!(earns(r#"{"on":"new"}"#, |_| ()), 1_000);
    assert_eq!(earns(r#"{"on":"new"}"#, |deal| deal.kind = Kind::Recurring), 0);
    assert_eq!(earns(r#"{"on":"recurring"}"#, |_| ()), 0);
    assert_eq!(earns(r#"{"on":"recurring"}"#, |deal| deal.kind = Kind::Recurring), 1_000);
    let metadata = r#"{"metadata":{"plan":["pro","team"],"term":["year"]}}"#;
    let put = |deal: &mut Deal, key: &str, text: &str| deal.details.metadata.insert(key.to_owned(), text.to_owned());
    assert_eq!(earns(metadata, |deal| drop((put(deal, "plan", "team"), put(deal, "term", "year")))), 1_000);
    assert_eq!(earns(metadata, |deal| drop(put(deal, "plan", "team"))), 0);
    assert_eq!(earns(metadata, |deal| drop((put(deal, "plan", "basic"), put(deal, "term", "year")))), 0);
}

#[test]
fn all_conditions_must_hold() {
    let when = r#"{"products":["pro"],"countries":["US"],"on":"new"}"#;
    let right = |deal: &mut Deal| {
        deal.product_id = Some("pro".to_owned());
        deal.details.country = Some("US".to_owned());
    };
    assert_eq!(earns(when, right), 1_000);
    assert_eq!(earns(when, |deal| (right(deal), deal.kind = Kind::Recurring).1), 0);
    assert_eq!(earns(when, |deal| (right(deal), deal.details.country = None).1), 0);
}

/// If one payment is for several products, only the matching parts count; refunds take their share of the whole.
#[test]
fn parts_of_a_sale() {
    let item = |product: &str, amount| Item { product_id: product.to_owned(), amount };
    let items = |deal: &mut Deal| {
        deal.product_id = Some("pro".to_owned());
        deal.details.items = vec![item("pro", 4_000), item("basic", 5_000), item("extra", 1_000)];
    };
    assert_eq!(earns(r#"{"products":["pro","extra"]}"#, items), 500); // 10 % of 40.00 + 10.00
    assert_eq!(earns(r#"{"products":["none"]}"#, items), 0);
    assert_eq!(earns("{}", items), 1_000);
    let refunded = |deal: &mut Deal| (items(deal), deal.refunded = 2_500).1;
    assert_eq!(earns(r#"{"products":["pro"]}"#, refunded), 300); // 4.00 x 75.00 / 100.00
    // Never more than the sale, whatever its items add up to.
    assert_eq!(earns(r#"{"products":["pro"]}"#, |deal| deal.details.items = vec![item("pro", i64::MAX); 3]), 1_000);
    assert_eq!(earns(r#"{"products":["pro"]}"#, |deal| deal.details.items = vec![item("pro", -5)]), 0);

    let mut deal = sale(&plan(r#"[{"type":"percentage","ratePercent":"10","when":{"products":["pro"]}}]"#));
    items(&mut deal);
    assert_eq!(steps(&[deal], 0), ["10% of USD 40.00 (eligible products) = USD 4.00 (rounded half up)"]);
}

#[test]
fn leads_earn_once_and_by_themselves() {
    let version = plan(
        r#"[{"type":"per_lead","amountCents":200,"currency":"USD"},{"type":"percentage","ratePercent":"10"},
            {"type":"first_conversion","amountCents":500,"currency":"USD"},
            {"type":"flat","amountCents":500,"currency":"USD"},{"type":"per_click","amountCents":9,"currency":"USD"}]"#,
    );
    let lead = Deal { kind: Kind::Lead, amount: usd(0), ..sale(&version) };
    let second = Deal { sequence: 2, number: 2, ..lead.clone() };
    let bought = Deal { number: 3, ..sale(&version) };
    assert_eq!(left(&[lead.clone(), second, bought]), [vec![(0, 200)], vec![], vec![(1, 1_000), (2, 500), (3, 500)]]);
    // A lead with an amount is no sale either.
    assert_eq!(left(&[Deal { amount: usd(5_000), ..lead.clone() }]), [[(0, 200)]]);
    assert_eq!(steps(&[lead], 0), ["USD 2.00 for the customer's first lead"]);
    let click = version.components.unwrap().iter().filter_map(Component::per_click).collect::<Vec<_>>();
    assert_eq!(click, [usd(9)]);
}

/// A 100% coupon: nothing was paid, so nothing is earned, not even fixed amounts.
#[test]
fn a_sale_of_nothing() {
    let version = plan(
        r#"[{"type":"flat","amountCents":500,"currency":"USD"},{"type":"percentage","ratePercent":"100"},
            {"type":"first_conversion","amountCents":500,"currency":"USD"}]"#,
    );
    assert_eq!(left(&[Deal { amount: usd(0), ..sale(&version) }]), [[]]);
    let without = PlanVersion { components: None, ..version };
    assert_eq!(left(&[sale(&without)]), [[]]);
}

#[test]
fn durations() {
    let at = |duration: &str, sequence, date: &str| {
        let version = plan(&format!(r#"[{{"type":"percentage","ratePercent":"10","duration":{duration}}}]"#));
        let deal = Deal { sequence, bound_at: day("2026-01-31"), ..Deal::new(&version, 1, date, usd(10_000)) };
        sums(&[deal])[0]
    };
    assert_eq!([at(r#""once""#, 1, "2026-03-01"), at(r#""once""#, 2, "2026-03-01")], [1_000, 0]);
    assert_eq!(at(r#""lifetime""#, 400, "2099-01-01"), 1_000);
    // Bound on 31 January: one month ends on 28 February, at the same time of day.
    let month = r#"{"months":1}"#;
    assert_eq!([at(month, 2, "2026-02-27"), at(month, 2, "2026-02-28")], [1_000, 0]);
    let quarter = r#"{"months":3}"#;
    assert_eq!([at(quarter, 2, "2026-04-29"), at(quarter, 2, "2026-04-30")], [1_000, 0]);
}
