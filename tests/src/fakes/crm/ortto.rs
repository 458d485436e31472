//! Ortto's API version 1 as far as people, their tags and custom fields go, after its published reference. What a
//! missing email permission does to people who are there isn't quite clear in it; here it is assumed to be true for
//! them too, which is the worst that could be.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "PRIVATE-canary0ortto0key0000000000000000000000001";

#[derive(Debug, Default, Clone)]
struct Row {
    fields: Map<String, Value>,
    tags: BTreeSet<String>,
    archived: bool,
}

#[derive(Debug)]
pub struct Ortto {
    revoked: bool,
    /// There's no room for more custom fields.
    full: bool,
    /// Deletions that come before an archiving is done.
    early: u32,
    next: u64,
    /// Ids and names.
    fields: Vec<(String, String)>,
    tags: BTreeSet<String>,
    suppressed: BTreeSet<String>,
    /// By id.
    rows: BTreeMap<String, Row>,
}

impl Default for Ortto {
    fn default() -> Self {
        Self {
            revoked: false,
            full: false,
            early: 0,
            next: 0,
            fields: vec![("str:cm:job-title".to_owned(), "Job title".to_owned())],
            tags: ["customer", "gold"].map(str::to_owned).into(),
            suppressed: BTreeSet::new(),
            rows: BTreeMap::new(),
        }
    }
}

fn refused(status: u16, error: impl AsRef<str>) -> Answer {
    Answer(status, json!({"request_id": "r1", "code": status, "error": error.as_ref()}))
}

fn bad(error: impl AsRef<str>) -> Answer {
    refused(400, error)
}

