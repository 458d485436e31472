//! MailerLite's new API as far as subscribers and groups go, after its published documentation.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "canary.mailerlite.000000000000000000000000000000000000000000000001";
/// Fields that every account has.
const FIELDS: [&str; 8] = ["name", "last_name", "company", "country", "city", "phone", "state", "z_i_p"];
const STATUSES: [&str; 5] = ["active", "unsubscribed", "unconfirmed", "bounced", "junk"];

#[derive(Debug)]
struct Row {
    email: String,
    status: String,
    opted_in_at: Option<String>,
    fields: Map<String, Value>,
    groups: BTreeSet<u64>,
}

#[derive(Debug)]
pub struct MailerLite {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    groups: BTreeMap<u64, String>,
    /// The brand's own; those after it were made by us.
    own: u64,
    /// Somebody else makes the next group a moment before we do.
    raced: bool,
}

impl Default for MailerLite {
    fn default() -> Self {
        let groups = [(101, "Newsletter"), (102, "Affiliates"), (103, "VIP customers")];
        let groups = groups.map(|(id, name)| (id, name.to_owned())).into();
        Self { revoked: false, next: 1_000, rows: BTreeMap::new(), groups, own: 999, raced: false }
    }
}

/// Laravel's way to refuse: a message, and what is wrong by field.
fn invalid(field: &str, why: &str) -> Answer {
    Answer(422, json!({"message": "The given data was invalid.", "errors": {field: [why]}}))
}

fn missing() -> Answer {
    Answer(404, json!({"message": "Resource not found."}))
}

impl Vendor for MailerLite {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != KEY {
            return Answer(401, json!({"message": "Unauthenticated."}));
        }
        if ["accept", "content-type"].iter().any(|name| call.header(name) != "application/json") {
            return Answer(400, json!({"message": "Accept and Content-Type must be application/json."}));
        }
        let Some(path) = call.path.strip_prefix("/api/") else { return missing() };
        let body = call.json().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["groups"]) => self.page(call),
            ("POST", ["groups"]) => self.make(&body),
            ("POST", ["subscribers"]) => self.save(&body).unwrap_or_else(|refusal| refusal),
            (method, ["subscribers", who, rest @ ..]) => match unescaped(who).map(|who| self.id(&who)) {
                Err(why) => Answer(400, json!({"message": why})),
                Ok(None) => missing(),
                Ok(Some(id)) => self.of(method, id, rest),
            },
            _ => missing(),
        }
    }
}

impl MailerLite {
    /// With as many groups more, before the others.
    #[must_use]
    pub fn with_groups(more: u64) -> Self {
        let mut all = Self::default();
        all.groups.extend((0..more).map(|number| (number + 110, format!("Group {number}"))));
        all
    }

    /// Somebody makes the same group a moment before we do.
    #[must_use]
    pub fn raced(self) -> Self {
        Self { raced: true, ..self }
    }

    /// Ids of the groups of that name, the oldest first.
    pub fn groups_named(&self, name: &str) -> Vec<u64> {
        self.groups.iter().filter(|(_, known)| *known == name).map(|(id, _)| *id).collect()
    }

    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// By id or by address.
    fn id(&self, who: &str) -> Option<u64> {
        let is = |(id, row): &(&u64, &Row)| row.email == who || id.to_string() == who;
        self.rows.iter().find(is).map(|(id, _)| *id)
    }

    fn json(&self, id: u64) -> Value {
        let Some(row) = self.rows.get(&id) else { return Value::Null };
        let mut fields: Map<String, Value> = FIELDS.map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
        fields.extend(row.fields.clone());
        let group = |id: &u64| json!({"id": id.to_string(), "name": self.groups.get(id)});
        let groups: Vec<Value> = row.groups.iter().map(group).collect();
        json!({"data": {
            "id": id.to_string(), "email": row.email, "status": row.status, "source": "api", "fields": fields,
            "groups": groups, "opted_in_at": row.opted_in_at,
        }})
    }

