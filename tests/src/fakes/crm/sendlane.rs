//! Sendlane's API version 2 as far as contacts, lists, tags and custom fields go, after its published OpenAPI
//! description, and after a plugin in use where that is silent. New members are accepted first and seen from the second
//! search on. What consent does to people who unsubscribed isn't documented; here it is taken at its word.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const TOKEN: &str = "canary0sendlane0token0000000000000000000000000001";
const AFFILIATES: u64 = 12;
/// Searches until what was accepted is done.
const LOOKS: u32 = 2;

#[derive(Debug, Default, Clone)]
struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    subscribed: Subscribed,
    lists: BTreeSet<u64>,
    tags: BTreeSet<u64>,
    values: BTreeMap<u64, String>,
}

/// A member that was accepted.
#[derive(Debug)]
struct Waiting {
    list: u64,
    row: Row,
    consent: Option<bool>,
}

#[derive(Debug)]
pub struct Sendlane {
    revoked: bool,
    next: u64,
    /// Nobody may create custom fields.
    closed: bool,
    /// New contacts have to confirm, and nobody does.
    confirms: bool,
    lists: Vec<(u64, String)>,
    tags: Vec<(u64, String)>,
    fields: Vec<(u64, String)>,
    rows: BTreeMap<u64, Row>,
    waiting: Vec<Waiting>,
    looks: u32,
}

impl Default for Sendlane {
    fn default() -> Self {
        let named = |id: u64, name: &str| (id, name.to_owned());
        Self {
            revoked: false,
            next: 100,
            closed: false,
            confirms: false,
            lists: vec![named(11, "Customers"), named(AFFILIATES, "Affiliates")],
            tags: vec![named(21, "customer"), named(22, "gold")],
            fields: vec![named(31, "birthday")],
            rows: BTreeMap::new(),
            waiting: Vec::new(),
            looks: 0,
        }
    }
}

fn invalid(message: impl AsRef<str>) -> Answer {
    let message = message.as_ref();
    Answer(422, json!({"message": message, "errors": {"attribute": [message]}}))
}

fn missing() -> Answer {
    Answer(404, json!({"message": "Not found.", "errors": ["The resource could not be found."]}))
}

fn accepted() -> Answer {
    Answer(202, json!({"data": {"message": "Successfully handled request"}}))
}

/// At most so many of a list, by page.
fn page(call: &Call, all: &[(u64, String)]) -> Result<Answer, Answer> {
    if call.query.iter().any(|(name, _)| !["limit", "page"].contains(&name.as_str())) {
        return Err(Answer(400, json!({"message": "Unknown parameter.", "errors": []})));
    }
    let number = |name: &str, usual: usize| call.parameter(name).map_or(Ok(usual), str::parse);
    let (Ok(limit @ 1..=1000), Ok(page @ 1..)) = (number("limit", 100), number("page", 1)) else {
        return Err(Answer(400, json!({"message": "Invalid page.", "errors": []})));
    };
    let rows = all.iter().skip((page - 1) * limit).take(limit).map(|(id, name)| json!({"id": id, "name": name}));
    let rows: Vec<Value> = rows.collect();
    let last = all.len().div_ceil(limit).max(1);
    let url = |page: usize| format!("https://api.sendlane.com{}?page={page}", call.path);
    let next = (page < last).then(|| url(page + 1));
    let links = json!({"first": url(1), "last": url(last), "prev": null, "next": next});
    let meta = json!({"current_page": page, "last_page": last, "per_page": limit, "total": all.len()});
    Ok(Answer(200, json!({"data": rows, "links": links, "meta": meta})))
}

/// Ids as numbers, each of which is known.
fn known_ids(value: Option<&Value>, all: &[(u64, String)]) -> Result<Vec<u64>, Answer> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let ids = value.as_array().filter(|ids| !ids.is_empty()).ok_or_else(|| invalid("ids must be an array"))?;
    let known = |id: &Value| id.as_u64().filter(|id| all.iter().any(|(known, _)| known == id));
    ids.iter().map(|id| known(id).ok_or_else(|| invalid("The selected id is invalid."))).collect()
}

