//! Flodesk's API version 1 as far as subscribers, segments and custom fields go, after its published OpenAPI
//! description. What happens to people who unsubscribed isn't documented; here whatever adds them again makes them
//! active, which is the worst that could be.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode};
use serde_json::{Map, Value, json};
use shared::timestamp::Timestamp;

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "canary0flodesk0key000000000000000000000000000001";
const AFFILIATES: &str = "64b0c0ffee0000000000a001";
const LABEL_MAX: usize = 100;

#[derive(Debug, Default)]
struct Row {
    email: String,
    status: String,
    first_name: Option<String>,
    last_name: Option<String>,
    values: Map<String, Value>,
    segments: BTreeSet<String>,
    optin: Option<String>,
}

#[derive(Debug)]
struct Segment {
    id: String,
    name: String,
    kind: &'static str,
}

#[derive(Debug)]
pub struct Flodesk {
    revoked: bool,
    next: u64,
    segments: Vec<Segment>,
    /// Keys and labels.
    fields: Vec<(String, String)>,
    /// By id.
    rows: BTreeMap<String, Row>,
}

impl Default for Flodesk {
    fn default() -> Self {
        let segment = |id: &str, name: &str, kind| Segment { id: id.to_owned(), name: name.to_owned(), kind };
        let segments = vec![
            segment("64b0c0ffee0000000000a000", "Customers", "static"),
            segment("64b0c0ffee0000000000a002", "Everyone in Paris", "dynamic"),
            segment(AFFILIATES, "Affiliates", "static"),
        ];
        let fields = vec![("favoriteColor".to_owned(), "Favorite color".to_owned())];
        Self { revoked: false, next: 0, segments, fields, rows: BTreeMap::new() }
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer(status, json!({"code": code, "message": message}))
}

fn bad(message: impl AsRef<str>) -> Answer {
    refused(400, "bad_request", message.as_ref())
}

fn missing(what: &str) -> Answer {
    refused(404, "not_found", &format!("{what} not found"))
}

/// `rekomi_status` becomes `rekomiStatus`.
fn key_of(label: &str) -> String {
    let mut words = label.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_lowercase();
    let upper = |word: &str| word[..1].to_uppercase() + &word[1..];
    words.fold(first, |key, word| key + &upper(word))
}

impl Vendor for Flodesk {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != encode::basic(KEY, "") {
            return refused(401, "unauthorized", "Invalid API key.");
        }
        let body = call.json();
        if call.method != "GET" && body.is_none() {
            return bad("a JSON body is needed");
        }
        let Some(path) = call.path.strip_prefix("/v1/") else { return missing("route") };
        let parts: Vec<&str> = path.split('/').collect();
        let body = body.unwrap_or_default();
        let answer = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["segments"]) => self.page(call),
            ("GET", ["custom-fields", "all"]) => Ok(self.fields()),
            ("POST", ["custom-fields"]) => self.create_field(&body),
            ("POST", ["subscribers"]) => self.save(&body),
            ("GET", ["subscribers", who]) => self.find(who).map(|id| Answer(200, self.json(&id))),
            (method @ ("POST" | "DELETE"), ["subscribers", who, "segments"]) => {
                self.find(who).and_then(|id| self.segment(&id, &body, method == "POST"))
            }
            _ => Err(missing("route")),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

impl Flodesk {
    /// With as many segments more, before the others.
    #[must_use]
    pub fn with_segments(more: usize) -> Self {
        let mut all = Self::default();
        let segment = |number| Segment {
            id: format!("64b0c0ffee00000000{number:06}"),
            name: format!("Segment {number}"),
            kind: "static",
        };
        all.segments.splice(0..0, (0..more).map(segment));
        all
    }

    /// With custom fields that the brand created itself.
    #[must_use]
    pub fn with_fields(mut self, labels: &[&str]) -> Self {
        self.fields.extend(labels.iter().map(|label| (key_of(label), (*label).to_owned())));
        self
    }

    /// Somebody whom the brand knows already.
    #[must_use]
    pub fn knowing(mut self, email: &str, status: &str) -> Self {
        let id = self.id();
        self.rows.insert(id, Row { email: email.to_owned(), status: status.to_owned(), ..Row::default() });
        self
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("64b0c0ffee0000000001{:04x}", self.next)
    }

    fn json(&self, id: &str) -> Value {
        let row = &self.rows[id];
        let segment = |one: &&Segment| row.segments.contains(&one.id);
        let segments: Vec<Value> =
            self.segments.iter().filter(segment).map(|one| json!({"id": one.id, "name": one.name})).collect();
        json!({
            "id": id, "status": row.status, "email": row.email, "source": "integration", "first_name": row.first_name,
            "last_name": row.last_name, "segments": segments, "custom_fields": row.values, "optin_timestamp": row.optin,
        })
    }

    fn page(&self, call: &Call) -> Result<Answer, Answer> {
        if call.query.iter().any(|(name, _)| !["page", "per_page"].contains(&name.as_str())) {
            return Err(bad("unknown parameter"));
        }
        let number = |name: &str, usual: usize| call.parameter(name).map_or(Ok(usual), str::parse);
        let (Ok(page @ 1..), Ok(size @ 1..=100)) = (number("page", 1), number("per_page", 20)) else {
            return Err(bad("page or per_page is out of range"));
        };
        let row = |one: &Segment| {
            let (id, name, kind) = (&one.id, &one.name, one.kind);
            json!({"id": id, "name": name, "segment_type": kind, "total_active_subscribers": 0, "color": "#fff"})
        };
        let rows: Vec<Value> = self.segments.iter().skip((page - 1) * size).take(size).map(row).collect();
        let (total, pages) = (self.segments.len(), self.segments.len().div_ceil(size));
        let meta = json!({"page": page, "per_page": size, "total_items": total, "total_pages": pages});
        Ok(Answer(200, json!({"meta": meta, "data": rows})))
    }

