//! The tool `fetch`: reads a record by its id, in the form that assistants which only search and fetch expect.
//!
//! Source: "Building MCP servers for ChatGPT and API integrations" in OpenAI's documentation: one object with `id`, `title`,
//! `text`, `url` and `metadata`, also as the text of the only content.

use serde_json::{Map, Value, json};

use super::read::Reader;
use crate::tool::answer;
use kit::error::Result;

pub const NAME: &str = "fetch";
const TITLE: &str = "Fetch a record";
/// Fields whose texts others wrote.
const UNTRUSTED: [&str; 2] = ["text", "title"];

/// The tool as clients see it.
pub fn listed() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let plain = json!({"type": "string"});
    json!({
        "name": NAME,
        "title": TITLE,
        "description": "Reads one record by an id that search or another tool returned: an affiliate (aff_…), program \
                        (prog_…), link (lnk_…), coupon (cpn_…), customer (cus_…), conversion (conv_…), commission (com_…, with \
                        the explanation of its amount) or payout (po_…).",
        "inputSchema": {
            "type": "object",
            "properties": {"id": text("The record's id.")},
            "required": ["id"],
            "additionalProperties": false,
        },
        "outputSchema": {"type": "object", "properties": {
            "id": plain, "title": plain, "text": text("The whole record: JSON, or Markdown for a commission."),
            "url": text("The dashboard's page about it."),
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "error": plain, "message": plain, "field": plain,
        }},
        "annotations": {
            "title": TITLE,
            "readOnlyHint": true,
            "destructiveHint": false,
            "idempotentHint": true,
            "openWorldHint": false,
        },
    })
}

/// The result of a call. `page` makes the address of a page of the dashboard; `admitted` is as for every tool.
///
/// # Errors
/// If the database is unavailable.
pub async fn run(
    reader: Reader<'_>,
    arguments: &Map<String, Value>,
    page: impl Fn(&str) -> String,
    admitted: Result<()>,
) -> Result<Value> {
    if let Some(unknown) = arguments.keys().find(|name| *name != "id") {
        return Ok(answer::mistake(unknown, &format!("This tool has no argument {unknown}.")));
    }
    let Some(id) = arguments.get("id").and_then(Value::as_str) else {
        return Ok(answer::mistake("id", "id is required."));
    };
    let Some((kind, tool)) = reader.records.find(id) else {
        return Ok(answer::mistake("id", "Send an id that search returned, such as aff_…"));
    };
    let result = reader.record(tool, id, admitted).await?;
    if result["isError"] == true {
        return Ok(result);
    }
    Ok(answer::success(kind.document(id, &result["structuredContent"], page), &UNTRUSTED.map(str::to_owned)))
}
