//! Tests that the edge's operations fit into the served description, and that their examples are what they describe.

use serde_json::Value;

use super::{described::DOCUMENT, document_tests::components_of};
use kit::api::document::edge::TAG;

/// The edge's path items, by path.
fn items(whole: &Value) -> impl Iterator<Item = (&String, &Value)> {
    whole["paths"].as_object().unwrap().iter().filter(|(_, item)| item.get("servers").is_some())
}

#[test]
fn the_ledgers_operations_stay_as_they_are() {
    let mut whole = DOCUMENT.with_edge();
    let count = items(&whole).count();
    assert!(count > 8, "{count}");
    whole["paths"].as_object_mut().unwrap().retain(|_, item| item.get("servers").is_none());
    let tags = whole["tags"].as_array_mut().unwrap();
    assert_eq!(tags.pop().unwrap()["name"], TAG);
    assert_eq!(whole, DOCUMENT.value);
}

#[test]
fn each_example_fits_its_schema() {
    let whole = DOCUMENT.with_edge();
    let mut seen = 0;
    for (path, item) in items(&whole) {
        for operation in item.as_object().unwrap().values().filter(|one| one.get("responses").is_some()) {
            let responses = operation["responses"].as_object().unwrap().values();
            for body in responses.chain(operation.get("requestBody")) {
                let Some(content) = body.pointer("/content/application~1json") else { continue };
                let mut schema = content["schema"].clone();
                schema["components"] = components_of(&content["schema"], &whole);
                let validator = jsonschema::draft202012::new(&schema).unwrap();
                let verdict = validator.validate(&content["example"]);
                assert!(verdict.is_ok(), "{path}: {} in {}", verdict.unwrap_err(), content["example"]);
                seen += 1;
            }
            for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let validator = jsonschema::draft202012::new(&parameter["schema"]).unwrap();
                assert!(validator.is_valid(&parameter["example"]), "{path}: {parameter}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}
