//! beehiiv's API version 2 as far as publications, subscriptions, custom fields and tags go, after its published
//! OpenAPI description.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const KEY: &str = "canaryBeehiivKey00000000000000000000000000000000000000000000001";
const PUBLICATION: &str = "pub_11111111-2222-4333-8444-555555555555";
/// How often a new address is looked at before it has been examined.
const EXAMINED: u32 = 2;
/// Different tags that a publication may have.
const TAGS_MAX: usize = 100;

#[derive(Debug, Default)]
struct Row {
    id: String,
    state: &'static str,
    /// What it becomes once it was examined.
    then: &'static str,
    looked: u32,
    fields: BTreeMap<String, Value>,
    tags: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Beehiiv {
    revoked: bool,
    next: u64,
    double_opt_in: bool,
    endless: bool,
    publications: Vec<(String, String)>,
    /// Kinds by name.
    fields: Vec<(String, String)>,
    rows: BTreeMap<String, Row>,
    tags: BTreeSet<String>,
}

impl Default for Beehiiv {
    fn default() -> Self {
        let publications = vec![
            ("pub_00000000-0000-4000-8000-000000000000".to_owned(), "Another Letter".to_owned()),
            (PUBLICATION.to_owned(), "Brand Weekly".to_owned()),
        ];
        let fields = ["First Name", "Last Name", "Phone"].map(|name| (name.to_owned(), "string".to_owned())).to_vec();
        Self {
            revoked: false,
            next: 100,
            double_opt_in: false,
            endless: false,
            publications,
            fields,
            rows: BTreeMap::new(),
            tags: BTreeSet::new(),
        }
    }
}

fn refused(status: u16, text: &str, message: &str) -> Answer {
    let code = text.to_uppercase().replace(' ', "_");
    Answer(status, json!({"status": status, "statusText": text, "errors": [{"message": message, "code": code}]}))
}

fn bad(message: impl AsRef<str>) -> Answer {
    refused(400, "Bad Request", message.as_ref())
}

fn missing() -> Answer {
    refused(404, "Not Found", "Resource not found")
}

fn body(call: &Call) -> Result<Value, Answer> {
    call.json().ok_or_else(|| bad("no JSON"))
}

/// Ten a page if nothing is said, 100 at most.
fn page(call: &Call, rows: &[Value]) -> Result<Answer, Answer> {
    let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse);
    let (Ok(limit), Ok(page)) = (number("limit", 10), number("page", 1)) else { return Err(bad("limit")) };
    if !(1..=100).contains(&limit) || page == 0 {
        return Err(bad("limit"));
    }
    let some: Vec<&Value> = rows.iter().skip((page - 1) * limit).take(limit).collect();
    let pages = rows.len().div_ceil(limit);
    Ok(Answer(
        200,
        json!({"data": some, "limit": limit, "page": page, "total_results": rows.len(), "total_pages": pages}),
    ))
}

impl Vendor for Beehiiv {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.bearer() != KEY {
            return refused(401, "Unauthorized", "Invalid API key");
        }
        let Some(path) = call.path.strip_prefix("/v2/publications") else { return missing() };
        if path.is_empty() {
            let row = |(id, name): &(String, String)| json!({"id": id, "name": name, "organization_name": "Brand"});
            let rows: Vec<Value> = self.publications.iter().map(row).collect();
            return page(call, &rows).unwrap_or_else(|refusal| refusal);
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let Some((publication, parts)) = parts.split_first() else { return missing() };
        if *publication != PUBLICATION {
            return refused(403, "Forbidden", "The key is for another publication");
        }
        let done = match (call.method.as_str(), parts) {
            ("GET", ["custom_fields"]) => self.fields(call),
            ("POST", ["custom_fields"]) => self.make_field(call),
            ("POST", ["subscriptions"]) => self.subscribe(call),
            ("GET", ["subscriptions", "by_email", email]) => {
                unescaped(email).map_err(bad).map(|email| self.look(call, &email))
            }
            ("PUT", ["subscriptions", "by_email", email]) => self.update(call, email),
            ("POST", ["subscriptions", id, "tags"]) => self.tag(call, id),
            ("DELETE", ["subscriptions", id, "tags"]) => self.untag(call, id),
            ("DELETE", ["subscriptions", id]) => Ok(self.delete(id)),
            _ => Err(missing()),
        };
        done.unwrap_or_else(|refusal| refusal)
    }
}

