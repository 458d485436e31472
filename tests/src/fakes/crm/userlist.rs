//! Userlist's Push API after its published reference and its own Ruby client: everything is taken at once and worked
//! off later, and nothing can be read.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, only, text};

const KEY: &str = "canaryuserlistpushkey00000000001";

#[derive(Debug, Default, Clone)]
struct User {
    properties: BTreeMap<String, String>,
    unsubscribed: bool,
}

/// What was taken, in the order that it came.
#[derive(Debug)]
enum Job {
    Push { email: String, properties: Map<String, Value> },
    Event { email: String, name: String },
    Delete(String),
}

#[derive(Debug, Default)]
pub struct Userlist {
    revoked: bool,
    /// By email.
    users: BTreeMap<String, User>,
    jobs: Vec<Job>,
    events: Vec<(String, String)>,
}

fn refused(status: u16, code: &str, why: &str) -> Answer {
    Answer(status, json!({"status": status, "code": code, "errors": [why]}))
}

fn properties(fields: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let none = json!({});
    let given = fields.get("properties").unwrap_or(&none).as_object().ok_or("Properties must be an object")?;
    match given.values().find(|value| value.is_null() || value.as_str().is_some_and(str::is_empty)) {
        Some(_) => Err("a property is empty".to_owned()),
        None => Ok(given.clone()),
    }
}

fn email(fields: &Map<String, Value>) -> Result<String, String> {
    let email = text(fields, "email")?;
    if email.contains('@') { Ok(email) } else { Err("Email is invalid".to_owned()) }
}

fn push(body: &Value) -> Result<Job, String> {
    // An identifier of ours would take the place of the brand's own.
    let fields = only(body, &["email", "properties"])?;
    Ok(Job::Push { email: email(fields)?, properties: properties(fields)? })
}

fn event(body: &Value) -> Result<Job, String> {
    let fields = only(body, &["name", "user", "occurred_at", "properties"])?;
    let user = only(fields.get("user").ok_or("User must exist")?, &["email"])?;
    let at = text(fields, "occurred_at")?;
    shared::timestamp::Timestamp::parse_rfc3339(&at).map_err(|_| "Occurred at is invalid".to_owned())?;
    properties(fields)?;
    Ok(Job::Event { email: email(user)?, name: text(fields, "name")? })
}

fn delete(body: &Value) -> Result<Job, String> {
    let fields = only(body, &["identifier", "email"])?;
    match (fields.get("identifier"), fields.get("email")) {
        (Some(identifier), None) if identifier == "rekomi-connection-test" => Err("User must exist".to_owned()),
        (None, Some(_)) => email(fields).map(Job::Delete),
        _ => Err("one of identifier and email".to_owned()),
    }
}

impl Vendor for Userlist {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != format!("Push {KEY}") {
            return refused(401, "unauthorized", "Invalid push key");
        }
        let body = call.json().filter(|_| call.header("accept") == "application/json" && call.query.is_empty());
        let Some(body) = body else { return refused(400, "bad_request", "no JSON") };
        let job = match call.line().as_str() {
            "POST /users" => push(&body),
            "DELETE /users" => delete(&body),
            "POST /events" => event(&body),
            _ => return refused(404, "not_found", "Not Found"),
        };
        match job {
            Ok(job) => {
                self.jobs.push(job);
                Answer(202, Value::Null)
            }
            Err(why) => refused(422, "unprocessable_content", &why),
        }
    }
}

impl Userlist {
    /// With a user of the brand's own.
    #[must_use]
    pub fn with(mut self, email: &str) -> Self {
        self.users.insert(email.to_owned(), User::default());
        self
    }

    fn work(&mut self) {
        for job in std::mem::take(&mut self.jobs) {
            match job {
                Job::Push { email, properties } => {
                    let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
                    self.users.entry(email).or_default().properties.extend(properties.into_iter().filter_map(text));
                }
                Job::Event { email, name } => {
                    self.users.entry(email.clone()).or_default();
                    self.events.push((name, email));
                }
                Job::Delete(email) => drop(self.users.remove(&email)),
            }
        }
    }
}

impl Crm for Userlist {
    fn slug(&self) -> &'static str {
        "userlist"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["USERLIST"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("pushKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let user = self.users.get(email)?;
        let get = |name: &str| user.properties.get(name).cloned();
        let tags = get("rekomi_tags").unwrap_or_default();
        Some(Contact {
            email: email.to_owned(),
            first_name: get("first_name"),
            last_name: get("last_name"),
            subscribed: if user.unsubscribed { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: get("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.users.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.users.entry(email.to_owned()).or_default().unsubscribed = true;
    }

    fn reports_consent(&self) -> bool {
        false
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let body = json!({"status": 429, "code": "too_many_requests", "errors": ["Rate limit exceeded"]});
        (Mood::Says(429, body), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    fn settle(&mut self) {
        self.work();
    }
}
