//! Customer.io's Track API (version 1) as far as people and their events go, after its specification: "Find your account region",
//! "Track a customer event". One region a fake server; credentials that it doesn't know are 401.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Answer, Call, FakeServer, Vendor};

pub const SITE_ID: &str = "canarysiteid0000a1b2";
pub const API_KEY: &str = "canaryapikey00000001";

/// An event of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub person: String,
    pub id: String,
    pub name: String,
    pub data: Value,
}

#[derive(Debug)]
pub struct CustomerIo {
    region: &'static str,
    /// Whether the workspace lives here.
    pub home: bool,
    pub events: Vec<Event>,
}

pub fn start(region: &'static str, home: bool) -> FakeServer<CustomerIo> {
    FakeServer::of(CustomerIo { region, home, events: Vec::new() })
}

fn refused(status: u16, message: &str) -> Answer {
    Answer(status, json!({"meta": {"error": message}}))
}

impl Vendor for CustomerIo {
    fn answer(&mut self, call: &Call) -> Answer {
        let requested = format!("Basic {}", STANDARD.encode(format!("{SITE_ID}:{API_KEY}")));
        if !self.home || call.header("authorization") != requested {
            return refused(401, "unauthorized");
        }
        let person = call.path.strip_prefix("/api/v1/customers/").and_then(|rest| rest.strip_suffix("/events"));
        match (call.method.as_str(), person) {
            ("GET", None) if call.path == "/api/v1/accounts/region" => {
                let url = format!("track-{}.customer.io", self.region);
                Answer(200, json!({"url": url, "region": self.region, "environment_id": 1}))
            }
            ("POST", Some(person)) => self.event(person, call),
            ("PUT", None) => identified(call),
            _ => refused(404, "not found"),
        }
    }
}

impl CustomerIo {
    fn event(&mut self, person: &str, call: &Call) -> Answer {
        let Some(body) = call.json() else { return refused(400, "the body is no JSON") };
        match read(person, &body) {
            Ok(event) => {
                // The same id again counts once.
                if !self.events.iter().any(|known| known.id == event.id) {
                    self.events.push(event);
                }
                Answer(200, json!({}))
            }
            Err(why) => refused(400, why),
        }
    }
}

/// "Add or update a customer": the attributes of a person, who is named by a percent-encoded address.
fn identified(call: &Call) -> Answer {
    let person = call.path.strip_prefix("/api/v1/customers/").filter(|person| person.contains("%40"));
    let attributes = call.json().filter(|body| body.as_object().is_some_and(|all| !all.is_empty()));
    match person.zip(attributes) {
        Some(_) => Answer(200, json!({})),
        None => refused(400, "no person, or no attributes"),
    }
}

fn read(person: &str, body: &Value) -> Result<Event, &'static str> {
    const KNOWN: [&str; 5] = ["name", "id", "type", "timestamp", "data"];
    let fields = body.as_object().ok_or("no object")?;
    if fields.keys().any(|name| !KNOWN.contains(&name.as_str())) {
        return Err("an unknown field");
    }
    // Raw in the path: a person's address must be escaped whole.
    if person.contains(['@', '+', '/']) || !person.contains("%40") {
        return Err("the identifier is not percent-encoded");
    }
    let name = body["name"].as_str().filter(|name| (1..=100).contains(&name.len())).ok_or("name")?;
    let id = body["id"].as_str().filter(|id| is_ulid(id)).ok_or("id is no ULID")?;
    body["timestamp"].as_i64().filter(|at| (1_600_000_000..5_000_000_000).contains(at)).ok_or("timestamp")?;
    let data = body["data"].as_object().ok_or("data")?;
    if serde_json::to_string(data).map_or(0, |text| text.len()) > 100_000 {
        return Err("data has more than 100 kB");
    }
    let bytes = percent_decoded(person);
    Ok(Event { person: bytes, id: id.to_owned(), name: name.to_owned(), data: body["data"].clone() })
}

fn is_ulid(id: &str) -> bool {
    id.len() == 26
        && id.starts_with(|first: char| ('0'..='7').contains(&first))
        && id.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte))
}

fn percent_decoded(text: &str) -> String {
    let query = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
