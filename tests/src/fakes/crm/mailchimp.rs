//! Mailchimp's Marketing API 3.0 as far as audiences, members, tags and events go, after its published description.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use connector::{Choice, encode::md5_of_lower};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "0123456789abcdef0123456789abcdef-us19";
const AUDIENCE: &str = "a1b2c3d4e5";
/// Audiences that nobody is in: more than a page shows.
const OTHERS: usize = 1_001;
const STATUSES: [&str; 5] = ["subscribed", "unsubscribed", "cleaned", "pending", "transactional"];

#[derive(Debug, Default)]
struct Member {
    /// Stays when the address changes.
    contact: String,
    email: String,
    status: String,
    names: BTreeMap<String, String>,
    tags: BTreeSet<String>,
}

impl Member {
    fn new(email: &str) -> Self {
        Self { contact: md5_of_lower(&format!("contact of {email}")), email: email.to_owned(), ..Self::default() }
    }
}

#[derive(Debug)]
struct Audience {
    name: &'static str,
    /// Merge tags, and whether they take texts.
    merge: &'static [(&'static str, bool)],
    members: BTreeMap<String, Member>,
}

#[derive(Debug)]
pub struct Mailchimp {
    revoked: bool,
    audiences: BTreeMap<&'static str, Audience>,
    events: Vec<(String, String)>,
}

impl Default for Mailchimp {
    fn default() -> Self {
        let audience = |name, merge| Audience { name, merge, members: BTreeMap::new() };
        let audiences = [
            (AUDIENCE, audience("Affiliates", &[("FNAME", true), ("LNAME", true)])),
            ("bare000001", audience("Old newsletter", &[("COMPANY", true)])),
            ("number0001", audience("Shop", &[("FNAME", false), ("LNAME", true)])),
        ];
        Self { revoked: false, audiences: audiences.into(), events: Vec::new() }
    }
}

fn problem(status: u16, title: &str, detail: &str) -> Answer {
    let kind = "https://mailchimp.com/developer/marketing/docs/errors/";
    Answer(status, json!({"type": kind, "title": title, "status": status, "detail": detail, "instance": "8d3bb24"}))
}

fn missing() -> Answer {
    problem(404, "Resource Not Found", "The requested resource could not be found.")
}

impl Vendor for Mailchimp {
    fn answer(&mut self, call: &Call) -> Answer {
        let basic = call.header("authorization").strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok());
        let key = basic.and_then(|bytes| String::from_utf8(bytes).ok());
        if self.revoked || key.as_deref().and_then(|text| text.split_once(':')).map(|(_, key)| key) != Some(KEY) {
            return problem(
                401,
                "API Key Invalid",
                "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
            );
        }
        let Some(path) = call.path.strip_prefix("/3.0/") else { return missing() };
        let parts: Vec<&str> = path.split('/').collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", [""]) => Ok(Answer(
                200,
                json!({"account_id": "8d3cbcc95a8d64b1a9c7e4f2a", "account_name": "Brand & Co", "role": "owner"}),
            )),
            ("GET", ["ping"]) => Ok(Answer(200, json!({"health_status": "Everything's Chimpy!"}))),
            ("GET", ["lists"]) => self.lists(call),
            ("GET", ["lists", list, "members", hash]) => Ok(self.get(list, hash)),
            ("PUT", ["lists", list, "members", hash]) => self.put(call, list, hash),
            ("PATCH", ["lists", list, "members", contact]) => self.rename(call, list, contact),
            ("DELETE", ["lists", list, "members", hash]) => Ok(self.archive(list, hash)),
            ("GET", ["lists", list, "members", hash, "tags"]) => Ok(self.tags(list, hash)),
            ("POST", ["lists", list, "members", hash, "tags"]) => self.tag(call, list, hash),
            ("POST", ["lists", list, "members", hash, "events"]) => self.event(call, list, hash),
            _ => Ok(missing()),
        };
        done.unwrap_or_else(|why| problem(400, "Invalid Resource", &why))
    }
}

fn shown(list: &str, hash: &str, member: &Member) -> Value {
    let tags: Vec<Value> = member.tags.iter().map(|name| json!({"id": 1, "name": name})).collect();
    json!({
        "id": hash, "contact_id": member.contact, "email_address": member.email, "status": member.status, "merge_fields": member.names,
        "tags_count": tags.len(), "tags": tags, "list_id": list,
    })
}

