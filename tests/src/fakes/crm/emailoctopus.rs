//! EmailOctopus's API version 2 as far as lists and contacts go, after its published OpenAPI description.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode::md5_of_lower};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, only, text};

const KEY: &str = "eo_canary0000000000000000000000000000000000000000000000000000emailoctopus";
const AFFILIATES: &str = "7a3b1c9e-0002-11f1-8000-000000000002";

/// A contact of one list.
#[derive(Debug)]
struct Row {
    email: String,
    status: String,
    fields: Map<String, Value>,
    tags: BTreeSet<String>,
}

#[derive(Debug)]
struct List {
    id: String,
    name: String,
    /// Tags of the fields that contacts of this list may have.
    fields: Vec<&'static str>,
    tags: BTreeSet<String>,
    /// By the MD5 of their address.
    rows: BTreeMap<String, Row>,
}

impl List {
    fn new(id: &str, name: &str) -> Self {
        let tags = ["customer", "vip"].map(str::to_owned).into();
        let (id, name, rows) = (id.to_owned(), name.to_owned(), BTreeMap::new());
        Self { id, name, fields: vec!["FirstName", "LastName", "Hometown"], tags, rows }
    }

    fn json(&self) -> Value {
        let field = |tag: &&str| json!({"label": tag, "tag": tag, "type": "text", "fallback": null});
        let fields: Vec<Value> = self.fields.iter().map(field).collect();
        json!({"id": self.id, "name": self.name, "double_opt_in": false, "fields": fields, "tags": self.tags})
    }
}

#[derive(Debug)]
pub struct EmailOctopus {
    revoked: bool,
    next: u64,
    /// The plan has no room for new contacts.
    full: bool,
    lists: Vec<List>,
}

impl Default for EmailOctopus {
    fn default() -> Self {
        let lists =
            vec![List::new("7a3b1c9e-0001-11f1-8000-000000000001", "Customers"), List::new(AFFILIATES, "Affiliates")];
        Self { revoked: false, next: 100, full: false, lists }
    }
}

fn refused(status: u16, kind: &str, detail: &str) -> Answer {
    let kind = format!("https://emailoctopus.com/api-documentation/v2#{kind}");
    Answer(status, json!({"title": "An error occurred.", "detail": detail, "status": status, "type": kind}))
}

fn invalid(pointer: &str, detail: &str) -> Answer {
    let Answer(status, mut body) = refused(422, "unprocessable-content", "Unprocessable content.");
    body["errors"] = json!([{"detail": detail, "pointer": pointer}]);
    Answer(status, body)
}

fn contact(id: &str, row: &Row) -> Value {
    json!({"id": id, "email_address": row.email, "fields": row.fields, "tags": row.tags, "status": row.status})
}

impl Vendor for EmailOctopus {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != KEY {
            return refused(401, "unauthorized", "Invalid key.");
        }
        if matches!(call.method.as_str(), "POST" | "PUT") && call.json().is_none() {
            return refused(415, "unsupported-media-type", "Unsupported media type.");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        if let ["lists"] = parts.as_slice() {
            return if call.method == "GET" { self.page(call) } else { not_allowed() };
        }
        let ["lists", list, rest @ ..] = parts.as_slice() else { return missing() };
        let next = self.next();
        let full = self.full;
        let Some(list) = self.lists.iter_mut().find(|one| one.id == *list) else { return missing() };
        match (call.method.as_str(), rest) {
            ("GET", []) => Answer(200, list.json()),
            ("PUT", ["contacts"]) => {
                let body = call.json().unwrap_or_default();
                list.save(&body, next, full).unwrap_or_else(|refusal| refusal)
            }
            ("GET", ["contacts", id]) => list.rows.get(*id).map_or_else(missing, |row| Answer(200, contact(id, row))),
            ("PUT", ["contacts", id]) => {
                list.rename(id, &call.json().unwrap_or_default()).unwrap_or_else(|refusal| refusal)
            }
            ("DELETE", ["contacts", id]) => {
                if list.rows.remove(*id).is_some() {
                    Answer(204, Value::Null)
                } else {
                    missing()
                }
            }
            _ => not_allowed(),
        }
    }
}

fn missing() -> Answer {
    refused(404, "not-found", "Resource not found.")
}

fn not_allowed() -> Answer {
    refused(405, "method-not-allowed", "Method not allowed.")
}