    fn fields(&self) -> Answer {
        Answer(200, self.fields.iter().map(|(key, label)| json!({"key": key, "label": label})).collect())
    }

    fn create_field(&mut self, body: &Value) -> Result<Answer, Answer> {
        let label = only(body, &["label"]).and_then(|given| text(given, "label")).map_err(bad)?;
        let key = key_of(&label);
        if label.len() > LABEL_MAX || self.fields.iter().any(|(known, _)| *known == key) {
            return Err(bad("the custom field already exists"));
        }
        self.fields.push((key.clone(), label.clone()));
        Ok(Answer(201, json!({"key": key, "label": label})))
    }

    /// By id, or by address.
    fn find(&self, who: &str) -> Result<String, Answer> {
        let who = unescaped(who).map_err(bad)?;
        let found = self.rows.iter().find(|(id, row)| **id == who || row.email == who);
        found.map(|(id, _)| id.clone()).ok_or_else(|| missing("subscriber"))
    }

    /// Creates or updates; what isn't said stays. Double opt-in is for new people only.
    fn save(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = [
            "id",
            "email",
            "first_name",
            "last_name",
            "custom_fields",
            "segment_ids",
            "double_optin",
            "optin_ip",
            "optin_timestamp",
        ];
        let given = only(body, &known).map_err(bad)?;
        let email = text(given, "email").map_err(bad)?;
        if !email.contains('@') {
            return Err(bad("email is invalid"));
        }
        let keys: Vec<&str> = self.fields.iter().map(|(key, _)| key.as_str()).collect();
        let values = match given.get("custom_fields") {
            Some(values) => only(values, &keys).map_err(bad)?.clone(),
            None => Map::new(),
        };
        if values.values().any(|value| !value.is_string()) {
            return Err(bad("custom fields are texts"));
        }
        let asks = match given.get("double_optin") {
            Some(asks) => asks.as_bool().ok_or_else(|| bad("double_optin is a boolean"))?,
            None => false,
        };
        let optin = maybe(given, "optin_timestamp");
        if optin.as_ref().is_some_and(|at| Timestamp::parse_rfc3339(at).is_err()) {
            return Err(bad("optin_timestamp is no date"));
        }
        let there = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| id.clone());
        let is_new = there.is_none();
        let id = there.unwrap_or_else(|| self.id());
        let row = self.rows.entry(id.clone()).or_default();
        if is_new {
            (row.email, row.status) = (email, if asks { "unconfirmed" } else { "active" }.to_owned());
        } else if optin.is_some() {
            "active".clone_into(&mut row.status);
        }
        row.first_name = maybe(given, "first_name").or_else(|| row.first_name.take());
        row.last_name = maybe(given, "last_name").or_else(|| row.last_name.take());
        row.optin = optin.or_else(|| row.optin.take());
        row.values.extend(values);
        if given.contains_key("segment_ids") {
            self.segment(&id, &json!({"segment_ids": given["segment_ids"]}), true)?;
        }
        Ok(Answer(200, self.json(&id)))
    }

    fn segment(&mut self, id: &str, body: &Value, add: bool) -> Result<Answer, Answer> {
        let given = only(body, &["segment_ids"]).map_err(bad)?;
        let ids = given.get("segment_ids").and_then(Value::as_array).filter(|ids| (1..=50).contains(&ids.len()));
        let ids = ids.ok_or_else(|| bad("segment_ids needs from 1 to 50 segments"))?;
        let joinable = |id: &Value| self.segments.iter().find(|one| *id == one.id && one.kind == "static");
        let found: Option<Vec<String>> = ids.iter().map(|id| joinable(id).map(|one| one.id.clone())).collect();
        let found = found.ok_or_else(|| missing("segment"))?;
        let row = self.rows.get_mut(id).ok_or_else(|| missing("subscriber"))?;
        if add {
            row.segments.extend(found);
            if row.status != "unconfirmed" {
                "active".clone_into(&mut row.status);
            }
        } else {
            row.segments.retain(|one| !found.contains(one));
        }
        Ok(Answer(200, self.json(id)))
    }
}

impl Crm for Flodesk {
    fn slug(&self) -> &'static str {
        "flodesk"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["FLODESK"]
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
        let value = |key: &str| maybe(&row.values, key);
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: match row.status.as_str() {
                "active" => Subscribed::Yes,
                "unconfirmed" => Subscribed::Pending,
                _ => Subscribed::No,
            },
            lists: row.segments.clone(),
            tags: value("rekomiTags").iter().flat_map(|tags| tags.split(',')).map(str::to_owned).collect(),
            status: value("rekomiStatus"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        match self.rows.values_mut().find(|row| row.email == email) {
            Some(row) => "unsubscribed".clone_into(&mut row.status),
            None => *self = std::mem::take(self).knowing(email, "unsubscribed"),
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        // Flodesk names no time to wait.
        let Answer(status, body) = refused(429, "too_many_requests", "Rate limit exceeded.");
        let headers = vec![("X-Fd-RateLimit-Limit", "100".to_owned()), ("X-Fd-RateLimit-Remaining", "0".to_owned())];
        (Mood::Writes(status, headers, body.to_string()), None)
    }
}
