//! Ontraport's API version 1 as far as contacts and tags go, after its published reference and its own SDK for PHP. Tags
//! are given and taken some time after the call, and the API can't raise a mail status that was lowered.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const APP: &str = "2_187157_canaryApp";
const KEY: &str = "canaryOntraport1";
/// Most rows of a page, whatever is asked for.
const PAGE: usize = 50;
/// How often somebody looks before a tag is there.
const LATE: u8 = 2;

#[derive(Debug, Default)]
struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    bulk_mail: i64,
    tags: BTreeSet<u64>,
}

/// Tags that are to be given or taken.
#[derive(Debug)]
struct Job {
    contact: u64,
    tags: Vec<u64>,
    give: bool,
    left: u8,
}

#[derive(Debug)]
pub struct Ontraport {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    /// Name and type of object by id.
    tags: BTreeMap<u64, (String, u8)>,
    jobs: Vec<Job>,
    /// How tags are given to contacts.
    tags_by: &'static str,
}

impl Default for Ontraport {
    fn default() -> Self {
        let mut tags: BTreeMap<u64, (String, u8)> = (1..=60).map(|n| (n, (format!("course {n}"), 0))).collect();
        // Of deals, not of contacts.
        tags.insert(61, ("Rekomi affiliate".to_owned(), 149));
        tags.insert(62, ("vip".to_owned(), 0));
        tags.insert(63, ("Affiliates".to_owned(), 0));
        Self { revoked: false, next: 100, rows: BTreeMap::new(), tags, jobs: Vec::new(), tags_by: "PUT" }
    }
}

fn fine(data: Value) -> Answer {
    Answer(200, json!({"code": 0, "data": data, "account_id": 187_157}))
}

impl Vendor for Ontraport {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("api-appid") != APP || call.header("api-key") != KEY {
            return Answer(401, json!("Your App ID and API key do not authenticate."));
        }
        let tags = call.path == "/1/objects/tag" && ["PUT", "POST"].contains(&call.method.as_str());
        if tags && call.method != self.tags_by {
            return Answer(if self.tags_by == "PUT" { 404 } else { 405 }, json!("Not found"));
        }
        let done = match call.line().as_str() {
            "GET /1/Contacts" => self.contacts(call),
            "PUT /1/Contacts" => self.rename(call),
            "GET /1/Tags" => self.find_tags(call),
            "POST /1/Tags" => self.make_tag(call),
            "POST /1/objects/saveorupdate" => self.save(call),
            "PUT /1/objects/tag" | "POST /1/objects/tag" => self.tag(call.form().unwrap_or_default(), "add_list"),
            "PUT /1/objects/tagByName" => self.tag_by_name(call),
            "DELETE /1/objects/tag" => self.tag(call.query.clone(), "remove_list"),
            "GET /1/objects/tag" => self.tagged(call),
            "DELETE /1/Contact" => Ok(self.delete(call)),
            _ => Ok(Answer(404, json!("Not found"))),
        };
        done.unwrap_or_else(|why| Answer(400, json!(why)))
    }
}

impl Ontraport {
    /// That takes tags by POST, and not by PUT.
    #[must_use]
    pub fn by_post() -> Self {
        Self { tags_by: "POST", ..Self::default() }
    }
}

/// `field = value`, where there is such a condition.
fn condition(call: &Call) -> Result<Option<(String, String)>, String> {
    let Some(text) = call.parameter("condition") else { return Ok(None) };
    let clauses: Value = serde_json::from_str(text).map_err(|_| "condition is no JSON")?;
    let [clause] = clauses.as_array().ok_or("condition is no list")?.as_slice() else {
        return Err("one clause only".to_owned());
    };
    let part = |place: &str| clause.pointer(place).and_then(Value::as_str).ok_or_else(|| format!("no {place}"));
    if part("/op")? != "=" {
        return Err("op".to_owned());
    }
    Ok(Some((part("/field/field")?.to_owned(), part("/value/value")?.to_owned())))
}

fn page(call: &Call, rows: &[Value]) -> Result<Answer, String> {
    let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse);
    let range = number("range", PAGE).map_err(|_| "range")?.min(PAGE);
    let start = number("start", 0).map_err(|_| "start")?;
    Ok(fine(rows.iter().skip(start).take(range).cloned().collect()))
}

fn field(form: &[(String, String)], name: &str) -> Result<String, String> {
    let found = form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    found.filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} is missing"))
}

