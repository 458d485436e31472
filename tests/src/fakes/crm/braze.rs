//! Braze's REST API as far as profiles, subscription groups and events go, after its published Postman collection and
//! documentation. Like Braze it answers at once and works off later: what was tracked shows after a few looks.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canarybr-aze0-4000-8000-000000000001";
pub const GROUP: &str = "11111111-2222-4333-8444-555555555555";
/// How often a profile is looked for before it shows what was tracked.
const SHOWN: u32 = 2;

#[derive(Debug, Default)]
struct Row {
    id: u64,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    subscribe: Option<&'static str>,
    attributes: Map<String, Value>,
    groups: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Braze {
    revoked: bool,
    next: u64,
    permissions: BTreeSet<&'static str>,
    with_group: bool,
    endless: bool,
    rows: Vec<Row>,
    /// What was tracked and isn't shown yet, and how often it was looked for since.
    queue: Vec<(Map<String, Value>, u32)>,
    events: Vec<(String, String)>,
}

impl Default for Braze {
    fn default() -> Self {
        let permissions = [
            "users.track",
            "users.export.ids",
            "users.delete",
            "subscription.status.get",
            "segments.list",
            "email.unsubscribe",
        ];
        Self {
            revoked: false,
            next: 100,
            permissions: permissions.into_iter().collect(),
            with_group: true,
            endless: false,
            rows: Vec::new(),
            queue: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// What answers a path.
type Route = fn(&mut Braze, &Call) -> Result<Answer, Answer>;

fn refused(status: u16, message: &str) -> Answer {
    Answer(status, json!({"message": message, "errors": []}))
}

fn bad(message: impl AsRef<str>) -> Answer {
    refused(400, message.as_ref())
}

fn body(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or_else(|| bad("Invalid JSON"))?;
    only(&body, known).cloned().map_err(bad)
}

fn list(fields: &Map<String, Value>, name: &str) -> Result<Vec<Value>, Answer> {
    match fields.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(all)) if !all.is_empty() => Ok(all.clone()),
        Some(_) => Err(bad(format!("{name} must be an array"))),
    }
}

/// Profiles know their address in lower case.
fn lower(fields: &Map<String, Value>) -> Result<String, String> {
    let email = text(fields, "email")?.to_lowercase();
    if email.contains('@') { Ok(email) } else { Err("'email' is not a valid email".to_owned()) }
}

impl Vendor for Braze {
    fn answer(&mut self, call: &Call) -> Answer {
        let (permission, answer): (&str, Route) = match call.line().as_str() {
            "POST /users/track" => ("users.track", Self::track),
            "POST /users/export/ids" => ("users.export.ids", Self::export),
            "POST /users/delete" => ("users.delete", Self::delete),
            "GET /segments/list" => ("segments.list", |_, _| Ok(Answer(200, json!({"message": "success"})))),
            "GET /email/unsubscribes" => ("email.unsubscribe", Self::opt_outs),
            "GET /subscription/status/get" => ("subscription.status.get", Self::status),
            _ => return refused(404, "Not Found"),
        };
        // The same words for a wrong key, another instance's, and a missing permission.
        if self.revoked || call.bearer() != KEY || !self.permissions.contains(permission) {
            return Answer(401, json!({"message": "Invalid API key"}));
        }
        answer(self, call).unwrap_or_else(|refusal| refusal)
    }
}

impl Braze {
    /// Whose key lacks a permission.
    #[must_use]
    pub fn without(mut self, permission: &str) -> Self {
        self.permissions.remove(permission);
        self
    }

    /// Whose brand pasted no subscription group.
    #[must_use]
    pub fn without_group(mut self) -> Self {
        self.with_group = false;
        self
    }

    /// That never works anything off.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    /// Where somebody is a customer already, in the group with that state.
    #[must_use]
    pub fn with_customer(mut self, email: &str, group: &str) -> Self {
        self.of(email).groups.insert(GROUP.to_owned(), group.to_owned());
        self
    }

    fn of(&mut self, email: &str) -> &mut Row {
        if self.rows.iter().all(|row| row.email != email) {
            self.rows.push(Row { id: 7, email: email.to_owned(), ..Row::default() });
        }
        self.rows.iter_mut().find(|row| row.email == email).unwrap()
    }

