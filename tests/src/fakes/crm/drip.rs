//! Drip's REST API version 2 as far as accounts, subscribers, email series and events go, after its published reference.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Choice, encode};
use serde_json::{Map, Value, json};

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text, unescaped};

const TOKEN: &str = "canarydriptoken00000000000000001";
const ACCOUNT: &str = "9999999";
const SUBSCRIBER: [&str; 14] = [
    "id",
    "new_email",
    "email",
    "first_name",
    "last_name",
    "status",
    "initial_status",
    "eu_consent",
    "eu_consent_message",
    "tags",
    "remove_tags",
    "custom_fields",
    "time_zone",
    "prospect",
];

#[derive(Debug, Clone, Default)]
struct Row {
    id: u64,
    first_name: Option<String>,
    last_name: Option<String>,
    status: String,
    eu_consent: Option<String>,
    tags: BTreeSet<String>,
    fields: BTreeMap<String, String>,
    /// `active`, `unsubscribed` or `removed`, by series.
    series: BTreeMap<u64, String>,
}

#[derive(Debug)]
pub struct Drip {
    revoked: bool,
    accounts: Vec<(String, String)>,
    rows: BTreeMap<String, Row>,
    series: BTreeMap<u64, String>,
    events: Vec<(String, String)>,
    next: u64,
}

impl Default for Drip {
    fn default() -> Self {
        Self {
            revoked: false,
            accounts: vec![(ACCOUNT.to_owned(), "Brand, Inc.".to_owned())],
            rows: BTreeMap::new(),
            series: [(123_455, "Welcome"), (123_456, "Affiliates")].map(|(id, name)| (id, name.to_owned())).into(),
            events: Vec::new(),
            next: 0,
        }
    }
}

type Done = Result<Answer, Answer>;

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer(status, json!({"errors": [{"code": code, "message": message}]}))
}

fn missing() -> Answer {
    refused(404, "not_found_error", "The resource you requested was not found")
}

fn invalid(why: impl AsRef<str>) -> Answer {
    refused(422, "format_error", why.as_ref())
}

/// A hundred rows a page, counted from one.
fn page(call: &Call, name: &str, rows: &[Value]) -> Done {
    let known = ["page", "status", "sort", "direction"];
    if call.query.iter().any(|(other, _)| !known.contains(&other.as_str())) {
        return Err(invalid("unknown parameter"));
    }
    let page: usize = call.parameter("page").map_or(Ok(1), str::parse).map_err(|_| invalid("page"))?;
    let some: Vec<&Value> = rows.iter().skip(page.saturating_sub(1) * 100).take(100).collect();
    let meta = json!({"page": page, "count": some.len(), "total_pages": rows.len().div_ceil(100).max(1),
        "total_count": rows.len()});
    Ok(Answer(200, json!({"links": {}, "meta": meta, name: some})))
}

/// The one object of a request's list.
fn one(call: &Call, name: &str, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let body = call.json().ok_or(refused(400, "parsing_error", "JSON parsing error"))?;
    let fields = only(&body, &[name]).map_err(invalid)?;
    match fields.get(name).and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => only(one, known).cloned().map_err(invalid),
        _ => Err(refused(422, "parsing_error", "did not match one or more of the required schemas")),
    }
}

fn email(fields: &Map<String, Value>) -> Result<String, Answer> {
    let email = text(fields, "email").map_err(invalid)?;
    let error = json!({"code": "email_error", "attribute": "email", "message": "Email must be a valid email address"});
    if email.contains('@') { Ok(email) } else { Err(Answer(422, json!({"errors": [error]}))) }
}

fn texts(fields: &Map<String, Value>, name: &str) -> Result<BTreeSet<String>, Answer> {
    let Some(value) = fields.get(name) else { return Ok(BTreeSet::new()) };
    let all = value.as_array().filter(|all| !all.is_empty()).ok_or(invalid(name))?;
    let text = |tag: &Value| tag.as_str().filter(|tag| !tag.is_empty()).map(str::to_owned);
    all.iter().map(text).collect::<Option<_>>().ok_or(invalid(name))
}

fn one_of(fields: &Map<String, Value>, name: &str, allowed: &[&str]) -> Result<Option<String>, Answer> {
    match maybe(fields, name) {
        Some(value) if !allowed.contains(&value.as_str()) => Err(invalid(name)),
        value => Ok(value),
    }
}

