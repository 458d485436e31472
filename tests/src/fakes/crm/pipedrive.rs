//! Pipedrive's API version 2 as far as people and their fields go, after its published OpenAPI description. Two people
//! may have the same email, two fields the same name, and a marketing status is there only with Campaigns.

use std::collections::BTreeMap;

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const TOKEN: &str = "canary0pipedrive0canary00000000000000000";
const AFFILIATES: u64 = 12;

#[derive(Debug, Default)]
struct Row {
    name: String,
    email: String,
    labels: Vec<u64>,
    fields: BTreeMap<String, String>,
    marketing: String,
}

#[derive(Debug)]
pub struct Pipedrive {
    revoked: bool,
    next: u64,
    /// The account uses Campaigns.
    campaigns: bool,
    /// Id and name.
    labels: Vec<(u64, String)>,
    /// Code, name and type of the custom fields.
    fields: Vec<(String, String, String)>,
    rows: BTreeMap<u64, Row>,
}

impl Default for Pipedrive {
    fn default() -> Self {
        let labels = vec![(5, "Hot lead".to_owned()), (AFFILIATES, "Affiliates".to_owned())];
        let city = ("c".repeat(40), "City".to_owned(), "varchar".to_owned());
        Self { revoked: false, next: 100, campaigns: true, labels, fields: vec![city], rows: BTreeMap::new() }
    }
}

fn fine(data: Value) -> Answer {
    Answer(200, json!({"success": true, "data": data}))
}

fn refused(status: u16, error: &str) -> Answer {
    let info = "Please check developers.pipedrive.com for more information about Pipedrive API.";
    Answer(status, json!({"success": false, "error": error, "errorCode": status, "error_info": info}))
}

fn missing() -> Answer {
    refused(404, "Person not found")
}

/// The parameters of a query, if there are no others than these.
fn query(call: &Call, known: &[&str]) -> Result<(), Answer> {
    match call.query.iter().find(|(name, value)| !known.contains(&name.as_str()) || value.is_empty()) {
        Some((name, _)) => Err(refused(400, &format!("Parameter '{name}' is not allowed"))),
        None => Ok(()),
    }
}

fn fields<'a>(body: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, Answer> {
    only(body, known).map_err(|why| refused(400, &why))
}

/// The one address that is given. Whatever it replaces is gone.
fn only_email(given: &Map<String, Value>) -> Result<String, Answer> {
    let email = match given.get("emails").and_then(Value::as_array).map(Vec::as_slice) {
        Some([email]) => fields(email, &["value", "primary", "label"])?.clone(),
        _ => return Err(refused(400, "emails")),
    };
    let email = text(&email, "value").map_err(|why| refused(400, &why))?;
    if email.contains('@') { Ok(email) } else { Err(refused(400, "Validation failed: emails")) }
}

