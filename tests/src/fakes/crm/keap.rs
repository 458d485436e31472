//! Keap's REST API version 2 as far as contacts, tags and opt-in statuses go, after the OpenAPI description in its SDK.
//! An update must name what it changes, and a reason to opt in undoes a manual opt-out.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "KeapAK-canary0keap0canary";
const AFFILIATES: u64 = 63;
/// Statuses that a reason to opt in makes marketable.
const RAISED: [&str; 4] = ["UNENGAGED_MARKETABLE", "UNENGAGED_NON_MARKETABLE", "NON_MARKETABLE", "MANUAL"];
const OUT: [&str; 3] = ["MANUAL", "LIST_UNSUBSCRIBE", "HARD_BOUNCE"];

#[derive(Debug, Default)]
struct Row {
    email: String,
    given: Option<String>,
    family: Option<String>,
    tags: BTreeSet<u64>,
}

#[derive(Debug)]
pub struct Keap {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    tags: BTreeMap<u64, String>,
    /// By address, whether a contact has it or not.
    statuses: BTreeMap<String, String>,
}

impl Default for Keap {
    fn default() -> Self {
        let tags = [(62, "vip customers".to_owned()), (AFFILIATES, "Affiliates".to_owned())].into();
        Self { revoked: false, next: 100, rows: BTreeMap::new(), tags, statuses: BTreeMap::new() }
    }
}

fn refused(status: u16, name: &str, message: &str) -> Answer {
    Answer(status, json!({"code": status, "message": message, "status": name, "details": null}))
}

fn invalid(why: &str) -> Answer {
    refused(400, "INVALID_ARGUMENT", why)
}

fn missing() -> Answer {
    refused(404, "NOT_FOUND", "Resource not found")
}

/// The parameters of a query, if there are no others than these.
fn query(call: &Call, known: &[&str]) -> Result<(), Answer> {
    match call.query.iter().find(|(name, value)| !known.contains(&name.as_str()) || value.is_empty()) {
        Some((name, _)) => Err(invalid(&format!("unknown parameter {name}"))),
        None => Ok(()),
    }
}

/// `field==value`, the only condition.
fn filter<'a>(call: &'a Call, field: &str) -> Result<Option<&'a str>, Answer> {
    let Some(filter) = call.parameter("filter") else { return Ok(None) };
    let value = filter.strip_prefix(field).and_then(|rest| rest.strip_prefix("=="));
    value.filter(|value| !value.contains(';')).map(Some).ok_or_else(|| invalid("filter"))
}

fn page(call: &Call, name: &str, all: Vec<Value>) -> Result<Answer, Answer> {
    let size = call.parameter("page_size").map_or(Ok(100), str::parse::<usize>);
    let size = size.ok().filter(|size| (1..=1000).contains(size)).ok_or_else(|| invalid("page_size"))?;
    let from = call.parameter("page_token").map_or(Ok(0), str::parse::<usize>).map_err(|_| invalid("page_token"))?;
    let next = (from + size < all.len()).then(|| (from + size).to_string());
    let rows: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    Ok(Answer(200, json!({name: rows, "next_page_token": next.unwrap_or_default()})))
}

fn tag(id: u64, name: &str) -> Value {
    json!({"id": id.to_string(), "name": name, "create_time": "2024-01-10T08:00:00Z"})
}

