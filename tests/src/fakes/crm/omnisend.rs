//! Omnisend's API version 2026-03-15 as far as brands, contacts, their tags and events go, after its published OpenAPI
//! descriptions. Tagging is accepted first and seen from the second look on.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};
use shared::timestamp::Timestamp;

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canary0000omnisend000001-canaryomnisendkey000000000000000001";
const VERSION: &str = "2026-03-15";
const STATUSES: [&str; 3] = ["subscribed", "unsubscribed", "nonSubscribed"];
/// Looks at a contact until what was accepted is done.
const LOOKS: u32 = 2;

#[derive(Debug, Default)]
struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    status: String,
    consents: Vec<Value>,
    properties: Map<String, Value>,
    tags: BTreeSet<String>,
    /// Tags that are accepted and not done: to give, or to take.
    waiting: Vec<(bool, String)>,
    looks: u32,
}

impl Row {
    fn look(&mut self) {
        self.looks += 1;
        if self.looks >= LOOKS {
            self.settle();
        }
    }

    fn settle(&mut self) {
        for (give, tag) in std::mem::take(&mut self.waiting) {
            if give {
                self.tags.insert(tag);
            } else {
                self.tags.remove(&tag);
            }
        }
    }
}

#[derive(Debug, Default)]
pub struct Omnisend {
    revoked: bool,
    /// A permission that the key lacks.
    lacks: Option<&'static str>,
    next: u64,
    rows: BTreeMap<String, Row>,
    events: Vec<(String, String)>,
    /// Who was sent a welcome message.
    welcomed: Vec<String>,
}

fn problem(status: u16, title: &str, detail: &str) -> Answer {
    let kind = "https://problems.omnisend.com/problem";
    let instance = "urn:omnisend:request:00000000-0000-0000-0000-000000000001";
    Answer(status, json!({"type": kind, "title": title, "status": status, "detail": detail, "instance": instance}))
}

fn invalid(field: &str, message: &str) -> Answer {
    let Answer(status, mut body) = problem(400, "Validation failed", "Request contains invalid or missing fields");
    body["errors"] = json!([{"field": field, "code": "invalid_format", "message": message}]);
    Answer(status, body)
}

fn moment(fields: &Map<String, Value>, name: &str) -> Result<(), Answer> {
    match maybe(fields, name).map(|text| Timestamp::parse_rfc3339(&text)) {
        Some(Err(_)) => Err(invalid(name, "Must be an RFC 3339 timestamp")),
        _ => Ok(()),
    }
}

impl Vendor for Omnisend {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != format!("Omnisend-API-Key {KEY}") {
            return problem(401, "Unauthorized", "Authentication is missing or invalid");
        }
        match call.header("omnisend-version") {
            VERSION => {}
            "" => return problem(400, "Bad request", "Omnisend-Version is required"),
            _ => return problem(410, "Gone", "API version has been retired"),
        }
        let line = (call.method.as_str(), call.path.as_str());
        let scope = match line {
            ("GET", "/api/brands/current") => "brands.read",
            ("GET", _) => "contacts.read",
            (_, "/api/events") => "events.write",
            _ => "contacts.write",
        };
        if self.lacks == Some(scope) {
            return problem(403, "Forbidden", "Insufficient permissions for this operation");
        }
        let body = call.json();
        match (line, &body) {
            (("GET", "/api/brands/current"), _) => {
                Answer(200, json!({"brandID": "b1", "name": "Brand", "website": "https://brand.test"}))
            }
            (("GET", "/api/contacts"), _) => self.list(call),
            (("GET", path), _) => self.read(path.trim_start_matches("/api/contacts/")),
            (("POST", "/api/contacts"), Some(body)) => self.save(body).unwrap_or_else(|refusal| refusal),
            (("POST" | "DELETE", "/api/contacts/tags"), Some(body)) => {
                self.tag(body, call.method == "POST").unwrap_or_else(|refusal| refusal)
            }
            (("POST", "/api/events"), Some(body)) => self.event(body).unwrap_or_else(|refusal| refusal),
            _ => problem(404, "Not found", "There is nothing here"),
        }
    }
}