    fn track(&mut self, call: &Call) -> Result<Answer, Answer> {
        let fields = body(call, &["attributes", "events"])?;
        let (attributes, events) = (list(&fields, "attributes")?, list(&fields, "events")?);
        let mut errors = Vec::new();
        let (mut profiles, mut report) = (0, 0);
        for (index, one) in attributes.iter().enumerate() {
            match Self::checked(one) {
                Ok(profile) => {
                    self.queue.push((profile, 0));
                    profiles += 1;
                }
                Err(why) => errors.push(json!({"type": why, "input_array": "attributes", "index": index})),
            }
        }
        for (index, one) in events.iter().enumerate() {
            match self.happened(one) {
                Ok(()) => report += 1,
                Err(why) => errors.push(json!({"type": why, "input_array": "events", "index": index})),
            }
        }
        let mut answer = json!({"message": "success"});
        for (name, requested, count) in
            [("attributes_processed", &attributes, profiles), ("events_processed", &events, report)]
        {
            if !requested.is_empty() {
                answer[name] = json!(count);
            }
        }
        if !errors.is_empty() {
            answer["errors"] = json!(errors);
        }
        Ok(Answer(201, answer))
    }

    fn checked(one: &Value) -> Result<Map<String, Value>, String> {
        let known = [
            "email",
            "_update_existing_only",
            "first_name",
            "last_name",
            "email_subscribe",
            "subscription_groups",
            "rekomi_tags",
            "rekomi_status",
        ];
        let profile = only(one, &known)?;
        lower(profile)?;
        text(profile, "rekomi_status")?;
        let tags = profile.get("rekomi_tags").and_then(Value::as_array).ok_or("rekomi_tags must be an array")?;
        if !tags.iter().all(Value::is_string) {
            return Err("rekomi_tags must hold texts".to_owned());
        }
        for group in profile.get("subscription_groups").and_then(Value::as_array).into_iter().flatten() {
            let group = only(group, &["subscription_group_id", "subscription_state"])?;
            if text(group, "subscription_group_id")? != GROUP {
                return Err("unknown subscription group".to_owned());
            }
            if !["subscribed", "unsubscribed"].contains(&text(group, "subscription_state")?.as_str()) {
                return Err("subscription_state".to_owned());
            }
        }
        Ok(profile.clone())
    }

    /// Told twice, counted twice.
    fn happened(&mut self, one: &Value) -> Result<(), String> {
        let event = only(one, &["email", "_update_existing_only", "name", "time", "properties"])?;
        let email = lower(event)?;
        text(event, "time")?;
        if !event.get("properties").is_none_or(Value::is_object) {
            return Err("properties must be an object".to_owned());
        }
        self.work_off();
        let there = self.rows.iter().any(|row| row.email == email);
        if there || event.get("_update_existing_only") != Some(&json!(true)) {
            self.events.push((text(event, "name")?, email));
        }
        Ok(())
    }

    /// Time goes by: one look more.
    fn looked(&mut self) {
        for (_, looks) in &mut self.queue {
            *looks += 1;
        }
        if !self.endless && self.queue.iter().any(|(_, looks)| *looks > SHOWN) {
            self.work_off();
        }
    }

    fn work_off(&mut self) {
        for (profile, _) in std::mem::take(&mut self.queue) {
            let email = lower(&profile).unwrap();
            if !self.rows.iter().any(|row| row.email == email) {
                if profile.get("_update_existing_only") == Some(&json!(true)) {
                    continue;
                }
                self.next += 1;
                self.rows.push(Row { id: self.next, email: email.clone(), ..Row::default() });
            }
            // Of several profiles with the address, the one that changed last.
            let row = self.rows.iter_mut().rev().find(|row| row.email == email).unwrap();
            row.first_name = maybe(&profile, "first_name").or_else(|| row.first_name.take());
            row.last_name = maybe(&profile, "last_name").or_else(|| row.last_name.take());
            for name in ["rekomi_tags", "rekomi_status"] {
                row.attributes.insert(name.to_owned(), profile.get(name).cloned().unwrap_or_default());
            }
            // At face value, whatever the person chose.
            for group in profile.get("subscription_groups").and_then(Value::as_array).into_iter().flatten() {
                let state = group.get("subscription_state").and_then(Value::as_str).unwrap_or_default();
                row.groups.insert(GROUP.to_owned(), state.to_owned());
            }
            if maybe(&profile, "email_subscribe").is_some() {
                row.subscribe = Some("opted_in");
            }
        }
    }

