use super::*;
use shared::id::CustomerId;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("{text}T12:00:00Z")).unwrap()
}

fn affiliate(number: u8) -> AffiliateId {
    AffiliateId::from_bytes([number; 16])
}

fn version(number: u8) -> PlanVersionId {
    PlanVersionId::from_bytes([100 + number; 16])
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// The `number`th sale of a buyer, USD 100.00, with 20.00 booked.
fn past(number: u64, affiliate_number: u8, buyer: u8, date: &str) -> Past {
    Past {
        conversion: ConversionId::v7(number, &[0; 10]),
        external_id: format!("sale_{number:04}"),
        affiliate: affiliate(affiliate_number),
        buyer: BuyerKey::Customer(CustomerId::from_bytes([buyer; 16])),
        kind: Kind::Sale,
        sequence: 1,
        bound_at: at(date),
        occurred_at: at(date),
        amount: usd(10_000),
        refunded: 0,
        product_id: None,
        details: Details::default(),
        denied: false,
        waits: false,
        is_claim: false,
        is_apart: false,
        version: Some(version(1)),
        plan_at: at(date),
        booked: vec![usd(2_000)],
    }
}

fn draft(scope: Scope, json: &str) -> Draft {
    let components = serde_json::from_str(json).unwrap();
    let program = ProgramId::from_bytes([1; 16]);
    Draft { program, scope, components, from: at("2026-01-01"), to: at("2026-12-31") }
}

fn total(simulation: &Simulation) -> (i64, i64) {
    let change = simulation.totals.get(&Currency::USD).copied().unwrap_or_default();
    (change.current, change.simulated)
}

const TEN: &str = r#"[{"type":"percentage","ratePercent":"10"}]"#;
const TWENTY: &str = r#"[{"type":"percentage","ratePercent":"20"}]"#;

#[test]
fn the_plan_that_was_in_force_changes_nothing() {
    let sales = [past(1, 1, 1, "2026-03-01"), past(2, 2, 2, "2026-04-01")];
    let simulation = simulate(&draft(Scope::Program, TWENTY), &sales, &Known::default(), 10).unwrap();
    assert_eq!((simulation.conversions, total(&simulation)), (2, (4_000, 4_000)));
    assert!(simulation.affiliates.values().all(|change| change.difference() == 0));
}

#[test]
fn each_scope_decides_its_own_sales() {
    let mut sales = [past(1, 1, 1, "2026-03-01"), past(2, 2, 2, "2026-04-01"), past(3, 3, 3, "2026-05-01")];
    sales[1].version = Some(version(2));
    let gold = Partner { segments: vec![(at("2026-01-01"), Some("gold".to_owned()))], ..Partner::default() };
    let known = Known {
        overrides: HashMap::from([(version(2), Scope::Affiliate(affiliate(2)))]),
        partners: HashMap::from([(affiliate(2), gold.clone()), (affiliate(3), gold)]),
    };
    let simulated = |scope| total(&simulate(&draft(scope, TEN), &sales, &known, 0).unwrap());
    // The override of affiliate 2 stays: 10.00 + 20.00 + 10.00.
    assert_eq!(simulated(Scope::Program), (6_000, 4_000));
    assert_eq!(simulated(Scope::Affiliate(affiliate(2))), (6_000, 5_000));
    // Of the two in the segment, one has a custom plan.
    assert_eq!(simulated(Scope::Segment("gold".to_owned())), (6_000, 5_000));
    assert_eq!(simulated(Scope::Segment("silver".to_owned())), (6_000, 6_000));
}

#[test]
fn tiers_count_the_whole_period_and_caps_the_whole_history() {
    let tiers = r#"[{"type":"tiers","by":"sales","period":"month","mode":"marginal",
        "steps":[{"from":1,"ratePercent":"10"},{"from":2,"ratePercent":"50"}]}]"#;
    let mut tiered = draft(Scope::Program, tiers);
    tiered.from = at("2026-03-15");
    assert_eq!(tiered.needs().from.to_string(), "2026-03-01T00:00:00Z");
    let sales = [past(1, 1, 1, "2026-03-02"), past(2, 1, 2, "2026-03-20")];
    let simulation = simulate(&tiered, &sales, &Known::default(), 10).unwrap();
    // Only the second is in the period; it is the month's second.
    assert_eq!((simulation.conversions, total(&simulation)), (1, (2_000, 5_000)));

    let cap = r#"[{"type":"percentage","ratePercent":"10","cap":{"currency":"USD","perCustomer":1500}}]"#;
    let mut capped = draft(Scope::Program, cap);
    capped.from = at("2026-03-15");
    assert!(capped.needs().with_earlier && capped.needs().from == capped.from);
    let sales = [past(1, 1, 1, "2026-03-02"), Past { sequence: 2, ..past(2, 1, 1, "2026-03-20") }];
    // 10.00 of 15.00 are used up.
    assert_eq!(total(&simulate(&capped, &sales, &Known::default(), 10).unwrap()), (2_000, 500));
}

