//! ActiveCampaign's API version 3 as far as contacts, lists and tags go, after its published OpenAPI description.

use std::collections::BTreeMap;

use connector::Choice;
use serde_json::{Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canaryactivecampaignkey0000000000000000000000000000000000000001";

#[derive(Debug, Default)]
struct Row {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Status by list.
    lists: BTreeMap<String, u8>,
    /// Tag by the id of its being given.
    tags: BTreeMap<u64, String>,
}

#[derive(Debug)]
pub struct ActiveCampaign {
    revoked: bool,
    /// Who the key belongs to, and the name of list 2.
    user: &'static str,
    list: &'static str,
    next: u64,
    rows: BTreeMap<u64, Row>,
    tags: BTreeMap<String, String>,
}

impl Default for ActiveCampaign {
    fn default() -> Self {
        let tags = [("1", "customer"), ("2", "VIP"), ("3", "VIP guests")];
        let tags = tags.into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect();
        Self { revoked: false, user: "admin@brand.test", list: "Affiliates", next: 100, rows: BTreeMap::new(), tags }
    }
}

fn refused(status: u16, title: &str) -> Answer {
    Answer(status, json!({"errors": [{"status": status, "title": title, "detail": title}]}))
}

impl Vendor for ActiveCampaign {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("api-token") != KEY {
            return Answer(403, json!({"message": "Forbidden"}));
        }
        let Some(path) = call.path.strip_prefix("/api/3/") else { return refused(404, "No route") };
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["users", "me"]) => {
                Ok(Answer(200, json!({"user": {"id": "1", "username": "admin", "email": self.user}})))
            }
            ("GET", ["lists"]) => {
                page(call, "lists", &[json!({"id": "1", "name": "Customers"}), json!({"id": "2", "name": self.list})])
            }
            ("GET", ["tags"]) => self.find_tags(call),
            ("POST", ["tags"]) => self.make_tag(call),
            ("GET", ["contacts"]) => Ok(self.find(call)),
            ("GET", ["contacts", id, what]) => self.of_contact(id, what),
            ("PUT", ["contacts", id]) => self.rename(call, id),
            ("DELETE", ["contacts", id]) => self.delete(id),
            ("POST", ["contact", "sync"]) => self.save(call),
            ("POST", ["contactLists"]) => self.join(call),
            ("POST", ["contactTags"]) => self.tag(call),
            ("DELETE", ["contactTags", id]) => self.untag(id),
            _ => Ok(refused(404, "No Result found")),
        };
        done.unwrap_or_else(|why| refused(422, &why))
    }
}

/// At most 100 rows from an offset on, 20 if nothing is said.
fn page(call: &Call, name: &str, rows: &[Value]) -> Result<Answer, String> {
    let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse);
    let limit = number("limit", 20).map_err(|_| "limit".to_owned())?.min(100);
    let offset = number("offset", 0).map_err(|_| "offset".to_owned())?;
    let some: Vec<&Value> = rows.iter().skip(offset).take(limit).collect();
    Ok(Answer(200, json!({name: some, "meta": {"total": rows.len().to_string()}})))
}

fn body(call: &Call, name: &str) -> Result<Value, String> {
    let body = call.json().ok_or("no JSON")?;
    only(&body, &[name])?.get(name).cloned().ok_or(format!("{name} is missing"))
}

fn id(fields: &serde_json::Map<String, Value>, name: &str) -> Result<String, String> {
    match fields.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("{name} must be an id")),
    }
}

impl ActiveCampaign {
    /// Somebody who is on the list in that state before anything is asked.
    pub fn with(mut self, email: &str, status: u8) -> Self {
        let (id, lists) = (self.id(), [("2".to_owned(), status)].into_iter().collect());
        self.rows.insert(id, Row { email: email.to_owned(), lists, ..Row::default() });
        self
    }

    /// The account of another user, in which list 2 has that name.
    #[must_use]
    pub fn of_another(mut self, list: &'static str) -> Self {
        (self.user, self.list) = ("sales@brand.test", list);
        self
    }