impl Vendor for Keap {
    fn answer(&mut self, call: &Call) -> Answer {
        // Authentication comes before routing.
        if self.revoked || call.bearer() != KEY {
            let detail = json!({"errorcode": "keymanagement.service.invalid_access_token"});
            return Answer(401, json!({"fault": {"faultstring": "Invalid Access Token", "detail": detail}}));
        }
        let body = call.json();
        if matches!(call.method.as_str(), "POST" | "PATCH") && body.is_none() {
            return refused(415, "INVALID_ARGUMENT", "Unsupported Media Type");
        }
        let body = body.unwrap_or_default();
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let ["crm", "rest", "v2", rest @ ..] = parts.as_slice() else { return missing() };
        let done = match (call.method.as_str(), rest) {
            ("GET", ["oauth", "connect", "userinfo"]) => {
                Ok(Answer(200, json!({"email": "owner@brand.test", "tenant_id": "ab123", "sub": "7"})))
            }
            ("GET", ["contacts"]) => self.find(call),
            ("POST", ["contacts"]) => self.create(call, &body),
            ("PATCH", ["contacts", id]) => self.update(call, id, &body),
            ("DELETE", ["contacts", id]) => match self.id(id).and_then(|id| self.rows.remove(&id)) {
                Some(_) => Ok(Answer(204, Value::Null)),
                None => Err(missing()),
            },
            ("GET", ["contacts", id, "tags"]) => self.tags_of(call, id),
            ("GET", ["emailAddresses", email, "status"]) => self.status(email),
            ("GET", ["tags"]) => self.find_tags(call),
            ("POST", ["tags"]) => self.make_tag(&body),
            ("POST", ["tags", id, what]) => self.tag(id, what, &body),
            _ => Err(refused(405, "UNIMPLEMENTED", "Method Not Allowed")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl Keap {
    /// With as many tags more, before the ones that are there.
    #[must_use]
    pub fn with_tags(more: u64) -> Self {
        let mut all = Self::default();
        all.tags.extend((0..more).map(|number| (1_000 + number, format!("course {number}"))));
        all
    }

    #[must_use]
    pub fn with_tag(mut self, name: &str) -> Self {
        self.tags.insert(61, name.to_owned());
        self
    }

    /// The address has that status, with or without a contact.
    pub fn set(&mut self, email: &str, status: &str) {
        self.statuses.insert(email.to_owned(), status.to_owned());
    }

    /// One more contact with that address.
    pub fn add(&mut self, email: &str, given: &str) {
        self.next += 1;
        let row = Row { email: email.to_owned(), given: Some(given.to_owned()), ..Row::default() };
        self.rows.insert(self.next, row);
        self.statuses.entry(email.to_owned()).or_insert_with(|| "NON_MARKETABLE".to_owned());
    }

    fn id(&self, id: &str) -> Option<u64> {
        id.parse().ok().filter(|id| self.rows.contains_key(id))
    }

    fn shown(&self, id: u64) -> Value {
        let row = &self.rows[&id];
        let status = &self.statuses[&row.email];
        let address = json!({"email": row.email, "field": "EMAIL1", "email_opt_status": status});
        let (given, family) = (&row.given, &row.family);
        json!({"id": id.to_string(), "given_name": given, "family_name": family, "email_addresses": [address]})
    }

    fn find(&self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["filter", "fields", "page_size"])?;
        let email = filter(call, "email")?.ok_or_else(|| invalid("filter"))?.to_lowercase();
        let found = self.rows.iter().filter(|(_, row)| row.email.to_lowercase() == email);
        page(call, "contacts", found.map(|(id, _)| self.shown(*id)).collect())
    }

    fn names(row: &mut Row, given: &Map<String, Value>) -> Result<(), Answer> {
        for (field, place) in [("given_name", &mut row.given), ("family_name", &mut row.family)] {
            if let Some(name) = maybe(given, field) {
                if name.chars().count() > 40 {
                    return Err(invalid(&format!("{field} must be at most 40 characters")));
                }
                *place = Some(name);
            }
        }
        Ok(())
    }

    /// Creates, or updates whoever has the address.
    fn create(&mut self, call: &Call, body: &Value) -> Result<Answer, Answer> {
        query(call, &["duplicate_option"])?;
        let given = only(body, &["given_name", "family_name", "email_addresses"]).map_err(|why| invalid(&why))?;
        let address =
            given.get("email_addresses").and_then(|all| all.get(0)).ok_or_else(|| invalid("email_addresses"))?;
        let address = only(address, &["email", "field", "opt_in_reason"]).map_err(|why| invalid(&why))?;
        let email = text(address, "email").map_err(|why| invalid(&why))?;
        if !email.contains('@') || email.len() > 75 || maybe(address, "field").as_deref() != Some("EMAIL1") {
            return Err(invalid("email_addresses is invalid"));
        }
        let same = call.parameter("duplicate_option") == Some("Email");
        let known = self.rows.iter().find(|(_, row)| same && row.email == email).map(|(id, _)| *id);
        let mut row = known.and_then(|id| self.rows.remove(&id)).unwrap_or_default();
        row.email.clone_from(&email);
        Self::names(&mut row, given)?;
        let status = self.statuses.entry(email).or_insert_with(|| "NON_MARKETABLE".to_owned());
        if address.contains_key("opt_in_reason") && RAISED.contains(&status.as_str()) {
            "UNENGAGED_MARKETABLE".clone_into(status);
        }
        let id = known.unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.rows.insert(id, row);
        Ok(Answer(if known.is_some() { 200 } else { 201 }, self.shown(id)))
    }

    fn update(&mut self, call: &Call, id: &str, body: &Value) -> Result<Answer, Answer> {
        query(call, &["update_mask"])?;
        let id = self.id(id).ok_or_else(missing)?;
        let given = only(body, &["given_name", "family_name"]).map_err(|why| invalid(&why))?;
        let mask: BTreeSet<&str> = call.query.iter().map(|(_, value)| value.as_str()).collect();
        if mask.is_empty() || !mask.iter().all(|name| given.contains_key(*name)) || mask.len() != given.len() {
            return Err(invalid("update_mask"));
        }
        let mut row = self.rows.remove(&id).unwrap_or_default();
        let done = Self::names(&mut row, given);
        self.rows.insert(id, row);
        done.map(|()| Answer(200, self.shown(id)))
    }

    fn status(&self, email: &str) -> Result<Answer, Answer> {
        let email = unescaped(email).map_err(|why| invalid(&why))?;
        let status = self.statuses.get(&email).ok_or_else(missing)?;
        let time = "2024-05-21T14:30:00Z";
        let marketable = !OUT.contains(&status.as_str()) && !status.contains("NON_");
        Ok(Answer(200, json!({"email": email, "opted_in": marketable, "status": status, "create_time": time})))
    }

    fn find_tags(&self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["filter", "page_size", "page_token"])?;
        let name = filter(call, "name")?;
        let found = self.tags.iter().filter(|(_, own)| name.is_none_or(|name| own.eq_ignore_ascii_case(name)));
        page(call, "tags", found.map(|(id, name)| tag(*id, name)).collect())
    }

    fn make_tag(&mut self, body: &Value) -> Result<Answer, Answer> {
        let name = only(body, &["name"]).and_then(|given| text(given, "name")).map_err(|why| invalid(&why))?;
        if self.tags.values().any(|own| own.eq_ignore_ascii_case(&name)) {
            return Err(refused(409, "ALREADY_EXISTS", "Tag already exists"));
        }
        self.next += 1;
        self.tags.insert(self.next, name.clone());
        Ok(Answer(201, tag(self.next, &name)))
    }

    fn tag(&mut self, id: &str, what: &str, body: &Value) -> Result<Answer, Answer> {
        let id: u64 = id.parse().ok().filter(|id| self.tags.contains_key(id)).ok_or_else(missing)?;
        let given = only(body, &["contact_ids"]).map_err(|why| invalid(&why))?;
        let contacts = given.get("contact_ids").and_then(Value::as_array).into_iter().flatten();
        let mut results = Map::new();
        for contact in contacts {
            let contact = contact.as_str().ok_or_else(|| invalid("contact_ids"))?;
            let row = contact.parse().ok().and_then(|id: u64| self.rows.get_mut(&id));
            let outcome = match (row, what) {
                (None, _) => "CONTACT_NOT_FOUND",
                (Some(row), "contacts:applyTags") => ["DUPLICATE", "SUCCESS"][usize::from(row.tags.insert(id))],
                (Some(row), "contacts:removeTags") => ["NOT_APPLIED", "SUCCESS"][usize::from(row.tags.remove(&id))],
                _ => return Err(missing()),
            };
            results.insert(contact.to_owned(), json!(outcome));
        }
        let removed = what == "contacts:removeTags";
        Ok(if removed { Answer(204, Value::Null) } else { Answer(200, json!({"results": results})) })
    }

    fn tags_of(&self, call: &Call, id: &str) -> Result<Answer, Answer> {
        query(call, &["page_size", "page_token"])?;
        let row = self.id(id).map(|id| &self.rows[&id]).ok_or_else(missing)?;
        let applied = |id: &u64| json!({"tag": tag(*id, &self.tags[id]), "applied_time": "2026-11-20T08:30:00Z"});
        page(call, "tags", row.tags.iter().map(applied).collect())
    }
}

impl Crm for Keap {
    fn slug(&self) -> &'static str {
        "keap"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["KEAP"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_string(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let subscribed = match self.statuses.get(email).map(String::as_str) {
            Some(status) if OUT.contains(&status) => Subscribed::No,
            Some("NON_MARKETABLE" | "UNENGAGED_NON_MARKETABLE") | None => Subscribed::Unsaid,
            Some(_) => Subscribed::Yes,
        };
        Some(Contact {
            email: row.email.clone(),
            first_name: row.given.clone(),
            last_name: row.family.clone(),
            subscribed,
            lists: row.tags.iter().map(u64::to_string).collect(),
            tags: row.tags.iter().map(|id| self.tags[id].clone()).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    /// By hand, which is the opt-out that a reason would undo.
    fn unsubscribed(&mut self, email: &str) {
        if !self.rows.values().any(|row| row.email == email) {
            self.add(email, "Known");
        }
        self.set(email, "MANUAL");
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        // The vendor doesn't say how long to wait.
        let body = json!({"code": "429", "message": "Quota Exceeded", "status": "Request Throttled", "details": null});
        let headers = vec![("x-keap-product-throttle-available", "0".to_owned())];
        (Mood::Writes(429, headers, body.to_string()), None)
    }
}
