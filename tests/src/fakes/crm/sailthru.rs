//! Sailthru's API as far as profiles, lists and events go, after its published reference, and after recordings of
//! real calls where that is silent. Whether joining a list ends an opt-out isn't documented; here it does, which is
//! the worst that could be.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode::md5};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

const KEY: &str = "canary0sailthru0key0000000000001";
const SECRET: &str = "canary0sailthru0secret0000000001";
const AFFILIATES: &str = "Affiliates";
const SMART: &str = "Big spenders";

#[derive(Debug, Default, Clone)]
struct Row {
    /// Stays when the address changes.
    sid: String,
    vars: Map<String, Value>,
    lists: BTreeSet<String>,
    optout: String,
}

#[derive(Debug)]
pub struct Sailthru {
    revoked: bool,
    natural: BTreeSet<String>,
    /// By address.
    rows: BTreeMap<String, Row>,
    events: Vec<(String, String)>,
}

impl Default for Sailthru {
    fn default() -> Self {
        let natural = [AFFILIATES, "Customers & friends"].map(str::to_owned).into();
        Self { revoked: false, natural, rows: BTreeMap::new(), events: Vec::new() }
    }
}

fn refused(status: u16, error: u64, message: impl AsRef<str>) -> Answer {
    Answer(status, json!({"error": error, "errormsg": message.as_ref()}))
}

fn bad(message: impl AsRef<str>) -> Answer {
    refused(400, 2, message)
}

fn unknown(email: &str) -> Answer {
    refused(400, 99, format!("User not found with email: {email}"))
}

/// Flags as ones.
fn flags(given: &Map<String, Value>, name: &str, known: &[&str]) -> Result<(), Answer> {
    let fields = only(given.get(name).unwrap_or(&Value::Null), known).map_err(bad)?;
    if fields.is_empty() || fields.values().any(|one| *one != json!(1)) { Err(bad(name)) } else { Ok(()) }
}

fn email(given: &Map<String, Value>) -> Result<String, Answer> {
    if text(given, "key").map_err(bad)? != "email" {
        return Err(bad("key"));
    }
    let email = text(given, "id").map_err(bad)?;
    if email.contains('@') { Ok(email) } else { Err(refused(400, 11, format!("Invalid email: {email}"))) }
}

impl Vendor for Sailthru {
    fn answer(&mut self, call: &Call) -> Answer {
        self.checked(call).and_then(|body| self.reply(call, &body)).unwrap_or_else(|refusal| refusal)
    }
}

impl Sailthru {
    /// Without that list.
    #[must_use]
    pub fn without(mut self, list: &str) -> Self {
        self.natural.remove(list);
        self
    }

    /// The person opted out to that degree.
    pub fn opts_out(&mut self, email: &str, level: &str) {
        level.clone_into(&mut self.row(email).optout);
    }

    fn row(&mut self, email: &str) -> &mut Row {
        let fresh = || Row { sid: md5(email)[..24].to_owned(), optout: "none".to_owned(), ..Row::default() };
        self.rows.entry(email.to_owned()).or_insert_with(fresh)
    }

    /// The JSON of a call that is signed as it should be.
    fn checked(&self, call: &Call) -> Result<Value, Answer> {
        let all = if call.method == "POST" { call.form().unwrap_or_default() } else { call.query.clone() };
        let mut names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names != ["api_key", "format", "json", "sig"] || (call.method == "POST") == call.body.is_empty() {
            return Err(bad(format!("parameters {names:?}")));
        }
        let one = |requested: &str| all.iter().find(|(name, _)| name == requested).map(|(_, value)| value.clone());
        if self.revoked || one("api_key").as_deref() != Some(KEY) {
            return Err(refused(401, 3, "Invalid API key"));
        }
        let mut values: Vec<&str> = all.iter().filter(|(name, _)| name != "sig").map(|(_, one)| one.as_str()).collect();
        values.sort_unstable();
        if one("sig") != Some(md5(&format!("{SECRET}{}", values.concat()))) {
            return Err(refused(401, 5, "Invalid signature hash"));
        }
        let body = one("json").and_then(|body| serde_json::from_str(&body).ok());
        body.filter(|_| one("format").as_deref() == Some("json")).ok_or_else(|| bad("Invalid JSON"))
    }

    fn reply(&mut self, call: &Call, body: &Value) -> Result<Answer, Answer> {
        match call.line().as_str() {
            "GET /list" => self.list(body),
            "GET /user" => {
                let given = only(body, &["id", "key", "fields"]).map_err(bad)?;
                flags(given, "fields", &["keys", "vars", "lists", "optout_email"])?;
                let email = email(given)?;
                let found = self.rows.get(&email).map(|row| Answer(200, shown(&email, row, false)));
                found.ok_or_else(|| unknown(&email))
            }
            "POST /user" if body.get("key") == Some(&json!("sid")) => self.rename(body),
            "POST /user" => self.save(body),
            "DELETE /user" => {
                let email = email(only(body, &["id", "key"]).map_err(bad)?)?;
                self.rows.remove(&email).map(|_| Answer(200, json!({"ok": true}))).ok_or_else(|| unknown(&email))
            }
            "POST /event" => {
                let given = only(body, &["id", "key", "event", "vars"]).map_err(bad)?;
                let (email, name) = (email(given)?, text(given, "event").map_err(bad)?);
                if let Some(vars) = given.get("vars") {
                    vars.as_object().ok_or_else(|| bad("vars"))?;
                }
                // An event makes a profile of whoever has none.
                self.row(&email);
                self.events.push((name, email));
                Ok(Answer(200, json!({"ok": true})))
            }
            _ => Err(refused(404, 99, "Unknown API call")),
        }
    }

