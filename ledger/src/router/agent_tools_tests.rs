//! Tests that every tool of AI assistants can be made from the operations that there are, and what each is like.

use std::{collections::BTreeSet, sync::LazyLock};

use super::described::DOCUMENT;
use agents::{
    confirmation::{
        check,
        create::{self, Open},
    },
    resource::{fetch, record::Records},
    tool::{
        answer::{self, Outcome},
        catalog::{Catalog, TOOL_BYTES_MAX},
        output::OUTPUT_BYTES_MAX,
        table,
    },
};
use axum::http::StatusCode;
use kit::{access::role::Right, api::document::complete::each_operation};
use serde_json::{Value, json};
use shared::{id::AgentConfirmationId, timestamp::Timestamp};

/// What the list of all tools may take of a model's context, in bytes.
const LIST_BYTES_MAX: usize = 128 * 1024;

/// Fields of a result that was cut, and of an error.
const OF_EVERY_RESULT: [&str; 5] = ["truncated", "hint", "error", "message", "field"];

fn document() -> Value {
    DOCUMENT.value.clone()
}

fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::of(&DOCUMENT.value).unwrap());
    &CATALOG
}

/// Every object of a schema.
fn walk(schema: &Value, seen: &mut impl FnMut(&Value)) {
    seen(schema);
    match schema {
        Value::Object(fields) => fields.values().for_each(|part| walk(part, seen)),
        Value::Array(all) => all.iter().for_each(|part| walk(part, seen)),
        _ => {}
    }
}

#[test]
fn each_tool_has_a_schema_that_clients_understand() {
    let catalog = catalog();
    let mut names = BTreeSet::new();
    for (tool, _) in catalog.all() {
        let name = tool["name"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name}");
        let [whole, output] = [tool, &tool["outputSchema"]].map(|part| part.to_string().len());
        assert!(output <= OUTPUT_BYTES_MAX && whole - output <= TOOL_BYTES_MAX, "{name}: {whole} bytes, {output}");
        let schema = &tool["inputSchema"];
        jsonschema::draft202012::new(schema).unwrap();
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()), "{name}");
        walk(schema, &mut |part| assert!(part.get("$ref").is_none(), "{name}: {part}"));
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{name}: {hint}");
        }
    }
    assert_eq!(names.len(), 46);
}

