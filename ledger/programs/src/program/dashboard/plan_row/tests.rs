use super::*;
use kit::form::Problems;
use rules::commission::plan::validate;

/// The fields as a browser sends them.
fn sent(row: &Row) -> Fields {
    let mut pairs = vec![("c0-steps".to_owned(), row.steps.len().to_string())];
    for (step, (from, pays)) in row.steps.iter().enumerate() {
        pairs.push((format!("c0-s{step}-from"), from.clone()));
        pairs.push((format!("c0-s{step}-pays"), pays.clone()));
    }
    for (name, value) in [
        ("type", &row.kind),
        ("rate", &row.rate),
        ("amount", &row.amount),
        ("currency", &row.currency),
        ("on", &row.on),
        ("duration", &row.duration),
        ("months", &row.months),
        ("by", &row.by),
        ("period", &row.period),
        ("mode", &row.mode),
        ("unit", &row.unit),
        ("products", &row.products),
        ("countries", &row.countries),
        ("currencies", &row.currencies),
        ("segments", &row.segments),
        ("affiliates", &row.affiliates),
        ("metadata", &row.metadata),
        ("capCurrency", &row.cap_currency),
        ("capSale", &row.cap_sale),
        ("capCustomer", &row.cap_customer),
        ("capAffiliate", &row.cap_affiliate),
        ("capPeriod", &row.cap_period),
        ("name", &row.name),
        ("id", &row.id),
    ] {
        pairs.push((format!("c0-{name}"), value.clone()));
    }
    pairs.into_iter().collect()
}

fn read(row: &Row) -> (Option<Component>, Problems) {
    let mut problems = Problems::default();
    let component = Reader { row, at: 0, problems: &mut problems }.read();
    (component, problems)
}

#[test]
fn every_component_comes_through_the_form() {
    for json in [
        r#"{"type":"percentage","ratePpm":123456}"#,
        r#"{"type":"percentage","ratePpm":250000,"when":{"segments":["gold"],"on":"new"},"duration":{"months":12},"cap":{"currency":"USD","perConversion":100,"perCustomer":200,"perAffiliate":{"amountCents":300,"period":"quarter"}},"name":"Year one","id":"year_one"}"#,
        r#"{"type":"flat","amountCents":500,"currency":"JPY","when":{"affiliates":["aff_01h455vb4pex5vsknk084sn02q"],"products":["pro"],"countries":["US","DE"],"currencies":["USD","EUR"],"metadata":{"plan":["pro","team"],"term":["yearly"]}},"duration":"once"}"#,
        r#"{"type":"tiers","by":"sales","period":"month","mode":"whole","steps":[{"from":1,"ratePpm":100000},{"from":11,"ratePpm":200000}]}"#,
        r#"{"type":"tiers","currency":"USD","by":"revenue","period":"ever","mode":"marginal","steps":[{"from":0,"ratePpm":100000},{"from":100050,"ratePpm":200000}]}"#,
        r#"{"type":"tiers","currency":"EUR","by":"sales","period":"year","mode":"marginal","steps":[{"from":1,"amountCents":1050}]}"#,
        r#"{"type":"first_conversion","amountCents":1500,"currency":"USD"}"#,
        r#"{"type":"per_lead","amountCents":200,"currency":"USD"}"#,
        r#"{"type":"per_click","amountCents":10,"currency":"USD","when":{"countries":["US"]}}"#,
    ] {
        let component: Component = serde_json::from_str(json).unwrap();
        assert_eq!(validate(std::slice::from_ref(&component)), Ok(()), "{json}");
        let row = Row::of_fields(&sent(&Row::of(&component)), 0);
        let (read, problems) = read(&row);
        assert!(problems.is_empty(), "{json}: {problems:?}");
        assert_eq!(read, Some(component), "{json}");
    }
}

#[test]
fn what_a_type_has_no_use_for_is_ignored() {
    let bounty: Component =
        serde_json::from_str(r#"{"type":"first_conversion","amountCents":1500,"currency":"USD"}"#).unwrap();
    let mut row = Row::of(&bounty);
    (row.on, row.duration, row.months) = ("recurring".to_owned(), "months".to_owned(), "a year".to_owned());
    assert_eq!(read(&row).0, Some(bounty));
    let click: Component = serde_json::from_str(r#"{"type":"per_click","amountCents":10,"currency":"USD"}"#).unwrap();
    let mut row = Row::of(&click);
    (row.products, row.currencies, row.metadata) = ("pro".to_owned(), "coins".to_owned(), "yearly".to_owned());
    assert_eq!(read(&row).0, Some(click));
}

#[test]
fn boxes_and_the_field_beside_them_are_one_list() {
    let fields = Fields::from_iter([("c0-segments", "gold"), ("c0-segments", " silver, tin "), ("c0-segments", "")]);
    assert_eq!(Row::of_fields(&fields, 0).segments, "gold, silver, tin");
}

#[test]
fn each_mistake_stands_beside_its_field() {
    let with = |change: &dyn Fn(&mut Row)| {
        let mut row = Row::another();
        row.rate = "20".to_owned();
        change(&mut row);
        read(&row).1
    };
    for (field, change) in [
        ("c0-rate", &(|row: &mut Row| row.rate = "lots".to_owned()) as &dyn Fn(&mut Row)),
        ("c0-type", &|row| (row.kind, row.amount) = ("gift".to_owned(), "5".to_owned())),
        ("c0-amount", &|row| (row.kind, row.amount) = ("flat".to_owned(), "-5".to_owned())),
        ("c0-currency", &|row| (row.kind, row.currency) = ("flat".to_owned(), "coins".to_owned())),
        ("c0-months", &|row| (row.duration, row.months) = ("months".to_owned(), "a year".to_owned())),
        ("c0-currencies", &|row| row.currencies = "USD, coins".to_owned()),
        ("c0-affiliates", &|row| row.affiliates = "lauren".to_owned()),
        ("c0-metadata", &|row| row.metadata = "yearly".to_owned()),
        ("c0-capSale", &|row| row.cap_sale = "much".to_owned()),
        ("c0-capCurrency", &|row| (row.cap_sale, row.cap_currency) = ("5".to_owned(), String::new())),
        ("c0-s1-from", &|row| (row.kind, row.steps[1].0) = ("tiers".to_owned(), "many".to_owned())),
        ("c0-s0-pays", &|row| (row.kind, row.steps[0].1) = ("tiers".to_owned(), "more".to_owned())),
    ] {
        let problems = with(change);
        assert!(problems.of(field).is_some(), "{field}: {problems:?}");
    }
    let both = with(&|row| (row.rate, row.cap_sale) = ("x".to_owned(), "y".to_owned()));
    assert!(both.of("c0-rate").is_some() && both.of("c0-capSale").is_some(), "{both:?}");
}
