//! Zoho CRM's API version 8 as far as contacts and tags go, after zoho/crm-oas and the vendor's documentation: access
//! tokens end, failures are reported per record, and a search that finds nothing has no body.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const CLIENT: &str = "1000.CANARYCLIENT";
const SECRET: &str = "canary0zoho0secret";
const REFRESH: &str = "1000.canary0zoho0refresh";
const AFFILIATES: &str = "7000000000063";
const TAG_MAX: usize = 25;

#[derive(Debug, Default)]
struct Row {
    email: String,
    second: Option<String>,
    first: Option<String>,
    last: String,
    opted_out: bool,
    tags: BTreeSet<String>,
}

#[derive(Debug)]
pub struct ZohoCrm {
    revoked: bool,
    next: u64,
    /// The access token that is accepted, and how often one was given out.
    token: Option<String>,
    logins: u64,
    /// Id and name.
    tags: Vec<(String, String)>,
    rows: BTreeMap<u64, Row>,
}

impl Default for ZohoCrm {
    fn default() -> Self {
        let tags = [("7000000000062", "customers"), (AFFILIATES, "Affiliates")];
        let tags = tags.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec();
        Self { revoked: false, next: 7_000_000_000_100, token: None, logins: 0, tags, rows: BTreeMap::new() }
    }
}

fn fault(code: &str, message: &str) -> Value {
    json!({"code": code, "details": {}, "message": message, "status": "error"})
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer(status, fault(code, message))
}

fn invalid(why: &str) -> Answer {
    refused(400, "INVALID_DATA", why)
}

/// One record's or tag's outcome. The status is the same where it failed.
fn one(status: u16, below: &str, outcome: &Value) -> Answer {
    Answer(status, json!({below: [outcome]}))
}

fn fine(id: &str) -> Value {
    json!({"code": "SUCCESS", "details": {"id": id}, "message": "done", "status": "success"})
}

/// The parameters of a query, if they are exactly these.
fn query(call: &Call, known: &[&str]) -> Result<(), Answer> {
    let names: Vec<&str> = call.query.iter().map(|(name, _)| name.as_str()).collect();
    if names == known { Ok(()) } else { Err(refused(400, "INVALID_QUERY", "unexpected parameter")) }
}

/// The only element of a list below that name.
fn single<'a>(body: &'a Value, below: &str) -> Result<&'a Value, Answer> {
    match body.get(below).and_then(Value::as_array).map(Vec::as_slice) {
        Some([single]) => Ok(single),
        _ => Err(refused(400, "MANDATORY_NOT_FOUND", below)),
    }
}