impl Beehiiv {
    /// Whose publication asks everybody to confirm.
    #[must_use]
    pub fn with_double_opt_in(mut self) -> Self {
        self.double_opt_in = true;
        self
    }

    /// That never comes to an end with examining addresses.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    /// With these custom fields alone.
    #[must_use]
    pub fn with_fields(mut self, fields: &[(&str, &str)]) -> Self {
        self.fields = fields.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect();
        self
    }

    /// Whose key sees that many publications before the right one.
    #[must_use]
    pub fn with_publications(mut self, more: usize) -> Self {
        let more = (0..more).map(|nth| (format!("pub_{nth}"), format!("Letter {nth}")));
        self.publications.splice(0..0, more);
        self
    }

    /// Whose key sees another publication only.
    #[must_use]
    pub fn elsewhere(mut self) -> Self {
        self.publications.truncate(1);
        self
    }

    fn fields(&self, call: &Call) -> Result<Answer, Answer> {
        let row = |(nth, (name, kind)): (usize, &(String, String))| json!({"id": nth.to_string(), "kind": kind, "display": name});
        page(call, &self.fields.iter().enumerate().map(row).collect::<Vec<_>>())
    }

    fn make_field(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = body(call)?;
        let fields = only(&body, &["kind", "display"]).map_err(bad)?;
        let (kind, name) = (text(fields, "kind").map_err(bad)?, text(fields, "display").map_err(bad)?);
        if kind != "string" || self.fields.iter().any(|(known, _)| *known == name) {
            return Err(bad("Display has already been taken"));
        }
        self.fields.push((name.clone(), kind.clone()));
        Ok(Answer(200, json!({"data": {"id": "1", "kind": kind, "display": name}})))
    }

    /// Fields that the publication doesn't have are discarded without a word.
    fn values(&self, fields: &Map<String, Value>) -> Result<BTreeMap<String, Value>, Answer> {
        let mut values = BTreeMap::new();
        for value in fields.get("custom_fields").and_then(Value::as_array).into_iter().flatten() {
            let value = only(value, &["name", "value"]).map_err(bad)?;
            let name = text(value, "name").map_err(bad)?;
            let Some((_, kind)) = self.fields.iter().find(|(known, _)| *known == name) else { continue };
            if kind != "string" {
                return Err(bad(format!("{name} must be a {kind}")));
            }
            values.insert(name, value.get("value").cloned().unwrap_or_default());
        }
        Ok(values)
    }

    fn subscribe(&mut self, call: &Call) -> Result<Answer, Answer> {
        let body = body(call)?;
        let known = ["email", "reactivate_existing", "send_welcome_email", "custom_fields", "double_opt_override"];
        let fields = only(&body, &known).map_err(bad)?;
        let email = text(fields, "email").map_err(bad)?;
        if !email.contains('@') {
            return Err(bad("Email is invalid"));
        }
        let confirms = match maybe(fields, "double_opt_override").as_deref() {
            Some("on") => true,
            Some("off") => false,
            Some("not_set") | None => self.double_opt_in,
            Some(_) => return Err(bad("double_opt_override")),
        };
        let values = self.values(fields)?;
        self.next += 1;
        let id = format!("sub_{}", self.next);
        if let Some(row) = self.rows.get_mut(&email) {
            if fields.get("reactivate_existing") != Some(&json!(true)) {
                return Err(bad("Email is already subscribed"));
            }
            // As the vendor warns: this undoes an unsubscription.
            if row.state == "inactive" {
                row.state = "active";
            }
            row.fields.extend(values);
            return Ok(Answer(201, json!({"data": show(&email, row, &[])})));
        }
        let then = match (email.starts_with("bogus"), confirms) {
            (true, _) => "invalid",
            (false, true) => "pending",
            (false, false) => "active",
        };
        let row = Row { id, state: "validating", then, fields: values, ..Row::default() };
        let shown = show(&email, &row, &[]);
        self.rows.insert(email, row);
        Ok(Answer(201, json!({"data": shown})))
    }

