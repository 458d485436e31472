use proptest::prelude::*;
use shared::id::{AffiliateId, PlanVersionId, ProgramId};

use super::*;

fn read(json: &str) -> Result<Component, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// Validates a list with one component.
fn check(json: &str) -> String {
    match validate(&[read(json).unwrap()]) {
        Ok(()) => "fine".to_owned(),
        Err(invalid) => format!("{}: {}", invalid.field, invalid.message),
    }
}

fn words(json: &str) -> String {
    assert_eq!(check(json), "fine", "{json}");
    in_words(&read(json).unwrap())
}

#[test]
fn stored_form() {
    let json = r#"[{"type":"percentage","ratePpm":200000},{"type":"flat","amountCents":500,"currency":"USD"}]"#;
    let components: Vec<Component> = serde_json::from_str(json).unwrap();
    let expected: [Component; 2] =
        [Pays::Percentage { rate_ppm: 200_000 }.into(), Pays::Flat(Money::new(500, Currency::USD)).into()];
    assert_eq!(components, expected);
    assert_eq!(serde_json::to_string(&components).unwrap(), json);
}

#[test]
fn everything_written_is_read_again() {
    for json in [
        r#"{"type":"percentage","ratePpm":250000,"when":{"segments":["gold"],"on":"new"},"duration":{"months":12},"cap":{"currency":"USD","perConversion":100,"perCustomer":200,"perAffiliate":{"amountCents":300,"period":"quarter"}},"name":"Year one"}"#,
        r#"{"type":"flat","amountCents":500,"currency":"JPY","when":{"affiliates":["aff_01h455vb4pex5vsknk084sn02q"],"products":["pro"],"countries":["US","DE"],"currencies":["USD","EUR"],"metadata":{"plan":["pro","team"]}},"duration":"once"}"#,
        r#"{"type":"tiers","by":"sales","period":"month","mode":"whole","steps":[{"from":1,"ratePpm":100000},{"from":11,"ratePpm":200000}]}"#,
        r#"{"type":"tiers","currency":"USD","by":"revenue","period":"ever","mode":"marginal","steps":[{"from":0,"ratePpm":100000},{"from":100000,"ratePpm":200000}]}"#,
        r#"{"type":"tiers","currency":"EUR","by":"sales","period":"year","mode":"marginal","steps":[{"from":1,"amountCents":1000}]}"#,
        r#"{"type":"first_conversion","amountCents":1500,"currency":"USD"}"#,
        r#"{"type":"per_lead","amountCents":200,"currency":"USD"}"#,
        r#"{"type":"per_click","amountCents":10,"currency":"USD","when":{"countries":["US"]}}"#,
    ] {
        let component = read(json).unwrap();
        assert_eq!(serde_json::to_string(&component).unwrap(), json);
        assert_eq!(validate(&[component]), Ok(()), "{json}");
    }
}