impl Mailchimp {
    fn member(&mut self, list: &str, hash: &str) -> Option<&mut Member> {
        self.audiences.get_mut(list)?.members.get_mut(hash)
    }

    fn lists(&self, call: &Call) -> Result<Answer, String> {
        let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse);
        let count = number("count", 10).map_err(|_| "count")?;
        let offset = number("offset", 0).map_err(|_| "offset")?;
        if count > 1_000 {
            return Err("count must be at most 1000".to_owned());
        }
        let others = (0..OTHERS).map(|n| json!({"id": format!("other{n:05}"), "name": format!("Other {n}")}));
        let here = |email: &str, audience: &Audience| {
            audience.members.get(&md5_of_lower(email)).is_some_and(|member| member.status != "archived")
        };
        let email = call.parameter("email");
        let mine = self.audiences.iter().filter(|(_, audience)| email.is_none_or(|email| here(email, audience)));
        let mine = mine.map(|(id, audience)| json!({"id": id, "name": audience.name}));
        let all: Vec<Value> = others.filter(|_| email.is_none()).chain(mine).collect();
        let some: Vec<&Value> = all.iter().skip(offset).take(count).collect();
        Ok(Answer(200, json!({"lists": some, "total_items": all.len()})))
    }

    fn get(&mut self, list: &str, hash: &str) -> Answer {
        self.member(list, hash).map_or_else(missing, |member| Answer(200, shown(list, hash, member)))
    }

    fn put(&mut self, call: &Call, list: &str, hash: &str) -> Result<Answer, String> {
        let Some(audience) = self.audiences.get_mut(list) else { return Ok(missing()) };
        let body = call.json().ok_or("no JSON")?;
        let fields =
            only(&body, &["email_address", "status_if_new", "status", "merge_fields", "email_type", "language"])?;
        let (email, new) = (text(fields, "email_address")?, text(fields, "status_if_new")?);
        let status = maybe(fields, "status");
        if [Some(&new), status.as_ref()].into_iter().flatten().any(|one| !STATUSES.contains(&one.as_str())) {
            return Err("status".to_owned());
        }
        if !email.contains('@') || md5_of_lower(&email) != hash {
            return Err(format!("{email} looks fake or invalid, please enter a real email address."));
        }
        let none = Map::new();
        let names = fields.get("merge_fields").map_or(Ok(&none), |value| only(value, &["FNAME", "LNAME"]))?;
        for (tag, texts) in audience.merge {
            if names.contains_key(*tag) && !texts {
                let mut refused = problem(400, "Invalid Resource", "Your merge fields were invalid.");
                refused.1["errors"] = json!([{"field": tag, "message": "Please enter a number"}]);
                return Ok(refused);
            }
        }
        let member = audience.members.entry(hash.to_owned()).or_insert_with(|| Member::new(&email));
        if member.status.is_empty() {
            member.status = new;
        }
        // Undoes whatever they chose.
        member.status = status.unwrap_or_else(|| member.status.clone());
        member.email = email;
        // What the audience has no field for is passed over in silence.
        for (tag, _) in audience.merge {
            if let Some(name) = maybe(names, tag) {
                member.names.insert((*tag).to_owned(), name);
            }
        }
        Ok(Answer(200, shown(list, hash, member)))
    }

    /// A new address: the member's hash changes with it.
    fn rename(&mut self, call: &Call, list: &str, contact: &str) -> Result<Answer, String> {
        let Some(audience) = self.audiences.get_mut(list) else { return Ok(missing()) };
        let body = call.json().ok_or("no JSON")?;
        let email = text(only(&body, &["email_address"])?, "email_address")?;
        let known = audience.members.iter().find(|(_, member)| member.contact == contact);
        let Some(former) = known.map(|(hash, _)| hash.clone()) else { return Ok(missing()) };
        let hash = md5_of_lower(&email);
        if former != hash && audience.members.contains_key(&hash) {
            let detail = format!("{email} is already in this list. Use PATCH to update existing members.");
            return Ok(problem(400, "Member Exists", &detail));
        }
        let member = audience.members.remove(&former).unwrap_or_default();
        let member = audience.members.entry(hash.clone()).or_insert(Member { email, ..member });
        Ok(Answer(200, shown(list, &hash, member)))
    }

    fn archive(&mut self, list: &str, hash: &str) -> Answer {
        match self.member(list, hash) {
            None => missing(),
            Some(member) if member.status == "archived" => {
                problem(405, "Method Not Allowed", "This list member cannot be removed. Please contact support.")
            }
            Some(member) => {
                member.status = "archived".to_owned();
                Answer(204, Value::Null)
            }
        }
    }

    fn tags(&mut self, list: &str, hash: &str) -> Answer {
        let Some(member) = self.member(list, hash) else { return missing() };
        let tags: Vec<Value> = member.tags.iter().map(|name| json!({"id": 1, "name": name})).collect();
        Answer(200, json!({"tags": tags, "total_items": tags.len()}))
    }

    fn tag(&mut self, call: &Call, list: &str, hash: &str) -> Result<Answer, String> {
        let Some(member) = self.member(list, hash) else { return Ok(missing()) };
        let body = call.json().ok_or("no JSON")?;
        let tags = only(&body, &["tags", "is_syncing"])?.get("tags").and_then(Value::as_array).ok_or("tags")?;
        for tag in tags {
            let fields = only(tag, &["name", "status"])?;
            let (name, status) = (text(fields, "name")?, text(fields, "status")?);
            match status.as_str() {
                "active" => member.tags.insert(name),
                "inactive" => member.tags.remove(&name),
                _ => return Err("status".to_owned()),
            };
        }
        Ok(Answer(204, Value::Null))
    }

    fn event(&mut self, call: &Call, list: &str, hash: &str) -> Result<Answer, String> {
        let Some(member) = self.member(list, hash) else { return Ok(missing()) };
        let email = member.email.clone();
        let body = call.json().ok_or("no JSON")?;
        let fields = only(&body, &["name", "properties", "is_syncing", "occurred_at"])?;
        let name = text(fields, "name")?;
        if !(2..=30).contains(&name.len()) {
            return Err("name must be 2 to 30 characters".to_owned());
        }
        let properties = fields.get("properties").and_then(Value::as_object).ok_or("properties")?;
        if properties.values().any(|value| value.as_str().is_none_or(str::is_empty)) {
            return Err("Schema describes string, number found instead".to_owned());
        }
        self.events.push((name, email));
        Ok(Answer(204, Value::Null))
    }
}