impl Vendor for Sendlane {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != TOKEN {
            // Its page says no more than that.
            return Answer(401, Value::Null);
        }
        if call.header("accept") != "application/json" {
            return Answer(400, json!({"message": "Accept must be application/json.", "errors": []}));
        }
        let body = call.json().unwrap_or_default();
        let Some(path) = call.path.strip_prefix("/v2/") else { return missing() };
        let parts: Vec<&str> = path.split('/').collect();
        let id = |part: &str| part.parse::<u64>().map_err(|_| missing());
        let answer = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["lists"]) => page(call, &self.lists),
            ("GET", ["tags"]) => page(call, &self.tags),
            ("GET", ["custom-fields"]) => page(call, &self.fields),
            ("POST", ["tags"]) => self.create(&body, false),
            ("POST", ["custom-fields"]) => self.create(&body, true),
            ("GET", ["contacts", "search"]) => self.search(call),
            ("POST", ["lists", list, "contacts"]) => id(list).and_then(|list| self.join(list, &body)),
            ("DELETE", ["contacts", who]) => {
                id(who).and_then(|who| self.rows.remove(&who).map(|_| accepted()).ok_or_else(missing))
            }
            ("POST", ["contacts", who, "tags"]) => id(who).and_then(|who| self.tag(who, &body)),
            ("POST", ["contacts", who, "custom-fields"]) => id(who).and_then(|who| self.set(who, &body)),
            ("DELETE", ["contacts", who, "tags", tag]) => id(who).and_then(|who| {
                let row = self.rows.get_mut(&who).ok_or_else(missing)?;
                if row.tags.remove(&id(tag)?) { Ok(accepted()) } else { Err(missing()) }
            }),
            _ => Err(missing()),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

impl Sendlane {
    /// With as many lists and tags more.
    #[must_use]
    pub fn with_more(more: u64) -> Self {
        let mut all = Self::default();
        let rows = |what: &'static str| (0..more).map(move |number| (1000 + number, format!("{what} {number}")));
        all.lists.splice(0..0, rows("List"));
        all.tags.splice(0..0, rows("tag"));
        all
    }

