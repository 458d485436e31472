//! Customer.io's Track and App APIs as far as people, manual segments and events go, after their OpenAPI descriptions. The
//! Track API answers 200 before it does anything; what it does shows in the App API some readings later.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use connector::{Choice, encode::md5_of_lower};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const SITE_ID: &str = "canarysiteid0000c3d4";
const API_KEY: &str = "canaryapikey00000002";
const APP_KEY: &str = "canaryappkey00000000000000000003";
const WORKSPACE: u32 = 4_711;
const SEGMENT: &str = "7";
/// What was asked of the Track API is done when the App API has been read so often.
const READINGS: u8 = 2;

#[derive(Debug, Default)]
struct Row {
    attributes: Map<String, Value>,
    segments: BTreeSet<String>,
}

#[derive(Debug)]
enum Change {
    Save(String, Map<String, Value>),
    Add(String, Vec<String>),
    /// Of the person with this `cio_id`.
    Email(String, String),
    Delete(String),
}

#[derive(Debug)]
pub struct CustomerIo {
    revoked: bool,
    /// Where the workspace lives, and which region this is.
    home: &'static str,
    region: &'static str,
    /// Whether the other region tells where the workspace lives, as its reference says, or knows nothing of it.
    reports: bool,
    /// Whether people are identified by email.
    pub by_email: bool,
    /// Takes everything and does nothing.
    pub stuck: bool,
    rows: BTreeMap<String, Row>,
    changes: Vec<(Change, u8)>,
    events: Vec<(String, String, String)>,
}

impl Default for CustomerIo {
    fn default() -> Self {
        Self {
            revoked: false,
            home: "us",
            region: "us",
            reports: true,
            by_email: true,
            stuck: false,
            rows: BTreeMap::new(),
            changes: Vec::new(),
            events: Vec::new(),
        }
    }
}

fn refused(status: u16, why: &str) -> Answer {
    Answer(status, json!({"meta": {"errors": [why]}}))
}

/// How the App API says it.
fn denied(status: u16, why: &str) -> Answer {
    Answer(status, json!({"errors": [{"detail": why, "status": status.to_string()}]}))
}

fn segments() -> [Value; 3] {
    [
        json!({"id": 1, "name": "Signed up", "type": "dynamic", "state": "finished"}),
        json!({"id": 6, "name": "Beta", "type": "manual", "state": "finished"}),
        json!({"id": 7, "name": "Affiliates", "type": "manual", "state": "finished"}),
    ]
}

impl Vendor for CustomerIo {
    fn answer(&mut self, call: &Call) -> Answer {
        let track = call.path.starts_with("/api/v1/");
        let pair = format!("Basic {}", STANDARD.encode(format!("{SITE_ID}:{API_KEY}")));
        let bearer = format!("Bearer {APP_KEY}");
        let parts: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
        let away = self.home != self.region && !(self.reports && parts.last() == Some(&"region"));
        if self.revoked || away || call.header("authorization") != if track { &pair } else { &bearer } {
            let report = Answer(401, json!({"meta": {"error": "unauthorized"}}));
            return if track { report } else { denied(401, "unauthorized") };
        }
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["api", "v1", "accounts", "region"]) => Ok(self.place()),
            ("PUT", ["api", "v1", "customers", person]) => match person.strip_prefix("cio_") {
                Some(id) => self.rename(id, call),
                None => self.save(person, call),
            },
            ("DELETE", ["api", "v1", "customers", person]) => self.delete(person),
            ("POST", ["api", "v1", "customers", person, "events"]) => self.event(person, call),
            ("POST", ["api", "v1", "segments", segment, "add_customers"]) => self.add(segment, call),
            ("GET", ["v1", "segments"]) => Ok(Answer(200, json!({"segments": segments()}))),
            ("GET", ["v1", "workspaces"]) => {
                let named = json!([{"id": 1, "name": "Staging"}, {"id": WORKSPACE, "name": "Canary SaaS"}]);
                Ok(Answer(200, json!({"workspaces": named})))
            }
            ("GET", ["v1", "customers", person, what]) => self.read(person, what, call),
            _ => Ok(refused(404, "not found")),
        };
        done.unwrap_or_else(|why| if track { refused(400, &why) } else { denied(400, &why) })
    }
}