#[test]
fn percent_is_decimal_text() {
    for (text, ppm) in [("12.5", 125_000), ("20", 200_000), ("0.0001", 1), ("100.0000", 1_000_000), ("007", 70_000)] {
        let json = format!(r#"{{"type":"percentage","ratePercent":"{text}"}}"#);
        assert_eq!(read(&json).unwrap().pays, Pays::Percentage { rate_ppm: ppm });
    }
    for text in ["", ".5", "5.", "1.23456", "-1", "+1", "1e2", "1,5", " 5", "5%", "1000", "٣"] {
        let refused = read(&format!(r#"{{"type":"percentage","ratePercent":"{text}"}}"#)).unwrap_err();
        assert!(refused.contains("`ratePercent` must be a decimal string"), "{text}: {refused}");
    }
    assert_eq!(
        check(r#"{"type":"percentage","ratePercent":"100.01"}"#),
        "components[0].ratePpm: must be at most 100% (1000000 parts per million)"
    );
}

/// A misspelled or misplaced field is refused by name: otherwise the plan would pay something other than intended.
#[test]
fn no_field_is_overlooked() {
    for (json, named) in [
        (r#"{"type":"percentage","ratePpm":1,"limit":2}"#, "unknown field `limit`"),
        (r#"{"type":"percentage","ratePpm":1,"amountCents":2}"#, "percentage doesn't take `amountCents`"),
        (r#"{"type":"flat","amountCents":1,"currency":"USD","ratePpm":2}"#, "flat doesn't take `ratePpm`"),
        (r#"{"type":"flat","amountCents":1,"currency":"USD","steps":[]}"#, "flat doesn't take `steps`"),
        (r#"{"type":"percentage","ratePpm":1,"ratePercent":"1"}"#, "`ratePpm` or `ratePercent`, not both"),
        (r#"{"type":"percentage"}"#, "percentage requires `ratePpm`"),
        (r#"{"type":"flat","currency":"USD"}"#, "flat requires `amountCents`"),
        (r#"{"type":"per_lead","amountCents":5}"#, "per_lead requires `currency`"),
        (r#"{"type":"flat","amountCents":5,"currency":"XYZ"}"#, "must be a supported currency, not XYZ"),
        (r#"{"type":"flatt","amountCents":5,"currency":"USD"}"#, "unknown variant `flatt`"),
        (r#"{"ratePpm":5}"#, "missing field `type`"),
        (r#"{"type":"percentage","ratePpm":1,"when":{"product":["a"]}}"#, "unknown field `product`"),
        (r#"{"type":"percentage","ratePpm":1,"when":{"on":"renewal"}}"#, "unknown variant `renewal`"),
        (r#"{"type":"percentage","ratePpm":1,"when":{"affiliates":["prog_1"]}}"#, "must start with `aff_`"),
        (r#"{"type":"percentage","ratePpm":1,"duration":{"years":1}}"#, "unknown variant `years`"),
        (r#"{"type":"percentage","ratePpm":1,"cap":{"currency":"USD","perSale":1}}"#, "unknown field `perSale`"),
        (r#"{"type":"percentage","ratePpm":1,"cap":{"perConversion":1}}"#, "missing field `currency`"),
        (r#"{"type":"tiers","by":"sales","period":"month","steps":[]}"#, "tiers requires `mode`"),
        (r#"{"type":"tiers","by":"sales","period":"week","mode":"whole","steps":[]}"#, "unknown variant `week`"),
        (
            r#"{"type":"tiers","by":"revenue","period":"month","mode":"whole","steps":[{"from":0,"ratePpm":1}]}"#,
            "tiers by revenue require `currency`",
        ),
        (
            r#"{"type":"tiers","by":"sales","period":"month","mode":"whole","steps":[{"from":1,"amountCents":1}]}"#,
            "require `currency`",
        ),
        (
            r#"{"type":"tiers","by":"sales","currency":"USD","period":"month","mode":"whole","steps":[{"from":1,"ratePpm":1}]}"#,
            "don't take `currency`",
        ),
        (
            r#"{"type":"tiers","by":"sales","period":"month","mode":"whole","steps":[{"from":1,"ratePpm":1,"to":5}]}"#,
            "unknown field `to`",
        ),
        (
            r#"{"type":"tiers","by":"sales","period":"month","mode":"whole","steps":[{"from":1}]}"#,
            "a step requires one of",
        ),
    ] {
        let refused = read(json).unwrap_err();
        assert!(refused.contains(named), "{json}: {refused}");
    }
}

#[test]
fn what_can_not_stand() {
    let tiers = |rest: &str| format!(r#"{{"type":"tiers","by":"sales","period":"month","mode":"whole",{rest}}}"#);
    let revenue = |mode: &str, rest: &str| {
        format!(r#"{{"type":"tiers","by":"revenue","period":"month","mode":"{mode}","currency":"USD",{rest}}}"#)
    };
    let usd = r#""amountCents":500,"currency":"USD""#;
    for (json, field) in [
        (r#"{"type":"percentage","ratePpm":1000001}"#.to_owned(), "ratePpm"),
        (r#"{"type":"flat","amountCents":0,"currency":"USD"}"#.to_owned(), "amountCents"),
        (r#"{"type":"flat","amountCents":-5,"currency":"USD"}"#.to_owned(), "amountCents"),
        (r#"{"type":"flat","amountCents":1000000000001,"currency":"USD"}"#.to_owned(), "amountCents"),
        (format!(r#"{{"type":"flat",{usd},"duration":{{"months":0}}}}"#), "duration.months"),
        (format!(r#"{{"type":"flat",{usd},"duration":{{"months":1201}}}}"#), "duration.months"),
        (format!(r#"{{"type":"flat",{usd},"name":""}}"#), "name"),
        (format!(r#"{{"type":"flat",{usd},"when":{{"countries":["USA"]}}}}"#), "when.countries[0]"),
        (format!(r#"{{"type":"flat",{usd},"when":{{"countries":["US","de"]}}}}"#), "when.countries[1]"),
        (format!(r#"{{"type":"flat",{usd},"when":{{"products":["a",""]}}}}"#), "when.products[1]"),
        (format!(r#"{{"type":"flat",{usd},"when":{{"segments":["gold "]}}}}"#), "when.segments[0]"),
        (format!(r#"{{"type":"flat",{usd},"when":{{"metadata":{{"plan":[]}}}}}}"#), "when.metadata.plan"),
        (format!(r#"{{"type":"flat",{usd},"cap":{{"currency":"USD"}}}}"#), "cap.perConversion"),
        (format!(r#"{{"type":"flat",{usd},"cap":{{"currency":"EUR","perCustomer":1}}}}"#), "cap.currency"),
        (format!(r#"{{"type":"flat",{usd},"cap":{{"currency":"USD","perCustomer":0}}}}"#), "cap.perCustomer"),
        (format!(r#"{{"type":"per_lead",{usd},"when":{{"on":"new"}}}}"#), "when.on"),
        (format!(r#"{{"type":"per_click",{usd},"when":{{"products":["a"]}}}}"#), "when.products"),
        (format!(r#"{{"type":"per_click",{usd},"duration":"once"}}"#), "duration"),
        (format!(r#"{{"type":"per_click",{usd},"cap":{{"currency":"USD","perCustomer":1}}}}"#), "cap"),
        (tiers(r#""steps":[]"#), "steps"),
        (tiers(r#""steps":[{"from":0,"ratePpm":1}]"#), "steps[0].from"),
        (tiers(r#""steps":[{"from":1,"ratePpm":1},{"from":1,"ratePpm":2}]"#), "steps[1].from"),
        (tiers(r#""steps":[{"from":1,"ratePpm":2},{"from":2,"ratePpm":1}]"#), "steps[1].ratePpm"),
        (
            tiers(r#""currency":"USD","steps":[{"from":1,"amountCents":2},{"from":2,"amountCents":1}]"#),
            "steps[1].amountCents",
        ),
        (tiers(r#""currency":"USD","steps":[{"from":1,"amountCents":2},{"from":2,"ratePpm":1}]"#), "steps[1].ratePpm"),
        (tiers(r#""steps":[{"from":1,"ratePpm":1}],"cap":{"currency":"USD","perCustomer":1}"#), "cap.perCustomer"),
        (
            tiers(
                r#""steps":[{"from":1,"ratePpm":1}],"cap":{"currency":"USD","perAffiliate":{"amountCents":1,"period":"year"}}"#,
            ),
            "cap.perAffiliate.period",
        ),
        (revenue("whole", r#""steps":[{"from":1,"ratePpm":1}]"#), "steps[0].from"),
        (revenue("marginal", r#""steps":[{"from":0,"amountCents":1}]"#), "steps[0].amountCents"),
    ] {
        let found = check(&json);
        assert!(found.starts_with(&format!("components[0].{field}: ")), "{json}: {found}");
    }
    assert_eq!(validate(&[]).unwrap_err().field, "components");
    let many: Vec<Component> = vec![Pays::Percentage { rate_ppm: 1 }.into(); 21];
    assert_eq!(validate(&many).unwrap_err().field, "components");
    let second = [many[0].clone(), Pays::Percentage { rate_ppm: 1_000_001 }.into()];
    let refused = validate(&second).unwrap_err().to_string();
    assert_eq!(refused, "components[1].ratePpm must be at most 100% (1000000 parts per million)");
    assert_eq!(check(&revenue("whole", r#""steps":[{"from":0,"amountCents":1}]"#)), "fine");
}

#[test]
fn in_plain_words() {
    for (json, line) in [
        (
            r#"{"type":"percentage","ratePercent":"5","when":{"on":"recurring"},"duration":{"months":12},"cap":{"currency":"USD","perCustomer":10000}}"#,
            "5% of each renewal, for 12 months, at most USD 100.00 per customer",
        ),
        (r#"{"type":"percentage","ratePpm":255000}"#, "25.5% of each sale"),
        (
            r#"{"type":"flat","amountCents":2000,"currency":"USD","duration":"once"}"#,
            "USD 20.00 for a customer's first sale",
        ),
        (r#"{"type":"flat","amountCents":25000,"currency":"USD","when":{"on":"new"}}"#, "USD 250.00 for each new sale"),
        (r#"{"type":"first_conversion","amountCents":1500,"currency":"JPY"}"#, "JPY 1500 for a customer's first sale"),
        (
            r#"{"type":"per_lead","amountCents":1500,"currency":"KWD","duration":{"months":1}}"#,
            "KWD 1.500 for a customer's first lead, for 1 month",
        ),
        (
            r#"{"type":"per_click","amountCents":12,"currency":"USD","when":{"countries":["US"]}}"#,
            "USD 0.12 for each unique visitor per day, to buyers in US",
        ),
        (
            r#"{"type":"percentage","ratePpm":100000,"when":{"products":["a","b","c"],"currencies":["USD","EUR"],"metadata":{"plan":["pro"]},"segments":["gold"],"affiliates":["aff_01h455vb4pex5vsknk084sn02q"]}}"#,
            "10% of each sale, of a, b or c, paid in USD or EUR, where plan is pro, by affiliates in gold, by one affiliate",
        ),
        (
            r#"{"type":"tiers","by":"sales","period":"month","mode":"marginal","steps":[{"from":1,"ratePpm":100000},{"from":11,"ratePpm":150000},{"from":22,"ratePpm":200000}]}"#,
            "10% of each sale, 15% from the month's 11th sale, 20% from the month's 22nd sale",
        ),
        (
            r#"{"type":"tiers","by":"sales","period":"ever","mode":"whole","currency":"USD","steps":[{"from":1,"amountCents":1000},{"from":101,"amountCents":2000}]}"#,
            "USD 10.00 for each sale, USD 20.00 on all sales once the affiliate's 101st sale is reached",
        ),
        (
            r#"{"type":"tiers","by":"revenue","period":"quarter","mode":"marginal","currency":"USD","steps":[{"from":0,"ratePpm":100000},{"from":100000,"ratePpm":150000}],"cap":{"currency":"USD","perAffiliate":{"amountCents":500000,"period":"quarter"}}}"#,
            "10% of each sale, 15% above the quarter's first USD 1000.00, at most USD 5000.00 per affiliate per quarter",
        ),
        (
            r#"{"type":"tiers","by":"revenue","period":"year","mode":"whole","currency":"USD","steps":[{"from":0,"ratePpm":100000},{"from":100000,"ratePpm":150000}],"cap":{"currency":"USD","perConversion":5000}}"#,
            "10% of each sale, 15% on all sales once the year's revenue reaches USD 1000.00, at most USD 50.00 per sale",
        ),
    ] {
        assert_eq!(words(json), line);
    }
    assert_eq!(
        [1, 2, 3, 4, 11, 12, 13, 21, 101, 111].map(super::words::ordinal),
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th"]
    );
}

fn version(id: u8, scope: Scope, day: i64, components: Option<Vec<Component>>) -> PlanVersion {
    PlanVersion {
        id: PlanVersionId::from_bytes([id; 16]),
        program_id: ProgramId::from_bytes([1; 16]),
        scope,
        effective_at: Timestamp::EPOCH.plus_days(day),
        components,
        hold_days: 30,
    }
}

/// Which version applies: the affiliate's own, else the segment's, else the program's; of each, the latest effective
/// one.
#[test]
fn the_narrowest_scope_is_in_force() {
    let rate = |ppm| Some(vec![Pays::Percentage { rate_ppm: ppm }.into()]);
    let me = AffiliateId::from_bytes([7; 16]);
    let versions = [
        version(2, Scope::Program, 20, rate(2)),
        version(1, Scope::Program, 10, rate(1)),
        version(3, Scope::Segment("gold".to_owned()), 15, rate(3)),
        version(4, Scope::Affiliate(me), 30, rate(4)),
        version(5, Scope::Affiliate(me), 40, None),
        version(6, Scope::Segment("gold".to_owned()), 50, None),
        version(7, Scope::Affiliate(me), 60, rate(7)),
        version(8, Scope::Affiliate(me), 60, rate(8)),
    ];
    let at = |affiliate, segment, day| {
        in_force(&versions, ProgramId::from_bytes([1; 16]), affiliate, segment, Timestamp::EPOCH.plus_days(day))
            .map(|version| version.id.bytes()[0])
    };
    let other = AffiliateId::from_bytes([9; 16]);
    assert_eq!([9, 10, 19, 20, 99].map(|day| at(other, None, day)), [None, Some(1), Some(1), Some(2), Some(2)]);
    assert_eq!([14, 15, 49, 50].map(|day| at(other, Some("gold"), day)), [Some(1), Some(3), Some(3), Some(2)]);
    assert_eq!(at(other, Some("silver"), 49), Some(2));
    // The override starts, ends with a version without components, and starts again; of two at the same time, the later
    // id.
    assert_eq!([29, 30, 40, 60].map(|day| at(me, Some("gold"), day)), [Some(3), Some(4), Some(3), Some(8)]);
    let elsewhere = ProgramId::from_bytes([2; 16]);
    assert!(in_force(&versions, elsewhere, me, None, Timestamp::EPOCH.plus_days(99)).is_none());
}

/// The examples in the guide can be sent unchanged.
#[test]
fn the_guides_examples() {
    let guide = include_str!("../../../../../docs/guide/commissions.md");
    let examples: Vec<&str> = guide.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() > 10);
    // Components alone, or a whole request with them; null ends an override.
    for json in examples.into_iter().chain(guide.split("-d '").skip(1).filter_map(|rest| rest.split('\'').next())) {
        let example: serde_json::Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        let components = if example.is_array() { Some(&example) } else { example.get("components") };
        let Some(components) = components.filter(|components| !components.is_null()) else { continue };
        let components: Vec<Component> =
            serde_json::from_value(components.clone()).unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(validate(&components), Ok(()), "{json}");
    }
}

proptest! {
    #[test]
    fn percent_and_ppm_are_the_same_rate(ppm in 0u32..=RATE_PPM_MAX) {
        let percent = super::super::compute::percent(ppm);
        let read = read(&format!(r#"{{"type":"percentage","ratePercent":"{percent}"}}"#)).unwrap();
        prop_assert_eq!(read.pays, Pays::Percentage { rate_ppm: ppm });
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = read(&text);
        let _ = read(&format!(r#"{{"type":"percentage","ratePercent":"{text}"}}"#));
    }
}
