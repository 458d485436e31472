//! listmonk's API as far as subscribers and lists go, after its documentation and the server's source (6.2).

use std::collections::BTreeMap;

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const USER: &str = "rekomi";
const TOKEN: &str = "canarylistmonktoken0000000000001";
/// Signs that mean something in a regular expression.
const SIGNS: &str = r".\+*?()|[]{}^$";

#[derive(Debug, Default, Clone)]
struct Row {
    email: String,
    name: String,
    status: String,
    attribs: Map<String, Value>,
    /// Status by list.
    lists: BTreeMap<u64, String>,
}

#[derive(Debug)]
pub struct Listmonk {
    revoked: bool,
    next: u64,
    rows: BTreeMap<u64, Row>,
    /// Name, and whether it is archived.
    lists: BTreeMap<u64, (String, bool)>,
    /// Knows no PATCH.
    old: bool,
}

impl Default for Listmonk {
    fn default() -> Self {
        let lists = [(1, "Customers", false), (2, "Affiliates", false), (3, "Affiliates 2019", true)];
        let lists = lists.into_iter().map(|(id, name, archived)| (id, (name.to_owned(), archived))).collect();
        Self { revoked: false, next: 100, rows: BTreeMap::new(), lists, old: false }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, message: &str) -> Answer {
    Answer(status, json!({"message": message}))
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(400, why.as_ref())
}

fn data(data: &Value) -> Answer {
    Answer(200, json!({"data": data}))
}

fn parameters(call: &Call, known: &[&str]) -> Result<(), Answer> {
    let unknown = call.query.iter().find(|(name, value)| !known.contains(&name.as_str()) || value.is_empty());
    unknown.map_or(Ok(()), |(name, _)| Err(invalid(format!("unknown parameter {name}"))))
}

fn body(call: &Call) -> Result<Value, Answer> {
    call.json().ok_or(refused(400, "Syntax error: no JSON"))
}

/// A list of ids, which are numbers.
fn ids(fields: &Map<String, Value>, name: &str) -> Result<Vec<u64>, Answer> {
    let Some(value) = fields.get(name) else { return Ok(Vec::new()) };
    let all = value.as_array().ok_or(invalid(format!("{name} must be a list")))?;
    all.iter().map(|id| id.as_u64().ok_or(invalid(format!("{name} must be numbers")))).collect()
}

/// What a regular expression matches literally.
fn literal(pattern: &str) -> Result<String, Answer> {
    let (mut plain, mut signs) = (String::new(), pattern.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => plain.push(signs.next().filter(|sign| SIGNS.contains(*sign)).ok_or(invalid("a bad escape"))?),
            sign if SIGNS.contains(sign) => return Err(invalid(format!("{sign} isn't escaped"))),
            sign => plain.push(sign),
        }
    }
    Ok(plain.to_lowercase())
}

