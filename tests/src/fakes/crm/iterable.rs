//! Iterable's API as far as users, lists, channels and events go, after its published OpenAPI description. What is written
//! shows up only after it was looked for a few times.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, only, text, unescaped};

const KEY: &str = "canaryiterablekey000000000000001";
/// How often a user is read before the latest write shows.
const SLOW: u32 = 2;

#[derive(Debug, Clone, Default)]
struct User {
    fields: Map<String, Value>,
    lists: BTreeSet<u64>,
    silent: Vec<u64>,
}

#[derive(Debug)]
enum Write {
    Fields(Map<String, Value>),
    List(u64),
    Email(String),
    Gone,
}

#[derive(Debug)]
pub struct Iterable {
    revoked: bool,
    slow: u32,
    /// Its answers don't name the lists of a user.
    listless: bool,
    users: BTreeMap<String, User>,
    /// What shows later: after so many more reads, of whom, and what.
    later: Vec<(u32, String, Write)>,
    forgotten: BTreeSet<String>,
    /// Types of fields; they never change.
    types: BTreeMap<String, &'static str>,
    /// By the event's id.
    events: BTreeMap<String, (String, String)>,
}

impl Default for Iterable {
    fn default() -> Self {
        Self {
            revoked: false,
            slow: SLOW,
            listless: false,
            users: BTreeMap::new(),
            later: Vec::new(),
            forgotten: BTreeSet::new(),
            types: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, code: &str, msg: &str) -> Answer {
    Answer(status, json!({"code": code, "msg": msg, "params": {}}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(400, "BadParams", why.as_ref())
}

fn success(msg: &str) -> Answer {
    Answer(200, json!({"code": "Success", "msg": msg, "params": {}}))
}

fn body(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or(refused(400, "BadJsonBody", "no JSON"))?;
    only(&body, known).cloned().map_err(invalid)
}

fn email(fields: &Map<String, Value>) -> Result<String, Answer> {
    let email = text(fields, "email").map_err(invalid)?;
    if email.contains('@') { Ok(email) } else { Err(refused(400, "InvalidEmailAddressError", "Invalid email address")) }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "long",
        Value::Bool(_) => "boolean",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
    }
}

/// Static lists, and those that nobody can be put on.
fn lists() -> Value {
    let list = |id: u64, name: &str, kind: &str| json!({"id": id, "name": name, "listType": kind, "createdAt": 1});
    json!([
        list(1, "Customers", "Standard"),
        list(2, "Affiliates", "Standard"),
        list(3, "Opened lately", "Dynamic"),
        list(4, "Complaints", "Suppression"),
    ])
}

impl Vendor for Iterable {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("api-key") != KEY {
            return refused(401, "BadApiKey", "Invalid API key");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["api", "lists"]) => Ok(Answer(200, json!({"lists": lists()}))),
            ("GET", ["api", "channels"]) => {
                let channel = |id: u64, medium: &str| json!({"id": id, "name": medium, "channelType": "Marketing", "messageMedium": medium});
                Ok(Answer(200, json!({"channels": [channel(10, "Email"), channel(20, "SMS"), channel(30, "Push")]})))
            }
            ("GET", ["api", "users", "getByEmail"]) => self.read(call),
            ("POST", ["api", "users", "update"]) => self.update(call),
            ("POST", ["api", "users", "updateEmail"]) => self.rename(call),
            ("DELETE", ["api", "users", who]) => self.delete(who),
            ("POST", ["api", "lists", "subscribe"]) => self.subscribe(call),
            ("POST", ["api", "events", "track"]) => self.track(call),
            _ => Err(refused(404, "NotFound", "no such endpoint")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Iterable {
    /// Where nothing ever shows.
    #[must_use]
    pub fn stuck(mut self) -> Self {
        self.slow = u32::MAX;
        self
    }

    /// That doesn't show what lists a user is on.
    #[must_use]
    pub fn listless(mut self) -> Self {
        self.listless = true;
        self
    }

    /// With a user who unsubscribed from that channel: 10 is for mail, 20 for text messages.
    #[must_use]
    pub fn silent(mut self, email: &str, channel: u64) -> Self {
        self.users.insert(email.to_owned(), User { silent: vec![channel], ..User::default() });
        self
    }

    /// With somebody who was forgotten.
    #[must_use]
    pub fn forgotten(mut self, email: &str) -> Self {
        self.forgotten.insert(email.to_owned());
        self
    }

    /// With a field of that type.
    #[must_use]
    pub fn with_field(mut self, name: &str, kind: &'static str) -> Self {
        self.types.insert(name.to_owned(), kind);
        self
    }

    fn write(&mut self, email: &str, write: Write) {
        self.later.push((self.slow, email.to_owned(), write));
    }

    /// One more look: what was written long enough ago shows now.
    fn pass(&mut self, everything: bool) {
        for (left, _, _) in &mut self.later {
            *left = if everything { 0 } else { left.saturating_sub(1) };
        }
        for (left, email, write) in std::mem::take(&mut self.later) {
            match write {
                write if left > 0 => self.later.push((left, email, write)),
                Write::Gone => drop(self.users.remove(&email)),
                Write::Email(new) => {
                    if let Some(user) = self.users.remove(&email) {
                        self.users.insert(new, user);
                    }
                }
                Write::Fields(fields) => self.users.entry(email).or_default().fields.extend(fields),
                Write::List(list) => drop(self.users.entry(email).or_default().lists.insert(list)),
            }
        }
    }

    fn read(&mut self, call: &Call) -> Done {
        if call.query.len() != 1 {
            return Err(invalid("only email"));
        }
        let email = call.parameter("email").ok_or(invalid("email is missing"))?.to_owned();
        if self.slow != u32::MAX {
            self.pass(false);
        }
        let Some(user) = self.users.get(&email) else { return Ok(Answer(200, json!({}))) };
        let mut fields = user.fields.clone();
        fields.insert("email".to_owned(), json!(email));
        for (name, ids) in [("emailListIds", json!(user.lists)), ("unsubscribedChannelIds", json!(user.silent))] {
            fields.insert(name.to_owned(), ids);
        }
        if self.listless {
            fields.remove("emailListIds");
        }
        Ok(Answer(200, json!({"user": {"email": email, "userId": "", "dataFields": fields}})))
    }

    fn update(&mut self, call: &Call) -> Done {
        let known = ["email", "userId", "dataFields", "mergeNestedObjects", "preferUserId", "createNewFields"];
        let given = body(call, &known)?;
        let email = email(&given)?;
        if self.forgotten.contains(&email) {
            return Err(refused(409, "ForgottenUserError", "The user was forgotten"));
        }
        let fields = given.get("dataFields").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, value) in &fields {
            if value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty) {
                return Err(invalid(format!("{name} is empty")));
            }
            let kind = self.types.entry(name.clone()).or_insert(type_of(value));
            if *kind != type_of(value) {
                return Err(refused(400, "RequestFieldsTypesMismatched", &format!("{name} must be of type {kind}")));
            }
        }
        self.write(&email, Write::Fields(fields));
        Ok(success("New fields created"))
    }

    fn rename(&mut self, call: &Call) -> Done {
        let given = body(call, &["currentEmail", "newEmail"])?;
        let part = |name: &str| text(&given, name).map_err(invalid);
        let (former, new) = (part("currentEmail")?, part("newEmail")?);
        let cannot = format!("Cannot change user Some({former}) to {new}.");
        if !self.users.contains_key(&former) {
            return Err(invalid(format!("{cannot} User does not exist")));
        }
        if self.users.contains_key(&new) || self.forgotten.contains(&new) {
            return Err(refused(400, "EmailAlreadyExists", &format!("{cannot} New email already exists")));
        }
        self.write(&former, Write::Email(new));
        Ok(success(""))
    }

    fn subscribe(&mut self, call: &Call) -> Done {
        let given = body(call, &["listId", "subscribers", "updateExistingUsersOnly"])?;
        let list = given.get("listId").and_then(Value::as_u64).ok_or(invalid("listId must be a number"))?;
        if ![1, 2].contains(&list) {
            return Err(invalid(format!("List {list} does not exist")));
        }
        let Some([one]) = given.get("subscribers").and_then(Value::as_array).map(Vec::as_slice) else {
            return Err(invalid("subscribers"));
        };
        let email = email(only(one, &["email", "userId", "dataFields"]).map_err(invalid)?)?;
        if self.forgotten.contains(&email) {
            let failed = json!({"forgottenEmails": [email], "invalidEmails": [], "notFoundEmails": []});
            return Ok(Answer(200, json!({"successCount": 0, "failCount": 1, "failedUpdates": failed})));
        }
        self.write(&email, Write::List(list));
        let failed = json!({"forgottenEmails": [], "invalidEmails": [], "notFoundEmails": []});
        Ok(Answer(200, json!({"successCount": 1, "failCount": 0, "failedUpdates": failed})))
    }

    fn delete(&mut self, who: &str) -> Done {
        let email = unescaped(who).map_err(invalid)?;
        if !self.users.contains_key(&email) {
            return Err(refused(400, "UnknownEmailError", "No user with that email"));
        }
        self.write(&email, Write::Gone);
        Ok(success("Deletion is under way"))
    }

    fn track(&mut self, call: &Call) -> Done {
        let given = body(call, &["email", "eventName", "id", "createdAt", "dataFields", "createNewFields"])?;
        let (email, name) = (email(&given)?, text(&given, "eventName").map_err(invalid)?);
        let id = text(&given, "id").map_err(invalid)?;
        if id.len() > 512 || !given.get("createdAt").is_some_and(Value::is_u64) {
            return Err(invalid("id or createdAt"));
        }
        self.events.insert(id, (name, email));
        Ok(success("Event tracked"))
    }
}

impl Crm for Iterable {
    fn slug(&self) -> &'static str {
        "iterable"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ITERABLE_US", "ITERABLE_EU"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "2".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let user = self.users.get(email)?;
        let field = |name: &str| user.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let tags = user.fields.get("rekomi_tags").and_then(Value::as_array);
        Some(Contact {
            email: email.to_owned(),
            first_name: field("firstName"),
            last_name: field("lastName"),
            subscribed: if user.silent.contains(&10) { Subscribed::No } else { Subscribed::Unsaid },
            lists: user.lists.iter().map(u64::to_string).collect(),
            tags: tags.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            status: field("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.users.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.users.entry(email.to_owned()).or_default().silent = vec![10];
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let params = json!({"rateLimitLimit": 500, "rateLimitRemaining": 0, "rateLimitReset": 4});
        (Mood::Says(429, json!({"code": "RateLimitExceeded", "msg": "Rate limit exceeded", "params": params})), Some(4))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.values().cloned().collect()
    }

    fn settle(&mut self) {
        self.pass(true);
    }
}