fn numbers(list: &str) -> Result<Vec<u64>, String> {
    list.split(',').map(|id| id.parse().map_err(|_| format!("{id} is no id"))).collect()
}

impl Ontraport {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn contacts(&self, call: &Call) -> Result<Answer, String> {
        let requested = condition(call)?;
        let is_requested =
            |row: &&Value| requested.as_ref().is_none_or(|(field, value)| row[field].as_str() == Some(value));
        let row = |(id, row): (&u64, &Row)| {
            json!({
                "id": id.to_string(), "email": row.email, "bulk_mail": row.bulk_mail.to_string(),
                "firstname": row.first_name, "lastname": row.last_name,
            })
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        page(call, &rows.iter().filter(is_requested).cloned().collect::<Vec<_>>())
    }

    fn rename(&mut self, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let fields = only(&body, &["id", "email"])?;
        let (id, email) = (text(fields, "id")?.parse().map_err(|_| "id")?, text(fields, "email")?);
        if !email.contains('@') || self.rows.iter().any(|(other, row)| *other != id && row.email == email) {
            return Ok(Answer(422, json!("Invalid email address")));
        }
        let Some(row) = self.rows.get_mut(&id) else { return Ok(Answer(404, json!("Object not found"))) };
        row.email = email;
        Ok(fine(json!({"attrs": {"id": id.to_string()}})))
    }

    fn find_tags(&self, call: &Call) -> Result<Answer, String> {
        let requested = condition(call)?;
        // Comparing is blind to case.
        let is_requested = |row: &&Value| {
            let same = |(field, value): &(String, String)| {
                row[field].as_str().is_some_and(|here| here.to_lowercase() == value.to_lowercase())
            };
            requested.as_ref().is_none_or(same)
        };
        let row = |(id, (name, kind)): (&u64, &(String, u8))| json!({"tag_id": id.to_string(), "tag_name": name, "object_type_id": kind.to_string()});
        let rows: Vec<Value> = self.tags.iter().map(row).collect();
        page(call, &rows.iter().filter(is_requested).cloned().collect::<Vec<_>>())
    }

    fn make_tag(&mut self, call: &Call) -> Result<Answer, String> {
        let form = call.form().ok_or("no form")?;
        let (name, kind) = (field(&form, "tag_name")?, field(&form, "object_type_id")?);
        let kind: u8 = kind.parse().map_err(|_| "object_type_id")?;
        if form.len() != 2 {
            return Err("unknown field".to_owned());
        }
        if self.tags.values().any(|(known, of)| *known == name && *of == kind) {
            return Err("This tag already exists".to_owned());
        }
        let id = self.id();
        self.tags.insert(id, (name.clone(), kind));
        Ok(fine(json!({"tag_id": id.to_string(), "tag_name": name, "object_type_id": kind.to_string()})))
    }

    fn save(&mut self, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let fields = only(&body, &["objectID", "email", "firstname", "lastname", "ignore_blanks", "bulk_mail"])?;
        if fields.get("objectID") != Some(&json!(0)) || fields.get("ignore_blanks") != Some(&json!(true)) {
            return Err("objectID and ignore_blanks".to_owned());
        }
        let email = text(fields, "email")?;
        if !email.contains('@') {
            return Ok(Answer(422, json!("Invalid email address")));
        }
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| self.id());
        let row = self.rows.entry(id).or_insert_with(|| Row { bulk_mail: 1, ..Row::default() });
        row.email.clone_from(&email);
        row.first_name = maybe(fields, "firstname").or_else(|| row.first_name.take());
        row.last_name = maybe(fields, "lastname").or_else(|| row.last_name.take());
        if let Some(status) = fields.get("bulk_mail").and_then(Value::as_i64) {
            row.bulk_mail = if row.bulk_mail < 0 { row.bulk_mail } else { status };
        }
        let contact = json!({"id": id.to_string(), "email": email});
        Ok(fine(if known.is_some() { json!({"attrs": contact}) } else { contact }))
    }

    fn tag(&mut self, form: Vec<(String, String)>, what: &str) -> Result<Answer, String> {
        if form.len() != 3 || field(&form, "objectID")? != "0" {
            return Err("objectID, ids and a list of tags, as a form".to_owned());
        }
        let tags = numbers(&field(&form, what)?)?;
        for contact in numbers(&field(&form, "ids")?)? {
            self.jobs.push(Job { contact, tags: tags.clone(), give: what == "add_list", left: LATE });
        }
        Ok(fine(json!("The tag is now being processed.")))
    }

