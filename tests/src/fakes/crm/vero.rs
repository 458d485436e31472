//! Vero's Track API 2.0 after its published reference: everything is taken at once and worked off later, and nothing can be
//! read.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canary0vero0key0000000000000000000000001";
/// Base64 of `canary:vero`: how an older project's credentials look.
const TOKEN: &str = "Y2FuYXJ5OnZlcm8=";

#[derive(Debug, Default, Clone)]
struct Profile {
    email: String,
    data: BTreeMap<String, String>,
    tags: BTreeSet<String>,
    unsubscribed: bool,
}

/// What was taken, in the order that it came.
#[derive(Debug)]
enum Job {
    Identify { id: String, email: Option<String>, data: BTreeMap<String, String> },
    Tags { id: String, add: Vec<String>, remove: Vec<String> },
    Event { id: String, email: String, name: String, data: Map<String, Value> },
    Delete(String),
}

#[derive(Debug, Default)]
pub struct Vero {
    revoked: bool,
    /// Takes its key as an auth token, though it doesn't look like one.
    renamed: bool,
    /// By id.
    profiles: BTreeMap<String, Profile>,
    jobs: Vec<Job>,
    events: Vec<(String, String, Map<String, Value>)>,
}

fn description(status: u16, message: &str) -> Answer {
    Answer(status, json!({"status": status, "message": message}))
}

fn words(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let Some(all) = fields.get(name) else { return Ok(Vec::new()) };
    let word = |one: &Value| one.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    all.as_array().ok_or(name)?.iter().map(|one| word(one).ok_or_else(|| format!("{name} has an empty tag"))).collect()
}

impl Vendor for Vero {
    fn answer(&mut self, call: &Call) -> Answer {
        let Some(Value::Object(mut body)) = call.json() else { return description(400, "no JSON object") };
        // It is a parameter of the URL as well, where it would be read by whoever reads logs.
        let key = (body.remove("tracking_api_key"), body.remove("auth_token"));
        let token = if self.renamed { KEY } else { TOKEN };
        let is_right = !self.renamed && key == (Some(json!(KEY)), None) || key == (None, Some(json!(token)));
        if self.revoked || !is_right || !call.query.is_empty() {
            return description(401, "Unauthorized");
        }
        let body = Value::Object(body);
        let job = match call.line().as_str() {
            "POST /api/v2/users/track" => identify(&body),
            "PUT /api/v2/users/tags/edit" => edit_tags(&body),
            "POST /api/v2/events/track" => track(&body),
            "POST /api/v2/users/delete" => only(&body, &["id"]).and_then(|fields| text(fields, "id")).map(Job::Delete),
            _ => return description(404, "Not Found"),
        };
        match job {
            Ok(job) => {
                self.jobs.push(job);
                description(200, "Success.")
            }
            Err(why) => description(400, &why),
        }
    }
}

fn identify(body: &Value) -> Result<Job, String> {
    let fields = only(body, &["id", "email", "channels", "data"])?;
    let (id, email) = (text(fields, "id")?, maybe(fields, "email"));
    if email.as_ref().is_some_and(|email| !email.contains('@') || email.len() > 255) {
        return Err("email must be a valid email address".to_owned());
    }
    let none = json!({});
    let data = only(fields.get("data").unwrap_or(&none), &["first_name", "last_name", "rekomi_status"])?;
    let data = data.keys().filter_map(|name| Some((name.clone(), maybe(data, name)?))).collect();
    Ok(Job::Identify { id, email, data })
}

fn edit_tags(body: &Value) -> Result<Job, String> {
    let fields = only(body, &["id", "add", "remove"])?;
    let (add, remove) = (words(fields, "add")?, words(fields, "remove")?);
    if add.is_empty() && remove.is_empty() {
        return Err("add or remove is needed".to_owned());
    }
    Ok(Job::Tags { id: text(fields, "id")?, add, remove })
}

fn track(body: &Value) -> Result<Job, String> {
    let fields = only(body, &["identity", "event_name", "data", "extras"])?;
    let identity = only(fields.get("identity").ok_or("identity")?, &["id", "email"])?;
    let extras = only(fields.get("extras").ok_or("extras")?, &["source", "created_at"])?;
    text(extras, "created_at")?;
    let data = fields.get("data").and_then(Value::as_object).ok_or("data")?.clone();
    Ok(Job::Event {
        id: text(identity, "id")?,
        email: text(identity, "email")?,
        name: text(fields, "event_name")?,
        data,
    })
}

impl Vero {
    /// Of an older project.
    #[must_use]
    pub fn older(mut self) -> Self {
        self.renamed = true;
        self
    }

    /// Profiles are matched by their id alone.
    fn work(&mut self) {
        for job in std::mem::take(&mut self.jobs) {
            match job {
                Job::Identify { id, email, data } => {
                    let profile = self.profiles.entry(id).or_default();
                    // Without one a profile keeps what it has, and a new one can't be reached.
                    profile.email = email.unwrap_or_else(|| std::mem::take(&mut profile.email));
                    profile.data.extend(data);
                }
                Job::Tags { id, add, remove } => {
                    if let Some(profile) = self.profiles.get_mut(&id) {
                        profile.tags.extend(add);
                        profile.tags.retain(|tag| !remove.contains(tag));
                    }
                }
                Job::Event { id, email, name, data } => {
                    self.profiles.entry(id).or_insert_with(|| Profile { email: email.clone(), ..Profile::default() });
                    let event = (name, email, data);
                    // All of it happens within the five minutes in which a repetition is dropped.
                    if !self.events.contains(&event) {
                        self.events.push(event);
                    }
                }
                Job::Delete(id) => {
                    self.profiles.remove(&id);
                }
            }
        }
    }
}

impl Crm for Vero {
    fn slug(&self) -> &'static str {
        "vero"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["VERO"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("trackingApiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let profile = self.profiles.values().find(|profile| profile.email == email)?;
        let get = |name: &str| profile.data.get(name).cloned();
        Some(Contact {
            email: profile.email.clone(),
            first_name: get("first_name"),
            last_name: get("last_name"),
            subscribed: if profile.unsubscribed { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: profile.tags.clone(),
            status: get("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.profiles.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let new = || Profile { email: email.to_owned(), ..Profile::default() };
        self.profiles.entry(email.to_owned()).or_insert_with(new).unsubscribed = true;
    }

    fn reports_consent(&self) -> bool {
        false
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Says(429, json!({"status": 429, "message": "Too many requests"})), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.iter().map(|(name, email, _)| (name.clone(), email.clone())).collect()
    }

    fn settle(&mut self) {
        self.work();
    }
}
