//! Salesforce's REST API as far as contacts, leads and campaigns go, after its developer guide: sessions that end,
//! queries as texts, several contacts with one email, and rules of the organization's own.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "3MVG9.canarykey";
const SECRET: &str = "CANARY0SALESFORCE0SECRET";
const AFFILIATES: &str = "701000000000063AAA";
const OWN: [&str; 2] = ["Rekomi_Status__c", "Rekomi_Tags__c"];
const PAGE: usize = 200;

#[derive(Debug, Default)]
struct Row {
    email: String,
    first: Option<String>,
    last: String,
    own: BTreeMap<String, String>,
    opted_out: bool,
    campaigns: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Salesforce {
    revoked: bool,
    next: u64,
    session: Option<String>,
    logins: u64,
    /// The organization created our fields.
    fields: bool,
    /// A duplicate rule blocks everyone new.
    blocks: bool,
    /// Id and name.
    campaigns: Vec<(String, String)>,
    rows: BTreeMap<u64, Row>,
    /// Open leads that opted out.
    leads: BTreeSet<String>,
}

impl Default for Salesforce {
    fn default() -> Self {
        let campaigns = [("701000000000062AAA", "Webinar"), (AFFILIATES, "Affiliates")];
        Self {
            revoked: false,
            next: 100,
            session: None,
            logins: 0,
            fields: true,
            blocks: false,
            campaigns: campaigns.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec(),
            rows: BTreeMap::new(),
            leads: BTreeSet::new(),
        }
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer(status, json!([{"message": message, "errorCode": code}]))
}

fn invalid(why: &str) -> Answer {
    refused(400, "JSON_PARSER_ERROR", why)
}

fn too_long(field: &str) -> Answer {
    let message = format!("{field}: data value too large");
    Answer(400, json!([{"message": message, "errorCode": "STRING_TOO_LONG", "fields": [field]}]))
}

fn found(records: &[Value]) -> Answer {
    Answer(200, json!({"totalSize": records.len(), "done": true, "records": records}))
}

fn id_of(number: u64) -> String {
    format!("003{number:012}AAA")
}

/// What a quoted literal means, and what follows it.
fn literal(soql: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut signs = soql.strip_prefix('\'')?.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => value.push(signs.next()?.1),
            '\'' => return Some((value, &soql[at + 2..])),
            _ => value.push(sign),
        }
    }
    None
}