impl Vendor for Drip {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.revoked || call.header("authorization") != encode::basic(TOKEN, "") {
            return refused(401, "authentication_error", "Authentication failed, check your credentials");
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let done = match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["v2", "accounts"]) => {
                let row = |(id, name): &(String, String)| json!({"id": id, "name": name, "url": "www.brand.test"});
                Ok(Answer(200, json!({"accounts": self.accounts.iter().map(row).collect::<Vec<_>>()})))
            }
            (method, ["v2", account, rest @ ..]) if self.accounts.iter().any(|(id, _)| id == account) => {
                self.within(method, rest, call)
            }
            _ => Err(missing()),
        };
        done.unwrap_or_else(|failure| failure)
    }
}

impl Drip {
    /// Whose token sees one more account.
    #[must_use]
    pub fn with_account(mut self, id: &str, name: &str) -> Self {
        self.accounts.push((id.to_owned(), name.to_owned()));
        self
    }

    /// With so many series more.
    #[must_use]
    pub fn with_series(mut self, count: u64) -> Self {
        self.series.extend((1..=count).map(|id| (id, format!("Series {id}"))));
        self
    }

    /// With a subscriber of that status, who stands so to the series.
    #[must_use]
    pub fn with_subscriber(mut self, email: &str, status: &str, series: Option<&str>) -> Self {
        let row = self.row(email, status);
        row.series.extend(series.map(|status| (123_456, status.to_owned())));
        self
    }

    /// With a subscriber who decided about consent.
    #[must_use]
    pub fn with_consent(mut self, email: &str, consent: &str) -> Self {
        self.row(email, "active").eu_consent = Some(consent.to_owned());
        self
    }

    fn row(&mut self, email: &str, status: &str) -> &mut Row {
        self.next += 1;
        let new = Row { id: self.next, status: status.to_owned(), ..Row::default() };
        self.rows.entry(email.to_owned()).or_insert(new)
    }

    fn within(&mut self, method: &str, rest: &[&str], call: &Call) -> Done {
        match (method, rest) {
            ("GET", ["campaigns"]) => {
                let row = |(id, name): (&u64, &String)| json!({"id": id.to_string(), "name": name, "status": "active"});
                page(call, "campaigns", &self.series.iter().map(row).collect::<Vec<_>>())
            }
            ("GET", ["tags"]) => {
                let tags: BTreeSet<_> = self.rows.values().flat_map(|row| &row.tags).collect();
                Ok(Answer(200, json!({"tags": tags})))
            }
            ("GET", ["subscribers", who]) => Ok(self.one(&unescaped(who).map_err(invalid)?)?),
            ("DELETE", ["subscribers", who]) => {
                let gone = self.rows.remove(&unescaped(who).map_err(invalid)?);
                gone.map(|_| Answer(204, Value::Null)).ok_or(missing())
            }
            ("GET", ["subscribers", id, "campaign_subscriptions"]) => {
                let row = self.rows.values().find(|row| row.id.to_string() == *id).ok_or(missing())?;
                let one =
                    |(id, status): (&u64, &String)| json!({"id": "1", "campaign_id": id.to_string(), "status": status});
                page(call, "campaign_subscriptions", &row.series.iter().map(one).collect::<Vec<_>>())
            }
            ("POST", ["subscribers"]) => self.save(call),
            ("POST", ["campaigns", id, "subscribers"]) => self.join(call, id),
            ("POST", ["events"]) => self.event(call),
            _ => Err(missing()),
        }
    }

    fn one(&self, email: &str) -> Done {
        let row = self.rows.get(email).ok_or(missing())?;
        let subscriber = json!({"id": row.id.to_string(), "status": row.status, "email": email, "tags": row.tags,
            "first_name": row.first_name, "last_name": row.last_name, "custom_fields": row.fields,
            "eu_consent": row.eu_consent.as_deref().unwrap_or("unknown")});
        Ok(Answer(200, json!({"links": {}, "subscribers": [subscriber]})))
    }