#[test]
fn what_waits_or_was_denied_raises_no_tier() {
    let tiers = r#"[{"type":"tiers","by":"sales","period":"ever","mode":"whole",
        "steps":[{"from":1,"ratePercent":"10"},{"from":2,"ratePercent":"20"}]}]"#;
    let first = past(1, 1, 1, "2026-03-01");
    let earned = |second: Past| {
        let found = simulate(&draft(Scope::Program, tiers), &[first.clone(), second], &Known::default(), 9).unwrap();
        let example = found.examples.into_iter().find(|example| example.sale == 0).unwrap();
        example.simulated.unwrap()[0].left
    };
    let second = past(2, 1, 2, "2026-03-02");
    assert_eq!(earned(second.clone()), usd(2_000));
    assert_eq!(earned(Past { waits: true, ..second.clone() }), usd(1_000));
    assert_eq!(earned(Past { denied: true, ..second }), usd(1_000));
}

#[test]
fn a_claim_that_no_one_approved_is_priced_by_itself() {
    let tiers = r#"[{"type":"tiers","by":"sales","period":"ever","mode":"whole",
        "steps":[{"from":1,"ratePercent":"10"},{"from":2,"ratePercent":"20"}]}]"#;
    let claim = |number, is_apart| Past { waits: true, is_claim: true, is_apart, ..past(number, 1, 1, "2026-03-02") };
    let flagged = Past { waits: true, ..past(5, 2, 2, "2026-03-02") };
    let of_pages = Past { affiliate: affiliate(2), ..claim(6, false) };
    let sales = [past(1, 1, 1, "2026-03-01"), claim(2, true), claim(3, false), claim(4, true), flagged, of_pages];
    let found = simulate(&draft(Scope::Program, tiers), &sales, &Known::default(), 9).unwrap();
    let earned = |sale: usize| {
        let example = found.examples.iter().find(|example| example.sale == sale).unwrap();
        example.simulated.as_ref().unwrap()[0].left
    };
    // A verified sale that waits takes nothing from a claim.
    assert_eq!([0, 1, 2, 3, 4, 5].map(earned), [1_000, 1_000, 2_000, 1_000, 1_000, 2_000].map(usd));
}

#[test]
fn what_a_person_denied_stays_denied() {
    let sales = [Past { denied: true, booked: Vec::new(), ..past(1, 1, 1, "2026-03-01") }];
    assert_eq!(total(&simulate(&draft(Scope::Program, TWENTY), &sales, &Known::default(), 10).unwrap()), (0, 0));
}

#[test]
fn examples_are_those_that_differ_most() {
    let sales: Vec<Past> = (1..=200_u8)
        .map(|number| Past { booked: vec![usd(i64::from(number))], ..past(u64::from(number), 1, number, "2026-03-01") })
        .collect();
    let simulation =
        simulate(&draft(Scope::Program, r#"[{"type":"percentage","ratePercent":"0"}]"#), &sales, &Known::default(), 3);
    let examples: Vec<usize> = simulation.unwrap().examples.iter().map(|example| example.sale).collect();
    assert_eq!(examples, [199, 198, 197]);
}