    /// With more tags, in this order.
    #[must_use]
    pub fn with_tags(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            let id = self.id().to_string();
            self.tags.insert(id, name);
        }
        self
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn find_tags(&self, call: &Call) -> Result<Answer, String> {
        let known = ["search", "orders[search]", "limit", "offset"];
        if let Some((name, _)) = call.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(format!("unknown parameter {name}"));
        }
        // The search is by part of the name, and blind to case.
        let search = call.parameter("search").unwrap_or_default().to_lowercase();
        let mut found: Vec<(&String, &String)> =
            self.tags.iter().filter(|(_, tag)| tag.to_lowercase().contains(&search)).collect();
        match call.parameter("orders[search]") {
            None => {}
            // Exact matches first, then those that begin so.
            Some("weight") => found.sort_by_key(|(_, tag)| {
                let tag = tag.to_lowercase();
                (tag != search, !tag.starts_with(&search))
            }),
            Some("asc") => found.sort_by_key(|(_, tag)| tag.to_lowercase()),
            Some(_) => return Err("orders[search]".to_owned()),
        }
        let row = |(id, tag): (&String, &String)| json!({"id": id, "tag": tag, "tagType": "contact"});
        page(call, "tags", &found.into_iter().map(row).collect::<Vec<Value>>())
    }

    fn make_tag(&mut self, call: &Call) -> Result<Answer, String> {
        let tag = body(call, "tag")?;
        let fields = tag.as_object().ok_or("tag")?;
        if fields.keys().any(|name| !["tag", "tagType", "description"].contains(&name.as_str())) {
            return Err("unknown field".to_owned());
        }
        let name = text(fields, "tag")?;
        if text(fields, "tagType")? != "contact" {
            return Err("tagType".to_owned());
        }
        // "Tags should be treated as case-insensitive."
        if self.tags.values().any(|known| known.to_lowercase() == name.to_lowercase()) {
            return Err("Duplicate tag".to_owned());
        }
        let id = self.id().to_string();
        self.tags.insert(id.clone(), name.clone());
        Ok(Answer(201, json!({"tag": {"id": id, "tag": name, "tagType": "contact"}})))
    }

    fn find(&self, call: &Call) -> Answer {
        let email = call.parameter("email").unwrap_or_default();
        let rows: Vec<Value> = self
            .rows
            .iter()
            .filter(|(_, row)| row.email == email)
            .map(|(id, row)| {
                json!({
                    "id": id.to_string(), "email": row.email, "firstName": row.first_name, "lastName": row.last_name,
                })
            })
            .collect();
        Answer(200, json!({"contacts": rows, "meta": {"total": rows.len().to_string()}}))
    }

    fn row(&mut self, id: &str) -> Option<&mut Row> {
        self.rows.get_mut(&id.parse().ok()?)
    }

    fn of_contact(&mut self, id: &str, what: &str) -> Result<Answer, String> {
        let Some(row) = self.row(id) else { return Ok(refused(404, "No Result found for Subscriber")) };
        match what {
            "contactLists" => {
                let one =
                    |(list, status): (&String, &u8)| json!({"list": list, "contact": id, "status": status.to_string()});
                Ok(Answer(200, json!({"contactLists": row.lists.iter().map(one).collect::<Vec<_>>()})))
            }
            "contactTags" => {
                let tags: Vec<(u64, String)> = row.tags.iter().map(|(id, tag)| (*id, tag.clone())).collect();
                let one = |(given, tag): (u64, String)| json!({"id": given.to_string(), "contact": id, "tag": tag});
                Ok(Answer(200, json!({"contactTags": tags.into_iter().map(one).collect::<Vec<_>>()})))
            }
            _ => Ok(refused(404, "No route")),
        }
    }

    fn save(&mut self, call: &Call) -> Result<Answer, String> {
        let contact = body(call, "contact")?;
        let fields = only(&contact, &["email", "firstName", "lastName", "phone", "fieldValues"])?;
        let email = text(fields, "email")?;
        if !email.contains('@') {
            return Err("Email address is not valid".to_owned());
        }
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let (id, status) = known.map_or_else(|| (self.id(), 201), |id| (id, 200));
        let row = self.rows.entry(id).or_default();
        row.email.clone_from(&email);
        row.first_name = maybe(fields, "firstName").or_else(|| row.first_name.take());
        row.last_name = maybe(fields, "lastName").or_else(|| row.last_name.take());
        Ok(Answer(status, json!({"fieldValues": [], "contact": {"id": id.to_string(), "email": email}})))
    }

    fn join(&mut self, call: &Call) -> Result<Answer, String> {
        let entry = body(call, "contactList")?;
        let fields = only(&entry, &["list", "contact", "status", "sourceid"])?;
        let (list, contact) = (id(fields, "list")?, id(fields, "contact")?);
        let status: u8 = id(fields, "status")?.parse().map_err(|_| "status")?;
        if !["1", "2"].contains(&list.as_str()) {
            return Err("The list does not exist".to_owned());
        }
        let given = self.id();
        let row = self.row(&contact).ok_or("The contact does not exist")?;
        // As the vendor warns: this undoes an unsubscription.
        row.lists.insert(list, status);
        Ok(Answer(200, json!({"contacts": [], "contactList": {"id": given.to_string()}})))
    }

    fn tag(&mut self, call: &Call) -> Result<Answer, String> {
        let entry = body(call, "contactTag")?;
        let fields = only(&entry, &["contact", "tag"])?;
        let (contact, tag) = (id(fields, "contact")?, id(fields, "tag")?);
        if !self.tags.contains_key(&tag) {
            return Err("The tag does not exist".to_owned());
        }
        let given = self.id();
        let row = self.row(&contact).ok_or("The contact does not exist")?;
        let known = row.tags.iter().find(|(_, known)| **known == tag).map(|(id, _)| *id);
        let given = known.unwrap_or(given);
        row.tags.insert(given, tag.clone());
        Ok(Answer(201, json!({"contactTag": {"id": given.to_string(), "contact": contact, "tag": tag}})))
    }

    fn untag(&mut self, given: &str) -> Result<Answer, String> {
        let given: u64 = given.parse().map_err(|_| "id")?;
        let gone = self.rows.values_mut().any(|row| row.tags.remove(&given).is_some());
        Ok(if gone { Answer(200, json!({})) } else { refused(404, "No Result found") })
    }

    /// A new address.
    fn rename(&mut self, call: &Call, id: &str) -> Result<Answer, String> {
        let contact = body(call, "contact")?;
        let email = text(only(&contact, &["email"])?, "email")?;
        if self.rows.iter().any(|(other, row)| row.email == email && other.to_string() != id) {
            return Err("Email address already exists in the system".to_owned());
        }
        match id.parse().ok().and_then(|id: u64| self.rows.get_mut(&id)) {
            Some(row) => row.email.clone_from(&email),
            None => return Ok(Answer(404, json!({"message": "No Result found for Subscriber with id 1"}))),
        }
        Ok(Answer(200, json!({"contact": {"id": id, "email": email}})))
    }

    fn delete(&mut self, id: &str) -> Result<Answer, String> {
        let gone = id.parse().ok().and_then(|id: u64| self.rows.remove(&id)).is_some();
        Ok(if gone {
            Answer(200, json!({}))
        } else {
            Answer(404, json!({"message": "No Result found for Subscriber with id 1"}))
        })
    }
}

impl Crm for ActiveCampaign {
    fn slug(&self) -> &'static str {
        "activecampaign"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ACTIVECAMPAIGN"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiUrl", "https://brand.api-us1.com"), ("apiKey", KEY)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "2".to_owned(), name: self.list.to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.values().find(|row| row.email == email)?;
        let on = |requested: u8| {
            row.lists.iter().filter(move |(_, status)| **status == requested).map(|(list, _)| list.clone())
        };
        let subscribed = match (on(1).next(), on(2).next()) {
            (_, Some(_)) => Subscribed::No,
            (Some(_), None) => Subscribed::Yes,
            (None, None) => Subscribed::Unsaid,
        };
        Some(Contact {
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed,
            lists: on(1).collect(),
            tags: row.tags.values().filter_map(|tag| self.tags.get(tag).cloned()).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let known = self.rows.iter().find(|(_, row)| row.email == email).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| self.id());
        let row = self.rows.entry(id).or_insert_with(|| Row { email: email.to_owned(), ..Row::default() });
        row.lists.insert("2".to_owned(), 2);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Writes(429, vec![("Retry-After", "3".to_owned())], "Too Many Requests".to_owned()), Some(3))
    }
}