    fn look(&mut self, call: &Call, email: &str) -> Answer {
        let Some(row) = self.rows.get_mut(email) else { return missing() };
        row.looked += 1;
        if row.state == "validating" && row.looked > EXAMINED && !self.endless {
            row.state = row.then;
        }
        let expanded: Vec<&str> =
            call.query.iter().filter(|(name, _)| name == "expand[]").map(|(_, value)| value.as_str()).collect();
        Answer(200, json!({"data": show(email, row, &expanded)}))
    }

    fn update(&mut self, call: &Call, email: &str) -> Result<Answer, Answer> {
        let email = unescaped(email).map_err(bad)?;
        let body = body(call)?;
        let values = self.values(only(&body, &["custom_fields"]).map_err(bad)?)?;
        let row = self.rows.get_mut(&email).ok_or_else(missing)?;
        row.fields.extend(values);
        Ok(Answer(200, json!({"data": show(&email, row, &[])})))
    }

    fn tag(&mut self, call: &Call, id: &str) -> Result<Answer, Answer> {
        let tags = tags(call)?;
        if self.tags.union(&tags).count() > TAGS_MAX {
            return Err(bad("A publication can have 100 tags"));
        }
        let (email, row) = self.rows.iter_mut().find(|(_, row)| row.id == id).ok_or_else(missing)?;
        row.tags.extend(tags.iter().cloned());
        self.tags.extend(tags);
        Ok(Answer(200, json!({"data": show(email, row, &[])})))
    }

    /// A tag that they don't have is as good as removed.
    fn untag(&mut self, call: &Call, id: &str) -> Result<Answer, Answer> {
        let tags = tags(call)?;
        let (email, row) = self.rows.iter_mut().find(|(_, row)| row.id == id).ok_or_else(missing)?;
        row.tags.retain(|tag| !tags.contains(tag));
        Ok(Answer(200, json!({"data": show(email, row, &[])})))
    }

    fn delete(&mut self, id: &str) -> Answer {
        let before = self.rows.len();
        self.rows.retain(|_, row| row.id != id);
        if self.rows.len() < before { Answer(204, Value::Null) } else { missing() }
    }
}

fn tags(call: &Call) -> Result<BTreeSet<String>, Answer> {
    let body = body(call)?;
    let tags = only(&body, &["tags"]).map_err(bad)?.get("tags").and_then(Value::as_array);
    Ok(tags.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn show(email: &str, row: &Row, expanded: &[&str]) -> Value {
    let mut shown = json!({"id": row.id, "email": email, "status": row.state, "created": 1_795_163_400,
        "subscription_tier": "free", "utm_source": "", "utm_channel": "api"});
    if expanded.contains(&"custom_fields") {
        let one = |(name, value): (&String, &Value)| json!({"name": name, "kind": "string", "value": value});
        shown["custom_fields"] = row.fields.iter().map(one).collect();
    }
    if expanded.contains(&"tags") {
        shown["tags"] = json!(row.tags);
    }
    shown
}

impl Crm for Beehiiv {
    fn slug(&self) -> &'static str {
        "beehiiv"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["BEEHIIV"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiKey", KEY), ("publicationId", PUBLICATION)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let field = |name: &str| row.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Contact {
            email: email.to_owned(),
            first_name: field("First Name"),
            last_name: field("Last Name"),
            subscribed: match row.state {
                "active" => Subscribed::Yes,
                "inactive" => Subscribed::No,
                _ => Subscribed::Pending,
            },
            lists: BTreeSet::new(),
            tags: row.tags.clone(),
            status: field("rekomi_status"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        let new = || Row { id: "sub_1".to_owned(), ..Row::default() };
        self.rows.entry(email.to_owned()).or_insert_with(new).state = "inactive";
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let headers = vec![
            ("RateLimit-Limit", "180".to_owned()),
            ("RateLimit-Remaining", "0".to_owned()),
            ("RateLimit-Reset", "1795163425".to_owned()),
        ];
        let Answer(status, message) = refused(429, "Too Many Requests", "Rate limit exceeded");
        (Mood::Writes(status, headers, message.to_string()), Some(25))
    }
}