impl Vendor for Listmonk {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != format!("token {USER}:{TOKEN}") {
            return refused(403, "invalid API credentials");
        }
        let Some(path) = call.path.strip_prefix("/api/") else { return refused(404, "Not Found") };
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["lists"]) => self.all_lists(call),
            ("GET", ["subscribers"]) => self.search(call),
            ("POST", ["subscribers"]) => self.create(call),
            ("PATCH", ["subscribers", _]) if self.old => Err(refused(405, "Method Not Allowed")),
            ("PATCH", ["subscribers", id]) => self.update(call, id),
            ("PUT", ["subscribers", "lists"]) => self.manage(call),
            ("DELETE", ["subscribers", id]) => {
                // It is answered alike whether there was one or not.
                self.rows.remove(&id.parse().unwrap_or_default());
                Ok(data(&json!(true)))
            }
            _ => Err(refused(404, "Not Found")),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Listmonk {
    /// An older version.
    #[must_use]
    pub fn older(mut self) -> Self {
        self.old = true;
        self
    }

    /// With a subscriber who has attributes of the brand's own, and stands so to the list.
    #[must_use]
    pub fn with(mut self, email: &str, status: &str, list: Option<&str>) -> Self {
        let id = self.id();
        let attribs = json!({"city": "Bonn"}).as_object().cloned().unwrap_or_default();
        let lists = list.map(|status| (2, status.to_owned())).into_iter().chain([(1, "confirmed".to_owned())]);
        let (email, status) = (email.to_owned(), status.to_owned());
        self.rows.insert(id, Row { email, name: "Someone".to_owned(), status, attribs, lists: lists.collect() });
        self
    }

    /// An attribute of a subscriber.
    pub fn attribute(&self, email: &str, name: &str) -> Option<Value> {
        self.rows.values().find(|row| row.email == email)?.attribs.get(name).cloned()
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn all_lists(&self, call: &Call) -> Done {
        parameters(call, &["minimal", "per_page"])?;
        let row = |(id, (name, archived)): (&u64, &(String, bool))| {
            let status = if *archived { "archived" } else { "active" };
            json!({"id": id, "name": name, "type": "private", "optin": "double", "status": status})
        };
        let results: Vec<Value> = self.lists.iter().map(row).collect();
        Ok(data(&json!({"results": results, "total": results.len(), "page": 1, "per_page": results.len()})))
    }

    fn search(&self, call: &Call) -> Done {
        parameters(call, &["search", "per_page", "page"])?;
        let words = literal(call.parameter("search").unwrap_or_default())?;
        let matches = |row: &Row| [&row.email, &row.name].iter().any(|text| text.to_lowercase().contains(&words));
        let found = self.rows.iter().filter(|(_, row)| matches(row)).map(|(id, row)| self.shown(*id, row));
        let results: Vec<Value> = found.collect();
        Ok(data(&json!({"results": results, "search": words, "query": "", "total": results.len()})))
    }

    fn shown(&self, id: u64, row: &Row) -> Value {
        let list = |(id, status): (&u64, &String)| {
            let name = self.lists.get(id).map(|(name, _)| name);
            json!({"id": id, "name": name, "subscription_status": status})
        };
        json!({"id": id, "email": row.email, "name": row.name, "status": row.status, "attribs": row.attribs,
            "lists": row.lists.iter().map(list).collect::<Vec<_>>()})
    }

    fn create(&mut self, call: &Call) -> Done {
        let body = body(call)?;
        let known = ["email", "name", "status", "lists", "attribs", "preconfirm_subscriptions"];
        let given = only(&body, &known).map_err(invalid)?;
        let email = text(given, "email").map_err(invalid)?.to_lowercase();
        if !email.contains('@') {
            return Err(invalid("Invalid e-mail."));
        }
        if self.rows.values().any(|row| row.email == email) {
            return Err(refused(409, "E-mail already exists."));
        }
        let confirmed = given.get("preconfirm_subscriptions").and_then(Value::as_bool).unwrap_or_default();
        let status = if confirmed { "confirmed" } else { "unconfirmed" };
        // Lists that don't exist are passed over.
        let lists = ids(given, "lists")?.into_iter().filter(|id| self.lists.contains_key(id));
        let row = Row {
            name: maybe(given, "name").unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned()),
            status: maybe(given, "status").unwrap_or_else(|| "enabled".to_owned()),
            attribs: given.get("attribs").and_then(Value::as_object).cloned().unwrap_or_default(),
            lists: lists.map(|id| (id, status.to_owned())).collect(),
            email,
        };
        let id = self.id();
        self.rows.insert(id, row.clone());
        Ok(data(&self.shown(id, &row)))
    }

    fn update(&mut self, call: &Call, id: &str) -> Done {
        let body = body(call)?;
        let given = only(&body, &["email", "name", "status", "attribs"]).map_err(invalid)?;
        let id = id.parse().map_err(|_| invalid("invalid ID"))?;
        let email = maybe(given, "email").map(|email| email.to_lowercase());
        if self.rows.iter().any(|(other, row)| *other != id && Some(&row.email) == email.as_ref()) {
            return Err(refused(409, "E-mail already exists."));
        }
        let row = self.rows.get_mut(&id).ok_or(refused(400, "Subscriber not found"))?;
        row.email = email.unwrap_or_else(|| row.email.clone());
        row.name = maybe(given, "name").unwrap_or_else(|| row.name.clone());
        row.status = maybe(given, "status").unwrap_or_else(|| row.status.clone());
        row.attribs.extend(given.get("attribs").and_then(Value::as_object).cloned().unwrap_or_default());
        let row = row.clone();
        Ok(data(&self.shown(id, &row)))
    }

    fn manage(&mut self, call: &Call) -> Done {
        let body = body(call)?;
        let given = only(&body, &["ids", "action", "target_list_ids", "status"]).map_err(invalid)?;
        let (subscribers, lists) = (ids(given, "ids")?, ids(given, "target_list_ids")?);
        if text(given, "action").map_err(invalid)? != "add" || subscribers.is_empty() || lists.is_empty() {
            return Err(invalid("Invalid action, or no IDs given."));
        }
        let status = maybe(given, "status");
        if status
            .as_ref()
            .is_some_and(|status| !["confirmed", "unconfirmed", "unsubscribed"].contains(&status.as_str()))
        {
            return Err(invalid("status"));
        }
        for id in lists {
            if !self.lists.contains_key(&id) {
                let why =
                    format!("Error updating Subscribers: Key (list_id)=({id}) is not present in table \"lists\".");
                return Err(refused(500, &why));
            }
            for subscriber in &subscribers {
                let row = self.rows.get_mut(subscriber).ok_or(refused(500, "Error updating Subscribers"))?;
                // Without a status, the one that is there stays; with one, even who unsubscribed is subscribed.
                let known = row.lists.get(&id).cloned().unwrap_or_else(|| "unconfirmed".to_owned());
                row.lists.insert(id, status.clone().unwrap_or(known));
            }
        }
        Ok(data(&json!(true)))
    }
}