#[test]
fn every_word_of_a_schema_is_checked_before_a_person_decides() {
    let catalog = catalog();
    let of_tool = |tool: &Value| {
        check::unknown(&tool["inputSchema"])
            .into_iter()
            .map(|place| format!("{}{place}", tool["name"]))
            .collect::<Vec<_>>()
    };
    let unknown: Vec<String> = catalog.all().flat_map(|(tool, _)| of_tool(tool)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    // Any other operation may become a tool.
    let mut document = document();
    let mut schemas: Vec<Value> = document["components"]["schemas"].as_object().unwrap().values().cloned().collect();
    each_operation(&mut document, |_, _, operation| {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        schemas.extend(parameters.filter_map(|one| one.get("schema")).cloned());
        let body = operation.get("requestBody").and_then(|body| body.pointer("/content/application~1json/schema"));
        schemas.extend(body.cloned());
    });
    let unknown: Vec<String> = schemas.iter().flat_map(check::unknown).filter(|one| !one.contains("/$ref: ")).collect();
    assert!(schemas.len() > 100 && unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn only_what_reads_is_for_viewers() {
    let catalog = catalog();
    let of = |right: Right| catalog.all().filter(move |(_, needed)| *needed == right).map(|(tool, _)| tool);
    assert_eq!(of(Right::View).count(), 25);
    assert!(of(Right::View).all(|tool| tool["annotations"]["readOnlyHint"] == true));
    let confirmed = |tool: &&Value| tool["annotations"]["destructiveHint"] == true;
    assert_eq!(of(Right::Operate).filter(confirmed).count(), 15, "what a person confirms");
    let more: Vec<&str> =
        of(Right::Operate).filter(|tool| !confirmed(tool)).filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(
        more,
        ["simulate_plan", "preview_payout_run", "create_affiliate", "change_affiliate", "create_link", "retry_sync"]
    );
}

#[test]
fn a_list_is_read_in_small_pages() {
    let catalog = catalog();
    let mut lists = 0;
    for (tool, _) in catalog.all().filter(|(tool, _)| tool["name"].as_str().unwrap().starts_with("list_")) {
        let properties = &tool["inputSchema"]["properties"];
        assert_eq!(properties["perPage"]["maximum"], 50, "{tool}");
        assert!(properties["cursor"].is_object(), "{tool}");
        lists += 1;
    }
    assert_eq!(lists, 12);
}

/// An example of what an operation answers.
fn example(document: &mut Value, id: &str) -> Option<Value> {
    let mut found = None;
    each_operation(document, |_, _, operation| {
        if operation["operationId"] == id {
            let responses = operation["responses"].as_object().into_iter().flatten();
            let success = responses.filter(|(status, _)| status.starts_with('2'));
            found = success.filter_map(|(_, one)| one.pointer("/content/application~1json/example")).next().cloned();
        }
    });
    found
}

fn result(status: StatusCode, body: &Value) -> Value {
    let body = body.to_string();
    let outcome = Outcome { status, retry_after_seconds: Some(7), request_id: Some("req_1"), body: body.as_bytes() };
    answer::of(&outcome, &[])
}

/// With lists that are too long for one result.
fn enlarged(example: &Value) -> Value {
    let mut long = example.clone();
    for (_, field) in long.as_object_mut().into_iter().flatten() {
        if let Value::Array(list) = field
            && let Some(first) = list.first().cloned()
        {
            *list = vec![first; 5_000];
        }
    }
    long
}

#[test]
fn every_result_conforms_to_its_schema() {
    let mut document = document();
    let mut cut = 0;
    let open = Open { id: AgentConfirmationId::v7(1, &[1; 10]), expires_at: Timestamp::EPOCH };
    let needed = create::needs_confirmation("https://rekomi.acme.test/dashboard/confirm/conf_1", open);
    for (entry, (tool, _)) in table::entries().zip(catalog().all()) {
        let schema = &tool["outputSchema"];
        assert_eq!(schema["type"], "object", "{}: older clients take only objects", entry.name);
        walk(schema, &mut |part| assert!(part.get("$ref").is_none(), "{}: {part}", entry.name));
        let validator = jsonschema::draft202012::new(schema).unwrap();
        let example = example(&mut document, entry.operation).unwrap_or(json!({}));
        let refused = json!({"error": "not_found", "message": "Nothing is here", "field": "id"});
        for result in [
            result(StatusCode::OK, &example),
            result(StatusCode::OK, &enlarged(&example)),
            result(StatusCode::NOT_FOUND, &refused),
            result(StatusCode::TOO_MANY_REQUESTS, &json!({})),
            result(StatusCode::INTERNAL_SERVER_ERROR, &json!({})),
            answer::mistake("id", "id is required."),
            answer::over_limit(50),
            needed.clone(),
        ] {
            let content = &result["structuredContent"];
            let wrong = validator.validate(content).err();
            assert!(wrong.is_none(), "{}: {}: {content}", entry.name, wrong.unwrap());
            let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
            assert_eq!(&text, content, "{}", entry.name);
            cut += usize::from(content["truncated"] == true);
        }
        // A schema that allows anything would prove nothing.
        let fields: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let shown = example.as_object().into_iter().flatten().all(|(name, _)| fields.contains(&name.as_str()));
        assert!(shown, "{}: {fields:?} {example}", entry.name);
        let own = fields.iter().filter(|name| !OF_EVERY_RESULT.contains(*name));
        let refuses = own.filter(|name| !validator.is_valid(&json!({ (**name): {"no": ["such", "value"]} }))).count();
        assert!(refuses > 0, "{}: {schema}", entry.name);
    }
    assert!(cut > 10, "{cut}");
}

#[test]
fn the_list_is_short_enough_for_a_model() {
    let size: usize = catalog().all().map(|(tool, _)| tool.to_string().len()).sum();
    assert!(size + fetch::listed().to_string().len() <= LIST_BYTES_MAX, "{size} bytes");
}

#[test]
fn a_record_of_each_type_becomes_a_document() {
    let mut document = document();
    let records = Records::of(&document).unwrap();
    let validator = jsonschema::draft202012::new(&fetch::listed()["outputSchema"]).unwrap();
    for (id, operation) in [
        ("aff_1", "getAffiliate"),
        ("prog_1", "getProgram"),
        ("lnk_1", "getLink"),
        ("cpn_1", "getCoupon"),
        ("cus_1", "getCustomer"),
        ("conv_1", "getConversion"),
        ("com_1", "explainCommission"),
        ("po_1", "getPayout"),
    ] {
        let (kind, _) = records.find(id).unwrap();
        let record = example(&mut document, operation).unwrap();
        let made = kind.document(id, &record, |path| format!("/dashboard/{path}"));
        assert!(validator.is_valid(&made), "{made}");
        let title = made["title"].as_str().unwrap();
        assert!(!title.ends_with(id), "{title}: its field is missing in {record}");
        assert!(!made["url"].as_str().unwrap().ends_with(id), "{made}");
    }
    assert!(records.find("key_1").is_none() && records.find("usr_1").is_none());
}
