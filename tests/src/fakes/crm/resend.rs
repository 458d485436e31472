//! Resend's API as far as contacts, their properties, segments and events go, after its published OpenAPI description
//! and its table of errors. Creating a contact that is there replaces it, and subscribes it again.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "re_canary00_resend0000000000000000001";
const AFFILIATES: &str = "78261eea-0002-4381-83c6-79fa7120f1cf";

#[derive(Debug, Clone, Default)]
struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    unsubscribed: bool,
    properties: Map<String, Value>,
    segments: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Resend {
    revoked: bool,
    /// The key may only send emails.
    restricted: bool,
    next: u64,
    rows: BTreeMap<String, Row>,
    segments: Vec<Choice>,
    /// Keys and types.
    properties: Vec<(String, String)>,
    /// No property can be created.
    locked: bool,
    events: Vec<(String, String)>,
}

impl Default for Resend {
    fn default() -> Self {
        let segment = |id: &str, name: &str| Choice { id: id.to_owned(), name: name.to_owned() };
        Self {
            revoked: false,
            restricted: false,
            next: 0,
            rows: BTreeMap::new(),
            segments: vec![
                segment("78261eea-0001-4381-83c6-79fa7120f1cf", "Customers"),
                segment(AFFILIATES, "Affiliates"),
            ],
            properties: vec![("company_name".to_owned(), "string".to_owned())],
            locked: false,
            events: Vec::new(),
        }
    }
}

fn refused(status: u16, name: &str, message: &str) -> Answer {
    Answer(status, json!({"statusCode": status, "name": name, "message": message}))
}

fn invalid(message: &str) -> Answer {
    refused(422, "validation_error", message)
}

fn missing(what: &str) -> Answer {
    refused(404, "not_found", &format!("{what} not found"))
}

impl Vendor for Resend {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.header("authorization").is_empty() {
            return refused(401, "missing_api_key", "Missing API key in the authorization header.");
        }
        if self.revoked || call.bearer() != KEY {
            return refused(403, "invalid_api_key", "API key is invalid");
        }
        if self.restricted {
            return refused(401, "restricted_api_key", "This API key is restricted to only send emails");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let bodiless = call.method == "GET" || call.method == "DELETE" || parts.get(2) == Some(&"segments");
        if bodiless != call.body.is_empty() {
            return invalid("Unexpected or missing body");
        }
        let body = call.json().unwrap_or_default();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["domains"]) => {
                let row =
                    json!({"id": "d91cd9bd-1176-453e-8fc1-35364d380206", "name": "brand.test", "status": "verified"});
                Ok(Answer(200, json!({"object": "list", "has_more": false, "data": [row]})))
            }
            ("GET", ["segments"]) => {
                let rows = self.segments.iter().map(|one| json!({"id": one.id, "name": one.name})).collect();
                page(call, rows)
            }
            ("GET", ["contact-properties"]) => page(call, self.fields()),
            ("POST", ["contact-properties"]) => self.make_field(&body),
            ("POST", ["contacts"]) => self.create(&body),
            ("GET", ["contacts", who]) => self.find(who).map(|id| Answer(200, json_of(&id, &self.rows[&id]))),
            ("PATCH", ["contacts", who]) => self.update(who, &body),
            ("DELETE", ["contacts", who]) => self.find(who).map(|id| {
                self.rows.remove(&id);
                Answer(200, json!({"object": "contact", "contact": id, "deleted": true}))
            }),
            ("POST", ["contacts", who, "segments", segment]) => self.join(who, segment),
            ("POST", ["events", "send"]) => self.event(&body),
            _ => Err(refused(405, "method_not_allowed", "Method not allowed")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

/// At most 100 rows, from the one after `after`.
fn page(call: &Call, rows: Vec<Value>) -> Result<Answer, Answer> {
    if call.query.iter().any(|(name, _)| !["limit", "after"].contains(&name.as_str())) {
        return Err(invalid("Unknown parameter"));
    }
    let limit = call.parameter("limit").map_or(Ok(20), str::parse::<usize>);
    let limit = limit.ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| invalid("limit"))?;
    let from = match call.parameter("after") {
        None => 0,
        Some(after) => rows.iter().position(|row| row["id"] == after).ok_or_else(|| invalid("after"))? + 1,
    };
    let some: Vec<Value> = rows.iter().skip(from).take(limit).cloned().collect();
    let more = from + some.len() < rows.len();
    Ok(Answer(200, json!({"object": "list", "has_more": more, "data": some})))
}

fn json_of(id: &str, row: &Row) -> Value {
    let properties: Map<String, Value> =
        row.properties.iter().map(|(key, value)| (key.clone(), json!({"type": "string", "value": value}))).collect();
    json!({
        "object": "contact", "id": id, "email": row.email, "first_name": row.first_name, "last_name": row.last_name,
        "created_at": "2026-10-06 23:47:56.678+00", "unsubscribed": row.unsubscribed, "properties": properties,
    })
}

impl Resend {
    #[must_use]
    pub fn restricted() -> Self {
        Self { restricted: true, ..Self::default() }
    }

    /// With as many segments and properties more, before the others.
    #[must_use]
    pub fn with_more(count: usize) -> Self {
        let mut all = Self::default();
        let segment = |number| Choice { id: format!("78261eea-{number:04}-aaaa"), name: format!("Segment {number}") };
        all.segments.splice(0..0, (0..count).map(segment));
        all.properties.splice(0..0, (0..count).map(|number| (format!("own_{number}"), "number".to_owned())));
        all
    }

    #[must_use]
    pub fn locked(self) -> Self {
        Self { locked: true, ..self }
    }

    /// With that property.
    #[must_use]
    pub fn with_property(mut self, key: &str, kind: &str) -> Self {
        self.properties.push((key.to_owned(), kind.to_owned()));
        self
    }