    fn page(&self, call: &Call) -> Answer {
        let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse);
        let (Ok(limit @ 1..=1_000), Ok(page @ 1..)) = (number("limit", 25), number("page", 1)) else {
            return invalid("limit", "The limit must be a number.");
        };
        let filter = call.parameter("filter[name]").unwrap_or_default().to_lowercase();
        let found: Vec<Value> = self
            .groups
            .iter()
            .rev()
            .filter(|(_, name)| name.to_lowercase().contains(&filter))
            .map(|(id, name)| json!({"id": id.to_string(), "name": name, "active_count": 0}))
            .collect();
        let last = found.len().div_ceil(limit).max(1);
        let rows: Vec<&Value> = found.iter().skip((page - 1) * limit).take(limit).collect();
        Answer(200, json!({"data": rows, "meta": {"current_page": page, "last_page": last, "total": found.len()}}))
    }

    /// Makes another one of the same name without a word.
    fn make(&mut self, body: &Value) -> Answer {
        let name = only(body, &["name"]).and_then(|fields| text(fields, "name"));
        let Some(name) = name.ok().filter(|name| name.chars().count() <= 255) else {
            return invalid("name", "The name field is required.");
        };
        if std::mem::take(&mut self.raced) {
            let id = self.next();
            self.groups.insert(id, name.clone());
        }
        let id = self.next();
        self.groups.insert(id, name.clone());
        Answer(201, json!({"data": {"id": id.to_string(), "name": name}}))
    }

    /// Creates or updates; what isn't said stays. Somebody new is active unless something else is said.
    fn save(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = ["email", "fields", "groups", "status", "subscribed_at", "ip_address", "opted_in_at", "optin_ip"];
        let given = only(body, &known).map_err(|why| invalid("data", &why))?;
        let email = text(given, "email").map_err(|why| invalid("email", &why))?;
        if !email.contains('@') {
            return Err(invalid("email", "The email must be a valid email address."));
        }
        let fields = given.get("fields").map(|fields| only(fields, &FIELDS).cloned());
        let fields = fields.transpose().map_err(|why| invalid("fields", &why))?.unwrap_or_default();
        let groups = given.get("groups").and_then(Value::as_array).into_iter().flatten();
        let group = |value: &Value| value.as_str()?.parse().ok().filter(|id| self.groups.contains_key(id));
        let groups: Option<BTreeSet<u64>> = groups.map(group).collect();
        let groups = groups.ok_or_else(|| invalid("groups.0", "The selected groups.0 is invalid."))?;
        let status = maybe(given, "status");
        if status.as_ref().is_some_and(|status| !STATUSES.contains(&status.as_str())) {
            return Err(invalid("status", "The selected status is invalid."));
        }
        let opted_in_at = maybe(given, "opted_in_at");
        if opted_in_at.as_ref().is_some_and(|at| at.len() != 19 || at.as_bytes()[10] != b' ') {
            return Err(invalid("opted_in_at", "The opted in at does not match the format Y-m-d H:i:s."));
        }
        let there = self.id(&email);
        let id = there.unwrap_or_else(|| self.next());
        let row = self.rows.entry(id).or_insert_with(|| Row {
            email,
            status: "active".to_owned(),
            opted_in_at: None,
            fields: Map::new(),
            groups: BTreeSet::new(),
        });
        if row.status == "unsubscribed" && status.as_deref() == Some("active") {
            return Err(invalid("status", "This subscriber is unsubscribed and cannot be imported."));
        }
        row.status = status.unwrap_or_else(|| row.status.clone());
        row.opted_in_at = opted_in_at.or_else(|| row.opted_in_at.take());
        row.fields.extend(fields);
        row.groups.extend(groups);
        Ok(Answer(if there.is_some() { 200 } else { 201 }, self.json(id)))
    }

    fn of(&mut self, method: &str, id: u64, rest: &[&str]) -> Answer {
        match (method, rest) {
            ("GET", []) => Answer(200, self.json(id)),
            ("POST", ["forget"]) => {
                let gone = self.json(id);
                self.rows.remove(&id);
                Answer(200, json!({"message": "Subscriber data will be forgotten.", "data": gone["data"]}))
            }
            ("POST" | "DELETE", ["groups", group]) => {
                let group = group.parse().ok().filter(|id| self.groups.contains_key(id));
                let (Some(group), Some(row)) = (group, self.rows.get_mut(&id)) else { return missing() };
                if method == "POST" {
                    row.groups.insert(group);
                    return Answer(200, json!({"data": {"id": group.to_string(), "name": self.groups.get(&group)}}));
                }
                if row.groups.remove(&group) { Answer(204, Value::Null) } else { missing() }
            }
            _ => missing(),
        }
    }

    /// The person's state as the vendor calls it.
    pub fn is(&mut self, email: &str, status: &str) {
        let id = self.next();
        let (email, status) = (email.to_owned(), status.to_owned());
        let row = Row { email, status, opted_in_at: None, fields: Map::new(), groups: [102].into() };
        self.rows.insert(id, row);
    }
}

impl Crm for MailerLite {
    fn slug(&self) -> &'static str {
        "mailerlite"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["MAILERLITE"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "102".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(&self.id(email)?)?;
        let field = |name: &str| row.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let subscribed = match row.status.as_str() {
            "active" => Subscribed::Yes,
            "unconfirmed" => Subscribed::Pending,
            _ => Subscribed::No,
        };
        Some(Contact {
            email: row.email.clone(),
            first_name: field("name"),
            last_name: field("last_name"),
            subscribed,
            lists: row.groups.iter().filter(|id| **id <= self.own).map(u64::to_string).collect(),
            tags: row.groups.iter().filter_map(|id| self.groups.get(id).cloned()).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        match self.rows.values_mut().find(|row| row.email == email) {
            Some(row) => "unsubscribed".clone_into(&mut row.status),
            None => self.is(email, "unsubscribed"),
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let headers = vec![("X-RateLimit-Remaining", "0".to_owned()), ("Retry-After", "59".to_owned())];
        (Mood::Writes(429, headers, json!({"message": "Too Many Attempts."}).to_string()), Some(59))
    }
}
