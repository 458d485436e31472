//! Attio's API version 2 as far as people, their attributes and list entries go, after its published OpenAPI
//! description.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const TOKEN: &str = "canary0attio0token000000000000000000000000000000000000000000001";
const AFFILIATES: &str = "33ebdbe9-e529-47c9-b894-0ba25e9c1501";
const SCOPES: [&str; 4] = [
    "record_permission:read-write",
    "object_configuration:read-write",
    "list_entry:read-write",
    "list_configuration:read-write",
];

#[derive(Debug, Default)]
struct Row {
    emails: Vec<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    values: BTreeMap<String, String>,
    /// What the brand keeps in an attribute of its own, which nothing of ours may touch.
    newsletter: Option<bool>,
}

#[derive(Debug)]
struct Attribute {
    slug: String,
    kind: String,
    archived: bool,
}

#[derive(Debug)]
pub struct Attio {
    revoked: bool,
    lacks: Option<&'static str>,
    next: u64,
    lists: Vec<(String, String, &'static str)>,
    attributes: Vec<Attribute>,
    /// By record.
    rows: BTreeMap<String, Row>,
    /// Lists and the records on them, which may be there twice.
    entries: Vec<(String, String)>,
}

impl Default for Attio {
    fn default() -> Self {
        let list = |id: &str, name: &str, parent| (id.to_owned(), name.to_owned(), parent);
        Self {
            revoked: false,
            lacks: None,
            next: 0,
            lists: vec![
                list("33ebdbe9-e529-47c9-b894-0ba25e9c1500", "Deals", "companies"),
                list(AFFILIATES, "Affiliates", "people"),
            ],
            attributes: vec![Attribute { slug: "job_title".to_owned(), kind: "text".to_owned(), archived: false }],
            rows: BTreeMap::new(),
            entries: Vec::new(),
        }
    }
}

fn refused(status: u16, code: &str, message: impl AsRef<str>) -> Answer {
    let kind = if status == 401 || status == 403 { "auth_error" } else { "invalid_request_error" };
    Answer(status, json!({"status_code": status, "type": kind, "code": code, "message": message.as_ref()}))
}

fn invalid(message: impl AsRef<str>) -> Answer {
    refused(400, "validation_type", message)
}

fn missing(what: &str) -> Answer {
    refused(404, "not_found", format!("{what} not found."))
}

fn data(body: &Value) -> Result<Value, Answer> {
    only(body, &["data"]).map_err(invalid)?.get("data").cloned().ok_or_else(|| invalid("data is required"))
}

impl Vendor for Attio {
    fn answer(&mut self, call: &Call) -> Answer {
        let is_known = !self.revoked && call.bearer() == TOKEN;
        if call.line() == "GET /v2/self" {
            return if is_known { self.identify() } else { Answer(200, json!({"active": false})) };
        }
        if !is_known {
            return refused(401, "unauthorized", "Access token is invalid or expired.");
        }
        let body = call.json();
        if !matches!(call.method.as_str(), "GET" | "DELETE") && body.is_none() {
            return invalid("A JSON body is required.");
        }
        let body = body.unwrap_or_default();
        let Some(path) = call.path.strip_prefix("/v2/") else { return missing("Endpoint") };
        let parts: Vec<&str> = path.split('/').collect();
        let scope = match parts.as_slice() {
            ["lists", _, "entries"] => "list_entry:read-write",
            ["lists", ..] => "list_configuration:read-write",
            ["objects", "people", "attributes", ..] => "object_configuration:read-write",
            _ => "record_permission:read-write",
        };
        if self.lacks == Some(scope) {
            return refused(403, "unauthorized", format!("This token lacks the scope {scope}."));
        }
        let answer = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["lists"]) => Ok(self.all_lists()),
            ("PUT", ["lists", list, "entries"]) => self.assert_entry(list, &body),
            ("GET", ["objects", "people", "attributes", slug]) => self.attribute(slug),
            ("POST", ["objects", "people", "attributes"]) => self.create_attribute(&body),
            ("POST", ["objects", "people", "records", "query"]) => self.query(&body),
            ("PUT", ["objects", "people", "records"]) => self.assert(call, &body),
            ("PATCH", ["objects", "people", "records", id]) => self.update(id, &body),
            ("PUT", ["objects", "people", "records", id]) => self.overwrite(id, &body),
            ("DELETE", ["objects", "people", "records", id]) => {
                self.entries.retain(|(_, record)| record != id);
                self.rows.remove(*id).map(|_| Answer(200, json!({}))).ok_or_else(|| missing("Record"))
            }
            _ => Err(missing("Endpoint")),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

impl Attio {
    /// The token lacks that permission.
    #[must_use]
    pub fn without(scope: &'static str) -> Self {
        Self { lacks: Some(scope), ..Self::default() }
    }

    /// People have an attribute with this slug already.
    #[must_use]
    pub fn with_attribute(mut self, slug: &str, kind: &str, archived: bool) -> Self {
        self.attributes.push(Attribute { slug: slug.to_owned(), kind: kind.to_owned(), archived });
        self
    }

