//! Checks that the API description of every operation is complete.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Map, Value, json};

use super::described::DOCUMENT;
use kit::api::document::complete::{each_operation, is_public};

const CONVENTIONS: &str = include_str!("../../../docs/api/conventions.md");

/// What is missing, by operation.
type Faults = BTreeMap<String, Vec<String>>;

fn document() -> Value {
    DOCUMENT.value.clone()
}

fn faults(check: impl Fn(&str, &str, &Map<String, Value>, &Value) -> Vec<String>) -> Faults {
    let whole = document();
    let mut found = Faults::new();
    let mut count = 0;
    each_operation(&mut whole.clone(), |method, path, operation| {
        count += 1;
        let faults = check(method, path, operation, &whole);
        if !faults.is_empty() {
            found.insert(format!("{method} {path}"), faults);
        }
    });
    assert!(count > 40, "{count} operations only");
    found
}

fn none(found: &Faults) {
    assert!(found.is_empty(), "{found:#?}");
}

fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(link) => document.pointer(link.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => value,
    }
}

#[test]
fn every_operation_has_a_name_and_words() {
    let mut names = BTreeSet::new();
    let mut twice = Vec::new();
    each_operation(&mut document(), |_, _, operation| {
        let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
        if !names.insert(name.clone()) {
            twice.push(name);
        }
    });
    assert!(twice.is_empty(), "{twice:?}");
    none(&faults(|_, _, operation, document| {
        let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("operationId");
        let camel =
            id.starts_with(|c: char| c.is_ascii_lowercase()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let known =
            |tag: &Value| document["tags"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == *tag));
        let tags = operation.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
        [
            (camel, "operationId in camelCase"),
            (!text("summary").is_empty() && !text("summary").ends_with('.'), "a summary without full stop"),
            (!text("description").is_empty(), "a description"),
            (tags.len() == 1 && tags.iter().all(known), "one tag"),
        ]
        .into_iter()
        .filter(|(fine, _)| !fine)
        .map(|(_, what)| what.to_owned())
        .collect()
    }));
}

#[test]
fn every_body_and_parameter_has_an_example_that_fits_its_schema() {
    let fit = RefCell::new(Fit::default());
    none(&faults(|_, _, operation, document| {
        let mut wrong = Vec::new();
        let misfit =
            |what: &str, schema: &Value, example: &Value| fit.borrow_mut().misfit(what, schema, example, document);
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let parameter = resolved(parameter, document);
            let what = format!("parameter {}", parameter["name"]);
            match parameter.get("example") {
                Some(example) => wrong.extend(misfit(&what, &parameter["schema"], example)),
                None => wrong.push(format!("{what}: no example")),
            }
        }
        let responses = operation["responses"].as_object().into_iter().flatten();
        let bodies = operation.get("requestBody").map(|body| ("request".to_owned(), body));
        for (what, body) in bodies.into_iter().chain(responses.map(|(status, response)| (status.clone(), response))) {
            let Some(content) = resolved(body, document).pointer("/content/application~1json") else { continue };
            let named = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            let all: Vec<&Value> = content.get("example").into_iter().chain(named).collect();
            if all.is_empty() {
                wrong.push(format!("{what}: no example"));
            }
            all.into_iter().for_each(|example| wrong.extend(misfit(&what, &content["schema"], example)));
        }
        wrong
    }));
}

/// Compiled schemas. Most operations share a few of them, and compiling one is slow.
#[derive(Default)]
struct Fit(BTreeMap<String, Result<jsonschema::Validator, String>>);

impl Fit {
    fn misfit(&mut self, what: &str, schema: &Value, example: &Value, document: &Value) -> Option<String> {
        let ready = self.0.entry(schema.to_string()).or_insert_with(|| {
            let mut root = schema.clone();
            root["components"] = components_of(schema, document);
            jsonschema::draft202012::new(&root).map_err(|error| error.to_string())
        });
        match ready {
            Ok(validator) => {
                validator.validate(example).err().map(|error| format!("{what}: {error} at {}", error.instance_path()))
            }
            Err(error) => Some(format!("{what}: no schema: {error}")),
        }
    }
}

