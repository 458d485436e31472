//! Loops' API as far as contacts, their properties, mailing lists and events go, after its published OpenAPI
//! description. A mailing list that is set to true is joined, also by those who left it; who left it isn't shown.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canary000000000000000000000loops";
const AFFILIATES: &str = "cm06f5v0e45nf0ml5754o9cix";
const OWN: [&str; 6] = ["email", "firstName", "lastName", "source", "userGroup", "userId"];

#[derive(Debug, Default)]
struct Row {
    id: String,
    fields: Map<String, Value>,
    subscribed: bool,
    suppressed: bool,
    opt_in: Option<String>,
    lists: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Loops {
    revoked: bool,
    next: u64,
    /// By address.
    rows: BTreeMap<String, Row>,
    lists: Vec<Choice>,
    /// Names and types.
    properties: Vec<(String, String)>,
    /// No property can be created.
    locked: bool,
    /// Takes lists and properties that aren't there, and does nothing with them.
    lenient: bool,
    /// Idempotency keys that were used.
    keys: BTreeSet<String>,
    events: Vec<(String, String)>,
}

impl Default for Loops {
    fn default() -> Self {
        let list = |id: &str, name: &str| Choice { id: id.to_owned(), name: name.to_owned() };
        Self {
            revoked: false,
            next: 0,
            rows: BTreeMap::new(),
            lists: vec![list("cm06f5v0e45nf0ml5754o9aaa", "Customers"), list(AFFILIATES, "Affiliates")],
            properties: vec![("planName".to_owned(), "string".to_owned())],
            locked: false,
            lenient: false,
            keys: BTreeSet::new(),
            events: Vec::new(),
        }
    }
}

fn refused(status: u16, message: &str) -> Answer {
    Answer(status, json!({"success": false, "message": message}))
}

fn wrong(why: String) -> Answer {
    refused(400, &why)
}

impl Vendor for Loops {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != KEY {
            return refused(401, "Invalid API key");
        }
        if (call.method == "GET") != call.body.is_empty() {
            return refused(400, "Unexpected or missing body");
        }
        let body = call.json().unwrap_or_default();
        let done = match (call.method.as_str(), call.path.as_str()) {
            ("GET", "/api/v1/api-key") => Ok(Answer(200, json!({"success": true, "teamName": "Brand"}))),
            ("GET", "/api/v1/lists") => {
                let row =
                    |one: &Choice| json!({"id": one.id, "name": one.name, "description": null, "isPublic": false});
                Ok(Answer(200, self.lists.iter().map(row).collect()))
            }
            ("GET", "/api/v1/contacts/properties") if parameters(call) == [("list", "custom")] => {
                let row = |(key, kind): &(String, String)| json!({"key": key, "label": key, "type": kind});
                Ok(Answer(200, self.properties.iter().map(row).collect()))
            }
            ("POST", "/api/v1/contacts/properties") => self.make_property(&body),
            ("GET", "/api/v1/contacts/find") => by_email(call).map(|email| {
                let found = self.rows.get(&email).map(Row::json);
                Answer(200, found.into_iter().collect())
            }),
            ("GET", "/api/v1/contacts/suppression") => by_email(call).and_then(|email| self.suppression(&email)),
            ("PUT", "/api/v1/contacts/update") => self.update(&body),
            ("POST", "/api/v1/contacts/delete") => self.delete(&body),
            ("POST", "/api/v1/events/send") => self.event(&body, call.header("idempotency-key")),
            _ => Err(Answer(405, Value::Null)),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

fn parameters(call: &Call) -> Vec<(&str, &str)> {
    call.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn by_email(call: &Call) -> Result<String, Answer> {
    match parameters(call).as_slice() {
        [("email", email)] if email.contains('@') => Ok(email.to_lowercase()),
        _ => Err(refused(400, "A valid email or userId is needed")),
    }
}

impl Row {
    fn json(&self) -> Value {
        let lists: Map<String, Value> = self.lists.iter().map(|list| (list.clone(), json!(true))).collect();
        let mut row = json!({
            "id": self.id, "firstName": null, "lastName": null, "source": "API", "subscribed": self.subscribed,
            "userGroup": "", "userId": null, "mailingLists": lists, "optInStatus": self.opt_in,
        });
        row.as_object_mut().unwrap().extend(self.fields.clone());
        row
    }
}

impl Loops {
    #[must_use]
    pub fn locked(self) -> Self {
        Self { locked: true, ..self }
    }

    #[must_use]
    pub fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// With that property.
    #[must_use]
    pub fn with_property(mut self, name: &str, kind: &str) -> Self {
        self.properties.push((name.to_owned(), kind.to_owned()));
        self
    }

    /// A contact whom the brand knows already.
    #[must_use]
    pub fn knowing(mut self, email: &str) -> Self {
        self.add(email).subscribed = true;
        self
    }

    /// As [`Loops::knowing`], and the address bounced.
    #[must_use]
    pub fn suppressing(mut self, email: &str) -> Self {
        let row = self.add(email);
        (row.subscribed, row.suppressed) = (true, true);
        self
    }

    /// As [`Loops::knowing`], and they declined to confirm.
    #[must_use]
    pub fn declined(mut self, email: &str) -> Self {
        let row = self.add(email);
        (row.subscribed, row.opt_in) = (true, Some("rejected".to_owned()));
        self
    }

    /// There, and off any list.
    fn add(&mut self, email: &str) -> &mut Row {
        self.next += 1;
        let id = format!("cll6b3i8901a9jx0oyktl2m{:02}", self.next);
        let fields = [("email".to_owned(), json!(email))].into_iter().collect();
        self.rows.entry(email.to_lowercase()).or_insert(Row { id, fields, ..Row::default() })
    }

    fn make_property(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["name", "type"]).map_err(wrong)?;
        let name = text(given, "name").map_err(wrong)?;
        let kind = text(given, "type").map_err(wrong)?;
        let camel = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|sign| sign.is_ascii_alphanumeric());
        let known = self.properties.iter().any(|(other, _)| *other == name);
        if !camel || !["string", "number", "boolean", "date"].contains(&kind.as_str()) || known || self.locked {
            return Err(refused(400, "The property can't be created"));
        }
        self.properties.push((name, kind));
        Ok(Answer(200, json!({"success": true})))
    }

    fn suppression(&self, email: &str) -> Result<Answer, Answer> {
        let row = self.rows.get(email).ok_or_else(|| refused(404, "Contact not found"))?;
        let contact = json!({"id": row.id, "email": email, "userId": null});
        let quota = json!({"limit": 100, "remaining": 4});
        Ok(Answer(200, json!({"contact": contact, "isSuppressed": row.suppressed, "removalQuota": quota})))
    }

    fn update(&mut self, body: &Value) -> Result<Answer, Answer> {
        let own = self.properties.iter().map(|(name, _)| name.as_str());
        let known: Vec<&str> = OWN.into_iter().chain(["subscribed", "mailingLists"]).chain(own).collect();
        let given = if self.lenient { body.as_object().unwrap() } else { only(body, &known).map_err(wrong)? };
        let email = text(given, "email").map_err(wrong)?;
        if !email.contains('@') {
            return Err(refused(400, "Invalid email address"));
        }
        let typed =
            |(name, kind): &(String, String)| given.get(name).is_none_or(|value| kind != "string" || value.is_string());
        if !self.properties.iter().all(typed) {
            return Err(refused(400, "A property has another type"));
        }
        let mut lists: Vec<(String, bool)> = Vec::new();
        for (list, on) in given.get("mailingLists").and_then(Value::as_object).into_iter().flatten() {
            let there = self.lists.iter().any(|one| one.id == *list);
            if !there && !self.lenient {
                return Err(refused(400, "Invalid mailing list"));
            }
            lists.extend(there.then(|| (list.clone(), on == &json!(true))));
        }
        let new = !self.rows.contains_key(&email.to_lowercase());
        let kept = |name: &str| OWN.contains(&name) || self.properties.iter().any(|(own, _)| own == name);
        let fields: Map<String, Value> =
            given.iter().filter(|(name, _)| kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        let subscribed = given.get("subscribed").and_then(Value::as_bool);
        let row = self.add(&email);
        row.fields.extend(fields);
        row.subscribed = subscribed.unwrap_or(row.subscribed || new);
        for (list, on) in lists {
            let _ = if on { row.lists.insert(list) } else { row.lists.remove(&list) };
        }
        let id = row.id.clone();
        Ok(Answer(200, json!({"success": true, "id": id})))
    }

    fn delete(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["email"]).map_err(wrong)?;
        let email = text(given, "email").map_err(wrong)?;
        let gone = self.rows.remove(&email.to_lowercase());
        gone.map(|_| Answer(200, json!({"success": true, "message": "Contact deleted."})))
            .ok_or_else(|| refused(404, "Contact not found."))
    }

    fn event(&mut self, body: &Value, key: &str) -> Result<Answer, Answer> {
        let given = only(body, &["email", "eventName", "eventProperties"]).map_err(wrong)?;
        let email = text(given, "email").map_err(wrong)?;
        let name = text(given, "eventName").map_err(wrong)?;
        let properties = given.get("eventProperties").and_then(Value::as_object);
        let flat = properties.into_iter().flatten().all(|(_, value)| !value.is_object() && !value.is_array());
        if key.is_empty() || key.len() > 100 || !flat {
            return Err(refused(400, "A key of up to 100 characters, and flat properties"));
        }
        if !self.keys.insert(key.to_owned()) {
            return Err(refused(409, "Idempotency key has been used"));
        }
        self.events.push((name, email));
        Ok(Answer(200, json!({"success": true})))
    }
}

impl Crm for Loops {
    fn slug(&self) -> &'static str {
        "loops"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["LOOPS"]
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
        let row = self.rows.get(&email.to_lowercase())?;
        let tags = maybe(&row.fields, "rekomiTags").unwrap_or_default();
        Some(Contact {
            email: maybe(&row.fields, "email").unwrap_or_default(),
            first_name: maybe(&row.fields, "firstName"),
            last_name: maybe(&row.fields, "lastName"),
            subscribed: if row.subscribed { Subscribed::Yes } else { Subscribed::No },
            lists: row.lists.clone(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: maybe(&row.fields, "rekomiStatus"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.add(email).subscribed = false;
    }

    fn takes_later_consent(&self) -> bool {
        false
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "Rate limit exceeded");
        let headers = vec![("x-ratelimit-limit", "10".to_owned()), ("x-ratelimit-remaining", "0".to_owned())];
        (Mood::Writes(status, headers, body.to_string()), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
