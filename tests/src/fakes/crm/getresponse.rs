//! GetResponse's API version 3 as far as contacts, tags and custom fields go, after its published OpenAPI description.
//! New contacts are queued; those who unsubscribed are gone from the plain list, and would be added again.

mod wire;

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use self::wire::{fields, invalid, json, missing, named, page, query, refused, taken};
use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, text};

const KEY: &str = "canary0getresponse0canary0000000";
const AFFILIATES: &str = "aFf1";
/// How often somebody looks before a queued contact is there.
const LATE: u8 = 2;
/// Tags as the tests name them. GetResponse has them with underscores, and here they go by their names.
const NAMES: [&str; 4] = ["Rekomi affiliate", "Rekomi former affiliate", "VIP", "spring & summer"];

#[derive(Debug)]
struct Row {
    id: String,
    email: String,
    list: String,
    name: Option<String>,
    tags: BTreeSet<String>,
    fields: BTreeMap<String, String>,
    confirmed: bool,
    late: u8,
}

#[derive(Debug)]
pub struct GetResponse {
    revoked: bool,
    next: u64,
    /// Custom fields are of the type that the vendor's guide says, not that of its description.
    by_guide: bool,
    /// Contacts who were removed are refused, as the vendor's list of errors says.
    guarded: bool,
    /// New contacts must confirm.
    double: bool,
    lists: Vec<(String, String)>,
    tags: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
    rows: Vec<Row>,
    /// Address, list and reason.
    removed: Vec<(String, String, &'static str)>,
}

impl Default for GetResponse {
    fn default() -> Self {
        let lists = [("cUs1", "Customers"), (AFFILIATES, "Affiliates")];
        Self {
            revoked: false,
            next: 100,
            by_guide: false,
            guarded: false,
            double: false,
            lists: lists.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec(),
            tags: [("t1", "VIP_gold"), ("t2", "VIP")].map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
            fields: [("f1".to_owned(), "city".to_owned())].into(),
            rows: Vec::new(),
            removed: Vec::new(),
        }
    }
}

impl Vendor for GetResponse {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("x-auth-token") != format!("api-key {KEY}") {
            return refused(
                401,
                1014,
                "Unable to authenticate request. Check credentials or authentication method details",
            );
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let ["v3", rest @ ..] = parts.as_slice() else { return missing() };
        let done = match (call.method.as_str(), rest) {
            ("GET", ["accounts"]) => Ok(Answer(200, json!({"accountId": "VfEj6", "email": "owner@brand.test"}))),
            ("GET", ["campaigns"]) => query(call, &["page", "perPage"]).and_then(|()| page(call, self.campaigns())),
            ("GET", ["tags"]) => query(call, &["page", "perPage", "query[name]"])
                .and_then(|()| page(call, named(call, &self.tags, "tagId"))),
            ("POST", ["tags"]) => self.make_tag(call),
            ("GET", ["custom-fields"]) => query(call, &["page", "perPage", "query[name]"])
                .and_then(|()| page(call, named(call, &self.fields, "customFieldId"))),
            ("POST", ["custom-fields"]) => self.make_field(call),
            ("GET", ["contacts"]) => self.find(call),
            ("POST", ["contacts"]) => self.create(call),
            ("POST", ["search-contacts", "contacts"]) => self.search(call),
            ("GET", ["contacts", id]) => self.row(id).map(|at| Answer(200, self.details(&self.rows[at]))),
            ("POST", ["contacts", id]) => self.update(call, id),
            ("POST", ["contacts", id, "tags"]) => self.give(call, id),
            ("POST", ["contacts", id, "custom-fields"]) => self.set(call, id),
            ("DELETE", ["contacts", id]) => {
                let is_there = |row: &Row| row.id == *id && (row.late == 0 || !row.confirmed);
                self.rows.iter().position(is_there).ok_or_else(missing).map(|at| {
                    let row = self.rows.remove(at);
                    self.removed.push((row.email, row.list, "api"));
                    Answer(204, Value::Null)
                })
            }
            _ => Err(refused(405, 1011, "Method not allowed")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl GetResponse {
    #[must_use]
    pub fn with_lists(more: usize) -> Self {
        let mut all = Self::default();
        all.lists.splice(0..0, (0..more).map(|number| (format!("m{number}"), format!("List {number}"))));
        all
    }

    /// With so many more tags that come before the others.
    #[must_use]
    pub fn with_tags(more: usize) -> Self {
        let mut all = Self::default();
        all.tags.extend((0..more).map(|number| (format!("a{number}"), format!("VIP_{number}"))));
        all
    }

    #[must_use]
    pub fn by_guide(self) -> Self {
        Self { by_guide: true, ..self }
    }

    #[must_use]
    pub fn guarded(self) -> Self {
        Self { guarded: true, ..self }
    }

    #[must_use]
    pub fn double(self) -> Self {
        Self { double: true, ..self }
    }

    fn id(&mut self, prefix: char) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn campaigns(&self) -> Vec<Value> {
        self.lists.iter().map(|(id, name)| json!({"campaignId": id, "name": name, "isDefault": "false"})).collect()
    }

    /// Contacts who are confirmed and through the queue.
    fn row(&self, id: &str) -> Result<usize, Answer> {
        self.rows.iter().position(|row| row.id == id && row.confirmed && row.late == 0).ok_or_else(missing)
    }

    fn brief(&self, row: &Row) -> Value {
        let mut brief = json!({"contactId": row.id, "email": row.email, "origin": "api"});
        brief["name"] = json!(row.name);
        brief["campaign"] = json!({"campaignId": row.list});
        brief
    }

    fn details(&self, row: &Row) -> Value {
        let mut details = self.brief(row);
        details["tags"] = self.tag_rows(row);
        let field = |(id, value): (&String, &String)| {
            let values = [value];
            json!({"customFieldId": id, "name": self.fields[id], "type": "string", "value": values, "values": values})
        };
        details["customFieldValues"] = row.fields.iter().map(field).collect();
        details
    }

    fn tag_rows(&self, row: &Row) -> Value {
        row.tags.iter().map(|id| json!({"tagId": id, "name": self.tags[id], "color": ""})).collect()
    }

    fn make_tag(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = json(call)?;
        let name = text(fields(&body, &["name"])?, "name").map_err(|why| invalid(&why))?;
        let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && (2..=64).contains(&name.len());
        if !fits {
            return Err(invalid("Tag name has wrong format"));
        }
        if self.tags.values().any(|known| known.eq_ignore_ascii_case(&name)) {
            return Err(taken());
        }
        let id = self.id('t');
        self.tags.insert(id.clone(), name.clone());
        Ok(Answer(201, json!({"tagId": id, "name": name})))
    }

    fn make_field(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = json(call)?;
        let (known, kind) = if self.by_guide {
            (["name", "type", "hidden", "values"].as_slice(), "text")
        } else {
            (["name", "type", "format", "hidden", "values"].as_slice(), "string")
        };
        let given = fields(&body, known)?;
        if given.len() != known.len() || given["type"] != kind || given["values"] != json!([]) {
            return Err(invalid("type"));
        }
        let name = text(given, "name").map_err(|why| invalid(&why))?;
        if self.fields.values().any(|known| *known == name) {
            return Err(taken());
        }
        let id = self.id('f');
        self.fields.insert(id.clone(), name.clone());
        Ok(Answer(201, json!({"customFieldId": id, "name": name, "type": kind})))
    }

    fn find(&mut self, call: &Call) -> Result<Answer, Answer> {
        query(call, &["query[email]", "query[campaignId]", "additionalFlags", "perPage"])?;
        if call.parameter("additionalFlags") != Some("exactMatch") {
            return Err(invalid("additionalFlags"));
        }
        self.rows.iter_mut().for_each(|row| row.late = row.late.saturating_sub(1));
        let email = call.parameter("query[email]").unwrap_or_default();
        let list = call.parameter("query[campaignId]");
        let shown = |row: &&Row| {
            row.confirmed && row.late == 0 && row.email == email && list.is_none_or(|list| row.list == list)
        };
        page(call, self.rows.iter().filter(shown).map(|row| self.brief(row)).collect())
    }

    fn search(&self, call: &Call) -> Result<Answer, Answer> {
        let body = json(call)?;
        let kind = body.pointer("/subscribersType/0").and_then(Value::as_str).unwrap_or_default();
        let list = body.pointer("/section/0/campaignIdsList/0").and_then(Value::as_str).unwrap_or_default();
        let email = body.pointer("/section/0/conditions/0/value").and_then(Value::as_str).unwrap_or_default();
        let expected = json!({
            "subscribersType": [kind], "sectionLogicOperator": "or", "section": [{
                "campaignIdsList": [list], "logicOperator": "and", "subscriptionDate": "all_time",
                "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
                "conditions": [{
                    "conditionType": "email", "operatorType": "string_operator", "operator": "is", "value": email,
                }],
            }],
        });
        if body != expected || !["removed", "unconfirmed"].contains(&kind) || email.is_empty() {
            return Err(invalid("section"));
        }
        let gone = self.removed.iter().filter(|(own, of, _)| own == email && of == list && kind == "removed");
        let gone = gone.map(|(own, of, reason)| {
            json!({"contactId": "gone1", "email": own, "campaign": {"campaignId": of}, "reason": reason})
        });
        let waits = |row: &&Row| !row.confirmed && row.email == email && row.list == list && kind == "unconfirmed";
        let waiting = self.rows.iter().filter(waits).map(|row| self.brief(row));
        Ok(Answer(200, gone.chain(waiting).collect()))
    }

    /// Ids in `[{"tagId": …}]`, all of which must be there.
    fn tag_ids(&self, given: &Map<String, Value>) -> Result<BTreeSet<String>, Answer> {
        let all = given.get("tags").and_then(Value::as_array).into_iter().flatten();
        let id = |row: &Value| {
            let id = text(fields(row, &["tagId"])?, "tagId").map_err(|why| invalid(&why))?;
            if self.tags.contains_key(&id) { Ok(id) } else { Err(refused(400, 1001, "Tag not found")) }
        };
        all.map(id).collect()
    }

    fn values(&self, given: &Map<String, Value>) -> Result<BTreeMap<String, String>, Answer> {
        let all = given.get("customFieldValues").and_then(Value::as_array).into_iter().flatten();
        let value = |row: &Value| {
            let row = fields(row, &["customFieldId", "value"])?;
            let id = text(row, "customFieldId").map_err(|why| invalid(&why))?;
            let value = row.get("value").and_then(|value| value.get(0)).and_then(Value::as_str);
            match value.filter(|_| self.fields.contains_key(&id)) {
                Some(value) => Ok((id, value.to_owned())),
                None => Err(refused(400, 1001, "Custom field not found")),
            }
        };
        all.map(value).collect()
    }

    fn create(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = json(call)?;
        let given = fields(&body, &["email", "name", "campaign", "tags", "customFieldValues"])?;
        let email = text(given, "email").map_err(|why| invalid(&why))?;
        if !email.contains('@') {
            return Err(invalid("Email has wrong format"));
        }
        let campaign = given.get("campaign").ok_or_else(|| invalid("campaign"))?;
        let list = text(fields(campaign, &["campaignId"])?, "campaignId").map_err(|why| invalid(&why))?;
        if !self.lists.iter().any(|(id, _)| *id == list) {
            return Err(refused(400, 1001, "Campaign not found"));
        }
        let is = |one: &Row| one.email == email && one.list == list;
        if self.rows.iter().any(is) {
            return Err(taken());
        }
        if self.guarded && self.removed.iter().any(|(own, of, _)| *own == email && *of == list) {
            return Err(refused(400, 1002, "Cannot add contact that was previously removed"));
        }
        let (tags, values, id) = (self.tag_ids(given)?, self.values(given)?, self.id('c'));
        let (name, confirmed) = (maybe(given, "name"), !self.double);
        self.rows.push(Row { id, email, list, name, tags, fields: values, confirmed, late: LATE });
        Ok(Answer(202, Value::Null))
    }

    /// Tags that are given replace the ones that are there.
    fn update(&mut self, call: &Call, id: &str) -> Result<Answer, Answer> {
        let (at, body) = (self.row(id)?, json(call)?);
        let given = fields(&body, &["name", "tags"])?;
        let tags = self.tag_ids(given)?;
        let row = &mut self.rows[at];
        row.name = maybe(given, "name").or_else(|| row.name.take());
        if given.contains_key("tags") {
            row.tags = tags;
        }
        Ok(Answer(200, self.details(&self.rows[at])))
    }

    fn give(&mut self, call: &Call, id: &str) -> Result<Answer, Answer> {
        let (at, body) = (self.row(id)?, json(call)?);
        let tags = self.tag_ids(fields(&body, &["tags"])?)?;
        self.rows[at].tags.extend(tags);
        Ok(Answer(200, self.tag_rows(&self.rows[at])))
    }

    fn set(&mut self, call: &Call, id: &str) -> Result<Answer, Answer> {
        let (at, body) = (self.row(id)?, json(call)?);
        let values = self.values(fields(&body, &["customFieldValues"])?)?;
        self.rows[at].fields.extend(values);
        let field = |(id, value): (&String, &String)| json!({"customFieldId": id, "values": [value]});
        Ok(Answer(200, self.rows[at].fields.iter().map(field).collect()))
    }
}

impl Crm for GetResponse {
    fn slug(&self) -> &'static str {
        "getresponse"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["GETRESPONSE"]
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
        let of_address: Vec<&Row> = self.rows.iter().filter(|row| row.email == email).collect();
        let out = self.removed.iter().any(|(own, _, reason)| own == email && *reason != "api");
        let Some(first) = of_address.first() else {
            let gone = Contact { email: email.to_owned(), subscribed: Subscribed::No, ..Contact::default() };
            return out.then_some(gone);
        };
        let (first_name, last_name) = match first.name.as_deref().and_then(|name| name.split_once(' ')) {
            Some((one, other)) => (Some(one.to_owned()), Some(other.to_owned())),
            None => (first.name.clone(), None),
        };
        let named = |id: &String| {
            let own = &self.tags[id];
            let is = |name: &&str| name.replace(" & ", "_").replace(' ', "_") == *own;
            NAMES.into_iter().find(is).unwrap_or(own).to_owned()
        };
        let status = first.fields.iter().find(|(id, _)| self.fields[*id] == "rekomi_status");
        Some(Contact {
            email: email.to_owned(),
            first_name,
            last_name,
            subscribed: if first.confirmed { Subscribed::Yes } else { Subscribed::Pending },
            lists: of_address.iter().map(|row| row.list.clone()).collect(),
            tags: of_address.iter().flat_map(|row| row.tags.iter().map(named)).collect(),
            status: status.map(|(_, value)| value.clone()),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.rows.retain(|row| row.email != email);
        self.removed.push((email.to_owned(), AFFILIATES.to_owned(), "unsubscribe"));
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, 1015, "You have reached your requests limit for this time window");
        let headers = [("Retry-After", "1"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1 seconds")];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        (Mood::Writes(status, headers, body.to_string()), Some(1))
    }

    fn settle(&mut self) {
        self.rows.iter_mut().for_each(|row| row.late = 0);
    }
}