impl Vendor for Pipedrive {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("x-api-token") != TOKEN {
            return refused(401, "unauthorized access");
        }
        let body = call.json();
        if matches!(call.method.as_str(), "POST" | "PATCH") && body.is_none() {
            return refused(415, "Unsupported media type");
        }
        let body = body.unwrap_or_default();
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "users", "me"]) => {
                let company = json!({"company_id": 7, "company_name": "Brand Ltd.", "company_domain": "brand"});
                Ok(fine(company))
            }
            ("GET", ["api", "v2", "personFields"]) => self.page(call),
            ("POST", ["api", "v2", "personFields"]) => self.make_field(&body),
            ("GET", ["api", "v2", "persons", "search"]) => self.search(call),
            ("POST", ["api", "v2", "persons"]) => self.create(&body),
            ("GET", ["api", "v2", "persons", id]) => self.read(call, id),
            ("PATCH", ["api", "v2", "persons", id]) => self.update(id, &body),
            ("DELETE", ["api", "v2", "persons", id]) => match self.id(id).and_then(|id| self.rows.remove(&id)) {
                Some(_) => Ok(fine(json!({"id": id.parse::<u64>().unwrap_or_default()}))),
                None => Err(missing()),
            },
            _ => Err(refused(404, "Unknown method .")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl Pipedrive {
    #[must_use]
    pub fn without_campaigns(self) -> Self {
        Self { campaigns: false, ..self }
    }

    /// With as many custom fields more, before the ones that are there.
    #[must_use]
    pub fn with_fields(more: usize) -> Self {
        let mut all = Self::default();
        let field = |number: usize| (format!("{number:040}"), format!("Field {number}"), "varchar".to_owned());
        all.fields = (0..more).map(field).collect();
        all
    }

    /// How many fields have that name.
    pub fn fields_named(&self, name: &str) -> usize {
        self.fields.iter().filter(|(_, own, _)| own == name).count()
    }

    /// One more person with that email.
    pub fn add(&mut self, email: &str, marketing: &str) {
        self.next += 1;
        let row = Row { name: "Known".to_owned(), email: email.to_owned(), labels: vec![5], ..Row::default() };
        self.rows.insert(self.next, Row { marketing: marketing.to_owned(), ..row });
    }

    fn id(&self, id: &str) -> Option<u64> {
        id.parse().ok().filter(|id| self.rows.contains_key(id))
    }

    fn page(&self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["limit", "cursor"])?;
        let field = |name: &str, code: &str, options: Value| {
            json!({
                "field_name": name, "field_code": code, "field_type": "varchar", "options": options,
                "is_custom_field": code.len() == 40,
            })
        };
        let labels = self.labels.iter().map(|(id, name)| json!({"id": id, "label": name, "color": "green"})).collect();
        let mut all = vec![field("Name", "name", Value::Null)];
        all.extend(self.fields.iter().map(|(code, name, _)| field(name, code, Value::Null)));
        all.push(field("Label", "label_ids", labels));
        if self.campaigns {
            all.push(field("Marketing status", "marketing_status", Value::Null));
        }
        let limit = call.parameter("limit").map_or(Ok(100), str::parse::<usize>);
        let limit = limit.ok().filter(|limit| (1..=500).contains(limit)).ok_or_else(|| refused(400, "limit"))?;
        let from = match call.parameter("cursor") {
            None => 0,
            Some(cursor) => {
                cursor.strip_prefix("after").and_then(|at| at.parse().ok()).ok_or_else(|| refused(400, "cursor"))?
            }
        };
        let next = (from + limit < all.len()).then(|| format!("after{}", from + limit));
        let rows: Vec<Value> = all.into_iter().skip(from).take(limit).collect();
        Ok(Answer(200, json!({"success": true, "data": rows, "additional_data": {"next_cursor": next}})))
    }

    fn make_field(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = fields(body, &["field_name", "field_type"])?;
        let part = |name: &str| text(given, name).map_err(|why| refused(400, &why));
        let (name, kind) = (part("field_name")?, part("field_type")?);
        if !["varchar", "text"].contains(&kind.as_str()) {
            return Err(refused(400, "field_type"));
        }
        self.next += 1;
        let code = format!("{:040x}", self.next);
        self.fields.push((code.clone(), name.clone(), kind));
        Ok(fine(json!({"field_name": name, "field_code": code, "is_custom_field": true, "options": null})))
    }

    /// Compares whole addresses in any case.
    fn search(&self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["term", "fields", "exact_match", "limit"])?;
        if (call.parameter("fields"), call.parameter("exact_match")) != (Some("email"), Some("true")) {
            return Err(refused(400, "fields"));
        }
        let term = call.parameter("term").unwrap_or_default().to_lowercase();
        let found = self.rows.iter().filter(|(_, row)| row.email.to_lowercase() == term);
        let item = |(id, row): (&u64, &Row)| {
            let item = json!({"id": id, "type": "person", "name": row.name, "emails": [row.email]});
            json!({"result_score": 0.3, "item": item})
        };
        let items: Vec<Value> = found.map(item).collect();
        Ok(Answer(200, json!({"success": true, "data": {"items": items}, "additional_data": {"next_cursor": null}})))
    }

    fn shown(&self, id: u64, marketing: bool) -> Answer {
        let row = &self.rows[&id];
        let mut person = json!({
            "id": id, "name": row.name, "emails": [{"value": row.email, "primary": true, "label": "work"}],
            "label_ids": row.labels, "custom_fields": row.fields, "is_deleted": false,
        });
        if marketing {
            person["marketing_status"] = json!(row.marketing);
        }
        fine(person)
    }

    fn read(&self, call: &Call, id: &str) -> Result<Answer, Answer> {
        query(call, &["include_fields"])?;
        let marketing = call.parameter("include_fields");
        if marketing.is_some() && (marketing != Some("marketing_status") || !self.campaigns) {
            return Err(refused(400, "include_fields"));
        }
        self.id(id).map(|id| self.shown(id, marketing.is_some())).ok_or_else(missing)
    }

    fn create(&mut self, body: &Value) -> Result<Answer, Answer> {
        let known = ["name", "emails", "label_ids", "custom_fields", "marketing_status"];
        let given = fields(body, &known)?;
        let name = text(given, "name").map_err(|why| refused(400, &why))?;
        let email = only_email(given)?;
        let marketing = maybe(given, "marketing_status").unwrap_or_else(|| "no_consent".to_owned());
        if given.contains_key("marketing_status") && !self.campaigns {
            return Err(refused(400, "Parameter 'marketing_status' is not allowed"));
        }
        let mut row = Row { name, email, marketing, ..Row::default() };
        self.apply(&mut row, given)?;
        self.next += 1;
        self.rows.insert(self.next, row);
        Ok(self.shown(self.next, self.campaigns))
    }

    fn update(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let id = self.id(id).ok_or_else(missing)?;
        let given = fields(body, &["name", "label_ids", "custom_fields", "emails"])?;
        let email = given.contains_key("emails").then(|| only_email(given)).transpose()?;
        let mut row = self.rows.remove(&id).unwrap_or_default();
        let done = self.apply(&mut row, given);
        if let Some(name) = maybe(given, "name").filter(|_| done.is_ok()) {
            row.name = name;
        }
        row.email = email.unwrap_or(row.email);
        self.rows.insert(id, row);
        done.map(|()| self.shown(id, self.campaigns))
    }

    /// Labels are replaced as a whole, custom fields one by one.
    fn apply(&self, row: &mut Row, given: &Map<String, Value>) -> Result<(), Answer> {
        if let Some(labels) = given.get("label_ids") {
            let ids = labels.as_array().into_iter().flatten().map(Value::as_u64);
            let ids: Option<Vec<u64>> = ids.collect();
            let exist = |ids: &Vec<u64>| ids.iter().all(|id| self.labels.iter().any(|(own, _)| own == id));
            row.labels = ids.filter(exist).ok_or_else(|| refused(400, "label_ids"))?;
        }
        for (code, value) in given.get("custom_fields").and_then(Value::as_object).into_iter().flatten() {
            let kind = self.fields.iter().find(|(own, ..)| own == code).map(|(_, _, kind)| kind.as_str());
            let most = if kind == Some("text") { 65_000 } else { 255 };
            let value = value.as_str().filter(|value| kind.is_some() && !value.is_empty() && value.len() <= most);
            let value = value.ok_or_else(|| refused(400, &format!("custom_fields.{code}")))?;
            row.fields.insert(code.clone(), value.to_owned());
        }
        Ok(())
    }
}

