//! SendGrid's marketing API as far as contacts, custom fields, lists and suppressions go, after its published OpenAPI
//! descriptions. Writes are jobs that are done some looks later; suppressions are kept apart from contacts.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "SG.canary0000000000000.sendgrid00000000000000000000000000000000000001";
const AFFILIATES: &str = "abc12312-0002-1234-abcd-123000456000";
/// Looks at a job until it is done.
const LOOKS: u32 = 2;
const OWN: [&str; 5] = ["email", "first_name", "last_name", "external_id", "phone_number_id"];

#[derive(Debug, Clone)]
enum Change {
    /// By address.
    Save(String, Map<String, Value>, Vec<String>),
    /// By id.
    Delete(String),
    /// Not to be done.
    Fail,
}

#[derive(Debug, Default)]
struct Row {
    id: String,
    fields: Map<String, Value>,
    custom: Map<String, Value>,
    lists: BTreeSet<String>,
}

#[derive(Debug)]
pub struct SendGrid {
    revoked: bool,
    /// The beginning of the paths that the key may not read.
    lacks: Option<&'static str>,
    next: u64,
    /// By address.
    rows: BTreeMap<String, Row>,
    lists: Vec<Choice>,
    /// Names and types of custom fields, by id.
    fields: BTreeMap<String, (String, String)>,
    /// No field can be created.
    locked: bool,
    /// Jobs end with errors.
    failing: bool,
    /// Jobs never end.
    stuck: bool,
    jobs: BTreeMap<String, (Change, u32)>,
    unsubscribed: BTreeSet<String>,
    bounced: BTreeSet<String>,
}

impl Default for SendGrid {
    fn default() -> Self {
        let list = |id: &str, name: &str| Choice { id: id.to_owned(), name: name.to_owned() };
        Self {
            revoked: false,
            lacks: None,
            next: 0,
            rows: BTreeMap::new(),
            lists: vec![list("abc12312-0001-1234-abcd-123000456000", "Customers"), list(AFFILIATES, "Affiliates")],
            fields: [("w1_N".to_owned(), ("num_orders".to_owned(), "Number".to_owned()))].into(),
            locked: false,
            failing: false,
            stuck: false,
            jobs: BTreeMap::new(),
            unsubscribed: BTreeSet::new(),
            bounced: BTreeSet::new(),
        }
    }
}

fn refused(status: u16, field: Option<&str>, message: &str) -> Answer {
    Answer(status, json!({"errors": [{"field": field, "message": message}]}))
}

fn invalid(field: &str, message: &str) -> Answer {
    refused(400, Some(field), message)
}