impl Omnisend {
    /// The key lacks that permission.
    #[must_use]
    pub fn without(scope: &'static str) -> Self {
        Self { lacks: Some(scope), ..Self::default() }
    }

    /// Somebody whom the brand knows already.
    #[must_use]
    pub fn knowing(mut self, email: &str, status: &str, properties: Value) -> Self {
        let properties = properties.as_object().cloned().unwrap_or_default();
        let id = self.id();
        let (email, status) = (email.to_owned(), status.to_owned());
        self.rows.insert(id, Row { email, status, properties, ..Row::default() });
        self
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("60a6170920d91c21{:08x}", self.next)
    }

    fn json(id: &str, row: &Row) -> Value {
        let channels = json!({"email": {"status": row.status, "statusChangedAt": "2026-05-22T10:25:14.263Z"}});
        json!({
            "id": id, "email": row.email, "status": row.status, "firstName": row.first_name, "lastName": row.last_name,
            "tags": row.tags, "customProperties": row.properties, "consents": row.consents,
            "identifiers": [{"type": "email", "id": row.email, "channels": channels}],
        })
    }

    fn list(&mut self, call: &Call) -> Answer {
        if call.query.iter().any(|(name, _)| !["email", "limit", "after"].contains(&name.as_str())) {
            return invalid("query", "Unknown parameter");
        }
        if let Some(email) = call.parameter("email") {
            self.rows.values_mut().filter(|row| row.email == email).for_each(Row::look);
        }
        let requested = |row: &Row| call.parameter("email").is_none_or(|email| row.email == email);
        let rows = self.rows.iter().filter(|(_, row)| requested(row)).map(|(id, row)| Self::json(id, row));
        let rows: Vec<Value> = rows.take(100).collect();
        Answer(200, json!({"contacts": rows, "paging": {"hasMore": false, "limit": 100, "cursors": {"after": null}}}))
    }

    fn read(&mut self, id: &str) -> Answer {
        let Some(row) = self.rows.get_mut(id) else { return problem(404, "Not found", "Contact not found") };
        row.look();
        Answer(200, Self::json(id, row))
    }

