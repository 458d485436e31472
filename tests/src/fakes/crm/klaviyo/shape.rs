//! How Klaviyo writes resources, filters and errors.

use serde_json::{Map, Value, json};

use super::super::{Answer, Call, only, text};

pub(super) fn refused(status: u16, code: &str, detail: &str, pointer: &str) -> Answer {
    let error = json!({
        "id": "0b13aeba-9b4b-4e0d-93dd-6b5c01a4b7a0", "status": status, "code": code, "title": detail, "detail": detail,
        "source": {"pointer": pointer},
    });
    Answer(status, json!({"errors": [error]}))
}

pub(super) fn wrong(why: impl AsRef<str>) -> Answer {
    refused(400, "invalid", why.as_ref(), "/data")
}

pub(super) fn parameters(call: &Call, known: &[&str]) -> Result<(), String> {
    match call.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => Err(format!("'{name}' is not a valid query parameter")),
        None => Ok(()),
    }
}

/// The address of `equals(email,"…")`.
pub(super) fn filtered(call: &Call) -> Option<String> {
    let filter = call.parameter("filter")?;
    let quoted = filter.strip_prefix("equals(email,\"")?.strip_suffix("\")")?;
    Some(quoted.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// The attributes of a resource of that type that has nothing beside them but what `more` names.
pub(super) fn attributes<'a>(
    value: &'a Value,
    kind: &str,
    known: &[&str],
    more: &[&str],
) -> Result<&'a Map<String, Value>, String> {
    let names: Vec<&str> = ["type", "attributes"].iter().chain(more).copied().collect();
    let fields = only(value, &names)?;
    if text(fields, "type")? != kind {
        return Err(format!("type must be {kind}"));
    }
    only(fields.get("attributes").ok_or("attributes are required")?, known)
}

pub(super) fn data(value: &Value) -> Result<&Value, String> {
    only(value, &["data"])?.get("data").ok_or_else(|| "data is required".to_owned())
}

pub(super) fn address(fields: &Map<String, Value>) -> Result<String, String> {
    text(fields, "email").and_then(|email| {
        let valid = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if valid { Ok(email.to_lowercase()) } else { Err("Invalid email address".to_owned()) }
    })
}
