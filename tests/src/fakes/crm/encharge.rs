//! Encharge's REST API version 1 as far as people and tags go, and its Ingest API, after their published descriptions.
//! Tags are one comma-separated text in both directions.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "eyJcanary.encharge.key0000000001";
const WRITE_KEY: &str = "canaryWriteKey00000000001";
const FIELDS: [&str; 4] = ["email", "firstName", "lastName", "rekomi_status"];

#[derive(Debug, Clone, Default)]
struct Row {
    id: u64,
    fields: BTreeMap<String, String>,
    tags: BTreeSet<String>,
    unsubscribed: bool,
}

#[derive(Debug, Default)]
pub struct Encharge {
    revoked: bool,
    /// Takes no field that it doesn't know.
    closed: bool,
    /// The account isn't paid for.
    status: Option<&'static str>,
    /// Tags are taken, and nothing comes of them.
    stuck: bool,
    next: u64,
    /// By address.
    rows: BTreeMap<String, Row>,
    tags: BTreeSet<String>,
    events: Vec<(String, String)>,
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, message: &str) -> Answer {
    let trace = "9751fe70-0957-11eb-a6b8-3baf67de29f8";
    Answer(status, json!({"error": {"message": message, "markdown": format!("<p>{message}</p>"), "traceId": trace}}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(400, why.as_ref())
}

fn missing() -> Answer {
    refused(404, "Person not found")
}

/// The address in the query, the only parameter but these.
fn queried<'a>(call: &'a Call, others: &[&str]) -> Result<&'a str, Answer> {
    let known = |name: &String| name == "people[0][email]" || others.contains(&name.as_str());
    if !call.query.iter().all(|(name, _)| known(name)) {
        return Err(invalid("unknown parameter"));
    }
    call.parameter("people[0][email]").ok_or(invalid("people"))
}

