//! Requests to Klaviyo: resources in JSON:API format.

use serde_json::{Value, json};

use super::HOST;
use crate::{Event, Person, Request};

/// Quotes a string for a filter (API overview, "Filtering").
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

pub(super) fn profile(person: &Person) -> Request {
    Request::get(&HOST, "/api/profiles")
        .query("filter", format!("equals(email,{})", quoted(&person.email)))
        .query("additional-fields[profile]", "subscriptions")
}

pub(super) fn resource(kind: &str, attributes: Value) -> Value {
    json!({"data": {"type": kind, "attributes": attributes}})
}

/// The profile to import. Everything that isn't named stays as it is, including other properties.
pub(super) fn import(person: &Person) -> Value {
    let mut attributes = json!({
        "email": person.email,
        "properties": {"rekomi_tags": person.tags, "rekomi_status": person.affiliate_status.as_str()},
    });
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value {
            attributes[field] = json!(value);
        }
    }
    resource("profile", attributes)
}

pub(super) fn subscription(person: &Person, list: &str) -> Value {
    let subscriptions = json!({"email": {"marketing": {"consent": "SUBSCRIBED"}}});
    let profile = json!({"type": "profile", "attributes": {"email": person.email, "subscriptions": subscriptions}});
    let attributes = json!({"custom_source": "Rekomi", "profiles": {"data": [profile]}});
    let mut job = resource("profile-subscription-bulk-create-job", attributes);
    job["data"]["relationships"] = json!({"list": {"data": {"type": "list", "id": list}}});
    job
}

pub(super) fn event(person: &Person, event: &Event) -> Value {
    let mut attributes = json!({
        "unique_id": event.id.to_string(),
        "time": event.at.to_string(),
        "properties": event.properties,
    });
    attributes["metric"] = resource("metric", json!({"name": event.name}));
    attributes["profile"] = resource("profile", json!({"email": person.email}));
    resource("event", attributes)
}

pub(super) fn deletion(person: &Person) -> Value {
    let profile = resource("profile", json!({"email": person.email}));
    resource("data-privacy-deletion-job", json!({"profile": profile}))
}
