//! Campaign Monitor's API version 3.3 as far as lists, custom fields, subscribers and events go, after its published
//! reference. Somebody new is queued: it takes a few calls until they show. Who left a list isn't added again unless
//! that is asked for.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode, split_name};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canary+campaignmonitor/key==00000000000000000000000001";
const CLIENT: &str = "4a397ccaaa55eb4e6aa1221e1e2d7122";
const AFFILIATES: &str = "a58ee1d3039b8bec838e6d1482a80002";
/// How many calls it takes until somebody new shows.
const DELAY: u32 = 2;
const BODY: [&str; 5] = ["EmailAddress", "Name", "CustomFields", "Resubscribe", "ConsentToTrack"];

#[derive(Debug, Clone, Default)]
struct Row {
    name: Option<String>,
    /// `Active`, `Unconfirmed`, `Unsubscribed`, `Bounced` or `Deleted`.
    state: String,
    /// By their keys.
    fields: BTreeMap<String, String>,
}

#[derive(Debug)]
struct List {
    id: String,
    name: String,
    /// Names of the custom fields; their keys are these in brackets.
    fields: Vec<String>,
    /// By address.
    rows: BTreeMap<String, Row>,
    /// Who is to be confirmed by email.
    confirms: bool,
}

impl List {
    fn new(id: &str, name: &str) -> Self {
        let fields = vec!["website".to_owned()];
        Self { id: id.to_owned(), name: name.to_owned(), fields, rows: BTreeMap::new(), confirms: false }
    }
}

/// Somebody new who doesn't show yet.
#[derive(Debug)]
struct Job {
    calls: u32,
    list: String,
    email: String,
    row: Row,
}

#[derive(Debug)]
pub struct CampaignMonitor {
    revoked: bool,
    /// Takes no new fields.
    closed: bool,
    /// Takes people and never adds them.
    stuck: bool,
    lists: Vec<List>,
    queue: Vec<Job>,
    /// Addresses that no list takes.
    suppressed: BTreeSet<String>,
    events: Vec<(String, String)>,
}