impl Crm for Pipedrive {
    fn slug(&self) -> &'static str {
        "pipedrive"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["PIPEDRIVE"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiToken".to_owned(), TOKEN.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_string(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let named = |name: &str| {
            let code = self.fields.iter().find(|(_, own, _)| own == name).map(|(code, ..)| code)?;
            row.fields.get(code).cloned()
        };
        let (first_name, last_name) = match row.name.split_once(' ') {
            Some((one, other)) => (Some(one.to_owned()), Some(other.to_owned())),
            None => (Some(row.name.clone()), None),
        };
        let tags = named("rekomi_tags").unwrap_or_default();
        Some(Contact {
            email: row.email.clone(),
            first_name,
            last_name,
            subscribed: match row.marketing.as_str() {
                "subscribed" => Subscribed::Yes,
                "unsubscribed" => Subscribed::No,
                _ => Subscribed::Unsaid,
            },
            lists: row.labels.iter().map(u64::to_string).collect(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: named("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        if !self.rows.values().any(|row| row.email == email) {
            self.add(email, "unsubscribed");
        }
        let theirs = self.rows.values_mut().filter(|row| row.email == email);
        theirs.for_each(|row| "unsubscribed".clone_into(&mut row.marketing));
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "request over limit");
        let headers = [("x-ratelimit-limit", "20"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2")];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        (Mood::Writes(status, headers, body.to_string()), Some(2))
    }
}
