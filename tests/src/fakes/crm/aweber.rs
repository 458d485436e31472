//! AWeber's API version 1.0 as far as accounts, lists and subscribers go, after its OpenAPI description. A refresh token
//! works once. Somebody on two lists is two subscribers, and a rate limit has status 403.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode, split_name};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, rotation::Rotation, text};

const CLIENT: &str = "CANARYCLIENT0AWEBER";
const SECRET: &str = "canary0aweber0secret";
const ACCOUNT: &str = "1234567";
const AFFILIATES: &str = "63";
const EMAIL_MAX: usize = 50;
const NAME_MAX: usize = 60;

#[derive(Debug, Clone)]
struct Row {
    list: String,
    email: String,
    name: Option<String>,
    /// `subscribed`, `unsubscribed` or `unconfirmed`.
    status: String,
    tags: BTreeSet<String>,
}

#[derive(Debug)]
pub struct AWeber {
    pub rotation: Rotation,
    next: u64,
    lists: Vec<(String, String)>,
    rows: BTreeMap<u64, Row>,
}

impl Default for AWeber {
    fn default() -> Self {
        let lists = [("62", "Customers"), (AFFILIATES, "Affiliates")];
        let lists = lists.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec();
        Self { rotation: Rotation::new("aweber", 7_200), next: 700, lists, rows: BTreeMap::new() }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, kind: &str, message: &str) -> Answer {
    let url = format!("https://api.aweber.com#{}", kind.to_lowercase());
    let error = json!({"documentation_url": url, "message": message, "status": status, "type": kind});
    Answer(status, json!({ "error": error }))
}

fn invalid(message: &str) -> Answer {
    refused(400, "WebServiceError", message)
}

fn missing(what: &str) -> Answer {
    refused(404, "NotFoundError", &format!("Object: None, name: '{what}'"))
}

/// The parameters of a query, if they are exactly these.
fn query(call: &Call, known: &[&str]) -> Result<(), Answer> {
    let names: Vec<&str> = call.query.iter().map(|(name, _)| name.as_str()).collect();
    if names == known { Ok(()) } else { Err(refused(400, "BadRequestError", "unexpected parameter")) }
}

fn texts(value: Option<&Value>) -> Result<Vec<String>, Answer> {
    let all = value.and_then(Value::as_array).ok_or_else(|| refused(400, "InvalidTypeError", "tags must be a list"))?;
    let texts: Option<Vec<String>> = all.iter().map(|tag| tag.as_str().map(str::to_owned)).collect();
    texts
        .filter(|texts| texts.iter().all(|tag| !tag.is_empty()))
        .ok_or_else(|| refused(400, "InvalidTypeError", "tags"))
}

impl Vendor for AWeber {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.line() == "POST /oauth2/token" {
            return self.rotation.login(call, &encode::basic(CLIENT, SECRET));
        }
        if !self.rotation.is_valid(call.bearer()) {
            return refused(401, "UnauthorizedError", "Invalid access token.");
        }
        let start = format!("/1.0/accounts/{ACCOUNT}");
        let Some(rest) = call.path.strip_prefix(&start) else {
            return match call.line().as_str() {
                "GET /1.0/accounts" => {
                    let account = json!({"id": 1_234_567, "company": "Brand Ltd.", "lists_link": format!("https://api.aweber.com{start}/lists")});
                    Answer(200, json!({"entries": [account], "start": 0, "total_size": 1}))
                }
                _ => missing("account"),
            };
        };
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", []) => self.find_everywhere(call),
            ("GET", ["lists"]) => self.all_lists(call),
            (_, ["lists", list, ..]) if !self.lists.iter().any(|(id, _)| id == list) => Err(missing("list")),
            ("GET", ["lists", list, "subscribers"]) => self.find(call, list),
            ("POST", ["lists", list, "subscribers"]) => self.add(call, list),
            ("PATCH", ["lists", list, "subscribers", id]) => self.update(call, list, id),
            ("DELETE", ["lists", list, "subscribers", id]) => self.delete(list, id),
            _ => Err(missing("resource")),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl AWeber {
    fn all_lists(&self, call: &Call) -> Done {
        query(call, &["ws.start", "ws.size"])?;
        let number = |name: &str| call.parameter(name).and_then(|number| number.parse::<usize>().ok());
        let (Some(start), Some(size @ 1..=100)) = (number("ws.start"), number("ws.size")) else {
            return Err(invalid("Maximum for \"ws.size\" parameter is 100."));
        };
        // One on each page, whatever was asked for: the second page is behind the next link.
        let at = start / size;
        let entries: Vec<Value> = self
            .lists
            .get(at)
            .iter()
            .map(|(id, name)| json!({"id": id.parse::<u64>().unwrap(), "name": name}))
            .collect();
        let mut page = json!({"entries": entries, "start": start});
        if at + 1 < self.lists.len() {
            page["next_collection_link"] = json!("https://api.aweber.com/1.0/next");
        }
        Ok(Answer(200, page))
    }

    fn shown(id: u64, row: &Row) -> Value {
        let link = format!("https://api.aweber.com/1.0/accounts/{ACCOUNT}/lists/{}/subscribers/{id}", row.list);
        json!({
            "id": id, "email": row.email, "name": row.name, "status": row.status, "tags": row.tags, "self_link": link,
        })
    }

    fn found(&self, list: Option<&str>, email: &str) -> Answer {
        let is = |row: &Row| row.email == email && list.is_none_or(|list| row.list == list);
        let rows: Vec<Value> =
            self.rows.iter().filter(|(_, row)| is(row)).map(|(id, row)| Self::shown(*id, row)).collect();
        Answer(200, json!({"entries": rows, "start": 0}))
    }

    fn find(&self, call: &Call, list: &str) -> Done {
        query(call, &["ws.op", "email"])?;
        match call.parameter("ws.op") {
            Some("find") => Ok(self.found(Some(list), call.parameter("email").unwrap_or_default())),
            _ => Err(invalid("ws.op")),
        }
    }

    fn find_everywhere(&self, call: &Call) -> Done {
        query(call, &["ws.op", "email"])?;
        match call.parameter("ws.op") {
            Some("findSubscribers") => Ok(self.found(None, call.parameter("email").unwrap_or_default())),
            _ => Err(invalid("ws.op")),
        }
    }

    fn fields(call: &Call, known: &[&str]) -> Result<Map<String, Value>, Answer> {
        let body =
            call.json().ok_or_else(|| refused(415, "InvalidContentType", "Content Type must be application/json"))?;
        let fields = only(&body, known).map_err(|why| refused(400, "BadRequestError", &why))?.clone();
        if maybe(&fields, "name").is_some_and(|name| name.chars().count() > NAME_MAX) {
            return Err(invalid("name: too long"));
        }
        Ok(fields)
    }

    fn add(&mut self, call: &Call, list: &str) -> Done {
        let fields = Self::fields(call, &["email", "name", "tags", "update_existing"])?;
        let email = text(&fields, "email").map_err(|_| refused(400, "MissingArgumentError", "email"))?;
        if !email.contains('@') || email.chars().count() > EMAIL_MAX {
            return Err(invalid("email: Invalid email address."));
        }
        let known = self.rows.iter().find(|(_, row)| row.list == list && row.email == email).map(|(id, _)| *id);
        match maybe(&fields, "update_existing").as_deref() {
            Some("true") => {}
            None | Some("false") if known.is_none() => {}
            None | Some("false") => return Err(invalid("email: Subscriber already subscribed.")),
            Some(_) => return Err(refused(400, "InvalidTypeError", "update_existing")),
        }
        let tags = texts(fields.get("tags"))?;
        let id = known.unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        let new =
            Row { list: list.to_owned(), email, name: None, status: "subscribed".to_owned(), tags: BTreeSet::new() };
        let row = self.rows.entry(id).or_insert(new);
        row.name = maybe(&fields, "name").or_else(|| row.name.take());
        row.tags.extend(tags);
        Ok(Answer(201, Value::Null))
    }

    fn id(&self, list: &str, id: &str) -> Result<u64, Answer> {
        let known = id.parse().ok().filter(|id| self.rows.get(id).is_some_and(|row| row.list == list));
        known.ok_or_else(|| missing("subscribers"))
    }

    fn update(&mut self, call: &Call, list: &str, id: &str) -> Done {
        let id = self.id(list, id)?;
        let fields = Self::fields(call, &["email", "name", "tags"])?;
        if let Some(email) = maybe(&fields, "email") {
            return self.rename(list, id, email);
        }
        let tags = fields.get("tags").cloned().unwrap_or_else(|| json!({}));
        only(&tags, &["add", "remove"]).map_err(|why| refused(400, "BadRequestError", &why))?;
        let (add, remove) = (texts(tags.get("add"))?, texts(tags.get("remove"))?);
        let row = self.rows.get_mut(&id).unwrap();
        row.name = maybe(&fields, "name").or_else(|| row.name.take());
        row.tags.extend(add);
        row.tags.retain(|tag| !remove.contains(tag));
        Ok(Answer(209, Self::shown(id, row)))
    }

    fn rename(&mut self, list: &str, id: u64, email: String) -> Done {
        if self.rows.iter().any(|(other, row)| *other != id && row.list == list && row.email == email) {
            return Err(invalid("email: Subscriber already subscribed."));
        }
        let row = self.rows.get_mut(&id).unwrap();
        row.email = email;
        Ok(Answer(209, Self::shown(id, row)))
    }

    fn delete(&mut self, list: &str, id: &str) -> Done {
        let id = self.id(list, id)?;
        if self.rows[&id].status == "unconfirmed" {
            return Err(refused(405, "MethodNotAllowedError", "Unconfirmed subscribers can't be deleted."));
        }
        self.rows.remove(&id);
        Ok(Answer(200, Value::Null))
    }

    /// Sets the status of everyone with that address; one more on the list of affiliates where there is none.
    pub fn set(&mut self, email: &str, status: &str) {
        if !self.rows.values().any(|row| row.email == email) {
            self.next += 1;
            let (list, email) = (AFFILIATES.to_owned(), email.to_owned());
            self.rows.insert(self.next, Row { list, email, name: None, status: String::new(), tags: BTreeSet::new() });
        }
        self.rows.values_mut().filter(|row| row.email == email).for_each(|row| status.clone_into(&mut row.status));
    }
}

impl Crm for AWeber {
    fn slug(&self) -> &'static str {
        "aweber"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["AWEBER"]
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
        let rows = || self.rows.values().filter(|row| row.email == email);
        let first = rows().next()?;
        let (first_name, last_name) = split_name(first.name.as_deref().unwrap_or_default());
        Some(Contact {
            email: email.to_owned(),
            first_name,
            last_name,
            subscribed: match first.status.as_str() {
                "subscribed" => Subscribed::Yes,
                "unconfirmed" => Subscribed::Pending,
                _ => Subscribed::No,
            },
            lists: rows().map(|row| row.list.clone()).collect(),
            tags: first.tags.clone(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.set(email, "unsubscribed");
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let Answer(status, body) = refused(403, "ForbiddenError", "Rate Limit Error");
        (Mood::Says(status, body), Some(60))
    }
}
