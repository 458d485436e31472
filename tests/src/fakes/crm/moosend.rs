//! Moosend's API version 3 as far as lists, custom fields and subscribers go, after its published blueprint and
//! reference. Every answer has status 200, and what went wrong stands in the body. Adding somebody resubscribes them; a
//! write clears the custom fields that it doesn't name.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, split_name};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "bafe55f4-e53e-4651-8164-c6d6ff05081b";
const AFFILIATES: &str = "a589366a-1a34-4965-ac50-f1299fe50002";

#[derive(Debug, Clone, Default)]
struct Row {
    id: u64,
    name: Option<String>,
    /// 1 subscribed, 2 unsubscribed, 3 bounced, 4 removed.
    kind: u8,
    fields: BTreeMap<String, String>,
    tags: Vec<String>,
    preferences: Vec<String>,
    confirmed: Option<bool>,
}

#[derive(Debug)]
struct List {
    id: String,
    name: String,
    fields: Vec<String>,
    /// By address.
    rows: BTreeMap<String, Row>,
}

impl List {
    fn new(id: &str, name: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), fields: vec!["City".to_owned()], rows: BTreeMap::new() }
    }

    fn json(&self) -> Value {
        let field =
            |name: &String| json!({"ID": "dd4f", "Name": name, "Context": null, "IsRequired": false, "Type": 0});
        let fields: Vec<Value> = self.fields.iter().map(field).collect();
        json!({"ID": self.id, "Name": self.name, "Status": 0, "CustomFieldsDefinition": fields})
    }
}

#[derive(Debug)]
pub struct Moosend {
    revoked: bool,
    /// Doesn't add the tags that it takes.
    untagged: bool,
    next: u64,
    lists: Vec<List>,
}

impl Default for Moosend {
    fn default() -> Self {
        let lists =
            vec![List::new("a589366a-1a34-4965-ac50-f1299fe50001", "Customers"), List::new(AFFILIATES, "Affiliates")];
        Self { revoked: false, untagged: false, next: 0, lists }
    }
}

type Done = Result<Answer, Answer>;

fn answer(context: &Value) -> Answer {
    Answer(200, json!({"Code": 0, "Error": null, "Context": context}))
}

fn refused(code: u32, error: impl AsRef<str>) -> Answer {
    Answer(200, json!({"Code": code, "Error": error.as_ref(), "Context": null}))
}

fn invalid(error: impl AsRef<str>) -> Answer {
    refused(500, error)
}

fn body(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or(invalid("NO_JSON"))?;
    only(&body, known).cloned().map_err(invalid)
}

/// A list of texts, none of them empty.
fn texts(given: &Map<String, Value>, name: &str) -> Result<Vec<String>, Answer> {
    let Some(all) = given.get(name) else { return Ok(Vec::new()) };
    let all = all.as_array().filter(|all| !all.is_empty()).ok_or(invalid(name))?;
    let text = |one: &Value| one.as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or(invalid(name));
    all.iter().map(text).collect()
}

fn member(email: &str, row: &Row) -> Value {
    let field = |(name, value): (&String, &String)| json!({"CustomFieldID": "b7e6", "Name": name, "Value": value});
    let fields: Vec<Value> = row.fields.iter().map(field).collect();
    let left = (row.kind == 2).then_some("/Date(1465381597743+0100)/");
    json!({"ID": format!("9bef-{}", row.id), "Name": row.name, "Email": email, "SubscribeType": row.kind,
        "SubscribeMethod": 2, "UnsubscribedOn": left, "CustomFields": fields, "Tags": row.tags,
        "Preferences": row.preferences, "RemovedOn": null})
}

