//! Constant Contact's API version 3 as far as lists, tags and contacts go, after its OpenAPI description (3.0.178). Lists
//! and tags that activities add show after a look; the sign-up call is an explicit opt-in, also of who opted out. With
//! confirmed opt-in on, it asks new contacts to confirm, and still makes the permission of existing ones explicit.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, rotation::Rotation, text};

const CLIENT: &str = "canary00-client-0constant-0contact00";
const SECRET: &str = "canary0constantcontact";
const AFFILIATES: &str = "00000000-0000-4000-8000-000000000063";

#[derive(Debug, Clone, Default)]
struct Row {
    email: String,
    first: Option<String>,
    last: Option<String>,
    permission: String,
    lists: BTreeSet<String>,
    tags: BTreeSet<String>,
    deleted: bool,
}

/// An activity that is worked off at the second look.
#[derive(Debug)]
struct Job {
    looks: u32,
    contact: String,
    lists: Vec<String>,
    tags: Vec<String>,
    removes: bool,
}

#[derive(Debug)]
pub struct ConstantContact {
    pub rotation: Rotation,
    /// Whether the account has confirmed opt-in on.
    confirmed_opt_in: bool,
    next: u64,
    lists: Vec<(String, String)>,
    tags: Vec<(String, String)>,
    rows: BTreeMap<String, Row>,
    jobs: Vec<Job>,
}

