//! Brevo's API version 3 as far as contacts, attributes, lists and events go, after its published SDKs and reference
//! (developers.brevo.com).

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, only, text, unescaped};

const KEY: &str = "xkeysib-canary0000000000000000000000000000000000000000000000000000000000-canary0000000000";

#[derive(Debug, Default)]
struct Row {
    id: u64,
    blacklisted: bool,
    lists: BTreeSet<u64>,
    unsubscribed: BTreeSet<u64>,
    attributes: Map<String, Value>,
}

#[derive(Debug)]
pub struct Brevo {
    revoked: bool,
    next: u64,
    rows: BTreeMap<String, Row>,
    lists: BTreeMap<u64, String>,
    /// Category and type by name.
    attributes: BTreeMap<String, (&'static str, String)>,
    events: Vec<(String, String)>,
}

impl Default for Brevo {
    fn default() -> Self {
        Self::in_language(["FIRSTNAME", "LASTNAME"])
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer(status, json!({"code": code, "message": message}))
}

fn invalid(message: impl AsRef<str>) -> Answer {
    refused(400, "invalid_parameter", message.as_ref())
}

fn missing(what: &str) -> Answer {
    refused(404, "document_not_found", &format!("{what} does not exist"))
}

/// `email` in a path, with the query that says that it is one.
fn email(call: &Call, part: &str) -> Result<String, Answer> {
    if call.parameter("identifierType") != Some("email_id") {
        return Err(invalid("identifierType"));
    }
    unescaped(part).map_err(invalid)
}

fn body(call: &Call) -> Result<Value, Answer> {
    call.json().ok_or_else(|| refused(400, "bad_request", "Input must be a valid JSON object"))
}

impl Vendor for Brevo {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.header("api-key").is_empty() {
            return refused(401, "unauthorized", "authentication not found in headers");
        }
        if self.revoked || call.header("api-key") != KEY {
            return refused(401, "unauthorized", "Key not found");
        }
        let Some(path) = call.path.strip_prefix("/v3/") else { return missing("Route") };
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["account"]) => {
                Ok(Answer(200, json!({"email": "anna@brand.test", "companyName": "Brand", "plan": []})))
            }
            ("GET", ["contacts", "lists"]) => self.lists(call),
            ("GET", ["contacts", "attributes"]) => Ok(self.attributes()),
            ("POST", ["contacts", "attributes", category, name]) => self.make_attribute(call, category, name),
            ("POST", ["contacts"]) => self.save(call),
            ("POST", ["contacts", "lists", list, "contacts", "add"]) => self.add(call, list),
            ("GET", ["contacts", part]) => email(call, part).map(|email| self.show(&email)),
            ("PUT", ["contacts", id]) => self.rename(call, id),
            ("DELETE", ["contacts", part]) => email(call, part).map(|email| match self.rows.remove(&email) {
                Some(_) => Answer(204, Value::Null),
                None => missing("Contact"),
            }),
            ("POST", ["events"]) => self.event(call),
            _ => Ok(refused(405, "method_not_allowed", "Method not allowed")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl Brevo {
    /// An account that was opened in a language which has these for first and last name.
    pub fn in_language(names: [&str; 2]) -> Self {
        let mut attributes: BTreeMap<String, (&'static str, String)> =
            names.iter().chain(&["SMS"]).map(|name| ((*name).to_owned(), ("normal", "text".to_owned()))).collect();
        attributes.insert("DOUBLE_OPT-IN".to_owned(), ("category", String::new()));
        attributes.insert("BLACKLIST".to_owned(), ("global", String::new()));
        let lists = [(3, "Customers".to_owned()), (36, "Affiliates".to_owned())].into_iter().collect();
        Self { revoked: false, next: 100, rows: BTreeMap::new(), lists, attributes, events: Vec::new() }
    }

    /// With an attribute of that type.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, kind: &str) -> Self {
        self.attributes.insert(name.to_owned(), ("normal", kind.to_owned()));
        self
    }

    /// With that many lists more.
    #[must_use]
    pub fn with_lists(mut self, more: u64) -> Self {
        self.lists.extend((0..more).map(|nth| (1_000 + nth, format!("List {nth}"))));
        self
    }

    /// With a contact who left that list alone.
    #[must_use]
    pub fn with_unsubscribed_from(mut self, email: &str, list: u64) -> Self {
        let row = Row { id: 7, unsubscribed: [list].into_iter().collect(), ..Row::default() };
        self.rows.insert(email.to_owned(), row);
        self
    }

    fn of(&mut self, email: &str) -> &mut Row {
        self.rows.entry(email.to_owned()).or_insert_with(|| Row { id: 8, ..Row::default() })
    }

    fn lists(&self, call: &Call) -> Result<Answer, Answer> {
        let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse);
        let (Ok(limit), Ok(offset)) = (number("limit", 10), number("offset", 0)) else { return Err(invalid("limit")) };
        if limit > 50 {
            return Err(refused(400, "out_of_range", "Limit exceeds max value"));
        }
        let row = |(id, name): (&u64, &String)| json!({"id": id, "name": name, "folderId": 1, "uniqueSubscribers": 0});
        let rows: Vec<Value> = self.lists.iter().skip(offset).take(limit).map(row).collect();
        Ok(Answer(200, json!({"lists": rows, "count": self.lists.len()})))
    }

    fn attributes(&self) -> Answer {
        let row = |(name, (category, kind)): (&String, &(&str, String))| match *category {
            "normal" => json!({"name": name, "category": category, "type": kind}),
            _ => json!({"name": name, "category": category}),
        };
        Answer(200, json!({"attributes": self.attributes.iter().map(row).collect::<Vec<_>>()}))
    }

    fn make_attribute(&mut self, call: &Call, category: &str, name: &str) -> Result<Answer, Answer> {
        let body = body(call)?;
        let kind = text(only(&body, &["type"]).map_err(invalid)?, "type").map_err(invalid)?;
        if category != "normal" || !["text", "date", "float", "boolean"].contains(&kind.as_str()) {
            return Err(invalid("Invalid attribute type"));
        }
        if self.attributes.contains_key(name) {
            return Err(invalid("Attribute name must be unique"));
        }
        self.attributes.insert(name.to_owned(), ("normal", kind));
        Ok(Answer(201, Value::Null))
    }

    fn save(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = body(call)?;
        let known = ["email", "ext_id", "attributes", "emailBlacklisted", "smsBlacklisted", "listIds", "updateEnabled"];
        let fields = only(&body, &known).map_err(invalid)?;
        let email = text(fields, "email").map_err(invalid)?;
        if !email.contains('@') {
            return Err(invalid("Invalid email address"));
        }
        let there = self.rows.contains_key(&email);
        if there && fields.get("updateEnabled") != Some(&json!(true)) {
            let message = "Unable to create contact, email is already associated with another Contact";
            return Err(refused(400, "duplicate_parameter", message));
        }
        self.next += 1;
        let row = self.rows.entry(email).or_insert_with(|| Row { id: self.next, ..Row::default() });
        // As the vendor does: attributes that it doesn't know, and values of another type, go without a word.
        for (name, value) in fields.get("attributes").and_then(Value::as_object).into_iter().flatten() {
            let text = self.attributes.get(name).is_some_and(|(_, kind)| kind == "text");
            if text && value.as_str().is_some_and(|value| !value.is_empty()) {
                row.attributes.insert(name.clone(), value.clone());
            }
        }
        if let Some(blacklisted) = fields.get("emailBlacklisted").and_then(Value::as_bool) {
            row.blacklisted = blacklisted;
        }
        Ok(if there { Answer(204, Value::Null) } else { Answer(201, json!({"id": row.id})) })
    }

    fn add(&mut self, call: &Call, list: &str) -> Result<Answer, Answer> {
        let body = body(call)?;
        let emails = only(&body, &["emails"]).map_err(invalid)?.get("emails").and_then(Value::as_array);
        let list: u64 = list.parse().map_err(|_| invalid("List ID"))?;
        if !self.lists.contains_key(&list) {
            return Err(missing("List ID"));
        }
        let emails: Vec<&str> = emails.into_iter().flatten().filter_map(Value::as_str).collect();
        let mut added = Vec::new();
        for email in &emails {
            // It undoes that they left the list.
            if let Some(row) = self.rows.get_mut(*email)
                && row.lists.insert(list)
            {
                row.unsubscribed.remove(&list);
                added.push((*email).to_owned());
            }
        }
        if added.is_empty() {
            return Err(invalid("Contact already in list and/or does not exist"));
        }
        Ok(Answer(201, json!({"contacts": {"success": added, "failure": []}})))
    }

    /// A new address: the attribute `EMAIL`.
    fn rename(&mut self, call: &Call, id: &str) -> Result<Answer, Answer> {
        if call.parameter("identifierType") != Some("contact_id") {
            return Err(invalid("identifierType"));
        }
        let body = body(call)?;
        let given = only(&body, &["attributes", "emailBlacklisted"]).map_err(invalid)?;
        let attributes = given.get("attributes").cloned().unwrap_or_default();
        let email = text(only(&attributes, &["EMAIL"]).map_err(invalid)?, "EMAIL").map_err(invalid)?;
        if self.rows.get(&email).is_some_and(|row| row.id.to_string() != id) {
            let message = "Unable to update contact, email is already associated with another Contact";
            return Err(refused(400, "duplicate_parameter", message));
        }
        let old = self.rows.iter().find(|(_, row)| row.id.to_string() == id).map(|(email, _)| email.clone());
        let Some(mut row) = old.and_then(|old| self.rows.remove(&old)) else { return Err(missing("Contact")) };
        // A new address resubscribes, unless the same call says otherwise.
        row.blacklisted = given.get("emailBlacklisted") == Some(&json!(true));
        self.rows.insert(email, row);
        Ok(Answer(204, Value::Null))
    }

    fn show(&self, email: &str) -> Answer {
        let Some(row) = self.rows.get(email) else { return missing("Contact") };
        Answer(
            200,
            json!({"email": email, "id": row.id, "emailBlacklisted": row.blacklisted, "smsBlacklisted": false,
                "listIds": row.lists, "listUnsubscribed": row.unsubscribed, "attributes": row.attributes,
                "createdAt": "2026-11-20T08:30:00.000+00:00", "modifiedAt": "2026-11-20T08:30:00.000+00:00",
                "statistics": {}}),
        )
    }

    fn event(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = body(call)?;
        let known = ["event_name", "event_date", "identifiers", "contact_properties", "event_properties"];
        let fields = only(&body, &known).map_err(invalid)?;
        let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let name = text(fields, "event_name").map_err(invalid)?;
        let properties = fields.get("event_properties").and_then(Value::as_object);
        if !plain(&name) || !properties.into_iter().flatten().all(|(name, _)| plain(name)) {
            return Err(invalid("Invalid name"));
        }
        text(fields, "event_date").map_err(invalid)?;
        let who = body.pointer("/identifiers/email_id").and_then(Value::as_str).ok_or(invalid("identifiers"))?;
        self.events.push((name, who.to_owned()));
        Ok(Answer(204, Value::Null))
    }

    fn attribute(row: &Row, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| row.attributes.get(*name)).and_then(Value::as_str).map(str::to_owned)
    }
}

impl Crm for Brevo {
    fn slug(&self) -> &'static str {
        "brevo"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["BREVO"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into_iter().collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "36".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let tags = Self::attribute(row, &["REKOMI_TAGS"]).unwrap_or_default();
        Some(Contact {
            email: email.to_owned(),
            first_name: Self::attribute(row, &["FIRSTNAME", "PRENOM"]),
            last_name: Self::attribute(row, &["LASTNAME", "NOM"]),
            subscribed: if row.blacklisted || !row.unsubscribed.is_empty() {
                Subscribed::No
            } else {
                Subscribed::Unsaid
            },
            lists: row.lists.iter().map(u64::to_string).collect(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: Self::attribute(row, &["REKOMI_STATUS"]),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.of(email).blacklisted = true;
    }

    fn leaves_list(&mut self, email: &str) {
        let list = self.list().and_then(|list| list.id.parse().ok()).unwrap();
        let row = self.of(email);
        row.lists.remove(&list);
        row.unsubscribed.insert(list);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let headers = vec![
            ("x-sib-ratelimit-limit", "10".to_owned()),
            ("x-sib-ratelimit-remaining", "0".to_owned()),
            ("x-sib-ratelimit-reset", "2".to_owned()),
        ];
        (
            Mood::Writes(429, headers, r#"{"code":"too_many_requests","message":"Too many requests"}"#.to_owned()),
            Some(2),
        )
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
