//! Bento's API version 1 as far as tags, subscribers, imports and events go, after its published reference. Imports are
//! queued: it takes a few calls until they show. Tags are written by name and read by id.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const PUBLISHABLE: &str = "pcanarybento00000000000000000001";
const SECRET: &str = "scanarybento00000000000000000002";
const SITE: &str = "2103f23614d9877a6b4ee73d28a5c61d";
/// How many calls it takes until an import shows.
const DELAY: u32 = 2;

#[derive(Debug, Clone, Default)]
struct Row {
    fields: BTreeMap<String, String>,
    tags: BTreeSet<u64>,
    unsubscribed_at: Option<String>,
}

/// What was taken and isn't done yet.
#[derive(Debug)]
struct Import {
    calls: u32,
    email: String,
    fields: BTreeMap<String, String>,
    tags: Vec<String>,
    remove: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Bento {
    revoked: bool,
    rows: BTreeMap<String, Row>,
    /// By id; a discarded one is still shown.
    tags: BTreeMap<u64, (String, bool)>,
    queue: Vec<Import>,
    events: Vec<(String, String)>,
    /// Imports are taken and never done.
    stuck: bool,
    /// Which people are unknown is said by a status.
    missing: bool,
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, message: &str) -> Answer {
    Answer(status, json!({"error": message}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(422, why.as_ref())
}

/// The parts of one comma-separated text.
fn words(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let all = maybe(fields, name).unwrap_or_default();
    all.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// The one object of a request's list.
fn one<'a>(body: &'a Value, name: &str) -> Result<&'a Map<String, Value>, Answer> {
    let rows = only(body, &[name]).map_err(invalid)?.get(name).and_then(Value::as_array);
    match rows.map(Vec::as_slice) {
        Some([Value::Object(one)]) => Ok(one),
        _ => Err(invalid(name)),
    }
}

impl Vendor for Bento {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.header("user-agent").is_empty() {
            // The firewall before the vendor.
            return Answer(403, json!("Sorry, you have been blocked"));
        }
        let keys = call.header("authorization") == encode::basic(PUBLISHABLE, SECRET);
        if self.revoked || !keys || call.parameter("site_uuid") != Some(SITE) {
            return refused(401, "Unauthorized");
        }
        self.pass();
        let done = match call.line().as_str() {
            "GET /api/v1/fetch/tags" => self.list(call),
            "GET /api/v1/fetch/subscribers" => self.subscriber(call),
            "POST /api/v1/batch/subscribers" => self.import(call),
            "POST /api/v1/batch/events" => self.event(call),
            "POST /api/v1/fetch/commands" => self.rename(call),
            _ => Err(refused(404, "Not Found")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Bento {
    /// With a tag that nobody is to see any more.
    #[must_use]
    pub fn with_discarded_tag(mut self, name: &str) -> Self {
        let id = self.tag(name);
        self.tags.insert(id, (name.to_owned(), true));
        self
    }

    /// With a tag.
    #[must_use]
    pub fn with_tag(mut self, name: &str) -> Self {
        self.tag(name);
        self
    }

    /// Whose imports are never done.
    #[must_use]
    pub fn stuck(self) -> Self {
        Self { stuck: true, ..self }
    }

    /// Who answers 404 for people whom it doesn't know.
    #[must_use]
    pub fn with_missing_status(self) -> Self {
        Self { missing: true, ..self }
    }

    /// The id of the tag of that name, in whichever case; a new one where there is none.
    fn tag(&mut self, name: &str) -> u64 {
        let like =
            |(id, (known, _)): (&u64, &(String, bool))| (known.to_lowercase() == name.to_lowercase()).then_some(*id);
        let next = 100 + self.tags.len() as u64;
        self.tags.iter().find_map(like).unwrap_or_else(|| {
            self.tags.insert(next, (name.to_owned(), false));
            next
        })
    }

    /// One more call went by.
    fn pass(&mut self) {
        self.queue.iter_mut().for_each(|import| import.calls = import.calls.saturating_sub(1));
        if !self.stuck {
            self.work(0);
        }
    }

    fn work(&mut self, most: u32) {
        let (due, later): (Vec<Import>, Vec<Import>) =
            std::mem::take(&mut self.queue).into_iter().partition(|import| import.calls <= most);
        self.queue = later;
        for import in due {
            let given: Vec<u64> = import.tags.iter().map(|name| self.tag(name)).collect();
            let taken: Vec<u64> = import.remove.iter().map(|name| self.tag(name)).collect();
            // An unsubscribed person stays unsubscribed.
            let row = self.rows.entry(import.email).or_default();
            row.fields.extend(import.fields);
            row.tags.extend(given);
            row.tags.retain(|tag| !taken.contains(tag));
        }
    }

    fn list(&self, call: &Call) -> Done {
        if call.query.len() != 1 {
            return Err(invalid("unknown parameter"));
        }
        let tag = |(id, (name, discarded)): (&u64, &(String, bool))| {
            let at = discarded.then_some("2026-01-01T00:00:00Z");
            let attributes =
                json!({"name": name, "created_at": "2025-01-01T00:00:00Z", "discarded_at": at, "site_id": 1});
            json!({"id": id.to_string(), "type": "tags", "attributes": attributes})
        };
        Ok(Answer(200, json!({"data": self.tags.iter().map(tag).collect::<Vec<_>>()})))
    }

    fn subscriber(&self, call: &Call) -> Done {
        let email = call.parameter("email").filter(|_| call.query.len() == 2).ok_or(invalid("email"))?;
        let Some(row) = self.rows.get(email) else {
            return if self.missing { Err(refused(404, "Not Found")) } else { Ok(Answer(200, json!({"data": null}))) };
        };
        let tags: Vec<String> = row.tags.iter().map(u64::to_string).collect();
        let attributes = json!({"uuid": "f0e1", "email": email, "fields": row.fields, "cached_tag_ids": tags,
            "unsubscribed_at": row.unsubscribed_at});
        Ok(Answer(200, json!({"data": {"id": "7", "type": "visitors", "attributes": attributes}})))
    }

    fn import(&mut self, call: &Call) -> Done {
        let body = call.json().ok_or(refused(400, "no JSON"))?;
        let given = one(&body, "subscribers")?;
        let known = ["email", "first_name", "last_name", "tags", "remove_tags", "rekomi_status"];
        only(&Value::Object(given.clone()), &known).map_err(invalid)?;
        let email = text(given, "email").map_err(invalid)?;
        if !email.contains('@') {
            return Ok(Answer(200, json!({"results": 0, "failed": 1})));
        }
        let fields = ["first_name", "last_name", "rekomi_status"];
        let fields = fields.into_iter().filter_map(|name| Some((name.to_owned(), maybe(given, name)?))).collect();
        let (tags, remove) = (words(given, "tags"), words(given, "remove_tags"));
        self.queue.push(Import { calls: DELAY, email, fields, tags, remove });
        Ok(Answer(200, json!({"results": 1, "failed": 0})))
    }

    /// The only command that anything of ours gives.
    fn rename(&mut self, call: &Call) -> Done {
        let body = call.json().ok_or(refused(400, "no JSON"))?;
        let given = one(&body, "command")?;
        only(&Value::Object(given.clone()), &["command", "email", "query"]).map_err(invalid)?;
        let part = |name: &str| text(given, name).map_err(invalid);
        let (command, former, new) = (part("command")?, part("email")?, part("query")?);
        if command != "change_email" || !new.contains('@') || self.rows.contains_key(&new) {
            return Err(invalid(command));
        }
        if let Some(row) = self.rows.remove(&former) {
            self.rows.insert(new, row);
        }
        Ok(Answer(200, json!({"results": 1, "failed": 0})))
    }

    fn event(&mut self, call: &Call) -> Done {
        let body = call.json().ok_or(refused(400, "no JSON"))?;
        let given = one(&body, "events")?;
        only(&Value::Object(given.clone()), &["type", "email", "fields", "details", "date"]).map_err(invalid)?;
        let (kind, email) = (text(given, "type").map_err(invalid)?, text(given, "email").map_err(invalid)?);
        let at = text(given, "date").map_err(invalid)?;
        if shared::timestamp::Timestamp::parse_rfc3339(&at).is_err()
            || !given.get("details").is_some_and(Value::is_object)
        {
            return Err(invalid("date or details"));
        }
        self.rows.entry(email.clone()).or_default();
        self.events.push((kind, email));
        Ok(Answer(200, json!({"results": 1, "failed": 0})))
    }
}

impl Crm for Bento {
    fn slug(&self) -> &'static str {
        "bento"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["BENTO"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let all = [("publishableKey", PUBLISHABLE), ("secretKey", SECRET), ("siteUuid", SITE)];
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let name = |id: &u64| self.tags.get(id).map(|(name, _)| name.clone());
        Some(Contact {
            email: email.to_owned(),
            first_name: row.fields.get("first_name").cloned(),
            last_name: row.fields.get("last_name").cloned(),
            subscribed: if row.unsubscribed_at.is_some() { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: row.tags.iter().filter_map(name).collect(),
            status: row.fields.get("rekomi_status").cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.rows.entry(email.to_owned()).or_default().unsubscribed_at = Some("2026-11-01T09:00:00Z".to_owned());
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Says(429, json!({"error": "Rate limit exceeded"})), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    fn settle(&mut self) {
        if !self.stuck {
            self.work(u32::MAX);
        }
    }
}