    /// Names that aren't there become tags.
    fn tag_by_name(&mut self, call: &Call) -> Result<Answer, String> {
        let body = call.json().ok_or("no JSON")?;
        let fields = only(&body, &["objectID", "ids", "add_names"])?;
        if fields.get("objectID") != Some(&json!(0)) {
            return Err("objectID".to_owned());
        }
        let texts = |name: &str| -> Result<Vec<String>, String> {
            let list = fields.get(name).and_then(Value::as_array).ok_or_else(|| format!("{name} is no list"))?;
            let text = |one: &Value| one.as_str().map(str::to_owned).ok_or_else(|| format!("no text in {name}"));
            list.iter().map(text).collect()
        };
        let (ids, names) = (texts("ids")?, texts("add_names")?);
        let mut tags = Vec::new();
        for name in names {
            let known = self.tags.iter().find(|(_, tag)| **tag == (name.clone(), 0)).map(|(id, _)| *id);
            let id = known.unwrap_or_else(|| self.id());
            self.tags.insert(id, (name, 0));
            tags.push(id);
        }
        for contact in numbers(&ids.join(","))? {
            self.jobs.push(Job { contact, tags: tags.clone(), give: true, left: LATE });
        }
        Ok(fine(json!("The tag is now being processed.")))
    }

    fn tagged(&mut self, call: &Call) -> Result<Answer, String> {
        self.jobs.iter_mut().for_each(|job| job.left = job.left.saturating_sub(1));
        self.work();
        let tag: u64 = call.parameter("tag_id").unwrap_or_default().parse().map_err(|_| "tag_id")?;
        if call.parameter("objectID") != Some("0") {
            return Err("objectID".to_owned());
        }
        let requested = condition(call)?.filter(|(field, _)| field == "id").map(|(_, id)| id);
        let has = |(id, row): &(&u64, &Row)| {
            row.tags.contains(&tag) && requested.as_ref().is_none_or(|requested| *requested == id.to_string())
        };
        let rows: Vec<Value> = self.rows.iter().filter(has).map(|(id, _)| json!({"id": id.to_string()})).collect();
        page(call, &rows)
    }

    /// Does what is due. Contacts and tags that aren't there are passed over in silence.
    fn work(&mut self) {
        let (due, later) = std::mem::take(&mut self.jobs).into_iter().partition(|job| job.left == 0);
        self.jobs = later;
        let due: Vec<Job> = due;
        for job in due {
            let Some(row) = self.rows.get_mut(&job.contact) else { continue };
            for tag in job.tags.iter().filter(|tag| self.tags.contains_key(tag)) {
                if job.give {
                    row.tags.insert(*tag);
                } else {
                    row.tags.remove(tag);
                }
            }
        }
    }

    fn delete(&mut self, call: &Call) -> Answer {
        let id = call.parameter("id").unwrap_or_default().parse().ok();
        match id.and_then(|id: u64| self.rows.remove(&id)) {
            Some(_) => Answer(200, json!({"code": 0, "account_id": 187_157})),
            None => Answer(404, json!("Object not found")),
        }
    }
}

impl Crm for Ontraport {
    fn slug(&self) -> &'static str {
        "ontraport"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ONTRAPORT"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("appId", APP), ("apiKey", KEY)].into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "63".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let subscribed = match row.bulk_mail {
            ..0 => Subscribed::No,
            0 => Subscribed::Unsaid,
            1.. => Subscribed::Yes,
        };
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed,
            lists: row.tags.iter().map(u64::to_string).collect(),
            tags: row.tags.iter().filter_map(|tag| Some(self.tags.get(tag)?.0.clone())).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| self.id());
        self.rows.entry(id).or_insert_with(|| Row { email: email.to_owned(), ..Row::default() }).bulk_mail = -2;
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let headers = [("X-Rate-Limit-Limit", "180"), ("X-Rate-Limit-Remaining", "0"), ("X-Rate-Limit-Reset", "9")];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        (Mood::Writes(429, headers, "Too many requests".to_owned()), Some(9))
    }

    fn settle(&mut self) {
        self.jobs.iter_mut().for_each(|job| job.left = 0);
        self.work();
    }
}
