//! Tests that every tool of AI assistants can be made from the operations that there are, and what each is like.

use std::collections::BTreeSet;

use agents::tool::catalog::{Catalog, TOOL_BYTES_MAX};
use kit::{access::role::Right, api::document::Document};
use serde_json::Value;

fn catalog() -> Catalog {
    Catalog::of(&Document::new(super::operations().get_openapi()).value).unwrap()
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
        assert!(tool.to_string().len() <= TOOL_BYTES_MAX, "{name}: {} bytes", tool.to_string().len());
        let schema = &tool["inputSchema"];
        jsonschema::draft202012::new(schema).unwrap();
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()), "{name}");
        walk(schema, &mut |part| assert!(part.get("$ref").is_none(), "{name}: {part}"));
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{name}: {hint}");
        }
    }
    assert_eq!(names.len(), 32);
}

#[test]
fn only_what_reads_is_for_viewers() {
    let catalog = catalog();
    let of = |right: Right| catalog.all().filter(move |(_, needed)| *needed == right).map(|(tool, _)| tool);
    assert_eq!(of(Right::View).count(), 24);
    assert!(of(Right::View).all(|tool| tool["annotations"]["readOnlyHint"] == true));
    let more: Vec<&str> = of(Right::Operate).filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(
        more,
        [
            "simulate_plan",
            "preview_payout_run",
            "create_affiliate",
            "change_affiliate",
            "create_link",
            "change_link",
            "create_coupon",
            "retry_sync"
        ]
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
