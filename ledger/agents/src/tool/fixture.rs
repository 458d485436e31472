//! A small API with a list and a creation, for the unit tests of this folder.

use serde_json::{Value, json};
use shared::id::{ApiKeyId, OrganizationId};

use super::{
    catalog::Tool,
    table::{Class, Entry},
};
use identity::access::{actor::Actor, agent::Agent};
use kit::access::{role::Role, scope::Scope};

pub(crate) const LISTS: Entry = Entry {
    name: "list_notes",
    title: "List notes",
    operation: "listNotes",
    class: Class::Read,
    description: "Notes about a person.",
    body: None,
    fixed: None,
    creates: false,
    reaches_out: false,
};
pub(crate) const CREATES: Entry = Entry {
    name: "create_person",
    title: "Create a person",
    operation: "createPerson",
    class: Class::Change,
    description: "Creates a person.",
    body: Some(&["name", "notes"]),
    fixed: Some(("status", "Pending")),
    creates: true,
    reaches_out: false,
};
pub(crate) const NOTIFIES: Entry = Entry {
    name: "approve_affiliate",
    title: "Approve a person",
    class: Class::Notify,
    fixed: None,
    creates: false,
    ..CREATES
};
pub(crate) const PAYS: Entry = Entry { class: Class::Money, ..NOTIFIES };

pub(crate) fn document() -> Value {
    let text = json!({"type": "string"});
    let body = |schema: &str| json!({"content": {"application/json": {"schema": {"$ref": schema}}}});
    json!({
        "paths": {
            "/api/v1/people/{id}/notes": {"get": {
                "operationId": "listNotes",
                "parameters": [
                    {"name": "perPage", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                    {"name": "id", "in": "path", "required": true, "schema": text},
                    {"name": "email", "in": "query", "schema": text, "description": "The address."},
                    {"name": "late", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {"200": body("#/components/schemas/Page")},
            }},
            "/api/v1/people": {"post": {
                "operationId": "createPerson",
                "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
                "requestBody": body("#/components/schemas/NewPerson"),
                "responses": {"201": body("#/components/schemas/Person")},
            }},
        },
        "components": {"schemas": {
            "Person": {"type": "object", "properties": {"name": text, "id": text}},
            "Page": {"type": "object", "properties": {
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
            }},
            "NewPerson": {"type": "object", "required": ["name"], "properties": {
                "name": text, "notes": {"type": ["object", "null"]}, "status": text, "secret": text,
            }},
        }},
    })
}

pub(crate) fn tool(entry: &'static Entry) -> Tool {
    Tool::of(entry, &document()).unwrap()
}

pub(crate) fn agent(connection: u8) -> Agent {
    Agent {
        organization: OrganizationId::v7(1, &[1; 10]),
        connection: ApiKeyId::v7(1, &[connection; 10]).uuid(),
        role: Role::Manager,
        scope: Scope::Write,
        actor: Actor::system(),
        test_mode: false,
    }
}