    fn save(&mut self, call: &Call) -> Done {
        let given = one(call, "subscribers", &SUBSCRIBER)?;
        if let (Some(id), Some(new), 2) = (maybe(&given, "id"), maybe(&given, "new_email"), given.len()) {
            return self.rename(&id, &new);
        }
        let email = email(&given)?;
        let initial = one_of(&given, "initial_status", &["active", "unsubscribed"])?;
        let status = one_of(&given, "status", &["active", "unsubscribed"])?;
        let consent = one_of(&given, "eu_consent", &["granted", "denied"])?;
        let (tags, less) = (texts(&given, "tags")?, texts(&given, "remove_tags")?);
        let mut fields = BTreeMap::new();
        if let Some(all) = given.get("custom_fields") {
            for (name, value) in all.as_object().ok_or(invalid("custom_fields"))? {
                fields.insert(name.clone(), value.as_str().ok_or(invalid(name))?.to_owned());
            }
        }
        let row = self.row(&email, initial.as_deref().unwrap_or("active"));
        if let Some(status) = status {
            // Whatever it was before.
            row.status = status;
        }
        row.first_name = maybe(&given, "first_name").or_else(|| row.first_name.take());
        row.last_name = maybe(&given, "last_name").or_else(|| row.last_name.take());
        row.eu_consent = consent.or_else(|| row.eu_consent.take());
        row.tags.extend(tags);
        row.tags.retain(|tag| !less.contains(tag));
        row.fields.extend(fields);
        self.one(&email)
    }

    fn rename(&mut self, id: &str, new: &str) -> Done {
        let former = self.rows.iter().find(|(_, row)| row.id.to_string() == id).map(|(email, _)| email.clone());
        let former = former.ok_or(missing())?;
        if former != new && self.rows.contains_key(new) {
            return Err(refused(422, "uniqueness_error", "Email has already been taken"));
        }
        let row = self.rows.remove(&former).unwrap_or_default();
        self.rows.insert(new.to_owned(), row);
        self.one(new)
    }

    fn join(&mut self, call: &Call, series: &str) -> Done {
        let series = series.parse().ok().filter(|id| self.series.contains_key(id)).ok_or(missing())?;
        let given =
            one(call, "subscribers", &["email", "double_optin", "reactivate_if_removed", "starting_email_index"])?;
        let email = email(&given)?;
        let flag = |name: &str| given.get(name).map(|value| value.as_bool().ok_or(invalid(name))).transpose();
        flag("double_optin")?;
        let reactivate = flag("reactivate_if_removed")?.unwrap_or(true);
        let row = self.row(&email, "active");
        match row.series.get(&series).map(String::as_str) {
            Some("active") => return Err(refused(422, "uniqueness_error", "Email is already subscribed")),
            Some(_) if !reactivate => return Err(refused(422, "unavailable_error", "Subscriber was removed")),
            _ => {}
        }
        // This undoes an unsubscription.
        row.series.insert(series, "active".to_owned());
        "active".clone_into(&mut row.status);
        self.one(&email).map(|done| Answer(201, done.1))
    }

    fn event(&mut self, call: &Call) -> Done {
        let given = one(call, "events", &["email", "action", "occurred_at", "properties", "prospect"])?;
        let (email, action) = (email(&given)?, text(&given, "action").map_err(invalid)?);
        let at = text(&given, "occurred_at").map_err(invalid)?;
        if shared::timestamp::Timestamp::parse_rfc3339(&at).is_err() {
            return Err(refused(422, "time_error", "Occurred at must be a valid ISO-8601 time"));
        }
        if given.get("properties").is_some_and(|all| !all.is_object()) {
            return Err(invalid("properties"));
        }
        self.row(&email, "active");
        self.events.push((action, email));
        Ok(Answer(204, Value::Null))
    }
}

impl Crm for Drip {
    fn slug(&self) -> &'static str {
        "drip"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["DRIP"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("apiToken".to_owned(), TOKEN.to_owned())].into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        Some(Choice { id: "123456".to_owned(), name: "Affiliates".to_owned() })
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let on = row.series.iter().filter(|(_, status)| *status == "active");
        Some(Contact {
            email: email.to_owned(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            subscribed: match (row.status.as_str(), row.eu_consent.as_deref()) {
                ("active", Some("granted")) => Subscribed::Yes,
                ("active", _) => Subscribed::Unsaid,
                _ => Subscribed::No,
            },
            lists: on.map(|(id, _)| id.to_string()).collect(),
            tags: row.tags.clone(),
            status: row.fields.get("rekomi_status").cloned(),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        "unsubscribed".clone_into(&mut self.row(email, "unsubscribed").status);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        let body = json!({"message": "API rate limit exceeded. Please try again in an hour.",
            "documentation": "https://developer.drip.com/#rate-limiting"});
        (Mood::Says(429, body), None)
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.clone()
    }
}