impl Default for CampaignMonitor {
    fn default() -> Self {
        let lists =
            vec![List::new("a58ee1d3039b8bec838e6d1482a80001", "Customers"), List::new(AFFILIATES, "Affiliates")];
        let (queue, suppressed, events) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { revoked: false, closed: false, stuck: false, lists, queue, suppressed, events }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, code: u32, message: impl AsRef<str>) -> Answer {
    Answer(status, json!({"Code": code, "Message": message.as_ref()}))
}

fn invalid(message: impl AsRef<str>) -> Answer {
    refused(400, 400, message)
}

fn absent() -> Answer {
    refused(400, 203, "Subscriber not in list or has already been removed.")
}

fn body(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or(invalid("Failed to deserialize your request."))?;
    only(&body, known).cloned().map_err(invalid)
}

/// The values of custom fields, by key.
fn values(given: &Map<String, Value>, list: &List) -> Result<BTreeMap<String, String>, Answer> {
    let all = given.get("CustomFields").and_then(Value::as_array).ok_or(invalid("CustomFields"))?;
    let mut values = BTreeMap::new();
    for one in all {
        let field = only(one, &["Key", "Value"]).map_err(invalid)?;
        let (key, value) = (text(field, "Key").map_err(invalid)?, text(field, "Value").map_err(invalid)?);
        // A key that the list lacks is ignored; a value that is too long is cut.
        if list.fields.contains(&key) {
            values.insert(key, value.chars().take(250).collect());
        }
    }
    Ok(values)
}

impl Vendor for CampaignMonitor {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != encode::basic(KEY, "x") {
            return refused(401, 100, "Invalid API Key");
        }
        self.pass();
        let path = call.path.strip_prefix("/api/v3.3/").unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            (_, ["clients", client, ..] | ["events", "custom", client, ..]) if *client != CLIENT => {
                Err(refused(401, 102, "Invalid ClientID"))
            }
            ("GET", ["clients", _, "lists.json"]) => {
                let row = |list: &List| json!({"ListID": list.id, "Name": list.name});
                Ok(Answer(200, json!(self.lists.iter().map(row).collect::<Vec<_>>())))
            }
            ("GET", ["clients", _, "listsforemail.json"]) => self.lists_of(call),
            ("GET", ["lists", list, "customfields.json"]) => self.fields(list),
            ("POST", ["lists", list, "customfields.json"]) => self.make_field(list, call),
            ("GET", ["subscribers", list]) => self.subscriber(list, call),
            ("POST", ["subscribers", list]) => self.add(list, call),
            ("PUT", ["subscribers", list]) => self.update(list, call),
            ("DELETE", ["subscribers", list]) => self.delete(list, call),
            ("POST", ["events", "custom", _, "track"]) => self.event(call),
            _ => Err(refused(404, 404, "We couldn't find the resource you're looking for.")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl CampaignMonitor {
    /// With a member of the list in that state.
    #[must_use]
    pub fn with_member(mut self, email: &str, state: &str) -> Self {
        self.row(email).state = state.to_owned();
        self
    }

    /// With an address on the suppression list.
    #[must_use]
    pub fn with_suppressed(mut self, email: &str) -> Self {
        self.suppressed.insert(email.to_owned());
        self
    }

    /// Whose list asks people to confirm.
    #[must_use]
    pub fn confirming(mut self) -> Self {
        self.lists.iter_mut().for_each(|list| list.confirms = true);
        self
    }

    /// Whose lists take no more fields.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { closed: true, ..self }
    }

    /// Who takes people and never adds them.
    #[must_use]
    pub fn stuck(self) -> Self {
        Self { stuck: true, ..self }
    }

    fn row(&mut self, email: &str) -> &mut Row {
        let list = self.lists.iter_mut().find(|list| list.id == AFFILIATES).unwrap();
        list.rows.entry(email.to_owned()).or_default()
    }

    fn list(&mut self, id: &str) -> Result<&mut List, Answer> {
        let id = id.trim_end_matches(".json");
        self.lists.iter_mut().find(|list| list.id == id).ok_or(refused(400, 101, "Invalid ListID"))
    }

    /// One more call went by.
    fn pass(&mut self) {
        self.queue.iter_mut().for_each(|job| job.calls = job.calls.saturating_sub(1));
        self.work(0);
    }

    fn work(&mut self, most: u32) {
        let (due, later): (Vec<Job>, Vec<Job>) =
            std::mem::take(&mut self.queue).into_iter().partition(|job| job.calls <= most && !self.stuck);
        self.queue = later;
        for job in due {
            if let Ok(list) = self.list(&job.list) {
                list.rows.entry(job.email).or_insert(job.row);
            }
        }
    }

    fn lists_of(&self, call: &Call) -> Done {
        let email = call.parameter("email").ok_or(invalid("email"))?;
        let row = |list: &List| {
            let row = list.rows.get(email)?;
            Some(json!({"ListID": list.id, "ListName": list.name, "SubscriberState": row.state}))
        };
        Ok(Answer(200, json!(self.lists.iter().filter_map(row).collect::<Vec<_>>())))
    }

    fn fields(&mut self, list: &str) -> Done {
        let key = |name: &String| format!("[{name}]");
        let field =
            |name: &String| json!({"FieldName": name, "Key": key(name), "DataType": "Text", "FieldOptions": []});
        Ok(Answer(200, json!(self.list(list)?.fields.iter().map(field).collect::<Vec<_>>())))
    }

    fn make_field(&mut self, list: &str, call: &Call) -> Done {
        let given = body(call, &["FieldName", "DataType", "VisibleInPreferenceCenter"])?;
        let name = text(&given, "FieldName").map_err(invalid)?;
        if self.closed {
            return Err(refused(400, 253, "Maximum number of custom fields reached."));
        }
        let list = self.list(list)?;
        if given.get("DataType") != Some(&json!("Text")) || list.fields.contains(&name) {
            return Err(refused(400, 255, "Field key already exists."));
        }
        let key = format!("[{name}]");
        list.fields.push(name);
        Ok(Answer(201, json!(key)))
    }

    fn subscriber(&mut self, list: &str, call: &Call) -> Done {
        let email = call.parameter("email").ok_or(invalid("email"))?.to_owned();
        let row = self.list(list)?.rows.get(&email).ok_or(absent())?;
        let fields: Vec<Value> = row.fields.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        Ok(Answer(200, json!({"EmailAddress": email, "Name": row.name, "State": row.state, "CustomFields": fields})))
    }

    /// What all writes about one person must say.
    fn given(call: &Call) -> Result<(String, Map<String, Value>), Answer> {
        let given = body(call, &BODY)?;
        let email = text(&given, "EmailAddress").map_err(invalid)?;
        let tracking = given.get("ConsentToTrack").and_then(Value::as_str).unwrap_or_default();
        if !["Yes", "No", "Unchanged"].contains(&tracking) {
            return Err(refused(400, 223, "ConsentToTrack value is required."));
        }
        if !email.contains('@') {
            return Err(refused(400, 1, "Please provide a valid email address."));
        }
        Ok((email, given))
    }

    fn add(&mut self, list: &str, call: &Call) -> Done {
        let (email, given) = Self::given(call)?;
        let resubscribes = given.get("Resubscribe").and_then(Value::as_bool).ok_or(invalid("Resubscribe"))?;
        if self.suppressed.contains(&email) {
            return Err(refused(400, 204, "Address exists in suppression list. Subscriber was not added."));
        }
        let list = self.list(list)?;
        let fields = values(&given, list)?;
        let new = if list.confirms { "Unconfirmed" } else { "Active" };
        if let Some(row) = list.rows.get_mut(&email) {
            let code = match row.state.as_str() {
                "Deleted" => 205,
                "Unsubscribed" => 206,
                "Bounced" => 207,
                _ => 0,
            };
            if code > 0 && !resubscribes {
                return Err(refused(400, code, "Subscriber was not added."));
            }
            // This undoes an unsubscription.
            new.clone_into(&mut row.state);
            row.fields.extend(fields);
        } else {
            let row = Row { name: maybe(&given, "Name"), state: new.to_owned(), fields };
            let list = list.id.clone();
            self.queue.push(Job { calls: DELAY, list, email: email.clone(), row });
        }
        Ok(Answer(201, json!(email)))
    }

    fn update(&mut self, list: &str, call: &Call) -> Done {
        let (email, given) = Self::given(call)?;
        let resubscribes = given.get("Resubscribe").and_then(Value::as_bool).ok_or(invalid("Resubscribe"))?;
        let former = call.parameter("email").ok_or(invalid("email"))?;
        let list = self.list(list)?;
        if former != email && !given.contains_key("CustomFields") && !list.rows.contains_key(&email) {
            let row = list.rows.remove(former).ok_or(absent())?;
            list.rows.insert(email, row);
            return Ok(Answer(200, Value::Null));
        }
        if former != email {
            return Err(invalid("email"));
        }
        let fields = values(&given, list)?;
        let row = list.rows.get_mut(&email).filter(|row| row.state != "Deleted").ok_or(absent())?;
        if resubscribes {
            "Active".clone_into(&mut row.state);
        }
        row.name = maybe(&given, "Name").or_else(|| row.name.take());
        row.fields.extend(fields);
        Ok(Answer(200, Value::Null))
    }

    fn delete(&mut self, list: &str, call: &Call) -> Done {
        let email = call.parameter("email").ok_or(invalid("email"))?.to_owned();
        let row = self.list(list)?.rows.get_mut(&email).filter(|row| row.state != "Deleted").ok_or(absent())?;
        "Deleted".clone_into(&mut row.state);
        Ok(Answer(200, Value::Null))
    }

    fn event(&mut self, call: &Call) -> Done {
        let given = body(call, &["ContactID", "EventName", "Data"])?;
        let contact = only(given.get("ContactID").ok_or(invalid("ContactID"))?, &["Email"]).map_err(invalid)?;
        let (name, email) = (text(&given, "EventName").map_err(invalid)?, text(contact, "Email").map_err(invalid)?);
        if given.get("Data").and_then(Value::as_object).is_none_or(Map::is_empty) {
            return Err(invalid("Data"));
        }
        self.events.push((name, email));
        Ok(Answer(202, json!({"EventID": "4a397cca-0001"})))
    }

    fn rows<'a>(&'a self, email: &'a str) -> impl Iterator<Item = (&'a List, &'a Row)> {
        let of = move |list: &'a List| Some((list, list.rows.get(email).filter(|row| row.state != "Deleted")?));
        self.lists.iter().filter_map(of)
    }
}

impl Crm for CampaignMonitor {
    fn slug(&self) -> &'static str {
        "campaign-monitor"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["CAMPAIGNMONITOR"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey", KEY), ("clientId", CLIENT)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
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
        let tags = first.fields.get("rekomi_tags").map(String::as_str).unwrap_or_default();
        Some(Contact {
            email: email.to_owned(),
            first_name,
            last_name,
            subscribed: match first.state.as_str() {
                "Active" => Subscribed::Yes,
                "Unconfirmed" => Subscribed::Pending,
                _ => Subscribed::No,
            },
            lists: self.rows(email).map(|(list, _)| list.id.clone()).collect(),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
            status: first.fields.get("rekomi_status").cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.lists.iter().flat_map(|list| list.rows.values()).filter(|row| row.state != "Deleted").count()
    }

    fn unsubscribed(&mut self, email: &str) {
        "Unsubscribed".clone_into(&mut self.row(email).state);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(429, 429, "Rate limit exceeded");
        (Mood::Says(status, body), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }

    fn settle(&mut self) {
        self.work(u32::MAX);
    }
}
