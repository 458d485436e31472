//! Kit's API version 4 as far as subscribers, custom fields, forms and tags go, after its published OpenAPI description.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "kit_canary0000000000000000000000000001";
const STATES: [&str; 5] = ["active", "inactive", "cancelled", "bounced", "complained"];

#[derive(Debug, Default)]
struct Row {
    email: String,
    first_name: Option<String>,
    state: String,
    fields: BTreeMap<String, String>,
    forms: BTreeSet<u64>,
    tags: BTreeSet<u64>,
}

#[derive(Debug)]
pub struct Kit {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    tags: BTreeMap<u64, String>,
    forms: BTreeMap<u64, String>,
    /// Labels by key.
    fields: BTreeMap<String, String>,
    fields_max: usize,
}

impl Default for Kit {
    fn default() -> Self {
        let named = |all: [(u64, &str); 2]| all.map(|(id, name)| (id, name.to_owned())).into_iter().collect();
        Self {
            revoked: false,
            next: 1_000_000,
            rows: BTreeMap::new(),
            tags: named([(11, "customer"), (12, "VIP")]),
            forms: named([(52, "Newsletter"), (53, "Affiliates")]),
            fields: BTreeMap::new(),
            fields_max: 140,
        }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, why: &str) -> Answer {
    Answer(status, json!({"errors": [why]}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(422, why.as_ref())
}

/// At most 1,000 rows after a cursor, 500 if nothing is said.
fn page(call: &Call, name: &str, rows: &[Value]) -> Done {
    let known = ["per_page", "after", "status", "email_address", "include_total_count"];
    if let Some((other, _)) = call.query.iter().find(|(other, _)| !known.contains(&other.as_str())) {
        return Err(invalid(format!("unknown parameter {other}")));
    }
    let limit: usize = call.parameter("per_page").map_or(Ok(500), str::parse).map_err(|_| invalid("per_page"))?;
    let from: usize = match call.parameter("after") {
        Some(cursor) => cursor.strip_prefix("Wz").and_then(|at| at.parse().ok()).ok_or(invalid("after"))?,
        None => 0,
    };
    let some: Vec<&Value> = rows.iter().skip(from).take(limit.min(1_000)).collect();
    let end = from + some.len();
    let pagination = json!({
        "has_previous_page": from > 0, "has_next_page": end < rows.len(), "start_cursor": format!("Wz{from}"),
        "end_cursor": format!("Wz{end}"), "per_page": limit,
    });
    Ok(Answer(200, json!({name: some, "pagination": pagination})))
}

fn body(call: &Call, known: &[&str]) -> Result<serde_json::Map<String, Value>, Answer> {
    let body = call.json().ok_or(refused(400, "no JSON"))?;
    only(&body, known).cloned().map_err(invalid)
}

fn named(all: &BTreeMap<u64, String>) -> Vec<Value> {
    all.iter().map(|(id, name)| json!({"id": id, "name": name, "created_at": "2026-01-02T03:04:05Z"})).collect()
}

/// ASCII, lower case, with underscores.
fn key_of(label: &str) -> String {
    let lower = label.trim().to_lowercase();
    lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl Vendor for Kit {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("x-kit-api-key") != KEY {
            return refused(401, "The access token is invalid");
        }
        let Some(path) = call.path.strip_prefix("/v4/") else { return refused(404, "Not Found") };
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["account"]) => {
                let account = json!({"id": 27, "name": "Brand letters", "plan_type": "creator",
                    "primary_email_address": "owner@brand.test"});
                Ok(Answer(200, json!({"user": {"id": 27, "email": "owner@brand.test"}, "account": account})))
            }
            ("GET", ["forms"]) => page(call, "forms", &named(&self.forms)),
            ("GET", ["tags"]) => page(call, "tags", &named(&self.tags)),
            ("GET", ["custom_fields"]) => self.list_fields(call),
            ("GET", ["subscribers"]) => self.find(call),
            ("GET", ["subscribers", id, "tags"]) => self.tags_of(call, id),
            ("POST", ["custom_fields"]) => self.make_field(call),
            ("POST", ["subscribers"]) => self.save(call),
            ("PUT", ["subscribers", id]) => self.rename(call, id),
            ("POST", ["forms", id, "subscribers"]) => self.join(call, id),
            ("POST", ["tags"]) => self.make_tag(call),
            ("POST", ["tags", id, "subscribers"]) => self.tag(call, id),
            ("DELETE", ["tags", tag, "subscribers", id]) => self.untag(tag, id),
            _ => Err(refused(404, "Not Found")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Kit {
    /// With so many forms more.
    #[must_use]
    pub fn with_forms(mut self, count: u64) -> Self {
        self.forms.extend((1_000..1_000 + count).map(|id| (id, format!("Form {id}"))));
        self
    }

    /// With a custom field that is there already.
    #[must_use]
    pub fn with_field(mut self, key: &str, label: &str) -> Self {
        self.fields.insert(key.to_owned(), label.to_owned());
        self
    }

    /// With as many custom fields as the account may have.
    #[must_use]
    pub fn full(mut self) -> Self {
        self.fields_max = 0;
        self
    }

    /// With a subscriber in that state.
    #[must_use]
    pub fn with_subscriber(mut self, email: &str, state: &str) -> Self {
        self.next += 1;
        let row = Row { email: email.to_owned(), state: state.to_owned(), ..Row::default() };
        self.rows.insert(self.next, row);
        self
    }

    fn list_fields(&self, call: &Call) -> Done {
        let row = |(at, (key, label)): (usize, (&String, &String))| json!({"id": at + 1, "name": format!("ck_field_{}_{key}", at + 1), "key": key, "label": label});
        page(call, "custom_fields", &self.fields.iter().enumerate().map(row).collect::<Vec<_>>())
    }

    fn make_field(&mut self, call: &Call) -> Done {
        let label = text(&body(call, &["label"])?, "label").map_err(invalid)?;
        let known = self.fields.iter().find(|(_, known)| **known == label).map(|(key, _)| key.clone());
        let status = if known.is_some() { 200 } else { 201 };
        if known.is_none() && self.fields.len() >= self.fields_max {
            return Err(invalid("You have reached the limit of custom fields"));
        }
        let key = known.unwrap_or_else(|| key_of(&label));
        self.fields.insert(key.clone(), label.clone());
        let field = json!({"id": 6, "name": format!("ck_field_6_{key}"), "key": key, "label": label});
        Ok(Answer(status, json!({"custom_field": field})))
    }

    fn subscriber(&self, id: u64) -> Value {
        let row = &self.rows[&id];
        let fields: BTreeMap<_, _> = self.fields.keys().map(|key| (key, row.fields.get(key))).collect();
        json!({"id": id, "first_name": row.first_name, "email_address": row.email, "state": row.state, "fields": fields})
    }

    fn find(&self, call: &Call) -> Done {
        let email = call.parameter("email_address").ok_or(invalid("email_address"))?.to_lowercase();
        let status = call.parameter("status").unwrap_or("active");
        let requested = |row: &Row| row.email.to_lowercase() == email && (status == "all" || row.state == status);
        let rows: Vec<Value> =
            self.rows.iter().filter(|(_, row)| requested(row)).map(|(id, _)| self.subscriber(*id)).collect();
        page(call, "subscribers", &rows)
    }

    fn save(&mut self, call: &Call) -> Done {
        let given = body(call, &["email_address", "first_name", "state", "fields"])?;
        let email = text(&given, "email_address").map_err(invalid)?;
        if !email.contains('@') {
            return Err(invalid("Email address is invalid"));
        }
        let state = maybe(&given, "state").unwrap_or_else(|| "active".to_owned());
        if !STATES.contains(&state.as_str()) {
            return Err(invalid("State is not included in the list"));
        }
        let known = self.id_of(&email);
        let (id, status) = known.map_or_else(|| (self.next + 1, 201), |id| (id, 200));
        self.next = self.next.max(id);
        let mut warnings = Vec::new();
        let row = self.rows.entry(id).or_insert_with(|| Row { email, state, ..Row::default() });
        row.first_name = maybe(&given, "first_name").or_else(|| row.first_name.take());
        for (key, value) in given.get("fields").and_then(Value::as_object).into_iter().flatten() {
            match value.as_str().filter(|value| !value.is_empty()) {
                Some(value) if self.fields.contains_key(key) => drop(row.fields.insert(key.clone(), value.to_owned())),
                Some(_) => warnings.push(format!("The custom field {key} does not exist")),
                None => return Err(invalid(format!("{key} is empty"))),
            }
        }
        let mut done = json!({"subscriber": self.subscriber(id)});
        if !warnings.is_empty() {
            done["warnings"] = json!(warnings);
        }
        Ok(Answer(status, done))
    }

    fn id_of(&self, email: &str) -> Option<u64> {
        self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id)
    }

    /// Whom a request names by address, who must be there.
    fn named(&self, call: &Call, known: &[&str]) -> Result<u64, Answer> {
        let email = text(&body(call, known)?, "email_address").map_err(invalid)?;
        self.id_of(&email).ok_or(refused(404, "Not Found"))
    }

    fn join(&mut self, call: &Call, form: &str) -> Done {
        let id = self.named(call, &["email_address", "referrer"])?;
        let form = form.parse().ok().filter(|form| self.forms.contains_key(form)).ok_or(refused(404, "Not Found"))?;
        let new = self.rows.get_mut(&id).is_some_and(|row| row.forms.insert(form));
        Ok(Answer(if new { 201 } else { 200 }, json!({"subscriber": self.subscriber(id)})))
    }

    fn make_tag(&mut self, call: &Call) -> Done {
        let name = text(&body(call, &["name"])?, "name").map_err(invalid)?;
        let known = self.tags.iter().find(|(_, known)| **known == name).map(|(id, _)| *id);
        let status = if known.is_some() { 200 } else { 201 };
        self.next += 1;
        let id = known.unwrap_or(self.next);
        self.tags.insert(id, name.clone());
        Ok(Answer(status, json!({"tag": {"id": id, "name": name, "created_at": "2026-01-02T03:04:05Z"}})))
    }

    fn tag(&mut self, call: &Call, tag: &str) -> Done {
        let id = self.named(call, &["email_address"])?;
        let tag = tag.parse().ok().filter(|tag| self.tags.contains_key(tag)).ok_or(refused(404, "Not Found"))?;
        let new = self.rows.get_mut(&id).is_some_and(|row| row.tags.insert(tag));
        Ok(Answer(if new { 201 } else { 200 }, json!({"subscriber": self.subscriber(id)})))
    }

    fn tags_of(&self, call: &Call, id: &str) -> Done {
        let row = id.parse().ok().and_then(|id: u64| self.rows.get(&id)).ok_or(refused(404, "Not Found"))?;
        let tags: Vec<Value> = row.tags.iter().map(|tag| json!({"id": tag, "name": self.tags[tag]})).collect();
        page(call, "tags", &tags)
    }

    /// A new address.
    fn rename(&mut self, call: &Call, id: &str) -> Done {
        let given = body(call, &["email_address"])?;
        let email = text(&given, "email_address").map_err(invalid)?;
        let id: u64 = id.parse().map_err(|_| refused(404, "Not Found"))?;
        if self.id_of(&email).is_some_and(|other| other != id) {
            return Err(invalid("Email address has already been taken"));
        }
        self.rows.get_mut(&id).ok_or(refused(404, "Not Found"))?.email = email;
        Ok(Answer(200, json!({"subscriber": self.subscriber(id)})))
    }

    fn untag(&mut self, tag: &str, id: &str) -> Done {
        let row = id.parse().ok().and_then(|id: u64| self.rows.get_mut(&id)).ok_or(refused(404, "Not Found"))?;
        let gone = tag.parse().is_ok_and(|tag: u64| row.tags.remove(&tag));
        if gone { Ok(Answer(204, Value::Null)) } else { Err(refused(404, "Not Found")) }
    }
}

impl Crm for Kit {
    fn slug(&self) -> &'static str {
        "kit"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["KIT"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into_iter().collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "53".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = &self.rows[&self.id_of(email)?];
        let last_name = ["last_name", "surname"].iter().find_map(|key| row.fields.get(*key).cloned());
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name,
            subscribed: match row.state.as_str() {
                "active" => Subscribed::Yes,
                "inactive" => Subscribed::Pending,
                _ => Subscribed::No,
            },
            lists: row.forms.iter().map(u64::to_string).collect(),
            tags: row.tags.iter().map(|tag| self.tags[tag].clone()).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        match self.rows.values_mut().find(|row| row.email == email) {
            Some(row) => "cancelled".clone_into(&mut row.state),
            None => *self = std::mem::take(self).with_subscriber(email, "cancelled"),
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Writes(429, Vec::new(), "Retry later\n".to_owned()), None)
    }
}