impl List {
    /// Creates or updates; what isn't said stays. A status is taken at its word, even of somebody who unsubscribed.
    fn save(&mut self, body: &Value, next: u64, full: bool) -> Result<Answer, Answer> {
        let given = only(body, &["email_address", "fields", "tags", "status"]).map_err(|why| invalid("/", &why))?;
        let email = text(given, "email_address").map_err(|why| invalid("/email_address", &why))?;
        if !email.contains('@') {
            return Err(invalid("/email_address", "This value is not a valid email address."));
        }
        let status = given.get("status").map(|status| status.as_str().unwrap_or_default());
        if status.is_some_and(|status| !["pending", "subscribed", "unsubscribed"].contains(&status)) {
            return Err(invalid("/status", "The value you selected is not a valid choice."));
        }
        let fields = match given.get("fields") {
            Some(fields) => only(fields, &self.fields).map_err(|why| invalid("/fields", &why))?.clone(),
            None => Map::new(),
        };
        let id = md5_of_lower(&email);
        if full && !self.rows.contains_key(&id) {
            return Err(refused(403, "out-of-limits", "You have reached your plan's limit."));
        }
        let row = self.rows.entry(id).or_insert_with(|| Row {
            email,
            status: "subscribed".to_owned(),
            fields: Map::new(),
            tags: BTreeSet::new(),
        });
        for (tag, requested) in given.get("tags").and_then(Value::as_object).into_iter().flatten() {
            match requested.as_bool().ok_or_else(|| invalid("/tags", "This value should be of type boolean."))? {
                true => {
                    self.tags.insert(tag.clone());
                    row.tags.insert(tag.clone());
                }
                false => drop(row.tags.remove(tag)),
            }
        }
        row.fields.extend(fields);
        if let Some(status) = status {
            status.clone_into(&mut row.status);
        }
        Ok(Answer(200, contact(&format!("00000000-0000-11f1-8000-{next:012}"), row)))
    }
}

impl List {
    /// A new address: the hash by which the contact is found changes with it.
    fn rename(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["email_address"]).map_err(|why| invalid("/", &why))?;
        let email = text(given, "email_address").map_err(|why| invalid("/email_address", &why))?;
        let new = md5_of_lower(&email);
        if new != id && self.rows.contains_key(&new) {
            return Err(refused(409, "already-exists", "A contact with this email address already exists."));
        }
        let row = self.rows.remove(id).ok_or_else(missing)?;
        let row = self.rows.entry(new.clone()).or_insert(Row { email, ..row });
        Ok(Answer(200, contact(&new, row)))
    }
}

impl EmailOctopus {
    /// With as many lists more.
    #[must_use]
    pub fn with_lists(more: usize) -> Self {
        let mut all = Self::default();
        let name = |number: usize| format!("7a3b1c9e-1000-11f1-8000-{number:012}");
        all.lists.splice(0..0, (0..more).map(|number| List::new(&name(number), &format!("List {number}"))));
        all
    }

    /// The list lacks the field.
    #[must_use]
    pub fn without_field(mut self, tag: &str) -> Self {
        self.lists.iter_mut().for_each(|list| list.fields.retain(|field| *field != tag));
        self
    }

    #[must_use]
    pub fn full(self) -> Self {
        Self { full: true, ..self }
    }

    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// At most 100 lists, and a cursor that nobody is to read.
    fn page(&self, call: &Call) -> Answer {
        let limit = call.parameter("limit").map_or(Ok(100), str::parse::<usize>);
        let Some(limit) = limit.ok().filter(|limit| (1..=100).contains(limit)) else {
            return refused(400, "bad-request", "This value should be between 1 and 100.");
        };
        let from = match call.parameter("starting_after") {
            None => 0,
            Some(cursor) => match self.lists.iter().position(|list| format!("after-{}", list.id) == cursor) {
                Some(at) => at + 1,
                None => return refused(400, "bad-request", "Bad request."),
            },
        };
        let some: Vec<&List> = self.lists.iter().skip(from).take(limit).collect();
        let last = some.last().filter(|_| from + some.len() < self.lists.len());
        let next = last.map(|list| {
            let cursor = format!("after-{}", list.id);
            json!({"url": format!("https://api.emailoctopus.com/lists?starting_after={cursor}"), "starting_after": cursor})
        });
        let rows: Vec<Value> = some.iter().map(|list| list.json()).collect();
        Answer(200, json!({"data": rows, "paging": {"next": next}}))
    }

    fn rows<'a>(&'a self, email: &'a str) -> impl Iterator<Item = (&'a List, &'a Row)> {
        let of = move |list: &'a List| list.rows.values().find(|row| row.email == email).map(|row| (list, row));
        self.lists.iter().filter_map(of)
    }
}

impl Crm for EmailOctopus {
    fn slug(&self) -> &'static str {
        "emailoctopus"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["EMAILOCTOPUS"]
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
        let (_, first) = self.rows(email).next()?;
        let field = |name: &str| first.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let is = |status: &str| self.rows(email).any(|(_, row)| row.status == status);
        let subscribed = match (is("unsubscribed"), is("subscribed")) {
            (true, _) => Subscribed::No,
            (false, true) => Subscribed::Yes,
            (false, false) => Subscribed::Pending,
        };
        Some(Contact {
            email: email.to_owned(),
            first_name: field("FirstName"),
            last_name: field("LastName"),
            subscribed,
            lists: self.rows(email).map(|(list, _)| list.id.clone()).collect(),
            tags: self.rows(email).flat_map(|(_, row)| row.tags.iter().cloned()).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.lists.iter().map(|list| list.rows.len()).sum()
    }

    fn unsubscribed(&mut self, email: &str) {
        let new = || Row { email: email.to_owned(), status: String::new(), fields: Map::new(), tags: BTreeSet::new() };
        let list = self.lists.iter_mut().find(|list| list.id == AFFILIATES).unwrap();
        "unsubscribed".clone_into(&mut list.rows.entry(md5_of_lower(email)).or_insert_with(new).status);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "too-many-requests", "Too many requests.");
        (Mood::Writes(status, vec![("X-RateLimit-Retry-After", "2".to_owned())], body.to_string()), Some(2))
    }
}