/// The components that a schema leads to, since compiling all of them anew for each schema would take minutes.
pub(super) fn components_of(schema: &Value, document: &Value) -> Value {
    fn links(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|inner| links(inner, found));
            }
            Value::Array(all) => all.iter().for_each(|inner| links(inner, found)),
            _ => {}
        }
    }
    let (mut components, mut open) = (json!({}), Vec::new());
    links(schema, &mut open);
    while let Some(link) = open.pop() {
        let Some((kind, name)) = link.strip_prefix("#/components/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        if components[kind][name].is_null() {
            let component = document["components"][kind][name].clone();
            links(&component, &mut open);
            components[kind][name] = component;
        }
    }
    components
}

#[test]
fn every_field_and_parameter_is_described() {
    fn describes(of: &Value) -> bool {
        of["description"].as_str().is_some_and(|text| !text.is_empty())
    }
    fn walk(schema: &Value, at: &str, silent: &mut Vec<String>) {
        match schema {
            Value::Object(parts) => {
                for (word, part) in parts {
                    match (word.as_str(), part) {
                        // The values of these are data.
                        ("example" | "examples" | "default" | "const" | "enum", _) => {}
                        ("properties", Value::Object(properties)) => {
                            for (name, property) in properties {
                                let at = format!("{at}.{name}");
                                silent.extend((!describes(property)).then(|| at.clone()));
                                walk(property, &at, silent);
                            }
                        }
                        (_, part) => walk(part, at, silent),
                    }
                }
            }
            Value::Array(all) => all.iter().for_each(|one| walk(one, at, silent)),
            _ => {}
        }
    }
    let document = document();
    let mut silent = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        walk(schema, name, &mut silent);
    }
    each_operation(&mut document.clone(), |method, path, operation| {
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let parameter = resolved(parameter, &document);
            silent.extend((!describes(parameter)).then(|| format!("{method} {path} {}", parameter["name"])));
        }
    });
    assert!(silent.is_empty(), "write a line of documentation above these:\n{silent:#?}");
}

#[test]
fn every_operation_says_what_may_go_wrong() {
    none(&faults(|method, path, operation, document| {
        let responses = &operation["responses"];
        let mut expected = vec![400, 500, 503];
        expected.extend((!is_public(operation)).then_some([401, 429]).into_iter().flatten());
        expected.extend((method != "get").then_some(403));
        expected.extend(path.contains('{').then_some(404));
        expected.extend(operation.contains_key("requestBody").then_some([413, 415]).into_iter().flatten());
        let declared = |status: &u16| responses.get(status.to_string()).is_some();
        let mut wrong: Vec<String> = expected
            .iter()
            .filter(|status| !declared(status))
            .map(|status| format!("{status} is not declared"))
            .collect();
        for (status, response) in responses.as_object().into_iter().flatten() {
            let headers = &resolved(response, document)["headers"];
            if headers.get("Rekomi-Request-Id").is_none() || headers.get("RateLimit-Remaining").is_none() {
                wrong.push(format!("{status} has not the headers of every answer"));
            }
            if ["429", "503"].contains(&status.as_str()) && headers.get("Retry-After").is_none() {
                wrong.push(format!("{status} has no Retry-After"));
            }
        }
        let succeeds = responses.as_object().is_some_and(|all| all.keys().any(|status| status.starts_with('2')));
        wrong.extend((!succeeds).then(|| "no success is declared".to_owned()));
        wrong
    }));
}

