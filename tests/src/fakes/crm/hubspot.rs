//! HubSpot's CRM API version 3 as far as contacts, their properties and static lists go, after its published OpenAPI
//! descriptions. Properties must be there before they are written, and subscriptions are out of reach of these calls.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "pat-na1-canary00-0000-4000-8000-00000hubspot";
const AFFILIATES: &str = "42";
/// A list that HubSpot fills from rules.
const ACTIVE: &str = "7";

#[derive(Debug)]
pub struct HubSpot {
    revoked: bool,
    /// A permission that the key lacks.
    lacks: Option<&'static str>,
    next: u64,
    /// Properties, by id.
    rows: BTreeMap<String, Map<String, Value>>,
    /// Static lists, in the order of the search, and who is on them.
    lists: Vec<(Choice, BTreeSet<String>)>,
    /// Names and types of properties that may be written.
    properties: Vec<(String, String)>,
    /// No property can be created.
    locked: bool,
}

impl Default for HubSpot {
    fn default() -> Self {
        let list = |id: &str, name: &str| (Choice { id: id.to_owned(), name: name.to_owned() }, BTreeSet::new());
        let text = |name: &str| (name.to_owned(), "string".to_owned());
        Self {
            revoked: false,
            lacks: None,
            next: 37_765_128_953,
            rows: BTreeMap::new(),
            lists: vec![list("41", "Customers"), list(AFFILIATES, "Affiliates")],
            properties: ["email", "firstname", "lastname", "company"].map(text).to_vec(),
            locked: false,
        }
    }
}

fn refused(status: u16, category: &str, message: &str) -> Answer {
    let id = "aeb5f871-7f07-4993-9211-075dc63e7cbf";
    Answer(status, json!({"status": "error", "message": message, "correlationId": id, "category": category}))
}

fn invalid(message: &str) -> Answer {
    refused(400, "VALIDATION_ERROR", message)
}

fn missing() -> Answer {
    refused(404, "OBJECT_NOT_FOUND", "resource not found")
}

/// The permission that a call needs.
fn scope(method: &str, parts: &[&str]) -> &'static str {
    match (method, parts) {
        ("POST", ["crm", "v3", "lists", "search"]) => "crm.lists.read",
        (_, ["crm", "v3", "lists", ..]) => "crm.lists.write",
        ("GET", ["crm", "v3", "properties", ..]) => "crm.schemas.contacts.read",
        (_, ["crm", "v3", "properties", ..]) => "crm.schemas.contacts.write",
        ("GET", ["crm", ..]) => "crm.objects.contacts.read",
        (_, ["crm", ..]) => "crm.objects.contacts.write",
        _ => "none",
    }
}

impl Vendor for HubSpot {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != KEY {
            return refused(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let needed = scope(&call.method, &parts);
        if self.lacks == Some(needed) {
            let Answer(status, mut body) = refused(403, "MISSING_SCOPES", "This app hasn't been granted all scopes.");
            body["errors"] = json!([{"message": "missing", "context": {"requiredGranularScopes": [needed]}}]);
            return Answer(status, body);
        }
        if matches!(call.method.as_str(), "POST" | "PUT" | "PATCH") == call.body.is_empty() {
            return invalid("an unexpected or missing body");
        }
        let body = call.json().unwrap_or_default();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["account-info", "v3", "details"]) => {
                Ok(Answer(200, json!({"portalId": 4_711, "uiDomain": "app.hubspot.com", "accountType": "STANDARD"})))
            }
            ("POST", ["crm", "v3", "lists", "search"]) => self.search(&body),
            ("PUT", ["crm", "v3", "lists", list, "memberships", "add"]) => self.join(list, &body),
            ("GET", ["crm", "v3", "properties", "contacts", name]) => {
                let found = self.properties.iter().find(|(known, _)| known == name);
                found.map(|(name, kind)| Answer(200, property(name, kind))).ok_or_else(missing)
            }
            ("POST", ["crm", "v3", "properties", "contacts"]) => self.define(&body),
            ("GET", ["crm", "v3", "objects", "contacts"]) => Ok(Answer(200, json!({"results": []}))),
            ("GET", ["crm", "v3", "objects", "contacts", email]) => self.read(email, call),
            ("POST", ["crm", "v3", "objects", "contacts"]) => self.create(&body),
            ("PATCH", ["crm", "v3", "objects", "contacts", id]) => self.update(id, &body),
            ("DELETE", ["crm", "v3", "objects", "contacts", id]) => {
                self.rows.remove(*id);
                for (_, on) in &mut self.lists {
                    on.remove(*id);
                }
                Ok(Answer(204, Value::Null))
            }
            _ => Err(missing()),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

fn property(name: &str, kind: &str) -> Value {
    json!({
        "name": name, "label": name, "type": kind, "fieldType": "text", "groupName": "contactinformation",
        "description": "", "options": [],
    })
}

fn json_of(id: &str, row: &Map<String, Value>) -> Value {
    let at = "2026-11-20T08:30:00Z";
    json!({"id": id, "properties": row, "createdAt": at, "updatedAt": at, "archived": false})
}

impl HubSpot {
    /// The key lacks that permission.
    #[must_use]
    pub fn without(scope: &'static str) -> Self {
        Self { lacks: Some(scope), ..Self::default() }
    }

