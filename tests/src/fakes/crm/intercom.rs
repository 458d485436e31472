//! Intercom's REST API version 2.16 as far as contacts, tags, attributes and events go, after its published OpenAPI
//! description. An email that a user has already can't be created again: the answer names the one that is there.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, split_name};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const TOKEN: &str = "dG9rOmNhbmFyeV9pbnRlcmNvbV8wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMQ==";

#[derive(Debug, Clone, Default)]
struct Row {
    role: String,
    email: String,
    name: Option<String>,
    status: Option<String>,
    tags: BTreeSet<u64>,
    unsubscribed: bool,
    bounced: bool,
    archived: bool,
    /// Not shown by the search yet.
    fresh: bool,
}

#[derive(Debug, Default)]
pub struct Intercom {
    revoked: bool,
    /// New contacts aren't found at once.
    lags: bool,
    /// The token may not create attributes.
    closed: bool,
    has_status: bool,
    region: Option<&'static str>,
    next: u64,
    rows: BTreeMap<u64, Row>,
    tags: BTreeMap<u64, String>,
    events: Vec<(String, String)>,
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, code: &str, message: &str) -> Answer {
    let errors = json!([{"code": code, "message": message}]);
    Answer(status, json!({"type": "error.list", "request_id": "ff2353d3", "errors": errors}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(400, "parameter_invalid", why.as_ref())
}

fn missing() -> Answer {
    refused(404, "not_found", "User Not Found")
}

fn object(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or(refused(400, "parameter_not_found", "no JSON"))?;
    only(&body, known).cloned().map_err(invalid)
}

impl Vendor for Intercom {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != TOKEN {
            return refused(401, "unauthorized", "Access Token Invalid");
        }
        if call.header("intercom-version") != "2.16" || call.header("accept") != "application/json" {
            return refused(400, "intercom_version_invalid", "The requested version could not be found");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let id = |text: &str| text.parse::<u64>().map_err(|_| missing());
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["me"]) => Ok(self.me()),
            ("GET", ["tags"]) => Ok(self.list(&self.tags.keys().copied().collect())),
            ("POST", ["tags"]) => self.make_tag(call),
            ("GET", ["data_attributes"]) => self.attributes(call),
            ("POST", ["data_attributes"]) => self.make_attribute(call),
            ("POST", ["contacts", "search"]) => self.search(call),
            ("POST", ["contacts"]) => self.create(call),
            ("POST", ["events"]) => self.event(call),
            (method, ["contacts", contact, rest @ ..]) => id(contact).and_then(|id| self.of(method, id, rest, call)),
            _ => Err(refused(404, "not_found", "Resource Not Found")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Intercom {
    /// Whose search shows contacts only after a while.
    #[must_use]
    pub fn with_lag(self) -> Self {
        Self { lags: true, ..self }
    }

    /// Whose token may not create attributes.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { closed: true, ..self }
    }

    /// Of a workspace in that region.
    #[must_use]
    pub fn in_region(self, region: &'static str) -> Self {
        Self { region: Some(region), ..self }
    }

    /// With a contact in that role whose address bounced, or not.
    #[must_use]
    pub fn with_contact(mut self, email: &str, role: &str, bounced: bool) -> Self {
        let row = Row { role: role.to_owned(), email: email.to_owned(), bounced, ..Row::default() };
        self.add(row);
        self
    }

    /// With a user who was archived: the search doesn't show them.
    #[must_use]
    pub fn with_archived(mut self, email: &str) -> Self {
        let row = Row { role: "user".to_owned(), email: email.to_owned(), archived: true, ..Row::default() };
        self.add(row);
        self
    }

    fn add(&mut self, row: Row) -> u64 {
        self.next += 1;
        self.rows.insert(self.next, row);
        self.next
    }

    fn me(&self) -> Answer {
        let app =
            json!({"type": "app", "id_code": "abc123", "name": "Brand, Inc.", "region": self.region.unwrap_or("US")});
        Answer(200, json!({"type": "admin", "id": "1", "email": "admin@brand.test", "app": app}))
    }

    fn tag_json(&self, id: u64) -> Value {
        json!({"type": "tag", "id": id.to_string(), "name": self.tags[&id]})
    }

    fn list(&self, ids: &BTreeSet<u64>) -> Answer {
        let tags: Vec<Value> = ids.iter().map(|id| self.tag_json(*id)).collect();
        Answer(200, json!({"type": "list", "data": tags}))
    }

    /// Creates a tag, or returns the one of that name in whichever case.
    fn make_tag(&mut self, call: &Call) -> Done {
        let name = text(&object(call, &["name"])?, "name").map_err(invalid)?;
        let like = |(id, known): (&u64, &String)| (known.to_lowercase() == name.to_lowercase()).then_some(*id);
        let next = 80 + self.tags.len() as u64;
        let id = self.tags.iter().find_map(like).unwrap_or(next);
        self.tags.entry(id).or_insert(name);
        Ok(Answer(200, self.tag_json(id)))
    }

    fn attributes(&self, call: &Call) -> Done {
        if call.query != [("model".to_owned(), "contact".to_owned())] {
            return Err(refused(422, "parameter_invalid", "model"));
        }
        let names = ["name", "email"].into_iter().chain(self.has_status.then_some("rekomi_status"));
        let row = |name: &str| json!({"type": "data_attribute", "name": name, "model": "contact", "archived": false});
        Ok(Answer(200, json!({"type": "list", "data": names.map(row).collect::<Vec<_>>()})))
    }

    fn make_attribute(&mut self, call: &Call) -> Done {
        let given = object(call, &["name", "model", "data_type"])?;
        let is = |name: &str, value: &str| given.get(name).and_then(Value::as_str) == Some(value);
        if self.closed {
            return Err(refused(403, "api_plan_restricted", "Active subscription needed."));
        }
        if !(is("name", "rekomi_status") && is("model", "contact") && is("data_type", "string")) {
            return Err(invalid("Data Type isn't an option"));
        }
        if std::mem::replace(&mut self.has_status, true) {
            return Err(invalid("You already have 'rekomi_status' in your people data."));
        }
        Ok(Answer(200, json!({"id": 37, "type": "data_attribute", "name": "rekomi_status", "model": "contact"})))
    }

    fn contact_json(&self, id: u64) -> Value {
        let row = &self.rows[&id];
        json!({"type": "contact", "id": id.to_string(), "external_id": null, "role": row.role, "email": row.email,
            "name": row.name, "has_hard_bounced": row.bounced, "marked_email_as_spam": false,
            "unsubscribed_from_emails": row.unsubscribed, "custom_attributes": {"rekomi_status": row.status}})
    }

    fn search(&self, call: &Call) -> Done {
        let given = object(call, &["query"])?;
        let query = given.get("query").ok_or(invalid("query"))?;
        let query = only(query, &["field", "operator", "value"]).map_err(invalid)?;
        let email = text(query, "value").map_err(invalid)?;
        if query.get("field") != Some(&json!("email")) || query.get("operator") != Some(&json!("=")) {
            return Err(invalid("query"));
        }
        let shown = |row: &Row| row.email == email && !row.archived && !row.fresh;
        let found = self.rows.iter().filter(|(_, row)| shown(row)).map(|(id, _)| self.contact_json(*id));
        let found: Vec<Value> = found.collect();
        Ok(Answer(200, json!({"type": "list", "total_count": found.len(), "data": found, "pages": {}})))
    }

    /// Name and attributes, as far as they are given.
    fn write(&mut self, id: u64, given: &Map<String, Value>) -> Done {
        let status = match given.get("custom_attributes") {
            None => None,
            Some(_) if !self.has_status => return Err(invalid("Custom attribute 'rekomi_status' does not exist")),
            Some(all) => maybe(only(all, &["rekomi_status"]).map_err(invalid)?, "rekomi_status"),
        };
        let row = self.rows.get_mut(&id).filter(|row| !row.archived).ok_or(missing())?;
        row.name = maybe(given, "name").or_else(|| row.name.take());
        row.status = status.or_else(|| row.status.take());
        Ok(Answer(200, self.contact_json(id)))
    }

    /// A new address, if one is given that no other user has.
    fn rename(&mut self, id: u64, email: Option<String>) -> Result<(), Answer> {
        let Some(email) = email else { return Ok(()) };
        let is_taken = |(other, row): (&u64, &Row)| *other != id && row.email == email && row.role == "user";
        if self.rows.iter().any(is_taken) {
            return Err(refused(409, "conflict", "A contact matching those details already exists"));
        }
        self.rows.get_mut(&id).ok_or(missing())?.email = email;
        Ok(())
    }

    fn create(&mut self, call: &Call) -> Done {
        let given = object(call, &["role", "email", "name", "custom_attributes"])?;
        let email = text(&given, "email").map_err(invalid)?;
        if text(&given, "role").map_err(invalid)? != "user" || !email.contains('@') {
            return Err(invalid("email is invalid"));
        }
        let twin = self.rows.iter().find(|(_, row)| row.email == email && row.role == "user");
        if let Some((id, row)) = twin {
            let archived = if row.archived { "An archived" } else { "A" };
            let message = format!("{archived} contact matching those details already exists with id={id}");
            return Err(refused(409, "conflict", &message));
        }
        let id = self.add(Row { role: "user".to_owned(), email, fresh: self.lags, ..Row::default() });
        let done = self.write(id, &given);
        if done.is_err() {
            self.rows.remove(&id);
        }
        done
    }

    fn of(&mut self, method: &str, id: u64, rest: &[&str], call: &Call) -> Done {
        if self.rows.get(&id).is_none_or(|row| row.archived) {
            return Err(missing());
        }
        match (method, rest) {
            ("GET", []) => Ok(Answer(200, self.contact_json(id))),
            ("PUT", []) => {
                let given = object(call, &["email", "name", "custom_attributes"])?;
                self.rename(id, maybe(&given, "email"))?;
                self.write(id, &given)
            }
            ("DELETE", []) => {
                self.rows.remove(&id);
                Ok(Answer(200, json!({"id": id.to_string(), "type": "contact", "deleted": true})))
            }
            ("GET", ["tags"]) => Ok(self.list(&self.rows[&id].tags)),
            ("POST", ["tags"]) => {
                let tag = text(&object(call, &["id"])?, "id").map_err(invalid)?.parse().map_err(|_| missing())?;
                if !self.tags.contains_key(&tag) {
                    return Err(refused(404, "not_found", "Resource Not Found"));
                }
                self.rows.entry(id).or_default().tags.insert(tag);
                Ok(Answer(200, self.tag_json(tag)))
            }
            ("DELETE", ["tags", tag]) => {
                let tag = tag.parse().map_err(|_| missing())?;
                let had = self.rows.entry(id).or_default().tags.remove(&tag);
                if had { Ok(Answer(200, self.tag_json(tag))) } else { Err(missing()) }
            }
            _ => Err(refused(404, "not_found", "Resource Not Found")),
        }
    }

    fn event(&mut self, call: &Call) -> Done {
        let given = object(call, &["event_name", "created_at", "id", "email", "metadata"])?;
        let name = text(&given, "event_name").map_err(invalid)?;
        let metadata = given.get("metadata").and_then(Value::as_object).ok_or(invalid("metadata"))?;
        if !given.get("created_at").is_some_and(Value::is_u64) || metadata.len() > 10 {
            return Err(invalid("created_at, metadata"));
        }
        let id = maybe(&given, "id").and_then(|id| id.parse::<u64>().ok());
        let email = maybe(&given, "email");
        let is_theirs = |(known, row): &(&u64, &Row)| Some(**known) == id || Some(&row.email) == email.as_ref();
        let email = self.rows.iter().find(is_theirs).map(|(_, row)| row.email.clone()).ok_or(missing())?;
        self.events.push((name, email));
        Ok(Answer(202, Value::Null))
    }
}

impl Crm for Intercom {
    fn slug(&self) -> &'static str {
        "intercom"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["INTERCOM"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("accessToken".to_owned(), TOKEN.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let (first_name, last_name) = split_name(row.name.as_deref().unwrap_or_default());
        Some(Contact {
            email: email.to_owned(),
            first_name,
            last_name,
            subscribed: if row.unsubscribed { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: row.tags.iter().map(|id| self.tags[id].clone()).collect(),
            status: row.status.clone(),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        if !self.rows.values().any(|row| row.email == email) {
            self.add(Row { role: "user".to_owned(), email: email.to_owned(), ..Row::default() });
        }
        self.rows.values_mut().filter(|row| row.email == email).for_each(|row| row.unsubscribed = true);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "rate_limit_exceeded", "Exceeded rate limit");
        // Seven seconds after the time of every rehearsal.
        (Mood::Writes(status, vec![("X-RateLimit-Reset", "1795163407".to_owned())], body.to_string()), Some(7))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    fn settle(&mut self) {
        self.rows.values_mut().for_each(|row| row.fresh = false);
    }
}
