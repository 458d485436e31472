//! Klaviyo's API at revision 2026-07-15 as far as profiles, lists, subscriptions and events go, after its OpenAPI
//! description. Keys have scopes, which are looked at before what is asked; jobs are done some readings later.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use self::shape::{address, attributes, data, filtered, parameters, refused};
use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

mod door;
mod rename;
mod shape;

pub const KEY: &str = "pk_canary00000000000000000000000000000a";
/// Lists: one that takes people at once, and one that asks them first.
pub const SINGLE: &str = "Y6nRLr";
pub const DOUBLE: &str = "XdoubL";
/// A job is done when its profile or list has been read so often.
const READINGS: u8 = 2;

#[derive(Debug, Default)]
pub struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    pub properties: Map<String, Value>,
    /// `SUBSCRIBED`, `UNSUBSCRIBED`, or never said.
    pub consent: Option<&'static str>,
    pub suppression: Option<&'static str>,
    pub off: BTreeSet<String>,
    lists: BTreeSet<String>,
}

#[derive(Debug)]
struct Job {
    email: String,
    list: String,
    readings: u8,
}

#[derive(Debug)]
pub struct Klaviyo {
    revoked: bool,
    /// What the key may do.
    pub scopes: BTreeSet<&'static str>,
    /// Accepts jobs and never does them.
    pub stuck: bool,
    next: u32,
    pub rows: BTreeMap<String, Row>,
    lists: Vec<(&'static str, &'static str)>,
    jobs: Vec<Job>,
    deletions: Vec<String>,
    /// Unique id, metric and address.
    events: Vec<(String, String, String)>,
}

impl Default for Klaviyo {
    fn default() -> Self {
        let mut lists = vec![
            ("L00001", "Newsletter"),
            ("L00002", "SMS"),
            ("L00003", "Wholesale"),
            ("L00004", "VIP"),
            ("L00005", "Waitlist"),
            ("L00006", "Birthday"),
            ("L00007", "Press"),
            ("L00008", "Staff"),
            ("L00009", "Popup"),
            (DOUBLE, "Footer form"),
        ];
        lists.push((SINGLE, "Affiliates"));
        Self {
            revoked: false,
            scopes: door::SCOPES.into_iter().collect(),
            stuck: false,
            next: 0,
            rows: BTreeMap::new(),
            lists,
            jobs: Vec::new(),
            deletions: Vec::new(),
            events: Vec::new(),
        }
    }
}

impl Vendor for Klaviyo {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != format!("Klaviyo-API-Key {KEY}") {
            return refused(401, "authentication_failed", "Incorrect authentication credentials.", "/data/");
        }
        if let Err(answer) = door::pass(call, &self.scopes) {
            return answer;
        }
        let parts: Vec<&str> = call.path.split('/').skip(2).collect();
        let body = || serde_json::from_slice(&call.body).map_err(|_| "no JSON".to_owned());
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["accounts"]) => parameters(call, &["fields[account]"]).map(|()| account()),
            ("GET", ["lists"]) => self.list_page(call),
            ("GET", ["lists", list]) => Ok(self.one_list(list)),
            ("GET", ["lists", list, ..]) => self.members(list, call),
            ("GET", ["profiles"]) => self.find(call),
            ("PATCH", ["profiles", id]) => body().and_then(|body| self.rename(id, &body)),
            ("POST", ["lists", list, ..]) => body().and_then(|body| self.add(list, &body)),
            ("POST", ["profile-import"]) => body().and_then(|body| self.import(&body)),
            ("POST", ["events"]) => body().and_then(|body| self.event(&body)),
            ("POST", ["data-privacy-deletion-jobs"]) => body().and_then(|body| self.delete(&body)),
            _ => body().and_then(|body| self.subscribe(&body)),
        };
        done.unwrap_or_else(shape::wrong)
    }
}

fn account() -> Answer {
    let contact = json!({"organization_name": "Canary Candles"});
    Answer(200, json!({"data": [{"type": "account", "id": "AbC123", "attributes": {"contact_information": contact}}]}))
}

impl Klaviyo {
    fn row(&mut self, email: &str) -> (String, bool) {
        if let Some((id, _)) = self.rows.iter().find(|(_, row)| row.email == email) {
            return (id.clone(), false);
        }
        self.next += 1;
        let id = format!("01KDVDNA00FEC9RPB7DK{:06}", self.next);
        self.rows.insert(id.clone(), Row { email: email.to_owned(), ..Row::default() });
        (id, true)
    }

    pub fn of(&mut self, email: &str) -> &mut Row {
        let (id, _) = self.row(email);
        self.rows.get_mut(&id).unwrap()
    }