impl Vendor for Salesforce {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.line() == "POST /services/oauth2/token" {
            return self.login(call);
        }
        if self.session.as_deref() != Some(call.bearer()) {
            return refused(401, "INVALID_SESSION_ID", "Session expired or invalid");
        }
        let body = call.json();
        if matches!(call.method.as_str(), "POST" | "PATCH") && body.is_none() {
            return refused(415, "UNSUPPORTED_MEDIA_TYPE", "unsupported");
        }
        let body = body.unwrap_or_default();
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let ["services", "data", "v62.0", rest @ ..] = parts.as_slice() else {
            return refused(404, "NOT_FOUND", "The requested resource does not exist");
        };
        let done = match (call.method.as_str(), rest) {
            ("GET", ["query"]) => match call.query.as_slice() {
                [(name, soql)] if name == "q" => self.query(soql),
                _ => Err(invalid("q")),
            },
            ("GET", ["query", page]) => {
                Ok(self.page(page.rsplit('-').next().and_then(|at| at.parse().ok()).unwrap_or(0)))
            }
            ("POST", ["sobjects", "Contact"]) => self.create(call, &body),
            ("PATCH", ["sobjects", "Contact", id]) => self.update(id, &body),
            ("DELETE", ["sobjects", "Contact", id]) => match self.number(id).and_then(|id| self.rows.remove(&id)) {
                Some(_) => Ok(Answer(204, Value::Null)),
                None => Err(refused(404, "ENTITY_IS_DELETED", "entity is deleted")),
            },
            ("POST", ["sobjects", "CampaignMember"]) => self.join(&body),
            _ => Err(refused(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl Salesforce {
    #[must_use]
    pub fn without_fields(self) -> Self {
        Self { fields: false, ..self }
    }

    #[must_use]
    pub fn blocking(self) -> Self {
        Self { blocks: true, ..self }
    }

    #[must_use]
    pub fn with_campaigns(more: usize) -> Self {
        let mut all = Self::default();
        let campaign = |number: usize| (format!("701{number:012}BBB"), format!("Campaign {number}"));
        all.campaigns.extend((0..more).map(campaign));
        all
    }

    /// One more contact with that email.
    pub fn add(&mut self, email: &str, opted_out: bool) {
        self.next += 1;
        let row = Row { email: email.to_owned(), last: "Known".to_owned(), opted_out, ..Row::default() };
        self.rows.insert(self.next, row);
    }

    /// An open lead who opted out.
    pub fn add_lead(&mut self, email: &str) {
        self.leads.insert(email.to_owned());
    }

    fn login(&mut self, call: &Call) -> Answer {
        let expected = [("grant_type", "client_credentials"), ("client_id", KEY), ("client_secret", SECRET)];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        if self.revoked || call.form() != Some(expected) || !call.query.is_empty() {
            return Answer(400, json!({"error": "invalid_client", "error_description": "invalid client credentials"}));
        }
        self.logins += 1;
        let session = format!("00D!canary0session{}", self.logins);
        self.session = Some(session.clone());
        let url = "https://brand.my.salesforce.com";
        Answer(200, json!({"access_token": session, "instance_url": url, "token_type": "Bearer", "issued_at": "1"}))
    }

    fn number(&self, id: &str) -> Option<u64> {
        let number = id.strip_prefix("003")?.strip_suffix("AAA")?.parse().ok()?;
        self.rows.contains_key(&number).then_some(number)
    }

    fn page(&self, from: usize) -> Answer {
        let all = self.campaigns.iter().map(|(id, name)| json!({"Id": id, "Name": name}));
        let records: Vec<Value> = all.skip(from).take(PAGE).collect();
        let next = from + records.len();
        let mut page = json!({"totalSize": self.campaigns.len(), "done": true, "records": records});
        if next < self.campaigns.len() {
            page["done"] = json!(false);
            page["nextRecordsUrl"] = json!(format!("/services/data/v62.0/query/01gD0000002HU6KIAW-{next}"));
        }
        Answer(200, page)
    }

    fn query(&self, soql: &str) -> Result<Answer, Answer> {
        let malformed = || refused(400, "MALFORMED_QUERY", soql);
        match soql {
            "SELECT Id, Name FROM Organization LIMIT 1" => Ok(found(&[json!({"Id": "00D", "Name": "Brand Ltd."})])),
            "SELECT Id, HasOptedOutOfEmail, Rekomi_Status__c, Rekomi_Tags__c FROM Contact LIMIT 1" if self.fields => {
                Ok(found(&[]))
            }
            "SELECT Id, HasOptedOutOfEmail, Rekomi_Status__c, Rekomi_Tags__c FROM Contact LIMIT 1" => {
                Err(refused(400, "INVALID_FIELD", "No such column 'Rekomi_Status__c' on entity 'Contact'"))
            }
            "SELECT Id, Name FROM Campaign WHERE IsActive = true ORDER BY Name, Id" => Ok(self.page(0)),
            _ => {
                let (start, rest) = soql.split_once(" WHERE Email = ").ok_or_else(malformed)?;
                let (email, end) = literal(rest).ok_or_else(malformed)?;
                match (start, end) {
                    (
                        "SELECT Id, FirstName, LastName, HasOptedOutOfEmail FROM Contact",
                        " ORDER BY CreatedDate, Id LIMIT 200",
                    ) => Ok(self.contacts_of(&email)),
                    ("SELECT Id FROM Lead", " AND HasOptedOutOfEmail = true AND IsConverted = false LIMIT 1") => {
                        let lead = self.leads.contains(&email).then(|| json!({"Id": "00Q000000000001AAA"}));
                        Ok(found(&lead.into_iter().collect::<Vec<_>>()))
                    }
                    _ => Err(malformed()),
                }
            }
        }
    }

    fn contacts_of(&self, email: &str) -> Answer {
        let theirs = self.rows.iter().filter(|(_, row)| row.email.eq_ignore_ascii_case(email));
        let record = |(id, row): (&u64, &Row)| {
            json!({
                "Id": id_of(*id), "FirstName": row.first, "LastName": row.last,
                "HasOptedOutOfEmail": row.opted_out,
            })
        };
        found(&theirs.map(record).collect::<Vec<_>>())
    }

    fn apply(&self, row: &mut Row, given: &Map<String, Value>) -> Result<(), Answer> {
        for field in OWN {
            let Some(value) = maybe(given, field) else { continue };
            if !self.fields {
                return Err(refused(400, "INVALID_FIELD", field));
            }
            if value.len() > 255 {
                return Err(too_long(field));
            }
            row.own.insert(field.to_owned(), value);
        }
        for (field, most) in [("Email", 80), ("FirstName", 40), ("LastName", 80)] {
            if maybe(given, field).is_some_and(|value| value.chars().count() > most) {
                return Err(too_long(field));
            }
        }
        row.first = maybe(given, "FirstName").or_else(|| row.first.take());
        row.last = maybe(given, "LastName").unwrap_or_else(|| std::mem::take(&mut row.last));
        Ok(())
    }

    fn create(&mut self, call: &Call, body: &Value) -> Result<Answer, Answer> {
        let known = ["Email", "FirstName", "LastName", OWN[0], OWN[1]];
        let given = only(body, &known).map_err(|why| invalid(&why))?;
        let email = text(given, "Email").map_err(|why| invalid(&why))?;
        if !email.contains('@') {
            return Err(refused(400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address"));
        }
        if !given.contains_key("LastName") {
            return Err(refused(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"));
        }
        // A rule that only warns, too, refuses what doesn't say that the warning was read.
        if self.blocks || call.header("sforce-duplicate-rule-header") != "allowSave=true" {
            return Err(refused(400, "DUPLICATES_DETECTED", "Use one of these records?"));
        }
        let mut row = Row { email, ..Row::default() };
        self.apply(&mut row, given)?;
        self.next += 1;
        self.rows.insert(self.next, row);
        Ok(Answer(201, json!({"id": id_of(self.next), "success": true, "errors": []})))
    }

    fn update(&mut self, id: &str, body: &Value) -> Result<Answer, Answer> {
        let number =
            self.number(id).ok_or_else(|| refused(404, "NOT_FOUND", "Provided external ID field does not exist"))?;
        let given = only(body, &["Email", "FirstName", "LastName", OWN[0], OWN[1]]).map_err(|why| invalid(&why))?;
        let mut row = self.rows.remove(&number).unwrap_or_default();
        let done = self.apply(&mut row, given);
        row.email = maybe(given, "Email").unwrap_or(row.email);
        self.rows.insert(number, row);
        done.map(|()| Answer(204, Value::Null))
    }

    fn join(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["CampaignId", "ContactId"]).map_err(|why| invalid(&why))?;
        let part = |name: &str| text(given, name).map_err(|why| invalid(&why));
        let (campaign, contact) = (part("CampaignId")?, part("ContactId")?);
        if !self.campaigns.iter().any(|(id, _)| *id == campaign) {
            return Err(refused(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"));
        }
        let row = self.number(&contact).and_then(|id| self.rows.get_mut(&id));
        let row = row.ok_or_else(|| refused(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))?;
        if !row.campaigns.insert(campaign) {
            return Err(refused(400, "DUPLICATE_VALUE", "Already a campaign member."));
        }
        Ok(Answer(201, json!({"id": "00v000000000001AAA", "success": true, "errors": []})))
    }
}

impl Crm for Salesforce {
    fn slug(&self) -> &'static str {
        "salesforce"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["SALESFORCE"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let all = [("domain", "https://brand.my.salesforce.com"), ("clientId", KEY), ("clientSecret", SECRET)];
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
        self.session = None;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let tags = row.own.get(OWN[1]).map(String::as_str).unwrap_or_default();
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first.clone(),
            last_name: Some(row.last.clone()),
            subscribed: if row.opted_out { Subscribed::No } else { Subscribed::Unsaid },
            lists: row.campaigns.clone(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: row.own.get(OWN[0]).cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        if !self.rows.values().any(|row| row.email == email) {
            self.add(email, true);
        }
        self.rows.values_mut().filter(|row| row.email == email).for_each(|row| row.opted_out = true);
    }

    fn needs_last_name(&self) -> bool {
        true
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let message = "ConcurrentPerOrgLongTxn Limit exceeded.";
        let Answer(status, body) = refused(403, "REQUEST_LIMIT_EXCEEDED", message);
        (Mood::Says(status, body), None)
    }
}
