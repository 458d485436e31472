//! HighLevel's API 2.0 as far as contacts and their tags go, after its published OpenAPI descriptions.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const TOKEN: &str = "pit-canary00-0000-4000-8000-000000000001";
const LOCATION: &str = "ve9EPM428h8vShlRW1KT";

#[derive(Debug, Default, Clone)]
struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    tags: BTreeSet<String>,
    /// For everything, and the status of email.
    dnd: (bool, Option<String>),
}

#[derive(Debug, Default)]
pub struct HighLevel {
    revoked: bool,
    next: u64,
    rows: BTreeMap<String, Row>,
    /// Whether tags are kept in lower case.
    lower: bool,
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, message: &Value, error: &str) -> Answer {
    Answer(status, json!({"statusCode": status, "message": message, "error": error}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(422, &json!([why.as_ref()]), "Unprocessable Entity")
}

fn missing() -> Answer {
    refused(400, &json!("Contact not found"), "Bad Request")
}

fn body(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or(refused(400, &json!("Unexpected token"), "Bad Request"))?;
    only(&body, known).cloned().map_err(invalid)
}

fn parameters(call: &Call, known: &[&str]) -> Result<(), Answer> {
    let wrong = call.query.iter().find(|(name, value)| !known.contains(&name.as_str()) || value.is_empty());
    wrong.map_or(Ok(()), |(name, _)| Err(invalid(format!("property {name} should not exist"))))
}

fn shown(id: &str, row: &Row) -> Value {
    let mut contact = json!({"id": id, "locationId": LOCATION, "email": row.email, "firstName": row.first_name,
        "lastName": row.last_name, "tags": row.tags, "dnd": row.dnd.0});
    if let Some(status) = &row.dnd.1 {
        contact["dndSettings"] = json!({"Email": {"status": status, "message": "Updated by the contact", "code": ""}});
    }
    contact
}

impl Vendor for HighLevel {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != TOKEN {
            return Answer(401, json!({"statusCode": 401, "message": "Invalid Private Integration token"}));
        }
        if call.header("version") != "2021-07-28" || call.header("accept") != "application/json" {
            return Answer(401, json!({"statusCode": 401, "message": "version header was not found."}));
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["locations", id, ..]) if *id != LOCATION => {
                Err(refused(403, &json!("The token does not have access to this location."), "Forbidden"))
            }
            ("GET", ["locations", _]) => Ok(Answer(200, json!({"location": {"id": LOCATION, "name": "Brand, Inc."}}))),
            ("GET", ["locations", _, "tags"]) => {
                let tags: BTreeSet<&String> = self.rows.values().flat_map(|row| &row.tags).collect();
                let row = |tag: &&String| json!({"id": format!("t-{tag}"), "name": tag, "locationId": LOCATION});
                Ok(Answer(200, json!({"tags": tags.iter().map(row).collect::<Vec<_>>()})))
            }
            ("GET", ["contacts", "search", "duplicate"]) => self.find(call),
            ("POST", ["contacts", "upsert"]) => self.upsert(call),
            (method, ["contacts", id, rest @ ..]) => self.of_contact(call, method, id, rest),
            _ => Err(refused(404, &json!("Cannot find this route"), "Not Found")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl HighLevel {
    /// Keeps tags in lower case.
    #[must_use]
    pub fn lower(mut self) -> Self {
        self.lower = true;
        self
    }

    /// With a contact who has a tag of the brand's own, and does (not) want to be disturbed.
    #[must_use]
    pub fn with(mut self, email: &str, dnd: bool, status: Option<&str>) -> Self {
        let id = self.row(email);
        if let Some(row) = self.rows.get_mut(&id) {
            row.tags.insert("customer".to_owned());
            row.dnd = (dnd, status.map(str::to_owned));
        }
        self
    }

    fn of(&self, email: &str) -> Option<&String> {
        self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| id)
    }

    fn row(&mut self, email: &str) -> String {
        if let Some(id) = self.of(email) {
            return id.clone();
        }
        self.next += 1;
        let id = format!("c{:019}", self.next);
        self.rows.insert(id.clone(), Row { email: email.to_owned(), ..Row::default() });
        id
    }

    fn find(&self, call: &Call) -> Done {
        parameters(call, &["locationId", "email"])?;
        let email = call.parameter("email").ok_or(invalid("email must be a string"))?;
        if call.parameter("locationId") != Some(LOCATION) {
            return Err(invalid("locationId"));
        }
        let found = self.of(email).and_then(|id| Some((id, self.rows.get(id)?)));
        // The search doesn't show who may be disturbed.
        let contact = found.map(|(id, row)| json!({"id": id, "email": row.email, "tags": row.tags}));
        Ok(Answer(200, json!({"contact": contact, "traceId": "0398c85a"})))
    }

    fn upsert(&mut self, call: &Call) -> Done {
        let given = body(call, &["locationId", "email", "firstName", "lastName", "source"])?;
        if text(&given, "locationId").map_err(invalid)? != LOCATION {
            return Err(invalid("locationId"));
        }
        let email = text(&given, "email").map_err(invalid)?;
        if !email.contains('@') {
            return Err(invalid("email must be an email"));
        }
        let new = self.of(&email).is_none();
        let id = self.row(&email);
        self.update(&id, &given).map(|contact| Answer(200, json!({"new": new, "contact": contact, "traceId": "1"})))
    }

    fn update(&mut self, id: &str, given: &Map<String, Value>) -> Result<Value, Answer> {
        let row = self.rows.get_mut(id).ok_or(missing())?;
        row.email = maybe(given, "email").unwrap_or_else(|| row.email.clone());
        row.first_name = maybe(given, "firstName").or_else(|| row.first_name.take());
        row.last_name = maybe(given, "lastName").or_else(|| row.last_name.take());
        Ok(shown(id, row))
    }

    fn of_contact(&mut self, call: &Call, method: &str, id: &str, rest: &[&str]) -> Done {
        let lower = self.lower;
        let row = self.rows.get_mut(id).ok_or(missing())?;
        match (method, rest) {
            ("GET", []) => Ok(Answer(200, json!({"contact": shown(id, row)}))),
            ("PUT", []) => {
                let given = body(call, &["email", "firstName", "lastName"])?;
                self.update(id, &given).map(|contact| Answer(200, json!({"succeded": true, "contact": contact})))
            }
            ("DELETE", []) => {
                self.rows.remove(id);
                Ok(Answer(200, json!({"succeded": true})))
            }
            ("POST" | "DELETE", ["tags"]) => {
                let given = body(call, &["tags"])?;
                let tags = given.get("tags").and_then(Value::as_array).filter(|tags| !tags.is_empty());
                let tag = |tag: &Value| tag.as_str().filter(|tag| !tag.is_empty()).map(str::to_owned);
                let tags: Option<Vec<String>> = tags.ok_or(invalid("tags"))?.iter().map(tag).collect();
                for tag in tags.ok_or(invalid("each value in tags must be a string"))? {
                    match method {
                        "POST" => drop(row.tags.insert(if lower { tag.to_lowercase() } else { tag })),
                        // Another spelling is another tag.
                        _ => drop(row.tags.remove(&tag)),
                    }
                }
                Ok(Answer(if method == "POST" { 201 } else { 200 }, json!({"tags": row.tags})))
            }
            _ => Err(refused(404, &json!("Cannot find this route"), "Not Found")),
        }
    }
}

impl Crm for HighLevel {
    fn slug(&self) -> &'static str {
        "highlevel"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["HIGHLEVEL"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("locationId", LOCATION), ("token", TOKEN)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(self.of(email)?)?;
        let is_off = row.dnd.0 || row.dnd.1.as_ref().is_some_and(|status| status != "inactive");
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: if is_off { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: row.tags.clone(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let id = self.row(email);
        if let Some(row) = self.rows.get_mut(&id) {
            row.dnd.1 = Some("active".to_owned());
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Says(429, json!({"statusCode": 429, "message": "Too Many Requests"})), None)
    }
}