impl Vendor for Encharge {
    fn answer(&mut self, call: &Call) -> Answer {
        let ingests = call.path == "/v1/";
        let key = if ingests { WRITE_KEY } else { KEY };
        if self.revoked || call.header("x-encharge-token") != key {
            return refused(401, "User not logged in: Unauthorized request: no authentication given");
        }
        let done = match call.line().as_str() {
            "GET /v1/accounts/info" => Ok(Answer(
                200,
                json!({"accountId": 156, "name": "Brand, Inc.", "site": "brand.test", "peopleCount": self.rows.len(),
                    "timezone": "UTC", "services": {}, "activeServices": [],
                    "status": self.status.unwrap_or("active")}),
            )),
            "GET /v1/tags-management" => {
                let tag = |tag: &String| json!({"tag": tag, "color": "#ffffff"});
                Ok(Answer(200, json!({"tags": self.tags.iter().map(tag).collect::<Vec<_>>()})))
            }
            "GET /v1/people" => self.people(call),
            "POST /v1/people" => self.save(call),
            "DELETE /v1/people" => self.delete(call),
            "POST /v1/tags" => self.tag(call, true),
            "DELETE /v1/tags" => self.tag(call, false),
            "POST /v1/" => self.ingest(call),
            _ => Err(refused(404, "Cannot find it")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Encharge {
    /// Whose people have no fields but the known ones.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { closed: true, ..self }
    }

    /// Of an account in that status.
    #[must_use]
    pub fn in_status(self, status: &'static str) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Who takes tags and never adds them.
    #[must_use]
    pub fn stuck(self) -> Self {
        Self { stuck: true, ..self }
    }

    fn row(&mut self, email: &str) -> &mut Row {
        self.next += 1;
        let new = Row { id: self.next, ..Row::default() };
        self.rows.entry(email.to_owned()).or_insert(new)
    }

    fn user(&self, email: &str) -> Option<Value> {
        let row = self.rows.get(email)?;
        let mut user = json!({"id": format!("0000-{}", row.id), "email": email, "unsubscribed": row.unsubscribed});
        for (name, value) in &row.fields {
            user[name] = json!(value);
        }
        if !row.tags.is_empty() {
            user["tags"] = json!(row.tags.iter().cloned().collect::<Vec<_>>().join(","));
        }
        Some(user)
    }

    fn people(&self, call: &Call) -> Done {
        let email = queried(call, &["attributes", "includeArchived"])?;
        Ok(Answer(200, json!({"users": self.user(email).into_iter().collect::<Vec<_>>()})))
    }

    fn save(&mut self, call: &Call) -> Done {
        let body = call.json().ok_or(invalid("no JSON"))?;
        let [one] = body.as_array().map_or(&[][..], Vec::as_slice) else { return Err(invalid("people")) };
        if let Some(id) = one.get("id") {
            return self.rename(id, one);
        }
        let known = if self.closed { &FIELDS[..3] } else { &FIELDS[..] };
        let given = only(one, known).map_err(invalid)?;
        let email = text(given, "email").map_err(invalid)?;
        if !email.contains('@') {
            return Err(invalid("Invalid email"));
        }
        let fields: Vec<_> =
            FIELDS[1..].iter().filter_map(|name| Some(((*name).to_owned(), maybe(given, name)?))).collect();
        self.row(&email).fields.extend(fields);
        Ok(Answer(200, json!({"users": [self.user(&email)]})))
    }

    fn rename(&mut self, id: &Value, one: &Value) -> Done {
        let new = text(only(one, &["id", "email"]).map_err(invalid)?, "email").map_err(invalid)?;
        let is = |row: &Row| json!(format!("0000-{}", row.id)) == *id;
        let former = self.rows.iter().find(|(_, row)| is(row)).map(|(email, _)| email.clone()).ok_or(missing())?;
        if former != new && self.rows.contains_key(&new) {
            return Err(invalid("Email is taken"));
        }
        let row = self.rows.remove(&former).unwrap_or_default();
        self.rows.insert(new.clone(), row);
        Ok(Answer(200, json!({"users": [self.user(&new)]})))
    }

    fn delete(&mut self, call: &Call) -> Done {
        let email = queried(call, &["force"])?.to_owned();
        if call.parameter("force") != Some("true") {
            return Err(invalid("archived, which isn't what was asked for"));
        }
        self.rows.remove(&email).map(|_| Answer(204, Value::Null)).ok_or(missing())
    }

    fn tag(&mut self, call: &Call, adds: bool) -> Done {
        let body = call.json().ok_or(invalid("no JSON"))?;
        let given = only(&body, &["tag", "email"]).map_err(invalid)?;
        let (tags, email) = (text(given, "tag").map_err(invalid)?, text(given, "email").map_err(invalid)?);
        let row = self.rows.get_mut(&email).ok_or(missing())?;
        for tag in tags.split(',').map(str::trim).filter(|_| !self.stuck) {
            if adds {
                self.tags.insert(tag.to_owned());
                row.tags.insert(tag.to_owned());
            } else {
                row.tags.remove(tag);
            }
        }
        Ok(Answer(if adds { 201 } else { 204 }, Value::Null))
    }

    fn ingest(&mut self, call: &Call) -> Done {
        let body = call.json().ok_or(invalid("no JSON"))?;
        let given = only(&body, &["name", "user", "properties", "sourceIp"]).map_err(invalid)?;
        let user = given.get("user").ok_or(invalid("user"))?;
        let user: &Map<String, Value> = only(user, &["email", "userId", "tags"]).map_err(invalid)?;
        let (name, email) = (text(given, "name").map_err(invalid)?, text(user, "email").map_err(invalid)?);
        if !given.get("properties").is_some_and(Value::is_object) {
            return Err(invalid("properties"));
        }
        self.row(&email);
        self.events.push((name, email));
        Ok(Answer(200, json!({"status": "ok"})))
    }
}

impl Crm for Encharge {
    fn slug(&self) -> &'static str {
        "encharge"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ENCHARGE"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey", KEY), ("writeKey", WRITE_KEY)].map(|(name, key)| (name.to_owned(), key.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        Some(Contact {
            email: email.to_owned(),
            first_name: row.fields.get("firstName").cloned(),
            last_name: row.fields.get("lastName").cloned(),
            subscribed: if row.unsubscribed { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: row.tags.clone(),
            status: row.fields.get("rekomi_status").cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.row(email).unsubscribed = true;
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "Too many requests");
        (Mood::Says(status, body), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