#[test]
fn what_a_handler_says_of_an_error_stays() {
    let document = document();
    for (method, path, status, words) in [
        ("post", "/api/v1/imports", "413", "20,544 KB"),
        ("post", "/api/v1/payout-runs/{id}/import", "413", "2 MB"),
        ("post", "/api/v1/payout-runs/{id}/import", "415", "CSV"),
        ("get", "/api/v1/tax-forms/{id}", "403", "viewer"),
        ("get", "/api/v1/organization/export", "403", "owner"),
    ] {
        let response = &document["paths"][path][method]["responses"][status];
        let description = response["description"].as_str().unwrap_or_default();
        assert!(description.contains(words), "{method} {path} {status}: {response}");
        let examples = &response["content"]["application/json"]["examples"];
        let messages = examples.as_object().into_iter().flatten().map(|(_, example)| &example["value"]["message"]);
        assert_eq!(messages.collect::<Vec<_>>(), [description], "{method} {path} {status}");
    }
    // A code of one word has an example, too.
    let conflict = &document["paths"]["/api/v1/connections/{id}/test"]["post"]["responses"]["409"];
    assert_eq!(conflict["content"]["application/json"]["examples"]["connecting"]["value"]["error"], "connecting");
}

#[test]
fn the_conventions_list_each_write_without_an_idempotency_key() {
    none(&faults(|method, _, operation, _| {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let mut parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let takes_key = parameters.any(|one| one["$ref"] == "#/components/parameters/IdempotencyKey");
        let is_listed = CONVENTIONS.contains(&format!("`{id}`"));
        let fault = match (method, takes_key, is_listed) {
            ("get", ..) | (_, true, false) | (_, false, true) => None,
            (_, true, true) => Some("takes a key, and docs/api/conventions.md lists it as an exception"),
            (_, false, false) => Some("takes no key, and docs/api/conventions.md doesn't list it"),
        };
        fault.into_iter().map(str::to_owned).collect()
    }));
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value, dead: &mut Vec<String>, count: &mut u32) {
        match value {
            Value::Object(fields) => {
                if let Some(link) = fields.get("$ref").and_then(Value::as_str) {
                    *count += 1;
                    if link.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_none() {
                        dead.push(link.to_owned());
                    }
                }
                fields.values().for_each(|inner| walk(inner, document, dead, count));
            }
            Value::Array(all) => all.iter().for_each(|inner| walk(inner, document, dead, count)),
            _ => {}
        }
    }
    let document = document();
    let (mut dead, mut count) = (Vec::new(), 0);
    walk(&document, &document, &mut dead, &mut count);
    assert!(dead.is_empty() && count > 500, "{count}: {dead:?}");
}

#[test]
fn what_is_the_same_everywhere_stands_once() {
    let document = document();
    let create = &document["paths"]["/api/v1/links"]["post"];
    assert_eq!(create["responses"]["401"], json!({"$ref": "#/components/responses/Unauthorized"}));
    assert_eq!(create["parameters"], json!([{"$ref": "#/components/parameters/IdempotencyKey"}]));
    let conflict = &create["responses"]["409"]["content"]["application/json"]["examples"];
    assert_eq!(conflict["slug_taken"]["value"]["error"], "slug_taken");
    assert_eq!(conflict["idempotency_conflict"]["value"]["error"], "idempotency_conflict");
    let rows = &document["components"]["schemas"]["Page_Link"]["properties"]["data"]["items"];
    assert_eq!(*rows, json!({"$ref": "#/components/schemas/Link"}));
    let kind = &document["components"]["schemas"]["Conversion"]["properties"]["type"]["enum"];
    assert_eq!(*kind, json!(["Sale", "Recurring", "Lead"]));
}

/// A program that compares a response with the document would refuse any other value.
#[test]
fn all_that_can_hold_a_commission_is_in_the_document() {
    let document = document();
    let held = &document["components"]["schemas"]["ReceiptHold"]["properties"]["heldFor"]["enum"];
    assert_eq!(*held, json!(["Review", "FirstSale", "Dispute", null]));
}