    fn list(&self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["list"]).map_err(bad)?;
        let id = |name: &str| md5(name)[..24].to_owned();
        let smart = [(SMART, "smart")];
        let all = smart.into_iter().chain(self.natural.iter().map(|name| (name.as_str(), "normal")));
        if !given.contains_key("list") {
            let row =
                |(name, kind): (&str, &str)| json!({"list_id": id(name), "name": name, "type": kind, "email_count": 3});
            return Ok(Answer(200, json!({"lists": all.map(row).collect::<Vec<_>>()})));
        }
        let name = text(given, "list").map_err(bad)?;
        let found = all.into_iter().find(|(known, _)| *known == name);
        let (name, kind) = found.ok_or_else(|| refused(400, 15, format!("Unknown list: {name}")))?;
        Ok(Answer(200, json!({"list_id": id(name), "list": name, "type": kind, "primary": false})))
    }

    /// A new address. Whether an opt-out stays isn't documented; here it only does if the call repeats it.
    fn rename(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["id", "key", "keys", "keysconflict", "optout_email"]).map_err(bad)?;
        let sid = text(given, "id").map_err(bad)?;
        let keys = only(given.get("keys").unwrap_or(&Value::Null), &["email"]).map_err(bad)?;
        let new = text(keys, "email").map_err(bad)?;
        if given.get("keysconflict") != Some(&json!("error")) {
            return Err(bad("keysconflict"));
        }
        let former = self.rows.iter().find(|(_, row)| row.sid == sid).map(|(email, _)| email.clone());
        let former = former.ok_or_else(|| refused(400, 99, format!("User not found with sid: {sid}")))?;
        if former != new && self.rows.contains_key(&new) {
            return Err(bad("Conflicting keys"));
        }
        let mut row = self.rows.remove(&former).unwrap_or_default();
        row.optout = maybe(given, "optout_email").unwrap_or_else(|| "none".to_owned());
        self.rows.insert(new, row);
        Ok(Answer(200, json!({"ok": true})))
    }

    fn save(&mut self, body: &Value) -> Result<Answer, Answer> {
        let given = only(body, &["id", "key", "keys", "vars", "lists", "fields"]).map_err(bad)?;
        flags(given, "fields", &["keys", "vars", "lists"])?;
        let email = email(given)?;
        let keys = only(given.get("keys").unwrap_or(&Value::Null), &["email"]).map_err(bad)?;
        if text(keys, "email").map_err(bad)? != email {
            return Err(bad("keys"));
        }
        let vars = ["first_name", "last_name", "rekomi_status", "rekomi_tags", "rekomi_lists"];
        let vars = only(given.get("vars").unwrap_or(&Value::Null), &vars).map_err(bad)?;
        let lists = given.get("lists").map(|lists| lists.as_object().ok_or_else(|| bad("lists"))).transpose()?;
        let lists: Vec<String> = lists.into_iter().flatten().map(|(name, _)| name.clone()).collect();
        if lists.iter().any(|list| list == SMART) {
            return Err(refused(400, 15, "A smart list can't be joined"));
        }
        if given.get("lists").is_some_and(|lists| *lists != lists_of(lists)) {
            return Err(bad("lists"));
        }
        self.natural.extend(lists.iter().cloned());
        let row = self.row(&email);
        row.vars.extend(vars.clone());
        if !lists.is_empty() {
            "none".clone_into(&mut row.optout);
        }
        row.lists.extend(lists);
        Ok(Answer(200, shown(&email, row, true)))
    }
}

/// The same lists, each to be joined.
fn lists_of(lists: &Value) -> Value {
    lists.as_object().into_iter().flatten().map(|(name, _)| (name.clone(), json!(1))).collect()
}

fn shown(email: &str, row: &Row, saved: bool) -> Value {
    let lists: Value = row.lists.iter().map(|name| (name.clone(), json!("Fri, 20 Nov 2026 03:30:00 -0500"))).collect();
    let keys = json!({"sid": row.sid, "email": email});
    let lists = if row.lists.is_empty() { Value::Null } else { lists };
    let mut shown = json!({"keys": keys, "vars": row.vars, "lists": lists});
    let (name, value) = if saved { ("ok", json!(true)) } else { ("optout_email", json!(row.optout)) };
    shown[name] = value;
    shown
}

impl Crm for Sailthru {
    fn slug(&self) -> &'static str {
        "sailthru"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["SAILTHRU"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey", KEY), ("apiSecret", SECRET)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: AFFILIATES.to_owned(), name: AFFILIATES.to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let var = |name: &str| row.vars.get(name).and_then(Value::as_str).map(str::to_owned);
        let ours = row.vars.get("rekomi_lists").and_then(Value::as_array).into_iter().flatten();
        let left = ours.filter_map(Value::as_str).any(|list| !row.lists.contains(list));
        let subscribed = match row.optout.as_str() {
            "none" if left => Subscribed::No,
            "none" if row.lists.is_empty() => Subscribed::Unsaid,
            "none" => Subscribed::Yes,
            _ => Subscribed::No,
        };
        Some(Contact {
            email: email.to_owned(),
            first_name: var("first_name"),
            last_name: var("last_name"),
            subscribed,
            lists: row.lists.clone(),
            tags: var("rekomi_tags").iter().flat_map(|tags| tags.split(',')).map(str::to_owned).collect(),
            status: var("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.opts_out(email, "all");
    }

    fn leaves_list(&mut self, email: &str) {
        if !self.rows.get_mut(email).is_some_and(|row| row.lists.remove(AFFILIATES)) {
            self.unsubscribed(email);
        }
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let message = json!({"error": 43, "errormsg": "Too many requests this minute"});
        let reset = vec![("X-Rate-Limit-Reset", "1795163405".to_owned())];
        (Mood::Writes(429, reset, message.to_string()), Some(5))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