    /// Somebody whom the brand knows already, by several addresses, and who is on its list so many times.
    #[must_use]
    pub fn knowing(mut self, emails: &[&str], names: (&str, &str), entries: usize) -> Self {
        let id = self.id();
        let emails = emails.iter().map(|email| (*email).to_owned()).collect();
        let (first_name, last_name) = (Some(names.0.to_owned()), Some(names.1.to_owned()));
        self.rows.insert(id.clone(), Row { emails, first_name, last_name, ..Row::default() });
        self.entries.extend(std::iter::repeat_n((AFFILIATES.to_owned(), id), entries));
        self
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("bf071e1f-6035-429d-b874-{:012}", self.next)
    }

    fn identify(&self) -> Answer {
        let scopes: Vec<&str> = SCOPES.into_iter().filter(|scope| self.lacks != Some(scope)).collect();
        let scope = scopes.join(" ");
        Answer(200, json!({"active": true, "scope": scope, "workspace_name": "Brand", "token_type": "Bearer"}))
    }

    fn all_lists(&self) -> Answer {
        let list = |(id, name, parent): &(String, String, &str)| {
            let id = json!({"workspace_id": "w1", "list_id": id});
            json!({"id": id, "name": name, "parent_object": [parent]})
        };
        Answer(200, json!({"data": self.lists.iter().map(list).collect::<Vec<_>>()}))
    }

    fn attribute(&self, slug: &str) -> Result<Answer, Answer> {
        let found = self.attributes.iter().find(|one| one.slug == slug).ok_or_else(|| missing("Attribute"))?;
        let id = json!({"attribute_id": format!("id-{slug}")});
        Ok(Answer(
            200,
            json!({"data": {
                "id": id, "api_slug": slug, "type": found.kind, "is_archived": found.archived, "is_multiselect": false,
            }}),
        ))
    }

    fn create_attribute(&mut self, body: &Value) -> Result<Answer, Answer> {
        let body = data(body)?;
        let known =
            ["title", "description", "api_slug", "type", "is_required", "is_unique", "is_multiselect", "config"];
        let given = only(&body, &known).map_err(invalid)?;
        if let Some(name) = known.iter().find(|name| !given.contains_key(**name)) {
            return Err(refused(400, "missing_value", format!("{name} is required.")));
        }
        let slug = text(given, "api_slug").map_err(invalid)?;
        if self.attributes.iter().any(|one| one.slug == slug) {
            return Err(refused(409, "slug_conflict", "An attribute with this slug exists."));
        }
        let kind = text(given, "type").map_err(invalid)?;
        self.attributes.push(Attribute { slug: slug.clone(), kind, archived: false });
        self.attribute(&slug)
    }

    fn json(&self, id: &str) -> Value {
        let row = &self.rows[id];
        let email = |one: &String| {
            let (kind, shown) = ("email-address", one);
            json!({"email_address": shown, "original_email_address": shown, "attribute_type": kind})
        };
        let emails: Vec<Value> = row.emails.iter().map(email).collect();
        let name = json!({"first_name": row.first_name, "last_name": row.last_name, "attribute_type": "personal-name"});
        let named = row.first_name.as_ref().or(row.last_name.as_ref()).map(|_| name);
        let names: Vec<Value> = named.into_iter().collect();
        let mut values = json!({"email_addresses": emails, "name": names});
        for attribute in &self.attributes {
            let value = row.values.get(&attribute.slug);
            values[&attribute.slug] =
                value.map(|value| json!({"value": value, "attribute_type": "text"})).into_iter().collect();
        }
        json!({"id": {"workspace_id": "w1", "object_id": "o1", "record_id": id}, "values": values})
    }

    fn find(&self, email: &str) -> Option<String> {
        let mut all = self.rows.iter();
        all.find(|(_, row)| row.emails.iter().any(|one| one == email)).map(|(id, _)| id.clone())
    }

    fn query(&self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["filter", "sorts", "limit", "offset"]).map_err(invalid)?;
        let filter = given.get("filter").ok_or_else(|| invalid("This fake only knows queries with a filter."))?;
        let email = filter.pointer("/email_addresses/email_address/$eq").and_then(Value::as_str);
        let email = email.ok_or_else(|| refused(400, "filter_error", "Unknown filter."))?;
        let found: Vec<Value> = self.find(email).iter().map(|id| self.json(id)).collect();
        Ok(Answer(200, json!({"data": found})))
    }

    /// Creates, or adds to whoever has the address.
    fn assert(&mut self, call: &Call, body: &Value) -> Result<Answer, Answer> {
        if call.parameter("matching_attribute") != Some("email_addresses") || call.query.len() != 1 {
            return Err(invalid("matching_attribute is required."));
        }
        let values = self.values(body)?;
        let emails = values.get("email_addresses").and_then(Value::as_array).map(Vec::as_slice);
        let Some([Value::String(email)]) = emails else { return Err(invalid("email_addresses must be an array.")) };
        if !email.contains('@') {
            return Err(invalid("An invalid value was passed to attribute with slug \"email_addresses\"."));
        }
        let id = self.find(email).unwrap_or_else(|| self.id());
        let row = self.rows.entry(id.clone()).or_default();
        if !row.emails.contains(email) {
            row.emails.push(email.clone());
        }
        self.write(&id, &values)
    }