    fn named(&self, list: &str) -> Option<&'static str> {
        self.lists.iter().find(|(id, _)| *id == list).map(|(_, name)| *name)
    }

    /// Each reading brings the jobs nearer their end.
    fn read(&mut self) {
        self.jobs.iter_mut().for_each(|job| job.readings += 1);
        self.work(READINGS);
    }

    fn work(&mut self, readings: u8) {
        let due = |job: &Job, stuck: bool| !stuck && job.readings > readings && job.list != DOUBLE;
        let stuck = self.stuck;
        let (done, left) = std::mem::take(&mut self.jobs).into_iter().partition(|job| due(job, stuck));
        self.jobs = left;
        done.into_iter().for_each(|job| self.carry_out(&job));
    }

    fn carry_out(&mut self, job: &Job) {
        let row = self.of(&job.email);
        // As the reference warns: all but bounces are lifted.
        if !matches!(row.suppression, Some("HARD_BOUNCE" | "INVALID_EMAIL")) {
            row.suppression = None;
        }
        row.consent = Some("SUBSCRIBED");
        row.off.remove(&job.list);
        row.lists.insert(job.list.clone());
    }

    /// Somebody is on a list, as after a click in Klaviyo's confirmation mail.
    pub fn join(&mut self, email: &str, list: &str) {
        self.of(email).lists.insert(list.to_owned());
    }

    fn list_page(&self, call: &Call) -> Result<Answer, String> {
        parameters(call, &["fields[list]", "page[size]", "page[cursor]"])?;
        let size: usize = call.parameter("page[size]").unwrap_or("10").parse().map_err(|_| "page[size]")?;
        if !(1..=10).contains(&size) {
            return Err("page[size] must be between 1 and 10".to_owned());
        }
        let start = match call.parameter("page[cursor]") {
            Some(cursor) => cursor.strip_prefix("bmV4dA==&").and_then(|at| at.parse().ok()).ok_or("Invalid cursor")?,
            None => 0,
        };
        let row = |(id, name): &(&str, &str)| json!({"type": "list", "id": id, "attributes": {"name": name}});
        let rows: Vec<Value> = self.lists.iter().skip(start).take(size).map(row).collect();
        let next = (start + size < self.lists.len()).then(|| {
            let cursor = format!("bmV4dA==&{}", start + size);
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("page[cursor]", &cursor).finish();
            format!("https://a.klaviyo.com/api/lists?{query}")
        });
        Ok(Answer(200, json!({"data": rows, "links": {"next": next}})))
    }

    fn one_list(&self, list: &str) -> Answer {
        let Some(name) = self.named(list) else { return refused(404, "not_found", "A list with that id", "/data/id") };
        let process = if list == DOUBLE { "double_opt_in" } else { "single_opt_in" };
        let attributes = json!({"name": name, "opt_in_process": process});
        Answer(200, json!({"data": {"type": "list", "id": list, "attributes": attributes}}))
    }

    fn members(&mut self, list: &str, call: &Call) -> Result<Answer, String> {
        parameters(call, &["filter"])?;
        if self.named(list).is_none() {
            return Ok(refused(404, "not_found", "A list with that id does not exist", "/data/id"));
        }
        let email = filtered(call).ok_or("filter")?;
        self.read();
        let on = |(_, row): &(&String, &Row)| row.email == email && row.lists.contains(list);
        let rows: Vec<Value> =
            self.rows.iter().filter(on).map(|(id, _)| json!({"type": "profile", "id": id})).collect();
        Ok(Answer(200, json!({"data": rows, "links": {"next": null}})))
    }

    fn find(&mut self, call: &Call) -> Result<Answer, String> {
        parameters(call, &["filter", "additional-fields[profile]", "fields[profile]", "page[size]"])?;
        let report = call.parameter("additional-fields[profile]") == Some("subscriptions");
        let email = match call.parameter("filter") {
            Some(_) => Some(filtered(call).ok_or("filter")?),
            None => None,
        };
        if email.is_some() {
            self.read();
        }
        let requested = |(_, row): &(&String, &Row)| email.as_ref().is_none_or(|email| row.email == *email);
        let shown = |(id, row): (&String, &Row)| {
            let attributes = json!({"email": row.email, "first_name": row.first_name, "last_name": row.last_name});
            let mut profile = json!({"type": "profile", "id": id, "attributes": attributes});
            if report {
                profile["attributes"]["subscriptions"] = json!({"email": {"marketing": marketing(row)}, "sms": null});
            }
            profile
        };
        let rows: Vec<Value> = self.rows.iter().filter(requested).map(shown).collect();
        Ok(Answer(200, json!({"data": rows, "links": {"next": null}})))
    }

    fn add(&mut self, list: &str, body: &Value) -> Result<Answer, String> {
        let Some(_) = self.named(list) else { return Ok(refused(404, "not_found", "No such list", "/data/id")) };
        for one in data(body)?.as_array().ok_or("data must be a list")? {
            let fields = only(one, &["type", "id"])?;
            let row = self.rows.get_mut(&text(fields, "id")?).ok_or("no such profile")?;
            row.lists.insert(list.to_owned());
        }
        Ok(Answer(204, Value::Null))
    }

    fn import(&mut self, body: &Value) -> Result<Answer, String> {
        let fields = attributes(data(body)?, "profile", &["email", "first_name", "last_name", "properties"], &[])?;
        let email = address(fields)?;
        let properties = match fields.get("properties") {
            Some(properties) => only(properties, &["rekomi_tags", "rekomi_status"])?.clone(),
            None => Map::new(),
        };
        let (id, new) = self.row(&email);
        let row = self.of(&email);
        row.first_name = maybe(fields, "first_name").or_else(|| row.first_name.take());
        row.last_name = maybe(fields, "last_name").or_else(|| row.last_name.take());
        row.properties.extend(properties);
        let status = if new { 201 } else { 200 };
        Ok(Answer(status, json!({"data": {"type": "profile", "id": id, "attributes": {"email": email}}})))
    }

    fn subscribe(&mut self, body: &Value) -> Result<Answer, String> {
        let job = data(body)?;
        let known = ["custom_source", "profiles", "historical_import"];
        let fields = attributes(job, "profile-subscription-bulk-create-job", &known, &["relationships"])?;
        let profiles = data(fields.get("profiles").ok_or("profiles are required")?)?.as_array().ok_or("profiles")?;
        if !(1..=1_000).contains(&profiles.len()) {
            return Err("1 to 1000 profiles".to_owned());
        }
        let list = job.pointer("/relationships/list/data/id").and_then(Value::as_str).ok_or("list")?.to_owned();
        if self.named(&list).is_none() {
            return Ok(refused(404, "not_found", "No such list", "/data/relationships/list/data/id"));
        }
        for profile in profiles {
            let fields = attributes(profile, "profile", &["email", "subscriptions"], &[])?;
            let requested = json!({"email": {"marketing": {"consent": "SUBSCRIBED"}}});
            if fields.get("subscriptions") != Some(&requested) {
                return Err("subscriptions".to_owned());
            }
            self.jobs.push(Job { email: address(fields)?, list: list.clone(), readings: 0 });
        }
        Ok(Answer(202, Value::Null))
    }

    fn event(&mut self, body: &Value) -> Result<Answer, String> {
        let known = ["unique_id", "time", "properties", "metric", "profile", "value", "value_currency"];
        let fields = attributes(data(body)?, "event", &known, &[])?;
        let part = |name: &str| fields.get(name).ok_or_else(|| format!("{name} is required"));
        part("properties")?.as_object().ok_or("properties")?;
        let metric = text(attributes(data(part("metric")?)?, "metric", &["name"], &[])?, "name")?;
        let email = address(attributes(data(part("profile")?)?, "profile", &["email"], &[])?)?;
        shared::timestamp::Timestamp::parse_rfc3339(&text(fields, "time")?).map_err(|error| error.to_string())?;
        if metric.len() >= 128 {
            return Err("the metric's name is too long".to_owned());
        }
        let report = (text(fields, "unique_id")?, metric, email);
        self.row(&report.2);
        if !self.events.contains(&report) {
            self.events.push(report);
        }
        Ok(Answer(202, Value::Null))
    }

    fn delete(&mut self, body: &Value) -> Result<Answer, String> {
        let fields = attributes(data(body)?, "data-privacy-deletion-job", &["profile"], &[])?;
        let profile = attributes(data(fields.get("profile").ok_or("profile")?)?, "profile", &["email"], &[])?;
        self.deletions.push(address(profile)?);
        Ok(Answer(202, Value::Null))
    }
}