impl Vendor for Moosend {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.header("accept") != "application/json" {
            return refused(400, "ACCEPT_HEADER");
        }
        if self.revoked || call.parameter("apikey") != Some(KEY) {
            return refused(102, "INVALID_API_KEY");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["v3", "lists", page, size]) if size.parse::<u64>().is_err() && *size != "details.json" => {
                self.page(page, size)
            }
            ("GET", ["v3", "lists", list, "details.json"]) => self.list(list).map(|list| answer(&list.json())),
            ("POST", ["v3", "lists", list, "customfields", "create.json"]) => self.field(list, call),
            ("GET", ["v3", "subscribers", list, "view.json"]) => self.view(list, call),
            ("POST", ["v3", "subscribers", list, "subscribe.json"]) => self.subscribe(list, call),
            ("POST", ["v3", "subscribers", list, "update", id]) => self.update(list, id, call),
            ("POST", ["v3", "subscribers", list, "remove.json"]) => self.remove(list, call),
            _ => Err(Answer(404, Value::Null)),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Moosend {
    /// With as many lists more.
    #[must_use]
    pub fn with_lists(mut self, more: usize) -> Self {
        let list =
            |number: usize| List::new(&format!("a589366a-2000-4965-ac50-{number:012}"), &format!("List {number}"));
        self.lists.splice(0..0, (0..more).map(list));
        self
    }

    /// With a member of the list, in that state, who has values of the brand's own.
    #[must_use]
    pub fn with_member(mut self, email: &str, kind: u8) -> Self {
        let row = self.row(email, kind);
        row.name = Some("Old Name".to_owned());
        row.fields.insert("City".to_owned(), "Athens".to_owned());
        (row.tags, row.preferences) = (vec!["repeater".to_owned()], vec!["option a".to_owned()]);
        self
    }

    /// Who takes tags and adds none.
    #[must_use]
    pub fn untagged(self) -> Self {
        Self { untagged: true, ..self }
    }

    fn row(&mut self, email: &str, kind: u8) -> &mut Row {
        self.next += 1;
        let new = Row { id: self.next, ..Row::default() };
        let list = self.lists.iter_mut().find(|list| list.id == AFFILIATES).unwrap();
        let row = list.rows.entry(email.to_owned()).or_insert(new);
        row.kind = kind;
        row
    }

    fn list(&mut self, id: &str) -> Result<&mut List, Answer> {
        self.lists.iter_mut().find(|list| list.id == id).ok_or(refused(404, "MAILING_LIST_NOT_FOUND"))
    }

    fn page(&self, page: &str, size: &str) -> Done {
        let size = size.strip_suffix(".json").and_then(|size| size.parse::<usize>().ok());
        let (Ok(page), Some(size)) = (page.parse::<usize>(), size.filter(|size| (1..=1_000).contains(size))) else {
            return Err(invalid("PAGING"));
        };
        let some: Vec<Value> = self.lists.iter().skip((page - 1) * size).take(size).map(List::json).collect();
        let paging = json!({"PageSize": size, "CurrentPage": page, "TotalResults": self.lists.len(),
            "TotalPageCount": self.lists.len().div_ceil(size)});
        Ok(answer(&json!({"Paging": paging, "MailingLists": some})))
    }

    fn field(&mut self, list: &str, call: &Call) -> Done {
        let given = body(call, &["Name", "CustomFieldType", "IsHidden"])?;
        let name = text(&given, "Name").map_err(invalid)?;
        if given.get("CustomFieldType") != Some(&json!("Text")) || given.get("IsHidden") != Some(&json!(true)) {
            return Err(invalid("CustomFieldType"));
        }
        let list = self.list(list)?;
        if list.fields.contains(&name) {
            return Err(invalid("CUSTOM_FIELD_ALREADY_DEFINED"));
        }
        list.fields.push(name);
        Ok(answer(&json!("b42b4e0f-ca2f-403d-8231-32a2405651af")))
    }

    fn view(&mut self, list: &str, call: &Call) -> Done {
        let email = call.parameter("Email").ok_or(invalid("Email"))?;
        let row = self.list(list)?.rows.get(email).ok_or(refused(404, "MEMBER_NOT_FOUND"))?;
        Ok(answer(&member(email, row)))
    }

    fn subscribe(&mut self, list: &str, call: &Call) -> Done {
        let known = ["Name", "Email", "HasExternalDoubleOptIn", "CustomFields", "Tags", "Preferences"];
        let given = body(call, &known)?;
        let email = text(&given, "Email").map_err(invalid)?;
        if !email.contains('@') {
            return Err(invalid("INVALID_EMAIL"));
        }
        self.next += 1;
        let new = Row { id: self.next, ..Row::default() };
        let row = self.list(list)?.rows.entry(email.clone()).or_insert(new);
        // Whatever it was before.
        row.kind = 1;
        row.confirmed = given.get("HasExternalDoubleOptIn").and_then(Value::as_bool);
        self.write(list, &email, &given)
    }

    fn update(&mut self, list: &str, id: &str, call: &Call) -> Done {
        let given = body(call, &["Name", "Email", "CustomFields", "Tags", "Preferences"])?;
        let email = text(&given, "Email").map_err(invalid)?;
        let row = self.list(list)?.rows.get(&email).ok_or(refused(404, "MEMBER_NOT_FOUND"))?;
        if id != format!("9bef-{}.json", row.id) {
            return Err(refused(404, "MEMBER_NOT_FOUND"));
        }
        self.write(list, &email, &given)
    }

    /// What isn't given is gone, but for the name.
    fn write(&mut self, list: &str, email: &str, given: &Map<String, Value>) -> Done {
        let untagged = self.untagged;
        let list = self.list(list)?;
        let mut fields = BTreeMap::new();
        for field in texts(given, "CustomFields")? {
            let (name, value) = field.split_once('=').ok_or(invalid("CustomFields"))?;
            if !list.fields.iter().any(|known| known == name) {
                return Err(invalid(format!("CUSTOM_FIELD {name}")));
            }
            fields.insert(name.to_owned(), value.to_owned());
        }
        let row = list.rows.entry(email.to_owned()).or_default();
        row.name = maybe(given, "Name").or_else(|| row.name.take());
        row.fields = fields;
        row.tags = if untagged { Vec::new() } else { texts(given, "Tags")? };
        row.preferences = texts(given, "Preferences")?;
        Ok(answer(&member(email, row)))
    }

    fn remove(&mut self, list: &str, call: &Call) -> Done {
        let email = text(&body(call, &["Email"])?, "Email").map_err(invalid)?;
        let gone = self.list(list)?.rows.remove(&email);
        gone.map(|_| answer(&Value::Null)).ok_or(refused(404, "MEMBER_NOT_FOUND"))
    }

    fn rows<'a>(&'a self, email: &'a str) -> impl Iterator<Item = (&'a List, &'a Row)> {
        self.lists.iter().filter_map(move |list| Some((list, list.rows.get(email)?)))
    }
}

impl Crm for Moosend {
    fn slug(&self) -> &'static str {
        "moosend"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["MOOSEND"]
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
        let (_, first) = self.rows(email).next()?;
        let (first_name, last_name) = split_name(first.name.as_deref().unwrap_or_default());
        Some(Contact {
            email: email.to_owned(),
            first_name,
            last_name,
            subscribed: match (first.kind, first.confirmed) {
                (1, Some(false)) => Subscribed::Pending,
                (1, _) => Subscribed::Yes,
                _ => Subscribed::No,
            },
            lists: self.rows(email).map(|(list, _)| list.id.clone()).collect::<BTreeSet<_>>(),
            tags: self.rows(email).flat_map(|(_, row)| row.tags.iter().cloned()).collect(),
            status: first.fields.get("rekomi_status").cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.lists.iter().map(|list| list.rows.len()).sum()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.row(email, 2);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, "RATE-LIMITING");
        (Mood::Says(status, body), None)
    }
}