fn uuid(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

impl Default for ConstantContact {
    fn default() -> Self {
        Self {
            rotation: Rotation::new("constantcontact", 86_400),
            confirmed_opt_in: false,
            next: 700,
            lists: vec![(uuid(62), "Customers".to_owned()), (AFFILIATES.to_owned(), "Affiliates".to_owned())],
            tags: vec![(uuid(72), "Gold".to_owned()), (uuid(73), "Silver".to_owned())],
            rows: BTreeMap::new(),
            jobs: Vec::new(),
        }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, key: &str, message: &str) -> Answer {
    Answer(status, json!([{"error_key": key, "error_message": message}]))
}

fn invalid(why: &str) -> Answer {
    refused(400, "contacts.api.validation.error", why)
}

fn missing() -> Answer {
    refused(404, "contacts.api.not_found", "The requested resource was not found.")
}

/// The parameters of a query, if there are no others than these.
fn query(call: &Call, known: &[&str]) -> Result<(), Answer> {
    match call.query.iter().find(|(name, value)| !known.contains(&name.as_str()) || value.is_empty()) {
        Some((name, _)) => Err(invalid(&format!("unknown parameter {name}"))),
        None => Ok(()),
    }
}

fn ids(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, Answer> {
    let all = fields.get(name).and_then(Value::as_array).filter(|all| !all.is_empty());
    let all = all.ok_or_else(|| invalid(&format!("{name} must have at least one id")))?;
    let ids: Option<Vec<String>> = all.iter().map(|id| id.as_str().map(str::to_owned)).collect();
    ids.ok_or_else(|| invalid(name))
}

/// One row on each page: the others are behind the next link.
fn page(call: &Call, below: &str, id: &str, all: &[(String, String)]) -> Done {
    query(call, &["limit", "cursor"])?;
    let at: usize =
        call.parameter("cursor").map_or(0, |cursor| cursor.trim_start_matches("bGl=").parse().unwrap_or(99));
    let rows: Vec<Value> = all.get(at).iter().map(|(own, name)| json!({id: own, "name": name})).collect();
    let mut body = json!({ below: rows });
    if at + 1 < all.len() {
        let next = format!("/v3/{below}?limit=500&cursor=bGl%3D{}", at + 1);
        body["_links"] = json!({"next": {"href": next}});
    }
    Ok(Answer(200, body))
}

impl Vendor for ConstantContact {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.line() == "POST /oauth2/default/v1/token" {
            return self.rotation.login(call, &encode::basic(CLIENT, SECRET));
        }
        if !self.rotation.is_valid(call.bearer()) {
            return Answer(401, json!({"error_key": "unauthorized", "error_message": "Unauthorized"}));
        }
        let Some(rest) = call.path.strip_prefix("/v3/") else { return missing() };
        let parts: Vec<&str> = rest.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["account", "summary"]) => Ok(Answer(200, json!({"organization_name": "Brand Ltd."}))),
            ("GET", ["contact_lists"]) => page(call, "lists", "list_id", &self.lists),
            ("GET", ["contact_tags"]) => page(call, "tags", "tag_id", &self.tags),
            ("POST", ["contact_tags"]) => self.make_tag(call),
            ("GET", ["contacts"]) => self.search(call),
            ("POST", ["contacts"]) => self.create(call),
            ("POST", ["contacts", "sign_up_form"]) => self.sign_up(call),
            ("GET", ["contacts", id]) => self.read(call, id),
            ("DELETE", ["contacts", id]) => match self.rows.get_mut(*id).filter(|row| !row.deleted) {
                Some(row) => {
                    row.deleted = true;
                    Ok(Answer(204, Value::Null))
                }
                None => Err(missing()),
            },
            ("POST", ["activities", what]) => self.activity(call, what),
            _ => Err(missing()),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl ConstantContact {
    /// With confirmed opt-in on.
    #[must_use]
    pub fn asking(self) -> Self {
        Self { confirmed_opt_in: true, ..self }
    }

    /// A contact who is there already, with that permission.
    #[must_use]
    pub fn with_permission(mut self, email: &str, permission: &str) -> Self {
        self.next += 1;
        let (email, permission) = (email.to_owned(), permission.to_owned());
        self.rows.insert(uuid(self.next), Row { email, permission, ..Row::default() });
        self
    }

    fn body(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
        let body = call.json().ok_or_else(|| refused(415, "unsupported_media_type", "must be JSON"))?;
        only(&body, known).cloned().map_err(|why| invalid(&why))
    }

    fn make_tag(&mut self, call: &Call) -> Done {
        let fields = Self::body(call, &["name"])?;
        let name = text(&fields, "name").map_err(|why| invalid(&why))?;
        if name.chars().count() > 255 {
            return Err(invalid("name is too long"));
        }
        if self.tags.iter().any(|(_, own)| *own == name) {
            return Err(refused(409, "contacts.api.conflict", "The tag already exists."));
        }
        self.next += 1;
        self.tags.push((uuid(self.next), name.clone()));
        Ok(Answer(201, json!({"tag_id": uuid(self.next), "name": name})))
    }

    fn shown(id: &str, row: &Row, include: &str) -> Value {
        let email = json!({"address": row.email, "permission_to_send": row.permission});
        let mut shown = json!({"contact_id": id, "email_address": email});
        for (name, value) in [("first_name", &row.first), ("last_name", &row.last)] {
            if let Some(value) = value {
                shown[name] = json!(value);
            }
        }
        if row.deleted {
            shown["deleted_at"] = json!("2026-11-20T08:00:00Z");
        }
        for (name, ids) in [("list_memberships", &row.lists), ("taggings", &row.tags)] {
            if include.split(',').any(|one| one == name) {
                shown[name] = json!(ids);
            }
        }
        shown
    }

    fn search(&mut self, call: &Call) -> Done {
        query(call, &["email", "status", "include"])?;
        self.work();
        let all = match call.parameter("status") {
            None => false,
            Some("all") => true,
            Some(_) => return Err(invalid("status")),
        };
        let email = call.parameter("email").unwrap_or_default();
        let include = call.parameter("include").unwrap_or_default();
        let is = |row: &Row| row.email == email && (all || !row.deleted);
        let found: Vec<Value> =
            self.rows.iter().filter(|(_, row)| is(row)).map(|(id, row)| Self::shown(id, row, include)).collect();
        Ok(Answer(200, json!({"contacts": found})))
    }

    fn read(&mut self, call: &Call, id: &str) -> Done {
        query(call, &["include"])?;
        self.work();
        let row = self.rows.get(id).filter(|row| !row.deleted).ok_or_else(missing)?;
        Ok(Answer(200, Self::shown(id, row, call.parameter("include").unwrap_or_default())))
    }

    fn names_fit(fields: &Map<String, Value>) -> Result<(), Answer> {
        let is_long = |field: &&str| maybe(fields, field).is_some_and(|name| name.chars().count() > 50);
        match ["first_name", "last_name"].into_iter().find(is_long) {
            Some(field) => Err(invalid(&format!("{field} has more than 50 characters"))),
            None => Ok(()),
        }
    }

    fn known_lists(&self, fields: &Map<String, Value>) -> Result<Vec<String>, Answer> {
        let lists = ids(fields, "list_memberships")?;
        if lists.iter().all(|id| self.lists.iter().any(|(known, _)| known == id)) { Ok(lists) } else { Err(missing()) }
    }

    fn put(row: &mut Row, fields: &Map<String, Value>, lists: Vec<String>) {
        row.first = maybe(fields, "first_name").or_else(|| row.first.take());
        row.last = maybe(fields, "last_name").or_else(|| row.last.take());
        row.lists.extend(lists);
        row.deleted = false;
    }

    fn sign_up(&mut self, call: &Call) -> Done {
        let fields = Self::body(call, &["email_address", "first_name", "last_name", "list_memberships"])?;
        let email = text(&fields, "email_address").map_err(|why| invalid(&why))?;
        if !email.contains('@') || email.chars().count() > 50 {
            return Err(invalid("email_address is invalid"));
        }
        Self::names_fit(&fields)?;
        let lists = self.known_lists(&fields)?;
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| id.clone());
        let (status, action) = if known.is_some() { (200, "updated") } else { (201, "created") };
        let asks = self.confirmed_opt_in && known.is_none();
        let permission = if asks { "pending_confirmation" } else { "explicit" };
        let id = known.unwrap_or_else(|| {
            self.next += 1;
            uuid(self.next)
        });
        let row = self.rows.entry(id.clone()).or_default();
        row.email = email;
        permission.clone_into(&mut row.permission);
        Self::put(row, &fields, lists);
        Ok(Answer(status, json!({"contact_id": id, "action": action})))
    }

    fn create(&mut self, call: &Call) -> Done {
        let known = ["email_address", "first_name", "last_name", "create_source", "list_memberships"];
        let fields = Self::body(call, &known)?;
        if maybe(&fields, "create_source").as_deref() != Some("Account") {
            return Err(invalid("create_source"));
        }
        Self::names_fit(&fields)?;
        let given = fields.get("email_address").cloned().unwrap_or_default();
        let given = only(&given, &["address", "permission_to_send"]).map_err(|why| invalid(&why))?.clone();
        let email = text(&given, "address").map_err(|why| invalid(&why))?;
        if !email.contains('@') || email.chars().count() > 80 {
            return Err(invalid("email_address is invalid"));
        }
        if self.rows.values().any(|row| row.email == email) {
            return Err(refused(409, "contacts.api.conflict", "The contact already exists."));
        }
        let lists = self.known_lists(&fields)?;
        self.next += 1;
        let mut row = Row { email, ..Row::default() };
        row.permission = maybe(&given, "permission_to_send").unwrap_or_else(|| "implicit".to_owned());
        Self::put(&mut row, &fields, lists);
        let shown = Self::shown(&uuid(self.next), &row, "");
        self.rows.insert(uuid(self.next), row);
        Ok(Answer(201, shown))
    }

    fn activity(&mut self, call: &Call, what: &str) -> Done {
        let name = match what {
            "add_list_memberships" => "list_ids",
            "contacts_taggings_add" | "contacts_taggings_remove" => "tag_ids",
            _ => return Err(missing()),
        };
        let fields = Self::body(call, &["source", name])?;
        let source = fields.get("source").cloned().unwrap_or_default();
        let source = only(&source, &["contact_ids"]).map_err(|why| invalid(&why))?.clone();
        let (contacts, given) = (ids(&source, "contact_ids")?, ids(&fields, name)?);
        let known = if name == "list_ids" { &self.lists } else { &self.tags };
        if !given.iter().all(|id| known.iter().any(|(own, _)| own == id)) {
            return Err(missing());
        }
        for contact in contacts {
            let (lists, tags) = if name == "list_ids" { (given.clone(), vec![]) } else { (vec![], given.clone()) };
            self.jobs.push(Job { looks: 2, contact, lists, tags, removes: what.ends_with("remove") });
        }
        self.next += 1;
        Ok(Answer(201, json!({"activity_id": uuid(self.next), "state": "initialized"})))
    }

    /// A look has come: what is due is worked off.
    fn work(&mut self) {
        self.jobs.iter_mut().for_each(|job| job.looks = job.looks.saturating_sub(1));
        let (due, waiting) = std::mem::take(&mut self.jobs).into_iter().partition(|job: &Job| job.looks == 0);
        self.jobs = waiting;
        self.done(due);
    }

    fn done(&mut self, jobs: Vec<Job>) {
        for job in jobs {
            let Some(row) = self.rows.get_mut(&job.contact) else { continue };
            row.lists.extend(job.lists);
            if job.removes {
                row.tags.retain(|tag| !job.tags.contains(tag));
            } else {
                row.tags.extend(job.tags);
            }
        }
    }
}

impl Crm for ConstantContact {
    fn slug(&self) -> &'static str {
        "constant-contact"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["CONSTANTCONTACT"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let token = self.rotation.first();
        let all = [("clientId", CLIENT), ("clientSecret", SECRET), ("refreshToken", token.as_str())];
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn revoke(&mut self) {
        self.rotation.revoke();
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email && !row.deleted)?;
        let name = |id: &String| self.tags.iter().find(|(own, _)| own == id).map(|(_, name)| name.clone());
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first.clone(),
            last_name: row.last.clone(),
            subscribed: match row.permission.as_str() {
                "explicit" => Subscribed::Yes,
                "unsubscribed" => Subscribed::No,
                "pending_confirmation" => Subscribed::Pending,
                _ => Subscribed::Unsaid,
            },
            lists: row.lists.clone(),
            tags: row.tags.iter().filter_map(name).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.values().filter(|row| !row.deleted).count()
    }

    fn unsubscribed(&mut self, email: &str) {
        let known = self.rows.values_mut().find(|row| row.email == email);
        if let Some(row) = known {
            "unsubscribed".clone_into(&mut row.permission);
            return;
        }
        self.next += 1;
        let (email, permission) = (email.to_owned(), "unsubscribed".to_owned());
        self.rows.insert(uuid(self.next), Row { email, permission, ..Row::default() });
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Says(429, json!({"error_key": "throttled", "error_message": "Too many requests"})), None)
    }

    fn settle(&mut self) {
        let jobs = std::mem::take(&mut self.jobs);
        self.done(jobs);
    }
}