    /// Nobody may create custom fields.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { closed: true, ..self }
    }

    /// New contacts have to confirm first.
    #[must_use]
    pub fn confirming(self) -> Self {
        Self { confirms: true, ..self }
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn work(&mut self) {
        self.looks = 0;
        for Waiting { list, row, consent } in std::mem::take(&mut self.waiting) {
            let there = self.rows.iter().find(|(_, known)| known.email == row.email).map(|(id, _)| *id);
            if there.is_none() && self.confirms {
                continue;
            }
            let is_new = there.is_none();
            let id = there.unwrap_or_else(|| self.id());
            let known = self.rows.entry(id).or_default();
            known.email = row.email;
            known.first_name = row.first_name.or_else(|| known.first_name.take());
            known.last_name = row.last_name.or_else(|| known.last_name.take());
            known.tags.extend(row.tags);
            known.values.extend(row.values);
            known.lists.insert(list);
            known.subscribed = match consent {
                Some(true) => Subscribed::Yes,
                Some(false) if is_new => Subscribed::Unsaid,
                None if is_new => Subscribed::Yes,
                _ => known.subscribed,
            };
        }
    }

    fn json(&self, id: u64) -> Value {
        let row = &self.rows[&id];
        let named = |ids: &BTreeSet<u64>, all: &[(u64, String)]| -> Vec<Value> {
            all.iter().filter(|(id, _)| ids.contains(id)).map(|(id, name)| json!({"id": id, "name": name})).collect()
        };
        json!({
            "id": id, "email": row.email, "first_name": row.first_name, "last_name": row.last_name, "phone": null,
            "subscribed": row.subscribed == Subscribed::Yes, "suppressed": false, "custom_fields": [],
            "lists": named(&row.lists, &self.lists), "tags": named(&row.tags, &self.tags), "lifetime_value": 0,
        })
    }

    /// By a parameter, though the description has it in a body.
    fn search(&mut self, call: &Call) -> Result<Answer, Answer> {
        self.looks += 1;
        if self.looks >= LOOKS {
            self.work();
        }
        let email =
            call.parameter("email").filter(|_| call.query.len() == 1).ok_or_else(|| invalid("email is needed"))?;
        if !email.contains('@') {
            return Err(invalid("The email must be a valid email address."));
        }
        let found = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = found.ok_or_else(|| invalid("The selected email is invalid."))?;
        Ok(Answer(200, json!({"data": self.json(id)})))
    }

    fn create(&mut self, body: &Value, field: bool) -> Result<Answer, Answer> {
        let known: &[&str] = if field { &["name", "type"] } else { &["name"] };
        let name = only(body, known).and_then(|given| text(given, "name")).map_err(invalid)?;
        if field && self.closed {
            return Err(invalid("The type field is required."));
        }
        let id = self.id();
        let all = if field { &mut self.fields } else { &mut self.tags };
        if all.iter().any(|(_, known)| known.to_lowercase() == name.to_lowercase()) {
            return Err(invalid("The name has already been taken."));
        }
        all.push((id, name.clone()));
        let one = json!({"id": id, "name": name});
        Ok(Answer(200, json!({"data": if field { json!([one]) } else { one }})))
    }

    fn join(&mut self, list: u64, body: &Value) -> Result<Answer, Answer> {
        if !self.lists.iter().any(|(id, _)| *id == list) {
            return Err(missing());
        }
        let given = only(body, &["contacts"]).map_err(invalid)?;
        let Some([member]) = given.get("contacts").and_then(Value::as_array).map(Vec::as_slice) else {
            return Err(invalid("The contacts field is required."));
        };
        let known = ["email", "first_name", "last_name", "phone", "email_consent", "tag_ids", "custom_fields"];
        let given = only(member, &known).map_err(invalid)?;
        let email = text(given, "email").ok().filter(|email| email.contains('@'));
        let row = Row {
            email: email.ok_or_else(|| invalid("The contacts.0.email must be a valid email address."))?,
            first_name: maybe(given, "first_name"),
            last_name: maybe(given, "last_name"),
            tags: known_ids(given.get("tag_ids"), &self.tags)?.into_iter().collect(),
            values: self.values(given)?,
            ..Row::default()
        };
        let consent = match given.get("email_consent") {
            Some(consent) => Some(consent.as_bool().ok_or_else(|| invalid("email_consent must be true or false."))?),
            None => None,
        };
        self.looks = 0;
        self.waiting.push(Waiting { list, row, consent });
        Ok(accepted())
    }

    fn values(&self, given: &Map<String, Value>) -> Result<BTreeMap<u64, String>, Answer> {
        let Some(all) = given.get("custom_fields") else { return Ok(BTreeMap::new()) };
        let one = |value: &Value| {
            let fields = only(value, &["id", "value"]).ok()?;
            let id = fields.get("id")?.as_u64().filter(|id| self.fields.iter().any(|(known, _)| known == id))?;
            Some((id, text(fields, "value").ok()?))
        };
        let all = all.as_array().filter(|all| !all.is_empty()).ok_or_else(|| invalid("custom_fields"))?;
        all.iter().map(|value| one(value).ok_or_else(|| invalid("custom_fields"))).collect()
    }

    fn tag(&mut self, who: u64, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["tag_ids"]).map_err(invalid)?;
        let tags = known_ids(given.get("tag_ids"), &self.tags)?;
        if tags.is_empty() {
            return Err(invalid("The tag ids field is required."));
        }
        self.rows.get_mut(&who).ok_or_else(missing)?.tags.extend(tags);
        Ok(Answer(200, json!({"data": self.json(who)["tags"]})))
    }

    fn set(&mut self, who: u64, body: &Value) -> Result<Answer, Answer> {
        let values = self.values(only(body, &["custom_fields"]).map_err(invalid)?)?;
        self.rows.get_mut(&who).ok_or_else(missing)?.values.extend(values);
        Ok(Answer(200, json!({"data": []})))
    }
}

impl Crm for Sendlane {
    fn slug(&self) -> &'static str {
        "sendlane"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["SENDLANE"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiToken".to_owned(), TOKEN.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_string(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let name = |id: &u64| self.tags.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
        let field = self.fields.iter().find(|(_, name)| name == "rekomi_status").map(|(id, _)| *id);
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: row.subscribed,
            lists: row.lists.iter().map(u64::to_string).collect(),
            tags: row.tags.iter().filter_map(name).collect(),
            status: field.and_then(|id| row.values.get(&id).cloned()),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let there = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = there.unwrap_or_else(|| self.id());
        let row = self.rows.entry(id).or_default();
        (row.email, row.subscribed) = (email.to_owned(), Subscribed::No);
    }

    fn takes_later_consent(&self) -> bool {
        false
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        // Sendlane names no time to wait.
        (Mood::Says(429, json!({"message": "Too Many Attempts."})), None)
    }

    fn settle(&mut self) {
        self.work();
    }
}