    #[must_use]
    pub fn locked(self) -> Self {
        Self { locked: true, ..self }
    }

    /// With as many static lists more, before the others.
    #[must_use]
    pub fn with_lists(count: u64) -> Self {
        let mut all = Self::default();
        let list = |number: u64| Choice { id: (number + 1_000).to_string(), name: format!("List {number}") };
        all.lists.splice(0..0, (0..count).map(|number| (list(number), BTreeSet::new())));
        all
    }

    /// With that property.
    #[must_use]
    pub fn with_property(mut self, name: &str, kind: &str) -> Self {
        self.properties.push((name.to_owned(), kind.to_owned()));
        self
    }

    /// Somebody whose address bounced for good.
    #[must_use]
    pub fn bouncing(mut self, email: &str) -> Self {
        self.add(email).insert("hs_email_hard_bounce_reason_enum".to_owned(), json!("UNKNOWN_USER"));
        self
    }

    fn id_of(&self, email: &str) -> Option<String> {
        let is = |row: &Map<String, Value>| maybe(row, "email").as_deref() == Some(email);
        self.rows.iter().find(|(_, row)| is(row)).map(|(id, _)| id.clone())
    }

    fn add(&mut self, email: &str) -> &mut Map<String, Value> {
        let id = self.id_of(email).unwrap_or_else(|| {
            self.next += 1;
            self.next.to_string()
        });
        self.rows.entry(id).or_insert_with(|| [("email".to_owned(), json!(email))].into_iter().collect())
    }

    fn search(&self, body: &Value) -> Result<Answer, Answer> {
        let known = ["query", "offset", "count", "processingTypes", "objectTypeId", "additionalProperties"];
        // Here alone an empty text means something: lists of any name.
        let mut given = body.clone();
        if given["query"].take() != "" || given["processingTypes"] != json!(["MANUAL", "SNAPSHOT"]) {
            return Err(invalid("all static lists"));
        }
        given.as_object_mut().unwrap().remove("query");
        let given = only(&given, &known).map_err(|why| invalid(&why))?;
        let number =
            |name: &str| given.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
        let (Some(offset), Some(count @ 1..=500)) = (number("offset"), number("count")) else {
            return Err(invalid("offset and count"));
        };
        if given.get("objectTypeId") != Some(&json!("0-1")) || !given.contains_key("additionalProperties") {
            return Err(invalid("lists of contacts"));
        }
        let row = |(list, _): &(Choice, BTreeSet<String>)| {
            let (id, name) = (&list.id, &list.name);
            json!({"listId": id, "name": name, "objectTypeId": "0-1", "processingType": "MANUAL"})
        };
        let rows: Vec<Value> = self.lists.iter().skip(offset).take(count).map(row).collect();
        let next = offset + rows.len();
        let more = next < self.lists.len();
        Ok(Answer(200, json!({"hasMore": more, "lists": rows, "offset": next, "total": self.lists.len()})))
    }

    fn join(&mut self, list: &str, body: &Value) -> Result<Answer, Answer> {
        let ids: Vec<&str> = body.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let [id] = ids.as_slice() else { return Err(invalid("one record at a time, as a text")) };
        if list == ACTIVE {
            return Err(invalid("List membership can only be updated for MANUAL and SNAPSHOT lists"));
        }
        let (_, on) = self.lists.iter_mut().find(|(one, _)| one.id == list).ok_or_else(missing)?;
        let there = self.rows.contains_key(*id);
        let added: Vec<&str> = if there && on.insert((*id).to_owned()) { vec![id] } else { Vec::new() };
        let unknown: Vec<&str> = if there { Vec::new() } else { vec![id] };
        let body = json!({"recordsIdsAdded": added, "recordIdsRemoved": [], "recordIdsMissing": unknown});
        Ok(Answer(200, body))
    }