    fn fields(&self) -> Vec<Value> {
        let row = |(key, kind): &(String, String)| json!({"id": format!("p-{key}"), "key": key, "type": kind});
        self.properties.iter().map(row).collect()
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("479e3145-dd38-476b-932c-{:012}", self.next)
    }

    /// By id or email.
    fn find(&self, who: &str) -> Result<String, Answer> {
        let who = unescaped(who).map_err(|why| invalid(&why))?;
        let is = |(id, row): &(&String, &Row)| **id == who || row.email == who;
        self.rows.iter().find(is).map(|(id, _)| id.clone()).ok_or_else(|| missing("Contact"))
    }

    fn make_field(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["key", "type", "fallback_value"]).map_err(|why| invalid(&why))?;
        let key = text(given, "key").map_err(|why| invalid(&why))?;
        let kind = text(given, "type").map_err(|why| invalid(&why))?;
        let plain = key.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_') && key.len() <= 50;
        let known = self.properties.iter().any(|(other, _)| *other == key);
        if !plain || !["string", "number"].contains(&kind.as_str()) || known || self.locked {
            return Err(invalid("The property can't be created"));
        }
        self.properties.push((key.clone(), kind));
        Ok(Answer(201, json!({"object": "contact_property", "id": format!("p-{key}")})))
    }

    /// The fields that both writes have: names, and values of properties that are there.
    fn given(&self, body: &Value, known: &[&str]) -> Result<Row, Answer> {
        let given = only(body, known).map_err(|why| invalid(&why))?;
        let mut properties = Map::new();
        if let Some(values) = given.get("properties") {
            let keys: Vec<&str> = self.properties.iter().map(|(key, _)| key.as_str()).collect();
            properties = only(values, &keys).map_err(|why| invalid(&why))?.clone();
            let text = |key: &str| self.properties.iter().any(|(other, kind)| other == key && kind == "string");
            if properties.iter().any(|(key, value)| text(key) != value.is_string()) {
                return Err(invalid("A property has another type"));
            }
        }
        Ok(Row {
            email: maybe(given, "email").unwrap_or_default(),
            first_name: maybe(given, "first_name"),
            last_name: maybe(given, "last_name"),
            unsubscribed: given.get("unsubscribed") == Some(&json!(true)),
            properties,
            segments: BTreeSet::new(),
        })
    }

    /// Whoever is there is replaced, with the default of everything that isn't said.
    fn create(&mut self, body: &Value) -> Result<Answer, Answer> {
        let row = self.given(body, &["email", "first_name", "last_name", "unsubscribed", "properties"])?;
        if !row.email.contains('@') {
            return Err(invalid(
                "Invalid `email` field. The email address needs to follow the `email@example.com` format.",
            ));
        }
        let there = self.rows.iter().find(|(_, other)| other.email == row.email).map(|(id, _)| id.clone());
        let id = there.unwrap_or_else(|| self.id());
        self.rows.insert(id.clone(), row);
        Ok(Answer(201, json!({"object": "contact", "id": id})))
    }

    fn update(&mut self, who: &str, body: &Value) -> Result<Answer, Answer> {
        let new = self.given(body, &["first_name", "last_name", "unsubscribed", "properties"])?;
        let id = self.find(who)?;
        let row = self.rows.get_mut(&id).unwrap();
        row.first_name = new.first_name.or_else(|| row.first_name.take());
        row.last_name = new.last_name.or_else(|| row.last_name.take());
        row.properties.extend(new.properties);
        if let Some(unsubscribed) = body.get("unsubscribed").and_then(Value::as_bool) {
            row.unsubscribed = unsubscribed;
        }
        Ok(Answer(200, json!({"object": "contact", "id": id})))
    }

    fn join(&mut self, who: &str, segment: &str) -> Result<Answer, Answer> {
        let id = self.find(who)?;
        if self.segments.iter().all(|one| one.id != segment) {
            return Err(missing("Segment"));
        }
        self.rows.get_mut(&id).unwrap().segments.insert(segment.to_owned());
        Ok(Answer(200, json!({"object": "contact_segment", "contact_id": id, "segment_id": segment})))
    }

    fn event(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["event", "email", "contact_id", "payload"]).map_err(|why| invalid(&why))?;
        let event = text(given, "event").map_err(|why| invalid(&why))?;
        let email = text(given, "email").map_err(|why| invalid(&why))?;
        if given.contains_key("contact_id") || given.get("payload").is_some_and(|payload| !payload.is_object()) {
            return Err(invalid("Either contact_id or email, and a payload that is an object"));
        }
        self.events.push((event.clone(), email));
        Ok(Answer(202, json!({"object": "event", "event": event})))
    }

    /// A contact whom the brand knows already.
    pub fn knows(&mut self, email: &str, unsubscribed: bool) {
        let id = self.id();
        self.rows.insert(id, Row { email: email.to_owned(), unsubscribed, ..Row::default() });
    }
}

impl Crm for Resend {
    fn slug(&self) -> &'static str {
        "resend"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["RESEND"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let tags = maybe(&row.properties, "rekomi_tags").unwrap_or_default();
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: if row.unsubscribed { Subscribed::No } else { Subscribed::Yes },
            lists: row.segments.clone(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: maybe(&row.properties, "rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        match self.rows.values_mut().find(|row| row.email == email) {
            Some(row) => row.unsubscribed = true,
            None => self.knows(email, true),
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "rate_limit_exceeded", "Too many requests.");
        let headers = vec![("ratelimit-reset", "1".to_owned()), ("retry-after", "1".to_owned())];
        (Mood::Writes(status, headers, body.to_string()), Some(1))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
