//! Goal: the refusal of a plan names the field that was sent by its whole path, wherever plans are sent.
//! Method: each field of a component, wrong in type, value or place, as the second component of a new program, of a
//! plan's version and of a simulated plan.

use serde_json::{Value, json};
use world::program_fixture::{ProgramFixture, percentage};

/// A component with one mistake, and the path of the mistake within it.
fn mistakes() -> Vec<(Value, &'static str)> {
    let percent = |field: &str, value: Value| {
        let mut component = json!({"type": "percentage", "ratePercent": "5"});
        component[field] = value;
        component
    };
    let flat = |field: &str, value: Value| {
        let mut component = json!({"type": "flat", "amountCents": 100, "currency": "USD"});
        component[field] = value;
        component
    };
    let tiers = |field: &str, value: Value| {
        let steps = json!([{"from": 1, "ratePercent": "5"}, {"from": 10, "ratePercent": "7"}]);
        let mut component = json!({"type": "tiers", "by": "sales", "period": "month", "mode": "whole", "steps": steps});
        component[field] = value;
        component
    };
    let step = |step: Value| tiers("steps", json!([{"from": 1, "ratePercent": "5"}, step]));
    vec![
        (json!({"ratePercent": "5"}), "type"),
        (percent("type", json!("percent")), "type"),
        (percent("ratePercent", json!(5)), "ratePercent"),
        (percent("ratePercent", json!("5,5")), "ratePercent"),
        (percent("ratePercent", json!("100.01")), "ratePercent"),
        (percent("ratePpm", json!(50_000)), "ratePercent"),
        (json!({"type": "percentage"}), "ratePercent"),
        (json!({"type": "percentage", "ratePpm": 1_000_001}), "ratePpm"),
        (json!({"type": "percentage", "ratePpm": "5"}), "ratePpm"),
        (percent("amountCents", json!(5)), "amountCents"),
        (percent("rate", json!(5)), "rate"),
        (percent("name", json!("")), "name"),
        (percent("duration", json!("for ever")), "duration"),
        (percent("duration", json!({"months": 0})), "duration.months"),
        (percent("when", json!({"on": "renewal"})), "when.on"),
        (percent("when", json!({"product": ["a"]})), "when.product"),
        (percent("when", json!({"countries": ["DE", "Germany"]})), "when.countries[1]"),
        (percent("when", json!({"currencies": ["XYZ"]})), "when.currencies[0]"),
        (percent("when", json!({"affiliates": ["prog_1"]})), "when.affiliates[0]"),
        (percent("when", json!({"segments": ["gold", " "]})), "when.segments[1]"),
        (percent("when", json!({"products": "pro"})), "when.products"),
        (percent("when", json!({"metadata": {"term": []}})), "when.metadata.term"),
        (percent("cap", json!({"perConversion": 5})), "cap.currency"),
        (percent("cap", json!({"currency": "USD"})), "cap.perConversion"),
        (percent("cap", json!({"currency": "USD", "perCustomer": 0})), "cap.perCustomer"),
        (percent("cap", json!({"currency": "USD", "perAffiliate": {"amountCents": 5}})), "cap.perAffiliate.period"),
        (
            percent("cap", json!({"currency": "USD", "perAffiliate": {"amountCents": 5, "period": "week"}})),
            "cap.perAffiliate.period",
        ),
        (flat("amountCents", json!(0)), "amountCents"),
        (flat("amountCents", json!("5")), "amountCents"),
        (flat("amountCents", json!(null)), "amountCents"),
        (flat("currency", json!("dollars")), "currency"),
        (flat("currency", json!(null)), "currency"),
        (flat("steps", json!([])), "steps"),
        (tiers("by", json!("clicks")), "by"),
        (tiers("by", json!("revenue")), "currency"),
        (tiers("currency", json!("USD")), "currency"),
        (tiers("period", json!(null)), "period"),
        (tiers("mode", json!("half")), "mode"),
        (tiers("steps", json!([])), "steps"),
        (tiers("steps", json!([{"from": 2, "ratePercent": "5"}])), "steps[0].from"),
        (step(json!({"from": 10, "ratePercent": "101"})), "steps[1].ratePercent"),
        (step(json!({"from": 10, "ratePercent": "4"})), "steps[1].ratePercent"),
        (step(json!({"from": 10, "ratePpm": 40_000})), "steps[1].ratePpm"),
        (step(json!({"from": 10, "ratePercent": "7%"})), "steps[1].ratePercent"),
        (step(json!({"from": 10, "ratePercent": "7", "amountCents": 5})), "steps[1].amountCents"),
        (step(json!({"from": 10})), "steps[1]"),
        (step(json!({"from": "10", "ratePercent": "7"})), "steps[1].from"),
        (step(json!({"from": 10, "ratePercent": "7", "to": 20})), "steps[1].to"),
        (step(json!({"ratePercent": "7"})), "steps[1].from"),
    ]
}

#[tokio::test]
async fn a_refused_plan_names_the_field_that_was_sent() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let paths = [
        "/programs".to_owned(),
        format!("/programs/{}/plans", fixture.program),
        format!("/programs/{}/plans/simulate", fixture.program),
    ];
    for (component, field) in mistakes() {
        for path in &paths {
            let mut body = json!({"components": [{"type": "percentage", "ratePercent": "5"}, component]});
            if path == "/programs" {
                body["name"] = json!("Refused");
            }
            let answer = fixture.api.post(path, &body).await;
            let expected = (400, "validation_failed".to_owned(), format!("components[1].{field}"));
            assert_eq!(answer.field_refusal(), expected, "{path} {component}: {}", answer.text());
            assert!(!answer.text().contains("invalid field"), "{}", answer.text());
        }
    }
    fixture.world.finish().await;
}