impl Crm for Listmonk {
    fn slug(&self) -> &'static str {
        "listmonk"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["LISTMONK"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let all = [("url", "https://lists.brand.test"), ("apiUser", USER), ("accessToken", TOKEN)];
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "2".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let mut names = row.name.splitn(2, ' ').map(str::to_owned);
        let has = |status: &str| row.lists.get(&2).is_some_and(|known| known == status);
        let subscribed = match row.status.as_str() {
            "blocklisted" => Subscribed::No,
            _ if has("unsubscribed") => Subscribed::No,
            _ if has("confirmed") => Subscribed::Yes,
            _ if has("unconfirmed") => Subscribed::Pending,
            _ => Subscribed::Unsaid,
        };
        let on = row.lists.iter().filter(|(_, status)| *status != "unsubscribed");
        let tags = row.attribs.get("rekomi_tags").and_then(Value::as_array).into_iter().flatten();
        Some(Contact {
            email: row.email.clone(),
            first_name: names.next(),
            last_name: names.next(),
            subscribed,
            lists: on.map(|(id, _)| id.to_string()).collect(),
            tags: tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
            status: row.attribs.get("rekomi_status").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| self.id());
        let new = || Row { email: email.to_owned(), status: "enabled".to_owned(), ..Row::default() };
        self.rows.entry(id).or_insert_with(new).lists.insert(2, "unsubscribed".to_owned());
    }

    /// Of a proxy in front of it: listmonk itself has no limit.
    fn too_fast(&self) -> (Mood, Option<u64>) {
        (
            Mood::Writes(429, vec![("Retry-After", "5".to_owned())], "<html>429 Too Many Requests</html>".to_owned()),
            Some(5),
        )
    }
}