impl Vendor for SendGrid {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != KEY {
            return refused(401, None, "The provided authorization grant is invalid, expired, or revoked");
        }
        if self.lacks.is_some_and(|lacks| call.path.starts_with(lacks)) {
            return refused(403, None, "access forbidden");
        }
        if matches!(call.method.as_str(), "POST" | "PUT") == call.body.is_empty() {
            return invalid("body", "unexpected or missing body");
        }
        let body = call.json().unwrap_or_default();
        let parts: Vec<&str> = call.path.trim_start_matches("/v3/").split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["marketing", "lists"]) => self.page(call),
            ("GET", ["marketing", "field_definitions"]) => Ok(self.definitions()),
            ("POST", ["marketing", "field_definitions"]) => self.define(&body),
            ("POST", ["marketing", "contacts", "search", "emails"]) => self.search(&body),
            ("PUT", ["marketing", "contacts"]) => self.upsert(&body),
            ("DELETE", ["marketing", "contacts"]) => self.delete(call),
            ("GET", ["marketing", "contacts", "imports", job]) => self.job(job),
            ("GET", ["asm", "suppressions", "global", email]) => address(email).map(|email| {
                let found = self.unsubscribed.contains(&email);
                Answer(200, if found { json!({"recipient_email": email}) } else { json!({}) })
            }),
            ("GET", ["suppression", "bounces", email]) => address(email).map(|email| {
                let row = json!({"created": 1_795_000_000, "email": email, "reason": "550", "status": "5.1.1"});
                Answer(200, if self.bounced.contains(&email) { json!([row]) } else { json!([]) })
            }),
            ("GET", ["suppression", "spam_reports", email]) => address(email).map(|_| Answer(200, json!([]))),
            _ => Err(refused(404, None, "not found")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

fn address(part: &str) -> Result<String, Answer> {
    unescaped(part).map(|email| email.to_lowercase()).map_err(|why| invalid("email", &why))
}

impl SendGrid {
    /// The key may not read what begins so.
    #[must_use]
    pub fn without(path: &'static str) -> Self {
        Self { lacks: Some(path), ..Self::default() }
    }

    /// With as many lists more, before the others.
    #[must_use]
    pub fn with_lists(count: usize) -> Self {
        let mut all = Self::default();
        let list = |number| Choice { id: format!("abc12312-{number:04}-aaaa"), name: format!("List {number}") };
        all.lists.splice(0..0, (0..count).map(list));
        all
    }

    #[must_use]
    pub fn locked(self) -> Self {
        Self { locked: true, ..self }
    }

    #[must_use]
    pub fn failing(self) -> Self {
        Self { failing: true, ..self }
    }

    #[must_use]
    pub fn stuck(self) -> Self {
        Self { stuck: true, ..self }
    }

    /// With that custom field.
    #[must_use]
    pub fn with_field(mut self, name: &str, kind: &str) -> Self {
        self.fields.insert("e9_T".to_owned(), (name.to_owned(), kind.to_owned()));
        self
    }

    /// A contact whom the brand's own software made, with its id for them.
    #[must_use]
    pub fn knowing(mut self, email: &str, external_id: &str) -> Self {
        self.add(email).fields.insert("external_id".to_owned(), json!(external_id));
        self
    }

    #[must_use]
    pub fn bouncing(mut self, email: &str) -> Self {
        self.bounced.insert(email.to_owned());
        self
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn add(&mut self, email: &str) -> &mut Row {
        let id = format!("asdf-Jkl-{:08}", self.id());
        let fields = [("email".to_owned(), json!(email))].into_iter().collect();
        self.rows.entry(email.to_lowercase()).or_insert(Row { id, fields, ..Row::default() })
    }

    /// Up to 1,000 lists, and the next page's URL.
    fn page(&self, call: &Call) -> Result<Answer, Answer> {
        if call.query.iter().any(|(name, _)| !["page_size", "page_token"].contains(&name.as_str())) {
            return Err(invalid("query", "unknown parameter"));
        }
        let size = call.parameter("page_size").map_or(Ok(100), str::parse::<usize>);
        let size = size.ok().filter(|size| (1..=1_000).contains(size)).ok_or_else(|| invalid("page_size", "1000"))?;
        let from = call.parameter("page_token").map_or(Ok(0), |token| token.trim_start_matches("p=").parse::<usize>());
        let from = from.map_err(|_| invalid("page_token", "unknown token"))?;
        let row = |one: &Choice| json!({"id": one.id, "name": one.name, "contact_count": 0});
        let rows: Vec<Value> = self.lists.iter().skip(from).take(size).map(row).collect();
        let url = |token: usize| {
            format!("https://api.sendgrid.com/v3/marketing/lists?page_size={size}&page_token=p%3D{token}")
        };
        let mut metadata = json!({"self": url(from), "count": self.lists.len()});
        if from + rows.len() < self.lists.len() {
            metadata["next"] = json!(url(from + rows.len()));
        }
        Ok(Answer(200, json!({"result": rows, "_metadata": metadata})))
    }

    fn definitions(&self) -> Answer {
        let row =
            |(id, (name, kind)): (&String, &(String, String))| json!({"id": id, "name": name, "field_type": kind});
        let custom: Vec<Value> = self.fields.iter().map(row).collect();
        let reserved = json!([{"id": "_rf0_T", "name": "first_name", "field_type": "Text"}]);
        Answer(200, json!({"custom_fields": custom, "reserved_fields": reserved}))
    }

    /// Names are the same in either case.
    fn define(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["name", "field_type"]).map_err(|why| invalid("body", &why))?;
        let name = text(given, "name").map_err(|why| invalid("name", &why))?;
        let kind = text(given, "field_type").map_err(|why| invalid("field_type", &why))?;
        let plain = name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
        let known = self.fields.values().any(|(other, _)| other.eq_ignore_ascii_case(&name));
        if !plain || !["Text", "Number", "Date"].contains(&kind.as_str()) || known || self.locked {
            return Err(invalid("name", "could not create field definition"));
        }
        let id = format!("e{}_T", self.id());
        self.fields.insert(id.clone(), (name.clone(), kind.clone()));
        Ok(Answer(200, json!({"id": id, "name": name, "field_type": kind})))
    }

    fn search(&self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["emails"]).map_err(|why| invalid("body", &why))?;
        let emails: Vec<&str> = given["emails"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let [email] = emails.as_slice() else { return Err(invalid("emails", "one address at a time")) };
        if !email.contains('@') {
            return Err(invalid("emails", "invalid email address"));
        }
        let Some(row) = self.rows.get(&email.to_lowercase()) else {
            return Err(refused(404, None, "no contacts found for the provided emails"));
        };
        let mut contact = json!({
            "id": row.id, "first_name": "", "last_name": "", "external_id": "", "phone_number_id": "",
            "alternate_emails": [], "list_ids": row.lists, "segment_ids": [], "custom_fields": row.custom,
            "created_at": "2021-03-02T15:25:47Z", "updated_at": "2021-03-30T15:26:16Z",
        });
        contact.as_object_mut().unwrap().extend(row.fields.clone());
        Ok(Answer(200, json!({"result": {email.to_lowercase(): {"contact": contact}}})))
    }

    fn upsert(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["list_ids", "contacts"]).map_err(|why| invalid("body", &why))?;
        let lists: Vec<String> = given
            .get("list_ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|list| list.as_str().map(str::to_owned))
            .collect();
        if lists.iter().any(|list| self.lists.iter().all(|one| one.id != *list)) {
            return Err(invalid("list_ids", "invalid list id"));
        }
        let contacts = given.get("contacts").and_then(Value::as_array).map(Vec::as_slice);
        let Some([contact]) = contacts else { return Err(invalid("contacts", "one contact at a time")) };
        let known: Vec<&str> = OWN.into_iter().chain(["custom_fields"]).collect();
        let mut fields = only(contact, &known).map_err(|why| invalid("contacts", &why))?.clone();
        let custom = fields.remove("custom_fields").unwrap_or_default();
        let ids: Vec<&str> = self.fields.keys().map(String::as_str).collect();
        only(&custom, &ids)
            .map_err(|why| invalid("contacts[0].custom_fields", &format!("invalid custom field: {why}")))?;
        let email = text(&fields, "email").map_err(|why| invalid("contacts[0].email", &why))?;
        let long = ["first_name", "last_name"]
            .iter()
            .any(|name| maybe(&fields, name).is_some_and(|value| value.chars().count() > 50));
        if !email.contains('@') || long {
            return Err(invalid("contacts[0]", "an invalid address, or a name that is too long"));
        }
        // Custom fields travel with the others, by id.
        fields.insert("custom_fields".to_owned(), custom);
        let same = |row: &Row| OWN.iter().skip(3).all(|name| row.fields.get(*name) == fields.get(*name));
        let matches = self.rows.get(&email.to_lowercase()).is_none_or(same);
        let change = Change::Save(email.to_lowercase(), fields, lists);
        Ok(self.accept(if matches && !self.failing { change } else { Change::Fail }))
    }

    fn delete(&mut self, call: &Call) -> Result<Answer, Answer> {
        match call.query.as_slice() {
            [(name, ids)] if name == "ids" && !ids.is_empty() => Ok(self.accept(Change::Delete(ids.clone()))),
            _ => Err(invalid("ids", "only ids")),
        }
    }

    fn accept(&mut self, change: Change) -> Answer {
        let job = format!("5b4f3d6c-job-{}", self.id());
        self.jobs.insert(job.clone(), (change, 0));
        Answer(202, json!({"job_id": job}))
    }

    fn job(&mut self, id: &str) -> Result<Answer, Answer> {
        let stuck = self.stuck;
        let (change, looks) = self.jobs.get_mut(id).ok_or_else(|| refused(404, None, "not found"))?;
        *looks += 1;
        let done = *looks >= LOOKS && !stuck;
        let status = match change {
            Change::Fail if done => "errored",
            _ if done => "completed",
            _ => "pending",
        };
        let errors = u32::from(status == "errored");
        self.work();
        Ok(Answer(200, json!({"id": id, "status": status, "job_type": "upsert", "results": {"errored_count": errors}})))
    }

    /// Does what was looked at often enough, once.
    fn work(&mut self) {
        let due: Vec<String> =
            self.jobs.iter().filter(|(_, (_, looks))| *looks == LOOKS).map(|(id, _)| id.clone()).collect();
        for id in due {
            let (change, looks) = self.jobs.get_mut(&id).unwrap();
            *looks += 1;
            match change.clone() {
                Change::Save(email, mut fields, lists) => {
                    let custom = fields.remove("custom_fields").unwrap_or_default();
                    let row = self.add(&email);
                    row.fields.extend(fields);
                    row.custom.extend(custom.as_object().cloned().unwrap_or_default());
                    row.lists.extend(lists);
                }
                Change::Delete(id) => self.rows.retain(|_, row| row.id != id),
                Change::Fail => {}
            }
        }
    }
}

impl Crm for SendGrid {
    fn slug(&self) -> &'static str {
        "sendgrid"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["SENDGRID"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(&email.to_lowercase())?;
        let field = |name: &str| {
            let (id, _) = self.fields.iter().find(|(_, (known, _))| known == name)?;
            maybe(&row.custom, id)
        };
        let tags = field("rekomi_tags").unwrap_or_default();
        let out = self.unsubscribed.contains(&email.to_lowercase());
        Some(Contact {
            email: email.to_owned(),
            first_name: maybe(&row.fields, "first_name"),
            last_name: maybe(&row.fields, "last_name"),
            subscribed: if out { Subscribed::No } else { Subscribed::Unsaid },
            lists: row.lists.clone(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: field("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.add(email);
        self.unsubscribed.insert(email.to_lowercase());
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, None, "too many requests");
        // Ten seconds after the moment that tests take for now.
        let headers = vec![("X-RateLimit-Remaining", "0".to_owned()), ("X-RateLimit-Reset", "1795163410".to_owned())];
        (Mood::Writes(status, headers, body.to_string()), Some(10))
    }

    fn settle(&mut self) {
        if !self.stuck {
            self.jobs.values_mut().filter(|(_, looks)| *looks < LOOKS).for_each(|(_, looks)| *looks = LOOKS);
            self.work();
        }
    }
}