impl CustomerIo {
    /// One region's servers, as a workspace of that home sees them.
    pub fn at(region: &'static str, home: &'static str, reports: bool) -> Self {
        Self { home, region, reports, ..Self::default() }
    }

    fn place(&self) -> Answer {
        let host = if self.home == "eu" { "track-eu" } else { "track" };
        let url = format!("https://{host}.customer.io");
        Answer(200, json!({"url": url, "region": self.home, "environment_id": WORKSPACE}))
    }

    fn save(&mut self, person: &str, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let known = [
            "email",
            "first_name",
            "last_name",
            "created_at",
            "rekomi_tags",
            "rekomi_status",
            "unsubscribed",
            "_update",
        ];
        let fields = only(&body, &known)?;
        let email = identifier(person)?;
        if text(fields, "email")?.to_lowercase() != email {
            return Err("the address in the path is another one".to_owned());
        }
        if fields.get("created_at").is_some_and(|at| !at.is_i64()) {
            return Err("created_at must be a Unix timestamp".to_owned());
        }
        if fields.values().any(|value| value.is_object() || value.is_array() || value.is_f64()) {
            return Err("attributes are texts, integers or booleans".to_owned());
        }
        if fields.values().filter_map(Value::as_str).any(|value| value.len() > 1_000) {
            return Err("an attribute has more than 1000 bytes".to_owned());
        }
        self.changes.push((Change::Save(email, fields.clone()), 0));
        Ok(Answer(200, json!({})))
    }

    fn rename(&mut self, id: &str, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let fields = only(&body, &["email", "_update"])?;
        if fields.get("_update") != Some(&json!(true)) {
            return Err("_update".to_owned());
        }
        self.changes.push((Change::Email(id.to_owned(), text(fields, "email")?.to_lowercase()), 0));
        Ok(Answer(200, json!({})))
    }

    fn delete(&mut self, person: &str) -> Result<Answer, String> {
        self.changes.push((Change::Delete(identifier(person)?), 0));
        Ok(Answer(200, json!({})))
    }

    fn add(&mut self, segment: &str, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let id: u32 = segment.parse().map_err(|_| "segment_id")?;
        let manual = segments().iter().any(|one| one["id"] == id && one["type"] == "manual");
        if !manual {
            return Err("segment is not a manual segment".to_owned());
        }
        if call.parameter("id_type") != Some("email") {
            return Err("these are addresses".to_owned());
        }
        let ids = only(&body, &["ids"])?.get("ids").and_then(Value::as_array).ok_or("ids")?;
        let ids = ids.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
        self.changes.push((Change::Add(segment.to_owned(), ids), 0));
        Ok(Answer(200, json!({})))
    }

    fn event(&mut self, person: &str, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let fields = only(&body, &["name", "id", "type", "timestamp", "data"])?;
        let (name, id) = (text(fields, "name")?, text(fields, "id")?);
        if !is_ulid(&id) {
            return Err("id is no ULID".to_owned());
        }
        fields.get("timestamp").and_then(Value::as_i64).ok_or("timestamp")?;
        fields.get("data").and_then(Value::as_object).ok_or("data")?;
        let person = identifier(person)?;
        // The same id again counts once.
        if !self.events.iter().any(|(known, ..)| *known == id) {
            self.events.push((id, name, person));
        }
        Ok(Answer(200, json!({})))
    }