    fn define(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = ["name", "label", "type", "fieldType", "groupName"];
        let given = only(body, &known).map_err(|why| invalid(&why))?;
        let field = |name: &str| text(given, name).map_err(|why| invalid(&why));
        let (name, kind) = (field("name")?, field("type")?);
        let plain = name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_');
        let form = (field("fieldType")?, field("groupName")?);
        if self.properties.iter().any(|(known, _)| *known == name) {
            return Err(refused(409, "OBJECT_ALREADY_EXISTS", &format!("A property named '{name}' already exists.")));
        }
        let fits = form == ("text".to_owned(), "contactinformation".to_owned()) && !field("label")?.is_empty();
        if !plain || kind != "string" || !fits || self.locked {
            return Err(invalid("The property can't be created"));
        }
        self.properties.push((name.clone(), kind.clone()));
        Ok(Answer(201, property(&name, &kind)))
    }

    fn read(&self, email: &str, call: &Call) -> Result<Answer, Answer> {
        let email = unescaped(email).map_err(|why| invalid(&why))?;
        if call.parameter("idProperty") != Some("email") {
            return Err(missing());
        }
        let id = self.id_of(&email).ok_or_else(missing)?;
        let requested: Vec<&str> = call.parameter("properties").unwrap_or_default().split(',').collect();
        let value = |name: &str| (name.to_owned(), self.rows[&id].get(name).cloned().unwrap_or_default());
        let row = requested.into_iter().map(value).collect();
        Ok(Answer(200, json_of(&id, &row)))
    }

    /// The properties of a write: known ones, as texts, and never those that HubSpot keeps itself.
    fn given(&self, body: &Value, known: &[&str]) -> Result<Map<String, Value>, Answer> {
        let given = only(body, known).map_err(|why| invalid(&why))?;
        let names: Vec<&str> = self.properties.iter().map(|(name, _)| name.as_str()).collect();
        let values = given.get("properties").ok_or_else(|| invalid("properties are needed"))?;
        let values = only(values, &names).map_err(|why| invalid(&format!("Property values were not valid: {why}")))?;
        let typed = |(name, kind): &(String, String)| !values.contains_key(name) || kind == "string";
        if values.values().any(|value| !value.is_string()) || !self.properties.iter().all(typed) {
            return Err(invalid("Property values were not valid"));
        }
        Ok(values.clone())
    }

    fn create(&mut self, body: &Value) -> Result<Answer, Answer> {
        let values = self.given(body, &["properties", "associations"])?;
        if body.get("associations") != Some(&json!([])) {
            return Err(invalid("associations are needed"));
        }
        let email = text(&values, "email").map_err(|why| invalid(&why))?;
        if !email.contains('@') {
            return Err(invalid("Property values were not valid: Email address is invalid (INVALID_EMAIL)"));
        }
        if let Some(id) = self.id_of(&email) {
            return Err(refused(409, "CONFLICT", &format!("Contact already exists. Existing ID: {id}")));
        }
        self.add(&email).extend(values);
        let id = self.id_of(&email).unwrap();
        Ok(Answer(201, json_of(&id, &self.rows[&id])))
    }

    fn update(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let values = self.given(body, &["properties"])?;
        if let Some(other) = maybe(&values, "email").and_then(|email| self.id_of(&email)).filter(|other| other != id) {
            return Err(refused(409, "CONFLICT", &format!("Contact already exists. Existing ID: {other}")));
        }
        let row = self.rows.get_mut(id).ok_or_else(missing)?;
        row.extend(values);
        Ok(Answer(200, json_of(id, row)))
    }
}

impl Crm for HubSpot {
    fn slug(&self) -> &'static str {
        "hubspot"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["HUBSPOT"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("accessToken".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let id = self.id_of(email)?;
        let row = &self.rows[&id];
        let tags = maybe(row, "rekomi_tags").unwrap_or_default();
        let out = maybe(row, "hs_email_optout").as_deref() == Some("true");
        let on = self.lists.iter().filter(|(_, on)| on.contains(&id));
        Some(Contact {
            email: email.to_owned(),
            first_name: maybe(row, "firstname"),
            last_name: maybe(row, "lastname"),
            subscribed: if out { Subscribed::No } else { Subscribed::Unsaid },
            lists: on.map(|(list, _)| list.id.clone()).collect(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: maybe(row, "rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.add(email).insert("hs_email_optout".to_owned(), json!("true"));
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, mut body) = refused(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.");
        body["policyName"] = json!("TEN_SECONDLY_ROLLING");
        let headers = vec![("X-HubSpot-RateLimit-Interval-Milliseconds", "10000".to_owned())];
        (Mood::Writes(status, headers, body.to_string()), None)
    }
}