impl Vendor for ZohoCrm {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.line() == "POST /oauth/v2/token" {
            return self.login(call);
        }
        let token = call.header("authorization").strip_prefix("Zoho-oauthtoken ");
        if token.is_none() || self.token.as_deref() != token {
            return refused(401, "INVALID_TOKEN", "invalid oauth token");
        }
        let body = call.json();
        if matches!(call.method.as_str(), "POST" | "PUT") && body.is_none() {
            return invalid("no JSON");
        }
        let body = body.unwrap_or_default();
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["crm", "v8", "org"]) => {
                Ok(Answer(200, json!({"org": [{"company_name": "Brand Ltd.", "id": "7"}]})))
            }
            ("GET", ["crm", "v8", "settings", "tags"]) => self.all_tags(call),
            ("POST", ["crm", "v8", "settings", "tags"]) => self.make_tag(call, &body),
            ("GET", ["crm", "v8", "Contacts", "search"]) => self.search(call),
            ("POST", ["crm", "v8", "Contacts", "upsert"]) => self.upsert(&body),
            ("GET", ["crm", "v8", "Contacts", id]) => self.read(call, id),
            ("PUT", ["crm", "v8", "Contacts", id]) => self.update(id, &body),
            ("POST", ["crm", "v8", "Contacts", id, "actions", what]) => self.tag(id, what, &body),
            ("DELETE", ["crm", "v8", "Contacts", id]) => match self.id(id).and_then(|id| self.rows.remove(&id)) {
                Some(_) => Ok(one(200, "data", &fine(id))),
                None => Err(one(400, "data", &fault("INVALID_DATA", "the id given seems to be invalid"))),
            },
            _ => Err(refused(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl ZohoCrm {
    /// One more contact, with a second address.
    pub fn add(&mut self, email: &str, second: Option<&str>) {
        self.next += 1;
        let row = Row { email: email.to_owned(), second: second.map(str::to_owned), ..Row::default() };
        self.rows.insert(self.next, Row { last: "Known".to_owned(), ..row });
    }

    fn login(&mut self, call: &Call) -> Answer {
        let expected = [
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("refresh_token", REFRESH),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        if self.revoked || call.form() != Some(expected) || !call.query.is_empty() {
            return Answer(200, json!({"error": "invalid_code"}));
        }
        self.logins += 1;
        let token = format!("1000.canary0zoho0access{}", self.logins);
        self.token = Some(token.clone());
        let domain = "https://www.zohoapis.com";
        Answer(200, json!({"access_token": token, "api_domain": domain, "token_type": "Bearer", "expires_in": 3_600}))
    }

    fn id(&self, id: &str) -> Option<u64> {
        id.parse().ok().filter(|id| self.rows.contains_key(id))
    }

    fn all_tags(&self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["module"])?;
        let tags: Vec<Value> = self.tags.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
        if tags.is_empty() { Ok(Answer(204, Value::Null)) } else { Ok(Answer(200, json!({"tags": tags}))) }
    }

    fn make_tag(&mut self, call: &Call, body: &Value) -> Result<Answer, Answer> {
        query(call, &["module"])?;
        let tag = single(body, "tags")?;
        let name = only(tag, &["name"]).and_then(|tag| text(tag, "name")).map_err(|why| invalid(&why))?;
        if name.chars().count() > TAG_MAX {
            return Err(one(400, "tags", &fault("INVALID_DATA", "maximum length of the tag is 25")));
        }
        if self.tags.iter().any(|(_, own)| own.eq_ignore_ascii_case(&name)) {
            return Err(one(400, "tags", &fault("DUPLICATE_DATA", "duplicate data")));
        }
        self.next += 1;
        self.tags.push((self.next.to_string(), name));
        Ok(one(201, "tags", &fine(&self.next.to_string())))
    }

    fn search(&self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["email", "fields"])?;
        let email = call.parameter("email").unwrap_or_default();
        let is = |row: &Row| row.email == email || row.second.as_deref() == Some(email);
        let found = self.rows.iter().filter(|(_, row)| is(row));
        let record = |(id, row): (&u64, &Row)| json!({"id": id.to_string(), "Email": row.email, "First_Name": row.first, "Last_Name": row.last});
        let found: Vec<Value> = found.map(record).collect();
        if found.is_empty() { Ok(Answer(204, Value::Null)) } else { Ok(Answer(200, json!({"data": found}))) }
    }

    fn read(&self, call: &Call, id: &str) -> Result<Answer, Answer> {
        query(call, &["fields"])?;
        let id = self.id(id).ok_or(Answer(204, Value::Null))?;
        let row = &self.rows[&id];
        let tags: Vec<Value> =
            row.tags.iter().map(|name| json!({"name": name, "id": "1", "color_code": null})).collect();
        let all = json!({
            "Email_Opt_Out": row.opted_out, "First_Name": row.first, "Last_Name": row.last, "Tag": tags,
        });
        let mut record = json!({"id": id.to_string()});
        for field in call.parameter("fields").unwrap_or_default().split(',') {
            record[field] = all.get(field).cloned().ok_or_else(|| refused(400, "INVALID_QUERY", field))?;
        }
        Ok(Answer(200, json!({"data": [record]})))
    }

    fn names_fit(given: &Map<String, Value>) -> Result<(), Answer> {
        for (field, most) in [("First_Name", 40), ("Last_Name", 80)] {
            if maybe(given, field).is_some_and(|name| name.chars().count() > most) {
                return Err(one(200, "data", &fault("INVALID_DATA", &format!("invalid data: {field}"))));
            }
        }
        Ok(())
    }

    fn names(row: &mut Row, given: &Map<String, Value>) {
        row.first = maybe(given, "First_Name").or_else(|| row.first.take());
        if let Some(last) = maybe(given, "Last_Name") {
            row.last = last;
        }
    }

    fn upsert(&mut self, body: &Value) -> Result<Answer, Answer> {
        if body.get("duplicate_check_fields") != Some(&json!(["Email"]))
            || body.as_object().is_none_or(|all| all.len() != 2)
        {
            return Err(invalid("duplicate_check_fields"));
        }
        let record = single(body, "data")?;
        let given = only(record, &["Email", "First_Name", "Last_Name"]).map_err(|why| invalid(&why))?;
        let email = text(given, "Email").map_err(|why| invalid(&why))?;
        if !email.contains('@') {
            return Err(one(200, "data", &fault("INVALID_DATA", "invalid data: Email")));
        }
        if !given.contains_key("Last_Name") {
            return Err(one(200, "data", &fault("MANDATORY_NOT_FOUND", "required field not found: Last_Name")));
        }
        Self::names_fit(given)?;
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        let row = self.rows.entry(id).or_default();
        row.email = email;
        Self::names(row, given);
        Ok(one(200, "data", &fine(&id.to_string())))
    }

    fn update(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let number =
            self.id(id).ok_or_else(|| one(400, "data", &fault("INVALID_DATA", "the id given seems to be invalid")))?;
        let given = only(single(body, "data")?, &["Email", "First_Name", "Last_Name"]).map_err(|why| invalid(&why))?;
        Self::names_fit(given)?;
        self.rows.entry(number).and_modify(|row| {
            row.email = maybe(given, "Email").unwrap_or_else(|| row.email.clone());
            Self::names(row, given);
        });
        Ok(one(200, "data", &fine(id)))
    }

    fn tag(&mut self, id: &str, what: &str, body: &Value) -> Result<Answer, Answer> {
        let number =
            self.id(id).ok_or_else(|| one(400, "data", &fault("INVALID_DATA", "the id given seems to be invalid")))?;
        let given = only(body, &["tags"]).map_err(|why| invalid(&why))?;
        let mut names = BTreeSet::new();
        for tag in given.get("tags").and_then(Value::as_array).into_iter().flatten() {
            let name = only(tag, &["name"]).and_then(|tag| text(tag, "name")).map_err(|why| invalid(&why))?;
            let known = self.tags.iter().find(|(_, own)| own.eq_ignore_ascii_case(&name));
            names.insert(known.map(|(_, own)| own.clone()).ok_or_else(|| invalid("unknown tag"))?);
        }
        let row = self.rows.entry(number).or_default();
        match what {
            "add_tags" if row.tags.union(&names).count() > 10 => {
                return Err(one(200, "data", &fault("LIMIT_EXCEEDED", "a record can have ten tags")));
            }
            "add_tags" => row.tags.extend(names),
            "remove_tags" if names.iter().all(|name| row.tags.contains(name)) => {
                row.tags.retain(|tag| !names.contains(tag));
            }
            _ => return Err(invalid(what)),
        }
        Ok(one(200, "data", &fine(id)))
    }
}

impl Crm for ZohoCrm {
    fn slug(&self) -> &'static str {
        "zoho-crm"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ZOHOCRM"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let all = [("clientId", CLIENT), ("clientSecret", SECRET), ("refreshToken", REFRESH), ("dataCenter", "eu")];
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
        self.token = None;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let id = |name: &String| self.tags.iter().find(|(_, own)| own == name).map(|(id, _)| id.clone());
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first.clone(),
            last_name: Some(row.last.clone()),
            subscribed: if row.opted_out { Subscribed::No } else { Subscribed::Unsaid },
            lists: row.tags.iter().filter_map(id).collect(),
            tags: row.tags.clone(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        if !self.rows.values().any(|row| row.email == email) {
            self.add(email, None);
        }
        self.rows.values_mut().filter(|row| row.email == email).for_each(|row| row.opted_out = true);
    }

    fn needs_last_name(&self) -> bool {
        true
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Says(429, fault("TOO_MANY_REQUESTS", "You have crossed the allowed concurrent requests limit")), None)
    }
}
