//! Mailjet's API version 3 as far as contacts, their properties and contact lists go, after its published guides and
//! reference. A write that changes nothing is answered with 304; creating a contact that is there is refused.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "canary0000000000000000000mailjet";
const SECRET: &str = "canarysecret0000000000000mailjet";
const AFFILIATES: u64 = 10_530_945;

#[derive(Debug, Default)]
struct Row {
    email: String,
    name: String,
    excluded: bool,
    complained: bool,
    properties: Map<String, Value>,
    /// Whether they unsubscribed, by list.
    lists: BTreeMap<u64, bool>,
}

#[derive(Debug)]
pub struct Mailjet {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    lists: Vec<(u64, String)>,
    /// Names and types.
    properties: Vec<(String, String)>,
    /// No property can be created.
    locked: bool,
}

impl Default for Mailjet {
    fn default() -> Self {
        Self {
            revoked: false,
            next: 21_339_836,
            rows: BTreeMap::new(),
            lists: vec![(10_530_001, "Customers".to_owned()), (AFFILIATES, "Affiliates".to_owned())],
            properties: vec![("country".to_owned(), "str".to_owned())],
            locked: false,
        }
    }
}

fn refused(status: u16, message: &str) -> Answer {
    Answer(status, json!({"ErrorInfo": "", "ErrorMessage": message, "StatusCode": status}))
}

fn invalid(why: &str) -> Answer {
    refused(400, &format!("Invalid json input: {why}"))
}

fn missing() -> Answer {
    refused(404, "Object not found")
}

fn data(status: u16, rows: Vec<Value>) -> Answer {
    Answer(status, json!({"Count": rows.len(), "Data": rows, "Total": rows.len()}))
}

impl Vendor for Mailjet {
    fn answer(&mut self, call: &Call) -> Answer {
        let pair = format!("Basic {}", STANDARD.encode(format!("{KEY}:{SECRET}")));
        if self.revoked || call.header("authorization") != pair {
            return Answer(401, Value::Null);
        }
        if matches!(call.method.as_str(), "POST" | "PUT") == call.body.is_empty() {
            return invalid("an unexpected or missing body");
        }
        let body = call.json().unwrap_or_default();
        let parts: Vec<&str> = call.path.trim_start_matches("/v3/REST/").split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["contactslist"]) => self.page(call),
            ("GET", ["contactmetadata"]) if call.parameter("Limit") == Some("1000") => {
                let row = |(name, kind): &(String, String)| {
                    json!({"ID": 7, "Name": name, "Datatype": kind, "NameSpace": "static"})
                };
                Ok(data(200, self.properties.iter().map(row).collect()))
            }
            ("POST", ["contactmetadata"]) => self.define(&body),
            ("GET", ["contact", who]) => self.find(who).map(|id| data(200, vec![json_of(id, &self.rows[&id])])),
            ("POST", ["contact"]) => self.create(&body),
            ("GET", ["contact", who, "getcontactslists"]) => self.find(who).map(|id| {
                let row = |(list, out): (&u64, &bool)| {
                    json!({"IsActive": true, "IsUnsub": out, "ListID": list, "SubscribedAt": "2019-01-01T00:00:00Z"})
                };
                data(200, self.rows[&id].lists.iter().map(row).collect())
            }),
            ("GET", ["contactdata", who]) => self.find(who).map(|id| data(200, vec![self.values(id)])),
            ("PUT", ["contactdata", who]) => self.write(who, &body),
            ("POST", ["contactslist", list, "managecontact"]) => self.manage(list, &body),
            ("DELETE", ["", "v4", "contacts", id]) => self.find(id).map(|id| {
                self.rows.remove(&id);
                Answer(200, Value::Null)
            }),
            _ => Err(missing()),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

fn json_of(id: u64, row: &Row) -> Value {
    json!({
        "ID": id, "Email": row.email, "Name": row.name, "CreatedAt": "2018-01-01T00:01:02Z", "DeliveredCount": 3,
        "IsExcludedFromCampaigns": row.excluded, "IsOptInPending": false, "IsSpamComplaining": row.complained,
        "UnsubscribedAt": "", "UnsubscribedBy": "",
    })
}

impl Mailjet {
    #[must_use]
    pub fn locked(self) -> Self {
        Self { locked: true, ..self }
    }

    /// With as many lists more, before the others.
    #[must_use]
    pub fn with_lists(count: u64) -> Self {
        let mut all = Self::default();
        all.lists.splice(0..0, (0..count).map(|number| (number + 1, format!("List {number}"))));
        all
    }

    /// With that property.
    #[must_use]
    pub fn with_property(mut self, name: &str, kind: &str) -> Self {
        self.properties.push((name.to_owned(), kind.to_owned()));
        self
    }

    /// Somebody who reported an email as spam.
    #[must_use]
    pub fn complaining(mut self, email: &str) -> Self {
        self.add(email).complained = true;
        self
    }

    fn id_of(&self, email: &str) -> Option<u64> {
        self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id)
    }

    fn add(&mut self, email: &str) -> &mut Row {
        let id = self.id_of(email).unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.rows.entry(id).or_insert(Row { email: email.to_owned(), ..Row::default() })
    }

    /// By id or email.
    fn find(&self, who: &str) -> Result<u64, Answer> {
        let who = unescaped(who).map_err(|why| invalid(&why))?;
        let by_id = who.parse().ok().filter(|id| self.rows.contains_key(id));
        by_id.or_else(|| self.id_of(&who)).ok_or_else(missing)
    }