    fn export(&mut self, call: &Call) -> Result<Answer, Answer> {
        let fields = body(call, &["email_address", "fields_to_export"])?;
        let email = text(&fields, "email_address").map_err(bad)?.to_lowercase();
        let requested = list(&fields, "fields_to_export")?;
        self.looked();
        let show = |row: &Row| {
            let all = [
                ("braze_id", json!(format!("braze{}", row.id))),
                ("first_name", json!(row.first_name)),
                ("last_name", json!(row.last_name)),
                ("email_subscribe", json!(row.subscribe.unwrap_or("subscribed"))),
                ("custom_attributes", json!(row.attributes)),
            ];
            let shown = all
                .into_iter()
                .filter(|(name, value)| !value.is_null() && requested.iter().any(|requested| requested == name));
            Value::Object(shown.map(|(name, value)| (name.to_owned(), value)).collect())
        };
        let users: Vec<Value> = self.rows.iter().filter(|row| row.email == email).map(show).collect();
        Ok(Answer(201, json!({"message": "success", "users": users})))
    }

    fn status(&mut self, call: &Call) -> Result<Answer, Answer> {
        let group = call.parameter("subscription_group_id").unwrap_or_default().to_owned();
        let email = call.parameter("email").ok_or(bad("email"))?.to_lowercase();
        if group != GROUP {
            return Err(bad("Invalid subscription group id"));
        }
        self.looked();
        let row = self.rows.iter().find(|row| row.email == email);
        let state = match row.and_then(|row| row.groups.get(&group)).map(String::as_str) {
            Some("subscribed") => "Subscribed",
            Some("unsubscribed") => "Unsubscribed",
            _ => "Unknown",
        };
        Ok(Answer(200, json!({"status": {email: state}, "message": "success"})))
    }

    fn opt_outs(&mut self, call: &Call) -> Result<Answer, Answer> {
        let email = call.parameter("email").ok_or(bad("email"))?.to_lowercase();
        call.parameter("end_date").filter(|date| date.len() == 10).ok_or(bad("end_date"))?;
        let out = |row: &&Row| row.email == email && row.subscribe == Some("unsubscribed");
        let one = |row: &Row| json!({"email": row.email, "unsubscribed_at": "2026-08-25 15:24:32 +0000"});
        let emails: Vec<Value> = self.rows.iter().filter(out).map(one).collect();
        Ok(Answer(200, json!({"emails": emails, "message": "success"})))
    }

    fn delete(&mut self, call: &Call) -> Result<Answer, Answer> {
        let fields = body(call, &["braze_ids", "email_addresses"])?;
        let mut ids = list(&fields, "braze_ids")?;
        for one in list(&fields, "email_addresses")? {
            let email = lower(only(&one, &["email", "prioritization"]).map_err(bad)?).map_err(bad)?;
            // Of several, the one that changed last.
            ids.extend(self.rows.iter().rfind(|row| row.email == email).map(|row| json!(format!("braze{}", row.id))));
        }
        if fields.len() != 1 || ids.len() > 50 {
            return Err(bad("one kind of identifiers, 50 at most"));
        }
        let before = self.rows.len();
        self.rows.retain(|row| !ids.contains(&json!(format!("braze{}", row.id))));
        Ok(Answer(201, json!({"deleted": before - self.rows.len(), "message": "success"})))
    }
}

impl Crm for Braze {
    fn slug(&self) -> &'static str {
        "braze"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["BRAZE"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let group = self.with_group.then_some(("subscriptionGroupId", GROUP));
        [("restEndpoint", "https://rest.iad-01.braze.com"), ("apiKey", KEY)]
            .into_iter()
            .chain(group)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.iter().find(|row| row.email == email)?;
        let tags = row.attributes.get("rekomi_tags").and_then(Value::as_array);
        let left = row.subscribe == Some("unsubscribed") || row.groups.values().any(|state| state == "unsubscribed");
        let otherwise = row.subscribe.map_or(Subscribed::Unsaid, |_| Subscribed::Yes);
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: if left { Subscribed::No } else { otherwise },
            lists: row.groups.iter().filter(|(_, state)| *state == "subscribed").map(|(id, _)| id.clone()).collect(),
            tags: tags.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            status: row.attributes.get("rekomi_status").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.of(email).subscribe = Some("unsubscribed");
    }

    fn leaves_list(&mut self, email: &str) {
        self.of(email).groups.insert(GROUP.to_owned(), "unsubscribed".to_owned());
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let headers = vec![
            ("X-RateLimit-Limit", "250".to_owned()),
            ("X-RateLimit-Remaining", "0".to_owned()),
            ("X-RateLimit-Reset", "1795163412".to_owned()),
        ];
        (Mood::Writes(429, headers, r#"{"message":"Rate limit exceeded"}"#.to_owned()), Some(12))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    fn settle(&mut self) {
        self.work_off();
    }
}