fn texts(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, Answer> {
    let Some(all) = fields.get(name) else { return Ok(Vec::new()) };
    let one = |one: &Value| one.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let all: Option<Vec<String>> = all.as_array().and_then(|all| all.iter().map(one).collect());
    all.filter(|all| !all.is_empty()).ok_or_else(|| bad(format!("{name} must be texts")))
}

impl Vendor for Ortto {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("x-api-key") != KEY {
            return refused(401, "Unauthorized");
        }
        let Some(body) = call.json() else { return refused(404, "Unknown endpoint or method") };
        let answer = match call.line().as_str() {
            "POST /v1/audiences/get" => only(&body, &["search_term", "with_filter", "limit", "offset"])
                .map(|_| Answer(200, json!([{"id": "624bd790", "instance_id": "brand", "name": "Subscribers"}])))
                .map_err(bad),
            "POST /v1/tags/get" => only(&body, &["q"]).map(|_| self.all_tags()).map_err(bad),
            "POST /v1/person/custom-field/get" => only(&body, &[]).map(|_| self.all_fields()).map_err(bad),
            "POST /v1/person/custom-field/create" => self.create_field(&body),
            "POST /v1/person/get" => self.get(&body),
            "POST /v1/person/merge" => self.merge(&body),
            "PUT /v1/person/archive" => self.archive(&body),
            "DELETE /v1/person/delete" => self.delete(&body),
            _ => Err(refused(404, "Unknown endpoint or method")),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

impl Ortto {
    /// There's no room for more custom fields.
    #[must_use]
    pub fn full(self) -> Self {
        Self { full: true, ..self }
    }

    /// Archives later than it answers.
    #[must_use]
    pub fn slow(self) -> Self {
        Self { early: 2, ..self }
    }

    /// The address is on the suppression list.
    #[must_use]
    pub fn suppressing(mut self, email: &str) -> Self {
        self.suppressed.insert(email.to_owned());
        self
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("0061b02b24f9b6f8{:08x}", self.next)
    }

    fn find(&self, email: &str) -> Option<String> {
        let is = |row: &Row| !row.archived && row.fields.get("str::email") == Some(&json!(email));
        self.rows.iter().find(|(_, row)| is(row)).map(|(id, _)| id.clone())
    }

    fn all_tags(&self) -> Answer {
        let tag = |(id, name): (usize, &String)| json!({"id": id, "name": name, "source": "api", "type": ""});
        Answer(200, self.tags.iter().enumerate().map(tag).collect())
    }

    fn all_fields(&self) -> Answer {
        let field = |(id, name): &(String, String)| {
            let field = json!({"id": id, "name": name, "display_type": "text"});
            json!({"field": field, "tracked_value": false})
        };
        Answer(200, json!({"fields": self.fields.iter().map(field).collect::<Vec<_>>()}))
    }

    fn create_field(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["type", "name", "values", "track_changes"]).map_err(bad)?;
        let name = text(given, "name").map_err(bad)?;
        if maybe(given, "type").as_deref() != Some("text") {
            return Err(bad("type"));
        }
        if self.full {
            return Err(refused(403, "Maximum custom field limit reached (100)"));
        }
        let id = format!("str:cm:{}", name.to_lowercase().replace(['_', ' '], "-"));
        if self.fields.iter().any(|(known, _)| *known == id) {
            return Err(bad("Duplicate field name"));
        }
        self.fields.push((id.clone(), name.clone()));
        Ok(Answer(200, json!({"name": name, "field_id": id, "display_type": "text", "track_changes": false})))
    }

    fn get(&self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["limit", "offset", "fields", "filter", "q", "type"]).map_err(bad)?;
        let is = body.pointer("/filter/$str::is").ok_or_else(|| bad("filter"))?;
        let is = only(is, &["field_id", "value"]).map_err(bad)?;
        if maybe(is, "field_id").as_deref() != Some("str::email") || given.get("limit") != Some(&json!(1)) {
            return Err(bad("filter"));
        }
        let (fields, email) = (texts(given, "fields")?, text(is, "value").map_err(bad)?);
        let contact = |id: String| {
            let row = &self.rows[&id];
            let mut shown: Map<String, Value> = row
                .fields
                .iter()
                .filter(|(name, _)| fields.contains(name))
                .map(|(a, b)| (a.clone(), b.clone()))
                .collect();
            if fields.iter().any(|name| name == "tags") {
                shown.insert("tags".to_owned(), json!(row.tags));
            }
            json!({"id": id, "fields": shown})
        };
        let found: Vec<Value> = self.find(&email).map(contact).into_iter().collect();
        Ok(Answer(200, json!({"contacts": found, "offset": 0, "has_more": false})))
    }

    fn merge(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = [
            "people",
            "async",
            "merge_by",
            "merge_strategy",
            "find_strategy",
            "skip_non_existing",
            "suppression_list_field_id",
        ];
        let given = only(body, &known).map_err(bad)?;
        let plain = [("async", json!(false)), ("merge_by", json!(["str::email"])), ("merge_strategy", json!(2))];
        if plain.iter().any(|(name, value)| given.get(*name) != Some(value)) {
            return Err(bad("this fake only merges by email, at once, and overwrites"));
        }
        let Some([one]) = given.get("people").and_then(Value::as_array).map(Vec::as_slice) else {
            return Err(bad("people"));
        };
        let one = only(one, &["fields", "tags", "unset_tags", "location"]).map_err(bad)?;
        let ids = self.fields.iter().map(|(id, _)| id.as_str());
        let known: Vec<&str> =
            ["str::email", "str::first", "str::last", "bol::p", "str::u-ctx"].into_iter().chain(ids).collect();
        let fields = only(one.get("fields").ok_or_else(|| bad("fields"))?, &known).map_err(bad)?;
        let email = text(fields, "str::email").map_err(bad)?;
        let status = |status: &str, error: Option<&str>| {
            let mut one = json!({"status": status});
            if let Some(error) = error {
                one["error"] = json!(error);
            }
            Ok(Answer(200, json!({"people": [one]})))
        };
        if !email.contains('@') {
            return status("invalid", Some("Email is invalid"));
        }
        let (tags, taken) = (texts(one, "tags")?, texts(one, "unset_tags")?);
        if tags.iter().any(|tag| taken.contains(tag)) {
            return Err(bad("a tag is in both"));
        }
        let there = self.find(&email);
        let is_new = there.is_none();
        if is_new && given.get("skip_non_existing") == Some(&json!(true)) {
            return status("skipped", None);
        }
        let checks = maybe(given, "suppression_list_field_id").as_deref() == Some("str::email");
        if is_new && checks && self.suppressed.contains(&email) {
            return status("suppressed", Some("Email is suppressed"));
        }
        let id = there.unwrap_or_else(|| self.id());
        let row = self.rows.entry(id.clone()).or_default();
        row.fields.insert("bol::p".to_owned(), json!(true));
        row.fields.extend(fields.clone());
        self.tags.extend(tags.iter().cloned());
        row.tags.extend(tags);
        row.tags.retain(|tag| !taken.contains(tag));
        let status = if is_new { "created" } else { "merged" };
        Ok(Answer(200, json!({"people": [{"person_id": id, "status": status}]})))
    }

    fn archive(&mut self, body: &Value) -> Result<Answer, Answer> {
        let ids = texts(only(body, &["inclusion_ids"]).map_err(bad)?, "inclusion_ids")?;
        let mut done = 0;
        for id in ids {
            if let Some(row) = self.rows.get_mut(&id).filter(|row| !row.archived) {
                row.archived = true;
                done += 1;
            }
        }
        let scheduled = if self.early > 0 { std::mem::take(&mut done) } else { 0 };
        Ok(Answer(200, json!({"scheduled_contacts": scheduled, "archived_contacts": done})))
    }

    fn delete(&mut self, body: &Value) -> Result<Answer, Answer> {
        let ids = texts(only(body, &["inclusion_ids"]).map_err(bad)?, "inclusion_ids")?;
        let before = self.rows.len();
        if self.early > 0 {
            self.early -= 1;
        } else {
            self.rows.retain(|id, row| !(row.archived && ids.contains(id)));
        }
        Ok(Answer(200, json!({"scheduled_contacts": 0, "deleted_contacts": before - self.rows.len()})))
    }
}

impl Crm for Ortto {
    fn slug(&self) -> &'static str {
        "ortto"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ORTTO_US", "ORTTO_AU", "ORTTO_EU"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = &self.rows[&self.find(email)?];
        Some(Contact {
            email: email.to_owned(),
            first_name: maybe(&row.fields, "str::first"),
            last_name: maybe(&row.fields, "str::last"),
            subscribed: match (row.fields.get("bol::p") == Some(&json!(true)), maybe(&row.fields, "str::u-ctx")) {
                (true, _) => Subscribed::Yes,
                (false, Some(reason)) if reason.starts_with("Added by Rekomi") => Subscribed::Unsaid,
                (false, _) => Subscribed::No,
            },
            lists: BTreeSet::new(),
            tags: row.tags.clone(),
            status: maybe(&row.fields, "str:cm:rekomi-status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let id = self.find(email).unwrap_or_else(|| self.id());
        let row = self.rows.entry(id).or_default();
        let fields = json!({"str::email": email, "bol::p": false, "str::u-ctx": "Unsubscribed via a link"});
        row.fields.extend(fields.as_object().unwrap().clone());
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let error = json!({"code": "rate-limit", "message": "rate limit", "try-in-seconds": 10});
        (Mood::Says(429, json!({"error": error})), Some(10))
    }
}