    fn read(&mut self, person: &str, what: &str, call: &Call) -> Result<Answer, String> {
        if !self.by_email || call.parameter("id_type") != Some("email") {
            return Err("id_type is not enabled for this workspace".to_owned());
        }
        self.changes.iter_mut().for_each(|(_, readings)| *readings += 1);
        self.work(READINGS);
        let Some(row) = self.rows.get(&identifier(person)?) else { return Ok(denied(404, "customer not found")) };
        match what {
            "attributes" => {
                // All of them are texts there.
                let report = row.attributes.iter().map(|(name, value)| {
                    (name.clone(), json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
                });
                let report: Map<String, Value> = report.collect();
                let customer = json!({"id": null, "attributes": report, "unsubscribed": is_out(row), "devices": []});
                Ok(Answer(200, json!({"customer": customer})))
            }
            "segments" => {
                let on = |one: &Value| row.segments.contains(&one["id"].to_string());
                let on: Vec<Value> = segments().into_iter().filter(on).collect();
                Ok(Answer(200, json!({"segments": on})))
            }
            _ => Ok(denied(404, "not found")),
        }
    }

    fn work(&mut self, readings: u8) {
        let stuck = self.stuck;
        let due = |(_, read): &(Change, u8)| !stuck && *read > readings;
        let (done, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.changes).into_iter().partition(due);
        self.changes = left;
        for (change, _) in done {
            self.carry_out(change);
        }
    }

    fn carry_out(&mut self, change: Change) {
        match change {
            Change::Save(email, mut fields) => {
                let update = fields.remove("_update") == Some(json!(true));
                if !update || self.rows.contains_key(&email) {
                    self.row(&email).attributes.extend(fields);
                }
            }
            // Unknown people are skipped, and no error says so.
            Change::Add(segment, emails) => {
                for email in emails {
                    if let Some(row) = self.rows.get_mut(&email) {
                        row.segments.insert(segment.clone());
                    }
                }
            }
            // An identifier of someone else isn't taken over, and no error says so.
            Change::Email(id, new) => {
                let is = |row: &Row| row.attributes.get("cio_id") == Some(&json!(id));
                let former = self.rows.iter().find(|(_, row)| is(row)).map(|(email, _)| email.clone());
                if let Some(former) = former.filter(|_| !self.rows.contains_key(&new)) {
                    let mut row = self.rows.remove(&former).unwrap_or_default();
                    row.attributes.insert("email".to_owned(), json!(new));
                    self.rows.insert(new, row);
                }
            }
            Change::Delete(email) => drop(self.rows.remove(&email)),
        }
    }

    /// The person with that address, who has an id of the vendor's own.
    fn row(&mut self, email: &str) -> &mut Row {
        let id = format!("a300{}", md5_of_lower(email));
        let row = self.rows.entry(email.to_owned()).or_default();
        row.attributes.entry("cio_id").or_insert(json!(id));
        row
    }

    /// A person who is there already, with an attribute.
    pub fn put(&mut self, email: &str, name: &str, value: Value) {
        let row = self.row(email);
        row.attributes.insert("email".to_owned(), json!(email));
        row.attributes.insert(name.to_owned(), value);
    }
}

/// Addresses are the same in either case.
fn identifier(part: &str) -> Result<String, String> {
    if part.contains('.') {
        return Err(format!("{part} has a dot"));
    }
    unescaped(part).map(|email| email.to_lowercase())
}

fn is_out(row: &Row) -> bool {
    match row.attributes.get("unsubscribed") {
        Some(Value::Bool(out)) => *out,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

fn is_ulid(id: &str) -> bool {
    id.len() == 26
        && id.starts_with(|first: char| ('0'..='7').contains(&first))
        && id.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte))
}

impl Crm for CustomerIo {
    fn slug(&self) -> &'static str {
        "customer-io"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["CUSTOMERIO_US", "CUSTOMERIO_EU"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("siteId", SITE_ID), ("apiKey", API_KEY), ("appApiKey", APP_KEY)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: SEGMENT.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let tags = maybe(&row.attributes, "rekomi_tags").unwrap_or_default();
        Some(Contact {
            email: maybe(&row.attributes, "email").unwrap_or_default(),
            first_name: maybe(&row.attributes, "first_name"),
            last_name: maybe(&row.attributes, "last_name"),
            subscribed: if is_out(row) { Subscribed::No } else { Subscribed::Unsaid },
            lists: row.segments.clone(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: maybe(&row.attributes, "rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.put(email, "unsubscribed", json!(true));
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let body = json!({"meta": {"error": "too many requests"}}).to_string();
        (Mood::Writes(429, vec![("Retry-After", "5".to_owned())], body), Some(5))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.iter().map(|(_, name, person)| (name.clone(), person.clone())).collect()
    }

    fn settle(&mut self) {
        self.changes.iter_mut().for_each(|(_, readings)| *readings = READINGS + 1);
        self.work(READINGS);
    }
}