    /// Creates or updates. What is said replaces what was there, a status and all custom properties included.
    fn save(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = ["identifiers", "firstName", "lastName", "tags", "customProperties", "country", "city"];
        let given = only(body, &known).map_err(|why| invalid("body", &why))?;
        let Some([identifier]) = given.get("identifiers").and_then(Value::as_array).map(Vec::as_slice) else {
            return Err(invalid("identifiers", "One identifier is needed"));
        };
        let parts = ["type", "id", "channels", "consent", "sendWelcomeMessage", "source"];
        let identifier = only(identifier, &parts).map_err(|why| invalid("identifiers.0", &why))?;
        let email = text(identifier, "id").map_err(|why| invalid("identifiers.0.id", &why))?;
        if maybe(identifier, "type").as_deref() != Some("email") || !email.contains('@') {
            return Err(invalid("identifiers.0.id", "Must be a valid email address"));
        }
        let status = identifier.get("channels").map(channel).transpose()?;
        let consent = identifier.get("consent").map(consent).transpose()?;
        let there = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| id.clone());
        let (code, id) = there.map_or_else(|| (201, self.id()), |id| (200, id));
        let row = self.rows.entry(id.clone()).or_default();
        row.first_name = maybe(given, "firstName").or_else(|| row.first_name.take());
        row.last_name = maybe(given, "lastName").or_else(|| row.last_name.take());
        row.status = match status {
            Some(status) => status,
            None if code == 201 => "nonSubscribed".to_owned(),
            None => std::mem::take(&mut row.status),
        };
        row.consents.extend(consent);
        if let Some(properties) = given.get("customProperties") {
            row.properties = properties.as_object().cloned().ok_or_else(|| invalid("customProperties", "object"))?;
        }
        if code == 201 && row.status == "subscribed" && identifier.get("sendWelcomeMessage") != Some(&json!(false)) {
            self.welcomed.push(email.clone());
        }
        row.email = email;
        Ok(Answer(code, Self::json(&id, row)))
    }

    /// Contacts that aren't there are passed over without a word.
    fn tag(&mut self, body: &Value, give: bool) -> Result<Answer, Answer> {
        let given = only(body, &["contactIDs", "emails", "phones", "segmentID", "tags"]);
        let given = given.map_err(|why| invalid("body", &why))?;
        let texts = |name: &str| -> Option<Vec<String>> {
            let all = given.get(name)?.as_array()?.iter().map(|one| one.as_str().map(str::to_owned));
            all.collect::<Option<Vec<String>>>()
        };
        let tags =
            texts("tags").filter(|tags| (1..=100).contains(&tags.len()) && tags.iter().all(|tag| !tag.is_empty()));
        let tags = tags.ok_or_else(|| invalid("tags", "From 1 to 100 tags"))?;
        let (ids, emails) = (texts("contactIDs"), texts("emails"));
        if ids.is_none() && emails.is_none() {
            return Err(invalid("contactIDs", "A selector is needed"));
        }
        let (ids, emails) = (ids.unwrap_or_default(), emails.unwrap_or_default());
        for (_, row) in self.rows.iter_mut().filter(|(id, row)| ids.contains(id) || emails.contains(&row.email)) {
            row.looks = 0;
            row.waiting.extend(tags.iter().map(|tag| (give, tag.clone())));
        }
        Ok(Answer(202, Value::Null))
    }

    /// Its id keeps the contact's history free of repetitions; automations run each time.
    fn event(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = ["eventName", "origin", "eventID", "eventTime", "eventVersion", "contact", "properties"];
        let given = only(body, &known).map_err(|why| invalid("body", &why))?;
        let name = text(given, "eventName").map_err(|why| invalid("eventName", &why))?;
        let id = text(given, "eventID").map_err(|why| invalid("eventID", &why))?;
        uuid::Uuid::parse_str(&id).map_err(|_| invalid("eventID", "Must be a UUID"))?;
        moment(given, "eventTime")?;
        let contact = given.get("contact").ok_or_else(|| invalid("contact", "Is needed"))?;
        let contact =
            only(contact, &["email", "id", "firstName", "lastName"]).map_err(|why| invalid("contact", &why))?;
        let email = text(contact, "email").map_err(|why| invalid("contact.email", &why))?;
        self.events.push((name, email));
        Ok(Answer(202, Value::Null))
    }
}

/// The status of `channels.email`.
fn channel(channels: &Value) -> Result<String, Answer> {
    let wrong = |why: String| invalid("identifiers.0.channels", &why);
    let channels = only(channels, &["email"]).map_err(wrong)?;
    let email = channels.get("email").ok_or_else(|| wrong("email is missing".to_owned()))?;
    let email = only(email, &["status", "statusChangedAt"]).map_err(wrong)?;
    moment(email, "statusChangedAt")?;
    let status = text(email, "status").map_err(wrong)?;
    if STATUSES.contains(&status.as_str()) { Ok(status) } else { Err(wrong("status".to_owned())) }
}

fn consent(consent: &Value) -> Result<Value, Answer> {
    let given = only(consent, &["source", "createdAt", "ip", "userAgent"]);
    moment(given.map_err(|why| invalid("identifiers.0.consent", &why))?, "createdAt")?;
    Ok(consent.clone())
}

impl Crm for Omnisend {
    fn slug(&self) -> &'static str {
        "omnisend"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["OMNISEND"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        // A welcome message that nobody asked for is as bad as a wrong status.
        assert!(!self.welcomed.contains(&row.email), "{email} was welcomed");
        let subscribed = match row.status.as_str() {
            "subscribed" => Subscribed::Yes,
            "unsubscribed" => Subscribed::No,
            _ => Subscribed::Unsaid,
        };
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed,
            lists: BTreeSet::new(),
            tags: row.tags.clone(),
            status: row.properties.get("rekomi_status").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        match self.rows.values_mut().find(|row| row.email == email) {
            Some(row) => "unsubscribed".clone_into(&mut row.status),
            None => *self = std::mem::take(self).knowing(email, "unsubscribed", Value::Null),
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, mut body) = problem(429, "Too many requests", "Rate limit exceeded");
        body["retryAfter"] = json!(42);
        (Mood::Says(status, body), Some(42))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    fn settle(&mut self) {
        self.rows.values_mut().for_each(Row::settle);
    }
}