fn marketing(row: &Row) -> Value {
    let at = "2026-01-01T00:00:00+00:00";
    let suppression: Vec<Value> =
        row.suppression.iter().map(|reason| json!({"reason": reason, "timestamp": at})).collect();
    let off: Vec<Value> =
        row.off.iter().map(|list| json!({"list_id": list, "reason": "USER_SUPPRESSED", "timestamp": at})).collect();
    json!({
        "can_receive_email_marketing": suppression.is_empty(), "consent": row.consent.unwrap_or("NEVER_SUBSCRIBED"),
        "suppression": suppression, "list_suppressions": off,
    })
}

impl Crm for Klaviyo {
    fn slug(&self) -> &'static str {
        "klaviyo"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["KLAVIYO"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into_iter().collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: SINGLE.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let property = |name: &str| row.properties.get(name);
        let tags = property("rekomi_tags").and_then(Value::as_array).into_iter().flatten();
        let subscribed = match (row.consent, row.suppression) {
            (_, Some(_)) | (Some("UNSUBSCRIBED"), _) => Subscribed::No,
            (Some(_), None) => Subscribed::Yes,
            (None, None) if self.jobs.iter().any(|job| job.email == email) => Subscribed::Pending,
            (None, None) => Subscribed::Unsaid,
        };
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed,
            lists: row.lists.clone(),
            tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
            status: property("rekomi_status").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let row = self.of(email);
        row.consent = Some("UNSUBSCRIBED");
        row.suppression = Some("UNSUBSCRIBE");
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(_, body) =
            refused(429, "throttled", "Request was throttled. Expected available in 2 seconds.", "/data/");
        (Mood::Writes(429, vec![("Retry-After", "2".to_owned())], body.to_string()), Some(2))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.iter().map(|(_, metric, email)| (metric.clone(), email.clone())).collect()
    }

    fn settle(&mut self) {
        self.jobs.iter_mut().for_each(|job| job.readings = READINGS + 1);
        self.work(READINGS);
        for email in std::mem::take(&mut self.deletions) {
            self.rows.retain(|_, row| row.email != email);
        }
    }
}