impl Crm for Mailchimp {
    fn slug(&self) -> &'static str {
        "mailchimp"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["MAILCHIMP"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey".to_owned(), KEY.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AUDIENCE.to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let hash = md5_of_lower(email);
        let here: Vec<(&str, &Member)> = self
            .audiences
            .iter()
            .filter_map(|(list, audience)| Some((*list, audience.members.get(&hash)?)))
            .filter(|(_, member)| member.status != "archived")
            .collect();
        let (_, member) = here.first()?;
        let subscribed = match member.status.as_str() {
            "subscribed" => Subscribed::Yes,
            "pending" => Subscribed::Pending,
            "unsubscribed" | "cleaned" => Subscribed::No,
            _ => Subscribed::Unsaid,
        };
        Some(Contact {
            email: member.email.clone(),
            first_name: member.names.get("FNAME").cloned(),
            last_name: member.names.get("LNAME").cloned(),
            subscribed,
            lists: here.iter().map(|(list, _)| (*list).to_owned()).collect(),
            tags: here.iter().flat_map(|(_, member)| member.tags.clone()).collect(),
            status: None,
        })
    }

    fn contacts(&self) -> usize {
        self.audiences.values().map(|audience| audience.members.len()).sum()
    }

    fn unsubscribed(&mut self, email: &str) {
        let audience = self.audiences.get_mut(AUDIENCE).expect("it is there");
        let new = || Member::new(email);
        "unsubscribed".clone_into(&mut audience.members.entry(md5_of_lower(email)).or_insert_with(new).status);
    }

    /// From before the API, as people see it: neither JSON nor how long to wait.
    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Writes(403, Vec::new(), "<html><h1>Access Denied</h1></html>".to_owned()), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