    fn update(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let values = self.values(body)?;
        if !self.rows.contains_key(id) {
            return Err(missing("Record"));
        }
        self.write(id, &values)
    }

    /// Replaces the addresses.
    fn overwrite(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let values = self.values(body)?;
        let emails = values.get("email_addresses").and_then(Value::as_array).map(Vec::as_slice);
        let Some([Value::String(email)]) = emails else { return Err(invalid("email_addresses must be an array.")) };
        if self.find(email).is_some_and(|other| other != id) {
            return Err(refused(400, "uniqueness_conflict", "The value of a unique attribute is taken."));
        }
        let row = self.rows.get_mut(id).ok_or_else(|| missing("Record"))?;
        row.emails = vec![email.clone()];
        self.write(id, &values)
    }

    fn values(&self, body: &Value) -> Result<Map<String, Value>, Answer> {
        let body = data(body)?;
        let given = only(&body, &["values"]).map_err(invalid)?;
        let slugs = self.attributes.iter().filter(|one| !one.archived).map(|one| one.slug.as_str());
        let known: Vec<&str> = ["email_addresses", "name"].into_iter().chain(slugs).collect();
        let values = only(given.get("values").ok_or_else(|| invalid("values is required"))?, &known);
        values.cloned().map_err(|why| refused(400, "value_not_found", why))
    }

    /// A name is replaced as a whole.
    fn write(&mut self, id: &str, values: &Map<String, Value>) -> Result<Answer, Answer> {
        let row = self.rows.get_mut(id).unwrap();
        for (slug, value) in values.iter().filter(|(slug, _)| *slug != "email_addresses") {
            match value {
                Value::String(first) if slug == "name" => {
                    (row.first_name, row.last_name) = (Some(first.clone()), None);
                }
                Value::Array(names) if slug == "name" && names.len() == 1 => {
                    let name = only(&names[0], &["first_name", "last_name", "full_name"]).map_err(invalid)?;
                    text(name, "full_name").map_err(invalid)?;
                    (row.first_name, row.last_name) = (maybe(name, "first_name"), maybe(name, "last_name"));
                    if row.first_name.is_none() || row.last_name.is_none() {
                        return Err(invalid("All three parts of a name are required."));
                    }
                }
                Value::String(value) => drop(row.values.insert(slug.clone(), value.clone())),
                _ => return Err(invalid(format!("{slug} must be a text."))),
            }
        }
        Ok(Answer(200, json!({"data": self.json(id)})))
    }

    fn assert_entry(&mut self, list: &str, body: &Value) -> Result<Answer, Answer> {
        let (_, _, parent) = self.lists.iter().find(|(id, ..)| id == list).ok_or_else(|| missing("List"))?;
        let body = data(body)?;
        let given = only(&body, &["parent_record_id", "parent_object", "entry_values"]).map_err(invalid)?;
        let record = text(given, "parent_record_id").map_err(invalid)?;
        if maybe(given, "parent_object").as_deref() != Some(parent) || given.get("entry_values") != Some(&json!({})) {
            return Err(invalid("The list doesn't take such records."));
        }
        if !self.rows.contains_key(&record) {
            return Err(refused(400, "value_not_found", "The record doesn't exist."));
        }
        let entry = (list.to_owned(), record);
        match self.entries.iter().filter(|one| **one == entry).count() {
            0 => self.entries.push(entry),
            1 => {}
            _ => return Err(refused(400, "multiple_match_results", "Several entries have this parent record.")),
        }
        Ok(Answer(200, json!({"data": {"id": {"list_id": list, "entry_id": "e1"}, "parent_object": "people"}})))
    }
}

impl Crm for Attio {
    fn slug(&self) -> &'static str {
        "attio"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ATTIO"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("accessToken".to_owned(), TOKEN.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let id = self.find(email)?;
        let row = &self.rows[&id];
        let on = |(_, record): &&(String, String)| *record == id;
        let lists: BTreeSet<String> = self.entries.iter().filter(on).map(|(list, _)| list.clone()).collect();
        let tags = row.values.get("rekomi_tags").map_or("", String::as_str);
        Some(Contact {
            email: email.to_owned(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: row
                .newsletter
                .map_or(Subscribed::Unsaid, |yes| if yes { Subscribed::Yes } else { Subscribed::No }),
            lists,
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: row.values.get("rekomi_status").cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        if self.find(email).is_none() {
            *self = std::mem::take(self).knowing(&[email], ("Gone", "Comer"), 0);
        }
        let id = self.find(email).unwrap();
        self.rows.get_mut(&id).unwrap().newsletter = Some(false);
    }

    fn reports_consent(&self) -> bool {
        false
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let body = json!({
            "status_code": 429, "type": "rate_limit_error", "code": "rate_limit_exceeded",
            "message": "Rate limit exceeded, please try again later",
        });
        let until = "Fri, 20 Nov 2026 08:30:02 GMT".to_owned();
        (Mood::Writes(429, vec![("Retry-After", until)], body.to_string()), Some(2))
    }
}