    /// Ten lists, or up to 1,000 on request.
    fn page(&self, call: &Call) -> Result<Answer, Answer> {
        if call.query.iter().any(|(name, _)| !["Limit", "Offset", "IsDeleted"].contains(&name.as_str())) {
            return Err(invalid("an unknown filter"));
        }
        let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse::<usize>);
        let (Ok(limit @ 1..=1_000), Ok(offset)) = (number("Limit", 10), number("Offset", 0)) else {
            return Err(invalid("Limit"));
        };
        let row = |(id, name): &(u64, String)| json!({"ID": id, "Name": name, "IsDeleted": false, "Address": "x"});
        Ok(data(200, self.lists.iter().skip(offset).take(limit).map(row).collect()))
    }

    fn define(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["Name", "Datatype", "NameSpace"]).map_err(|why| invalid(&why))?;
        let name = text(given, "Name").map_err(|why| invalid(&why))?;
        let kind = text(given, "Datatype").map_err(|why| invalid(&why))?;
        if !["str", "int", "float", "bool", "datetime"].contains(&kind.as_str()) || self.locked {
            return Err(invalid("Datatype"));
        }
        if self.properties.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            return Err(refused(
                400,
                &format!("A ContactMetaData resource with value \"{name}\" for Name already exists."),
            ));
        }
        self.properties.push((name.clone(), kind.clone()));
        Ok(data(201, vec![json!({"ID": 8, "Name": name, "Datatype": kind, "NameSpace": "static"})]))
    }

    fn create(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["Email", "Name", "IsExcludedFromCampaigns"]).map_err(|why| invalid(&why))?;
        let email = text(given, "Email").map_err(|why| invalid(&why))?;
        if !email.contains('@') {
            return Err(refused(400, &format!("MJ08 Property Email is invalid: {email}")));
        }
        if self.id_of(&email).is_some() {
            return Err(refused(
                400,
                &format!("MJ18 A Contact resource with value \"{email}\" for Email already exists."),
            ));
        }
        self.add(&email).name = maybe(given, "Name").unwrap_or_default();
        let id = self.id_of(&email).unwrap();
        Ok(data(201, vec![json_of(id, &self.rows[&id])]))
    }

    fn write(&mut self, who: &str, body: &Value) -> Result<Answer, Answer> {
        let id = self.find(who)?;
        let given = only(body, &["Data"]).map_err(|why| invalid(&why))?;
        let mut properties = Map::new();
        for one in given.get("Data").and_then(Value::as_array).into_iter().flatten() {
            let one = only(one, &["Name", "Value"]).map_err(|why| invalid(&why))?;
            let name = text(one, "Name").map_err(|why| invalid(&why))?;
            let kind = self.properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
            match kind.map(|(_, kind)| kind.as_str()) {
                Some("str") => properties.insert(name, json!(text(one, "Value").map_err(|why| invalid(&why))?)),
                Some(_) => return Err(invalid("Value has another type")),
                None => return Err(invalid(&format!("no property {name}"))),
            };
        }
        let row = self.rows.get_mut(&id).unwrap();
        if properties.iter().all(|(name, value)| row.properties.get(name) == Some(value)) {
            return Ok(Answer(304, Value::Null));
        }
        row.properties.extend(properties);
        Ok(data(200, vec![self.values(id)]))
    }

    fn values(&self, id: u64) -> Value {
        let pair = |(name, value): (&String, &Value)| json!({"Name": name, "Value": value});
        let pairs: Vec<Value> = self.rows[&id].properties.iter().map(pair).collect();
        json!({"ContactID": id, "Data": pairs, "ID": id})
    }

    fn manage(&mut self, list: &str, body: &Value) -> Result<Answer, Answer> {
        let list = list.parse().ok().filter(|list| self.lists.iter().any(|(id, _)| id == list)).ok_or_else(missing)?;
        let given = only(body, &["Email", "Action", "Name", "Properties"]).map_err(|why| invalid(&why))?;
        let email = text(given, "Email").map_err(|why| invalid(&why))?;
        let lists = &mut self.add(&email).lists;
        match maybe(given, "Action").as_deref() {
            Some("addnoforce") => drop(lists.entry(list).or_insert(false)),
            Some("addforce") => drop(lists.insert(list, false)),
            Some("unsub") => drop(lists.insert(list, true)),
            Some("remove") => drop(lists.remove(&list)),
            _ => return Err(invalid("Action")),
        }
        let id = self.id_of(&email).unwrap();
        Ok(data(201, vec![json!({"ContactID": id, "Email": email, "Action": given["Action"]})]))
    }
}

impl Crm for Mailjet {
    fn slug(&self) -> &'static str {
        "mailjet"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["MAILJET", "MAILJET_US"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey", KEY), ("secretKey", SECRET)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_string(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = &self.rows[&self.id_of(email)?];
        let out = row.excluded || row.lists.values().any(|out| *out);
        let tags = maybe(&row.properties, "rekomi_tags").unwrap_or_default();
        Some(Contact {
            email: row.email.clone(),
            first_name: maybe(&row.properties, "firstname"),
            last_name: maybe(&row.properties, "lastname"),
            subscribed: match (out, row.lists.is_empty()) {
                (true, _) => Subscribed::No,
                (false, true) => Subscribed::Unsaid,
                (false, false) => Subscribed::Yes,
            },
            lists: row.lists.keys().map(u64::to_string).collect::<BTreeSet<String>>(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: maybe(&row.properties, "rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.add(email).excluded = true;
    }

    fn leaves_list(&mut self, email: &str) {
        self.add(email).lists.insert(AFFILIATES, true);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "Too many requests");
        (Mood::Says(status, body), None)
    }
}
