//! Mautic's API as far as contacts, segments and tags go, after its documentation and its source (5.1).

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const USER: &str = "rekomi";
const PASSWORD: &str = "canary-mautic-password-0001";

#[derive(Debug, Default, Clone)]
struct Row {
    fields: BTreeMap<String, String>,
    tags: BTreeSet<String>,
    segments: BTreeSet<u64>,
    /// Reason by channel.
    do_not_contact: BTreeMap<String, u8>,
}

#[derive(Debug)]
pub struct Mautic {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    /// Name, and whether contacts can leave it in the preference center.
    segments: BTreeMap<u64, (String, bool)>,
    tags: Vec<String>,
}

impl Default for Mautic {
    fn default() -> Self {
        let segments = [(4, "Customers", false), (5, "Affiliates", false), (6, "Newsletter", true)];
        let segments = segments.into_iter().map(|(id, name, public)| (id, (name.to_owned(), public))).collect();
        let tags = ["customer", "vip"].map(str::to_owned).to_vec();
        Self { revoked: false, next: 70, rows: BTreeMap::new(), segments, tags }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, message: &str, kind: Option<&str>) -> Answer {
    Answer(status, json!({"errors": [{"code": status, "message": message, "details": [], "type": kind}]}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(400, why.as_ref(), None)
}

fn missing() -> Answer {
    refused(404, "Item was not found.", None)
}

/// What PHP's filter for special characters leaves of a parameter: an address with such signs is never found.
fn sanitized(value: &str) -> String {
    value.replace('&', "&#38;").replace('\'', "&#39;").replace('"', "&#34;").replace('<', "&#60;").replace('>', "&#62;")
}

/// At most as many rows as asked for, 30 if nothing is said.
fn page(call: &Call, name: &str, rows: &[Value]) -> Done {
    if call.query.iter().any(|(other, _)| !["start", "limit"].contains(&other.as_str())) {
        return Err(invalid("unknown parameter"));
    }
    let number = |name: &str, otherwise: usize| {
        call.parameter(name).map_or(Ok(otherwise), str::parse).map_err(|_| invalid("not a number"))
    };
    let (start, limit) = (number("start", 0)?, number("limit", 30)?);
    let some: Vec<&Value> = rows.iter().skip(start).take(limit).collect();
    Ok(Answer(200, json!({"total": rows.len(), name: some})))
}

impl Vendor for Mautic {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != encode::basic(USER, PASSWORD) {
            return refused(401, "Invalid credentials.", Some("access_denied"));
        }
        let Some(path) = call.path.strip_prefix("/api/") else { return refused(404, "Page not found", None) };
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["users", "self"]) => {
                Ok(Answer(200, json!({"id": 2, "username": USER, "email": "rekomi@brand.test", "firstName": "Rekomi"})))
            }
            ("GET", ["segments"]) => {
                let all: Vec<Value> = self.segments.keys().filter_map(|id| self.segment(*id)).collect();
                page(call, "lists", &all)
            }
            ("GET", ["segments", id]) => {
                let list = id.parse().ok().and_then(|id| self.segment(id)).ok_or(missing());
                list.map(|list| Answer(200, json!({"list": list})))
            }
            ("GET", ["tags"]) => {
                let row = |(id, tag): (usize, &String)| json!({"id": id + 1, "tag": tag, "description": null});
                page(call, "tags", &self.tags.iter().enumerate().map(row).collect::<Vec<_>>())
            }
            ("GET", ["contacts"]) => self.find(call),
            ("POST", ["contacts", "new"]) => self.save(call, None),
            ("PATCH", ["contacts", id, "edit"]) => match id.parse().ok().filter(|id| self.rows.contains_key(id)) {
                Some(id) => self.save(call, Some(id)),
                None => Err(missing()),
            },
            ("DELETE", ["contacts", id, "delete"]) => {
                let gone = id.parse().ok().and_then(|id: u64| self.rows.remove(&id));
                // The id is gone by then.
                gone.map(|row| Answer(200, json!({"contact": shown(None, &row)}))).ok_or(missing())
            }
            ("POST", ["segments", segment, "contact", contact, "add"]) => self.join(call, segment, contact),
            _ => Err(refused(404, "Page not found", None)),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

fn shown(id: Option<u64>, row: &Row) -> Value {
    let tags: Vec<Value> = row.tags.iter().enumerate().map(|(id, tag)| json!({"id": id + 1, "tag": tag})).collect();
    let dnc =
        |(channel, reason): (&String, &u8)| json!({"id": 1, "channel": channel, "reason": reason, "comments": ""});
    let dnc: Vec<Value> = row.do_not_contact.iter().map(dnc).collect();
    json!({"id": id, "fields": {"all": row.fields}, "tags": tags, "doNotContact": dnc, "points": 0})
}

impl Mautic {
    /// With so many segments more.
    #[must_use]
    pub fn with_segments(mut self, count: u64) -> Self {
        self.segments.extend((100..100 + count).map(|id| (id, (format!("Segment {id}"), id % 2 == 0))));
        self
    }

    /// With a contact of that kind before anything is asked.
    #[must_use]
    pub fn with(mut self, email: &str, do_not_contact: Option<(&str, u8)>) -> Self {
        let row = self.row(email);
        row.tags.insert("customer".to_owned());
        row.fields.insert("city".to_owned(), "Bonn".to_owned());
        row.do_not_contact.extend(do_not_contact.map(|(channel, reason)| (channel.to_owned(), reason)));
        self
    }

    /// Contacts can leave that segment from now on.
    pub fn publish(&mut self, id: u64) {
        if let Some((_, public)) = self.segments.get_mut(&id) {
            *public = true;
        }
    }

    fn of(&self, email: &str) -> Option<u64> {
        let theirs = |row: &Row| row.fields.get("email").is_some_and(|known| known == email);
        self.rows.iter().find(|(_, row)| theirs(row)).map(|(id, _)| *id)
    }

    fn row(&mut self, email: &str) -> &mut Row {
        self.next += 1;
        let id = self.of(email).unwrap_or(self.next);
        let fields = [("email".to_owned(), email.to_owned())].into();
        self.rows.entry(id).or_insert_with(|| Row { fields, ..Row::default() })
    }

    fn segment(&self, id: u64) -> Option<Value> {
        let (name, public) = self.segments.get(&id)?;
        Some(json!({"id": id, "name": name, "isGlobal": true, "isPreferenceCenter": public, "filters": []}))
    }

    fn find(&self, call: &Call) -> Done {
        let given: BTreeMap<&str, &str> =
            call.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = ["where[0][col]", "where[0][expr]", "where[0][val]"];
        let [Some(&"email"), Some(&"eq"), Some(email)] = expected.map(|name| given.get(name)) else {
            return Err(invalid("where"));
        };
        if given.len() != expected.len() {
            return Err(invalid("unknown parameter"));
        }
        let found = self.of(&sanitized(email)).and_then(|id| Some((id, self.rows.get(&id)?)));
        // By id; and an object too if there is none.
        let contacts: Map<String, Value> =
            found.map(|(id, row)| (id.to_string(), shown(Some(id), row))).into_iter().collect();
        Ok(Answer(200, json!({"total": contacts.len().to_string(), "contacts": contacts})))
    }

    fn save(&mut self, call: &Call, id: Option<u64>) -> Done {
        let body = call.json().ok_or(invalid("no JSON"))?;
        // A field that Mautic doesn't have is ignored, except that this installation has `rekomi_status`.
        let given = only(&body, &["email", "firstname", "lastname", "tags", "rekomi_status"]).map_err(invalid)?;
        let (id, status) = match id {
            Some(id) => (id, 200),
            None => {
                let email = text(given, "email").map_err(invalid)?;
                if !email.contains('@') {
                    return Err(invalid("email: This value is not a valid email address."));
                }
                let known = self.of(&email);
                self.row(&email);
                (self.of(&email).unwrap_or_default(), if known.is_some() { 200 } else { 201 })
            }
        };
        let renames = status == 200 && given.len() == 1 && given.contains_key("email");
        let none = Vec::new();
        let tags = given.get("tags").and_then(Value::as_array).or(renames.then_some(&none)).ok_or(invalid("tags"))?;
        let tags: Vec<&str> = tags.iter().filter_map(Value::as_str).filter(|tag| !tag.is_empty()).collect();
        for tag in tags.iter().filter(|tag| !tag.starts_with('-')) {
            if !self.tags.iter().any(|known| known == tag) {
                self.tags.push((*tag).to_owned());
            }
        }
        let row = self.rows.entry(id).or_default();
        for name in ["email", "firstname", "lastname", "rekomi_status"] {
            row.fields.extend(maybe(given, name).map(|value| (name.to_owned(), value)));
        }
        for tag in tags {
            match tag.strip_prefix('-') {
                Some(old) => drop(row.tags.remove(old)),
                None => drop(row.tags.insert(tag.replace('\'', "&#39;"))),
            }
        }
        Ok(Answer(status, json!({"contact": shown(Some(id), row)})))
    }

    fn join(&mut self, call: &Call, segment: &str, contact: &str) -> Done {
        if !call.body.is_empty() || !call.query.is_empty() {
            return Err(invalid("unknown parameter"));
        }
        let segment = segment.parse().ok().filter(|id| self.segments.contains_key(id)).ok_or(missing())?;
        let row = contact.parse().ok().and_then(|id: u64| self.rows.get_mut(&id)).ok_or(missing())?;
        row.segments.insert(segment);
        Ok(Answer(200, json!({"success": 1})))
    }
}

impl Crm for Mautic {
    fn slug(&self) -> &'static str {
        "mautic"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["MAUTIC"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let all = [("url", "https://mautic.brand.test/"), ("username", USER), ("password", PASSWORD)];
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "5".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(&self.of(email)?)?;
        let get = |name: &str| row.fields.get(name).cloned();
        Some(Contact {
            email: email.to_owned(),
            first_name: get("firstname"),
            last_name: get("lastname"),
            subscribed: if row.do_not_contact.contains_key("email") { Subscribed::No } else { Subscribed::Unsaid },
            lists: row.segments.iter().map(u64::to_string).collect(),
            tags: row.tags.clone(),
            status: get("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.row(email).do_not_contact.insert("email".to_owned(), 1);
    }

    /// Of an installation that limits its API.
    fn too_fast(&self) -> (Mood, Option<u64>) {
        let body =
            json!({"errors": [{"code": 429, "message": "You exceeded the rate limit of 10 API calls per minute"}]});
        (Mood::Writes(429, vec![("X-RateLimit-Reset", "1795163412".to_owned())], body.to_string()), Some(12))
    }
}
